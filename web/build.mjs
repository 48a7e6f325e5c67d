// Builds the studio: everything in one file, studio.html.
//
//   node build.mjs CORE.wasm OUTPUT.html
//
// Types are checked beforehand by tsc (npm run check): esbuild only takes them away.
import { build, transform } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { constants, deflateRawSync } from "node:zlib";

const MOST = 1.5 * 1024 * 1024; // bytes of the file
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [wasmPath, output] = process.argv.slice(2);
if (!output) {
    console.error("build.mjs: two paths are needed: node build.mjs CORE.wasm OUTPUT.html");
    process.exit(2);
}

const common = { bundle: true, minify: true, write: false, target: "es2022", charset: "utf8", legalComments: "none" };

// What the page holds as texts: `import text from "inline:worker"`.
function inline(texts) {
    return {
        name: "inline",
        setup(builder) {
            builder.onResolve({ filter: /^inline:/ }, ({ path }) => ({ path, namespace: "inline" }));
            builder.onLoad({ filter: /.*/, namespace: "inline" }, ({ path }) => ({
                contents: texts[path.replace("inline:", "")], loader: "text",
            }));
        },
    };
}

// The parts of two typefaces that the page's languages need.
async function fonts() {
    const require = createRequire(import.meta.url);
    const list = [
        ["Inter Variable", "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", "normal"],
        ["Source Serif 4 Variable", "@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-normal.woff2", "normal"],
    ];
    const faces = await Promise.all(list.map(async ([family, file, style]) => {
        const bytes = await readFile(require.resolve(file));
        return `@font-face{font-family:"${family}";font-style:${style};font-weight:200 900;font-display:block;` +
            `src:url(data:font/woff2;base64,${bytes.toString("base64")}) format("woff2")}`;
    }));
    return faces.join("\n");
}

// The names of the activations, in the order of the public header, each from its own file.
async function activations() {
    const header = await readFile(here("../include/pensel/network.h"), "utf8");
    const list = header.split("define PENSEL_ACTIVATION_LIST(X)")[1].split("\n\n")[0];
    return Promise.all([...list.matchAll(/X\(\w+, (\w+)\)/g)].map(async ([, file]) =>
        /\.name = "([^"]+)"/.exec(await readFile(here(`../src/kernel/activation/${file}.h`), "utf8"))[1]));
}

async function bundle(entry, options) {
    const result = await build({ ...common, entryPoints: [here(entry)], ...options });
    return result.outputFiles[0].text;
}

const packed = deflateRawSync(await readFile(wasmPath), { level: constants.Z_BEST_COMPRESSION });
const worker = await bundle("core/worker.ts", { format: "iife" });
const script = await bundle("page/start.ts", {
    format: "esm", loader: { ".png": "binary" }, plugins: [inline({ worker, wasm: packed.toString("base64") })],
    define: { ACTIVATION_NAMES: JSON.stringify(await activations()) },
});
const style = (await transform(await readFile(here("page/style.css"), "utf8"), { loader: "css", minify: true, target: "es2022" })).code;
const template = await readFile(here("page/page.html"), "utf8");
const page = template
    .replace("/*STYLE*/", () => (`${style}`) + "/*FONTS*/")
    .replace("/*FONTS*/", await fonts())
    .replace("/*SCRIPT*/", () => script.replace(/<\/script/gi, "<\\/script").trimEnd());
await writeFile(output, page);
const size = Buffer.byteLength(page);
console.log(`${output}: ${Math.round(size / 1024)} KB, of which the library ${Math.round((packed.length * 4) / 3 / 1024)} KB`);
if (size > MOST) {
    console.error(`build.mjs: ${size} bytes: at most ${MOST} are allowed`);
    process.exit(1);
}
