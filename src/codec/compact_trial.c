/* One trial: the picture is coded at one step and painted again.
 *
 *     planes -> latents, coded stripe by stripe -> offsets -> a file -> its pixels -> PSNR
 *
 * It is the file itself that is painted, by the decoder's own code, so that the PSNR is that of
 * what a user will see. A trial leaves the coefficients as they are: a picture of one tile is
 * analysed once for all trials. A larger one is analysed again, tile by tile, in each, so that
 * memory stays bounded.
 *
 * Results are kept by stripe and added in that order, so they do not depend on which thread
 * coded what. */
#include "codec/compact_trial.h"

#include "base/error.h"
#include "base/memory.h"
#include "platform/clock.h"

#include <math.h>
#include <string.h>

/* Bits are worth this many squared steps each: of 0.08 to 0.16 the best on photographs. At high
 * rates the slope of a uniform quantiser is 2 ln 2 / 12 = 0.1155. */
static const float LAMBDA = 0.1f;

/* How much a position between two steps adds to lambda. */
static float lambda_at(unsigned position)
{
    return LAMBDA * (1 + 0.02f * (float)(position % PENSEL_BETWEEN));
}

/* The step's code, and what is worth how much in it. */
static void settle_choice(pensel_encoder *e, unsigned position)
{
    const float *knobs = e->knobs;
    int code = (int)(position / PENSEL_BETWEEN);
    int finer = code - (int)lrintf(64 * knobs[PENSEL_KNOB_STEP]);
    finer = finer < 0 ? 0 : finer >= PENSEL_STEP_CODES ? PENSEL_STEP_CODES - 1 : finer;
    float ratio = pensel_step_of((unsigned)code) / pensel_step_of((unsigned)finer);
    e->head.step_code = (unsigned)finer;
    e->choice.surprise = exp2f(knobs[PENSEL_KNOB_SURPRISE]);
    for (size_t p = 0; p < PENSEL_PLANES; p++)
        for (size_t l = 1; l <= PENSEL_WAVELETS; l++)
            for (size_t o = 0; o < 3; o++) {
                bool chroma = (p == 1 || p == 2) && e->head.channels >= 3;
                float turned = knobs[PENSEL_KNOB_LEVEL + (l < 4 ? l : 4) - 1];
                if (chroma) turned += knobs[PENSEL_KNOB_CHROMA];
                if (o == 2) turned += knobs[PENSEL_KNOB_BOTH];
                e->choice.lambda[p][l][o] = lambda_at(position) * ratio * ratio * exp2f(turned);
            }
}

/* The planes' directions. A picture of one tile, whose coefficients are kept, is analysed again if
 * they are not what they were. */
static void settle_colours(pensel_encoder *e)
{
    pensel_colours turned = e->colours;
    if (e->head.channels >= 3) pensel_colours_turn(&turned, e->knobs + PENSEL_KNOB_TURN);
    if (!memcmp(&turned, &e->head.colours, sizeof turned)) return;
    e->head.colours = turned;
    if (e->whole.planes) pensel_tile_analyse(&e->whole, e->picture, &e->head.colours, &e->pool);
}

/* Adds how far the coefficients of a band, in steps, lie beyond the sizes that they became. */
static void add_means(pensel_means *m, const pensel_band *band, float step)
{
    size_t row = 3 * ((band->level < 3 ? band->level : 3) - 1);
    for (size_t y = 0; y < band->height; y++)
        for (size_t x = 0; x < band->width; x++) {
            int q = band->q[y * band->stride + x], size = q < 0 ? -q : q;
            if (!size) continue;
            float value = band->place[y * band->down + x * band->along] / step;
            size_t i = row + (size_t)(size < 3 ? size : 3) - 1;
            m->sum[i] += (double)(q < 0 ? -value : value) - size;
            m->count[i]++;
        }
}

/* Codes the stripe into memory that grows until it suffices; bytes are resized to what they are,
 * and at least 1, for a stream may be empty. Another walk chooses the same latents: whatever the
 * one before left in the stripe is not read before it is chosen again. */
static pensel_status code_stripe(pensel_encoder *e, pensel_stripe *stripe, size_t index,
                                 size_t worker)
{
    pensel_stripe_result *r = &e->results[e->first + index];
    size_t room = e->tile->width * PENSEL_STRIPE / 2 + 4096;
    float step = pensel_step_of(e->head.step_code);
    for (;; room *= 2) {
        pensel_status status = pensel_resize((void **)&r->bytes, room, 1, NULL);
        if (status) return status;
        pensel_range_writer writer = pensel_range_writer_on(r->bytes, room);
        pensel_latent_job job = pensel_workspace_begin(e->workspace, worker, stripe);
        job.writer = &writer;
        job.step = step;
        job.choice = &e->choice;
        job.cost = e->cost;
        e->workspace->walk->choose(&job);
        pensel_range_finish(&writer);
        if (writer.full) continue;
        r->size = writer.size;
        return pensel_resize((void **)&r->bytes, writer.size + 1, 1, NULL);
    }
}

/* On worker's own state. A failure is kept for encode_tile: a thread of the pool has nobody to
 * return it to. */
static void encode_stripe(void *data, size_t index, size_t worker)
{
    pensel_encoder *e = data;
    const pensel_tile *t = e->tile;
    pensel_stripe stripe;
    pensel_status status = pensel_stripe_new(&stripe, index, t->width, t->height, t->plane,
                                             t->planes, t->colours, NULL);
    if (!status) {
        stripe.step_log = pensel_step_log(e->head.step_code);
        status = code_stripe(e, &stripe, index, worker);
        pensel_means *m = &e->results[e->first + index].means;
        memset(m, 0, sizeof *m);
        for (size_t p = 0; p < stripe.planes; p++)
            for (size_t l = 1; l <= stripe.levels; l++)
                for (size_t o = 0; o < 3; o++)
                    add_means(m, &stripe.bands[p][l][o], pensel_step_of(e->head.step_code));
        e->results[e->first + index].count = pensel_stripe_count(&stripe);
    }
    if (status) e->failed = status;
    pensel_stripe_clear(&stripe);
}

/* All stripes of one tile, whose results begin at e->first. */
static pensel_status encode_tile(pensel_encoder *e, size_t column, size_t row, pensel_error *error)
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

/* The value that stands for all coefficients of one latent is their mean: none has a smaller
 * squared error (Lloyd 1982). In 1/64 of a step, at most half a step from |q|. */
static void settle_offsets(pensel_encoder *e)
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

/* One file of all streams, in the order of stripes. */
static pensel_status join(pensel_compact **compact, pensel_encoder *e, pensel_error *error)
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

pensel_status pensel_encoder_try(pensel_trial_result *result, pensel_encoder *e, unsigned position,
                                 pensel_error *error)
{
    pensel_compact_head *h = &e->head;
    settle_choice(e, position);
    settle_colours(e);
    e->first = 0;
    *result = (pensel_trial_result){0};
    for (size_t row = 0; row < pensel_tile_count(h->height); row++)
        for (size_t column = 0; column < pensel_tile_count(h->width); column++)
            PENSEL_TRY(encode_tile(e, column, row, error));
    for (size_t i = 0; i < h->stripes; i++)
        result->numbers += e->results[i].count;
    settle_offsets(e);
    PENSEL_TRY(join(&result->compact, e, error));
    const pensel_picture painted = {e->painted, h->width, h->height, h->channels};
    pensel_status status = pensel_compact_paint(result->compact, e->painted, e->options->threads,
                                                e->pool.context, error);
    if (!status) status = pensel_picture_psnr(&result->psnr, e->picture, &painted, error);
    if (status) pensel_compact_free(&result->compact);
    return status;
}

/* What all trials share. The profile is borrowed from the options, the pixels from the picture:
 * both outlive the encoder. */
pensel_status pensel_encoder_begin(pensel_encoder *e, const pensel_picture *p,
                                   const pensel_compact_options *o, pensel_context *context,
                                   pensel_error *error)
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
    pensel_colours_choose(&e->colours, p);
    h->colours = e->colours;
    PENSEL_TRY(pensel_workspace_new(&e->workspace, &e->pool, error));
    PENSEL_TRY(PENSEL_NEW(e->results, h->stripes, error));
    PENSEL_TRY(
        PENSEL_ALLOCATE_BARE(e->painted, p->width * p->height, p->channels * sizeof(float), error));
    if (pensel_tile_count(p->width) * pensel_tile_count(p->height) > 1) return PENSEL_OK;
    PENSEL_TRY(pensel_tile_new(&e->whole, 0, 0, p->width, p->height, p->channels, &e->pool, error));
    pensel_tile_analyse(&e->whole, p, &h->colours, &e->pool);
    return PENSEL_OK;
}

void pensel_encoder_end(pensel_encoder *e)
{
    for (size_t i = 0; e->results && i < e->head.stripes; i++)
        pensel_release(e->results[i].bytes);
    pensel_release(e->results);
    pensel_release(e->painted);
    pensel_tile_clear(&e->whole);
    pensel_workspace_free(&e->workspace);
}
