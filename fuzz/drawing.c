/* Drawings: the bytes are the size, of a byte each, the number of channels and the streams of such
 * a file. So whatever they are, they are decoded, and no time is lost with heads that are
 * refused. */
#include "fuzz.h"

#include "sealed.h"

/* What stands before the streams of a picture of up to 127 x 127 pixels, which has one. */
enum { DRAWN = 16, MOST_LENGTH = 3, HEAD = 8 + MOST_LENGTH, SUM = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 3 || size > 1 << 16) return 0;
    size_t at = 8, length = size - 3;
    uint8_t *file = malloc(HEAD + length + SUM);
    if (!file) return 0;
    memcpy(file, "\x9dpns\x01", 5);
    file[5] = (uint8_t)(DRAWN | (bytes[2] & 3));
    file[6] = (uint8_t)(bytes[0] % 127 + 1);
    file[7] = (uint8_t)(bytes[1] % 127 + 1);
    size_t rest = length;
    for (; rest >= 128; rest >>= 7)
        file[at++] = (uint8_t)((rest & 127) | 128);
    file[at++] = (uint8_t)rest;
    memcpy(file + at, bytes + 3, length);
    paint_sealed(file, at + length + SUM);
    free(file);
    return 0;
}
