// Play, pause and single steps: one loop for all that learns. The worker computes a slice, the page
// draws it, and only then asks for the next one, so that the page never waits and never lags behind.
import { button } from "./controls.ts";
import { h, nextFrame, pause } from "./dom.ts";
import { t } from "./text/text.ts";

const FRAME = 16; // milliseconds
const REST = 350; // milliseconds after which a slider has come to rest

export class Runner {
    running = false;
    slow = 0; // milliseconds between single steps; 0: as fast as it goes
    private turn = 0;
    private busy: Promise<unknown> = Promise.resolve();
    private waiting = 0; // pieces of work that are not done
    private later: { timer: number; work: () => void } | null = null;
    private row: HTMLElement | null = null;
    private onChange: (() => void) | null = null;

    // slice: works for about a frame, or takes one step; false: it is over.
    constructor(private slice: (one: boolean) => Promise<boolean>, private complain: (text: string) => void) {}

    start(): void {
        if (this.running) return;
        this.running = true;
        this.changed();
        void this.loop(++this.turn);
    }

    stop(): void {
        if (!this.running) return;
        this.running = false;
        this.turn++;
        this.changed();
    }

    toggle(): void {
        if (this.running) this.stop();
        else this.start();
    }

    async step(): Promise<void> {
        this.stop();
        await this.guarded(true);
    }

    // Work that must not overlap a slice, such as a new network.
    async alone(work: () => Promise<void>): Promise<void> {
        const before = this.busy;
        this.waiting++;
        this.changed();
        this.busy = before.then(work).catch((error: Error) => this.complain(error.message)).then(() => { this.waiting--; });
        await this.busy;
        this.changed();
    }

    // Once what is set comes to rest: a slider passes many values on its way.
    soon(work: () => void): void {
        if (this.later) clearTimeout(this.later.timer);
        this.later = { work, timer: window.setTimeout(() => this.rested(), REST) };
        this.changed();
    }

    private rested(): void {
        const later = this.later;
        this.later = null;
        if (later) clearTimeout(later.timer);
        later?.work();
        this.changed();
    }

    // All that was asked for is done, also what has waited for a slider to rest.
    async settled(): Promise<void> {
        this.rested();
        while (this.waiting) await this.busy;
    }

    // Something else waits for the work that is under way.
    get awaited(): boolean {
        return this.waiting > 1;
    }

    private changed(): void {
        this.row?.toggleAttribute("data-busy", this.running || this.waiting > 0 || this.later !== null);
        this.onChange?.();
    }

    private async guarded(one: boolean): Promise<boolean> {
        let more = false;
        await this.alone(async () => { more = await this.slice(one); });
        return more;
    }

    private async loop(turn: number): Promise<void> {
        while (turn === this.turn) {
            const begun = performance.now();
            const more = await this.guarded(this.slow > 0);
            if (turn !== this.turn) return;
            if (!more) return this.stop();
            if (this.slow > 0) await pause(this.slow);
            // what took longer than a frame has left the page time to draw: the work is the worker's
            if (performance.now() - begun < FRAME) await nextFrame();
        }
    }

    // Buttons: play or pause, a step, from the beginning. Their row has data-busy while anything is under way.
    buttons(reset: () => void, stepLabel = t.runner.step): HTMLElement {
        const play = button("", () => this.toggle(), "main", { "data-do": "play" });
        const label = (): void => {
            const text = this.running ? t.runner.pause : t.runner.play;
            if (play.textContent !== text) play.textContent = text;
            play.setAttribute("aria-pressed", String(this.running));
        };
        this.onChange = label;
        this.row = h("div", { class: "row" }, play,
            button(stepLabel, () => void this.step(), "", { "data-do": "step" }),
            button(t.runner.reset, reset, "", { "data-do": "reset" }));
        this.changed();
        return this.row;
    }

    key(event: KeyboardEvent, reset: () => void): boolean {
        if (event.key === " ") this.toggle();
        else if (event.key === "." || event.key === "s") void this.step();
        else if (event.key === "r") reset();
        else return false;
        return true;
    }
}

