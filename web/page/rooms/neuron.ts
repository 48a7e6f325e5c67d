// Room 1: one neuron, every number of it in the open. The drawing shows how they flow; the rows of
// sliders are the same numbers to be changed.
import type { ActivationInfo, NeuronResult } from "../../core/api.ts";
import { choice, number, numbers } from "../address.ts";
import { select, slider, button, type Control } from "../controls.ts";
import { announce, fillIn, fixed, h, magnified, onceVisible, show, svg } from "../dom.ts";
import { Room } from "../room.ts";
import { ACTIVATIONS, parameterOf } from "../activation_names.ts";
import { t } from "../text/text.ts";

const fields = {
    x: numbers([1, 0.5, -1], 1, 6, -10, 10),
    w: numbers([0.7, 0.6, 1.4], 1, 6, -10, 10),
    b: number(-0.1, -10, 10),
    f: choice("leaky-relu", ACTIVATIONS),
    p: number(0.1, -100, 100),
};

export class NeuronRoom extends Room<typeof fields> {
    readonly id = "neuron";
    private info: ActivationInfo[] = [];
    private result: NeuronResult | null = null;
    private curve: { z: Float64Array; value: Float64Array } | null = null;
    private asked = 0;
    private drawing = svg("svg", { role: "img" });
    private readouts: HTMLElement[] = [];
    private totals: Record<string, HTMLElement> = {};
    private formula = h("p", { class: "hint" });
    private rows = h("div", { class: "neuron-rows" });
    private parameter: Control<number> | null = null;

    constructor() {
        super(fields);
    }

    mount(host: HTMLElement): void {
        const values = this.values;
        // an address may have more weights than inputs: what is missing is 0, as for a new input
        while (values.w.length < values.x.length) values.w = [...values.w, 0];
        while (values.x.length < values.w.length) values.x = [...values.x, 0];
        this.drawing = svg("svg", { role: "img" });
        this.rows = h("div", { class: "neuron-rows" });
        this.formula = h("p", { class: "hint" });
        const figure = h("figure", { class: "figure card" }, this.drawing as unknown as HTMLElement);
        this.fillRows();
        host.append(
            h("div", { class: "stack" }, figure,
                h("div", { class: "stage" },
                    h("div", { class: "card" }, this.rows,
                        h("div", { class: "row", style: "margin-top:.7rem" },
                            button(t.neuron.more, () => this.resize(1), "small"),
                            button(t.neuron.fewer, () => this.resize(-1), "small"),
                            button(t.neuron.tutorial, () => this.restore(), "small"))),
                    this.side())),
        );
        const observer = onceVisible(figure, () => this.draw());
        this.onLeave(() => observer.disconnect());
        void this.start();
    }

    private async start(): Promise<void> {
        if (!this.info.length) this.info = await this.shell.core.activations();
        await this.compute(true);
    }

    private side(): HTMLElement {
        this.totals = {};
        const total = (name: string, label: string, kind = ""): HTMLElement => {
            const cell = h("td", {});
            this.totals[name] = cell;
            return h("tr", { class: kind }, h("th", { scope: "row" }, label), cell);
        };
        const parameter = slider({
            label: t.neuron.parameter, value: this.values.p, min: 0, max: 3, step: 0.01,
            change: (p) => { this.set({ p }); void this.compute(true); },
        });
        this.parameter = parameter;
        return h("div", { class: "card controls" },
            select({
                label: t.neuron.activation, value: this.values.f,
                values: ACTIVATIONS.filter((a) => a !== "softmax").map((a) => ({ value: a, label: a })),
                change: (f) => {
                    const p = parameterOf(f, this.info);
                    this.set({ f: f as typeof this.values.f, p });
                    parameter.set(p);
                    void this.compute(true);
                },
            }).element,
            parameter.element,
            this.formula,
            h("table", { class: "numbers" }, h("caption", { class: "unseen" }, t.neuron.totals),
                h("tbody", {}, total("sum", t.neuron.sum), total("bias", t.neuron.bias),
                    total("z", "z", "sum"), total("output", t.neuron.output, "sum strong"))));
    }

    private fillRows(): void {
        const { x, w } = this.values;
        this.readouts = [];
        const change = (list: "x" | "w", i: number) => (value: number): void => {
            const next = [...this.values[list]];
            next[i] = value;
            this.set({ [list]: next });
            void this.compute(false);
        };
        const rows = x.map((_, i) => {
            const value = h("span", { class: "value" });
            this.readouts.push(value);
            const one = { min: -2, max: 2, step: 0.05, bare: true };
            const input = slider({ ...one, label: fillIn(t.neuron.inputN, { n: i + 1 }), value: x[i]!, change: change("x", i) }).element;
            const weight = slider({ ...one, label: fillIn(t.neuron.weightN, { n: i + 1 }), value: w[i]!, change: change("w", i) }).element;
            input.dataset["name"] = t.neuron.input; // where there is no room for a line of heads
            weight.dataset["name"] = t.neuron.weight;
            return h("div", { class: "neuron-row" },
                h("span", { class: "label", "aria-hidden": "true" }, `${i + 1}`),
                input,
                h("span", { class: "sign", "aria-hidden": "true" }, "×"),
                weight,
                h("span", { class: "sign", "aria-hidden": "true" }, "="), value);
        });
        const bias = slider({
            label: t.neuron.bias, value: this.values.b, min: -2, max: 2, step: 0.05,
            change: (b) => { this.set({ b }); void this.compute(false); },
        });
        this.rows.replaceChildren(
            h("div", { class: "neuron-row head-of", "aria-hidden": "true" }, h("span"), h("span", {}, t.neuron.input),
                h("span"), h("span", {}, t.neuron.weight), h("span"), h("span", { style: "text-align:right" }, t.neuron.product)),
            ...rows, h("div", { style: "margin-top:.5rem" }, bias.element));
    }

    private resize(by: number): void {
        const count = this.values.x.length + by;
        if (count < 1 || count > 6) return;
        const grown = (list: number[], more: number): number[] => by < 0 ? list.slice(0, count) : [...list, more];
        this.set({ x: grown(this.values.x, 1), w: grown(this.values.w, 0.5) });
        this.fillRows();
        void this.compute(false);
        announce(fillIn(t.neuron.count, { n: count }));
    }

    private restore(): void {
        this.set({ x: fields.x.initial, w: fields.w.initial, b: fields.b.initial, f: "leaky-relu", p: 0.1 });
        this.shell.go("#neuron");
    }

    // Asks the library; of several questions under way only the last one's answer is shown.
    private async compute(curveToo: boolean): Promise<void> {
        const asked = ++this.asked;
        const { x, w, b, f, p } = this.values;
        const core = this.shell.core;
        const known = this.info.find((one) => one.name === f);
        if (this.parameter) this.parameter.element.hidden = !known?.hasParameter;
        this.parameter?.within?.(0, known?.most || 3);
        try {
            if (curveToo || !this.curve) {
                const z = Float64Array.from({ length: 121 }, (_, i) => (i - 60) / 15);
                this.curve = { z, value: (await core.activate(f, p, z)).value };
            }
            const result = await core.neuron(Float64Array.from(x), Float64Array.from(w), b, f, p);
            if (asked !== this.asked) return;
            this.result = result;
        } catch (error) {
            this.shell.complain((error as Error).message);
            return;
        }
        this.write();
        this.draw();
    }

    private write(): void {
        const r = this.result!;
        this.readouts.forEach((cell, i) => (cell.textContent = fixed(r.products[i]!, 3)));
        this.totals["sum"]!.textContent = fixed(r.sum, 4);
        this.totals["bias"]!.textContent = fixed(this.values.b, 4);
        this.totals["z"]!.textContent = fixed(r.z, 4);
        this.totals["output"]!.textContent = fixed(r.output, 4);
        const known = this.info.find((one) => one.name === this.values.f);
        this.formula.textContent = known ? `f(z) = ${t.activations.formula(known.formula)}` : "";
        announce(fillIn(t.neuron.says, { z: show(r.z), y: show(r.output) }), true);
    }

    // The drawing, laid out anew for every width: circles and words keep their size.
    private draw(): void {
        const r = this.result;
        const width = this.drawing.parentElement?.clientWidth ?? 0;
        if (!r || !this.curve || width < 50) return;
        // drawn at the usual size, and enlarged as a whole
        const scale = magnified();
        const inner = (width - 36) / scale;
        const narrow = inner < 560;
        const n = this.values.x.length;
        const gap = narrow ? 56 : 66;
        const height = Math.max(190, n * gap + 30);
        const middle = height / 2;
        const radius = narrow ? 19 : 24;
        const at = (share: number): number => radius + 2 + share * (inner - 2 * radius - 4);
        const xs = { in: at(0), sum: at(narrow ? 0.37 : 0.44), f: at(narrow ? 0.735 : 0.73), out: at(1) };
        const half = narrow ? 26 : 44; // of the curve's box
        const parts: SVGElement[] = [];
        const largest = Math.max(0.5, ...Array.from(r.products, Math.abs));
        const sign = (v: number): string => (v < 0 ? "var(--low)" : "var(--high)");
        const words = (v: number): string => (v < 0 ? "var(--low-text)" : "var(--high-text)");
        const label = (x: number, y: number, text: string, props: Record<string, string | number> = {}): void => {
            parts.push(svg("text", { x, y, "text-anchor": "middle", "font-size": narrow ? 12 : 14, fill: "var(--ink)", ...props }, text));
        };
        for (let i = 0; i < n; i++) {
            const y = middle + (i - (n - 1) / 2) * gap;
            const product = r.products[i]!;
            const bend = (xs.in + xs.sum) / 2;
            parts.push(svg("path", {
                d: `M${xs.in + radius},${y} C${bend},${y} ${bend},${middle} ${xs.sum - radius},${middle}`,
                fill: "none", stroke: sign(product), "stroke-width": 1 + 7 * Math.abs(product) / largest,
                "stroke-linecap": "round", opacity: 0.55,
            }));
            parts.push(svg("circle", { cx: xs.in, cy: y, r: radius, fill: "var(--card)", stroke: "var(--ink)", "stroke-width": 1.3 }));
            label(xs.in, y + 5, fixed(this.values.x[i]!, 2), { "font-size": narrow ? 11.5 : 13.5 });
            // products stand beside their path, where it does not bend to: it rises or falls to the middle
            const text = narrow ? fixed(product, 2) : `× ${fixed(this.values.w[i]!, 2)} = ${fixed(product, 2)}`;
            const tx = xs.in + radius + (narrow ? 26 : (xs.sum - xs.in) * 0.27);
            label(tx, y > middle ? y + 22 : y - 9, text, { fill: words(product), "font-weight": 600, "font-size": narrow ? 12 : 13.5, class: "halo" });
        }
        const link = (from: number, to: number): void => void parts.push(svg("line", {
            x1: from, y1: middle, x2: to, y2: middle, stroke: "var(--muted)", "stroke-width": 1.6 }));
        link(xs.sum + radius, xs.f - half);
        link(xs.f + half, xs.out - radius);
        parts.push(svg("circle", { cx: xs.sum, cy: middle, r: radius, fill: "var(--card)", stroke: "var(--ink)", "stroke-width": 1.3 }));
        label(xs.sum, middle + 7, "Σ", { "font-size": 20 });
        label(xs.sum, middle + radius + 20, `${fixed(r.sum, 2)}`);
        label(xs.sum, middle - radius - 28, t.neuron.bias, { fill: "var(--muted)", "font-size": 12, class: "halo" });
        label(xs.sum, middle - radius - 11, (this.values.b < 0 ? "" : "+") + fixed(this.values.b, 2), { fill: words(this.values.b), "font-weight": 600, class: "halo" });
        label((xs.sum + radius + xs.f - half) / 2, middle - 9, narrow ? "z" : `z = ${fixed(r.z, 2)}`);
        if (narrow) label((xs.sum + radius + xs.f - half) / 2, middle + 17, fixed(r.z, 2), { "font-size": 11.5 });
        this.drawCurve(parts, xs.f, middle, half, r);
        parts.push(svg("circle", { cx: xs.out, cy: middle, r: radius, fill: "var(--accent)" }));
        label(xs.out, middle + 5, fixed(r.output, 2), { fill: "var(--on-accent)", "font-weight": 600, "font-size": narrow ? 11.5 : 13.5 });
        label(xs.f, middle + half + 18, this.values.f, { fill: "var(--muted)", "font-size": 12 });
        this.drawing.setAttribute("viewBox", `0 0 ${inner} ${height}`);
        this.drawing.setAttribute("height", String(height * scale));
        this.drawing.setAttribute("aria-label", fillIn(t.neuron.says, { z: show(r.z), y: show(r.output) }));
        this.drawing.replaceChildren(...parts);
    }

    // The activation as a small curve, and where z is on it.
    private drawCurve(parts: SVGElement[], cx: number, cy: number, half: number, r: NeuronResult): void {
        const { z, value } = this.curve!;
        parts.push(svg("rect", { x: cx - half, y: cy - half, width: 2 * half, height: 2 * half, rx: 10, fill: "var(--card)", stroke: "var(--ink)", "stroke-width": 1.3 }));
        const px = (v: number): number => cx + Math.max(-1, Math.min(1, v / 4)) * half * 0.86;
        const py = (v: number): number => cy - Math.max(-1, Math.min(1, v / 4)) * half * 0.86;
        let path = "";
        for (let i = 0; i < z.length; i++) path += `${i ? "L" : "M"}${px(z[i]!).toFixed(1)},${py(value[i]!).toFixed(1)}`;
        parts.push(svg("line", { x1: cx - half + 6, y1: cy, x2: cx + half - 6, y2: cy, stroke: "var(--line)" }),
            svg("line", { x1: cx, y1: cy - half + 6, x2: cx, y2: cy + half - 6, stroke: "var(--line)" }),
            svg("path", { d: path, fill: "none", stroke: "var(--accent)", "stroke-width": 2.2, "stroke-linejoin": "round" }),
            svg("circle", { cx: px(r.z), cy: py(r.output), r: 4.5, fill: "var(--accent)", stroke: "var(--card)", "stroke-width": 1.5 }));
    }

    override program(): { shell: string; c: string; python: string } {
        const { x, w, b, f, p } = this.values;
        const activation = f + (this.info.find((one) => one.name === f)?.hasParameter ? `:${p}` : "");
        return {
            shell: `pensel neuron --weights=${w.join(",")} --bias=${b} --activation ${activation} -- ${x.join(" ")}`,
            c: `double weights[] = {${w.join(", ")}}, x[] = {${x.join(", ")}}, y, z;
pensel_neuron neuron = {weights, ${x.length}, ${b}, PENSEL_${f.toUpperCase().replace(/-/g, "_")}, ${p}};
pensel_error error;
if (pensel_neuron_run(&neuron, &y, &z, NULL, x, &error)) return puts(error.text);
printf("z = %g, output %g\\n", z, y);`,
            python: `import subprocess
print(subprocess.run(["pensel", "neuron", "--weights=${w.join(",")}", "--bias=${b}",
                      "--activation", "${activation}", "--", ${x.map((v) => `"${v}"`).join(", ")}],
                     capture_output=True, text=True).stdout)`,
        };
    }
}
