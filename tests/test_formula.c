/* The formulas in which activations leave: each is what tests/oracle_activation.h says, its
 * language is read as Python reads it, and what is none of it is refused. tests/export_check.py
 * runs them in every language. */
#include "oracle_activation.h"

#include "export/formula.h"

#include <float.h>

#define DECLARE(name) extern const pensel_target pensel_target_##name;
PENSEL_TARGET_LIST(DECLARE)
static const pensel_target *const targets[] = {
#define ENTRY(name) &pensel_target_##name,
    PENSEL_TARGET_LIST(ENTRY)};
enum { TARGETS = sizeof targets / sizeof *targets };

/* ---------------------------------------------------------------- evaluated */

static long double one(pensel_formula_kind kind, long double a)
{
    switch (kind) {
    case PENSEL_FORMULA_negative:
        return -a;
    case PENSEL_FORMULA_abs:
        return fabsl(a);
    case PENSEL_FORMULA_sqrt:
        return sqrtl(a);
    case PENSEL_FORMULA_exp:
        return expl(a);
    case PENSEL_FORMULA_expm1:
        return expm1l(a);
    case PENSEL_FORMULA_log:
        return logl(a);
    case PENSEL_FORMULA_log1p:
        return log1pl(a);
    case PENSEL_FORMULA_sin:
        return sinl(a);
    case PENSEL_FORMULA_cos:
        return cosl(a);
    case PENSEL_FORMULA_tanh:
        return tanhl(a);
    case PENSEL_FORMULA_atan:
        return atanl(a);
    case PENSEL_FORMULA_erfc:
        return erfcl(a);
    case PENSEL_FORMULA_logistic:
        return oracle_logistic(a);
    case PENSEL_FORMULA_softmax:
        return expl(a); /* before it is divided by the layer's sum */
    default:
        fail_msg("a function of one number has no row in test_formula.c: %d", (int)kind);
    }
    return 0;
}

static long double two(pensel_formula_kind kind, long double a, long double b)
{
    switch (kind) {
    case PENSEL_FORMULA_add:
        return a + b;
    case PENSEL_FORMULA_subtract:
        return a - b;
    case PENSEL_FORMULA_multiply:
        return a * b;
    case PENSEL_FORMULA_divide:
        return a / b;
    case PENSEL_FORMULA_less:
        return a < b;
    case PENSEL_FORMULA_max:
        return fmaxl(a, b);
    case PENSEL_FORMULA_min:
        return fminl(a, b);
    default:
        fail_msg("a function of two numbers has no row in test_formula.c: %d", (int)kind);
    }
    return 0;
}

static long double value_of(const pensel_formula *f, size_t i, long double z, long double p)
{
    const pensel_formula_node *node = &f->nodes[i];
    size_t count = pensel_formula_arguments(node->kind);
    long double a[3] = {0};
    for (size_t k = 0; k < count; k++) {
        assert_true(node->argument[k] < i);
        a[k] = value_of(f, node->argument[k], z, p);
    }
    if (node->kind == PENSEL_FORMULA_number) return (long double)node->number;
    if (count == 0) return node->kind == PENSEL_FORMULA_z ? z : p;
    if (count == 1) return one(node->kind, a[0]);
    if (count == 2) return two(node->kind, a[0], a[1]);
    return a[0] > 0 ? a[1] : a[2];
}

static long double value_of_text(const char *text, long double z, long double p)
{
    pensel_formula f;
    if (!pensel_formula_parse(&f, text)) fail_msg("it is not read: %s", text);
    return value_of(&f, f.count - 1, z, p);
}

/* ---------------------------------------------------------------- the activations */

static void every_activation_leaves_as_what_it_is(void **state)
{
    static const long double parameters[] = {0.1L, 0.7L, 1, 3};
    (void)state;
    for (int f = 0; f < PENSEL_ACTIVATION_COUNT; f++) {
        const pensel_activation_leaving *says = pensel_activation_leaves((pensel_activation)f);
        const oracle_activation *oracle = oracle_activation_of((pensel_activation)f);
        if (!says->formula) continue; /* it leaves as a name alone */
        for (int i = -60; i <= 60; i++)
            for (size_t k = 0; k < 4; k++) {
                long double z = (long double)i / 8, p = parameters[k];
                if (strcmp(oracle->name, "leaky-relu") == 0 && p > 1) continue;
                long double found = value_of_text(says->formula, z, p);
                long double expected = oracle->value(z, p);
                if (fabsl(found - expected) > 1e-15L * (1 + fabsl(expected)))
                    fail_msg("%s leaves as %s, which is %.17Lg at z = %Lg, p = %Lg: %.17Lg is "
                             "expected",
                             oracle->name, says->formula, found, z, p, expected);
            }
    }
}

static void every_target_has_words_for_them(void **state)
{
    (void)state;
    for (int f = 0; f < PENSEL_ACTIVATION_COUNT; f++) {
        const pensel_activation_leaving *says = pensel_activation_leaves((pensel_activation)f);
        for (size_t t = 0; t < TARGETS; t++)
            if (says->formula && targets[t]->computes && !targets[t]->computes(says))
                fail_msg("%s has no words for %s", targets[t]->name, says->formula);
    }
}

/* What a file does not say is refused by each target that writes formulas; ONNX has an operator. */
static void what_does_not_say_how_it_leaves_is_refused(void **state)
{
    const pensel_activation_leaving silent = {0}, wrong = {.formula = "sinh(z)"};
    const pensel_activation_leaving named = {.onnx = "Mish"};
    size_t refused = 0;
    (void)state;
    for (size_t t = 0; t < TARGETS; t++) {
        if (!targets[t]->computes) continue;
        assert_false(targets[t]->computes(&silent));
        assert_false(targets[t]->computes(&wrong));
        assert_int_equal(targets[t]->computes(&named), strcmp(targets[t]->name, "onnx") == 0);
        refused++;
    }
    assert_int_equal(refused, 5); /* all but json and npz */
}

/* ---------------------------------------------------------------- the language */

static const struct {
    const char *text;
    long double expected; /* at z = 3, p = 0.5, by Python 3 */
} read[] = {
    {"z", 3},
    {" ( z ) ", 3},
    {"1 - 2 - 4", -5},
    {"16 / 4 / 2", 2},
    {"1 + 2 * z", 7},
    {"(1 + 2) * z", 9},
    {"-z * z", -9},
    {"2 - -z", 5},
    {"-(-z)", 3},
    {"1 - (2 - z)", 2},
    {"2.5e-1 * z + 1e2", 100.75L},
    {"where(z < p, 1, 2)", 2},
    {"where(p < z, 1, 2)", 1},
    {"where(z > p, z - p, 2)", 2.5L},
    {"where(z > 3, 1, where(z < 4, 5, 6))", 5},
    {"max(z, p) - min(z, p) * abs(-z)", 1.5L},
    {"sqrt(z * z + 16)", 5},
    {"log(exp(z))", 3},
    {"log1p(expm1(p))", 0.5L},
    {"sin(p) * sin(p) + cos(p) * cos(p)", 1},
    {"4 * atan(1)", 3.14159265358979323846L},
    {"tanh(z) - (2 * logistic(2 * z) - 1)", 0},
    {"erfc(0)", 1},
};

static void it_is_read_as_python_reads_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof read / sizeof *read; i++) {
        long double found = value_of_text(read[i].text, 3, 0.5L);
        if (fabsl(found - read[i].expected) > 1e-15L * (1 + fabsl(read[i].expected)))
            fail_msg("%s is %.17Lg: %.17Lg is expected", read[i].text, found, read[i].expected);
    }
}

static void what_is_none_of_it_is_not_read(void **state)
{
    static const char *const others[] = {
        "",
        " ",
        "y",
        "z z",
        "z +",
        "* z",
        "(z",
        "z)",
        "sin z",
        "sin()",
        "sin(z, z)",
        "max(z)",
        "where(z)",
        "number",
        "add(z, z)",
        "zp",
        "1.2.3",
        "1e",
        "z < 1",
        "1 + (z < 1)",
        "where(z, 1, 2)",
        "where(z < 1, z < 2, 3)",
        "z ^ 2",
        "z ** 2",
        "2 * softmax(z)",
        "softmax(2 * z)",
        "softmax(softmax(z))",
        "z < 1 < 2",
        ".",
        "z,",
        "sin(z",
    };
    char deep[2 * PENSEL_FORMULA_NODES + 2] = "z";
    pensel_formula f;
    (void)state;
    assert_false(pensel_formula_parse(&f, NULL));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (pensel_formula_parse(&f, others[i])) fail_msg("it is read: \"%s\"", others[i]);
    for (size_t i = 1; i < PENSEL_FORMULA_NODES; i++)
        strcat(deep, "+z");
    assert_false(pensel_formula_parse(&f, deep)); /* as many sums as there are nodes, less one */
    deep[PENSEL_FORMULA_NODES - 1] = '\0';
    assert_true(pensel_formula_parse(&f, deep));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_activation_leaves_as_what_it_is),
        cmocka_unit_test(every_target_has_words_for_them),
        cmocka_unit_test(what_does_not_say_how_it_leaves_is_refused),
        cmocka_unit_test(it_is_read_as_python_reads_it),
        cmocka_unit_test(what_is_none_of_it_is_not_read),
    };
    return RUN(tests);
}
