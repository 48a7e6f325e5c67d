/* What everything else is built on: errors, memory, the pool of threads. */
#include "test.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/sort.h"
#include "base/thread_pool.h"

#include <stdatomic.h>

static void an_error_is_one_sentence(void **state)
{
    (void)state;
    pensel_error error;
    assert_int_equal(pensel_fail(&error, PENSEL_BAD_DATA, "%d is odd: %s", 3, "an even number"),
                     PENSEL_BAD_DATA);
    assert_int_equal(error.status, PENSEL_BAD_DATA);
    assert_string_equal(error.text, "3 is odd: an even number");
    assert_int_equal(pensel_fail(NULL, PENSEL_BAD_FILE, "nobody listens"), PENSEL_BAD_FILE);
}

static void a_long_error_is_cut_and_ends(void **state)
{
    (void)state;
    pensel_error error;
    char text[2000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = 0;
    pensel_fail(&error, PENSEL_BAD_DATA, "%s", text);
    assert_true(strlen(error.text) < sizeof error.text);
    assert_memory_equal(error.text, text, 400);
}

static void every_status_has_text_and_exit_value(void **state)
{
    (void)state;
    for (int status = 0; status < PENSEL_STATUS_COUNT; status++) {
        assert_true(strlen(pensel_status_text((pensel_status)status)) > 0);
        assert_in_range(pensel_status_exit((pensel_status)status), status == 0 ? 0 : 1,
                        status ? 2 : 0);
    }
    assert_int_equal(pensel_status_exit(PENSEL_BAD_ARGUMENT), 2);
    assert_non_null(pensel_status_text((pensel_status)-1));
    assert_non_null(pensel_status_text(PENSEL_STATUS_COUNT));
    assert_true(pensel_status_exit(PENSEL_STATUS_COUNT) != 0);
}

static void products_that_overflow_are_seen(void **state)
{
    (void)state;
    size_t product;
    assert_true(pensel_multiply(&product, 6, 7));
    assert_int_equal(product, 42);
    assert_true(pensel_multiply(&product, SIZE_MAX, 1));
    assert_true(pensel_multiply(&product, SIZE_MAX, 0));
    assert_int_equal(product, 0);
    assert_true(pensel_multiply(&product, 0, SIZE_MAX));
    assert_false(pensel_multiply(&product, SIZE_MAX, 2));
    assert_false(pensel_multiply(&product, SIZE_MAX / 2 + 1, 2));
}

static void blocks_are_aligned_and_zeroed(void **state)
{
    (void)state;
    pensel_error error;
    for (size_t count = 0; count < 300; count += 37) {
        unsigned char *block;
        MUST(PENSEL_ALLOCATE(block, count, 3, &error));
        assert_int_equal((uintptr_t)block % PENSEL_ALIGNMENT, 0);
        for (size_t i = 0; i < 3 * count; i++)
            assert_int_equal(block[i], 0);
        pensel_release(block);
    }
    pensel_release(NULL);
}

static void blocks_that_cannot_be_had_are_errors(void **state)
{
    (void)state;
    pensel_error error;
    void *block = &error;
    assert_int_equal(PENSEL_ALLOCATE(block, SIZE_MAX / 2, 4, &error), PENSEL_OUT_OF_MEMORY);
    assert_null(block);
    assert_true(strlen(error.text) > 0);
    block = &error;
    assert_int_equal(PENSEL_ALLOCATE(block, SIZE_MAX, 1, NULL), PENSEL_OUT_OF_MEMORY);
    assert_null(block);
}

static void texts_are_copied(void **state)
{
    (void)state;
    pensel_error error;
    char text[] = "a brush", *copy;
    MUST(pensel_duplicate(&copy, text, &error));
    text[0] = 'X';
    assert_string_equal(copy, "a brush");
    pensel_release(copy);
}

enum { ITEMS = 1000 };

typedef struct board {
    _Atomic int done[ITEMS];
    _Atomic int busy[8]; /* by worker: no two calls at once have the same index */
    _Atomic int clashes;
    size_t size;
} board;

static void tick(void *context, size_t item, size_t worker)
{
    board *b = context;
    if (worker >= b->size || atomic_fetch_add(&b->busy[worker], 1) != 0)
        atomic_fetch_add(&b->clashes, 1);
    atomic_fetch_add(&b->done[item], 1);
    if (worker < b->size) atomic_fetch_sub(&b->busy[worker], 1);
}

static void every_item_is_done_once(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 8; threads++) {
        static board b;
        pensel_error error;
        pensel_context *context;
        static const size_t counts[] = {0, 1, 2, 3, 7, ITEMS};
        MUST(pensel_context_new(&context, &(pensel_context_options){.threads = threads}, &error));
        pensel_pool pool = pensel_pool_of(context, 0);
        b.size = pool.size;
        assert_int_equal(b.size, threads);
        for (size_t round = 0; round < 200; round++) {
            size_t count = counts[round % 6];
            memset(b.done, 0, sizeof b.done);
            pensel_pool_run(&pool, tick, &b, count);
            for (size_t i = 0; i < ITEMS; i++)
                assert_int_equal(b.done[i], i < count);
        }
        assert_int_equal(b.clashes, 0);
        pensel_context_free(&context);
        assert_null(context);
        pensel_context_free(&context);
    }
}

static void asking_for_absurdly_many_threads_is_survived(void **state)
{
    (void)state;
    pensel_error error;
    pensel_context *context;
    MUST(pensel_context_new(&context, &(pensel_context_options){.threads = SIZE_MAX}, &error));
    assert_in_range(pensel_context_threads(context), 1, 1024);
    pensel_pool pool = pensel_pool_of(context, SIZE_MAX);
    assert_in_range(pool.size, 1, 1024);
    pensel_context_free(&context);
}

static void threads_are_counted(void **state)
{
    (void)state;
    unsetenv("PENSEL_THREADS");
    size_t cores = pensel_machine_threads();
    assert_in_range(cores, 1, 100000);
    setenv("PENSEL_THREADS", "3", 1);
    assert_int_equal(pensel_machine_threads(), 3);
    static const char *const nonsense[] = {"", "0", "-2", "many", "3 threads"};
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        setenv("PENSEL_THREADS", nonsense[i], 1);
        assert_int_equal(pensel_machine_threads(), cores);
    }
    unsetenv("PENSEL_THREADS");
}

/* One error of each kind, two of them, and words that are something else. */
static void a_word_that_is_nearly_right_is_known(void **state)
{
    static const char *const words[] = {"adam",  "sgd", NULL, "lbfgs", "learning_rate_init",
                                        "epochs"};
    static const struct {
        const char *word, *meant;
    } cases[] = {
        {"adm", "adam"},      {"addam", "adam"},
        {"adan", "adam"},     {"sdg", "sgd"},
        {"lbgfs", "lbfgs"},   {"lfgs", "lbfgs"},
        {"adam", "adam"},     {"larning-rate-inti", "learning_rate_init"},
        {"epohcs", "epochs"}, {"learnin-rat-ini", "learning_rate_init"},
        {"magic", NULL},      {"s", NULL},
        {"", NULL},           {"rate", NULL},
        {"eopsch", NULL},     {"momentum", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found = pensel_word_near(cases[i].word, words, 6);
        if (!found != !cases[i].meant || (found && strcmp(found, cases[i].meant)))
            fail_msg("%s is taken for %s", cases[i].word, found ? found : "nothing");
    }
}

/* Numbers of all sizes and signs, many of them equal: each is not less than the one before, and
 * their bits are those that were given, as a sum says that does not depend on the order. */
static void numbers_are_sorted(void **state)
{
    enum { MOST = 3000 };
    static double x[MOST], room[MOST];
    static const size_t sizes[] = {0, 1, 2, 255, 256, MOST};
    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        pensel_random random;
        uint64_t before = 0, after = 0, bits;
        size_t n = sizes[k];
        pensel_random_seed(&random, 11);
        for (size_t i = 0; i < n; i++) {
            double size = pow(10, floor(pensel_random_uniform(&random, -320, 309)));
            x[i] = i % 5 == 0 ? floor(pensel_random_uniform(&random, -3, 3))
                              : pensel_random_uniform(&random, -1, 1) * size;
            if (i % 100 == 7) x[i] = i % 200 == 7 ? INFINITY : -INFINITY;
            memcpy(&bits, &x[i], sizeof bits);
            before += bits * bits;
        }
        pensel_sort_numbers(x, room, n);
        for (size_t i = 0; i < n; i++) {
            if (i > 0) assert_true(x[i - 1] <= x[i]);
            memcpy(&bits, &x[i], sizeof bits);
            after += bits * bits;
        }
        assert_true(before == after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_sorted),
        cmocka_unit_test(a_word_that_is_nearly_right_is_known),
        cmocka_unit_test(an_error_is_one_sentence),
        cmocka_unit_test(a_long_error_is_cut_and_ends),
        cmocka_unit_test(every_status_has_text_and_exit_value),
        cmocka_unit_test(products_that_overflow_are_seen),
        cmocka_unit_test(blocks_are_aligned_and_zeroed),
        cmocka_unit_test(blocks_that_cannot_be_had_are_errors),
        cmocka_unit_test(texts_are_copied),
        cmocka_unit_test(every_item_is_done_once),
        cmocka_unit_test(asking_for_absurdly_many_threads_is_survived),
        cmocka_unit_test(threads_are_counted),
    };
    return RUN(tests);
}
