/* The same bits on any number of threads: training for every solver, precision and encoding,
 * prediction, and the gradient. Shapes are awkward on purpose: no width, batch or count is a
 * multiple of a vector or a tile. */
#include "test.h"

enum { SAMPLES = 731, INPUTS = 2, OUTPUTS = 3 };

typedef struct result {
    void *parameters;
    size_t bytes;
    double curve[8];
    size_t epochs;
    double y[SAMPLES * OUTPUTS];
} result;

typedef struct recipe {
    const char *name;
    pensel_precision precision;
    pensel_encoding encoding;
    pensel_training_options (*options)(void);
} recipe;

static double x[SAMPLES * INPUTS], y[SAMPLES * OUTPUTS];

static int make_data(void **state)
{
    (void)state;
    pensel_random random;
    pensel_random_seed(&random, 5);
    for (size_t i = 0; i < SAMPLES * INPUTS; i++)
        x[i] = pensel_random_uniform(&random, 0, 1);
    for (size_t s = 0; s < SAMPLES; s++) {
        double a = x[s * INPUTS], b = x[s * INPUTS + 1];
        y[s * OUTPUTS] = a * b;
        y[s * OUTPUTS + 1] = a - b;
        y[s * OUTPUTS + 2] = a > b;
    }
    return 0;
}

static pensel_network *make_network(const recipe *setting)
{
    pensel_error error;
    pensel_random random;
    pensel_network *network;
    const pensel_layer layers[] = {{97, PENSEL_RELU, 0}, /* large enough for steps to be shared */
                                   {61, PENSEL_TANH, 0},
                                   {43, PENSEL_SILU, 0},
                                   {OUTPUTS, PENSEL_IDENTITY, 0}};
    pensel_shape shape = {
        .inputs = INPUTS, .encoding = setting->encoding, .layers = layers, .layer_count = 4};
    pensel_random_seed(&random, 9);
    MUST(pensel_network_new(&network, &shape, setting->precision, &error));
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    return network;
}

static result train(const recipe *setting, size_t threads)
{
    pensel_error error;
    pensel_random random;
    pensel_training *training;
    pensel_network *network = make_network(setting);
    pensel_training_options options = setting->options();
    pensel_samples samples = {.x = {x, SAMPLES, INPUTS, PENSEL_FLOAT64},
                              .y = {y, SAMPLES, OUTPUTS, PENSEL_FLOAT64}};
    result r = {0};
    options.threads = threads;
    options.epochs = 4;
    pensel_random_seed(&random, 1);
    MUST(pensel_training_new(&training, network, &options, &error));
    MUST(pensel_training_run(training, &samples, NULL, &random, &error));

    const pensel_report *report = pensel_training_report(training);
    r.epochs = report->loss_count;
    assert_in_range(r.epochs, 1, 8);
    memcpy(r.curve, report->loss_curve, r.epochs * sizeof(double));
    r.bytes =
        pensel_network_parameter_count(network) * (setting->precision == PENSEL_FLOAT64 ? 8 : 4);
    r.parameters = malloc(r.bytes);
    assert_non_null(r.parameters);
    memcpy(r.parameters, pensel_network_parameters_const(network), r.bytes);
    MUST(pensel_network_predict(network, r.y, samples.x, threads, &error));
    pensel_training_free(&training);
    pensel_network_free(&network);
    return r;
}

static void same_bits(void **state)
{
    const recipe *setting = *state;
    result one = train(setting, 1);
    for (size_t threads = 2; threads <= 5; threads++) {
        result more = train(setting, threads);
        assert_int_equal(more.epochs, one.epochs);
        assert_memory_equal(more.curve, one.curve, one.epochs * sizeof(double));
        assert_memory_equal(more.parameters, one.parameters, one.bytes);
        assert_memory_equal(more.y, one.y, sizeof one.y);
        free(more.parameters);
    }
    free(one.parameters);
}

static void gradients_have_the_same_bits(void **state)
{
    const recipe *setting = *state;
    pensel_error error;
    pensel_network *network = make_network(setting);
    pensel_samples samples = {.x = {x, SAMPLES, INPUTS, PENSEL_FLOAT64},
                              .y = {y, SAMPLES, OUTPUTS, PENSEL_FLOAT64}};
    pensel_training_options options = pensel_training_defaults();
    size_t count = pensel_network_parameter_count(network);
    double *gradient[2] = {calloc(count, sizeof(double)), calloc(count, sizeof(double))}, loss[2];
    assert_non_null(gradient[0]);
    assert_non_null(gradient[1]);
    options.threads = 1;
    MUST(pensel_network_gradient(network, &loss[0], gradient[0], &samples, &options, &error));
    for (size_t threads = 2; threads <= 3; threads++) {
        options.threads = threads;
        MUST(pensel_network_gradient(network, &loss[1], gradient[1], &samples, &options, &error));
        assert_true(loss[0] == loss[1]);
        assert_memory_equal(gradient[0], gradient[1], count * sizeof(double));
    }
    free(gradient[0]);
    free(gradient[1]);
    pensel_network_free(&network);
}

static pensel_training_options adam(void)
{
    pensel_training_options o = pensel_training_defaults();
    o.batch_size = 229;
    return o;
}

static pensel_training_options sgd(void)
{
    pensel_training_options o = adam();
    o.solver = PENSEL_SGD;
    return o;
}

static pensel_training_options lbfgs(void)
{
    pensel_training_options o = adam();
    o.solver = PENSEL_LBFGS;
    return o;
}

static pensel_training_options everything(void)
{
    pensel_training_options o = adam();
    o.learning_rate = PENSEL_COSINE;
    o.early_stopping = true;
    o.clip_norm = 0.1;
    o.average = 0.9;
    o.dropout = 0.2;
    o.weight_decay = 0.01;
    return o;
}

static pensel_training_options whole_batch(void)
{
    pensel_training_options o = adam();
    o.batch_size = SAMPLES;
    return o;
}

#define FOURIER {.kind = PENSEL_FOURIER, .features = 11, .scale = 4}
#define HASHGRID              \
    {.kind = PENSEL_HASHGRID, \
     .features = 2,           \
     .levels = 5,             \
     .table_log2 = 8,         \
     .base_resolution = 4,    \
     .fine_resolution = 64}
#define PYRAMID {.kind = PENSEL_PYRAMID, .features = 2, .levels = 3, .rows = 29, .columns = 31}

static const recipe settings[] = {
    {"adam float64", PENSEL_FLOAT64, {0}, adam},
    {"adam float32", PENSEL_FLOAT32, {0}, adam},
    {"adam bfloat16", PENSEL_BFLOAT16, {0}, adam},
    {"hash grid bfloat16", PENSEL_BFLOAT16, HASHGRID, adam},
    {"sgd float64", PENSEL_FLOAT64, {0}, sgd},
    {"sgd float32", PENSEL_FLOAT32, {0}, sgd},
    {"lbfgs float64", PENSEL_FLOAT64, {0}, lbfgs},
    {"lbfgs float32", PENSEL_FLOAT32, {0}, lbfgs},
    {"whole batch float32", PENSEL_FLOAT32, {0}, whole_batch},
    {"clipping, averaging, dropout float32", PENSEL_FLOAT32, {0}, everything},
    {"clipping, averaging, dropout bfloat16", PENSEL_BFLOAT16, {0}, everything},
    {"clipping, averaging, dropout float64", PENSEL_FLOAT64, {0}, everything},
    {"fourier float32", PENSEL_FLOAT32, FOURIER, adam},
    {"hash grid float32", PENSEL_FLOAT32, HASHGRID, adam},
    {"hash grid float64", PENSEL_FLOAT64, HASHGRID, sgd},
    {"pyramid float32", PENSEL_FLOAT32, PYRAMID, adam},
    {"pyramid float64", PENSEL_FLOAT64, PYRAMID, whole_batch},
};
enum { SETTINGS = sizeof settings / sizeof settings[0] };

int main(void)
{
    struct CMUnitTest tests[SETTINGS + 1];
    for (size_t i = 0; i < SETTINGS; i++)
        tests[i] =
            (struct CMUnitTest){settings[i].name, same_bits, NULL, NULL, (void *)&settings[i]};
    tests[SETTINGS] = (struct CMUnitTest){"gradient float64", gradients_have_the_same_bits, NULL,
                                          NULL, (void *)&settings[0]};
    return _cmocka_run_group_tests("threads", tests, SETTINGS + 1, make_data, NULL);
}
