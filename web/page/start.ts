// Where the page begins: unpack the library, start its worker, open the room of the address.
import { connect } from "../core/core.ts";
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

async function start(): Promise<void> {
    const swedish = /[?&]lang=sv/.test(location.hash) || (kept<string>("language") ?? navigator.language).startsWith("sv");
    setLanguage(swedish ? "sv" : "en");
    const sentence = h("p", { class: "lead", style: "padding:3rem 1.5rem" }, t.loading);
    document.body.replaceChildren(sentence);
    try {
        const thread = new Worker(URL.createObjectURL(new Blob([worker], { type: "text/javascript" })));
        const core = await connect(thread, await unpack(wasm), threads());
        new App(core).start();
    } catch (error) {
        sentence.textContent = fillIn(t.failed, { why: (error as Error).message });
    }
}

void start();
