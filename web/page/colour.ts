// Colours of the page and of data. The page's own come from style.css, so that light and dark have
// one source; data's are apart for people who tell few colours apart (orange and blue first; Okabe &
// Ito 2008, Tol 2021), and points have shapes besides.

export type Rgb = [number, number, number];

export interface Theme {
    paper: Rgb;
    ink: Rgb;
    muted: Rgb;
    line: Rgb;
    accent: Rgb;
    low: Rgb; // negative, class 0
    high: Rgb; // positive, class 1
    dark: boolean;
}

function parse(text: string): Rgb {
    const hex = text.trim().replace("#", "");
    return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)) as Rgb;
}

let current: Theme | null = null;

export function theme(): Theme {
    if (current) return current;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): Rgb => parse(style.getPropertyValue(`--${name}`));
    const paper = colour("paper");
    current = {
        paper,
        ink: colour("ink"),
        muted: colour("muted"),
        line: colour("line"),
        accent: colour("accent"),
        low: colour("low"),
        high: colour("high"),
        dark: paper[0] < 128,
    };
    return current;
}

export function forgetTheme(): void {
    current = null;
}

export const css = (c: Rgb, alpha = 1): string =>
    `rgb(${Math.round(c[0])} ${Math.round(c[1])} ${Math.round(c[2])} / ${alpha})`;

export const mix = (a: Rgb, b: Rgb, share: number): Rgb => [
    a[0] + (b[0] - a[0]) * share,
    a[1] + (b[1] - a[1]) * share,
    a[2] + (b[2] - a[2]) * share,
];

const classColours = ["#d97b15", "#2a6fbb", "#1b7f5a", "#c2566b", "#7a5ab5", "#8f8a1f", "#2aa5b8",
    "#8a2f5c", "#6f7479", "#a8703c"].map(parse);

export function classColour(label: number): Rgb {
    if (label === 0) return theme().low;
    if (label === 1) return theme().high;
    const colour = classColours[label % classColours.length]!;
    return theme().dark ? mix(colour, [255, 255, 255], 0.25) : colour;
}

// From -1 to 1: low, paper, high.
export function signed(value: number, strength = 1): Rgb {
    const { paper, low, high } = theme();
    const share = Math.min(1, Math.abs(value)) * strength;
    return mix(paper, value < 0 ? low : high, Number.isNaN(value) ? 0 : share);
}

// An error in [0, 1]: paper is none, the ink of the accent is all.
export function errorColour(value: number): Rgb {
    const { paper, accent, ink } = theme();
    const v = Math.min(1, Math.max(0, value));
    return v < 0.5 ? mix(paper, accent, v * 2) : mix(accent, ink, v * 2 - 1);
}

// Values (side, side), top row first, as a picture of that size.
export function mapImage(
    values: ArrayLike<number>,
    width: number,
    height: number,
    colour: (value: number) => Rgb,
    into?: ImageData,
): ImageData {
    const image = into ?? new ImageData(width, height);
    // 256 steps of colour are looked up: a map is drawn thousands of times while it learns
    const table = new Uint8ClampedArray(3 * 257);
    for (let i = 0; i <= 256; i++) table.set(colour(i / 128 - 1), 3 * i);
    const data = image.data;
    for (let i = 0; i < width * height; i++) {
        const value = Math.min(1, Math.max(-1, values[i]!));
        const at = 3 * Math.round((value + 1) * 128 || 0);
        data[4 * i] = table[at]!;
        data[4 * i + 1] = table[at + 1]!;
        data[4 * i + 2] = table[at + 2]!;
        data[4 * i + 3] = 255;
    }
    return image;
}
