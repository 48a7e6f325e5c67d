/* Safetensors of another program (https://github.com/huggingface/safetensors): modules as stages.
 * What such a file cannot say is which activations stand where, so the options do: `layers` names
 * all that there is in its order, or `activation` what stands between the layers of neurons. */
#include "import/tensors_in.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define refuse(in, ...) pensel_fail((in)->error, PENSEL_UNSUPPORTED, __VA_ARGS__)

/* ------------------------------------------------------------------ all of it, named */

static bool is_named(const tensor_module *m, const tensors_word *w)
{
    return m->kind != MODULE_OTHER && m->length == w->length &&
           memcmp(m->name, w->text, w->length) == 0;
}

static const tensor_module *find_module(const tensors_in *in, const tensors_word *w)
{
    for (size_t i = 0; i < in->module_count; i++)
        if (is_named(&in->modules[i], w)) return &in->modules[i];
    return NULL;
}

static void known_modules(char *text, size_t size, const tensors_in *in)
{
    *text = '\0';
    for (size_t i = 0, at = 0; i < in->module_count && at + TENSORS_NAME + 3 < size; i++) {
        char name[TENSORS_NAME];
        if (in->modules[i].kind == MODULE_OTHER) continue;
        pensel_tensors_name_module(name, &in->modules[i]);
        at += (size_t)snprintf(text + at, size - at, "%s%s", at ? ", " : "", name);
    }
}

static size_t times_named(const tensor_module *m, const char *layers)
{
    size_t times = 0;
    tensors_word w;
    for (const char *rest = layers; pensel_tensors_next(&w, &rest);)
        times += is_named(m, &w);
    return times;
}

/* None is left out, and none stands in two places. */
static pensel_status check_named(const tensors_in *in, const char *layers)
{
    pensel_error *error = in->error;
    for (size_t i = 0; i < in->module_count; i++) {
        const tensor_module *m = &in->modules[i];
        size_t times = m->kind == MODULE_OTHER ? 1 : times_named(m, layers);
        char name[TENSORS_NAME];
        pensel_tensors_name_module(name, m);
        PENSEL_REQUIRE(times == 1, BAD_ARGUMENT,
                       "layers: module %s of %s is named %zu times: each is needed once", name,
                       in->coming->name, times);
    }
    return PENSEL_OK;
}

/* Words are modules, with an epsilon, or activations, with a parameter. */
static pensel_status read_listed(const tensors_in *in, const char *layers)
{
    pensel_error *error = in->error;
    tensors_word w;
    for (const char *rest = layers; pensel_tensors_next(&w, &rest);) {
        const tensor_module *m = find_module(in, &w);
        if (m) {
            PENSEL_TRY(pensel_tensors_add_module(in, m, w.number));
        } else if (pensel_tensors_add_activation(in, &w) != PENSEL_OK) {
            char known[300], name[TENSORS_NAME];
            known_modules(known, sizeof known, in);
            pensel_tensors_print(name, sizeof name, w.text, w.length);
            PENSEL_REQUIRE(
                !strstr(error->text, "no activation"), BAD_ARGUMENT,
                "layers: \"%s\" is neither an activation nor a module of %s, which has %s", name,
                in->coming->name, known);
            return error->status;
        }
    }
    return check_named(in, layers);
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

/* Where activations stand, which have no tensors. nn.Sequential numbers them along, so "0", "2"
 * has a gap where one stands; if a file has gaps anywhere, what has none between has no
 * activation either. Without gaps ("fc1", "fc2") one stands between any two layers of neurons. */
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

/* Names may be in another order than layers: where widths do not fit, it says so, and how to
 * name the order. */
static pensel_status check_fit(const tensors_in *in, const line *l)
{
    size_t width = 0;
    for (size_t i = 0; i < l->count; i++) {
        const tensor_module *m = l->modules[i];
        bool kernel = m->of[ROLE_KERNEL];
        const tensor_in *w = m->of[kernel ? ROLE_KERNEL : ROLE_WEIGHT];
        char name[TENSORS_NAME];
        if (m->kind != MODULE_LINEAR || w->rank != 2) continue;
        pensel_tensors_name_module(name, m);
        if (width && w->shape[!kernel] != width)
            return refuse(in,
                          "%s: in the order of its names, %s with %zu inputs follows %zu units: "
                          "name the layers in their order, as in layers fc1,relu,fc2",
                          in->coming->name, name, w->shape[!kernel], width);
        width = w->shape[kernel];
    }
    return PENSEL_OK;
}

/* All modules in their order, and activations in their slots: one word for all of them, or one
 * for each; and one more for the outputs. */
static pensel_status put_line(const tensors_in *in, const line *l, const char *activation)
{
    tensors_word w = {0};
    size_t words = pensel_tensors_count_words(activation);
    bool one = words == 1 && l->slots > 0;
    const char *rest = activation;
    if (one) pensel_tensors_next(&w, &rest);
    for (size_t i = 0; i < l->count; i++) {
        PENSEL_TRY(pensel_tensors_add_module(in, l->modules[i], NAN));
        if (!l->activates[i]) continue;
        if (!one) pensel_tensors_next(&w, &rest);
        PENSEL_TRY(pensel_tensors_add_activation(in, &w));
    }
    /* one more than stand between the layers: the outputs' */
    if (!one && pensel_tensors_next(&w, &rest)) PENSEL_TRY(pensel_tensors_add_activation(in, &w));
    return PENSEL_OK;
}

static pensel_status check_words(const tensors_in *in, const line *l)
{
    pensel_error *error = in->error;
    const char *activation = in->coming->options->activation;
    size_t words = pensel_tensors_count_words(activation);
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

/* What is left alone may be all but a layer's weights: those of LSTMs, of weight normalisation, of
 * pruning, which another part of the name says. Who names the layers knows what is left. */
static pensel_status check_left(const tensors_in *in)
{
    for (size_t i = 0; i < in->count; i++) {
        const tensor_in *t = &in->tensors[i];
        const char *leaf = t->name + t->prefix;
        char name[TENSORS_NAME];
        if (t->role != ROLES || t->rank < 2) continue;
        if (!strstr(leaf, "weight") && !strstr(leaf, "kernel") &&
            !strstr(t->name, "parametrizations"))
            continue;
        pensel_tensors_print(name, sizeof name, t->name, strlen(t->name));
        return refuse(in,
                      "%s: tensor %s has weights that are no layer's weight or kernel: fold them "
                      "into it first, or name the layers without them, as in layers fc1,relu,fc2",
                      in->coming->name, name);
    }
    return PENSEL_OK;
}

/* The order of names, for want of a better one. */
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

pensel_status pensel_tensors_stages(const tensors_in *in)
{
    pensel_error *error = in->error;
    const pensel_import_options *o = in->coming->options;
    PENSEL_REQUIRE(!o->layers || !o->activation, BAD_ARGUMENT,
                   "layers and activation are both given: layers names activations too");
    if (o->layers) return read_listed(in, o->layers);
    PENSEL_TRY(check_left(in));
    return read_in_order(in);
}

static pensel_status read(pensel_coming *coming, pensel_error *error)
{
    tensors_in in = {.coming = coming, .error = error};
    pensel_status status = pensel_tensors_read(&in);
    if (status == PENSEL_OK) status = pensel_tensors_stages(&in);
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
