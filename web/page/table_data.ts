// A table of one's own in the playground: read by the library, which says what each column is. Two
// columns of numbers are the plane, a third column is the target.
import type { Column, Core, Samples, SchemaColumn } from "../core/api.ts";
import type { Point } from "./address.ts";
import { fillIn } from "./dom.ts";
import { t } from "./text/text.ts";

const MOST_CLASSES = 10;
export const MOST_ROWS = 2000; // points of the plane

// As readers of .csv by its name; the sentences of errors begin with it.
const NAME = "table.csv";

// The whole text stands in a box, which a browser draws in good time up to about this.
const MOST_MEGABYTES = 8;

export async function tableText(file: File): Promise<string> {
    const size = file.size / 1e6;
    if (size > MOST_MEGABYTES) throw new Error(fillIn(t.playground.largeTable, { name: file.name, size: Math.ceil(size), most: MOST_MEGABYTES }));
    return file.text().catch((error: Error) => { throw new Error(fillIn(t.playground.unreadable, { name: file.name, why: error.message })); });
}

export async function readTable(core: Core, text: string): Promise<TableData> {
    const bytes = new TextEncoder().encode(text);
    const read = await core.columns(bytes, NAME);
    const numeric = read.columns.filter((c) => c.form === "number").map((c) => c.name);
    const names = read.columns.map((c) => c.name);
    const target = [...names].reverse().find((name) => !numeric.includes(name)) ?? names[names.length - 1]!;
    const inputs = numeric.filter((name) => name !== target);
    if (inputs.length < 2) throw new Error(fillIn(t.playground.fewColumns, { n: inputs.length }));
    const table = new TableData(read.columns, read.notes, inputs[0]!, inputs[1]!, target, numeric, names);
    table.schema = await core.schema(bytes, NAME, target);
    return table;
}

// `most` of n rows, from all of a table: many are sorted, many come in periods. Multiples of the
// golden section, without their whole parts, fill [0, 1) evenly and in no period (Weyl 1916).
function spread(n: number, most: number): number[] {
    const key = (i: number): number => (i * 0.6180339887498949) % 1;
    const order = Array.from({ length: n }, (_, i) => i).sort((i, k) => key(i) - key(k));
    return order.slice(0, most).sort((i, k) => i - k);
}

export class TableData {
    schema: SchemaColumn[] = [];
    classes: string[] = [];
    private mid: [number, number] = [0, 0];
    private half: [number, number] = [1, 1];
    private low = 0;
    private high = 1;

    constructor(private columns: Column[], public notes: string[], public a: string, public b: string,
        public target: string, readonly numeric: string[], readonly names: string[]) {}

    private column(name: string): Column {
        return this.columns.find((c) => c.name === name)!;
    }

    // Columns for a, b and the target, if it has them and they can be that.
    choose([a, b, target]: string[]): void {
        if (this.numeric.includes(a ?? "")) this.a = a!;
        if (this.numeric.includes(b ?? "")) this.b = b!;
        if (this.names.includes(target ?? "")) this.target = target!;
    }

    // Rows without gaps, as points of the plane: each axis from the least to the largest value.
    points(): Point[] {
        const [a, b, y] = [this.column(this.a), this.column(this.b), this.column(this.target)];
        const labels = this.labelsOf(y);
        const rows: { a: number; b: number; label: number }[] = [];
        for (let i = 0; i < a.numbers!.length; i++) {
            const row = { a: a.numbers![i]!, b: b.numbers![i]!, label: labels[i]! };
            if (Number.isFinite(row.a) && Number.isFinite(row.b) && Number.isFinite(row.label)) rows.push(row);
        }
        if (rows.length < 2) throw new Error(t.playground.fewRows);
        const gaps = a.numbers!.length - rows.length;
        this.notes = this.notes.filter((note) => !this.own.has(note));
        if (gaps) this.note(fillIn(t.playground.gaps, { n: gaps }));
        if (rows.length > MOST_ROWS) this.note(fillIn(t.playground.manyRows, { all: rows.length, n: MOST_ROWS }));
        const kept = rows.length <= MOST_ROWS ? rows : spread(rows.length, MOST_ROWS).map((i) => rows[i]!);
        (["a", "b"] as const).forEach((name, k) => {
            const values = kept.map((row) => row[name]);
            const [low, high] = [Math.min(...values), Math.max(...values)];
            this.mid[k] = (low + high) / 2;
            this.half[k] = ((high - low) / 2) * 1.08 || 1;
        });
        this.low = Math.min(...kept.map((r) => r.label));
        this.high = Math.max(...kept.map((r) => r.label));
        return kept.map((r) => ({
            x: (r.a - this.mid[0]) / this.half[0], y: (r.b - this.mid[1]) / this.half[1],
            label: this.classes.length ? r.label : this.share(r.label),
        }));
    }

    private own = new Set<string>();
    private note(text: string): void {
        this.own.add(text);
        this.notes = [...this.notes, text];
    }

    // Text, and whole numbers of few different values, are classes; other numbers are values.
    private labelsOf(column: Column): Float64Array {
        if (column.form === "text") {
            this.classes = column.texts!.slice(1);
            if (this.classes.length > MOST_CLASSES) throw new Error(fillIn(t.playground.manyClasses, { n: this.classes.length, most: MOST_CLASSES, name: column.name }));
            return Float64Array.from(column.codes!, (code) => (code ? code - 1 : NaN));
        }
        const numbers = column.numbers!;
        const distinct = [...new Set(numbers)].filter(Number.isFinite).sort((p, q) => p - q);
        const whole = distinct.length <= MOST_CLASSES && distinct.every(Number.isInteger);
        this.classes = whole ? distinct.map(String) : [];
        return whole ? Float64Array.from(numbers, (v) => { const k = distinct.indexOf(v); return k < 0 ? NaN : k; }) : numbers;
    }

    // A value of the target from -1, the least, to 1, the largest.
    share(value: number): number {
        return this.high > this.low ? (2 * (value - this.low)) / (this.high - this.low) - 1 : 0;
    }

    // Places of the plane in the columns' own units, which the network is trained in.
    places(x: Float64Array): Float64Array {
        return x.map((v, i) => this.mid[i % 2]! + this.half[i % 2]! * v);
    }

    samples(s: Samples): Samples {
        const y = this.classes.length ? s.y : s.y.map((v) => this.low + ((v + 1) / 2) * (this.high - this.low));
        return { x: this.places(s.x), y, n: s.n };
    }
}
