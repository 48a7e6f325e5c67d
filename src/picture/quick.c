/* Rows of a pyramid painted at once: the levels' sums at the picture's pixels are kept, four of
 * their rows and then four of their columns are mixed by the cubic of pyramid_body.h, and the small
 * network runs along the row. */
#include "picture/painting.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

pensel_taps pensel_taps_at(double place, size_t pixels, bool periodic)
{
    pensel_taps taps;
    double count = (double)pixels;
    place = periodic ? place - count * floor(place / count) : fmin(fmax(place, 0), count - 1);
    double base = floor(place), t = place - base;
    const double weight[4] = {t * (t * (1 - t / 2) - 0.5), 1 + t * t * (1.5 * t - 2.5),
                              t * (0.5 + t * (2 - 1.5 * t)), t * t * (t / 2 - 0.5)};
    for (int i = 0; i < 4; i++) {
        long pixel = (long)base - 1 + i, all = (long)pixels;
        if (periodic) pixel = (pixel % all + all) % all;
        taps.pixel[i] = (size_t)(pixel < 0 ? 0 : pixel < all ? pixel : all - 1);
        taps.weight[i] = (float)weight[i];
    }
    return taps;
}

size_t pensel_quick_scratch(const pensel_painting *painting, size_t n)
{
    size_t ld = painting->levels->level[0].ld;
    return ld + 2 * PENSEL_ROW_WIDTH * pensel_round_up(n, PENSEL_ROW_LANES);
}

/* Four rows of sums as one. */
static void mix_rows(float *mixed, const pensel_level *level, size_t f, const pensel_taps *rows)
{
    const float *row[4];
    for (int i = 0; i < 4; i++)
        row[i] = pensel_level_row(level, level->sums, f, rows->pixel[i]);
    const float *w = rows->weight;
    for (size_t c = 0; c < level->columns; c++)
        mixed[c] = w[0] * row[0][c] + w[1] * row[1][c] + w[2] * row[2][c] + w[3] * row[3][c];
}

void pensel_quick_row(const pensel_painting *painting, float *colours, float *scratch, double place,
                      const pensel_taps *columns, size_t n)
{
    const pensel_levels *levels = painting->levels;
    const pensel_level *level = &levels->level[0];
    const pensel_network *network = pensel_estimator_network(painting->estimator);
    size_t width = levels->width, ld = pensel_round_up(n, PENSEL_ROW_LANES);
    float *features = scratch + level->ld, *outputs = features + PENSEL_ROW_WIDTH * ld;
    pensel_taps rows = pensel_taps_at(place, level->rows, network->shape.encoding.periodic);
    pensel_row row = {
        .numbers = network->parameters,
        .slope = (float)network->shape.layers[0].parameter,
        .width = width,
        .n = n,
    };
    for (size_t f = 0; f < width; f++) {
        float *x = features + f * ld;
        mix_rows(scratch, level, f, &rows);
        for (size_t c = 0; c < n; c++) {
            const pensel_taps *t = &columns[c];
            x[c] = t->weight[0] * scratch[t->pixel[0]] + t->weight[1] * scratch[t->pixel[1]] +
                   t->weight[2] * scratch[t->pixel[2]] + t->weight[3] * scratch[t->pixel[3]];
        }
        memset(x + n, 0, (ld - n) * sizeof *x);
        row.features[f] = x;
        row.slopes[f] = outputs + f * ld;
    }
    levels->kernels->paint(&row);
    for (size_t c = 0; c < n; c++)
        for (size_t k = 0; k < width; k++)
            colours[c * width + k] += outputs[k * ld + c];
}
