// Figures of the page, beside those of the native program:
//
//   node web/test/measure.mjs STUDIO.html PENSEL CHROMIUM [MINUTES]
//
// - milliseconds from the opening of the file until something is drawn, and until the first room has computed its neuron;
// - of the page from a file, which has one thread, and as the program serves it, with threads:
//   - samples per second of the tutorial's network (2, 10 x 100, 3) on the bird, in turns with the program on as many
//     threads, of which the medians are compared;
//   - seconds of training, and by the clock, until the painting has 19 dB;
//   - how long an input waits while that network learns, by the browser's own event timing;
// - with MINUTES: what the page's memory is, each half minute of a training that goes on as long. The page is served
//   for that, because a browser counts the memory of workers only for pages that are isolated.
//
// It is no test: times depend on what else the machine does.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [html, pensel, browserPath, minutes] = process.argv.slice(2);
if (!browserPath) {
    console.error("measure.mjs: three paths are needed: STUDIO.html PENSEL CHROMIUM [MINUTES]");
    process.exit(2);
}
const ROUNDS = 5;
const EPOCHS = 3; // of a round
const folder = mkdtempSync(join(tmpdir(), "measure-"));
const bird = fileURLToPath(new URL("../../examples/bird.png", import.meta.url));
const browser = await chromium.launch({ executablePath: browserPath, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

const file = pathToFileURL(resolve(html)).href;

async function open(hash, base) {
    const page = await (await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 } })).newPage();
    await page.goto(`${base}#${hash}`);
    await page.waitForFunction(() => document.querySelector("main .big dd")?.textContent.includes("dB"), null, { timeout: 120_000 });
    return page;
}
const figure = (page, name) => page.locator(`main dl div:has(dt:text-is("${name}")) dd`).first().textContent().then((text) => Number(text.replace(/[^-\d.e]/g, "")));

// By the page's own clock, which begins when it is opened; each time in a browser without a cache.
async function opening() {
    const [drawn, ready] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
        const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 } });
        const page = await context.newPage();
        await page.addInitScript(() => {
            new MutationObserver((_, observer) => {
                if (document.querySelector("tr.strong td")?.textContent !== "−0.0500") return;
                observer.disconnect();
                window.ready = performance.now();
            }).observe(document, { childList: true, subtree: true, characterData: true });
        });
        await page.goto(`${file}#neuron`);
        await page.waitForFunction(() => window.ready && performance.getEntriesByName("first-contentful-paint").length, null, { timeout: 120_000 });
        drawn.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime));
        ready.push(await page.evaluate(() => window.ready));
        await context.close();
    }
    console.log(`opening: something is drawn after ${Math.round(median(drawn))} ms, the first room is ready after ${Math.round(median(ready))} ms`);
}

function native(threads) {
    const done = spawnSync(resolve(pensel), ["paint", bird, "--preset", "tutorial", "--precision", "float32", "--epochs", String(EPOCHS), "--n-iter-no-change", "inf",
        "--threads", String(threads), "-o", "out.png", "--save", "out.safetensors", "--json"], { cwd: folder, encoding: "utf8" });
    return JSON.parse(done.stdout).samples_per_second;
}

async function speed(base) {
    const page = await open("painting", base);
    const threads = Number(/threads: (\d+)/.exec(await page.locator("footer").textContent())[1]);
    const [here, there] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
        const [epochs, seconds] = [await figure(page, "epochs"), await figure(page, "training")];
        for (let i = 0; i < EPOCHS; i++) await page.locator("[data-do=step]").click();
        await page.waitForFunction((n) => [...document.querySelectorAll("main dd")].some((d) => d.textContent === String(n)), epochs + EPOCHS, { timeout: 120_000 });
        here.push((EPOCHS * 10_000) / ((await figure(page, "training")) - seconds));
        there.push(native(threads));
    }
    await page.context().close();
    console.log(`training: ${Math.round(median(here))} samples/s on the page, ${Math.round(median(there))} natively, threads: ${threads}: ${(median(here) / median(there)).toFixed(2)}`);
}

async function quality(base) {
    const page = await open("painting", base);
    const begun = Date.now();
    await page.locator("[data-do=play]").click();
    await page.waitForFunction(() => parseFloat(document.querySelector(".big dd").textContent) >= 19, null, { timeout: 600_000, polling: 100 });
    console.log(`19 dB: after ${(Date.now() - begun) / 1000} s by the clock, ${await figure(page, "training")} s of training, ${await figure(page, "epochs")} epochs`);
    await page.context().close();
}

async function patience(base) {
    const page = await open("painting", base);
    await page.evaluate(() => {
        window.waits = [];
        new PerformanceObserver((list) => window.waits.push(...list.getEntries().filter((e) => e.interactionId || e.name === "keydown").map((e) => [e.processingStart - e.startTime, e.duration])))
            .observe({ type: "event", durationThreshold: 16, buffered: true });
    });
    await page.locator("[data-do=play]").click();
    const slider = page.getByRole("slider", { name: "learning rate" }).first();
    await slider.focus();
    for (let i = 0; i < 60; i++) {
        await page.keyboard.press(i % 2 ? "ArrowLeft" : "ArrowRight");
        await page.waitForTimeout(100);
    }
    const waits = await page.evaluate(() => window.waits);
    const most = (k) => Math.round(Math.max(0, ...waits.map((w) => w[k])));
    console.log(`input: of 60 keys pressed while it learns ${60 - new Set(waits.map((w) => w[0])).size} were drawn within 16 ms; at most ${most(0)} ms until it was heard, ${most(1)} ms until it was drawn`);
    await page.context().close();
}

async function memory(base) {
    const page = await open("painting", base);
    await page.locator("[data-do=play]").click();
    for (let half = 0; half <= 2 * Number(minutes); half++) {
        const bytes = await page.evaluate(async () => (await performance.measureUserAgentSpecificMemory()).bytes);
        console.log(`memory: ${(half / 2).toFixed(1)} min, epoch ${await figure(page, "epochs")}: ${(bytes / 1048576).toFixed(1)} MB`);
        await page.waitForTimeout(30_000);
    }
}

const server = spawn(resolve(pensel), ["studio", "--port", "0", "--no-browser", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
try {
    const served = await new Promise((done) => { let all = ""; server.stdout.on("data", (chunk) => { all += chunk; if (all.includes("}")) done(JSON.parse(all).address); }); });
    await opening();
    for (const base of [file, served]) {
        console.log(base === file ? "from a file:" : "served:");
        await speed(base);
        await quality(base);
        await patience(base);
    }
    if (minutes) await memory(served);
} finally {
    server.kill("SIGINT");
    await browser.close();
}
