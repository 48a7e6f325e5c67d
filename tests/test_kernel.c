/* Every kernel of every table that runs here against its scalar reference, on awkward sizes, with
 * guard bytes around everything a kernel writes. The tests are made from PENSEL_KERNEL_LIST: a
 * kernel without its check_NAME does not compile. The reference itself is compared with formulas in
 * test_activation.c, with central differences in test_gradient.c and with scikit-learn in
 * test_parity.c; bfloat16's with float32 in test_bfloat16.c. */
#include "kernel_products.h"
#include "kernel_rows.h"

static void loss_case(const pensel_kernels *kernels, const pensel_kernels *reference, size_t k,
                      size_t n, pensel_loss loss, pensel_activation activation)
{
    size_t ld = up(kernels, n);
    block a = random_block(kernels, k * ld, 0), slope = random_block(kernels, k * ld, 0);
    block y = random_block(kernels, k * ld, 0), dz = random_block(kernels, k * ld, 0);
    block weights = random_block(kernels, n, 1), dz_2 = copy_of(dz);
    for (size_t i = 0; i < k * ld; i++) { /* probabilities and rates, away from their limits */
        set(kernels, a.data, i, 0.05 + 0.9 * fabs(get(kernels, a.data, i)));
        set(kernels, y.data, i, fabs(get(kernels, y.data, i)));
    }
    pensel_loss_tile f = {.dz = dz.data,
                          .a = a.data,
                          .slope = pensel_activation_needs_z(activation) ? slope.data : NULL,
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
    block *all[] = {&a, &slope, &y, &dz, &weights, &dz_2};
    for (size_t i = 0; i < 6; i++)
        release(all[i]);
}

static void check_loss(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (int loss = 0; loss < PENSEL_LOSS_COUNT; loss++) {
        for (int activation = 0; activation < PENSEL_ACTIVATION_COUNT; activation++) {
            loss_case(kernels, reference, 1, some_size(), (pensel_loss)loss,
                      (pensel_activation)activation);
            loss_case(kernels, reference, some_size(), some_size(), (pensel_loss)loss,
                      (pensel_activation)activation);
            loss_case(kernels, reference, some_size(), 1, (pensel_loss)loss,
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

/* Parameters, and what a solver remembers of them; sums of squares are not negative, on which it
 * may rely */
typedef struct stepped {
    block w, m, v;
} stepped;

static stepped some_stepped(const pensel_kernels *kernels, size_t count, size_t shift,
                            size_t solver)
{
    stepped s = {random_block(kernels, count, shift), random_block(kernels, count, shift),
                 random_block(kernels, count, shift)};
    for (size_t i = 0; i < count; i++) {
        set(kernels, s.v.data, i, fabs(get(kernels, s.v.data, i)));
        if (solver != PENSEL_SGD && solver != PENSEL_ADAM)
            set(kernels, s.m.data, i, fabs(get(kernels, s.m.data, i)));
    }
    return s;
}

static stepped copy_of_stepped(stepped s)
{
    return (stepped){copy_of(s.w), copy_of(s.m), copy_of(s.v)};
}

static pensel_step step_of(stepped s, double l2, bool nesterov)
{
    return (pensel_step){.w = s.w.data,
                         .m = s.m.data,
                         .v = s.v.data,
                         .l2 = l2,
                         .rate = 0.03,
                         .momentum = 0.9,
                         .nesterov = nesterov,
                         .beta_1 = 0.9,
                         .beta_2 = 0.999,
                         .epsilon = 1e-8,
                         .weight_decay = 0.002,
                         .gradient_scale = 1};
}

static void assert_same_stepped(const pensel_kernels *kernels, stepped s, stepped wanted,
                                size_t out, size_t in)
{
    assert_same(kernels, s.w, wanted.w, out, in, in, 16, "step: w");
    assert_same(kernels, s.m, wanted.m, out, in, in, 8, "step: m");
    assert_same(kernels, s.v, wanted.v, out, in, in, 8, "step: v");
}

static void release_stepped(stepped s)
{
    release(&s.w), release(&s.m), release(&s.v);
}

static void step_case(const pensel_kernels *kernels, const pensel_kernels *reference, size_t count,
                      size_t solver, bool nesterov, bool two_gradients)
{
    stepped s = some_stepped(kernels, count, 1, solver), s_2 = copy_of_stepped(s);
    block g = random_block(kernels, count, 3), more = random_block(kernels, count, 5);
    pensel_step f = step_of(s, 0.01, nesterov), f_2 = step_of(s_2, 0.01, nesterov);
    f.g = f_2.g = g.data;
    f.more_g = f_2.more_g = two_gradients ? more.data : NULL;
    f.count = f_2.count = count;
    f.gradient_scale = f_2.gradient_scale = 0.7;
    kernels->step[solver](&f);
    reference->step[solver](&f_2);
    assert_same_stepped(kernels, s, s_2, 1, count);
    release_stepped(s), release_stepped(s_2);
    release(&g), release(&more);
}

/* Every solver that takes a step for each batch. */
static void check_step(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (int solver = 0; solver < PENSEL_SOLVER_COUNT; solver++)
        for (size_t i = 0; i < SIZE_COUNT && kernels->step[solver]; i++)
            step_case(kernels, reference, sizes[i], (size_t)solver, i % 2, i / 2 % 2);
}

static void row_step_case(const pensel_kernels *kernels, const pensel_kernels *reference, size_t in,
                          size_t out, size_t solver, size_t shift)
{
    stepped weights = some_stepped(kernels, in * out, shift, solver),
            biases = some_stepped(kernels, out, 1, solver);
    stepped weights_2 = copy_of_stepped(weights), biases_2 = copy_of_stepped(biases);
    block dz = random_block(kernels, out, 3), a = random_block(kernels, up(kernels, in), 0);
    pensel_row_step f = {.step = step_of(weights, 0.01, shift % 2),
                         .biases = step_of(biases, 0, shift % 2),
                         .dz = dz.data,
                         .a = a.data,
                         .in = in,
                         .out = out};
    double squares = kernels->row_step[solver](&f);
    f.step = step_of(weights_2, 0.01, shift % 2);
    f.biases = step_of(biases_2, 0, shift % 2);
    assert_near(squares, reference->row_step[solver](&f), 40 * epsilon(kernels));
    assert_same_stepped(kernels, weights, weights_2, out, in);
    assert_same_stepped(kernels, biases, biases_2, 1, out);
    release_stepped(weights), release_stepped(weights_2);
    release_stepped(biases), release_stepped(biases_2);
    release(&dz), release(&a);
}

static void check_row_step(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    for (size_t solver = 0; solver < PENSEL_SOLVER_COUNT; solver++)
        for (size_t i = 0; i < SIZE_COUNT && kernels->row_step[solver]; i++) {
            row_step_case(kernels, reference, sizes[i], some_size(), solver, i % 17);
            row_step_case(kernels, reference, some_size(), 2 * sizes[i], solver, i % 17);
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
            cmocka_unit_test(the_named_instruction_set_is_used_or_refused),
    };
    return RUN(tests);
}
