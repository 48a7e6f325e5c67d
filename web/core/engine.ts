// The core's calls, one after another: what the worker does with a message. A call copies its arrays into the module,
// runs, and copies the results out.

import { Module, type Lend, type Listener } from "./module.ts";
import {
    PenselError, type ActivationInfo, type Column, type Columns, type CoreInfo, type ExportTarget, type LayerShape, type LayerSpec,
    type Names, type NeuronResult, type Options, type PaintInfo, type PaintSpec, type PerceptronResult, type Picture, type RenderView,
    type Samples, type SchemaColumn, type Scores, type TableModel, type TablePrediction, type TableScores, type TrainingInfo,
    type TrainingReport, type TrainingSpec,
} from "./api.ts";

type Described = {
    id: number; layers: LayerShape[]; parameterCount: number; inputs: number; outputs: number;
    task: "regression" | "classification"; classes: number[]; chosen: string; live: boolean;
    width?: number; height?: number; channels?: number; palette?: number[];
};
type DescribedColumn = Omit<Column, "numbers" | "codes"> & { numbers_at?: number; codes_at?: number };

const STOPS = ["", "converged", "epochs", "seconds", "goal", "", "diverged"] as const;
const TASKS = { regression: 0, classification: 1 } as const;

/** JSON has null for NaN. */
function numbersIn<T>(value: T): T {
    for (const [key, entry] of Object.entries(value as object))
        if (entry === null) (value as Record<string, unknown>)[key] = NaN;
    return value;
}

export class Engine {
    private readonly jobs = new Map<number, Described>();
    private readonly tables = new Map<number, TableModel>();

    private constructor(private readonly m: Module) {}

    static async start(wasm: Uint8Array, listener: Listener, threads = 1, lend?: Lend): Promise<Engine> {
        return new Engine(await Module.load(wasm, listener, threads, lend));
    }

    private job(id: number): Described {
        const job = this.jobs.get(id);
        if (!job) throw new PenselError("bad argument", `there is no training ${id}: it was closed, or never opened`);
        return job;
    }

    memory(): number {
        return this.m.bytes;
    }

    info(): CoreInfo {
        return { ...this.m.json<Omit<CoreInfo, "bytes">>("info"), bytes: this.m.size };
    }

    random(seed: number, count: number, low: number, high: number): Float64Array {
        return this.m.scope(() => {
            const at = this.m.room(8 * count);
            this.m.value("random", seed, count, low, high, at);
            return this.m.copy(Float64Array, at, count);
        });
    }

    // ------------------------------------------------------------ a neuron

    activations(): ActivationInfo[] {
        return this.m.json<ActivationInfo[]>("activations");
    }

    activate(name: string, parameter: number, z: Float64Array): { value: Float64Array; derivative: Float64Array } {
        const m = this.m;
        return m.scope(() => {
            const value = m.room(z.byteLength), derivative = m.room(z.byteLength);
            m.run("activate", m.text(name), parameter, m.put(z), z.length, value, derivative);
            return { value: m.copy(Float64Array, value, z.length), derivative: m.copy(Float64Array, derivative, z.length) };
        });
    }

    neuron(inputs: Float64Array, weights: Float64Array, bias: number, activation: string, parameter: number): NeuronResult {
        const m = this.m, n = inputs.length;
        same(n, weights.length, "inputs", "weights");
        return m.scope(() => {
            const r = m.numbers(Float64Array, n + 3, "neuron", m.put(inputs), m.put(weights), n, bias, m.text(activation), parameter);
            return { products: r.slice(0, n), sum: r[n]!, z: r[n + 1]!, output: r[n + 2]! };
        });
    }

    perceptron(weights: Float64Array, bias: number, x: Float64Array, y: Float64Array, n: number, inputs: number, rate: number,
        epochs: number): PerceptronResult {
        const m = this.m;
        same(n * inputs, x.length, "n * inputs", "x");
        same(n, y.length, "n", "y");
        same(inputs, weights.length, "inputs", "weights");
        return m.scope(() => {
            const at = m.put(Float64Array.of(...weights, bias));
            const r = m.numbers(Float64Array, 2, "perceptron", at, inputs, m.put(x), m.put(y), n, rate, epochs);
            const after = m.copy(Float64Array, at, inputs + 1);
            return { weights: after.slice(0, inputs), bias: after[inputs]!, epochs: r[0]!, mistakes: r[1]! };
        });
    }

    // ------------------------------------------------------------ trainings

    private layers(job: number, layers: readonly LayerSpec[]): void {
        const m = this.m;
        m.run("job_layers", job, layers.length, m.lines(layers.map(layer => layer.activation)),
            m.put(Uint32Array.from(layers, layer => layer.width)),
            m.put(Float64Array.from(layers, layer => layer.parameter ?? NaN)));
    }

    /** A new job that `begin` fills in and prepares, and that is freed if that fails. */
    private begin(begin: (job: number) => Described): Described {
        const m = this.m, job = m.value("job_new");
        if (job === 0) throw new PenselError("out of memory", m.string(m.value("error")));
        try {
            const described = m.scope(() => begin(job));
            described.layers.forEach(numbersIn);
            this.jobs.set(job, described);
            return described;
        } catch (error) {
            m.value("job_free", job);
            throw error;
        }
    }

    private samples(job: number, held: boolean, samples: Samples, inputs: number, targets: number): void {
        same(samples.n * inputs, samples.x.length, "n * inputs", "x");
        same(samples.n * targets, samples.y.length, "n * targets", "y");
        this.m.value("job_samples", job, held, this.m.hand(samples.x), this.m.hand(samples.y), samples.n, inputs, targets);
    }

    open(spec: TrainingSpec): TrainingInfo {
        const m = this.m, targets = spec.task === "classes" ? 1 : spec.outputs;
        return trainingInfo(this.begin(job => {
            this.layers(job, spec.hidden);
            this.samples(job, false, spec.samples, spec.inputs, targets);
            if (spec.held && spec.held.n > 0) this.samples(job, true, spec.held, spec.inputs, targets);
            const options = m.options({ ...spec.encoding, ...spec.options });
            return m.json<Described>("job_open", job, spec.task !== "regression", spec.scale ?? false, options);
        }));
    }

    close(id: number): void {
        this.job(id);
        this.jobs.delete(id);
        this.m.value("job_free", id);
    }

    run(id: number, budget: { milliseconds?: number; epochs?: number; steps?: number }): TrainingReport {
        const m = this.m;
        this.job(id);
        return m.scope(() => {
            const r = m.numbers(Float64Array, 10, "job_run", id, (budget.milliseconds ?? 0) / 1000, budget.epochs ?? 0, budget.steps ?? 0);
            return {
                epochs: r[0]!, steps: r[1]!, samples: r[2]!, seconds: r[3]!, learningRate: r[4]!, loss: r[5]!,
                losses: m.copy(Float64Array, r[7]!, r[6]!), stopped: r[8] !== 0, stop: STOPS[r[9]!] ?? "",
            };
        });
    }

    configure(id: number, options: Options): void {
        this.job(id);
        this.m.scope(() => this.m.run("job_configure", id, this.m.options(options)));
    }

    parameters(id: number): Float64Array {
        const m = this.m, count = this.job(id).parameterCount;
        return m.scope(() => {
            const at = m.room(8 * count);
            m.value("job_parameters", id, at);
            return m.copy(Float64Array, at, count);
        });
    }

    setParameters(id: number, parameters: Float64Array): void {
        same(this.job(id).parameterCount, parameters.length, "the network's parameters", "those given");
        this.m.scope(() => this.m.run("job_set_parameters", id, this.m.put(parameters)));
    }

    gradient(id: number, samples: Samples): { loss: number; gradient: Float64Array } {
        const m = this.m, job = this.job(id), targets = samples.n > 0 ? samples.y.length / samples.n : 0;
        same(samples.n * job.inputs, samples.x.length, "n * inputs", "x");
        return m.scope(() => {
            const r = m.numbers(Float64Array, 1 + job.parameterCount, "job_gradient", id, m.put(samples.x), m.put(samples.y), samples.n, targets);
            return { loss: r[0]!, gradient: r.slice(1) };
        });
    }

    predict(id: number, x: Float64Array, n: number): Float64Array {
        const m = this.m, job = this.job(id);
        same(n * job.inputs, x.length, "n * inputs", "x");
        return m.scope(() => m.numbers(Float64Array, n * job.outputs, "job_predict", id, m.put(x), n));
    }

    units(id: number, x: Float64Array, n: number): Float32Array[] {
        const m = this.m, job = this.job(id);
        same(n * job.inputs, x.length, "n * inputs", "x");
        return m.scope(() => {
            const total = job.layers.reduce((sum, layer) => sum + layer.out, 0);
            const all = m.numbers(Float32Array, n * total, "job_units", id, m.put(x), n);
            let at = 0;
            return job.layers.map(layer => all.slice(at, (at += n * layer.out)));
        });
    }

    score(id: number, which: "samples" | "held"): Scores {
        const m = this.m, job = this.job(id), k = job.classes.length;
        return m.scope(() => {
            const result = m.room(8 * 6), confusion = k > 0 ? m.room(4 * k * k) : 0;
            m.run("job_score", id, which === "held", result, confusion);
            const r = m.copy(Float64Array, result, 6);
            return {
                n: r[0]!, mse: r[1]!, mae: r[2]!, r2: r[3]!, accuracy: r[4]!, logLoss: r[5]!,
                confusion: k > 0 ? m.copy(Uint32Array, confusion, k * k) : null,
            };
        });
    }

    private name(id: number, names: Names): void {
        const m = this.m;
        this.job(id);
        m.scope(() => m.run("job_name", id, m.lines(names.inputs ?? []), m.lines(names.classes ?? []), m.lines(names.targets ?? [])));
    }

    save(id: number, names: Names = {}): Uint8Array {
        const m = this.m, path = "model.safetensors";
        this.name(id, names);
        m.scope(() => m.run("job_save", id, m.text(path)));
        return m.files.take(path);
    }

    exportTargets(): ExportTarget[] {
        return this.m.json<ExportTarget[]>("export_targets");
    }

    exportAs(id: number, file: string, names: Names = {}): Uint8Array {
        const m = this.m;
        this.name(id, names);
        m.scope(() => m.run("job_export", id, m.text(file)));
        return m.files.take(file);
    }

    load(bytes: Uint8Array): { kind: "painting" | "estimator"; info: PaintInfo | TrainingInfo; width: number; height: number; channels: number } {
        return this.withFile("the model", bytes, path => {
            const described = this.begin(job => this.m.json<Described>("job_load", job, path));
            const { width = 0, height = 0, channels = 0 } = described;
            return width > 0
                ? { kind: "painting" as const, info: paintInfo(described), width, height, channels }
                : { kind: "estimator" as const, info: trainingInfo(described), width, height, channels };
        });
    }

    // ------------------------------------------------------------ paintings

    paint(spec: PaintSpec): PaintInfo {
        const m = this.m, { pixels, width, height, channels } = spec.picture;
        same(width * height * channels, pixels.length, "width * height * channels", "pixels");
        return paintInfo(this.begin(job => {
            if (spec.hidden) this.layers(job, spec.hidden);
            m.value("job_picture", job, m.hand(pixels), width, height, channels);
            return m.json<Described>("job_paint", job, TASKS[spec.task], spec.preset === "tutorial", m.options(spec.options));
        }));
    }

    private part(view: RenderView): number {
        return this.m.put(Float64Array.of(view.x ?? 0, view.y ?? 0, view.w ?? 0, view.h ?? 0));
    }

    render(id: number, view: RenderView): Picture {
        const m = this.m, { width, height } = view, channels = this.job(id).channels ?? 3;
        return m.scope(() => {
            const count = width * height * channels;
            const pixels = m.numbers(Float32Array, count, "job_render", id, width, height, this.part(view), view.soft ?? false);
            return { pixels, width, height, channels };
        });
    }

    paintInputs(id: number, view: RenderView): Float64Array {
        const m = this.m, count = view.width * view.height * this.job(id).inputs;
        return m.scope(() =>
            Float64Array.from(m.numbers(Float32Array, count, "job_inputs", id, view.width, view.height, this.part(view))));
    }

    private compare(structure: boolean, a: Picture, b: Picture): number {
        const m = this.m;
        if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels)
            throw new PenselError("bad argument", `the pictures are ${a.width} x ${a.height} and ${b.width} x ${b.height}: two of one size are compared`);
        return m.scope(() =>
            m.numbers(Float64Array, 1, "compare", structure, m.put(a.pixels), m.put(b.pixels), a.width, a.height, a.channels)[0]!);
    }

    psnr(a: Picture, b: Picture): number {
        return this.compare(false, a, b);
    }

    ssim(a: Picture, b: Picture): number {
        return this.compare(true, a, b);
    }

    /** The picture and the file of a compact painting, which is freed. */
    private unpack(d: { compact_at: number; file_at: number; bytes: number; width: number; height: number; channels: number }):
        { picture: Picture; file: Uint8Array } {
        const m = this.m, { width, height, channels } = d;
        try {
            const pixels = m.numbers(Float32Array, width * height * channels, "compact_paint", d.compact_at);
            return { picture: { pixels, width, height, channels }, file: m.copy(Uint8Array, d.file_at, d.bytes) };
        } finally {
            m.value("compact_free", d.compact_at);
        }
    }

    paintCompact(picture: Picture, goal: { bytes?: number; psnr?: number; seconds?: number }):
        { picture: Picture; bytes: number; psnr: number; file: Uint8Array } {
        const m = this.m, { pixels, width, height, channels } = picture;
        same(width * height * channels, pixels.length, "width * height * channels", "pixels");
        const options: Options = {};
        for (const [name, value] of Object.entries(goal)) if (value !== undefined) options[name] = String(value);
        return m.scope(() => {
            const made = this.unpack(m.json("compact_new", m.put(pixels), width, height, channels, m.options(options)));
            return { ...made, bytes: made.file.length, psnr: this.psnr(picture, made.picture) };
        });
    }

    decodeCompact(file: Uint8Array): Picture {
        const m = this.m;
        return m.scope(() => this.unpack(m.json("compact_parse", m.put(file), file.length)).picture);
    }

    // ------------------------------------------------------------ tables

    /** `use` reads the bytes under this name. */
    private withFile<T>(name: string, bytes: Uint8Array, use: (path: number) => T): T {
        const m = this.m, plain = name.replace(/^[/\\]+/, "").replaceAll("\0", " ") || "the table";
        m.files.put(plain, bytes);
        try {
            return m.scope(() => use(m.text(plain)));
        } finally {
            m.files.take(plain);
        }
    }

    columns(csv: Uint8Array, name: string): Columns {
        const m = this.m;
        return this.withFile(name, csv, path => {
            const d = m.json<{ owner_at: number; rows: number; notes: string[]; columns: DescribedColumn[] }>("columns", path);
            const columns = d.columns.map(({ numbers_at, codes_at, ...column }): Column => ({
                ...column,
                ...(numbers_at !== undefined && { numbers: m.copy(Float64Array, numbers_at, d.rows) }),
                ...(codes_at !== undefined && { codes: m.copy(Uint32Array, codes_at, d.rows) }),
            }));
            m.value("columns_free", d.owner_at);
            return { rows: d.rows, columns, notes: d.notes };
        });
    }

    table(csv: Uint8Array, name: string, options: { target: string; classify: boolean; columns?: string[] }):
        { x: Float64Array; y: Float64Array; n: number; inputs: number; names: string[]; classes: string[]; notes: string[] } {
        const m = this.m;
        return this.withFile(name, csv, path => {
            const d = m.json<{ owner_at: number; x_at: number; y_at: number; n: number; inputs: number; targets: number; names: string[]; classes: string[]; notes: string[] }>(
                "table", path, m.text(options.target), options.classify, m.lines(options.columns ?? []));
            const { n, inputs, names, classes, notes } = d;
            const x = m.copy(Float64Array, d.x_at, n * inputs), y = m.copy(Float64Array, d.y_at, n * d.targets);
            m.value("table_free", d.owner_at);
            return { x, y, n, inputs, names, classes, notes };
        });
    }

    schema(csv: Uint8Array, name: string, target: string): SchemaColumn[] {
        return this.withFile(name, csv, path => this.m.json<{ columns: SchemaColumn[] }>("schema", path, this.m.text(target)).columns);
    }

    fitTable(csv: Uint8Array, name: string, target: string, options: Options): TableModel {
        return this.withFile(name, csv, path => {
            const model = numbersIn(this.m.json<TableModel>("fit", path, this.m.text(target), this.m.options(options)));
            for (const scores of [model.held, model.constant, model.linear]) numbersIn<TableScores>(scores);
            model.schema.forEach(numbersIn);
            this.tables.set(model.id, model);
            return model;
        });
    }

    private tableModel(id: number): TableModel {
        const model = this.tables.get(id);
        if (!model) throw new PenselError("bad argument", `there is no table's model ${id}: it was closed, or never fitted`);
        return model;
    }

    predictTable(id: number, csv: Uint8Array, name: string): TablePrediction {
        const m = this.m, model = this.tableModel(id);
        return this.withFile(name, csv, path => {
            const d = m.json<{ rows: number; classes: number; y_at: number; p_at: number }>("fit_predict", id, path);
            const values = m.copy(Float64Array, d.y_at, d.rows);
            const probabilities = d.classes > 0 ? m.copy(Float64Array, d.p_at, d.rows * d.classes) : null;
            m.value("release", d.y_at);
            m.value("release", d.p_at);
            return { values, probabilities, labels: d.classes > 0 ? Array.from(values, c => model.classes[c] ?? "") : null };
        });
    }

    saveTable(id: number): Uint8Array {
        const m = this.m, path = "table.safetensors";
        this.tableModel(id);
        m.scope(() => m.run("fit_save", id, m.text(path)));
        return m.files.take(path);
    }

    closeTable(id: number): void {
        this.tableModel(id);
        this.tables.delete(id);
        this.m.value("fit_free", id);
    }
}

function same(expected: number, given: number, what: string, other: string): void {
    if (expected !== given)
        throw new PenselError("bad argument", `${what} and ${other} do not fit: ${expected} and ${given}`);
}

function trainingInfo(d: Described): TrainingInfo {
    const { id, layers, parameterCount, inputs, outputs, task, classes } = d;
    return { id, layers, parameterCount, inputs, outputs, task, classes };
}

function paintInfo(d: Described): PaintInfo {
    const palette = d.palette && d.palette.length > 0 ? Float32Array.from(d.palette) : null;
    return { ...trainingInfo(d), chosen: d.chosen, live: d.live, palette };
}
