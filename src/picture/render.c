/* Rendering: each pixel of the result is the network's colour at one position in the picture or, if
 * it covers more than one of the picture's pixels, the mean of several.
 *
 * Three ways lead to the colours of a row, and all add samples to `pixels`, which begin as 0;
 * finish() makes means of the sums. A pyramid that fits goes row by row (pyramid_render.c). Any
 * other network is asked at positions, block by block. Between two pictures of such a one, both are
 * asked and their colours mixed.
 *
 * Positions are counted in the picture's pixels with the first one's centre at 0. They depend on
 * the whole result, not on the rows asked for: so rows rendered apart are the same as together,
 * and threads make no difference. */
#include "picture/painting.h"

#include "platform/float.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "network/predict.h"

#include <math.h>
#include <string.h>

enum {
    BLOCK = 1 << 16,  /* positions asked for at once: what memory is needed for */
    MOST_SAMPLES = 16 /* of a pixel, along each side */
};

/* Pixel (i, j) of the result covers rows y + i h to y + (i + 1) h and columns x + j w to x + (j +
 * 1) w. */
typedef struct view {
    size_t width, height;
    double x, y, w, h;
    size_t across, down; /* samples of a pixel */
} view;

/* The length that belongs to `side` as part to whole, rounded, 1 or more. Bounded, so that it
 * can be converted; who asked for more is refused by the caller. */
static size_t by_proportion(size_t side, double part, double whole)
{
    double length = fmax(1, floor((double)side * part / whole + 0.5));
    return length < 1e9 ? (size_t)length : (size_t)1e9;
}

/* What is asked for, with all that was left open. A pixel of the result takes as many samples
 * along each side as it covers pixels of the picture, but 16 at most: beyond them its mean is
 * one of a grid of points, no longer of every pixel. The 1e-9 is for sizes that are whole but
 * for rounding. */
static pensel_status view_of(view *v, const pensel_painting *painting, size_t first, size_t rows,
                             const pensel_render_options *o, pensel_error *error)
{
    const pensel_canvas *canvas = &painting->canvas;
    double w = o->w > 0 ? o->w : (double)canvas->width,
           h = o->h > 0 ? o->h : (double)canvas->height;
    v->width = o->width, v->height = o->height;
    if (!v->width && !v->height) {
        v->width = by_proportion(1, w, 1);
        v->height = by_proportion(1, h, 1);
    }
    if (!v->width) v->width = by_proportion(v->height, w, h);
    if (!v->height) v->height = by_proportion(v->width, h, w);
    PENSEL_REQUIRE(v->width <= INT32_MAX && v->height <= INT32_MAX, BAD_ARGUMENT,
                   "a result of %zu x %zu pixels: sides are up to %d", v->width, v->height,
                   INT32_MAX);
    PENSEL_REQUIRE(first <= v->height && rows <= v->height - first, BAD_ARGUMENT,
                   "rows %zu to %zu of a result of %zu rows: they must lie within", first,
                   first + rows, v->height);
    v->x = o->x, v->y = o->y;
    v->w = w / (double)v->width, v->h = h / (double)v->height;
    v->across = v->w <= 1 ? 1 : v->w >= MOST_SAMPLES ? MOST_SAMPLES : (size_t)ceil(v->w - 1e-9);
    v->down = v->h <= 1 ? 1 : v->h >= MOST_SAMPLES ? MOST_SAMPLES : (size_t)ceil(v->h - 1e-9);
    return PENSEL_OK;
}

/* start + (i + (s + 1/2) / samples) size - 1/2: sample `s` of pixel i of the result, in pixels
 * of the picture with the first one's centre at 0. */
static double position_of(double start, double size, size_t i, size_t s, size_t samples)
{
    return start + ((double)i + ((double)s + 0.5) / (double)samples) * size - 0.5;
}

/* Outside of a periodic picture it begins again. */
static float wrapped(double x, bool periodic)
{
    return (float)(periodic ? x - floor(x) : x);
}

/* Inputs at sample row `s` of pixel row `i`: x (width * across, inputs). */
static void write_inputs(const pensel_painting *painting, float *x, const view *v, size_t i,
                         size_t s, double mix)
{
    const pensel_canvas *canvas = &painting->canvas;
    const pensel_shape *shape = pensel_network_shape(pensel_estimator_network(painting->estimator));
    pensel_coordinates at = pensel_coordinates_of(canvas->height, canvas->width,
                                                  canvas->raw_coordinates, &shape->encoding);
    bool periodic = shape->encoding.periodic;
    double row = position_of(v->y, v->h, i, s, v->down) * at.scale[0] + at.offset[0];
    for (size_t j = 0; j < v->width * v->across; j++) {
        double column = position_of(v->x, v->w, j / v->across, j % v->across, v->across);
        *x++ = wrapped(row, periodic);
        *x++ = wrapped(column * at.scale[1] + at.offset[1], periodic);
        if (shape->inputs == 3) *x++ = (float)mix;
    }
}

/* ------------------------------------------------------------------ colours */

/* Colours (n, channels) of probabilities p (n, classes): that of the likeliest class, the first
 * among equals; or, if soft, sum_c p_c colour_c. Column c of p is the class codes[c], whose
 * colour the palette has. */
static void class_colours(const pensel_painting *painting, float *colours, const double *p,
                          size_t n, bool soft)
{
    const pensel_canvas *canvas = &painting->canvas;
    size_t classes = painting->estimator->learned.class_count;
    const double *codes = painting->estimator->learned.classes;
    bool one_hot = painting->estimator->learned.one_hot;
    for (size_t s = 0; s < n; s++, p += classes, colours += canvas->channels) {
        size_t best = 0;
        for (size_t c = 1; c < classes; c++)
            if (p[c] > p[best]) best = c;
        /* probabilities of one-hot classes are each their own: shares of their sum mix colours */
        double whole = one_hot ? 0 : 1;
        for (size_t c = 0; c < classes && one_hot; c++)
            whole += p[c];
        for (size_t k = 0; k < canvas->channels; k++) {
            double sum = 0;
            for (size_t c = 0; c < classes && soft; c++)
                sum +=
                    p[c] / whole * (double)canvas->palette[(size_t)codes[c] * canvas->channels + k];
            colours[k] = soft && whole > 0
                             ? (float)sum
                             : canvas->palette[(size_t)codes[best] * canvas->channels + k];
        }
    }
}

/* What the network makes of x, in double: y (n, outputs), with room for it. An estimator that
 * scales is asked as a whole: of classes it then gives probabilities already. Else the last
 * layer's activations are taken without a detour; those in float32 stand at the beginning of y
 * and are widened from the end, so that none is written over before it is read. */
static pensel_status ask(const pensel_painting *painting, double *y, pensel_matrix x,
                         size_t outputs, const pensel_render_options *render, pensel_error *error)
{
    const pensel_network *network = pensel_estimator_network(painting->estimator);
    const pensel_estimator_options *o = &painting->estimator->options;
    if (o->scale_inputs != PENSEL_SCALE_NONE || o->scale_targets != PENSEL_SCALE_NONE)
        return o->task == PENSEL_REGRESSION
                   ? pensel_estimator_predict(painting->estimator, y, x, error)
                   : pensel_estimator_probabilities(painting->estimator, y, x, error);
    PENSEL_TRY(pensel_network_activations_in(pensel_network_context(network, render->context),
                                             network, network->shape.layer_count - 1, y, x,
                                             render->threads, error));
    if (network->precision != PENSEL_FLOAT64)
        for (size_t i = x.rows * outputs; i-- > 0;) { /* in place: by bytes, as types differ */
            float value;
            memcpy(&value, (const char *)y + i * sizeof value, sizeof value);
            y[i] = (double)value;
        }
    return PENSEL_OK;
}

/* A network gives colours, or probabilities that become colours. Which classes' columns there
 * are depends on the estimator: with two classes and one output the network gives p alone. */
pensel_status pensel_painting_colours(const pensel_painting *painting, float *colours,
                                      pensel_matrix x, const pensel_render_options *render,
                                      pensel_error *error)
{
    const pensel_learned *learned = &painting->estimator->learned;
    size_t outputs = pensel_learned_outputs(learned), columns = pensel_learned_columns(learned);
    bool classes = painting->canvas.colours > 0;
    bool probable = painting->estimator->options.scale_inputs != PENSEL_SCALE_NONE;
    double *y, *p = NULL;
    PENSEL_TRY(
        PENSEL_ALLOCATE(y, x.rows, (outputs > columns ? outputs : columns) * sizeof *y, error));
    pensel_status status =
        classes ? PENSEL_ALLOCATE(p, x.rows, columns * sizeof *p, error) : PENSEL_OK;
    if (status == PENSEL_OK) status = ask(painting, y, x, outputs, render, error);
    if (status == PENSEL_OK && classes) {
        if (!probable) pensel_learned_probabilities(learned, p, y, x.rows);
        class_colours(painting, colours, probable ? y : p, x.rows, render->soft);
    } else if (status == PENSEL_OK) {
        for (size_t i = 0; i < x.rows * outputs; i++)
            colours[i] = (float)y[i];
    }
    pensel_release(y);
    pensel_release(p);
    return status;
}

/* Sums of samples become means within [0, 1]. */
static void finish(float *pixels, size_t count, size_t samples)
{
    for (size_t i = 0; i < count; i++) {
        float value = pixels[i] / (float)samples;
        pixels[i] = value > 0 ? value < 1 ? value : 1 : 0;
    }
}

/* ------------------------------------------------------------------ any network */

/* pixels (width, channels) += share times the samples of each: colours (width * across,
 * channels) */
static void add_samples(float *pixels, const float *colours, const view *v, size_t channels,
                        float share)
{
    for (size_t j = 0; j < v->width; j++)
        for (size_t s = 0; s < v->across; s++)
            for (size_t k = 0; k < channels; k++)
                pixels[j * channels + k] += share * colours[(j * v->across + s) * channels + k];
}

/* Adds `share` of what the network makes of o->mix, in blocks of sample rows, so that every
 * thread has its part of each. A sample row is one of v->down in each row of pixels. */
static pensel_status ask_rows(const pensel_painting *painting, float *pixels, size_t first,
                              size_t rows, const view *v, const pensel_render_options *o,
                              float share, pensel_error *error)
{
    size_t channels = painting->canvas.channels,
           inputs = pensel_estimator_inputs(painting->estimator);
    size_t row_positions = v->width * v->across, total = rows * v->down;
    size_t block = BLOCK / row_positions > 0 ? BLOCK / row_positions : 1;
    float *x = NULL, *colours = NULL;
    if (block > total) block = total;
    pensel_status status = PENSEL_ALLOCATE(x, block * row_positions, inputs * sizeof *x, error);
    if (status == PENSEL_OK)
        status = PENSEL_ALLOCATE(colours, block * row_positions, channels * sizeof *colours, error);
    for (size_t done = 0; done < total && status == PENSEL_OK; done += block) {
        size_t n = total - done < block ? total - done : block;
        for (size_t b = 0; b < n; b++)
            write_inputs(painting, x + b * row_positions * inputs, v, first + (done + b) / v->down,
                         (done + b) % v->down, o->mix);
        pensel_matrix positions = {x, n * row_positions, inputs, PENSEL_FLOAT32};
        status = pensel_painting_colours(painting, colours, positions, o, error);
        for (size_t b = 0; b < n && status == PENSEL_OK; b++)
            add_samples(pixels + (done + b) / v->down * v->width * channels,
                        colours + b * row_positions * channels, v, channels, share);
    }
    pensel_release(x);
    pensel_release(colours);
    return status;
}

/* A network has learned pictures and nothing between them. A pyramid's latents can be mixed all
 * the same, of another encoding it is the colours of two pictures that are: twice the work, and
 * no noise. */
static pensel_status render_asking(const pensel_painting *painting, float *pixels, size_t first,
                                   size_t rows, const view *v, const pensel_render_options *options,
                                   pensel_error *error)
{
    const pensel_network *network = pensel_estimator_network(painting->estimator);
    double last = (double)painting->canvas.pictures - 1;
    double position = fmin(fmax(options->mix, 0), 1) * last, share = position - floor(position);
    pensel_render_options o = *options;
    if (share == 0 || network->shape.encoding.kind == PENSEL_PYRAMID)
        return ask_rows(painting, pixels, first, rows, v, &o, 1, error);
    o.mix = floor(position) / last;
    PENSEL_TRY(ask_rows(painting, pixels, first, rows, v, &o, (float)(1 - share), error));
    o.mix = ceil(position) / last;
    return ask_rows(painting, pixels, first, rows, v, &o, (float)share, error);
}

/* ------------------------------------------------------------------ pyramids */

typedef struct pyramid_rows {
    pensel_pyramid_render all;
    const view *v;
    float *pixels;
    size_t first;
    float *scratch, *colours; /* of each worker */
} pyramid_rows;

/* Row `item` of the rows asked for, on the worker's own scratch and colours: the sum of its
 * samples, channel by channel, (channels, n) to (n, channels). */
static void pyramid_render_row(void *context, size_t item, size_t worker)
{
    const pyramid_rows *q = context;
    const view *v = q->v;
    size_t channels = q->all.painting->canvas.channels;
    size_t ld = pensel_round_up(q->all.n, PENSEL_ROW_LANES);
    float *scratch = q->scratch + worker * pensel_pyramid_render_scratch(&q->all);
    float *colours = q->colours + worker * channels * ld;
    float *row = q->pixels + item * v->width * channels;
    for (size_t s = 0; s < v->down; s++) {
        pensel_pyramid_render_row(&q->all, colours, scratch,
                                  position_of(v->y, v->h, q->first + item, s, v->down));
        for (size_t k = 0; k < channels; k++)
            for (size_t j = 0; j < v->width; j++)
                for (size_t a = 0; a < v->across; a++)
                    row[j * channels + k] += colours[k * ld + j * v->across + a];
    }
}

/* All rows by threads. Where a row's samples lie between the columns is the same for each, so
 * `taps` are computed once. */
static pensel_status render_pyramid(const pensel_painting *painting, float *pixels, size_t first,
                                    size_t rows, const view *v, const pensel_render_options *o,
                                    pensel_error *error)
{
    pyramid_rows q = {.v = v, .pixels = pixels, .first = first};
    const pensel_network *network = pensel_estimator_network(painting->estimator);
    pensel_pool pool =
        pensel_pool_for(pensel_network_context(network, o->context), o->threads,
                        pensel_network_operations(network, rows * v->down * v->width * v->across));
    if (pool.size > rows) pool.size = rows;
    size_t workers = pool.size, channels = painting->canvas.channels;
    pensel_pyramid_render_begin(&q.all, painting, o->mix, o->soft);
    size_t n = q.all.n = v->width * v->across;
    pensel_status status = PENSEL_ALLOCATE_BARE(q.all.taps, n, sizeof *q.all.taps, error);
    if (status == PENSEL_OK)
        status = PENSEL_NEW(q.scratch, workers * pensel_pyramid_render_scratch(&q.all), error);
    if (status == PENSEL_OK)
        status = PENSEL_ALLOCATE_BARE(q.colours, workers * channels,
                                      pensel_round_up(n, PENSEL_ROW_LANES) * sizeof(float), error);
    if (status == PENSEL_OK) {
        for (size_t j = 0; j < n; j++)
            q.all.taps[j] = pensel_pyramid_render_column(
                &q.all, position_of(v->x, v->w, j / v->across, j % v->across, v->across));
        pensel_pool_share(&pool, pyramid_render_row, &q, rows);
    }
    pensel_release(q.all.taps);
    pensel_release(q.scratch);
    pensel_release(q.colours);
    return status;
}

/* ------------------------------------------------------------------ the public functions */

static pensel_status check(const pensel_painting *painting, const void *result,
                           const pensel_render_options *options, pensel_error *error)
{
    PENSEL_REQUIRE(painting && result && options, BAD_ARGUMENT,
                   "painting, result or options is NULL: rendering needs all three");
    PENSEL_TRY(pensel_options_check(options, pensel_render_table(), error));
    PENSEL_TRY(pensel_more_check(options->more, error));
    PENSEL_REQUIRE(painting->canvas.pictures > 1 || options->mix == 0, BAD_ARGUMENT,
                   "mix has no effect on a painting of one picture: one of several is needed");
    PENSEL_REQUIRE(painting->canvas.colours > 0 || !options->soft, BAD_ARGUMENT,
                   "soft has no effect on a painting without classes: one made with task "
                   "classification is needed");
    return PENSEL_OK;
}

pensel_status pensel_painting_render(const pensel_painting *painting, float *pixels, size_t first,
                                     size_t rows, const pensel_render_options *options,
                                     pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    view v;
    PENSEL_TRY(check(painting, pixels, options, error));
    PENSEL_TRY(view_of(&v, painting, first, rows, options, error));
    size_t count = rows * v.width * painting->canvas.channels;
    memset(pixels, 0, count * sizeof *pixels);
    if (rows == 0) return PENSEL_OK;
    if (painting->levels)
        PENSEL_TRY(render_pyramid(painting, pixels, first, rows, &v, options, error));
    else
        PENSEL_TRY(render_asking(painting, pixels, first, rows, &v, options, error));
    finish(pixels, count, v.across * v.down);
    return PENSEL_OK;
}

pensel_status pensel_painting_inputs(const pensel_painting *painting, float *x, size_t first,
                                     size_t rows, const pensel_render_options *options,
                                     pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    view v;
    PENSEL_TRY(check(painting, x, options, error));
    PENSEL_TRY(view_of(&v, painting, first, rows, options, error));
    size_t inputs = pensel_estimator_inputs(painting->estimator);
    v.across = v.down = 1;
    for (size_t i = 0; i < rows; i++)
        write_inputs(painting, x + i * v.width * inputs, &v, first + i, 0, options->mix);
    return PENSEL_OK;
}
