/* Random numbers against NumPy's, and what is drawn with them against scikit-learn's:
 * parity/make_random.py and parity/make_split.py wrote the expected values. */
#include "test.h"

#include "base/memory.h"
#include "parity/expected_split.h"
#include "parity/random.h"
#include "training/data.h"

static void draws_are_numpys(void **state)
{
    (void)state;
    for (int s = 0; s < SEEDS; s++) {
        pensel_random random;
        double draw[DRAWS];
        pensel_random_seed(&random, seeds[s]);
        for (int i = 0; i < DRAWS; i++)
            draw[i] = pensel_random_uniform(&random, -1, 3);
        assert_memory_equal(draw, first_draws[s], sizeof first_draws[s]);
        assert_memory_equal(draw + DRAWS - 4, last_draws[s], sizeof last_draws[s]);
    }
}

static void shuffles_are_numpys(void **state)
{
    (void)state;
    for (int s = 0; s < SEEDS; s++) {
        pensel_random random;
        size_t cards[CARDS], many[1000];
        pensel_random_seed(&random, seeds[s]);
        for (int i = 0; i < DRAWS; i++)
            pensel_random_uniform(&random, -1, 3);
        for (size_t i = 0; i < CARDS; i++)
            cards[i] = i;
        for (size_t i = 0; i < 1000; i++)
            many[i] = i;
        pensel_random_shuffle(&random, cards, CARDS);
        pensel_random_shuffle(&random, cards, CARDS);
        assert_memory_equal(cards, shuffled[s], sizeof cards);
        pensel_random_shuffle(&random, many, 1000);
        double next = pensel_random_uniform(&random, 0, 1);
        assert_memory_equal(&next, &after[s], sizeof next);
    }
}

/* Which samples are held out, the order of both lists, and that as many numbers were drawn: also
 * where two classes have the same claim to a sample, and a draw decides. */
static void samples_are_split_as_scikit_learn_does(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof split_cases / sizeof *split_cases; k++) {
        const struct split_case *c = &split_cases[k];
        double x[SPLIT_MOST] = {0}, y[SPLIT_MOST];
        pensel_cursor cursor = {0};
        pensel_random random;
        pensel_error error;
        pensel_training_options o = pensel_training_defaults();
        const pensel_samples samples = {.x = {x, c->n, 1, PENSEL_FLOAT64},
                                        .y = {y, c->n, 1, PENSEL_FLOAT64}};
        for (size_t i = 0; i < c->n; i++)
            y[i] = c->every ? i % c->every == 0 : (double)i;
        if (c->every) o.loss = PENSEL_LOG_LOSS;
        o.validation_fraction = c->share;
        pensel_random_seed(&random, c->seed);
        MUST(pensel_split_samples(&cursor, &samples, &o, true, &random, &error));
        assert_int_equal(cursor.held_out_count, c->held_count);
        assert_int_equal(cursor.order_count, c->n - c->held_count);
        assert_memory_equal(cursor.held_out, c->held, c->held_count * sizeof *c->held);
        assert_memory_equal(cursor.order, c->order, cursor.order_count * sizeof *c->order);
        assert_true(pensel_random_uniform(&random, 0, 1) == c->after);
        pensel_release(cursor.order);
        pensel_release(cursor.held_out);
    }
}

static void a_copy_is_the_same_stream(void **state)
{
    (void)state;
    pensel_random random, copy;
    pensel_random_seed(&random, 7);
    for (int i = 0; i < 100; i++)
        pensel_random_uniform(&random, 0, 1);
    copy = random;
    for (int i = 0; i < 2000; i++)
        assert_true(pensel_random_uniform(&random, 0, 1) == pensel_random_uniform(&copy, 0, 1));
}

static void shuffling_nothing_or_one_draws_nothing(void **state)
{
    (void)state;
    pensel_random random, before;
    size_t one = 5;
    pensel_random_seed(&random, 7);
    before = random;
    pensel_random_shuffle(&random, NULL, 0);
    pensel_random_shuffle(&random, &one, 1);
    assert_int_equal(one, 5);
    assert_memory_equal(&random, &before, sizeof random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_are_numpys),
        cmocka_unit_test(shuffles_are_numpys),
        cmocka_unit_test(samples_are_split_as_scikit_learn_does),
        cmocka_unit_test(a_copy_is_the_same_stream),
        cmocka_unit_test(shuffling_nothing_or_one_draws_nothing),
    };
    return RUN(tests);
}
