// Room 7: the playground. Data of every kind (made, drawn, typed as a function, a table of one's
// own), any small network, points that are held out, and a sweep of settings as small pictures.
import type { Options, SchemaColumn, TrainingSpec } from "../../core/api.ts";
import { choice, number, numbers, points, words, type Point } from "../address.ts";
import { HIDDEN } from "../activation_names.ts";
import { classColour, css, mix, signed, theme, type Rgb } from "../colour.ts";
import { button, numberBox, select, slider } from "../controls.ts";
import { DATA, makeData, samplesOf, split, uniform } from "../data.ts";
import { announce, fillIn, fixed, h, lossText, nextFrame, onceVisible, rich, show } from "../dom.ts";
import { parseFormula } from "../formula.ts";
import { Graph } from "../graph.ts";
import { NetView } from "../net_view.ts";
import { Plane } from "../plane.ts";
import { Room } from "../room.ts";
import { Runner } from "../runner.ts";
import { fitProgram } from "../same.ts";
import { forget, keep, keepNetwork, kept, keptNetwork } from "../store.ts";
import { MOST_ROWS, readTable, tableText, type TableData } from "../table_data.ts";
import { taken } from "../taken.ts";
import { Training, unitMaps } from "../training.ts";
import { t } from "../text/text.ts";

const SETS = [...Object.keys(DATA), "formula", "own", "table"];
const SWEEPS = ["size", "f", "alpha", "dropout"] as const;

const fields = {
    data: choice("circle", SETS),
    points: points(MOST_ROWS, 10),
    formula: words("b > sin(4a) / 2", 200),
    columns: words("", 400), // of the table: a, b and the target, a tab between them; none: the first that fit
    n: number(200, 10, 1000, true),
    noise: number(0.03, 0, 0.5),
    held: number(0.3, 0, 0.8),
    hidden: numbers([6, 4], 0, 5, 1, 16, true),
    f: choice("tanh", HIDDEN),
    rate: number(0.01, 1e-4, 1),
    batch: number(16, 1, 1000, true),
    alpha: number(0, 0, 10),
    dropout: number(0, 0, 0.9),
    solver: choice("adam", ["adam", "sgd"] as const),
    seed: number(1, 0, 4294967295, true),
    slow: number(0, 0, 2000),
    sweep: choice("size", SWEEPS),
};

const SIDE = 44;
const SMALL = 26;

export class PlaygroundRoom extends Room<typeof fields> {
    readonly id = "playground";
    private training: Training | null = null;
    private openedFor = "";
    private train: Point[] = [];
    private held: Point[] = [];
    private classes = 2; // 0: regression
    private codes: number[] = []; // of the classes that the network knows: not each need have points
    private table: TableData | null = null;
    private tableText_ = "";
    private tableRead = ""; // the text that `table` was read from
    private tableBox: HTMLElement = h("div");
    private plane!: Plane;
    private net!: NetView;
    private runner = new Runner((one) => this.slice(one), (text) => this.shell.complain(text));
    private curve!: Graph;
    private figures = h("dl");
    private verdict = h("p");
    private dataBox = h("div");
    private brushBox = h("div");
    private filled = { data: "", brushes: -1 };
    private complaint = h("p");
    private sweepBox = h("div");
    private sweeping = 0;
    private unitText = h("p");
    private legend = h("div");
    private scoring = 0;
    private seen: { parameters: Float64Array; losses: number } | null = null; // the network as it was drawn

    constructor() { super(fields as never); }

    mount(host: HTMLElement): void {
        this.training ??= new Training(this.shell.core);
        this.plane = new Plane({ range: [-1, 1], label: t.layers.plane, editable: true, most: MOST_ROWS, names: ["a", "b"] });
        this.plane.onPoints = (list) => this.drawn(list);
        this.net = new NetView({
            inputs: ["a", "b"], widest: 16, most: 5,
            resize: (l, by) => { const hidden = [...this.values.hidden]; hidden[l] = Math.max(1, Math.min(16, hidden[l]! + by)); this.set({ hidden }); this.renew(); },
            layers: (by) => { this.set({ hidden: by > 0 ? [...this.values.hidden, 4].slice(0, 5) : this.values.hidden.slice(0, -1) }); this.renew(); },
            pick: () => void this.runner.alone(() => this.refresh()),
        });
        this.runner.slow = this.values.slow;
        this.curve = new Graph({ x: [0, 1], y: [1e-3, 1], aspect: 0.5, log: true });
        this.curve.canvas.setAttribute("aria-label", t.playground.curve);
        this.figures = h("dl", { class: "figures" });
        this.verdict = h("p", { class: "hint" });
        this.dataBox = h("div", { class: "controls" });
        this.brushBox = h("div");
        this.filled = { data: "", brushes: -1 };
        this.tableBox = this.tableInput();
        this.complaint = h("p", { class: "complaint", role: "alert" });
        this.sweepBox = h("div");
        this.unitText = h("p", { class: "hint", style: "margin-top:.6rem" });
        this.legend = h("div", { class: "row", style: "margin-top:.5rem;font-size:.8rem" });
        host.append(h("div", { class: "stack" },
            h("div", { class: "stage three" },
                h("div", { class: "card controls" },
                    select({ label: t.layers.data, value: this.values.data, values: SETS.map((name) => ({ value: name, label: t.data[name as keyof typeof t.data] })), change: (data) => this.chooseData(data) }).element,
                    this.tableBox, this.dataBox, this.brushBox, this.complaint),
                h("div", { class: "card" }, h("div", { class: "row", style: "margin-bottom:.9rem" }, this.runner.buttons(() => this.restart())), this.net.element, this.unitText),
                h("div", { class: "card" }, this.plane.element, this.legend)),
            h("div", { class: "stage even" },
                h("div", { class: "card controls" }, this.figures, this.curve.canvas, this.verdict),
                this.settings()),
            this.sweepCard()));
        this.fillData();
        const observer = onceVisible(this.curve.canvas, () => this.drawCurve());
        const hide = (): void => this.remember();
        addEventListener("pagehide", hide);
        this.onLeave(() => {
            this.runner.stop();
            this.sweeping++;
            observer.disconnect();
            this.plane.close();
            this.net.close();
            removeEventListener("pagehide", hide);
            this.remember();
        });
        void this.runner.alone(() => this.prepare());
    }

    // ------------------------------------------------------------ controls

    private settings(): HTMLElement {
        const v = this.values;
        const now = (): void => void this.runner.alone(() => this.tune());
        return h("div", { class: "card controls" },
            h("div", { class: "row end" },
                select({ label: t.neuron.activation, value: v.f, values: HIDDEN.map((f) => ({ value: f, label: f })), change: (f) => { this.set({ f: f as typeof v.f }); this.renew(); } }).element,
                select({ label: t.train.solver, value: v.solver, values: [{ value: "adam", label: "adam" }, { value: "sgd", label: "sgd" }], change: (s) => { this.set({ solver: s as typeof v.solver }); this.renew(); } }).element,
                numberBox({ label: t.train.seed, value: v.seed, min: 0, max: 4294967295, step: 1, change: (seed) => { this.set({ seed }); this.renew(); } }).element),
            slider({ label: t.train.rate, value: v.rate, min: 0.0001, max: 1, step: 0.0001, log: true, change: (rate) => { this.set({ rate }); now(); } }).element,
            slider({ label: t.train.batch, value: v.batch, min: 1, max: 200, step: 1, change: (batch) => { this.set({ batch }); now(); } }).element,
            slider({ label: t.train.alpha, value: v.alpha, min: 0, max: 3, step: 0.01, change: (alpha) => { this.set({ alpha }); now(); } }).element,
            slider({ label: t.train.dropout, value: v.dropout, min: 0, max: 0.8, step: 0.05, change: (dropout) => { this.set({ dropout }); now(); } }).element,
            slider({ label: t.runner.slow, value: v.slow, min: 0, max: 2000, step: 50, change: (slow) => { this.set({ slow }); this.runner.slow = slow; } }).element);
    }

    // What belongs to the data at hand: how many points, a formula, a table; and the brush. Each is
    // made anew only when it differs, so that nobody's typing is replaced while a network is opened.
    private fillData(): void {
        const v = this.values;
        const table = v.data === "table" ? this.table : null;
        const data = JSON.stringify([v.data, table && [table.names, table.target, table.a, table.b, table.notes]]);
        if (this.filled.data !== data) {
            this.filled.data = data;
            this.tableBox.hidden = v.data !== "table";
            this.dataBox.replaceChildren(...this.dataControls());
        }
        const brushes = v.data === "table" ? 0 : Math.max(2, Math.min(10, this.classes + 1));
        if (this.filled.brushes === brushes) return;
        this.filled.brushes = brushes;
        this.brushBox.replaceChildren(...(brushes ? [this.brush(brushes)] : []));
    }

    private dataControls(): HTMLElement[] {
        const v = this.values;
        const parts: HTMLElement[] = [];
        if (v.data === "formula") {
            const text = h("input", { class: "text", type: "text", value: v.formula, spellcheck: "false", autocomplete: "off", id: "formula" });
            text.addEventListener("change", () => { this.set({ formula: text.value }); this.renew(); });
            parts.push(h("div", { class: "field" }, h("label", { class: "label", for: "formula" }, t.playground.formula), text), h("p", { class: "hint" }, rich(t.playground.formulaHint)));
        }
        if (v.data === "table") parts.push(...this.tableControls());
        if (v.data !== "table" && v.data !== "own")
            parts.push(slider({ label: t.playground.n, value: v.n, min: 10, max: 500, step: 10, change: (n) => { this.set({ n }); this.renew(); } }).element,
                slider({ label: t.playground.noise, value: v.noise, min: 0, max: 0.3, step: 0.01, change: (noise) => { this.set({ noise }); this.renew(); } }).element);
        parts.push(slider({ label: t.playground.held, value: v.held, min: 0, max: 0.8, step: 0.05, change: (held) => { this.set({ held }); this.renew(); } }).element);
        return parts;
    }

    private brush(classes: number): HTMLElement {
        const values = Array.from({ length: classes }, (_, k) => ({ value: String(k), label: fillIn(t.plane.classN, { n: k }) }));
        return select({ label: t.plane.brush, value: String(this.plane.label), values: [...values, { value: "-1", label: t.plane.erase }], change: (label) => (this.plane.label = Number(label)) }).element;
    }

    // It stays as long as the room is open, since somebody may be typing in it.
    private tableInput(): HTMLElement {
        const text = h("textarea", { rows: 6, spellcheck: "false", id: "table-text", placeholder: "a,b,y\n1.2,0.4,yes\n…" });
        text.value = this.tableText_ || (kept<string>("table") ?? "");
        const use = (): void => { this.tableText_ = text.value; keep("table", text.value); this.renew(); };
        text.addEventListener("change", use);
        const file = h("input", { type: "file", accept: ".csv,.tsv,.txt,text/csv", class: "unseen", tabindex: -1, "aria-hidden": "true", id: "table-file" });
        const read = async (one: File | undefined): Promise<void> => {
            const content = one ? await tableText(one).catch((error: Error) => void (this.complaint.textContent = error.message)) : undefined;
            if (content !== undefined) { text.value = content; use(); }
            file.value = ""; // the same file may be chosen again
        };
        file.addEventListener("change", () => void read(file.files?.[0]));
        text.addEventListener("drop", (event) => { const one = event.dataTransfer?.files[0]; if (one) { event.preventDefault(); void read(one); } });
        return h("div", { class: "controls" }, h("div", { class: "field" }, h("label", { class: "label", for: "table-text" }, t.playground.table), text),
            h("div", { class: "row" }, file, button(t.playground.open, () => file.click(), "small")));
    }

    private tableControls(): HTMLElement[] {
        const parts: HTMLElement[] = [];
        const table = this.table;
        if (!table) return parts;
        const pick = (label: string, value: string, names: string[], change: (name: string) => void): HTMLElement =>
            select({ label, value, values: names.map((name) => ({ value: name, label: name })), change: (name) => {
                change(name);
                this.set({ columns: [table.a, table.b, table.target].join("\t") });
                this.renew();
            } }).element;
        const numeric = table.numeric;
        parts.push(pick(t.playground.target, table.target, table.names, (name) => (table.target = name)),
            h("div", { class: "row" }, pick("a", table.a, numeric, (name) => (table.a = name)), pick("b", table.b, numeric, (name) => (table.b = name))));
        if (table.schema.length) parts.push(this.schemaView(table.schema));
        for (const note of table.notes) parts.push(h("p", { class: "hint" }, note));
        return parts;
    }

    private schemaView(schema: SchemaColumn[]): HTMLElement {
        return h("details", {}, h("summary", {}, t.playground.schema), h("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": t.playground.schema }, h("table", { class: "numbers" }, h("tbody", {},
            ...schema.map((c) => h("tr", {}, h("th", { scope: "row" }, c.name), h("td", { style: "white-space:normal" }, `${c.kind}${c.detail ? `, ${c.detail}` : ""}`)))))));
    }

    private chooseData(data: string): void {
        if (data === "own") this.set({ data, points: this.classes ? this.train.concat(this.held) : [] });
        else this.set({ data });
        this.renew();
    }

    private drawn(list: Point[]): void {
        if (this.values.data === "table" || !this.classes) return;
        this.set({ data: "own", points: [...list, ...this.held] });
        this.fillData();
        void this.runner.alone(() => this.prepare());
    }

    private renew(): void {
        this.net.selected = null;
        void this.runner.alone(() => this.prepare());
    }

    private remember(): void {
        const [training, d] = [this.training, this.seen];
        if (training?.begun && d) keepNetwork("playground", this.openedFor, { ...training.memory(d.parameters, d.losses), more: this.marks });
    }

    private async restore(): Promise<void> {
        const training = this.training!;
        const last = keptNetwork("playground", this.openedFor, training.info!.parameterCount);
        this.marks = (last?.more as typeof this.marks | undefined) ?? [];
        if (!last) return;
        training.resume(last);
        await this.shell.core.setParameters(training.info!.id, last.parameters);
    }

    private restart(): void {
        this.runner.stop();
        this.openedFor = "";
        this.seen = null;
        forget("playground");
        this.renew();
    }

    // ------------------------------------------------------------ the data

    private async loadData(): Promise<void> {
        const v = this.values;
        const core = this.shell.core;
        let all: Point[];
        if (v.data === "own") {
            all = v.points;
            this.classes = Math.max(2, ...all.map((p) => p.label + 1));
        } else if (v.data === "formula") {
            const formula = parseFormula(v.formula);
            const u = await uniform(core, v.seed, 2 * v.n);
            all = Array.from({ length: v.n }, () => ({ x: 2 * u() - 1, y: 2 * u() - 1, label: 0 }));
            const noise = await uniform(core, v.seed + 1, 2 * v.n);
            for (const p of all) p.label = formula.value(p.x + v.noise * (2 * noise() - 1), p.y + v.noise * (2 * noise() - 1));
            if (all.some((p) => !Number.isFinite(p.label))) throw new Error(t.formula.infinite);
            this.classes = formula.yesNo ? 2 : 0;
            if (!formula.yesNo) {
                const most = Math.max(1e-9, ...all.map((p) => Math.abs(p.label)));
                if (most > 1) for (const p of all) p.label /= most;
            }
        } else if (v.data === "table") {
            this.tableText_ ||= kept<string>("table") ?? "";
            if (!this.tableText_.trim()) throw new Error(t.playground.noTable);
            if (!this.table || this.tableRead !== this.tableText_) {
                this.table = null;
                this.tableRead = this.tableText_;
                this.table = await readTable(core, this.tableRead);
                this.table.choose(v.columns.split("\t"));
            }
            all = this.table.points();
            this.classes = this.table.classes.length;
        } else {
            all = await makeData(core, v.data, v.n, v.noise, v.seed);
            this.classes = DATA[v.data]!.classes;
        }
        const parts = await split(core, all, v.held, v.seed, this.classes > 0);
        this.train = parts.train;
        this.held = parts.held;
    }

    private spec(changes: Partial<{ hidden: number[]; f: string; rate: number; alpha: number; dropout: number }> = {}): TrainingSpec {
        const v = { ...this.values, ...changes };
        const scaled = (list: Point[]): ReturnType<typeof samplesOf> => {
            const s = samplesOf(list);
            return this.table && this.values.data === "table" ? this.table.samples(s) : s;
        };
        return {
            inputs: 2, hidden: v.hidden.map((width) => ({ width, activation: v.f })),
            task: this.classes ? "classes" : "regression", outputs: this.classes || 1,
            samples: scaled(this.train), ...(this.held.length ? { held: scaled(this.held) } : {}),
            scale: v.data === "table",
            options: { ...this.tuning(v), seed: String(v.seed), solver: v.solver, precision: "float64" },
        };
    }

    // What may change while a network learns.
    private tuning(v: { rate: number; alpha: number; dropout: number; batch: number }): Options {
        return { learning_rate_init: String(v.rate), batch_size: String(Math.min(v.batch, Math.max(1, this.train.length))), alpha: String(v.alpha), dropout: String(v.dropout) };
    }

    private async tune(): Promise<void> {
        if (this.training!.info && !this.training!.diverged) await this.training!.configure(this.tuning(this.values));
    }

    private grid(side: number): Float64Array {
        const grid = this.plane.grid(side);
        return this.table && this.values.data === "table" ? this.table.places(grid) : grid;
    }

    private async prepare(): Promise<void> {
        this.complaint.textContent = "";
        try {
            await this.loadData();
        } catch (error) {
            this.complaint.textContent = (error as Error).message;
            this.fillData();
            return;
        }
        this.plane.points = this.train;
        this.plane.held = this.held;
        this.plane.valued = !this.classes;
        this.fillData();
        this.fillLegend();
        if (!this.train.length) { this.plane.setField(null, 1); this.plane.draw(); return; }
        const v = this.values;
        const key = JSON.stringify([this.train, this.held, v.hidden, v.f, v.solver, v.seed]);
        if (key !== this.openedFor || !this.training!.info) {
            await this.training!.open(this.spec());
            this.openedFor = key;
            this.seen = null;
            await this.restore();
        } else await this.tune(); // an address may have other ones
        this.codes = this.training!.info!.classes;
        this.net.build(this.training!.info!.layers);
        await this.refresh();
        const classes = this.codes.map((code) => (this.values.data === "table" ? this.table!.classes[code]! : String(code)));
        const names = this.table && v.data === "table" ? { inputs: [this.table.a, this.table.b], targets: [this.table.target] } : { inputs: ["a", "b"], targets: ["y"] };
        taken.offer({ core: this.shell.core, id: this.training!.info!.id, room: this.id, model: "points", names: { ...names, ...(this.classes ? { classes } : {}) }, points: () => this.points(), program: () => this.program() });
    }

    private fillLegend(): void {
        const names = this.values.data === "table" && this.table ? this.table.classes : [];
        this.legend.replaceChildren(...names.map((name, k) => h("span", {}, h("span", { class: "swatch", style: `background:${css(classColour(k))}` }), name)),
            h("span", { class: "hint" }, this.held.length ? fillIn(t.playground.counts, { n: this.train.length, held: this.held.length }) : fillIn(t.playground.count, { n: this.train.length })));
    }

    // ------------------------------------------------------------ learning

    private async slice(one: boolean): Promise<boolean> {
        if (!this.training!.info || !this.train.length || this.training!.diverged) return false;
        const report = await this.training!.run(one);
        await this.refresh(one || report.stopped);
        if (report.stop === "diverged") this.shell.complain(t.train.diverged);
        return !report.stopped;
    }

    private async refresh(now = true): Promise<void> {
        const training = this.training!;
        const info = training.info;
        if (!info) return;
        const core = this.shell.core;
        const [parameters, units] = await Promise.all([core.parameters(info.id), core.units(info.id, this.grid(SIDE), SIDE * SIDE)]);
        this.seen = { parameters, losses: training.losses.length };
        const maps = units.map((values, l) => unitMaps(values, info.layers[l]!.out, SIDE * SIDE, info.layers[l]!.activation));
        const chosen = this.net.selected;
        const hidden = chosen && chosen.layer < maps.length - 1;
        if (hidden) this.plane.setField(maps[chosen.layer]![chosen.unit]!, SIDE);
        else this.plane.setImage(this.fieldImage(units[units.length - 1]!, SIDE));
        this.unitText.textContent = chosen ? (hidden ? fillIn(t.playground.shows, { name: this.net.nameOf(chosen.layer, chosen.unit) }) : "") : t.playground.hover;
        this.plane.draw();
        const grid = this.plane.grid(SIDE);
        this.net.draw({ parameters, maps, side: SIDE, inputMaps: [0, 1].map((i) => Float32Array.from({ length: SIDE * SIDE }, (_, k) => grid[2 * k + i]!)) });
        const when = performance.now();
        if (now || when - this.scoring > 120 || !this.runner.running) { this.scoring = when; await this.score(); }
    }

    private async score(): Promise<void> {
        const training = this.training!;
        const a = await training.scores("samples");
        const b = this.held.length ? await training.scores("held") : null;
        const loss = (s: typeof a): number => (this.classes ? s.logLoss : s.mse);
        if (training.epochs) {
            // one entry per drawn state: the epoch, the loss of both
            this.marks.push({ epoch: training.epochs, a: loss(a), b: b ? loss(b) : NaN });
            if (this.marks.length > 800) this.marks = this.marks.filter((_, i) => i % 2 === 0);
        } else this.marks = [];
        const figure = (name: string, value: string, kind = ""): HTMLElement => h("div", { class: kind }, h("dt", {}, name), h("dd", {}, value));
        const good = (s: typeof a): string => (this.classes ? `${fixed(100 * s.accuracy, 1)} %` : fixed(s.r2, 3));
        const name = this.classes ? t.train.accuracy : "R²";
        const lossName = this.classes ? t.train.loss : "MSE"; // what the program calls loss is half of it
        this.figures.replaceChildren(figure(t.train.epochs, String(training.epochs)),
            figure(fillIn(t.playground.onTrain, { what: lossName }), lossText(loss(a))), b ? figure(fillIn(t.playground.onHeld, { what: lossName }), lossText(loss(b))) : "",
            figure(fillIn(t.playground.onTrain, { what: name }), good(a), "big"), b ? figure(fillIn(t.playground.onHeld, { what: name }), good(b), "big") : "");
        this.drawCurve();
        this.judge();
        announce(fillIn(t.train.says, { epoch: training.epochs, loss: show(loss(a)), accuracy: good(a).replace(" %", "") }), true);
    }

    private marks: { epoch: number; a: number; b: number }[] = [];

    // Over-fitting: the held-out loss was lower, and the training loss goes on falling.
    private judge(): void {
        const last = this.marks[this.marks.length - 1];
        this.verdict.textContent = "";
        if (!last || !Number.isFinite(last.b)) return;
        const best = this.marks.reduce((a, m) => (m.b < a.b ? m : a), last);
        if (last.b > 1.15 * best.b && last.a < best.a)
            this.verdict.textContent = fillIn(t.playground.overfit, { epoch: best.epoch, best: show(best.b, 3), now: show(last.b, 3) });
    }

    private fieldImage(p: ArrayLike<number>, side: number): ImageData {
        const image = new ImageData(side, side);
        const codes = this.classes ? this.codes : [];
        const k = codes.length;
        const paper = theme().paper;
        const colours: Rgb[] = codes.map(classColour);
        const share = (i: number, j: number): number => (k > 2 ? p[i * k + j]! : k === 1 ? 1 : j ? p[i]! : 1 - p[i]!); // two classes have one output
        for (let i = 0; i < side * side; i++) {
            let colour: Rgb;
            if (k === 2 && codes[1] === 1) colour = signed(2 * p[i]! - 1, 0.55);
            else if (k) {
                let best = 0;
                for (let j = 1; j < k; j++) if (share(i, j) > share(i, best)) best = j;
                // from 1/k, no more than a guess, to 1
                colour = mix(paper, colours[best]!, 0.12 + 0.5 * Math.max(0, (share(i, best) - 1 / k) / (1 - 1 / k || 1)));
            }
            else colour = signed(this.table && this.values.data === "table" ? this.table.share(p[i]!) : p[i]!, 0.75);
            image.data.set([colour[0], colour[1], colour[2], 255], 4 * i);
        }
        return image;
    }

    private drawCurve(): void {
        const marks = this.marks;
        const values = marks.flatMap((m) => [m.a, m.b]).filter((v) => v > 0);
        this.curve.options.x = [0, Math.max(20, this.training?.epochs ?? 0)];
        this.curve.options.y = [Math.max(1e-12, Math.min(0.1, ...values) / 1.3), Math.max(1, ...values)];
        if (!this.curve.begin()) return;
        const { accent, low } = theme();
        const x = marks.map((m) => m.epoch);
        this.curve.curve(x, marks.map((m) => m.a), css(accent), 2);
        if (this.held.length) this.curve.curve(x, marks.map((m) => m.b), css(low), 2, [5, 3]);
    }

    // ------------------------------------------------------------ sweep

    private sweepCard(): HTMLElement {
        const start = button(t.playground.sweepGo, () => { this.runner.stop(); void this.runner.alone(() => this.sweep()); }, "", { "data-do": "sweep" });
        return h("div", { class: "card" }, h("h2", {}, t.playground.sweep), h("p", { class: "hint" }, t.playground.sweepHint),
            h("div", { class: "row end", style: "margin:.7rem 0" },
                select({ label: t.playground.sweepBy, value: this.values.sweep, values: SWEEPS.map((s) => ({ value: s, label: t.playground.sweeps[s] })), change: (s) => this.set({ sweep: s as typeof this.values.sweep }) }).element, start),
            h("div", { class: "scroll" }, this.sweepBox));
    }

    private rowsOfSweep(): { name: string; change: Partial<{ hidden: number[]; f: string; alpha: number; dropout: number }> }[] {
        const kind = this.values.sweep;
        if (kind === "f") return ["relu", "tanh", "logistic", "sine"].map((f) => ({ name: f, change: { f } }));
        if (kind === "alpha") return [0, 0.01, 0.1, 1].map((alpha) => ({ name: `alpha ${alpha}`, change: { alpha } }));
        if (kind === "dropout") return [0, 0.1, 0.25, 0.5].map((dropout) => ({ name: `dropout ${dropout}`, change: { dropout } }));
        return [[2], [4], [8], [8, 8]].map((hidden) => ({ name: hidden.join(" – "), change: { hidden } }));
    }

    // It ends at the next picture when anything else is asked for: play, other settings, another sweep.
    private async sweep(): Promise<void> {
        const turn = ++this.sweeping;
        if (!this.train.length) return;
        const rates = [0.003, 0.01, 0.03, 0.1];
        const body = h("tbody");
        this.sweepBox.replaceChildren(h("table", { class: "numbers" }, h("thead", {}, h("tr", {}, h("td"), ...rates.map((r) => h("th", { scope: "col", style: "text-align:center" }, `${t.train.rate} ${r}`)))), body));
        const core = this.shell.core;
        for (const row of this.rowsOfSweep()) {
            const line = h("tr", {}, h("th", { scope: "row" }, row.name));
            body.append(line);
            for (const rate of rates) {
                if (turn !== this.sweeping || this.runner.awaited) return;
                const info = await core.open(this.spec({ ...row.change, rate }));
                await core.run(info.id, { epochs: 60 });
                const units = await core.units(info.id, this.grid(SMALL), SMALL * SMALL);
                const s = await core.score(info.id, this.held.length ? "held" : "samples");
                await core.close(info.id);
                const says = this.classes ? `${fixed(100 * s.accuracy, 0)} %` : `R² ${fixed(s.r2, 2)}`;
                const canvas = h("canvas", { width: SMALL, height: SMALL, "aria-hidden": "true", style: "width:4.4rem;height:4.4rem;border-radius:6px;margin:0 auto .2rem" });
                canvas.getContext("2d")!.putImageData(this.fieldImage(units[units.length - 1]!, SMALL), 0, 0);
                line.append(h("td", { style: "text-align:center" }, h("button", {
                    type: "button", class: "tile", "aria-label": `${row.name}, ${t.train.rate} ${rate}: ${says}`,
                    on: { click: () => { this.set({ ...row.change, rate } as Partial<typeof this.values>); this.shell.go(location.hash.split("?")[0]! + this.addressRest()); } },
                }, canvas, says)));
                await nextFrame();
            }
        }
        announce(t.playground.sweepDone);
    }

    private addressRest(): string {
        const settings = new URLSearchParams();
        for (const [name, field] of Object.entries(this.fields)) {
            const value = (this.values as Record<string, unknown>)[name];
            const text = (field as { write(v: unknown): string }).write(value);
            if (text !== (field as { write(v: unknown): string; initial: unknown }).write((field as { initial: unknown }).initial)) settings.set(name, text);
        }
        return `?${settings.toString()}`;
    }

    // What it learns from, in the columns' own units.
    private get names(): [string, string, string] {
        return this.table && this.values.data === "table" ? [this.table.a, this.table.b, this.table.target] : ["a", "b", "y"];
    }

    private points(): string {
        const s = this.spec().samples;
        const cell = (name: string): string => (/[",\n\r]|^\s|\s$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
        const names = this.names.map(cell);
        const label = (v: number): string | number => (this.table && this.values.data === "table" && this.classes ? cell(this.table.classes[v]!) : v);
        return `${names.join(",")}\n${Array.from({ length: s.n }, (_, i) => `${s.x[2 * i]},${s.x[2 * i + 1]},${label(s.y[i]!)}`).join("\n")}\n`;
    }

    override settled(): Promise<void> {
        return this.runner.settled();
    }

    override key(event: KeyboardEvent): boolean {
        return this.runner.key(event, () => this.restart());
    }

    override program(): { shell: string; c: string; python: string } {
        const v = this.values;
        return fitProgram({
            table: this.points(), names: this.names, hidden: v.hidden, activation: v.f, rate: v.rate, batch: Math.min(v.batch, Math.max(1, this.train.length)),
            alpha: v.alpha, seed: v.seed, epochs: Math.max(1, this.training?.epochs ?? 1), classes: this.classes > 0, solver: v.solver, scaled: v.data === "table", dropout: v.dropout,
        });
    }
}

