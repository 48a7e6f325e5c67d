// A training of the page as a command line, as C and as Python.

export interface Fit {
    table: string; // first lines of the table
    rows: number;
    hidden: number[];
    activation: string;
    rate: number;
    batch: number;
    alpha: number;
    seed: number;
    epochs: number;
    classes: boolean;
    solver?: string;
    scaled?: boolean; // inputs to mean 0 and deviation 1
}

export function fitProgram(f: Fit): { shell: string; c: string; python: string } {
    const hidden = f.hidden.join(",") || "none";
    const upper = f.activation.toUpperCase().replace(/-/g, "_");
    const task = f.classes ? "classification" : "regression";
    const solver = f.solver ?? "adam";
    return {
        shell: `pensel fit points.csv --target y --as ${task} --precision float64 --hidden ${hidden} --activation ${f.activation} \\
    --solver ${solver} --learning-rate-init ${f.rate} --batch-size ${f.batch} --alpha ${f.alpha} --seed ${f.seed} \\
    --scale ${f.scaled ? "standard" : "none"} --epochs ${f.epochs} --n-iter-no-change inf --save points.safetensors
pensel predict points.safetensors --at 0.5,-0.5

# points.csv (${f.rows} rows; "Take it along" has it):
${f.table.trimEnd()}
...`,
        c: `pensel_layer hidden[] = {${f.hidden.map((w) => `{${w}, PENSEL_${upper}, 0}`).join(", ")}};
pensel_estimator_options options = pensel_estimator_defaults(PENSEL_${task.toUpperCase()});
options.hidden = hidden;
options.hidden_count = ${f.hidden.length};
options.precision = PENSEL_FLOAT64;
options.seed = ${f.seed};
options.training.learning_rate_init = ${f.rate};
options.training.batch_size = ${f.batch};
options.training.alpha = ${f.alpha};
options.training.epochs = ${f.epochs};
pensel_estimator_new(&estimator, &options, &error);
pensel_estimator_fit(estimator, &samples, NULL, &error);`,
        python: `import pandas as pd
from pensel import ${f.classes ? "MLPClassifier" : "MLPRegressor"}

points = pd.read_csv("points.csv")
network = ${f.classes ? "MLPClassifier" : "MLPRegressor"}(
    hidden_layer_sizes=[${f.hidden.join(", ")}], activation="${f.activation}", solver="${solver}",
    learning_rate_init=${f.rate}, batch_size=${f.batch}, alpha=${f.alpha}, random_state=${f.seed},
    max_iter=${f.epochs}, n_iter_no_change=${f.epochs})
network.fit(points[["a", "b"]], points["y"])
print(network.score(points[["a", "b"]], points["y"]))`,
    };
}
