// Room 4: layers. A small network, open at every place: each neuron's map and line, every weight, and
// what back-propagation sends where.
import type { Options } from "../../core/api.ts";
import { choice, flag, number, numbers, points, words, type Point } from "../address.ts";
import { HIDDEN } from "../activation_names.ts";
import { css, theme } from "../colour.ts";
import { numberBox, select, slider, toggle, button, type Control } from "../controls.ts";
import { contour } from "../contour.ts";
import { CLASS_SETS, makeData, samplesOf, tableText } from "../data.ts";
import { announce, fillIn, fixed, h, lossText, onceVisible, rich, show } from "../dom.ts";
import { Graph } from "../graph.ts";
import { NetView } from "../net_view.ts";
import { Plane } from "../plane.ts";
import { Room } from "../room.ts";
import { Runner } from "../runner.ts";
import { forget, keepNetwork, keptNetwork, packNumbers, unpackNumbers } from "../store.ts";
import { Training, unitMaps } from "../training.ts";
import { t } from "../text/text.ts";
import { fitProgram } from "../same.ts";
import { taken } from "../taken.ts";

const SETS = [...CLASS_SETS, "own"];

const fields = {
    data: choice("xor", SETS),
    points: points(300, 2),
    noise: number(0, 0, 0.5),
    hidden: numbers([4], 0, 4, 1, 8, true),
    f: choice("tanh", HIDDEN),
    rate: number(0.03, 1e-4, 1),
    batch: number(10, 1, 300, true),
    seed: number(1, 0, 4294967295, true),
    slow: number(0, 0, 2000),
    back: flag(false),
    w: words("", 8000),
};

const SIDE = 40;

export class LayersRoom extends Room<typeof fields> {
    readonly id = "layers";
    private training: Training | null = null;
    private openedFor = "";
    private data: Point[] = [];
    private parameters: Float64Array = new Float64Array(0);
    private gradient: Float64Array | null = null;
    private activations: ArrayLike<number>[] = []; // of the sample that back-propagation is shown for
    private sample = -1; // -1: all
    private maps: Float32Array[][] = [];
    private plane!: Plane;
    private net!: NetView;
    private runner = new Runner((one) => this.slice(one), (text) => this.shell.complain(text));
    private figures = h("dl");
    private unitCard = h("div");
    private unitShown = ""; // which neuron, and what of it
    private unitLines: { at: number; box: Control<number>; gradient: HTMLElement | null }[] = [];
    private unitSays = h("p");
    private shownLosses = 0; // as many of them belong to `parameters`
    private curve!: Graph;

    constructor() { super(fields as never); }

    mount(host: HTMLElement): void {
        this.training ??= new Training(this.shell.core);
        this.plane = new Plane({ range: [-1, 1], label: t.layers.plane, editable: true, most: 300, names: ["a", "b"] });
        this.plane.overlay = () => this.drawLines();
        this.plane.onPoints = (list) => this.drawn(list);
        this.plane.onPick = (_x, _y, index) => { this.sample = index; void this.runner.alone(() => this.refresh()); };
        this.net = new NetView({
            inputs: ["a", "b"], widest: 8, most: 4,
            resize: (l, by) => this.resize(l, by), layers: (by) => this.addLayer(by),
            pick: () => { this.fillUnit(); this.plane.draw(); },
        });
        this.runner.slow = this.values.slow;
        this.figures = h("dl", { class: "figures" });
        this.unitCard = h("div", { class: "card" });
        this.unitShown = "";
        this.curve = new Graph({ x: [0, 1], y: [1e-3, 1], aspect: 0.4, log: true });
        this.curve.canvas.setAttribute("aria-label", t.layers.curve);
        host.append(h("div", { class: "stack" },
            h("div", { class: "stage broad" },
                h("div", { class: "card" }, this.topRow(), this.net.element),
                h("div", { class: "card" }, this.plane.element, this.brush())),
            h("div", { class: "stage thirds" }, this.unitCard, h("div", { class: "card controls" }, this.figures, this.curve.canvas), this.settings())));
        const observer = onceVisible(this.curve.canvas, () => this.drawCurve());
        this.onLeave(() => {
            this.runner.stop();
            observer.disconnect();
            this.plane.close();
            this.net.close();
            this.remember();
        });
        const hide = (): void => this.remember();
        addEventListener("pagehide", hide);
        this.onLeave(() => removeEventListener("pagehide", hide));
        void this.runner.alone(() => this.prepare());
    }

    // ------------------------------------------------------------ controls

    private topRow(): HTMLElement {
        return h("div", { class: "row apart", style: "margin-bottom:.9rem" },
            this.runner.buttons(() => this.restart()),
            toggle(t.layers.back, this.values.back, (back) => {
                this.set({ back });
                void this.runner.alone(() => this.refresh());
            }).element);
    }

    private brush(): HTMLElement {
        return h("div", { class: "row", style: "margin-top:.6rem" }, select({
            label: t.plane.brush, value: String(this.plane.label),
            values: [{ value: "1", label: t.plane.class1 }, { value: "0", label: t.plane.class0 }, { value: "-1", label: t.plane.erase }],
            change: (label) => (this.plane.label = Number(label)),
        }).element, select({
            label: t.layers.data, value: this.values.data,
            values: SETS.map((name) => ({ value: name, label: t.data[name as keyof typeof t.data] })),
            change: (data) => {
                this.set(data === "own" ? { data, points: this.data } : { data });
                this.sample = -1;
                this.renew();
            },
        }).element);
    }

    private settings(): HTMLElement {
        const v = this.values;
        const later = (): void => void this.runner.alone(() => this.tune());
        return h("div", { class: "card controls" },
            select({ label: t.neuron.activation, value: v.f, values: HIDDEN.map((f) => ({ value: f, label: f })), change: (f) => { this.set({ f: f as typeof v.f }); this.renew(); } }).element,
            slider({ label: t.train.rate, value: v.rate, min: 0.0001, max: 1, step: 0.0001, log: true, change: (rate) => { this.set({ rate }); later(); } }).element,
            slider({ label: t.train.batch, value: v.batch, min: 1, max: 100, step: 1, change: (batch) => { this.set({ batch }); later(); } }).element,
            slider({ label: t.runner.slow, value: v.slow, min: 0, max: 2000, step: 50, change: (slow) => { this.set({ slow }); this.runner.slow = slow; } }).element,
            h("div", { class: "row end" },
                numberBox({ label: t.train.seed, value: v.seed, min: 0, max: 4294967295, step: 1, change: (seed) => { this.set({ seed }); this.renew(); } }).element,
                button(t.layers.shareWeights, () => this.shareWeights(), "small")));
    }

    private drawn(list: Point[]): void {
        const fresh = this.values.data !== "own";
        this.data = list;
        this.sample = -1;
        this.set({ data: "own", points: list });
        if (fresh) {
            const box = this.plane.element.parentElement?.querySelectorAll("select")[1];
            if (box) box.value = "own";
        }
        void this.runner.alone(() => this.prepare(true));
    }

    private resize(layer: number, by: number): void {
        const hidden = [...this.values.hidden];
        hidden[layer] = Math.max(1, Math.min(8, hidden[layer]! + by));
        this.set({ hidden });
        this.renew();
    }

    private addLayer(by: number): void {
        const hidden = by > 0 ? [...this.values.hidden, 3].slice(0, 4) : this.values.hidden.slice(0, -1);
        this.set({ hidden });
        announce(fillIn(t.net.count, { n: hidden.length }));
        this.renew();
    }

    private shareWeights(): void {
        this.runner.stop();
        this.set({ w: packNumbers(this.parameters) });
        announce(t.layers.shared);
    }

    // ------------------------------------------------------------ the training

    // Another network: weights of before have nothing to do with it.
    private renew(): void {
        this.set({ w: "" });
        this.net.selected = null;
        void this.runner.alone(() => this.prepare());
    }

    private restart(): void {
        this.runner.stop();
        this.openedFor = "";
        forget("layers");
        this.renew();
    }

    // What may change while it learns.
    private get tuning(): Options {
        return { learning_rate_init: String(this.values.rate), batch_size: String(this.values.batch) };
    }

    private async tune(): Promise<void> {
        if (this.training!.info && !this.training!.diverged) await this.training!.configure(this.tuning);
    }

    private specKey(): string {
        const { hidden, f, seed, w } = this.values;
        return JSON.stringify([hidden, f, seed, w]);
    }

    // Opens what the settings ask for, unless it is open. With other points the weights stay.
    private async prepare(pointsOnly = false): Promise<void> {
        const v = this.values;
        this.data = v.data === "own" ? v.points : await makeData(this.shell.core, v.data, 120, v.noise, v.seed);
        this.plane.points = this.data;
        this.plane.draw();
        const key = this.specKey();
        const dataKey = JSON.stringify(this.data);
        if (this.openedFor === key + dataKey && this.training!.info) {
            await this.tune(); // an address may have another rate
            return this.show();
        }
        const before = pointsOnly && this.training!.info ? this.parameters : null;
        if (!this.data.length) return;
        const labels = new Set(this.data.map((p) => p.label));
        const samples = samplesOf(this.data);
        await this.training!.open({
            inputs: 2, hidden: v.hidden.map((width) => ({ width, activation: v.f })), task: "classes", outputs: 2, samples,
            options: { ...this.tuning, seed: String(v.seed), alpha: "0", precision: "float64" },
        });
        this.openedFor = key + dataKey;
        if (labels.size < 2) announce(t.layers.oneClass);
        await this.restore(before);
        await this.show();
    }

    // Weights from before, from the address, or of the last visit.
    private async restore(before: Float64Array | null): Promise<void> {
        const info = this.training!.info!;
        let weights = before;
        if (!weights && this.values.w) {
            weights = unpackNumbers(this.values.w);
            if (!weights || weights.length !== info.parameterCount) {
                this.shell.complain(fillIn(t.layers.badWeights, { n: info.parameterCount }));
                this.set({ w: "" });
                weights = null;
            }
        }
        const last = weights ? null : keptNetwork("layers", this.openedFor, info.parameterCount);
        if (last) {
            weights = last.parameters;
            this.training!.resume(last);
        }
        if (weights?.length === info.parameterCount) await this.shell.core.setParameters(info.id, weights);
    }

    private remember(): void {
        const [training, n] = [this.training, this.shownLosses];
        if (training?.begun) keepNetwork("layers", this.openedFor, training.memory(this.parameters, n));
    }

    private async show(): Promise<void> {
        this.net.build(this.training!.info!.layers);
        await this.refresh();
        taken.offer({ core: this.shell.core, id: this.training!.info!.id, room: this.id, model: "points", names: { inputs: ["a", "b"], targets: ["y"], classes: this.training!.info!.classes.map(String) }, points: () => tableText(this.data), program: () => this.program() });
    }

    private async slice(one: boolean): Promise<boolean> {
        if (!this.training!.info || !this.data.length || this.training!.diverged) return false;
        if (this.values.w) this.set({ w: "" });
        const report = await this.training!.run(one);
        await this.refresh();
        if (report.stop === "diverged") this.shell.complain(t.train.diverged);
        return !report.stopped;
    }

    // All that is shown, from the network as it is now.
    private async refresh(): Promise<void> {
        const training = this.training!;
        const info = training.info;
        if (!info) return;
        const core = this.shell.core;
        const [parameters, units, scores] = await Promise.all([
            core.parameters(info.id), core.units(info.id, this.plane.grid(SIDE), SIDE * SIDE), training.scores("samples")]);
        this.parameters = parameters;
        this.shownLosses = training.losses.length;
        this.maps = units.map((values, l) => unitMaps(values, info.layers[l]!.out, SIDE * SIDE, info.layers[l]!.activation));
        await this.backward();
        const output = this.maps[this.maps.length - 1]![0]!;
        this.plane.setField(output, SIDE);
        this.plane.selected = this.values.back ? this.sample : -1;
        this.plane.draw();
        const grid = this.plane.grid(SIDE);
        this.net.draw({
            parameters, maps: this.maps, side: SIDE, gradient: this.values.back ? this.gradient : null,
            inputMaps: [0, 1].map((i) => Float32Array.from({ length: SIDE * SIDE }, (_, k) => grid[2 * k + i]!)),
        });
        this.fillUnit();
        const figure = (name: string, value: string, kind = ""): HTMLElement => h("div", { class: kind }, h("dt", {}, name), h("dd", {}, value));
        this.figures.replaceChildren(figure(t.train.epochs, String(training.epochs)), figure(t.train.loss, lossText(scores.logLoss)),
            figure(t.train.accuracy, `${fixed(100 * scores.accuracy, 1)} %`, "big"));
        this.drawCurve();
        announce(fillIn(t.train.says, { epoch: training.epochs, loss: show(scores.logLoss), accuracy: fixed(100 * scores.accuracy, 1) }), true);
    }

    private async backward(): Promise<void> {
        if (!this.values.back) { this.gradient = null; return; }
        if (this.sample >= this.data.length) this.sample = -1;
        const some = this.sample < 0 ? this.data : [this.data[this.sample]!];
        const id = this.training!.info!.id;
        this.gradient = (await this.shell.core.gradient(id, samplesOf(some))).gradient;
        this.activations = this.sample < 0 ? [] : await this.shell.core.units(id, samplesOf(some).x, 1);
    }

    // ------------------------------------------------------------ what is drawn

    private drawLines(): void {
        const layer = this.training?.info?.layers[0];
        const maps = this.maps;
        if (!layer || !maps.length) return;
        const { ink, muted } = theme();
        const chosen = this.net.selected;
        const p = this.parameters;
        const deep = this.training!.info!.layers.length > 1;
        for (let j = 0; deep && j < layer.out; j++) {
            const strong = chosen?.layer === 0 && chosen.unit === j;
            this.plane.line(p[layer.weights + 2 * j]!, p[layer.weights + 2 * j + 1]!, p[layer.biases + j]!, css(strong ? ink : muted, strong ? 1 : 0.45), strong ? 2.2 : 1.1, strong ? [] : [5, 4]);
        }
        this.strokeContour(maps[maps.length - 1]![0]!, css(ink), 2.2);
        if (chosen && chosen.layer > 0 && chosen.layer < maps.length - 1) this.strokeContour(maps[chosen.layer]![chosen.unit]!, css(ink, 0.7), 1.4);
    }

    private strokeContour(map: ArrayLike<number>, colour: string, width: number): void {
        const c = this.plane.context;
        c.beginPath();
        for (const [x0, y0, x1, y1] of contour(map, SIDE, SIDE, 0)) {
            const to = (v: number): number => ((v + 0.5) / SIDE) * this.plane.canvas.clientWidth;
            c.moveTo(to(x0), to(y0));
            c.lineTo(to(x1), to(y1));
        }
        c.strokeStyle = colour;
        c.lineWidth = width;
        c.stroke();
    }

    private drawCurve(): void {
        const { x, y } = this.training?.losses.points() ?? { x: [], y: [] };
        const low = Math.min(0.1, ...y.filter((v) => v > 0)) / 1.3;
        this.curve.options.x = [0, Math.max(20, ...x.slice(-1))];
        this.curve.options.y = [Math.max(1e-12, low), Math.max(1, ...y)];
        if (this.curve.begin()) this.curve.curve(x, y, css(theme().accent), 2);
    }

    // The chosen neuron: each weight to be changed, and its gradient if back-propagation is shown. The
    // boxes stay while it learns, so that one of them can be typed in.
    private fillUnit(): void {
        const info = this.training?.info;
        if (!info) return;
        const chosen = this.net.selected;
        const back = this.values.back && this.gradient !== null;
        const shown = JSON.stringify([chosen, back, this.sample < 0, info.layers.map((l) => l.out)]);
        if (shown !== this.unitShown) {
            this.unitShown = shown;
            this.unitLines = [];
            this.unitSays = h("p", { class: "hint" });
            this.unitCard.replaceChildren(...(chosen ? this.unitParts(chosen, back) : [h("div", {}, h("h2", {}, t.layers.chooseTitle), h("p", { class: "hint" }, rich(t.layers.choose)), this.backHint(this.values.back))]));
        }
        for (const { at, box, gradient } of this.unitLines) {
            box.set(Number(this.parameters[at]!.toPrecision(5)));
            if (gradient) gradient.textContent = show(this.gradient![at]!, 3);
        }
        if (!chosen || !back || this.sample < 0) return;
        const delta = this.gradient![info.layers[chosen.layer]!.biases + chosen.unit]!;
        this.unitSays.textContent = fillIn(t.layers.unitSays, { a: show(Number(this.activations[chosen.layer]?.[chosen.unit] ?? NaN)), d: show(delta) });
    }

    private backHint(back: boolean): HTMLElement | null {
        return back ? h("p", { class: "hint" }, rich(this.sample < 0 ? t.layers.backAll : t.layers.backOne)) : null;
    }

    private unitParts(chosen: { layer: number; unit: number }, back: boolean): HTMLElement[] {
        const layer = this.training!.info!.layers[chosen.layer]!;
        const title = this.net.nameOf(chosen.layer, chosen.unit);
        const line = (name: string, at: number): HTMLElement => {
            const box = numberBox({ label: `${title}: ${name}`, bare: true, value: 0, min: -1000, max: 1000, step: 0.1, change: (v) => void this.edit(at, v) });
            const gradient = back ? h("td") : null;
            this.unitLines.push({ at, box, gradient });
            return h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, box.element), gradient);
        };
        const rows = Array.from({ length: layer.in }, (_, i) =>
            line(chosen.layer === 0 ? ["a", "b"][i]! : this.net.nameOf(chosen.layer - 1, i), layer.weights + chosen.unit * layer.in + i));
        rows.push(line(t.neuron.bias, layer.biases + chosen.unit));
        return [h("div", {}, h("h2", {}, title), this.backHint(back), back && this.sample >= 0 ? this.unitSays : null,
            h("div", { class: "scroll" }, h("table", { class: "numbers" },
                h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t.layers.from), h("th", { scope: "col" }, t.neuron.weight), back ? h("th", { scope: "col" }, t.layers.gradient) : null)),
                h("tbody", {}, ...rows))))];
    }

    private async edit(at: number, value: number): Promise<void> {
        this.runner.stop();
        await this.runner.alone(async () => {
            this.parameters[at] = value;
            await this.shell.core.setParameters(this.training!.info!.id, this.parameters);
            await this.refresh();
        });
    }

    override settled(): Promise<void> {
        return this.runner.settled();
    }

    override key(event: KeyboardEvent): boolean {
        return this.runner.key(event, () => this.restart());
    }

    override program(): { shell: string; c: string; python: string } {
        const v = this.values;
        return fitProgram({ table: tableText(this.data), hidden: v.hidden, activation: v.f, rate: v.rate, batch: v.batch, alpha: 0, seed: v.seed, epochs: Math.max(1, this.training?.epochs ?? 1), classes: true });
    }
}
