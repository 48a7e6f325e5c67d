// A training of the page as a command line, as C and as Python.
import { fillIn } from "./dom.ts";
import { t } from "./text/text.ts";

export interface Fit {
    table: string; // points.csv, of which the first lines are shown
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
    dropout?: number;
    names?: [string, string, string]; // of the two inputs and the target
}

const quoted = (word: string): string => (/^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

export function fitProgram(f: Fit): { shell: string; c: string; python: string } {
    const hidden = f.hidden.join(",") || "none";
    const upper = f.activation.toUpperCase().replace(/-/g, "_");
    const task = f.classes ? "classification" : "regression";
    const solver = f.solver ?? "adam";
    const [a, b, y] = f.names ?? ["a", "b", "y"];
    const dropout = f.dropout ? ` --dropout ${f.dropout}` : "";
    const columns = `points[[${JSON.stringify(a)}, ${JSON.stringify(b)}]]`;
    const x = f.scaled ? `(${columns} - ${columns}.mean()) / ${columns}.std(ddof=0)` : columns;
    const lines = f.table.trimEnd().split("\n");
    return {
        shell: `pensel fit points.csv --target ${quoted(y)} --as ${task} --precision float64 --hidden ${hidden} --activation ${f.activation} \\
    --solver ${solver} --learning-rate-init ${f.rate} --batch-size ${f.batch} --alpha ${f.alpha} --seed ${f.seed} \\
    --scale ${f.scaled ? "standard" : "none"} --epochs ${f.epochs}${dropout} --n-iter-no-change inf --save points.safetensors
pensel predict points.safetensors --at 0.5,-0.5

# ${fillIn(t.program.points, { rows: lines.length - 1, room: t.rooms.take.title })}
${lines.slice(0, 5).map((line) => `# ${line}`).join("\n")}
# ...`,
        c: `${f.hidden.length ? `pensel_layer hidden[] = {${f.hidden.map((w) => `{${w}, PENSEL_${upper}, 0}`).join(", ")}};\n` : ""}pensel_estimator_options options = pensel_estimator_defaults(PENSEL_${task.toUpperCase()});
options.hidden = ${f.hidden.length ? "hidden" : "NULL"};
options.hidden_count = ${f.hidden.length};
options.precision = PENSEL_FLOAT64;
options.seed = ${f.seed};
${f.scaled ? "options.scale_inputs = PENSEL_SCALE_STANDARD;\n" : ""}options.training.solver = PENSEL_${solver.toUpperCase()};
options.training.learning_rate_init = ${f.rate};
options.training.batch_size = ${f.batch};
options.training.alpha = ${f.alpha};
options.training.epochs = ${f.epochs};
options.training.n_iter_no_change = SIZE_MAX;${f.dropout ? `\noptions.training.dropout = ${f.dropout};` : ""}
pensel_estimator_new(&estimator, &options, &error);
pensel_estimator_fit(estimator, &samples, NULL, &error);`,
        python: `import pandas as pd
from pensel import ${f.classes ? "MLPClassifier" : "MLPRegressor"}

points = pd.read_csv("points.csv")
network = ${f.classes ? "MLPClassifier" : "MLPRegressor"}(
    hidden_layer_sizes=[${f.hidden.join(", ")}], activation="${f.activation}", solver="${solver}",
    learning_rate_init=${f.rate}, batch_size=${f.batch}, alpha=${f.alpha}, random_state=${f.seed},
    max_iter=${f.epochs}, n_iter_no_change=${f.epochs}${f.dropout ? `, dropout=${f.dropout}` : ""})
x = ${x}
network.fit(x, points[${JSON.stringify(y)}])
print(network.score(x, points[${JSON.stringify(y)}]))`,
    };
}
