// The names of pensel's activations, for addresses, which are read before the library is there: build.mjs takes
// them from the library's source. What they are (formula, default of p) comes from the library.
import type { ActivationInfo } from "../core/api.ts";

export const ACTIVATIONS = ACTIVATION_NAMES;

// Those of hidden layers, the usual ones first: a step has no gradient, softmax is for outputs, and powers of
// powers of e leave all numbers behind.
const FIRST = ["relu", "tanh", "logistic"], OUTPUTS = ["step", "softmax", "exponential"];
export const HIDDEN = [...FIRST, ...ACTIVATIONS.filter((name) => ![...FIRST, ...OUTPUTS].includes(name))];

export const parameterOf = (name: string, known: ActivationInfo[]): number =>
    known.find((one) => one.name === name)?.parameter ?? 0;
