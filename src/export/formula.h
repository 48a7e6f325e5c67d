/* Formulas of activations: f(z, p) as the activation's own file says it (`name_leaving`), parsed,
 * for the targets that write formulas.
 *
 * The language is a part of Python's, so that what NumPy evaluates is the same text (json.c puts it
 * into what leaves): numbers, z, p, + - * / and a minus in front, parentheses, a < b, a > b, and
 * the functions of the list. where(c, a, b) is a where c holds, else b.
 *
 * To add a function: its line in the list; its row in `templates` of c_formula.c (what it needs is
 * in `use` there) and shader_formula.c, and in `operators` of onnx_formula.c, or nothing: an
 * activation that uses it is then refused by name by that target; its entry in FUNCTIONS of
 * examples/predict_any.py and in _function of python/pensel/_to_torch.py; its row in
 * tests/test_formula.c; and its operator in src/import/onnx_probe.c, so that what left comes back.
 * */
#ifndef PENSEL_EXPORT_FORMULA_H
#define PENSEL_EXPORT_FORMULA_H

#include "export/target.h"

/* X(name, arguments): what a node of a formula is. What has a name in the language follows `less`.
 */
#define PENSEL_FORMULA_LIST(X) \
    X(number, 0)               \
    X(negative, 1)             \
    X(add, 2)                  \
    X(subtract, 2)             \
    X(multiply, 2)             \
    X(divide, 2)               \
    X(less, 2)                 \
    X(z, 0)                    \
    X(p, 0)                    \
    X(where, 3)                \
    X(max, 2)                  \
    X(min, 2)                  \
    X(abs, 1)                  \
    X(sqrt, 1)                 \
    X(exp, 1)                  \
    X(expm1, 1)                \
    X(log, 1)                  \
    X(log1p, 1)                \
    X(sin, 1)                  \
    X(cos, 1)                  \
    X(tanh, 1)                 \
    X(atan, 1)                 \
    X(erfc, 1)                 \
    X(logistic, 1)             \
    X(softmax, 1) /* over the layer: a whole formula, of z alone */

typedef enum pensel_formula_kind {
#define PENSEL_FORMULA_ENUM(name, arguments) PENSEL_FORMULA_##name,
    PENSEL_FORMULA_LIST(PENSEL_FORMULA_ENUM)
#undef PENSEL_FORMULA_ENUM
        PENSEL_FORMULA_KINDS
} pensel_formula_kind;

enum { PENSEL_FORMULA_NODES = 64 };

typedef struct pensel_formula_node {
    pensel_formula_kind kind;
    double number;
    size_t argument[3]; /* nodes before this one */
} pensel_formula_node;

/* The last node is the whole. */
typedef struct pensel_formula {
    pensel_formula_node nodes[PENSEL_FORMULA_NODES]; /* (count) */
    size_t count;
} pensel_formula;

/* What the activation's file says; a known activation's. */
const pensel_activation_leaving *pensel_activation_leaves(pensel_activation f);

/* False if there is no text (NULL), or it is none of the language. */
bool pensel_formula_parse(pensel_formula *formula, const char *text);
size_t pensel_formula_arguments(pensel_formula_kind kind);
/* Whether there is a formula, and each of its nodes has a template. */
bool pensel_formula_has(const char *text, const char *const templates[PENSEL_FORMULA_KINDS]);
/* Writes it as an expression: of each node its template, in which @0, @1 and @2 are its arguments.
 * A template's result must bind as tightly as a name, or stand in parentheses. Numbers are float
 * and have `suffix` behind them. */
void pensel_formula_write(pensel_text *text, const pensel_formula *formula, const char *suffix,
                          const char *const templates[PENSEL_FORMULA_KINDS]);

#endif
