/* Random numbers against NumPy's: parity/make_random.py wrote the expected values. */
#include "test.h"

#include "parity/random.h"

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
        cmocka_unit_test(a_copy_is_the_same_stream),
        cmocka_unit_test(shuffling_nothing_or_one_draws_nothing),
    };
    return RUN(tests);
}
