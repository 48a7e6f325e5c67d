/* Checks of the kernels that multiply: forward, backward, weight gradient, for panels and for a
 * single row, and the turning of weights. */
#ifndef PENSEL_TESTS_KERNEL_PRODUCTS_H
#define PENSEL_TESTS_KERNEL_PRODUCTS_H

#include "kernel_blocks.h"

static double parameter_of(pensel_activation activation)
{
    return pensel_activation_describe(activation)->parameter;
}

/* Whether rounding of z leaves f'(z) nearly as it is: it may take z across a step or a bend.
 * Softmax has no slope of its own. */
static bool is_smooth(pensel_activation activation)
{
    return activation != PENSEL_STEP && activation != PENSEL_RELU &&
           activation != PENSEL_LEAKY_RELU && activation != PENSEL_SELU &&
           activation != PENSEL_SOFTMAX;
}

static void forward_case(const pensel_kernels *kernels, const pensel_kernels *reference, size_t in,
                         size_t out, size_t n, pensel_activation activation)
{
    size_t ld = up(kernels, n), stride = up(kernels, out);
    block w = random_block(kernels, out * in, 1), b = random_block(kernels, out, 3);
    block a = random_block(kernels, in * ld, 0), y = random_block(kernels, out * ld, 0);
    block slope = random_block(kernels, out * ld, 0), rows = random_block(kernels, ld * stride, 0);
    block y_2 = copy_of(y), slope_2 = copy_of(slope), rows_2 = copy_of(rows);
    pensel_forward f = {.y = y.data,
                        .slope = slope.data,
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
    f.y = y_2.data, f.slope = slope_2.data, f.rows = rows_2.data;
    reference->forward(&f);
    double bound = 4.0 * (double)in + 20;
    if (activation != PENSEL_STEP) { /* rounding may take a z across its step */
        assert_same(kernels, y, y_2, out, n, ld, 3 * bound, "forward: y");
        assert_same_rows(kernels, rows, rows_2, n, out, stride, 3 * bound);
    }
    if (is_smooth(activation))
        assert_same(kernels, slope, slope_2, out, n, ld, 3 * bound, "forward: slope");
    f.slope = NULL, f.rows = NULL;
    kernels->forward(&f);
    assert_same(kernels, y_2, y, out, n, ld, 0, "forward without slope: y");
    block *all[] = {&w, &b, &a, &y, &slope, &rows, &y_2, &slope_2, &rows_2};
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
        block slope = random_block(kernels, room, 0), y_2 = copy_of(y), slope_2 = copy_of(slope);
        pensel_activation activation = (pensel_activation)(i / SIZE_COUNT);
        pensel_forward f = {.y = y.data,
                            .slope = slope.data,
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
        f.y = y_2.data, f.slope = slope_2.data;
        reference->forward_row(&f);
        double bound = 4.0 * (double)in + 20;
        if (is_smooth(activation))
            assert_same(kernels, slope, slope_2, 1, out, out, 3 * bound, "forward row: slope");
        if (activation != PENSEL_STEP)
            assert_same(kernels, y, y_2, 1, out, out, 3 * bound, "forward row: y");
        block *all[] = {&w, &b, &a, &y, &slope, &y_2, &slope_2};
        for (size_t j = 0; j < 7; j++)
            release(all[j]);
    }
}

static void backward_case(const pensel_kernels *kernels, const pensel_kernels *reference, size_t in,
                          size_t out, size_t n, pensel_activation activation)
{
    size_t ld = up(kernels, n);
    block w = random_block(kernels, out * in, 1), dz = random_block(kernels, out * ld, 0);
    block y = random_block(kernels, in * ld, 0), slope = random_block(kernels, in * ld, 0);
    block y_2 = copy_of(y);
    pensel_backward f = {.y = y.data,
                         .slope = slope.data,
                         .w = w.data,
                         .dz = dz.data,
                         .in = in,
                         .out = out,
                         .n = n,
                         .ldy = ld,
                         .lddz = ld,
                         .activation = activation,
                         .parameter = parameter_of(activation)};
    if (!pensel_activation_needs_z(activation)) f.slope = NULL;
    kernels->backward(&f);
    f.y = y_2.data;
    reference->backward(&f);
    assert_same(kernels, y, y_2, in, n, ld, 8.0 * (double)out + 40, "backward");
    block *all[] = {&w, &dz, &y, &slope, &y_2};
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
        block slope = random_block(kernels, up(kernels, in), 0), y_2 = copy_of(y);
        pensel_backward f = {.y = y.data,
                             .slope = pensel_activation_needs_z(activation) ? slope.data : NULL,
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
        block *all[] = {&w, &dz, &y, &slope, &y_2};
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

#endif
