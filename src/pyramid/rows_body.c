/* Row loops for the instruction set PENSEL_ISA_NAME, in the compiler's own vectors of VECTOR_BYTES.
 * A vector is LANES pixels of one row, so nothing crosses lanes: a sum over pixels stays one number
 * for each lane until the pass is over. Sums have room for PENSEL_ROW_LANES; an instruction set
 * with shorter vectors uses the first ones, and the others stay 0.
 *
 * The loops of the small network have no tail: rows have room for whole vectors, and pixels past
 * the end have weight 0. */
#include "base/inline.h"
#include "pyramid/rows.h"

#include <string.h>

typedef float vec __attribute__((vector_size(VECTOR_BYTES)));
typedef int bits __attribute__((vector_size(VECTOR_BYTES)));
typedef float loose __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
enum { LANES = sizeof(vec) / sizeof(float), CHUNK = 256, MOST = CHUNK / LANES };

INLINE vec load(const float *from)
{
    return *(const loose *)from;
}

INLINE void store(float *to, vec value)
{
    *(loose *)to = value;
}

/* max(z, p z) for p < 1, without a comparison: z (1 + p) / 2 + |z| (1 - p) / 2 */
INLINE vec leaky(vec z, float p)
{
    vec size = (vec)((bits)z & 0x7fffffff);
    return z * (0.5f * (1 + p)) + size * (0.5f * (1 - p));
}

/* Its derivative times d: (1 + p) / 2 plus (1 - p) / 2 with the sign of z */
INLINE vec leaky_slope(vec d, vec z, float p)
{
    vec half = (vec){0} + 0.5f * (1 - p);
    vec signed_half = (vec)(((bits)z & (int)0x80000000) | (bits)half);
    return d * (signed_half + 0.5f * (1 + p));
}

/* The nearest whole number, up to 2^22: 1.5 2^23 leaves a float no digits behind the point. */
INLINE vec rounded(vec x)
{
    return (x + 12582912.0f) - 12582912.0f;
}

INLINE vec clamped(vec x, float low, float high)
{
    bits under = x<low, over = x> high;
    vec a = (vec)(((bits)x & ~under & ~over));
    vec ends = (vec)(((bits)((vec){0} + low) & under) | ((bits)((vec){0} + high) & over));
    return (vec)((bits)a | (bits)ends);
}

INLINE void take_each(float *restrict out, const float *restrict pixels, const size_t channels,
                      size_t n)
{
    for (size_t c = 0; c < n; c++)
        out[c] = pixels[c * channels];
}

/* Known strides become shuffles. */
static void take(float *out, const float *pixels, size_t channels, size_t n)
{
    if (channels == 1)
        take_each(out, pixels, 1, n);
    else if (channels == 3)
        take_each(out, pixels, 3, n);
    else
        take_each(out, pixels, channels, n);
}

/* A pixel's features stand together, so that they are weighed together. */
static void sample(float *out, size_t ld, const float *pixels, const pensel_row_tap *taps, size_t n)
{
    typedef float four __attribute__((vector_size(16)));
    typedef float loose_four __attribute__((vector_size(16), aligned(4), may_alias));
    for (size_t c = 0; c < n; c++) {
        const loose_four *at = (const loose_four *)(pixels + 4 * (size_t)taps[c].first);
        const float *w = taps[c].weight;
        four sum = w[0] * (four)at[0];
        for (size_t i = 1; i < PENSEL_TAPS; i++)
            sum += w[i] * (four)at[i];
        for (size_t f = 0; f < 4; f++)
            out[f * ld + c] = sum[f];
    }
}

/* Two pixels at a time: one on a coarser node, one half-way to the next. Rows above and below are
 * the same where the row itself lies on coarser nodes. */
static void stretch(float *restrict out, const float *restrict own, const float *restrict above,
                    const float *restrict below, size_t n)
{
    size_t pairs = n / 2;
    for (size_t c = 0; c < pairs; c++) {
        float here = 0.5f * (above[c] + below[c]), next = 0.5f * (above[c + 1] + below[c + 1]);
        out[2 * c] = own[2 * c] + here;
        out[2 * c + 1] = own[2 * c + 1] + 0.5f * (here + next);
    }
    if (n % 2) out[n - 1] = own[n - 1] + 0.5f * (above[pairs] + below[pairs]);
}

/* One pixel row's weighted sum of three, 0 outside. */
INLINE float column(const float *before, const float *at, const float *after, size_t c)
{
    float sum = at ? at[c] : 0;
    if (before) sum += 0.5f * before[c];
    return after ? sum + 0.5f * after[c] : sum;
}

/* Any node, with all that may be missing around it. */
INLINE void shrink_rows(float *out, const float *before, const float *at, const float *after,
                        size_t nodes, size_t n)
{
    for (size_t c = 0; c < nodes; c++) {
        float sum = 0;
        if (2 * c < n) sum = column(before, at, after, 2 * c);
        if (c > 0) sum += 0.5f * column(before, at, after, 2 * c - 1);
        if (2 * c + 1 < n) sum += 0.5f * column(before, at, after, 2 * c + 1);
        out[c] = sum;
    }
}

/* Nodes with all three rows and with pixels on both sides: without a test, so it is vectors. */
INLINE void shrink_inner(float *restrict out, const float *restrict before,
                         const float *restrict at, const float *restrict after, size_t nodes)
{
    for (size_t c = 1; c < nodes; c++) {
        float left = at[2 * c - 1] + 0.5f * (before[2 * c - 1] + after[2 * c - 1]);
        float here = at[2 * c] + 0.5f * (before[2 * c] + after[2 * c]);
        float right = at[2 * c + 1] + 0.5f * (before[2 * c + 1] + after[2 * c + 1]);
        out[c] = here + 0.5f * (left + right);
    }
}

/* The first node and the last ones have pixels missing; the rest is the inner loop's. */
static void shrink(float *out, const float *before, const float *at, const float *after,
                   size_t nodes, size_t n)
{
    size_t inner = n / 2; /* nodes with pixels on both sides, and the first */
    if (!before || !at || !after || inner < 2) {
        shrink_rows(out, before, at, after, nodes, n);
        return;
    }
    shrink_rows(out, before, at, after, 1, n);
    shrink_inner(out, before, at, after, inner);
    for (size_t c = inner; c < nodes; c++) {
        float sum = 2 * c < n ? column(before, at, after, 2 * c) : 0;
        sum += 0.5f * column(before, at, after, 2 * c - 1);
        if (2 * c + 1 < n) sum += 0.5f * column(before, at, after, 2 * c + 1);
        out[c] = sum;
    }
}

static void descend(float *restrict values, const float *restrict slopes, size_t n, float rate)
{
    for (size_t i = 0; i < n; i++)
        values[i] -= rate * slopes[i];
}

/* Forward through the network for one vector of pixels: z and a (4 width), y (width). */
INLINE void climb(vec *z, vec *a, vec *y, const vec *x, const pensel_row *row, const size_t width)
{
    const size_t hidden = PENSEL_ROW_HIDDEN * width;
    const float *w = row->numbers, *b = w + hidden * width, *u = b + hidden,
                *c = u + width * hidden;
    for (size_t k = 0; k < width; k++)
        y[k] = (vec){0} + c[k];
    for (size_t j = 0; j < hidden; j++) {
        z[j] = (vec){0} + b[j];
        for (size_t i = 0; i < width; i++)
            z[j] += w[j * width + i] * x[i];
        a[j] = leaky(z[j], row->slope);
        for (size_t k = 0; k < width; k++)
            y[k] += u[k * hidden + j] * a[j];
    }
}

/* What CHUNK pixels leave for the gradient. It is summed number by number afterwards: each sum then
 * stays in a register while the pixels pass, and the chunk in the nearest cache. */
typedef struct chunk {
    vec a[PENSEL_ROW_HIDDEN * PENSEL_ROW_WIDTH][MOST];  /* hidden activations */
    vec dz[PENSEL_ROW_HIDDEN * PENSEL_ROW_WIDTH][MOST]; /* gradient by hidden z */
    vec dy[PENSEL_ROW_WIDTH][MOST];
} chunk;

/* Errors of one vector of pixels at `from`; dy is the gradient by the outputs of half the squared
 * error times the weight. q is the error of 8-bit values, whole numbers, so that 0 means exact. */
INLINE void account(vec *dy, const vec *y, const pensel_row *row, size_t from, const size_t width)
{
    vec weight = load(row->weights + from);
    bits counts = weight > 0;
    vec squares = load(row->sums->squares), off = load(row->sums->rounded);
    for (size_t k = 0; k < width; k++) {
        vec target = load(row->targets[k] + from), e = y[k] - target;
        vec q = rounded(clamped(y[k], 0, 1) * 255) - rounded(target * 255);
        q = (vec)((bits)q & counts);
        dy[k] = e * weight;
        squares += dy[k] * e;
        off += q * q;
    }
    store(row->sums->squares, squares);
    store(row->sums->rounded, off);
}

/* dw += dz x, db += dz, du += dy a, dc += dy over the chunk's vectors */
INLINE void gather_gradient(const chunk *h, const pensel_row *row, size_t from, size_t count,
                            const size_t width)
{
    const size_t hidden = PENSEL_ROW_HIDDEN * width;
    float(*dw)[PENSEL_ROW_LANES] = row->sums->gradient,
    (*db)[PENSEL_ROW_LANES] = dw + hidden * width;
    float(*du)[PENSEL_ROW_LANES] = db + hidden, (*dc)[PENSEL_ROW_LANES] = du + width * hidden;
    for (size_t j = 0; j < hidden; j++) {
        vec bias = load(db[j]), left[PENSEL_ROW_WIDTH], up[PENSEL_ROW_WIDTH];
        for (size_t i = 0; i < width; i++)
            left[i] = load(dw[j * width + i]);
        for (size_t k = 0; k < width; k++)
            up[k] = load(du[k * hidden + j]);
        for (size_t t = 0; t < count; t++) {
            bias += h->dz[j][t];
            for (size_t i = 0; i < width; i++)
                left[i] += h->dz[j][t] * load(row->features[i] + from + t * LANES);
            for (size_t k = 0; k < width; k++)
                up[k] += h->a[j][t] * h->dy[k][t];
        }
        store(db[j], bias);
        for (size_t i = 0; i < width; i++)
            store(dw[j * width + i], left[i]);
        for (size_t k = 0; k < width; k++)
            store(du[k * hidden + j], up[k]);
    }
    for (size_t k = 0; k < width; k++) {
        vec sum = load(dc[k]);
        for (size_t t = 0; t < count; t++)
            sum += h->dy[k][t];
        store(dc[k], sum);
    }
}

/* Forward, back to the hidden layer's z and on to the features, whose gradient goes into
 * row->slopes. `width` is a constant in each of its copies. */
INLINE void learn_width(const pensel_row *row, const size_t width)
{
    const size_t hidden = PENSEL_ROW_HIDDEN * width;
    const float *w = row->numbers, *u = w + hidden * width + hidden;
    chunk h;
    for (size_t from = 0; from < row->n; from += CHUNK) {
        size_t left = row->n - from, count = ((left < CHUNK ? left : CHUNK) + LANES - 1) / LANES;
        for (size_t t = 0; t < count; t++) {
            vec x[PENSEL_ROW_WIDTH], z[PENSEL_ROW_HIDDEN * PENSEL_ROW_WIDTH];
            vec a[PENSEL_ROW_HIDDEN * PENSEL_ROW_WIDTH], y[PENSEL_ROW_WIDTH], dy[PENSEL_ROW_WIDTH];
            vec dx[PENSEL_ROW_WIDTH];
            for (size_t i = 0; i < width; i++) {
                x[i] = load(row->features[i] + from + t * LANES);
                dx[i] = (vec){0};
            }
            climb(z, a, y, x, row, width);
            account(dy, y, row, from + t * LANES, width);
            for (size_t k = 0; k < width; k++)
                h.dy[k][t] = dy[k];
            for (size_t j = 0; j < hidden; j++) {
                vec d = (vec){0};
                for (size_t k = 0; k < width; k++)
                    d += u[k * hidden + j] * dy[k];
                d = leaky_slope(d, z[j], row->slope);
                h.a[j][t] = a[j];
                h.dz[j][t] = d;
                for (size_t i = 0; i < width; i++)
                    dx[i] += w[j * width + i] * d;
            }
            for (size_t i = 0; i < width; i++)
                store(row->slopes[i] + from + t * LANES, dx[i]);
        }
        gather_gradient(&h, row, from, count, width);
    }
}

/* Forward alone; the colours go into row->slopes. */
INLINE void paint_width(const pensel_row *row, const size_t width)
{
    for (size_t from = 0; from < row->n; from += LANES) {
        vec x[PENSEL_ROW_WIDTH], z[PENSEL_ROW_HIDDEN * PENSEL_ROW_WIDTH];
        vec a[PENSEL_ROW_HIDDEN * PENSEL_ROW_WIDTH], y[PENSEL_ROW_WIDTH];
        for (size_t i = 0; i < width; i++)
            x[i] = load(row->features[i] + from);
        climb(z, a, y, x, row, width);
        for (size_t k = 0; k < width; k++)
            store(row->slopes[k] + from, y[k]);
    }
}

/* The widths there are, so that every loop over them is unrolled. */
#define BY_WIDTH(name)                      \
    static void name(const pensel_row *row) \
    {                                       \
        if (row->width == 1)                \
            name##_width(row, 1);           \
        else if (row->width == 2)           \
            name##_width(row, 2);           \
        else if (row->width == 3)           \
            name##_width(row, 3);           \
        else                                \
            name##_width(row, 4);           \
    }
BY_WIDTH(learn)
BY_WIDTH(paint)

#include "pyramid/classes_body.h"

#define FIELD(name, result, arguments) .name = name,
#define TABLE(isa_) TABLE_PASTE(isa_)
#define TABLE_PASTE(isa_)                               \
    extern const pensel_row_kernels pensel_rows_##isa_; \
    const pensel_row_kernels pensel_rows_##isa_ = {.isa = #isa_, PENSEL_ROW_LIST(FIELD)};
TABLE(PENSEL_ISA_NAME)
