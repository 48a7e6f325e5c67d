/* One walk writes and reads: where the writer knows a bit, the reader finds it. docs/format.md has
 * it in words.
 *
 * A pixel is asked for in the order of what is likely: the colour that followed the same ten
 * neighbours the last time, the one that followed the same six, the four neighbours themselves, a
 * colour of late, and at last its value, channel by channel. Every question has odds that learn;
 * nothing else is modelled.
 *
 * Both sides must change the same state after each pixel, in the same order. When it reads, a
 * colour that is passed down means nothing yet (the memory of pixels holds an earlier stripe),
 * and what is computed from it is only passed on as a bit that the reader ignores. */
#include "codec/drawing.h"

#include "base/error.h"
#include "base/memory.h"
#include "codec/codec.h"

#include <stdlib.h>
#include <string.h>

enum {
    CANDIDATES = 6,    /* two that followed the same neighbours, and four neighbours */
    PATTERNS = 1 << 6, /* which neighbours are equal */
    STATES = 4,        /* how sure a memory is */
    HASHES = 1 << 14,
    RECENT = 32, /* colours that came by value */
    ACTIVITIES = 6,
    MISSES = 5,
    LIMIT = 30 /* of counts */
};

/* Odds that are learned by counting: a 1's, in 1/65536. */
typedef struct odds {
    uint16_t p;
    uint8_t count;
} odds;

/* What followed these neighbours, and how often in a row. */
typedef struct memory {
    uint32_t colour;
    uint8_t count;
} memory;

/* All that learns; begun anew with each stripe, so that stripes need not wait for each other. */
struct pensel_drawing {
    odds hit[CANDIDATES][STATES][PATTERNS], again[HASHES];
    odds cached[STATES][PATTERNS], position[RECENT];
    odds length[PENSEL_PLANES][ACTIVITIES][MISSES][8], digits[PENSEL_PLANES][8][8];
    odds sign[PENSEL_PLANES][3];
    memory near[HASHES], far[HASHES];
    uint32_t recent[RECENT];
    pensel_range_writer *writer; /* or NULL */
    pensel_range_reader *reader;
};

pensel_status pensel_drawing_new(pensel_drawing **drawing, pensel_error *error)
{
    return PENSEL_NEW(*drawing, 1, error);
}

void pensel_drawing_free(pensel_drawing **drawing)
{
    pensel_release(*drawing);
    *drawing = NULL;
}

/* ------------------------------------------------------------------ bits */

/* p goes 1 / (count + 1.5) of the way to each bit: a mean of all that came, until LIMIT of them,
 * and then one that forgets. Integer division, which cuts towards 0, is part of the format. */
static void learn(odds *o, bool bit)
{
    int target = bit ? 65535 : 0;
    o->p = (uint16_t)(o->p + (target - o->p) * 2 / (2 * o->count + 3));
    if (o->count < LIMIT) o->count++;
}

/* No bit costs more than about 10 bits: what never happened may happen. */
static uint32_t limited(uint32_t p)
{
    return p < 64 ? 64 : p > 65472 ? 65472 : p;
}

static bool code(pensel_drawing *d, bool bit, uint32_t p)
{
    if (!d->writer) return pensel_range_read(d->reader, limited(p));
    pensel_range_write(d->writer, bit, limited(p));
    return bit;
}

static bool code_odds(pensel_drawing *d, odds *o, bool bit)
{
    bit = code(d, bit, o->p);
    learn(o, bit);
    return bit;
}

/* By two opinions, of which the one that has seen more counts more. */
static bool code_both(pensel_drawing *d, odds *a, odds *b, bool bit)
{
    uint32_t wa = a->count + 1u, wb = 2u * b->count + 1u;
    bit = code(d, bit, (a->p * wa + b->p * wb) / (wa + wb));
    learn(a, bit);
    learn(b, bit);
    return bit;
}

static void begin_odds(odds *o, size_t count)
{
    for (size_t i = 0; i < count; i++)
        o[i] = (odds){32768, 0};
}

#define BEGIN(member) begin_odds((odds *)(member), sizeof(member) / sizeof(odds))

static void begin(pensel_drawing *d)
{
    BEGIN(d->hit);
    BEGIN(d->again);
    BEGIN(d->cached);
    BEGIN(d->position);
    BEGIN(d->length);
    BEGIN(d->digits);
    BEGIN(d->sign);
    memset(d->near, 0, sizeof d->near);
    memset(d->far, 0, sizeof d->far);
    memset(d->recent, 0, sizeof d->recent);
}

/* ------------------------------------------------------------------ neighbours */

enum { W, N, NW, NE, WW, NN, NNE, NWW, NEE, WWW, NEIGHBOURS };

typedef struct surroundings {
    uint32_t of[NEIGHBOURS];
    size_t near, far; /* hashes of six and of ten of them */
    size_t pattern;
} surroundings;

/* 0 outside the stripe, and where a row ends: rows do not follow one another as far as
 * neighbours go. */
static uint32_t neighbour(const uint32_t *pixels, size_t width, size_t x, size_t y, int dx,
                          size_t up)
{
    bool inside = up <= y && (dx < 0 ? x >= (size_t)-dx : x + (size_t)dx < width);
    return inside ? pixels[(y - up) * width + x + (size_t)dx] : 0;
}

/* One hash of all ten, near ones first; after six of them it is the near hash. Different
 * neighbours may share a memory: that makes a foretelling wrong, never a pixel. */
static surroundings look(const uint32_t *pixels, size_t width, size_t x, size_t y)
{
    static const struct {
        int dx;
        size_t up;
    } where[NEIGHBOURS] = {{-1, 0}, {0, 1}, {-1, 1}, {1, 1}, {-2, 0},
                           {0, 2},  {1, 2}, {-2, 1}, {2, 1}, {-3, 0}};
    surroundings s = {.near = 0};
    uint32_t hash = 0;
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        s.of[i] = neighbour(pixels, width, x, y, where[i].dx, where[i].up);
        hash = (hash ^ s.of[i]) * 2654435761u;
        hash ^= hash >> 15;
        if (i == NN) s.near = hash % HASHES;
    }
    s.far = hash % HASHES;
    s.pattern = (size_t)((s.of[W] == s.of[N]) | (s.of[W] == s.of[NW]) << 1 |
                         (s.of[N] == s.of[NW]) << 2 | (s.of[N] == s.of[NE]) << 3 |
                         (s.of[W] == s.of[WW]) << 4 | (s.of[N] == s.of[NN]) << 5);
    return s;
}

/* ------------------------------------------------------------------ by value */

static int channel(uint32_t colour, size_t c)
{
    return (int)(colour >> 8 * c & 255);
}

/* The middle one of w, n and w + n - nw. */
static int guess(const surroundings *s, size_t c)
{
    int w = channel(s->of[W], c), n = channel(s->of[N], c), nw = channel(s->of[NW], c);
    int low = w < n ? w : n, high = w < n ? n : w;
    return nw >= high ? low : nw <= low ? high : w + n - nw;
}

static unsigned digits_of(unsigned value, unsigned most)
{
    unsigned count = 0;
    while (count < most && value >> count)
        count++;
    return count;
}

/* How far one channel is from its guess, modulo 256: -128 to 127. Its number of digits comes
 * first, one bit each, with odds by how busy it is around and how far the channel before was
 * off; then the digits below the first, and the sign. */
static int code_miss(pensel_drawing *d, const surroundings *s, size_t c, int miss, int before)
{
    int w = channel(s->of[W], c), n = channel(s->of[N], c), nw = channel(s->of[NW], c);
    unsigned activity = digits_of((unsigned)(abs(w - nw) + abs(n - nw)) >> 2, ACTIVITIES - 1);
    unsigned size = (unsigned)abs(miss), length = digits_of(size, 8), found = 0;
    odds *lengths = d->length[c][activity][digits_of((unsigned)abs(before) >> 1, MISSES - 1)];
    while (found < 8 && code_odds(d, &lengths[found], found < length))
        found++;
    if (!found) return 0;
    unsigned value = 1;
    for (unsigned i = found - 1; i-- > 0;)
        value = value << 1 | code_odds(d, &d->digits[c][found - 1][i], size >> i & 1);
    bool positive = code_odds(d, &d->sign[c][before > 0 ? 2 : before < 0], miss > 0);
    return positive ? (int)value : -(int)value;
}

/* The channels of a colour, one after another. `before` is how far the one before was from its
 * own guess: the second and third are guessed to be off by as much. (The fourth, alpha, is not.) */
static uint32_t code_value(pensel_drawing *d, const surroundings *s, uint32_t colour,
                           size_t channels)
{
    uint32_t found = 0;
    int before = 0;
    for (size_t c = 0; c < channels; c++) {
        int g = guess(s, c), miss = ((channel(colour, c) - g + 128) & 255) - 128;
        /* the first channels of a colour are wrong together */
        int turned = c > 0 && c < 3 ? ((g + before) & 255) : g;
        if (turned != g) miss = ((channel(colour, c) - turned + 128) & 255) - 128;
        miss = code_miss(d, s, c, miss, before);
        int value = (turned + miss) & 255;
        found |= (uint32_t)value << 8 * c;
        before = ((value - g + 128) & 255) - 128;
    }
    return found;
}

/* A colour of late is its position in the list, and moves to the front; else it comes by value. */
static uint32_t code_colour(pensel_drawing *d, const surroundings *s, uint32_t colour,
                            size_t channels)
{
    size_t position = 0;
    while (position < RECENT && d->recent[position] != colour)
        position++;
    if (code_odds(d, &d->cached[0][s->pattern], position < RECENT)) {
        /* five bits as a way down a tree: each has the odds of what was read before it */
        size_t found = 1;
        for (size_t bit = RECENT / 2; bit > 0; bit /= 2)
            found = 2 * found + code_odds(d, &d->position[found], position & bit);
        position = found - RECENT;
        colour = d->recent[position];
    } else {
        colour = code_value(d, s, colour, channels);
        position = RECENT - 1;
    }
    memmove(d->recent + 1, d->recent, position * sizeof *d->recent);
    d->recent[0] = colour;
    return colour;
}

/* ------------------------------------------------------------------ the walk */

/* A colour that comes again makes the memory surer; any other replaces it at once. */
static void remember(memory *m, uint32_t colour)
{
    if (m->count && m->colour == colour) {
        if (m->count < STATES - 1) m->count++;
    } else
        *m = (memory){colour, 1};
}

/* One pixel, and whether it was foretold. Candidates that a question before has refused are not
 * asked for again; how sure the memory is (`state`) and which neighbours are equal say how
 * likely each is. */
static bool code_pixel(pensel_drawing *d, const surroundings *s, uint32_t *pixel, size_t channels)
{
    memory *far = &d->far[s->far], *near = &d->near[s->near];
    const uint32_t candidates[CANDIDATES] = {far->colour, near->colour, s->of[W],
                                             s->of[N],    s->of[NE],    s->of[NW]};
    size_t state = far->count ? far->count : near->count;
    bool found = false;
    for (size_t k = 0; k < CANDIDATES && !found; k++) {
        bool known = (k == 0 && !far->count) || (k == 1 && !near->count);
        for (size_t i = 0; i < k && !known; i++)
            known = candidates[i] == candidates[k] &&
                    !((i == 0 && !far->count) || (i == 1 && !near->count));
        if (known) continue;
        odds *o = &d->hit[k][state][s->pattern];
        size_t hash = (s->near * CANDIDATES + k) % HASHES;
        found = code_both(d, o, &d->again[hash], *pixel == candidates[k]);
        if (found) *pixel = candidates[k];
    }
    if (!found) *pixel = code_colour(d, s, *pixel, channels);
    remember(far, *pixel);
    remember(near, *pixel);
    return found;
}

/* Returns early when the writer is full: what it has is of no use then. */
static size_t walk(pensel_drawing *d, uint32_t *pixels, size_t width, size_t height,
                   size_t channels)
{
    size_t count = 0;
    begin(d);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            surroundings s = look(pixels, width, x, y);
            count += !code_pixel(d, &s, &pixels[y * width + x], channels);
            if (d->writer && d->writer->full) return count;
        }
    return count;
}

size_t pensel_drawing_write(pensel_drawing *drawing, pensel_range_writer *writer, uint32_t *pixels,
                            size_t width, size_t height, size_t channels)
{
    drawing->writer = writer;
    size_t count = walk(drawing, pixels, width, height, channels);
    pensel_range_finish(writer);
    return count;
}

size_t pensel_drawing_read(pensel_drawing *drawing, pensel_range_reader *reader, uint32_t *pixels,
                           size_t width, size_t height, size_t channels)
{
    drawing->writer = NULL;
    drawing->reader = reader;
    return walk(drawing, pixels, width, height, channels);
}
