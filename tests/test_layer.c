/* Kinds of layers: each against its formula in long double, written out here from the paper for one
 * sample; and as part of a network its gradient against differences, its bits on any number of
 * threads and in any tiles, its text and its file. To add a kind: its row in `rows`. */
#include "base/memory.h"
#include "layer/layer.h"
#include "layers.h"

#include <unistd.h>

enum { N = 37, MOST = 64 };

/* y from a (IN) and the layer's parameters p, in the order of its groups */
typedef void formula(long double *y, const long double *a, const long double *p);

static long double logistic(long double z)
{
    return 1 / (1 + expl(-z));
}

/* dense:3:logistic */
static void dense(long double *y, const long double *a, const long double *p)
{
    for (size_t j = 0; j < 3; j++) {
        long double z = p[3 * IN + j];
        for (size_t i = 0; i < IN; i++)
            z += p[j * IN + i] * a[i];
        y[j] = logistic(z);
    }
}

static void scale(long double *y, const long double *a, const long double *p)
{
    for (size_t i = 0; i < IN; i++)
        y[i] = p[i] * a[i];
}

/* Ba et al. 2016, equation 4, with 0.01 added to the variance */
static void layer_norm(long double *y, const long double *a, const long double *p)
{
    long double mean = 0, variance = 0;
    for (size_t i = 0; i < IN; i++)
        mean += a[i] / IN;
    for (size_t i = 0; i < IN; i++)
        variance += (a[i] - mean) * (a[i] - mean) / IN;
    for (size_t i = 0; i < IN; i++)
        y[i] = p[i] * (a[i] - mean) / sqrtl(variance + 0.01L) + p[IN + i];
}

/* In a prediction nothing is dropped. */
static void dropout(long double *y, const long double *a, const long double *p)
{
    (void)p;
    for (size_t i = 0; i < IN; i++)
        y[i] = a[i];
}

/* embedding:4:2:1, the code is input 1 */
static void embedding(long double *y, const long double *a, const long double *p)
{
    long code = a[1] == 1 || a[1] == 2 || a[1] == 3 ? (long)a[1] : 0;
    y[0] = a[0];
    for (size_t i = 2; i < IN; i++)
        y[i - 1] = a[i];
    y[IN - 1] = p[2 * code];
    y[IN] = p[2 * code + 1];
}

/* periodic:2:3:3, of inputs 0 and 1: two waves' sums and the number itself */
static void periodic(long double *y, const long double *a, const long double *p)
{
    enum { NUMBERS = 2, WAVES = 3 };
    const long double *v = p + NUMBERS * 2 * WAVES, circle = 2 * acosl(-1);
    for (size_t j = 0; j < NUMBERS; j++) {
        for (size_t o = 0; o < 2; o++) {
            y[3 * j + o] = v[8 * j + 4 * o + 3];
            for (size_t k = 0; k < WAVES; k++)
                y[3 * j + o] += v[8 * j + 4 * o + k] *
                                sinl(circle * p[6 * j + k] * a[j] + p[6 * j + WAVES + k]);
        }
        y[3 * j + 2] = a[j];
    }
    for (size_t i = NUMBERS; i < IN; i++)
        y[i + 4] = a[i];
}

/* piecewise:2:3:3, of inputs 0 and 1: two sums of three ramps and the number itself */
static void piecewise(long double *y, const long double *a, const long double *p)
{
    enum { NUMBERS = 2, BINS = 3 };
    const long double *v = p + NUMBERS * 2 * BINS;
    for (size_t j = 0; j < NUMBERS; j++) {
        for (size_t o = 0; o < 2; o++) {
            y[3 * j + o] = v[8 * j + 4 * o + 3];
            for (size_t k = 0; k < BINS; k++)
                y[3 * j + o] += v[8 * j + 4 * o + k] *
                                fminl(fmaxl(p[6 * j + k] * a[j] + p[6 * j + BINS + k], 0), 1);
        }
        y[3 * j + 2] = a[j];
    }
    for (size_t i = NUMBERS; i < IN; i++)
        y[i + 4] = a[i];
}

/* parametric:tanh */
static void parametric(long double *y, const long double *a, const long double *p)
{
    for (size_t i = 0; i < IN; i++)
        y[i] = (1 - p[i]) * a[i] + p[i] * tanhl(a[i]);
}

/* custom:wave: z / 2 + sin z */
static void custom(long double *y, const long double *a, const long double *p)
{
    (void)p;
    for (size_t i = 0; i < IN; i++)
        y[i] = a[i] / 2 + sinl(a[i]);
}

/* The function of it, for the context that all tests here are in */
static void wave(double *value, double *slope, const double *z, size_t count, void *data)
{
    (void)data;
    for (size_t i = 0; i < count; i++) {
        if (value) value[i] = z[i] / 2 + sin(z[i]);
        if (slope) slope[i] = 0.5 + cos(z[i]);
    }
}

/* residual(scale) */
static void residual(long double *y, const long double *a, const long double *p)
{
    for (size_t i = 0; i < IN; i++)
        y[i] = a[i] + p[i] * a[i];
}

/* A layer by itself, with its formula or without one if another test has it (test_encoding.c); and
 * a network around it, of which everything else is asked. */
static const struct row {
    const char *text;
    formula *formula;
    size_t out;
    const char *network;
    size_t inputs;
} rows[] = {
    {"dense:3:logistic", dense, 3, "dense:7:tanh,dense:6:relu,dense:2", IN},
    {"scale", scale, IN, "dense:6:tanh,scale,dense:5:silu,scale,dense:2", IN},
    {"layer-norm:0.01", layer_norm, IN, "layer-norm:0.1,dense:6:gelu,layer-norm,dense:2", IN},
    {"dropout:0.4", dropout, IN, "dense:6:tanh,dropout:0.4,dense:2", IN},
    {"embedding:4:2:1", embedding, IN + 1, "embedding:4:2:1,embedding:3:3:0,dense:6:tanh,dense:2",
     IN},
    {"periodic:2:3:3", periodic, IN + 4, "scale,periodic:2:3:3,dense:6:tanh,periodic:1:2:2,dense:2",
     IN},
    {"piecewise:2:3:3", piecewise, IN + 4,
     "dense:5:tanh,piecewise:2:3:3,dense:6:tanh,piecewise:1:2:2,dense:2", IN},
    {"parametric:tanh", parametric, IN, "dense:6,parametric:selu,dense:5,parametric:silu,dense:2",
     IN},
    {"custom:wave", custom, IN, "custom:wave,dense:5,custom:wave,dense:4,custom:wave,dense:2", IN},
    {"residual(scale)", residual, IN,
     "dense:6:tanh,residual(layer-norm,dense:9:silu,residual(dense:9:tanh),dense:6),dense:2", IN},
    {"fourier:6:2:3", NULL, 12, "fourier:6:2:3,dense:7:tanh,layer-norm,dense:2", 2},
    {"hashgrid:3:2:6:3:9", NULL, 6, "hashgrid:3:2:6:3:9,residual(dense:6:tanh),dense:2", 2},
    {"pyramid:7:9:3:4", NULL, 4, "pyramid:7:9:3:4,scale,dense:7:tanh,dense:2", 2},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* Codes in the first two inputs where there are five: some known, some not. */
static void draw_inputs(double *x, size_t n, size_t inputs)
{
    draw(x, n * inputs, 0, 1, 5);
    for (size_t s = 0; s < n && inputs == IN; s++) {
        x[s * IN] = (double)(s % 3);
        x[s * IN + 1] = (double)(s % 7) - 1;
    }
}

/* ------------------------------------------------------------------ values */

/* The layer followed by a dense one that hands its units on. */
static pensel_network *make_alone(const struct row *row)
{
    char list[200];
    pensel_error error;
    pensel_layer_view view;
    snprintf(list, sizeof list, "%s,dense:%zu", row->text, row->out);
    pensel_network *network = make(list, IN, PENSEL_FLOAT64);
    double *p = pensel_network_parameters(network);
    size_t last = pensel_network_shape(network)->layer_count - 1;
    draw(p, pensel_network_parameter_count(network), -1, 1, 6);
    MUST(pensel_network_layer(network, last, &view, &error));
    assert_int_equal(view.in, row->out);
    for (size_t j = 0; j < row->out; j++)
        for (size_t i = 0; i < row->out; i++)
            p[view.weights + j * row->out + i] = i == j;
    memset(p + view.biases, 0, row->out * sizeof *p);
    return network;
}

/* The parameters of all layers but the last, group by group */
static void collect(long double *p, const pensel_network *network)
{
    const double *from = pensel_network_parameters_const(network);
    pensel_error error;
    pensel_group group;
    for (size_t g = 0; g + 2 < pensel_network_group_count(network); g++) {
        MUST(pensel_network_group(network, g, &group, &error));
        for (size_t i = 0; i < group.count; i++)
            *p++ = from[group.first + i];
    }
}

/* The names are the library's; a row's text begins with its kind's. */
static void every_kind_has_its_row(void **state)
{
    const pensel_layer_kind *kind;
    const pensel_kernels *kernels;
    pensel_error error;
    (void)state;
    MUST(pensel_kernels_find(&kernels, PENSEL_FLOAT64, &error));
    for (size_t i = 0; (kind = pensel_layer_kind_at(i, kernels)); i++) {
        size_t length = strlen(kind->name);
        bool found = false;
        for (size_t k = 0; k < ROWS; k++)
            found = found || (strncmp(rows[k].text, kind->name, length) == 0 &&
                              strcspn(rows[k].text, ":(") == length);
        if (!found) fail_msg("%s has no row in tests/test_layer.c", kind->name);
    }
}

static void kinds_are_their_formulas(void **state)
{
    (void)state;
    for (size_t k = 0; k < ROWS; k++) {
        const struct row *row = &rows[k];
        double x[N * IN], y[N * MOST];
        long double p[MOST], a[IN], expected[MOST];
        pensel_error error;
        if (!row->formula) continue;
        pensel_network *network = make_alone(row);
        draw_inputs(x, N, IN);
        x[1] = NAN, x[IN + 1] = 1.5; /* codes that are none */
        bool codes = strncmp(row->text, "embedding", 9) == 0;
        if (!codes) x[1] = x[IN + 1] = 0.5;
        MUST(pensel_network_predict(network, y, (pensel_matrix){x, N, IN, PENSEL_FLOAT64}, 1,
                                    &error));
        collect(p, network);
        for (size_t s = 0; s < N; s++) {
            for (size_t i = 0; i < IN; i++)
                a[i] = x[s * IN + i];
            row->formula(expected, a, p);
            for (size_t j = 0; j < row->out; j++)
                assert_near(y[s * row->out + j], (double)expected[j], 1e-13);
        }
        pensel_network_free(&network);
    }
}

/* A sample by itself goes another way. */
static void single_samples_and_tiles_agree(void **state)
{
    (void)state;
    for (size_t k = 0; k < ROWS; k++) {
        double x[N * IN], y[N * 2], one[2];
        size_t inputs = rows[k].inputs;
        pensel_error error;
        pensel_network *network = make(rows[k].network, inputs, PENSEL_FLOAT64);
        draw_inputs(x, N, inputs);
        MUST(pensel_network_predict(network, y, (pensel_matrix){x, N, inputs, PENSEL_FLOAT64}, 1,
                                    &error));
        for (size_t s = 0; s < N; s++) {
            pensel_matrix m = {x + s * inputs, 1, inputs, PENSEL_FLOAT64};
            MUST(pensel_network_predict(network, one, m, 1, &error));
            for (size_t j = 0; j < 2; j++)
                assert_near(one[j], y[2 * s + j], 1e-12);
        }
        pensel_network_free(&network);
    }
}

/* ------------------------------------------------------------------ gradients */

static double loss_of(const pensel_network *network, double *gradient, const pensel_samples *s,
                      double alpha)
{
    double loss;
    pensel_error error;
    pensel_training_options o = pensel_training_defaults();
    o.threads = 1;
    o.alpha = alpha;
    MUST(pensel_network_gradient(network, &loss, gradient, s, &o, &error));
    return loss;
}

static void gradients_are_differences(void **state)
{
    enum { SAMPLES = 150 }; /* several tiles in both shards */
    (void)state;
    for (size_t k = 0; k < ROWS; k++) {
        size_t inputs = rows[k].inputs;
        double x[SAMPLES * IN], y[SAMPLES * 2], *gradient;
        pensel_error error;
        pensel_network *network = make(rows[k].network, inputs, PENSEL_FLOAT64);
        size_t count = pensel_network_parameter_count(network);
        double *p = pensel_network_parameters(network), *nudge;
        draw_inputs(x, SAMPLES, inputs);
        draw(y, SAMPLES * 2, -1, 1, 9);
        MUST(PENSEL_NEW(nudge, count, &error)); /* else scales are 1 and shifts 0 */
        draw(nudge, count, -0.2, 0.2, 7);
        for (size_t i = 0; i < count; i++)
            p[i] += nudge[i];
        pensel_release(nudge);
        const pensel_samples samples = {.x = {x, SAMPLES, inputs, PENSEL_FLOAT64},
                                        .y = {y, SAMPLES, 2, PENSEL_FLOAT64}};
        double predicted[SAMPLES * 2], squares = 0;
        MUST(pensel_network_predict(network, predicted, samples.x, 1, &error));
        for (size_t i = 0; i < SAMPLES * 2; i++)
            squares += (predicted[i] - y[i]) * (predicted[i] - y[i]);
        /* predictions take other memory than a training */
        assert_near(loss_of(network, NULL, &samples, 0), squares / (2 * SAMPLES * 2), 1e-12);
        MUST(PENSEL_NEW(gradient, count, &error));
        loss_of(network, gradient, &samples, 0.03);
        for (size_t i = 0; i < count; i++) {
            const double h = 1e-5, before = p[i];
            p[i] = before + h;
            double above = loss_of(network, NULL, &samples, 0.03);
            p[i] = before - h;
            double below = loss_of(network, NULL, &samples, 0.03);
            p[i] = before;
            assert_near(gradient[i], (above - below) / (2 * h), 1e-8);
        }
        pensel_release(gradient);
        pensel_network_free(&network);
    }
}

/* ------------------------------------------------------------------ training */

enum { TRAINED = 700 };

/* Parameters after some epochs */
static pensel_network *train(const char *list, size_t inputs, size_t threads, pensel_solver solver)
{
    static double x[TRAINED * IN], y[TRAINED * 2];
    pensel_error error;
    pensel_training *training;
    pensel_random random;
    pensel_network *network = make(list, inputs, PENSEL_FLOAT32);
    pensel_training_options o = pensel_training_defaults();
    draw_inputs(x, TRAINED, inputs);
    draw(y, TRAINED * 2, -1, 1, 9);
    const pensel_samples samples = {.x = {x, TRAINED, inputs, PENSEL_FLOAT64},
                                    .y = {y, TRAINED, 2, PENSEL_FLOAT64}};
    o.threads = threads;
    o.epochs = 3;
    o.solver = solver;
    o.learning_rate_init = 1e-2;
    o.weight_decay = solver == PENSEL_ADAM ? 0.01 : 0;
    pensel_random_seed(&random, 8);
    MUST(pensel_training_new(&training, network, &o, &error));
    MUST(pensel_training_run(training, &samples, NULL, &random, &error));
    pensel_training_free(&training);
    return network;
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    for (size_t k = 0; k < ROWS; k++) {
        pensel_network *one = train(rows[k].network, rows[k].inputs, 1, PENSEL_ADAM);
        for (size_t threads = 2; threads <= 8; threads++) {
            pensel_network *many = train(rows[k].network, rows[k].inputs, threads, PENSEL_ADAM);
            assert_same(one, many);
            pensel_network_free(&many);
        }
        pensel_network_free(&one);
    }
}

/* Of a dropout layer: the share of silent units, and the same factor for all others. The gradient
 * of the output's weights is the mean over samples of dz times what the dropout layer gave out,
 * which is 0 or 1 / (1 - share) for inputs of 1. */
static void dropout_layers_silence_a_share(void **state)
{
    enum { WIDE = 200 };
    (void)state;
    double x[WIDE], y[1] = {0}, before[WIDE], silent = 0;
    pensel_error error;
    pensel_training *training;
    pensel_random random;
    pensel_network *network = make("dropout:0.3,dense:1", WIDE, PENSEL_FLOAT64);
    double *w = pensel_network_parameters(network);
    pensel_training_options o = pensel_training_defaults();
    for (size_t i = 0; i < WIDE; i++)
        x[i] = 1;
    memset(w, 0, WIDE * sizeof *w);
    w[WIDE] = 1; /* the bias: dz = 1 - 0 */
    memcpy(before, w, sizeof before);
    o.solver = PENSEL_SGD;
    o.learning_rate_init = 0.125;
    o.momentum = 0;
    o.alpha = 0;
    o.epochs = 1;
    o.batch_size = 1;
    pensel_random_seed(&random, 4);
    const pensel_samples samples = {.x = {x, 1, WIDE, PENSEL_FLOAT64},
                                    .y = {y, 1, 1, PENSEL_FLOAT64}};
    MUST(pensel_training_new(&training, network, &o, &error));
    MUST(pensel_training_run(training, &samples, NULL, &random, &error));
    for (size_t i = 0; i < WIDE; i++) {
        double a = (before[i] - w[i]) / 0.125;
        if (a == 0)
            silent++;
        else
            assert_near(a, 1 / 0.7, 1e-12);
    }
    assert_true(silent > 30 && silent < 90); /* 60, and 4.6 standard deviations */
    pensel_training_free(&training);
    pensel_network_free(&network);
}

/* ------------------------------------------------------------------ texts and files */

static void texts_and_files_keep_the_list(void **state)
{
    char path[] = "/tmp/pensel-layer-XXXXXX";
    pensel_error error;
    (void)state;
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    for (size_t k = 0; k < ROWS; k++) {
        pensel_network *network = train(rows[k].network, rows[k].inputs, 1, PENSEL_SGD), *again;
        const char *list = pensel_network_shape(network)->list;
        MUST(pensel_network_copy(&again, network, &error));
        assert_same(network, again);
        assert_string_equal(pensel_network_shape(again)->list, list);
        pensel_network_free(&again);
        pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
        pensel_estimator *estimator;
        MUST(pensel_estimator_assemble(
            &estimator, &(pensel_fitted){.network = network, .targets = 2}, NULL, &o, &error));
        MUST(pensel_estimator_save(estimator, path, &error));
        pensel_estimator_free(&estimator);
        MUST(pensel_estimator_load(&estimator, path, &error));
        const pensel_network *loaded = pensel_estimator_network(estimator);
        assert_same(network, loaded);
        assert_string_equal(pensel_network_shape(loaded)->list, list);
        pensel_estimator_free(&estimator);
        pensel_network_free(&network);
    }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_row),
        cmocka_unit_test(kinds_are_their_formulas),
        cmocka_unit_test(single_samples_and_tiles_agree),
        cmocka_unit_test(gradients_are_differences),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(dropout_layers_silence_a_share),
        cmocka_unit_test(texts_and_files_keep_the_list),
    };
    static const pensel_custom_activation own[] = {{"wave", wave, NULL}, {0}};
    pensel_context *context;
    pensel_context_options options = pensel_context_defaults();
    options.activations = own;
    if (pensel_context_new(&context, &options, NULL)) return 1;
    pensel_context_enter(context);
    int failed = RUN(tests);
    pensel_context_enter(NULL);
    pensel_context_free(&context);
    return failed;
}
