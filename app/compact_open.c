/* What `render` does with a .pensel file. */
#include "message.h"
#include "paint_compact.h"

#include <glib.h>
#include <math.h>

pensel_status pensel_pixels_open(pensel_painting **painting, const pensel_picture *picture,
                                 const void *profile, size_t profile_size, bool frame,
                                 size_t threads, pensel_error *error)
{
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    if (frame) o.estimator.training.epochs = 1;
    o.estimator.training.threads = threads;
    o.profile = profile;
    o.profile_size = profile_size;
    return pensel_painting_new(painting, picture, &o, error);
}

pensel_status pensel_compact_open(pensel_painting **painting, float **pixels, const char *path,
                                  bool frame, size_t threads, pensel_error *error)
{
    pensel_compact *compact;
    pensel_status status = pensel_compact_load(&compact, path, error);
    if (status) return status;
    const pensel_compact_info *info = pensel_compact_describe(compact);
    pensel_picture picture = {NULL, info->width, info->height, info->channels};
    size_t n = info->width * info->height * info->channels;
    picture.pixels = g_try_new(float, n);
    if (!picture.pixels)
        status = pensel_wrong(error, PENSEL_OUT_OF_MEMORY, "no memory for %zu x %zu pixels",
                              info->width, info->height);
    if (!status) status = pensel_compact_paint(compact, picture.pixels, threads, NULL, error);
    /* values of 8 bits are what a pyramid finds exactly, and at once */
    for (size_t i = 0; i < n && !status && info->bits == 8; i++)
        picture.pixels[i] = rintf(picture.pixels[i] * 255) / 255;
    if (!status)
        status = pensel_pixels_open(painting, &picture, info->profile, info->profile_size, frame,
                                    threads, error);
    *pixels = picture.pixels;
    pensel_compact_free(&compact);
    return status;
}
