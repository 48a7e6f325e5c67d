// A training of the program, `pensel paint --watch` or `pensel fit --watch`, while it runs there. No
// room of the story: it has no number, and stands in the head only in a page that follows one.
import { words } from "../address.ts";
import { css, theme } from "../colour.ts";
import { button } from "../controls.ts";
import { announce, fillIn, fixed, h, pause, rich, show } from "../dom.ts";
import { Follow, type Row } from "../follow.ts";
import { Graph } from "../graph.ts";
import { drawPicture } from "../pictures.ts";
import { Room } from "../room.ts";
import { thin } from "../training.ts";
import { t } from "../text/text.ts";

const PAUSE = 50; // milliseconds between what is drawn: epochs may take far less

const fields = { token: words("", 64) };

// Of thousands of epochs as many as a curve shows, with the number of each.
function curveOf(rows: Row[], value: (row: Row) => number): { x: number[]; y: number[] } {
    const { x, y } = thin(rows.map(value));
    return { x: x.map((i) => rows[i - 1]!.epoch), y };
}

export class WatchRoom extends Room<typeof fields> {
    readonly id = "watch";
    private follow: Follow | null = null;
    private turn = 0;
    private stopping = false;
    private complaint = h("p");
    private state = h("p");
    private figures = h("dl");
    private ending = h("pre");
    private bar = h("progress");
    private stop = button("", () => {});
    private pictures = h("div");
    private painted = h("canvas");
    private original = h("canvas");
    private loss = new Graph({ x: [0, 10], y: [1e-3, 1], log: true });
    private quality = new Graph({ x: [0, 10], y: [0, 30] });
    private qualityCard = h("div");
    private lossCard = h("div");

    constructor() { super(fields); }

    mount(host: HTMLElement): void {
        const w = t.watch;
        this.complaint = h("p", { class: "complaint", role: "alert" });
        if (!this.values.token || !location.protocol.startsWith("http")) {
            host.append(h("div", { class: "card" }, h("p", {}, rich(w.nothing))));
            return;
        }
        this.follow ??= new Follow(this.values.token);
        this.state = h("p", { role: "status", "data-state": "", style: "margin:0" });
        this.figures = h("dl", { class: "figures" });
        this.ending = h("pre", { tabindex: 0, "aria-label": w.printed, hidden: true });
        this.bar = h("progress", { max: 1, "aria-label": w.share, hidden: true });
        this.stop = button(w.stop, () => void this.end(), "main", { "data-do": "stop" });
        this.painted = h("canvas", { class: "pixels", role: "img", "aria-label": t.painting.easel });
        this.original = h("canvas", { class: "pixels", role: "img", "aria-label": t.painting.original });
        this.pictures = h("div", { class: "stage even", hidden: true },
            h("div", { class: "card" }, h("h2", {}, w.painting), this.painted),
            h("div", { class: "card" }, h("h2", {}, t.painting.original), this.original));
        this.lossCard = h("div", { class: "card", hidden: true }, h("h2", {}, t.layers.curve), this.loss.canvas);
        this.qualityCard = h("div", { class: "card", hidden: true }, h("h2", {}, ""), this.quality.canvas);
        this.loss.canvas.setAttribute("aria-label", t.layers.curve);
        host.append(h("div", { class: "stack" },
            h("div", { class: "card" }, h("div", { class: "row apart" }, this.state, this.stop), this.bar, this.complaint,
                h("div", { style: "margin-top:.8rem" }, this.figures)),
            this.pictures,
            h("div", { class: "stage even" }, this.qualityCard, this.lossCard),
            this.ending));
        const turn = ++this.turn;
        this.onLeave(() => { if (this.turn === turn) this.turn++; });
        const resize = (): void => this.draw();
        addEventListener("resize", resize);
        this.onLeave(() => removeEventListener("resize", resize));
        this.draw();
        void this.watch(turn);
    }

    private async watch(turn: number): Promise<void> {
        const follow = this.follow!;
        let missed = 0;
        while (turn === this.turn && !follow.over) {
            try {
                await follow.next();
                missed = 0;
                if (!follow.over) await pause(PAUSE);
            } catch (error) {
                // the program may be busy for a moment; one that has gone does not come back
                if (++missed >= 3) {
                    follow.lost = true;
                    if (error instanceof Error && error.message.startsWith("the token")) this.complaint.textContent = error.message;
                } else await pause(300);
            }
            if (turn === this.turn) this.draw();
        }
    }

    private async end(): Promise<void> {
        this.stopping = true;
        this.draw();
        await this.follow?.stop().catch((error: Error) => { this.complaint.textContent = error.message; });
    }

    private get saying(): string {
        const f = this.follow!;
        if (f.lost) return t.watch.states.lost;
        return this.stopping && f.state === "training" ? t.watch.states.stopping : t.watch.states[f.state];
    }

    private draw(): void {
        const f = this.follow;
        if (!f) return;
        const words = this.saying;
        if (this.state.textContent !== `${f.title}: ${words}`) {
            this.state.replaceChildren(h("strong", {}, f.title || "pensel"), `: ${words}`);
            this.state.dataset["state"] = f.lost ? "lost" : f.state;
            if (f.title) announce(words);
        }
        this.stop.disabled = this.stopping || f.over || f.state !== "training";
        this.bar.hidden = !(f.share >= 0) || f.rows.length > 0 || f.over;
        if (!this.bar.hidden) this.bar.value = f.share;
        this.ending.hidden = !f.text;
        this.ending.textContent = f.text;
        this.fillFigures(f);
        this.pictures.hidden = !f.picture && !f.original;
        if (f.picture) drawPicture(this.painted, f.picture);
        if (f.original) drawPicture(this.original, f.original);
        this.drawCurves(f.latest && f.latest.epoch !== f.rows[f.rows.length - 1]?.epoch ? [...f.rows, f.latest] : f.rows);
    }

    private fillFigures(f: Follow): void {
        const last = f.latest;
        const figure = (name: string, value: string, kind = ""): HTMLElement => h("div", { class: kind }, h("dt", {}, name), h("dd", {}, value));
        if (!last) {
            this.figures.replaceChildren(...(f.share >= 0 ? [figure(t.watch.share, `${fixed(100 * f.share, 0)} %`, "big"), figure(t.train.seconds, `${fixed(f.seconds, 1)} s`)] : []));
            return;
        }
        const of = Number.isFinite(f.epochs) ? fillIn(t.watch.of, { n: last.epoch, all: f.epochs }) : String(last.epoch);
        this.figures.replaceChildren(
            ...(Number.isFinite(last.psnr) ? [figure(t.painting.psnr, `${fixed(last.psnr, 2)} dB`, "big")] : []),
            ...(Number.isFinite(last.validation) ? [figure(t.watch.validation, fixed(last.validation, 4), "big")] : []),
            figure(t.train.epochs, of), figure(t.train.loss, show(last.loss)),
            figure(t.watch.rate, String(Math.round(last.samples / Math.max(last.seconds, 1e-9)))),
            figure(t.train.rate, show(last.rate)), figure(t.train.seconds, `${fixed(last.seconds, 1)} s`));
    }

    private drawCurves(rows: Row[]): void {
        const colour = css(theme().accent);
        const last = rows[rows.length - 1];
        this.lossCard.hidden = !last;
        const kind = last && Number.isFinite(last.psnr) ? "psnr" : last && Number.isFinite(last.validation) ? "validation" : null;
        this.qualityCard.hidden = !kind;
        if (!last) return;
        const x: [number, number] = [rows[0]!.epoch - 1, Math.max(rows[0]!.epoch + 9, last.epoch)];
        const losses = curveOf(rows, (row) => row.loss);
        const good = losses.y.filter((v) => v > 0);
        Object.assign(this.loss.options, { x, y: [Math.min(...good, 1) / 2, Math.max(...good, 1e-6) * 2] });
        if (this.loss.begin()) this.loss.curve(losses.x, losses.y, colour, 2);
        if (!kind) return;
        const title = kind === "psnr" ? t.painting.curve : t.watch.validationCurve;
        this.qualityCard.querySelector("h2")!.textContent = title;
        this.quality.canvas.setAttribute("aria-label", title);
        const shown = curveOf(rows, (row) => row[kind]);
        const finite = shown.y.filter(Number.isFinite);
        const low = Math.min(...finite), high = Math.max(...finite), room = Math.max(0.02, (high - low) / 10);
        Object.assign(this.quality.options, { x, y: [low - room, high + room] });
        if (this.quality.begin()) this.quality.curve(shown.x, shown.y, colour, 2);
    }

    override key(event: KeyboardEvent): boolean {
        if (event.key !== "Escape" || this.stop.disabled) return false;
        void this.end();
        return true;
    }
}
