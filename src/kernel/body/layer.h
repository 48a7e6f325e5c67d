/* A layer forward, backward and its weights' gradient: the product with the right strides and ends. Where
 * products are of bfloat16, pair_layer.h has the three. */
#ifndef PENSEL_KERNEL_BODY_LAYER_H
#define PENSEL_KERNEL_BODY_LAYER_H

/* Rows of a panel that are worked on while the nearest cache holds them */
enum { ROWS_AT_ONCE = 24 };

static void forward_reals(const pensel_forward *f)
{
    real *y = f->y, *z = f->z;
    product whole = {.a = f->w, .b = f->a, .c = f->y, .z = f->z, .bias = f->b, .row = f->in,
                     .step = 1, .ldb = f->lda, .ldc = f->ldy, .tiles = 1, .k_of = &f->in, .rows = f->out,
                     .columns = f->n, .end = END_BEND};
    bool bent = is_bent_line(f->activation, f->parameter, &whole.p);
    for (size_t j = 0, rows; j < f->out; j += rows) {
        rows = bent ? f->out : least(ROWS_AT_ONCE, f->out - j);
        product part = whole;
        part.a += j * f->in;
        part.c += j * f->ldy;
        if (z) part.z += j * f->ldy;
        part.bias += j;
        part.rows = rows;
        multiply(part);
        for (size_t r = j; r < j + rows && !bent && f->activation != PENSEL_SOFTMAX; r++)
            activations[f->activation].values(y + r * f->ldy, y + r * f->ldy, f->n,
                                              (real)f->parameter);
    }
    if (f->activation == PENSEL_SOFTMAX) normalise(y, f->out, f->ldy, f->n);
    if (f->rows) rows_of_panel(f->rows, f->stride, y, f->ldy, f->out, f->n);
}

/* y_r = b_r + w_r a for `rows` rows of w, LANES or 1: as many sums overlap, and are added up together */
INLINE void dot_rows(real *y, const real *w, const real *b, const real *a, size_t in, size_t rows)
{
    vec sums[LANES];
    size_t i = 0;
    UNROLL for (size_t r = 0; r < rows; r++) sums[r] = v_set(0);
    for (; i + LANES <= in; i += LANES) {
        vec part = v_load(a + i);
        UNROLL for (size_t r = 0; r < rows; r++)
            sums[r] = v_fma(v_load(w + r * in + i), part, sums[r]);
    }
    if (i < in) {
        vec part = v_load_part(a + i, in - i);
        UNROLL for (size_t r = 0; r < rows; r++)
            sums[r] = v_fma(v_load_part(w + r * in + i, in - i), part, sums[r]);
    }
    if (rows == 1) {
        *y = *b + v_sum(sums[0]);
        return;
    }
    transpose(sums);
    UNROLL for (size_t half = LANES / 2; half > 0; half /= 2)
    {
        UNROLL for (size_t r = 0; r < half; r++) sums[r] += sums[r + half];
    }
    v_store(y, v_load(b) + sums[0]);
}

static void forward_row(const pensel_forward *f)
{
    const real *w = f->w, *b = f->b;
    real *y = f->y;
    size_t j = 0;
    for (; j + LANES <= f->out; j += LANES)
        dot_rows(y + j, w + j * f->in, b + j, f->a, f->in, LANES);
    for (; j < f->out; j++) dot_rows(y + j, w + j * f->in, b + j, f->a, f->in, 1);
    if (f->z) memcpy(f->z, y, f->out * sizeof(real));
    if (f->activation == PENSEL_SOFTMAX)
        normalise_row(y, f->out);
    else
        activations[f->activation].values(y, y, f->out, (real)f->parameter);
}

static void backward_reals(const pensel_backward *f)
{
    real *y = f->y;
    const real *z = f->z ? f->z : f->y;
    product whole = {.a = f->w, .b = f->dz, .c = f->y, .row = 1, .step = f->in, .ldb = f->lddz,
                     .ldc = f->ldy, .tiles = 1, .k_of = &f->out, .rows = f->in, .columns = f->n, .end = END_TIMES};
    bool bent = is_bent_line(f->activation, f->parameter, &whole.p);
    if (bent) whole.end = END_BEND_SLOPE;
    for (size_t i = 0, rows; i < f->in; i += rows) {
        rows = bent ? f->in : least(ROWS_AT_ONCE, f->in - i);
        product part = whole;
        part.a += i;
        part.c += i * f->ldy;
        part.rows = rows;
        for (size_t r = i; r < i + rows && !bent; r++)
            activations[f->activation].slopes(y + r * f->ldy, y + r * f->ldy, z + r * f->ldy, f->n,
                                              (real)f->parameter);
        multiply(part);
    }
}

/* db_j (+)= sum of dz_j: lane by lane, then over the lanes; `rows` of them so that the sums overlap */
INLINE void bias_gradient(real *db, const real *dz, size_t ld, size_t n, bool accumulate, size_t rows)
{
    vec sums[4];
    UNROLL for (size_t r = 0; r < rows; r++) sums[r] = v_set(0);
    size_t s = 0;
    for (; s + LANES <= n; s += LANES) {
        UNROLL for (size_t r = 0; r < rows; r++) sums[r] += v_load(dz + r * ld + s);
    }
    UNROLL for (size_t r = 0; r < rows && s < n; r++) sums[r] += v_load_part(dz + r * ld + s, n - s);
    UNROLL for (size_t r = 0; r < rows; r++)
        db[r] = v_sum(sums[r]) + (accumulate ? db[r] : 0);
}

static void bias_gradients(const pensel_weight_gradient *f, const real *dz, size_t n, bool accumulate)
{
    real *db = f->db;
    size_t j = 0;
    for (; j + 4 <= f->out; j += 4)
        bias_gradient(db + j, dz + j * f->lddz, f->lddz, n, accumulate, 4);
    for (; j < f->out; j++) bias_gradient(db + j, dz + j * f->lddz, f->lddz, n, accumulate, 1);
}

#ifndef PENSEL_PAIRS
#include "kernel/body/ends.h"

static void forward(const pensel_forward *f)
{
    forward_reals(f);
}

static void backward(const pensel_backward *f)
{
    backward_reals(f);
}

/* Samples whose rows stay in the nearest cache while all blocks of dw pass over them */
enum { SAMPLES_AT_ONCE = 128 };

static void weight_gradient(const pensel_weight_gradient *f)
{
    const real *dz = f->dz;
    const size_t *tile_n = f->tiles ? f->tile_n : &f->n;
    size_t tiles = f->tiles ? f->tiles : 1, ends = ends_of(f->in);
    product part = {.a = f->dz, .b = f->rows, .c = f->dw, .row = f->lddz, .step = 1,
                    .ldb = f->stride, .ldc = f->in, .a_step = f->tile_step, .rows = f->out,
                    .columns = f->in - ends, .accumulate = f->accumulate, .end = END_STORE};
    for (size_t t = 0, samples; t < tiles && part.columns > 0; t += part.tiles) {
        part.k_of = tile_n + t;
        samples = tile_n[t];
        for (part.tiles = 1; t + part.tiles < tiles; part.tiles++) {
            if (samples + tile_n[t + part.tiles] > SAMPLES_AT_ONCE) break;
            samples += tile_n[t + part.tiles];
        }
        for (size_t i = 0; i < 3 && t + part.tiles == tiles; i++) part.soon[i] = f->soon[i];
        multiply(part);
        part.a += part.tiles * f->tile_step;
        part.b += samples * f->stride;
        part.accumulate = true;
    }
    if (ends > 0) {
        ends_gradient(f, tile_n, tiles, ends);
        return;
    }
    for (size_t t = 0; t < tiles; t++)
        bias_gradients(f, dz + t * f->tile_step, tile_n[t], f->accumulate || t > 0);
}
#endif

#endif
