/* Checks of the kernels that bring rows of data to the lanes and back: gathered, scattered,
 * sparse. */
#ifndef PENSEL_TESTS_KERNEL_ROWS_H
#define PENSEL_TESTS_KERNEL_ROWS_H

#include "kernel_blocks.h"

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
    block y = random_block(kernels, out * ld, 0), slope = random_block(kernels, out * ld, 0);
    block rows = random_block(kernels, ld * stride, 0),
          room = random_block(kernels, in * kernels->lanes, 0);
    block y_2 = copy_of(y), slope_2 = copy_of(slope), rows_2 = copy_of(rows);
    pensel_forward f = {.y = y.data,
                        .slope = slope.data,
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
    f.y = y_2.data, f.slope = slope_2.data, f.rows = rows_2.data;
    reference->sparse_forward(&f, &s.rows);
    if (is_smooth(activation))
        assert_same(kernels, slope, slope_2, out, n, ld, 200, "sparse forward: slope");
    if (activation != PENSEL_STEP) {
        assert_same(kernels, y, y_2, out, n, ld, 200, "sparse forward: y");
        assert_same_rows(kernels, rows, rows_2, n, out, stride, 200);
    }
    s.rows.room = room.data;
    kernels->sparse_forward(&f, &s.rows);
    assert_same(kernels, y_2, y, out, n, ld, 0, "sparse forward with room: y");
    block *all[] = {&w, &b, &y, &slope, &rows, &room, &y_2, &slope_2, &rows_2, &s.values};
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

static void check_rows_of_panel(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        size_t units = sizes[i], n = some_size(), ld = up(kernels, n), stride = up(kernels, units);
        block panel = random_block(kernels, units * ld, 0);
        block rows = random_block(kernels, ld * stride, 0), rows_2 = copy_of(rows);
        kernels->rows_of_panel(rows.data, stride, 0, panel.data, ld, units, n);
        reference->rows_of_panel(rows_2.data, stride, 0, panel.data, ld, units, n);
        assert_memory_equal(rows.data, rows_2.data, rows.bytes);
        for (size_t s = 0; s < n; s++) {
            double value = get(kernels, panel.data, s);
            assert_near(in_rows(kernels, rows, stride, units, s, 0), value,
                        has_pairs(kernels) ? ldexp(1, -9) : 0);
        }
        release(&panel), release(&rows), release(&rows_2);
    }
}

#endif
