/* A layer over sparse rows, forward and its weights' gradient. Both visit the weights of one unit
 * after the other, whose row stays in the cache while all samples pass. Of many samples, forward
 * turns those of a line of units (GROUP), input by input: each value then reads one line of the
 * cache for all of these units. */
#ifndef PENSEL_KERNEL_BODY_SPARSE_LAYER_H
#define PENSEL_KERNEL_BODY_SPARSE_LAYER_H

static inline size_t sparse_row(const pensel_sparse_rows *rows, size_t s)
{
    return rows->index ? rows->index[s] : rows->first + s;
}

/* Value k in every lane */
static inline vec sparse_value(const pensel_sparse *x, size_t k)
{
    return v_set(x->precision == PENSEL_FLOAT64 ? ((const double *)x->values)[k]
                                                : (double)((const float *)x->values)[k]);
}

/* y[j] of every sample = b[j] + the sum of its values times their weights. The sum is the same in
 * every lane: a fused multiply-add, as that of whole vectors is. */
static void sparse_unit(const pensel_forward *f, const pensel_sparse_rows *rows, size_t j)
{
    const pensel_sparse *x = rows->x;
    const real *w = (const real *)f->w + j * f->in;
    for (size_t s = 0; s < rows->n; s++) {
        size_t row = sparse_row(rows, s), end = (size_t)x->starts[row + 1];
        vec sum = v_broadcast((const real *)f->b + j);
        for (size_t k = (size_t)x->starts[row]; k < end; k++)
            sum = v_fma(v_broadcast(w + x->where[k]), sparse_value(x, k), sum);
        ((real *)f->y)[j * f->ldy + s] = sum[0];
    }
}

/* room (in, GROUP) = the weights of units [j, j + GROUP) turned, zeros for units there are not */
static void turn_units(real *room, const pensel_forward *f, size_t j)
{
    const real *w = (const real *)f->w + j * f->in;
    size_t units = least(GROUP, f->out - j), i = 0;
    for (; i + LANES <= f->in; i += LANES)
        for (size_t g = 0; g < GROUP; g += LANES)
            v_transpose_memory(room + i * GROUP + g, GROUP, w + (g < units ? g * f->in : 0) + i,
                               f->in, g < units ? least(LANES, units - g) : 0, LANES);
    for (; i < f->in; i++)
        for (size_t g = 0; g < GROUP; g++)
            room[i * GROUP + g] = g < units ? w[g * f->in + i] : 0;
}

enum { GROUP_VECTORS = GROUP / LANES };

/* sums += the values of row `row` times what `room` has for their inputs */
INLINE void add_values(vec sums[GROUP_VECTORS], const real *room, const pensel_sparse *x,
                       size_t row, bool doubles)
{
    size_t end = (size_t)x->starts[row + 1];
    for (size_t k = (size_t)x->starts[row]; k < end; k++) {
        const real *w = room + (size_t)x->where[k] * GROUP;
        vec value =
            v_set(doubles ? ((const double *)x->values)[k] : (double)((const float *)x->values)[k]);
        UNROLL for (size_t v = 0; v < GROUP_VECTORS; v++) sums[v] =
            v_fma(v_load(w + v * LANES), value, sums[v]);
    }
}

/* Units [j, j + GROUP), or as many as there are, of every sample */
static void sparse_units(const pensel_forward *f, const pensel_sparse_rows *rows, size_t j)
{
    const real *room = rows->room;
    real *y = (real *)f->y + j * f->ldy, units[GROUP], biases[GROUP] = {0};
    size_t count = least(GROUP, f->out - j);
    memcpy(biases, (const real *)f->b + j, count * sizeof(real));
    turn_units(rows->room, f, j);
    for (size_t s = 0; s < rows->n; s++) {
        vec sums[GROUP_VECTORS];
        UNROLL for (size_t v = 0; v < GROUP_VECTORS; v++) sums[v] = v_load(biases + v * LANES);
        if (rows->x->precision == PENSEL_FLOAT64)
            add_values(sums, room, rows->x, sparse_row(rows, s), true);
        else
            add_values(sums, room, rows->x, sparse_row(rows, s), false);
        UNROLL for (size_t v = 0; v < GROUP_VECTORS; v++) v_store(units + v * LANES, sums[v]);
        for (size_t t = 0; t < count; t++)
            y[t * f->ldy + s] = units[t];
    }
}

static void sparse_forward(const pensel_forward *f, const pensel_sparse_rows *rows)
{
    real *y = f->y, *slope = f->slope;
    size_t part = (f->n + LANES - 1) / LANES * LANES;
    for (size_t j = 0; j < f->out && !rows->room; j++)
        sparse_unit(f, rows, j);
    for (size_t j = 0; j < f->out && rows->room; j += GROUP)
        sparse_units(f, rows, j);
    for (size_t j = 0; j < f->out; j++) {
        for (size_t s = f->n; s < part; s++)
            y[j * f->ldy + s] = 0;
        activate_row(f->activation, y + j * f->ldy, slope ? slope + j * f->ldy : NULL, f->n,
                     f->parameter);
    }
    if (f->activation == PENSEL_SOFTMAX) normalise(y, f->out, f->ldy, f->n);
    if (f->rows) rows_of_panel(f->rows, f->stride, f->block_step, y, f->ldy, f->out, f->n);
}

/* Sums of the tail's columns, lane by lane as those of dense rows are */
typedef struct sparse_tail {
    real lanes[ENDS_MOST][LANES];
} sparse_tail;

/* dw of one unit += dz times the values of row `row`, which is sample s of its tile */
static inline void add_sparse_row(real *dw, sparse_tail *tail, size_t first, real dz,
                                  const pensel_sparse *x, size_t row, size_t s)
{
    vec factor = v_broadcast(&dz);
    for (size_t k = (size_t)x->starts[row]; k < (size_t)x->starts[row + 1]; k++) {
        size_t i = (size_t)x->where[k];
        real *sum = i < first ? dw + i : &tail->lanes[i - first][s % LANES];
        *sum = v_fma(factor, sparse_value(x, k), v_broadcast(sum))[0];
    }
}

/* Row j of dw: the samples in their order */
static void sparse_unit_gradient(const pensel_weight_gradient *f, const pensel_sparse_rows *rows,
                                 size_t j)
{
    size_t count = pensel_tail_units(GROUP, f->in), first = f->in - count;
    sparse_tail tail = {{{0}}};
    real *dw = (real *)f->dw + j * f->in;
    for (size_t t = 0, from = 0; t < f->tiles; from += f->tile_n[t++]) {
        const real *dz = (const real *)f->dz + t * f->tile_step + j * f->lddz;
        for (size_t s = 0; s < f->tile_n[t]; s++)
            if (dz[s] != 0) /* a unit may be silent: half of them are */
                add_sparse_row(dw, &tail, first, dz[s], rows->x, sparse_row(rows, from + s), s);
    }
    for (size_t i = 0; i < count; i++)
        dw[first + i] += v_sum(v_load(tail.lanes[i]));
}

/* The same bits as those of dense rows, where columns ascend and none comes twice */
static void sparse_gradient(const pensel_weight_gradient *f, const pensel_sparse_rows *rows)
{
    pensel_weight_gradient biases = *f;
    if (!f->accumulate) memset(f->dw, 0, f->out * f->in * sizeof(real));
    for (size_t j = 0; j < f->out; j++)
        sparse_unit_gradient(f, rows, j);
    biases.in = 0, biases.rows = f->dz; /* of no inputs: not looked at */
    tail_gradients[0](&biases);
}

#endif
