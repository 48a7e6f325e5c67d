/* A binary range coder: bits whose probability is known cost what their surprise is worth. 32-bit
 * integers only; the same bytes on every machine. After the last byte a reader finds zeros.
 *
 * A probability is that of a 1, in 1/65536, from PENSEL_ODDS_LEAST to 65536 - PENSEL_ODDS_LEAST. */
#ifndef PENSEL_CODEC_RANGE_CODER_H
#define PENSEL_CODEC_RANGE_CODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PENSEL_ODDS_LEAST = 16 };

typedef struct pensel_range_writer {
    uint32_t low, high;
    uint8_t *bytes; /* NULL: they are counted only */
    size_t size, room;
    bool full; /* what did not fit is lost */
} pensel_range_writer;

typedef struct pensel_range_reader {
    uint32_t low, high, value;
    const uint8_t *bytes;
    size_t at, size;
} pensel_range_reader;

/* Where the interval is cut: a 1 is [low, middle], a 0 [middle + 1, high], in proportion odds to
 * 65536 - odds. For odds within 1 and 65535 the middle is below high, so neither part is ever
 * empty. */
static inline uint32_t pensel_range_middle(uint32_t low, uint32_t high, uint32_t odds)
{
    uint32_t range = high - low;
    return low + (uint32_t)((uint64_t)range * odds >> 16);
}

static inline void pensel_range_emit(pensel_range_writer *w, uint32_t byte)
{
    if (w->size < w->room)
        w->bytes[w->size] = (uint8_t)byte;
    else
        w->full = true;
    w->size++;
}

/* Makes the interval that of the bit, then writes the bytes that are certain: the highest, while
 * low and high have the same. So they differ in it when the next bit comes. There is no carry
 * (the coder of PAQ, Mahoney 2005): a byte that is written never changes. Where low and high lie
 * on both sides of a boundary the interval may become small and the odds coarse, which costs
 * a few bits now and then, never a wrong one. */
static inline void pensel_range_write(pensel_range_writer *w, bool bit, uint32_t odds)
{
    uint32_t middle = pensel_range_middle(w->low, w->high, odds);
    if (bit)
        w->high = middle;
    else
        w->low = middle + 1;
    while (((w->low ^ w->high) & 0xff000000u) == 0) {
        pensel_range_emit(w, w->high >> 24);
        w->low <<= 8;
        w->high = w->high << 8 | 255;
    }
}

static inline uint32_t pensel_range_next(pensel_range_reader *r)
{
    return r->at < r->size ? r->bytes[r->at++] : 0;
}

/* The writer's twin: low <= value <= high always, and value is what the writer's interval
 * contains. Any bytes can be read; that they make sense is what the checksum is for. */
static inline bool pensel_range_read(pensel_range_reader *r, uint32_t odds)
{
    uint32_t middle = pensel_range_middle(r->low, r->high, odds);
    bool bit = r->value <= middle;
    if (bit)
        r->high = middle;
    else
        r->low = middle + 1;
    while (((r->low ^ r->high) & 0xff000000u) == 0) {
        r->low <<= 8;
        r->high = r->high << 8 | 255;
        r->value = r->value << 8 | pensel_range_next(r);
    }
    return bit;
}

pensel_range_writer pensel_range_writer_on(uint8_t *bytes, size_t room);
/* The last bytes, as few as tell the reader where it is. */
void pensel_range_finish(pensel_range_writer *writer);
pensel_range_reader pensel_range_reader_of(const uint8_t *bytes, size_t size);

#endif
