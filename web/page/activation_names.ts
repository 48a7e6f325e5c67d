// The names of pensel's activations, for addresses, which are read before the library is there.
// What they are (formula, default of p) comes from the library.
import type { ActivationInfo } from "../core/api.ts";

export const ACTIVATIONS = ["identity", "step", "logistic", "tanh", "relu", "leaky-relu", "elu", "selu",
    "softplus", "gelu", "silu", "sine", "gaussian", "exponential", "softmax"] as const;
export type ActivationName = (typeof ACTIVATIONS)[number];

// Those of hidden layers: a step has no gradient, and softmax is for outputs.
export const HIDDEN = ["relu", "tanh", "logistic", "leaky-relu", "elu", "gelu", "silu", "softplus", "sine",
    "gaussian", "identity"] as const;

export const parameterOf = (name: string, known: ActivationInfo[]): number =>
    known.find((one) => one.name === name)?.parameter ?? 0;
