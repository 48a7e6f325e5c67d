/* Periodic embedding of numbers (Gorishniy et al. 2022, equation 1, in the form that Holzmueller et
 * al. 2024 call PBLD): a column of a table seldom acts in proportion to its number, so each of
 * the first `numbers` inputs x becomes a few waves of its own, which a small linear map of its own
 * turns into width - 1 units; x itself is the last one. The inputs behind them go on as they are.
 *
 *     h_k = sin(2 pi w_k x + b_k)                 k = 1..waves       w, b of each number
 *     e_o = sum of v_ok h_k + c_o                 o = 1..width - 1   v, c of each number
 *     y   = (e_1, ..., x) of each number, then the other inputs
 *
 *     backward   da = dy_x + sum of de_o v_ok cos(2 pi w_k x + b_k) 2 pi w_k
 *     gradient   dv_ok = sum of de_o h_k          dc_o = sum of de_o
 *                dw_k = sum of dz_k 2 pi x        db_k = sum of dz_k
 *                with dz_k = cos(...) * sum over o of de_o v_ok
 *
 * With b anywhere on the circle a sine is as good as the papers' cosine, and there is a kernel for
 * it. Sums over samples run in LANES interleaved ones, so that they are as wide as the machine and
 * yet in one fixed order. */
#include "base/random.h"
#include "layer/layer.h"

#include <math.h>
#include <string.h>

enum { LANES = 16, BLOCK = 64, PART_NUMBERS = 8, MOST_WAVES = 64, MOST_WIDTH = 65 };
#define TWO_PI ((real)6.28318530717958647692)

typedef struct periodic_options {
    size_t numbers, waves, width;
    double scale;
} periodic_options;

static const pensel_option_row options[] = {
    PENSEL_LAYER_OPTION(periodic_options, COUNT, numbers, 0, BETWEEN("[]", 1, 1 << 24),
                        "how many of the first inputs"),
    PENSEL_LAYER_OPTION(periodic_options, COUNT, waves, 16, BETWEEN("[]", 1, MOST_WAVES),
                        "of each number"),
    PENSEL_LAYER_OPTION(periodic_options, COUNT, width, 4, BETWEEN("[]", 2, MOST_WIDTH),
                        "units that come of a number, itself among them"),
    PENSEL_LAYER_OPTION(periodic_options, NUMBER, scale, 0.1, ABOVE(0),
                        "standard deviation of the first frequencies, in cycles per unit"),
};

static const periodic_options *options_of(const pensel_layer_instance *layer)
{
    return (const periodic_options *)layer->settings.own;
}

static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    const periodic_options *o = options_of(layer);
    PENSEL_REQUIRE(o->numbers <= layer->in, BAD_ARGUMENT,
                   "periodic embeddings of %zu numbers of %zu inputs: no more than there are",
                   o->numbers, layer->in);
    layer->out = layer->in + o->numbers * (o->width - 1);
    layer->kept = o->numbers; /* x */
    layer->groups[0] =
        (pensel_layer_group){.name = "waves", .rows = o->numbers, .columns = 2 * o->waves};
    layer->groups[1] = (pensel_layer_group){
        .name = "weight", .rows = o->numbers, .columns = (o->width - 1) * (o->waves + 1)};
    layer->group_count = 2;
    size_t parts = (o->numbers + PART_NUMBERS - 1) / PART_NUMBERS;
    PENSEL_TRY(pensel_layer_parts(layer, parts, error));
    for (size_t p = 0; p < parts; p++) {
        size_t first = o->numbers * p / parts;
        layer->parts[p] = (pensel_layer_part){first, o->numbers * (p + 1) / parts - first};
    }
    return PENSEL_OK;
}

/* One of the pair that the method of Box & Muller 1958 gives. */
static double draw_normal(pensel_random *random)
{
    double u = 1 - pensel_random_between(random, 0, 1), v = pensel_random_uniform(random, 0, 1);
    return sqrt(-2 * log(u)) * cos((double)TWO_PI * v);
}

/* w normal, b uniform on the circle, v and c uniform within 1 / sqrt(waves) */
static void initialise(const pensel_layer_instance *layer, void *parameters,
                       pensel_initialisation how, pensel_activation hidden, pensel_random *random)
{
    const periodic_options *o = options_of(layer);
    real *waves = pensel_layer_numbers(layer, parameters, 0);
    real *v = pensel_layer_numbers(layer, parameters, 1);
    double pi = (double)TWO_PI / 2, most = 1 / sqrt((double)o->waves);
    (void)how;
    (void)hidden;
    for (size_t j = 0; j < o->numbers; j++) {
        for (size_t k = 0; k < o->waves; k++)
            *waves++ = (real)(o->scale * draw_normal(random));
        for (size_t k = 0; k < o->waves; k++)
            *waves++ = (real)pensel_random_between(random, -pi, pi);
    }
    for (size_t i = 0; i < pensel_layer_group_count(&layer->groups[1]); i++)
        v[i] = (real)pensel_random_between(random, -most, most);
}

/* sin and, unless it is NULL, cos of 2 pi w x + b, of n <= BLOCK samples */
static void wave(const pensel_layer_instance *layer, real *sine, real *cosine, const real *x,
                 real w, real b, size_t n)
{
    real z[BLOCK];
    for (size_t s = 0; s < n; s++)
        z[s] = TWO_PI * w * x[s] + b;
    layer->kernels->activate(sine, cosine, z, n, PENSEL_SINE, 1);
}

/* e (width - 1, ld) of the number with these waves and weights; x (n) */
static void embed(const pensel_layer_instance *layer, real *e, size_t ld, const real *x,
                  const real *waves, const real *v, size_t n)
{
    const periodic_options *o = options_of(layer);
    for (size_t i = 0; i + 1 < o->width; i++)
        for (size_t s = 0; s < n; s++)
            e[i * ld + s] = v[i * (o->waves + 1) + o->waves];
    for (size_t k = 0; k < o->waves; k++) {
        real h[BLOCK];
        wave(layer, h, NULL, x, waves[k], waves[o->waves + k], n);
        for (size_t i = 0; i + 1 < o->width; i++) {
            real factor = v[i * (o->waves + 1) + k];
            for (size_t s = 0; s < n; s++)
                e[i * ld + s] += factor * h[s];
        }
    }
}

static void forward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const periodic_options *o = options_of(layer);
    const real *waves = pensel_layer_numbers(layer, t->parameters, 0);
    const real *v = pensel_layer_numbers(layer, t->parameters, 1);
    for (size_t j = 0; j < o->numbers; j++) {
        const real *x = (const real *)t->a + j * t->ld;
        real *e = (real *)t->y + j * o->width * t->ld, *kept = t->kept;
        for (size_t from = 0; from < t->n; from += BLOCK)
            embed(layer, e + from, t->ld, x + from, waves + j * 2 * o->waves,
                  v + j * (o->width - 1) * (o->waves + 1),
                  t->n - from < BLOCK ? t->n - from : BLOCK);
        memcpy(e + (o->width - 1) * t->ld, x, t->n * sizeof(real));
        if (kept) memcpy(kept + j * t->ld, x, t->n * sizeof(real));
    }
    for (size_t i = o->numbers; i < layer->in; i++)
        memcpy((real *)t->y + (i + o->numbers * (o->width - 1)) * t->ld,
               (const real *)t->a + i * t->ld, t->n * sizeof(real));
}

/* dz of wave k: cosine is given, and replaced */
static void wave_gradient(real *dz, const periodic_options *o, const real *v, const real *de,
                          size_t ld, size_t k, size_t n)
{
    real dh[BLOCK] = {0};
    for (size_t i = 0; i + 1 < o->width; i++)
        for (size_t s = 0; s < n; s++)
            dh[s] += v[i * (o->waves + 1) + k] * de[i * ld + s];
    for (size_t s = 0; s < n; s++)
        dz[s] *= dh[s];
}

static void backward_block(const pensel_layer_instance *layer, real *da, const real *dy,
                           const real *x, const real *waves, const real *v, size_t ld, size_t n)
{
    const periodic_options *o = options_of(layer);
    memcpy(da, dy + (o->width - 1) * ld, n * sizeof(real));
    for (size_t k = 0; k < o->waves; k++) {
        real h[BLOCK], dz[BLOCK];
        wave(layer, h, dz, x, waves[k], waves[o->waves + k], n);
        wave_gradient(dz, o, v, dy, ld, k, n);
        for (size_t s = 0; s < n; s++)
            da[s] += TWO_PI * waves[k] * dz[s];
    }
}

static void backward(const pensel_layer_instance *layer, const pensel_layer_tile *t)
{
    const periodic_options *o = options_of(layer);
    const real *waves = pensel_layer_numbers(layer, t->parameters, 0);
    const real *v = pensel_layer_numbers(layer, t->parameters, 1);
    if (!t->a) return;
    for (size_t j = 0; j < o->numbers; j++)
        for (size_t from = 0; from < t->n; from += BLOCK)
            backward_block(layer, (real *)t->a + j * t->ld + from,
                           (const real *)t->y + j * o->width * t->ld + from,
                           (const real *)t->kept + j * t->ld + from, waves + j * 2 * o->waves,
                           v + j * (o->width - 1) * (o->waves + 1), t->ld,
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
static void add_block(const pensel_layer_instance *layer, real *dwaves, real *dv, const real *de,
                      const real *x, const real *waves, const real *v, size_t ld, size_t n)
{
    const periodic_options *o = options_of(layer);
    for (size_t i = 0; i + 1 < o->width; i++)
        dv[i * (o->waves + 1) + o->waves] += dot(de + i * ld, NULL, n);
    for (size_t k = 0; k < o->waves; k++) {
        real h[BLOCK], dz[BLOCK];
        wave(layer, h, dz, x, waves[k], waves[o->waves + k], n);
        for (size_t i = 0; i + 1 < o->width; i++)
            dv[i * (o->waves + 1) + k] += dot(de + i * ld, h, n);
        wave_gradient(dz, o, v, de, ld, k, n);
        dwaves[k] += TWO_PI * dot(dz, x, n);
        dwaves[o->waves + k] += dot(dz, NULL, n);
    }
}

static void gradient(const pensel_layer_instance *layer, const pensel_layer_gradient *g)
{
    const periodic_options *o = options_of(layer);
    const pensel_layer_part *part = &layer->parts[g->part];
    size_t of_waves = 2 * o->waves, of_weight = (o->width - 1) * (o->waves + 1);
    const real *waves = pensel_layer_numbers(layer, g->parameters, 0);
    const real *v = pensel_layer_numbers(layer, g->parameters, 1);
    if (!g->accumulate) {
        memset(g->gradient[0], 0, part->rows * of_waves * sizeof(real));
        memset(g->gradient[1], 0, part->rows * of_weight * sizeof(real));
    }
    for (size_t r = 0; r < part->rows; r++)
        for (size_t t = 0; t < g->tiles; t++) {
            size_t j = part->row + r;
            const real *x = (const real *)g->kept + (t * layer->kept + j) * g->ld;
            const real *de = (const real *)g->dy + (t * layer->out + j * o->width) * g->ld;
            for (size_t from = 0; from < g->tile_n[t]; from += BLOCK)
                add_block(layer, (real *)g->gradient[0] + r * of_waves,
                          (real *)g->gradient[1] + r * of_weight, de + from, x + from,
                          waves + j * of_waves, v + j * of_weight, g->ld,
                          g->tile_n[t] - from < BLOCK ? g->tile_n[t] - from : BLOCK);
        }
}

/* As two maps in groups, one group for each number: the waves, and what becomes of them. */
static size_t leave_maps(const pensel_layer_instance *layer, pensel_graph *graph, size_t x,
                         const void *parameters)
{
    const periodic_options *o = options_of(layer);
    const real *waves = pensel_layer_numbers(layer, parameters, 0);
    const real *v = pensel_layer_numbers(layer, parameters, 1);
    size_t count = o->numbers * o->waves, rows = o->numbers * (o->width - 1);
    double *w = pensel_graph_room(graph, count), *b = pensel_graph_room(graph, count);
    double *map = pensel_graph_room(graph, rows * o->waves), *c = pensel_graph_room(graph, rows);
    for (size_t i = 0; i < count && c; i++) {
        const real *own = waves + i / o->waves * 2 * o->waves;
        w[i] = (double)(TWO_PI * own[i % o->waves]);
        b[i] = (double)own[o->waves + i % o->waves];
    }
    for (size_t r = 0; r < rows && c; r++) {
        for (size_t k = 0; k < o->waves; k++)
            map[r * o->waves + k] = (double)v[r * (o->waves + 1) + k];
        c[r] = (double)v[r * (o->waves + 1) + o->waves];
    }
    size_t h = pensel_graph_affine(graph, x, w, b, o->numbers, 1, o->waves, PENSEL_SINE, 1);
    return pensel_graph_affine(graph, h, map, c, o->numbers, o->waves, o->width - 1,
                               PENSEL_IDENTITY, 0);
}

/* The maps and all inputs stand one after another and are then put in order: (e, x) of each number,
 * and the other inputs. */
static size_t leave(const pensel_layer_instance *layer, pensel_graph *graph, size_t a,
                    size_t partner, const void *parameters)
{
    const periodic_options *o = options_of(layer);
    size_t numbers = pensel_graph_slice(graph, a, 0, o->numbers), more = o->width - 1;
    size_t e = leave_maps(layer, graph, numbers, parameters);
    size_t *parts = pensel_graph_indices(graph, 2),
           *index = pensel_graph_indices(graph, layer->out);
    (void)partner;
    if (parts) parts[0] = e, parts[1] = a;
    for (size_t i = 0; i < layer->out && index; i++) {
        size_t j = i / o->width, k = i % o->width;
        bool other = i >= o->numbers * o->width;
        index[i] = !other && k < more ? j * more + k : other ? i : o->numbers * more + j;
    }
    return pensel_graph_pick(graph, pensel_graph_join(graph, parts, 2), index, layer->out);
}

PENSEL_LAYER_KIND(periodic) = {
    .name = "periodic",
    .help = "waves of a number, learned for each by itself",
    .options = PENSEL_OPTION_TABLE(options),
    .single = true,
    .prepare = prepare,
    .initialise = initialise,
    .forward = forward,
    .backward = backward,
    .gradient = gradient,
    .leave = leave,
};
