/* Measures the peak: rounds of independent fused multiply-adds on every thread, for the requested
 * time. It is what a benchmark's figure is a share of, so it counts as they do: 2 operations for
 * each multiply-add, of all lanes. */
#include "platform/clock.h"
#include "platform/float.h"
#include "base/context.h"
#include "base/error.h"
#include "base/thread_pool.h"
#include "kernel/kernel.h"

#include <math.h>
#include <stdatomic.h>

typedef struct peak_run {
    const pensel_kernels *kernels;
    size_t rounds;
    _Atomic uint64_t operations;
} peak_run;

/* An item; the kernel itself says how many operations it has done. */
static void run_rounds(void *context, size_t item, size_t worker)
{
    peak_run *run = context;
    (void)item, (void)worker;
    atomic_fetch_add(&run->operations, (uint64_t)run->kernels->peak(run->rounds));
}

/* On threads of its own, which end with it. One round is done before the clock is read. Items are
 * several for each thread, so that a core which is slower takes fewer. */
pensel_status pensel_machine_peak(double *gflops, pensel_precision precision, size_t threads,
                                  double seconds, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    peak_run run = {.rounds = 20000};
    pensel_context *context;
    PENSEL_REQUIRE(
        gflops && seconds >= 0 && !isinf(seconds), BAD_ARGUMENT,
        "gflops is NULL or seconds is %g: a place and a finite time of 0 or more are needed",
        seconds);
    PENSEL_TRY(pensel_kernels_find(&run.kernels, precision, error));
    PENSEL_TRY(pensel_context_private(&context, error));
    pensel_pool pool = pensel_pool_of(context, threads);
    size_t items = 32 * pool.size;
    pensel_pool_run(&pool, run_rounds, &run,
                    items); /* wakes the threads and brings the clock up to speed */
    atomic_store(&run.operations, 0);
    double start = pensel_clock(), spent;
    do {
        pensel_pool_run(&pool, run_rounds, &run, items);
        spent = pensel_clock() - start;
    } while (spent < seconds);
    *gflops = (double)atomic_load(&run.operations) / spent * 1e-9;
    pensel_context_free(&context);
    return PENSEL_OK;
}
