/* The pool of threads.
 *
 * Each member has a share of the items, [count m / size, count (m + 1) / size), and a `ticket`, one
 * atomic word: the round's number in the upper half, the next item of the share in the lower. An
 * item is taken by adding 1 to the word as it was read, which fails when the round has changed or
 * somebody was faster; so a thread that slept through a round can never take an item of a later one
 * with an earlier round's work. While a round's fields are being written tickets are CLOSED: no
 * share reaches that item. Fields do not change before all items are done, and nobody waits for a
 * thread that took no item. */
#include "base/thread_pool.h"

#include "base/error.h"
#include "base/memory.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

enum { SPINS = 4000, MOST_THREADS = 1024 };
#define CLOSED UINT32_MAX

/* Where threads wait for one kind of event: they spin briefly, then sleep. */
typedef struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t opened;
    _Atomic uint32_t sleepers;
} gate;

/* A thread; member 0 is the caller. */
typedef struct member {
    _Alignas(PENSEL_ALIGNMENT) _Atomic uint64_t ticket;
    pensel_pool *pool;
    pthread_t thread;
    size_t index;
} member;

struct pensel_pool {
    _Alignas(PENSEL_ALIGNMENT) _Atomic uint32_t done;
    _Alignas(PENSEL_ALIGNMENT) _Atomic uint32_t round;
    _Atomic(pensel_work) work;
    _Atomic(void *) context;
    _Atomic uint32_t count;
    _Atomic bool closing;
    gate start, end; /* of a round: workers wait at the start, the caller at the end */
    size_t size;
    pid_t process;   /* whose threads they are: a child of fork has none of them */
    member *members; /* (size) */
};

static uint32_t round_of(uint64_t ticket)
{
    return (uint32_t)(ticket >> 32);
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void gate_wait(gate *g, pensel_pool *pool, bool (*happened)(pensel_pool *, uint32_t),
                      uint32_t value)
{
    for (int i = 0; i < SPINS; i++) {
        if (happened(pool, value)) return;
        relax();
    }
    pthread_mutex_lock(&g->mutex);
    atomic_fetch_add(&g->sleepers, 1);
    while (!happened(pool, value))
        pthread_cond_wait(&g->opened, &g->mutex);
    atomic_fetch_sub(&g->sleepers, 1);
    pthread_mutex_unlock(&g->mutex);
}

/* After the event: wakes the sleepers. One about to sleep counts itself first and looks again, so
 * it either is seen here or sees the event. In a child of fork those who are counted are not there,
 * and may have left the mutex locked. */
static void gate_open(gate *g, const pensel_pool *pool)
{
    if (atomic_load(&g->sleepers) == 0 || pool->process != getpid()) return;
    pthread_mutex_lock(&g->mutex);
    pthread_cond_broadcast(&g->opened);
    pthread_mutex_unlock(&g->mutex);
}

/* Takes items of round `round` from member `owner`'s share until none is left; returns how many. */
static uint32_t take_share(pensel_pool *pool, uint32_t round, size_t owner, size_t index)
{
    _Atomic uint64_t *place = &pool->members[owner].ticket;
    uint64_t ticket = atomic_load(place);
    uint32_t taken = 0;
    for (;;) {
        pensel_work work = atomic_load(&pool->work);
        void *context = atomic_load(&pool->context);
        uint64_t end = (uint64_t)atomic_load(&pool->count) * (owner + 1) / pool->size;
        if (round_of(ticket) != round || (uint32_t)ticket >= end) return taken;
        if (!atomic_compare_exchange_weak(place, &ticket, ticket + 1)) continue;
        work(context, (uint32_t)ticket, index);
        taken++;
        ticket = atomic_load(place);
    }
}

/* Its own share first, then what others have not come to. */
static void take_items(pensel_pool *pool, uint32_t round, size_t index)
{
    for (size_t i = 0; i < pool->size; i++) {
        uint32_t taken = take_share(pool, round, (index + i) % pool->size, index);
        if (taken > 0 && atomic_fetch_add(&pool->done, taken) + taken == atomic_load(&pool->count))
            gate_open(&pool->end, pool);
    }
}

static bool round_changed(pensel_pool *pool, uint32_t round)
{
    return atomic_load(&pool->round) != round || atomic_load(&pool->closing);
}

static bool items_done(pensel_pool *pool, uint32_t count)
{
    return atomic_load(&pool->done) == count;
}

static void *work_rounds(void *data)
{
    member *self = data;
    pensel_pool *pool = self->pool;
    uint32_t round = 0;
    for (;;) {
        gate_wait(&pool->start, pool, round_changed, round);
        if (atomic_load(&pool->closing)) return NULL;
        round = atomic_load(&pool->round);
        take_items(pool, round, self->index);
    }
}

static void gate_init(gate *g)
{
    pthread_mutex_init(&g->mutex, NULL);
    pthread_cond_init(&g->opened, NULL);
}

static void gate_destroy(gate *g)
{
    pthread_cond_destroy(&g->opened);
    pthread_mutex_destroy(&g->mutex);
}

pensel_status pensel_pool_new(pensel_pool **result, size_t threads, pensel_error *error)
{
    pensel_pool *pool;
    *result = NULL;
    if (threads == 0) threads = pensel_machine_threads();
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    PENSEL_TRY(PENSEL_NEW(pool, 1, error));
    pensel_status status = PENSEL_NEW(pool->members, threads, error);
    if (status != PENSEL_OK) {
        pensel_release(pool);
        return status;
    }
    gate_init(&pool->start);
    gate_init(&pool->end);
    pool->process = getpid();
    pool->size = 1;
    while (pool->size < threads) {
        member *next = &pool->members[pool->size];
        next->pool = pool;
        next->index = pool->size;
        if (pthread_create(&next->thread, NULL, work_rounds, next) != 0) break; /* fewer will do */
        pool->size++;
    }
    *result = pool;
    return PENSEL_OK;
}

static void dismiss(pensel_pool *pool)
{
    atomic_store(&pool->closing, true);
    gate_open(&pool->start, pool);
    for (size_t i = 1; i < pool->size; i++)
        pthread_join(pool->members[i].thread, NULL);
    gate_destroy(&pool->start);
    gate_destroy(&pool->end);
}

/* In a child of fork the threads are not there: to join them, or to destroy what they slept on,
 * would take for ever. */
void pensel_pool_free(pensel_pool **address)
{
    pensel_pool *pool = address ? *address : NULL;
    if (!pool) return;
    *address = NULL;
    if (pool->process == getpid()) dismiss(pool);
    pensel_release(pool->members);
    pensel_release(pool);
}

size_t pensel_pool_size(const pensel_pool *pool)
{
    return pool->size;
}

static void set_tickets(pensel_pool *pool, uint32_t round, uint32_t count, bool closed)
{
    for (size_t m = 0; m < pool->size; m++) {
        uint64_t first = closed ? CLOSED : (uint64_t)count * m / pool->size;
        atomic_store(&pool->members[m].ticket, (uint64_t)round << 32 | first);
    }
}

static void run_round(pensel_pool *pool, pensel_work work, void *context, uint32_t count)
{
    uint32_t round = atomic_load(&pool->round);
    set_tickets(pool, round, count, true);
    atomic_store(&pool->work, work);
    atomic_store(&pool->context, context);
    atomic_store(&pool->count, count);
    atomic_store(&pool->done, 0);
    set_tickets(pool, ++round, count, false);
    atomic_store(&pool->round, round);
    gate_open(&pool->start, pool);
    take_items(pool, round, 0);
    gate_wait(&pool->end, pool, items_done, count);
}

void pensel_pool_wait(size_t turn)
{
    if (turn % SPINS == SPINS - 1)
        sched_yield(); /* the other thread may be waiting for this core */
    else
        relax();
}

void pensel_pool_run(pensel_pool *pool, pensel_work work, void *context, size_t count)
{
    if (pool->size == 1 || count == 1) {
        for (size_t i = 0; i < count; i++)
            work(context, i, 0);
        return;
    }
    if (count > 0) run_round(pool, work, context, (uint32_t)count);
}
