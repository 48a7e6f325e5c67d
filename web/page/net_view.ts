// A network as a drawing: layers from left to right, each neuron a map of the plane (what it says
// where), each weight a line, as thick as it is large. Neurons are buttons; a chosen one shows its
// numbers elsewhere.
import type { LayerShape } from "../core/api.ts";
import { mapImage, signed, type Rgb } from "./colour.ts";
import { button } from "./controls.ts";
import { fillIn, h, onceVisible, show, svg } from "./dom.ts";
import { t } from "./text/text.ts";

export interface NetViewOptions {
    inputs: string[];
    widest: number; // neurons of a hidden layer, at most
    most: number; // hidden layers, at most
    resize?: (layer: number, by: number) => void; // a hidden layer's width
    layers?: (by: number) => void; // one hidden layer more or fewer
    pick(layer: number, unit: number): void;
}

export interface NetNumbers {
    parameters: Float64Array;
    maps: ArrayLike<number>[][]; // [layer][unit] values at the grid, scaled to [-1, 1]
    inputMaps: ArrayLike<number>[];
    side: number;
    gradient?: Float64Array | null; // in place of the weights' thickness, where back-propagation is shown
}

const TEXT = 17; // pixels of text of the ordinary size, for which the measures below are

interface Box { x: number; y: number }

export class NetView {
    readonly element = h("div", { class: "net" });
    selected: { layer: number; unit: number } | null = null;
    private lines = svg("svg", { "aria-hidden": "true" });
    private units: { canvas: HTMLCanvasElement; button: HTMLElement }[][] = [];
    private inputs: HTMLCanvasElement[] = [];
    private layers: LayerShape[] = [];
    private boxes: Box[][] = []; // [0] are the inputs
    private size = 40;
    private zoom = 1; // of the presentation size, which enlarges all text
    private numbers: NetNumbers | null = null;
    private observer: ResizeObserver;
    private width = 0;

    constructor(private options: NetViewOptions) {
        this.observer = onceVisible(this.element, () => {
            if (this.element.clientWidth === this.width) return;
            this.build(this.layers);
            this.draw(null);
        });
    }

    close(): void { this.observer.disconnect(); }

    // The elements anew, after the shape has changed.
    build(layers: LayerShape[]): void {
        this.layers = layers;
        this.width = this.element.clientWidth;
        if (!layers.length || this.width < 50) return;
        const columns = layers.length + 1;
        const tallest = Math.max(this.options.inputs.length, ...layers.map((l) => l.out));
        this.zoom = parseFloat(getComputedStyle(document.documentElement).fontSize) / TEXT;
        const head = (this.options.resize ? 64 : 6) * this.zoom;
        this.size = Math.max(18, Math.min(46 * this.zoom, (this.width / columns) * 0.56, (400 / tallest - 8) * this.zoom));
        const step = this.size + (this.size < 30 * this.zoom ? 7 : 11) * this.zoom;
        const height = head + tallest * step + 4;
        this.element.style.height = `${height}px`;
        const x = (c: number): number => this.size / 2 + (c / (columns - 1)) * (this.width - this.size);
        const place = (c: number, count: number): Box[] => Array.from({ length: count }, (_, i) => ({
            x: x(c), y: head + (height - head) / 2 + (i - (count - 1) / 2) * step }));
        this.boxes = [place(0, this.options.inputs.length), ...layers.map((l, c) => place(c + 1, l.out))];
        this.inputs = [];
        this.units = [];
        const parts: (HTMLElement | SVGElement)[] = [this.lines];
        this.options.inputs.forEach((name, i) => {
            const canvas = h("canvas", { "aria-hidden": "true" });
            this.inputs.push(canvas);
            parts.push(this.at(h("div", { class: "unit", title: name }, canvas), this.boxes[0]![i]!));
            parts.push(h("span", { class: "input-name", style: `left:${this.boxes[0]![i]!.x - this.size / 2 + 3}px;top:${this.boxes[0]![i]!.y - this.size / 2}px` }, name));
        });
        layers.forEach((layer, l) => {
            this.units.push(this.boxes[l + 1]!.map((box, j) => this.unit(l, j, box, parts)));
            if (this.options.resize && l < layers.length - 1) parts.push(this.columnHead(l, layer, x(l + 1)));
        });
        if (this.options.layers) parts.push(this.layerButtons());
        this.element.replaceChildren(...parts);
    }

    private at<T extends HTMLElement>(element: T, box: Box): T {
        element.style.cssText = `left:${box.x - this.size / 2}px;top:${box.y - this.size / 2}px;width:${this.size}px;height:${this.size}px`;
        return element;
    }

    private unit(layer: number, unit: number, box: Box, parts: (HTMLElement | SVGElement)[]): { canvas: HTMLCanvasElement; button: HTMLElement } {
        const canvas = h("canvas");
        const chosen = this.selected?.layer === layer && this.selected.unit === unit;
        const made = h("button", {
            class: "unit", type: "button", "aria-pressed": String(chosen),
            "aria-label": this.nameOf(layer, unit), title: this.nameOf(layer, unit),
            on: { click: () => this.choose(layer, unit) },
        }, canvas);
        parts.push(this.at(made, box));
        return { canvas, button: made };
    }

    nameOf(layer: number, unit: number): string {
        return layer === this.layers.length - 1
            ? fillIn(t.net.output, { n: unit + 1 })
            : fillIn(t.net.unit, { layer: layer + 1, n: unit + 1 });
    }

    private columnHead(l: number, layer: LayerShape, x: number): HTMLElement {
        const one = (by: number, sign: string, label: string): HTMLElement =>
            button(sign, () => this.options.resize!(l, by), "small round", { "aria-label": fillIn(label, { layer: l + 1 }) });
        return h("div", { class: "head-cell", style: `left:${x - 46 * this.zoom}px;width:${92 * this.zoom}px;top:${32 * this.zoom}px` },
            one(-1, "−", t.net.fewer), h("span", {}, String(layer.out)), one(1, "+", t.net.more));
    }

    private layerButtons(): HTMLElement {
        return h("div", { class: "row", style: "position:absolute;top:0;left:0;right:0;justify-content:center" },
            h("span", { class: "label" }, t.net.layers),
            button("−", () => this.options.layers!(-1), "small round", { "aria-label": t.net.fewerLayers }),
            h("span", { class: "mono" }, String(this.layers.length - 1)),
            button("+", () => this.options.layers!(1), "small round", { "aria-label": t.net.moreLayers }));
    }

    choose(layer: number, unit: number): void {
        this.selected = { layer, unit };
        this.units.forEach((list, l) => list.forEach((u, j) => u.button.setAttribute("aria-pressed", String(l === layer && j === unit))));
        this.options.pick(layer, unit);
        this.drawLines();
    }

    // null: the same numbers again
    draw(numbers: NetNumbers | null): void {
        if (numbers) this.numbers = numbers;
        const n = this.numbers;
        if (!n || !this.units.length) return;
        const paint = (canvas: HTMLCanvasElement, values: ArrayLike<number> | undefined, colour: (v: number) => Rgb): void => {
            if (!values) return;
            if (canvas.width !== n.side) canvas.width = canvas.height = n.side;
            canvas.getContext("2d")!.putImageData(mapImage(values, n.side, n.side, colour), 0, 0);
        };
        this.inputs.forEach((canvas, i) => paint(canvas, n.inputMaps[i], (v) => signed(v, 0.8)));
        this.units.forEach((list, l) => list.forEach((u, j) => paint(u.canvas, n.maps[l]?.[j], (v) => signed(v, 0.85))));
        this.drawLines();
    }

    private drawLines(): void {
        const n = this.numbers;
        if (!n || !this.layers.length || this.width < 50) return;
        const values = n.gradient ?? n.parameters;
        const parts: SVGElement[] = [];
        this.layers.forEach((layer, l) => {
            let largest = 1e-12;
            for (let k = 0; k < layer.in * layer.out; k++) largest = Math.max(largest, Math.abs(values[layer.weights + k]!));
            // a layer whose weights are all small stays thin; gradients have no measure but their own
            const scale = n.gradient ? largest : Math.max(1, largest);
            for (let j = 0; j < layer.out; j++)
                for (let i = 0; i < layer.in; i++) {
                    const v = values[layer.weights + j * layer.in + i]!;
                    const from = this.boxes[l]?.[i];
                    const to = this.boxes[l + 1]?.[j];
                    if (!from || !to) continue;
                    parts.push(this.edge(from, to, v, Math.abs(v) / scale, this.selected?.layer === l && this.selected.unit === j));
                }
        });
        this.lines.setAttribute("viewBox", `0 0 ${this.width} ${this.element.clientHeight}`);
        this.lines.replaceChildren(...parts);
    }

    private edge(from: Box, to: Box, value: number, share: number, strong: boolean): SVGElement {
        const x0 = from.x + this.size / 2;
        const x1 = to.x - this.size / 2;
        const bend = (x0 + x1) / 2;
        return svg("path", {
            d: `M${x0},${from.y} C${bend},${from.y} ${bend},${to.y} ${x1},${to.y}`, fill: "none",
            stroke: value < 0 ? "var(--low)" : "var(--high)", "stroke-width": (0.5 + 5.5 * share).toFixed(2),
            opacity: strong ? 0.95 : this.selected ? 0.28 : 0.55, "stroke-linecap": "round",
        }, svg("title", {}, show(value)));
    }
}
