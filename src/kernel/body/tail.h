/* The gradient of the biases and of the weights of a layer's tail, its last few inputs, which stand
 * in rows as in the panel: sums over samples that are side by side in both factors, lane by lane
 * and then over the lanes. */
#ifndef PENSEL_KERNEL_BODY_TAIL_H
#define PENSEL_KERNEL_BODY_TAIL_H

/* Unit i of the first sample */
static const real *place_in_rows(const pensel_weight_gradient *f, size_t i)
{
    const real *rows = f->rows;
    return f->block_step > 0 ? rows + i / ROW_BLOCK * f->block_step + i % ROW_BLOCK : rows + i;
}

/* Rows of dz at once: so many that their sums overlap, so few that these stay in registers */
#if VECTOR_REGISTERS >= 32
#define TAIL_ROWS(tail) ((tail) <= 2 ? 8 : 4)
#else
#define TAIL_ROWS(tail) ((tail) <= 1 ? 4 : 2)
#endif
enum { ENDS_MOST = GROUP / 4, ENDS_MOST_ROWS = 8 };

/* to[r * apart] (+)= the sum of x[r] */
INLINE void put_sums(real *to, size_t apart, const vec x[ENDS_MOST_ROWS], size_t rows,
                     bool accumulate)
{
    real sums[ENDS_MOST_ROWS];
    if (rows % 4 == 0) {
        UNROLL for (size_t r = 0; r < rows; r += 4) sum_four(sums + r, x + r);
    } else {
        UNROLL for (size_t r = 0; r < rows; r++) sums[r] = v_sum(x[r]);
    }
    UNROLL for (size_t r = 0; r < rows; r++) to[r * apart] =
        sums[r] + (accumulate ? to[r * apart] : 0);
}

typedef struct tail_sums {
    vec weights[ENDS_MOST][ENDS_MOST_ROWS], biases[ENDS_MOST_ROWS];
} tail_sums;

/* `count` more samples, up to LANES, of rows of dz and of the inputs, which are `stride` apart */
INLINE void add_samples(tail_sums *sums, const real *dz, size_t lddz, const real *inputs,
                        size_t stride, size_t tail, size_t rows, size_t count)
{
    UNROLL for (size_t r = 0; r < rows; r++)
    {
        vec factors = count == LANES ? v_load(dz + r * lddz) : v_load_part(dz + r * lddz, count);
        sums->biases[r] += factors;
        UNROLL for (size_t k = 0; k < tail; k++) sums->weights[k][r] =
            v_fma(factors, v_load(inputs + k * stride), sums->weights[k][r]);
    }
}

/* Rows [j, j + rows) of the last `tail` columns of dw, and of db */
INLINE void tail_of_rows(const pensel_weight_gradient *f, size_t j, size_t tail, size_t rows)
{
    const real *group = place_in_rows(f, f->in - tail);
    tail_sums sums;
    UNROLL for (size_t r = 0; r < rows; r++)
    {
        sums.biases[r] = v_set(0);
        UNROLL for (size_t k = 0; k < tail; k++) sums.weights[k][r] = v_set(0);
    }
    for (size_t t = 0; t < f->tiles; t++) {
        const real *dz = (const real *)f->dz + t * f->tile_step + j * f->lddz;
        size_t n = f->tile_n[t], s = 0;
        for (; s + LANES <= n; s += LANES) {
            add_samples(&sums, dz + s, f->lddz, group + s % GROUP, f->stride, tail, rows, LANES);
            if ((s + LANES) % GROUP == 0) group += GROUP * f->stride;
        }
        if (s < n)
            add_samples(&sums, dz + s, f->lddz, group + s % GROUP, f->stride, tail, rows, n - s);
    }
    real *dw = (real *)f->dw + (j + 1) * f->in - tail, *db = f->db;
    UNROLL for (size_t k = 0; k < tail; k++)
        put_sums(dw + k, f->in, sums.weights[k], rows, f->accumulate);
    put_sums(db + j, 1, sums.biases, rows, f->accumulate);
}

#define DEFINE(tail)                                                \
    static void tail_##tail(const pensel_weight_gradient *f)        \
    {                                                               \
        size_t j = 0;                                               \
        for (; j + TAIL_ROWS(tail) <= f->out; j += TAIL_ROWS(tail)) \
            tail_of_rows(f, j, tail, TAIL_ROWS(tail));              \
        for (; j < f->out; j++)                                     \
            tail_of_rows(f, j, tail, 1);                            \
    }
DEFINE(0)
DEFINE(1)
DEFINE(2)
#if !REAL_IS_DOUBLE
DEFINE(3)
DEFINE(4)
#endif
#undef DEFINE

static void (*const tail_gradients[])(const pensel_weight_gradient *f) = {
    tail_0, tail_1, tail_2,
#if !REAL_IS_DOUBLE
    tail_3, tail_4,
#endif
};

#endif
