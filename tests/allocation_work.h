/* Work whose allocations fail one by one, the system's and a host's: what test_allocation.c and
 * test_allocation_models.c share. Each has a list of works and runs it by run_works. */
#ifndef PENSEL_TESTS_ALLOCATION_WORK_H
#define PENSEL_TESTS_ALLOCATION_WORK_H

#include "failing_memory.h"

typedef struct work {
    const char *name;
    task run;
    size_t stride, host_stride; /* each that many fails, of the system's and of a host's; of
                                   thousands some */
} work;

static void each_allocation_may_fail(void **state)
{
    const work *w = *state;
    fail_all_after = false;
    fail_each(w->run, w->stride);
    fail_all_after = true;
    fail_each(w->run, w->stride);
}

static void each_allocation_of_a_host_may_fail(void **state)
{
    const work *w = *state;
    pensel_context_options options = pensel_context_defaults();
    pensel_error error;
    pensel_context *context;
    options.memory = (pensel_allocator){host_allocate, host_release, live};
    live_count = 0;
    MUST(pensel_context_new(&context, &options, &error));
    assert_true(live_count > 0); /* the context itself is the host's */
    size_t own = live_count;
    void *kept[8];
    size_t kept_sizes[8];
    assert_true(own <= 8);
    memcpy(kept, live, sizeof kept);
    memcpy(kept_sizes, sizes, sizeof kept_sizes);
    host = context;
    fail_all_after = false;
    fail_each(w->run, w->host_stride);
    assert_int_equal(strays, 0);
    host = NULL;
    live_count = own;
    memcpy(live, kept, sizeof kept);
    memcpy(sizes, kept_sizes, sizeof kept_sizes);
    pensel_context_free(&context);
    assert_int_equal(live_count, 0);
}

/* ------------------------------------------------------------------ data and files */

enum { SAMPLES = 60, INPUTS = 2, OUTPUTS = 3 };
static double x[SAMPLES * INPUTS], y[SAMPLES * OUTPUTS], codes[SAMPLES];
static const pensel_samples samples = {.x = {x, SAMPLES, INPUTS, PENSEL_FLOAT64},
                                       .y = {y, SAMPLES, OUTPUTS, PENSEL_FLOAT64}};
static const pensel_samples labelled = {.x = {x, SAMPLES, INPUTS, PENSEL_FLOAT64},
                                        .y = {codes, SAMPLES, 1, PENSEL_FLOAT64}};

/* Files that the work reads and writes. */
static char model_path[64], table_path[64], checkpoint_path[64];

static int make_files(void)
{
    snprintf(model_path, sizeof model_path, "/tmp/pensel-allocation-%ld.safetensors",
             (long)getpid());
    snprintf(table_path, sizeof table_path, "/tmp/pensel-allocation-%ld.csv", (long)getpid());
    snprintf(checkpoint_path, sizeof checkpoint_path, "/tmp/pensel-allocation-%ld.checkpoint",
             (long)getpid());
    FILE *table = fopen(table_path, "w");
    if (!table) return -1;
    fputs("width,height,kind\n", table);
    for (int row = 0; row < 40; row++)
        fprintf(table, "%d,%d,%s\n", row, row * row, row % 3 ? "\"broad, low\"" : "high");
    return fclose(table);
}

static int make_data(void **state)
{
    (void)state;
    pensel_random random;
    pensel_random_seed(&random, 5);
    for (size_t i = 0; i < SAMPLES * INPUTS; i++)
        x[i] = pensel_random_uniform(&random, 0, 1);
    for (size_t i = 0; i < SAMPLES * OUTPUTS; i++)
        y[i] = pensel_random_uniform(&random, 0, 1);
    for (size_t i = 0; i < SAMPLES; i++)
        codes[i] = (double)(i % 3);
    return make_files();
}

static int remove_files(void **state)
{
    (void)state;
    remove(model_path);
    remove(table_path);
    remove(checkpoint_path);
    return 0;
}

static const pensel_layer layers[] = {
    {7, PENSEL_TANH, 0}, {5, PENSEL_SILU, 0}, {OUTPUTS, PENSEL_IDENTITY, 0}};

/* Each work twice, and tests besides */
static int run_works(const char *name, const work *works, size_t count,
                     const struct CMUnitTest *others, size_t other_count, CMFixtureFunction make)
{
    enum { MOST = 64 };
    struct CMUnitTest tests[MOST];
    static char names[MOST][80];
    size_t used = 0;
    if (2 * count + other_count > MOST) return 1;
    for (size_t i = 0; i < count; i++, used++)
        tests[used] = (struct CMUnitTest){works[i].name, each_allocation_may_fail, NULL, NULL,
                                          (void *)&works[i]};
    for (size_t i = 0; i < count; i++, used++) {
        snprintf(names[i], sizeof names[i], "%s, in a host's memory", works[i].name);
        tests[used] = (struct CMUnitTest){names[i], each_allocation_of_a_host_may_fail, NULL, NULL,
                                          (void *)&works[i]};
    }
    for (size_t i = 0; i < other_count; i++, used++)
        tests[used] = others[i];
    return _cmocka_run_group_tests(name, tests, used, make, remove_files);
}

#endif
