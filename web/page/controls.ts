// Sliders, numbers, choices and buttons. Each has a label that is read aloud, and each works from
// the keyboard because it is the browser's own.
import { h } from "./dom.ts";

let made = 0;
const newId = (): string => `c${++made}`;

export interface Control<T> {
    element: HTMLElement;
    set(value: T): void; // without calling back
    within?(min: number, max: number): void; // a slider's ends, where they are equal steps
}

export interface SliderOptions {
    label: string;
    value: number;
    min: number;
    max: number;
    step: number;
    log?: boolean; // equal ways on the slider are equal factors
    bare?: boolean; // the label is for screen readers alone
    change(value: number): void;
}

// A typed number brought to what the control can be: whole steps mean whole numbers.
function inside(value: number, { min, max, step }: Pick<SliderOptions, "min" | "max" | "step">): number {
    return Math.min(max, Math.max(min, Number.isInteger(step) ? Math.round(value) : value));
}

export function slider(options: SliderOptions): Control<number> {
    const { min, max, step, log } = options;
    const id = newId();
    const way = (v: number): number => (log ? Math.log(v / min) / Math.log(max / min) : v);
    const back = (w: number): number =>
        log ? Number((min * (max / min) ** w).toPrecision(2)) : w;
    const range = h("input", {
        type: "range", class: "range", id: `${id}r`,
        min: log ? 0 : min, max: log ? 1 : max, step: log ? 0.005 : step,
        ...(options.bare ? { "aria-label": options.label } : {}),
    });
    const box = h("input", {
        type: "number", class: "number", id, min, max, step: log ? "any" : step,
        "aria-label": options.label,
    });
    let last = options.value;
    const set = (value: number): void => {
        last = value;
        range.value = String(way(value));
        box.value = String(Number(value.toPrecision(6)));
        range.style.setProperty("--share", `${((way(value) - Number(range.min)) / (Number(range.max) - Number(range.min))) * 100}%`);
        range.setAttribute("aria-valuetext", box.value);
    };
    range.addEventListener("input", () => {
        const value = back(Number(range.value));
        set(value);
        options.change(value);
    });
    box.addEventListener("change", () => {
        const value = Number(box.value);
        set(box.value !== "" && Number.isFinite(value) ? inside(value, { min: Number(box.min), max: Number(box.max), step }) : last);
        options.change(last);
    });
    set(options.value);
    const within = (least: number, most: number): void => {
        range.min = box.min = String(least);
        range.max = box.max = String(most);
        set(last);
    };
    const element = h(
        "div",
        { class: options.bare ? "slider bare" : "slider" },
        !options.bare && h("label", { for: `${id}r`, class: "label" }, options.label),
        range,
        box,
    );
    return { element, set, within };
}

export function numberBox(options: Omit<SliderOptions, "log">): Control<number> {
    const id = newId();
    const box = h("input", {
        type: "number", class: "number", id,
        min: options.min, max: options.max, step: options.step,
        ...(options.bare ? { "aria-label": options.label } : {}),
    });
    let last = options.value;
    const show = (): void => { box.value = String(last); };
    show();
    box.addEventListener("change", () => {
        const value = Number(box.value);
        if (box.value !== "" && Number.isFinite(value)) last = inside(value, options);
        show();
        options.change(last);
    });
    box.addEventListener("blur", show);
    const element = options.bare
        ? box
        : h("div", { class: "field" }, h("label", { for: id, class: "label" }, options.label), box);
    // what somebody may be typing in is not written over
    return { element, set: (value) => { last = value; if (document.activeElement !== box) show(); } };
}

export interface ChoiceOptions {
    label: string;
    value: string;
    values: { value: string; label: string }[];
    bare?: boolean;
    change(value: string): void;
}

export function select(options: ChoiceOptions): Control<string> {
    const id = newId();
    const list = h(
        "select",
        { id, class: "select", ...(options.bare ? { "aria-label": options.label } : {}) },
        ...options.values.map((v) => h("option", { value: v.value }, v.label)),
    );
    list.value = options.value;
    list.addEventListener("change", () => options.change(list.value));
    const element = options.bare
        ? list
        : h("div", { class: "field" }, h("label", { for: id, class: "label" }, options.label), list);
    return { element, set: (value) => void (list.value = value) };
}

// A few choices side by side, one of which holds.
export function segments(options: ChoiceOptions): Control<string> {
    const name = newId();
    const inputs: HTMLInputElement[] = [];
    const element = h(
        "fieldset",
        { class: options.bare ? "segments bare" : "segments" },
        h("legend", { class: options.bare ? "unseen" : "label" }, options.label),
        h(
            "div",
            { class: "segment-row" },
            ...options.values.map((v, i) => {
                const input = h("input", { type: "radio", name, id: `${name}-${i}`, value: v.value });
                input.checked = v.value === options.value;
                input.addEventListener("change", () => options.change(v.value));
                inputs.push(input);
                return h("span", { class: "segment" }, input, h("label", { for: `${name}-${i}` }, v.label));
            }),
        ),
    );
    return {
        element,
        set: (value) => inputs.forEach((input) => (input.checked = input.value === value)),
    };
}

export function toggle(label: string, value: boolean, change: (value: boolean) => void): Control<boolean> {
    const id = newId();
    const input = h("input", { type: "checkbox", id });
    input.checked = value;
    input.addEventListener("change", () => change(input.checked));
    const element = h("div", { class: "toggle" }, input, h("label", { for: id }, label));
    return { element, set: (v) => void (input.checked = v) };
}

export function button(label: string, press: () => void, kind = "", more: Record<string, string> = {}): HTMLButtonElement {
    return h("button", { type: "button", class: `button ${kind}`, ...more, on: { click: press } }, label);
}
