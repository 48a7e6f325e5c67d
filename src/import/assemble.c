/* Stages become a model: factors and offsets before the first layer are its scaler, those between
 * go into the weights beside them, those behind the last layer scale the targets, and activations
 * belong to the layer of neurons before them. All in double, rounded once at the end.
 *
 * A file says a product, an offset, an activation one by one; a layer of ours is all three. So the
 * joiner walks over the stages with a list of parts and, for what is not yet in one, a pending
 * factor and offset for each unit:
 *
 *     what a stage sees  =  factor * (what the last part gives) + offset
 *
 * The invariant is that this holds before each stage. A factor or offset changes what is
 * pending; whatever else comes first settles it, into the part before (rows of w, and c) or into
 * the weights behind. Where neither can take it, a diagonal layer does. pensel_coming_measure
 * finds out whether all of it was right. */
#include "import/coming.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A layer of neurons that only activates or scales is as wide as high: larger ones are refused. */
enum { WIDEST_DIAGONAL = 4096 };

typedef enum part_kind { DENSE, NORM, LAYER, OPEN, CLOSE } part_kind;

typedef struct part {
    part_kind kind;
    size_t in, out;
    double *w, *c;             /* DENSE: (out, in), (out); NORM: gain and shift */
    bool biased;               /* the file gave it its bias */
    const pensel_stage *stage; /* LAYER: has its text and its numbers */
    pensel_activation activation;
    double parameter;
} part;

typedef struct joiner {
    pensel_coming *coming;
    part *parts; /* (count), room for two for each stage */
    size_t count, width;
    double *factor, *offset; /* (width) what is yet to be done to each unit: a factor + offset; */
    bool pending;
    double *x_scale, *x_offset, *y_scale, *y_offset; /* (inputs), (outputs) or NULL */
    pensel_error *error;
} joiner;

static void clear(joiner *j)
{
    for (size_t i = 0; j->parts && i < j->count; i++) {
        pensel_release(j->parts[i].w);
        pensel_release(j->parts[i].c);
    }
    pensel_release(j->parts);
    pensel_release(j->factor);
    pensel_release(j->offset);
    pensel_release(j->x_scale);
    pensel_release(j->x_offset);
    pensel_release(j->y_scale);
    pensel_release(j->y_offset);
}

/* ------------------------------------------------------------------ pending factors */

/* What is pending, then the stage: f a + o times w is (f w) a + o w; plus w it is f a + (o + w). */
static pensel_status pend(joiner *j, const pensel_stage *s)
{
    if (!j->pending) {
        PENSEL_TRY(PENSEL_NEW(j->factor, j->width, j->error));
        PENSEL_TRY(PENSEL_NEW(j->offset, j->width, j->error));
        for (size_t i = 0; i < j->width; i++)
            j->factor[i] = 1;
        j->pending = true;
    }
    for (size_t i = 0; i < j->width; i++) {
        double number = s->w[s->out == 1 ? 0 : i];
        if (s->kind == PENSEL_STAGE_MULTIPLY) {
            j->factor[i] *= number;
            j->offset[i] *= number;
        } else {
            j->offset[i] += number;
        }
    }
    return PENSEL_OK;
}

static void forget(joiner *j)
{
    pensel_release(j->factor);
    pensel_release(j->offset);
    j->factor = j->offset = NULL;
    j->pending = false;
}

/* What is pending as a scaler. Of the inputs (inverse) f a + o = (a - offset) / scale with scale
 * = 1 / f and offset = -o / f; of the targets it is a scale + offset as it stands. Both NULL
 * where a factor is not above 0, or the quotient is no number, for a scaler needs that: then it
 * stays pending. */
static pensel_status take_scaler(joiner *j, double **scale, double **offset, bool inverse)
{
    PENSEL_TRY(PENSEL_NEW(*scale, j->width, j->error));
    PENSEL_TRY(PENSEL_NEW(*offset, j->width, j->error));
    bool fits = true;
    for (size_t i = 0; i < j->width; i++) {
        double f = j->factor[i];
        (*scale)[i] = inverse ? 1 / f : f;
        (*offset)[i] = inverse ? -j->offset[i] / f : j->offset[i];
        fits = fits && f > 0 && isfinite((*scale)[i]) && isfinite((*offset)[i]) && (*scale)[i] > 0;
    }
    if (fits) {
        forget(j);
        return PENSEL_OK;
    }
    pensel_release(*scale);
    pensel_release(*offset);
    *scale = *offset = NULL;
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ parts */

/* A part at the end, whose numbers are 0. The list has room: a stage adds at most a diagonal
 * layer and itself. */
static pensel_status push(joiner *j, part_kind kind, size_t in, size_t out, part **added)
{
    part *p = &j->parts[j->count++];
    *p = (part){.kind = kind, .in = in, .out = out, .activation = PENSEL_IDENTITY};
    size_t weights = kind == DENSE ? out : 1;
    if (kind == DENSE || kind == NORM) {
        PENSEL_TRY(PENSEL_ALLOCATE(p->w, in, weights * sizeof *p->w, j->error));
        PENSEL_TRY(PENSEL_NEW(p->c, out, j->error));
    }
    j->width = out;
    *added = p;
    return PENSEL_OK;
}

/* A layer that gives what it is given: something to carry a factor or an activation where no
 * layer of neurons stands before. It costs width^2 products, hence the limit. */
static pensel_status push_diagonal(joiner *j, const char *source)
{
    part *p;
    size_t width = j->width;
    pensel_error *error = j->error;
    PENSEL_REQUIRE(width <= WIDEST_DIAGONAL, UNSUPPORTED,
                   "%s: %s works on %zu units that no layer of neurons has just made: it is read "
                   "behind one, or for up to %d units",
                   j->coming->name, source, width, WIDEST_DIAGONAL);
    PENSEL_TRY(push(j, DENSE, width, width, &p));
    p->biased = true;
    for (size_t i = 0; i < width; i++)
        p->w[i * width + i] = 1;
    return PENSEL_OK;
}

static part *last(joiner *j)
{
    return j->count ? &j->parts[j->count - 1] : NULL;
}

/* Neurons that have no activation yet: what they give may still be changed in their weights. */
static bool is_open_dense(const part *p)
{
    return p && p->kind == DENSE && p->activation == PENSEL_IDENTITY;
}

/* What is pending before the first part becomes the scaler of the inputs, if it can. */
static pensel_status scale_inputs(joiner *j)
{
    if (!j->pending || j->count > 0 || j->x_scale) return PENSEL_OK;
    return take_scaler(j, &j->x_scale, &j->x_offset, true);
}

/* Pending factors go into the part before them, or become the scaler of the inputs: f (w a + c)
 * + o has the rows f w and the biases f c + o. A normalisation takes them as its gain and shift,
 * which a file says as a factor and an offset behind it. */
static pensel_status settle(joiner *j, const char *source)
{
    PENSEL_TRY(scale_inputs(j));
    if (!j->pending) return PENSEL_OK;
    if (!is_open_dense(last(j)) && !(last(j) && last(j)->kind == NORM))
        PENSEL_TRY(push_diagonal(j, source));
    part *p = last(j);
    for (size_t o = 0; o < p->out; o++) {
        size_t row = p->kind == DENSE ? p->in : 1;
        for (size_t i = 0; i < row; i++)
            p->w[o * row + i] *= j->factor[o];
        p->c[o] = p->c[o] * j->factor[o] + j->offset[o];
    }
    forget(j);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ stages */

/* Factors before a layer go into its weights: w (f a + o) + c = (w f) a + (c + w o). */
static pensel_status join_affine(joiner *j, const pensel_stage *s)
{
    PENSEL_TRY(scale_inputs(j));
    if (is_open_dense(last(j))) PENSEL_TRY(settle(j, s->source));
    part *p;
    double *factor = j->factor, *offset = j->offset;
    PENSEL_TRY(push(j, DENSE, s->in, s->out, &p));
    memcpy(p->w, s->w, s->in * s->out * sizeof *p->w);
    if (s->c) memcpy(p->c, s->c, s->out * sizeof *p->c);
    p->biased = s->c != NULL;
    for (size_t o = 0; j->pending && o < s->out; o++)
        for (size_t i = 0; i < s->in; i++) {
            p->c[o] += p->w[o * s->in + i] * offset[i];
            p->w[o * s->in + i] *= factor[i];
        }
    forget(j);
    return PENSEL_OK;
}

/* The first offset behind a product without a bias is its bias. Left pending behind the last
 * layer, it would be taken for the offset of the targets. */
static bool is_bias(joiner *j, const pensel_stage *s)
{
    part *p = last(j);
    if (s->kind != PENSEL_STAGE_OFFSET || j->pending || !is_open_dense(p) || p->biased)
        return false;
    for (size_t o = 0; o < p->out; o++)
        p->c[o] = s->w[s->out == 1 ? 0 : o];
    p->biased = true;
    return true;
}

/* An activation is the open layer's; a second one behind it, or one behind a residual, needs a
 * layer of its own. */
static pensel_status join_activation(joiner *j, const pensel_stage *s)
{
    PENSEL_TRY(settle(j, s->source));
    if (!is_open_dense(last(j))) PENSEL_TRY(push_diagonal(j, s->source));
    last(j)->activation = s->activation;
    last(j)->parameter = s->parameter;
    return PENSEL_OK;
}

static pensel_status join(joiner *j, const pensel_stage *s)
{
    part *p;
    switch (s->kind) {
    case PENSEL_STAGE_AFFINE:
        return join_affine(j, s);
    case PENSEL_STAGE_MULTIPLY:
    case PENSEL_STAGE_OFFSET:
        return is_bias(j, s) ? PENSEL_OK : pend(j, s);
    case PENSEL_STAGE_ACTIVATE:
        return join_activation(j, s);
    case PENSEL_STAGE_NORMALISE:
        PENSEL_TRY(settle(j, s->source));
        PENSEL_TRY(push(j, NORM, j->width, j->width, &p));
        p->parameter = s->parameter;
        for (size_t i = 0; i < p->out; i++)
            p->w[i] = 1;
        return PENSEL_OK;
    case PENSEL_STAGE_LAYER:
        PENSEL_TRY(settle(j, s->source));
        PENSEL_TRY(push(j, LAYER, s->in, s->out, &p));
        p->stage = s;
        return PENSEL_OK;
    case PENSEL_STAGE_EXPECT:
        return PENSEL_OK;
    default:
        PENSEL_TRY(settle(j, s->source));
        return push(j, s->kind == PENSEL_STAGE_OPEN ? OPEN : CLOSE, j->width, j->width, &p);
    }
}

/* What is pending behind the last layer is the scaler of a regression's targets; and the last
 * layer is one of neurons. */
static pensel_status end(joiner *j)
{
    bool regression = !j->coming->classifies && !j->coming->labels;
    if (j->pending && regression && last(j) && last(j)->kind == DENSE)
        PENSEL_TRY(take_scaler(j, &j->y_scale, &j->y_offset, false));
    PENSEL_TRY(settle(j, "the last stage"));
    return last(j) && last(j)->kind == DENSE ? PENSEL_OK : push_diagonal(j, "the last stage");
}

/* Softmax of two is logistic of their difference, e^b / (e^a + e^b) = 1 / (1 + e^(a - b)), which
 * is how two classes are held here: one row, the second less the first. */
static void join_two(joiner *j)
{
    part *p = last(j);
    if (!j->coming->classifies || p->activation != PENSEL_SOFTMAX || p->out != 2) return;
    for (size_t i = 0; i < p->in; i++)
        p->w[i] = p->w[p->in + i] - p->w[i];
    p->c[0] = p->c[1] - p->c[0];
    p->out = j->width = 1;
    p->activation = PENSEL_LOGISTIC;
}

/* ------------------------------------------------------------------ the network */

/* Whether layers of neurons are all there is, which a shape says without a list. */
static bool is_plain(const joiner *j)
{
    for (size_t i = 0; i < j->count; i++)
        if (j->parts[i].kind != DENSE) return false;
    return true;
}

/* %.17g in any locale: a comma would be another layer */
static int put_number(char *text, size_t size, double number)
{
    int length = snprintf(text, size, "%.17g", number);
    for (char *c = text; *c; c++)
        if (!strchr("0123456789+-e", *c)) *c = '.';
    return length;
}

enum { ITEM = 96 };

static void put_dense(char *item, const part *p)
{
    const pensel_activation_info *info = pensel_activation_describe(p->activation);
    int at = snprintf(item, ITEM, "dense:%zu:%s", p->out, info->name);
    if (!info->has_parameter) return;
    at += snprintf(item + at, ITEM - (size_t)at, ":");
    put_number(item + at, ITEM - (size_t)at, p->parameter);
}

/* The network as a list in the library's own language: "dense:8:relu, residual(dense:8:relu,
 * dense:8), dense:2". Zeroed, so that it ends whatever is written. */
static pensel_status write_list(char **list, const joiner *j)
{
    size_t at = 0, room = (j->count + 1) * (ITEM + 4);
    bool follows = false;
    for (size_t i = 0; i < j->count; i++)
        room += j->parts[i].kind == LAYER ? strlen(j->parts[i].stage->list) : 0;
    PENSEL_TRY(PENSEL_NEW(*list, room, j->error));
    for (size_t i = 0; i < j->count; i++) {
        const part *p = &j->parts[i];
        char item[ITEM] = "";
        if (p->kind == DENSE) put_dense(item, p);
        if (p->kind == NORM)
            put_number(item + snprintf(item, ITEM, "layer-norm:"), ITEM - 16, p->parameter);
        if (p->kind == OPEN) snprintf(item, ITEM, "residual(");
        if (p->kind == CLOSE) snprintf(item, ITEM, ")");
        const char *between = follows && p->kind != CLOSE ? ", " : "";
        at += (size_t)snprintf(*list + at, room - at, "%s%s", between,
                               p->kind == LAYER ? p->stage->list : item);
        follows = p->kind != OPEN;
    }
    return PENSEL_OK;
}

static void put_numbers(void *to, size_t at, const double *from, size_t count, bool wide)
{
    for (size_t i = 0; i < count; i++)
        if (wide)
            ((double *)to)[at + i] = from[i];
        else
            ((float *)to)[at + i] = (float)from[i];
}

/* As many groups as the layer has alone, in its order */
static pensel_status fill_layer(pensel_network *network, size_t *g, const joiner *j, const part *p)
{
    for (size_t first = 0; first < p->stage->numbers; (*g)++) {
        pensel_group group;
        PENSEL_TRY(pensel_network_group(network, *g, &group, j->error));
        put_numbers(pensel_network_parameters(network), group.first, p->stage->w + first,
                    group.count, j->coming->wide);
        first += group.count;
    }
    return PENSEL_OK;
}

/* Groups stand in the order of the layers, each layer's weights before its biases. */
static pensel_status fill(pensel_network *network, const joiner *j)
{
    void *numbers = pensel_network_parameters(network);
    size_t g = 0;
    for (size_t i = 0; i < j->count; i++) {
        const part *p = &j->parts[i];
        if (p->kind == LAYER) PENSEL_TRY(fill_layer(network, &g, j, p));
        if (!p->w) continue;
        for (int which = 0; which < 2; which++) {
            pensel_group group;
            PENSEL_TRY(pensel_network_group(network, g++, &group, j->error));
            put_numbers(numbers, group.first, which ? p->c : p->w, group.count, j->coming->wide);
        }
    }
    return PENSEL_OK;
}

/* Plain layers as a shape, so that a model file has them in the short form; else a list. Then
 * the numbers, group by group: what the parts say and what the network has come from the same
 * list, so they are as many. */
static pensel_status make_network(pensel_network **network, const joiner *j)
{
    pensel_precision precision = j->coming->wide ? PENSEL_FLOAT64 : PENSEL_FLOAT32;
    pensel_layer *layers;
    char *list = NULL;
    *network = NULL;
    PENSEL_TRY(PENSEL_NEW(layers, j->count, j->error));
    pensel_shape shape = {.inputs = j->coming->inputs, .layers = layers, .layer_count = j->count};
    for (size_t i = 0; i < j->count; i++)
        layers[i] = (pensel_layer){j->parts[i].out, j->parts[i].activation, j->parts[i].parameter};
    pensel_status status = PENSEL_OK;
    if (!is_plain(j)) {
        status = write_list(&list, j);
        shape = (pensel_shape){.inputs = j->coming->inputs, .list = list};
    }
    if (status == PENSEL_OK) status = pensel_network_new(network, &shape, precision, j->error);
    if (status == PENSEL_OK) status = fill(*network, j);
    pensel_release(layers);
    pensel_release(list);
    return status;
}

/* ------------------------------------------------------------------ the estimator */

/* Their codes, one for each output, or two for a single one: the file's, or 0, 1, 2... */
static pensel_status count_classes(double **codes, pensel_coming *coming, size_t outputs,
                                   pensel_error *error)
{
    size_t classes = outputs == 1 ? 2 : outputs;
    PENSEL_REQUIRE(coming->classes == 0 || coming->classes == classes, BAD_FILE,
                   "%s has %zu classes, and probabilities of %zu: as many are needed", coming->name,
                   coming->classes, classes);
    PENSEL_TRY(PENSEL_NEW(*codes, classes, error));
    for (size_t c = 0; c < classes; c++)
        (*codes)[c] = coming->codes ? coming->codes[c] : (double)c;
    coming->classes = classes;
    return PENSEL_OK;
}

static pensel_status name(pensel_estimator *estimator, const pensel_coming *coming,
                          pensel_error *error)
{
    if (coming->class_names)
        PENSEL_TRY(pensel_estimator_name_classes(
            estimator, (const char *const *)coming->class_names, coming->classes, error));
    if (coming->input_names)
        PENSEL_TRY(pensel_estimator_name_inputs(estimator, (const char *const *)coming->input_names,
                                                coming->inputs, error));
    return PENSEL_OK;
}

/* Scalers are STANDARD whatever they were called: an offset and a factor are all they are from
 * now on. */
static pensel_status make_estimator(pensel_estimator **estimator, const joiner *j,
                                    const pensel_network *network)
{
    pensel_coming *coming = j->coming;
    bool regression = !coming->classifies && !coming->labels;
    pensel_estimator_options o =
        pensel_estimator_defaults(regression ? PENSEL_REGRESSION : PENSEL_CLASSIFICATION);
    double *codes = NULL;
    if (coming->classifies) PENSEL_TRY(count_classes(&codes, coming, j->width, j->error));
    if (j->x_scale) o.scale_inputs = PENSEL_SCALE_STANDARD;
    if (j->y_scale) o.scale_targets = PENSEL_SCALE_STANDARD;
    const pensel_fitted fitted = {.network = network,
                                  .targets = coming->classifies ? 1 : j->width,
                                  .classes = codes,
                                  .class_count = coming->classifies ? coming->classes : 0,
                                  .input_offset = j->x_offset,
                                  .input_scale = j->x_scale,
                                  .target_offset = j->y_offset,
                                  .target_scale = j->y_scale};
    pensel_status status = pensel_estimator_assemble(estimator, &fitted, NULL, &o, j->error);
    if (status == PENSEL_OK) status = name(*estimator, coming, j->error);
    pensel_release(codes);
    return status;
}

pensel_status pensel_coming_assemble(pensel_estimator **estimator, pensel_coming *coming,
                                     pensel_error *error)
{
    joiner j = {.coming = coming, .width = coming->inputs, .error = error};
    pensel_network *network = NULL;
    *estimator = NULL;
    pensel_status status = PENSEL_NEW(j.parts, 2 * coming->count + 2, error);
    for (size_t i = 0; i < coming->count && status == PENSEL_OK; i++)
        status = join(&j, &coming->stages[i]);
    if (status == PENSEL_OK) status = end(&j);
    if (status == PENSEL_OK) {
        join_two(&j);
        status = make_network(&network, &j);
    }
    if (status == PENSEL_OK) status = make_estimator(estimator, &j, network);
    pensel_network_free(&network);
    clear(&j);
    return status;
}
