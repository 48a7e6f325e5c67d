/* First weights, drawn again by the formulas of their papers. */
#include "test.h"

typedef struct bounds {
    long double weight, bias;
} bounds;

/* Glorot & Bengio 2010, equation 16; 2 for logistic hidden layers is scikit-learn's. */
static bounds glorot(size_t in, size_t out, size_t l, const pensel_layer *layers)
{
    (void)l;
    long double b = sqrtl((layers[0].activation == PENSEL_LOGISTIC ? 2.0L : 6.0L) / (in + out));
    return (bounds){b, b};
}

/* He et al. 2015, equation 10: variance 2 / in, of a uniform distribution */
static bounds he(size_t in, size_t out, size_t l, const pensel_layer *layers)
{
    (void)out, (void)l, (void)layers;
    return (bounds){sqrtl(3 * 2.0L / in), 0};
}

/* Sitzmann et al. 2020, section 3.2; biases are PyTorch's, as in their code */
static bounds siren(size_t in, size_t out, size_t l, const pensel_layer *layers)
{
    long double omega = layers[l].activation == PENSEL_SINE ? layers[l].parameter : 1;
    (void)out;
    return (bounds){l == 0 ? 1.0L / in : sqrtl(6.0L / in) / omega, 1 / sqrtl(in)};
}

static void first_weights_are_drawn_by_the_formulas(void **state)
{
    static bounds (*const schemes[])(size_t, size_t, size_t, const pensel_layer *) = {
        [PENSEL_GLOROT] = glorot, [PENSEL_HE] = he, [PENSEL_SIREN] = siren};
    static const pensel_layer shapes[][3] = {
        {{7, PENSEL_RELU, 0}, {4, PENSEL_RELU, 0}, {2, PENSEL_IDENTITY, 0}},
        {{7, PENSEL_LOGISTIC, 0}, {4, PENSEL_LOGISTIC, 0}, {2, PENSEL_SOFTMAX, 0}},
        {{7, PENSEL_SINE, 30}, {4, PENSEL_SINE, 15}, {2, PENSEL_IDENTITY, 0}},
    };
    (void)state;
    for (size_t how = 0; how < 3; how++)
        for (size_t t = 0; t < 3; t++) {
            pensel_network *network;
            pensel_random random, again;
            pensel_error error;
            pensel_shape shape = {.inputs = 5, .layers = shapes[t], .layer_count = 3};
            MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
            pensel_random_seed(&random, 77);
            pensel_random_seed(&again, 77);
            MUST(pensel_network_initialise(network, (pensel_initialisation)how, &random, &error));
            const double *w = pensel_network_parameters_const(network);
            for (size_t l = 0; l < 3; l++) {
                pensel_layer_view view;
                MUST(pensel_network_layer(network, l, &view, &error));
                bounds b = schemes[how](view.in, view.out, l, shapes[t]);
                for (size_t i = 0; i < view.in; i++)
                    for (size_t j = 0; j < view.out; j++)
                        assert_near(
                            w[view.weights + j * view.in + i],
                            pensel_random_uniform(&again, (double)-b.weight, (double)b.weight),
                            1e-15);
                for (size_t j = 0; j < view.out; j++)
                    assert_near(w[view.biases + j],
                                b.bias > 0
                                    ? pensel_random_uniform(&again, (double)-b.bias, (double)b.bias)
                                    : 0,
                                1e-15);
            }
            pensel_network_free(&network);
        }
}

/* The grids' own numbers come last: hash grids start within 1e-4 (Mueller et al. 2022, section 4),
 * pyramids within 1e-2. */
static void first_numbers_of_encodings_are_small(void **state)
{
    static const pensel_layer layer = {1, PENSEL_IDENTITY, 0};
    static const struct {
        pensel_encoding encoding;
        size_t width;
        double bound;
    } kinds[] = {
        {{.kind = PENSEL_HASHGRID,
          .features = 2,
          .levels = 2,
          .table_log2 = 8,
          .base_resolution = 4,
          .fine_resolution = 9},
         4,
         1e-4},
        {{.kind = PENSEL_PYRAMID, .features = 3, .levels = 2, .rows = 9, .columns = 8}, 3, 1e-2},
    };
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        pensel_network *network;
        pensel_random random, again;
        pensel_error error;
        pensel_shape shape = {
            .inputs = 2, .encoding = kinds[k].encoding, .layers = &layer, .layer_count = 1};
        MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
        pensel_random_seed(&random, 5);
        MUST(pensel_network_initialise(network, PENSEL_HE, &random, &error));
        pensel_random_seed(&again, 5);
        for (size_t i = 0; i < kinds[k].width; i++)
            pensel_random_uniform(&again, 0, 1);
        const double *w = pensel_network_parameters_const(network);
        for (size_t i = kinds[k].width + 1; i < pensel_network_parameter_count(network); i++)
            assert_true(w[i] == pensel_random_uniform(&again, -kinds[k].bound, kinds[k].bound));
        pensel_network_free(&network);
    }
}

/* The first group has, for each number, 64 frequencies of mean 0 and deviation `scale` and as many
 * phases: the mean of 512 squares is off by a sixteenth, and by a quarter once in 10,000 seeds. */
static void first_frequencies_have_their_deviation(void **state)
{
    (void)state;
    enum { NUMBERS = 8, WAVES = 64 };
    pensel_network *network;
    pensel_random random;
    pensel_error error;
    const pensel_shape shape = {.inputs = NUMBERS, .list = "periodic:8:64:2:0.3, dense:1"};
    double squares = 0;
    size_t below = 0;
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
    pensel_random_seed(&random, 5);
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    const double *w = pensel_network_parameters_const(network);
    for (size_t j = 0; j < NUMBERS; j++)
        for (size_t k = 0; k < WAVES; k++) {
            double frequency = w[j * 2 * WAVES + k], phase = w[(j * 2 + 1) * WAVES + k];
            squares += frequency * frequency / (NUMBERS * WAVES);
            assert_true(fabs(phase) <= 3.1415926535897932);
            below += phase < 0;
        }
    assert_in_range(below, 200, 312); /* of 512 half, give or take 5 deviations of 11.3 */
    assert_in_range((unsigned)(squares / 0.09 * 100), 75, 125);
    pensel_network_free(&network);
}

/* Code 0 begins as zeros, the vectors of the others with variance 1 / width: uniform within
 * sqrt(3 / width), code by code. */
static void unseen_codes_begin_as_nothing(void **state)
{
    (void)state;
    enum { CODES = 5, WIDTH = 4 };
    pensel_network *network;
    pensel_random random, again;
    pensel_group group;
    pensel_error error;
    const pensel_shape shape = {.inputs = 1, .list = "embedding:5:4, dense:1"};
    const double most = sqrt(3.0 / WIDTH);
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
    pensel_random_seed(&random, 8);
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    MUST(pensel_network_group(network, 0, &group, &error));
    assert_string_equal(group.layer, "embedding");
    const double *e = (const double *)pensel_network_parameters_const(network) + group.first;
    pensel_random_seed(&again, 8);
    for (size_t i = 0; i < WIDTH + 1; i++) /* the neuron's, which are drawn before all tables */
        pensel_random_uniform(&again, 0, 1);
    for (size_t i = 0; i < CODES * WIDTH; i++)
        assert_near(e[i], i < WIDTH ? 0 : pensel_random_uniform(&again, -most, most), 1e-15);
    pensel_network_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_weights_are_drawn_by_the_formulas),
        cmocka_unit_test(first_numbers_of_encodings_are_small),
        cmocka_unit_test(first_frequencies_have_their_deviation),
        cmocka_unit_test(unseen_codes_begin_as_nothing),
    };
    return RUN(tests);
}
