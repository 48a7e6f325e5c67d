/* The product, the one place where the arithmetic is: c (rows, columns) = a b with a block of c
 * held in registers, each number of it summed in order of k by fused multiply-adds.
 *
 *     c[r * ldc + s] = start + sum over k of a[r * row + k * step] b[k * ldb + s]
 *
 * k may be cut into tiles, k_of[t] long, whose a's are a_step apart; b goes on without a gap.
 *
 * Two strides for a let it serve all three: forward (a = w, row = in, step = 1), backward (a = w,
 * row = 1, step = in) and the weights' gradient (a = dz, row = ld, step = 1, k counts samples).
 *
 * A fused multiply-add takes 4 cycles and two start in each, so a block wants 8 vectors of sums or
 * more; 32 registers hold 24 beside the operands, 16 hold 12. Where an instruction multiplies by
 * one lane of a vector (V_LANES), as many factors that stand side by side are loaded at once. */
#ifndef PENSEL_KERNEL_BODY_PRODUCT_H
#define PENSEL_KERNEL_BODY_PRODUCT_H

#include "base/inline.h"

#include <stdbool.h>

typedef enum product_end {
    END_STORE,      /* c = sum, the last vector in part */
    END_BEND,       /* c = max(p sum, sum) */
    END_BEND_SLOPE, /* c = sum where c > 0, else p sum */
    END_TIMES       /* c = sum times */
} product_end;

typedef struct product {
    const real *a, *b;
    real *c;
    const real *times; /* like c, and may be c */
    const real *bias;  /* start of each row, or NULL: start is 0, or c when accumulate */
    size_t row, step, ldb, ldc;
    size_t tiles, a_step;
    const size_t *k_of; /* (tiles) */
    size_t rows, columns;
    const real *prefetch[4]; /* NULL, or like c: fetched meanwhile */
    const real *from;        /* NULL, or (rows, WIDE_COLUMNS): sums that go on */
    bool accumulate;
    size_t far; /* 0, or how many rows b has: they come from far, so the next columns are fetched */
    bool sums_far; /* c's come from far too: those beside these columns are fetched */
    bool pairs;    /* a and b are bfloat16 pairs (pairs.h), k counts those */
    product_end end;
    double p;
} product;

#if defined(V_LANES) /* a register for the factors of each row, and one of b */
#define MOST_VECTORS 4
/* clang-format off */
#define SHAPE_LIST(X) \
    X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1) X(9, 1) X(10, 1) X(11, 1) \
    X(12, 1) \
    X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(6, 2) X(7, 2) X(8, 2) \
    X(1, 3) X(2, 3) X(3, 3) X(4, 3) X(5, 3) X(6, 3) \
    X(1, 4) X(2, 4) X(3, 4) X(4, 4) X(5, 4)
/* clang-format on */
static const size_t most_rows[] = {0, 12, 8, 6, 5};
#elif VECTOR_REGISTERS >= 32
#define MOST_VECTORS 4
/* clang-format off */
#define SHAPE_LIST(X) \
    X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1) X(9, 1) X(10, 1) X(11, 1) \
    X(12, 1) \
    X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(6, 2) X(7, 2) X(8, 2) X(9, 2) X(10, 2) X(11, 2) \
    X(12, 2) \
    X(1, 3) X(2, 3) X(3, 3) X(4, 3) X(5, 3) X(6, 3) X(7, 3) X(8, 3) \
    X(1, 4) X(2, 4) X(3, 4) X(4, 4) X(5, 4) X(6, 4)
/* clang-format on */
static const size_t most_rows[] = {0, 12, 12, 8, 6};
#elif defined(VECTOR_ROUNDS_PRODUCTS) /* of 15: sums, a factor for each row, one of b, a product */
#define MOST_VECTORS 4
/* clang-format off */
#define SHAPE_LIST(X) \
    X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) \
    X(1, 2) X(2, 2) X(3, 2) X(4, 2) \
    X(1, 3) X(2, 3) X(3, 3) \
    X(1, 4) X(2, 4)
/* clang-format on */
static const size_t most_rows[] = {0, 6, 4, 3, 2};
#else
#define MOST_VECTORS 2
/* clang-format off */
#define SHAPE_LIST(X) \
    X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1) X(9, 1) X(10, 1) \
    X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(6, 2)
/* clang-format on */
static const size_t most_rows[] = {0, 10, 6};
#define UNROLLS_K
#endif
#define MOST_ROWS 12
/* Units of a block of rows: as many as a block of sums has columns */
#define ROW_BLOCK (MOST_VECTORS * LANES)
enum { WIDE_COLUMNS = 256 / sizeof(real) }; /* of c at once in wide.h: those of a tile */

/* The sums of a block stay in registers only if its loops are unrolled whole. clang does not know
 * gcc's pragma, and says nothing. */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 12")
#endif
/* A block of few sums takes so few cycles for each k that counting is felt: on Zen 2 a twentieth of
 * the product. */
#if defined(UNROLLS_K) && defined(__clang__)
#define UNROLL_K _Pragma("clang loop unroll_count(4)")
#elif defined(UNROLLS_K)
#define UNROLL_K _Pragma("GCC unroll 4")
#else
#define UNROLL_K
#endif

/* Every number of a block: row r, vector v, and its place in c */
#define EVERY_VECTOR(...)                           \
    UNROLL for (size_t r = 0; r < rows; r++)        \
    {                                               \
        UNROLL for (size_t v = 0; v < vectors; v++) \
        {                                           \
            real *place = c + r * ldc + v * LANES;  \
            bool last = v + 1 == vectors;           \
            (void)place, (void)last;                \
            __VA_ARGS__;                            \
        }                                           \
    }

INLINE void block_start(const product *f, vec sums[MOST_ROWS][MOST_VECTORS], size_t rows,
                        size_t vectors, real *c, const real *bias, const real *from, size_t part)
{
    size_t ldc = f->ldc;
    if (from) {
        EVERY_VECTOR(sums[r][v] = v_load(from + r * WIDE_COLUMNS + v * LANES))
    } else if (bias) {
        EVERY_VECTOR(sums[r][v] = v_broadcast(bias + r))
    } else if (f->accumulate) {
        EVERY_VECTOR(sums[r][v] = last ? v_load_part(place, part) : v_load(place))
    } else {
        EVERY_VECTOR(sums[r][v] = v_set(0))
    }
}

INLINE void block_end(const product *f, vec sums[MOST_ROWS][MOST_VECTORS], size_t rows,
                      size_t vectors, real *c, size_t part)
{
    size_t ldc = f->ldc;
    vec p = v_set(f->p), none = v_set(0);
    switch (f->end) {
    case END_STORE:
        if (part == LANES) { /* a masked store takes as long as twelve whole ones on some */
            EVERY_VECTOR(v_store(place, sums[r][v]))
        } else {
            EVERY_VECTOR(if (last) v_store_part(place, sums[r][v], part);
                         else v_store(place, sums[r][v]))
        }
        break;
    case END_BEND:
        EVERY_VECTOR(v_store(place, v_max(p * sums[r][v], sums[r][v])))
        break;
    case END_BEND_SLOPE:
        EVERY_VECTOR(v_store(place, v_if_greater(v_load(place), none, sums[r][v], p * sums[r][v])))
        break;
    case END_TIMES:
        EVERY_VECTOR(v_store(place, sums[r][v] * v_load(f->times + (place - f->c))))
        break;
    }
}

INLINE vec multiply_add(vec a, vec b, vec sum, bool pairs)
{
#ifdef PENSEL_PAIRS
    if (pairs) return v_dot(a, b, sum);
#endif
    (void)pairs;
    return v_fma(a, b, sum);
}

#ifdef V_LANES
/* The next LANES of k, whose factors stand side by side: a vector of them for each row is loaded,
 * and multiplied lane by lane */
INLINE void lanes_of_k(vec sums[MOST_ROWS][MOST_VECTORS], const real *a, size_t lda, const real *b,
                       size_t ldb, size_t rows, size_t vectors)
{
    vec factors[MOST_ROWS];
    UNROLL for (size_t r = 0; r < rows; r++) factors[r] = v_load(a + r * lda);
#define LANE(lane)                                            \
    UNROLL for (size_t v = 0; v < vectors; v++)               \
    {                                                         \
        vec column = v_load(b + lane * ldb + v * LANES);      \
        UNROLL for (size_t r = 0; r < rows; r++) sums[r][v] = \
            v_fma_lane(factors[r], lane, column, sums[r][v]); \
    }
    V_LANES(LANE)
#undef LANE
}
#endif

#ifdef V_PIN
/* All of k, each number where it stands here. Left alone, clang turns the sum over some k into one
 * long expression, for which there are too few registers. A pointer for each row costs an addition;
 * computed from the first row's, it would be one more in front of each load. */
INLINE void pinned_k(vec sums[MOST_ROWS][MOST_VECTORS], const product *f, const real *a,
                     const real *b, size_t k, size_t rows, size_t vectors)
{
    size_t step = f->step, ldb = f->ldb;
    const real *at[MOST_ROWS];
    UNROLL for (size_t r = 0; r < rows; r++) at[r] = a + r * f->row;
    for (; k > 0; k--) {
        vec factors[MOST_ROWS];
        UNROLL for (size_t r = 0; r < rows; r++)
        {
            factors[r] = v_broadcast(at[r]);
            V_PIN(factors[r]);
            at[r] += step;
            V_PIN(at[r]);
        }
        UNROLL for (size_t v = 0; v < vectors; v++)
        {
            vec column = v_load(b + v * LANES);
            UNROLL for (size_t r = 0; r < rows; r++)
            {
                sums[r][v] = v_fma(factors[r], column, sums[r][v]);
                V_PIN(sums[r][v]);
            }
        }
        b += ldb;
    }
}
#endif

/* The block of c from row `row` and column `column` on; part: how many lanes of its last vector are
 * there */
INLINE void block(const product *f, size_t rows, size_t vectors, size_t row, size_t column,
                  size_t part, bool pairs)
{
    vec sums[MOST_ROWS][MOST_VECTORS];
    size_t lda = f->row, step = f->step, ldb = f->ldb;
    const real *b = f->b + column, *bias = f->bias ? f->bias + row : NULL;
    const real *from = f->from ? f->from + row * WIDE_COLUMNS + column : NULL;
    real *c = f->c + row * f->ldc + column;
    block_start(f, sums, rows, vectors, c, bias, from, part);
    for (size_t t = 0; t < f->tiles; t++) {
        const real *a = f->a + row * lda + t * f->a_step;
        size_t k = f->k_of[t];
#ifdef V_PIN
        pinned_k(sums, f, a, b, k, rows, vectors);
        b += k * ldb;
        k = 0;
#endif
#ifdef V_LANES
        for (; step == 1 && k >= LANES; k -= LANES, a += LANES, b += LANES * ldb)
            lanes_of_k(sums, a, lda, b, ldb, rows, vectors);
#endif
        UNROLL_K for (; k > 0; k--)
        {
            vec columns[MOST_VECTORS];
            UNROLL for (size_t v = 0; v < vectors; v++) columns[v] = v_load(b + v * LANES);
            UNROLL for (size_t r = 0; r < rows; r++)
            {
                vec factor = v_broadcast(a + r * lda);
                UNROLL for (size_t v = 0; v < vectors; v++) sums[r][v] =
                    multiply_add(factor, columns[v], sums[r][v], pairs);
            }
            a += step;
            b += ldb;
        }
    }
    block_end(f, sums, rows, vectors, c, part);
}

#ifndef VECTOR_NO_PREFETCH
/* Asks for the lines of a block of `prefetch`, so that they come while the block is worked on */
static void prefetch_block(const product *f, size_t rows, size_t vectors, size_t row, size_t column)
{
    for (size_t i = 0; i < 4; i++) {
        if (!f->prefetch[i]) continue;
        for (size_t r = row; r < row + rows; r++) {
            for (size_t v = 0; v < vectors * LANES; v += 64 / sizeof(real))
                __builtin_prefetch(f->prefetch[i] + r * f->ldc + column + v, 1);
        }
    }
}

/* Asks for the numbers of b that come after those of this column of blocks: a share of them while
 * each block is worked on. Rows of b lie so far apart that no processor guesses it. */
static void prefetch_columns(const product *f, size_t rows, size_t vectors, size_t row,
                             size_t column)
{
    size_t next = column + vectors * LANES, end = f->far * (row + rows) / f->rows;
    for (size_t k = f->far * row / f->rows; k < end && next < f->columns; k++) {
        for (size_t v = 0; v < vectors * LANES; v += 64 / sizeof(real))
            __builtin_prefetch(f->b + k * f->ldb + next + v);
    }
}

/* Asks for the sums beside a block, from which the next column of blocks goes on. A block loads all
 * of its sums before anything else, so it would wait for each. */
static void prefetch_sums(const product *f, size_t rows, size_t vectors, size_t row, size_t column)
{
    const real *next = f->c + column + vectors * LANES;
    for (size_t r = row; r < row + rows; r++) {
        for (size_t v = 0; v < vectors * LANES; v += 64 / sizeof(real))
            __builtin_prefetch(next + r * f->ldc + v, 1);
    }
}
#endif

/* `count` blocks, one below the other */
INLINE void blocks_below(const product *f, size_t rows, size_t vectors, size_t count, size_t row,
                         size_t column, size_t part, bool pairs)
{
    for (; count > 0; count--, row += rows) {
#ifndef VECTOR_NO_PREFETCH
        if (f->prefetch[0]) prefetch_block(f, rows, vectors, row, column);
        if (f->far) prefetch_columns(f, rows, vectors, row, column);
        if (f->sums_far) prefetch_sums(f, rows, vectors, row, column);
#endif
        block(f, rows, vectors, row, column, part, pairs);
    }
}

typedef void block_function(const product *f, size_t count, size_t row, size_t column, size_t part);

#define DEFINE(rows, vectors)                                                        \
    static void block_##rows##_##vectors(const product *f, size_t count, size_t row, \
                                         size_t column, size_t part)                 \
    {                                                                                \
        blocks_below(f, rows, vectors, count, row, column, part, false);             \
    }
SHAPE_LIST(DEFINE)
#undef DEFINE

#ifdef PENSEL_PAIRS
#define DEFINE(rows, vectors)                                                        \
    static void pairs_##rows##_##vectors(const product *f, size_t count, size_t row, \
                                         size_t column, size_t part)                 \
    {                                                                                \
        blocks_below(f, rows, vectors, count, row, column, part, true);              \
    }
SHAPE_LIST(DEFINE)
#undef DEFINE
#endif

static block_function *const blocks[2][MOST_VECTORS + 1][MOST_ROWS + 1] = {
#define ENTRY(rows, vectors) [0][vectors][rows] = block_##rows##_##vectors,
    SHAPE_LIST(ENTRY)
#undef ENTRY
#ifdef PENSEL_PAIRS
#define ENTRY(rows, vectors) [1][vectors][rows] = pairs_##rows##_##vectors,
        SHAPE_LIST(ENTRY)
#undef ENTRY
#endif
};

/* All rows of one column of blocks, `vectors` wide, dealt out to blocks as equal as can be */
static void column_of_blocks(const product *f, size_t vectors, size_t column, size_t part)
{
    size_t most = most_rows[vectors], count = (f->rows + most - 1) / most;
    size_t rows = f->rows / count, more = f->rows % count;
    block_function *const *of_rows = blocks[f->pairs][vectors];
    if (more > 0) of_rows[rows + 1](f, more, 0, column, part);
    of_rows[rows](f, count - more, more * (rows + 1), column, part);
}

static void multiply(const product *f)
{
    size_t left = (f->columns + LANES - 1) / LANES, part = f->columns - (left - 1) * LANES;
    size_t count = (left + MOST_VECTORS - 1) / MOST_VECTORS;
    size_t width = left / count, more = left % count, column = 0;
    for (size_t i = 0; i < count; i++) {
        size_t vectors = width + (i < more);
        column_of_blocks(f, vectors, column, i + 1 == count ? part : LANES);
        column += vectors * LANES;
    }
}

#endif
