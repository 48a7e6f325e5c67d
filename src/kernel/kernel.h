/* Kernels: arithmetic on arrays, the only code that touches elements in a loop.
 *
 * Two layouts, of numbers of the table's precision ("real"):
 *
 *   feature-major, a panel (units, ld)
 *                       samples in the vector lanes: sample s of unit i stands at [i * ld + s].
 *                       ld is a multiple of `lanes`; n samples fill columns 0..n-1, and a kernel
 *                       may read and write up to n rounded up to `lanes`. What stands there has
 *                       no meaning.
 *   sample-major, rows (n, stride)
 *                       a sample after the other: unit i of sample s stands at [s * stride + i].
 *                       stride is a multiple of `lanes`; columns past the width are finite.
 *
 * forward and rows_of_panel write rows for weight_gradient alone to read. In these the tail, a
 * layer's last units where they are so few that they would fill little of a vector
 * (pensel_tail_units), is not transposed: unit k of the tail of samples g ... g + lanes - 1, g a
 * multiple of lanes, stands side by side in row g + k, from the column of the tail's first unit on,
 * and is 0 for samples past n. Such rows have room for n rounded up to lanes. With bfloat16
 * products rows hold pairs and no tail: unit i of samples s and s + 1, s even, rounded, as one word
 * at [s * stride + i], its lower half first; an odd last sample has a partner of 0, and odd rows
 * are unused.
 * Wide rows may be cut into blocks of row_block units, each of which is rows by itself, row_block
 * its stride: unit i of sample s stands at [i / row_block * block_step + s * row_block + i %
 * row_block]. A product that goes down the samples of a few units then reads memory line by line.
 *
 * Panels and rows start at addresses that are multiples of 64; weights may start anywhere.
 *
 * Every result is summed in one fixed order that depends on neither block shapes nor the way the
 * caller cuts samples into tiles or rows into blocks: z over i = 0, 1, ...; dw over s = 0, 1, ...,
 * also when accumulate cuts them; db, and dw of the tail, lane by lane, then over the lanes, call
 * by call. That makes results the same on any number of threads. With bfloat16 products i and s are
 * counted in pairs from the first of a call, and all cuts between samples are at even numbers.
 *
 * bfloat16 products (precision PENSEL_BFLOAT16): both factors of a product are rounded to bfloat16,
 * to nearest, ties to even; sums and everything in memory are float32. Products over
 * PENSEL_FEW_UNITS units or fewer stay float32: rounded coordinates would be other places. An
 * instruction set without such products has float32's table in their place, which is as good and
 * faster there.
 *
 * To add a kernel: 1. its line in PENSEL_KERNEL_LIST; 2. its scalar twin in reference.c and its
 * vector form in a file of body/; 3. its case in tests/test_kernel.c, which walks this list. */
#ifndef PENSEL_KERNEL_H
#define PENSEL_KERNEL_H

#include "pensel.h"

/* z = b + w a, y = f(z).   w (out, in), b (out), a (in, lda), y (out, ldy) */
typedef struct pensel_forward {
    void *y;
    void *slope; /* (out, ldy) f'(z), or NULL: nobody derives, or f' follows from y */
    void *rows;  /* (n, stride) y again, sample by sample, or NULL */
    const void *w, *b, *a;
    size_t in, out, n;
    size_t ldy, lda, stride;
    size_t block_step;            /* of rows in blocks; else 0 */
    pensel_activation activation; /* softmax normalises over the units of each sample */
    double parameter;
} pensel_forward;

/* dz' = (w^T dz) * f'(z'), over y' in place.   w (out, in), dz (out, lddz), y (in, ldy) */
typedef struct pensel_backward {
    void *y;           /* in: a = f(z) of the layer below; out: its dz */
    const void *slope; /* (in, ldy) its f'(z), or NULL: from a */
    const void *w, *dz;
    const void
        *turned; /* NULL, or w^T (in, turned_stride): the same bits, sooner for a wide layer */
    size_t in, out, n;
    size_t ldy, lddz, turned_stride;
    pensel_activation activation; /* of the layer below; identity gives the plain product */
    double parameter;
} pensel_backward;

/* Transposes: to (columns, stride) from `from` (rows, ld). A backward product of a wide layer reads
 * w^T row by row; down the columns of w, every number would be on a line and page of its own. */
typedef struct pensel_turn {
    void *to;
    const void *from;
    size_t rows, columns, stride, ld;
} pensel_turn;

/* dw = dz rows  (or += when accumulate), db = sum of dz.
 * dz (out, lddz), rows (n, stride), dw (out, in)
 * The samples come in tiles: dz is `tiles` panels, tile_step numbers from one to the next, of
 * tile_n[t] samples each, and exactly those are summed; rows go on without a gap. */
typedef struct pensel_weight_gradient {
    void *dw; /* (out, in) without gaps */
    void *db; /* (out) */
    const void *dz, *rows;
    size_t in, out;
    size_t lddz, stride;
    size_t block_step; /* of rows in blocks; else 0 */
    bool accumulate;
    size_t tiles;
    const size_t *tile_n; /* (tiles) each but the last a multiple of `lanes` */
    size_t tile_step;
    /* NULL, or arrays like dw that the caller turns to next: fetched meanwhile */
    const void *prefetch[4];
} pensel_weight_gradient;

/* n rows of x (total, columns) as a panel and as rows. */
typedef struct pensel_gather {
    void *panel, *rows; /* (columns, ld), (n, stride); either may be NULL */
    pensel_matrix x;
    const size_t *index; /* (n) which rows, or NULL: first, first + 1, ... */
    size_t first, n;
    size_t ld, stride;
} pensel_gather;

/* The loss of n samples and its gradient with respect to the output layer's z. */
typedef struct pensel_loss_tile {
    void *dz;            /* (k, ld); may be `a` itself; NULL: the loss alone */
    const void *a;       /* (k, ld) predictions, after the output activation f */
    const void *slope;   /* (k, ld) f'(z), or NULL, as for backward */
    const void *y;       /* (k, ld) targets */
    const void *weights; /* (n) of the samples, or NULL for 1 */
    size_t k, n, ld;
    pensel_loss loss;
    pensel_activation activation;
    double parameter;
    double delta;          /* the loss's own: see pensel_loss_delta */
    double scale;          /* every dz is multiplied by it: 1 / sum of weights of the batch */
    bool sklearn_gradient; /* squared error: gradient k times the loss's */
    /* NULL, or in the stead of `loss`, with its data and room for 3 k numbers */
    pensel_loss_function function;
    void *data;
    double *room;
} pensel_loss_tile;

/* Silences units: the panel times `factor` where the unit is kept, 0 where it is not. A unit of a
 * sample is dropped when a hash of (seed, unit, first + its column) is below share * 2^32: no
 * state. */
typedef struct pensel_dropout {
    void *panel; /* (units, ld) */
    size_t units, n, ld;
    double share, factor;
    uint64_t seed;
    size_t first; /* the column of the first sample in its batch */
} pensel_dropout;

enum { PENSEL_FEW_UNITS = 8 };

/* How many of a layer's units are its tail. */
static inline size_t pensel_tail_units(size_t lanes, size_t units)
{
    return units % lanes <= lanes / 4 ? units % lanes : 0;
}

/* A solver's name, and how many of its two blocks of memory a step uses: 0, 1 or 2 */
typedef struct pensel_solver_info {
    const char *name;
    int moments;
} pensel_solver_info;

/* One step of a solver on `count` parameters whose gradient is g + more_g + l2 w. */
typedef struct pensel_step {
    void *w;
    void *m, *v;            /* moments, NULL where the solver has none; sgd: m is the velocity */
    const void *g, *more_g; /* more_g: NULL, or added to g */
    size_t count;
    double l2;
    double rate;         /* as the solver makes it of the schedule's */
    double weight_decay; /* w -= weight_decay w first; times the schedule's rate already */
    double momentum, beta_1, beta_2, epsilon; /* options */
    bool nesterov;
    double gradient_scale; /* g is multiplied by it: 1, or less when clipped */
} pensel_step;

/* n sparse rows, in the stead of a panel of inputs */
typedef struct pensel_sparse_rows {
    const pensel_sparse *x; /* NULL: there are none */
    const size_t *index;    /* (n) which rows, or NULL: first, first + 1, ... */
    size_t first, n;
    /* NULL, or for sparse_forward (in, lanes), aligned like rows: there it turns the weights of
     * some units at a time, which pays from as many values on as there are inputs. The same bits.
     */
    void *room;
} pensel_sparse_rows;

/* One step of a solver on a layer by a single sample: the gradient of its weights is dz a^T, that
 * of its biases dz. w, m, v (out, in), dz (out), a (in) with room for in rounded up to `lanes`.
 * Each number of w, m and v is read and written once. Of both steps g, more_g and count are not
 * used, and gradient_scale is 1. */
typedef struct pensel_row_step {
    pensel_step step, biases;
    const void *dz, *a;
    size_t in, out;
} pensel_row_step;

/* X(name, result, arguments): every kernel that a prediction needs, and those that training needs
 * besides: in a library that only predicts they are NULL. */
#define PENSEL_FORWARD_KERNEL_LIST(X)                                                              \
    X(forward, void, (const pensel_forward *))                                                     \
    /* one sample by itself, its units side by side: n 1, ldy and lda 1, no rows; y has room   */  \
    /* for out rounded up to `lanes`. Its sums go lane by lane over i, so the last bits are    */  \
    /* not forward's; its products are float32 in every float32 table.                         */  \
    X(forward_row, void, (const pensel_forward *))                                                 \
    /* forward and weight_gradient of sparse rows: a, or rows of inputs, are not used. Summed   */ \
    /* over the values of a row as they are listed; products are float32 in float32 tables.     */ \
    X(sparse_forward, void, (const pensel_forward *, const pensel_sparse_rows *))                  \
    X(gather, void, (const pensel_gather *))                                                       \
    /* rows (n, width) without gaps from a panel (width, ld) */                                    \
    X(scatter, void, (void *rows, const void *panel, size_t ld, size_t width, size_t n))           \
    /* value = f(z), derivative = f'(z); either may be NULL */                                     \
    X(activate, void,                                                                              \
      (void *value, void *derivative, const void *z, size_t count, pensel_activation activation,   \
       double parameter))                                                                          \
    X(all_finite, bool, (const void *x, size_t count))
#define PENSEL_TRAINING_KERNEL_LIST(X)                                                             \
    X(backward, void, (const pensel_backward *))                                                   \
    /* of one sample: n 1, ldy and lddz 1; y has room for in rounded up to `lanes`. Summed over */ \
    /* j = 0, 1, ...; its products are float32 in every float32 table.                          */ \
    X(backward_row, void, (const pensel_backward *))                                               \
    X(turn, void, (const pensel_turn *))                                                           \
    X(weight_gradient, void, (const pensel_weight_gradient *))                                     \
    X(sparse_gradient, void, (const pensel_weight_gradient *, const pensel_sparse_rows *))         \
    /* rows (n, stride), for weight_gradient, from a panel (units, ld); block_step as above */     \
    X(rows_of_panel, void,                                                                         \
      (void *rows, size_t stride, size_t block_step, const void *panel, size_t ld, size_t units,   \
       size_t n))                                                                                  \
    /* returns the sum over samples of weight times loss, in double */                             \
    X(loss, double, (const pensel_loss_tile *))                                                    \
    X(dropout, void, (const pensel_dropout *))                                                     \
    X(sum_of_squares, double, (const void *x, size_t count))                                       \
    /* y += scale x */                                                                             \
    X(add_scaled, void, (void *y, const void *x, double scale, size_t count))                      \
    /* average += (1 - decay) (x - average) */                                                     \
    X(blend, void, (void *average, const void *x, size_t count, double decay))                     \
    /* `rounds` rounds of independent fused multiply-adds; returns the operations done (2 each) */ \
    X(peak, double, (size_t rounds))
#define PENSEL_KERNEL_LIST(X)     \
    PENSEL_FORWARD_KERNEL_LIST(X) \
    PENSEL_TRAINING_KERNEL_LIST(X)

typedef struct pensel_kernels {
    const char *isa;
    pensel_precision precision; /* of numbers in memory: float32 or float64 */
    size_t size;                /* bytes of a real */
    size_t lanes;               /* reals that panels and rows are rounded up to */
    size_t row_block;           /* units of a block of rows; 0: rows are never in blocks */
#define PENSEL_KERNEL_MEMBER(name, result, arguments) result(*name) arguments;
    PENSEL_KERNEL_LIST(PENSEL_KERNEL_MEMBER)
#undef PENSEL_KERNEL_MEMBER
    /* Of those in PENSEL_STEP_LIST; that of a row gives the sum of w's squares before the step. */
    void (*step[PENSEL_SOLVER_COUNT])(const pensel_step *);
    double (*row_step[PENSEL_SOLVER_COUNT])(const pensel_row_step *);
} pensel_kernels;

/* The table for a precision on this CPU, or the one PENSEL_ISA names: an unknown or unsupported
 * name is an UNSUPPORTED error that lists what runs here. */
pensel_status pensel_kernels_find(const pensel_kernels **kernels, pensel_precision precision,
                                  pensel_error *error);
/* The table of a named instruction set, NULL when this CPU or this build has none. */
const pensel_kernels *pensel_kernels_of(const char *isa, pensel_precision precision);

/* How numbers of a network of this precision stand in memory: float32 or float64 */
static inline pensel_precision pensel_precision_in_memory(pensel_precision precision)
{
    return precision == PENSEL_FLOAT64 ? PENSEL_FLOAT64 : PENSEL_FLOAT32;
}

/* True when f' does not follow from a = f(z) alone: then forward has to leave it. */
bool pensel_activation_needs_z(pensel_activation activation);
/* Refuses a parameter for which the value or the derivative is not that of the formula. */
pensel_status pensel_activation_check(pensel_activation activation, double parameter,
                                      pensel_error *error);

#endif
