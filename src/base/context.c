/* Contexts, and pools, which are a context and a number of threads. A private context is cheap: its
 * threads start when they are needed.
 *
 * Whether threads gain anything depends on what else the machine does, so sharing a call is a bet.
 * pensel_pool_share keeps a record in the context: a call that lost is followed by calls that are
 * done alone, more of them each time it loses (penalty), and then it is tried again. All of it is
 * about time only; results are the same bits either way. */
#include "base/context.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "base/thread_pool.h"
#include "platform/thread.h"

#include <stdlib.h>
#include <string.h>

/* To wake a thread may take as long as this many operations: one that has fewer to do costs more
 * than it gains. */
#define OPERATIONS_OF_THREAD 4e6

/* Calls after which threads are awake if they ever are; calls alone after one that lost nothing to
 * speak of, and after any; how many times as long as the loss the calls alone are to take */
enum { WARM_CALLS = 2, MOST_PENALTY = 255, MOST_PAUSE = 8192, PAUSE_OF_LOSS = 64 };
/* A gain that no thread which woke up late accounts for: another program had its core. */
#define LOST 0.7

/* PENSEL_THREADS if it is a number that makes sense, else the cores that this process may use. */
size_t pensel_machine_threads(void)
{
    const char *wanted = getenv("PENSEL_THREADS");
    if (wanted && *wanted) {
        char *end;
        long threads = strtol(wanted, &end, 10);
        if (*end == 0 && threads > 0 && threads <= 4096) return (size_t)threads;
    }
    return pensel_cores();
}

static size_t at_most(size_t value, size_t most)
{
    return value < most ? value : most;
}

pensel_context_options pensel_context_defaults(void)
{
    return (pensel_context_options){0};
}

/* A new context warms up: its first calls wake threads that have never run. */
pensel_status pensel_context_private(pensel_context **result, pensel_error *error)
{
    pensel_context *context;
    *result = NULL;
    PENSEL_TRY(PENSEL_NEW(context, 1, error));
    pensel_status status = pensel_workers_new(&context->workers, error);
    if (status == PENSEL_OK)
        *result = context;
    else
        pensel_release(context);
    if (*result) atomic_store(&context->warming, WARM_CALLS);
    return status;
}

/* A name stands in lists of layers, so it has none of the characters that mean something there. */
static pensel_status check_activations(const pensel_custom_activation *list, pensel_error *error)
{
    static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    for (; list && list->name; list++) {
        size_t length = strlen(list->name);
        PENSEL_REQUIRE(list->function, BAD_ARGUMENT,
                       "activation %.63s has no function: it needs one", list->name);
        PENSEL_REQUIRE(
            length > 0 && length < 64 && strspn(list->name, known) == length, BAD_ARGUMENT,
            "\"%.63s\" is no name of an activation: 1 to 63 letters, digits, '-', '_' and "
            "'.' are possible",
            list->name);
    }
    return PENSEL_OK;
}

pensel_status pensel_context_new(pensel_context **context, const pensel_context_options *options,
                                 pensel_error *error)
{
    PENSEL_REQUIRE(context, BAD_ARGUMENT, "context is NULL: a place for the result is needed");
    *context = NULL;
    const pensel_context_options o = options ? *options : pensel_context_defaults();
    PENSEL_REQUIRE(!o.memory.allocate == !o.memory.release, BAD_ARGUMENT,
                   "memory has only one of allocate and release: both are needed, or none");
    PENSEL_TRY(pensel_more_check(o.more, error));
    PENSEL_TRY(check_activations(o.activations, error));
    const void *before = pensel_thread_pointer();
    pensel_thread_set_pointer(o.memory.allocate ? (void *)&o.memory : (void *)before);
    pensel_status status = pensel_context_private(context, error);
    pensel_thread_set_pointer((void *)before);
    PENSEL_TRY(status);
    (*context)->memory = o.memory;
    (*context)->activations = o.activations;
    (*context)->most = at_most(o.threads, PENSEL_MOST_THREADS);
    return PENSEL_OK;
}

static pensel_context *entered(void)
{
    pensel_allocator *memory = pensel_thread_pointer();
    return memory ? (pensel_context *)(void *)((char *)memory - offsetof(pensel_context, memory))
                  : NULL;
}

pensel_context *pensel_context_enter(pensel_context *context)
{
    pensel_context *before = entered();
    pensel_thread_set_pointer(context ? &context->memory : NULL);
    return before;
}

const pensel_custom_activation *pensel_context_activation(const char *name)
{
    const pensel_context *context = entered();
    const pensel_custom_activation *list = context ? context->activations : NULL;
    for (; list && list->name; list++)
        if (strcmp(list->name, name) == 0) return list;
    return NULL;
}

void pensel_context_free(pensel_context **address)
{
    pensel_context *context = address ? *address : NULL;
    if (!context) return;
    *address = NULL;
    pensel_workers_free(&context->workers);
    pensel_release(context);
}

void pensel_context_limit(pensel_context *context, size_t threads)
{
    if (context) atomic_store(&context->limit, threads);
}

static size_t limited(const pensel_context *context, size_t threads)
{
    size_t limit = atomic_load(&context->limit);
    return limit ? at_most(threads, limit) : threads;
}

size_t pensel_context_threads(const pensel_context *context)
{
    if (!context) return 0;
    size_t most = context->most ? context->most : pensel_machine_threads();
    return limited(context, at_most(most, PENSEL_MOST_THREADS));
}

/* A child of fork has the count of a process whose threads it has not. */
static uint32_t callers_in(uint64_t word)
{
    return (uint32_t)(word >> 32) == (uint32_t)pensel_process() ? (uint32_t)word : 0;
}

static void count_caller(pensel_context *context, bool more)
{
    uint64_t word = atomic_load(&context->callers), next;
    do {
        uint32_t callers = callers_in(word);
        if (more)
            callers++;
        else if (callers > 0)
            callers--;
        next = (uint64_t)(uint32_t)pensel_process() << 32 | callers;
    } while (!atomic_compare_exchange_weak(&context->callers, &word, next));
}

void pensel_context_begin(pensel_context *context)
{
    count_caller(context, true);
}

void pensel_context_end(pensel_context *context)
{
    count_caller(context, false);
}

/* A context that was given a number never exceeds it. The system is asked for the usual number
 * once. */
size_t pensel_context_share(pensel_context *context, size_t asked)
{
    if (context->most > 0) return asked ? at_most(asked, context->most) : context->most;
    if (asked > 0) return at_most(asked, PENSEL_MOST_THREADS);
    size_t usual = atomic_load(&context->usual);
    if (usual == 0) {
        usual = at_most(pensel_machine_threads(), PENSEL_MOST_THREADS);
        atomic_store(&context->usual, usual);
    }
    return usual;
}

/* ------------------------------------------------------------------ pool */

pensel_pool pensel_pool_of(pensel_context *context, size_t threads)
{
    return (pensel_pool){context, pensel_context_share(context, threads)};
}

/* A thread for each OPERATIONS_OF_THREAD, and for fewer than two of them the caller alone. */
pensel_pool pensel_pool_for(pensel_context *context, size_t threads, double operations)
{
    double gain = operations / OPERATIONS_OF_THREAD;
    if (gain < 2) return (pensel_pool){context, 1};
    pensel_pool pool = {context, limited(context, pensel_context_share(context, threads))};
    if (gain < (double)pool.size) pool.size = (size_t)gain;
    return pool;
}

pensel_status pensel_pool_new(pensel_pool **pool, pensel_context *context, size_t threads,
                              pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(*pool, 1, error));
    **pool = pensel_pool_of(context, threads);
    return PENSEL_OK;
}

void pensel_pool_free(pensel_pool **pool)
{
    pensel_release(*pool);
    *pool = NULL;
}

size_t pensel_pool_size(const pensel_pool *pool)
{
    return pool->size;
}

/* The next calls are done alone: more of them each time, and so many that what this one lost is
 * little beside them. */
static void pause_sharing(pensel_context *context, double gain)
{
    uint32_t penalty = atomic_load(&context->penalty), pause;
    double loss = PAUSE_OF_LOSS * (1 - gain) / (gain > 0 ? gain : 1e-9);
    penalty = penalty < MOST_PENALTY / 2 ? 2 * penalty + 1 : MOST_PENALTY;
    pause = loss < penalty ? penalty : loss < MOST_PAUSE ? (uint32_t)loss : MOST_PAUSE;
    atomic_store(&context->penalty, penalty);
    atomic_store(&context->pause, pause);
}

/* `gain` is how many times as fast as alone the call was, by the workers' measure. While threads
 * may still be waking, only a clear loss counts. A gain halves the penalty, so a machine that is
 * quiet again is soon trusted. */
static void note_gain(pensel_context *context, double gain)
{
    uint32_t warming = atomic_load(&context->warming), penalty = atomic_load(&context->penalty);
    if (warming > 0) atomic_store(&context->warming, warming - 1);
    if (gain < (warming > 0 ? LOST : 1))
        pause_sharing(context, gain);
    else if (gain > 1 && penalty > 0)
        atomic_store(&context->penalty, penalty / 2);
}

/* How many may work on a call of this pool now. A pool is made for as many threads as were asked
 * for, and may live long; meanwhile there may be a limit, and other callers, who compute by
 * themselves: together they are no more threads than the pool has. */
static size_t members_now(const pensel_pool *pool)
{
    size_t members = limited(pool->context, pool->size);
    uint32_t callers = callers_in(atomic_load(&pool->context->callers));
    if (callers < 2) return members;
    return members > callers ? members - callers + 1 : 1;
}

/* The numbers need not be exact: several callers may change them at once. */
void pensel_pool_share(const pensel_pool *pool, pensel_work work, void *data, size_t count)
{
    pensel_context *context = pool->context;
    uint32_t pause = atomic_load(&context->pause);
    if (pool->size < 2 || pause > 0) {
        pensel_workers_run(context->workers, 1, work, data, count);
        if (pool->size < 2) return;
        atomic_store(&context->pause, pause - 1);
        if (pause == 1) atomic_store(&context->warming, WARM_CALLS); /* they sleep by now */
    } else {
        size_t members = members_now(pool);
        double gain = pensel_workers_run(context->workers, members, work, data, count);
        if (members > 1) note_gain(context, gain);
    }
}

void pensel_pool_run(const pensel_pool *pool, pensel_work work, void *data, size_t count)
{
    pensel_workers_run(pool->context->workers, members_now(pool), work, data, count);
}
