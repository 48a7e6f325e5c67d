/* Piecewise-linear embedding of numbers (Gorishniy et al. 2022, section 3.2; version B of Gorishniy
 * et al. 2024): what a tree does with thresholds, a network does with ramps. Each of the first
 * `numbers` inputs x is cut into bins; a bin is passed from 0 to 1 as x crosses it, and a small
 * linear map of the bins, of its own for each number, gives width - 1 units; x itself is the last
 * one. The inputs behind them go on as they are.
 *
 *     h_k = z_k within [0, 1], z_k = w_k x + b_k   k = 1..bins       w, b of each number
 *     e_o = sum of v_ok h_k + c_o                  o = 1..width - 1  v, c of each number
 *     y   = (e_1, ..., x) of each number, then the other inputs
 *
 *     backward   da = dy_x + sum of de_o v_ok w_k over the bins that x is in
 *     gradient   dv_ok = sum of de_o h_k           dc_o = sum of de_o
 *                dw_k = sum of dz_k x              db_k = sum of dz_k
 *                with dz_k = sum over o of de_o v_ok where 0 < z_k < 1, else 0
 *
 * The bin from p to q has w = 1 / (q - p) and b = -p w, so the papers' edges are a start of w and
 * b, and are learned from there. Without data the bins share [-1, 1] equally. Sums over samples run
 * in LANES interleaved ones, so that they are as wide as the machine and yet in one fixed order. */
#include "base/random.h"
#include "layer/layer.h"

#include <math.h>
#include <string.h>

enum { LANES = 16, BLOCK = 64, PART_NUMBERS = 8, MOST_BINS = 256, MOST_WIDTH = 65 };

typedef struct piecewise_options {
    size_t numbers, bins, width;
} piecewise_options;

static const pensel_option_row options[] = {
    PENSEL_LAYER_OPTION(piecewise_options, COUNT, numbers, 0, BETWEEN("[]", 1, 1 << 24),
                        "how many of the first inputs"),
    PENSEL_LAYER_OPTION(piecewise_options, COUNT, bins, 16, BETWEEN("[]", 1, MOST_BINS),
                        "of each number"),
    PENSEL_LAYER_OPTION(piecewise_options, COUNT, width, 4, BETWEEN("[]", 2, MOST_WIDTH),
                        "units that come of a number, itself among them"),
};

static const piecewise_options *options_of(const pensel_layer_instance *layer)
{
    return (const piecewise_options *)layer->settings.own;
}

static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    const piecewise_options *o = options_of(layer);
    PENSEL_REQUIRE(o->numbers <= layer->in, BAD_ARGUMENT,
                   "piecewise embeddings of %zu numbers of %zu inputs: no more than there are",
                   o->numbers, layer->in);
    layer->out = layer->in + o->numbers * (o->width - 1);
    layer->kept = o->numbers; /* x */
    layer->groups[0] =
        (pensel_layer_group){.name = "bins", .rows = o->numbers, .columns = 2 * o->bins};
    layer->groups[1] = (pensel_layer_group){
        .name = "weight", .rows = o->numbers, .columns = (o->width - 1) * (o->bins + 1)};
    layer->group_count = 2;
    size_t parts = (o->numbers + PART_NUMBERS - 1) / PART_NUMBERS;
    PENSEL_TRY(pensel_layer_parts(layer, parts, error));
    for (size_t p = 0; p < parts; p++) {
        size_t first = o->numbers * p / parts;
        layer->parts[p] = (pensel_layer_part){first, o->numbers * (p + 1) / parts - first};
    }
    return PENSEL_OK;
}

/* v and c uniform within 1 / sqrt(bins) */
static void initialise(const pensel_layer_instance *layer, void *parameters,
                       pensel_initialisation how, pensel_activation hidden, pensel_random *random)
{
    const piecewise_options *o = options_of(layer);
    double most = 1 / sqrt((double)o->bins);
    real *w = pensel_layer_numbers(layer, parameters, 0);
    real *v = pensel_layer_numbers(layer, parameters, 1);
    (void)how;
    (void)hidden;
    for (size_t j = 0; j < o->numbers; j++, w += 2 * o->bins)
        for (size_t k = 0; k < o->bins; k++) {
            w[k] = (real)o->bins / 2;
            w[o->bins + k] = (real)o->bins / 2 - (real)k;
        }
    for (size_t i = 0; i < pensel_layer_group_count(&layer->groups[1]); i++)
        v[i] = (real)pensel_random_between(random, -most, most);
}

/* h and, unless it is NULL, 1 where it rises, of n <= BLOCK samples */
static void ramp(real *h, real *rises, const real *x, real w, real b, size_t n)
{
    for (size_t s = 0; s < n; s++) {
        real z = w * x[s] + b;
        h[s] = z < 0 ? 0 : z > 1 ? 1 : z;
    }
    for (size_t s = 0; rises && s < n; s++)
        rises[s] = h[s] > 0 && h[s] < 1 ? 1 : 0;
}

/* e (width - 1, ld) of the number with these bins and weights; x (n) */
static void embed(const piecewise_options *o, real *e, size_t ld, const real *x, const real *bins,
                  const real *v, size_t n)
{
    for (size_t i = 0; i + 1 < o->width; i++)
        for (size_t s = 0; s < n; s++)
            e[i * ld + s] = v[i * (o->bins + 1) + o->bins];
    for (size_t k = 0; k < o->bins; k++) {
        real h[BLOCK];
        ramp(h, NULL, x, bins[k], bins[o->bins + k], n);
        for (size_t i = 0; i + 1 < o->width; i++) {
            real factor = v[i * (o->bins + 1) + k];
            for (size_t s = 0; s < n; s++)
                e[i * ld + s] += factor * h[s];
        }
    }
}

static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const piecewise_options *o = options_of(layer);
    const real *bins = pensel_layer_numbers(layer, t->parameters, 0);
    const real *v = pensel_layer_numbers(layer, t->parameters, 1);
    for (size_t j = 0; j < o->numbers; j++) {
        const real *x = (const real *)t->a + j * t->ld;
        real *e = (real *)t->y + j * o->width * t->ld, *kept = t->kept;
        for (size_t from = 0; from < t->n; from += BLOCK)
            embed(o, e + from, t->ld, x + from, bins + j * 2 * o->bins,
                  v + j * (o->width - 1) * (o->bins + 1),
                  t->n - from < BLOCK ? t->n - from : BLOCK);
        memcpy(e + (o->width - 1) * t->ld, x, t->n * sizeof(real));
        if (kept) memcpy(kept + j * t->ld, x, t->n * sizeof(real));
    }
    for (size_t i = o->numbers; i < layer->in; i++)
        memcpy((real *)t->y + (i + o->numbers * (o->width - 1)) * t->ld,
               (const real *)t->a + i * t->ld, t->n * sizeof(real));
}

/* dz of bin k over dz, which says where it rises */
static void bin_gradient(real *dz, const piecewise_options *o, const real *v, const real *de,
                         size_t ld, size_t k, size_t n)
{
    real dh[BLOCK] = {0};
    for (size_t i = 0; i + 1 < o->width; i++)
        for (size_t s = 0; s < n; s++)
            dh[s] += v[i * (o->bins + 1) + k] * de[i * ld + s];
    for (size_t s = 0; s < n; s++)
        dz[s] *= dh[s];
}

static void backward_block(const piecewise_options *o, real *da, const real *dy, const real *x,
                           const real *bins, const real *v, size_t ld, size_t n)
{
    memcpy(da, dy + (o->width - 1) * ld, n * sizeof(real));
    for (size_t k = 0; k < o->bins; k++) {
        real h[BLOCK], dz[BLOCK];
        ramp(h, dz, x, bins[k], bins[o->bins + k], n);
        bin_gradient(dz, o, v, dy, ld, k, n);
        for (size_t s = 0; s < n; s++)
            da[s] += bins[k] * dz[s];
    }
}

static void backward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const piecewise_options *o = options_of(layer);
    const real *bins = pensel_layer_numbers(layer, t->parameters, 0);
    const real *v = pensel_layer_numbers(layer, t->parameters, 1);
    if (!t->a) return;
    for (size_t j = 0; j < o->numbers; j++)
        for (size_t from = 0; from < t->n; from += BLOCK)
            backward_block(o, (real *)t->a + j * t->ld + from,
                           (const real *)t->y + j * o->width * t->ld + from,
                           (const real *)t->kept + j * t->ld + from, bins + j * 2 * o->bins,
                           v + j * (o->width - 1) * (o->bins + 1), t->ld,
                           t->n - from < BLOCK ? t->n - from : BLOCK);
    for (size_t i = o->numbers; i < layer->in; i++)
        memcpy((real *)t->a + i * t->ld,
               (const real *)t->y + (i + o->numbers * (o->width - 1)) * t->ld, t->n * sizeof(real));
}

/* The sum of a b over n samples, or of a where b is NULL */
static real dot(const real *a, const real *b, size_t n)
{
    real lanes[LANES] = {0}, sum = 0;
    size_t s = 0;
    for (; s + LANES <= n; s += LANES)
        for (size_t i = 0; i < LANES; i++)
            lanes[i] += b ? a[s + i] * b[s + i] : a[s + i];
    for (; s < n; s++)
        sum += b ? a[s] * b[s] : a[s];
    for (size_t i = 0; i < LANES; i++)
        sum += lanes[i];
    return sum;
}

/* Adds a block of samples to the gradient of one number. */
static void add_block(const piecewise_options *o, real *dbins, real *dv, const real *de,
                      const real *x, const real *bins, const real *v, size_t ld, size_t n)
{
    for (size_t i = 0; i + 1 < o->width; i++)
        dv[i * (o->bins + 1) + o->bins] += dot(de + i * ld, NULL, n);
    for (size_t k = 0; k < o->bins; k++) {
        real h[BLOCK], dz[BLOCK];
        ramp(h, dz, x, bins[k], bins[o->bins + k], n);
        for (size_t i = 0; i + 1 < o->width; i++)
            dv[i * (o->bins + 1) + k] += dot(de + i * ld, h, n);
        bin_gradient(dz, o, v, de, ld, k, n);
        dbins[k] += dot(dz, x, n);
        dbins[o->bins + k] += dot(dz, NULL, n);
    }
}

static void gradient(const pensel_layer_instance *layer, const pensel_layer_gradient *g)
{
    const piecewise_options *o = options_of(layer);
    const pensel_layer_part *part = &layer->parts[g->part];
    size_t of_bins = 2 * o->bins, of_weight = (o->width - 1) * (o->bins + 1);
    const real *bins = pensel_layer_numbers(layer, g->parameters, 0);
    const real *v = pensel_layer_numbers(layer, g->parameters, 1);
    if (!g->accumulate) {
        memset(g->gradient[0], 0, part->rows * of_bins * sizeof(real));
        memset(g->gradient[1], 0, part->rows * of_weight * sizeof(real));
    }
    for (size_t r = 0; r < part->rows; r++)
        for (size_t t = 0; t < g->tiles; t++) {
            size_t j = part->row + r;
            const real *x = (const real *)g->kept + (t * layer->kept + j) * g->ld;
            const real *de = (const real *)g->dy + (t * layer->out + j * o->width) * g->ld;
            for (size_t from = 0; from < g->tile_n[t]; from += BLOCK)
                add_block(o, (real *)g->gradient[0] + r * of_bins,
                          (real *)g->gradient[1] + r * of_weight, de + from, x + from,
                          bins + j * of_bins, v + j * of_weight, g->ld,
                          g->tile_n[t] - from < BLOCK ? g->tile_n[t] - from : BLOCK);
        }
}

/* q = 1 - h = max(0, 1 - max(0, z)) of all bins: exact beyond both ends, however steep they are */
static size_t leave_bins(const pensel_layer_instance *layer, pensel_graph *graph, size_t x,
                         const real *bins)
{
    const piecewise_options *o = options_of(layer);
    size_t count = o->numbers * o->bins;
    double *w = pensel_graph_room(graph, count), *b = pensel_graph_room(graph, count);
    double *minus = pensel_graph_room(graph, count), *one = pensel_graph_room(graph, count);
    for (size_t i = 0; i < count && one; i++) {
        const real *own = bins + i / o->bins * 2 * o->bins;
        w[i] = (double)own[i % o->bins];
        b[i] = (double)own[o->bins + i % o->bins];
        minus[i] = -1;
        one[i] = 1;
    }
    size_t z = pensel_graph_affine(graph, x, w, b, o->numbers, 1, o->bins, PENSEL_RELU, 0);
    z = pensel_graph_offset(graph, pensel_graph_multiply(graph, z, minus), one);
    return pensel_graph_activate(graph, z, PENSEL_RELU, 0);
}

/* The map of h = 1 - q is one of q: e = c + sum of v - sum of v q. */
static size_t leave_map(const pensel_layer_instance *layer, pensel_graph *graph, size_t q,
                        const real *v)
{
    const piecewise_options *o = options_of(layer);
    size_t rows = o->numbers * (o->width - 1);
    double *map = pensel_graph_room(graph, rows * o->bins), *c = pensel_graph_room(graph, rows);
    for (size_t r = 0; r < rows && c; r++, v += o->bins + 1) {
        c[r] = (double)v[o->bins];
        for (size_t k = 0; k < o->bins; k++) {
            map[r * o->bins + k] = -(double)v[k];
            c[r] += (double)v[k];
        }
    }
    return pensel_graph_affine(graph, q, map, c, o->numbers, o->bins, o->width - 1, PENSEL_IDENTITY,
                               0);
}

/* The maps and all inputs stand one after another and are then put in order: (e, x) of each number,
 * and the other inputs. */
static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    const piecewise_options *o = options_of(layer);
    size_t numbers = pensel_graph_slice(graph, a, 0, o->numbers), more = o->width - 1;
    size_t q = leave_bins(layer, graph, numbers, pensel_layer_numbers(layer, parameters, 0));
    size_t e = leave_map(layer, graph, q, pensel_layer_numbers(layer, parameters, 1));
    size_t *parts = pensel_graph_indices(graph, 2);
    size_t *index = pensel_graph_indices(graph, layer->out);
    (void)partner;
    if (parts) parts[0] = e, parts[1] = a;
    for (size_t i = 0; i < layer->out && index; i++) {
        size_t j = i / o->width, k = i % o->width;
        bool other = i >= o->numbers * o->width;
        index[i] = !other && k < more ? j * more + k : other ? i : o->numbers * more + j;
    }
    return pensel_graph_pick(graph, pensel_graph_join(graph, parts, 2), index, layer->out);
}

PENSEL_LAYER_KIND(piecewise) = {
    .name = "piecewise",
    .help = "ramps over the bins of a number, learned for each by itself",
    .options = PENSEL_OPTION_TABLE(options),
    .single = true,
    .prepare = prepare,
    .initialise = initialise,
    .forward = forward,
    .backward = backward,
    .gradient = gradient,
    .leave = leave,
};
