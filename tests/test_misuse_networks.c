/* Misuse of networks: what test_misuse.c asks of every public function, here of those that make
 * networks, tell what is in them and predict with them. */
#include "misuse.h"

/* Layers whose parameters number 2^64 and a few: a sum that wraps around would look small. */
static void networks_larger_than_the_address_space(void **state)
{
    (void)state;
    enum { MOST = 64 };
    const size_t wide = SIZE_MAX / 64;
    pensel_layer layers[MOST] = {{0}};
    pensel_network *n;
    size_t count = 0, sum = 0, in = 1;
    do {
        size_t width = count % 2 ? 2 : wide;
        layers[count++].width = width;
        sum += (in + 1) * width;
        in = width;
    } while (count < MOST - 1 && (count % 2 || (0 - sum) / 3 >= wide));
    assert_true(count < MOST - 1);
    layers[count++].width = (0 - sum) / 3 + 1; /* each neuron has 2 weights and a bias */
    pensel_shape shape = {.inputs = 1, .layers = layers, .layer_count = count};
    REFUSED(pensel_network_new(&n, &shape, PENSEL_FLOAT32, &error));
    assert_int_equal(error.status, PENSEL_OUT_OF_MEMORY);
}

static void networks_that_cannot_be(void **state)
{
    (void)state;
    pensel_network *n = NULL;
    pensel_shape shape = {.inputs = 2, .layers = one_layer, .layer_count = 1};
    REFUSED(pensel_network_new(NULL, &shape, PENSEL_FLOAT64, &error));
    REFUSED(pensel_network_new(&n, NULL, PENSEL_FLOAT64, &error));
    REFUSED(pensel_network_new(&n, &shape, (pensel_precision)7, &error));
    shape.inputs = 0;
    REFUSED(pensel_network_new(&n, &shape, PENSEL_FLOAT64, &error));
    shape.inputs = SIZE_MAX;
    REFUSED(pensel_network_new(&n, &shape, PENSEL_FLOAT64, &error));
    shape = (pensel_shape){.inputs = 2, .layers = NULL, .layer_count = 1};
    REFUSED(pensel_network_new(&n, &shape, PENSEL_FLOAT64, &error));
    const pensel_layer bad[] = {{0, PENSEL_RELU, 0},
                                {1, PENSEL_SOFTMAX, 0},
                                {1, PENSEL_RELU, NAN},
                                {1, (pensel_activation)99, 0},
                                {SIZE_MAX / 2, PENSEL_RELU, 0}};
    for (int i = 0; i < 5; i++) {
        const pensel_layer two[] = {bad[i], one_layer[0]};
        shape = (pensel_shape){.inputs = 2, .layers = two, .layer_count = 2};
        REFUSED(pensel_network_new(&n, &shape, PENSEL_FLOAT64, &error));
    }
    assert_null(n);
}

static void copies_and_first_weights(void **state)
{
    (void)state;
    pensel_network *n = NULL, *good = network();
    pensel_random random;
    pensel_random_seed(&random, 1);
    REFUSED(pensel_network_copy(&n, NULL, &error));
    REFUSED(pensel_network_copy(NULL, good, &error));
    assert_null(n);
    REFUSED(pensel_network_initialise(NULL, PENSEL_GLOROT, &random, &error));
    REFUSED(pensel_network_initialise(good, PENSEL_GLOROT, NULL, &error));
    REFUSED(pensel_network_initialise(good, (pensel_initialisation)9, &random, &error));
    pensel_network_free(&good);
    pensel_network_free(&good);
    pensel_network_free(NULL);
}

static void what_is_in_a_network(void **state)
{
    (void)state;
    pensel_network *n = network();
    pensel_layer_view view;
    assert_null(pensel_network_shape(NULL));
    pensel_network_precision(NULL);
    assert_int_equal(pensel_network_parameter_count(NULL), 0);
    assert_null(pensel_network_parameters(NULL));
    assert_null(pensel_network_parameters_const(NULL));
    assert_int_equal(pensel_network_workspace(NULL), 0);
    REFUSED(pensel_network_layer(n, 1, &view, &error));
    REFUSED(pensel_network_layer(NULL, 0, &view, &error));
    REFUSED(pensel_network_layer(n, 0, NULL, &error));
    pensel_network_free(&n);
}

static void groups(void **state)
{
    (void)state;
    pensel_network *n = network();
    pensel_group group;
    assert_int_equal(pensel_network_group_count(NULL), 0);
    REFUSED(pensel_network_group(NULL, 0, &group, &error));
    REFUSED(pensel_network_group(n, 0, NULL, &error));
    REFUSED(pensel_network_group(n, pensel_network_group_count(n), &group, &error));
    REFUSED(pensel_network_group(n, SIZE_MAX, &group, &error));
    REFUSED(pensel_network_set_rates(NULL, 0, 1, 1, &error));
    REFUSED(pensel_network_set_rates(n, pensel_network_group_count(n), 1, 1, &error));
    REFUSED(pensel_network_set_rates(n, 0, -1, 1, &error));
    REFUSED(pensel_network_set_rates(n, 0, 1, INFINITY, &error));
    pensel_network_free(&n);
}

static void predictions(void **state)
{
    (void)state;
    pensel_network *n = network();
    const pensel_matrix x = matrix(1, 2), wide = matrix(1, 3);
    const pensel_matrix none = {NULL, 1, 2, PENSEL_FLOAT64};
    REFUSED(pensel_network_predict(NULL, numbers, x, 1, &error));
    REFUSED(pensel_network_predict(n, NULL, x, 1, &error));
    REFUSED(pensel_network_predict(n, numbers, wide, 1, &error));
    REFUSED(pensel_network_predict(n, numbers, none, 1, &error));
    REFUSED(pensel_network_activations(n, 9, numbers, x, 1, &error));
    REFUSED(pensel_network_activations(NULL, 0, numbers, x, 1, &error));
    REFUSED(pensel_network_predict_in(NULL, numbers, x, numbers, 9, &error));
    REFUSED(pensel_network_predict_in(n, numbers, x, NULL, SIZE_MAX, &error));
    REFUSED(pensel_network_predict_in(n, numbers, x, numbers, 1, &error));
    REFUSED(pensel_network_input_gradient(NULL, numbers, x, NULL, 1, &error));
    REFUSED(pensel_network_input_gradient(n, NULL, x, NULL, 1, &error));
    REFUSED(pensel_network_input_gradient(n, numbers, wide, NULL, 1, &error));
    pensel_network_free(&n);
}

static void predictions_of_sparse_rows(void **state)
{
    (void)state;
    pensel_network *n = network();
    const int64_t starts[] = {0, 1}, backwards[] = {0, 1, 0}, late[] = {1, 1};
    const int32_t where[] = {1, 2};
    const pensel_sparse row = {numbers, where, starts, 1, 2, PENSEL_FLOAT64};
    const pensel_sparse wrong[] = {
        {numbers, where, NULL, 1, 2, PENSEL_FLOAT64},
        {numbers, where, starts, 1, 3, PENSEL_FLOAT64},
        {NULL, where, starts, 1, 2, PENSEL_FLOAT64},
        {numbers, NULL, starts, 1, 2, PENSEL_FLOAT64},
        {numbers, where + 1, starts, 1, 2, PENSEL_FLOAT64},
        {numbers, where, late, 1, 2, PENSEL_FLOAT64},
        {numbers, where, backwards, 2, 2, PENSEL_FLOAT64},
        {numbers, where, starts, 1, 2, PENSEL_BFLOAT16},
    };
    REFUSED(pensel_network_predict_sparse(NULL, numbers, &row, 1, &error));
    REFUSED(pensel_network_predict_sparse(n, NULL, &row, 1, &error));
    REFUSED(pensel_network_predict_sparse(n, numbers, NULL, 1, &error));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        REFUSED(pensel_network_predict_sparse(n, numbers, &wrong[i], 1, &error));
    pensel_network_free(&n);
}

/* Predictions with dropout: a share of neurons, a seed, a number of draws */
static void draws(void **state)
{
    (void)state;
    pensel_network *n = network();
    const pensel_matrix x = matrix(1, 2);
    REFUSED(pensel_network_predict_draws(NULL, numbers, x, 0.5, 1, 1, 1, &error));
    REFUSED(pensel_network_predict_draws(n, NULL, x, 0.5, 1, 1, 1, &error));
    REFUSED(pensel_network_predict_draws(n, numbers, matrix(1, 3), 0.5, 1, 1, 1, &error));
    REFUSED(pensel_network_predict_draws(n, numbers, x, 1, 1, 1, 1, &error));
    REFUSED(pensel_network_predict_draws(n, numbers, x, NAN, 1, 1, 1, &error));
    REFUSED(pensel_network_predict_draws(n, numbers, x, 0, 1, 1, 1, &error));
    pensel_network_free(&n);
}

static void files_of_networks(void **state)
{
    (void)state;
    pensel_network *n = network(), *loaded = NULL;
    REFUSED(pensel_network_save(NULL, "none", &error));
    REFUSED(pensel_network_save(n, NULL, &error));
    REFUSED(pensel_network_load(NULL, "none", &error));
    REFUSED(pensel_network_load(&loaded, NULL, &error));
    assert_null(loaded);
    pensel_network_free(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_larger_than_the_address_space),
        cmocka_unit_test(networks_that_cannot_be),
        cmocka_unit_test(copies_and_first_weights),
        cmocka_unit_test(what_is_in_a_network),
        cmocka_unit_test(groups),
        cmocka_unit_test(predictions),
        cmocka_unit_test(predictions_of_sparse_rows),
        cmocka_unit_test(draws),
        cmocka_unit_test(files_of_networks),
    };
    return RUN(tests);
}
