/* One scale of filling by patches: the search for the most similar ones, and the vote.
 *
 * Similar is what differs least, by the sum of squares over 7 x 7 pixels of 8 bits: whole numbers,
 * so every machine finds the same. A target's match is tried against those of its neighbours,
 * moved by one as they are: where one has found its like the whole surface follows. And against
 * some drawn around it, ever nearer. One thread does it, in one order, since a match depends on
 * those before.
 *
 * A pixel of the hole is in 49 patches, each of which knows a colour for it. The mean of them
 * counts more what is similar, and what lies near the border, where something is known. */
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "picture/patches.h"

#include <string.h>

enum {
    REACH = PENSEL_PATCH_REACH,
    MARGINS = 2 * REACH, /* on both sides */
    SIDE = PENSEL_PATCH_SIDE,
    LANES = 4,
    FAR = 65535
};

pensel_status pensel_patch_scale_new(pensel_patch_scale *s, size_t width, size_t height,
                                     size_t channels, pensel_error *error)
{
    size_t n = width * height, padded = (width + MARGINS) * (height + MARGINS);
    *s = (pensel_patch_scale){.width = width, .height = height, .channels = channels};
    pensel_status status = PENSEL_NEW(s->pixels, n * channels, error);
    if (!status) status = PENSEL_NEW(s->hole, n, error);
    if (!status) status = PENSEL_NEW(s->source, n, error);
    if (!status) status = PENSEL_NEW(s->depth, n, error);
    if (!status) status = PENSEL_NEW(s->seen, padded * LANES, error);
    if (!status) status = PENSEL_NEW(s->match, n, error);
    if (!status) status = PENSEL_NEW(s->distance, n, error);
    if (status) pensel_patch_scale_clear(s);
    return status;
}

void pensel_patch_scale_clear(pensel_patch_scale *s)
{
    pensel_release(s->pixels);
    pensel_release(s->hole);
    pensel_release(s->source);
    pensel_release(s->depth);
    pensel_release(s->seen);
    pensel_release(s->match);
    pensel_release(s->distance);
    memset(s, 0, sizeof *s);
}

/* ------------------------------------------------------------------ what is where */

static unsigned short least(unsigned short a, unsigned b)
{
    return a < b ? a : (unsigned short)b;
}

/* Once from the top left and once from the bottom right, each pixel one more than the nearest of
 * those before it (Rosenfeld and Pfaltz 1966): exact for a king's steps. What is beyond the edge is
 * not known. */
void pensel_patch_depth(unsigned short *depth, const unsigned char *mask, size_t width,
                        size_t height)
{
    ptrdiff_t w = (ptrdiff_t)width, n = w * (ptrdiff_t)height;
    for (ptrdiff_t i = 0; i < n; i++) {
        ptrdiff_t x = i % w;
        depth[i] = mask[i] ? FAR : 0;
        if (x > 0) depth[i] = least(depth[i], depth[i - 1] + 1U);
        for (ptrdiff_t k = x > 0 ? -1 : 0; i >= w && k <= (x + 1 < w); k++)
            depth[i] = least(depth[i], depth[i - w + k] + 1U);
    }
    for (ptrdiff_t i = n - 1; i >= 0; i--) {
        ptrdiff_t x = i % w;
        if (x + 1 < w) depth[i] = least(depth[i], depth[i + 1] + 1U);
        for (ptrdiff_t k = x > 0 ? -1 : 0; i + w < n && k <= (x + 1 < w); k++)
            depth[i] = least(depth[i], depth[i + w + k] + 1U);
    }
}

/* Whether the patch around (x, y) meets the hole. */
static bool meets_hole(const pensel_patch_scale *s, size_t x, size_t y)
{
    size_t left = x > REACH ? x - REACH : 0, top = y > REACH ? y - REACH : 0;
    for (size_t b = top; b <= y + REACH && b < s->height; b++)
        for (size_t a = left; a <= x + REACH && a < s->width; a++)
            if (s->hole[b * s->width + a]) return true;
    return false;
}

void pensel_patch_scale_prepare(pensel_patch_scale *s)
{
    pensel_patch_depth(s->depth, s->hole, s->width, s->height);
    s->sources = s->deepest = 0;
    for (size_t y = 0; y < s->height; y++)
        for (size_t x = 0; x < s->width; x++) {
            size_t i = y * s->width + x;
            bool inside = x >= REACH && y >= REACH && x + REACH < s->width && y + REACH < s->height;
            bool target = meets_hole(s, x, y);
            s->source[i] = inside && !target;
            s->match[i] = target ? 0 : -1;
            s->sources += s->source[i];
            if (s->depth[i] > s->deepest) s->deepest = s->depth[i];
        }
}

/* What patches are compared by: pixels as whole numbers, the fourth channel 0 where there is none,
 * and those of the edge again beyond it. */
static void see(pensel_patch_scale *s)
{
    size_t width = s->width + MARGINS;
    for (size_t y = 0; y < s->height + MARGINS; y++)
        for (size_t x = 0; x < width; x++) {
            size_t b = y < REACH ? 0 : y - REACH < s->height ? y - REACH : s->height - 1;
            size_t a = x < REACH ? 0 : x - REACH < s->width ? x - REACH : s->width - 1;
            const float *pixel = s->pixels + (b * s->width + a) * s->channels;
            short *to = s->seen + (y * width + x) * LANES;
            for (size_t c = 0; c < s->channels; c++)
                to[c] = (short)(pixel[c] > 0 ? pixel[c] < 1 ? pixel[c] * 255 + 0.5f : 255 : 0);
        }
}

/* ------------------------------------------------------------------ the search */

/* A row of a patch: of a constant length, so that the compiler makes vectors of it. */
static int row_between(const short *restrict a, const short *restrict b)
{
    int sum = 0;
    for (int i = 0; i < SIDE * LANES; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

/* Of the patches around two pixels; no further than `most`. */
static int between(const pensel_patch_scale *s, size_t target, size_t source, int most)
{
    size_t stride = (s->width + MARGINS) * LANES;
    const short *a = s->seen + target / s->width * stride + target % s->width * LANES;
    const short *b = s->seen + source / s->width * stride + source % s->width * LANES;
    int sum = 0;
    for (int row = 0; row < SIDE && sum < most; row++, a += stride, b += stride)
        sum += row_between(a, b);
    return sum;
}

/* Takes a candidate if it is a source and more similar. */
static void try_match(pensel_patch_scale *s, size_t target, ptrdiff_t candidate)
{
    if (candidate < 0 || (size_t)candidate >= s->width * s->height || !s->source[candidate]) return;
    int distance = between(s, target, (size_t)candidate, s->distance[target]);
    if (distance >= s->distance[target]) return;
    s->distance[target] = distance;
    s->match[target] = candidate;
}

/* What its neighbour before has found, moved as the two are to each other. */
static void follow(pensel_patch_scale *s, size_t target, ptrdiff_t before, bool exists)
{
    ptrdiff_t neighbour = (ptrdiff_t)target - before;
    if (exists && s->match[neighbour] >= 0) try_match(s, target, s->match[neighbour] + before);
}

static size_t drawn_below(size_t n, pensel_random *random)
{
    return (size_t)((uint64_t)pensel_random_bits(random) * n >> 32);
}

/* One of the numbers around `at`, no farther than `radius`, in [0, size). */
static size_t drawn_near(size_t at, size_t radius, size_t size, pensel_random *random)
{
    size_t low = at > radius ? at - radius : 0;
    size_t high = at + radius < size ? at + radius : size - 1;
    return low + drawn_below(high - low + 1, random);
}

static void wander(pensel_patch_scale *s, size_t target, pensel_random *random)
{
    size_t radius = s->width > s->height ? s->width : s->height;
    for (; radius > 0; radius /= 2) {
        size_t at = (size_t)s->match[target];
        size_t x = drawn_near(at % s->width, radius, s->width, random);
        size_t y = drawn_near(at / s->width, radius, s->height, random);
        try_match(s, target, (ptrdiff_t)(y * s->width + x));
    }
}

static void improve(pensel_patch_scale *s, size_t i, bool forward, pensel_random *random)
{
    size_t x = i % s->width, y = i / s->width;
    ptrdiff_t way = forward ? 1 : -1, w = (ptrdiff_t)s->width;
    if (s->match[i] < 0) return;
    follow(s, i, way, forward ? x > 0 : x + 1 < s->width);
    follow(s, i, way * w, forward ? y > 0 : y + 1 < s->height);
    wander(s, i, random);
}

void pensel_patch_search(pensel_patch_scale *s, size_t passes, pensel_random *random)
{
    size_t n = s->width * s->height;
    see(s);
    for (size_t i = 0; i < n; i++)
        if (s->match[i] >= 0) s->distance[i] = between(s, i, (size_t)s->match[i], INT32_MAX);
    for (size_t pass = 0; pass < passes; pass++)
        for (size_t k = 0; k < n; k++)
            improve(s, pass % 2 ? n - 1 - k : k, pass % 2 == 0, random);
}

/* A source, wherever it is: s->sources is above 0. */
static ptrdiff_t any_source(const pensel_patch_scale *s, pensel_random *random)
{
    for (;;) {
        size_t i = drawn_below(s->width * s->height, random);
        if (s->source[i]) return (ptrdiff_t)i;
    }
}

/* A match of the coarser picture lies at twice its row and column, and one more where the target
 * does. */
static ptrdiff_t doubled(const pensel_patch_scale *s, const pensel_patch_scale *coarse, size_t x,
                         size_t y)
{
    size_t a = x / 2 < coarse->width ? x / 2 : coarse->width - 1;
    size_t b = y / 2 < coarse->height ? y / 2 : coarse->height - 1;
    ptrdiff_t match = coarse->match[b * coarse->width + a];
    if (match < 0) return -1;
    size_t column = 2 * ((size_t)match % coarse->width) + x % 2;
    size_t row = 2 * ((size_t)match / coarse->width) + y % 2;
    if (column >= s->width || row >= s->height || !s->source[row * s->width + column]) return -1;
    return (ptrdiff_t)(row * s->width + column);
}

void pensel_patch_begin(pensel_patch_scale *s, const pensel_patch_scale *coarse,
                        pensel_random *random)
{
    for (size_t i = 0; i < s->width * s->height; i++) {
        if (s->match[i] < 0) continue;
        ptrdiff_t match = coarse ? doubled(s, coarse, i % s->width, i / s->width) : -1;
        s->match[i] = match >= 0 ? match : any_source(s, random);
        s->distance[i] = 1;
    }
}

/* ------------------------------------------------------------------ the vote */

/* How much the patch around a target counts for what is in it. `usual` is the mean distance of
 * those that vote. Trust falls by a fifth with each step into the hole. */
static float weight_of(const pensel_patch_scale *s, size_t target, float usual)
{
    float ratio = (float)s->distance[target] / usual, trust = 1;
    for (unsigned k = 0; k < s->depth[target] && k < 64; k++)
        trust *= 0.8f;
    return trust / (1 + ratio * ratio * ratio * ratio);
}

/* The targets whose patches have pixel (x, y): index (49), and the mean distance. */
static size_t voters_of(size_t *voters, float *usual, const pensel_patch_scale *s, size_t x,
                        size_t y)
{
    size_t count = 0;
    float sum = 0;
    for (size_t b = y > REACH ? y - REACH : 0; b <= y + REACH && b < s->height; b++)
        for (size_t a = x > REACH ? x - REACH : 0; a <= x + REACH && a < s->width; a++) {
            size_t i = b * s->width + a;
            if (s->match[i] < 0) continue;
            voters[count++] = i;
            sum += (float)s->distance[i];
        }
    *usual = sum / (float)count + 1;
    return count;
}

void pensel_patch_vote(pensel_patch_scale *s)
{
    for (size_t i = 0; i < s->width * s->height; i++) {
        size_t voters[SIDE * SIDE];
        float usual, total = 0, sum[LANES] = {0};
        if (!s->hole[i]) continue;
        size_t count = voters_of(voters, &usual, s, i % s->width, i / s->width);
        for (size_t k = 0; k < count; k++) {
            /* i is as far from the voter as what it votes for is from the voter's match */
            ptrdiff_t from = s->match[voters[k]] + ((ptrdiff_t)i - (ptrdiff_t)voters[k]);
            float weight = weight_of(s, voters[k], usual);
            total += weight;
            for (size_t c = 0; c < s->channels; c++)
                sum[c] += weight * s->pixels[(size_t)from * s->channels + c];
        }
        for (size_t c = 0; c < s->channels; c++)
            s->pixels[i * s->channels + c] = sum[c] / total;
    }
}
