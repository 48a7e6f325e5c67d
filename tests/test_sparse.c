/* Sparse rows: predictions and gradients by the formulas in long double on the rows made dense, on
 * any number of threads the same bits, and trainings that end where those on dense rows do. */
#include "oracle_network.h"

enum { ROWS = 300, INPUTS = 121, OUTPUTS = 3, MOST_VALUES = 9 };

static double values[ROWS * MOST_VALUES], x[ROWS * INPUTS], y[ROWS * OUTPUTS];
static float narrow[ROWS * MOST_VALUES];
static int32_t where[ROWS * MOST_VALUES];
static int64_t starts[ROWS + 1];

static const pensel_layer layers[] = {
    {37, PENSEL_TANH, 0}, {11, PENSEL_SILU, 0}, {OUTPUTS, PENSEL_IDENTITY, 0}};

/* Row r lists r % 10 values. Their columns ascend if `tidy`; else they come as they come, some
 * twice, and then both count. */
static void draw(bool tidy)
{
    size_t step = INPUTS / MOST_VALUES;
    pensel_random random;
    size_t count = 0;
    pensel_random_seed(&random, 3);
    memset(x, 0, sizeof x);
    for (size_t row = 0; row < ROWS; row++) {
        starts[row] = (int64_t)count;
        for (size_t k = 0; k < row % 10; k++, count++) {
            narrow[count] = (float)pensel_random_uniform(&random, -1, 1);
            values[count] = (double)narrow[count];
            where[count] = (int32_t)pensel_random_uniform(
                &random, tidy ? (double)(k * step) : 0,
                tidy && k + 1 < MOST_VALUES ? (double)((k + 1) * step) : INPUTS);
            x[row * INPUTS + (size_t)where[count]] += values[count];
        }
        for (size_t j = 0; j < OUTPUTS; j++)
            y[row * OUTPUTS + j] = (double)(float)pensel_random_uniform(&random, -1, 1);
    }
    starts[ROWS] = (int64_t)count;
}

static pensel_sparse rows_of(size_t n, pensel_precision precision)
{
    return (pensel_sparse){precision == PENSEL_FLOAT64 ? (const void *)values : narrow,
                           where,
                           starts,
                           n,
                           INPUTS,
                           precision};
}

static double output_of(const pensel_network *network, const void *from, size_t i)
{
    return pensel_network_precision(network) == PENSEL_FLOAT64 ? ((const double *)from)[i]
                                                               : (double)((const float *)from)[i];
}

static void check_predictions(pensel_precision precision, size_t n, double bound)
{
    static oracle_network o;
    static oracle_pass pass;
    static double one[ROWS * OUTPUTS], more[ROWS * OUTPUTS];
    pensel_error error;
    pensel_network *network = oracle_draw(layers, 3, INPUTS, precision, 8);
    size_t size = precision == PENSEL_FLOAT64 ? 8 : 4;
    oracle_take(&o, network);
    for (int wide = 0; wide < 2; wide++) {
        pensel_sparse rows = rows_of(n, wide ? PENSEL_FLOAT64 : PENSEL_FLOAT32);
        MUST(pensel_network_predict_sparse(network, one, &rows, 1, &error));
        for (size_t row = 0; row < n; row++) {
            oracle_forward(&o, &pass, x + row * INPUTS);
            for (size_t j = 0; j < OUTPUTS; j++)
                assert_near(output_of(network, one, row * OUTPUTS + j), (double)pass.a[3][j],
                            bound);
        }
        for (size_t threads = 2; threads < 5; threads++) {
            memset(more, 0, sizeof more);
            MUST(pensel_network_predict_sparse(network, more, &rows, threads, &error));
            assert_memory_equal(one, more, n * OUTPUTS * size);
        }
    }
    pensel_network_free(&network);
}

/* Few rows go by the weights as they stand, many by those turned. */
static void predictions_follow_the_formula(void **state)
{
    static const size_t counts[] = {1, 2, 12, 70, ROWS};
    (void)state;
    draw(false);
    EVERY_ISA(turn)
    {
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            check_predictions(PENSEL_FLOAT64, counts[i], 1e-12);
            check_predictions(PENSEL_FLOAT32, counts[i], 1e-5);
        }
    }
}

/* Wide enough to be shared out among threads, unit by unit and tile by tile */
static void wide_layers_give_the_same_bits(void **state)
{
    static const pensel_layer wide[] = {
        {1500, PENSEL_RELU, 0}, {1100, PENSEL_RELU, 0}, {OUTPUTS, PENSEL_IDENTITY, 0}};
    static float one[ROWS * OUTPUTS], more[ROWS * OUTPUTS];
    pensel_error error;
    (void)state;
    draw(false);
    pensel_network *network = oracle_draw(wide, 3, INPUTS, PENSEL_FLOAT32, 4);
    for (size_t n = 30; n <= ROWS; n += 270) {
        pensel_sparse rows = rows_of(n, PENSEL_FLOAT32);
        MUST(pensel_network_predict_sparse(network, one, &rows, 1, &error));
        for (size_t threads = 2; threads < 5; threads++) {
            MUST(pensel_network_predict_sparse(network, more, &rows, threads, &error));
            assert_memory_equal(one, more, n * OUTPUTS * sizeof *one);
        }
    }
    pensel_network_free(&network);
}

static void a_row_that_is_not_finite_stays_alone(void **state)
{
    static double before[ROWS * OUTPUTS], after[ROWS * OUTPUTS];
    pensel_error error;
    (void)state;
    draw(false);
    pensel_network *network = oracle_draw(layers, 3, INPUTS, PENSEL_FLOAT64, 8);
    pensel_sparse rows = rows_of(ROWS, PENSEL_FLOAT64);
    MUST(pensel_network_predict_sparse(network, before, &rows, 2, &error));
    values[starts[27]] = INFINITY;
    MUST(pensel_network_predict_sparse(network, after, &rows, 2, &error));
    for (size_t i = 0; i < ROWS * OUTPUTS; i++)
        assert_true(i / OUTPUTS == 27 ? isnan(after[i]) : after[i] == before[i]);
    pensel_network_free(&network);
}

static void gradients_follow_the_formula(void **state)
{
    static oracle_network o;
    static long double expected[ORACLE_PARAMETERS];
    static double gradient[2][ORACLE_PARAMETERS];
    pensel_error error;
    (void)state;
    draw(false);
    EVERY_ISA(turn)
    {
        pensel_network *network = oracle_draw(layers, 3, INPUTS, PENSEL_FLOAT64, 8);
        pensel_sparse rows = rows_of(ROWS, PENSEL_FLOAT64);
        pensel_samples samples = {.y = {y, ROWS, OUTPUTS, PENSEL_FLOAT64}, .sparse = &rows};
        pensel_training_options options = pensel_training_defaults();
        double loss[2];
        oracle_take(&o, network);
        oracle_problem p = {.loss = oracle_loss_of(options.loss),
                            .alpha = options.alpha,
                            .x = x,
                            .y = y,
                            .n = ROWS};
        long double right = oracle_data_gradient(&o, &p, expected);
        right += oracle_penalty(&o, &p, expected);
        for (size_t t = 0; t < 2; t++) {
            options.threads = t + 1;
            MUST(pensel_network_gradient(network, &loss[t], gradient[t], &samples, &options,
                                         &error));
        }
        assert_near(loss[0], (double)right, 1e-12);
        assert_true(loss[0] == loss[1]);
        for (size_t i = 0; i < o.count; i++)
            assert_near(gradient[0][i], (double)expected[i], 1e-12);
        assert_memory_equal(gradient[0], gradient[1], o.count * sizeof(double));
        pensel_network_free(&network);
    }
}

typedef struct outcome {
    double losses[20], score;
    size_t count, parameters;
    double *network;
} outcome;

typedef struct test_case {
    pensel_solver solver;
    size_t batch;
    bool early_stopping;
    double bound; /* 0: the same bits */
} test_case;

/* A training on rows that are sparse, or on the same made dense */
static outcome train(const test_case *c, bool sparse)
{
    pensel_error error;
    pensel_random random;
    pensel_training *training;
    pensel_network *network = oracle_draw(layers, 3, INPUTS, PENSEL_FLOAT64, 8);
    pensel_sparse rows = rows_of(ROWS, PENSEL_FLOAT64);
    pensel_samples samples = {.y = {y, ROWS, OUTPUTS, PENSEL_FLOAT64}};
    pensel_training_options options = pensel_training_defaults();
    options.solver = c->solver;
    options.batch_size = c->batch;
    options.epochs = 6;
    options.early_stopping = c->early_stopping;
    options.threads = 1 + sparse;
    if (sparse)
        samples.sparse = &rows;
    else
        samples.x = (pensel_matrix){x, ROWS, INPUTS, PENSEL_FLOAT64};
    pensel_random_seed(&random, 5);
    MUST(pensel_training_new(&training, network, &options, &error));
    MUST(pensel_training_run(training, &samples, NULL, &random, &error));
    const pensel_report *report = pensel_training_report(training);
    outcome o = {.count = report->loss_count,
                 .score = c->early_stopping ? report->best_validation_score : 0,
                 .parameters = pensel_network_parameter_count(network)};
    assert_in_range(o.count, 2, 20);
    memcpy(o.losses, report->loss_curve, o.count * sizeof(double));
    o.network = malloc(o.parameters * sizeof(double));
    assert_non_null(o.network);
    memcpy(o.network, pensel_network_parameters_const(network), o.parameters * sizeof(double));
    pensel_training_free(&training);
    pensel_network_free(&network);
    return o;
}

/* A dense batch of one goes another way, whose last bits are others. */
static const test_case cases[] = {
    {PENSEL_ADAM, 50, false, 0}, {PENSEL_SGD, 64, false, 0},  {PENSEL_ADAM, 300, false, 0},
    {PENSEL_ADAM, 70, true, 0},  {PENSEL_LBFGS, 1, false, 0}, {PENSEL_ADAM, 1, false, 1e-10},
};

static void trainings_end_where_dense_ones_do(void **state)
{
    (void)state;
    draw(true);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        outcome sparse = train(&cases[c], true), dense = train(&cases[c], false);
        assert_int_equal(sparse.count, dense.count);
        for (size_t i = 0; i < sparse.count; i++)
            assert_near(sparse.losses[i], dense.losses[i], cases[c].bound);
        for (size_t i = 0; i < sparse.parameters; i++)
            assert_near(sparse.network[i], dense.network[i], cases[c].bound);
        assert_near(sparse.score, dense.score, cases[c].bound);
        assert_true(sparse.losses[sparse.count - 1] < sparse.losses[0]);
        free(sparse.network), free(dense.network);
    }
}

/* What cannot take sparse rows says so. */
static void other_networks_refuse_sparse_rows(void **state)
{
    pensel_error error;
    pensel_network *network;
    double out[1];
    (void)state;
    draw(false);
    const pensel_shape shape = {.inputs = INPUTS, .list = "scale, dense:3:relu, dense:1:identity"};
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
    pensel_sparse rows = rows_of(1, PENSEL_FLOAT64);
    assert_int_equal(pensel_network_predict_sparse(network, out, &rows, 1, &error),
                     PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "begins with scale"));
    pensel_network_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predictions_follow_the_formula),
        cmocka_unit_test(wide_layers_give_the_same_bits),
        cmocka_unit_test(a_row_that_is_not_finite_stays_alone),
        cmocka_unit_test(gradients_follow_the_formula),
        cmocka_unit_test(trainings_end_where_dense_ones_do),
        cmocka_unit_test(other_networks_refuse_sparse_rows),
    };
    return RUN(tests);
}
