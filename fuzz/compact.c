/* Compact paintings of every kind, under a right checksum. */
#include "fuzz.h"

#include "sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 4) return 0;
    uint8_t *copy = malloc(size);
    if (!copy) return 0;
    memcpy(copy, bytes, size);
    paint_sealed(copy, size);
    free(copy);
    return 0;
}
