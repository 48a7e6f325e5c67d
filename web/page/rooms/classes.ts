// Room 6: the same picture as a question with two answers, blue or grey, or more. Every place has a
// probability for each class; the largest one wins.
import type { PaintInfo, Picture } from "../../core/api.ts";
import { choice, number } from "../address.ts";
import { css, mapImage, signed, theme, type Rgb } from "../colour.ts";
import { contour } from "../contour.ts";
import { segments, slider, numberBox } from "../controls.ts";
import { announce, fillIn, fixed, h, show } from "../dom.ts";
import { Easel } from "../easel.ts";
import { drawPicture, pictureInputs, source } from "../pictures.ts";
import { Room } from "../room.ts";
import { Runner } from "../runner.ts";
import { forget, keepNetwork, keptNetwork, type KeptNetwork } from "../store.ts";
import { taken } from "../taken.ts";
import { t } from "../text/text.ts";

const fields = {
    by: choice("threshold", ["threshold", "colours"] as const),
    threshold: number(600, 0, 765, true),
    colours: number(4, 2, 8, true),
    view: choice("classes", ["classes", "soft", "probability"] as const),
    cls: number(1, 0, 7, true),
    depth: number(4, 0, 12, true),
    width: number(64, 1, 200, true),
    rate: number(0.001, 1e-5, 1),
    seed: number(0, 0, 4294967295, true),
    size: number(64, 16, 200, true),
    x: number(1, 0, 4096),
    y: number(1, 0, 4096),
};

export class ClassesRoom extends Room<typeof fields> {
    readonly id = "classes";
    private picture: Picture | null = null;
    private info: PaintInfo | null = null;
    private key_ = "";
    private diverged = false; // there is nothing to go on from: only another network helps
    private epochs = 0;
    private loss = NaN;
    private drawn: KeptNetwork | null = null; // the network as it was drawn
    private lastDraw = 0;
    private cost = 60;
    private easel!: Easel;
    private runner = new Runner((one) => this.slice(one), (text) => this.shell.complain(text));
    private original = h("canvas");
    private target = h("canvas");
    private targetFigure = h("figure");
    private figures = h("dl");
    private answer = h("div");
    private classPick = h("div");

    constructor() { super(fields); }

    private get count(): number { return this.values.by === "threshold" ? 2 : this.values.colours; }

    private className(k: number): string {
        return this.values.by === "threshold" ? [t.classes.grey, t.classes.blue][k]! : fillIn(t.classes.colourN, { n: k + 1 });
    }

    mount(host: HTMLElement): void {
        const v = this.values;
        this.easel = new Easel(t.classes.easel, (view) => this.render(view));
        this.easel.onPlace = (x, y) => { this.set({ x: Math.floor(x), y: Math.floor(y) }); void this.runner.alone(() => this.ask()); };
        this.easel.after = (drawn) => void this.outline(drawn);
        this.original = h("canvas", { class: "pixels", role: "img", "aria-label": t.painting.original });
        this.target = h("canvas", { class: "pixels", role: "img", "aria-label": t.classes.target });
        this.targetFigure = h("figure", {}, this.target, h("figcaption", {}, t.classes.target));
        this.figures = h("dl", { class: "figures" });
        this.answer = h("div", { class: "card" });
        this.classPick = h("div");
        const threshold = slider({ label: t.classes.threshold, value: v.threshold, min: 0, max: 765, step: 5, change: (n) => { this.set({ threshold: n }); this.drawTarget(); later(); } });
        const colours = slider({ label: t.classes.colours, value: v.colours, min: 2, max: 8, step: 1, change: (n) => { this.set({ colours: n }); later(); } });
        const later = (): void => this.runner.soon(() => this.restart());
        const seen = (): void => { threshold.element.hidden = this.values.by !== "threshold"; colours.element.hidden = !threshold.element.hidden; };
        seen();
        host.append(h("div", { class: "stage" },
            h("div", { class: "card" },
                h("div", { class: "row apart", style: "margin-bottom:.8rem" }, this.runner.buttons(() => this.restart()), this.easel.buttons()),
                h("div", { class: "compare", style: "grid-template-columns:minmax(0,1fr) minmax(0,2.1fr)" },
                    h("div", { class: "stack" }, h("figure", {}, this.original, h("figcaption", {}, t.painting.original)), this.targetFigure),
                    h("figure", {}, this.easel.canvas, h("figcaption", {}, t.classes.click))),
                h("div", { class: "row wide-gap", style: "margin:.9rem 0" }, segments({
                    label: t.classes.view, value: v.view,
                    values: (["classes", "soft", "probability"] as const).map((k) => ({ value: k, label: t.classes.views[k] })),
                    change: (view) => { this.set({ view: view as typeof v.view }); this.fillClassPick(); void this.runner.alone(() => this.draw()); },
                }).element, this.classPick),
                pictureInputs(host, () => this.restart(), (text) => this.shell.complain(text), (what) => this.onLeave(what))),
            h("div", { class: "stack" }, this.answer,
                h("div", { class: "card controls" }, this.figures),
                h("div", { class: "card controls" },
                    segments({ label: t.classes.by, value: v.by, values: [{ value: "threshold", label: t.classes.byThreshold }, { value: "colours", label: t.classes.byColours }], change: (by) => { this.set({ by: by as typeof v.by, cls: 1 }); seen(); later(); } }).element,
                    threshold.element, colours.element,
                    slider({ label: t.painting.depth, value: v.depth, min: 0, max: 12, step: 1, change: (depth) => { this.set({ depth }); later(); } }).element,
                    slider({ label: t.painting.width, value: v.width, min: 1, max: 200, step: 1, change: (width) => { this.set({ width }); later(); } }).element,
                    slider({ label: t.train.rate, value: v.rate, min: 1e-5, max: 0.1, step: 1e-5, log: true, change: (rate) => { this.set({ rate }); void this.runner.alone(() => this.tune()); } }).element,
                    numberBox({ label: t.train.seed, value: v.seed, min: 0, max: 4294967295, step: 1, change: (seed) => { this.set({ seed }); later(); } }).element))));
        const hide = (): void => this.remember();
        addEventListener("pagehide", hide);
        this.onLeave(() => { this.runner.stop(); removeEventListener("pagehide", hide); this.remember(); });
        void this.runner.alone(() => this.prepare());
    }

    private restart(): void {
        this.runner.stop();
        forget("classes");
        this.key_ = "";
        this.drawn = null;
        void this.runner.alone(() => this.prepare());
    }

    private remember(): void {
        if (this.drawn?.epochs) keepNetwork("classes", this.key_, this.drawn);
    }

    private async tune(): Promise<void> {
        if (this.info && !this.diverged) await this.shell.core.configure(this.info.id, { learning_rate_init: String(this.values.rate) });
    }

    private async prepare(): Promise<void> {
        const v = this.values;
        const core = this.shell.core;
        const picture = await source.picture(v.size);
        this.picture = picture;
        const key = JSON.stringify([v.by, v.threshold, v.colours, v.depth, v.width, v.seed, source.name, picture.width, picture.height]);
        if (key !== this.key_ || !this.info) {
            if (this.info) { taken.withdraw(this.info.id); await core.close(this.info.id); this.info = null; }
            const options: Record<string, string> = {
                learning_rate_init: String(v.rate), seed: String(v.seed), precision: "float32", epochs: "1000000", n_iter_no_change: "inf",
                ...(v.by === "threshold" ? { threshold: String(v.threshold) } : { threshold: "-1", colours: String(v.colours) }),
            };
            this.info = await core.paint({ picture, preset: "tutorial", task: "classification", options, hidden: Array.from({ length: v.depth }, () => ({ width: v.width, activation: "relu" })) });
            this.key_ = key;
            this.drawn = null;
            this.diverged = false;
            const last = keptNetwork("classes", key, this.info.parameterCount);
            if (last) await core.setParameters(this.info.id, last.parameters);
            this.epochs = last?.epochs ?? 0;
            this.loss = last?.losses[0] ?? NaN;
        } else await this.tune(); // an address may have another rate
        if (v.cls >= this.count) this.set({ cls: this.count - 1 });
        this.easel.fit(picture.width, picture.height);
        drawPicture(this.original, picture);
        this.drawTarget();
        this.fillClassPick();
        await this.draw();
        taken.offer({ core, id: this.info.id, room: this.id, model: "classes", source: { name: source.fileName(picture), picture: () => picture }, picture: { width: picture.width, height: picture.height }, program: () => this.program() });
    }

    private async slice(one: boolean): Promise<boolean> {
        if (!this.info || this.diverged) return false;
        const report = await this.shell.core.run(this.info.id, one ? { epochs: 1 } : { milliseconds: 60 });
        this.epochs += report.losses.length;
        if (report.losses.length) this.loss = report.losses[report.losses.length - 1]!;
        if (one || report.stopped || !this.runner.running || performance.now() - this.lastDraw > 4 * this.cost) await this.draw();
        this.diverged = report.stop === "diverged";
        if (this.diverged) this.shell.complain(t.train.diverged);
        return !report.stopped;
    }

    private async draw(): Promise<void> {
        const start = performance.now();
        const picture = this.picture!;
        await this.easel.draw(Math.max(picture.width, picture.height));
        await this.ask();
        const figure = (name: string, value: string, kind = ""): HTMLElement => h("div", { class: kind }, h("dt", {}, name), h("dd", {}, value));
        if (this.info) this.drawn = { parameters: await this.shell.core.parameters(this.info.id), epochs: this.epochs, seconds: 0, losses: [this.loss] };
        this.figures.replaceChildren(figure(t.train.epochs, String(this.epochs)), figure(t.train.loss, show(this.loss)), figure(t.train.parameters, String(this.info?.parameterCount ?? 0)));
        this.lastDraw = performance.now();
        this.cost = this.lastDraw - start;
    }

    // ------------------------------------------------------------ what is shown

    private async outputs(view: { width: number; height: number; x?: number; y?: number; w?: number; h?: number }): Promise<{ p: Float32Array; classes: number }> {
        const core = this.shell.core;
        const x = await core.paintInputs(this.info!.id, view);
        const units = await core.units(this.info!.id, x, view.width * view.height);
        return { p: units[units.length - 1]!, classes: this.info!.layers[this.info!.layers.length - 1]!.out };
    }

    private async render(view: { width: number; height: number; x?: number; y?: number; w?: number; h?: number }): Promise<Picture | null> {
        if (!this.info) return null;
        if (this.values.view !== "probability") return this.shell.core.render(this.info.id, { ...view, soft: this.values.view === "soft" });
        const { p, classes } = await this.outputs(view);
        const n = view.width * view.height;
        const k = Math.min(this.values.cls, Math.max(1, classes - 1));
        const map = Float32Array.from({ length: n }, (_, i) => 2 * p[i * classes + (classes === 1 ? 0 : k)]! - 1);
        const image = mapImage(map, view.width, view.height, (v) => signed(v, 0.95) as Rgb);
        const pixels = new Float32Array(3 * n);
        for (let i = 0; i < n; i++) for (let c = 0; c < 3; c++) pixels[3 * i + c] = image.data[4 * i + c]! / 255;
        return { pixels, width: view.width, height: view.height, channels: 3 };
    }

    // The border of the chosen class, as a line on the painting.
    private async outline(drawn: Picture): Promise<void> {
        if (!this.info || this.values.view !== "probability") return this.mark(drawn);
        const { p, classes } = await this.outputs({ width: drawn.width, height: drawn.height, ...this.easel.view });
        const k = classes === 1 ? 0 : Math.min(this.values.cls, classes - 1);
        const map = Float32Array.from({ length: drawn.width * drawn.height }, (_, i) => p[i * classes + k]! - 0.5);
        const scale = Math.max(1, Math.round(480 / drawn.width));
        const small = h("canvas", { width: drawn.width, height: drawn.height });
        drawPicture(small, drawn);
        const canvas = this.easel.canvas;
        canvas.width = drawn.width * scale;
        canvas.height = drawn.height * scale;
        const c = canvas.getContext("2d")!;
        c.imageSmoothingEnabled = false;
        c.drawImage(small, 0, 0, canvas.width, canvas.height);
        c.beginPath();
        for (const [x0, y0, x1, y1] of contour(map, drawn.width, drawn.height, 0)) {
            c.moveTo((x0 + 0.5) * scale, (y0 + 0.5) * scale);
            c.lineTo((x1 + 0.5) * scale, (y1 + 0.5) * scale);
        }
        c.strokeStyle = css(theme().ink);
        c.lineWidth = 2;
        c.stroke();
    }

    private mark(_drawn: Picture): void {
        this.easel.canvas.classList.add("pixels");
    }

    private drawTarget(): void {
        const picture = this.picture;
        const palette = this.info?.palette;
        this.targetFigure.hidden = this.values.by !== "threshold";
        if (!picture || !palette || this.targetFigure.hidden) return;
        const pixels = new Float32Array(picture.pixels.length);
        for (let i = 0; i < pixels.length; i += 3) {
            const sum = Math.round(255 * picture.pixels[i]!) + Math.round(255 * picture.pixels[i + 1]!) + Math.round(255 * picture.pixels[i + 2]!);
            const k = sum <= this.values.threshold ? 1 : 0;
            for (let c = 0; c < 3; c++) pixels[i + c] = palette[3 * k + c]!;
        }
        drawPicture(this.target, { ...picture, pixels });
    }

    private fillClassPick(): void {
        this.classPick.replaceChildren();
        if (this.values.view !== "probability") return;
        this.classPick.append(segments({
            label: t.classes.of, value: String(this.values.cls),
            values: Array.from({ length: this.count }, (_, k) => ({ value: String(k), label: this.className(k) })),
            change: (k) => { this.set({ cls: Number(k) }); void this.runner.alone(() => this.draw()); },
        }).element);
    }

    // What the network says about one pixel: each output, and the largest.
    private async ask(): Promise<void> {
        if (!this.info || !this.picture) return;
        const x = Math.min(this.values.x, this.picture.width - 1);
        const y = Math.min(this.values.y, this.picture.height - 1);
        const { p, classes } = await this.outputs({ width: 1, height: 1, x, y, w: 1, h: 1 });
        const all = classes === 1 ? [1 - p[0]!, p[0]!] : Array.from(p);
        const best = all.indexOf(Math.max(...all));
        const palette = this.info.palette;
        const swatch = (k: number): HTMLElement => h("span", { class: "swatch square-mark", style: palette ? `background:${css([255 * palette[3 * k]!, 255 * palette[3 * k + 1]!, 255 * palette[3 * k + 2]!])}` : "" });
        this.answer.replaceChildren(h("h2", {}, fillIn(t.classes.asked, { row: y, column: x })),
            h("table", { class: "numbers" }, h("tbody", {}, ...all.map((v, k) => h("tr", { class: k === best ? "strong" : "" },
                h("th", { scope: "row" }, swatch(k), `p(${this.className(k)})`), h("td", {}, fixed(v, 4)))),
                h("tr", { class: "sum strong" }, h("th", { scope: "row" }, t.classes.argmax), h("td", {}, this.className(best))))));
        announce(fillIn(t.classes.says, { row: y, column: x, name: this.className(best), p: fixed(all[best]!, 3) }), true);
    }

    override settled(): Promise<void> {
        return this.runner.settled();
    }

    override key(event: KeyboardEvent): boolean {
        return this.runner.key(event, () => this.restart());
    }

    override program(): { shell: string; c: string; python: string } {
        const v = this.values;
        const what = v.by === "threshold" ? `--threshold ${v.threshold}` : `--colours ${v.colours}`;
        const hidden = v.depth ? `${v.width}x${v.depth}` : "none";
        const file = this.picture ? source.fileName(this.picture) : source.name;
        return {
            shell: `pensel paint ${file} --as classification ${what} --preset tutorial --hidden ${hidden} \\
    --learning-rate-init ${v.rate} --seed ${v.seed} --precision float32 --epochs ${Math.max(1, this.epochs)} --n-iter-no-change inf \\
    -o classes.png --save classes.safetensors
pensel predict classes.safetensors --at ${v.y},${v.x}`,
            c: `pensel_paint_options options = pensel_paint_tutorial(PENSEL_CLASSIFICATION);
options.threshold = ${v.by === "threshold" ? v.threshold : -1};${v.by === "threshold" ? "" : `\noptions.colours = ${v.colours};`}
pensel_layer hidden[${Math.max(1, v.depth)}];
for (size_t i = 0; i < ${v.depth}; i++) hidden[i] = (pensel_layer){${v.width}, PENSEL_RELU, 0};
options.estimator.hidden = hidden;
options.estimator.hidden_count = ${v.depth};
options.estimator.precision = PENSEL_FLOAT32;
options.estimator.seed = ${v.seed};
options.estimator.training.learning_rate_init = ${v.rate};
options.estimator.training.epochs = ${Math.max(1, this.epochs)};
options.estimator.training.n_iter_no_change = SIZE_MAX;
pensel_painting_new(&painting, &picture, &options, &error);`,
            python: `targets = [(0, 1) if r + g + b <= ${v.threshold} else (1, 0) for r, g, b in colours]
painter = MLPClassifier(hidden_layer_sizes=[${v.width}] * ${v.depth}, random_state=${v.seed}).fit(coordinates, targets)
probabilities = painter.predict_proba([(${v.y}, ${v.x})])[0]
print(probabilities, ("grey", "blue")[probabilities.argmax()])`,
        };
    }
}
