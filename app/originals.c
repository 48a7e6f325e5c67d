#include "originals.h"

#include "message.h"

#include <glib.h>
#include <math.h>
#include <string.h>

static pensel_status check_alike(const pensel_originals *o, char *const *paths, pensel_error *error)
{
    const pensel_picture *first = &o->images[0].picture;
    for (size_t i = 1; i < o->count; i++) {
        const pensel_picture *p = &o->images[i].picture;
        if (p->width != first->width || p->height != first->height ||
            p->channels != first->channels)
            return pensel_wrong(
                error, PENSEL_BAD_DATA,
                "%.120s is %zu x %zu x %zu and %.120s %zu x %zu x %zu: pictures of one size "
                "and kind are needed",
                paths[i], p->width, p->height, p->channels, paths[0], first->width, first->height,
                first->channels);
    }
    return PENSEL_OK;
}

/* Puts picture `i` of `count` into its place in the strip. */
static void place(pensel_picture *strip, const float *pixels, size_t i, size_t count)
{
    size_t stride = strip->width / count * strip->channels;
    for (size_t y = 0; y < strip->height; y++)
        memcpy(strip->pixels + (y * count + i) * stride, pixels + y * stride,
               stride * sizeof(float));
}

static pensel_status make_strip(pensel_originals *o, pensel_error *error)
{
    const pensel_picture *first = &o->images[0].picture;
    o->strip = *first;
    if (o->count == 1) return PENSEL_OK;
    o->strip.width = first->width * o->count;
    o->strip.pixels =
        g_try_malloc_n(o->strip.width * o->strip.height * o->strip.channels, sizeof(float));
    if (!o->strip.pixels)
        return pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                            "no memory for %zu pictures: fewer are needed", o->count);
    o->owned = true;
    for (size_t i = 0; i < o->count; i++)
        place(&o->strip, o->images[i].picture.pixels, i, o->count);
    return PENSEL_OK;
}

pensel_status pensel_originals_read(pensel_originals *o, char *const *paths, size_t count,
                                    size_t max_pixels, pensel_error *error)
{
    pensel_status status = PENSEL_OK;
    *o = (pensel_originals){.images = g_new0(pensel_image, count), .paths = paths, .count = count};
    for (size_t i = 0; i < count && !status; i++)
        status = pensel_image_read(&o->images[i], paths[i], max_pixels / count, error);
    if (!status) status = check_alike(o, paths, error);
    return status ? status : make_strip(o, error);
}

void pensel_originals_free(pensel_originals *o)
{
    if (o->owned) g_free(o->strip.pixels);
    for (size_t i = 0; i < o->count; i++)
        pensel_image_free(&o->images[i]);
    g_free(o->images);
    *o = (pensel_originals){0};
}

pensel_status pensel_originals_paint(pensel_painting **painting, const pensel_originals *o,
                                     const pensel_paint_options *options, pensel_error *error)
{
    if (o->count == 1) return pensel_painting_new(painting, &o->strip, options, error);
    pensel_picture *pictures = g_new(pensel_picture, o->count);
    for (size_t i = 0; i < o->count; i++)
        pictures[i] = o->images[i].picture;
    pensel_status status = pensel_painting_of_several(painting, pictures, o->count, options, error);
    g_free(pictures);
    return status;
}

pensel_status pensel_originals_render(pensel_picture *painted, const pensel_originals *o,
                                      const pensel_painting *painting, bool soft, size_t threads,
                                      pensel_error *error)
{
    const pensel_picture *one = &o->images[0].picture;
    size_t size = one->width * one->height * one->channels;
    pensel_render_options r = pensel_render_defaults();
    r.threads = threads;
    r.soft = soft;
    *painted = o->strip;
    painted->pixels = g_try_malloc_n(size * o->count, sizeof(float));
    float *pixels = o->count == 1 ? painted->pixels : g_try_malloc_n(size, sizeof(float));
    pensel_status status = PENSEL_OK;
    if (!painted->pixels || !pixels)
        status =
            pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                         "no memory for the painting: save the network with --save and use pensel "
                         "render");
    for (size_t i = 0; i < o->count && !status; i++) {
        r.mix = o->count == 1 ? 0 : (double)i / (double)(o->count - 1);
        status = pensel_painting_render(painting, pixels, 0, one->height, &r, error);
        if (!status && o->count > 1) place(painted, pixels, i, o->count);
    }
    if (o->count > 1) g_free(pixels);
    return status;
}

pensel_status pensel_originals_measure(double *psnr, double *ssim, const pensel_originals *o,
                                       const pensel_picture *painted, size_t i, pensel_error *error)
{
    const pensel_picture *original = &o->images[i].picture;
    size_t stride = original->width * original->channels;
    pensel_picture one = *original;
    one.pixels = o->count == 1 ? painted->pixels : g_new(float, original->height *stride);
    for (size_t y = 0; y < original->height && o->count > 1; y++)
        memcpy(one.pixels + y * stride, painted->pixels + (y * o->count + i) * stride,
               stride * sizeof(float));
    pensel_status status = pensel_picture_psnr(psnr, original, &one, error);
    *ssim = NAN;
    if (!status && original->width >= 7 && original->height >= 7)
        status = pensel_picture_ssim(ssim, original, &one, error);
    if (o->count > 1) g_free(one.pixels);
    return status;
}
