/* A small picture to paint, and words for painting it. */
#ifndef PENSEL_TESTS_SCENE_H
#define PENSEL_TESTS_SCENE_H

#include "test.h"

#include "base/memory.h"
#include "picture/painting.h"

enum { H = 37, W = 50 };

static float pixels_of[4][H * W * 4];

/* Rings and stripes with a sharp edge, of any number of channels. */
static inline pensel_picture scene(size_t channels, int which)
{
    pensel_picture p = {pixels_of[which], W, H, channels};
    for (size_t y = 0; y < H; y++)
        for (size_t x = 0; x < W; x++)
            for (size_t k = 0; k < channels; k++) {
                double r = hypot((double)y - 18, (double)x - 20 - 5 * which);
                double value =
                    r < 11 ? 0.8 - 0.2 * (double)k : 0.4 + 0.3 * sin(r / (2 + (double)k) + which);
                p.pixels[(y * W + x) * channels + k] = (float)(floor(value * 255 + 0.5) / 255);
            }
    return p;
}

static inline pensel_painting *paint(const pensel_picture *pictures, size_t count,
                                     const pensel_paint_options *o)
{
    pensel_error error;
    pensel_painting *painting;
    MUST(pensel_painting_of_several(&painting, pictures, count, o, &error));
    return painting;
}

static inline const float *numbers_of(const pensel_painting *painting, size_t *count)
{
    const pensel_network *network = pensel_estimator_network(pensel_painting_estimator(painting));
    *count = pensel_network_parameter_count(network);
    return pensel_network_parameters_const(network);
}

static inline float *render(const pensel_painting *painting, const pensel_render_options *o,
                            size_t width, size_t height)
{
    pensel_error error;
    float *pixels;
    size_t channels = pensel_painting_canvas(painting)->channels;
    MUST(PENSEL_ALLOCATE(pixels, width * height, channels * sizeof(float), &error));
    MUST(pensel_painting_render(painting, pixels, 0, height, o, &error));
    return pixels;
}

static inline double psnr_of(const pensel_painting *painting, const pensel_picture *picture,
                             double mix)
{
    pensel_error error;
    double psnr;
    pensel_render_options o = pensel_render_defaults();
    o.mix = mix;
    pensel_picture again = *picture;
    again.pixels = render(painting, &o, W, H);
    MUST(pensel_picture_psnr(&psnr, picture, &again, &error));
    pensel_release(again.pixels);
    return psnr;
}

#endif
