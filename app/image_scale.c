/* Scaling by libvips. */
#include "image.h"

#include <vips/vips.h>

uint8_t *pensel_image_scale(const uint8_t *from, size_t *width, size_t *height, size_t bands,
                            double factor)
{
    size_t size;
    VipsImage *whole = vips_image_new_from_memory(from, *width * *height * bands, (int)*width,
                                                  (int)*height, (int)bands, VIPS_FORMAT_UCHAR);
    VipsImage *scaled = NULL;
    if (whole && vips_resize(whole, &scaled, factor, NULL)) scaled = NULL;
    if (whole) g_object_unref(whole);
    if (!scaled) return NULL;
    *width = (size_t)scaled->Xsize;
    *height = (size_t)scaled->Ysize;
    uint8_t *bytes = vips_image_write_to_memory(scaled, &size);
    g_object_unref(scaled);
    return bytes;
}
