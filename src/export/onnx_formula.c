/* Activations in ONNX: the standard's own operator where the activation names one, else a node for
 * each of its formula (formula.h). */
#include "export/formula.h"
#include "export/onnx_graph.h"

/* An operator of as many inputs as the node has arguments. */
static const char *const operators[PENSEL_FORMULA_KINDS] = {
    [PENSEL_FORMULA_number] = "",
    [PENSEL_FORMULA_z] = "",
    [PENSEL_FORMULA_p] = "",
    [PENSEL_FORMULA_negative] = "Neg",
    [PENSEL_FORMULA_add] = "Add",
    [PENSEL_FORMULA_subtract] = "Sub",
    [PENSEL_FORMULA_multiply] = "Mul",
    [PENSEL_FORMULA_divide] = "Div",
    [PENSEL_FORMULA_less] = "Less",
    [PENSEL_FORMULA_where] = "Where",
    [PENSEL_FORMULA_max] = "Max",
    [PENSEL_FORMULA_min] = "Min",
    [PENSEL_FORMULA_abs] = "Abs",
    [PENSEL_FORMULA_sqrt] = "Sqrt",
    [PENSEL_FORMULA_exp] = "Exp",
    [PENSEL_FORMULA_expm1] = "Exp",
    [PENSEL_FORMULA_log] = "Log",
    [PENSEL_FORMULA_log1p] = "Log",
    [PENSEL_FORMULA_sin] = "Sin",
    [PENSEL_FORMULA_cos] = "Cos",
    [PENSEL_FORMULA_tanh] = "Tanh",
    [PENSEL_FORMULA_atan] = "Atan",
    [PENSEL_FORMULA_erfc] = "Erf",
    [PENSEL_FORMULA_logistic] = "Sigmoid",
    [PENSEL_FORMULA_softmax] = "Softmax",
};

bool pensel_onnx_computes(const pensel_activation_leaving *says)
{
    return says->onnx || pensel_formula_has(says->formula, operators);
}

static onnx_name put_softmax(pensel_onnx *w, onnx_name z)
{
    onnx_name y = pensel_onnx_new(w);
    pensel_onnx_begin(w, "Softmax", z.text, y.text);
    pensel_onnx_whole(w, "axis", 1);
    pensel_onnx_end(w);
    return y;
}

/* What is no single operator is one with a 1. */
static onnx_name put_function(pensel_onnx *w, pensel_formula_kind kind, const onnx_name a[3])
{
    const char *operator= operators[kind];
    if (kind == PENSEL_FORMULA_softmax) return put_softmax(w, a[0]);
    if (kind == PENSEL_FORMULA_where) return pensel_onnx_where(w, a[0], a[1], a[2]);
    if (pensel_formula_arguments(kind) == 2) return pensel_onnx_two(w, operator, a[0], a[1]);
    if (kind == PENSEL_FORMULA_log1p)
        return pensel_onnx_one(
            w, operator, pensel_onnx_two(w, "Add", a[0], pensel_onnx_number(w, ONNX_FLOAT, 1)));
    onnx_name y = pensel_onnx_one(w, operator, a[0]);
    if (kind == PENSEL_FORMULA_expm1)
        return pensel_onnx_two(w, "Sub", y, pensel_onnx_number(w, ONNX_FLOAT, 1));
    if (kind == PENSEL_FORMULA_erfc)
        return pensel_onnx_two(w, "Sub", pensel_onnx_number(w, ONNX_FLOAT, 1), y);
    return y;
}

/* p is a number here. */
static onnx_name put_formula(pensel_onnx *w, const pensel_formula *f, onnx_name z, double p)
{
    onnx_name values[PENSEL_FORMULA_NODES];
    for (size_t i = 0; i < f->count; i++) {
        const pensel_formula_node *node = &f->nodes[i];
        onnx_name a[3] = {{""}};
        for (size_t k = 0; k < pensel_formula_arguments(node->kind); k++)
            a[k] = values[node->argument[k]];
        if (node->kind == PENSEL_FORMULA_z)
            values[i] = z;
        else if (node->kind == PENSEL_FORMULA_number || node->kind == PENSEL_FORMULA_p)
            values[i] = pensel_onnx_number(w, ONNX_FLOAT,
                                           node->kind == PENSEL_FORMULA_p ? p : node->number);
        else
            values[i] = put_function(w, node->kind, a);
    }
    return values[f->count - 1];
}

onnx_name pensel_onnx_activation(pensel_onnx *w, onnx_name z, const pensel_operation *o)
{
    const pensel_activation_leaving *says = pensel_activation_leaves(o->activation);
    pensel_formula f;
    if (!says->onnx) {
        pensel_formula_parse(&f, says->formula);
        return put_formula(w, &f, z, o->parameter);
    }
    onnx_name y = pensel_onnx_new(w);
    pensel_onnx_begin(w, says->onnx, z.text, y.text);
    if (says->alpha) pensel_onnx_real(w, "alpha", o->parameter);
    pensel_onnx_end(w);
    return y;
}
