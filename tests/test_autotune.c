/* Sharing a step among threads or not: the bits are the same, and the faster way is found. The
 * times are invented here. */
#include "test.h"

#include "training/batch.h"

/* Notes steps of one sample until `seconds` have gone by, a step taking as long as its way does;
 * returns how many of them were shared. */
static size_t go_on(pensel_autotune *autotune, double seconds, double alone, double shared,
                    size_t *steps)
{
    size_t count = 0;
    *steps = 0;
    for (double spent = 0; spent < seconds; ++*steps) {
        bool together = pensel_autotune_shares(autotune);
        double step = together ? shared : alone;
        pensel_autotune_note(autotune, step, 1);
        spent += step;
        count += together;
    }
    return count;
}

static void the_faster_way_is_found_from_either_side(void **state)
{
    size_t steps, shared;
    (void)state;
    for (int first = 0; first < 2; first++) {
        pensel_autotune autotune = pensel_autotune_begin(first);
        go_on(&autotune, 0.5, 500e-6, 280e-6, &steps);
        shared = go_on(&autotune, 10, 500e-6, 280e-6, &steps);
        assert_true((double)shared > 0.99 * (double)steps);
        autotune = pensel_autotune_begin(first);
        go_on(&autotune, 0.5, 10e-6, 15e-6, &steps);
        shared = go_on(&autotune, 10, 10e-6, 15e-6, &steps);
        assert_true((double)shared < 0.02 * (double)steps);
    }
}

static void a_change_is_noticed_within_two_seconds(void **state)
{
    size_t steps;
    pensel_autotune autotune = pensel_autotune_begin(true);
    (void)state;
    go_on(&autotune, 60, 500e-6, 280e-6, &steps);
    assert_true(autotune.shared);
    go_on(&autotune, 2, 500e-6, 900e-6, &steps);
    assert_false(autotune.shared);
    go_on(&autotune, 2, 500e-6, 280e-6, &steps);
    assert_true(autotune.shared);
}

static void ways_that_differ_by_chance_are_not_changed(void **state)
{
    size_t steps;
    pensel_autotune autotune = pensel_autotune_begin(true);
    (void)state;
    go_on(&autotune, 5, 99e-6, 100e-6, &steps);
    assert_true(autotune.shared);
    autotune = pensel_autotune_begin(false);
    go_on(&autotune, 5, 100e-6, 99e-6, &steps);
    assert_false(autotune.shared);
}

/* Batches of one tile, of an odd number of them, of several chunks; test_shards.c has more. */
static const size_t sizes[] = {1, 40, 64, 65, 170, 1500, 5003};
enum { SAMPLES = 5003, INPUTS = 3, OUTPUTS = 2 };

static double *random_numbers(pensel_random *random, size_t count)
{
    double *numbers = malloc(count * sizeof *numbers);
    assert_non_null(numbers);
    for (size_t i = 0; i < count; i++)
        numbers[i] = pensel_random_uniform(random, -1, 1);
    return numbers;
}

static void shared_and_alone_give_the_same_bits(void **state)
{
    pensel_error error;
    pensel_random random;
    pensel_network *network;
    pensel_pool pools[3];
    const pensel_layer layers[] = {
        {67, PENSEL_TANH, 0}, {41, PENSEL_RELU, 0}, {OUTPUTS, PENSEL_IDENTITY, 0}};
    pensel_shape shape = {.inputs = INPUTS, .layers = layers, .layer_count = 3};
    pensel_precision precision = *(const pensel_precision *)*state;
    pensel_training_options options = pensel_training_defaults();
    pensel_random_seed(&random, 3);
    MUST(pensel_network_new(&network, &shape, precision, &error));
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    double *x = random_numbers(&random, SAMPLES * INPUTS),
           *y = random_numbers(&random, SAMPLES * OUTPUTS);
    pensel_samples samples = {.x = {x, SAMPLES, INPUTS, PENSEL_FLOAT64},
                              .y = {y, SAMPLES, OUTPUTS, PENSEL_FLOAT64}};
    size_t bytes = pensel_network_parameter_count(network) * (precision == PENSEL_FLOAT64 ? 8 : 4);
    void *expected = malloc(bytes), *found = malloc(bytes);
    assert_true(expected && found);
    for (size_t t = 0; t < 3; t++)
        pools[t] = pensel_pool_of(network->context, t + 1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        pensel_selection some = {.samples = &samples, .from = SAMPLES - sizes[i], .n = sizes[i]};
        double loss = 0;
        for (size_t t = 0; t < 3; t++) {
            pensel_batch *batch;
            MUST(pensel_batch_new(&batch, network, &options, &pools[t], sizes[i], &error));
            pensel_batch_keep(batch, t > 0);
            double here;
            MUST(pensel_batch_run(batch, &here, t == 0 ? expected : found, &some, NULL, NULL,
                                  &error));
            pensel_batch_free(&batch);
            if (t == 0) loss = here;
            assert_true(here == loss);
            if (t > 0) assert_memory_equal(found, expected, bytes);
        }
    }
    pensel_network_free(&network);
    free(expected), free(found), free(x), free(y);
}

int main(void)
{
    static pensel_precision precisions[] = {PENSEL_FLOAT32, PENSEL_FLOAT64, PENSEL_BFLOAT16};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_faster_way_is_found_from_either_side),
        cmocka_unit_test(a_change_is_noticed_within_two_seconds),
        cmocka_unit_test(ways_that_differ_by_chance_are_not_changed),
        cmocka_unit_test_prestate(shared_and_alone_give_the_same_bits, &precisions[0]),
        cmocka_unit_test_prestate(shared_and_alone_give_the_same_bits, &precisions[1]),
        cmocka_unit_test_prestate(shared_and_alone_give_the_same_bits, &precisions[2]),
    };
    return cmocka_run_group_tests_name("autotune", tests, NULL, NULL);
}
