/* Words by Pango, by way of libvips. */
#include "paper.h"

#include <glib.h>
#include <vips/vips.h>

pensel_stamp pensel_paper_words(const char *words, const char *font, size_t room)
{
    pensel_stamp stamp = {NULL, 0, 0};
    VipsImage *image = NULL;
    char *plain = g_markup_escape_text(words, -1);
    size_t size;
    int failed = room ? vips_text(&image, plain, "font", font, "dpi", 96, "width", (int)room, NULL)
                      : vips_text(&image, plain, "font", font, "dpi", 96, NULL);
    g_free(plain);
    if (failed || !image) return stamp;
    stamp.width = (size_t)image->Xsize;
    stamp.height = (size_t)image->Ysize;
    stamp.bytes = vips_image_write_to_memory(image, &size);
    g_object_unref(image);
    return stamp;
}
