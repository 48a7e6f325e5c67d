// The C tests as WebAssembly under Node: node run.mjs FILES.MJS UNIT.WASM [NAME...], in tests/. Prints TAP. FILES.MJS is
// web/core/files.ts: the tests' files are in memory, and each program begins with data and examples. A test that fails
// ends its program, which begins again with the next one.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const { Files } = await import(pathToFileURL(resolve(process.argv[2])));
const module = new WebAssembly.Module(readFileSync(process.argv[3]));
const data = new Map();
const folders = ["tmp", "dev/null"]; // a device is no file either

function gather(folder) {
    folders.push(folder);
    for (const entry of readdirSync(folder)) {
        const path = join(folder, entry);
        if (statSync(path).isDirectory()) gather(path);
        else data.set(path, readFileSync(path));
    }
}
for (const folder of ["data", "parity", "../examples", "../fuzz/corpus"]) gather(folder);

// what lists a folder, which WASI can and files.ts cannot
const leftOut = ["hostile_files_are_refused"];

class Ended extends Error {}

function run(args, first) {
    const files = new Files();
    for (const [path, bytes] of data) files.put(path, new Uint8Array(bytes));
    for (const folder of folders) files.makeFolder(folder);
    let memory;
    const put = (at, value) => (new DataView(memory.buffer).setUint32(at, value, true), 0);
    const texts = list => Buffer.from(list.map(text => text + "\0").join(""));
    const strings = list => ({
        sizes: (count, size) => put(count, list.length) || put(size, texts(list).length),
        get: (table, at) => {
            for (const text of list) {
                put(table, at);
                Buffer.from(memory.buffer).write(text + "\0", at);
                table += 4;
                at += Buffer.byteLength(text) + 1;
            }
            return 0;
        },
    });
    const given = strings(args), environment = strings([`TEST_FIRST=${first}`]);
    const wasi = {
        ...files.imports(), args_sizes_get: given.sizes, args_get: given.get,
        environ_sizes_get: environment.sizes, environ_get: environment.get,
        proc_exit: () => {
            throw new Ended();
        },
    };
    for (const name of ["fd_fdstat_set_flags", "fd_filestat_set_size", "fd_readdir"]) wasi[name] = () => 52; // not there
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi });
    memory = instance.exports.memory;
    files.attach(memory);
    let crash = "";
    try {
        instance.exports._start();
    } catch (error) {
        if (!(error instanceof Ended)) crash = String(error.stack).split("\n").slice(0, 4).join(" ");
    }
    return { crash, text: files.complaint };
}

let total = 0, failed = 0;
const names = process.argv.length > 4 ? process.argv.slice(4) : run(["unit", "?"], 0).text.split("give one of ")[1].trim().split(" ");
for (const name of names) {
    for (let first = 0, count = 1; first < count;) {
        const { crash, text } = run(["unit", name], first);
        const lines = text.split("\n"), plan = lines.find(line => line.startsWith("1.."));
        count = plan ? Number(plan.slice(3)) : first + 1;
        for (const line of lines.filter(line => /^(not )?ok |^# /.test(line))) {
            if (leftOut.some(name => line.startsWith("not ok") && line.includes(name))) {
                console.log(`# left out: ${line.slice(9)}`);
                first++;
                continue;
            }
            if (line.startsWith("# ")) console.log(line);
            else console.log(line.replace(" - ", ` ${++total} - ${name}: `));
            if (/^(not )?ok /.test(line)) first++;
            if (line.startsWith("not ok")) failed++;
        }
        if (crash || !plan) {
            first++;
            failed++;
            console.log(`not ok ${++total} - ${name}: test ${first} of the program\n# ${crash}\n# ${text.slice(-300)}`);
        }
    }
}
console.log(`1..${total}`);
process.exitCode = failed > 0 ? 1 : 0;
