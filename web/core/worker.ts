// The worker: the module lives here, so that the page never waits. A message {call, method, args} is answered by
// {call, result} or {call, error}; the first one, start, brings the module. While a call works it may send {call, event}.
//
// Where memory can be shared, this worker starts others of the same script, to which the first message is {place}: they are
// threads of the module, answer once with {}, and hear nothing afterwards.

import { Engine } from "./engine.ts";
import { PenselError } from "./api.ts";
import { serve, type Place } from "./module.ts";

type Call = { call: number; method: string; args: unknown[] };
type Port = { postMessage(message: unknown, transfer?: Transferable[]): void; onmessage: ((event: MessageEvent) => void) | null };

const port = self as unknown as Port;
let engine: Engine | undefined;
let current = 0;

function send(message: object): void {
    port.postMessage({ call: current, ...message });
}

const listener = {
    frame: (pixels: Float32Array, width: number, height: number, channels: number, epoch: number, psnr: number) =>
        send({ event: "frame", args: [{ pixels, width, height, channels }, epoch, psnr] }),
    progress: (done: number, seconds: number) => send({ event: "progress", args: [done, seconds] }),
};

const threads: Worker[] = []; // those that were lent, kept so that nobody collects them

function lend(place: Place): Promise<void> {
    return new Promise((resolve, reject) => {
        const thread = new Worker(self.location.href);
        threads.push(thread);
        thread.onmessage = () => resolve();
        thread.onerror = event => {
            for (const one of threads.splice(0)) one.terminate();
            reject(new Error(event.message));
        };
        thread.postMessage({ place });
    });
}

async function start(wasm: ArrayBuffer, wanted: number): Promise<void> {
    engine = await Engine.start(new Uint8Array(wasm), listener, wanted, lend);
}

async function answer(message: Call): Promise<unknown> {
    if (message.method === "start") return start(message.args[0] as ArrayBuffer, message.args[1] as number);
    if (!engine) throw new Error("the module has not started");
    const method = engine[message.method as keyof Engine] as unknown;
    if (typeof method !== "function") throw new Error(`the core has no ${message.method}`);
    return (method as (...args: unknown[]) => unknown).apply(engine, message.args);
}

port.onmessage = async (event: MessageEvent) => {
    if (event.data.place) return serve(event.data.place as Place, () => port.postMessage({}));
    const message = event.data as Call;
    current = message.call;
    try {
        port.postMessage({ call: message.call, result: await answer(message) });
    } catch (error) {
        const status = error instanceof PenselError ? error.status : "";
        port.postMessage({ call: message.call, error: error instanceof Error ? error.message : String(error), status });
    }
};
