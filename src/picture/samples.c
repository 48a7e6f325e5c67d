/* Samples from pictures: (row, column), or (row, column, picture) -> colour or class.
 *
 * A pixel is a square, and what is known of it is known at its centre: row r of n is (r + 0.5) / n,
 * so that the picture's edges are 0 and 1 at every size, and rendering larger asks between the
 * samples. Rendering uses the same pensel_coordinates: a change here that it does not see shifts
 * every painting.
 *
 * The order of samples (picture, row, column, position in the pixel) and of the numbers drawn is
 * fixed, so a seed gives the same samples on every machine. */
#include "base/matrix.h"
#include "base/memory.h"
#include "base/random.h"
#include "picture/picture.h"

#include <math.h>
#include <string.h>

pensel_coordinates pensel_coordinates_of(size_t height, size_t width, bool raw,
                                         const pensel_encoding *encoding)
{
    double rows = (double)height, columns = (double)width;
    if (raw) return (pensel_coordinates){{1, 1}, {0, 0}};
    if (encoding->kind != PENSEL_PYRAMID && !encoding->periodic)
        rows = columns = fmax(rows, columns);
    return (pensel_coordinates){{1 / rows, 1 / columns}, {0.5 / rows, 0.5 / columns}};
}

/* Number `index` of a block of either precision. */
static void put(void *block, pensel_precision precision, size_t index, double value)
{
    if (precision == PENSEL_FLOAT64)
        ((double *)block)[index] = value;
    else
        ((float *)block)[index] = (float)value;
}

/* Channel k at a position between pixels, linear between their centres; beyond the outermost
 * centres, where half a pixel is left, as at these. */
static double colour_at(const pensel_picture *p, double row, double column, size_t k)
{
    row = fmin(fmax(row, 0), (double)p->height - 1);
    column = fmin(fmax(column, 0), (double)p->width - 1);
    size_t r = (size_t)row, c = (size_t)column;
    size_t below = r + 1 < p->height ? r + 1 : r, right = c + 1 < p->width ? c + 1 : c;
    double t = row - (double)r, u = column - (double)c;
    const float *v = p->pixels + k;
    double top = (1 - u) * (double)v[(r * p->width + c) * p->channels] +
                 u * (double)v[(r * p->width + right) * p->channels];
    double bottom = (1 - u) * (double)v[(below * p->width + c) * p->channels] +
                    u * (double)v[(below * p->width + right) * p->channels];
    return (1 - t) * top + t * bottom;
}

/* A pixel of 8 or 16 bits is a whole number over 65535 (v / 255 = 257 v / 65535): from its float32
 * that quotient in float64, which scikit-learn would be given; any other number as it is. */
static double exact(float value)
{
    double quotient = rint((double)value * 65535) / 65535;
    return (float)quotient == value ? quotient : (double)value;
}

/* Sample `index` at (row, column) of picture `number`, whose pixel is `pixel`. */
static void write_sample(const pensel_pixel_set *l, const pensel_pixel_plan *plan, size_t index,
                         double row, double column, size_t number, size_t pixel)
{
    const pensel_picture *p = &plan->pictures[number];
    pensel_coordinates at = pensel_coordinates_of(p->height, p->width, plan->raw, plan->encoding);
    size_t inputs = l->samples.x.columns, outputs = l->samples.y.columns;
    put(l->x, plan->precision, index * inputs, row * at.scale[0] + at.offset[0]);
    put(l->x, plan->precision, index * inputs + 1, column * at.scale[1] + at.offset[1]);
    if (inputs == 3)
        put(l->x, plan->precision, index * inputs + 2, (double)number / (double)(plan->count - 1));
    if (plan->codes)
        put(l->y, plan->precision, index, plan->codes[pixel]);
    else
        for (size_t k = 0; k < outputs; k++)
            put(l->y, plan->precision, index * outputs + k,
                plan->subpixel ? colour_at(p, row, column, k)
                               : exact(p->pixels[pixel * outputs + k]));
    if (plan->weights) put(l->weights, plan->precision, index, (double)plan->weights[pixel]);
}

/* Pixels that weigh nothing are left out: they are holes. */
static bool is_hole(const pensel_pixel_plan *plan, size_t pixel)
{
    return plan->weights && !(plan->weights[pixel] > 0);
}

/* Writes the samples of a pixel and returns how many: its centre, or one drawn in each of the
 * first `subpixel` of its side x side cells. Drawn cell by cell they cover the pixel more evenly
 * than drawn anywhere. */
static size_t write_positions(const pensel_pixel_set *l, const pensel_pixel_plan *plan,
                              size_t index, size_t number, size_t pixel, pensel_random *random)
{
    size_t width = plan->pictures->width, side = 1;
    size_t up = pixel / width, along = pixel % width;
    double row = (double)up, column = (double)along;
    if (plan->subpixel == 0) {
        write_sample(l, plan, index, row, column, number, pixel);
        return 1;
    }
    while (side * side < plan->subpixel)
        side++;
    for (size_t s = 0; s < plan->subpixel; s++) {
        size_t cell = s / side;
        double r = ((double)cell + pensel_random_between(random, 0, 1)) / (double)side - 0.5;
        double c = ((double)(s % side) + pensel_random_between(random, 0, 1)) / (double)side - 0.5;
        write_sample(l, plan, index + s, row + r, column + c, number, pixel);
    }
    return plan->subpixel;
}

/* x (n, 2 or 3), y (n, channels, or 1 of a class) and weights (n), all in one precision.
 * Positions are drawn for each picture anew. On failure nothing is left to clear. */
pensel_status pensel_pixel_set_make(pensel_pixel_set *l, const pensel_pixel_plan *plan,
                                    pensel_error *error)
{
    size_t size = pensel_precision_size(plan->precision);
    size_t pixels = plan->pictures->width * plan->pictures->height,
           inputs = plan->count > 1 ? 3 : 2;
    size_t outputs = plan->codes ? 1 : plan->pictures->channels, n = 0, index = 0;
    memset(l, 0, sizeof *l);
    for (size_t pixel = 0; pixel < pixels; pixel++)
        n += !is_hole(plan, pixel);
    /* a product that overflows becomes one that no memory has: the allocation fails, and its
     * sentence names it */
    if (!pensel_multiply(&n, n, plan->count) ||
        !pensel_multiply(&n, n, plan->subpixel ? plan->subpixel : 1))
        n = SIZE_MAX / 8;
    pensel_status status = PENSEL_ALLOCATE(l->x, n, inputs * size, error);
    if (status == PENSEL_OK) status = PENSEL_ALLOCATE(l->y, n, outputs * size, error);
    if (status == PENSEL_OK && plan->weights) status = PENSEL_ALLOCATE(l->weights, n, size, error);
    if (status != PENSEL_OK) {
        pensel_pixel_set_clear(l);
        return status;
    }
    l->samples.x = (pensel_matrix){l->x, n, inputs, plan->precision};
    l->samples.y = (pensel_matrix){l->y, n, outputs, plan->precision};
    l->samples.weights = (pensel_matrix){l->weights, plan->weights ? n : 0, 1, plan->precision};
    pensel_random random;
    pensel_random_seed(&random, plan->seed);
    for (size_t number = 0; number < plan->count; number++)
        for (size_t pixel = 0; pixel < pixels; pixel++)
            if (!is_hole(plan, pixel))
                index += write_positions(l, plan, index, number, pixel, &random);
    return PENSEL_OK;
}

void pensel_pixel_set_clear(pensel_pixel_set *l)
{
    pensel_release(l->x);
    pensel_release(l->y);
    pensel_release(l->weights);
    memset(l, 0, sizeof *l);
}
