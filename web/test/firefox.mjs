// The page in Firefox, by WebDriver BiDi, which it speaks without a driver: that every room opens without an error, and
// that what is computed and saved there is what the program computes.
//
//   node test/firefox.mjs STUDIO.html PENSEL FIREFOX
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import WebSocket from "ws";
import { parametersOf } from "./model.mjs";

const [html, pensel, firefoxPath] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "firefox-"));
const address = pathToFileURL(resolve(html)).href;
const LIMIT = 90_000; // milliseconds; it only ends a test that fails

// ---------------------------------------------------------------- the browser

const firefox = spawn(firefoxPath, ["--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", "0"], { stdio: ["ignore", "ignore", "pipe"] });
const socketAddress = await new Promise((done, failed) => {
    let all = "";
    firefox.stderr.on("data", (chunk) => { all += chunk; const found = /WebDriver BiDi listening on (ws:\S+)/.exec(all); if (found) done(found[1]); });
    firefox.on("exit", () => failed(new Error(`Firefox ended: ${all}`)));
});
const socket = new WebSocket(`${socketAddress}/session`);
await new Promise((done, failed) => { socket.onopen = done; socket.onerror = failed; });
const waiting = new Map();
const troubles = [];
socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.method === "log.entryAdded" && message.params.level === "error") troubles.push(message.params.text);
    const call = waiting.get(message.id);
    if (!call) return;
    waiting.delete(message.id);
    if (message.type === "success") call.done(message.result);
    else call.failed(new Error(`${message.error}: ${message.message}`));
};
let last = 0;
const send = (method, params) => new Promise((done, failed) => { waiting.set(++last, { done, failed }); socket.send(JSON.stringify({ id: last, method, params })); });
await send("session.new", { capabilities: {} });
await send("session.subscribe", { events: ["log.entryAdded"] });
const context = (await send("browsingContext.getTree", {})).contexts[0].context;

// A function of the page's side with one argument, which is JSON, as the result is.
async function run(body, argument = null) {
    const answer = await send("script.evaluate", { target: { context }, awaitPromise: true, expression: `(async () => JSON.stringify((await (${body})(${JSON.stringify(argument)})) ?? null))()` });
    if (answer.type === "exception") throw new Error(answer.exceptionDetails.text);
    return JSON.parse(answer.result.value);
}
const AWAY = /no such frame|Browsing context|AbortError|discarded|unknown error/i; // what is said while a page is loaded again
async function until(body, argument) {
    const begun = Date.now();
    const held = () => run(body, argument).catch((error) => { if (!AWAY.test(error.message)) throw error; });
    while (!(await held())) {
        if (Date.now() - begun > LIMIT) throw new Error(`it does not come about: ${body}`);
        await new Promise((done) => setTimeout(done, 100));
    }
}
async function open(hash) {
    await send("browsingContext.navigate", { context, url: "about:blank", wait: "complete" }); // another hash alone is no navigation
    await send("browsingContext.navigate", { context, url: `${address}#${hash}`, wait: "complete" });
    await until(() => document.querySelector("footer")?.textContent.includes("libpensel"));
}
function must(condition, what) {
    if (!condition) throw new Error(what);
}
const quiet = () => must(!troubles.length, `in the console: ${troubles.join("; ")}`);

// ---------------------------------------------------------------- what is tried

const stories = {
    "Firefox: every room opens without an error, in the instruction set of the module": async () => {
        for (const room of ["neuron", "activations", "perceptron", "layers", "painting?size=32&depth=1&width=8", "classes?size=32&depth=1&width=8", "playground", "take"]) {
            await open(`${room}${room.includes("?") ? "&" : "?"}lang=en`);
            await until((name) => document.querySelector(`.room-${name} canvas, .room-${name} .card`) && !document.querySelector("[data-busy]"), room.split("?")[0]);
        }
        must((await run(() => document.querySelector("footer").textContent)).includes("wasm"), "it has SIMD");
        quiet();
    },
    "Firefox: the tutorial's neuron": async () => {
        await open("neuron?lang=en");
        await until(() => document.querySelector("tr.strong td")?.textContent === "−0.0500"); // 0.7 + 0.3 - 1.4 - 0.1 = -0.5, a tenth of it by leaky ReLU
        quiet();
    },
    "Firefox: a reload in the moment of a change loses nothing": async () => {
        await open("neuron?lang=en");
        await until(() => document.querySelector("tr.strong td")?.textContent === "−0.0500");
        await run(() => {
            [...document.querySelectorAll("main input[type=number]")].slice(0, 6).forEach((box, i) => { box.value = String(0.1 + 0.2 * i); box.dispatchEvent(new Event("change")); });
            window.old = true;
            setTimeout(() => location.reload()); // this answer must go first
        });
        await until(() => !window.old && location.hash === "#neuron?x=0.1,0.5,0.9&w=0.3,0.7,1.1&lang=en");
        quiet();
    },
    "Firefox: a painting after two epochs is the program's": async () => {
        await open("painting?depth=2&width=16&lang=en");
        await until(() => document.querySelector("main .big dd")?.textContent.includes("dB"));
        await run(() => {
            window.taken = [];
            const make = URL.createObjectURL;
            URL.createObjectURL = (blob) => { window.taken.push(blob); return make.call(URL, blob); };
            document.querySelector("[data-do=step]").click();
            document.querySelector("[data-do=step]").click();
        });
        await run(() => { location.hash = "take"; }); // at once: what was asked for is done first
        await until(() => document.querySelector("[data-do=model]"));
        await run(() => document.querySelector("[data-do=model]").click());
        await until(() => window.taken.length > 0);
        const here = Uint8Array.from(await run(async () => [...new Uint8Array(await window.taken[0].arrayBuffer())]));
        const picture = resolve(new URL("../../examples/bird.png", import.meta.url).pathname);
        const done = spawnSync(resolve(pensel), ["paint", picture, "--preset", "tutorial", "--hidden", "16x2", "--precision", "float32", "--epochs", "2", "--n-iter-no-change", "inf", "--seed", "0",
            "-o", "native.png", "--save", "native.safetensors", "--quiet"], { cwd: folder, encoding: "utf8", env: { ...process.env, PENSEL_ISA: "reference" } });
        must(done.status === 0, done.stderr);
        writeFileSync(join(folder, "page.safetensors"), here);
        const [a, b] = ["page", "native"].map((name) => parametersOf(join(folder, `${name}.safetensors`)));
        const far = a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
        must(a.length > 0 && a.length === b.length && far <= 1e-5, `${a.length} and ${b.length} parameters differ by ${far}`);
        quiet();
    },
};

let failed = 0;
for (const [name, story] of Object.entries(stories)) {
    const begun = Date.now();
    try {
        troubles.length = 0;
        await story();
        console.log(`ok - ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    } catch (error) {
        failed++;
        console.log(`not ok - ${name}: ${error.message.split("\n")[0]}`);
    }
}
console.log(`1..${Object.keys(stories).length}`);
await send("browser.close", {}).catch(() => {});
await new Promise((done) => { firefox.on("exit", done); setTimeout(done, 10_000).unref(); });
rmSync(folder, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
