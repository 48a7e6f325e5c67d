#include "render_enlarge.h"

#include "message.h"

#include <glib.h>
#include <math.h>
#include <string.h>

enum {
    MARGIN = 16,       /* pixels around the part shown, which the networks see */
    LARGEST_DRAWN = 8, /* EPX again and again makes blobs */
    LARGEST_NUMBERS = 3 << 28
};

const char *pensel_pixel_art_name(size_t i)
{
    static const char *const names[] = {"auto", "never", "nearest", "epx"};
    return i < G_N_ELEMENTS(names) ? names[i] : NULL;
}

static pensel_status no_memory(const pensel_picture *p, pensel_error *error)
{
    return pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                        "no memory for %zu x %zu pixels: a smaller --size or --crop is needed",
                        p->width, p->height);
}

/* All of the painting at its own size. */
static pensel_status render_whole(pensel_picture *p, const pensel_painting *painting,
                                  const float *own, const pensel_render_options *options,
                                  pensel_error *error)
{
    const pensel_canvas *canvas = pensel_painting_canvas(painting);
    pensel_render_options o = *options;
    *p = (pensel_picture){NULL, canvas->width, canvas->height, canvas->channels};
    size_t n = p->width * p->height * p->channels;
    p->pixels = g_try_new(float, n);
    if (!p->pixels) return no_memory(p, error);
    if (own) {
        memcpy(p->pixels, own, n * sizeof *own);
        return PENSEL_OK;
    }
    o.x = o.y = o.w = o.h = 0;
    o.width = p->width;
    o.height = p->height;
    return pensel_painting_render(painting, p->pixels, 0, p->height, &o, error);
}

/* Leaves only what is shown, and a margin; all of it where the part lies outside. */
static void cut(pensel_enlarge *e, const pensel_render_options *o)
{
    pensel_picture *p = &e->picture;
    double left = fmax(0, floor(o->x) - MARGIN), top = fmax(0, floor(o->y) - MARGIN);
    double right = fmin((double)p->width, ceil(o->x + o->w) + MARGIN);
    double bottom = fmin((double)p->height, ceil(o->y + o->h) + MARGIN);
    if (!(o->w > 0) || !(left < right && top < bottom)) return;
    size_t width = (size_t)(right - left), height = (size_t)(bottom - top), n = p->channels;
    e->left = (size_t)left;
    e->top = (size_t)top;
    for (size_t y = 0; y < height; y++)
        memmove(p->pixels + y * width * n, p->pixels + ((y + e->top) * p->width + e->left) * n,
                width * n * sizeof(float));
    p->width = width;
    p->height = height;
}

static pensel_status make_larger(pensel_enlarge *e, pensel_enlargement how, size_t factor,
                                 size_t threads, pensel_error *error)
{
    pensel_picture *p = &e->picture, large = *p;
    large.width *= factor;
    large.height *= factor;
    double numbers = (double)large.width * (double)large.height * (double)large.channels;
    if (numbers > LARGEST_NUMBERS) return no_memory(&large, error);
    large.pixels = g_try_new(float, large.width *large.height *large.channels);
    if (!large.pixels) return no_memory(&large, error);
    pensel_status status =
        pensel_picture_enlarge(large.pixels, p, how, factor, threads, NULL, error);
    g_free(p->pixels);
    *p = large;
    e->factor = factor;
    e->how = pensel_enlargement_name(how);
    return status;
}

/* Drawn pixel by pixel: by EPX as far as doubling goes, and no further than it looks well; then
 * pixels are squares. */
static pensel_status enlarge_drawn(pensel_enlarge *e, double scale, size_t threads,
                                   pensel_error *error)
{
    size_t factor = 1;
    e->pixel_by_pixel = true;
    e->how = pensel_enlargement_name(PENSEL_NEAREST);
    while (2.0 * (double)factor <= scale && factor < LARGEST_DRAWN)
        factor *= 2;
    if (e->pixel_art == PENSEL_PIXEL_ART_NEAREST || factor == 1) return PENSEL_OK;
    return make_larger(e, PENSEL_EPX, factor, threads, error);
}

static pensel_status check(const pensel_enlarge *e, double scale, pensel_error *error)
{
    bool forced = e->pixel_art >= PENSEL_PIXEL_ART_NEAREST;
    if (e->sharp && forced)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--sharp and --pixel-art %s together: one of them is needed",
                            pensel_pixel_art_name(e->pixel_art));
    if (e->sharp && e->tile)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--sharp and --tile together: one of them is needed");
    if ((e->sharp || forced) && scale <= 1)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--%s has no effect unless the painting is enlarged: --scale 2, or a "
                            "--size above its own, is needed",
                            e->sharp ? "sharp" : "pixel-art");
    return PENSEL_OK;
}

/* Whether the painting is made of pixels; other networks have something to say between them. */
static bool has_pixels(const pensel_painting *painting, const float *own)
{
    const pensel_estimator *estimator = pensel_painting_estimator(painting);
    const pensel_network *network = pensel_estimator_network(estimator);
    const pensel_shape *shape = pensel_network_shape(network);
    return own || !shape || shape->encoding.kind == PENSEL_PYRAMID;
}

pensel_status pensel_enlarge_begin(pensel_enlarge *e, const pensel_painting *painting,
                                   const float *own, const pensel_render_options *options,
                                   pensel_error *error)
{
    const pensel_canvas *canvas = pensel_painting_canvas(painting);
    double w = options->w > 0 ? options->w : (double)canvas->width;
    double h = options->h > 0 ? options->h : (double)canvas->height;
    double scale = fmax((double)options->width / w, (double)options->height / h);
    bool automatic = e->pixel_art == PENSEL_PIXEL_ART_AUTO && !e->tile;
    bool may =
        automatic ? e->sharp || has_pixels(painting, own) : e->pixel_art != PENSEL_PIXEL_ART_NEVER;
    e->factor = 1;
    pensel_status status = check(e, scale, error);
    if (status || scale <= 1 || (!may && !e->sharp)) return status;
    status = render_whole(&e->picture, painting, own, options, error);
    if (status) return status;
    bool drawn = may && (!automatic || pensel_picture_is_drawn(&e->picture));
    /* EPX asks what is equal; a network that is exact is so to half a step of 8 bits */
    size_t n = e->picture.width * e->picture.height * e->picture.channels;
    for (size_t i = 0; i < n && drawn && !own; i++)
        e->picture.pixels[i] = rintf(e->picture.pixels[i] * 255) / 255;
    if (drawn) return enlarge_drawn(e, scale, options->threads, error);
    if (!e->sharp) return PENSEL_OK;
    size_t factor = 2;
    while ((double)factor < scale && factor < 1 << 12)
        factor *= 2;
    cut(e, options);
    return make_larger(e, PENSEL_SHARP, factor, options->threads, error);
}

/* The pixel of the picture that lies at the centre of pixel i of the result; beyond the edge the
 * last one, or with --tile once more from the other edge. */
static size_t source_of(size_t i, double start, double step, double factor, size_t size,
                        bool around)
{
    double at = floor((start + ((double)i + 0.5) * step) * factor), n = (double)size;
    return (size_t)(around ? at - n * floor(at / n) : fmax(0, fmin(n - 1, at)));
}

void pensel_enlarge_rows(const pensel_enlarge *e, float *pixels, size_t first, size_t rows,
                         const pensel_render_options *o)
{
    const pensel_picture *p = &e->picture;
    double factor = (double)e->factor;
    double w = o->w > 0 ? o->w : (double)p->width / factor;
    double h = o->h > 0 ? o->h : (double)p->height / factor;
    for (size_t r = 0; r < rows; r++) {
        size_t y = source_of(first + r, o->y, h / (double)o->height, factor, p->height, e->tile);
        for (size_t c = 0; c < o->width; c++) {
            size_t x = source_of(c, o->x, w / (double)o->width, factor, p->width, e->tile);
            memcpy(pixels + (r * o->width + c) * p->channels,
                   p->pixels + (y * p->width + x) * p->channels, p->channels * sizeof *pixels);
        }
    }
}

void pensel_enlarge_end(pensel_enlarge *e)
{
    g_free(e->picture.pixels);
}
