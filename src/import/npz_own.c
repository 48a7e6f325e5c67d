/* npz: arrays alone, which are read as other tensors are, or what `pensel export` writes:
 * operations as text in `model`, with the numbers of operation 3 in w3 and c3 (src/export/npz.c).
 * Those of networks of neurons come back, one behind another; others are refused by name. */
#include "import/tensors_in.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct own {
    const tensors_in *in;
    const pensel_json *o; /* the operation */
    size_t i;
    char source[32];
} own;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const tensor_in *)a)->name, ((const tensor_in *)b)->name);
}

static const tensor_in *find(const tensors_in *in, const char *name)
{
    const tensor_in key = {.name = name};
    return in->count ? bsearch(&key, in->tensors, in->count, sizeof key, by_name) : NULL;
}

static pensel_status broken(const tensors_in *in)
{
    return pensel_fail(
        in->error, PENSEL_BAD_FILE,
        "%s: its operations are not as pensel export writes them: such a file, whole, "
        "is needed",
        in->coming->name);
}

/* ------------------------------------------------------------------ an operation */

static size_t count_of(const own *x, const char *key)
{
    int64_t whole;
    pensel_json_whole(&whole, pensel_json_member(x->o, key));
    return whole < 0 || (uint64_t)whole > SIZE_MAX / 64 ? 0 : (size_t)whole;
}

/* `count` numbers of the operation's array, the caller's. One that float32 cannot hold says that
 * the network is of double. */
static pensel_status numbers(double **values, const own *x, char letter, size_t count)
{
    char name[32];
    snprintf(name, sizeof name, "%c%zu", letter, x->i);
    const tensor_in *t = find(x->in, name);
    *values = NULL;
    if (!t || t->count != count || count == 0) return broken(x->in);
    PENSEL_TRY(pensel_tensors_numbers(values, x->in, t));
    for (size_t i = 0; i < count; i++)
        if ((double)(float)(*values)[i] != (*values)[i]) x->in->coming->wide = true;
    return PENSEL_OK;
}

static pensel_status add(const own *x, pensel_stage s)
{
    memcpy(s.source, x->source, sizeof x->source);
    return pensel_coming_add(x->in->coming, &s, x->in->error);
}

static pensel_status add_activation(const own *x)
{
    pensel_error *error = x->in->error;
    pensel_stage s = {.kind = PENSEL_STAGE_ACTIVATE};
    PENSEL_TRY(pensel_activation_find(&s.activation,
                                      pensel_json_string(pensel_json_member(x->o, "f")), error));
    pensel_json_number(&s.parameter, pensel_json_member(x->o, "parameter"));
    return s.activation == PENSEL_IDENTITY ? PENSEL_OK : add(x, s);
}

/* y = f(w a + c): a product and its activation are one operation here, and two stages. */
static pensel_status affine(const own *x)
{
    pensel_stage s = {
        .kind = PENSEL_STAGE_AFFINE, .in = count_of(x, "in"), .out = count_of(x, "width")};
    size_t weights;
    if (count_of(x, "groups") != 1 || !pensel_multiply(&weights, s.in, s.out)) return broken(x->in);
    PENSEL_TRY(numbers(&s.w, x, 'w', weights));
    pensel_status status = numbers(&s.c, x, 'c', s.out);
    if (status != PENSEL_OK) {
        pensel_stage_clear(&s);
        return status;
    }
    PENSEL_TRY(add(x, s));
    return add_activation(x);
}

static pensel_status row(const own *x, pensel_stage_kind kind, char letter)
{
    pensel_stage s = {.kind = kind, .out = count_of(x, "width")};
    PENSEL_TRY(numbers(&s.w, x, letter, s.out));
    return add(x, s);
}

static pensel_status multiply(const own *x)
{
    return row(x, PENSEL_STAGE_MULTIPLY, 'c');
}

static pensel_status offset(const own *x)
{
    return row(x, PENSEL_STAGE_OFFSET, 'c');
}

static pensel_status normalise(const own *x)
{
    pensel_stage s = {.kind = PENSEL_STAGE_NORMALISE};
    pensel_json_number(&s.parameter, pensel_json_member(x->o, "parameter"));
    return add(x, s);
}

/* (a - c) / w of the inputs, or, inverse, a w + c of the targets. A scaler's numbers are double,
 * whatever the network's are: so they must not make it wide. */
static pensel_status scaling(const own *x, bool inverse)
{
    bool wide = x->in->coming->wide;
    size_t width = count_of(x, "width");
    pensel_stage factor = {.kind = PENSEL_STAGE_MULTIPLY, .out = width};
    pensel_stage shift = {.kind = PENSEL_STAGE_OFFSET, .out = width};
    pensel_status status = numbers(&factor.w, x, 'w', width);
    if (status == PENSEL_OK) status = numbers(&shift.w, x, 'c', width);
    if (status != PENSEL_OK) {
        pensel_stage_clear(&factor);
        return status;
    }
    x->in->coming->wide = wide;
    for (size_t i = 0; i < width && !inverse; i++) {
        factor.w[i] = 1 / factor.w[i];
        shift.w[i] = -shift.w[i];
    }
    status = add(x, inverse ? factor : shift);
    if (status == PENSEL_OK) return add(x, inverse ? shift : factor);
    pensel_stage_clear(inverse ? &shift : &factor);
    return status;
}

static pensel_status scale(const own *x)
{
    return scaling(x, false);
}

static pensel_status unscale(const own *x)
{
    if (pensel_json_member(x->o, "low") || pensel_json_member(x->o, "high")) return broken(x->in);
    return scaling(x, true);
}

/* Two probabilities of one, which is how two classes are held here */
static pensel_status nothing(const own *x)
{
    (void)x;
    return PENSEL_OK;
}

static const struct {
    const char *name;
    pensel_status (*read)(const own *x);
} table[] = {{"affine", affine},       {"activate", add_activation},
             {"multiply", multiply},   {"offset", offset},
             {"normalise", normalise}, {"scale", scale},
             {"unscale", unscale},     {"pair", nothing}};

/* Operation i must be one of the table, of operation i - 1: a line of layers. The first is the
 * input, of which nothing is needed. */
static pensel_status read_operation(own *x)
{
    pensel_error *error = x->in->error;
    const char *name = pensel_json_string(pensel_json_member(x->o, "do"));
    int64_t before;
    pensel_json_whole(&before, pensel_json_member(x->o, "a"));
    if (!name) return broken(x->in);
    char shown[24];
    pensel_tensors_print(shown, sizeof shown, name, strlen(name));
    if (x->i == 0) return strcmp(name, "input") == 0 ? PENSEL_OK : broken(x->in);
    snprintf(x->source, sizeof x->source, "%.20s %zu", shown, x->i % 10000000);
    for (size_t k = 0; k < sizeof table / sizeof *table; k++)
        if (strcmp(name, table[k].name) == 0 && before == (int64_t)x->i - 1)
            return table[k].read(x);
    PENSEL_REQUIRE(false, UNSUPPORTED,
                   "%s: operation %zu, %s, is not read here: layers of neurons, their activations "
                   "and scalers, one behind another, are",
                   x->in->coming->name, x->i, shown);
}

/* ------------------------------------------------------------------ the model */

/* Texts, or numbers: what classes are called is one or the other for all of them. */
static pensel_status read_labels(const tensors_in *in, const pensel_json *labels)
{
    pensel_coming *c = in->coming;
    pensel_error *error = in->error;
    size_t count = pensel_json_count(labels), i = 0;
    bool words = pensel_json_string(pensel_json_first(labels));
    if (words) PENSEL_TRY(PENSEL_NEW(c->class_names, count, error));
    if (!words) PENSEL_TRY(PENSEL_NEW(c->codes, count, error));
    c->classes = count;
    for (const pensel_json *v = pensel_json_first(labels); v; v = pensel_json_next(v), i++) {
        if (words && !pensel_json_string(v)) return broken(in);
        if (words)
            PENSEL_TRY(pensel_duplicate(&c->class_names[i], pensel_json_string(v), error));
        else if (!pensel_json_number(&c->codes[i], v))
            return broken(in);
    }
    return PENSEL_OK;
}

static pensel_status read_own(tensors_in *in, const tensor_in *model)
{
    char what[512];
    snprintf(what, sizeof what, "%.400s has a broken model", in->coming->name);
    PENSEL_TRY(
        pensel_json_read(&in->header, (const char *)model->bytes, model->size, what, in->error));
    own x = {.in = in};
    const pensel_json *operations = pensel_json_list(in->header, "operations");
    const pensel_json *inputs = pensel_json_list(in->header, "inputs");
    const char *form = pensel_json_string(pensel_json_member(pensel_json_first(inputs), "form"));
    int64_t output;
    pensel_json_whole(&output, pensel_json_member(in->header, "output"));
    if (!form || pensel_json_count(operations) == 0) return broken(in);
    for (x.o = pensel_json_first(operations); x.o; x.o = pensel_json_next(x.o), x.i++)
        PENSEL_TRY(read_operation(&x));
    if (output != (int64_t)x.i - 1) return broken(in);
    if (!pensel_json_is(pensel_json_member(in->header, "classifies"), PENSEL_JSON_TRUE))
        return PENSEL_OK;
    const pensel_json *labels = pensel_json_list(in->header, "labels");
    in->coming->classifies = labels != NULL;
    in->coming->labels = !labels;
    return labels ? read_labels(in, labels) : PENSEL_OK;
}

/* ------------------------------------------------------------------ the format */

static pensel_status check_options(const tensors_in *in)
{
    pensel_error *error = in->error;
    const pensel_import_options *o = in->coming->options;
    PENSEL_REQUIRE(!o->activation && !o->layers, BAD_ARGUMENT,
                   "activation and layers have no effect on an npz of pensel export, which says "
                   "them itself");
    return PENSEL_OK;
}

static pensel_status read_arrays(tensors_in *in)
{
    PENSEL_TRY(pensel_npz_read(in));
    qsort(in->tensors, in->count, sizeof *in->tensors, by_name);
    const tensor_in *model = find(in, "model");
    if (model && strcmp(model->type, "U8") == 0) {
        PENSEL_TRY(check_options(in));
        return read_own(in, model);
    }
    PENSEL_TRY(pensel_tensors_arrange(in));
    return pensel_tensors_stages(in);
}

/* A zip whose first file is an array */
static bool is(const unsigned char *bytes, size_t size)
{
    if (size < 34 || memcmp(bytes, "PK\3\4", 4) != 0) return false;
    size_t name = bytes[26] | (size_t)bytes[27] << 8;
    return name >= 4 && name <= size - 30 && memcmp(bytes + 26 + name, ".npy", 4) == 0;
}

static pensel_status read(pensel_coming *coming, pensel_error *error)
{
    tensors_in in = {.coming = coming, .error = error};
    pensel_status status = read_arrays(&in);
    pensel_tensors_close(&in);
    return status;
}

const pensel_format pensel_format_npz = {
    .name = "npz",
    .help = "arrays of numpy.savez, named as PyTorch's tensors; or what pensel export writes",
    .names_layers = true,
    .is = is,
    .read = read,
};
