/* The reference: every kernel in plain scalar C, compiled once a precision
 * (-DPENSEL_REAL=float|double, and float with -DPENSEL_PAIRS). It is what the vector kernels are
 * compared with, and what runs on a CPU that has none of theirs. */
#include "kernel/kernel.h"

#include "kernel/vector/scalar.h"

#include "base/matrix.h"
#include "kernel/activation.h"
#include "kernel/dropout.h"
#include "kernel/solver_step.h"
#include "kernel/kernel_table.h"

#include <stdint.h>
#include <string.h>

static const struct {
    vec (*value)(vec z, vec p);
    vec (*slope)(vec a, vec z, vec p);
} activations[] = {
#define ROW(NAME, name) [PENSEL_##NAME] = {name##_value, name##_slope},
    PENSEL_ACTIVATION_LIST(ROW)
#undef ROW
};

static double activation_slope(pensel_activation activation, real a, real p)
{
    return (double)activations[activation].slope(a, a, p);
}

#include "kernel/loss_tile.h"

/* a_j = e^(z_j - max z) / sum of the same, for the units at z, z + ld, ... */
static void normalise(real *y, const real *z, size_t units, size_t ld)
{
    real most = z[0], sum = 0;
    for (size_t j = 1; j < units; j++)
        most = z[j * ld] > most ? z[j * ld] : most;
    for (size_t j = 0; j < units; j++) {
        y[j * ld] = exp(z[j * ld] - most);
        sum += y[j * ld];
    }
    for (size_t j = 0; j < units; j++)
        y[j * ld] /= sum;
}

#ifdef PENSEL_PAIRS
/* The upper half of a float, rounded to nearest, ties to even; what is not a number stays so */
static uint16_t half_of(real x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (isnan(x)) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static real real_of(uint16_t half)
{
    uint32_t bits = (uint32_t)half << 16;
    real x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A factor of a product of `count` terms */
static real factor(real x, size_t count)
{
    return count <= PENSEL_FEW_UNITS ? x : real_of(half_of(x));
}

static real sample_factor(real x)
{
    return real_of(half_of(x));
}
#else
static real factor(real x, size_t count)
{
    (void)count;
    return x;
}

static real sample_factor(real x)
{
    return x;
}
#endif

static size_t tail_of(size_t units)
{
#ifdef PENSEL_PAIRS
    (void)units;
    return 0;
#else
    return pensel_tail_units(PENSEL_KERNEL_ROUNDING / sizeof(real), units);
#endif
}

/* Where unit i of sample s stands; with pairs, where both samples of its pair stand */
static size_t index_in_rows(size_t stride, size_t units, size_t s, size_t i)
{
    size_t first = units - tail_of(units), group = PENSEL_KERNEL_ROUNDING / sizeof(real);
#ifdef PENSEL_PAIRS
    s -= s % 2;
#endif
    if (i < first || i >= units) return s * stride + i;
    return (s - s % group + i - first) * stride + first + s % group;
}

static void put_in_rows(real *rows, size_t stride, size_t units, size_t s, size_t i, real x)
{
    real *target = rows + index_in_rows(stride, units, s, i);
#ifdef PENSEL_PAIRS
    uint16_t pair[2] = {0};
    if (s % 2) memcpy(pair, target, sizeof pair);
    pair[s % 2] = half_of(x);
    memcpy(target, pair, sizeof pair);
#else
    *target = x;
#endif
}

static real get_from_rows(const real *rows, size_t stride, size_t units, size_t s, size_t i)
{
    const real *target = rows + index_in_rows(stride, units, s, i);
#ifdef PENSEL_PAIRS
    uint16_t pair[2];
    memcpy(pair, target, sizeof pair);
    return real_of(pair[s % 2]);
#else
    return *target;
#endif
}

static void rows_of_panel(void *rows, size_t stride, size_t block_step, const void *from_panel,
                          size_t ld, size_t units, size_t n)
{
    (void)block_step; /* its rows are never in blocks */
    const real *panel = from_panel;
    size_t tail = tail_of(units), columns = tail > 0 ? units : stride;
    for (size_t s = 0; s < n; s++) {
        for (size_t j = 0; j < columns; j++)
            put_in_rows(rows, stride, units, s, j, j < units ? panel[j * ld + s] : 0);
    }
    for (size_t s = n; s % (PENSEL_KERNEL_ROUNDING / sizeof(real)) > 0; s++) {
        for (size_t j = units - tail; j < units; j++)
            put_in_rows(rows, stride, units, s, j, 0);
    }
}

/* What becomes of neuron j's sum: f(z), unless that needs the other sums, and f'(z) */
static void put_sum(const pensel_forward *f, size_t j, size_t s, real sum)
{
    real *y = (real *)f->y + j * f->ldy + s, *slope = f->slope, p = (real)f->parameter;
    *y = f->activation == PENSEL_SOFTMAX ? sum : activations[f->activation].value(sum, p);
    if (slope) slope[j * f->ldy + s] = activations[f->activation].slope(*y, sum, p);
}

/* `terms` of a sum decide whether factors are rounded. */
static void forward_sums(const pensel_forward *f, size_t terms)
{
    const real *w = f->w, *b = f->b, *a = f->a;
    real *y = f->y;
    for (size_t j = 0; j < f->out; j++) {
        for (size_t s = 0; s < f->n; s++) {
            real sum = b[j];
            for (size_t i = 0; i < f->in; i++)
                sum += factor(w[j * f->in + i], terms) * factor(a[i * f->lda + s], terms);
            put_sum(f, j, s, sum);
        }
    }
    for (size_t s = 0; s < f->n && f->activation == PENSEL_SOFTMAX; s++)
        normalise(y + s, y + s, f->out, f->ldy);
    if (f->rows) rows_of_panel(f->rows, f->stride, 0, y, f->ldy, f->out, f->n);
}

static void forward(const pensel_forward *f)
{
    forward_sums(f, f->in);
}

static void forward_row(const pensel_forward *f)
{
    forward_sums(f, 0);
}

/* `units`: of what a product is over, 0 where it stays float32 */
static void backward_sums(const pensel_backward *f, size_t units)
{
    const real *w = f->w, *dz = f->dz;
    real *y = f->y;
    const real *slope = f->slope;
    for (size_t i = 0; i < f->in; i++) {
        for (size_t s = 0; s < f->n; s++) {
            real sum = 0;
            for (size_t j = 0; j < f->out; j++)
                sum += factor(w[j * f->in + i], units) * factor(dz[j * f->lddz + s], units);
            real a = y[i * f->ldy + s];
            y[i * f->ldy + s] =
                sum * (slope ? slope[i * f->ldy + s]
                             : activations[f->activation].slope(a, a, (real)f->parameter));
        }
    }
}

static void backward(const pensel_backward *f)
{
    backward_sums(f, f->out);
}

static void backward_row(const pensel_backward *f)
{
    backward_sums(f, 0);
}

/* One tile of it */
static void tile_gradient(const pensel_weight_gradient *f, const real *dz, const real *rows,
                          size_t n, bool accumulate)
{
    real *dw = f->dw, *db = f->db;
    for (size_t j = 0; j < f->out; j++) {
        for (size_t i = 0; i < f->in; i++) {
            real sum = accumulate ? dw[j * f->in + i] : 0;
            for (size_t s = 0; s < n; s++)
                sum += sample_factor(dz[j * f->lddz + s]) *
                       get_from_rows(rows, f->stride, f->in, s, i);
            dw[j * f->in + i] = sum;
        }
        real sum = accumulate ? db[j] : 0;
        for (size_t s = 0; s < n; s++)
            sum += dz[j * f->lddz + s];
        db[j] = sum;
    }
}

static void turn(const pensel_turn *f)
{
    real *to = f->to;
    const real *from = f->from;
    for (size_t r = 0; r < f->rows; r++) {
        for (size_t c = 0; c < f->columns; c++)
            to[c * f->stride + r] = from[r * f->ld + c];
    }
}

static void weight_gradient(const pensel_weight_gradient *f)
{
    const real *dz = f->dz, *rows = f->rows;
    for (size_t t = 0; t < f->tiles; t++) {
        tile_gradient(f, dz + t * f->tile_step, rows, f->tile_n[t], f->accumulate || t > 0);
        rows += f->tile_n[t] * f->stride;
    }
}

/* The rows made dense: (n, in) */
static double sparse_at(const pensel_sparse_rows *rows, size_t s, size_t i)
{
    const pensel_sparse *x = rows->x;
    size_t row = rows->index ? rows->index[s] : rows->first + s;
    double value = 0;
    for (size_t k = (size_t)x->starts[row]; k < (size_t)x->starts[row + 1]; k++)
        if ((size_t)x->where[k] == i) value += pensel_sparse_number(x, k);
    return value;
}

static void sparse_forward(const pensel_forward *f, const pensel_sparse_rows *rows)
{
    const real *w = f->w, *b = f->b;
    real *y = f->y;
    for (size_t j = 0; j < f->out; j++) {
        for (size_t s = 0; s < f->n; s++) {
            real sum = b[j];
            for (size_t i = 0; i < f->in; i++)
                sum += w[j * f->in + i] * (real)sparse_at(rows, s, i);
            put_sum(f, j, s, sum);
        }
    }
    for (size_t s = 0; s < f->n && f->activation == PENSEL_SOFTMAX; s++)
        normalise(y + s, y + s, f->out, f->ldy);
    if (f->rows) rows_of_panel(f->rows, f->stride, 0, y, f->ldy, f->out, f->n);
}

static void sparse_gradient(const pensel_weight_gradient *f, const pensel_sparse_rows *rows)
{
    real *dw = f->dw, *db = f->db;
    for (size_t j = 0; j < f->out; j++) {
        for (size_t i = 0; i < f->in && !f->accumulate; i++)
            dw[j * f->in + i] = 0;
        if (!f->accumulate) db[j] = 0;
        for (size_t t = 0, from = 0; t < f->tiles; from += f->tile_n[t++])
            for (size_t s = 0; s < f->tile_n[t]; s++) {
                real dz = ((const real *)f->dz)[t * f->tile_step + j * f->lddz + s];
                db[j] += dz;
                for (size_t i = 0; i < f->in; i++)
                    dw[j * f->in + i] += dz * (real)sparse_at(rows, from + s, i);
            }
    }
}

static void gather(const pensel_gather *f)
{
    real *panel = f->panel, *rows = f->rows;
    for (size_t s = 0; s < f->n; s++) {
        size_t row = f->index ? f->index[s] : f->first + s;
        for (size_t i = 0; i < f->x.columns; i++) {
            real value = (real)pensel_matrix_at(f->x, row, i);
            if (panel) panel[i * f->ld + s] = value;
            if (rows) rows[s * f->stride + i] = value;
        }
        for (size_t i = f->x.columns; rows && i < f->stride; i++)
            rows[s * f->stride + i] = 0;
    }
}

static void scatter(void *rows, const void *panel, size_t ld, size_t width, size_t n)
{
    real *to = rows;
    const real *from = panel;
    for (size_t s = 0; s < n; s++) {
        for (size_t j = 0; j < width; j++)
            to[s * width + j] = from[j * ld + s];
    }
}

static double loss(const pensel_loss_tile *f)
{
    return loss_of_tile(f);
}

#define DEFINE(NAME, name)                                                                       \
    static void name##_step(const pensel_step *f)                                                \
    {                                                                                            \
        real *w = f->w, *m = f->m, *v = f->v, none[2] = {0};                                     \
        const real *g = f->g, *more = f->more_g;                                                 \
        solver_constants c = solver_constants_of(f);                                             \
        for (size_t i = 0; i < f->count; i++) {                                                  \
            real gradient = penalised(&c, more ? g[i] + more[i] : g[i], w[i]);                   \
            w[i] = name##_weight(&c, w[i], gradient, name##_info.moments > 0 ? &m[i] : &none[0], \
                                 name##_info.moments > 1 ? &v[i] : &none[1]);                    \
        }                                                                                        \
    }
PENSEL_STEP_LIST(DEFINE)
#undef DEFINE

#define DEFINE(NAME, name)                                                              \
    static double name##_row_step(const pensel_row_step *f)                             \
    {                                                                                   \
        const real *dz = f->dz, *a = f->a;                                              \
        real *w = f->step.w, *m = f->step.m, *v = f->step.v;                            \
        double squares = 0;                                                             \
        pensel_step biases = f->biases;                                                 \
        biases.g = dz, biases.more_g = NULL, biases.count = f->out;                     \
        name##_step(&biases);                                                           \
        for (size_t i = 0; i < f->out * f->in; i++) {                                   \
            real g = dz[i / f->in] * a[i % f->in];                                      \
            pensel_step one = f->step;                                                  \
            one.w = w + i, one.g = &g, one.more_g = NULL, one.count = 1;                \
            one.m = m ? m + i : NULL, one.v = v ? v + i : NULL, one.gradient_scale = 1; \
            squares += (double)w[i] * (double)w[i];                                     \
            name##_step(&one);                                                          \
        }                                                                               \
        return squares;                                                                 \
    }
PENSEL_STEP_LIST(DEFINE)
#undef DEFINE

static void activate(void *value, void *derivative, const void *z, size_t count,
                     pensel_activation activation, double parameter)
{
    const real *from = z;
    real *a = value, *slope = derivative, p = (real)parameter;
    real most = count ? from[0] : 0, sum = 0;
    for (size_t i = 0; i < count; i++)
        most = from[i] > most ? from[i] : most;
    for (size_t i = 0; i < count; i++)
        sum += exp(from[i] - most);
    for (size_t i = 0; i < count; i++) {
        real x = from[i];
        real y = activation == PENSEL_SOFTMAX ? exp(x - most) / sum
                                              : activations[activation].value(x, p);
        if (a) a[i] = y;
        if (slope) slope[i] = activations[activation].slope(y, x, p);
    }
}

static double sum_of_squares(const void *x, size_t count)
{
    const real *from = x;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)from[i] * (double)from[i];
    return sum;
}

static bool all_finite(const void *x, size_t count)
{
    const real *from = x;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(from[i])) return false;
    }
    return true;
}

static void blend(void *average, const void *x, size_t count, double decay)
{
    real *to = average;
    const real *from = x;
    for (size_t i = 0; i < count; i++)
        to[i] += (real)(1 - decay) * (from[i] - to[i]);
}

static void add_scaled(void *y, const void *x, double scale, size_t count)
{
    real *to = y;
    const real *from = x;
    for (size_t i = 0; i < count; i++)
        to[i] += (real)scale * from[i];
}

static double peak(size_t rounds)
{
    volatile real start = 1;
    real a = start, b = start, c = start, d = start, x = start / 2;
    for (size_t i = 0; i < rounds; i++) {
        a = a * x + x;
        b = b * x + x;
        c = c * x + x;
        d = d * x + x;
    }
    start = a + b + c + d;
    return 8.0 * (double)rounds;
}

#define PENSEL_KERNEL_ROW_BLOCK 0
PENSEL_KERNEL_TABLE(reference)
