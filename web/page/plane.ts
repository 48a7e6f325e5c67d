// The plane of two inputs: points that are put, moved and removed by pointer or keys, and behind
// them what a network makes of the plane.
import type { Point } from "./address.ts";
import { classColour, css, mapImage, signed, theme, type Rgb } from "./colour.ts";
import { announce, fillIn, h, magnified, onceVisible, show } from "./dom.ts";
import { ticks } from "./graph.ts";
import { t } from "./text/text.ts";

export interface PlaneOptions {
    range: [number, number]; // of both axes
    label: string;
    editable: boolean;
    most?: number; // points
    names?: [string, string]; // of the axes
}

export class Plane {
    readonly canvas = h("canvas", { class: "square" });
    readonly element: HTMLElement;
    points: Point[] = [];
    held: Point[] = []; // drawn hollow: never trained on
    label = 1; // of the next point; -1: points are removed
    valued = false; // labels are values from -1 to 1, not classes
    selected = -1;
    onPoints: ((points: Point[]) => void) | null = null;
    onPick: ((x: number, y: number, index: number) => void) | null = null;
    overlay: (() => void) | null = null;
    readonly context = this.canvas.getContext("2d")!;
    range: [number, number];
    private size = 0;
    private field: HTMLCanvasElement | null = null;
    private radius = 5;
    private dragging = -1;
    private cursor: { x: number; y: number; seen: boolean };
    private observer: ResizeObserver;

    constructor(private options: PlaneOptions) {
        this.range = options.range;
        const middle = (options.range[0] + options.range[1]) / 2;
        this.cursor = { x: middle, y: middle, seen: false };
        const keys = options.editable;
        this.canvas.setAttribute("aria-label", options.label + (keys ? ` ${t.plane.keys}` : ""));
        this.canvas.setAttribute("role", keys ? "application" : "img");
        if (keys) {
            this.canvas.tabIndex = 0;
            this.canvas.dataset["keys"] = "1";
            this.canvas.style.touchAction = "none";
            this.listen();
        }
        this.element = h("figure", {}, this.canvas);
        this.observer = onceVisible(this.canvas, () => this.draw());
    }

    close(): void {
        this.observer.disconnect();
    }

    // ------------------------------------------------------------ coordinates

    px(x: number): number {
        return ((x - this.range[0]) / (this.range[1] - this.range[0])) * this.size;
    }

    py(y: number): number {
        return this.size - this.px(y);
    }

    private at(event: PointerEvent | MouseEvent): { x: number; y: number } {
        const box = this.canvas.getBoundingClientRect();
        const span = this.range[1] - this.range[0];
        return {
            x: this.range[0] + ((event.clientX - box.left) / box.width) * span,
            y: this.range[1] - ((event.clientY - box.top) / box.height) * span,
        };
    }

    private near(x: number, y: number): number {
        const reach = (12 / Math.max(1, this.size)) * (this.range[1] - this.range[0]);
        let best = -1;
        let least = reach;
        this.points.forEach((p, i) => {
            const d = Math.hypot(p.x - x, p.y - y);
            if (d <= least) { least = d; best = i; }
        });
        return best;
    }

    // side * side places of the plane, top row first, as (n, 2): what maps are computed at.
    grid(side: number): Float64Array {
        const x = new Float64Array(2 * side * side);
        const span = this.range[1] - this.range[0];
        for (let r = 0; r < side; r++)
            for (let c = 0; c < side; c++) {
                const i = 2 * (r * side + c);
                x[i] = this.range[0] + ((c + 0.5) / side) * span;
                x[i + 1] = this.range[1] - ((r + 0.5) / side) * span;
            }
        return x;
    }

    // ------------------------------------------------------------ changes

    private changed(what: string): void {
        this.draw();
        this.onPoints?.(this.points);
        announce(what);
    }

    private add(x: number, y: number): void {
        if (this.points.length + this.held.length >= (this.options.most ?? 200)) {
            announce(fillIn(t.plane.most, { most: this.options.most ?? 200 }));
            return;
        }
        this.points = [...this.points, { ...this.inside(x, y), label: Math.max(0, this.label) }];
        this.changed(fillIn(t.plane.added, { x: show(x, 2), y: show(y, 2), label: this.label }));
    }

    private remove(index: number): void {
        if (index < 0) return;
        this.points = this.points.filter((_, i) => i !== index);
        this.selected = -1;
        this.changed(t.plane.removed);
    }

    private listen(): void {
        const canvas = this.canvas;
        let moved = false;
        canvas.addEventListener("pointerdown", (event) => {
            const { x, y } = this.at(event);
            canvas.setPointerCapture(event.pointerId);
            this.cursor.seen = false;
            this.dragging = this.near(x, y);
            moved = false;
            if (this.dragging >= 0 && (event.button === 2 || event.shiftKey || this.label < 0)) {
                this.remove(this.dragging);
                this.dragging = -2;
            }
        });
        canvas.addEventListener("pointermove", (event) => {
            const { x, y } = this.at(event);
            if (!canvas.hasPointerCapture(event.pointerId)) {
                canvas.style.cursor = this.near(x, y) >= 0 ? "grab" : "crosshair";
                return;
            }
            if (this.dragging < 0) return;
            moved = true;
            this.points = this.points.map((p, i) => i === this.dragging ? { ...p, ...this.inside(x, y) } : p);
            this.draw();
            this.onPoints?.(this.points);
        });
        canvas.addEventListener("pointerup", (event) => {
            const { x, y } = this.at(event);
            if (this.dragging === -1 && this.label >= 0) this.add(x, y);
            else if (this.dragging >= 0 && !moved) {
                const p = this.points[this.dragging]!;
                this.selected = this.dragging;
                this.onPick?.(p.x, p.y, this.dragging);
            }
            this.dragging = -1;
        });
        canvas.addEventListener("contextmenu", (event) => event.preventDefault());
        canvas.addEventListener("keydown", (event) => this.key(event));
        canvas.addEventListener("blur", () => { this.cursor.seen = false; this.draw(); });
    }

    // As the address writes it: a reload must find the very point that was learned from.
    private inside(x: number, y: number): { x: number; y: number } {
        const keep = (v: number): number => Math.round(Math.min(this.range[1], Math.max(this.range[0], v)) * 1000) / 1000;
        return { x: keep(x), y: keep(y) };
    }

    private key(event: KeyboardEvent): void {
        const step = ((this.range[1] - this.range[0]) / 40) * (event.shiftKey ? 0.2 : 1);
        const ways: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
        const way = ways[event.key];
        const { x, y } = this.cursor;
        if (way) {
            const to = this.inside(x + way[0] * step, y + way[1] * step);
            this.cursor = { ...to, seen: true };
            const over = this.near(to.x, to.y);
            announce(`${show(to.x, 2)}, ${show(to.y, 2)}${over >= 0 ? `: ${fillIn(t.plane.point, { label: this.points[over]!.label })}` : ""}`, true);
            this.draw();
        } else if (event.key === "Enter" || event.key === " ") {
            const over = this.near(x, y);
            if (over >= 0 && this.onPick) { this.selected = over; this.onPick(x, y, over); } else this.add(x, y);
        } else if (event.key === "Delete" || event.key === "Backspace") this.remove(this.near(x, y));
        else if (/^[0-9]$/.test(event.key)) this.label = Number(event.key);
        else return;
        event.preventDefault();
    }

    // ------------------------------------------------------------ drawing

    // Values from -1 to 1 at grid(side); null: nothing behind the points.
    setField(values: ArrayLike<number> | null, side: number, colour: (v: number) => Rgb = (v) => signed(v, 0.55)): void {
        this.setImage(values ? mapImage(values, side, side, colour) : null);
    }

    setImage(image: ImageData | null): void {
        if (!image) {
            this.field = null;
            return;
        }
        if (!this.field || this.field.width !== image.width) this.field = h("canvas", { width: image.width, height: image.height });
        this.field.getContext("2d")!.putImageData(image, 0, 0);
    }

    draw(): void {
        const scale = devicePixelRatio || 1;
        this.size = this.canvas.clientWidth;
        if (!this.size) return;
        const pixels = Math.round(this.size * scale);
        if (this.canvas.width !== pixels) this.canvas.width = this.canvas.height = pixels;
        const c = this.context;
        c.setTransform(scale, 0, 0, scale, 0, 0);
        c.clearRect(0, 0, this.size, this.size);
        c.fillStyle = css(theme().paper);
        c.fillRect(0, 0, this.size, this.size);
        if (this.field) {
            c.imageSmoothingEnabled = true;
            c.imageSmoothingQuality = "high";
            c.drawImage(this.field, 0, 0, this.size, this.size);
        }
        this.axes();
        this.overlay?.();
        // few points may be larger, and all are on a projector
        this.radius = (this.size < 300 ? 4.2 : 5.2) * (this.points.length <= 12 ? 1.5 : 1) * magnified();
        for (const p of this.held) this.dot(p, true);
        this.points.forEach((p, i) => this.dot(p, false, i === this.selected || i === this.dragging));
        if (this.cursor.seen) this.cross();
    }

    private axes(): void {
        const c = this.context;
        const { muted } = theme();
        c.strokeStyle = css(muted, 0.25);
        c.lineWidth = 1;
        c.fillStyle = css(muted);
        c.font = `${10 * magnified()}px ${getComputedStyle(document.body).fontFamily}`;
        const zero = Math.max(this.range[0], Math.min(this.range[1], 0));
        c.beginPath();
        c.moveTo(0, this.py(zero));
        c.lineTo(this.size, this.py(zero));
        c.moveTo(this.px(zero), 0);
        c.lineTo(this.px(zero), this.size);
        c.stroke();
        if (this.size < 200) return;
        for (const v of ticks(this.range)) {
            const text = String(Number(v.toPrecision(3))).replace("-", "−");
            const at = this.px(v);
            if (at < 14 || at > this.size - 14) continue;
            c.textAlign = "center";
            c.fillText(text, at, this.size - 5);
            c.textAlign = "left";
            c.fillText(text, 4, this.py(v) + 3.5);
        }
        if (this.options.names) {
            c.textAlign = "right";
            c.fillText(this.options.names[0], this.size - 6, this.size - 18);
            c.textAlign = "left";
            c.fillText(this.options.names[1], 6, 12);
        }
    }

    // Classes differ in shape as well as in colour.
    private dot(p: Point, hollow: boolean, selected = false): void {
        const c = this.context;
        const x = this.px(p.x);
        const y = this.py(p.y);
        const r = this.radius;
        c.beginPath();
        const kind = this.valued ? 0 : p.label % 4;
        if (kind === 0) c.arc(x, y, r, 0, 2 * Math.PI);
        else if (kind === 1) c.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
        else {
            const up = kind === 2 ? 1 : -1;
            c.moveTo(x, y - up * r * 1.25);
            c.lineTo(x + r * 1.15, y + up * r * 0.85);
            c.lineTo(x - r * 1.15, y + up * r * 0.85);
            c.closePath();
        }
        const colour = this.valued ? signed(p.label, 1) : classColour(p.label);
        c.fillStyle = hollow ? css(theme().paper, 0.75) : css(colour);
        c.fill();
        c.lineWidth = hollow ? 2 : 1.5;
        c.strokeStyle = hollow ? css(colour) : this.valued ? css(theme().muted) : css(theme().paper);
        c.stroke();
        if (!selected) return;
        c.beginPath();
        c.arc(x, y, r + 5, 0, 2 * Math.PI);
        c.lineWidth = 2;
        c.strokeStyle = css(theme().ink);
        c.stroke();
    }

    private cross(): void {
        const c = this.context;
        const x = this.px(this.cursor.x);
        const y = this.py(this.cursor.y);
        c.strokeStyle = css(theme().ink);
        c.lineWidth = 1.5;
        c.beginPath();
        for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
            c.moveTo(x + 4 * dx, y + 4 * dy);
            c.lineTo(x + 13 * dx, y + 13 * dy);
        }
        c.stroke();
    }

    // The line w0 x + w1 y + b = 0, across the whole plane.
    line(w0: number, w1: number, b: number, colour: string, width: number, dash: number[] = []): void {
        const ends = this.crossings(w0, w1, b);
        if (ends.length < 2) return;
        const c = this.context;
        c.beginPath();
        c.setLineDash(dash);
        c.moveTo(this.px(ends[0]![0]), this.py(ends[0]![1]));
        c.lineTo(this.px(ends[1]![0]), this.py(ends[1]![1]));
        c.strokeStyle = colour;
        c.lineWidth = width;
        c.stroke();
        c.setLineDash([]);
    }

    private crossings(w0: number, w1: number, b: number): [number, number][] {
        const [low, high] = this.range;
        if (Math.abs(w0) + Math.abs(w1) < 1e-12) return [];
        const found: [number, number][] = [];
        if (Math.abs(w1) > Math.abs(w0)) for (const x of [low, high]) found.push([x, -(w0 * x + b) / w1]);
        else for (const y of [low, high]) found.push([-(w1 * y + b) / w0, y]);
        return found;
    }

    // Shades the side on which w0 x + w1 y + b >= 0.
    half(w0: number, w1: number, b: number, yes: string, no: string): void {
        const [low, high] = this.range;
        const corners: [number, number][] = [[low, low], [high, low], [high, high], [low, high]];
        const value = ([x, y]: [number, number]): number => w0 * x + w1 * y + b;
        const side = (keep: (v: number) => boolean, colour: string): void => {
            const c = this.context;
            c.beginPath();
            let begun = false;
            const to = ([x, y]: [number, number]): void => {
                if (begun) c.lineTo(this.px(x), this.py(y));
                else c.moveTo(this.px(x), this.py(y));
                begun = true;
            };
            corners.forEach((corner, i) => {
                const next = corners[(i + 1) % 4]!;
                const a = value(corner);
                const z = value(next);
                if (keep(a)) to(corner);
                if (keep(a) !== keep(z)) {
                    const s = a / (a - z);
                    to([corner[0] + s * (next[0] - corner[0]), corner[1] + s * (next[1] - corner[1])]);
                }
            });
            c.fillStyle = colour;
            c.fill();
        };
        side((v) => v >= 0, yes);
        side((v) => v < 0, no);
    }
}
