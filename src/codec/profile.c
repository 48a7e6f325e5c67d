/* ICC profiles, packed: half of one is text, tags and zeros, the other half a curve of 16-bit
 * numbers, which is nearly straight from each to the next.
 *
 * So there are two guessers. One knows which bytes followed the last one; the other continues a
 * line through the two 16-bit numbers before, and knows by how much that was wrong. Each byte is
 * coded by the one that was surprised less of late, bit by bit, and both learn it. */
#include "codec/profile.h"

#include "base/error.h"
#include "base/memory.h"

/* How likely a 1 is, in 1/65536 beside one half, after so many bits: all zero is a fair coin. */
typedef struct chance {
    int16_t lean;
    uint16_t seen;
} chance;

typedef chance tree[256]; /* of a byte's bits: entry 1 is of the highest, 2 and 3 of the next */

typedef struct guessers {
    tree after[256];    /* by the byte before */
    tree off[2];        /* what is missing to the line: of high bytes, of low ones */
    uint32_t missed[2]; /* how surprised each was of late */
} guessers;

/* A mean of the last 32 bits or so, of all until there are as many. */
enum { SEEN_MOST = 30, FORGET = 8 };

static uint32_t odds_of(const chance *c)
{
    int odds = c->lean + 32768;
    if (odds < PENSEL_ODDS_LEAST) odds = PENSEL_ODDS_LEAST;
    if (odds > 65536 - PENSEL_ODDS_LEAST) odds = 65536 - PENSEL_ODDS_LEAST;
    return (uint32_t)odds;
}

/* lean += (bit - odds) / (seen + 1.5); how unlikely the bit was */
static uint32_t learn_bit(chance *c, unsigned bit)
{
    uint32_t odds = odds_of(c);
    int aim = bit ? 32767 : -32768;
    c->lean = (int16_t)(c->lean + (aim - c->lean) * 2 / (2 * c->seen + 3));
    if (c->seen < SEEN_MOST) c->seen++;
    return bit ? 65536 - odds : odds;
}

static uint32_t learn(chance *t, unsigned byte)
{
    uint32_t missed = 0;
    for (unsigned node = 1, k = 8; k-- > 0; node = 2 * node + (byte >> k & 1))
        missed += learn_bit(&t[node], byte >> k & 1);
    return missed;
}

/* The 16-bit number whose high byte is at i; zeros stand before the first. */
static unsigned word_at(const uint8_t *bytes, size_t i, size_t back)
{
    return i < back ? 0 : (unsigned)bytes[i - back] << 8 | bytes[i - back + 1];
}

/* Byte i of the line 2 a - b through the two numbers a, b before */
static unsigned guess_of(const uint8_t *bytes, size_t i)
{
    size_t even = i - (i & 1);
    unsigned line = 2 * word_at(bytes, even, 2) - word_at(bytes, even, 4);
    return (i & 1 ? line : line >> 8) & 255;
}

static void put_byte(pensel_range_writer *w, const chance *t, unsigned byte)
{
    for (unsigned node = 1, k = 8; k-- > 0; node = 2 * node + (byte >> k & 1))
        pensel_range_write(w, byte >> k & 1, odds_of(&t[node]));
}

static unsigned get_byte(pensel_range_reader *r, const chance *t)
{
    unsigned node = 1;
    while (node < 256)
        node = 2 * node + pensel_range_read(r, odds_of(&t[node]));
    return node & 255;
}

/* Byte i: who codes it, as its difference from what */
typedef struct turn {
    chance *after, *off;
    const chance *by;
    unsigned guess, base;
} turn;

static turn take_turn(guessers *g, const uint8_t *profile, size_t i)
{
    turn t = {g->after[i ? profile[i - 1] : 0], g->off[i & 1], NULL, guess_of(profile, i), 0};
    bool line = g->missed[1] < g->missed[0];
    t.by = line ? t.off : t.after;
    t.base = line ? t.guess : 0;
    return t;
}

static void learn_both(guessers *g, const turn *t, unsigned byte)
{
    g->missed[0] += learn(t->after, byte) - g->missed[0] / FORGET;
    g->missed[1] += learn(t->off, (byte - t->guess) & 255) - g->missed[1] / FORGET;
}

pensel_status pensel_profile_pack(pensel_range_writer *writer, const uint8_t *profile, size_t size,
                                  pensel_error *error)
{
    guessers *g;
    PENSEL_TRY(PENSEL_NEW(g, 1, error));
    for (size_t i = 0; i < size; i++) {
        turn t = take_turn(g, profile, i);
        put_byte(writer, t.by, (profile[i] - t.base) & 255);
        learn_both(g, &t, profile[i]);
    }
    pensel_range_finish(writer);
    pensel_release(g);
    return PENSEL_OK;
}

pensel_status pensel_profile_unpack(uint8_t *profile, size_t size, const uint8_t *packed,
                                    size_t packed_size, pensel_error *error)
{
    guessers *g;
    pensel_range_reader reader = pensel_range_reader_of(packed, packed_size);
    PENSEL_TRY(PENSEL_NEW(g, 1, error));
    for (size_t i = 0; i < size; i++) {
        turn t = take_turn(g, profile, i);
        profile[i] = (uint8_t)(get_byte(&reader, t.by) + t.base);
        learn_both(g, &t, profile[i]);
    }
    pensel_release(g);
    return PENSEL_OK;
}
