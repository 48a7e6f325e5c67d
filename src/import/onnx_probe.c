/* Activations of an ONNX graph, recognised by what they compute and not by how they are written:
 * some are an operator, others three or eight, in another order in each program that writes them.
 * From a value back over operators on single numbers, as long as all come from one earlier value z,
 * the function of z is computed at some points and compared with each activation there is. The
 * earliest z for which one fits is taken, so that sin(30 z) is not sin of a product. */
#include "import/onnx_read.h"

#include "base/memory.h"

#include <math.h>

enum { NODES = 12, FRONT = 6, NEAR = 33, POINTS = 47, ARITY = 3 };
static const double points[POINTS] = {0,     1e-3, -1e-3, 0.1,  -0.1,  0.25, -0.25, 0.5, -0.5, 0.75,
                                      -0.75, 1,    -1,    1.5,  -1.5,  2,    -2,    2.5, -2.5, 3,
                                      -3,    4,    -4,    5,    -5,    6,    -6,    8,   -8,   1e-4,
                                      -1e-4, 1e-5, -1e-5, 20,   -20,   60,   -60,   300, -300, 3000,
                                      -3e3,  1e5,  -1e5,  1e10, -1e10, 1e20, -1e20};
static const double CLOSE = 2e-6; /* constants are float */
enum { AT_SMALL = 1, AT_MINUS_ONE = 12 };

/* ------------------------------------------------------------------ operators on numbers */

#define FUNCTION(name, expression)                                         \
    static double name(const double *v, const double *p)                   \
    {                                                                      \
        const double a = v[0], b = v[1], c = v[2], alpha = p[0], g = p[1]; \
        (void)a, (void)b, (void)c, (void)alpha, (void)g;                   \
        return expression;                                                 \
    }
FUNCTION(same, a)
FUNCTION(relu, a > 0 ? a : 0)
FUNCTION(sigmoid, 1 / (1 + exp(-a)))
FUNCTION(hyperbolic, tanh(a))
FUNCTION(leaky, a > 0 ? a : alpha * a)
FUNCTION(exponential_unit, a > 0 ? a : alpha * expm1(a))
FUNCTION(scaled_unit, g *(a > 0 ? a : alpha * expm1(a)))
FUNCTION(continuous_unit, a > 0 ? a : alpha * expm1(a / alpha))
FUNCTION(soft_plus, a > 30 ? a : log1p(exp(a)))
FUNCTION(gelu, a * 0.5 * (1 + erf(a * 0.70710678118654752440)))
FUNCTION(swish, a / (1 + exp(-alpha * a)))
FUNCTION(error_function, erf(a))
FUNCTION(power_of_e, exp(a))
FUNCTION(logarithm, log(a))
FUNCTION(negative, -a)
FUNCTION(absolute, fabs(a))
FUNCTION(root, sqrt(a))
FUNCTION(inverse, 1 / a)
FUNCTION(sine, sin(a))
FUNCTION(cosine, cos(a))
FUNCTION(arc, atan(a))
FUNCTION(sum, a + b)
FUNCTION(difference, a - b)
FUNCTION(product, a *b)
FUNCTION(quotient, a / b)
FUNCTION(power, pow(a, b))
FUNCTION(larger, a > b ? a : b)
FUNCTION(smaller, a < b ? a : b)
FUNCTION(sloped, a > 0 ? a : a * b)
FUNCTION(above, a > b)
FUNCTION(not_below, a >= b)
FUNCTION(below, a < b)
FUNCTION(not_above, a <= b)
FUNCTION(choice, a != 0 ? b : c)

typedef struct elementwise {
    const char *operator;
    size_t arity;
    double (*apply)(const double *v, const double *p);
    double alpha, gamma; /* what the attributes are when they are not there */
} elementwise;

static const elementwise operators[] = {
    {"Identity", 1, same, 0, 0},
    {"Cast", 1, same, 0, 0},
    {"Relu", 1, relu, 0, 0},
    {"Sigmoid", 1, sigmoid, 0, 0},
    {"Tanh", 1, hyperbolic, 0, 0},
    {"LeakyRelu", 1, leaky, 0.01, 0},
    {"Elu", 1, exponential_unit, 1, 0},
    {"Selu", 1, scaled_unit, 1.67326319217681884765625, 1.05070102214813232421875},
    {"Celu", 1, continuous_unit, 1, 0},
    {"Softplus", 1, soft_plus, 0, 0},
    {"Gelu", 1, gelu, 0, 0},
    {"Swish", 1, swish, 1, 0},
    {"Erf", 1, error_function, 0, 0},
    {"Exp", 1, power_of_e, 0, 0},
    {"Log", 1, logarithm, 0, 0},
    {"Neg", 1, negative, 0, 0},
    {"Abs", 1, absolute, 0, 0},
    {"Sqrt", 1, root, 0, 0},
    {"Reciprocal", 1, inverse, 0, 0},
    {"Sin", 1, sine, 0, 0},
    {"Cos", 1, cosine, 0, 0},
    {"Atan", 1, arc, 0, 0},
    {"Add", 2, sum, 0, 0},
    {"Sub", 2, difference, 0, 0},
    {"Mul", 2, product, 0, 0},
    {"Div", 2, quotient, 0, 0},
    {"Pow", 2, power, 0, 0},
    {"Max", 2, larger, 0, 0},
    {"Min", 2, smaller, 0, 0},
    {"PRelu", 2, sloped, 0, 0},
    {"Greater", 2, above, 0, 0},
    {"GreaterOrEqual", 2, not_below, 0, 0},
    {"Less", 2, below, 0, 0},
    {"LessOrEqual", 2, not_above, 0, 0},
    {"Where", 3, choice, 0, 0},
};

static bool is_real(int64_t type)
{
    return type == 1 || type == 10 || type == 11 || type == 16;
}

/* Gelu is approximated by tanh if it says so. */
static bool is_exact(pensel_span attribute)
{
    pensel_field f;
    bool broken = false, exact = true;
    while (pensel_wire_field(&f, &attribute, &broken))
        if (f.number == 4 && f.wire == 2) exact = pensel_span_is(f.bytes, "none");
    return exact;
}

static const elementwise *find(const onnx_node *node)
{
    pensel_span message;
    if (!pensel_onnx_standard(node)) return NULL;
    if (pensel_onnx_is(node, "Cast") && !is_real(pensel_onnx_int(node, "to", 0))) return NULL;
    if (pensel_onnx_attribute(&message, node, "approximate") && !is_exact(message)) return NULL;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (pensel_onnx_is(node, operators[i].operator) && node->count == operators[i].arity)
            return &operators[i];
    return NULL;
}

/* ------------------------------------------------------------------ the function of z */

/* An operator of the function; its inputs are steps before it, z, or constants. */
typedef struct probe_step {
    size_t value;
    const onnx_node *node;
    const elementwise *operator;
    double p[2], constant[ARITY];
    bool fixed[ARITY];
} probe_step;

typedef struct probe {
    const onnx_graph *graph;
    probe_step steps[NODES]; /* (count) each before those it reads */
    size_t count;
    size_t front[FRONT]; /* (front_count) the values that are open */
    size_t front_count;
} probe;

/* The step of the open value that is made last; false: it is none that can be gone through. */
static bool pick(probe *p, probe_step *step, size_t *which)
{
    const onnx_node *last = NULL;
    for (size_t i = 0; i < p->front_count; i++) {
        const onnx_node *node = pensel_onnx_maker(p->graph, p->front[i]);
        if (node && (!last || node > last)) {
            last = node;
            *which = i;
        }
    }
    if (!last || p->count == NODES || p->graph->values[p->front[*which]].position != 0)
        return false;
    *step = (probe_step){.value = p->front[*which], .node = last, .operator= find(last)};
    if (!step->operator) return false;
    step->p[0] = pensel_onnx_float(last, "alpha", step->operator->alpha);
    step->p[1] = pensel_onnx_float(last, "gamma", step->operator->gamma);
    return true;
}

/* A value that two operators read is open once: both get the same z. */
static bool add_open(probe *p, size_t value)
{
    for (size_t i = 0; i < p->front_count; i++)
        if (p->front[i] == value) return true;
    if (p->front_count == FRONT) return false;
    p->front[p->front_count++] = value;
    return true;
}

/* Goes one operator back: the open value that is made last is replaced by what it is made of.
 * Taking the last one first, no value is opened again behind a step that reads it, so steps
 * stand in an order in which they can be computed. */
static bool expand(probe *p)
{
    probe_step step;
    size_t which = 0;
    if (!pick(p, &step, &which)) return false;
    p->front[which] = p->front[--p->front_count];
    for (size_t i = 0; i < step.operator->arity; i++) {
        size_t input = pensel_onnx_link(p->graph, step.node, i);
        if (input == ONNX_NONE) return false;
        step.fixed[i] = pensel_onnx_constant(p->graph, input);
        if (step.fixed[i] ? !pensel_onnx_single(&step.constant[i], p->graph, input)
                          : !add_open(p, input))
            return false;
    }
    p->steps[p->count++] = step;
    return p->front_count > 0;
}

/* A constant, the result of a step that was computed before, or z. */
static double input_of(const probe *p, const double *results, const probe_step *s, size_t i,
                       double z)
{
    if (s->fixed[i]) return s->constant[i];
    size_t value = pensel_onnx_link(p->graph, s->node, i);
    for (size_t k = 0; k < p->count; k++)
        if (p->steps[k].value == value) return results[k];
    return z;
}

/* The function at z: steps from the last, which reads z and constants only, to the first, whose
 * result is the value. */
static double compute(const probe *p, double z)
{
    double results[NODES] = {0};
    for (size_t k = p->count; k-- > 0;) {
        double v[ARITY] = {0};
        for (size_t i = 0; i < p->steps[k].operator->arity; i++)
            v[i] = input_of(p, results, &p->steps[k], i, z);
        results[k] = p->steps[k].operator->apply(v, p->steps[k].p);
    }
    return results[0];
}

/* ------------------------------------------------------------------ which activation it is */

/* What the parameter must be, from a value where it shows: leaky relu at -1 is -p, elu p (e^-1 -
 * 1), sine at a small z sin(p z), there still on its first rise. fits() then asks all points. */
static double parameter_of(pensel_activation f, const double *y)
{
    if (f == PENSEL_LEAKY_RELU) return -y[AT_MINUS_ONE];
    if (f == PENSEL_ELU) return -y[AT_MINUS_ONE] / -expm1(-1);
    if (f == PENSEL_SINE) return fabs(y[AT_SMALL]) < 1 ? asin(y[AT_SMALL]) / points[AT_SMALL] : 0;
    return pensel_activation_describe(f)->parameter;
}

/* Within CLOSE of each point, as a share where the value is large. NaN fits nothing. Points behind
 * NEAR find what is cut off far out, min(relu(z), 1e4): there a formula may overflow, log(1 + e^z),
 * which says nothing, and the parameter of a sine has the digits of a float. */
static bool fits(pensel_activation f, double parameter, const double *y)
{
    double expected[POINTS];
    if (pensel_activation_apply(f, parameter, expected, NULL, points, POINTS, NULL) != PENSEL_OK)
        return false;
    for (size_t i = 0; i < POINTS; i++) {
        double size = fmax(fabs(expected[i]), i < NEAR ? 1 : fabs(points[i]));
        if (i >= NEAR && !isfinite(y[i])) continue;
        if (!(fabs(y[i] - expected[i]) <= CLOSE * size)) return false;
    }
    return true;
}

/* The operator that says what it is: not the name that its result gets */
static const onnx_node *speaking(const probe *p)
{
    for (size_t k = 0; k < p->count; k++)
        if (!pensel_onnx_is(p->steps[k].node, "Identity") &&
            !pensel_onnx_is(p->steps[k].node, "Cast"))
            return p->steps[k].node;
    return p->steps[0].node;
}

/* Asks every activation, with the parameter that would fit, in float as files have it. */
static bool match(pensel_stage *stage, const probe *p)
{
    double y[POINTS];
    bool changes = false;
    for (size_t i = 0; i < POINTS; i++) {
        y[i] = compute(p, points[i]);
        changes = changes || y[i] != points[i];
    }
    if (!changes) return false; /* a cast, which is no activation */
    for (int f = PENSEL_IDENTITY + 1; f < PENSEL_ACTIVATION_COUNT; f++) {
        double parameter = (float)parameter_of((pensel_activation)f, y);
        if (f == PENSEL_SOFTMAX || !isfinite(parameter)) continue;
        if (!fits((pensel_activation)f, parameter, y)) continue;
        *stage = (pensel_stage){.kind = PENSEL_STAGE_ACTIVATE,
                                .activation = (pensel_activation)f,
                                .parameter = parameter};
        pensel_onnx_describe(stage->source, sizeof stage->source, speaking(p));
        return true;
    }
    return false;
}

bool pensel_onnx_probe(pensel_stage *stage, size_t *of, const onnx_graph *graph, size_t value)
{
    probe p = {.graph = graph, .front = {value}, .front_count = 1};
    bool found = false;
    while (expand(&p))
        if (p.front_count == 1 && match(stage, &p)) {
            *of = p.front[0];
            found = true;
        }
    return found;
}
