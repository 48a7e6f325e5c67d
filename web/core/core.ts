// The page's side of the worker: each call of Core is a message, and its promise waits for the answer.

import { PenselError, type Core } from "./api.ts";

type Answer = { call: number; result?: unknown; error?: string; status?: string; event?: string; args?: unknown[] };
type Waiting = { resolve(result: unknown): void; reject(error: Error): void; onEvent: ((...args: unknown[]) => void) | undefined };

const METHODS = [
    "info", "random", "activations", "activate", "neuron", "perceptron", "open", "close", "run", "configure", "parameters",
    "setParameters", "gradient", "predict", "units", "score", "save", "exportTargets", "exportAs", "load", "paint", "paintCompact", "decodeCompact", "render",
    "paintInputs", "psnr", "ssim", "columns", "table", "schema", "fitTable", "predictTable", "saveTable", "closeTable", "memory",
] as const satisfies readonly (keyof Core)[];

/** The worker runs worker.ts; `wasm` is the module, which is copied. More threads than 1 are a wish: the page must be isolated. */
export async function connect(worker: Worker, wasm: ArrayBuffer, threads = 1): Promise<Core> {
    const waiting = new Map<number, Waiting>();
    let last = 0;

    worker.onmessage = event => {
        const answer = event.data as Answer, call = waiting.get(answer.call);
        if (!call) return;
        if (answer.event !== undefined) {
            call.onEvent?.(...(answer.args ?? []));
            return;
        }
        waiting.delete(answer.call);
        if (answer.error === undefined) call.resolve(answer.result);
        else call.reject(answer.status ? new PenselError(answer.status, answer.error) : new Error(answer.error));
    };
    worker.onerror = event => {
        for (const call of waiting.values()) call.reject(new Error(event.message || "the worker did not start"));
        waiting.clear();
    };

    const send = (method: string, args: unknown[], onEvent?: Waiting["onEvent"]): Promise<unknown> =>
        new Promise((resolve, reject) => {
            const call = ++last;
            waiting.set(call, { resolve, reject, onEvent });
            worker.postMessage({ call, method, args });
        });

    await send("start", [wasm, threads]);
    const core = Object.fromEntries(METHODS.map(name => [name, (...args: unknown[]) => send(name, args)])) as unknown as Core;
    const frames = new Map<number, Waiting["onEvent"]>(); // of the paintings that are painted in one call of run
    return {
        ...core,
        async paint(spec, onFrame) {
            const info = (await send("paint", [spec])) as Awaited<ReturnType<Core["paint"]>>;
            if (onFrame) frames.set(info.id, onFrame as Waiting["onEvent"]);
            return info;
        },
        run: (id, budget) => send("run", [id, budget], frames.get(id)) as ReturnType<Core["run"]>,
        close(id) {
            frames.delete(id);
            return core.close(id);
        },
        fitTable: (csv, name, target, options, onProgress) =>
            send("fitTable", [csv, name, target, options], onProgress as Waiting["onEvent"]) as ReturnType<Core["fitTable"]>,
    };
}
