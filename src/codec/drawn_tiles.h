/* All stripes of a drawing: the same tiles and stripes as those of latents, each with a stream of
 * its own. */
#ifndef PENSEL_CODEC_DRAWN_TILES_H
#define PENSEL_CODEC_DRAWN_TILES_H

#include "base/thread_pool.h"
#include "codec/compact.h"

/* The picture of 8 bits as a drawing, of which *numbers pixels came by value. *compact is NULL,
 * which is no failure, if it would take more than `most` bytes. */
pensel_status pensel_drawn_encode(pensel_compact **compact, size_t *numbers,
                                  const pensel_picture *picture, const pensel_compact_head *head,
                                  size_t most, const pensel_pool *pool, pensel_error *error);

/* pixels NULL: only counts; count, if not NULL, receives the pixels that came by value. */
pensel_status pensel_drawn_decode(const pensel_compact *compact, float *pixels, size_t *count,
                                  const pensel_pool *pool, pensel_error *error);

#endif
