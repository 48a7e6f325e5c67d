// A painting on the screen: rendered by the library for whatever part is looked at, however near.
// Wheel, pinch, drag and keys move the view; a click asks about a place.
import type { Picture, RenderView } from "../core/api.ts";
import { announce, fillIn, h, show } from "./dom.ts";
import { drawPicture } from "./pictures.ts";
import { t } from "./text/text.ts";

export interface View { x: number; y: number; w: number; h: number }

export class Easel {
    readonly canvas = h("canvas", { tabindex: 0, "data-keys": "1", role: "img" });
    readonly caption = h("figcaption");
    view: View = { x: 0, y: 0, w: 1, h: 1 };
    onPlace: ((x: number, y: number) => void) | null = null;
    after: ((drawn: Picture) => void) | null = null; // draws on top of it
    shown: Picture | null = null;
    private whole = { width: 1, height: 1 };
    private fine = 0;
    private drawing = false;
    private again = 0;

    constructor(label: string, private render: (view: RenderView) => Promise<Picture | null>) {
        this.canvas.setAttribute("aria-label", `${label} ${t.easel.keys}`);
        this.canvas.style.touchAction = "pan-y pinch-zoom";
        this.listen();
    }

    fit(width: number, height: number): void {
        this.whole = { width, height };
        this.canvas.style.aspectRatio = `${width} / ${height}`;
        this.home();
    }

    home(): void {
        this.view = { x: 0, y: 0, w: this.whole.width, h: this.whole.height };
    }

    get zoom(): number { return this.whole.width / this.view.w; }
    get atHome(): boolean { return this.zoom === 1 && this.view.x === 0 && this.view.y === 0; }

    // What is looked at, with `longest` pixels at the longer side
    part(longest: number): RenderView {
        const { width, height } = this.whole;
        const scale = longest / Math.max(width, height);
        return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)), ...this.view };
    }

    put(picture: Picture): void {
        this.shown = picture;
        drawPicture(this.canvas, picture);
        this.canvas.classList.toggle("pixels", picture.width <= this.whole.width && this.atHome);
        this.after?.(picture);
    }

    // As many pixels as are seen
    get finest(): number {
        const side = Math.max(this.whole.width, this.whole.height);
        return Math.min(320, Math.max(side, this.canvas.clientWidth));
    }

    // Draws the view with `longest` pixels at the longer side; while one is drawn, only the last wish
    // is kept.
    async draw(longest: number): Promise<void> {
        if (this.drawing) { this.again = longest; return; }
        this.drawing = true;
        try {
            const picture = await this.render(this.part(longest));
            if (picture) this.put(picture);
        } finally {
            this.drawing = false;
        }
        if (this.again) { const next = this.again; this.again = 0; await this.draw(next); }
    }

    // At once coarse, and fine when it has come to rest.
    private moved(): void {
        const side = Math.max(this.whole.width, this.whole.height);
        void this.draw(Math.min(80, side));
        clearTimeout(this.fine);
        this.fine = window.setTimeout(() => void this.draw(this.finest), 180);
        this.caption.textContent = this.atHome ? t.easel.hint : fillIn(t.easel.zoom, { zoom: show(this.zoom, 3), w: show(this.view.w, 3) });
        announce(fillIn(t.easel.zoom, { zoom: show(this.zoom, 3), w: show(this.view.w, 3) }), true);
    }

    // by > 1 nearer, around a place of the canvas (0 to 1)
    zoomBy(by: number, cx = 0.5, cy = 0.5): void {
        const zoom = Math.min(1e4, Math.max(0.25, this.zoom * by));
        const w = this.whole.width / zoom;
        const hh = this.whole.height / zoom;
        this.view = { x: this.view.x + cx * (this.view.w - w), y: this.view.y + cy * (this.view.h - hh), w, h: hh };
        this.moved();
    }

    private pan(dx: number, dy: number): void {
        this.view = { ...this.view, x: this.view.x + dx * this.view.w, y: this.view.y + dy * this.view.h };
        this.moved();
    }

    private listen(): void {
        const c = this.canvas;
        const share = (event: MouseEvent): [number, number] => {
            const box = c.getBoundingClientRect();
            return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
        };
        c.addEventListener("wheel", (event) => {
            // a page is scrolled past the painting; with Ctrl, or once it is in use, the wheel zooms
            if (!event.ctrlKey && document.activeElement !== c) return;
            event.preventDefault();
            this.zoomBy(Math.exp(-event.deltaY / 300), ...share(event));
        }, { passive: false });
        let from: [number, number] | null = null;
        let travelled = 0;
        c.addEventListener("pointerdown", (event) => { from = share(event); travelled = 0; c.setPointerCapture(event.pointerId); });
        c.addEventListener("pointermove", (event) => {
            if (!from) return;
            const to = share(event);
            travelled += Math.hypot(to[0] - from[0], to[1] - from[1]);
            if (!this.atHome || travelled > 0.02) {
                this.pan(from[0] - to[0], from[1] - to[1]);
                from = to;
            }
        });
        c.addEventListener("pointerup", (event) => {
            const [x, y] = share(event);
            if (from && travelled < 0.02) this.onPlace?.(this.view.x + x * this.view.w, this.view.y + y * this.view.h);
            from = null;
        });
        c.addEventListener("dblclick", (event) => { event.preventDefault(); this.zoomBy(2, ...share(event)); });
        c.addEventListener("keydown", (event) => {
            const step = 0.1;
            if (event.key === "+" || event.key === "=") this.zoomBy(1.5);
            else if (event.key === "-") this.zoomBy(1 / 1.5);
            else if (event.key === "0" || event.key === "Escape") { this.home(); this.moved(); }
            else if (event.key === "ArrowLeft") this.pan(-step, 0);
            else if (event.key === "ArrowRight") this.pan(step, 0);
            else if (event.key === "ArrowUp") this.pan(0, -step);
            else if (event.key === "ArrowDown") this.pan(0, step);
            else if (event.key === "Enter") this.onPlace?.(this.view.x + this.view.w / 2, this.view.y + this.view.h / 2);
            else return;
            event.preventDefault();
            event.stopPropagation();
        });
    }

    buttons(): HTMLElement {
        const one = (label: string, name: string, press: () => void): HTMLElement =>
            h("button", { type: "button", class: "button small round", "aria-label": name, title: name, on: { click: press } }, label);
        return h("div", { class: "row" }, one("+", t.easel.nearer, () => this.zoomBy(2)), one("−", t.easel.farther, () => this.zoomBy(0.5)),
            h("button", { type: "button", class: "button small", on: { click: () => { this.home(); this.moved(); } } }, t.easel.whole));
    }
}
