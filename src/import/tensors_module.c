/* A module of a file of tensors as stages: numbers are read, matrices turned, normalisations folded
 * into a factor and an offset. */
#include "import/tensors_in.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Defaults of PyTorch, Keras, and Flax's layer normalisation */
static const double TORCH_EPSILON = 1e-5, KERAS_EPSILON = 1e-3, FLAX_EPSILON = 1e-6;

#define refuse(in, ...) pensel_fail((in)->error, PENSEL_UNSUPPORTED, __VA_ARGS__)

void pensel_tensors_name_module(char *text, const tensor_module *m)
{
    const tensor_in *first = m->of[ROLE_WEIGHT] ? m->of[ROLE_WEIGHT] : m->of[ROLE_KERNEL];
    if (m->length > 0 || !first)
        pensel_tensors_print(text, TENSORS_NAME, m->name, m->length);
    else
        pensel_tensors_print(text, TENSORS_NAME, first->name, strlen(first->name));
}

static pensel_status add(const tensors_in *in, pensel_stage *s, const char *what,
                         const tensor_module *m)
{
    char name[TENSORS_NAME];
    pensel_tensors_name_module(name, m);
    snprintf(s->source, sizeof s->source, "%s %s", what, name);
    return pensel_coming_add(in->coming, s, in->error);
}

static pensel_status add_row(const tensors_in *in, pensel_stage_kind kind, double *numbers,
                             size_t count, const char *what, const tensor_module *m)
{
    pensel_stage s = {.kind = kind, .w = numbers, .out = count};
    return add(in, &s, what, m);
}

/* (in, out) becomes (out, in) */
static void turn(double *w, const double *kernel, size_t in, size_t out)
{
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < in; i++)
            w[o * in + i] = kernel[i * out + o];
}

/* w (out, in) as PyTorch has it, or a kernel (in, out), turned. One matrix of F64 makes the
 * whole network double. */
static pensel_status add_linear(const tensors_in *in, const tensor_module *m)
{
    const tensor_in *w = m->of[ROLE_KERNEL] ? m->of[ROLE_KERNEL] : m->of[ROLE_WEIGHT];
    const tensor_in *bias = m->of[ROLE_BIAS];
    bool kernel = m->of[ROLE_KERNEL];
    char name[TENSORS_NAME];
    pensel_stage s = {.kind = PENSEL_STAGE_AFFINE};
    pensel_tensors_print(name, sizeof name, w->name, strlen(w->name));
    if (w->rank != 2)
        return refuse(
            in,
            "%s: tensor %s has %zu dimensions, which is no layer of neurons: those with 2 "
            "are read",
            in->coming->name, name, w->rank);
    s.out = w->shape[kernel], s.in = w->shape[!kernel];
    if (bias && bias->count != s.out)
        return refuse(in,
                      "%s: tensor %s has %zu outputs, and its module %zu biases: as many are read",
                      in->coming->name, name, s.out, bias->count);
    if (strcmp(w->type, "F64") == 0) in->coming->wide = true;
    pensel_status status = pensel_tensors_numbers(&s.w, in, w);
    if (status == PENSEL_OK && kernel) {
        double *numbers = s.w;
        status = PENSEL_ALLOCATE_BARE(s.w, w->count, sizeof *s.w, in->error);
        if (status == PENSEL_OK) turn(s.w, numbers, s.in, s.out);
        pensel_release(numbers);
    }
    if (status == PENSEL_OK && bias) status = pensel_tensors_numbers(&s.c, in, bias);
    if (status == PENSEL_OK) return add(in, &s, "linear", m);
    pensel_stage_clear(&s);
    return status;
}

/* Numbers of a part, one for each unit: as many as `count`, which is 0 for the first; NULL: it is
 * not there */
static pensel_status row(double **numbers, size_t *count, const tensors_in *in,
                         const tensor_module *m, tensor_role role)
{
    const tensor_in *t = m->of[role];
    *numbers = NULL;
    if (!t) return PENSEL_OK;
    char name[TENSORS_NAME];
    pensel_tensors_print(name, sizeof name, t->name, strlen(t->name));
    if (t->rank != 1 || (*count && t->count != *count))
        return refuse(in, "%s: tensor %s has not one number for each unit: that is read",
                      in->coming->name, name);
    *count = t->count;
    return pensel_tensors_numbers(numbers, in, t);
}

/* gain (a - mean) / sqrt(variance + epsilon) + shift, with what training has measured, as a factor
 * and an offset:
 *
 *     factor = gain / sqrt(variance + epsilon),    offset = shift - factor mean
 *
 * Gain and shift may be missing. rows: mean, variance, gain, shift; the first two become offset
 * and factor, in place. */
static pensel_status add_batch(const tensors_in *in, const tensor_module *m, double epsilon)
{
    tensor_role gain = m->of[ROLE_WEIGHT] ? ROLE_WEIGHT : ROLE_FACTOR;
    const tensor_role roles[] = {ROLE_MEAN, ROLE_VARIANCE, gain, ROLE_BIAS};
    double *rows[4] = {NULL};
    size_t count = 0;
    pensel_status status = PENSEL_OK;
    for (size_t i = 0; i < 4 && status == PENSEL_OK; i++)
        status = row(&rows[i], &count, in, m, roles[i]);
    for (size_t i = 0; i < count && status == PENSEL_OK; i++) {
        double factor = (rows[2] ? rows[2][i] : 1) / sqrt(rows[1][i] + epsilon);
        rows[0][i] = (rows[3] ? rows[3][i] : 0) - factor * rows[0][i];
        rows[1][i] = factor;
    }
    if (status == PENSEL_OK) {
        double *factors = rows[1], *offsets = rows[0];
        rows[0] = rows[1] = NULL;
        status = add_row(in, PENSEL_STAGE_MULTIPLY, factors, count, "batch normalisation", m);
        if (status == PENSEL_OK)
            status = add_row(in, PENSEL_STAGE_OFFSET, offsets, count, "batch normalisation", m);
        else
            pensel_release(offsets);
    }
    for (size_t i = 0; i < 4; i++)
        pensel_release(rows[i]);
    return status;
}

/* "beta" is of a normalisation alone, "bias" of any module. */
static bool is_lone_bias(const tensors_in *in, const tensor_module *m)
{
    const tensor_in *bias = m->of[ROLE_BIAS];
    bool alone = bias && !m->of[ROLE_WEIGHT] && !m->of[ROLE_FACTOR];
    return alone && !in->coming->options->layers && strstr(bias->name + bias->prefix, "bias");
}

static pensel_status add_layer_norm(const tensors_in *in, const tensor_module *m, double epsilon)
{
    tensor_role gain = m->of[ROLE_WEIGHT] ? ROLE_WEIGHT : ROLE_FACTOR;
    double *numbers;
    size_t count = 0;
    char name[TENSORS_NAME];
    pensel_tensors_name_module(name, m);
    if (!m->of[ROLE_BIAS] && gain == ROLE_WEIGHT)
        return refuse(
            in,
            "%s: %s has a weight for each unit and no bias, which may be a PReLU, a layer "
            "normalisation or another one: a layer normalisation with a bias is read",
            in->coming->name, name);
    if (is_lone_bias(in, m))
        return refuse(in,
                      "%s: %s has a bias and no weight, which may be a layer of neurons without "
                      "its weights: name the layers, as in layers fc1,relu,fc2, if it is a "
                      "layer normalisation",
                      in->coming->name, name);
    pensel_stage s = {.kind = PENSEL_STAGE_NORMALISE, .parameter = epsilon};
    PENSEL_TRY(add(in, &s, "layer normalisation", m));
    PENSEL_TRY(row(&numbers, &count, in, m, gain));
    if (numbers)
        PENSEL_TRY(add_row(in, PENSEL_STAGE_MULTIPLY, numbers, count, "layer normalisation", m));
    PENSEL_TRY(row(&numbers, &count, in, m, ROLE_BIAS));
    if (!numbers) return PENSEL_OK;
    return add_row(in, PENSEL_STAGE_OFFSET, numbers, count, "layer normalisation", m);
}

static pensel_status add_slope(const tensors_in *in, const tensor_module *m)
{
    double *slope;
    PENSEL_TRY(pensel_tensors_numbers(&slope, in, m->of[ROLE_WEIGHT]));
    pensel_stage s = {
        .kind = PENSEL_STAGE_ACTIVATE, .activation = PENSEL_LEAKY_RELU, .parameter = *slope};
    pensel_release(slope);
    return add(in, &s, "slope", m);
}

/* (a - mean) / deviation */
static pensel_status add_scaler(const tensors_in *in, const tensor_module *m)
{
    double *mean, *deviation;
    size_t count = 0;
    PENSEL_TRY(row(&mean, &count, in, m, ROLE_MEAN));
    pensel_status status = row(&deviation, &count, in, m, ROLE_DEVIATION);
    if (status != PENSEL_OK) {
        pensel_release(mean);
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        mean[i] = -mean[i];
        deviation[i] = 1 / deviation[i];
    }
    status = add_row(in, PENSEL_STAGE_OFFSET, mean, count, "scaler", m);
    if (status == PENSEL_OK)
        return add_row(in, PENSEL_STAGE_MULTIPLY, deviation, count, "scaler", m);
    pensel_release(deviation);
    return status;
}

/* The default of the program whose names these are, for a file of tensors does not say it:
 * "gamma" is Keras's, "scale" Flax's, "weight" PyTorch's. */
static double epsilon_of(const tensor_module *m)
{
    const tensor_in *factor = m->of[ROLE_FACTOR];
    if (!factor) return TORCH_EPSILON;
    const char *leaf = factor->name + m->length + (m->length > 0);
    if (*leaf == 'g') return KERAS_EPSILON;
    return m->kind == MODULE_LAYER ? FLAX_EPSILON : TORCH_EPSILON;
}

/* epsilon: NAN is the default of the program whose names these are */
pensel_status pensel_tensors_add_module(const tensors_in *in, const tensor_module *m,
                                        double epsilon)
{
    if (isnan(epsilon)) epsilon = epsilon_of(m);
    switch (m->kind) {
    case MODULE_LINEAR:
        return add_linear(in, m);
    case MODULE_BATCH:
        return add_batch(in, m, epsilon);
    case MODULE_LAYER:
        return add_layer_norm(in, m, epsilon);
    case MODULE_SLOPE:
        return add_slope(in, m);
    case MODULE_SCALER:
        return add_scaler(in, m);
    default:
        return PENSEL_OK;
    }
}
