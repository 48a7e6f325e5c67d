// The core of the page under Node: node tests/web_core.mjs BUNDLES WASM PROGRAM FOLDER
// BUNDLES has web/core's engine, worker and core as .mjs, PROGRAM the native pensel, FOLDER a place for files. Prints TAP.
// What is expected comes from formulas written here, from central differences, from the module itself where a run must
// not depend on how it was cut, and from the native program without fused multiply-add (PENSEL_ISA=reference).

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { inflateSync } from "node:zlib";

const [bundles, wasm, program, folder] = process.argv.slice(2).map(path => resolve(path));
const { Engine } = await import(pathToFileURL(join(bundles, "engine.mjs")));
const heard = { frames: 0, progress: [] };
const core = await Engine.start(readFileSync(wasm), {
    frame: () => heard.frames++,
    progress: done => heard.progress.push(done),
});

let number = 0;
function check(name, complaint) {
    console.log(`${complaint ? "not ok" : "ok"} ${++number} - ${name}`);
    if (complaint) console.log("# " + complaint);
}

function near(name, found, expected, tolerance) {
    let worst = 0, where = -1;
    for (let i = 0; i < expected.length; i++) {
        const difference = Math.abs(found[i] - expected[i]);
        if (!(difference <= worst)) [worst, where] = [difference, i];
    }
    const right = found.length === expected.length && worst <= tolerance;
    check(name, right ? "" : `${found.length} numbers for ${expected.length}; ${found[where]} for ${expected[where]} at ${where}`);
}

function refused(name, call, part) {
    try {
        call();
        check(name, "it was accepted");
    } catch (error) {
        check(name, error.message.includes(part) ? "" : error.message);
    }
}

const native = (...args) => execFileSync(program, args, { cwd: folder, encoding: "utf8", env: { ...process.env, PENSEL_ISA: "reference" } });
const bytes = text => new TextEncoder().encode(text);

/** Tensors of a safetensors file by name. */
function tensors(buffer) {
    const file = new Uint8Array(buffer); // a copy: a Buffer may lie in a larger one
    const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    const kinds = { F64: Float64Array, F32: Float32Array, U64: BigUint64Array, U32: Uint32Array, U8: Uint8Array };
    return Object.fromEntries(Object.entries(header).filter(([name]) => name !== "__metadata__").map(([name, t]) =>
        [name, new kinds[t.dtype](file.slice(8 + length + t.data_offsets[0], 8 + length + t.data_offsets[1]).buffer)]));
}

/** All weights and biases, in the order of the layers. */
function numbersOf(file) {
    const found = tensors(file);
    const layers = Object.keys(found).filter(name => /^layers\.\d+\.weight$/.test(name)).length;
    const parts = [];
    for (let l = 0; l < layers; l++) parts.push(...found[`layers.${l}.weight`], ...found[`layers.${l}.bias`]);
    return parts;
}

/** The bytes of a PNG of 8-bit RGB (RFC 2083). */
function png(path) {
    const file = readFileSync(path), width = file.readUInt32BE(16), data = [];
    for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at))
        if (file.toString("latin1", at + 4, at + 8) === "IDAT") data.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
    const rows = inflateSync(Buffer.concat(data)), stride = 3 * width, pixels = [];
    for (let r = 0; r * (stride + 1) < rows.length; r++) {
        const filter = rows[r * (stride + 1)];
        for (let i = 0; i < stride; i++) {
            const left = i < 3 ? 0 : pixels[r * stride + i - 3], up = r === 0 ? 0 : pixels[(r - 1) * stride + i];
            const corner = i < 3 || r === 0 ? 0 : pixels[(r - 1) * stride + i - 3], p = left + up - corner;
            const [dl, du, dc] = [left, up, corner].map(v => Math.abs(p - v));
            const paeth = dl <= du && dl <= dc ? left : du <= dc ? up : corner;
            pixels.push((rows[r * (stride + 1) + 1 + i] + [0, left, up, (left + up) >> 1, paeth][filter]) & 255);
        }
    }
    return pixels;
}

function writePpm(path, picture) {
    writeFileSync(path, Buffer.concat([Buffer.from(`P6\n${picture.width} ${picture.height}\n255\n`), Buffer.from(Uint8Array.from(picture.pixels, v => Math.round(v * 255)))]));
}

const eight = pixels => Array.from(pixels, v => Math.round(Math.min(Math.max(v, 0), 1) * 255));

/** Smooth colours whose values are whole 255ths. */
function picture(width, height) {
    const pixels = new Float32Array(width * height * 3);
    for (let i = 0; i < pixels.length; i++) {
        const r = Math.floor(i / 3 / width) / height, c = (Math.floor(i / 3) % width) / width;
        pixels[i] = Math.round(127.5 * (1 + Math.sin(5 * r + (i % 3)) * Math.cos(7 * c - (i % 3)))) / 255;
    }
    return { pixels, width, height, channels: 3 };
}

// ---------------------------------------------------------------- activations, a neuron, the perceptron

const logistic = z => 1 / (1 + Math.exp(-z));
const erf = z => { // the series of Abramowitz & Stegun 7.1.6
    let term = z, sum = z;
    for (let n = 1; n < 200; n++) sum += term *= (2 * z * z) / (2 * n + 1);
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
};
const formulas = {
    identity: z => z,
    step: z => (z > 0 ? 1 : 0),
    logistic,
    tanh: Math.tanh,
    relu: z => Math.max(0, z),
    "leaky-relu": (z, p) => (z > 0 ? z : p * z),
    elu: (z, p) => (z > 0 ? z : p * Math.expm1(z)),
    selu: z => 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * Math.expm1(z)),
    softplus: z => Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0),
    gelu: z => (z / 2) * (1 + erf(z / Math.SQRT2)),
    silu: z => z * logistic(z),
    sine: (z, p) => Math.sin(p * z),
    gaussian: z => Math.exp(-z * z),
    exponential: Math.exp,
};
const z = Float64Array.from({ length: 41 }, (_, i) => (i - 20) / 7 + 0.01);
const activations = core.activations();
// The others are held to their formulas by test_mathematics.c, which runs as WebAssembly too.
for (const a of activations.filter(a => !a.outputsOnly && formulas[a.name])) {
    const f = v => formulas[a.name](v, a.parameter), h = 1e-5;
    const { value, derivative } = core.activate(a.name, a.parameter, z);
    near(a.name, value, Array.from(z, f), 1e-12);
    near(`derivative of ${a.name}`, derivative, Array.from(z, v => (f(v + h) - f(v - h)) / (2 * h)), a.name === "gaussian" || a.name === "sine" ? 1e-6 : 1e-8);
}
{
    const { value } = core.activate("softmax", 0, z), powers = Array.from(z, Math.exp), sum = powers.reduce((a, b) => a + b);
    near("softmax", value, powers.map(power => power / sum), 1e-14);
}
{
    const r = core.neuron(Float64Array.of(1, 0.5, -1), Float64Array.of(0.7, 0.6, 1.4), -0.1, "leaky-relu", 0.1);
    near("the tutorial's neuron", [...r.products, r.sum, r.z, r.output], [0.7, 0.3, -1.4, -0.4, -0.5, -0.05], 1e-15);
}
{
    const x = [0, 0, 0, 1, 1, 0, 1, 1], y = [0, 0, 0, 1], w = [0.1, -0.2];
    let b = 0.05, epochs = 0, mistakes = 1;
    const r = core.perceptron(Float64Array.from(w), b, Float64Array.from(x), Float64Array.from(y), 4, 2, 0.3, 50);
    for (; mistakes > 0 && epochs < 50; epochs++) {
        mistakes = 0;
        for (let i = 0; i < 4; i++) {
            const wrong = y[i] - (w[0] * x[2 * i] + w[1] * x[2 * i + 1] + b > 0 ? 1 : 0);
            w[0] += 0.3 * wrong * x[2 * i];
            w[1] += 0.3 * wrong * x[2 * i + 1];
            b += 0.3 * wrong;
            mistakes += wrong !== 0;
        }
    }
    near("the perceptron learns AND", [...r.weights, r.bias, r.epochs, r.mistakes], [...w, b, epochs, mistakes], 1e-12);
}

// ---------------------------------------------------------------- trainings

const n = 150;
const x = core.random(5, 2 * n, -1, 1);
const y = Float64Array.from({ length: n }, (_, i) => (x[2 * i] * x[2 * i + 1] > 0 ? 1 : 0));
const wave = Float64Array.from({ length: n }, (_, i) => Math.sin(3 * x[2 * i]) + x[2 * i + 1]);
const hidden = [{ width: 7, activation: "tanh" }, { width: 5, activation: "relu" }];
const base = { inputs: 2, hidden, samples: { x, y, n } };
const shapes = {
    "classes, adam": { ...base, task: "classes", outputs: 2, options: { seed: "3", batch_size: "16", precision: "float64" } },
    "numbers, sgd": { ...base, samples: { x, y: wave, n }, task: "regression", outputs: 1, scale: true, options: { seed: "1", solver: "sgd", learning_rate_init: "0.01", batch_size: "31" } },
    "labels, dropout": { ...base, samples: { x, y: Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 ? 1 - y[i >> 1] : y[i >> 1])), n }, task: "onehot", outputs: 2, options: { seed: "2", dropout: "0.2", batch_size: "40" } },
    "numbers, lbfgs": { ...base, samples: { x, y: wave, n }, task: "regression", outputs: 1, options: { solver: "lbfgs", precision: "float64", seed: "4" } },
};
for (const [name, spec] of Object.entries(shapes)) {
    const whole = core.open(spec), cut = core.open(spec);
    const all = core.run(whole.id, { epochs: 12 });
    const losses = [];
    let epochs = 0;
    for (const part of [{ steps: 1 }, { steps: 1 }, { steps: 5 }, { milliseconds: 0.01 }, { epochs: 1 }]) {
        const r = core.run(cut.id, part);
        losses.push(...r.losses);
        epochs = r.epochs;
    }
    const last = core.run(cut.id, { epochs: 12 - epochs });
    near(`${name}: losses of a run in slices`, [...losses, ...last.losses], all.losses, 0);
    near(`${name}: parameters of a run in slices`, core.parameters(cut.id), core.parameters(whole.id), 0);
    check(`${name}: epochs`, all.epochs === 12 && last.epochs === 12 ? "" : `${all.epochs} and ${last.epochs}`);
    core.close(whole.id);
    core.close(cut.id);
}
{
    const { id } = core.open({ ...shapes["classes, adam"] });
    near("a single step", [core.run(id, { steps: 1 }).steps, core.run(id, { steps: 1 }).steps, core.run(id, { steps: 3 }).steps], [1, 2, 5], 0);
    const before = core.parameters(id), edited = before.map((v, i) => (i === 4 ? 0.25 : v));
    core.setParameters(id, edited);
    near("weights that were edited", core.parameters(id), edited, 0);
    core.configure(id, { learning_rate_init: "1e-12" });
    core.run(id, { steps: 1 });
    near("training goes on from edited weights", core.parameters(id), edited, 1e-9);
    refused("an option with a wrong value", () => core.configure(id, { alpha: "-1" }), "alpha");
    core.configure(id, { solver: "sgd", learning_rate_init: "0.05", batch_size: "50" });
    const later = core.run(id, { epochs: 40 });
    core.configure(id, { solver: "lbfgs" });
    const best = core.run(id, { epochs: 60 });
    check("solver and batch change while it trains", later.loss < 0.69 && best.loss < later.loss ? "" : `${later.loss}, ${best.loss}`);
    core.close(id);
    const long = core.open({ ...base, samples: { x: Float64Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: Float64Array.of(0, 1, 1, 0), n: 4 },
        hidden: [], task: "regression", outputs: 1, options: { solver: "sgd", learning_rate_init: "1e-6" } });
    core.run(long.id, { epochs: 70_000 });
    const after = core.run(long.id, { epochs: 10 }), losses = tensors(core.save(long.id))["report.loss_curve"];
    check("losses of more than 65536 epochs are not kept", losses.length <= 65536 ? "" : `there are ${losses.length}`);
    near("the last of them are, and the page gets each", [...after.losses, after.epochs], [...losses.slice(-10), 70_010], 0);
    core.close(long.id);
    refused("a training that was closed", () => core.run(id, { steps: 1 }), "closed");
}
{
    const spec = shapes["classes, adam"], { id, layers } = core.open({ ...spec, options: { ...spec.options, alpha: "0" } });
    const p = core.parameters(id), one = { x: x.slice(0, 6), y: y.slice(0, 3), n: 3 };
    const { loss, gradient } = core.gradient(id, one);
    const at = q => (core.setParameters(id, q), core.gradient(id, one).loss);
    const slopes = Array.from(p, (_, i) => {
        const h = 1e-6, up = p.slice(), down = p.slice();
        up[i] += h;
        down[i] -= h;
        return (at(up) - at(down)) / (2 * h);
    });
    near("a gradient is the slope of the loss", gradient, slopes, 1e-8);
    core.setParameters(id, p);
    // the network by hand
    const outs = [], expected = [];
    for (let s = 0; s < 3; s++) {
        let a = [x[2 * s], x[2 * s + 1]];
        layers.forEach((layer, l) => {
            a = Array.from({ length: layer.out }, (_, j) => {
                let sum = p[layer.biases + j];
                for (let i = 0; i < layer.in; i++) sum += p[layer.weights + j * layer.in + i] * a[i];
                return formulas[layer.activation](sum, layer.parameter);
            });
            (outs[l] ??= []).push(...a);
        });
        expected.push(1 - a[0], a[0]);
    }
    core.units(id, one.x, 3).forEach((units, l) => near(`activations of layer ${l}`, units, outs[l], 1e-6));
    near("probabilities", core.predict(id, one.x, 3), expected, 1e-12);
    const by = -one.y.reduce((sum, t, i) => sum + Math.log(t ? expected[2 * i + 1] : expected[2 * i]), 0) / 3;
    near("the loss of three samples", [loss], [by], 1e-12);
    core.close(id);
}

// ---------------------------------------------------------------- the same network as the native library's

{
    const rows = Array.from({ length: n }, (_, i) => `${x[2 * i]},${x[2 * i + 1]},${wave[i]}`);
    writeFileSync(join(folder, "wave.csv"), "a,b,y\n" + rows.join("\n") + "\n");
    for (const precision of ["float64", "float32"]) {
        native("fit", "wave.csv", "--target", "y", "--preset", "scikit-learn", "--hidden", "50,50,50", "--activation", "tanh", "--precision", precision,
            "--seed", "9", "--epochs", "30", "--n-iter-no-change", "inf", "--save", "wave.safetensors", "--threads", "1");
        const { id } = core.open({
            inputs: 2, hidden: [50, 50, 50].map(width => ({ width, activation: "tanh" })), samples: { x, y: wave, n }, task: "regression", outputs: 1,
            options: { seed: "9", precision },
        });
        core.run(id, { epochs: 30 });
        near(`${precision}: 30 epochs of a table, here and natively`, core.parameters(id), numbersOf(readFileSync(join(folder, "wave.safetensors"))), 1e-6);
        writeFileSync(join(folder, "page.safetensors"), core.save(id, { inputs: ["a", "b"], targets: ["y"] }));
        const there = JSON.parse(native("predict", "page.safetensors", "--at", "0.25,-0.5", "--json"));
        const said = JSON.stringify(there).match(/-?\d+\.\d+(e-?\d+)?/g).map(Number);
        const here = core.predict(id, Float64Array.of(0.25, -0.5), 1)[0];
        check(`${precision}: the program predicts with the page's file`, said.some(v => Math.abs(v - here) < 1e-6) ? "" : `${here}: ${JSON.stringify(there)}`);
        for (const { name } of core.exportTargets()) {
            native("export", "page.safetensors", "-o", `wave.${name}`);
            const here = core.exportAs(id, `wave.${name}`);
            check(`${precision}: .${name} is the program's file`, Buffer.compare(Buffer.from(here), readFileSync(join(folder, `wave.${name}`))) ? `${here.length} bytes` : "");
        }
        const again = core.load(readFileSync(join(folder, "wave.safetensors")));
        near(`${precision}: the page reads the program's file`, core.parameters(again.info.id), numbersOf(readFileSync(join(folder, "wave.safetensors"))), 0);
        core.close(again.info.id);
        core.close(id);
    }
}
{
    const bird = picture(16, 12);
    writePpm(join(folder, "bird.ppm"), bird);
    native("paint", "bird.ppm", "--preset", "tutorial", "--epochs", "30", "--n-iter-no-change", "inf", "--seed", "2", "--save", "bird.safetensors", "-o", "out.png", "--threads", "1");
    const { id, live, parameterCount } = core.paint({ picture: bird, preset: "tutorial", task: "regression", options: { epochs: "30", n_iter_no_change: "inf", seed: "2" } });
    check("the tutorial's network", live && parameterCount === 91503 ? "" : `${live}, ${parameterCount}`);
    let report;
    do report = core.run(id, { milliseconds: 20 });
    while (!report.stopped);
    check("it ends by its epochs", report.stop === "epochs" && report.epochs === 30 ? "" : JSON.stringify(report));
    near("30 epochs of the tutorial's network, here and natively", core.parameters(id), numbersOf(readFileSync(join(folder, "bird.safetensors"))), 1e-6);
    native("render", "bird.safetensors", "-o", "large.png", "--size", "40x30");
    near("a picture of 40 x 30, here and by the program", eight(core.render(id, { width: 40, height: 30 }).pixels), png(join(folder, "large.png")), 1);
    core.close(id);
}
{
    const bird = picture(24, 20), { id, live } = core.paint({ picture: bird, preset: "none", task: "regression", options: {} });
    const r = core.run(id, {});
    check("a pyramid shows itself while it is painted", !live && heard.frames > 10 && r.stopped ? "" : `${live}, ${heard.frames} frames`);
    const made = core.render(id, { width: 24, height: 20 });
    const mse = bird.pixels.reduce((sum, v, i) => sum + (Math.round(v * 255) - eight([made.pixels[i]])[0]) ** 2, 0) / bird.pixels.length / 255 ** 2;
    check("it paints the picture", core.psnr(bird, made) === (mse === 0 ? Infinity : core.psnr(bird, made)) && mse < 1e-4 ? "" : `mse ${mse}`);
    core.close(id);
    const { id: two, classes, palette } = core.paint({ picture: bird, preset: "tutorial", task: "classification", hidden: [{ width: 8, activation: "relu" }], options: { threshold: "380" } });
    const grey = [0, 0, 0], blue = [0, 0, 0];
    let greys = 0;
    for (let i = 0; i < 24 * 20; i++) {
        const p = Array.from(bird.pixels.subarray(3 * i, 3 * i + 3)), above = eight(p).reduce((a, b) => a + b) > 380;
        greys += above;
        p.forEach((v, k) => ((above ? grey : blue)[k] += v));
    }
    near("the two colours of a threshold", palette, [...grey.map(v => v / greys), ...blue.map(v => v / (24 * 20 - greys))], 1e-6);
    check("their classes", classes.join() === "0,1" ? "" : classes.join());
    core.run(two, { epochs: 2 });
    const inputs = core.paintInputs(two, { width: 24, height: 20 });
    near("the network's inputs are row and column", inputs, Array.from({ length: 960 }, (_, i) => (i % 2 ? (i >> 1) % 24 : Math.floor((i >> 1) / 24))), 0);
    const p = core.predict(two, inputs, 480), drawn = core.render(two, { width: 24, height: 20 }).pixels;
    near("each place has the colour of its likelier class", drawn, Array.from({ length: 1440 }, (_, i) => palette[3 * (p[2 * Math.floor(i / 3) + 1] > p[2 * Math.floor(i / 3)] ? 1 : 0) + (i % 3)]), 0);
    core.close(two);
}
{
    const bird = picture(40, 32), made = core.paintCompact(bird, { bytes: 900 });
    check("a compact painting keeps to its bytes", made.bytes <= 900 && made.bytes > 500 && made.file.length === made.bytes ? "" : String(made.bytes));
    writeFileSync(join(folder, "page.pensel"), made.file);
    native("render", "page.pensel", "-o", "compact.png");
    near("the program paints the same picture from it", eight(made.picture.pixels), png(join(folder, "compact.png")), 0);
    near("the page paints it from its file", core.decodeCompact(made.file).pixels, made.picture.pixels, 0);
    refused("a compact painting that is cut off", () => core.decodeCompact(made.file.slice(0, 100)), ":");
}

// ---------------------------------------------------------------- tables

const pets = "size,age,name,kind\n" + Array.from({ length: 90 }, (_, i) => `${i % 9},${(i * 7) % 13},n${i % 3},${i % 9 > 4 ? "cat" : "dog"}`).join("\n") + "\n";
{
    const c = core.columns(bytes(pets), "pets.csv").columns;
    near("a column of numbers", c[1].numbers, Array.from({ length: 90 }, (_, i) => (i * 7) % 13), 0);
    check("a column of texts", Array.from(c[3].codes, code => c[3].texts[code]).every((text, i) => text === (i % 9 > 4 ? "cat" : "dog")) ? "" : c[3].texts.join());
    const t = core.table(bytes("b,a,kind\n1,2,dog\n3,4,cat\n"), "t.csv", { target: "kind", classify: true, columns: ["a", "b"] });
    near("a table as matrices", [...t.x, ...t.y], [2, 1, 4, 3, 1, 0], 0);
    check("its names", `${t.names} ${t.classes}` === "a,b cat,dog" ? "" : `${t.names} ${t.classes}`);
    const kinds = core.schema(bytes(pets), "pets.csv", "kind").map(column => column.kind).join();
    check("the schema", kinds === "number,number,category" ? "" : kinds);
    const model = core.fitTable(bytes(pets), "pets.csv", "kind", { seconds: "1", seed: "1" });
    check("a table's model", model.held.n === 90 && model.held.accuracy > 0.9 && model.classes.join() === "cat,dog" && heard.progress.length > 0 ? "" : JSON.stringify(model));
    const prediction = core.predictTable(model.id, bytes(pets), "pets.csv");
    const right = prediction.labels.filter((label, i) => label === (i % 9 > 4 ? "cat" : "dog")).length;
    check("it predicts", right > 85 && prediction.probabilities.length === 180 ? "" : String(right));
    writeFileSync(join(folder, "pets.safetensors"), core.saveTable(model.id));
    writeFileSync(join(folder, "pets.csv"), pets);
    native("predict", "pets.safetensors", "pets.csv", "-o", "said.csv");
    const said = readFileSync(join(folder, "said.csv"), "utf8").trim().split("\n").slice(1).map(line => line.split(",")[0]);
    check("the program predicts the same", prediction.labels.every((label, i) => said[i].includes(label)) ? "" : said.slice(0, 5).join());
    core.closeTable(model.id);
}
for (const [name, text] of Object.entries({
    "a text among numbers": "a,b,y\n1,2,3\n4,oops,6\n",
    "a line that is too short": "a,b,y\n1,2,3\n4,5\n",
    "no rows": "a,b,y\n",
    "a target that is not there": "a,b,z\n1,2,3\n4,5,6\n",
})) {
    writeFileSync(join(folder, "bad.csv"), text);
    const there = spawnSync(program, ["fit", "bad.csv", "--target", "y", "--preset", "scikit-learn"], { cwd: folder, encoding: "utf8" }).stderr.trim().split("\n").at(-1);
    let here = "accepted";
    try {
        core.table(bytes(text), "bad.csv", { target: "y", classify: false });
    } catch (error) {
        here = error.message;
    }
    check(`the program's sentence: ${name}`, there === "pensel: " + here ? "" : `${here}\n# ${there}`);
}
refused("a file that is no model", () => core.load(new Uint8Array(50)), "safetensors");
refused("an export to what is no target", () => core.exportAs(core.open(shapes["classes, adam"]).id, "model.exe"), "onnx");
refused("an option that is none", () => core.open({ ...shapes["classes, adam"], options: { batch_sise: "5" } }), "batch_size");
refused("an activation that is none", () => core.open({ ...shapes["classes, adam"], hidden: [{ width: 3, activation: "tahn" }] }), "tanh");
refused("samples that are not finite", () => core.open({ ...shapes["classes, adam"], samples: { x: x.map((v, i) => (i === 7 ? NaN : v)), y, n } }), "row 4, column 2");

// ---------------------------------------------------------------- memory

{
    const round = () => {
        const { id } = core.open(shapes["classes, adam"]);
        core.run(id, { epochs: 1 });
        core.units(id, x, n);
        core.load(core.save(id)).info.id;
        core.close(id);
    };
    const bird = picture(30, 30);
    const paint = () => {
        const { id } = core.paint({ picture: bird, preset: "tutorial", task: "regression", options: {} });
        core.run(id, { steps: 2 });
        core.render(id, { width: 60, height: 60 });
        core.close(id);
    };
    const loaded = () => core.close(core.load(saved).info.id);
    const { id } = core.open(shapes["numbers, sgd"]);
    core.run(id, { epochs: 1 });
    const saved = core.save(id);
    const all = () => {
        paint();
        loaded();
        core.run(id, { epochs: 2 });
        core.paintCompact(bird, { bytes: 500 });
        core.columns(bytes(pets), "pets.csv");
        core.table(bytes("a,y\n1,2\n3,4\n"), "t.csv", { target: "y", classify: false });
        try { core.load(new Uint8Array(99)); } catch { /* refused */ }
        try { round.call(null, core.open({ ...shapes["classes, adam"], options: { seed: "x" } })); } catch { /* refused */ }
    };
    for (let i = 0; i < 8; i++) all();
    const before = core.memory();
    for (let i = 0; i < 60; i++) all();
    check("memory stays as it is", core.memory() === before ? "" : `${before} bytes became ${core.memory()}`);
}

// ---------------------------------------------------------------- in a worker

{
    // Node's workers have ports where a browser's have self. The places of the module's threads are shown to the test.
    const port = `import { parentPort, Worker } from "node:worker_threads";
        globalThis.self = { location: { href: import.meta.url }, postMessage: message => parentPort.postMessage(message) };
        globalThis.Worker = class extends Worker {
            constructor(url) {
                super(new URL(url));
                this.on("message", data => this.onmessage({ data }));
                this.on("error", error => this.onerror(error));
            }
            postMessage(message) {
                parentPort.postMessage(message);
                super.postMessage(message);
            }
        };
        await import(${JSON.stringify(String(pathToFileURL(join(bundles, "worker.mjs"))))});
        parentPort.on("message", data => self.onmessage({ data }));`;
    const { connect } = await import(pathToFileURL(join(bundles, "core.mjs")));
    const begin = async threads => {
        const thread = new Worker(new URL("data:text/javascript," + encodeURIComponent(port)));
        const worker = { postMessage: message => thread.postMessage(message) }, places = [];
        thread.on("message", data => (data.place ? places.push(data.place) : worker.onmessage({ data })));
        thread.on("error", error => worker.onerror(error));
        return { thread, places, far: await connect(worker, new Uint8Array(readFileSync(wasm)).buffer, threads) };
    };
    const { thread, far } = await begin(1);
    const offered = Object.keys(far).sort().join(), there = Object.getOwnPropertyNames(Engine.prototype);
    check("every call reaches the engine", Object.keys(far).filter(name => !there.includes(name)).join());
    check("the worker has the same module", JSON.stringify(await far.info()) === JSON.stringify(core.info()) ? "" : offered);
    const spec = shapes["classes, adam"], a = await far.open(spec), b = core.open(spec);
    await far.run(a.id, { epochs: 3 });
    core.run(b.id, { epochs: 3 });
    near("training in the worker", await far.parameters(a.id), core.parameters(b.id), 0);
    const answers = await Promise.all([far.random(1, 2, 0, 1), far.predict(a.id, x.slice(0, 2), 1), far.random(2, 2, 0, 1)]);
    near("answers find their calls", [...answers[0], ...answers[2]], [...core.random(1, 2, 0, 1), ...core.random(2, 2, 0, 1)], 0);
    const error = await far.open({ ...spec, options: { batch_sise: "5" } }).catch(e => e);
    check("an error arrives with its sentence", error.constructor.name === "PenselError" && error.status === "bad argument" && error.message.includes("batch_size") ? "" : String(error));
    let frames = 0;
    const painting = await far.paint({ picture: picture(20, 20), preset: "none", task: "regression", options: {} }, frame => (frames += frame.width === 20));
    await far.run(painting.id, {});
    check("frames arrive while it paints", frames > 10 ? "" : String(frames));
    let steps = 0;
    await far.fitTable(bytes(pets), "pets.csv", "kind", { seconds: "1" }, () => steps++);
    check("progress arrives while it fits", steps > 0 ? "" : "none");
    await thread.terminate();

    // Memory that three threads share. A training of the tutorial's size is long enough to wake them; how soon they come is
    // the system's to say, so it goes on until they have.
    const three = await begin(3);
    check("three threads are there", (await three.far.info()).threads === 3 && three.places.length === 4 ? "" : JSON.stringify(await three.far.info()));
    const BUSY = 3, awake = () => three.places.filter(({ memory, thread }) => Atomics.load(new Uint32Array(memory.buffer), thread / 4) === BUSY).length;
    const paint = { picture: picture(40, 40), preset: "tutorial", task: "regression", options: { epochs: "1000000", n_iter_no_change: "inf" } };
    const many = await three.far.paint(paint), one = core.paint(paint);
    let epochs = 0;
    do await three.far.run(many.id, { epochs: 1 });
    while (++epochs < 2 || awake() < 2);
    core.run(one.id, { epochs });
    near("three threads train as one does, bit for bit", await three.far.parameters(many.id), core.parameters(one.id), 0);
    near("and render", (await three.far.render(many.id, { width: 90, height: 90 })).pixels, core.render(one.id, { width: 90, height: 90 }).pixels, 0);
    const table = { seconds: "100", seed: "3", epochs: "4" };
    const held = await three.far.fitTable(bytes(pets), "pets.csv", "kind", table), alone = core.fitTable(bytes(pets), "pets.csv", "kind", table);
    near("and fit a table", Object.values(held.held).filter(Number.isFinite), Object.values(alone.held).filter(Number.isFinite), 0);
    await three.thread.terminate();
    const refused = await Engine.start(readFileSync(wasm), { frame() {}, progress() {} }, 4, () => Promise.reject(new Error("no workers")));
    check("where there are no workers one thread does all", refused.info().threads === 1 && refused.activations().length > 0 ? "" : JSON.stringify(refused.info()));
}

console.log(`1..${number}`);
