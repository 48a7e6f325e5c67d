/* The ends of a range coder's stream: where it begins, and how few bytes suffice to end it. */
#include "codec/range_coder.h"

pensel_range_writer pensel_range_writer_on(uint8_t *bytes, size_t room)
{
    return (pensel_range_writer){.low = 0, .high = UINT32_MAX, .bytes = bytes, .room = room};
}

/* Any number in [low, high] tells the reader all bits; the one that ends in most zeros needs the
 * fewest bytes. */
void pensel_range_finish(pensel_range_writer *w)
{
    /* the shortest number in [low, high], zeros behind it */
    for (unsigned count = 0; count <= 4; count++) {
        uint32_t rest = count < 4 ? UINT32_MAX >> 8 * count : 0;
        uint32_t value = w->low + rest;
        if (value < w->low) continue;
        value &= ~rest;
        if (value > w->high) continue;
        for (unsigned i = 0; i < count; i++)
            pensel_range_emit(w, value >> (24 - 8 * i) & 255);
        break;
    }
    /* a reader finds zeros after the last byte, so those at the end need not be there */
    while (!w->full && w->size > 0 && w->bytes[w->size - 1] == 0)
        w->size--;
}

pensel_range_reader pensel_range_reader_of(const uint8_t *bytes, size_t size)
{
    pensel_range_reader r = {.low = 0, .high = UINT32_MAX, .bytes = bytes, .size = size};
    for (int i = 0; i < 4; i++)
        r.value = r.value << 8 | pensel_range_next(&r);
    return r;
}
