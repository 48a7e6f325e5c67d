/* Activations in GLSL: their formulas (formula.h), with a few functions that the language has not,
 * or not for all numbers. */
#include "export/formula.h"
#include "export/shader.h"

static const char functions[] =
    "/* Abramowitz & Stegun 7.1.26: within 1.5e-7 */\n"
    "float erf(float x)\n"
    "{\n"
    "    float t = 1.0 / (1.0 + 0.3275911 * abs(x));\n"
    "    float p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t "
    "* 1.061405429))));\n"
    "    return sign(x) * (1.0 - p * exp(-x * x));\n"
    "}\n\n"
    "/* tanh, of which large numbers are no quotient of infinities */\n"
    "float hyperbolic(float x)\n"
    "{\n"
    "    return 1.0 - 2.0 / (exp(2.0 * min(x, 20.0)) + 1.0);\n"
    "}\n\n";

static const char *const templates[PENSEL_FORMULA_KINDS] = {
    [PENSEL_FORMULA_number] = "",
    [PENSEL_FORMULA_z] = "z",
    [PENSEL_FORMULA_p] = "p",
    [PENSEL_FORMULA_negative] = "(-@0)",
    [PENSEL_FORMULA_add] = "(@0 + @1)",
    [PENSEL_FORMULA_subtract] = "(@0 - @1)",
    [PENSEL_FORMULA_multiply] = "(@0 * @1)",
    [PENSEL_FORMULA_divide] = "(@0 / @1)",
    [PENSEL_FORMULA_less] = "(@0 < @1)",
    [PENSEL_FORMULA_where] = "(@0 ? @1 : @2)",
    [PENSEL_FORMULA_max] = "max(@0, @1)",
    [PENSEL_FORMULA_min] = "min(@0, @1)",
    [PENSEL_FORMULA_abs] = "abs(@0)",
    [PENSEL_FORMULA_sqrt] = "sqrt(@0)",
    [PENSEL_FORMULA_exp] = "exp(@0)",
    [PENSEL_FORMULA_expm1] = "(exp(@0) - 1.0)",
    [PENSEL_FORMULA_log] = "log(@0)",
    [PENSEL_FORMULA_log1p] = "log(1.0 + @0)",
    [PENSEL_FORMULA_sin] = "sin(@0)",
    [PENSEL_FORMULA_cos] = "cos(@0)",
    [PENSEL_FORMULA_tanh] = "hyperbolic(@0)",
    [PENSEL_FORMULA_atan] = "atan(@0)",
    [PENSEL_FORMULA_erfc] = "(1.0 - erf(@0))",
    [PENSEL_FORMULA_logistic] = "(1.0 / (1.0 + exp(-@0)))",
    [PENSEL_FORMULA_softmax] = "@0", /* put_softmax does it, when the layer is there */
};

bool pensel_shader_computes(const pensel_activation_leaving *says)
{
    return pensel_formula_has(says->formula, templates);
}

static bool has_activation(const pensel_graph *graph, pensel_activation f)
{
    for (size_t i = 0; i < graph->count; i++) {
        const pensel_operation *o = &graph->list[i];
        bool activates = o->kind == PENSEL_OP_AFFINE || o->kind == PENSEL_OP_ACTIVATE;
        if (activates && o->activation == f) return true;
    }
    return false;
}

void pensel_shader_activations(pensel_shader *s)
{
    pensel_formula formula;
    pensel_text_put(&s->code, functions);
    for (size_t i = 0; i < PENSEL_ACTIVATION_COUNT; i++) {
        pensel_activation f = (pensel_activation)i;
        if (!has_activation(&s->leaving->graph, f)) continue;
        pensel_text_print(&s->code, "/* %s */\nfloat f%zu(float z, float p)\n{\n    return ",
                          pensel_activation_describe(f)->name, i);
        pensel_formula_parse(&formula, pensel_activation_leaves(f)->formula);
        pensel_formula_write(&s->code, &formula, "", templates);
        pensel_text_put(&s->code, ";\n}\n\n");
    }
}
