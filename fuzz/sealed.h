/* Files of compact paintings for the fuzz targets: bytes get a right checksum, so that more than
 * the first check is reached, and what is accepted is painted. */
#ifndef PENSEL_FUZZ_SEALED_H
#define PENSEL_FUZZ_SEALED_H

#include "pensel.h"

#include <stdlib.h>
#include <string.h>

static uint32_t checksum(const uint8_t *bytes, size_t size)
{
    uint32_t c = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        c ^= bytes[i];
        for (int k = 0; k < 8; k++)
            c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
    }
    return ~c;
}

static void paint(const pensel_compact *compact)
{
    const pensel_compact_info *info = pensel_compact_describe(compact);
    if (info->width * info->height > 1 << 16) return;
    float *pixels = calloc(info->width * info->height, info->channels * sizeof *pixels);
    if (pixels) pensel_compact_paint(compact, pixels, 1, NULL, NULL);
    free(pixels);
}

/* `size` is 4 or more. The bytes are changed. */
static void paint_sealed(uint8_t *bytes, size_t size)
{
    pensel_compact *compact;
    pensel_error error;
    uint32_t sum = checksum(bytes, size - 4);
    for (int i = 0; i < 4; i++)
        bytes[size - 4 + (size_t)i] = (uint8_t)(sum >> 8 * i);
    if (pensel_compact_parse(&compact, bytes, size, &error) != PENSEL_OK) return;
    paint(compact);
    pensel_compact_free(&compact);
}

#endif
