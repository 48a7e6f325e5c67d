declare module "*.png" {
    const bytes: Uint8Array;
    export default bytes;
}

// Put in by build.mjs: the worker's program, and the library as base64 of a deflate-raw stream.
declare module "inline:worker" {
    const text: string;
    export default text;
}
declare module "inline:wasm" {
    const text: string;
    export default text;
}

// Put in by build.mjs too: "identity", "step", "logistic"...
declare const ACTIVATION_NAMES: readonly string[];
