/* Protocol buffers' wire format, being read: fields of a message, one after another, none beyond
 * its end. Groups, which ONNX does not have, end a message as broken.
 *
 * A message is a span; reading moves its front on, and a field of bytes is a span within it, in
 * which a message may stand again. Nothing is allocated or copied, and no length from the file is
 * believed before it is compared with what is left.
 *
 *     pensel_span rest = message;
 *     while (pensel_wire_field(&f, &rest, &broken))
 *         if (f.number == 3 && f.wire == 2) use(f.bytes);
 *
 * `number` and `wire` must both be asked: a file may give a field any type. */
#ifndef PENSEL_IMPORT_WIRE_H
#define PENSEL_IMPORT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes within the file; no zero ends them. */
typedef struct pensel_span {
    const unsigned char *at;
    size_t size;
} pensel_span;

typedef struct pensel_field {
    unsigned number, wire; /* wire: 0 a number, 1 eight bytes, 2 bytes, 5 four bytes */
    uint64_t value;        /* of wire 0 */
    pensel_span bytes;     /* of the others */
} pensel_field;

static inline bool pensel_span_is(pensel_span span, const char *text)
{
    return span.size == strlen(text) && memcmp(span.at, text, span.size) == 0;
}

/* Takes a number from the front of rest; false: it does not end. */
static inline bool pensel_wire_number(uint64_t *value, pensel_span *rest)
{
    *value = 0;
    for (unsigned shift = 0; shift < 70 && rest->size > 0; shift += 7) {
        unsigned char byte = *rest->at++;
        rest->size--;
        if (shift < 64) *value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return true;
    }
    return false;
}

/* Takes a field from the front of rest; false: there is none, and `broken` says whether the
 * message is. */
static inline bool pensel_wire_field(pensel_field *field, pensel_span *rest, bool *broken)
{
    uint64_t key, size = 0;
    if (rest->size == 0) return false;
    *broken = true;
    if (!pensel_wire_number(&key, rest) || key >> 3 == 0 || key >> 3 > 0x1fffffff) return false;
    *field = (pensel_field){.number = (unsigned)(key >> 3), .wire = (unsigned)(key & 7)};
    if (field->wire == 0) {
        if (!pensel_wire_number(&field->value, rest)) return false;
    } else {
        if (field->wire == 1) size = 8;
        if (field->wire == 5) size = 4;
        if (field->wire == 2 && !pensel_wire_number(&size, rest)) return false;
        if (field->wire == 3 || field->wire == 4 || field->wire > 5 || size > rest->size)
            return false;
        field->bytes = (pensel_span){rest->at, (size_t)size};
        rest->at += size;
        rest->size -= (size_t)size;
    }
    *broken = false;
    return true;
}

#endif
