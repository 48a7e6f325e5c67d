/* A row of numbers that leaves in 8 bits: which numbers it is of, its scale, and what rounding
 * makes of it.
 *
 *     w_i = n_i scale, n_i from -127 to 127, or n_i scale / 256 in 16 bits
 *
 * A row of a layer of neurons is a neuron's weights. Of a table it is what shares an order of
 * magnitude: the vector of a code, a feature of a grid's level, a plane of pixels. Scales are
 * stored as the upper 16 bits of a float. */
#include "base/memory.h"
#include "export/target.h"
#include "network/network.h"

#include <math.h>
#include <string.h>

enum { STEPS = 127, PARTS = 256 };

size_t pensel_quantise_rows(const pensel_operation *o)
{
    if (o->kind == PENSEL_OP_AFFINE) return o->out;
    return o->kind == PENSEL_OP_LOOKUP ? o->count : o->width;
}

size_t pensel_quantise_length(const pensel_operation *o)
{
    return o->weights / pensel_quantise_rows(o);
}

/* Number i of row j: entries of a grid have their features side by side, all else is row by row. */
size_t pensel_quantise_index(const pensel_operation *o, size_t j, size_t i)
{
    return o->kind == PENSEL_OP_GRID ? i * o->width + j : j * pensel_quantise_length(o) + i;
}

/* At least `value`, and with the upper 16 bits of a float. Never less: the largest weight must stay
 * within 127 steps. */
static float round_up(double value)
{
    float above = (float)value;
    uint32_t bits;
    memcpy(&bits, &above, sizeof bits);
    bits = (bits + 0xffffu) & 0xffff0000u;
    memcpy(&above, &bits, sizeof above);
    return above;
}

/* No scale is below 2^-60, nor 2^-60 of the bias: so what the exported program computes with has an
 * exponent of a float. */
float pensel_quantise_scale(const pensel_operation *o, size_t j)
{
    double most = o->kind == PENSEL_OP_AFFINE ? STEPS * ldexp(fabs(o->c[j]), -60) : 0;
    for (size_t i = 0; i < pensel_quantise_length(o); i++)
        most = fmax(most, fabs(o->w[pensel_quantise_index(o, j, i)]));
    return round_up(fmax(most / STEPS, ldexp(1, -60)));
}

static double unit_of(const pensel_operation *o, size_t j)
{
    double scale = (double)o->scale[j];
    return scale < 0 ? -scale / PARTS : scale;
}

void pensel_quantise_row(int32_t *whole, const pensel_operation *o, size_t j)
{
    double unit = unit_of(o, j);
    for (size_t i = 0; i < pensel_quantise_length(o); i++)
        whole[i] = (int32_t)lround(o->w[pensel_quantise_index(o, j, i)] / unit);
}

/* ------------------------------------------------------------------ in a network */

static void put_number(pensel_network *network, size_t at, double value)
{
    if (network->precision == PENSEL_FLOAT64)
        ((double *)network->parameters)[at] = value;
    else
        ((float *)network->parameters)[at] = (float)value;
}

/* Where number k of the operation's w stands in its network */
static size_t position(const pensel_network *network, const pensel_product *product, size_t k)
{
    return network->layers[product->layer].groups[0].first + product->first + k;
}

/* Pixels leave as the sum of all levels of a pyramid: the finest one, which is the first, holds it
 * alone. */
static void clear_coarse(pensel_network *network, const pensel_product *product,
                         const pensel_operation *o)
{
    const pensel_layer_group *group = &network->layers[product->layer].groups[0];
    size_t count = group->rows * (group->columns ? group->columns : 1);
    for (size_t k = o->weights; k < count; k++)
        put_number(network, group->first + k, 0);
}

double pensel_quantise_put(pensel_network *copy, const pensel_product *product,
                           const pensel_operation *o, size_t j, int32_t *whole)
{
    double unit = unit_of(o, j), lost = 0;
    pensel_quantise_row(whole, o, j);
    if (o->kind == PENSEL_OP_PIXELS && j == 0) clear_coarse(copy, product, o);
    for (size_t i = 0; i < pensel_quantise_length(o); i++) {
        size_t k = pensel_quantise_index(o, j, i);
        double rounded = whole[i] * unit;
        put_number(copy, position(copy, product, k), rounded);
        lost += (o->w[k] - rounded) * (o->w[k] - rounded);
    }
    return lost;
}
