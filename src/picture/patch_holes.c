/* Which holes are large, and the scales on which they are filled.
 *
 * Scratches, letters and scattered pixels are better filled by a membrane (pyramid/inpaint.c),
 * which the painter stretches over all that is left. A large hole has room for a square of 17 by
 * 17; what of a hole is narrower stays the membrane's, but for a rim.
 *
 * On the coarsest scale the hole is a few pixels wide and starts as a mean of what is around it;
 * each finer one starts with the matches of the coarser, so what is far apart fits together. */
#include "base/error.h"
#include "base/memory.h"
#include "picture/patches.h"

#include <string.h>

enum {
    RIM = 4,          /* pixels beyond the square of a large hole that are filled with it */
    MOST_SCALES = 12, /* a hole of 2^12 patches across */
    LEAST_SIDE = 64,  /* of a scale that is halved */
    ROUNDS = 8,       /* search and vote, on coarse scales; on the finest half as many */
    PASSES = 3,
    ANCHOR = 3 /* the scale that says what is coarse: 8 pixels in one; a smaller hole needs none */
};

/* ------------------------------------------------------------------ what is to be filled */

/* hole[i]: in a large hole; missing[i]: in any. *some: whether there is a large one. */
static pensel_status find_large(unsigned char *hole, const unsigned char *missing, bool *some,
                                size_t width, size_t height, pensel_error *error)
{
    unsigned short *depth;
    size_t n = width * height;
    *some = false;
    PENSEL_TRY(PENSEL_NEW(depth, n, error));
    pensel_patch_depth(depth, missing, width, height);
    for (size_t i = 0; i < n; i++) {
        bool deep = depth[i] > PENSEL_HOLE_DEPTH;
        hole[i] = !deep; /* for the distance to what is deep */
        *some |= deep;
    }
    if (*some) pensel_patch_depth(depth, hole, width, height);
    for (size_t i = 0; i < n; i++)
        hole[i] = *some && missing[i] && depth[i] <= PENSEL_HOLE_DEPTH + RIM;
    pensel_release(depth);
    return PENSEL_OK;
}

/* A pixel's mean over those around it that are not open; false if there is none. */
static bool mean_around(float *mean, const pensel_patch_scale *s, const unsigned char *open,
                        size_t i)
{
    size_t x = i % s->width, y = i / s->width;
    float count = 0;
    for (size_t c = 0; c < s->channels; c++)
        mean[c] = 0;
    for (size_t b = y > 0 ? y - 1 : 0; b <= y + 1 && b < s->height; b++)
        for (size_t a = x > 0 ? x - 1 : 0; a <= x + 1 && a < s->width; a++) {
            size_t k = b * s->width + a;
            if (open[k]) continue;
            count++;
            for (size_t c = 0; c < s->channels; c++)
                mean[c] += s->pixels[k * s->channels + c];
        }
    for (size_t c = 0; c < s->channels && count > 0; c++)
        mean[c] /= count;
    return count > 0;
}

/* Fills what is open from its border inwards, a ring of pixels after the other; `open` becomes
 * 0. */
static pensel_status fill_inwards(pensel_patch_scale *s, unsigned char *open, pensel_error *error)
{
    unsigned short *depth;
    size_t n = s->width * s->height, last = 0;
    PENSEL_TRY(PENSEL_NEW(depth, n, error));
    pensel_patch_depth(depth, open, s->width, s->height);
    for (size_t i = 0; i < n; i++)
        if (depth[i] > last) last = depth[i];
    for (size_t ring = 1; ring <= last; ring++) {
        for (size_t i = 0; i < n; i++)
            if (depth[i] == ring) mean_around(s->pixels + i * s->channels, s, open, i);
        for (size_t i = 0; i < n; i++)
            if (depth[i] == ring) open[i] = 0;
    }
    pensel_release(depth);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ scales */

/* The picture at half the size: a mean of what is known. */
static pensel_status halve(pensel_patch_scale *half, const pensel_patch_scale *s,
                           pensel_error *error)
{
    PENSEL_TRY(
        pensel_patch_scale_new(half, (s->width + 1) / 2, (s->height + 1) / 2, s->channels, error));
    for (size_t i = 0; i < half->width * half->height; i++) {
        float count = 0, *pixel = half->pixels + i * s->channels;
        for (size_t k = 0; k < 4; k++) {
            size_t x = i % half->width * 2 + k % 2, y = i / half->width * 2 + k / 2;
            if (x >= s->width || y >= s->height || s->hole[y * s->width + x]) continue;
            count++;
            for (size_t c = 0; c < s->channels; c++)
                pixel[c] += s->pixels[(y * s->width + x) * s->channels + c];
        }
        half->hole[i] = count == 0;
        for (size_t c = 0; c < s->channels && count > 0; c++)
            pixel[c] /= count;
    }
    pensel_patch_scale_prepare(half);
    return PENSEL_OK;
}

/* One scale, from the coarser one, or from the mean of what is around the hole. */
static pensel_status fill_scale(pensel_patch_scale *s, const pensel_patch_scale *coarse,
                                size_t rounds, pensel_random *random, pensel_error *error)
{
    size_t n = s->width * s->height;
    if (!coarse) {
        unsigned char *open;
        PENSEL_TRY(PENSEL_NEW(open, n, error));
        memcpy(open, s->hole, n);
        pensel_status status = fill_inwards(s, open, error);
        pensel_release(open);
        PENSEL_TRY(status);
    }
    pensel_patch_begin(s, coarse, random);
    if (coarse) pensel_patch_vote(s);
    for (size_t round = 0; round < rounds; round++) {
        pensel_patch_search(s, PASSES, random);
        pensel_patch_vote(s);
    }
    return PENSEL_OK;
}

/* All scales below the finest, which is scales[0]. A scale without sources ends the list. */
static pensel_status fill_scales(pensel_patch_scale *scales, pensel_random *random,
                                 pensel_error *error)
{
    size_t count = 1;
    pensel_status status = PENSEL_OK;
    while (!status && count < MOST_SCALES && scales[count - 1].deepest > PENSEL_PATCH_REACH &&
           scales[count - 1].width >= LEAST_SIDE && scales[count - 1].height >= LEAST_SIDE) {
        status = halve(&scales[count], &scales[count - 1], error);
        if (status) break;
        count++;
        if (scales[count - 1].sources > 0) continue;
        pensel_patch_scale_clear(&scales[--count]);
        break;
    }
    for (size_t i = count; i-- > 0 && !status;)
        status = fill_scale(&scales[i], i + 1 < count ? &scales[i + 1] : NULL,
                            i ? ROUNDS : ROUNDS / 2, random, error);
    if (!status && count > ANCHOR)
        status = pensel_patch_anchor(&scales[0], &scales[ANCHOR], (size_t)1 << ANCHOR, error);
    for (size_t i = 1; i < count; i++)
        pensel_patch_scale_clear(&scales[i]);
    return status;
}

/* ------------------------------------------------------------------ all of it */

/* The finest scale, if there is a large hole. What is missing elsewhere is filled from around it,
 * so that patches have no gaps. */
static pensel_status begin(pensel_patch_scale *s, bool *some, const pensel_picture *p,
                           const float *weights, pensel_error *error)
{
    size_t n = p->width * p->height;
    unsigned char *missing, *hole = NULL;
    *some = false;
    PENSEL_TRY(PENSEL_NEW(missing, n, error));
    for (size_t i = 0; i < n; i++)
        missing[i] = weights[i] == 0;
    pensel_status status = PENSEL_NEW(hole, n, error);
    if (!status) status = find_large(hole, missing, some, p->width, p->height, error);
    if (!status && *some)
        status = pensel_patch_scale_new(s, p->width, p->height, p->channels, error);
    if (!status && *some) {
        memcpy(s->hole, hole, n);
        memcpy(s->pixels, p->pixels, n * p->channels * sizeof *s->pixels);
        status = fill_inwards(s, missing, error);
        pensel_patch_scale_prepare(s);
        *some = s->sources > 0;
    }
    pensel_release(hole);
    pensel_release(missing);
    return status;
}

/* The picture and the weights again, with what was filled. */
static pensel_status take(pensel_patched *patched, const pensel_patch_scale *s,
                          const pensel_picture *p, const float *weights, pensel_error *error)
{
    size_t n = p->width * p->height, row = p->channels;
    float most = 0;
    PENSEL_TRY(PENSEL_NEW(patched->pixels, n * row, error));
    PENSEL_TRY(PENSEL_NEW(patched->weights, n, error));
    for (size_t i = 0; i < n; i++)
        most = weights[i] > most ? weights[i] : most;
    memcpy(patched->pixels, p->pixels, n * row * sizeof(float));
    memcpy(patched->weights, weights, n * sizeof(float));
    for (size_t i = 0; i < n; i++) {
        if (!s->hole[i]) continue;
        patched->weights[i] = most;
        /* of 255: what can be met exactly, as the membrane's */
        for (size_t c = 0; c < row; c++)
            patched->pixels[i * row + c] = (float)(int)(s->pixels[i * row + c] * 255 + 0.5f) / 255;
    }
    return PENSEL_OK;
}

pensel_status pensel_patch_holes(pensel_patched *patched, const pensel_picture *picture,
                                 const float *weights, uint32_t seed, pensel_error *error)
{
    pensel_patch_scale scales[MOST_SCALES] = {{0}};
    pensel_random random;
    bool some;
    *patched = (pensel_patched){NULL, NULL};
    pensel_random_seed(&random, seed);
    pensel_status status = begin(&scales[0], &some, picture, weights, error);
    if (!status && some) status = fill_scales(scales, &random, error);
    if (!status && some) status = take(patched, &scales[0], picture, weights, error);
    if (status) {
        pensel_release(patched->pixels);
        pensel_release(patched->weights);
        *patched = (pensel_patched){NULL, NULL};
    }
    pensel_patch_scale_clear(&scales[0]);
    return status;
}
