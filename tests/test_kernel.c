/* Every kernel of every table that runs here against its scalar reference, on awkward sizes, with
 * guard bytes around everything a kernel writes. The tests are made from PENSEL_KERNEL_LIST: a
 * kernel without its check_NAME does not compile. The reference itself is compared with formulas in
 * test_activation.c, with central differences in test_gradient.c and with scikit-learn in
 * test_parity.c; bfloat16's with float32 in test_bfloat16.c. */
#include "test.h"

#include "kernel/isa.h"
#include "kernel/kernel.h"

#include <float.h>

enum { GUARD = 256, GUARD_BYTE = 0xa5 };

/* A block of numbers between two guards. */
typedef struct block {
    unsigned char *memory;
    void *data;
    size_t bytes;
} block;

static pensel_random dice;

static double get(const pensel_kernels *kernels, const void *data, size_t i)
{
    return kernels->precision == PENSEL_FLOAT32 ? (double)((const float *)data)[i]
                                                : ((const double *)data)[i];
}

static void set(const pensel_kernels *kernels, void *data, size_t i, double value)
{
    if (kernels->precision == PENSEL_FLOAT32)
        ((float *)data)[i] = (float)value;
    else
        ((double *)data)[i] = value;
}

/* count numbers from [-1, 1), starting `shift` numbers after a multiple of 64 bytes */
static block random_block(const pensel_kernels *kernels, size_t count, size_t shift)
{
    block b = {.bytes = count * kernels->size};
    size_t total = (2 * GUARD + b.bytes + shift * kernels->size + 63) / 64 * 64;
    b.memory = aligned_alloc(64, total);
    assert_non_null(b.memory);
    memset(b.memory, GUARD_BYTE, total);
    b.data = b.memory + GUARD + shift * kernels->size;
    for (size_t i = 0; i < count; i++)
        set(kernels, b.data, i, pensel_random_uniform(&dice, -1, 1));
    return b;
}

static block copy_of(block from)
{
    size_t before = (size_t)((unsigned char *)from.data - from.memory);
    size_t total = (before + from.bytes + GUARD + 63) / 64 * 64;
    block b = {.memory = aligned_alloc(64, total), .bytes = from.bytes};
    assert_non_null(b.memory);
    memset(b.memory, GUARD_BYTE, total);
    b.data = b.memory + before;
    memcpy(b.data, from.data, from.bytes);
    return b;
}

static void release(block *b)
{
    const unsigned char *data = b->data;
    for (const unsigned char *p = b->memory; p < data; p++)
        assert_int_equal(*p, GUARD_BYTE);
    for (size_t i = 0; i < GUARD; i++)
        assert_int_equal(data[b->bytes + i], GUARD_BYTE);
    free(b->memory);
}

static double epsilon(const pensel_kernels *kernels)
{
    return kernels->precision == PENSEL_FLOAT32 ? (double)FLT_EPSILON : DBL_EPSILON;
}

/* What is compared: (rows, columns) of numbers `ld` apart. */
static void assert_same(const pensel_kernels *kernels, block value, block expected, size_t rows,
                        size_t columns, size_t ld, double bound, const char *what)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            double a = get(kernels, value.data, i * ld + j),
                   b = get(kernels, expected.data, i * ld + j);
            if (!(fabs(a - b) <= bound * epsilon(kernels) * fmax(1, fabs(b))))
                fail_msg("%s of %s, (%zu, %zu) of (%zu, %zu): %.17g, not %.17g", what, kernels->isa,
                         i, j, rows, columns, a, b);
        }
    }
}

static size_t up(const pensel_kernels *kernels, size_t n)
{
    return (n + kernels->lanes - 1) / kernels->lanes * kernels->lanes;
}

/* Whether products are of bfloat16, so that rows hold pairs */
static bool has_pairs(const pensel_kernels *kernels)
{
    return kernels == pensel_kernels_of(kernels->isa, PENSEL_BFLOAT16) &&
           kernels != pensel_kernels_of(kernels->isa, PENSEL_FLOAT32);
}

/* Unit i of sample s in rows of `units` that a kernel wrote: units that are over a multiple of the
 * lanes, few of them, are side by side for as many samples as there are lanes. */
static double in_rows(const pensel_kernels *kernels, block rows, size_t stride, size_t units,
                      size_t s, size_t i)
{
    size_t lanes = kernels->lanes, whole = units / lanes * lanes;
    if (!has_pairs(kernels) && i >= whole && units - whole <= lanes / 4)
        return get(kernels, rows.data,
                   (s / lanes * lanes + i - whole) * stride + whole + s % lanes);
    if (!has_pairs(kernels)) return get(kernels, rows.data, s * stride + i);
    uint16_t pair[2];
    memcpy(pair, (const float *)rows.data + (s - s % 2) * stride + i, sizeof pair);
    uint32_t bits = (uint32_t)pair[s % 2] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

/* Numbers that round otherwise may be a whole bfloat16 apart. */
static void assert_same_rows(const pensel_kernels *kernels, block value, block expected, size_t n,
                             size_t units, size_t stride, double bound)
{
    for (size_t s = 0; s < n; s++) {
        for (size_t i = 0; i < units; i++) {
            double a = in_rows(kernels, value, stride, units, s, i);
            double b = in_rows(kernels, expected, stride, units, s, i);
            double apart = bound * epsilon(kernels) + (has_pairs(kernels) ? ldexp(fabs(b), -7) : 0);
            if (!(fabs(a - b) <= apart * fmax(1, fabs(b))))
                fail_msg("rows of %s, (%zu, %zu) of (%zu, %zu): %.17g, not %.17g", kernels->isa, s,
                         i, n, units, a, b);
        }
    }
}

/* n samples of `units` as weight_gradient takes them */
static block random_rows(const pensel_kernels *kernels, size_t n, size_t units)
{
    size_t ld = up(kernels, n), stride = up(kernels, units);
    block panel = random_block(kernels, units * ld, 0),
          rows = random_block(kernels, ld * stride, 0);
    kernels->rows_of_panel(rows.data, stride, panel.data, ld, units, n);
    release(&panel);
    return rows;
}

/* Sizes around every vector length and every block of rows. */
static const size_t sizes[] = {1,  2,  3,  5,  7,  8,  9,  12, 13, 15, 16,
                               17, 23, 24, 25, 31, 33, 47, 50, 64, 65, 70};
#define SIZE_COUNT (sizeof sizes / sizeof *sizes)

static size_t some_size(void)
{
    return sizes[(size_t)pensel_random_uniform(&dice, 0, (double)SIZE_COUNT)];
}

static double parameter_of(pensel_activation activation)
{
    return pensel_activation_describe(activation)->parameter;
}

static void forward_case(const pensel_kernels *kernels, const pensel_kernels *reference, size_t in,
                         size_t out, size_t n, pensel_activation activation)
{
    size_t ld = up(kernels, n), stride = up(kernels, out);
    block w = random_block(kernels, out * in, 1), b = random_block(kernels, out, 3);
    block a = random_block(kernels, in * ld, 0), y = random_block(kernels, out * ld, 0);
    block z = random_block(kernels, out * ld, 0), rows = random_block(kernels, ld * stride, 0);
    block y_2 = copy_of(y), z_2 = copy_of(z), rows_2 = copy_of(rows);
    pensel_forward f = {.y = y.data,
                        .z = z.data,
                        .rows = rows.data,
                        .w = w.data,
                        .b = b.data,
                        .a = a.data,
                        .in = in,
                        .out = out,
                        .n = n,
                        .ldy = ld,
                        .lda = ld,
                        .stride = stride,
                        .activation = activation,
                        .parameter = parameter_of(activation)};
    kernels->forward(&f);
    f.y = y_2.data, f.z = z_2.data, f.rows = rows_2.data;
    reference->forward(&f);
    double bound = 4.0 * (double)in + 20;
    if (activation != PENSEL_STEP) { /* rounding may take a z across its step */
        assert_same(kernels, y, y_2, out, n, ld, 3 * bound, "forward: y");
        assert_same_rows(kernels, rows, rows_2, n, out, stride, 3 * bound);
    }
    if (pensel_activation_needs_z(activation))
        assert_same(kernels, z, z_2, out, n, ld, bound, "forward: z");
    f.z = NULL, f.rows = NULL;
    kernels->forward(&f);
    assert_same(kernels, y_2, y, out, n, ld, 0, "forward without z: y");
    block *all[] = {&w, &b, &a, &y, &z, &rows, &y_2, &z_2, &rows_2};
    for (size_t i = 0; i < 9; i++)
        release(all[i]);
}

static void check_forward(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        for (int activation = 0; activation < PENSEL_ACTIVATION_COUNT; activation++) {
            pensel_activation f = (pensel_activation)activation;
            forward_case(kernels, reference, some_size(), some_size(), sizes[i], f);
            forward_case(kernels, reference, some_size(), sizes[i], some_size(), f);
        }
    }
    forward_case(kernels, reference, 100, 100, 64, PENSEL_RELU);
    forward_case(kernels, reference, 601, 7, 70, PENSEL_LEAKY_RELU);
    forward_case(kernels, reference, 601, 41, 3, PENSEL_TANH);
    forward_case(kernels, reference, 1, 300, 200, PENSEL_TANH);
}

static void check_forward_row(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT * PENSEL_ACTIVATION_COUNT; i++) {
        size_t out = sizes[i % SIZE_COUNT], in = some_size(), room = up(kernels, out);
        block w = random_block(kernels, out * in, 1), b = random_block(kernels, out, 3);
        block a = random_block(kernels, in, 0), y = random_block(kernels, room, 0);
        block z = random_block(kernels, out, 0), y_2 = copy_of(y), z_2 = copy_of(z);
        pensel_activation activation = (pensel_activation)(i / SIZE_COUNT);
        pensel_forward f = {.y = y.data,
                            .z = z.data,
                            .w = w.data,
                            .b = b.data,
                            .a = a.data,
                            .in = in,
                            .out = out,
                            .n = 1,
                            .ldy = 1,
                            .lda = 1,
                            .activation = activation,
                            .parameter = parameter_of(activation)};
        kernels->forward_row(&f);
        f.y = y_2.data, f.z = z_2.data;
        reference->forward_row(&f);
        double bound = 4.0 * (double)in + 20;
        assert_same(kernels, z, z_2, 1, out, out, bound, "forward row: z");
        if (activation != PENSEL_STEP)
            assert_same(kernels, y, y_2, 1, out, out, 3 * bound, "forward row: y");
        block *all[] = {&w, &b, &a, &y, &z, &y_2, &z_2};
        for (size_t j = 0; j < 7; j++)
            release(all[j]);
    }
}

static void backward_case(const pensel_kernels *kernels, const pensel_kernels *reference, size_t in,
                          size_t out, size_t n, pensel_activation activation)
{
    size_t ld = up(kernels, n);
    block w = random_block(kernels, out * in, 1), dz = random_block(kernels, out * ld, 0);
    block y = random_block(kernels, in * ld, 0), z = random_block(kernels, in * ld, 0);
    block y_2 = copy_of(y);
    pensel_backward f = {.y = y.data,
                         .z = z.data,
                         .w = w.data,
                         .dz = dz.data,
                         .in = in,
                         .out = out,
                         .n = n,
                         .ldy = ld,
                         .lddz = ld,
                         .activation = activation,
                         .parameter = parameter_of(activation)};
    if (!pensel_activation_needs_z(activation)) f.z = NULL;
    kernels->backward(&f);
    f.y = y_2.data;
    reference->backward(&f);
    assert_same(kernels, y, y_2, in, n, ld, 8.0 * (double)out + 40, "backward");
    block *all[] = {&w, &dz, &y, &z, &y_2};
    for (size_t i = 0; i < 5; i++)
        release(all[i]);
}

static void check_backward(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        for (int activation = 0; activation < PENSEL_ACTIVATION_COUNT; activation++)
            backward_case(kernels, reference, sizes[i], some_size(), some_size(),
                          (pensel_activation)activation);
    }
    backward_case(kernels, reference, 200, 601, 70, PENSEL_RELU);
    backward_case(kernels, reference, 200, 601, 33, PENSEL_SINE);
}

static void check_backward_row(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT * PENSEL_ACTIVATION_COUNT; i++) {
        size_t in = i % 5 ? sizes[i % SIZE_COUNT] : 3 * sizes[i % SIZE_COUNT], out = some_size();
        pensel_activation activation = (pensel_activation)(i / SIZE_COUNT);
        block w = random_block(kernels, out * in, 1), dz = random_block(kernels, out, 0);
        block y = random_block(kernels, up(kernels, in), 0);
        block z = random_block(kernels, up(kernels, in), 0), y_2 = copy_of(y);
        pensel_backward f = {.y = y.data,
                             .z = pensel_activation_needs_z(activation) ? z.data : NULL,
                             .w = w.data,
                             .dz = dz.data,
                             .in = in,
                             .out = out,
                             .n = 1,
                             .ldy = 1,
                             .lddz = 1,
                             .activation = activation,
                             .parameter = parameter_of(activation)};
        kernels->backward_row(&f);
        f.y = y_2.data;
        reference->backward_row(&f);
        assert_same(kernels, y, y_2, 1, in, in, 8.0 * (double)out + 40, "backward row");
        block *all[] = {&w, &dz, &y, &z, &y_2};
        for (size_t j = 0; j < 5; j++)
            release(all[j]);
    }
}

static void gradient_case(const pensel_kernels *kernels, const pensel_kernels *reference, size_t in,
                          size_t out, size_t n, bool accumulate)
{
    size_t ld = up(kernels, n), stride = up(kernels, in);
    block dz = random_block(kernels, out * ld, 0), rows = random_rows(kernels, n, in);
    block dw = random_block(kernels, out * in, 5), db = random_block(kernels, out, 1);
    block dw_2 = copy_of(dw), db_2 = copy_of(db);
    pensel_weight_gradient f = {.dw = dw.data,
                                .db = db.data,
                                .dz = dz.data,
                                .rows = rows.data,
                                .in = in,
                                .out = out,
                                .lddz = ld,
                                .stride = stride,
                                .accumulate = accumulate,
                                .tiles = 1,
                                .tile_n = &n};
    kernels->weight_gradient(&f);
    f.dw = dw_2.data, f.db = db_2.data;
    reference->weight_gradient(&f);
    double bound = 4.0 * (double)n + 20;
    assert_same(kernels, dw, dw_2, out, in, in, bound, "weight gradient: dw");
    assert_same(kernels, db, db_2, 1, out, out, bound, "weight gradient: db");
    block *all[] = {&dz, &rows, &dw, &db, &dw_2, &db_2};
    for (size_t i = 0; i < 6; i++)
        release(all[i]);
}

static void turn_case(const pensel_kernels *kernels, size_t rows, size_t columns)
{
    size_t ld = columns + 3, stride = rows + 5;
    block from = random_block(kernels, rows * ld, 1),
          to = random_block(kernels, columns * stride, 1);
    block before = copy_of(to);
    kernels->turn(&(pensel_turn){.to = to.data,
                                 .from = from.data,
                                 .rows = rows,
                                 .columns = columns,
                                 .stride = stride,
                                 .ld = ld});
    for (size_t c = 0; c < columns; c++) {
        for (size_t r = 0; r < stride; r++)
            assert_true(get(kernels, to.data, c * stride + r) ==
                        (r < rows ? get(kernels, from.data, r * ld + c)
                                  : get(kernels, before.data, c * stride + r)));
    }
    block *all[] = {&from, &to, &before};
    for (size_t i = 0; i < 3; i++)
        release(all[i]);
}

static void check_turn(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    (void)reference; /* it is compared with what it must be */
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        turn_case(kernels, sizes[i], some_size());
        turn_case(kernels, some_size(), sizes[i]);
    }
}

static void check_weight_gradient(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        gradient_case(kernels, reference, sizes[i], some_size(), some_size(), i % 2);
        gradient_case(kernels, reference, some_size(), sizes[i], some_size(), i % 2);
        gradient_case(kernels, reference, some_size(), some_size(), sizes[i], i % 2);
    }
    gradient_case(kernels, reference, 100, 50, 333, false);
    gradient_case(kernels, reference, 34, 9, 1000, true);
}

/* n rows of which each lists some columns, some of them twice, and one lists nothing */
enum { SPARSE_ROWS = 40, SPARSE_VALUES = 6 };
typedef struct sparse_rows {
    block values;
    int32_t where[SPARSE_ROWS * SPARSE_VALUES];
    int64_t starts[SPARSE_ROWS + 1];
    size_t index[SPARSE_ROWS];
    pensel_sparse x;
    pensel_sparse_rows rows;
} sparse_rows;

static void draw_sparse(sparse_rows *s, size_t columns, size_t n, pensel_precision precision,
                        bool index)
{
    size_t count = 0;
    s->values =
        random_block(pensel_kernels_of("reference", precision), SPARSE_ROWS * SPARSE_VALUES, 0);
    for (size_t row = 0; row < SPARSE_ROWS; row++) {
        s->starts[row] = (int64_t)count;
        s->index[row] = (row * 7 + 3) % SPARSE_ROWS;
        for (size_t k = 0; k < row % SPARSE_VALUES; k++)
            s->where[count++] = (int32_t)pensel_random_uniform(&dice, 0, (double)columns);
    }
    s->starts[SPARSE_ROWS] = (int64_t)count;
    s->x = (pensel_sparse){s->values.data, s->where, s->starts, SPARSE_ROWS, columns, precision};
    s->rows = (pensel_sparse_rows){
        .x = &s->x, .index = index ? s->index : NULL, .first = index ? 0 : 5, .n = n};
}

static void sparse_forward_case(const pensel_kernels *kernels, const pensel_kernels *reference,
                                size_t in, size_t out, size_t n, pensel_activation activation)
{
    static sparse_rows s;
    size_t ld = up(kernels, n), stride = up(kernels, out);
    draw_sparse(&s, in, n, in % 2 ? PENSEL_FLOAT32 : PENSEL_FLOAT64, n % 2);
    block w = random_block(kernels, out * in, 1), b = random_block(kernels, out, 3);
    block y = random_block(kernels, out * ld, 0), z = random_block(kernels, out * ld, 0);
    block rows = random_block(kernels, ld * stride, 0),
          turned = random_block(kernels, in * stride, 0);
    block y_2 = copy_of(y), z_2 = copy_of(z), rows_2 = copy_of(rows);
    for (size_t i = 0; i < in * out; i++)
        set(kernels, turned.data, i % in * stride + i / in, get(kernels, w.data, i));
    pensel_forward f = {.y = y.data,
                        .z = z.data,
                        .rows = rows.data,
                        .w = w.data,
                        .b = b.data,
                        .in = in,
                        .out = out,
                        .n = n,
                        .ldy = ld,
                        .stride = stride,
                        .activation = activation,
                        .parameter = parameter_of(activation)};
    kernels->sparse_forward(&f, &s.rows);
    f.y = y_2.data, f.z = z_2.data, f.rows = rows_2.data;
    reference->sparse_forward(&f, &s.rows);
    assert_same(kernels, z, z_2, out, n, ld, 60, "sparse forward: z");
    if (activation != PENSEL_STEP) {
        assert_same(kernels, y, y_2, out, n, ld, 200, "sparse forward: y");
        assert_same_rows(kernels, rows, rows_2, n, out, stride, 200);
    }
    s.rows.by_input = turned.data, s.rows.stride = stride;
    kernels->sparse_forward(&f, &s.rows);
    assert_same(kernels, y_2, y, out, n, ld, 0, "sparse forward by input: y");
    block *all[] = {&w, &b, &y, &z, &rows, &turned, &y_2, &z_2, &rows_2, &s.values};
    for (size_t i = 0; i < 10; i++)
        release(all[i]);
}

static void check_sparse_forward(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT * PENSEL_ACTIVATION_COUNT; i++)
        sparse_forward_case(kernels, reference, some_size(), sizes[i % SIZE_COUNT], 1 + i % 30,
                            (pensel_activation)(i / SIZE_COUNT));
}

static void check_sparse_gradient(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    static sparse_rows s;
    for (size_t i = 0; i < 2 * SIZE_COUNT; i++) {
        size_t in = sizes[i % SIZE_COUNT], out = some_size(), lanes = kernels->lanes;
        size_t tile_n[] = {lanes, 1 + i % (SPARSE_ROWS - 5 - lanes)}, ld = 3 * lanes;
        draw_sparse(&s, in, lanes + tile_n[1], in % 2 ? PENSEL_FLOAT32 : PENSEL_FLOAT64, i % 3);
        block dz = random_block(kernels, 2 * out * ld, 0), dw = random_block(kernels, out * in, 5);
        block db = random_block(kernels, out, 1), dw_2 = copy_of(dw), db_2 = copy_of(db);
        set(kernels, dz.data, 2, 0);
        pensel_weight_gradient f = {.dw = dw.data,
                                    .db = db.data,
                                    .dz = dz.data,
                                    .in = in,
                                    .out = out,
                                    .lddz = ld,
                                    .accumulate = i % 2,
                                    .tiles = 2,
                                    .tile_n = tile_n,
                                    .tile_step = out * ld};
        kernels->sparse_gradient(&f, &s.rows);
        f.dw = dw_2.data, f.db = db_2.data;
        reference->sparse_gradient(&f, &s.rows);
        assert_same(kernels, dw, dw_2, out, in, in, 200, "sparse gradient: dw");
        assert_same(kernels, db, db_2, 1, out, out, 200, "sparse gradient: db");
        block *all[] = {&dz, &dw, &db, &dw_2, &db_2, &s.values};
        for (size_t j = 0; j < 6; j++)
            release(all[j]);
    }
}

static void gather_case(const pensel_kernels *kernels, const pensel_kernels *reference,
                        size_t columns, size_t n, pensel_precision precision, bool index)
{
    enum { TOTAL = 90 };
    size_t ld = up(kernels, n), stride = up(kernels, columns), which[TOTAL];
    block panel = random_block(kernels, columns * ld, 0),
          rows = random_block(kernels, n * stride, 0);
    block panel_2 = copy_of(panel), rows_2 = copy_of(rows);
    const pensel_kernels *of_x = pensel_kernels_of("reference", precision);
    block x = random_block(of_x, TOTAL * columns, 1);
    for (size_t i = 0; i < TOTAL; i++)
        which[i] = (i * 37 + 5) % TOTAL;
    pensel_gather f = {.panel = panel.data,
                       .rows = rows.data,
                       .x = {x.data, TOTAL, columns, precision},
                       .index = index ? which : NULL,
                       .first = 11,
                       .n = n,
                       .ld = ld,
                       .stride = stride};
    kernels->gather(&f);
    f.panel = panel_2.data, f.rows = rows_2.data;
    reference->gather(&f);
    assert_same(kernels, panel, panel_2, columns, n, ld, 0, "gather: panel");
    assert_same(kernels, rows, rows_2, n, stride, stride, 0, "gather: rows");
    f.panel = NULL, f.rows = rows.data;
    kernels->gather(&f);
    f.panel = panel.data, f.rows = NULL;
    kernels->gather(&f);
    assert_same(kernels, panel, panel_2, columns, n, ld, 0, "gather: panel alone");
    assert_same(kernels, rows, rows_2, n, stride, stride, 0, "gather: rows alone");
    block *all[] = {&panel, &rows, &panel_2, &rows_2, &x};
    for (size_t i = 0; i < 5; i++)
        release(all[i]);
}

static void check_gather(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        for (int kind = 0; kind < 4; kind++)
            gather_case(kernels, reference, sizes[i], some_size(),
                        kind % 2 ? PENSEL_FLOAT32 : PENSEL_FLOAT64, kind / 2);
    }
}

static void check_scatter(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        size_t width = sizes[i], n = some_size(), ld = up(kernels, n);
        block panel = random_block(kernels, width * ld, 0),
              rows = random_block(kernels, n * width, 1);
        block rows_2 = copy_of(rows);
        kernels->scatter(rows.data, panel.data, ld, width, n);
        reference->scatter(rows_2.data, panel.data, ld, width, n);
        assert_same(kernels, rows, rows_2, n, width, width, 0, "scatter");
        release(&panel), release(&rows), release(&rows_2);
    }
}

static void loss_case(const pensel_kernels *kernels, const pensel_kernels *reference, size_t k,
                      size_t n, pensel_loss loss, pensel_activation activation)
{
    size_t ld = up(kernels, n);
    block a = random_block(kernels, k * ld, 0), z = random_block(kernels, k * ld, 0);
    block y = random_block(kernels, k * ld, 0), dz = random_block(kernels, k * ld, 0);
    block weights = random_block(kernels, n, 1), dz_2 = copy_of(dz);
    for (size_t i = 0; i < k * ld; i++) { /* probabilities and rates, away from their limits */
        set(kernels, a.data, i, 0.05 + 0.9 * fabs(get(kernels, a.data, i)));
        set(kernels, y.data, i, fabs(get(kernels, y.data, i)));
    }
    pensel_loss_tile f = {.dz = dz.data,
                          .a = a.data,
                          .z = z.data,
                          .y = y.data,
                          .weights = n % 2 ? weights.data : NULL,
                          .k = k,
                          .n = n,
                          .ld = ld,
                          .loss = loss,
                          .activation = activation,
                          .parameter = parameter_of(activation),
                          .delta = 0.3,
                          .scale = 0.25,
                          .sklearn_gradient = k % 2};
    double value = kernels->loss(&f);
    f.dz = dz_2.data;
    double expected = reference->loss(&f);
    double bound = 20 * (double)(k * n) * epsilon(kernels);
    assert_true(fabs(value - expected) <= bound * fmax(1, fabs(expected)));
    assert_same(kernels, dz, dz_2, k, n, ld, 30, "loss: dz");
    f.dz = NULL;
    assert_true(kernels->loss(&f) == value);
    block *all[] = {&a, &z, &y, &dz, &weights, &dz_2};
    for (size_t i = 0; i < 6; i++)
        release(all[i]);
}

static void check_rows_of_panel(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        size_t units = sizes[i], n = some_size(), ld = up(kernels, n), stride = up(kernels, units);
        block panel = random_block(kernels, units * ld, 0);
        block rows = random_block(kernels, ld * stride, 0), rows_2 = copy_of(rows);
        kernels->rows_of_panel(rows.data, stride, panel.data, ld, units, n);
        reference->rows_of_panel(rows_2.data, stride, panel.data, ld, units, n);
        assert_memory_equal(rows.data, rows_2.data, rows.bytes);
        for (size_t s = 0; s < n; s++) {
            double value = get(kernels, panel.data, s);
            assert_near(in_rows(kernels, rows, stride, units, s, 0), value,
                        has_pairs(kernels) ? ldexp(1, -9) : 0);
        }
        release(&panel), release(&rows), release(&rows_2);
    }
}

static void check_loss(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (int loss = 0; loss < PENSEL_LOSS_COUNT; loss++) {
        for (int activation = 0; activation < PENSEL_ACTIVATION_COUNT; activation++) {
            loss_case(kernels, reference, 1, some_size(), (pensel_loss)loss,
                      (pensel_activation)activation);
            loss_case(kernels, reference, some_size(), some_size(), (pensel_loss)loss,
                      (pensel_activation)activation);
        }
    }
}

static void check_dropout(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        size_t units = sizes[i], n = some_size(), ld = up(kernels, n);
        block panel = random_block(kernels, units * ld, 0), panel_2 = copy_of(panel);
        pensel_dropout f = {.panel = panel.data,
                            .units = units,
                            .n = n,
                            .ld = ld,
                            .share = 0.3,
                            .factor = 1 / 0.7,
                            .seed = 77 + i,
                            .first = i};
        kernels->dropout(&f);
        f.panel = panel_2.data;
        reference->dropout(&f);
        assert_same(kernels, panel, panel_2, units, n, ld, 0, "dropout: panel");
        release(&panel), release(&panel_2);
    }
}

/* `sums_squares`: the first moment is not negative, which a solver may rely on that keeps squares
 * there. */
static void step_case(const pensel_kernels *kernels, size_t count, bool nesterov,
                      bool two_gradients, bool sums_squares, void (*step)(const pensel_step *),
                      void (*reference)(const pensel_step *))
{
    block w = random_block(kernels, count, 1), m = random_block(kernels, count, 1);
    block v = random_block(kernels, count, 1), g = random_block(kernels, count, 3);
    block more = random_block(kernels, count, 5);
    for (size_t i = 0; i < count; i++) {
        set(kernels, v.data, i, fabs(get(kernels, v.data, i)));
        if (sums_squares) set(kernels, m.data, i, fabs(get(kernels, m.data, i)));
    }
    block w_2 = copy_of(w), m_2 = copy_of(m), v_2 = copy_of(v);
    pensel_step f = {.w = w.data,
                     .m = m.data,
                     .v = v.data,
                     .g = g.data,
                     .count = count,
                     .l2 = 0.01,
                     .more_g = two_gradients ? more.data : NULL,
                     .rate = 0.03,
                     .momentum = 0.9,
                     .nesterov = nesterov,
                     .beta_1 = 0.9,
                     .beta_2 = 0.999,
                     .epsilon = 1e-8,
                     .weight_decay = 0.002,
                     .gradient_scale = 0.7};
    step(&f);
    f.w = w_2.data, f.m = m_2.data, f.v = v_2.data;
    reference(&f);
    assert_same(kernels, w, w_2, 1, count, count, 16, "step: w");
    assert_same(kernels, m, m_2, 1, count, count, 8, "step: m");
    assert_same(kernels, v, v_2, 1, count, count, 8, "step: v");
    block *all[] = {&w, &m, &v, &g, &more, &w_2, &m_2, &v_2};
    for (size_t i = 0; i < 8; i++)
        release(all[i]);
}

/* Every solver that takes a step for each batch. */
static void check_step(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (int solver = 0; solver < PENSEL_SOLVER_COUNT; solver++)
        for (size_t i = 0; i < SIZE_COUNT && kernels->step[solver]; i++)
            step_case(kernels, sizes[i], i % 2, i / 2 % 2,
                      solver != PENSEL_SGD && solver != PENSEL_ADAM, kernels->step[solver],
                      reference->step[solver]);
}

static void row_step_case(const pensel_kernels *kernels, const pensel_kernels *reference, size_t in,
                          size_t out, size_t solver, bool nesterov)
{
    size_t count = in * out;
    block w = random_block(kernels, count, 1), m = random_block(kernels, count, 1);
    block v = random_block(kernels, count, 1), dz = random_block(kernels, out, 3);
    block a = random_block(kernels, up(kernels, in), 0);
    for (size_t i = 0; i < count; i++) {
        set(kernels, v.data, i, fabs(get(kernels, v.data, i)));
        if (solver != PENSEL_SGD && solver != PENSEL_ADAM)
            set(kernels, m.data, i, fabs(get(kernels, m.data, i)));
    }
    block w_2 = copy_of(w), m_2 = copy_of(m), v_2 = copy_of(v);
    pensel_row_step f = {.step = {.w = w.data,
                                  .m = m.data,
                                  .v = v.data,
                                  .l2 = 0.01,
                                  .rate = 0.03,
                                  .momentum = 0.9,
                                  .nesterov = nesterov,
                                  .beta_1 = 0.9,
                                  .beta_2 = 0.999,
                                  .epsilon = 1e-8,
                                  .weight_decay = 0.002,
                                  .gradient_scale = 1},
                         .dz = dz.data,
                         .a = a.data,
                         .in = in,
                         .out = out};
    double squares = kernels->row_step[solver](&f);
    f.step.w = w_2.data, f.step.m = m_2.data, f.step.v = v_2.data;
    assert_near(squares, reference->row_step[solver](&f), 40 * epsilon(kernels));
    assert_same(kernels, w, w_2, out, in, in, 16, "row step: w");
    assert_same(kernels, m, m_2, out, in, in, 8, "row step: m");
    assert_same(kernels, v, v_2, out, in, in, 8, "row step: v");
    block *all[] = {&w, &m, &v, &dz, &a, &w_2, &m_2, &v_2};
    for (size_t i = 0; i < 8; i++)
        release(all[i]);
}

static void check_row_step(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t solver = 0; solver < PENSEL_SOLVER_COUNT; solver++)
        for (size_t i = 0; i < SIZE_COUNT && kernels->row_step[solver]; i++) {
            row_step_case(kernels, reference, sizes[i], some_size(), solver, i % 2);
            row_step_case(kernels, reference, some_size(), 2 * sizes[i], solver, i % 2);
        }
}

static void check_activate(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (int activation = 0; activation < PENSEL_ACTIVATION_COUNT; activation++) {
        pensel_activation f = (pensel_activation)activation;
        for (size_t i = 0; i < SIZE_COUNT; i++) {
            size_t count = sizes[i];
            block z = random_block(kernels, count, 1), value = random_block(kernels, count, 3);
            block slope = random_block(kernels, count, 5);
            block value_2 = copy_of(value), slope_2 = copy_of(slope);
            for (size_t j = 0; j < count; j++)
                set(kernels, z.data, j, 6 * get(kernels, z.data, j));
            kernels->activate(value.data, slope.data, z.data, count, f, parameter_of(f));
            reference->activate(value_2.data, slope_2.data, z.data, count, f, parameter_of(f));
            assert_same(kernels, value, value_2, 1, count, count, 20, "activate: value");
            assert_same(kernels, slope, slope_2, 1, count, count, 60, "activate: derivative");
            kernels->activate(NULL, slope.data, z.data, count, f, parameter_of(f));
            kernels->activate(value.data, NULL, z.data, count, f, parameter_of(f));
            block *all[] = {&z, &value, &slope, &value_2, &slope_2};
            for (size_t j = 0; j < 5; j++)
                release(all[j]);
        }
    }
}

static void check_sum_of_squares(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        block x = random_block(kernels, sizes[i], 1);
        assert_near(kernels->sum_of_squares(x.data, sizes[i]),
                    reference->sum_of_squares(x.data, sizes[i]), 1e-13);
        release(&x);
    }
}

static void check_all_finite(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        size_t count = sizes[i];
        block x = random_block(kernels, count, 1);
        assert_true(kernels->all_finite(x.data, count));
        for (size_t j = 0; j < count; j++) {
            double kept = get(kernels, x.data, j);
            set(kernels, x.data, j, bad[j % 3]);
            assert_false(kernels->all_finite(x.data, count));
            assert_false(reference->all_finite(x.data, count));
            set(kernels, x.data, j, kept);
        }
        release(&x);
    }
}

static void check_blend(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        block average = random_block(kernels, sizes[i], 1), x = random_block(kernels, sizes[i], 3);
        block average_2 = copy_of(average);
        kernels->blend(average.data, x.data, sizes[i], 0.97);
        reference->blend(average_2.data, x.data, sizes[i], 0.97);
        assert_same(kernels, average, average_2, 1, sizes[i], sizes[i], 4, "blend");
        release(&average), release(&x), release(&average_2);
    }
}

static void check_add_scaled(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        block y = random_block(kernels, sizes[i], 1), x = random_block(kernels, sizes[i], 3);
        block y_2 = copy_of(y);
        kernels->add_scaled(y.data, x.data, -0.37, sizes[i]);
        reference->add_scaled(y_2.data, x.data, -0.37, sizes[i]);
        assert_same(kernels, y, y_2, 1, sizes[i], sizes[i], 4, "add_scaled");
        release(&y), release(&x), release(&y_2);
    }
}

static void check_peak(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    assert_true(kernels->peak(10) > 0);
    assert_near(kernels->peak(200), 2 * kernels->peak(100), 0);
    assert_true(reference->peak(10) > 0);
}

/* ---------------------------------------------------------------- all of them, everywhere */

typedef void check(const pensel_kernels *kernels, const pensel_kernels *reference);

static void everywhere(check *one)
{
    for (int isa = 0; isa < PENSEL_ISA_COUNT; isa++) {
        for (int precision = 0; precision < 3; precision++) {
            const pensel_kernels *kernels =
                pensel_kernels_of(pensel_isa_name((pensel_isa)isa), (pensel_precision)precision);
            pensel_random_seed(&dice, 4);
            if (precision == PENSEL_BFLOAT16 && kernels && !has_pairs(kernels))
                continue; /* float32's */
            if (kernels) one(kernels, pensel_kernels_of("reference", (pensel_precision)precision));
        }
    }
}

#define DEFINE(name, result, arguments)                        \
    static void name##_agrees_with_its_reference(void **state) \
    {                                                          \
        (void)state;                                           \
        everywhere(check_##name);                              \
    }
PENSEL_KERNEL_LIST(DEFINE)
DEFINE(step, , )
DEFINE(row_step, , )
#undef DEFINE

/* Columns that fill whole vectors are the same bits; the rest is summed call by call. */
static void assert_same_but_for_the_tail(const pensel_kernels *kernels, block dw, block dw_2,
                                         size_t out, size_t in, double bound)
{
    size_t whole = in / kernels->lanes * kernels->lanes;
    for (size_t j = 0; j < out; j++)
        assert_memory_equal((char *)dw.data + j * in * kernels->size,
                            (char *)dw_2.data + j * in * kernels->size, whole * kernels->size);
    assert_same(kernels, dw, dw_2, out, in, in, bound, "weight gradient in two calls");
}

enum { CUT_OUT = 53, CUT_N = 90 };

/* A layer of `in` inputs and CUT_OUT outputs, CUT_N samples of it, and what they come to. */
typedef struct cut_layer {
    const pensel_kernels *kernels, *reference;
    size_t in, ld, stride, cut; /* the samples before the cut */
    block w, b, a, y, rows, dw, db;
} cut_layer;

static cut_layer cut_layer_of(const pensel_kernels *kernels, const pensel_kernels *reference,
                              size_t in)
{
    size_t ld = up(kernels, CUT_N);
    return (cut_layer){.kernels = kernels,
                       .reference = reference,
                       .in = in,
                       .ld = ld,
                       .stride = up(kernels, in),
                       .cut = kernels->lanes,
                       .w = random_block(kernels, CUT_OUT * in, 1),
                       .b = random_block(kernels, CUT_OUT, 1),
                       .a = random_block(kernels, in * ld, 0),
                       .y = random_block(kernels, CUT_OUT * ld, 0),
                       .rows = random_rows(kernels, CUT_N, in),
                       .dw = random_block(kernels, CUT_OUT * in, 1),
                       .db = random_block(kernels, CUT_OUT, 1)};
}

static void free_cut_layer(cut_layer *l)
{
    block *all[] = {&l->w, &l->b, &l->a, &l->y, &l->rows, &l->dw, &l->db};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        release(all[i]);
}

static void *at(const cut_layer *l, block of, size_t count)
{
    return (char *)of.data + count * l->kernels->size;
}

static void forward_in_two_tiles(cut_layer *l)
{
    block y = copy_of(l->y);
    pensel_forward f = {.y = l->y.data,
                        .w = l->w.data,
                        .b = l->b.data,
                        .a = l->a.data,
                        .in = l->in,
                        .out = CUT_OUT,
                        .n = CUT_N,
                        .ldy = l->ld,
                        .lda = l->ld,
                        .activation = PENSEL_TANH};
    l->kernels->forward(&f);
    f.n = l->cut, f.y = y.data;
    l->kernels->forward(&f);
    f.n = CUT_N - l->cut, f.y = at(l, y, l->cut), f.a = at(l, l->a, l->cut);
    l->kernels->forward(&f);
    assert_same(l->kernels, y, l->y, CUT_OUT, CUT_N, l->ld, 0, "forward in two tiles");
    release(&y);
}

/* Of all samples in one tile; dz is y. */
static pensel_weight_gradient gradient_of(const cut_layer *l, block dw, block db,
                                          const size_t *tile_n)
{
    return (pensel_weight_gradient){.dw = dw.data,
                                    .db = db.data,
                                    .dz = l->y.data,
                                    .rows = l->rows.data,
                                    .in = l->in,
                                    .out = CUT_OUT,
                                    .lddz = l->ld,
                                    .stride = l->stride,
                                    .tiles = 1,
                                    .tile_n = tile_n};
}

static void gradient_of_two_parts_of_rows(cut_layer *l)
{
    enum { FIRST = 17 };
    size_t n = CUT_N;
    block dw = copy_of(l->dw), db = copy_of(l->db);
    pensel_weight_gradient g = gradient_of(l, l->dw, l->db, &n);
    l->kernels->weight_gradient(&g);
    g = gradient_of(l, dw, db, &n), g.out = FIRST;
    l->kernels->weight_gradient(&g);
    g.dw = at(l, dw, FIRST * l->in), g.db = at(l, db, FIRST);
    g.dz = at(l, l->y, FIRST * l->ld), g.out = CUT_OUT - FIRST;
    l->kernels->weight_gradient(&g);
    assert_memory_equal(dw.data, l->dw.data, dw.bytes);
    assert_memory_equal(db.data, l->db.data, db.bytes);
    release(&dw);
    release(&db);
}

/* In two calls, and in one call of two tiles; as the reference has it. The tiles are columns of one
 * panel, for once. */
static void gradient_in_two_tiles(cut_layer *l)
{
    size_t tile_n[] = {l->cut, CUT_N - l->cut};
    block dw = copy_of(l->dw), db = copy_of(l->db);
    pensel_weight_gradient g = gradient_of(l, dw, db, tile_n);
    l->kernels->weight_gradient(&g);
    g.dz = at(l, l->y, l->cut), g.tile_n = tile_n + 1, g.accumulate = true;
    g.rows = at(l, l->rows, l->cut * l->stride);
    l->kernels->weight_gradient(&g);
    assert_same_but_for_the_tail(l->kernels, l->dw, dw, CUT_OUT, l->in, 4 * CUT_N);
    g = gradient_of(l, dw, db, tile_n);
    g.tiles = 2, g.tile_step = l->cut;
    g.prefetch[0] = g.prefetch[2] = l->dw.data;
    l->kernels->weight_gradient(&g);
    assert_memory_equal(dw.data, l->dw.data, dw.bytes);
    l->reference->weight_gradient(&g);
    assert_same(l->kernels, l->dw, dw, CUT_OUT, l->in, l->in, 4 * CUT_N,
                "weight gradient in tiles: dw");
    assert_same(l->kernels, l->db, db, 1, CUT_OUT, CUT_OUT, 4 * CUT_N,
                "weight gradient in tiles: db");
    release(&dw);
    release(&db);
}

/* The same bits, however samples are cut into tiles and outputs into rows. */
static void cuts_case(const pensel_kernels *kernels, const pensel_kernels *reference, size_t in)
{
    cut_layer l = cut_layer_of(kernels, reference, in);
    forward_in_two_tiles(&l);
    gradient_of_two_parts_of_rows(&l);
    gradient_in_two_tiles(&l);
    free_cut_layer(&l);
}

static void check_cuts(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    cuts_case(kernels, reference, 37);
    cuts_case(kernels, reference, 34);
}

static void cuts_do_not_change_a_bit(void **state)
{
    (void)state;
    everywhere(check_cuts);
}

static void the_named_instruction_set_is_used_or_refused(void **state)
{
    const pensel_kernels *kernels;
    pensel_error error;
    const char *name;
    (void)state;
    setenv("PENSEL_ISA", "reference", 1);
    MUST(pensel_kernels_find(&kernels, PENSEL_FLOAT64, &error));
    assert_string_equal(kernels->isa, "reference");
    assert_int_equal(kernels->precision, PENSEL_FLOAT64);
    MUST(pensel_machine_isa(&name, &error));
    assert_string_equal(name, "reference");
    setenv("PENSEL_ISA", "sse9", 1);
    assert_int_equal(pensel_kernels_find(&kernels, PENSEL_FLOAT32, &error), PENSEL_UNSUPPORTED);
    assert_non_null(strstr(error.text, "reference"));
    assert_null(pensel_kernels_of("sse9", PENSEL_FLOAT32));
    unsetenv("PENSEL_ISA");
    MUST(pensel_kernels_find(&kernels, PENSEL_FLOAT32, &error));
    assert_non_null(kernels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define ROW(name, result, arguments) cmocka_unit_test(name##_agrees_with_its_reference),
        PENSEL_KERNEL_LIST(ROW) ROW(step, , ) ROW(row_step, , )
#undef ROW
            cmocka_unit_test(cuts_do_not_change_a_bit),
        cmocka_unit_test(the_named_instruction_set_is_used_or_refused),
    };
    return RUN(tests);
}
