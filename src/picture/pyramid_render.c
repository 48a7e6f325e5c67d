/* Painting a pyramid row by row: the weights of lanczos.h combine six rows of sums, of one picture
 * or of two that are mixed, and then six columns at a time; the small network then runs along the
 * row.
 *
 *     six rows of each feature -> mixed (columns) -> pixels (2 + columns + 3, ROW_WIDTH)
 *          -> features (ROW_WIDTH, n) -> colours (channels, n)
 *
 * All levels are summed into one beforehand, by pensel_pyramid_render_sum; whoever changes the
 * network must call it again. A row needs nothing of other rows, so threads may paint them in
 * any order, each with a scratch of its own. */
#include "picture/painting.h"

#include "base/error.h"
#include "base/memory.h"
#include "pyramid/pyramid.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------ which paintings */

/* A pyramid of the canvas' size, whose small network ends in colours or in a choice of classes. */
static bool suits(const pensel_estimator *estimator, const pensel_canvas *canvas)
{
    const pensel_learned *learned = &estimator->learned;
    const pensel_network *network = learned->network;
    const pensel_encoding *encoding = &network->shape.encoding;
    const pensel_estimator_options *o = &estimator->options;
    if (!pensel_pyramid_fits(network) || encoding->rows != canvas->height ||
        encoding->columns != canvas->width || o->scale_inputs != PENSEL_SCALE_NONE ||
        o->scale_targets != PENSEL_SCALE_NONE)
        return false;
    pensel_activation last = network->shape.layers[1].activation;
    if (canvas->colours == 0) return last == PENSEL_IDENTITY;
    bool two = learned->class_count == 2;
    return last == (two ? PENSEL_LOGISTIC : PENSEL_SOFTMAX) &&
           pensel_network_outputs(network) == (two ? 1 : learned->class_count);
}

pensel_status pensel_pyramid_render_levels(pensel_levels **levels,
                                           const pensel_estimator *estimator,
                                           const pensel_canvas *canvas, size_t threads,
                                           pensel_error *error)
{
    *levels = NULL;
    if (!suits(estimator, canvas)) return PENSEL_OK;
    PENSEL_TRY(pensel_levels_new(levels, estimator->learned.network, NULL, threads, error));
    pensel_pyramid_render_sum(*levels);
    return PENSEL_OK;
}

void pensel_pyramid_render_sum(pensel_levels *levels)
{
    for (size_t p = 0; p < levels->pictures; p++)
        pensel_levels_sum(levels, 1, p);
}

/* ------------------------------------------------------------------ positions */

/* The weights of the pixels around `position`; returns the pixel at it or before it. */
static size_t weigh(float weight[PENSEL_TAPS], double position, size_t pixels, bool periodic)
{
    double count = (double)pixels;
    if (periodic) {
        position = fmod(position, count); /* exact, however far outside */
        if (position < 0) position += count;
    } else {
        position = fmin(fmax(position, 0), count - 1);
    }
    /* a position that rounding has made `count` is the end of the last pixel */
    double base = fmin(floor(position), count - 1), exact[PENSEL_TAPS];
    pensel_lanczos(exact, position - base);
    for (size_t i = 0; i < PENSEL_TAPS; i++)
        weight[i] = (float)exact[i];
    return (size_t)base;
}

/* Number `i` of the six pixels around `base`. Beyond the ends the end pixel repeats, or in a
 * periodic picture the other end follows. */
static size_t pixel_at(size_t base, size_t i, size_t pixels, bool periodic)
{
    const size_t before = PENSEL_TAPS_BEFORE;
    if (periodic) return (base + i + before * (pixels - 1)) % pixels;
    return base + i < before ? 0 : base + i - before < pixels ? base + i - before : pixels - 1;
}

static bool is_periodic(const pensel_pyramid_render *render)
{
    return pensel_estimator_network(render->painting->estimator)->shape.encoding.periodic;
}

pensel_row_tap pensel_pyramid_render_column(const pensel_pyramid_render *render, double position)
{
    pensel_row_tap tap;
    size_t columns = render->painting->levels->level[0].columns;
    tap.first = (uint32_t)weigh(tap.weight, position, columns, is_periodic(render));
    return tap;
}

/* What all rows have in common; n and taps are the caller's to fill in. The palette is put in
 * the order of the network's classes. */
void pensel_pyramid_render_begin(pensel_pyramid_render *render, const pensel_painting *painting,
                                 double mix, bool soft)
{
    const pensel_learned *learned = &painting->estimator->learned;
    size_t last = painting->levels->pictures - 1, channels = painting->canvas.channels;
    double position = fmin(fmax(mix, 0), 1) * (double)last;
    *render = (pensel_pyramid_render){.painting = painting, .soft = soft};
    render->picture = (size_t)position;
    render->share = (float)(position - floor(position));
    for (size_t c = 0; painting->canvas.colours && c < learned->class_count; c++)
        memcpy(render->palette + c * channels,
               painting->canvas.palette + (size_t)learned->classes[c] * channels,
               channels * sizeof(float));
}

/* ------------------------------------------------------------------ a row */

/* mixed (ld), room for a row (ld), features (ROW_WIDTH, n rounded up), pixels (columns and five
 * more, ROW_WIDTH). Kernels read whole vectors, so what they read beyond the end must be
 * numbers: zero, once. */
size_t pensel_pyramid_render_scratch(const pensel_pyramid_render *render)
{
    const pensel_level *level = &render->painting->levels->level[0];
    return 2 * level->ld + PENSEL_ROW_WIDTH * (pensel_round_up(render->n, PENSEL_ROW_LANES) +
                                               level->columns + PENSEL_TAPS - 1);
}

/* A row of one picture's sums, times `weight`, onto `mixed`, behind which is room for it.
 * descend() takes away, hence the sign. A weight of 0 reads nothing: so the picture behind the
 * last one, which has none, is never touched. */
static void add_row(float *mixed, const pensel_levels *levels, size_t feature, size_t picture,
                    size_t row, float weight)
{
    float *line = mixed + levels->level[0].ld;
    if (weight == 0) return;
    pensel_levels_sum_row(levels, line, 0, feature, picture, row);
    levels->kernels->descend(mixed, line, levels->level[0].columns, -weight);
}

/* Six rows as one, of both pictures, into pixels (2 + columns + 3, PENSEL_ROW_WIDTH): with what
 * stands past the ends. */
static void mix_rows(const pensel_pyramid_render *render, float *pixels, float *mixed,
                     double position)
{
    const pensel_levels *levels = render->painting->levels;
    const pensel_level *level = &levels->level[0];
    float weight[PENSEL_TAPS];
    const size_t before = PENSEL_TAPS_BEFORE;
    bool periodic = is_periodic(render);
    size_t base = weigh(weight, position, level->rows, periodic), columns = level->columns;
    for (size_t f = 0; f < levels->width; f++) {
        memset(mixed, 0, columns * sizeof *mixed);
        for (size_t i = 0; i < PENSEL_TAPS; i++) {
            size_t row = pixel_at(base, i, level->rows, periodic);
            add_row(mixed, levels, f, render->picture, row, weight[i] * (1 - render->share));
            add_row(mixed, levels, f, render->picture + 1, row, weight[i] * render->share);
        }
        for (size_t c = 0; c < columns; c++)
            pixels[(c + before) * PENSEL_ROW_WIDTH + f] = mixed[c];
        for (size_t e = 0; e + 1 < PENSEL_TAPS; e++) {
            size_t end = e < before ? e : columns + e;
            pixels[end * PENSEL_ROW_WIDTH + f] = mixed[pixel_at(0, end, columns, periodic)];
        }
    }
}

/* `slopes` of a row is where the kernels put their results, here the colours. */
void pensel_pyramid_render_row(const pensel_pyramid_render *render, float *colours, float *scratch,
                               double position)
{
    const pensel_levels *levels = render->painting->levels;
    const pensel_network *network = pensel_estimator_network(render->painting->estimator);
    size_t ld = pensel_round_up(render->n, PENSEL_ROW_LANES);
    float *features = scratch + 2 * levels->level[0].ld, *pixels = features + PENSEL_ROW_WIDTH * ld;
    bool classes = render->painting->canvas.colours > 0;
    pensel_row row = {
        .numbers = network->parameters,
        .slope = (float)network->shape.layers[0].parameter,
        .outputs = pensel_network_outputs(network),
        .palette = render->palette,
        .channels = render->painting->canvas.channels,
        .soft = render->soft,
        .width = levels->width,
        .n = render->n,
    };
    mix_rows(render, pixels, scratch, position);
    levels->kernels->sample(features, ld, pixels, render->taps, render->n);
    for (size_t f = 0; f < levels->width; f++)
        row.features[f] = features + f * ld;
    for (size_t k = 0; k < row.channels; k++)
        row.slopes[k] = colours + k * ld;
    (classes ? levels->kernels->colour : levels->kernels->paint)(&row);
}
