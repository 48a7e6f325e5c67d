/* Safetensors of another program (https://github.com/huggingface/safetensors): modules as stages.
 * What such a file cannot say is which activations stand where, so the options do: `layers` names
 * all that there is in its order, or `activation` what stands between the layers of neurons. */
#include "import/tensors_in.h"

#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Defaults of PyTorch, Keras, and Flax's layer normalisation */
static const double TORCH_EPSILON = 1e-5, KERAS_EPSILON = 1e-3, FLAX_EPSILON = 1e-6;
enum { NAME = 80 };

typedef struct word {
    const char *text;
    size_t length; /* without the number */
    double number; /* behind a colon; NAN: there is none */
} word;

#define refuse(in, ...) pensel_fail((in)->error, PENSEL_UNSUPPORTED, __VA_ARGS__)

/* ------------------------------------------------------------------ stages of a module */

static void name_module(char *text, const tensor_module *m)
{
    const tensor_in *first = m->of[ROLE_WEIGHT] ? m->of[ROLE_WEIGHT] : m->of[ROLE_KERNEL];
    if (m->length > 0 || !first)
        pensel_tensors_print(text, NAME, m->name, m->length);
    else
        pensel_tensors_print(text, NAME, first->name, strlen(first->name));
}

static pensel_status add(const tensors_in *in, pensel_stage *s, const char *what,
                         const tensor_module *m)
{
    char name[NAME];
    name_module(name, m);
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

static pensel_status add_linear(const tensors_in *in, const tensor_module *m)
{
    const tensor_in *w = m->of[ROLE_KERNEL] ? m->of[ROLE_KERNEL] : m->of[ROLE_WEIGHT];
    const tensor_in *bias = m->of[ROLE_BIAS];
    bool kernel = m->of[ROLE_KERNEL];
    char name[NAME];
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
    char name[NAME];
    pensel_tensors_print(name, sizeof name, t->name, strlen(t->name));
    if (t->rank != 1 || (*count && t->count != *count))
        return refuse(in, "%s: tensor %s has not one number for each unit: that is read",
                      in->coming->name, name);
    *count = t->count;
    return pensel_tensors_numbers(numbers, in, t);
}

/* gain (a - mean) / sqrt(variance + epsilon) + shift, of which any but the mean may be missing;
 * rows: gain, shift, mean, variance */
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

static pensel_status add_layer_norm(const tensors_in *in, const tensor_module *m, double epsilon)
{
    tensor_role gain = m->of[ROLE_WEIGHT] ? ROLE_WEIGHT : ROLE_FACTOR;
    double *numbers;
    size_t count = 0;
    char name[NAME];
    name_module(name, m);
    if (!m->of[ROLE_BIAS] && gain == ROLE_WEIGHT)
        return refuse(
            in,
            "%s: %s has a weight for each unit and no bias, which may be a PReLU, a layer "
            "normalisation or another one: a layer normalisation with a bias is read",
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

static double epsilon_of(const tensor_module *m)
{
    const tensor_in *factor = m->of[ROLE_FACTOR];
    if (!factor) return TORCH_EPSILON;
    const char *leaf = factor->name + m->length + (m->length > 0);
    if (*leaf == 'g') return KERAS_EPSILON;
    return m->kind == MODULE_LAYER ? FLAX_EPSILON : TORCH_EPSILON;
}

/* epsilon: NAN is the default of the program whose names these are */
static pensel_status add_module(const tensors_in *in, const tensor_module *m, double epsilon)
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

/* ------------------------------------------------------------------ activations */

/* Takes a word from the front of a list with commas; false: there is none. */
static bool next_word(word *w, const char **list)
{
    const char *at = *list;
    if (!at || !*at) return false;
    size_t length = strcspn(at, ",");
    *list = at + length + (at[length] == ',');
    pensel_trim(&at, &length);
    *w = (word){at, length, NAN};
    for (size_t colon = length; colon-- > 0;)
        if (at[colon] == ':' &&
            pensel_number_parse(&w->number, at + colon + 1, length - colon - 1)) {
            w->length = colon;
            break;
        }
    return true;
}

static size_t count_words(const char *list)
{
    word w;
    size_t count = 0;
    while (next_word(&w, &list))
        count++;
    return count;
}

/* PyTorch's and Keras's names for what is called otherwise here */
static const char *const synonyms[][2] = {{"sigmoid", "logistic"}, {"leaky_relu", "leaky-relu"},
                                          {"swish", "silu"},       {"linear", "identity"},
                                          {"none", "identity"},    {"sin", "sine"}};

static pensel_status add_activation(const tensors_in *in, const word *w)
{
    pensel_error *error = in->error;
    char name[NAME];
    pensel_stage s = {.kind = PENSEL_STAGE_ACTIVATE, .parameter = w->number};
    pensel_tensors_print(name, sizeof name, w->text, w->length);
    snprintf(s.source, sizeof s.source, "activation");
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (strcmp(name, synonyms[i][0]) == 0) snprintf(name, sizeof name, "%s", synonyms[i][1]);
    PENSEL_TRY(pensel_activation_find(&s.activation, name, error));
    const pensel_activation_info *info = pensel_activation_describe(s.activation);
    PENSEL_REQUIRE(info->has_parameter || isnan(w->number), BAD_ARGUMENT,
                   "activation %s takes no number: the name alone is needed", name);
    PENSEL_REQUIRE(s.activation != PENSEL_LEAKY_RELU || !isnan(w->number), BAD_ARGUMENT,
                   "activation leaky-relu needs its slope: leaky-relu:0.01 is PyTorch's default, "
                   "leaky-relu:0.3 Keras's");
    if (isnan(w->number)) s.parameter = info->parameter;
    if (s.activation == PENSEL_IDENTITY) return PENSEL_OK;
    return pensel_coming_add(in->coming, &s, error);
}

/* ------------------------------------------------------------------ all of it, named */

static const tensor_module *find_module(const tensors_in *in, const char *name, size_t length)
{
    for (size_t i = 0; i < in->module_count; i++) {
        const tensor_module *m = &in->modules[i];
        if (m->kind != MODULE_OTHER && m->length == length && memcmp(m->name, name, length) == 0)
            return m;
    }
    return NULL;
}

static void known_modules(char *text, size_t size, const tensors_in *in)
{
    *text = '\0';
    for (size_t i = 0, at = 0; i < in->module_count && at + NAME + 3 < size; i++) {
        char name[NAME];
        if (in->modules[i].kind == MODULE_OTHER) continue;
        name_module(name, &in->modules[i]);
        at += (size_t)snprintf(text + at, size - at, "%s%s", at ? ", " : "", name);
    }
}

/* Words are modules, with an epsilon, or activations, with a parameter. */
static pensel_status read_listed(const tensors_in *in, const char *layers)
{
    pensel_error *error = in->error;
    size_t used = 0, there = 0;
    word w;
    for (const char *rest = layers; next_word(&w, &rest);) {
        const tensor_module *m = find_module(in, w.text, w.length);
        used += m != NULL;
        if (m) {
            PENSEL_TRY(add_module(in, m, w.number));
        } else if (add_activation(in, &w) != PENSEL_OK) {
            char known[300], name[NAME];
            known_modules(known, sizeof known, in);
            pensel_tensors_print(name, sizeof name, w.text, w.length);
            PENSEL_REQUIRE(
                !strstr(error->text, "no activation"), BAD_ARGUMENT,
                "layers: \"%s\" is neither an activation nor a module of %s, which has %s", name,
                in->coming->name, known);
            return error->status;
        }
    }
    for (size_t i = 0; i < in->module_count; i++)
        there += in->modules[i].kind != MODULE_OTHER;
    PENSEL_REQUIRE(used == there, BAD_ARGUMENT,
                   "layers: %zu modules are named, and %s has %zu: each is needed once", used,
                   in->coming->name, there);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ in the order of names */

/* The number at the end of a module's name; false: it ends in none */
static bool number_of(size_t *number, size_t *head, const tensor_module *m)
{
    size_t at = m->length;
    while (at > 0 && m->name[at - 1] >= '0' && m->name[at - 1] <= '9' && m->length - at < 9)
        at--;
    *head = at;
    *number = 0;
    for (size_t i = at; i < m->length; i++)
        *number = *number * 10 + (size_t)(m->name[i] - '0');
    return at < m->length && (at == 0 || m->name[at - 1] == '.');
}

/* What stands between two modules: nn.Sequential counts what has no tensors as well. */
typedef enum between { NOTHING, SOMETHING, UNKNOWN } between;

static between look_between(const tensor_module *a, const tensor_module *b)
{
    size_t m, n, head, other;
    if (!number_of(&m, &head, a) || !number_of(&n, &other, b) || head != other ||
        memcmp(a->name, b->name, head) != 0)
        return UNKNOWN;
    return n > m + 1 ? SOMETHING : NOTHING;
}

/* The modules that take part, in their order, and behind which of them an activation stands */
typedef struct line {
    const tensor_module **modules; /* (count) */
    bool *activates;               /* (count) */
    size_t count, layers, slots;
} line;

/* Between a layer of neurons and the next: in the first gap, or where names have none, before the
 * next. */
static void find_slot(line *l, size_t from, size_t to, bool gaps)
{
    size_t slot = to;
    bool unknown = false;
    for (size_t i = from + 1; i < to; i++)
        if (l->modules[i]->kind == MODULE_SLOPE) return;
    for (size_t i = to; i-- > from;) {
        between what = look_between(l->modules[i], l->modules[i + 1]);
        if (what == SOMETHING) slot = i;
        unknown = unknown || what == UNKNOWN;
    }
    if (slot == to && gaps && !unknown) return;
    l->activates[slot == to ? to - 1 : slot] = true;
    l->slots++;
}

static void find_slots(line *l)
{
    bool gaps = false;
    size_t last = SIZE_MAX;
    for (size_t i = 0; i + 1 < l->count; i++)
        gaps = gaps || look_between(l->modules[i], l->modules[i + 1]) == SOMETHING;
    for (size_t i = 0; i < l->count; i++) {
        if (l->modules[i]->kind != MODULE_LINEAR) continue;
        if (last != SIZE_MAX) find_slot(l, last, i, gaps);
        last = i;
        l->layers++;
    }
}

static pensel_status check_fit(const tensors_in *in, const line *l)
{
    size_t width = 0;
    for (size_t i = 0; i < l->count; i++) {
        const tensor_module *m = l->modules[i];
        bool kernel = m->of[ROLE_KERNEL];
        const tensor_in *w = m->of[kernel ? ROLE_KERNEL : ROLE_WEIGHT];
        char name[NAME];
        if (m->kind != MODULE_LINEAR || w->rank != 2) continue;
        name_module(name, m);
        if (width && w->shape[!kernel] != width)
            return refuse(in,
                          "%s: in the order of its names, %s with %zu inputs follows %zu units: "
                          "name the layers in their order, as in layers fc1,relu,fc2",
                          in->coming->name, name, w->shape[!kernel], width);
        width = w->shape[kernel];
    }
    return PENSEL_OK;
}

static pensel_status put_line(const tensors_in *in, const line *l, const char *activation)
{
    word w = {0};
    size_t words = count_words(activation);
    bool one = words == 1 && l->slots > 0;
    const char *rest = activation;
    if (one) next_word(&w, &rest);
    for (size_t i = 0; i < l->count; i++) {
        PENSEL_TRY(add_module(in, l->modules[i], NAN));
        if (!l->activates[i]) continue;
        if (!one) next_word(&w, &rest);
        PENSEL_TRY(add_activation(in, &w));
    }
    /* one more than stand between the layers: the outputs' */
    if (!one && next_word(&w, &rest)) PENSEL_TRY(add_activation(in, &w));
    return PENSEL_OK;
}

static pensel_status check_words(const tensors_in *in, const line *l)
{
    pensel_error *error = in->error;
    const char *activation = in->coming->options->activation;
    size_t words = count_words(activation);
    PENSEL_REQUIRE(l->layers > 0, UNSUPPORTED,
                   "%s has no layer of neurons that is read: a weight (out, in), or a kernel (in, "
                   "out), is needed",
                   in->coming->name);
    PENSEL_REQUIRE(
        l->slots == 0 || words > 0, UNSUPPORTED,
        "%s does not say which activations stand between its layers: activation relu, or one "
        "for each of the %zu, is needed",
        in->coming->name, l->slots);
    PENSEL_REQUIRE(words == 0 || (words == 1 && l->slots > 0) || words == l->slots ||
                       words == l->slots + 1,
                   BAD_ARGUMENT,
                   "%zu activations are named, and %s has %zu between its layers: one for all, one "
                   "for each, or one more for the outputs is needed",
                   words, in->coming->name, l->slots);
    return PENSEL_OK;
}

static pensel_status read_in_order(const tensors_in *in)
{
    line l = {0};
    pensel_status status = PENSEL_NEW(l.modules, in->module_count + 1, in->error);
    if (status == PENSEL_OK) status = PENSEL_NEW(l.activates, in->module_count + 1, in->error);
    for (size_t i = 0; i < in->module_count && status == PENSEL_OK; i++)
        if (in->modules[i].kind != MODULE_OTHER) l.modules[l.count++] = &in->modules[i];
    if (status == PENSEL_OK) {
        find_slots(&l);
        status = check_words(in, &l);
    }
    if (status == PENSEL_OK) status = check_fit(in, &l);
    if (status == PENSEL_OK) status = put_line(in, &l, in->coming->options->activation);
    pensel_release(l.modules);
    pensel_release(l.activates);
    return status;
}

/* ------------------------------------------------------------------ the format */

/* The length of a JSON object, and the object */
static bool is(const unsigned char *bytes, size_t size)
{
    return size > 9 && bytes[8] == '{' && bytes[7] == 0 && bytes[6] == 0 && bytes[5] == 0;
}

static pensel_status read(pensel_coming *coming, pensel_error *error)
{
    tensors_in in = {.coming = coming, .error = error};
    const pensel_import_options *o = coming->options;
    pensel_status status = PENSEL_OK;
    if (o->layers && o->activation)
        status = pensel_fail(error, PENSEL_BAD_ARGUMENT,
                             "layers and activation are both given: layers names activations too");
    if (status == PENSEL_OK) status = pensel_tensors_read(&in);
    if (status == PENSEL_OK) status = o->layers ? read_listed(&in, o->layers) : read_in_order(&in);
    pensel_tensors_close(&in);
    return status;
}

const pensel_format pensel_format_safetensors = {
    .name = "safetensors",
    .help = "tensors of a network of layers of neurons, as PyTorch, Keras and JAX name them",
    .names_layers = true,
    .is = is,
    .read = read,
};
