// What the page wants of libpensel, which runs in a worker. Every call is asynchronous: a message to the worker and one
// back. One that fails rejects with a PenselError whose text is pensel_error.text, the program's own sentence.
//
// One training (network, solver, samples, kept in the worker under a number) serves all rooms. The page shows the network
// before its first step; all slices of a training together take the same steps as one run, bit for bit.

export class PenselError extends Error {
    constructor(readonly status: string, text: string) { super(text); } // status: "bad argument", "bad data"...
}

export interface CoreInfo {
    version: string; // pensel_version()
    isa: string; // pensel_machine_isa(): "wasm" or "reference"
    threads: number; // 1 from a file; more where the page is isolated
    bytes: number; // of the .wasm
}

export interface ActivationInfo {
    name: string; formula: string; derivative: string; range: string;
    parameter: number; hasParameter: boolean; most: number; outputsOnly: boolean;
}

export interface NeuronResult { products: Float64Array; sum: number; z: number; output: number }

export interface PerceptronResult { weights: Float64Array; bias: number; epochs: number; mistakes: number }

export interface LayerSpec { width: number; activation: string; parameter?: number } // parameter: the activation's own default if left out

// Options are texts under the names of the option tables (pensel_option_set): {"learning_rate_init": "0.01", "batch_size": "50",
// "solver": "sgd", "alpha": "0", "precision": "float64", "initialisation": "he", "seed": "7", "sklearn_gradient": "true"}.
// Training, estimator (seed, precision, initialisation) and, for paintings, paint and encoding ("encoding": "fourier", "features": "64") share one bag; a name in no table is an error.
export type Options = Record<string, string>;

export interface Samples { x: Float64Array; y: Float64Array; n: number } // x (n, inputs), y (n, outputs of the data: see task)

export interface TrainingSpec {
    inputs: number;
    hidden: LayerSpec[];
    // regression: `outputs` identity outputs, squared error. classes: y (n, 1) holds 0..classes-1; 2: one logistic output, more: softmax;
    // onehot: `outputs` logistic outputs, y (n, outputs) of 0 and 1 (the tutorial's two classes). All but regression: log loss.
    task: "regression" | "classes" | "onehot";
    outputs: number; // regression, onehot: columns of y; classes: number of classes
    samples: Samples;
    held?: Samples; // scored, never trained on
    scale?: boolean; // inputs to mean 0, deviation 1 (default false); x given to other calls is always unscaled
    encoding?: Options; // {"encoding": "fourier", ...}; none: raw
    options: Options; // epochs and n_iter_no_change are endless unless given
}

export interface LayerShape { in: number; out: number; weights: number; biases: number; activation: string; parameter: number } // weights, biases: where they start in `parameters`

export interface TrainingInfo {
    id: number;
    layers: LayerShape[]; // hidden, then output
    parameterCount: number;
    inputs: number;
    outputs: number; // of predict: numbers, classes or labels
    task: "regression" | "classification";
    classes: number[]; // codes of the classes, sorted; regression, onehot: none
}

export interface TrainingReport {
    epochs: number; // finished
    steps: number; // finished, in total
    samples: number; // of the epoch that is under way: how many it has seen (0: none is under way)
    seconds: number; // spent training
    learningRate: number;
    loss: number; // of the last finished epoch, as pensel reports it; NaN before
    losses: Float64Array; // only those of epochs that finished in this call
    stopped: boolean; // for good: see stop
    stop: "" | "converged" | "epochs" | "seconds" | "goal" | "diverged"; // diverged: the loss was no longer finite, the last finite parameters are kept
}

export interface Scores { n: number; mse: number; mae: number; r2: number; accuracy: number; logLoss: number; confusion: Uint32Array | null }

export interface Picture { pixels: Float32Array; width: number; height: number; channels: number } // [0, 1], (height, width, channels)

export interface PaintSpec {
    picture: Picture;
    preset: "tutorial" | "none"; // pensel_paint_tutorial or pensel_paint_defaults; "none" with an empty bag is the default painting, sharp
    task: "regression" | "classification";
    hidden?: LayerSpec[]; // none: what the preset or the automatic settings take
    options: Options; // paint, estimator, training, encoding options: {"threshold": "600", "epochs": "30"}
}

export interface PaintInfo extends TrainingInfo {
    chosen: string; // the line that says what was chosen; ""
    live: boolean; // true: run() trains it in slices. false (pyramid, coarse to fine): one run() does it all, and onFrame is called on the way
    palette: Float32Array | null; // classification: (colours, channels)
}

export interface RenderView { width: number; height: number; x?: number; y?: number; w?: number; h?: number; soft?: boolean }

export interface Column {
    name: string; form: "number" | "text"; missing: number; distinct: number; // distinct: of texts
    numbers?: Float64Array; codes?: Uint32Array; texts?: string[]; // texts[code]; texts[0] is ""
}
export interface Columns { rows: number; columns: Column[]; notes: string[] }

export interface SchemaColumn { name: string; kind: string; detail: string; inputs: number; importance?: number } // what fit would make of it: "number", "category", "dropped"..., and a line that says why

export interface TableScores { n: number; accuracy: number; logLoss: number; auc: number; r2: number; rmse: number; mae: number }

// pensel_table_model: what `pensel fit TABLE` makes of a table as it is. held: on rows that the networks did not see; constant and
// linear are yardsticks on the same rows; low, high: 95 % interval of the held accuracy or R2.
export interface TableModel {
    id: number; target: string; task: "regression" | "classification"; classes: string[]; rows: number; unlabelled: number;
    folds: number; networks: number; seconds: number; held: TableScores; constant: TableScores; linear: TableScores;
    low: number; high: number; schema: SchemaColumn[];
}

export interface TablePrediction { values: Float64Array; labels: string[] | null; probabilities: Float64Array | null } // probabilities (rows, classes)

export interface Names { inputs?: string[]; classes?: string[]; targets?: string[] } // what a model calls them

export interface ExportTarget { name: string; help: string } // name: "onnx", also the file's ending

export interface Core {
    info(): Promise<CoreInfo>;
    random(seed: number, count: number, low: number, high: number): Promise<Float64Array>; // pensel_random_uniform, one after another
    // --- rooms 1 to 3
    activations(): Promise<ActivationInfo[]>;
    activate(name: string, parameter: number, z: Float64Array): Promise<{ value: Float64Array; derivative: Float64Array }>;
    neuron(inputs: Float64Array, weights: Float64Array, bias: number, activation: string, parameter: number): Promise<NeuronResult>;
    perceptron(weights: Float64Array, bias: number, x: Float64Array, y: Float64Array, n: number, inputs: number, rate: number, epochs: number): Promise<PerceptronResult>;
    // --- a training, rooms 4, 6, 7
    open(spec: TrainingSpec): Promise<TrainingInfo>;
    close(id: number): Promise<void>; // trainings and paintings alike
    // Trains until `epochs` epochs more are finished, `steps` more are taken or the time is over, whichever is first; ends after the step
    // at which the time is over, even within an epoch, and the next run goes on there: the same steps as one run without a break.
    run(id: number, budget: { milliseconds?: number; epochs?: number; steps?: number }): Promise<TrainingReport>;
    configure(id: number, options: Options): Promise<void>; // training options from now on (rate, batch, alpha, solver, dropout...)
    parameters(id: number): Promise<Float64Array>; // all, in the network's order
    setParameters(id: number, parameters: Float64Array): Promise<void>; // solver's moments stay
    gradient(id: number, samples: Samples): Promise<{ loss: number; gradient: Float64Array }>; // pensel_network_gradient, mean over these samples
    predict(id: number, x: Float64Array, n: number): Promise<Float64Array>; // the network's outputs (n, outputs): numbers, or probabilities per class (for 2 classes: both)
    units(id: number, x: Float64Array, n: number): Promise<Float32Array[]>; // for each layer, the output too: its activations (n, width)
    score(id: number, which: "samples" | "held"): Promise<Scores>;
    save(id: number, names?: Names): Promise<Uint8Array>; // a model file that `pensel` opens (estimator or painting)
    exportTargets(): Promise<ExportTarget[]>;
    // The file that `pensel export` makes of the saved model. Its ending is the target, what stands before it the name in it.
    exportAs(id: number, file: string, names?: Names): Promise<Uint8Array>;
    load(bytes: Uint8Array): Promise<{ kind: "painting" | "estimator"; info: PaintInfo | TrainingInfo; width: number; height: number; channels: number }>;
    // --- paintings, rooms 5, 6: run, configure, parameters, setParameters, units, save, close as above
    paint(spec: PaintSpec, onFrame?: (frame: Picture, epoch: number, psnr: number) => void): Promise<PaintInfo>; // not yet trained
    paintCompact(picture: Picture, goal: { bytes?: number; psnr?: number; seconds?: number }): Promise<{ picture: Picture; bytes: number; psnr: number; file: Uint8Array }>; // pensel_compact_*
    render(id: number, view: RenderView): Promise<Picture>; // pensel_painting_render
    paintInputs(id: number, view: RenderView): Promise<Float64Array>; // what the network gets at those pixels, for units()
    decodeCompact(file: Uint8Array): Promise<Picture>;
    psnr(a: Picture, b: Picture): Promise<number>;
    ssim(a: Picture, b: Picture): Promise<number>;
    // --- tables, room 7
    columns(csv: Uint8Array, name: string): Promise<Columns>; // pensel_columns_read; name: for its sentences
    table(csv: Uint8Array, name: string, options: { target: string; classify: boolean; columns?: string[] }): Promise<{ x: Float64Array; y: Float64Array; n: number; inputs: number; names: string[]; classes: string[]; notes: string[] }>; // pensel_table_read
    schema(csv: Uint8Array, name: string, target: string): Promise<SchemaColumn[]>; // pensel_schema: what fit says of each column
    fitTable(csv: Uint8Array, name: string, target: string, options: Options, onProgress?: (done: number, seconds: number) => void): Promise<TableModel>; // options: seconds, seed, task. The worker is busy until it is done.
    predictTable(id: number, csv: Uint8Array, name: string): Promise<TablePrediction>;
    saveTable(id: number): Promise<Uint8Array>;
    closeTable(id: number): Promise<void>;
    /** Bytes of memory that the module has, which do not become less. */
    memory(): Promise<number>;
}
