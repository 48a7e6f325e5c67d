/* Protocol buffers' wire format, as far as ONNX needs it: numbers in seven bits a byte, and fields
 * of bytes with their length in front. A message within a message is opened and closed, and its
 * length is put in when it is known. */
#ifndef PENSEL_EXPORT_PROTOBUF_H
#define PENSEL_EXPORT_PROTOBUF_H

#include "base/endian.h"
#include "export/target.h"

#include <string.h>

static inline size_t pensel_varint(unsigned char bytes[10], uint64_t value)
{
    size_t n = 0;
    do {
        bytes[n] = (unsigned char)(value & 127);
        value >>= 7;
        if (value) bytes[n] |= 128;
        n++;
    } while (value);
    return n;
}

static inline void pensel_put_varint(pensel_text *text, uint64_t value)
{
    unsigned char bytes[10];
    pensel_text_add(text, bytes, pensel_varint(bytes, value));
}

/* Field `field` with a number, or with bytes */
static inline void pensel_put_number(pensel_text *text, unsigned field, uint64_t value)
{
    pensel_put_varint(text, field << 3);
    pensel_put_varint(text, value);
}

static inline void pensel_put_bytes(pensel_text *text, unsigned field, const void *bytes,
                                    size_t size)
{
    pensel_put_varint(text, field << 3 | 2);
    pensel_put_varint(text, size);
    pensel_text_add(text, bytes, size);
}

static inline void pensel_put_float(pensel_text *text, unsigned field, float value)
{
    unsigned char bytes[sizeof value];
    memcpy(bytes, &value, sizeof value);
    pensel_swap_for_file(bytes, 1, sizeof value);
    pensel_put_varint(text, field << 3 | 5);
    pensel_text_add(text, bytes, sizeof bytes);
}

static inline void pensel_put_string(pensel_text *text, unsigned field, const char *string)
{
    pensel_put_bytes(text, field, string, strlen(string));
}

/* Begins a message as field `field`; what it gives is for pensel_put_end. */
static inline size_t pensel_put_begin(pensel_text *text, unsigned field)
{
    pensel_put_varint(text, field << 3 | 2);
    return text->size;
}

/* Puts the length in front of what was written since. Messages within one another must end in
 * reverse order; each end moves its bytes by a few. */
static inline void pensel_put_end(pensel_text *text, size_t begin)
{
    unsigned char bytes[10];
    size_t size = text->size - begin, n = pensel_varint(bytes, size);
    pensel_text_add(text, bytes, n); /* makes room */
    if (text->failed) return;
    memmove(text->bytes + begin + n, text->bytes + begin, size);
    memcpy(text->bytes + begin, bytes, n);
}

#endif
