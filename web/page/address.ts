// The state of a room lies in the address: #layers?data=xor&hidden=4&lang=sv. What stands at its
// default is left out. So a link is an exercise, and a reload loses nothing.
//
// To add a setting: a line in the `fields` of its room; nothing else.

export interface Field<T> {
    initial: T;
    read(text: string): T | undefined; // undefined: not one of its values
    write(value: T): string;
    needs(): string; // "a number from 0 to 10", for the sentence about a text that it cannot be
}

// eslint-style any: the fields of a room differ in type, and each knows its own.
// deno-lint-ignore no-explicit-any
export type Fields = Record<string, Field<any>>;
export type Values<F extends Fields> = { [K in keyof F]: F[K]["initial"] };

import { fillIn } from "./dom.ts";
import { t } from "./text/text.ts";

function readNumber(text: string): number | undefined {
    const value = Number(text);
    return text.trim() !== "" && Number.isFinite(value) ? value : undefined;
}

export function number(initial: number, low: number, high: number, whole = false): Field<number> {
    return {
        initial,
        read(text) {
            const value = readNumber(text);
            if (value === undefined || value < low || value > high) return undefined;
            return whole && !Number.isInteger(value) ? undefined : value;
        },
        write: String,
        needs: () => fillIn(whole ? t.address.whole : t.address.number, { low, high }),
    };
}

export function flag(initial: boolean): Field<boolean> {
    return {
        initial,
        read: (text) => (text === "1" ? true : text === "0" ? false : undefined),
        write: (value) => (value ? "1" : "0"),
        needs: () => t.address.flag,
    };
}

export function choice<T extends string>(initial: T, values: readonly T[]): Field<T> {
    return {
        initial,
        read: (text) => values.find((value) => value === text),
        write: (value) => value,
        needs: () => fillIn(t.address.choice, { values: values.join(", ") }),
    };
}

// Short texts, such as a formula; what it means is checked where it is used.
export function words(initial: string, most: number): Field<string> {
    return {
        initial,
        read: (text) => (text.length <= most ? text : undefined),
        write: (value) => value,
        needs: () => fillIn(t.address.words, { most }),
    };
}

export function numbers(
    initial: number[],
    least: number,
    most: number,
    low: number,
    high: number,
    whole = false,
): Field<number[]> {
    return {
        initial,
        read(text) {
            const values = text === "" ? [] : text.split(",").map(readNumber);
            if (values.length < least || values.length > most) return undefined;
            const good = values.every(
                (v) => v !== undefined && v >= low && v <= high && (!whole || Number.isInteger(v)),
            );
            return good ? (values as number[]) : undefined;
        },
        write: (values) => values.map((v) => Number(v.toPrecision(7))).join(","),
        needs: () => fillIn(t.address.numbers, { least, most, low, high }),
    };
}

export interface Point {
    x: number;
    y: number;
    label: number;
}

// Points as x,y,label;x,y,label: what was drawn by hand.
export function points(most: number, classes: number): Field<Point[]> {
    return {
        initial: [],
        read(text) {
            const list = text === "" ? [] : text.split(";");
            const made = list.map((one) => {
                const parts = one.split(",").map(readNumber);
                const [x, y, label] = parts;
                const good = parts.length === 3 && x !== undefined && y !== undefined && label !== undefined;
                if (!good || Math.abs(x) > 1e6 || Math.abs(y) > 1e6) return undefined;
                if (!Number.isInteger(label) || label < 0 || label >= classes) return undefined;
                return { x, y, label };
            });
            return made.length <= most && made.every((p) => p) ? (made as Point[]) : undefined;
        },
        write: (list) =>
            list.map((p) => `${round(p.x)},${round(p.y)},${p.label}`).join(";"),
        needs: () => fillIn(t.address.points, { most, last: classes - 1 }),
    };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

export interface Parsed {
    room: string;
    settings: URLSearchParams;
}

export function parseAddress(hash: string): Parsed {
    const [room, ...rest] = hash.replace(/^#/, "").split("?");
    return { room: room ?? "", settings: new URLSearchParams(rest.join("?")) };
}

// Takes over what is good in `settings`; the rest stays at its default, and the sentences say why.
export function readFields<F extends Fields>(
    fields: F,
    settings: URLSearchParams,
    shared: string[],
): { values: Values<F>; complaints: string[] } {
    const values: Record<string, unknown> = {};
    const complaints: string[] = [];
    for (const [name, field] of Object.entries(fields)) values[name] = field.initial;
    for (const [name, text] of settings) {
        const field = fields[name];
        if (!field) {
            if (!shared.includes(name))
                complaints.push(
                    fillIn(t.address.unknown, { name, known: Object.keys(fields).join(", ") }),
                );
            continue;
        }
        const value: unknown = field.read(text);
        if (value === undefined)
            complaints.push(
                fillIn(t.address.wrong, { name, text: text.slice(0, 60), needs: field.needs() }),
            );
        else values[name] = value;
    }
    return { values: values as Values<F>, complaints };
}

export function writeFields(fields: Fields, values: Record<string, unknown>): URLSearchParams {
    const settings = new URLSearchParams();
    for (const [name, field] of Object.entries(fields)) {
        const text = field.write(values[name]);
        if (text !== field.write(field.initial)) settings.set(name, text);
    }
    return settings;
}

// Readable: commas, semicolons and the like need no escapes behind #.
export function addressText(room: string, settings: URLSearchParams): string {
    const text = settings.toString().replace(/%2C/g, ",").replace(/%3B/g, ";").replace(/%3A/g, ":");
    return `#${room}${text ? `?${text}` : ""}`;
}
