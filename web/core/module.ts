// The WebAssembly module with its memory: arrays in and out, texts, errors. core.h says how its functions take them.

import { Files } from "./files.ts";
import { PenselError } from "./api.ts";

type Numbers = Float64Array | Float32Array | Uint32Array | Uint8Array;
type Shape<T extends Numbers> = { new (count: number): T; BYTES_PER_ELEMENT: number };
type Exported = (...args: number[]) => number;

/** What the module calls while it works. */
export interface Listener {
    frame(pixels: Float32Array, width: number, height: number, channels: number, epoch: number, psnr: number): void;
    progress(done: number, seconds: number): void;
}

/** What a worker needs to become one of the module's threads: see serve. */
export interface Place { module: WebAssembly.Module; memory: WebAssembly.Memory; thread: number; stack: number }
/** Starts a worker there. It fails if there is none to be had. */
export type Lend = (place: Place) => Promise<void>;

const MOST_THREADS = 8; // small networks gain nothing by more

export class Module {
    readonly files = new Files();
    private memory!: WebAssembly.Memory;
    private functions!: Record<string, Exported>;
    private blocks: number[] = []; // to be released when the call is over

    private constructor(readonly size: number) {}

    /** With `threads` of them, where `lend` finds workers for the others; else with one. Results are the same bits. */
    static async load(wasm: Uint8Array, listener: Listener, threads = 1, lend?: Lend): Promise<Module> {
        const wanted = Math.min(threads, MOST_THREADS);
        if (!lend || wanted < 2) return Module.begin(wasm, listener);
        try {
            return await Module.begin(wasm, listener, wanted, lend);
        } catch {
            return Module.begin(wasm, listener); // a browser that shares no memory, or has no workers left
        }
    }

    private static async begin(wasm: Uint8Array, listener: Listener, threads = 1, lend?: Lend): Promise<Module> {
        const module = new Module(wasm.byteLength);
        const page = {
            frame: (at: number, width: number, height: number, channels: number, epoch: number, psnr: number) =>
                listener.frame(module.copy(Float32Array, at, width * height * channels), width, height, channels, epoch, psnr),
            progress: (done: number, seconds: number) => listener.progress(done, seconds),
        };
        const { code, memory } = memoryOf(wasm, lend !== undefined);
        const compiled = await WebAssembly.compile(code);
        const imports = { wasi_snapshot_preview1: module.files.imports(), page, env: { memory } };
        const instance = await WebAssembly.instantiate(compiled, imports);
        module.memory = memory;
        module.functions = instance.exports as unknown as Record<string, Exported>;
        module.files.attach(memory);
        module.call("_initialize");
        module.run("cores", threads);
        // A context keeps its threads. Each is there twice: for the trainings' and for one that a call makes for itself.
        const places: Place[] = [];
        for (let i = 0; lend && i < 2 * (threads - 1); i++) places.push(module.place(compiled));
        await Promise.all(places.map(place => lend!(place)));
        return module;
    }

    private place(module: WebAssembly.Module): Place {
        const [thread, stack] = this.scope(() => this.numbers(Uint32Array, 2, "thread_lend"));
        return { module, memory: this.memory, thread: thread!, stack: stack! };
    }

    /** Bytes that the module has taken from the page. */
    get bytes(): number {
        return this.memory.buffer.byteLength;
    }

    private call(name: string, ...args: (number | boolean)[]): number {
        const f = this.functions[name];
        if (!f) throw new Error(`the module has no ${name}`);
        return f(...args.map(Number));
    }

    /** A function of core_ that returns what is no status. */
    value(name: string, ...args: (number | boolean)[]): number {
        return this.call("core_" + name, ...args) >>> 0;
    }

    /** A function of core_ that can fail. */
    run(name: string, ...args: (number | boolean)[]): void {
        const status = this.call("core_" + name, ...args);
        if (status !== 0) throw new PenselError(this.string(this.value("status", status)), this.string(this.value("error")));
    }

    /** The same, and the JSON that it leaves. null in the place of a number is NaN. */
    json<T>(name: string, ...args: (number | boolean)[]): T {
        this.run(name, ...args);
        return JSON.parse(this.string(this.value("text"))) as T;
    }

    /** Runs `body`, then releases everything that was put into memory meanwhile. */
    scope<T>(body: () => T): T {
        const outer = this.blocks;
        this.blocks = [];
        try {
            return body();
        } finally {
            for (const block of this.blocks) this.value("release", block);
            this.blocks = outer;
        }
    }

    /** Room that the module will own. */
    give(bytes: number): number {
        const at = this.value("allocate", bytes);
        if (at === 0) throw new PenselError("out of memory", this.string(this.value("error")));
        return at;
    }

    room(bytes: number): number {
        const at = this.give(bytes);
        this.blocks.push(at);
        return at;
    }

    put(numbers: Numbers): number {
        return this.fill(this.room(numbers.byteLength), numbers);
    }

    /** Numbers that the module will own. */
    hand(numbers: Numbers): number {
        return this.fill(this.give(numbers.byteLength), numbers);
    }

    private fill(at: number, numbers: Numbers): number {
        new Uint8Array(this.memory.buffer, at, numbers.byteLength)
            .set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
        return at;
    }

    text(text: string): number {
        return this.put(new TextEncoder().encode(text.replaceAll("\0", " ") + "\0"));
    }

    lines(texts: readonly string[]): number {
        return this.text(texts.map(text => text.replaceAll("\n", " ")).join("\n"));
    }

    options(options: Record<string, string>): number {
        return this.lines(Object.entries(options).map(([name, value]) => `${name}=${value}`));
    }

    copy<T extends Numbers>(shape: Shape<T>, at: number, count: number): T {
        const copy = new shape(count);
        new Uint8Array(copy.buffer).set(new Uint8Array(this.memory.buffer, at, copy.byteLength));
        return copy;
    }

    string(at: number): string {
        const memory = new Uint8Array(this.memory.buffer);
        return new TextDecoder().decode(memory.slice(at, memory.indexOf(0, at))); // a copy: memory may be shared
    }

    /** A function whose last argument is room for `count` numbers, which are the result. */
    numbers<T extends Numbers>(shape: Shape<T>, count: number, name: string, ...args: (number | boolean)[]): T {
        const at = this.room(count * shape.BYTES_PER_ELEMENT);
        this.run(name, ...args, at);
        return this.copy(shape, at, count);
    }
}

/** Memory as the module imports it, env.memory, which the build declares as shared. Where it is not to be, the module says
 * so too, by one bit: its instructions are valid for both. (WebAssembly 3.0, 5.5.5: imports; 5.3.11: limits) */
function memoryOf(wasm: Uint8Array, shared: boolean): { code: Uint8Array<ArrayBuffer>; memory: WebAssembly.Memory } {
    const code = new Uint8Array(wasm); // a copy, for it may be changed
    let at = 8; // after the magic word and the version
    const number = (): number => { // LEB128
        for (let value = 0, shift = 0;; shift += 7) {
            const byte = code[at++]!;
            value += (byte & 127) * 2 ** shift;
            if (byte < 128) return value;
        }
    };
    const name = (): string => {
        const length = number();
        return new TextDecoder().decode(code.slice(at, at += length));
    };
    while (code[at++] !== 2) { // the section of imports
        const length = number();
        at += length;
    }
    number(); // its length
    for (let left = number(); left > 0; left--) {
        const [from, what, kind] = [name(), name(), code[at++]];
        if (kind === 0) number(); // a function's type
        else if (kind === 2 && from === "env" && what === "memory") {
            if (!shared) code[at] = 1; // bit 0: there is a limit, bit 1: it is shared
            at++;
            return { code, memory: new WebAssembly.Memory({ initial: number(), maximum: number(), shared }) };
        } else break;
    }
    throw new Error("the module does not import its memory: scripts/wasm builds one that does");
}

/** Makes the worker that calls it a thread of the module that was lent the place. `ready` is called before it begins to
 * serve, which has no end. */
export async function serve({ module, memory, thread, stack }: Place, ready: () => void): Promise<void> {
    const nothing = (): number => 52; // WASI: not there. Files are the first thread's, and what it reports stands for all.
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = { env: { memory } };
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module))
        if (kind === "function") (imports[from] ??= {})[name] = nothing;
    const files = new Files();
    files.attach(memory);
    imports["wasi_snapshot_preview1"]!["clock_time_get"] = files.imports()["clock_time_get"]!;
    const { exports } = await WebAssembly.instantiate(module, imports);
    (exports["__stack_pointer"] as WebAssembly.Global).value = stack;
    ready();
    (exports["core_thread_serve"] as Exported)(thread);
}
