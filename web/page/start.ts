// Where the page begins: unpack the library, start its worker, open the room of the address.
import { connect } from "../core/core.ts";
import type { Core } from "../core/api.ts";
import worker from "inline:worker";
import wasm from "inline:wasm";
import { App } from "./main.ts";
import { fillIn, h } from "./dom.ts";
import { kept } from "./store.ts";
import { setLanguage, t } from "./text/text.ts";

// base64 of a deflate-raw stream
async function unpack(text: string): Promise<ArrayBuffer> {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Response(stream).arrayBuffer();
}

// As many as there are cores, but where there are more than two the page keeps one. Browsers let memory be shared only by
// pages that the headers of `pensel studio` isolate.
function threads(): number {
    const cores = navigator.hardwareConcurrency || 1;
    return !crossOriginIsolated ? 1 : cores > 2 ? cores - 1 : cores;
}

const begin = (): Worker => new Worker(URL.createObjectURL(new Blob([worker], { type: "text/javascript" })));

// A second library beside one that has a single thread, where there is a core for it: what it does holds nothing up.
async function another(core: Core, module: ArrayBuffer): Promise<Core | null> {
    if ((navigator.hardwareConcurrency || 1) < 2 || (await core.info()).threads > 1) return null;
    return connect(begin(), module).catch(() => null); // a browser that has no workers left
}

async function start(): Promise<void> {
    const swedish = /[?&]lang=sv/.test(location.hash) || (kept<string>("language") ?? navigator.language).startsWith("sv");
    setLanguage(swedish ? "sv" : "en");
    const sentence = h("p", { class: "lead", style: "padding:3rem 1.5rem" }, t.loading);
    document.body.replaceChildren(sentence);
    try {
        const module = await unpack(wasm);
        const core = await connect(begin(), module, threads());
        let second: Promise<Core | null> | undefined;
        new App(core, () => second ??= another(core, module)).start();
    } catch (error) {
        sentence.textContent = fillIn(t.failed, { why: (error as Error).message });
    }
}

void start();
