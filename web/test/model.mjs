// Model files, as the tests read them.
import { readFileSync } from "node:fs";

// All weights and biases of a model file, in the order of the layers.
export function parametersOf(path) {
    const file = new Uint8Array(readFileSync(path));
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    const kinds = { F64: Float64Array, F32: Float32Array };
    const read = ({ dtype, data_offsets: [from, to] }) => [...new kinds[dtype](file.slice(8 + length + from, 8 + length + to).buffer)];
    const names = Object.keys(header).filter((name) => /^(layers|encoding|fourier|hashgrid).*/.test(name) && header[name].dtype in kinds).sort();
    return names.flatMap((name) => read(header[name]));
}
