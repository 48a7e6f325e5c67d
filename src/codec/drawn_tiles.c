/* Stripes of a drawing, each by a thread on its own desk: its pixels are copied to a block of
 * 32-bit colours, the walk of drawing.c goes over it, and back. Stripes know nothing of each other.
 *
 * A drawing that takes more than `most` bytes is not wanted. Sizes only add up, so as soon as the
 * sum exceeds it the rest need not be coded; which stripes are left out then depends on threads,
 * but nothing of them is used. */
#include "codec/drawn_tiles.h"

#include "base/error.h"
#include "base/memory.h"
#include "codec/drawing.h"
#include "codec/workspace.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* What one thread works with. */
typedef struct desk {
    pensel_drawing *drawing;
    uint32_t *pixels; /* of a stripe */
} desk;

typedef struct drawn {
    size_t width, height, channels; /* of the picture */
    float *pixels;                  /* read or written; NULL: neither */
    desk *desks;                    /* (threads) */
    size_t threads, most;
    const pensel_compact *compact; /* reading */
    uint8_t **streams;             /* writing: (stripes) */
    size_t *lengths;
    _Atomic size_t count, total;
    _Atomic int failed; /* a pensel_status */
} drawn;

/* Where a stripe is in the picture. */
typedef struct part {
    size_t x, y, width, height;
} part;

/* Stripe `index` in the order of the file: tiles row by row, and in each its stripes from top to
 * bottom. Tiles of one row have the same height, so the same number of them. */
static part part_of(const drawn *d, size_t index)
{
    size_t across = pensel_tile_count(d->width), row = 0, stripes;
    for (;; row++) {
        size_t tall = pensel_tile_start(d->height, row + 1) - pensel_tile_start(d->height, row);
        stripes = (tall + PENSEL_STRIPE - 1) / PENSEL_STRIPE;
        if (index < stripes * across) break;
        index -= stripes * across;
    }
    size_t column = index / stripes, end = pensel_tile_start(d->height, row + 1);
    part p = {.x = pensel_tile_start(d->width, column),
              .y = pensel_tile_start(d->height, row) + index % stripes * PENSEL_STRIPE};
    p.width = pensel_tile_start(d->width, column + 1) - p.x;
    p.height = end - p.y < PENSEL_STRIPE ? end - p.y : PENSEL_STRIPE;
    return p;
}

/* Pixels as colours of 32 bits, which is exact for a picture of 8 bits; what is no number is 0. */
static void take(uint32_t *to, const drawn *d, const part *p)
{
    for (size_t i = 0; i < p->width * p->height; i++) {
        size_t pixel = (p->y + i / p->width) * d->width + p->x + i % p->width;
        to[i] = 0;
        for (size_t c = 0; c < d->channels; c++) {
            float value = fminf(fmaxf(d->pixels[pixel * d->channels + c], 0), 1);
            to[i] |= (uint32_t)lrintf(value * 255) << 8 * c;
        }
    }
}

/* The same backwards: v / 255, as other pictures of 8 bits are read. */
static void give(const drawn *d, const uint32_t *from, const part *p)
{
    for (size_t i = 0; i < p->width * p->height; i++) {
        size_t pixel = (p->y + i / p->width) * d->width + p->x + i % p->width;
        for (size_t c = 0; c < d->channels; c++)
            d->pixels[pixel * d->channels + c] = (float)(from[i] >> 8 * c & 255) / 255.0f;
    }
}

/* The stream may have `most` bytes at first, and is cut to what it has. */
static void write_stripe(void *data, size_t index, size_t worker)
{
    drawn *d = data;
    const part p = part_of(d, index);
    uint8_t *bytes = NULL;
    if (d->total > d->most || d->failed) return;
    pensel_status status = pensel_resize((void **)&bytes, d->most + 1, 1, NULL);
    if (!status) {
        pensel_range_writer writer = pensel_range_writer_on(bytes, d->most);
        take(d->desks[worker].pixels, d, &p);
        d->count += pensel_drawing_write(d->desks[worker].drawing, &writer, d->desks[worker].pixels,
                                         p.width, p.height, d->channels);
        d->lengths[index] = writer.size;
        d->total += writer.full ? d->most + 1 : writer.size;
        d->streams[index] = bytes;
        if (!writer.full)
            status = pensel_resize((void **)&d->streams[index], writer.size + 1, 1, NULL);
    }
    if (status) d->failed = status;
}

static void read_stripe(void *data, size_t index, size_t worker)
{
    drawn *d = data;
    const part p = part_of(d, index);
    const size_t *at = d->compact->starts + index;
    pensel_range_reader reader = pensel_range_reader_of(d->compact->bytes + at[0], at[1] - at[0]);
    d->count += pensel_drawing_read(d->desks[worker].drawing, &reader, d->desks[worker].pixels,
                                    p.width, p.height, d->channels);
    if (d->pixels) give(d, d->desks[worker].pixels, &p);
}

static pensel_status begin(drawn *d, const pensel_compact_head *head, const pensel_pool *pool,
                           pensel_error *error)
{
    size_t wide = head->width < PENSEL_TILE ? head->width : PENSEL_TILE;
    size_t tall = head->height < PENSEL_STRIPE ? head->height : PENSEL_STRIPE;
    d->width = head->width;
    d->height = head->height;
    d->channels = head->channels;
    PENSEL_TRY(PENSEL_NEW(d->desks, pensel_pool_size(pool), error));
    d->threads = pensel_pool_size(pool);
    for (size_t i = 0; i < d->threads; i++) {
        PENSEL_TRY(pensel_drawing_new(&d->desks[i].drawing, error));
        PENSEL_TRY(PENSEL_NEW(d->desks[i].pixels, wide * tall, error));
    }
    return PENSEL_OK;
}

static void end(drawn *d)
{
    for (size_t i = 0; i < d->threads; i++) {
        pensel_drawing_free(&d->desks[i].drawing);
        pensel_release(d->desks[i].pixels);
    }
    pensel_release(d->desks);
}

static pensel_status join(pensel_compact **compact, const drawn *d, const pensel_compact_head *head,
                          pensel_error *error)
{
    uint8_t *streams;
    size_t at = 0;
    PENSEL_TRY(PENSEL_NEW(streams, (size_t)d->total, error));
    for (size_t i = 0; i < head->stripes; i++) {
        if (d->lengths[i]) memcpy(streams + at, d->streams[i], d->lengths[i]);
        at += d->lengths[i];
    }
    pensel_status status = pensel_compact_put(compact, head, streams, d->lengths, error);
    pensel_release(streams);
    return status;
}

/* What does not fit is no failure; that memory ran out is one. */
pensel_status pensel_drawn_encode(pensel_compact **compact, size_t *numbers,
                                  const pensel_picture *picture, const pensel_compact_head *head,
                                  size_t most, const pensel_pool *pool, pensel_error *error)
{
    drawn d = {.pixels = picture->pixels, .most = most};
    pensel_compact_head own = *head;
    own.drawn = true;
    *compact = NULL;
    pensel_status status = begin(&d, head, pool, error);
    if (!status) status = PENSEL_NEW(d.streams, head->stripes, error);
    if (!status) status = PENSEL_NEW(d.lengths, head->stripes, error);
    if (!status) pensel_pool_run(pool, write_stripe, &d, head->stripes);
    if (!status && d.failed)
        status = pensel_fail(error, PENSEL_OUT_OF_MEMORY, "no memory to draw %zu x %zu pixels",
                             head->width, head->height);
    if (!status && d.total <= most) status = join(compact, &d, &own, error);
    if (!status && *compact && (*compact)->size > most) pensel_compact_free(compact);
    *numbers = d.count;
    for (size_t i = 0; d.streams && i < head->stripes; i++)
        pensel_release(d.streams[i]);
    pensel_release(d.streams);
    pensel_release(d.lengths);
    end(&d);
    return status;
}

pensel_status pensel_drawn_decode(const pensel_compact *compact, float *pixels, size_t *count,
                                  const pensel_pool *pool, pensel_error *error)
{
    drawn d = {.pixels = pixels, .compact = compact};
    pensel_status status = begin(&d, &compact->head, pool, error);
    if (!status) pensel_pool_run(pool, read_stripe, &d, compact->head.stripes);
    if (count) *count = d.count;
    end(&d);
    return status;
}
