/* Enlarging pictures: photographs by the network of sharp.h, what is drawn pixel by pixel by
 * repeating pixels, of which EPX rounds the corners. */
#include "base/error.h"
#include "base/memory.h"
#include "picture/picture.h"
#include "picture/sharp.h"
#include "platform/float.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *pensel_enlargement_name(pensel_enlargement how)
{
    static const char *const names[] = {"sharp", "nearest", "epx"};
    return (size_t)how < sizeof names / sizeof *names ? names[how] : NULL;
}

/* ------------------------------------------------------------------ drawn or not */

enum {
    COLOURS = 256,
    FEW = 16, /* colours: dithering leaves no equal neighbours */
    SLOTS = 1024,
    FAR = 8 /* of 255: more is an edge */
};

/* A pixel of up to four channels as 8 bits each. */
static uint32_t colour_of(const pensel_picture *p, size_t i)
{
    uint32_t colour = 0;
    for (size_t c = 0; c < p->channels; c++)
        colour = colour << 8 |
                 (uint32_t)lrintf(fminf(fmaxf(p->pixels[i * p->channels + c], 0), 1) * 255);
    return colour;
}

/* How many colours there are; COLOURS + 1 for more. */
static size_t count_colours(const pensel_picture *p)
{
    uint64_t slots[SLOTS] = {0}; /* a colour + 1, or 0 */
    size_t count = 0;
    for (size_t i = 0; i < p->width * p->height && count <= COLOURS; i++) {
        uint64_t colour = colour_of(p, i) + UINT64_C(1);
        size_t at = colour * 2654435761u % SLOTS;
        while (slots[at] && slots[at] != colour)
            at = (at + 1) % SLOTS;
        count += !slots[at];
        slots[at] = colour;
    }
    return count;
}

/* Whether a channel differs by more than FAR. */
static bool is_far(uint32_t a, uint32_t b)
{
    for (size_t c = 0; c < 4; c++)
        if (abs((int)(a >> 8 * c & 255) - (int)(b >> 8 * c & 255)) > FAR) return true;
    return false;
}

/* Few colours, many neighbours of the same colour, and most of the others of quite another one. In
 * a photograph of few colours, such as a grey one, neighbours are alike rather than equal. */
bool pensel_picture_is_drawn(const pensel_picture *p)
{
    size_t colours = pensel_picture_check(p, NULL) ? COLOURS + 1 : count_colours(p);
    if (colours > COLOURS) return false;
    bool few = colours <= FEW && FEW * colours <= p->width * p->height;
    size_t equal = 0, far = 0, all = 0;
    for (size_t y = 0; y < p->height; y++) {
        uint32_t before = colour_of(p, y * p->width);
        for (size_t x = 1; x < p->width; x++, all++) {
            uint32_t colour = colour_of(p, y * p->width + x);
            equal += colour == before;
            far += is_far(colour, before);
            before = colour;
        }
    }
    return (few || 3 * equal >= all) && 2 * far >= all - equal;
}

/* ------------------------------------------------------------------ repeating pixels */

/* Each pixel as a square of factor x factor. */
static void repeat(float *pixels, const pensel_picture *p, size_t factor)
{
    size_t width = factor * p->width, size = p->channels * sizeof *pixels;
    for (size_t y = 0; y < factor * p->height; y++)
        for (size_t x = 0; x < width; x++)
            memcpy(pixels + (y * width + x) * p->channels,
                   p->pixels + (y / factor * p->width + x / factor) * p->channels, size);
}

/* Bit for bit: who draws pixel by pixel means equal colours. */
static bool alike(const float *a, const float *b, size_t channels)
{
    return !memcmp(a, b, channels * sizeof *a);
}

/* EPX (Johnston 1992), also known as Scale2x: of the four pixels that replace one, that
 * in a corner has the colour of the two neighbours there if these are equal, and they differ from
 * the other two. */
static void round_corners(float *pixels, const pensel_picture *p)
{
    size_t n = p->channels, row = p->width * n;
    for (size_t i = 0; i < p->width * p->height; i++) {
        size_t x = i % p->width, y = i / p->width;
        const float *own = p->pixels + i * n, *above = y > 0 ? own - row : own,
                    *below = y + 1 < p->height ? own + row : own, *left = x > 0 ? own - n : own,
                    *right = x + 1 < p->width ? own + n : own;
        bool edge = !alike(above, below, n) && !alike(left, right, n);
        const float *ends[4][2] = {{above, left}, {above, right}, {below, left}, {below, right}};
        for (size_t k = 0; k < 4; k++) {
            const float *from = edge && alike(ends[k][0], ends[k][1], n) ? ends[k][0] : own;
            memcpy(pixels + ((2 * y + k / 2) * 2 * p->width + 2 * x + k % 2) * n, from,
                   n * sizeof *pixels);
        }
    }
}

/* ------------------------------------------------------------------ doubling */

/* The network of a stage, from whole numbers in 1/PENSEL_SHARP_UNIT. */
static pensel_status read_prior(pensel_network **network, size_t stage, pensel_context *context,
                                pensel_error *error)
{
    PENSEL_TRY(pensel_sharp_network(network, error));
    float *w = pensel_network_parameters(*network);
    for (size_t i = 0; i < PENSEL_SHARP_NUMBERS; i++)
        w[i] = (float)pensel_sharp_prior[stage][i] / PENSEL_SHARP_UNIT;
    pensel_network_use(*network, context);
    return PENSEL_OK;
}

/* One doubling: beyond the last stage that was trained, by the last one again. */
static pensel_status sharp_stage(float *pixels, const pensel_picture *p, size_t stage,
                                 size_t threads, pensel_context *context, pensel_error *error)
{
    pensel_network *network;
    size_t last = PENSEL_SHARP_STAGES - 1;
    const pensel_pool pool = pensel_pool_of(context, threads);
    PENSEL_TRY(read_prior(&network, stage < last ? stage : last, context, error));
    pensel_status status = pensel_sharp_double(pixels, p, network, &pool, error);
    pensel_network_free(&network);
    return status;
}

/* By doubling, from one picture to the next, the last of which is the caller's. Each picture
 * between is freed as soon as the next is made, so two are in memory at most. The first network
 * has learned to undo one halving, the second what the first has made: from then on it is the
 * second again. */
static pensel_status enlarge(float *pixels, const pensel_picture *picture, pensel_enlargement how,
                             size_t factor, size_t threads, pensel_context *context,
                             pensel_error *error)
{
    pensel_picture small = *picture;
    pensel_status status = PENSEL_OK;
    for (size_t stage = 0; factor > 1 && !status; stage++, factor /= 2) {
        pensel_picture large = {pixels, 2 * small.width, 2 * small.height, small.channels};
        size_t n = large.width * large.height * large.channels;
        if (factor > 2) status = PENSEL_NEW(large.pixels, n, error);
        if (!status && how == PENSEL_EPX) round_corners(large.pixels, &small);
        if (!status && how == PENSEL_SHARP)
            status = sharp_stage(large.pixels, &small, stage, threads, context, error);
        if (small.pixels != picture->pixels) pensel_release(small.pixels);
        small = large;
    }
    if (status && small.pixels != pixels && small.pixels != picture->pixels)
        pensel_release(small.pixels);
    return status;
}

pensel_status pensel_picture_enlarge(float *pixels, const pensel_picture *picture,
                                     pensel_enlargement how, size_t factor, size_t threads,
                                     pensel_context *context, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    size_t n;
    PENSEL_REQUIRE(pixels, BAD_ARGUMENT, "pixels is NULL: room for the larger picture is needed");
    PENSEL_TRY(pensel_picture_check(picture, error));
    PENSEL_REQUIRE(pensel_enlargement_name(how), BAD_ARGUMENT,
                   "enlargement %d is unknown: sharp, nearest or epx is needed", (int)how);
    PENSEL_REQUIRE(factor >= 1 && factor <= 1 << 16 &&
                       pensel_multiply(&n, factor * factor * sizeof(float),
                                       picture->width * picture->height * picture->channels),
                   BAD_ARGUMENT,
                   "%zu times as large: a factor from 1 to 65536 that memory has room "
                   "for is needed",
                   factor);
    PENSEL_REQUIRE(how == PENSEL_NEAREST || !(factor & (factor - 1)), BAD_ARGUMENT,
                   "%s %zu times as large: it doubles, so 2, 4, 8 and so on are needed",
                   pensel_enlargement_name(how), factor);
    if (how == PENSEL_NEAREST || factor == 1) {
        repeat(pixels, picture, factor);
        return PENSEL_OK;
    }
    pensel_context *own = NULL;
    if (!context && how == PENSEL_SHARP) PENSEL_TRY(pensel_context_new(&own, NULL, error));
    pensel_status status =
        enlarge(pixels, picture, how, factor, threads, own ? own : context, error);
    pensel_context_free(&own);
    return status;
}
