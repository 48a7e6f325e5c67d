// Building the page: elements in one call each, in place of a framework.

type Child = Node | string | number | null | undefined | false;
type Listeners = { [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void };

export interface Props {
    on?: Listeners;
    [attribute: string]: string | number | boolean | undefined | Listeners;
}

function fill(element: Element, props: Props, children: Child[]): void {
    for (const [name, value] of Object.entries(props)) {
        if (name === "on") {
            for (const [event, listener] of Object.entries(value as Listeners))
                element.addEventListener(event, listener as EventListener);
        } else if (value !== undefined && value !== false) {
            element.setAttribute(name, value === true ? "" : String(value));
        }
    }
    for (const child of children)
        if (child !== null && child !== undefined && child !== false)
            element.append(typeof child === "number" ? String(child) : child);
}

export function h<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    props: Props = {},
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    const element = document.createElement(tag);
    fill(element, props, children);
    return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
    tag: K,
    props: Props = {},
    ...children: Child[]
): SVGElementTagNameMap[K] {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    fill(element, props, children);
    return element;
}

// A text of the language files, where `code` stands between backticks and *words* to be stressed
// between asterisks.
export function rich(text: string): DocumentFragment {
    const fragment = document.createDocumentFragment();
    for (const part of text.split(/(`[^`]+`|\*[^*]+\*)/)) {
        if (part.startsWith("`")) fragment.append(h("code", {}, part.slice(1, -1)));
        else if (part.startsWith("*")) fragment.append(h("em", {}, part.slice(1, -1)));
        else fragment.append(part);
    }
    return fragment;
}

// {name} in a text becomes its value.
export function fillIn(text: string, values: Record<string, string | number>): string {
    return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
        name in values ? String(values[name]) : whole,
    );
}

// A number as a reader wants it: as many digits as say something, and a true minus sign.
export function show(value: number, digits = 4): string {
    if (Number.isNaN(value)) return "–";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    let text: string;
    if (value === 0) text = "0";
    else if (size >= 1e6 || size < 1e-4) text = value.toExponential(2);
    else text = String(Number(value.toPrecision(digits)));
    return text.replace("-", "−");
}

// With a fixed number of decimals, so that a column of numbers lines up and does not jitter.
export function fixed(value: number, decimals: number): string {
    if (!Number.isFinite(value)) return show(value);
    const text = value.toFixed(decimals);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

// A loss: it falls through powers of ten, and 0.0000 would say that it is gone.
export const lossText = (loss: number): string => (Math.abs(loss) >= 0.001 || loss === 0 ? fixed(loss, 4) : show(loss, 3));

let announcer: HTMLElement | null = null;
let announced = 0;

export function makeAnnouncer(): HTMLElement {
    announcer = h("div", { class: "unseen", role: "status", "aria-live": "polite" });
    return announcer;
}

// Tells a screen reader what has changed; while training at most every two seconds.
export function announce(text: string, often = false): void {
    const now = performance.now();
    if (!announcer || (often && now - announced < 2000)) return;
    announced = now;
    announcer.textContent = text;
}

export function onceVisible(element: Element, draw: () => void): ResizeObserver {
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return observer;
}

// How much larger than usual all is: what is drawn grows with what is written, for projectors.
export const magnified = (): number => parseFloat(getComputedStyle(document.documentElement).fontSize) / 17;

export const nextFrame = (): Promise<void> =>
    new Promise((resolve) => {
        // a tab in the background has no frames, and training goes on in it
        if (document.hidden) setTimeout(resolve, 4);
        else requestAnimationFrame(() => resolve());
    });

export const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, milliseconds));

export function download(bytes: Blob | Uint8Array, name: string, type: string): void {
    const address = URL.createObjectURL(new Blob([bytes as BlobPart], { type }));
    const link = h("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
