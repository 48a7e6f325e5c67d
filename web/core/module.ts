// The WebAssembly module with its memory: arrays in and out, texts, errors. core.h says how its functions take them.

import { Files } from "./files.ts";
import { PenselError } from "./api.ts";

type Numbers = Float64Array | Float32Array | Uint32Array | Uint8Array;
type Shape<T extends Numbers> = { new (buffer: ArrayBufferLike, at: number, count: number): T; BYTES_PER_ELEMENT: number };
type Exported = (...args: number[]) => number;

/** What the module calls while it works. */
export interface Listener {
    frame(pixels: Float32Array, width: number, height: number, channels: number, epoch: number, psnr: number): void;
    progress(done: number, seconds: number): void;
}

export class Module {
    readonly files = new Files();
    private memory!: WebAssembly.Memory;
    private functions!: Record<string, Exported>;
    private blocks: number[] = []; // to be released when the call is over

    private constructor(readonly size: number) {}

    static async load(wasm: BufferSource, listener: Listener): Promise<Module> {
        const module = new Module(wasm.byteLength);
        const page = {
            frame: (at: number, width: number, height: number, channels: number, epoch: number, psnr: number) =>
                listener.frame(module.copy(Float32Array, at, width * height * channels), width, height, channels, epoch, psnr),
            progress: (done: number, seconds: number) => listener.progress(done, seconds),
        };
        const { instance } = await WebAssembly.instantiate(wasm, { wasi_snapshot_preview1: module.files.imports(), page });
        module.memory = instance.exports["memory"] as WebAssembly.Memory;
        module.functions = instance.exports as unknown as Record<string, Exported>;
        module.files.attach(module.memory);
        module.call("_initialize");
        return module;
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
        const bytes = this.memory.buffer.slice(at, at + count * shape.BYTES_PER_ELEMENT);
        return new shape(bytes, 0, count);
    }

    string(at: number): string {
        const memory = new Uint8Array(this.memory.buffer);
        return new TextDecoder().decode(memory.slice(at, memory.indexOf(0, at)));
    }

    /** A function whose last argument is room for `count` numbers, which are the result. */
    numbers<T extends Numbers>(shape: Shape<T>, count: number, name: string, ...args: (number | boolean)[]): T {
        const at = this.room(count * shape.BYTES_PER_ELEMENT);
        this.run(name, ...args, at);
        return this.copy(shape, at, count);
    }
}
