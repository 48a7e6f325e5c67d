// Room 2: the activation functions. One is large, with its derivative and a z that can be dragged
// along the curve; all the others stand beside it as small pictures.
import type { ActivationInfo } from "../../core/api.ts";
import { choice, number } from "../address.ts";
import { ACTIVATIONS, parameterOf } from "../activation_names.ts";
import { css, theme } from "../colour.ts";
import { slider, toggle, type Control } from "../controls.ts";
import { announce, fillIn, fixed, h, onceVisible, show } from "../dom.ts";
import { Graph } from "../graph.ts";
import { Room } from "../room.ts";
import { t } from "../text/text.ts";

const fields = {
    f: choice("leaky-relu", ACTIVATIONS),
    p: number(0.1, -100, 100),
    z: number(-0.5, -6, 6),
    slope: choice("1", ["0", "1"] as const),
};

const STEPS = 241;
const SPAN = 6;

interface Curve { z: Float64Array; value: Float64Array; derivative: Float64Array }

export class ActivationsRoom extends Room<typeof fields> {
    readonly id = "activations";
    private info: ActivationInfo[] = [];
    private small = new Map<string, Curve>();
    private curve: Curve | null = null;
    private point = { value: 0, derivative: 0 };
    private graph!: Graph;
    private gallery = h("div");
    private facts = h("table");
    private zSlider!: Control<number>;
    private pSlider!: Control<number>;
    private asked = 0;

    constructor() { super(fields); }

    mount(host: HTMLElement): void {
        this.graph = new Graph({ x: [-SPAN, SPAN], y: [-2.2, 3.2], aspect: 0.52 });
        this.graph.canvas.setAttribute("aria-label", t.activations.graph);
        this.graph.onDrag = (x) => this.move(x);
        this.gallery = h("div", { class: "gallery", role: "group", "aria-label": t.activations.all });
        this.facts = h("table", { class: "numbers" });
        this.zSlider = slider({ label: "z", value: this.values.z, min: -SPAN, max: SPAN, step: 0.01, change: (z) => this.move(z) });
        this.pSlider = slider({
            label: t.activations.parameter, value: this.values.p, min: -1, max: 3, step: 0.01,
            change: (p) => { this.set({ p }); void this.compute(); },
        });
        const slope = toggle(t.activations.derivative, this.values.slope === "1", (on) => { this.set({ slope: on ? "1" : "0" }); this.draw(); });
        host.append(h("div", { class: "stack" },
            h("div", { class: "stage" },
                h("figure", { class: "card" }, this.graph.canvas, h("figcaption", {}, t.activations.drag)),
                h("div", { class: "card controls" }, this.facts, this.zSlider.element, this.pSlider.element, slope.element)),
            this.gallery));
        const observer = onceVisible(this.graph.canvas, () => this.draw());
        this.onLeave(() => observer.disconnect());
        void this.start();
    }

    private async start(): Promise<void> {
        const core = this.shell.core;
        if (!this.info.length) this.info = await core.activations();
        await this.compute();
        for (const one of this.info)
            if (!this.small.has(one.name)) this.small.set(one.name, await this.curveOf(one.name, one.parameter, 61));
        this.fillGallery();
    }

    // Softmax is of a whole layer: here of two outputs, the other one at 0.
    private async curveOf(name: string, parameter: number, steps: number): Promise<Curve> {
        const z = Float64Array.from({ length: steps }, (_, i) => SPAN * (2 * i / (steps - 1) - 1));
        return { z, ...(await this.apply(name, parameter, z)) };
    }

    private async apply(name: string, parameter: number, z: Float64Array): Promise<{ value: Float64Array; derivative: Float64Array }> {
        if (name !== "softmax") return this.shell.core.activate(name, parameter, z);
        const pairs = await Promise.all(Array.from(z, (one) => this.shell.core.activate(name, parameter, Float64Array.of(one, 0))));
        return { value: Float64Array.from(pairs, (p) => p.value[0]!), derivative: Float64Array.from(pairs, (p) => p.derivative[0]!) };
    }

    private async compute(): Promise<void> {
        const asked = ++this.asked;
        const { f, p } = this.values;
        const known = this.info.find((one) => one.name === f);
        this.pSlider.element.hidden = !known?.hasParameter;
        this.pSlider.within?.(known?.most ? 0 : -1, known?.most || 3);
        try {
            const curve = await this.curveOf(f, p, STEPS);
            if (asked !== this.asked) return;
            this.curve = curve;
            await this.atPoint();
        } catch (error) {
            this.shell.complain((error as Error).message);
        }
    }

    private async atPoint(): Promise<void> {
        const { f, p, z } = this.values;
        const { value, derivative } = await this.apply(f, p, Float64Array.of(z));
        if (z !== this.values.z || f !== this.values.f || p !== this.values.p) return; // a later one is on its way
        this.point = { value: value[0]!, derivative: derivative[0]! };
        this.fillFacts();
        this.draw();
        announce(fillIn(t.activations.says, { z: show(z), y: show(value[0]!), slope: show(derivative[0]!) }), true);
    }

    private move(to: number): void {
        const z = Math.round(Math.max(-SPAN, Math.min(SPAN, to)) * 100) / 100;
        this.set({ z });
        this.zSlider.set(z);
        void this.atPoint();
    }

    private pick(name: string): void {
        const p = parameterOf(name, this.info);
        this.set({ f: name as typeof this.values.f, p });
        this.pSlider.set(p);
        for (const tile of this.gallery.children) tile.setAttribute("aria-pressed", String((tile as HTMLElement).dataset["name"] === name));
        void this.compute();
    }

    private fillFacts(): void {
        const known = this.info.find((one) => one.name === this.values.f)!;
        const line = (name: string, value: string, kind = ""): HTMLElement =>
            h("tr", { class: kind }, h("th", { scope: "row" }, name), h("td", { style: "white-space:normal" }, value));
        this.facts.replaceChildren(h("caption", { class: "unseen" }, this.values.f), h("tbody", {},
            line("f(z)", t.activations.formula(known.formula)), line("f′(z)", t.activations.formula(known.derivative)), line(t.activations.range, known.range.replace(/inf/g, "∞")),
            line("z", fixed(this.values.z, 2), "sum"), line(`f(${fixed(this.values.z, 2)})`, fixed(this.point.value, 4), "strong"),
            line(`f′(${fixed(this.values.z, 2)})`, fixed(this.point.derivative, 4))));
    }

    private fillGallery(): void {
        this.gallery.replaceChildren(...this.info.map((one) => {
            const graph = new Graph({ x: [-SPAN, SPAN], y: [-2.2, 3.2], bare: true, aspect: 0.66 });
            const curve = this.small.get(one.name)!;
            const tile = h("button", {
                class: "tile", type: "button", "data-name": one.name, "aria-pressed": String(one.name === this.values.f),
                on: { click: () => this.pick(one.name) },
            }, graph.canvas, one.name);
            const observer = onceVisible(graph.canvas, () => {
                graph.begin();
                graph.curve(curve.z, curve.derivative, css(theme().muted, 0.7), 1, [3, 3]);
                graph.curve(curve.z, curve.value, css(theme().accent), 2);
            });
            this.onLeave(() => observer.disconnect());
            return tile;
        }));
    }

    private draw(): void {
        const curve = this.curve;
        if (!curve || !this.graph.begin()) return;
        const { z, f } = this.values;
        const { accent, muted, high } = theme();
        if (this.values.slope === "1") {
            this.graph.curve(curve.z, curve.derivative, css(muted), 1.6, [5, 4]);
            // the tangent, whose slope is the derivative
            const d = this.point.derivative;
            this.graph.line(z - 1.2, this.point.value - 1.2 * d, z + 1.2, this.point.value + 1.2 * d, css(high), 2);
        }
        this.graph.curve(curve.z, curve.value, css(accent), 2.6, [], f === "step" ? 0.5 : undefined);
        this.graph.line(z, 0, z, this.point.value, css(accent, 0.5), 1, [2, 3]);
        this.graph.dot(z, this.point.value, css(accent), 7);
    }

    override program(): { shell: string; c: string; python: string } {
        const { f, p, z } = this.values;
        const activation = f + (this.info.find((one) => one.name === f)?.hasParameter ? `:${p}` : "");
        return {
            shell: `pensel activations\npensel activations -o activations.svg\npensel neuron --weights 1 --activation ${activation} -- ${z}`,
            c: `double z = ${z}, value, derivative;
pensel_error error;
if (pensel_activation_apply(PENSEL_${f.toUpperCase().replace(/-/g, "_")}, ${p}, &value, &derivative, &z, 1, &error))
    return puts(error.text);
printf("f(z) = %g, f'(z) = %g\\n", value, derivative);`,
            python: t.program.none,
        };
    }
}
