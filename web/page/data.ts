// The data sets of the plane. What is random in them are pensel's random numbers, those of NumPy, so
// that a seed makes the same points everywhere.
import type { Core } from "../core/api.ts";
import type { Point } from "./address.ts";

export interface DataSet {
    classes: number; // 0: values from -1 to 1
    make(n: number, noise: number, u: () => number): Point[];
}

// Two uniform numbers make one from the normal distribution (Box & Muller 1958).
const normal = (u: () => number): number => Math.sqrt(-2 * Math.log(1 - u())) * Math.cos(2 * Math.PI * u());
const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

function clouds(centres: [number, number][], labels: number[], width: number) {
    return (n: number, noise: number, u: () => number): Point[] => many(n, (i) => {
        const k = i % centres.length;
        const [x, y] = centres[k]!;
        return { x: x + (width + noise) * normal(u), y: y + (width + noise) * normal(u), label: labels[k]! };
    });
}

function spiral(arms: number) {
    return (n: number, noise: number, u: () => number): Point[] => many(n, (i) => {
        const arm = i % arms;
        const r = 0.08 + 0.87 * (Math.floor(i / arms) / Math.ceil(n / arms));
        const angle = 4.6 * r + (2 * Math.PI * arm) / arms;
        return { x: r * Math.sin(angle) + noise * normal(u), y: r * Math.cos(angle) + noise * normal(u), label: arm };
    });
}

const square = (label: (x: number, y: number) => number) =>
    (n: number, noise: number, u: () => number): Point[] => many(n, () => {
        const x = 2 * u() - 1;
        const y = 2 * u() - 1;
        return { x, y, label: label(x + noise * normal(u), y + noise * normal(u)) };
    });

const around = (k: number, r: number): [number, number][] =>
    many(k, (i) => [r * Math.sin((2 * Math.PI * i) / k), r * Math.cos((2 * Math.PI * i) / k)]);

export const DATA: Record<string, DataSet> = {
    xor: { classes: 2, make: (n, noise, u) => many(n, (i) => {
        const a = i & 1, b = (i >> 1) & 1;
        return { x: (a ? 1 : -1) * (0.15 + 0.8 * u()) + noise * normal(u), y: (b ? 1 : -1) * (0.15 + 0.8 * u()) + noise * normal(u), label: a ^ b };
    }) },
    circle: { classes: 2, make: (n, noise, u) => many(n, (i) => {
        const label = i & 1;
        const r = label ? 0.45 * Math.sqrt(u()) : 0.68 + 0.28 * u();
        const angle = 2 * Math.PI * u();
        return { x: r * Math.cos(angle) + noise * normal(u), y: r * Math.sin(angle) + noise * normal(u), label };
    }) },
    moons: { classes: 2, make: (n, noise, u) => many(n, (i) => {
        const label = i & 1;
        const angle = Math.PI * u();
        const x = label ? 0.5 - Math.cos(angle) * 0.6 - 0.2 : Math.cos(angle) * 0.6 - 0.3;
        const y = label ? 0.2 - Math.sin(angle) * 0.6 : Math.sin(angle) * 0.6 - 0.2;
        return { x: x + noise * normal(u), y: y + noise * normal(u), label };
    }) },
    clouds: { classes: 2, make: clouds([[-0.45, -0.45], [0.45, 0.45]], [0, 1], 0.16) },
    spiral: { classes: 2, make: spiral(2) },
    checker: { classes: 2, make: square((x, y) => (Math.floor(2 * x) + Math.floor(2 * y)) & 1) },
    three: { classes: 3, make: spiral(3) },
    five: { classes: 5, make: clouds(around(5, 0.62), [0, 1, 2, 3, 4], 0.12) },
    ten: { classes: 10, make: clouds([...around(7, 0.75), ...around(3, 0.28)], many(10, (i) => i), 0.07) },
    slope: { classes: 0, make: square((x, y) => Math.max(-1, Math.min(1, (x + y) / 2))) },
    hills: { classes: 0, make: square((x, y) => {
        const hill = (cx: number, cy: number): number => Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 0.08);
        return hill(-0.5, -0.5) + hill(0.5, 0.5) - hill(-0.5, 0.5) - hill(0.5, -0.5);
    }) },
    waves: { classes: 0, make: square((x, y) => Math.sin(5 * x) * Math.cos(4 * y)) },
};
export const CLASS_SETS = Object.keys(DATA).filter((name) => DATA[name]!.classes === 2);

// Uniform numbers one by one from the library's, fetched at once.
export async function uniform(core: Core, seed: number, count: number): Promise<() => number> {
    const numbers = await core.random(seed, count, 0, 1);
    let next = 0;
    return () => numbers[next++ % numbers.length]!;
}

const round = (v: number): number => Math.round(v * 1000) / 1000;

export async function makeData(core: Core, name: string, n: number, noise: number, seed: number): Promise<Point[]> {
    const set = DATA[name]!;
    const list = set.make(n, noise, await uniform(core, seed, 8 * n + 8));
    return list.map((p) => ({ x: round(p.x), y: round(p.y), label: set.classes ? p.label : round(p.label) }));
}

// Every k-th point is held out. The points are shuffled by pensel's numbers first, so that held out
// ones come from everywhere.
export async function split(core: Core, points: Point[], share: number, seed: number, classes: boolean): Promise<{ train: Point[]; held: Point[] }> {
    if (share <= 0) return { train: points, held: [] };
    const u = await core.random(seed + 1000, points.length, 0, 1);
    const order = points.map((_, i) => i).sort((a, b) => u[a]! - u[b]!);
    const count = Math.round(points.length * share);
    const held = new Set(order.slice(0, count));
    // every class keeps a point to learn it from
    const learned = new Set(order.slice(count).map((i) => points[i]!.label));
    if (classes) for (const i of order.slice(0, count).reverse()) if (!learned.has(points[i]!.label)) { learned.add(points[i]!.label); held.delete(i); }
    return { train: points.filter((_, i) => !held.has(i)), held: points.filter((_, i) => held.has(i)) };
}

export const samplesOf = (points: Point[]): { x: Float64Array; y: Float64Array; n: number } => ({
    x: Float64Array.from(points.flatMap((p) => [p.x, p.y])),
    y: Float64Array.from(points, (p) => p.label),
    n: points.length,
});

// As a table that the program reads.
export const tableText = (points: Point[], names: [string, string, string] = ["a", "b", "y"]): string =>
    `${names.join(",")}\n${points.map((p) => `${p.x},${p.y},${p.label}`).join("\n")}\n`;
