/* A layer forward, backward and its weights' gradient by products of bfloat16 pairs with float32
 * sums: the operands are rounded and paired into small buffers on the stack, then multiplied like
 * reals. A layer of few inputs or outputs keeps float32: rounded coordinates would be other places,
 * and they take little time anyway. */
#ifndef PENSEL_KERNEL_BODY_PAIR_LAYER_H
#define PENSEL_KERNEL_BODY_PAIR_LAYER_H

/* What is paired at once: a piece of the panel and some rows of weights that the nearest cache
 * holds */
enum {
    PAIR_COLUMNS = MOST_VECTORS * LANES,
    PAIR_MOST = 256,
    PAIR_WEIGHTS = 7168,
    PAIR_ROWS = 36,
    PAIR_PARTIAL = 144
};

/* c = w b or w^T b, of any number of rows and up to PAIR_COLUMNS columns */
typedef struct pair_product {
    product end; /* of the last piece: all but a and b */
    const real *w, *b;
    size_t row, step, ldb, k;
    real *partial; /* (rows, PAIR_COLUMNS) sums before the last piece, or NULL: c */
} pair_product;

/* Cuts n into equal pieces of at most `most`, each but the last a multiple of `unit`. */
static inline size_t equal_piece(size_t n, size_t most, size_t unit)
{
    size_t count = (n + most - 1) / most, piece = (n + count - 1) / count;
    return (piece + unit - 1) / unit * unit;
}

static inline size_t round_up(size_t n)
{
    return (n + LANES - 1) / LANES * LANES;
}

/* Rows [first, first + rows) of the weights of units [k, k + count), and how far apart they stand
 */
static void pair_weights(product *part, real *pairs, const pair_product *f, size_t first, size_t k,
                         size_t count)
{
    const real *w = f->w + first * f->row + k * f->step;
    size_t rows = part->rows, apart = round_up(f->step == 1 ? (count + 1) / 2 : rows);
    bool gapless = f->step == 1 && f->row == count && count % 2 == 0;
    if (gapless) pair_neighbours(pairs, w, rows * count);
    for (size_t r = 0; r < rows && f->step == 1 && !gapless; r++)
        pair_neighbours(pairs + r * apart, w + r * f->row, count);
    if (f->step != 1) pair_rows(pairs, apart, w, f->step, count, rows);
    part->row = f->step != 1 ? 1 : gapless ? count / 2 : apart;
    part->step = f->step != 1 ? apart : 1;
}

/* Units [k, k + count) of the panel times all rows of weights, added to what stands in c */
static void multiply_piece(const pair_product *f, product part, size_t k, size_t count)
{
    _Alignas(64) real weights[PAIR_WEIGHTS], panel[PAIR_COLUMNS * PAIR_MOST / 2];
    size_t pairs = (count + 1) / 2, rows = part.rows;
    size_t piece = equal_piece(rows, PAIR_WEIGHTS / round_up(pairs) / LANES * LANES, 1);
    pair_rows(panel, PAIR_COLUMNS, f->b + k * f->ldb, f->ldb, count, round_up(part.columns));
    part.pairs = true;
    part.a = weights;
    part.b = panel;
    part.ldb = PAIR_COLUMNS;
    part.tiles = 1;
    part.k_of = &pairs;
    part.accumulate = k > 0;
    if (k > 0) part.bias = NULL;
    for (size_t r = 0; r < rows; r += piece) {
        part.rows = least(piece, rows - r);
        pair_weights(&part, weights, f, r, k, count);
        multiply(&part);
        part.c += part.rows * part.ldc;
        if (part.times) part.times += part.rows * part.ldc;
        if (part.bias) part.bias += part.rows;
    }
}

/* All pieces; those before the last leave their sums as they are. */
static void multiply_pairs(const pair_product *f)
{
    size_t piece = equal_piece(f->k, PAIR_MOST, 2);
    for (size_t k = 0; k < f->k; k += piece) {
        product part = f->end;
        bool last = k + piece >= f->k;
        if (!last || f->partial) part.end = END_STORE;
        if (f->partial) part.c = f->partial, part.ldc = PAIR_COLUMNS;
        multiply_piece(f, part, k, least(piece, f->k - k));
    }
}

static void forward(const pensel_forward *f)
{
    real *y = f->y, *slope = f->slope;
    double p = 1;
    if (f->in <= PENSEL_FEW_UNITS) {
        forward_reals(f);
        return;
    }
    bool bent = !slope && is_bent_line(f->activation, f->parameter, &p);
    for (size_t s = 0; s < f->n; s += PAIR_COLUMNS) {
        pair_product part = {.w = f->w,
                             .b = (const real *)f->a + s,
                             .row = f->in,
                             .step = 1,
                             .ldb = f->lda,
                             .k = f->in};
        part.end = (product){.c = y + s,
                             .bias = f->b,
                             .ldc = f->ldy,
                             .rows = f->out,
                             .columns = least(PAIR_COLUMNS, f->n - s),
                             .end = END_BEND,
                             .p = p};
        multiply_pairs(&part);
        for (size_t j = 0; j < f->out && !bent; j++)
            activate_row(f->activation, y + j * f->ldy + s, slope ? slope + j * f->ldy + s : NULL,
                         part.end.columns, f->parameter);
    }
    if (f->activation == PENSEL_SOFTMAX) normalise(y, f->out, f->ldy, f->n);
    if (f->rows) rows_of_panel(f->rows, f->stride, f->block_step, y, f->ldy, f->out, f->n);
}

/* y = sum times the slope, as block_end does */
static void end_partial(const product *f, const real *partial)
{
    vec p = v_set(f->p);
    for (size_t r = 0; r < f->rows; r++) {
        for (size_t s = 0; s < f->columns; s += LANES) {
            real *y = f->c + r * f->ldc + s;
            vec sum = v_load(partial + r * PAIR_COLUMNS + s);
            v_store(y, f->end == END_TIMES ? sum * v_load(f->times + r * f->ldc + s)
                                           : v_if_greater(v_load(y), v_set(0), sum, p * sum));
        }
    }
}

/* Rows [i, i + rows) of dz' for a column of samples; y is needed until the sums are whole, so a
 * product of several pieces keeps them apart. */
static void backward_piece(const pensel_backward *f, product end, size_t i, size_t s)
{
    _Alignas(64) real partial[PAIR_PARTIAL * PAIR_COLUMNS];
    bool whole = f->out <= PAIR_MOST;
    pair_product part = {.end = end,
                         .w = f->turned ? (const real *)f->turned + i * f->turned_stride
                                        : (const real *)f->w + i,
                         .b = (const real *)f->dz + s,
                         .row = f->turned ? f->turned_stride : 1,
                         .step = f->turned ? 1 : f->in,
                         .ldb = f->lddz,
                         .k = f->out,
                         .partial = whole ? NULL : partial};
    multiply_pairs(&part);
    if (!whole) end_partial(&end, partial);
}

static void backward(const pensel_backward *f)
{
    real *y = f->y;
    const real *times = f->slope ? f->slope : f->y;
    double p;
    if (f->out <= PENSEL_FEW_UNITS) {
        backward_reals(f);
        return;
    }
    bool bent = is_bent_line(f->activation, f->parameter, &p);
    size_t piece = f->out <= PAIR_MOST ? f->in : PAIR_PARTIAL;
    for (size_t j = 0; j < f->in && !bent && !f->slope; j++)
        activations[f->activation].slopes(y + j * f->ldy, y + j * f->ldy, y + j * f->ldy, f->n,
                                          (real)f->parameter);
    for (size_t s = 0; s < f->n; s += PAIR_COLUMNS) {
        for (size_t i = 0; i < f->in; i += piece)
            backward_piece(f,
                           (product){.c = y + i * f->ldy + s,
                                     .times = times + i * f->ldy + s,
                                     .ldc = f->ldy,
                                     .rows = least(piece, f->in - i),
                                     .columns = least(PAIR_COLUMNS, f->n - s),
                                     .p = p,
                                     .end = bent ? END_BEND_SLOPE : END_TIMES},
                           i, s);
    }
}

/* Where the next samples of dz stand */
typedef struct place {
    size_t tile, sample;
} place;

/* Pairs of the next `n` samples of rows [j, j + rows), from one tile or several */
static place pair_samples(real *pairs, const pensel_weight_gradient *f, place at, size_t j,
                          size_t rows, size_t n)
{
    for (size_t done = 0, count; done < n; done += count) {
        size_t of_tile = f->tile_n[at.tile];
        const real *dz = (const real *)f->dz + at.tile * f->tile_step + j * f->lddz + at.sample;
        count = least(n - done, of_tile - at.sample);
        for (size_t r = 0; r < rows; r++)
            pair_neighbours(pairs + r * PAIR_MOST / 2 + done / 2, dz + r * f->lddz, count);
        at.sample += count;
        if (at.sample == of_tile) at = (place){at.tile + 1, 0};
    }
    return at;
}

static size_t samples_of(const pensel_weight_gradient *f)
{
    size_t n = 0;
    for (size_t t = 0; t < f->tiles; t++)
        n += f->tile_n[t];
    return n;
}

/* Samples whose rows stay in the nearest cache while all blocks of dw pass over them */
enum { SAMPLES_AT_ONCE = 128 };

static void weight_gradient(const pensel_weight_gradient *f)
{
    _Alignas(64) real dz[PAIR_ROWS * PAIR_MOST / 2];
    size_t all = samples_of(f), samples = equal_piece(all, SAMPLES_AT_ONCE, LANES);
    size_t piece = equal_piece(f->out, PAIR_ROWS, 1), pairs;
    place at = {0, 0}, next = at;
    product part = {.a = dz,
                    .b = f->rows,
                    .row = PAIR_MOST / 2,
                    .step = 1,
                    .ldb = 2 * f->stride,
                    .ldc = f->in,
                    .tiles = 1,
                    .k_of = &pairs,
                    .columns = f->in,
                    .accumulate = f->accumulate,
                    .end = END_STORE,
                    .pairs = true};
    for (size_t s = 0; s < all; s += samples, at = next, part.accumulate = true) {
        size_t n = least(samples, all - s);
        pairs = (n + 1) / 2;
        for (size_t j = 0; j < f->out; j += piece) {
            part.rows = least(piece, f->out - j);
            part.c = (real *)f->dw + j * f->in;
            next = pair_samples(dz, f, at, j, part.rows, n);
            for (size_t i = 0; i < 4 && s + n == all; i++)
                part.prefetch[i] = f->prefetch[i] ? (const real *)f->prefetch[i] + j * f->in : NULL;
            multiply(&part);
        }
        part.b += n * f->stride;
    }
    tail_gradients[0](f);
}

#endif
