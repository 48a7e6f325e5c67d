/* Properties that hold for any shape, batch and setting, checked on hundreds drawn at random from a
 * fixed seed: no finite input, however large or small, gives NaN without an error. */
#include "test.h"

#include <float.h>

static pensel_random dice;

static size_t pick(size_t low, size_t high)
{
    return low + (size_t)pensel_random_uniform(&dice, 0, (double)(high - low) + 0.999);
}

static double number(double scale)
{
    return scale * pensel_random_uniform(&dice, -1, 1);
}

/* Of every size there is, from the smallest to the largest, one in ten of these two. */
static double any_scale(pensel_precision precision)
{
    double most = precision == PENSEL_FLOAT64 ? log10(DBL_MAX) : log10(FLT_MAX);
    double size = most * pensel_random_uniform(&dice, -1.1, 1.1);
    return fmin(pow(10, fmax(size, -most)), precision == PENSEL_FLOAT64 ? DBL_MAX : FLT_MAX);
}

typedef struct sample_set {
    double x[40 * 6], y[40 * 4], weights[40];
    pensel_samples samples;
} sample_set;

static void draw_samples(sample_set *s, size_t n, size_t in, size_t out, double x_scale,
                         double y_scale)
{
    for (size_t i = 0; i < n * in; i++)
        s->x[i] = number(x_scale);
    for (size_t i = 0; i < n * out; i++)
        s->y[i] = number(y_scale);
    for (size_t i = 0; i < n; i++)
        s->weights[i] = pensel_random_uniform(&dice, 0.1, 3);
    s->samples =
        (pensel_samples){.x = {s->x, n, in, PENSEL_FLOAT64}, .y = {s->y, n, out, PENSEL_FLOAT64}};
    if (pick(0, 1)) s->samples.weights = (pensel_matrix){s->weights, n, 1, PENSEL_FLOAT64};
}

static pensel_training_options draw_options(void)
{
    pensel_training_options o = pensel_training_defaults();
    o.solver = (pensel_solver)pick(0, PENSEL_SOLVER_COUNT - 1);
    o.learning_rate = (pensel_schedule)pick(0, PENSEL_SCHEDULE_COUNT - 1);
    o.learning_rate_init = pow(10, pensel_random_uniform(&dice, -5, 1));
    o.batch_size = pick(0, 45);
    o.epochs = pick(1, 6);
    o.shuffle = pick(0, 1);
    o.early_stopping = o.solver != PENSEL_LBFGS && pick(0, 3) == 0;
    o.alpha = pick(0, 1) ? 0 : 0.01;
    o.dropout = o.solver != PENSEL_LBFGS && pick(0, 3) == 0 ? 0.3 : 0;
    o.clip_norm = pick(0, 3) == 0 ? 0.5 : 0;
    o.average = o.solver != PENSEL_LBFGS && pick(0, 3) == 0 ? 0.9 : 0;
    o.threads = pick(1, 2);
    return o;
}

static pensel_estimator_options draw_estimator(pensel_layer *hidden)
{
    pensel_estimator_options o =
        pensel_estimator_defaults(pick(0, 1) ? PENSEL_REGRESSION : PENSEL_CLASSIFICATION);
    o.hidden = hidden;
    o.hidden_count = pick(0, 3);
    for (size_t l = 0; l < o.hidden_count; l++)
        hidden[l] = (pensel_layer){pick(1, 40), (pensel_activation)pick(0, PENSEL_GAUSSIAN), 0.2};
    o.precision = (pensel_precision)pick(0, 1);
    o.seed = (uint32_t)pick(0, 100000);
    o.training = draw_options();
    o.scale_inputs = (pensel_scaling)pick(0, 2);
    if (o.task == PENSEL_REGRESSION) o.scale_targets = (pensel_scaling)pick(0, 2);
    return o;
}

/* A status of OK comes with a network and predictions that are finite, or with the word "diverged".
 */
static void check_fit(const pensel_estimator_options *o, const pensel_samples *samples)
{
    pensel_error error = {0};
    pensel_estimator *e;
    double said[40 * 4];
    MUST(pensel_estimator_new(&e, o, &error));
    pensel_status status = pensel_estimator_fit(e, samples, NULL, &error);
    if (status == PENSEL_OK) {
        const pensel_network *network = pensel_estimator_network(e);
        const void *parameters = pensel_network_parameters_const(network);
        size_t count = pensel_network_parameter_count(network);
        bool finite = true;
        for (size_t i = 0; i < count; i++)
            finite = finite && isfinite(o->precision == PENSEL_FLOAT64
                                            ? ((const double *)parameters)[i]
                                            : (double)((const float *)parameters)[i]);
        if (!finite)
            fail_msg("not finite: %s, %s, rate %g, precision %d, average %g, early %d, stop %s",
                     pensel_solver_name(o->training.solver),
                     pensel_schedule_name(o->training.learning_rate),
                     o->training.learning_rate_init, o->precision, o->training.average,
                     o->training.early_stopping,
                     pensel_stop_name(pensel_estimator_report(e)->stop));
        MUST(pensel_estimator_predict(e, said, samples->x, &error));
        size_t steps = pensel_estimator_report(e)->steps;
        assert_true(steps > 0 || pensel_estimator_report(e)->stop == PENSEL_STOP_DIVERGED);
    } else {
        fail_msg("%s", error.text);
    }
    pensel_estimator_free(&e);
}

static void draw_classes(double *y, size_t n)
{
    size_t classes = pick(2, 5);
    for (size_t i = 0; i < n; i++)
        y[i] = i < classes ? (double)i : (double)pick(0, classes - 1);
}

static void any_setting_fits_ordinary_numbers(void **state)
{
    (void)state;
    static sample_set s;
    pensel_random_seed(&dice, 11);
    for (int i = 0; i < 400; i++) {
        pensel_layer hidden[3];
        pensel_estimator_options o = draw_estimator(hidden);
        size_t n = pick(25, 40), out = o.task == PENSEL_REGRESSION ? pick(1, 4) : 1;
        draw_samples(&s, n, pick(1, 6), out, 1, 1);
        if (o.task == PENSEL_CLASSIFICATION) draw_classes(s.y, n);
        check_fit(&o, &s.samples);
    }
}

static void any_scale_of_numbers_is_survived(void **state)
{
    (void)state;
    static sample_set s;
    pensel_random_seed(&dice, 12);
    for (int i = 0; i < 400; i++) {
        pensel_layer hidden[3];
        pensel_estimator_options o = draw_estimator(hidden);
        size_t n = pick(25, 40);
        draw_samples(&s, n, pick(1, 6), 1, any_scale(o.precision), any_scale(o.precision));
        if (o.task == PENSEL_CLASSIFICATION) draw_classes(s.y, n);
        check_fit(&o, &s.samples);
    }
}

/* The same numbers in another type, on another number of threads, are the same training. */
static void threads_and_batches_of_prediction_change_nothing(void **state)
{
    (void)state;
    static sample_set s;
    pensel_error error;
    pensel_random_seed(&dice, 13);
    for (int i = 0; i < 60; i++) {
        pensel_layer hidden[3];
        pensel_estimator *a, *b;
        double all[160], one[4];
        pensel_estimator_options o = draw_estimator(hidden);
        o.task = PENSEL_REGRESSION;
        o.training.max_seconds = 0;
        size_t n = pick(25, 40), in = pick(1, 6), out = pick(1, 4);
        draw_samples(&s, n, in, out, 1, 1);
        o.training.threads = 1;
        MUST(pensel_estimator_new(&a, &o, &error));
        o.training.threads = 3;
        MUST(pensel_estimator_new(&b, &o, &error));
        MUST(pensel_estimator_fit(a, &s.samples, NULL, &error));
        MUST(pensel_estimator_fit(b, &s.samples, NULL, &error));
        const pensel_network *p = pensel_estimator_network(a), *q = pensel_estimator_network(b);
        size_t bytes = pensel_network_parameter_count(p) * (o.precision == PENSEL_FLOAT64 ? 8 : 4);
        assert_memory_equal(pensel_network_parameters_const(p), pensel_network_parameters_const(q),
                            bytes);
        MUST(pensel_estimator_predict(a, all, s.samples.x, &error));
        for (size_t r = 0; r < n; r++) {
            pensel_matrix row = {s.x + r * in, 1, in, PENSEL_FLOAT64};
            MUST(pensel_estimator_predict(a, one, row, &error));
            for (size_t j = 0; j < out; j++)
                assert_near(one[j], all[r * out + j], o.precision == PENSEL_FLOAT64 ? 1e-9 : 1e-3);
        }
        pensel_estimator_free(&a);
        pensel_estimator_free(&b);
    }
}

static void numbers_that_are_not_finite_are_refused_by_row_and_column(void **state)
{
    (void)state;
    static sample_set s;
    pensel_error error;
    const double odd[] = {NAN, INFINITY, -INFINITY};
    pensel_random_seed(&dice, 14);
    for (int i = 0; i < 90; i++) {
        pensel_layer hidden[3];
        char where[64];
        pensel_estimator *e;
        pensel_estimator_options o = draw_estimator(hidden);
        size_t n = 30, in = pick(1, 6), row = pick(0, n - 1), column = pick(0, in - 1);
        draw_samples(&s, n, in, 1, 1, 1);
        s.samples.weights = (pensel_matrix){s.weights, n, 1, PENSEL_FLOAT64};
        if (o.task == PENSEL_CLASSIFICATION) draw_classes(s.y, n);
        double *places[] = {&s.x[row * in + column], &s.y[row], &s.weights[row]};
        *places[i % 3] = odd[i / 3 % 3];
        MUST(pensel_estimator_new(&e, &o, &error));
        assert_int_equal(pensel_estimator_fit(e, &s.samples, NULL, &error), PENSEL_BAD_DATA);
        snprintf(where, sizeof where, "row %zu", row + 1);
        if (!strstr(error.text, where)) fail_msg("\"%s\" does not say %s", error.text, where);
        pensel_estimator_free(&e);
    }
}

/* One row is not finite: its outputs are NaN, whatever activations and encodings make of it, and
 * all others are, bit for bit, as they are without it. */
static void blanks_one_row(const pensel_network *network, size_t n, size_t bad, double value,
                           pensel_precision precision)
{
    enum { IN = 3, OUT = 2, MOST = 700 };
    static double wide[MOST * IN];
    static float narrow[MOST * IN];
    static char clean[MOST * OUT * sizeof(double)], spoilt[MOST * OUT * sizeof(double)];
    bool float64 = pensel_network_precision(network) == PENSEL_FLOAT64;
    size_t row = OUT * (float64 ? sizeof(double) : sizeof(float));
    pensel_matrix x = {precision == PENSEL_FLOAT64 ? (void *)wide : narrow, n, IN, precision};
    pensel_error error;
    for (int spoils = 0; spoils <= 1; spoils++) {
        for (size_t i = 0; i < n * IN; i++)
            wide[i] = (double)(i * 37 % 101) / 101;
        if (spoils) wide[bad * IN + bad % IN] = value;
        for (size_t i = 0; i < n * IN; i++)
            narrow[i] = (float)wide[i];
        MUST(pensel_network_predict(network, spoils ? spoilt : clean, x, 2, &error));
    }
    for (size_t r = 0; r < n; r++)
        for (size_t j = 0; j < OUT; j++) {
            size_t at = r * OUT + j;
            double y =
                float64 ? ((double *)(void *)spoilt)[at] : (double)((float *)(void *)spoilt)[at];
            if ((isnan(y) != 0) != (r == bad)) fail_msg("row %zu of %zu is %g", r, n, y);
        }
    assert_memory_equal(spoilt, clean, bad * row);
    assert_memory_equal(spoilt + (bad + 1) * row, clean + (bad + 1) * row, (n - bad - 1) * row);
}

static void a_row_that_is_not_finite_has_no_answer_and_spoils_no_other(void **state)
{
    static const pensel_encoding encodings[] = {
        {0},
        {.kind = PENSEL_FOURIER, .features = 4, .scale = 1},
        {.kind = PENSEL_HASHGRID,
         .features = 2,
         .levels = 2,
         .table_log2 = 8,
         .base_resolution = 4,
         .fine_resolution = 8},
        {.kind = PENSEL_PYRAMID, .features = 2, .levels = 2, .rows = 8, .columns = 8, .depth = 2},
    };
    static const pensel_activation kinds[] = {PENSEL_RELU, PENSEL_LOGISTIC, PENSEL_TANH,
                                              PENSEL_GAUSSIAN};
    static const double values[] = {NAN, INFINITY, -INFINITY};
    static const size_t sizes[] = {1, 2, 65, 700};
    (void)state;
    pensel_random_seed(&dice, 5);
    for (int e = 0; e < 4; e++)
        for (int precision = PENSEL_FLOAT32; precision <= PENSEL_BFLOAT16; precision++)
            for (int k = 0; k < 4; k++) {
                pensel_error error;
                pensel_network *network;
                pensel_layer layers[] = {{20, kinds[k], 0}, {2, PENSEL_IDENTITY, 0}};
                pensel_shape shape = {
                    .inputs = 3, .encoding = encodings[e], .layers = layers, .layer_count = 2};
                MUST(pensel_network_new(&network, &shape, (pensel_precision)precision, &error));
                MUST(pensel_network_initialise(network, PENSEL_GLOROT, &dice, &error));
                for (int s = 0; s < 4; s++)
                    blanks_one_row(network, sizes[s], pick(0, sizes[s] - 1), values[pick(0, 2)],
                                   pick(0, 1) ? PENSEL_FLOAT64 : PENSEL_FLOAT32);
                pensel_network_free(&network);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_setting_fits_ordinary_numbers),
        cmocka_unit_test(any_scale_of_numbers_is_survived),
        cmocka_unit_test(threads_and_batches_of_prediction_change_nothing),
        cmocka_unit_test(a_row_that_is_not_finite_has_no_answer_and_spoils_no_other),
        cmocka_unit_test(numbers_that_are_not_finite_are_refused_by_row_and_column),
    };
    return RUN(tests);
}
