/* Between panels and rows: transposition in registers, LANES x LANES numbers at a time. */
#ifndef PENSEL_KERNEL_BODY_SAMPLE_MAJOR_H
#define PENSEL_KERNEL_BODY_SAMPLE_MAJOR_H

#include <string.h>

/* Samples that a row of a tail holds */
enum { GROUP = PENSEL_KERNEL_ROUNDING / sizeof(real) };

/* lower: a0 b0 a1 b1 ... of the first halves; upper: of the second halves */
#if VECTOR_BYTES / (REAL_IS_DOUBLE ? 8 : 4) == 16
#define LOWER 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define UPPER 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif VECTOR_BYTES / (REAL_IS_DOUBLE ? 8 : 4) == 8
#define LOWER 0, 8, 1, 9, 2, 10, 3, 11
#define UPPER 4, 12, 5, 13, 6, 14, 7, 15
#elif VECTOR_BYTES / (REAL_IS_DOUBLE ? 8 : 4) == 4
#define LOWER 0, 4, 1, 5
#define UPPER 2, 6, 3, 7
#else
#define LOWER 0, 2
#define UPPER 1, 3
#endif

/* log2(LANES) perfect shuffles make a transposition */
static inline void transpose(vec x[LANES])
{
    vec y[LANES];
    UNROLL for (size_t turn = 1; turn < LANES; turn *= 2)
    {
        UNROLL for (size_t i = 0; i < LANES / 2; i++)
        {
            y[2 * i] = __builtin_shufflevector(x[i], x[i + LANES / 2], LOWER);
            y[2 * i + 1] = __builtin_shufflevector(x[i], x[i + LANES / 2], UPPER);
        }
        UNROLL for (size_t i = 0; i < LANES; i++) x[i] = y[i];
    }
}

/* (a0 + a4) (b0 + b4) (a1 + a5) ... of vectors of eight: half as many numbers of both */
#define JOIN(a, b) (__builtin_shufflevector(a, b, LOWER) + __builtin_shufflevector(a, b, UPPER))

#ifndef V_SUMS
/* Lane r of the result: the sum of x[r], over which it writes; the same bits as v_sum's */
static inline vec v_sums(vec x[LANES])
{
    UNROLL for (size_t half = LANES / 2; half > 0; half /= 2)
    {
        UNROLL for (size_t r = 0; r < half; r++) x[r] = JOIN(x[r], x[r + half]);
    }
    return x[0];
}
#endif

/* to[0..3] = the sums of x[0..3], the same bits as v_sum's: each shuffle and addition joins two */
static inline void sum_four(real to[4], const vec x[4])
{
    vec even = JOIN(x[0], x[2]), odd = JOIN(x[1], x[3]);
#if VECTOR_BYTES / (REAL_IS_DOUBLE ? 8 : 4) >= 4
    typedef real four __attribute__((vector_size(4 * sizeof(real)), aligned(4), may_alias));
    four fours[LANES / 4];
    *(loose_vec *)fours = JOIN(even, odd);
    UNROLL for (size_t half = LANES / 8; half > 0; half /= 2)
    {
        UNROLL for (size_t i = 0; i < half; i++) fours[i] += fours[i + half];
    }
    *(four *)to = fours[0];
#else
    for (size_t i = 0; i < 4; i++)
        to[i] = i % 2 ? odd[i / 2] : even[i / 2];
#endif
}

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

#ifndef V_TRANSPOSES_MEMORY
/* to (count, stride) = the transpose of from (units, ld), count and units up to LANES, zeros for
 * units there are not */
static inline void v_transpose_memory(real *to, size_t stride, const real *from, size_t ld,
                                      size_t units, size_t count)
{
    vec x[LANES];
    if (units == LANES) {
        UNROLL for (size_t t = 0; t < LANES; t++) x[t] = v_load(from + t * ld);
    } else {
        for (size_t t = 0; t < LANES; t++)
            x[t] = t < units ? v_load(from + t * ld) : v_set(0);
    }
    transpose(x);
    if (count == LANES) {
        UNROLL for (size_t t = 0; t < LANES; t++) v_store(to + t * stride, x[t]);
    } else {
        for (size_t t = 0; t < count; t++)
            v_store(to + t * stride, x[t]);
    }
}
#endif

#ifndef PENSEL_PAIRS
static void copy_tail(real *rows, size_t stride, const real *panel, size_t ld, size_t tail,
                      size_t n)
{
    for (size_t s = 0; s < n || s % GROUP > 0; s += LANES) {
        size_t count = s < n ? least(LANES, n - s) : 0;
        for (size_t k = 0; k < tail; k++)
            v_store(rows + (s - s % GROUP + k) * stride + s % GROUP,
                    v_load_part(panel + k * ld + s, count));
    }
}

/* Units of rows that are not in blocks. Zeros up to the stride */
static void units_to_rows(real *rows, size_t stride, const real *panel, size_t ld, size_t units,
                          size_t n)
{
    size_t tail = pensel_tail_units(GROUP, units), turned = units - tail,
           end = tail > 0 ? turned : stride;
    for (size_t s = 0; s < n; s += LANES) {
        size_t count = least(LANES, n - s);
        real *to = rows + s * stride;
        size_t j = 0;
        for (; j + LANES <= turned && count == LANES; j += LANES)
            v_transpose_memory(to + j, stride, panel + j * ld + s, ld, LANES, LANES);
        for (; j < end; j += LANES)
            v_transpose_memory(to + j, stride, panel + j * ld + s, ld,
                               j < units ? least(LANES, units - j) : 0, count);
    }
    if (tail > 0) copy_tail(rows + turned, stride, panel + turned * ld, ld, tail, n);
}

static void rows_of_panel(void *to_rows, size_t stride, size_t block_step, const void *from_panel,
                          size_t ld, size_t units, size_t n)
{
    const real *panel = from_panel;
    real *rows = to_rows;
    size_t width = block_step > 0 ? ROW_BLOCK : units;
    for (size_t j = 0; j < units; j += width, rows += block_step)
        units_to_rows(rows, stride, panel + j * ld, ld, least(width, units - j), n);
}
#endif

static void turn(const pensel_turn *f)
{
    const real *from = f->from;
    for (size_t r = 0; r < f->rows; r += LANES) {
        size_t rows = least(LANES, f->rows - r), c = 0;
        real *to = (real *)f->to + r;
        for (; rows == LANES && c + LANES <= f->columns; c += LANES)
            v_transpose_memory(to + c * f->stride, f->stride, from + r * f->ld + c, f->ld, LANES,
                               LANES);
        for (; c < f->columns; c++) {
            for (size_t t = 0; t < rows; t++)
                to[c * f->stride + t] = from[(r + t) * f->ld + c];
        }
    }
}

static inline real element(const pensel_matrix *x, size_t row, size_t column)
{
    size_t at = row * x->columns + column;
    return x->precision == PENSEL_FLOAT32 ? (real)((const float *)x->data)[at]
                                          : (real)((const double *)x->data)[at];
}

/* columns [i, i + count) of a row */
static inline vec piece_of_row(const pensel_matrix *x, size_t row, size_t i, size_t count)
{
    size_t at = row * x->columns + i;
    real piece[LANES] = {0};
    if ((x->precision == PENSEL_FLOAT64) == REAL_IS_DOUBLE)
        return count == LANES ? v_load((const real *)x->data + at)
                              : v_load_part((const real *)x->data + at, count);
    for (size_t t = 0; t < count; t++)
        piece[t] = element(x, row, i + t);
    return v_load(piece);
}

static inline size_t gathered_row(const pensel_gather *f, size_t s)
{
    return f->index ? f->index[s] : f->first + s;
}

/* A row of few numbers costs less one by one. */
static void gather_narrow(const pensel_gather *f)
{
    real *panel = f->panel, *rows = f->rows;
    for (size_t s = 0; s < f->n; s++) {
        size_t row = gathered_row(f, s);
        for (size_t i = 0; i < f->x.columns; i++) {
            real value = element(&f->x, row, i);
            if (panel) panel[i * f->ld + s] = value;
            if (rows) rows[s * f->stride + i] = value;
        }
        for (size_t i = f->x.columns; rows && i < f->stride; i++)
            rows[s * f->stride + i] = 0;
    }
}

/* Sample-major alone: a single row, most often. */
static void gather_rows(const pensel_gather *f)
{
    size_t columns = f->x.columns;
    for (size_t s = 0; s < f->n; s++) {
        real *row = (real *)f->rows + s * f->stride;
        for (size_t i = 0; i < f->stride; i += LANES) {
            size_t count = i < columns ? least(LANES, columns - i) : 0;
            v_store(row + i,
                    count > 0 ? piece_of_row(&f->x, gathered_row(f, s), i, count) : v_set(0));
        }
    }
}

static void gather_wide(const pensel_gather *f)
{
    real *panel = f->panel, *rows = f->rows;
    size_t columns = f->x.columns, end = rows ? f->stride : columns;
    for (size_t s = 0; s < f->n; s += LANES) {
        size_t samples = least(LANES, f->n - s);
        for (size_t i = 0; i < end; i += LANES) {
            size_t count = i < columns ? least(LANES, columns - i) : 0;
            vec x[LANES];
            for (size_t t = 0; t < LANES; t++) {
                bool there = t < samples && count > 0;
                x[t] = there ? piece_of_row(&f->x, gathered_row(f, s + t), i, count) : v_set(0);
                if (rows && t < samples) v_store(rows + (s + t) * f->stride + i, x[t]);
            }
            if (count == 0) continue;
            transpose(x);
            for (size_t t = 0; t < count; t++)
                v_store(panel + (i + t) * f->ld + s, x[t]);
        }
    }
}

static void gather(const pensel_gather *f)
{
    if (f->x.columns < 8)
        gather_narrow(f);
    else if (!f->panel)
        gather_rows(f);
    else
        gather_wide(f);
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

#endif
