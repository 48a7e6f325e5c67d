// A network that learns, as the page sees it: one training in the worker, its report and its curves.
import { Curve } from "./curve.ts";
import type { KeptNetwork } from "./store.ts";
import type { Core, Options, Scores, TrainingInfo, TrainingReport, TrainingSpec } from "../core/api.ts";

export class Training {
    info: TrainingInfo | null = null;
    report: TrainingReport | null = null;
    losses = new Curve(); // after each epoch
    skipped = 0; // epochs of before a reload whose losses are not kept
    spec: TrainingSpec | null = null;

    constructor(readonly core: Core) {}

    async open(spec: TrainingSpec): Promise<TrainingInfo> {
        await this.close();
        this.info = await this.core.open(spec);
        this.spec = spec;
        this.report = null;
        this.losses = new Curve();
        this.skipped = 0;
        return this.info;
    }

    async close(): Promise<void> {
        const old = this.info;
        this.info = null;
        if (old) await this.core.close(old.id);
    }

    // There is nothing to go on from: only another network helps.
    get diverged(): boolean {
        return this.report?.stop === "diverged";
    }

    // It has taken a step, here or before a reload.
    get begun(): boolean {
        return this.report !== null || this.skipped + this.losses.length > 0;
    }

    get epochs(): number {
        return this.skipped + this.losses.length;
    }

    // As it was before a reload.
    resume(last: KeptNetwork): void {
        this.losses = new Curve();
        this.losses.addAll(last.losses);
        this.skipped = last.epochs - last.losses.length;
    }

    // What a reload needs: the parameters as they were after so many of `losses`.
    memory(parameters: Float64Array, losses: number): KeptNetwork {
        return { parameters, epochs: this.skipped + losses, seconds: 0, losses: this.losses.points(losses).y };
    }

    // A slice of a frame, or a single step (one batch).
    async run(one: boolean): Promise<TrainingReport> {
        const report = await this.core.run(this.info!.id, one ? { steps: 1 } : { milliseconds: 14 });
        this.report = report;
        this.losses.addAll(report.losses);
        return report;
    }

    configure(options: Options): Promise<void> {
        return this.core.configure(this.info!.id, options);
    }

    scores(which: "samples" | "held"): Promise<Scores> {
        return this.core.score(this.info!.id, which);
    }
}

// What a curve shows of thousands of epochs: at most `most` of them, evenly spaced, and the last.
export function thin(values: number[], most = 400): { x: number[]; y: number[] } {
    const step = Math.max(1, values.length / most);
    const x: number[] = [];
    const y: number[] = [];
    for (let i = 0; i < values.length; i += step) {
        const k = Math.floor(i);
        x.push(k + 1);
        y.push(values[k]!);
    }
    if (values.length) { x.push(values.length); y.push(values[values.length - 1]!); }
    return { x, y };
}

// The values of one unit of (n, width), brought to [-1, 1]: bounded activations as they are, others
// divided by their largest.
export function unitMaps(values: ArrayLike<number>, width: number, n: number, activation: string): Float32Array[] {
    const maps: Float32Array[] = [];
    for (let j = 0; j < width; j++) {
        const map = new Float32Array(n);
        let largest = 1;
        for (let i = 0; i < n; i++) {
            const v = values[i * width + j]!;
            map[i] = activation === "logistic" || activation === "softmax" ? 2 * v - 1 : v;
            largest = Math.max(largest, Math.abs(map[i]!));
        }
        if (largest > 1) for (let i = 0; i < n; i++) map[i]! /= largest;
        maps.push(map);
    }
    return maps;
}
