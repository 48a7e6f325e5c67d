/* Films: GIF and WebP hold frames as one tall picture whose pages have a height of their own. */
#include "image.h"
#include "image_target.h"
#include "output.h"
#include "say.h"

#include <string.h>
#include <vips/vips.h>

#define FRAME_TIME 80  /* milliseconds */
#define LAST_TIME 2000 /* the finished painting stands a while */

static VipsImage *make_film(uint8_t *tall, const pensel_film *from)
{
    size_t size = from->width * from->height * 3;
    int *delays = g_new(int, from->count);
    for (size_t f = 0; f < from->count; f++) {
        memcpy(tall + f * size, from->frames[f], size);
        delays[f] = f + 1 < from->count ? FRAME_TIME : LAST_TIME;
    }
    VipsImage *image =
        vips_image_new_from_memory(tall, size * from->count, (int)from->width,
                                   (int)(from->height * from->count), 3, VIPS_FORMAT_UCHAR);
    VipsImage *film = NULL;
    if (image && !vips_copy(image, &film, "interpretation", VIPS_INTERPRETATION_sRGB, NULL)) {
        vips_image_set_int(film, VIPS_META_PAGE_HEIGHT, (int)from->height);
        vips_image_set_int(film, "loop", 0);
        vips_image_set_array_int(film, "delay", delays, (int)from->count);
        if (from->profile)
            vips_image_set_blob_copy(film, VIPS_META_ICC_NAME, from->profile, from->profile_size);
    }
    if (image) g_object_unref(image);
    g_free(delays);
    return film;
}

pensel_status pensel_image_write_film(const char *path, const pensel_film *from,
                                      pensel_error *error)
{
    uint8_t *tall = g_try_malloc_n(from->count, from->width * from->height * 3);
    if (!tall)
        return pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                            "%.200s: no memory for %zu frames: a smaller "
                            "picture is needed",
                            path, from->count);
    char *temporary;
    pensel_status status = pensel_output_begin(&temporary, path, error);
    if (!status) {
        int reason = 0;
        VipsImage *film = make_film(tall, from);
        VipsTarget *target = pensel_image_target(temporary, &reason);
        bool gif = g_str_has_suffix(path, ".gif");
        int failed = !film || !target ||
                     (gif ? vips_gifsave_target(film, target, NULL)
                          : vips_webpsave_target(film, target, "Q", 85, NULL));
        if (target) g_object_unref(target);
        if (film) g_object_unref(film);
        failed = failed || reason;
        if (failed) {
            status = pensel_wrong(error, PENSEL_IO_FAILED, "%.200s: cannot write: %s", path,
                                  reason ? g_strerror(reason) : "libvips could not make the film");
            vips_error_clear();
            pensel_output_drop(&temporary);
        } else {
            status = pensel_output_keep(&temporary, path, error);
        }
    }
    g_free(tall);
    return status;
}
