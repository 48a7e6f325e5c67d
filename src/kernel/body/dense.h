/* A layer forward, backward and its weights' gradient: the product with the right strides and
 * epilogue. Where products are of bfloat16, pair_layer.h has the three. */
#ifndef PENSEL_KERNEL_BODY_DENSE_H
#define PENSEL_KERNEL_BODY_DENSE_H

/* Rows of a panel that are worked on while the nearest cache holds them */
enum { ROWS_AT_ONCE = 24 };
/* Numbers of a cache's line */
enum { LINE = 64 / sizeof(real) };

/* How many of the rows that are left */
static size_t rows_at_once(size_t k, bool bent, size_t left)
{
    if (is_wide(k)) return least(WIDE_ROWS, left);
    return bent ? left : least(ROWS_AT_ONCE, left);
}

static void forward_reals(const pensel_forward *f)
{
    real *y = f->y, *slope = f->slope;
    product part = {.a = f->w,
                    .b = f->a,
                    .c = f->y,
                    .bias = f->b,
                    .row = f->in,
                    .step = 1,
                    .ldb = f->lda,
                    .ldc = f->ldy,
                    .tiles = 1,
                    .k_of = &f->in,
                    .columns = f->n,
                    .end = END_BEND,
                    .p = 1};
    bool bent = !slope && is_bent_line(f->activation, f->parameter, &part.p);
    for (size_t j = 0; j < f->out; j += part.rows) {
        part.rows = rows_at_once(f->in, bent, f->out - j);
        multiply_layer(&part);
        for (size_t r = j; r < j + part.rows && !bent; r++)
            activate_row(f->activation, y + r * f->ldy, slope ? slope + r * f->ldy : NULL, f->n,
                         f->parameter);
        part.a += part.rows * f->in;
        part.c += part.rows * f->ldy;
        part.bias += part.rows;
    }
    if (f->activation == PENSEL_SOFTMAX) normalise(y, f->out, f->ldy, f->n);
    if (f->rows) rows_of_panel(f->rows, f->stride, f->block_step, y, f->ldy, f->out, f->n);
}

/* Asks for as many numbers as one step of dot_rows reads. Rows are short, so what a processor
 * guesses of several of them ends before it helps; the rows behind them are wanted next for sure,
 * and behind the last ones stand the biases and what the next layer begins with. */
INLINE void fetch_ahead(const real *from, size_t numbers)
{
    UNROLL for (size_t i = 0; i < numbers; i += LINE) __builtin_prefetch(from + i);
}

/* y_r = b_r + w_r a for `rows` rows of w, LANES or 1: as many sums overlap, and are added up
 * together */
INLINE void dot_rows(real *y, const real *w, const real *b, const real *a, size_t in, size_t rows)
{
    vec sums[LANES];
    size_t i = 0;
    UNROLL for (size_t r = 0; r < rows; r++) sums[r] = v_set(0);
    for (; i + LANES <= in; i += LANES) {
        vec part = v_load(a + i);
        UNROLL for (size_t r = 0; r < rows; r++) sums[r] =
            v_fma(v_load(w + r * in + i), part, sums[r]);
        if (rows > 1) fetch_ahead(w + rows * in + i * rows, rows * LANES);
    }
    if (i < in) {
        vec part = v_load_part(a + i, in - i);
        UNROLL for (size_t r = 0; r < rows; r++) sums[r] =
            v_fma(v_load_part(w + r * in + i, in - i), part, sums[r]);
    }
    if (rows == 1) {
        *y = *b + v_sum(sums[0]);
        return;
    }
    v_store(y, v_load(b) + v_sums(sums));
}

static void forward_row(const pensel_forward *f)
{
    const real *w = f->w, *b = f->b;
    real *y = f->y;
    size_t j = 0;
    for (; j + LANES <= f->out; j += LANES)
        dot_rows(y + j, w + j * f->in, b + j, f->a, f->in, LANES);
    for (; j < f->out; j++)
        dot_rows(y + j, w + j * f->in, b + j, f->a, f->in, 1);
    activate_row(f->activation, y, f->slope, f->out, f->parameter);
    if (f->activation == PENSEL_SOFTMAX) normalise_row(y, f->out);
}

static void backward_reals(const pensel_backward *f)
{
    real *y = f->y;
    product part = {.a = f->turned ? f->turned : f->w,
                    .b = f->dz,
                    .c = f->y,
                    .times = f->slope ? f->slope : f->y,
                    .row = f->turned ? f->turned_stride : 1,
                    .step = f->turned ? 1 : f->in,
                    .ldb = f->lddz,
                    .ldc = f->ldy,
                    .tiles = 1,
                    .k_of = &f->out,
                    .columns = f->n,
                    .end = END_TIMES};
    bool bent = is_bent_line(f->activation, f->parameter, &part.p);
    if (bent) part.end = END_BEND_SLOPE;
    for (size_t i = 0; i < f->in; i += part.rows) {
        part.rows = rows_at_once(f->out, bent || f->slope, f->in - i);
        for (size_t r = i; r < i + part.rows && !bent && !f->slope; r++)
            activations[f->activation].slopes(y + r * f->ldy, y + r * f->ldy, y + r * f->ldy, f->n,
                                              (real)f->parameter);
        multiply_layer(&part);
        part.a += part.rows * part.row;
        part.c += part.rows * f->ldy;
        part.times += part.rows * f->ldy;
    }
}

#ifndef PENSEL_PAIRS
static void forward(const pensel_forward *f)
{
    forward_reals(f);
}

static void backward(const pensel_backward *f)
{
    backward_reals(f);
}

/* Samples whose rows stay in the nearest cache while all blocks of dw pass over them; more where
 * rows of so many bytes come from far anyway, for dw then does too */
enum { SAMPLES_AT_ONCE = 128, WIDE_SAMPLES_AT_ONCE = 256, WIDE_ROW_BYTES = 2048 };

static bool has_wide_rows(const pensel_weight_gradient *f)
{
    return f->in * sizeof(real) >= WIDE_ROW_BYTES;
}

/* The next tiles, from tile t on, of few enough samples to be worked on at once; how many tiles
 * they are */
static size_t next_tiles(const pensel_weight_gradient *f, size_t t, size_t *samples)
{
    size_t count = 0, most = has_wide_rows(f) ? WIDE_SAMPLES_AT_ONCE : SAMPLES_AT_ONCE;
    for (*samples = 0; t + count < f->tiles; count++) {
        if (count > 0 && *samples + f->tile_n[t + count] > most) break;
        *samples += f->tile_n[t + count];
    }
    return count;
}

/* Over the same samples, the columns of one block of rows after the other */
static void multiply_blocks(const product *f, size_t block_step)
{
    product part = *f;
    if (block_step == 0) {
        multiply(f);
        return;
    }
    for (size_t i = 0; i < f->columns; i += ROW_BLOCK) {
        part.columns = least(ROW_BLOCK, f->columns - i);
        part.sums_far = f->sums_far && f->columns - i > ROW_BLOCK;
        multiply(&part);
        part.b += block_step;
        part.c += ROW_BLOCK;
        for (size_t p = 0; p < 4; p++)
            if (part.prefetch[p]) part.prefetch[p] += ROW_BLOCK;
    }
}

static void weight_gradient(const pensel_weight_gradient *f)
{
    size_t tail = pensel_tail_units(GROUP, f->in);
    product part = {.a = f->dz,
                    .b = f->rows,
                    .c = f->dw,
                    .row = f->lddz,
                    .step = 1,
                    .ldb = f->stride,
                    .ldc = f->in,
                    .a_step = f->tile_step,
                    .rows = f->out,
                    .columns = f->in - tail,
                    .accumulate = f->accumulate,
                    .end = END_STORE};
    for (size_t t = 0, samples; t < f->tiles && part.columns > 0; t += part.tiles) {
        part.tiles = next_tiles(f, t, &samples);
        part.k_of = f->tile_n + t;
        part.far = has_wide_rows(f) && f->block_step == 0 ? samples : 0;
        part.sums_far = has_wide_rows(f) && f->block_step > 0 && part.accumulate;
        for (size_t i = 0; i < 4 && t + part.tiles == f->tiles; i++)
            part.prefetch[i] = f->prefetch[i];
        multiply_blocks(&part, f->block_step);
        part.a += part.tiles * f->tile_step;
        part.b += samples * f->stride;
        part.accumulate = true;
    }
    tail_gradients[tail](f);
}
#endif

#endif
