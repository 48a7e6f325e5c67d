// Room 3: one neuron with a step learns by Rosenblatt's rule, mistake by mistake. Each correction is
// a call of the library with that one sample.
import { choice, number, points, type Point } from "../address.ts";
import { css, theme } from "../colour.ts";
import { segments, select, slider } from "../controls.ts";
import { announce, fillIn, fixed, h, show } from "../dom.ts";
import { Plane } from "../plane.ts";
import { Room } from "../room.ts";
import { Runner } from "../runner.ts";
import { keep, kept } from "../store.ts";
import { t } from "../text/text.ts";

const corners = (labels: number[]): Point[] => [[0, 0], [0, 1], [1, 0], [1, 1]].map(([x, y], i) => ({ x: x!, y: y!, label: labels[i]! }));
const sets = {
    and: corners([0, 0, 0, 1]),
    or: corners([0, 1, 1, 1]),
    xor: corners([0, 1, 1, 0]),
};
const KINDS = ["and", "or", "xor", "own"] as const;
const EPOCHS = 100;

const fields = {
    data: choice("and", KINDS),
    points: points(200, 2),
    rate: number(1, 0.01, 10),
    slow: number(500, 0, 2000),
};

interface State { weights: [number, number]; bias: number; epoch: number; sample: number; mistakes: number; done: boolean; learned: boolean }
const fresh = (): State => ({ weights: [0, 0], bias: 0, epoch: 1, sample: 0, mistakes: 0, done: false, learned: false });

export class PerceptronRoom extends Room<typeof fields> {
    readonly id = "perceptron";
    private state = fresh();
    private stateOf = ""; // the points and the rate that it belongs to
    private past: { w: [number, number]; b: number }[] = [];
    private lines: string[][] = [];
    private plane!: Plane;
    private runner = new Runner((one) => this.advance(one), (text) => this.shell.complain(text));
    private numbers = h("dl");
    private log = h("ol");
    private verdict = h("p");

    constructor() { super(fields); }

    private get data(): Point[] {
        return this.values.data === "own" ? this.values.points : sets[this.values.data];
    }

    mount(host: HTMLElement): void {
        this.plane = new Plane({ range: [-0.5, 1.5], label: t.perceptron.plane, editable: true, names: ["a", "b"] });
        this.plane.points = this.data;
        this.plane.overlay = () => this.drawLines();
        this.plane.onPoints = (list) => { this.set({ data: "own", points: list }); kind.set("own"); this.reset(); };
        this.runner.slow = this.values.slow;
        const kind = segments({
            label: t.perceptron.data, value: this.values.data,
            values: KINDS.map((k) => ({ value: k, label: k === "own" ? t.perceptron.own : k.toUpperCase() })),
            change: (k) => {
                const data = k as typeof this.values.data;
                this.set(data === "own" ? { data, points: this.plane.points } : { data });
                this.plane.points = this.data;
                this.reset();
            },
        });
        this.numbers = h("dl", { class: "figures" });
        this.log = h("ol", { class: "log" });
        this.verdict = h("p", { class: "hint", "data-verdict": "1" });
        host.append(h("div", { class: "stage narrow-left" },
            h("div", { class: "card" }, this.plane.element,
                h("div", { class: "row", style: "margin-top:.7rem" }, this.brush())),
            h("div", { class: "stack" },
                h("div", { class: "card controls" }, kind.element, this.runner.buttons(() => this.reset(), t.perceptron.next),
                    slider({ label: t.runner.slow, value: this.values.slow, min: 0, max: 2000, step: 50, change: (slow) => { this.set({ slow }); this.runner.slow = slow; } }).element,
                    slider({ label: t.perceptron.rate, value: this.values.rate, min: 0.1, max: 2, step: 0.1, change: (rate) => { this.set({ rate }); this.reset(); } }).element),
                h("div", { class: "card" }, this.numbers, this.verdict),
                h("div", { class: "card" }, h("h2", {}, t.perceptron.mistakes), h("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": t.perceptron.mistakes }, this.log)))));
        const hide = (): void => this.remember();
        addEventListener("pagehide", hide);
        this.onLeave(() => { this.runner.stop(); this.plane.close(); removeEventListener("pagehide", hide); this.remember(); });
        void this.runner.alone(async () => { this.restore(); this.refresh(); });
    }

    private brush(): HTMLElement {
        return select({
            label: t.plane.brush, value: String(this.plane.label),
            values: [{ value: "1", label: t.plane.class1 }, { value: "0", label: t.plane.class0 }, { value: "-1", label: t.plane.erase }],
            change: (label) => (this.plane.label = Number(label)),
        }).element;
    }

    private remember(): void {
        keep("perceptron", { key: this.stateOf, state: this.state, past: this.past.slice(-6), lines: this.lines.slice(-60) });
    }

    // Where it stood when these points were last learned: before another room, or a reload.
    private restore(): void {
        const key = JSON.stringify([this.data, this.values.rate]);
        if (key === this.stateOf) return;
        const last = kept<{ key: string; state: State; past: PerceptronRoom["past"]; lines: string[][] }>("perceptron");
        const same = last?.key === key;
        this.state = same ? last.state : fresh();
        this.past = same ? last.past : [];
        this.lines = same ? last.lines : [];
        this.stateOf = key;
    }

    private reset(): void {
        this.runner.stop();
        void this.runner.alone(async () => {
            this.state = fresh();
            this.stateOf = JSON.stringify([this.data, this.values.rate]);
            this.past = [];
            this.lines = [];
            this.plane.selected = -1;
            this.refresh();
        });
    }

    // To the next mistake, or to the end of the epoch if there is none.
    private async advance(one: boolean): Promise<boolean> {
        const until = one ? 1 : 200;
        for (let i = 0; i < until; i++) if (!(await this.mistake())) break;
        this.refresh();
        return !this.state.done;
    }

    private async mistake(): Promise<boolean> {
        const s = this.state;
        const data = this.data;
        if (s.done || !data.length) { s.done = true; return false; }
        while (s.sample < data.length) {
            const p = data[s.sample]!;
            const r = await this.shell.core.perceptron(Float64Array.from(s.weights), s.bias, Float64Array.of(p.x, p.y), Float64Array.of(p.label), 1, 2, this.values.rate, 1);
            this.plane.selected = s.sample;
            s.sample++;
            if (!r.mistakes) continue;
            this.past.push({ w: s.weights, b: s.bias });
            s.weights = [r.weights[0]!, r.weights[1]!];
            s.bias = r.bias;
            s.mistakes++;
            this.lines.push([fillIn(t.perceptron.epoch, { n: s.epoch }), fillIn(t.perceptron.line, {
                x: show(p.x, 3), y: show(p.y, 3), right: p.label, w1: show(s.weights[0]), w2: show(s.weights[1]), b: show(s.bias) })]);
            announce(fillIn(t.perceptron.says, { x: show(p.x, 3), y: show(p.y, 3), right: p.label }), true);
            return true;
        }
        this.endEpoch();
        return !s.done;
    }

    private endEpoch(): void {
        const s = this.state;
        if (!s.mistakes || s.epoch >= EPOCHS) {
            s.done = true;
            s.learned = !s.mistakes;
            this.plane.selected = -1;
            announce(this.verdictText());
            return;
        }
        s.epoch++;
        s.sample = 0;
        s.mistakes = 0;
    }

    private verdictText(): string {
        const s = this.state;
        if (!this.data.length) return t.perceptron.empty;
        if (!s.done) return "";
        return fillIn(s.learned ? t.perceptron.yes : t.perceptron.no, { mistakes: s.mistakes, epoch: s.epoch });
    }

    private refresh(): void {
        const s = this.state;
        const figure = (name: string, value: string, kind = ""): HTMLElement => h("div", { class: kind }, h("dt", {}, name), h("dd", {}, value));
        this.numbers.replaceChildren(figure("w₁", show(s.weights[0])), figure("w₂", show(s.weights[1])), figure(t.neuron.bias, show(s.bias)),
            figure(t.perceptron.epochName, String(s.epoch)), figure(t.perceptron.mistakesName, String(s.mistakes)));
        this.verdict.textContent = this.verdictText();
        const lines = this.lines.slice(-60).reverse().map((parts) => h("li", {}, ...parts.map((p) => h("span", {}, p))));
        this.log.replaceChildren(...(lines.length ? lines : [h("li", { class: "hint" }, t.perceptron.noneYet)]));
        this.plane.draw();
    }

    private drawLines(): void {
        const { weights, bias } = this.state;
        const { ink, muted, low, high } = theme();
        this.plane.half(weights[0], weights[1], bias, css(high, 0.17), css(low, 0.17));
        const shown = this.past.slice(-6);
        shown.forEach(({ w, b }, i) => this.plane.line(w[0], w[1], b, css(muted, 0.15 + 0.08 * i), 1.2, [4, 4]));
        this.plane.line(weights[0], weights[1], bias, css(ink), 2.5);
    }

    override settled(): Promise<void> {
        return this.runner.settled();
    }

    override key(event: KeyboardEvent): boolean {
        return this.runner.key(event, () => this.reset());
    }

    override program(): { shell: string; c: string; python: string } {
        const rows = this.data.map((p) => `${fixed(p.x, 3).replace("−", "-").replace(/\.?0+$/, "")},${fixed(p.y, 3).replace("−", "-").replace(/\.?0+$/, "")},${p.label}`);
        return {
            shell: `printf 'a,b,y\\n${rows.join("\\n")}\\n' > points.csv\npensel neuron --learn points.csv --target y --learning-rate-init ${this.values.rate}`,
            c: `double weights[2] = {0}, bias = 0;
double x[] = {${this.data.map((p) => `${p.x}, ${p.y}`).join(", ")}}, y[] = {${this.data.map((p) => p.label).join(", ")}};
size_t epochs, mistakes;
pensel_error error;
if (pensel_perceptron_train(weights, &bias, &epochs, &mistakes, x, y, ${this.data.length}, 2, ${this.values.rate}, ${EPOCHS}, &error))
    return puts(error.text);
printf("%g a + %g b + %g, %zu mistakes in epoch %zu\\n", weights[0], weights[1], bias, mistakes, epochs);`,
            python: t.program.none,
        };
    }
}
