/* A compact painting becomes pixels: tile by tile, the stripes of each by several threads.
 * Beside the file and the pixels there is one tile's planes and one stripe for each thread in
 * memory, however large the picture is. Whatever the streams hold, they become latents and
 * pixels: nothing can fail here but memory, once the head was accepted. */
#include "codec/compact.h"

#include "base/error.h"
#include "base/memory.h"
#include "platform/float.h"
#include "codec/drawn_tiles.h"
#include "codec/workspace.h"

#include <stdatomic.h>

/* What the threads of one tile share. `first` is the number of its first stripe in the file. */
typedef struct decoding {
    const pensel_compact *compact;
    const pensel_tile *tile;
    size_t first;
    pensel_workspace *workspace;
    bool counts;
    _Atomic size_t count;
    _Atomic int failed; /* a pensel_status */
} decoding;

/* Reads stripe `index` of the tile and writes its coefficients; stripes have no coefficient in
 * common, so threads need no lock. */
static void decode_stripe(void *data, size_t index, size_t worker)
{
    decoding *d = data;
    const pensel_compact *c = d->compact;
    const pensel_tile *t = d->tile;
    pensel_stripe stripe;
    pensel_status status = pensel_stripe_new(&stripe, index, t->width, t->height, t->plane,
                                             t->planes, t->colours, NULL);
    if (status) {
        d->failed = status;
        return;
    }
    stripe.step_log = pensel_step_log(c->head.step_code);
    const size_t *at = c->starts + d->first + index;
    pensel_range_reader reader = pensel_range_reader_of(c->bytes + at[0], at[1] - at[0]);
    pensel_latent_job job = pensel_workspace_begin(d->workspace, worker, &stripe);
    job.reader = &reader;
    d->workspace->walk->read(&job);
    pensel_stripe_dequantise(&stripe, pensel_step_of(c->head.step_code), c->head.offsets);
    if (d->counts) d->count += pensel_stripe_count(&stripe);
    pensel_stripe_clear(&stripe);
}

pensel_status pensel_compact_decode_tile(const pensel_compact *compact, pensel_tile *tile,
                                         size_t first, size_t *count, const pensel_pool *pool,
                                         pensel_error *error)
{
    decoding d = {.compact = compact, .tile = tile, .first = first, .counts = count != NULL};
    PENSEL_TRY(pensel_workspace_new(&d.workspace, pool, error));
    pensel_pool_run(pool, decode_stripe, &d, pensel_tile_stripes(tile));
    pensel_workspace_free(&d.workspace);
    if (count) *count += d.count;
    return d.failed ? pensel_fail(error, PENSEL_OUT_OF_MEMORY,
                                  "no memory for the latents of %zu x %zu pixels", tile->width,
                                  tile->height)
                    : PENSEL_OK;
}

/* Goes through the tiles; pixels NULL: only counts. */
static pensel_status decode(const pensel_compact *c, float *pixels, size_t *count,
                            const pensel_pool *pool, pensel_error *error)
{
    const pensel_compact_head *h = &c->head;
    const pensel_picture picture = {pixels, h->width, h->height, h->channels};
    size_t first = 0;
    if (h->drawn) return pensel_drawn_decode(c, pixels, count, pool, error);
    for (size_t row = 0; row < pensel_tile_count(h->height); row++)
        for (size_t column = 0; column < pensel_tile_count(h->width); column++) {
            pensel_tile tile;
            PENSEL_TRY(
                pensel_tile_new(&tile, column, row, h->width, h->height, h->channels, pool, error));
            pensel_status status = pensel_compact_decode_tile(c, &tile, first, count, pool, error);
            if (!status && pixels) pensel_tile_synthesise(&tile, &picture, &h->colours, pool);
            first += pensel_tile_stripes(&tile);
            pensel_tile_clear(&tile);
            PENSEL_TRY(status);
        }
    return PENSEL_OK;
}

pensel_status pensel_compact_paint(const pensel_compact *compact, float *pixels, size_t threads,
                                   pensel_context *context, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(compact && pixels, BAD_ARGUMENT, "compact or pixels is NULL: both are needed");
    pensel_context *own = NULL;
    if (!context) PENSEL_TRY(pensel_context_new(&own, NULL, error));
    pensel_pool pool = pensel_pool_of(context ? context : own, threads);
    pensel_status status = decode(compact, pixels, NULL, &pool, error);
    pensel_context_free(&own);
    return status;
}

pensel_status pensel_compact_count(size_t *count, const pensel_compact *compact,
                                   pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(compact && count, BAD_ARGUMENT, "compact or count is NULL: both are needed");
    pensel_context *own;
    *count = 0;
    PENSEL_TRY(pensel_context_new(&own, NULL, error));
    pensel_pool pool = pensel_pool_of(own, 1);
    pensel_status status = decode(compact, NULL, count, &pool, error);
    pensel_context_free(&own);
    return status;
}
