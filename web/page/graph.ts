// A small coordinate system on a canvas: axes, curves, points, and dragging along x.
import { css, theme } from "./colour.ts";
import { magnified } from "./dom.ts";

export interface GraphOptions {
    x: [number, number];
    y: [number, number];
    bare?: boolean; // no numbers at the axes
    aspect?: number; // height / width
    log?: boolean; // y in powers of ten
}

export class Graph {
    readonly canvas = document.createElement("canvas");
    onDrag: ((x: number, y: number) => void) | null = null;
    private context = this.canvas.getContext("2d")!;
    private width = 0;
    private height = 0;
    private gutter = 0; // at the left and below, for the numbers of an axis that stands there: no curve goes over them
    private foot = 0;

    constructor(public options: GraphOptions) {
        const drag = (event: PointerEvent): void => {
            if (!this.onDrag) return;
            const box = this.canvas.getBoundingClientRect();
            const { x, y } = this.options;
            this.onDrag(x[0] + ((event.clientX - box.left) / box.width) * (x[1] - x[0]),
                y[1] - ((event.clientY - box.top) / box.height) * (y[1] - y[0]));
        };
        this.canvas.addEventListener("pointerdown", (event) => {
            if (!this.onDrag) return;
            this.canvas.setPointerCapture(event.pointerId);
            drag(event);
        });
        this.canvas.addEventListener("pointermove", (event) => {
            if (this.canvas.hasPointerCapture(event.pointerId)) drag(event);
        });
        this.canvas.style.aspectRatio = String(1 / (options.aspect ?? 0.58));
        if (options.bare) this.canvas.setAttribute("aria-hidden", "true");
        else this.canvas.setAttribute("role", "img");
    }

    px(x: number): number {
        return this.gutter + ((x - this.options.x[0]) / (this.options.x[1] - this.options.x[0])) * (this.width - this.gutter);
    }

    py(y: number): number {
        const { y: range, log } = this.options;
        const way = log ? Math.log(y / range[0]) / Math.log(range[1] / range[0]) : (y - range[0]) / (range[1] - range[0]);
        return (1 - way) * (this.height - this.foot);
    }

    // Clears and draws the axes; false: not on the screen.
    begin(): boolean {
        const scale = devicePixelRatio || 1;
        this.width = this.canvas.clientWidth;
        this.height = this.canvas.clientHeight;
        if (!this.width || !this.height) return false;
        const w = Math.round(this.width * scale);
        const h = Math.round(this.height * scale);
        if (this.canvas.width !== w || this.canvas.height !== h) {
            this.canvas.width = w;
            this.canvas.height = h;
        }
        this.context.setTransform(scale, 0, 0, scale, 0, 0);
        this.context.clearRect(0, 0, this.width, this.height);
        this.axes();
        return true;
    }

    private axes(): void {
        const { x, y, bare, log } = this.options;
        const { line, muted } = theme();
        this.context.font = `${11 * magnified()}px ${getComputedStyle(document.body).fontFamily}`;
        const marks = bare ? [] : (log ? powers(y) : ticks(y)).filter((v) => v !== 0 && v > y[0] && v < y[1]);
        const left = x[0] >= 0;
        this.gutter = left ? Math.max(0, ...marks.map((v) => this.context.measureText(label(v)).width + 8)) : 0;
        const below = !bare && (log || y[0] >= 0);
        this.foot = below ? 16 * magnified() : 0;
        const zeroX = Math.max(x[0], Math.min(x[1], 0));
        const zeroY = log ? y[0] : Math.max(y[0], Math.min(y[1], 0));
        this.line(x[0], zeroY, x[1], zeroY, css(line), 1);
        this.line(zeroX, y[0], zeroX, y[1], css(line), 1);
        if (bare) return;
        this.context.fillStyle = css(muted);
        this.context.textAlign = "center";
        for (const v of ticks(x)) {
            if (v === 0 || v === x[0] || v === x[1]) continue;
            this.text(v, zeroY, label(v), 0, 14 * (below ? magnified() : 1));
        }
        this.context.textAlign = left ? "right" : "left";
        for (const v of marks) this.text(zeroX, v, label(v), left ? -6 : 5, 4);
    }

    private text(x: number, y: number, text: string, dx: number, dy: number): void {
        this.context.fillText(text, this.px(x) + dx, this.py(y) + dy);
    }

    line(x0: number, y0: number, x1: number, y1: number, colour: string, width: number, dash: number[] = []): void {
        const c = this.context;
        c.beginPath();
        c.setLineDash(dash);
        c.strokeStyle = colour;
        c.lineWidth = width;
        c.moveTo(this.px(x0), this.py(y0));
        c.lineTo(this.px(x1), this.py(y1));
        c.stroke();
        c.setLineDash([]);
    }

    // jump: where neighbours differ by more than this, the curve is broken, as a step's is
    curve(x: ArrayLike<number>, y: ArrayLike<number>, colour: string, width: number, dash: number[] = [], jump?: number): void {
        const c = this.context;
        c.beginPath();
        c.setLineDash(dash);
        c.strokeStyle = colour;
        c.lineWidth = width;
        c.lineJoin = "round";
        let pen = false;
        for (let i = 0; i < x.length; i++) {
            const v = y[i]!;
            if (!Number.isFinite(v)) { pen = false; continue; }
            if (jump !== undefined && i > 0 && Math.abs(v - y[i - 1]!) > jump) pen = false;
            // far outside, canvases draw nothing at all
            const at = Math.max(-1e4, Math.min(1e4, this.py(v)));
            if (pen) c.lineTo(this.px(x[i]!), at);
            else c.moveTo(this.px(x[i]!), at);
            pen = true;
        }
        c.stroke();
        c.setLineDash([]);
    }

    dot(x: number, y: number, colour: string, radius: number): void {
        const c = this.context;
        c.beginPath();
        c.arc(this.px(x), this.py(y), radius, 0, 2 * Math.PI);
        c.fillStyle = colour;
        c.fill();
        c.lineWidth = 2;
        c.strokeStyle = css(theme().paper);
        c.stroke();
    }
}

const label = (v: number): string =>
    (v !== 0 && Math.abs(v) < 1e-3 ? v.toExponential() : String(Number(v.toPrecision(3)))).replace("-", "−");

export function ticks([low, high]: [number, number]): number[] {
    const rough = (high - low) / 6;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough)!;
    const list: number[] = [];
    for (let v = Math.ceil(low / step) * step; v <= high + step / 1e6; v += step) list.push(Math.round(v / step) * step);
    return list;
}

function powers([low, high]: [number, number]): number[] {
    const list: number[] = [];
    const [from, to] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
    const step = Math.ceil((to - from + 1) / 7); // so many have room
    for (let e = to; e >= from; e -= step) list.push(Number(`1e${e}`));
    return list;
}
