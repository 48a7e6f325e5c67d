/* Activations in exported C: their formulas (formula.h) in the arithmetic of c_float.c, which has
 * ADD, MUL, LESS, DIV and e^z - minus as power(z, minus); and in libm's functions. */
#include "export/c_text.h"
#include "export/formula.h"

static const char *const templates[PENSEL_FORMULA_KINDS] = {
    [PENSEL_FORMULA_number] = "",
    [PENSEL_FORMULA_z] = "z",
    [PENSEL_FORMULA_p] = "p",
    [PENSEL_FORMULA_negative] = "(-@0)",
    [PENSEL_FORMULA_add] = "ADD(@0, @1)",
    [PENSEL_FORMULA_subtract] = "ADD(@0, -@1)",
    [PENSEL_FORMULA_multiply] = "MUL(@0, @1)",
    [PENSEL_FORMULA_divide] = "DIV(@0, @1)",
    [PENSEL_FORMULA_less] = "LESS(@0, @1)",
    [PENSEL_FORMULA_where] = "(@0 ? @1 : @2)",
    [PENSEL_FORMULA_max] = "(LESS(@1, @0) ? @0 : @1)", /* @1 passes if it is NaN, as in kernels */
    [PENSEL_FORMULA_min] = "(LESS(@0, @1) ? @0 : @1)",
    [PENSEL_FORMULA_abs] = "fabsf(@0)",
    [PENSEL_FORMULA_sqrt] = "sqrtf(@0)",
    [PENSEL_FORMULA_exp] = "power(@0, 0)",
    [PENSEL_FORMULA_expm1] = "power(@0, 1)",
    [PENSEL_FORMULA_log] = "logf(@0)",
    [PENSEL_FORMULA_log1p] = "log1pf(@0)",
    [PENSEL_FORMULA_sin] = "sinf(@0)",
    [PENSEL_FORMULA_cos] = "cosf(@0)",
    [PENSEL_FORMULA_tanh] = "DIV(power(MUL(2.0f, @0), 1), power(MUL(2.0f, @0), -1))",
    [PENSEL_FORMULA_atan] = "atanf(@0)",
    [PENSEL_FORMULA_erfc] = "erfcf(@0)",
    [PENSEL_FORMULA_logistic] = "DIV(1.0f, power(-@0, -1))",
    [PENSEL_FORMULA_softmax] = "@0", /* the helper `softmax` does it, when the layer is there */
};

bool pensel_c_computes(const pensel_activation_leaving *says)
{
    return pensel_formula_has(says->formula, templates);
}

/* What of the file's own arithmetic its node needs */
static void use(pensel_c *c, pensel_formula_kind kind)
{
    switch (kind) {
    case PENSEL_FORMULA_add:
    case PENSEL_FORMULA_subtract:
        c->adds = true;
        break;
    case PENSEL_FORMULA_divide:
        c->divides = true;
        break;
    case PENSEL_FORMULA_exp:
    case PENSEL_FORMULA_expm1:
        c->powers = true;
        break;
    case PENSEL_FORMULA_tanh:
    case PENSEL_FORMULA_logistic:
        c->powers = c->divides = true;
        break;
    case PENSEL_FORMULA_abs:
    case PENSEL_FORMULA_sqrt:
    case PENSEL_FORMULA_log:
    case PENSEL_FORMULA_log1p:
    case PENSEL_FORMULA_sin:
    case PENSEL_FORMULA_cos:
    case PENSEL_FORMULA_atan:
    case PENSEL_FORMULA_erfc:
        c->math = true;
        break;
    default:
        break;
    }
}

void pensel_c_use_activation(pensel_c *c, pensel_activation activation)
{
    pensel_formula f;
    c->activations[activation] = c->floats = true;
    pensel_formula_parse(&f, pensel_activation_leaves(activation)->formula);
    for (size_t i = 0; i < f.count; i++)
        use(c, f.nodes[i].kind);
}

void pensel_c_activations(pensel_text *text, const pensel_c *c)
{
    pensel_formula formula;
    for (size_t f = 0; f < PENSEL_ACTIVATION_COUNT; f++) {
        if (!c->activations[f]) continue;
        pensel_text_print(text, "static float f%zu(float z, float p) /* %s */\n{\n", f,
                          pensel_activation_describe((pensel_activation)f)->name);
        pensel_text_put(text, "    (void)p;\n    return ");
        pensel_formula_parse(&formula, pensel_activation_leaves((pensel_activation)f)->formula);
        pensel_formula_write(text, &formula, "f", templates);
        pensel_text_put(text, ";\n}\n\n");
    }
}
