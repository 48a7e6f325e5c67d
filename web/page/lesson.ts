// Lesson mode: steps with a text each, over 45 minutes; a step opens a room with its settings. The
// steps are in the language files, so that a lesson is written without programming.
import { button } from "./controls.ts";
import { announce, fillIn, h, rich } from "./dom.ts";
import { t } from "./text/text.ts";

interface Guide { go(address: string): void; lessonChanged(): void }

export class Lesson {
    readonly element = h("aside", { class: "lesson", hidden: true });
    step: number | null = null; // null: closed

    constructor(private guide: Guide) {}

    // From the address: 1, 2, ... or nothing. The sentence about what is no step; null: it is one.
    follow(text: string | null): string | null {
        const steps = t.lesson.steps.length;
        const number = Number(text);
        const good = text !== null && Number.isInteger(number) && number >= 1 && number <= steps;
        this.step = good ? number - 1 : null;
        this.show();
        return good || text === null ? null
            : fillIn(t.address.wrong, { name: "lesson", text: text.slice(0, 20), needs: fillIn(t.address.whole, { low: 1, high: steps }) });
    }

    toggle(): void {
        if (this.step === null) this.to(0);
        else {
            this.step = null;
            this.show();
            this.guide.lessonChanged();
        }
    }

    private to(step: number): void {
        this.step = step;
        this.guide.go(`${t.lesson.steps[step]!.address}`);
        this.show();
        announce(t.lesson.steps[step]!.title);
    }

    show(): void {
        this.element.hidden = this.step === null;
        this.element.setAttribute("aria-label", t.lesson.open);
        if (this.step === null) return;
        const at = this.step;
        const one = t.lesson.steps[at]!;
        const last = t.lesson.steps.length - 1;
        const back = button("←", () => this.to(at - 1), "small", { "aria-label": t.lesson.back });
        const on = button(at === last ? t.lesson.end : t.lesson.next, () => (at === last ? this.toggle() : this.to(at + 1)), "main small", { "data-do": "lesson-next" });
        back.disabled = at === 0;
        this.element.replaceChildren(
            h("progress", { max: last + 1, value: at + 1, "aria-label": fillIn(t.lesson.progress, { n: at + 1, all: last + 1 }) }),
            h("div", { class: "row apart" }, h("span", { class: "hint" }, fillIn(t.lesson.progress, { n: at + 1, all: last + 1 })), h("span", { class: "hint" }, fillIn(t.lesson.minutes, { n: one.minutes }))),
            h("h2", {}, one.title), h("p", {}, rich(one.text)),
            h("div", { class: "row apart" }, back, button(t.close, () => this.toggle(), "small"), on));
    }
}
