// The page in a browser: every room's story, and its numbers beside those of the native program.
//
//   node test/page.mjs STUDIO.html PENSEL CHROMIUM [PART-OF-A-NAME [SLOWER]]
//
// SLOWER: how many times slower the page is to be, to find what would fail on a busy machine.
// A test is a line of `stories`. What is expected comes from the program (PENSEL), from arithmetic
// written out here, or from the files that the page writes, read back by the program.
import { AsyncLocalStorage } from "node:async_hooks";
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL, fileURLToPath } from "node:url";
import { createRequire } from "node:module";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { parametersOf } from "./model.mjs";

const [html, pensel, browserPath, part, slower] = process.argv.slice(2);
const address = pathToFileURL(resolve(html)).href;
const folder = mkdtempSync(join(tmpdir(), "studio-"));
const example = (name) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

function must(condition, what) {
    if (!condition) throw new Error(what);
}
function near(a, b, tolerance, what) {
    must(Math.abs(a - b) <= tolerance, `${what}: ${a} and ${b} differ by more than ${tolerance}`);
}

// The program, without fused multiply-add, which WebAssembly has not either.
function native(...words) {
    const done = spawnSync(resolve(pensel), words, { cwd: folder, encoding: "utf8", env: { ...process.env, PENSEL_ISA: "reference" } });
    must(done.status === 0, `pensel ${words.join(" ")}: ${done.stderr}`);
    return done.stdout;
}
const nativeJson = (command, ...words) => JSON.parse(native(command, "--json", ...words));
const LIMIT = 120_000; // milliseconds; it only ends a test that fails
const number = (text) => Number(text.replace("−", "-").replace(/[^-\d.e]/g, ""));

// ---------------------------------------------------------------- a page, and what is done on it

const launch = () => chromium.launch({
    executablePath: browserPath, timeout: LIMIT,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--use-fake-ui-for-media-stream"],
});
const browser = new AsyncLocalStorage(); // two stories run side by side, each in a browser of its own

async function open(hash, options = {}) {
    const context = await browser.getStore().newContext({
        viewport: { width: options.width ?? 1280, height: 900 }, colorScheme: options.dark ? "dark" : "light",
        locale: "en-GB", reducedMotion: "reduce", acceptDownloads: true,
    });
    context.setDefaultTimeout(LIMIT);
    const page = await context.newPage();
    if (slower || options.cores) {
        const session = await context.newCDPSession(page);
        if (slower) await session.send("Emulation.setCPUThrottlingRate", { rate: Number(slower) });
        if (options.cores) await session.send("Emulation.setHardwareConcurrencyOverride", { hardwareConcurrency: options.cores });
    }
    page.troubles = [];
    page.on("pageerror", (error) => page.troubles.push(error.message));
    page.on("console", (message) => { if (message.type() === "error") page.troubles.push(message.text()); });
    page.on("request", (request) => { if (!/^(file|blob|data):/.test(request.url()) && !request.url().startsWith(options.at ?? "file:")) page.troubles.push(`a request: ${request.url()}`); });
    await page.goto(`${options.at ?? address}#${hash}`);
    await page.locator("h1").waitFor();
    return page;
}

async function close(page) {
    await page.context().close();
    must(!page.troubles.length, `in the console: ${page.troubles.join("; ")}`);
}

// Until `what` holds on the page.
const until = (page, what, argument) => page.waitForFunction(what, argument, { timeout: LIMIT, polling: 50 });
const text = (page, selector) => page.locator(selector).first().textContent();
const cell = async (page, name) => number(await page.locator(`main tr:has(th:text-is("${name}")) td`).first().textContent());
const figure = async (page, name) => number(await page.locator(`main dl div:has(dt:text-is("${name}")) dd`).first().textContent());
async function type(page, label, value) {
    const box = page.getByRole("spinbutton", { name: label, exact: true }).first();
    await box.fill(String(value));
    await box.dispatchEvent("change");
}
async function saved(page, press) {
    const [download] = await Promise.all([page.waitForEvent("download", { timeout: LIMIT }), press()]);
    const path = join(folder, `${Math.random().toString(36).slice(2)}-${download.suggestedFilename()}`);
    await download.saveAs(path);
    return path;
}
// Nothing that was asked of the room is under way any more.
const idle = (page) => until(page, () => document.querySelector("h1") && !document.querySelector("[data-busy]"));
async function pause(page) { // unless it has come to an end by itself
    await page.evaluate(() => document.querySelector("[data-do=play][aria-pressed=true]")?.click());
    await idle(page);
}
// By the address, until the page has followed it.
const goTo = (page, hash) => page.evaluate((to) => new Promise((done) => {
    if (location.hash === `#${to}`) return done();
    addEventListener("hashchange", () => done(), { once: true });
    location.hash = to;
}), hash);
const ready = (page) => until(page, () => document.querySelector("footer")?.textContent.includes("libpensel"));

// ---------------------------------------------------------------- the stories

const stories = [];
const story = (name, run) => stories.push({ name, run });

story("room 1: the tutorial's neuron, and others beside the program's", async () => {
    const page = await open("neuron");
    await until(page, () => document.querySelector("tr.strong td")?.textContent === "−0.0500");
    near(await cell(page, "z"), -0.5, 1e-4, "z");
    await type(page, "weight 1", 1.3);
    await type(page, "bias", 0.25);
    await page.getByLabel("activation", { exact: true }).selectOption("tanh");
    const expected = nativeJson("neuron", "--weights=1.3,0.6,1.4", "--bias=0.25", "--activation", "tanh", "--", "1", "0.5", "-1");
    await until(page, (z) => Math.abs(Number([...document.querySelectorAll("main tr")].find((r) => r.textContent.startsWith("z"))?.lastChild.textContent.replace("−", "-")) - z) < 1e-4, expected.z);
    await until(page, (y) => Math.abs(Number(document.querySelector("tr.strong td").textContent.replace("−", "-")) - y) < 1e-4, expected.output);
    await until(page, () => location.hash === "#neuron?w=1.3,0.6,1.4&b=0.25&f=tanh&p=0&lang=en");
    await page.reload();
    await until(page, (y) => Math.abs(Number(document.querySelector("tr.strong td")?.textContent.replace("−", "-")) - y) < 1e-4, expected.output);
    await close(page);
});

story("a reload in the moment of a change loses nothing; a link that is followed in it stays", async () => {
    const page = await open("neuron");
    await until(page, () => document.querySelector("tr.strong td")?.textContent === "−0.0500");
    const change = (then) => page.evaluate(async (after) => {
        if (after) { // late enough for the page to write at once, were it not for the link
            await new Promise((done) => setTimeout(done, 400));
            location.hash = after;
        }
        const boxes = [...document.querySelectorAll("main input[type=number]")];
        boxes.slice(0, 6).forEach((box, i) => { box.value = String(0.1 + 0.2 * i); box.dispatchEvent(new Event("change")); });
        document.querySelector("main select").value = "tanh";
        document.querySelector("main select").dispatchEvent(new Event("change"));
        if (!after) location.reload();
    }, then);
    const before = page.waitForEvent("load", { timeout: LIMIT });
    await change("");
    await before;
    await until(page, () => location.hash === "#neuron?x=0.1,0.5,0.9&w=0.3,0.7,1.1&f=tanh&p=0&lang=en");
    await until(page, (y) => Math.abs(Number(document.querySelector("tr.strong td")?.textContent.replace("−", "-")) - y) < 1e-4, Math.tanh(0.1 * 0.3 + 0.5 * 0.7 + 0.9 * 1.1 - 0.1));
    await change("activations?z=0.7&lang=en");
    await until(page, () => document.querySelector(".room-activations"));
    must((await page.evaluate(() => location.hash)) === "#activations?z=0.7&lang=en", "the link is followed");
    await close(page);
});

story("room 2: value and derivative of each activation, as written out here", async () => {
    const page = await open("activations?z=0.7");
    const count = nativeJson("activations").activations.length;
    await until(page, (n) => document.querySelectorAll(".gallery .tile").length === n, count);
    const s = 1 / (1 + Math.exp(-0.7));
    const expected = { logistic: [s, s * (1 - s)], tanh: [Math.tanh(0.7), 1 - Math.tanh(0.7) ** 2], sine: [Math.sin(0.7), Math.cos(0.7)],
        softplus: [Math.log1p(Math.exp(0.7)), s], silu: [0.7 * s, s + 0.7 * s * (1 - s)], relu: [0.7, 1], softmax: [s, s * (1 - s)] };
    for (const [name, [value, slope]] of Object.entries(expected)) {
        await page.locator(`.tile[data-name=${name}]`).click();
        await until(page, (v) => Math.abs(Number(document.querySelector("tr.strong td")?.textContent.replace("−", "-")) - v) < 1e-4, value);
        near(await cell(page, "f′(0.70)"), slope, 1e-4, `derivative of ${name}`);
    }
    await page.evaluate(() => scrollTo(0, 0));
    const box = await page.locator("canvas").first().boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    await until(page, () => /z=3/.test(location.hash) || /z=2\.9/.test(location.hash));
    await close(page);
});

story("room 3: AND is learned with the program's weights, XOR is not", async () => {
    const page = await open("perceptron?data=and&slow=0");
    await ready(page);
    await page.locator("[data-do=play]").click();
    await until(page, () => document.querySelector("[data-verdict]")?.textContent.startsWith("Learned"));
    writeFileSync(join(folder, "and.csv"), "a,b,y\n0,0,0\n0,1,0\n1,0,0\n1,1,1\n");
    const expected = nativeJson("neuron", "--learn", "and.csv", "--target", "y");
    near(await figure(page, "w₁"), expected.weights[0], 1e-9, "w1");
    near(await figure(page, "w₂"), expected.weights[1], 1e-9, "w2");
    near(await figure(page, "bias"), expected.bias, 1e-9, "bias");
    near(await figure(page, "epoch"), expected.epochs, 0, "epochs");
    await page.getByLabel("XOR").check({ force: true });
    await page.locator("[data-do=play]").click();
    await until(page, () => document.querySelector("[data-verdict]")?.textContent.startsWith("Not learned"));
    near(await figure(page, "epoch"), 100, 0, "XOR's epochs");
    await close(page);
});

story("room 3: points are put, moved and removed by mouse and by keys", async () => {
    const page = await open("perceptron?data=own");
    await ready(page);
    const canvas = page.locator("canvas").first();
    const box = await canvas.boundingBox();
    const count = (n) => until(page, (m) => (new URLSearchParams(location.hash.split("?")[1]).get("points") ?? "").split(";").filter(Boolean).length === m, n);
    await canvas.click({ position: { x: box.width * 0.25, y: box.height * 0.75 } });
    await count(1);
    await canvas.focus();
    for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowRight");
    await page.keyboard.press("0");
    await page.keyboard.press("Enter");
    await count(2);
    await page.keyboard.press("Delete");
    await count(1);
    await canvas.click({ position: { x: box.width * 0.25, y: box.height * 0.75 }, modifiers: ["Shift"] });
    await count(0);
    await close(page);
});

story("room 4: a step is the program's step: the same network after two epochs", async () => {
    const page = await open("layers?data=xor&hidden=4&seed=5");
    await until(page, () => document.querySelectorAll(".net button.unit").length === 5);
    for (let i = 0; i < 24; i++) await page.locator("[data-do=step]").click();
    await idle(page);
    near(await figure(page, "epochs"), 2, 0, "epochs");
    await page.locator("button.unit").first().click();
    await until(page, () => document.querySelectorAll("main table input").length === 3);
    await goTo(page, "take");
    await page.locator("[data-do=model]").waitFor();
    const model = await saved(page, () => page.locator("[data-do=model]").click());
    const points = await saved(page, () => page.locator("[data-do=points]").click());
    const rows = readFileSync(points, "utf8").trim().split("\n").slice(1).map((line) => line.split(",").map(Number));
    must(rows.length === 120 && rows.every(([a, b, y]) => y === Number(a > 0 !== b > 0)), "the points are XOR's");
    native("fit", points, "--target", "y", "--as", "classification", "--precision", "float64", "--hidden", "4", "--activation", "tanh", "--solver", "adam",
        "--learning-rate-init", "0.03", "--batch-size", "10", "--alpha", "0", "--seed", "5", "--epochs", "2", "--n-iter-no-change", "inf", "--scale", "none", "--save", "native.safetensors", "--quiet");
    const p = (file) => Number(/p\(1\)\s+(\S+)/.exec(native("predict", file, "--at=0.5,-0.5"))[1]);
    near(p(model), p("native.safetensors"), 1e-6, "p(1) at (0.5, -0.5)");
    await close(page);
});

// The program's own exports of the model that the page has saved are the page's, byte by byte.
async function sameExports(page, name) {
    const model = await saved(page, () => page.locator("[data-do=model]").click());
    await until(page, () => document.querySelectorAll("[data-export]").length > 0);
    const targets = await page.locator("[data-export]").evaluateAll((list) => list.map((one) => one.dataset.export));
    for (const needed of ["onnx", "c", "h", "json", "npz", "glsl", "html"]) must(targets.includes(needed), `${needed} is offered`);
    const refused = [];
    for (const target of targets) {
        const done = spawnSync(resolve(pensel), ["export", model, "-o", `${name}.${target}`, "--quiet"], { cwd: folder, encoding: "utf8" });
        if (done.status === 0) {
            const file = await saved(page, () => page.locator(`[data-export=${target}]`).click());
            must(readFileSync(file).equals(readFileSync(join(folder, `${name}.${target}`))), `${target} is the program's file`);
        } else { // what the program refuses the page refuses in the same words
            refused.push(target);
            await page.locator(`[data-export=${target}]`).click();
            await until(page, (s) => document.querySelector(".complaint")?.textContent === s, done.stderr.replace(/^pensel: /, "").trim());
        }
    }
    return refused.join();
}

// What "the same at the shell" says of each room is run, by the program, and makes the network of the page.
const commands = [
    ["painting?depth=2&width=16&size=40&f=tanh&rate=0.01&batch=100&solver=sgd&seed=7", 3, "painting"],
    ["painting?depth=2&width=16&size=40&enc=fourier", 2, "painting"],
    ["painting?depth=1&width=16&size=40&enc=hashgrid", 2, "painting"],
    ["classes?depth=2&width=16&size=32", 2, "classes"],
    ["classes?depth=2&width=16&size=40&by=colours&colours=3&rate=0.01&seed=3", 2, "classes"],
    ["layers?data=circle&hidden=5,3&f=relu&seed=2", 24, "points"],
    ["playground?data=spiral&n=60&hidden=6&solver=sgd&alpha=0.01", 12, "points"],
];
for (const [hash, steps, model] of commands)
    story(`the shown command makes the same network: ${hash}`, async () => {
        const page = await open(hash);
        await until(page, () => document.querySelector("main dl dd"));
        await ready(page);
        for (let i = 0; i < steps; i++) await page.locator("[data-do=step]").click();
        await goTo(page, "take");
        await page.locator("[data-do=model]").waitFor();
        const here = await saved(page, () => page.locator("[data-do=model]").click());
        const data = await saved(page, () => page.locator("[data-do=points]").click());
        const shell = await text(page, "main pre");
        const place = mkdtempSync(join(folder, "shell-"));
        const name = /-([^/]*)$/.exec(data.slice(folder.length))[1];
        copyFileSync(data, join(place, name));
        must(shell.includes(name), `the command names ${name}`);
        const done = spawnSync("bash", ["-ec", `pensel() { "${resolve(pensel)}" "$@"; }\n${shell.replace(/\n\n#[^]*/, "").replace("800x800", "80x80")}`], { cwd: place, encoding: "utf8", env: { ...process.env, PENSEL_ISA: "reference" } });
        must(done.status === 0, `${shell}: ${done.stderr}`);
        const [a, b] = [parametersOf(here), parametersOf(join(place, `${model}.safetensors`))];
        must(a.length > 0 && a.length === b.length, `${a.length} and ${b.length} parameters`);
        const far = a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
        must(far <= 1e-5, `the networks differ by ${far}`);
        await close(page);
    });

story("room 8: a network of points as other programs read it is the program's file", async () => {
    const page = await open("layers?data=xor&hidden=4&seed=5");
    await until(page, () => document.querySelectorAll(".net button.unit").length === 5);
    for (let i = 0; i < 5; i++) await page.locator("[data-do=step]").click();
    await goTo(page, "take");
    must((await sameExports(page, "points")) === "", "nothing is refused");
    await close(page);
});

story("room 8: a painting as other programs read it; a shader that would be too long is refused", async () => {
    const page = await open("painting?depth=3&width=100&size=32");
    await until(page, () => document.querySelector(".big dd")?.textContent.includes("dB"));
    await page.locator("[data-do=step]").click();
    await goTo(page, "take");
    must((await sameExports(page, "painting")) === "glsl", "the shader alone is refused");
    await close(page);
});

story("room 4: XOR is learned; neurons, weights and back-propagation are in the open", async () => {
    const page = await open("layers?data=xor&hidden=4&back=1");
    await until(page, () => document.querySelectorAll(".net button.unit").length === 5);
    await page.locator("[data-do=play]").click();
    await until(page, () => Number(document.querySelector(".big dd")?.textContent.replace(" %", "")) >= 99);
    await page.locator("button.unit").nth(1).click();
    const box = page.locator("main table input").first();
    await box.fill("0"); // while it learns: what is typed stays, and stops it
    await box.dispatchEvent("change");
    await idle(page);
    must((await box.inputValue()) === "0", "the weight is the typed one");
    const [before, loss] = [await figure(page, "epochs"), await figure(page, "loss")];
    await page.reload();
    await until(page, (n) => [...document.querySelectorAll("main dd")].some((d) => Number(d.textContent) === n), before);
    near(await figure(page, "loss"), loss, 1e-4, "the loss after a reload");
    await page.getByRole("button", { name: "one neuron more in layer 1" }).click();
    await until(page, () => document.querySelectorAll(".net button.unit").length === 6);
    await close(page);
});

story("room 5: the bird is painted, and the program renders the same picture", async () => {
    const page = await open("painting?depth=3&width=32&size=40");
    await until(page, () => document.querySelector(".big dd")?.textContent.includes("dB"));
    const before = await figure(page, "PSNR");
    for (let i = 0; i < 3; i++) await page.locator("[data-do=step]").click();
    await idle(page);
    near(await figure(page, "epochs"), 3, 0, "epochs");
    must(await figure(page, "PSNR") > before, "it learns");
    await goTo(page, "take?side=80");
    await page.locator("[data-do=model]").waitFor();
    const model = await saved(page, () => page.locator("[data-do=model]").click());
    const png = await saved(page, () => page.locator("[data-do=png]").click());
    native("render", model, "-o", "native.png", "--size", "80x80", "--quiet");
    const far = await page.evaluate(async ([a, b]) => {
        const pixels = async (base64) => {
            const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]));
            const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
            const context = canvas.getContext("2d");
            context.drawImage(bitmap, 0, 0);
            return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
        };
        const [p, q] = [await pixels(a), await pixels(b)];
        return p.length !== q.length ? 255 : p.reduce((most, v, i) => Math.max(most, Math.abs(v - q[i])), 0);
    }, [readFileSync(png).toString("base64"), readFileSync(join(folder, "native.png")).toString("base64")]);
    must(far <= 1, `the page's picture and the program's differ by ${far} of 255`);
    await close(page);
});

story("room 5: while it learns, the PSNR that is shown is that of the picture that is shown", async () => {
    for (const [cores, hash, side] of [[1, "depth=2&width=32&size=64", 64], [4, "depth=8&size=100", 100]]) { // of an epoch in a moment, and of one that is looked at more than once
        const page = await open(`painting?${hash}`, { cores });
        await until(page, () => document.querySelector(".big dd")?.textContent.includes("dB"));
        await page.locator("[data-do=play]").click();
        const looks = await page.evaluate(async (n) => {
            const pixels = (canvas) => canvas.getContext("2d").getImageData(0, 0, n, n).data;
            const seen = new Map();
            while (seen.size < 10) {
                await new Promise(requestAnimationFrame);
                const [original, , painted] = document.querySelectorAll(".compare canvas");
                const a = pixels(original), b = pixels(painted);
                let sum = 0;
                for (let i = 0; i < a.length; i++) if (i % 4 < 3) sum += (a[i] - b[i]) ** 2;
                const measured = 10 * Math.log10((255 ** 2 * a.length * 0.75) / sum);
                seen.set(measured, document.querySelector(".big dd").textContent);
            }
            return [...seen];
        }, side);
        for (const [measured, shown] of looks) near(number(shown), measured, 0.03, `PSNR with ${cores} cores`);
        must(page.workers().length === (cores > 1 ? 2 : 1), "a second library looks on where a core is free for it");
        await pause(page);
        await close(page);
    }
});

story("room 5: pensel's own painting and one in few bytes", async () => {
    const page = await open("painting?depth=1&width=4&size=48&kb=2");
    await until(page, () => document.querySelector(".big dd")?.textContent.includes("dB"));
    await page.locator("[data-do=sharp]").click();
    await idle(page);
    const psnr = (/([\d.]+|∞) dB/.exec(await text(page, "[data-beside=sharp] figcaption")))[1];
    must(psnr === "∞" || Number(psnr) > 35, "it is sharp");
    await page.locator("[data-do=compact]").click();
    await idle(page);
    must(number((/(\d+) bytes/.exec(await text(page, "[data-beside=compact] figcaption")))[1]) <= 2048, "it keeps to its bytes");
    await close(page);
});

story("room 5: a picture is dropped; a broken one gets a sentence", async () => {
    const page = await open("painting?depth=1&width=8&size=32");
    await until(page, () => document.querySelector(".big dd")?.textContent.includes("dB"));
    const drop = (base64, name) => page.evaluate(([data, file]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], file));
        document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }, [base64, name]);
    await drop(Buffer.from("no picture").toString("base64"), "broken.png");
    await until(page, () => document.querySelector("[role=alert] p")?.textContent.startsWith("broken.png: not a picture"));
    native("neuron", "--weights", "1", "1");
    const ppm = await page.evaluate(() => { const c = document.createElement("canvas"); c.width = 30; c.height = 20; const g = c.getContext("2d"); g.fillStyle = "#c03"; g.fillRect(0, 0, 30, 20); return c.toDataURL("image/png").split(",")[1]; });
    const wide = (ratio) => until(page, (r) => { const c = document.querySelector("main canvas"); return c && Math.abs(c.width / c.height - r) < 0.01; }, ratio);
    for (const [w, h] of [[64, 32], [32, 64]]) { // a drawing, with a size of its own and without
        await drop(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" ${w > h ? `width="${w}" height="${h}"` : `viewBox="0 0 ${w} ${h}"`}><rect width="9" height="9"/></svg>`).toString("base64"), "drawing.svg");
        await wide(w / h);
    }
    await drop(ppm, "red.png");
    await wide(1.5);
    await page.reload();
    await wide(1.5);
    await page.evaluate(() => { Storage.prototype.setItem = () => { throw new Error("full"); }; });
    await drop(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="16"/>').toString("base64"), "not-kept.svg");
    await wide(4);
    await close(page);
});

story("room 5: the camera's picture is learned; one that is refused gets a sentence, and none stays on", async () => {
    const page = await open("neuron");
    await page.evaluate(() => {
        window.streams = [];
        navigator.mediaDevices.getUserMedia = async () => {
            if (window.refuse) throw new DOMException("Permission denied", "NotAllowedError");
            await window.asked;
            const canvas = document.createElement("canvas");
            const draw = () => { Object.assign(canvas.getContext("2d"), { fillStyle: "#c02040" }).fillRect(0, 0, 300, 150); requestAnimationFrame(draw); };
            draw();
            window.streams.push(canvas.captureStream());
            return window.streams.at(-1);
        };
    });
    const cameras = () => page.evaluate(() => window.streams.filter((s) => s.getTracks().some((t) => t.readyState === "live")).length);
    await goTo(page, "painting?depth=1&width=4&size=32");
    await idle(page);
    const press = () => page.getByRole("button", { name: "Camera" }).click();
    await page.evaluate(() => { window.refuse = true; });
    await press();
    await until(page, () => [...document.querySelectorAll("[role=alert]")].some((a) => a.textContent.startsWith("The camera cannot be used")));
    await page.evaluate(() => { window.refuse = false; });
    await press();
    await page.locator("video").waitFor();
    await press();
    must((await page.locator("video").count()) === 1 && (await cameras()) === 1, "a second press opens no second camera");
    await until(page, () => document.querySelector("video").videoWidth > 0);
    await page.getByRole("button", { name: "Take it" }).click();
    await until(page, () => { const [r, g, b] = document.querySelector(".compare canvas").getContext("2d").getImageData(9, 9, 1, 1).data; return Math.abs(r - 192) < 6 && Math.abs(g - 32) < 6 && Math.abs(b - 64) < 6; });
    must((await cameras()) === 0, "what was taken turns it off");
    await page.evaluate(() => { window.asked = new Promise((allow) => { window.allow = allow; }); });
    await press();
    await goTo(page, "neuron");
    await page.locator(".room-neuron").waitFor();
    await page.evaluate(() => window.allow());
    await until(page, () => window.streams.length === 2);
    await page.waitForTimeout(100);
    must((await cameras()) === 0, "a camera that is allowed after its room was left stays off");
    await close(page);
});

story("a file that is dropped where nobody takes it does not take the page away", async () => {
    const page = await open("neuron");
    const prevented = await page.evaluate(() => ["dragover", "drop"].map((name) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(["x"], "x.png", { type: "image/png" }));
        return !document.querySelector("header").dispatchEvent(new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true }));
    }));
    must(prevented.every(Boolean), "the browser would open it");
    await until(page, () => [...document.querySelectorAll("[role=alert]")].some((a) => a.textContent.includes("rooms 5 and 6")));
    await close(page);
});

for (const hash of ["perceptron?data=xor", "layers?data=xor", "painting?depth=2&width=16&size=32", "classes?depth=2&width=16&size=32", "playground?data=spiral&n=60&hidden=6"])
    story(`what was learned outlives a reload: ${hash}`, async () => {
        const page = await open(hash);
        await ready(page);
        await idle(page);
        const figures = async () => (await page.locator("main dl dd, main table td").allTextContents()).join(" | ");
        const untrained = await figures();
        for (let i = 0; i < 5; i++) await page.locator("[data-do=step]").click();
        await idle(page);
        const before = await figures();
        must(before !== untrained, "it has learned");
        await page.reload();
        await ready(page);
        await idle(page);
        const after = await figures();
        must(after === before, `${before} became ${after}`);
        await page.locator("[data-do=reset]").click();
        await idle(page);
        must((await figures()) === untrained, "from the beginning is from the beginning");
        await page.reload();
        await ready(page);
        await idle(page);
        must((await figures()) === untrained, "and stays so");
        await close(page);
    });

const allFigures = async (page) => (await page.locator("main dl dd").allTextContents()).join(" | ");
async function steps(page, n) {
    await page.evaluate((m) => { for (let i = 0; i < m; i++) document.querySelector("[data-do=step]").click(); }, n);
    await idle(page);
    return allFigures(page);
}

story("a reload elsewhere loses nothing of a room, and room 8 has its network again; two tabs keep two networks", async () => {
    const page = await open("layers?data=own&points=0.5,0.5,1;-0.5,-0.5,0&hidden=3");
    await ready(page);
    await idle(page);
    const plane = page.locator("canvas.square[data-keys]").first(), box = await plane.boundingBox();
    await plane.click({ position: { x: box.width * 0.31234, y: box.height * 0.7654 } });
    const before = await steps(page, 9);
    const other = await page.context().newPage();
    await other.goto(`${address}#layers?data=own&points=0.5,-0.5,1;-0.5,-0.5,0&hidden=4`);
    await ready(other);
    await idle(other);
    await steps(other, 2);
    await other.close();
    await goTo(page, "take");
    await page.locator("[data-do=model]").waitFor();
    const model = await saved(page, () => page.locator("[data-do=model]").click());
    await page.reload();
    await page.locator("[data-do=model]").waitFor();
    const again = await saved(page, () => page.locator("[data-do=model]").click());
    const [a, b] = [parametersOf(model), parametersOf(again)];
    must(a.length > 0 && a.length === b.length && a.every((v, i) => Math.abs(v - b[i]) < 1e-6), "room 8 has the same network after a reload");
    await page.locator("nav.rooms a").nth(3).click();
    await page.locator(".room-layers").waitFor();
    await idle(page);
    must((await allFigures(page)) === before, `${before} became ${await allFigures(page)}`);
    await goTo(page, "playground?data=circle&n=500");
    await idle(page);
    await page.getByLabel("data", { exact: true }).selectOption("own");
    await idle(page);
    const count = await page.locator("main .hint:has-text('held out')").last().textContent();
    await page.reload();
    await ready(page);
    await idle(page);
    must((await page.locator("main .hint:has-text('held out')").last().textContent()) === count && count.startsWith("350"), "500 points outlive it");
    await close(page);
});

story("a link with another rate to a room whose network is open changes its rate", async () => {
    const page = await open("neuron");
    await ready(page);
    for (const hash of ["layers?hidden=2", "painting?depth=1&width=8&size=24", "classes?depth=1&width=8&size=24", "playground?n=60&hidden=2"]) {
        await goTo(page, `${hash}&rate=0.0001`);
        await idle(page);
        const slow = await steps(page, 12);
        await page.locator("[data-do=reset]").click();
        await idle(page);
        await goTo(page, `${hash}&rate=0.1`);
        await idle(page);
        const fast = await steps(page, 12);
        await page.locator("[data-do=reset]").click();
        await idle(page);
        must(fast !== slow && fast === await steps(page, 12), `${hash}: ${fast} is not what a network that begins with this rate comes to`);
    }
    await close(page);
});

story("a training that diverges gets one sentence, and begins again; numbers that cannot be are brought to those that can", async () => {
    const page = await open("painting?depth=4&width=50&size=32&solver=sgd&rate=1");
    await ready(page);
    await idle(page);
    await steps(page, 20);
    await type(page, "batch", "20.4"); // a diverged network takes no settings
    await idle(page);
    const said = page.locator(".notices p");
    must(await said.count() === 1 && (await said.textContent()).startsWith("Training diverged"), `${await said.allTextContents()}`);
    for (const [label, typed, becomes] of [["learning rate", "0.001", "0.001"], ["learning rate", "", "0.001"], ["learning rate", "100", "0.1"], ["learning rate", "0.01", "0.01"], ["batch", "0", "10"], ["seed", "1.5", "2"]]) {
        await type(page, label, typed);
        must(await page.getByRole("spinbutton", { name: label, exact: true }).inputValue() === becomes, `${label}: ${typed} becomes ${becomes}`);
    }
    await type(page, "learning rate", "0.001");
    await idle(page);
    await page.locator("[data-do=reset]").click();
    await steps(page, 3);
    near(await figure(page, "epochs"), 3, 0, "epochs");
    await goTo(page, "playground?data=own&points=0.1,0.1,4;0.5,0.5,2&hidden=2"); // classes without points, and none that is held out alone
    await idle(page);
    await steps(page, 2);
    await goTo(page, "take");
    const model = await saved(page, () => page.locator("[data-do=model]").click());
    must(/p\(2\).*p\(4\)/s.test(native("predict", model, "--at=0.5,0.5")), "the model knows the two classes by their names");
    await close(page);
});

story("room 6: two classes, their probabilities, and the argmax of a pixel", async () => {
    const page = await open("classes?depth=2&width=32&size=32&rate=0.01");
    await until(page, () => document.querySelector("main table .strong"));
    await page.locator("[data-do=play]").click();
    await until(page, () => Number([...document.querySelectorAll("main dl div")].find((d) => d.textContent.startsWith("loss"))?.lastChild.textContent) < 0.45);
    await pause(page);
    await page.getByLabel("probability", { exact: true }).check({ force: true });
    await idle(page);
    await page.getByLabel("mixture").check({ force: true });
    await page.locator("canvas[data-keys]").click({ position: { x: 5, y: 5 } });
    await idle(page);
    must((await text(page, "main h2")) === "Pixel in row 0, column 0", "the pixel that was clicked");
    const p = await page.locator("main table td").allTextContents();
    const [grey, blue] = p.slice(0, 2).map(number);
    must(p[2] === (grey >= blue ? "grey" : "blue"), "argmax is the larger of the two");
    await page.getByLabel("more colours").check({ force: true });
    await until(page, () => document.querySelectorAll("main table tr").length === 5);
    await close(page);
});

story("room 7: every data set, held-out points, a typed function", async () => {
    const page = await open("playground?data=circle&n=100");
    await until(page, () => document.querySelectorAll(".net button.unit").length === 11);
    await page.locator("[data-do=play]").click();
    await until(page, () => Number(document.querySelectorAll(".big dd")[1]?.textContent.replace(" %", "")) >= 90);
    await pause(page);
    const sets = await page.getByLabel("data", { exact: true }).locator("option").evaluateAll((list) => list.map((o) => o.value));
    for (const set of sets.filter((s) => !["own", "table", "formula"].includes(s))) {
        await page.getByLabel("data", { exact: true }).selectOption(set);
        await page.locator("[data-do=step]").click();
        await until(page, (s) => location.hash.includes(`data=${s}`) || s === "circle", set);
        await idle(page);
        must((await text(page, ".complaint")) === "", `${set} can be learned`);
    }
    await page.getByLabel("data", { exact: true }).selectOption("formula");
    const formula = page.locator("#formula");
    await formula.fill("a ^ 2 + b ^ 2 < 0.3");
    await formula.dispatchEvent("change");
    await formula.fill("constructor"); // which every object of JavaScript has
    await formula.dispatchEvent("change");
    await until(page, () => document.querySelector(".complaint")?.textContent.includes("“constructor”"));
    await formula.fill("sin(3a"); // at once: what is typed while a network is opened stays
    await formula.dispatchEvent("change");
    await until(page, () => document.querySelector(".complaint")?.textContent.includes("ends too soon"));
    await close(page);
});

story("room 7: a table of one's own, and the program's sentences about bad ones", async () => {
    const page = await open("playground?data=table");
    await until(page, () => document.querySelector("#table-text"));
    const put = (csv) => page.locator("#table-text").evaluate((box, text) => { box.value = text; box.dispatchEvent(new Event("change")); }, csv);
    await put(readFileSync(example("penguins.csv"), "utf8"));
    await until(page, () => document.querySelectorAll("main select option[value=species]").length > 0);
    await until(page, () => document.querySelectorAll(".big dd").length === 2);
    await page.locator("[data-do=play]").click();
    await until(page, () => Number(document.querySelectorAll(".big dd")[0]?.textContent.replace(" %", "")) > 85);
    await pause(page);
    const bad = "a,b,y\n1,2,3\n1,2\n";
    writeFileSync(join(folder, "table.csv"), bad);
    const done = spawnSync(resolve(pensel), ["fit", "table.csv", "--target", "y"], { cwd: folder, encoding: "utf8" });
    const sentence = done.stderr.replace(/^pensel: /, "").trim();
    must(done.status === 1 && sentence, "the program refuses it, too");
    await put(bad);
    await until(page, (s) => document.querySelector(".complaint")?.textContent === s, sentence);
    const file = (name, text) => page.locator("#table-file").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
    await file("huge.csv", `a,b,y\n${"1,2,3\n".repeat(1_400_000)}`);
    await until(page, () => document.querySelector(".complaint")?.textContent.startsWith("huge.csv has 9 MB"));
    await file("bad.csv", bad);
    await until(page, (s) => document.querySelector(".complaint")?.textContent === s, sentence);
    await put(`a,b,y\n${Array.from({ length: 5000 }, (_, i) => `${i},${i % 7},${i < 2500 ? "low" : "high"}`).join("\n")}\n`);
    await until(page, () => [...document.querySelectorAll("main .hint")].some((p) => p.textContent.startsWith("Of 5000 rows 2000")));
    await goTo(page, "take");
    const rows = readFileSync(await saved(page, () => page.locator("[data-do=points]").click()), "utf8").trim().split("\n").slice(1);
    const low = rows.filter((row) => row.endsWith("low")).length;
    must(rows.length === 1400 && low > 600 && low < 800, `of a sorted table both classes are learned: ${low} of ${rows.length}`);
    await close(page);
});

story("room 7: a sweep is sixteen networks, and a picture takes over its settings", async () => {
    const page = await open("playground?data=xor&n=40&batch=20");
    await until(page, () => document.querySelectorAll(".net button.unit").length === 11);
    // whatever else is asked for ends a sweep
    await page.evaluate(() => { for (const what of ["sweep", "step"]) document.querySelector(`[data-do=${what}]`).click(); });
    await idle(page);
    must(await page.locator("main table .tile").count() < 16, "a step need not wait for sixteen networks");
    await page.locator("[data-do=sweep]").click();
    await until(page, () => document.querySelectorAll("main table .tile").length === 16);
    await page.locator("main table .tile").nth(7).click();
    await until(page, () => location.hash.includes("rate=0.1") && location.hash.includes("hidden=4"));
    await until(page, () => document.querySelectorAll(".net button.unit").length === 5);
    await close(page);
});

story("addresses with nonsense in them get a sentence, and the page works", async () => {
    const page = await open("layers?rate=fast&hidden=99&colour=blue&batch=0&data=xor");
    await until(page, () => document.querySelectorAll("[role=alert] p").length === 4);
    const said = await page.locator("[role=alert]").textContent();
    for (const word of ["rate=fast", "hidden=99", "colour", "batch=0"]) must(said.includes(word), `${word} is named`);
    await until(page, () => document.querySelectorAll(".net button.unit").length === 5);
    await goTo(page, "kitchen?lang=xx");
    await until(page, () => document.querySelector("[role=alert]")?.textContent.includes("kitchen"));
    for (const hash of ["%%%", "layers?w=!!!", "perceptron?points=1,2;;x&data=own", "neuron?x=1,2,3,4,5,6,7", "painting?size=1e9", "layers?lesson=99"]) {
        await goTo(page, hash);
        await idle(page);
    }
    await until(page, () => document.querySelector("[role=alert]")?.textContent.includes("lesson=99: a whole number from 1 to 8"));
    const back = () => page.evaluate(() => [...document.querySelector("main canvas").getContext("2d").getImageData(3, 3, 1, 1).data].join());
    await goTo(page, "perceptron?data=own");
    await idle(page);
    const light = await back();
    await page.emulateMedia({ colorScheme: "dark" });
    await until(page, (was) => [...document.querySelector("main canvas").getContext("2d").getImageData(3, 3, 1, 1).data].join() !== was, light);
    await close(page);
});

story("a lesson leads through the rooms; Swedish is a word in the corner", async () => {
    const page = await open("neuron");
    await ready(page);
    await page.getByRole("button", { name: "Lesson of 45 minutes" }).click();
    for (let i = 0; i < 4; i++) {
        const [lesson, lead, room] = await page.evaluate(() => [".lesson", ".lead", ".room"].map((name) => document.querySelector(name).getBoundingClientRect().toJSON()));
        must(lesson.bottom <= room.top && lesson.left >= lead.right, `step ${i + 1} of the lesson covers nothing of its room`);
        await page.locator("[data-do=lesson-next]").click();
    }
    await until(page, () => location.hash.startsWith("#perceptron?data=xor"));
    await page.locator("#language").click();
    await until(page, () => document.documentElement.lang === "sv" && document.querySelector(".lesson h2").textContent === "Vad en neuron inte kan");
    must((await text(page, "h1")) === "En neuron som lär sig", "the room is Swedish");
    await goTo(page, "activations?f=elu&lang=sv");
    await until(page, () => document.querySelector("main td")?.textContent.startsWith("z om z > 0, annars p"));
    await page.keyboard.press("4");
    await until(page, () => location.hash.startsWith("#layers"));
    await idle(page);
    await page.locator("details.program summary").first().click();
    must((await page.locator("details.program").textContent()).includes("rader; ”Ta det med dig” har den"), "so are the comments of commands");
    const sizes = () => page.evaluate(() => (document.querySelector(".net .unit")?.getBoundingClientRect().width ?? 0) / Number.parseFloat(getComputedStyle(document.documentElement).fontSize));
    await page.setViewportSize({ width: 1920, height: 1080 });
    await until(page, () => document.querySelector(".net .unit")?.getBoundingClientRect().width > 40);
    const ordinary = await sizes();
    await page.locator("button[aria-pressed]", { has: page.locator("svg") }).nth(1).click();
    await until(page, (width) => document.documentElement.dataset.size === "large" && document.querySelector(".net .unit")?.getBoundingClientRect().width > width, 1.2 * ordinary * 17);
    near(await sizes(), ordinary, 0.05 * ordinary, "the presentation size enlarges neurons as it does text");
    await close(page);
});

story("axe finds nothing, in every room, light and dark, wide and narrow, and nothing is wider than the screen", async () => {
    for (const [dark, width, lang] of [[false, 1280, "en"], [true, 360, "sv"]]) {
        const page = await open(`neuron?lang=${lang}`, { dark, width });
        await page.evaluate(axe);
        for (const room of ["neuron", "activations", "perceptron", "layers?back=1&lesson=2", "painting?size=32&depth=2&width=8", "classes?size=32&depth=1&width=8&view=probability", "playground", "take"]) {
            await goTo(page, `${room}${room.includes("?") ? "&" : "?"}lang=${lang}`);
            await until(page, (name) => document.querySelector(`.room-${name}`) && document.querySelector("footer")?.textContent, room.split("?")[0]);
            await idle(page);
            for (const summary of await page.locator("details.program summary").all()) await summary.click();
            // in the dark and the narrow the rules about colours and sizes see something else, the others do not
            const rules = dark ? { runOnly: { type: "rule", values: ["color-contrast", "target-size", "scrollable-region-focusable"] } } : {};
            const found = await page.evaluate(async (some) => (await window.axe.run(document, { resultTypes: ["violations"], ...some })).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(", ")}`), rules);
            must(!found.length, `${room}, ${width} px: ${found.join("; ")}`);
            const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            must(over <= 0, `${room} is ${over} pixels wider than ${width}`);
        }
        await close(page);
    }
});

// While `use` works, the program serves the page at an address.
async function served(use) {
    const server = spawn(resolve(pensel), ["studio", "--port", "0", "--no-browser", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
    try {
        const line = await new Promise((done, failed) => {
            let all = "";
            server.stdout.on("data", (chunk) => { all += chunk; if (all.includes("}")) done(all); });
            server.on("exit", () => failed(new Error("the server ended")));
        });
        await use(JSON.parse(line).address);
    } finally {
        server.kill("SIGINT");
    }
}

story("the program writes the page, and serves it with the headers for threads", async () => {
    native("studio", "-o", "written.html", "--quiet");
    must(readFileSync(join(folder, "written.html"), "utf8") === readFileSync(html, "utf8"), "the program's page is the built one");
    await served(async (at) => {
        const answer = await fetch(at);
        must(answer.headers.get("cross-origin-embedder-policy") === "require-corp", "COEP");
        must(answer.headers.get("cross-origin-opener-policy") === "same-origin", "COOP");
        must((await fetch(`${at}elsewhere`)).status === 404, "there is no other page");
        must((await fetch(at, { method: "POST" })).status === 405, "nothing can be sent");
        const page = await open("neuron", { at });
        await until(page, () => document.querySelector("tr.strong td")?.textContent === "−0.0500");
        must(await page.evaluate(() => crossOriginIsolated), "the page is isolated");
        await close(page);
    });
});

// A painting after three epochs and a table's network, as files, and how many threads the foot of the page names.
async function trained(options) {
    const page = await open("painting?depth=4&width=64&size=64", options);
    await ready(page);
    const threads = Number(/threads: (\d+)/.exec(await text(page, "footer"))[1]);
    await until(page, () => document.querySelector(".big dd")?.textContent.includes("dB"));
    for (let i = 0; i < 3; i++) await page.locator("[data-do=step]").click();
    await goTo(page, "take");
    await page.locator("[data-do=model]").waitFor();
    const model = await saved(page, () => page.locator("[data-do=model]").click());
    const picture = await saved(page, () => page.locator("[data-do=png]").click());
    await close(page);
    return { threads, files: [readFileSync(model), readFileSync(picture)] };
}

story("a page that is served has threads, one from a file has none, and their networks are the same bits", async () => {
    const alone = await trained({ cores: 4 });
    must(alone.threads === 1, `from a file: threads: ${alone.threads}`);
    await served(async (at) => {
        for (const [cores, threads] of [[1, 1], [2, 2], [4, 3]]) {
            const shared = await trained({ at, cores });
            must(shared.threads === threads, `of ${cores} cores: threads: ${shared.threads}`);
            shared.files.forEach((file, i) => must(file.equals(alone.files[i]), `${threads} threads make another ${i ? "picture" : "network"}`));
        }
    });
});

// A training of the program that is followed: its address, and what comes of it.
async function followed(...words) {
    const program = spawn(resolve(pensel), [...words, "--watch", "--no-browser"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    const heard = { out: "", err: "" };
    program.stdout.on("data", (chunk) => { heard.out += chunk; });
    const ended = new Promise((done) => program.on("close", done));
    const at = await new Promise((done, failed) => {
        program.stderr.on("data", (chunk) => {
            heard.err += chunk;
            const found = /(http:\/\/127\.0\.0\.1:\d+\/)#watch\?token=([0-9a-f]{32})\s/.exec(heard.err);
            if (found) done({ base: found[1], token: found[2] });
        });
        program.on("close", () => failed(new Error(`the program ended: ${heard.err}`)));
    });
    return { program, ended, heard, ...at, open: () => open(`watch?token=${at.token}`, { at: at.base }) };
}
const inState = (page, state) => until(page, (name) => document.querySelector("[data-state]")?.dataset.state === name, state);

story("paint --watch: the page shows what is painted, and its stop is the program's Ctrl-C", async () => {
    const training = await followed("paint", example("bird.png"), "--preset", "tutorial", "--hidden", "16x2", "--epochs", "1000000", "--n-iter-no-change", "inf",
        "--history", "history.csv", "--save", "watched.safetensors", "-o", "watched.png");
    try {
        const page = await training.open();
        const epochs = () => page.waitForFunction(() => Number(/^(\d+)/.exec([...document.querySelectorAll("main dl div")].find((d) => d.textContent.startsWith("epochs"))?.lastChild.textContent ?? "0")?.[1] ?? 0) >= 3, null, { timeout: LIMIT });
        await epochs();
        await until(page, () => document.querySelectorAll(".stage canvas.pixels").length === 2 && document.querySelector("canvas.pixels").width === 100);
        await page.reload();
        await epochs(); // all of it comes again
        await page.evaluate(axe);
        const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(", ")}`));
        must(!found.length, `axe: ${found.join("; ")}`);
        await page.locator("[data-do=stop]").click();
        await inState(page, "interrupted");
        must((await training.ended) === 130, "the program ends as by Ctrl-C");
        must(training.heard.err.includes("the best network so far is kept"), "it says so, too");
        const rows = readFileSync(join(folder, "history.csv"), "utf8").trim().split("\n").map((line) => line.split(","));
        const last = rows[rows.length - 1], column = (name) => Number(last[rows[0].indexOf(name)]);
        must((await text(page, "main dl div:has(dt:text-is('epochs')) dd")).startsWith(`${column("epoch")} of`), "its last epoch is shown");
        near(await figure(page, "loss") / column("loss"), 1, 1e-3, "its last loss");
        near(await figure(page, "PSNR"), column("psnr"), 0.005, "its last PSNR");
        must((await text(page, "main pre")) === training.heard.out, "what it has printed stands there");
        native("render", "watched.safetensors", "-o", "watched-again.png", "--quiet"); // nothing is lost
        const far = await page.evaluate(async (base64) => {
            const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]));
            const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
            canvas.getContext("2d").drawImage(bitmap, 0, 0);
            const read = (one) => one.getContext("2d").getImageData(0, 0, bitmap.width, bitmap.height).data;
            const q = read(document.querySelector("canvas.pixels"));
            return read(canvas).reduce((most, v, i) => Math.max(most, Math.abs(v - q[i])), 0);
        }, readFileSync(join(folder, "watched.png")).toString("base64"));
        must(far <= 1, `the last picture and the program's file differ by ${far} of 255`);
        await close(page);
    } finally {
        training.program.kill("SIGKILL");
    }
});

story("fit --watch: Ctrl-C there shows here; a training that ends by itself shows what was printed", async () => {
    const table = ["fit", example("penguins.csv"), "--target", "species", "--save", "watched-table.safetensors"];
    writeFileSync(join(folder, "wave.csv"), `x,y\n${Array.from({ length: 64 }, (_, i) => `${i / 8},${Math.sin(i / 8)}`).join("\n")}\n`);
    const endless = await followed("fit", "wave.csv", "--target", "y", "--hidden", "8", "--epochs", "1000000000", "--n-iter-no-change", "inf", "--save", "endless.safetensors");
    try {
        const page = await endless.open();
        await until(page, () => document.querySelector("main dl dd"));
        for (let epochs = 0, rows = 0; epochs < 20_000;) { // of any number of epochs it sends as many rows as a curve shows
            const answer = await (await fetch(`${endless.base}follow?row=0&epoch=${epochs}&token=${endless.token}`)).text();
            ({ latest: [epochs], rows: { length: rows } } = JSON.parse(answer.split("\n")[0]));
            must(rows <= 2048 && rows >= Math.min(epochs, 512) - 1, `${rows} rows after ${epochs} epochs`);
        }
        endless.program.kill("SIGINT");
        await inState(page, "interrupted");
        must((await endless.ended) === 130 && (await text(page, "main pre")) === endless.heard.out, "it ends as always");
        must(await page.locator("[data-do=stop]").isDisabled(), "there is nothing to stop any more");
        await close(page);
    } finally {
        endless.program.kill("SIGKILL");
    }
    const whole = await followed(...table, "--seconds", "3");
    try {
        const page = await whole.open();
        await inState(page, "done");
        must((await whole.ended) === 0 && (await text(page, "main pre")) === whole.heard.out && whole.heard.out.includes("accuracy"), "what it has printed stands there");
        await close(page);
    } finally {
        whole.program.kill("SIGKILL");
    }
});

story("a training is followed with its token alone, on this machine alone, and stopped by POST alone", async () => {
    const training = await followed("paint", example("bird.png"), "--preset", "tutorial", "--epochs", "1000000000", "--n-iter-no-change", "inf", "-o", "token.png");
    try {
        const { base, token, program } = training;
        for (const [path, method, status] of [["follow?row=0", "GET", 403], ["stop", "POST", 403], [`follow?token=${"0".repeat(32)}`, "GET", 403],
            [`stop?token=${token.slice(0, 31)}`, "POST", 403], [`stop?token=${token}`, "GET", 405], [`follow?token=${token}`, "POST", 405], [`elsewhere?token=${token}`, "GET", 404]]) {
            const answer = await fetch(base + path, { method });
            must(answer.status === status, `${method} ${path}: ${answer.status}`);
        }
        must(program.exitCode === null, "none of them has stopped it");
        for (const one of Object.values(networkInterfaces()).flat().filter((i) => i.family === "IPv4" && !i.internal))
            must(await fetch(`http://${one.address}:${new URL(base).port}/`).then(() => false, () => true), `it listens on ${one.address}`);
        const page = await open(`watch?token=${"0".repeat(32)}`, { at: base });
        await inState(page, "lost");
        must((await text(page, ".complaint")).includes("the token"), "a wrong token gets the program's sentence");
        await page.context().close(); // the browser itself reports what was forbidden
        const file = await open(`watch?token=${token}`);
        must((await text(file, "main .card")).includes("--watch"), "a page from a file says how a training is followed");
        await close(file);
        await fetch(`${base}stop?token=${token}`, { method: "POST" });
        await fetch(`${base}stop?token=${token}`, { method: "POST" }).catch(() => {}); // a second one is no second Ctrl-C
        for (let state = 0; state < 2;) state = Number(/"state":(\d)/.exec(await (await fetch(`${base}follow?epoch=1000000000&state=${state}&picture=1000000&token=${token}`)).text())[1]);
        must((await training.ended) === 130 && readFileSync(join(folder, "token.png")).length > 0, "and its files are written");
    } finally {
        training.program.kill("SIGKILL");
    }
});

story("what is kept of a training of an hour is no more than of a minute's", async () => {
    const parts = ["curve", "film"].map((name) => fileURLToPath(new URL(`../page/${name}.ts`, import.meta.url)));
    const { outputFiles } = await build({ stdin: { contents: parts.map((path) => `export * from ${JSON.stringify(path)};`).join("\n"), resolveDir: folder },
        bundle: true, write: false, format: "iife", globalName: "kept", loader: { ".png": "dataurl" }, logLevel: "silent" });
    const page = await browser.getStore().newPage();
    await page.addScriptTag({ content: outputFiles[0].text });
    const found = await page.evaluate(() => {
        const curve = new kept.Curve();
        for (let epoch = 1; epoch <= 100_000; epoch++) curve.add(2 * epoch);
        const { x, y } = curve.points(), early = curve.points(50_000);
        const film = new kept.Film(), frames = [];
        for (let epoch = 1; epoch <= 5000; epoch++) {
            film.add({ pixels: new Float32Array(48), width: 4, height: 4, channels: 3 }, epoch);
            frames.push(film.frames.length);
        }
        const gaps = film.frames.slice(1).map((f, i) => f.epoch - film.frames[i].epoch);
        return { x, y, early: early.x.at(-1), length: curve.length, frames: Math.max(...frames), left: film.frames.length, gaps: [...new Set(gaps)] };
    });
    await page.context().close();
    must(found.x.length <= 1000 && found.x.length > 300, `a curve of 100000 epochs has ${found.x.length} points`);
    must(found.x.every((x, i) => found.y[i] === 2 * x), "each of them is what was measured then");
    must(found.x[0] === 1 && found.x.at(-1) === 100_000 && found.length === 100_000, "the first and the last are there");
    must(found.early <= 50_000 && found.early > 49_000, `up to epoch 50000 it ends at ${found.early}`);
    must(found.frames <= 100 && found.left > 40, `a film of 5000 states keeps ${found.frames}`);
    must(found.gaps.length === 1, `they are evenly spaced: ${found.gaps}`);
});

let failed = 0;
const waiting = stories.filter(({ name }) => !part || name.includes(part));
const side = async () => {
    const mine = await launch();
    for (let next = waiting.shift(); next; next = waiting.shift()) {
        const begun = Date.now();
        try {
            await browser.run(mine, next.run);
            console.log(`ok - ${next.name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
        } catch (error) {
            failed++;
            console.log(`not ok - ${next.name}: ${error.message.split("\n").slice(0, 6).join(" ")}`);
            for (const context of mine.contexts()) await context.close();
        }
    }
    await mine.close();
};
await Promise.all([side(), side()]);
console.log(`1..${stories.length}`);
process.exit(failed ? 1 : 0);
