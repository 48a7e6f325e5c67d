// Functions as data: what is typed, such as sin(3 a) > b, becomes a value for each point. It makes
// targets; nothing of a network is computed here. The grammar, loosest first:
//
//     comparison := sum (("<" | ">" | "<=" | ">=") sum)?      1 where it holds, else 0
//     sum        := term (("+" | "-") term)*
//     term       := sign (("*" | "/")? sign)*                 2a is 2 times a
//     sign       := "-" sign | power
//     power      := atom ("^" sign)?
//     atom       := number | name | function "(" comparison ")" | "(" comparison ")"
import { fillIn } from "./dom.ts";
import { t } from "./text/text.ts";

type Value = (a: number, b: number) => number;

const functions: Record<string, (v: number) => number> = {
    sin: Math.sin, cos: Math.cos, tan: Math.tan, exp: Math.exp, log: Math.log, sqrt: Math.sqrt,
    abs: Math.abs, tanh: Math.tanh, floor: Math.floor, sign: Math.sign,
};
const names: Record<string, Value> = {
    a: (a) => a, b: (_, b) => b, x: (a) => a, y: (_, b) => b,
    r: (a, b) => Math.hypot(a, b), pi: () => Math.PI, e: () => Math.E,
};

export interface Formula {
    value: Value;
    yesNo: boolean; // a comparison: two classes
}

export function parseFormula(text: string): Formula {
    const tokens = text.match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|[a-z]+|<=|>=|[-+*/^()<>]|\S/gi) ?? [];
    let at = 0;
    let compared = false;
    const wrong = (): never => {
        const token = tokens[at];
        throw new Error(token === undefined ? t.formula.ended : fillIn(t.formula.wrong, { token, known: Object.keys(functions).join(", ") }));
    };
    const accept = (token: string): boolean => tokens[at]?.toLowerCase() === token && ++at > 0;

    function comparison(): Value {
        const left = sum();
        const sign = tokens[at];
        if (sign !== "<" && sign !== ">" && sign !== "<=" && sign !== ">=") return left;
        at++;
        compared = true;
        const right = sum();
        return (a, b) => {
            const l = left(a, b);
            const r = right(a, b);
            return Number(sign === "<" ? l < r : sign === ">" ? l > r : sign === "<=" ? l <= r : l >= r);
        };
    }
    function sum(): Value {
        let left = term();
        for (;;) {
            const before = left;
            if (accept("+")) { const right = term(); left = (a, b) => before(a, b) + right(a, b); }
            else if (accept("-")) { const right = term(); left = (a, b) => before(a, b) - right(a, b); }
            else return left;
        }
    }
    function term(): Value {
        let left = sign();
        for (;;) {
            const before = left;
            if (accept("/")) { const right = sign(); left = (a, b) => before(a, b) / right(a, b); }
            else if (accept("*") || /^[\da-z.(]/i.test(tokens[at] ?? "")) { const right = sign(); left = (a, b) => before(a, b) * right(a, b); }
            else return left;
        }
    }
    function sign(): Value {
        if (!accept("-")) return power();
        const value = sign();
        return (a, b) => -value(a, b);
    }
    function power(): Value {
        const base = atom();
        if (!accept("^")) return base;
        const exponent = sign();
        return (a, b) => base(a, b) ** exponent(a, b);
    }
    function atom(): Value {
        const token = tokens[at]?.toLowerCase() ?? "";
        if (accept("(")) {
            const value = comparison();
            if (!accept(")")) wrong();
            return value;
        }
        if (/^[\d.]/.test(token)) {
            const number = Number(token);
            if (!Number.isFinite(number)) wrong();
            at++;
            return () => number;
        }
        const known = Object.hasOwn(names, token) ? names[token] : undefined; // not what every object has, such as `constructor`
        if (known) { at++; return known; }
        const f = Object.hasOwn(functions, token) ? functions[token] : undefined;
        if (!f) return wrong();
        at++;
        if (!accept("(")) wrong();
        const inner = comparison();
        if (!accept(")")) wrong();
        return (a, b) => f(inner(a, b));
    }

    const value = comparison();
    if (at < tokens.length) wrong();
    return { value, yesNo: compared };
}
