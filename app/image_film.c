/* Films: GIF and WebP hold frames as one tall picture whose pages have a height of their own. */
#include "image.h"
#include "image_target.h"
#include "output.h"
#include "message.h"

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

/* 0 when all of it is in the file; *reason is the errno of a failure of the system. */
static int save(VipsImage *film, int file, bool gif, int *reason)
{
    VipsTarget *target = pensel_image_target(file, reason);
    int failed = gif ? vips_gifsave_target(film, target, NULL)
                     : vips_webpsave_target(film, target, "Q", 85, NULL);
    g_object_unref(target);
    return failed || *reason;
}

pensel_status pensel_image_write_film(const char *path, const pensel_film *from,
                                      pensel_error *error)
{
    pensel_file *file;
    uint8_t *tall = g_try_malloc_n(from->count, from->width * from->height * 3);
    if (!tall)
        return pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                            "%.200s: no memory for %zu frames: a smaller "
                            "picture is needed",
                            path, from->count);
    pensel_status status = pensel_output_begin(&file, path, error);
    if (!status) {
        int reason = 0;
        VipsImage *film = make_film(tall, from);
        if (film && !save(film, file->descriptor, g_str_has_suffix(path, ".gif"), &reason)) {
            status = pensel_output_keep(&file, error);
        } else {
            status = pensel_wrong(error, PENSEL_IO_FAILED, "%.200s: cannot write: %s", path,
                                  reason ? g_strerror(reason) : "libvips could not make the film");
            vips_error_clear();
            pensel_output_drop(&file);
        }
        if (film) g_object_unref(film);
    }
    g_free(tall);
    return status;
}

/* libvips writes both. */
pensel_status pensel_image_check_film(const char *path, const char *option, pensel_error *error)
{
    (void)path, (void)option, (void)error;
    return PENSEL_OK;
}
