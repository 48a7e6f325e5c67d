// Room 5: a picture is a table, and a network learns it while one looks on. Beside it: where it is
// wrong, how it got there, what each neuron has become, and the paintings that pensel makes when it
// chooses for itself.
import type { Options, PaintInfo, PaintSpec, Picture } from "../../core/api.ts";
import { choice, number } from "../address.ts";
import { HIDDEN } from "../activation_names.ts";
import { Curve } from "../curve.ts";
import { css, errorColour, mapImage, signed, theme } from "../colour.ts";
import { button, numberBox, segments, select, slider } from "../controls.ts";
import { announce, fillIn, fixed, h, onceVisible, show } from "../dom.ts";
import { Easel } from "../easel.ts";
import { Film } from "../film.ts";
import { Graph } from "../graph.ts";
import { look, MAP, Onlooker, unitsOf, type Seen } from "../onlooker.ts";
import { drawPicture, pictureInputs, source } from "../pictures.ts";
import { Room } from "../room.ts";
import { Runner } from "../runner.ts";
import { forget, keepNetwork, keptNetwork } from "../store.ts";
import { taken } from "../taken.ts";
import { t } from "../text/text.ts";
import { unitMaps } from "../training.ts";

const fields = {
    depth: number(10, 0, 20, true),
    width: number(100, 1, 300, true),
    f: choice("relu", HIDDEN),
    enc: choice("raw", ["raw", "fourier", "hashgrid"] as const),
    rate: number(0.001, 1e-5, 1),
    batch: number(200, 1, 10000, true),
    solver: choice("adam", ["adam", "sgd"] as const),
    seed: number(0, 0, 4294967295, true),
    size: number(100, 16, 256, true),
    kb: number(3, 0.5, 40),
};

// "800x533": the longer side has 800 pixels.
const largeSize = (p: Picture | null): string => {
    const scale = 800 / Math.max(p?.width ?? 1, p?.height ?? 1);
    return `${Math.round((p?.width ?? 1) * scale)}x${Math.round((p?.height ?? 1) * scale)}`;
};


export class PaintingRoom extends Room<typeof fields> {
    readonly id = "painting";
    readonly film = new Film();
    private picture: Picture | null = null;
    private info: PaintInfo | null = null;
    private spec: PaintSpec | null = null; // of info
    private onlooker: Onlooker | null = null;
    private looks = 0; // how many have begun
    private shown = 0; // the last of them that was drawn: an older one comes too late
    private psnr = NaN; // of the picture that is drawn
    private key_ = "";
    private diverged = false; // there is nothing to go on from: only another network helps
    private epochs = 0;
    private losses = new Curve();
    private psnrs = new Curve();
    private seconds = 0;
    private lastDraw = 0;
    private lastXray = 0;
    private cost = 100; // milliseconds that drawing it took
    private layer = 0;
    private drawn: { parameters: Float64Array; epochs: number; seconds: number; losses: number } | null = null; // the network as it was drawn
    private easel!: Easel;
    private runner = new Runner((one) => this.slice(one), (text) => this.shell.complain(text));
    private original = h("canvas");
    private errors = h("canvas");
    private figures = h("dl");
    private curve!: Graph;
    private xray = h("div");
    private xrayPick = h("div");
    private beside = new Map<string, { picture: Picture; caption: string }>();
    private besideBox = h("div");

    constructor() { super(fields); }

    mount(host: HTMLElement): void {
        this.easel = new Easel(t.painting.easel, async (view) => (this.info ? this.shell.core.render(this.info.id, view) : null));
        this.easel.caption.textContent = t.easel.hint;
        this.original = h("canvas", { class: "pixels", role: "img", "aria-label": t.painting.original });
        this.errors = h("canvas", { class: "pixels", role: "img", "aria-label": t.painting.errors });
        this.figures = h("dl", { class: "figures" });
        this.curve = new Graph({ x: [0, 1], y: [8, 30], aspect: 0.42 });
        this.curve.canvas.setAttribute("aria-label", t.painting.curve);
        this.xray = h("div", { class: "xray" });
        this.xrayPick = h("div");
        this.besideBox = h("div", { class: "compare" });
        const card = h("div", { class: "card" },
            h("div", { class: "row apart", style: "margin-bottom:.8rem" }, this.runner.buttons(() => this.restart()), this.easel.buttons()),
            h("div", { class: "compare", style: "grid-template-columns:minmax(0,1fr) minmax(0,2.1fr)" },
                h("div", { class: "stack" },
                    h("figure", {}, this.original, h("figcaption", {}, t.painting.original)),
                    h("figure", {}, this.errors, h("figcaption", {}, t.painting.errors))),
                h("figure", {}, this.easel.canvas, this.easel.caption)),
            h("div", { style: "margin-top:.9rem" },
                pictureInputs(host, () => this.brought(), (text) => this.shell.complain(text), (what) => this.onLeave(what))));
        host.append(h("div", { class: "stack" },
            h("div", { class: "stage" }, card, h("div", { class: "stack" },
                h("div", { class: "card controls" }, this.figures, this.curve.canvas), this.settings())),
            h("div", { class: "card" }, h("div", { class: "row apart" }, h("h2", {}, t.painting.xray), this.xrayPick), h("p", { class: "hint", style: "margin-bottom:.6rem" }, t.painting.xrayHint), this.xray),
            this.besideCard()));
        const observer = onceVisible(this.curve.canvas, () => this.drawCurve());
        const hide = (): void => this.remember();
        addEventListener("pagehide", hide);
        void this.shell.second().then((core) => { if (core) this.onlooker ??= new Onlooker(core); });
        this.onLeave(() => { this.runner.stop(); observer.disconnect(); removeEventListener("pagehide", hide); this.remember(); });
        void this.runner.alone(() => this.prepare());
    }

    // ------------------------------------------------------------ controls

    private settings(): HTMLElement {
        const v = this.values;
        const now = (): void => void this.runner.alone(() => this.tune());
        const anew = (): void => this.runner.soon(() => this.restart());
        return h("div", { class: "card controls" },
            segments({ label: t.painting.encoding, value: v.enc, values: (["raw", "fourier", "hashgrid"] as const).map((e) => ({ value: e, label: t.painting.encodings[e] })), change: (enc) => { this.set({ enc: enc as typeof v.enc }); anew(); } }).element,
            slider({ label: t.painting.depth, value: v.depth, min: 0, max: 12, step: 1, change: (depth) => { this.set({ depth }); anew(); } }).element,
            slider({ label: t.painting.width, value: v.width, min: 1, max: 200, step: 1, change: (width) => { this.set({ width }); anew(); } }).element,
            select({ label: t.neuron.activation, value: v.f, values: HIDDEN.map((f) => ({ value: f, label: f })), change: (f) => { this.set({ f: f as typeof v.f }); anew(); } }).element,
            slider({ label: t.train.rate, value: v.rate, min: 1e-5, max: 0.1, step: 1e-5, log: true, change: (rate) => { this.set({ rate }); now(); } }).element,
            slider({ label: t.train.batch, value: v.batch, min: 10, max: 2000, step: 10, change: (batch) => { this.set({ batch }); now(); } }).element,
            h("div", { class: "row end" },
                select({ label: t.train.solver, value: v.solver, values: [{ value: "adam", label: "adam" }, { value: "sgd", label: "sgd" }], change: (solver) => { this.set({ solver: solver as typeof v.solver }); anew(); } }).element,
                numberBox({ label: t.train.seed, value: v.seed, min: 0, max: 4294967295, step: 1, change: (seed) => { this.set({ seed }); anew(); } }).element),
            slider({ label: t.painting.size, value: v.size, min: 32, max: 256, step: 4, change: (size) => { this.set({ size }); anew(); } }).element);
    }

    private besideCard(): HTMLElement {
        const v = this.values;
        return h("div", { class: "card" }, h("h2", {}, t.painting.beside), h("p", { class: "hint" }, t.painting.besideHint),
            h("div", { class: "row end", style: "margin:.7rem 0" },
                button(t.painting.sharp, () => void this.runner.alone(() => this.paintSharp()), "", { "data-do": "sharp" }),
                numberBox({ label: t.painting.bytes, value: v.kb, min: 0.5, max: 40, step: 0.5, change: (kb) => this.set({ kb }) }).element,
                button(t.painting.compact, () => void this.runner.alone(() => this.paintCompact()), "", { "data-do": "compact" })),
            this.besideBox);
    }

    private brought(): void {
        this.beside.clear();
        announce(fillIn(t.picture.taken, { name: source.name }));
        this.restart();
    }

    // ------------------------------------------------------------ the training

    private restart(): void {
        this.runner.stop();
        forget("painting");
        this.key_ = "";
        void this.runner.alone(() => this.prepare());
    }

    // What may change while it learns.
    private get tuning(): Options {
        return { learning_rate_init: String(this.values.rate), batch_size: String(this.values.batch) };
    }

    private async tune(): Promise<void> {
        if (this.info && !this.diverged) await this.shell.core.configure(this.info.id, this.tuning);
    }

    private async prepare(): Promise<void> {
        const v = this.values;
        const core = this.shell.core;
        const picture = await source.picture(v.size);
        const key = JSON.stringify([v.depth, v.width, v.f, v.enc, v.solver, v.seed, v.size, source.name, picture.width, picture.height]);
        this.picture = picture;
        if (this.key_ !== key || !this.info) {
            if (this.info) { taken.withdraw(this.info.id); await core.close(this.info.id); this.info = null; }
            const raw = v.enc === "raw";
            const options: Record<string, string> = {
                ...this.tuning, solver: v.solver, seed: String(v.seed),
                precision: "float32", epochs: "1000000", n_iter_no_change: "inf", ...(raw ? {} : { encoding: v.enc, learning_rate: "constant" }), // there is no last epoch to fall to
            };
            this.spec = {
                picture, preset: raw ? "tutorial" : "none", task: "regression",
                hidden: Array.from({ length: v.depth }, () => ({ width: v.width, activation: v.f })), options,
            };
            this.info = await core.paint(this.spec);
            this.key_ = key;
            this.drawn = null;
            this.diverged = false;
            this.epochs = 0;
            this.losses = new Curve();
            this.psnrs = new Curve();
            this.seconds = 0;
            this.film.clear();
            this.beside.clear();
            this.layer = 0;
            await this.restore(key);
        } else await this.tune(); // an address may have another rate
        this.easel.fit(picture.width, picture.height);
        drawPicture(this.original, picture);
        this.fillXrayPick();
        this.fillBeside();
        await this.refresh(true);
        this.easel.caption.textContent = t.easel.hint;
        taken.offer({ core, id: this.info.id, room: this.id, model: "painting", source: { name: source.fileName(picture), picture: () => picture }, picture: { width: picture.width, height: picture.height }, program: () => this.program() });
    }

    private async restore(key: string): Promise<void> {
        const last = keptNetwork("painting", key, this.info!.parameterCount);
        if (!last) return;
        await this.shell.core.setParameters(this.info!.id, last.parameters);
        this.epochs = last.epochs;
        this.seconds = last.seconds;
        this.losses.addAll(last.losses);
    }

    private remember(): void {
        const d = this.drawn;
        if (d?.epochs) keepNetwork("painting", this.key_, { ...d, losses: this.losses.points(d.losses).y });
    }

    private async slice(one: boolean): Promise<boolean> {
        if (!this.info || this.diverged) return false;
        const before = this.seconds;
        const report = await this.shell.core.run(this.info.id, one ? { epochs: 1 } : { milliseconds: 100 });
        this.losses.addAll(report.losses);
        this.epochs += report.losses.length;
        this.seconds = Math.max(before, report.seconds);
        await this.refresh(one || report.stopped || !this.runner.running);
        this.diverged = report.stop === "diverged";
        if (this.diverged) this.shell.complain(t.train.diverged);
        return !report.stopped;
    }

    // All pixels go through the network for it, a quarter of what an epoch costs. Where a second library is there, it looks
    // all the time; else that gets a tenth of the time. What is wanted now is drawn before anything else is done.
    private async refresh(now: boolean): Promise<void> {
        const start = performance.now();
        const { info, picture, spec, onlooker } = this;
        if (!info || !picture || !spec) return;
        if (!now && (onlooker ? onlooker.busy : start - this.lastDraw < 9 * this.cost)) { this.fillFigures(); return; }
        const parameters = await this.shell.core.parameters(info.id);
        const drawn = { parameters, epochs: this.epochs, seconds: this.seconds, losses: this.losses.length };
        const xray = now || start - this.lastXray > 1500;
        if (xray) this.lastXray = start;
        const number = ++this.looks;
        const view = this.easel.view;
        const wish = { units: xray, part: this.easel.atHome ? null : this.easel.part(now ? this.easel.finest : 96) };
        const seen = onlooker && !now ? onlooker.look(spec, parameters, wish) : look(this.shell.core, info, picture, wish);
        const present = (what: Seen): void => {
            if (this.info !== info || number < this.shown) return;
            this.shown = number;
            if (what.part && this.easel.view === view) this.easel.put(what.part);
            this.draw(what, picture, drawn);
        };
        if (onlooker && !now) {
            seen.then(present, () => { this.onlooker = null; }); // it has no memory left, say: then the first one takes turns
            this.fillFigures();
        } else {
            const what = await seen;
            this.lastDraw = performance.now();
            this.cost = this.lastDraw - start;
            if (now) present(what);
            else setTimeout(() => present(what)); // the worker has its next slice then, and does not wait for the page
        }
    }

    private draw(seen: Seen, picture: Picture, drawn: NonNullable<typeof this.drawn>): void {
        const { painted, psnr, units } = seen;
        this.drawn = drawn;
        this.psnr = psnr;
        if (!this.psnrs.length || this.psnrs.lastX !== drawn.epochs) this.psnrs.add(psnr, drawn.epochs);
        this.film.add(painted, drawn.epochs);
        if (this.easel.atHome) {
            this.easel.shown = painted;
            drawPicture(this.easel.canvas, painted);
            this.easel.canvas.classList.add("pixels");
        }
        this.drawErrors(painted, picture);
        if (units) this.drawXray(this.maps(units));
        this.fillFigures();
        this.drawCurve();
        announce(fillIn(t.painting.says, { epoch: drawn.epochs, psnr: show(psnr, 3) }), true);
    }

    // ------------------------------------------------------------ what is drawn

    private fillFigures(): void {
        const figure = (name: string, value: string, kind = ""): HTMLElement => h("div", { class: kind }, h("dt", {}, name), h("dd", {}, value));
        this.figures.replaceChildren(figure(t.painting.psnr, `${fixed(this.psnr, 2)} dB`, "big"), figure(t.train.epochs, String(this.epochs)),
            figure(t.train.loss, show(this.losses.last)), figure(t.train.seconds, `${fixed(this.seconds, 1)} s`),
            figure(t.train.parameters, String(this.info?.parameterCount ?? 0)));
    }

    private drawErrors(a: Picture, b: Picture): void {
        const n = a.width * a.height;
        const error = new Float32Array(n);
        for (let i = 0; i < n; i++) {
            let sum = 0;
            for (let c = 0; c < 3; c++) sum += Math.abs(a.pixels[3 * i + c]! - b.pixels[3 * i + c]!);
            // a third of the whole range is as bad as it gets; mapImage takes -1 to 1
            error[i] = 2 * Math.min(1, sum) - 1;
        }
        this.errors.width = a.width;
        this.errors.height = a.height;
        this.errors.getContext("2d")!.putImageData(mapImage(error, a.width, a.height, (v) => errorColour((v + 1) / 2)), 0, 0);
    }

    private drawCurve(): void {
        const { x, y } = this.psnrs.points();
        const ys = y.filter(Number.isFinite);
        this.curve.options.x = [0, Math.max(10, this.epochs)];
        this.curve.options.y = [Math.min(8, ...ys) - 1, Math.max(20, ...ys) + 2];
        if (!this.curve.begin()) return;
        this.curve.curve(x, y, css(theme().accent), 2);
        if (x.length) this.curve.dot(this.psnrs.lastX, this.psnrs.last, css(theme().accent), 4);
    }

    private fillXrayPick(): void {
        const layers = this.info!.layers;
        this.layer = Math.min(this.layer, layers.length - 1);
        this.xrayPick.replaceChildren(select({
            label: t.painting.xrayLayer, bare: true, value: String(this.layer),
            values: layers.map((l, i) => ({ value: String(i), label: i === layers.length - 1 ? t.painting.xrayOutput : fillIn(t.painting.xrayN, { n: i + 1, width: l.out }) })),
            change: (l) => { this.layer = Number(l); void this.runner.alone(async () => this.drawXray(this.maps(await unitsOf(this.shell.core, this.info!)))); },
        }).element);
    }

    // What each neuron of the layer makes of the picture's plane.
    private maps(units: Float32Array[]): Float32Array[] {
        const layer = this.info!.layers[this.layer]!;
        return unitMaps(units[this.layer]!, layer.out, MAP * MAP, layer.activation);
    }

    private drawXray(maps: Float32Array[]): void {
        while (this.xray.children.length > maps.length) this.xray.lastChild!.remove();
        while (this.xray.children.length < maps.length) this.xray.append(h("canvas", { width: MAP, height: MAP, role: "img", "aria-label": fillIn(t.net.unit, { layer: this.layer + 1, n: this.xray.children.length + 1 }) }));
        maps.forEach((map, i) => {
            const most = Math.max(1e-9, ...map.map(Math.abs));
            const scaled = map.map((v) => v / most);
            (this.xray.children[i] as HTMLCanvasElement).getContext("2d")!.putImageData(mapImage(scaled, MAP, MAP, (v) => signed(v, 0.95)), 0, 0);
        });
    }

    // ------------------------------------------------------------ beside it

    private async paintSharp(): Promise<void> {
        const core = this.shell.core;
        const picture = this.picture!;
        const begun = performance.now();
        const info = await core.paint({ picture, preset: "none", task: "regression", options: { epochs: "30", seed: String(this.values.seed) } },
            (frame) => { this.beside.set("sharp", { picture: frame, caption: t.painting.sharpName }); this.fillBeside(); });
        await core.run(info.id, { epochs: 30 });
        const painted = await core.render(info.id, { width: picture.width, height: picture.height });
        const psnr = await core.psnr(painted, picture);
        const large = await core.render(info.id, { width: 3 * picture.width, height: 3 * picture.height });
        this.beside.set("sharp", { picture: large, caption: fillIn(t.painting.sharpSays, { psnr: fixed(psnr, 1), seconds: fixed((performance.now() - begun) / 1000, 1), n: info.parameterCount }) });
        await core.close(info.id);
        this.fillBeside();
        announce(this.beside.get("sharp")!.caption);
    }

    private async paintCompact(): Promise<void> {
        const core = this.shell.core;
        const begun = performance.now();
        const made = await core.paintCompact(this.picture!, { bytes: Math.round(1024 * this.values.kb) });
        this.beside.set("compact", { picture: made.picture, caption: fillIn(t.painting.compactSays, { bytes: made.bytes, psnr: fixed(made.psnr, 1), seconds: fixed((performance.now() - begun) / 1000, 1) }) });
        this.fillBeside();
        announce(this.beside.get("compact")!.caption);
    }

    private fillBeside(): void {
        this.besideBox.replaceChildren(...["sharp", "compact"].filter((name) => this.beside.has(name)).map((name) => {
            const one = this.beside.get(name)!;
            const canvas = h("canvas", { class: "pixels", role: "img", "aria-label": one.caption });
            drawPicture(canvas, one.picture);
            return h("figure", { "data-beside": name }, canvas, h("figcaption", {}, one.caption));
        }));
    }

    override settled(): Promise<void> {
        return this.runner.settled();
    }

    override key(event: KeyboardEvent): boolean {
        return this.runner.key(event, () => this.restart());
    }

    override program(): { shell: string; c: string; python: string } {
        const v = this.values;
        const epochs = Math.max(1, this.epochs);
        const hidden = v.depth ? `${v.width}x${v.depth}` : "none";
        const upper = v.f.toUpperCase().replace(/-/g, "_");
        const raw = v.enc === "raw";
        const file = this.picture ? source.fileName(this.picture) : source.name;
        return {
            shell: `pensel paint ${file} ${raw ? "--preset tutorial" : `--encoding ${v.enc} --learning-rate constant`} --hidden ${hidden} --activation ${v.f} \\
    --solver ${v.solver} --learning-rate-init ${v.rate} --batch-size ${v.batch} --seed ${v.seed} \\
    --precision float32 --epochs ${epochs} --n-iter-no-change inf -o painting.png --save painting.safetensors
pensel render painting.safetensors -o large.png --size ${largeSize(this.picture)}`,
            c: `pensel_paint_options options = ${raw ? "pensel_paint_tutorial" : "pensel_paint_defaults"}(PENSEL_REGRESSION);
pensel_layer hidden[${Math.max(1, v.depth)}];
for (size_t i = 0; i < ${v.depth}; i++) hidden[i] = (pensel_layer){${v.width}, PENSEL_${upper}, 0};
options.estimator.hidden = hidden;
options.estimator.hidden_count = ${v.depth};
options.estimator.precision = PENSEL_FLOAT32;
options.estimator.seed = ${v.seed};${raw ? "" : `\noptions.estimator.encoding.kind = PENSEL_${v.enc.toUpperCase()};\noptions.estimator.training.learning_rate = PENSEL_CONSTANT;`}
options.estimator.training.solver = PENSEL_${v.solver.toUpperCase()};
options.estimator.training.learning_rate_init = ${v.rate};
options.estimator.training.batch_size = ${v.batch};
options.estimator.training.epochs = ${epochs};
options.estimator.training.n_iter_no_change = SIZE_MAX;
pensel_painting_new(&painting, &picture, &options, &error);`,
            python: `import numpy as np
from PIL import Image
from pensel import MLPRegressor

picture = np.asarray(Image.open("${file}").convert("RGB"), np.float32) / 255
coordinates = np.indices(picture.shape[:2]).reshape(2, -1).T.astype(np.float32)
network = MLPRegressor(hidden_layer_sizes=[${v.width}] * ${v.depth}, activation="${v.f}", solver="${v.solver}",
                       learning_rate_init=${v.rate}, batch_size=${v.batch}, random_state=${v.seed}, max_iter=${epochs},
                       n_iter_no_change=${epochs})
painting = network.fit(coordinates, picture.reshape(-1, 3)).predict(coordinates).reshape(picture.shape)`,
        };
    }
}

