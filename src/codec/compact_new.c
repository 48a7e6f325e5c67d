/* A picture becomes a compact painting. A trial codes it at one step: each latent is chosen for its
 * error and its bits together, and the result is painted to see how good it is. A size or a PSNR
 * that was asked for is found by a few trials. */
#include "codec/compact.h"

#include "base/error.h"
#include "base/memory.h"
#include "platform/float.h"
#include "base/option.h"
#include "codec/workspace.h"
#include "platform/clock.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#define ROW(...) PENSEL_OPTION_ROW(pensel_compact_options, __VA_ARGS__)
static const pensel_option_row rows[] = {PENSEL_COMPACT_OPTION_LIST(ROW)};
static const pensel_option_table table = PENSEL_OPTION_TABLE(rows);
PENSEL_OPTION_BITS(rows);

pensel_compact_options pensel_compact_defaults(void)
{
    return (pensel_compact_options){PENSEL_COMPACT_OPTION_LIST(PENSEL_OPTION_DEFAULT).bits = 8};
}

const pensel_option_table *pensel_compact_table(void)
{
    return &table;
}

/* Bits are worth this many squared steps each: of 0.08 to 0.16 the best on photographs. At high
 * rates the slope of a uniform quantiser is 2 ln 2 / 12 = 0.1155. */
static const float LAMBDA = 0.1f;

/* Places of the search: between two steps a file can name, bits are worth a little more. */
enum { BETWEEN = 8, FIRST_PLACE = 1, LAST_PLACE = BETWEEN * (PENSEL_STEP_CODES - 1) };

/* ------------------------------------------------------------------ one trial */

/* Where values lie in the intervals of |q| = 1, 2, 3 or more: their mean, less |q|. */
typedef struct means {
    double sum[PENSEL_OFFSETS], count[PENSEL_OFFSETS];
} means;

typedef struct stripe_result {
    uint8_t *bytes;
    size_t size;
    means means;
} stripe_result;

typedef struct encoder {
    const pensel_picture *picture;
    const pensel_compact_options *options;
    pensel_pool pool;
    pensel_workspace *workspace;
    pensel_compact_head head;
    stripe_result *results; /* (stripes) */
    float cost[4097];
    float lambda;
    pensel_tile *tile; /* at work */
    size_t first;      /* number of its first stripe */
    pensel_tile whole; /* of a picture that is one tile: its coefficients, kept between trials */
    float *painted;
    double began;
    size_t trials;
    _Atomic int failed;
} encoder;

static void add_means(means *m, const pensel_band *band, float step)
{
    size_t row = 3 * ((band->level < 3 ? band->level : 3) - 1);
    for (size_t y = 0; y < band->height; y++)
        for (size_t x = 0; x < band->width; x++) {
            int q = band->q[y * band->stride + x], size = q < 0 ? -q : q;
            if (!size) continue;
            float place = band->place[y * band->down + x * band->along] / step;
            size_t i = row + (size_t)(size < 3 ? size : 3) - 1;
            m->sum[i] += (double)(q < 0 ? -place : place) - size;
            m->count[i]++;
        }
}

/* Codes the stripe into memory that grows until it suffices. */
static pensel_status code_stripe(encoder *e, pensel_stripe *stripe, size_t index, size_t worker)
{
    stripe_result *r = &e->results[e->first + index];
    size_t room = e->tile->width * PENSEL_STRIPE / 2 + 4096;
    float step = pensel_step_of(e->head.step_code);
    for (;; room *= 2) {
        pensel_status status = pensel_resize((void **)&r->bytes, room, 1, NULL);
        if (status) return status;
        pensel_range_writer writer = pensel_range_writer_on(r->bytes, room);
        pensel_latent_job job = pensel_workspace_begin(e->workspace, worker, stripe);
        job.writer = &writer;
        job.step = step;
        job.lambda = e->lambda;
        job.cost = e->cost;
        e->workspace->walk->choose(&job);
        pensel_range_finish(&writer);
        if (writer.full) continue;
        r->size = writer.size;
        return pensel_resize((void **)&r->bytes, writer.size + 1, 1, NULL);
    }
}

static void encode_stripe(void *data, size_t index, size_t worker)
{
    encoder *e = data;
    const pensel_tile *t = e->tile;
    pensel_stripe stripe;
    pensel_status status = pensel_stripe_new(&stripe, index, t->width, t->height, t->plane,
                                             t->planes, t->colours, NULL);
    if (!status) {
        stripe.step_log = pensel_step_log(e->head.step_code);
        status = code_stripe(e, &stripe, index, worker);
        means *m = &e->results[e->first + index].means;
        memset(m, 0, sizeof *m);
        for (size_t p = 0; p < stripe.planes; p++)
            for (size_t l = 1; l <= stripe.levels; l++)
                for (size_t o = 0; o < 3; o++)
                    add_means(m, &stripe.bands[p][l][o], pensel_step_of(e->head.step_code));
    }
    if (status) e->failed = status;
    pensel_stripe_clear(&stripe);
}

static pensel_status encode_tile(encoder *e, size_t column, size_t row, pensel_error *error)
{
    const pensel_compact_head *h = &e->head;
    pensel_tile own = {0};
    if (e->whole.planes)
        e->tile = &e->whole;
    else {
        PENSEL_TRY(
            pensel_tile_new(&own, column, row, h->width, h->height, h->channels, &e->pool, error));
        pensel_tile_analyse(&own, e->picture, &h->colours, &e->pool);
        e->tile = &own;
    }
    pensel_pool_run(&e->pool, encode_stripe, e, pensel_tile_stripes(e->tile));
    e->first += pensel_tile_stripes(e->tile);
    e->tile = NULL;
    pensel_tile_clear(&own);
    return e->failed ? pensel_fail(error, PENSEL_OUT_OF_MEMORY,
                                   "no memory to code %zu x %zu pixels", h->width, h->height)
                     : PENSEL_OK;
}

static void settle_offsets(encoder *e)
{
    for (size_t i = 0; i < PENSEL_OFFSETS; i++) {
        double sum = 0, count = 0;
        for (size_t s = 0; s < e->head.stripes; s++) {
            sum += e->results[s].means.sum[i];
            count += e->results[s].means.count[i];
        }
        e->head.offsets[i] = (int8_t)lrint(count > 0 ? fmax(-32, fmin(32, 64 * sum / count)) : 0);
    }
}

static pensel_status join(pensel_compact **compact, encoder *e, pensel_error *error)
{
    uint8_t *streams = NULL;
    size_t *lengths = NULL, total = 0, n = e->head.stripes;
    for (size_t i = 0; i < n; i++)
        total += e->results[i].size;
    pensel_status status = PENSEL_NEW(lengths, n, error);
    if (!status) status = PENSEL_NEW(streams, total, error);
    if (!status) {
        uint8_t *at = streams;
        for (size_t i = 0; i < n; i++) {
            lengths[i] = e->results[i].size;
            if (lengths[i]) memcpy(at, e->results[i].bytes, lengths[i]);
            at += lengths[i];
        }
        status = pensel_compact_put(compact, &e->head, streams, lengths, error);
    }
    pensel_release(streams);
    pensel_release(lengths);
    return status;
}

/* The picture at one place of the search: its file, and how good it is. */
static pensel_status try_place(pensel_compact **compact, double *psnr, encoder *e, unsigned place,
                               pensel_error *error)
{
    pensel_compact_head *h = &e->head;
    h->step_code = place / BETWEEN;
    e->lambda = LAMBDA * (1 + 0.02f * (float)(place % BETWEEN));
    e->first = 0;
    *compact = NULL;
    for (size_t row = 0; row < pensel_tile_count(h->height); row++)
        for (size_t column = 0; column < pensel_tile_count(h->width); column++)
            PENSEL_TRY(encode_tile(e, column, row, error));
    settle_offsets(e);
    PENSEL_TRY(join(compact, e, error));
    const pensel_picture painted = {e->painted, h->width, h->height, h->channels};
    pensel_status status =
        pensel_compact_paint(*compact, e->painted, e->options->threads, e->pool.context, error);
    if (!status) status = pensel_picture_psnr(psnr, e->picture, &painted, error);
    if (status) pensel_compact_free(compact);
    return status;
}

/* ------------------------------------------------------------------ the search */

typedef struct search {
    encoder *e;
    double goal; /* bytes, or dB, or 0: one trial */
    bool is_bytes;
    unsigned low, high;     /* places that are finer and coarser than the goal, or the ends */
    double at_low, at_high; /* what they gave; NaN: not tried */
    pensel_compact *best;
    double best_value, best_psnr;
} search;

#define NEAR 0.02 /* dB: as good as asked for */

/* By how much a result misses the goal, on a scale on which places are about even. */
static double scale_of(const search *s, double value)
{
    return s->is_bytes ? -log(value) : -value;
}

static bool reaches(const search *s, double bytes, double psnr)
{
    return s->is_bytes ? bytes <= s->goal : psnr > s->goal - NEAR;
}

/* Whether this is better than the best so far: of files that are small enough the most faithful, of
 * files that are faithful enough the smallest; and before there is one, whichever is nearer. */
static bool better(const search *s, double bytes, double psnr)
{
    if (!s->best) return true;
    double size = (double)s->best->size;
    bool is_good = reaches(s, bytes, psnr), was_good = reaches(s, size, s->best_psnr);
    if (is_good != was_good) return is_good;
    if (s->is_bytes) return is_good ? psnr > s->best_psnr : bytes < size;
    return is_good ? bytes < size || (bytes == size && psnr > s->best_psnr) : psnr > s->best_psnr;
}

static bool reached(const search *s)
{
    if (!s->best) return false;
    if (s->is_bytes) return s->best_value <= s->goal && s->best_value >= 0.985 * s->goal;
    return fabs(s->best_value - s->goal) < NEAR;
}

/* Between the nearest trials by a straight line, or half way where only one end is known. */
static unsigned next_place(const search *s)
{
    double goal = scale_of(s, s->goal), part = 0.5;
    if (!isnan(s->at_low) && !isnan(s->at_high)) {
        double low = scale_of(s, s->at_low), high = scale_of(s, s->at_high);
        part = high > low ? (goal - low) / (high - low) : 0.5;
        part = fmax(0.03, fmin(0.97, part));
    }
    unsigned place = s->low + (unsigned)lrint(part * (s->high - s->low));
    return place <= s->low ? s->low + 1 : place >= s->high ? s->high - 1 : place;
}

static bool goes_on(const search *s, const pensel_compact_trial *trial)
{
    const pensel_compact_options *o = s->e->options;
    bool asked = !o->on_trial || o->on_trial(trial, o->on_trial_data) == PENSEL_CONTINUE;
    return asked && !(o->interrupt && *o->interrupt) &&
           !(o->seconds > 0 && trial->seconds >= o->seconds) && s->goal > 0 && !reached(s) &&
           s->high - s->low > 1;
}

static void keep(search *s, pensel_compact **found, double psnr, unsigned place)
{
    double bytes = (double)(*found)->size, value = s->is_bytes ? bytes : psnr;
    if (value > s->goal) {
        s->low = place;
        s->at_low = value;
    } else {
        s->high = place;
        s->at_high = value;
    }
    if (better(s, bytes, psnr)) {
        pensel_compact_free(&s->best);
        s->best = *found;
        s->best_value = value;
        s->best_psnr = psnr;
        *found = NULL;
    }
    pensel_compact_free(found);
}

static pensel_status find(search *s, unsigned place, pensel_error *error)
{
    encoder *e = s->e;
    for (;;) {
        pensel_compact *found;
        double psnr;
        pensel_status status = try_place(&found, &psnr, e, place, error);
        if (status) return status;
        pensel_compact_trial trial = {.trials = ++e->trials,
                                      .bytes = found->size,
                                      .psnr = psnr,
                                      .seconds = pensel_clock() - e->began};
        keep(s, &found, psnr, place);
        if (!goes_on(s, &trial)) return PENSEL_OK;
        place = next_place(s);
    }
}

/* ------------------------------------------------------------------ all of it */

/* 64 codes double a step; quality 50 is a step of 25/255. */
static double code_of_quality(double quality)
{
    return 64 * (5.64 + (50 - quality) * (quality < 50 ? 0.06 : 0.07));
}

static unsigned first_place(const pensel_compact_options *o, const pensel_picture *p)
{
    double code = code_of_quality(o->quality);
    if (o->bytes) {
        double bits = 8.0 * (double)o->bytes / ((double)p->width * (double)p->height);
        code = 64 * (5.0 - 1.4 * log2(fmax(bits, 1e-3)));
    } else if (o->psnr > 0)
        code = 64 * (5.64 + (38 - o->psnr) * 0.24);
    return BETWEEN * (unsigned)lrint(fmax(1, fmin(PENSEL_STEP_CODES - 2, code)));
}

static pensel_status check(pensel_compact **compact, const pensel_picture *p,
                           const pensel_compact_options *o, pensel_error *error)
{
    PENSEL_REQUIRE(compact && p && p->pixels, BAD_ARGUMENT,
                   "compact or picture is NULL: both are needed");
    PENSEL_REQUIRE(p->width >= 1 && p->height >= 1 && p->width <= 1 << 24 && p->height <= 1 << 24 &&
                       p->channels >= 1 && p->channels <= 4,
                   BAD_ARGUMENT,
                   "the picture has %zu x %zu pixels of %zu channels: sides from 1 to 16777216 and "
                   "1 to 4 channels are needed",
                   p->width, p->height, p->channels);
    PENSEL_TRY(pensel_options_check(o, &table, error));
    PENSEL_REQUIRE(o->bits == 8 || o->bits == 16, BAD_ARGUMENT, "bits %zu: 8 or 16 is needed",
                   o->bits);
    PENSEL_REQUIRE(!(o->psnr > 0 && o->bytes), BAD_ARGUMENT,
                   "psnr and bytes together: one of them decides how good it is");
    PENSEL_REQUIRE(!pensel_option_given(o, &table, "quality") || (o->psnr == 0 && o->bytes == 0),
                   BAD_ARGUMENT, "quality has no effect beside %s: one decides how good it is",
                   o->bytes ? "bytes" : "psnr");
    PENSEL_REQUIRE(!o->profile || o->profile_size <= PENSEL_PROFILE_MOST, BAD_ARGUMENT,
                   "the profile has %zu bytes: up to %d can be kept", o->profile_size,
                   PENSEL_PROFILE_MOST);
    return PENSEL_OK;
}

static pensel_status begin(encoder *e, const pensel_picture *p, const pensel_compact_options *o,
                           pensel_context *context, pensel_error *error)
{
    pensel_compact_head *h = &e->head;
    e->picture = p;
    e->options = o;
    e->began = pensel_clock();
    e->pool = pensel_pool_of(context, o->threads);
    h->width = p->width;
    h->height = p->height;
    h->channels = p->channels;
    h->bits = o->bits;
    h->profile = o->profile_size ? o->profile : NULL;
    h->profile_size = h->profile ? o->profile_size : 0;
    h->stripes = pensel_compact_stripes(p->width, p->height);
    for (size_t i = 0; i <= 4096; i++)
        e->cost[i] = -log2f(((float)i + 0.5f) / 4096);
    pensel_colours_choose(&h->colours, p);
    PENSEL_TRY(pensel_workspace_new(&e->workspace, &e->pool, error));
    PENSEL_TRY(PENSEL_NEW(e->results, h->stripes, error));
    PENSEL_TRY(
        PENSEL_ALLOCATE_BARE(e->painted, p->width * p->height, p->channels * sizeof(float), error));
    if (pensel_tile_count(p->width) * pensel_tile_count(p->height) > 1) return PENSEL_OK;
    PENSEL_TRY(pensel_tile_new(&e->whole, 0, 0, p->width, p->height, p->channels, &e->pool, error));
    pensel_tile_analyse(&e->whole, p, &h->colours, &e->pool);
    return PENSEL_OK;
}

static void end(encoder *e)
{
    for (size_t i = 0; e->results && i < e->head.stripes; i++)
        pensel_release(e->results[i].bytes);
    pensel_release(e->results);
    pensel_release(e->painted);
    pensel_tile_clear(&e->whole);
    pensel_workspace_free(&e->workspace);
}

pensel_status pensel_compact_new(pensel_compact **compact, const pensel_picture *picture,
                                 const pensel_compact_options *options, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    const pensel_compact_options standard = pensel_compact_defaults();
    const pensel_compact_options *o = options ? options : &standard;
    PENSEL_TRY(check(compact, picture, o, error));
    encoder *e;
    pensel_context *own = NULL;
    *compact = NULL;
    PENSEL_TRY(PENSEL_NEW(e, 1, error));
    search s = {.e = e,
                .is_bytes = o->bytes > 0,
                .goal = o->bytes ? (double)o->bytes : o->psnr,
                .low = FIRST_PLACE - 1,
                .high = LAST_PLACE,
                .at_low = NAN,
                .at_high = NAN};
    pensel_status status = PENSEL_OK;
    if (!o->context) status = pensel_context_new(&own, NULL, error);
    if (!status) status = begin(e, picture, o, o->context ? o->context : own, error);
    if (!status) status = find(&s, first_place(o, picture), error);
    end(e);
    pensel_release(e);
    pensel_context_free(&own);
    if (status)
        pensel_compact_free(&s.best);
    else
        *compact = s.best;
    return status;
}
