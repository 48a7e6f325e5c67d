/* Activations of a program's own: the same mathematics as a built-in one, the same bits on any
 * number of threads, and models that cannot be read, or leave, without the function. The formulas
 * are oracle_activation.h's, and tanh's slope is its derivative by itself. */
#include "temporary.h"
#include "test.h"

#include "pensel/export.h"

enum { IN = 3, N = 300 };
static pensel_error error;
static double x[N * IN], y[N];

static void fill(void)
{
    for (size_t i = 0; i < N * IN; i++)
        x[i] = sin(1.7 * (double)i) * 1.3;
    for (size_t i = 0; i < N; i++)
        y[i] = x[i * IN] * x[i * IN + 1];
}

/* tanh(scale z) / scale, *data the scale */
static void own_tanh(double *value, double *slope, const double *z, size_t count, void *data)
{
    double scale = *(const double *)data;
    for (size_t i = 0; i < count; i++) {
        double a = tanh(scale * z[i]);
        if (value) value[i] = a / scale;
        if (slope) slope[i] = 1 - a * a;
    }
}

static double one = 1, two = 2;
static const pensel_custom_activation list[] = {
    {"own", own_tanh, &one}, {"steep.2", own_tanh, &two}, {0}};

static pensel_context *context_of(const pensel_custom_activation *activations)
{
    pensel_context *context;
    pensel_context_options options = pensel_context_defaults();
    options.activations = activations;
    MUST(pensel_context_new(&context, &options, &error));
    return context;
}

static pensel_network *make(const char *text, pensel_precision precision)
{
    pensel_network *network;
    pensel_random dice;
    pensel_random_seed(&dice, 3);
    MUST(pensel_network_new(&network, &(pensel_shape){.inputs = IN, .list = text}, precision,
                            &error));
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &dice, &error));
    return network;
}

static pensel_samples samples_of(void)
{
    return (pensel_samples){.x = {x, N, IN, PENSEL_FLOAT64}, .y = {y, N, 1, PENSEL_FLOAT64}};
}

static void a_network_of_it_is_that_of_the_built_in_one(void **state)
{
    (void)state;
    fill();
    static double gradient[2][200], answers[2][N];
    static const char *const lists[] = {"dense:9:tanh, dense:7:tanh, dense:1",
                                        "dense:9, custom:own, dense:7, custom:own, dense:1"};
    pensel_context *context = context_of(list), *before = pensel_context_enter(context);
    pensel_network *network[] = {make(lists[0], PENSEL_FLOAT64), make(lists[1], PENSEL_FLOAT64)};
    pensel_context_enter(before);
    size_t count = pensel_network_parameter_count(network[0]);
    assert_int_equal(pensel_network_parameter_count(network[1]), count);
    const pensel_samples samples = samples_of();
    pensel_training_options options = pensel_training_defaults();
    for (int k = 0; k < 2; k++) {
        double loss;
        MUST(pensel_network_predict(network[k], answers[k], samples.x, 1, &error));
        MUST(pensel_network_gradient(network[k], &loss, gradient[k], &samples, &options, &error));
    }
    for (size_t i = 0; i < N; i++)
        assert_near(answers[1][i], answers[0][i], 1e-13);
    for (size_t i = 0; i < count; i++)
        assert_near(gradient[1][i], gradient[0][i], 1e-13);
    assert_string_equal(pensel_network_shape(network[1])->list,
                        "dense:9,custom:own,dense:7,custom:own,dense:1");
    pensel_network_free(&network[0]);
    pensel_network_free(&network[1]);
    pensel_context_free(&context);
}

static void train(float *parameters, size_t threads)
{
    pensel_training *training;
    pensel_random dice;
    pensel_network *network =
        make("dense:30, custom:steep.2, dense:20, custom:own, dense:1", PENSEL_FLOAT32);
    const pensel_samples samples = samples_of();
    pensel_training_options options = pensel_training_defaults();
    options.threads = threads;
    options.epochs = 3;
    pensel_random_seed(&dice, 8);
    MUST(pensel_training_new(&training, network, &options, &error));
    MUST(pensel_training_run(training, &samples, NULL, &dice, &error));
    memcpy(parameters, pensel_network_parameters_const(network),
           pensel_network_parameter_count(network) * sizeof *parameters);
    pensel_training_free(&training);
    pensel_network_free(&network);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    static float alone[800], many[800];
    fill();
    pensel_context *context = context_of(list), *before = pensel_context_enter(context);
    train(alone, 1);
    for (size_t threads = 2; threads <= 5; threads++) {
        train(many, threads);
        assert_memory_equal(alone, many, sizeof alone);
    }
    assert_true(alone[0] != 0);
    pensel_context_enter(before);
    pensel_context_free(&context);
}

/* A file has the name alone: without the function it is refused, with it the answers come back. */
static void files_need_the_function(void **state)
{
    (void)state;
    static double answers[2][N];
    const char *path = temporary("own.safetensors");
    fill();
    pensel_context *context = context_of(list), *before = pensel_context_enter(context);
    pensel_network *network = make("dense:9, custom:steep.2, dense:1", PENSEL_FLOAT64), *copy;
    pensel_context_enter(before);
    const pensel_matrix rows = {x, N, IN, PENSEL_FLOAT64};
    MUST(pensel_network_predict(network, answers[0], rows, 1, &error));
    MUST(pensel_network_save(network, path, &error));
    MUST(pensel_network_copy(&copy, network, &error)); /* which has it from its original */
    MUST(pensel_network_predict(copy, answers[1], rows, 1, &error));
    assert_memory_equal(answers[0], answers[1], sizeof answers[0]);
    pensel_network_free(&copy);
    pensel_network_free(&network);
    assert_int_equal(pensel_network_load(&network, path, &error), PENSEL_BAD_FILE);
    assert_non_null(strstr(error.text, "\"steep.2\""));
    assert_null(network);
    pensel_context_enter(context);
    MUST(pensel_network_load(&network, path, &error));
    pensel_context_enter(before);
    MUST(pensel_network_predict(network, answers[1], rows, 1, &error));
    assert_memory_equal(answers[0], answers[1], sizeof answers[0]);
    pensel_network_free(&network);
    pensel_context_free(&context);
    remove(path);
}

/* No other program has the function, so no target takes the model. */
static void exports_refuse_it_by_name(void **state)
{
    (void)state;
    pensel_context *context = context_of(list), *before = pensel_context_enter(context);
    pensel_network *network = make("dense:9, custom:own, dense:1", PENSEL_FLOAT32);
    pensel_estimator *estimator;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
    MUST(pensel_estimator_assemble(&estimator, &(pensel_fitted){.network = network, .targets = 1},
                                   NULL, &o, &error));
    pensel_context_enter(before);
    for (size_t i = 0; pensel_export_target(i); i++) {
        void *bytes;
        size_t size;
        pensel_export_options options = pensel_export_defaults();
        options.target = pensel_export_target(i);
        assert_int_equal(pensel_export_memory(&bytes, &size,
                                              &(pensel_exported){.estimator = estimator}, &options,
                                              &error),
                         PENSEL_UNSUPPORTED);
        assert_non_null(strstr(error.text, "\"own\""));
    }
    pensel_estimator_free(&estimator);
    pensel_network_free(&network);
    pensel_context_free(&context);
}

static void senseless_ones_are_refused(void **state)
{
    (void)state;
    static const pensel_custom_activation bad[][2] = {{{"a:b", own_tanh, &one}, {0}},
                                                      {{"", own_tanh, &one}, {0}},
                                                      {{"nothing", NULL, NULL}, {0}}};
    static const char *const words[] = {"a:b", "letters", "nothing"};
    static const char *const texts[][2] = {
        {"dense:3, custom, dense:1", "custom:NAME"},
        {"dense:3, custom:unknown, dense:1", "\"unknown\""},
        {"dense:3, custom:own:2, dense:1", "custom has no option"},
        {"dense:3, custom:own", "must be dense"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        pensel_context *context;
        pensel_context_options options = pensel_context_defaults();
        options.activations = bad[k];
        assert_int_equal(pensel_context_new(&context, &options, &error), PENSEL_BAD_ARGUMENT);
        assert_non_null(strstr(error.text, words[k]));
        assert_null(context);
    }
    pensel_context *context = context_of(list), *before = pensel_context_enter(context);
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        pensel_network *network;
        const pensel_shape shape = {.inputs = IN, .list = texts[k][0]};
        assert_int_equal(pensel_network_new(&network, &shape, PENSEL_FLOAT32, &error),
                         PENSEL_BAD_ARGUMENT);
        if (!strstr(error.text, texts[k][1]))
            fail_msg("%s: \"%s\" does not say %s", texts[k][0], error.text, texts[k][1]);
    }
    pensel_context_enter(before);
    pensel_context_free(&context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_of_it_is_that_of_the_built_in_one),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(files_need_the_function),
        cmocka_unit_test(exports_refuse_it_by_name),
        cmocka_unit_test(senseless_ones_are_refused),
    };
    return RUN(tests);
}
