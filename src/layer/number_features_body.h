/* What periodic and piecewise share: each of the first `numbers` inputs x gets features of its own,
 * functions f of a straight line, and a small linear map of them gives width - 1 units; x itself is
 * the last one. The inputs behind them go on as they are.
 *
 *     h_k = f(z_k), z_k = RATE w_k x + b_k         k = 1..features   w, b of each number
 *     e_o = sum of v_ok h_k + c_o                  o = 1..width - 1  v, c of each number
 *     y   = (e_1, ..., x) of each number, then the other inputs
 *
 *     backward   da = dy_x + sum of dz_k RATE w_k, dz_k = f'(z_k) * sum over o of de_o v_ok
 *     gradient   dv_ok = sum of de_o h_k           dc_o = sum of de_o
 *                dw_k = sum of dz_k RATE x         db_k = sum of dz_k
 *
 * A kind that includes this defines before it
 *     RATE, MOST_FEATURES                 numbers
 *     sizes_of(layer)                     its numbers, features and width
 *     feature(layer, h, slopes, z, n)     f and, unless it is NULL, f' of z (n)
 * and names the functions below in its descriptor. */
#ifndef PENSEL_LAYER_NUMBER_FEATURES_BODY_H
#define PENSEL_LAYER_NUMBER_FEATURES_BODY_H
#include "layer/dot.h"
#include "layer/layer.h"

#include <string.h>

/* BLOCK samples are on the stack at a time. A part is PART_NUMBERS numbers, with all of their
 * features. */
enum { BLOCK = 64, PART_NUMBERS = 8, MOST_WIDTH = 65 };

typedef struct sizes {
    size_t numbers, features, width;
} sizes;

static sizes sizes_of(const pensel_layer_instance *layer);
static void feature(const pensel_layer_instance *layer, real *h, real *slopes, const real *z,
                    size_t n);

/* Groups: `name` (numbers, 2 features) of w and b, and weight (numbers, (width - 1) (features + 1))
 * of v and c. */
static pensel_status prepare_numbers(pensel_layer_instance *layer, const char *name,
                                     pensel_error *error)
{
    const sizes o = sizes_of(layer);
    PENSEL_REQUIRE(o.numbers <= layer->in, BAD_ARGUMENT,
                   "%s embeddings of %zu numbers of %zu inputs: no more than there are",
                   layer->kind->name, o.numbers, layer->in);
    layer->out = layer->in + o.numbers * (o.width - 1);
    layer->kept = o.numbers; /* x */
    layer->groups[0] =
        (pensel_layer_group){.name = name, .rows = o.numbers, .columns = 2 * o.features};
    layer->groups[1] = (pensel_layer_group){
        .name = "weight", .rows = o.numbers, .columns = (o.width - 1) * (o.features + 1)};
    layer->group_count = 2;
    size_t parts = (o.numbers + PART_NUMBERS - 1) / PART_NUMBERS;
    PENSEL_TRY(pensel_layer_parts(layer, parts, error));
    for (size_t p = 0; p < parts; p++) {
        size_t first = o.numbers * p / parts;
        layer->parts[p] = (pensel_layer_part){first, o.numbers * (p + 1) / parts - first};
    }
    return PENSEL_OK;
}

/* h (n) and, unless it is NULL, the slopes (n) of a feature of x (n), n <= BLOCK. */
static void feature_of(const pensel_layer_instance *layer, real *h, real *slopes, const real *x,
                       real w, real b, size_t n)
{
    real z[BLOCK];
    for (size_t s = 0; s < n; s++)
        z[s] = RATE * w * x[s] + b;
    feature(layer, h, slopes, z, n);
}

/* e (width - 1, ld) of the number with these lines (2 features) and weights; x (n). It starts from
 * c and adds a feature at a time, so no more than one h is in memory. */
static void embed(const pensel_layer_instance *layer, real *e, size_t ld, const real *x,
                  const real *lines, const real *v, size_t n)
{
    const sizes o = sizes_of(layer);
    for (size_t i = 0; i + 1 < o.width; i++)
        for (size_t s = 0; s < n; s++)
            e[i * ld + s] = v[i * (o.features + 1) + o.features];
    for (size_t k = 0; k < o.features; k++) {
        real h[BLOCK];
        feature_of(layer, h, NULL, x, lines[k], lines[o.features + k], n);
        for (size_t i = 0; i + 1 < o.width; i++) {
            real factor = v[i * (o.features + 1) + k];
            for (size_t s = 0; s < n; s++)
                e[i * ld + s] += factor * h[s];
        }
    }
}

/* The same of one sample, with its features side by side */
static void embed_row(const pensel_layer_instance *layer, real *e, real x, const real *lines,
                      const real *v)
{
    const sizes o = sizes_of(layer);
    real z[MOST_FEATURES], h[MOST_FEATURES];
    for (size_t k = 0; k < o.features; k++)
        z[k] = RATE * lines[k] * x + lines[o.features + k];
    feature(layer, h, NULL, z, o.features);
    for (size_t i = 0; i + 1 < o.width; i++, v += o.features + 1)
        e[i] = v[o.features] + dot(v, h, o.features);
}

static void forward_row(const pensel_layer_instance *layer, real *y, const real *a,
                        const real *lines, const real *v)
{
    const sizes o = sizes_of(layer);
    for (size_t j = 0; j < o.numbers; j++, y += o.width) {
        embed_row(layer, y, a[j], lines + j * 2 * o.features,
                  v + j * (o.width - 1) * (o.features + 1));
        y[o.width - 1] = a[j];
    }
    memcpy(y, a + o.numbers, (layer->in - o.numbers) * sizeof(real));
}

/* Each number becomes `width` units, so those behind it move; the other inputs come after all of
 * them. x is kept, since its panel becomes da. */
static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const sizes o = sizes_of(layer);
    const real *lines = pensel_layer_numbers(layer, t->parameters, 0);
    const real *v = pensel_layer_numbers(layer, t->parameters, 1);
    if (t->ld == 1 && !t->kept) {
        forward_row(layer, t->y, t->a, lines, v);
        return;
    }
    for (size_t j = 0; j < o.numbers; j++) {
        const real *x = (const real *)t->a + j * t->ld;
        real *e = (real *)t->y + j * o.width * t->ld, *kept = t->kept;
        for (size_t from = 0; from < t->n; from += BLOCK)
            embed(layer, e + from, t->ld, x + from, lines + j * 2 * o.features,
                  v + j * (o.width - 1) * (o.features + 1),
                  t->n - from < BLOCK ? t->n - from : BLOCK);
        memcpy(e + (o.width - 1) * t->ld, x, t->n * sizeof(real));
        if (kept) memcpy(kept + j * t->ld, x, t->n * sizeof(real));
    }
    for (size_t i = o.numbers; i < layer->in; i++)
        memcpy((real *)t->y + (i + o.numbers * (o.width - 1)) * t->ld,
               (const real *)t->a + i * t->ld, t->n * sizeof(real));
}

/* dz of feature k, over its slopes: dz_k = f'(z_k) * sum over o of v_ok de_o */
static void feature_gradient(real *dz, sizes o, const real *v, const real *de, size_t ld, size_t k,
                             size_t n)
{
    real dh[BLOCK] = {0};
    for (size_t i = 0; i + 1 < o.width; i++)
        for (size_t s = 0; s < n; s++)
            dh[s] += v[i * (o.features + 1) + k] * de[i * ld + s];
    for (size_t s = 0; s < n; s++)
        dz[s] *= dh[s];
}

/* da of one number: x itself went on as the last unit, so its dy comes first, and then what comes
 * through each feature, whose h and slope are computed again from x. */
static void backward_block(const pensel_layer_instance *layer, real *da, const real *dy,
                           const real *x, const real *lines, const real *v, size_t ld, size_t n)
{
    const sizes o = sizes_of(layer);
    memcpy(da, dy + (o.width - 1) * ld, n * sizeof(real));
    for (size_t k = 0; k < o.features; k++) {
        real h[BLOCK], dz[BLOCK];
        feature_of(layer, h, dz, x, lines[k], lines[o.features + k], n);
        feature_gradient(dz, o, v, dy, ld, k, n);
        for (size_t s = 0; s < n; s++)
            da[s] += RATE * lines[k] * dz[s];
    }
}

static void backward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const sizes o = sizes_of(layer);
    const real *lines = pensel_layer_numbers(layer, t->parameters, 0);
    const real *v = pensel_layer_numbers(layer, t->parameters, 1);
    if (!t->a) return;
    for (size_t j = 0; j < o.numbers; j++)
        for (size_t from = 0; from < t->n; from += BLOCK)
            backward_block(layer, (real *)t->a + j * t->ld + from,
                           (const real *)t->y + j * o.width * t->ld + from,
                           (const real *)t->kept + j * t->ld + from, lines + j * 2 * o.features,
                           v + j * (o.width - 1) * (o.features + 1), t->ld,
                           t->n - from < BLOCK ? t->n - from : BLOCK);
    for (size_t i = o.numbers; i < layer->in; i++)
        memcpy((real *)t->a + i * t->ld,
               (const real *)t->y + (i + o.numbers * (o.width - 1)) * t->ld, t->n * sizeof(real));
}

/* Adds a block of samples to the gradient of one number. */
static void add_block(const pensel_layer_instance *layer, real *dlines, real *dv, const real *de,
                      const real *x, const real *lines, const real *v, size_t ld, size_t n)
{
    const sizes o = sizes_of(layer);
    for (size_t i = 0; i + 1 < o.width; i++)
        dv[i * (o.features + 1) + o.features] += total(de + i * ld, n);
    for (size_t k = 0; k < o.features; k++) {
        real h[BLOCK], dz[BLOCK];
        feature_of(layer, h, dz, x, lines[k], lines[o.features + k], n);
        for (size_t i = 0; i + 1 < o.width; i++)
            dv[i * (o.features + 1) + k] += dot(de + i * ld, h, n);
        feature_gradient(dz, o, v, de, ld, k, n);
        dlines[k] += RATE * dot(dz, x, n);
        dlines[o.features + k] += total(dz, n);
    }
}

/* Number by number, and of each the samples in order. Only x is kept: the features of a block are
 * computed anew, which spares a panel `features` times as large. */
static void gradient(const pensel_layer_instance *layer, const pensel_layer_gradient *g)
{
    const sizes o = sizes_of(layer);
    const pensel_layer_part *part = &layer->parts[g->part];
    size_t of_lines = 2 * o.features, of_weight = (o.width - 1) * (o.features + 1);
    const real *lines = pensel_layer_numbers(layer, g->parameters, 0);
    const real *v = pensel_layer_numbers(layer, g->parameters, 1);
    if (!g->accumulate) {
        memset(g->gradient[0], 0, part->rows * of_lines * sizeof(real));
        memset(g->gradient[1], 0, part->rows * of_weight * sizeof(real));
    }
    for (size_t r = 0; r < part->rows; r++)
        for (size_t t = 0; t < g->tiles; t++) {
            size_t j = part->row + r;
            const real *x = (const real *)g->kept + (t * layer->kept + j) * g->ld;
            const real *de = (const real *)g->dy + (t * layer->out + j * o.width) * g->ld;
            for (size_t from = 0; from < g->tile_n[t]; from += BLOCK)
                add_block(layer, (real *)g->gradient[0] + r * of_lines,
                          (real *)g->gradient[1] + r * of_weight, de + from, x + from,
                          lines + j * of_lines, v + j * of_weight, g->ld,
                          g->tile_n[t] - from < BLOCK ? g->tile_n[t] - from : BLOCK);
        }
}

/* The maps e and all inputs a stand one after another and are then put in order: (e, x) of each
 * number, and the other inputs. */
static size_t leave_in_order(const pensel_layer_instance *layer, pensel_graph *graph, size_t e,
                             size_t a)
{
    const sizes o = sizes_of(layer);
    size_t more = o.width - 1;
    size_t *parts = pensel_graph_indices(graph, 2);
    size_t *index = pensel_graph_indices(graph, layer->out);
    if (parts) parts[0] = e, parts[1] = a;
    for (size_t i = 0; i < layer->out && index; i++) {
        size_t j = i / o.width, k = i % o.width;
        bool other = i >= o.numbers * o.width;
        index[i] = !other && k < more ? j * more + k : other ? i : o.numbers * more + j;
    }
    return pensel_graph_pick(graph, pensel_graph_join(graph, parts, 2), index, layer->out);
}
#endif
