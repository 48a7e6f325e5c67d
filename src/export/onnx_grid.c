/* Hash grids and interpolated pixels in ONNX. All corners of a cell are found at once, as a
 * dimension between the rows and the inputs. */
#include "export/onnx_graph.h"

#include "base/memory.h"

#include <math.h>

/* The grid's, as in layer/hash_grid.c */
static const double primes[] = {1, 2654435761, 805459861, 3674653429, 2097192037, 1434869437};
enum { MOST_INPUTS = sizeof primes / sizeof *primes, MOST_CORNERS = 1 << MOST_INPUTS };

/* Which side of the cell each corner is on: (1, corners, inputs) of 0 and 1 */
static void list_corners(double *bits, size_t inputs)
{
    for (size_t c = 0; c < (size_t)1 << inputs; c++)
        for (size_t i = 0; i < inputs; i++)
            bits[c * inputs + i] = (double)(c >> i & 1);
}

/* Input i of a (rows, corners, inputs): (rows, corners) */
static onnx_name input_of(pensel_onnx *w, onnx_name a, size_t i)
{
    return pensel_onnx_gather(w, a, pensel_onnx_number(w, ONNX_INT64, (double)i), 2);
}

/* Where each corner's numbers are: its number, or a hash of it. nodes (rows, corners, inputs) */
static onnx_name find_entries(pensel_onnx *w, const pensel_operation *o, onnx_name nodes,
                              size_t side)
{
    double factors[MOST_INPUTS];
    const size_t shape[] = {1, 1, o->in};
    for (size_t i = 0; i < o->in; i++)
        factors[i] = o->dense ? pow((double)side, (double)i) : primes[i];
    onnx_name by = pensel_onnx_tensor(w, ONNX_INT64, 3, shape, factors);
    onnx_name products = pensel_onnx_two(w, "Mul", nodes, by);
    if (o->dense) return pensel_onnx_sum(w, products, 2, false);
    onnx_name hash = input_of(w, products, 0);
    for (size_t i = 1; i < o->in; i++)
        hash = pensel_onnx_two(w, "BitwiseXor", hash, input_of(w, products, i));
    w->opset = ONNX_OPSET_BITS;
    return pensel_onnx_two(w, "BitwiseAnd", hash,
                           pensel_onnx_number(w, ONNX_INT64, (double)(o->count - 1)));
}

/* The product over the inputs of t or 1 - t. t (rows, 1, inputs) */
static onnx_name weigh(pensel_onnx *w, const pensel_operation *o, onnx_name t, onnx_name bits)
{
    onnx_name one = pensel_onnx_number(w, ONNX_FLOAT, 1), rest = pensel_onnx_two(w, "Sub", one, t);
    onnx_name far = pensel_onnx_two(w, "Equal", bits, one);
    onnx_name each = pensel_onnx_where(w, far, t, rest), product = input_of(w, each, 0);
    for (size_t i = 1; i < o->in; i++)
        product = pensel_onnx_two(w, "Mul", product, input_of(w, each, i));
    return product;
}

/* The sum over b of weights (rows, b) times rows of a table (entries, features) */
static onnx_name blend(pensel_onnx *w, onnx_name table, onnx_name entries, onnx_name weights,
                       size_t b)
{
    const int64_t column[] = {-1, (int64_t)b, 1};
    onnx_name values = pensel_onnx_gather(w, table, entries, 0);
    weights = pensel_onnx_reshape(w, weights, 3, column);
    return pensel_onnx_sum(w, pensel_onnx_two(w, "Mul", values, weights), 1, false);
}

/* A level of a hash grid: nodes (rows, corners, inputs) of the cell around each position, the
 * entries of these, and the entries' features (rows, corners, features) weighted by how near
 * each corner is. */
onnx_name pensel_onnx_grid(pensel_onnx *w, const pensel_operation *o)
{
    double corners[MOST_CORNERS * MOST_INPUTS];
    const size_t shape[] = {1, (size_t)1 << o->in, o->in}, table[] = {o->count, o->width};
    const int64_t alone[] = {-1, 1, (int64_t)o->in};
    size_t side = o->periodic ? o->cells : o->cells + 1;
    list_corners(corners, o->in);
    onnx_name cells = pensel_onnx_number(w, ONNX_FLOAT, (double)o->cells);
    onnx_name last = pensel_onnx_number(w, ONNX_FLOAT, (double)(o->cells - 1));
    onnx_name x = pensel_onnx_one(w, "Relu", pensel_onnx_value(o->a));
    onnx_name u = pensel_onnx_two(w, "Min", pensel_onnx_two(w, "Mul", x, cells), cells);
    onnx_name cell = pensel_onnx_two(w, "Min", pensel_onnx_one(w, "Floor", u), last);
    onnx_name t = pensel_onnx_reshape(w, pensel_onnx_two(w, "Sub", u, cell), 3, alone);
    cell = pensel_onnx_cast(w, pensel_onnx_reshape(w, cell, 3, alone), ONNX_INT64);
    onnx_name nodes =
        pensel_onnx_two(w, "Add", cell, pensel_onnx_tensor(w, ONNX_INT64, 3, shape, corners));
    if (o->periodic) {
        onnx_name end = pensel_onnx_number(w, ONNX_INT64, (double)side);
        nodes = pensel_onnx_where(w, pensel_onnx_two(w, "Equal", nodes, end),
                                  pensel_onnx_number(w, ONNX_INT64, 0), nodes);
    }
    onnx_name entries = find_entries(w, o, nodes, side);
    onnx_name weights = weigh(w, o, t, pensel_onnx_tensor(w, ONNX_FLOAT, 3, shape, corners));
    return blend(w, pensel_onnx_tensor(w, ONNX_FLOAT, 2, table, o->w), entries, weights, shape[1]);
}

/* ------------------------------------------------------------------ pixels */

enum { TAPS = 6, BEFORE = 2 }; /* as in layer/lanczos.h */

/* (rows, 6) weights of the pixels around t (rows, 1), all in double: those of layer/lanczos.h,
 * (s turn_sine + c turn_cosine) / x^2 divided by their sum, where s and c are sine and cosine of
 * pi t / 3 and x the distance from pixel i. At a pixel's centre x would be 0: there only that
 * pixel counts. */
static onnx_name lanczos(pensel_onnx *w, onnx_name t)
{
    static const double third = 1.0471975511965976, half = 0.8660254037844386;
    static const double turn_sine[] = {-0.5, -0.5, 1, -0.5, -0.5, 1};
    const double turn_cosine[] = {half, -half, 0, half, -half, 0};
    static const double distances[] = {2, 1, 0, -1, -2, -3}, two[] = {0, 0, 1, 0, 0, 0};
    static const double three[] = {0, 0, 0, 1, 0, 0};
    onnx_name angle = pensel_onnx_two(w, "Mul", t, pensel_onnx_number(w, ONNX_DOUBLE, third));
    onnx_name quarter = pensel_onnx_number(w, ONNX_DOUBLE, 1.5707963267948966);
    onnx_name s = pensel_onnx_one(w, "Sin", angle);
    onnx_name c = pensel_onnx_one(w, "Sin", pensel_onnx_two(w, "Add", angle, quarter));
    s = pensel_onnx_two(w, "Mul", s, pensel_onnx_row(w, ONNX_DOUBLE, turn_sine, TAPS));
    c = pensel_onnx_two(w, "Mul", c, pensel_onnx_row(w, ONNX_DOUBLE, turn_cosine, TAPS));
    onnx_name x = pensel_onnx_two(w, "Add", t, pensel_onnx_row(w, ONNX_DOUBLE, distances, TAPS));
    onnx_name each =
        pensel_onnx_two(w, "Div", pensel_onnx_two(w, "Add", s, c), pensel_onnx_two(w, "Mul", x, x));
    onnx_name near = pensel_onnx_two(w, "Less", t, pensel_onnx_number(w, ONNX_DOUBLE, 1e-6));
    onnx_name far = pensel_onnx_two(w, "Greater", t, pensel_onnx_number(w, ONNX_DOUBLE, 1 - 1e-6));
    each = pensel_onnx_where(w, near, pensel_onnx_row(w, ONNX_DOUBLE, two, TAPS), each);
    each = pensel_onnx_where(w, far, pensel_onnx_row(w, ONNX_DOUBLE, three, TAPS), each);
    return pensel_onnx_two(w, "Div", each, pensel_onnx_sum(w, each, 1, true));
}

/* The pixels (rows, 6) around input i along an axis of `count`, and their weights */
static onnx_name find_taps(onnx_name *weights, pensel_onnx *w, const pensel_operation *o, size_t i,
                           size_t count)
{
    static const double steps[] = {-2, -1, 0, 1, 2, 3};
    const size_t one = 1;
    const double index = (double)i, size = (double)count;
    onnx_name at = pensel_onnx_tensor(w, ONNX_INT64, 1, &one, &index);
    onnx_name x = pensel_onnx_one(w, "Relu", pensel_onnx_gather(w, pensel_onnx_value(o->a), at, 1));
    x = pensel_onnx_two(w, "Min", x, pensel_onnx_number(w, ONNX_FLOAT, 1));
    onnx_name u = pensel_onnx_two(w, "Mul", x, pensel_onnx_number(w, ONNX_FLOAT, size));
    u = pensel_onnx_two(w, "Sub", u, pensel_onnx_number(w, ONNX_FLOAT, 0.5));
    if (!o->periodic) {
        u = pensel_onnx_one(w, "Relu", u);
        u = pensel_onnx_two(w, "Min", u, pensel_onnx_number(w, ONNX_FLOAT, size - 1));
    }
    onnx_name base = pensel_onnx_one(w, "Floor", u);
    onnx_name t = pensel_onnx_two(w, "Sub", pensel_onnx_cast(w, u, ONNX_DOUBLE),
                                  pensel_onnx_cast(w, base, ONNX_DOUBLE));
    *weights = pensel_onnx_cast(w, lanczos(w, t), ONNX_FLOAT);
    onnx_name pixels = pensel_onnx_two(w, "Add", pensel_onnx_cast(w, base, ONNX_INT64),
                                       pensel_onnx_row(w, ONNX_INT64, steps, TAPS));
    if (o->periodic)
        return pensel_onnx_two(w, "Mod", pixels, pensel_onnx_number(w, ONNX_INT64, size));
    pixels = pensel_onnx_two(w, "Max", pixels, pensel_onnx_number(w, ONNX_INT64, 0));
    return pensel_onnx_two(w, "Min", pixels, pensel_onnx_number(w, ONNX_INT64, size - 1));
}

/* The pictures (rows, 2) between which the third input falls, and their weights */
static onnx_name find_pictures(onnx_name *weights, pensel_onnx *w, const pensel_operation *o)
{
    static const double two[] = {0, 1}, sign[] = {-1, 1}, start[] = {1, 0};
    const size_t one = 1;
    const double third = 2, last = (double)o->groups - 1;
    onnx_name at = pensel_onnx_tensor(w, ONNX_INT64, 1, &one, &third);
    onnx_name x = pensel_onnx_one(w, "Relu", pensel_onnx_gather(w, pensel_onnx_value(o->a), at, 1));
    x = pensel_onnx_two(w, "Min", x, pensel_onnx_number(w, ONNX_FLOAT, 1));
    onnx_name u = pensel_onnx_two(w, "Mul", x, pensel_onnx_number(w, ONNX_FLOAT, last));
    onnx_name base = pensel_onnx_two(w, "Min", pensel_onnx_one(w, "Floor", u),
                                     pensel_onnx_number(w, ONNX_FLOAT, last - 1));
    onnx_name t = pensel_onnx_two(w, "Sub", u, base);
    *weights =
        pensel_onnx_two(w, "Add", pensel_onnx_row(w, ONNX_FLOAT, start, 2),
                        pensel_onnx_two(w, "Mul", t, pensel_onnx_row(w, ONNX_FLOAT, sign, 2)));
    return pensel_onnx_two(w, "Add", pensel_onnx_cast(w, base, ONNX_INT64),
                           pensel_onnx_row(w, ONNX_INT64, two, 2));
}

/* From (features, pixels of all pictures) to (pixels, features) */
static onnx_name put_pixels(pensel_onnx *w, const pensel_operation *o)
{
    size_t plane = o->groups * o->rows * o->columns;
    const size_t shape[] = {plane, o->width};
    double *turned;
    if (PENSEL_NEW(turned, plane * o->width, NULL) != PENSEL_OK) {
        w->text->failed = true;
        return (onnx_name){""};
    }
    for (size_t f = 0; f < o->width; f++)
        for (size_t i = 0; i < plane; i++)
            turned[i * o->width + f] = o->w[f * plane + i];
    onnx_name table = pensel_onnx_tensor(w, ONNX_FLOAT, 2, shape, turned);
    pensel_release(turned);
    return table;
}

/* The outer product of (rows, p) and (rows, q), by an operator: (rows, p q) */
static onnx_name cross(pensel_onnx *w, const char *operator, onnx_name a, size_t p, onnx_name b,
                       size_t q)
{
    const int64_t down[] = {-1, (int64_t)p, 1}, across[] = {-1, 1, (int64_t)q};
    const int64_t flat[] = {-1, (int64_t)(p * q)};
    onnx_name y = pensel_onnx_two(w, operator, pensel_onnx_reshape(w, a, 3, down),
                                  pensel_onnx_reshape(w, b, 3, across));
    return pensel_onnx_reshape(w, y, 2, flat);
}

/* Six pixels along each axis, and two pictures, each with weights: their outer product,
 * flattened, says which numbers of the table are blended (rows, taps) and how. */
onnx_name pensel_onnx_pixels(pensel_onnx *w, const pensel_operation *o)
{
    onnx_name weights, more, table = put_pixels(w, o);
    onnx_name pixels = find_taps(&weights, w, o, 0, o->rows);
    size_t taps = TAPS;
    if (o->in > 1) {
        onnx_name columns = find_taps(&more, w, o, 1, o->columns);
        onnx_name ld = pensel_onnx_number(w, ONNX_INT64, (double)o->columns);
        pixels = cross(w, "Add", pensel_onnx_two(w, "Mul", pixels, ld), TAPS, columns, TAPS);
        weights = cross(w, "Mul", weights, TAPS, more, TAPS);
        taps = (size_t)TAPS * TAPS;
    }
    if (o->groups > 1) {
        onnx_name pictures = find_pictures(&more, w, o);
        onnx_name plane = pensel_onnx_number(w, ONNX_INT64, (double)(o->rows * o->columns));
        pixels = cross(w, "Add", pensel_onnx_two(w, "Mul", pictures, plane), 2, pixels, taps);
        weights = cross(w, "Mul", more, 2, weights, taps);
        taps *= 2;
    }
    return blend(w, table, pixels, weights, taps);
}
