/* The threads of a context.
 *
 * Each member has a `ticket`, one atomic word: the round's number in the upper half, the next item
 * of its share [count m / size, count (m + 1) / size) in the lower. An item is taken by adding 1 to
 * the word as it was read, which fails when the round has changed or somebody was faster; so a
 * thread that slept through a round can never take an item of a later one with an earlier round's
 * work. While a round's fields are being written tickets are CLOSED: no share reaches that item.
 * Fields do not change before all items are done, and nobody waits for a thread that took no item.
 *
 * A thread that waits spins briefly and then sleeps. It says that it sleeps before it looks for the
 * last time, and who changes what it looks at does so before asking whether it sleeps: so one of
 * the two notices.
 *
 * `owner` is one word too: whose threads they are (the process) and whether a round is running. A
 * child of fork finds another process's number, with or without a round that will never end, and
 * begins anew: its threads are its own. */
#include "base/workers.h"

#include "platform/clock.h"
#include "platform/float.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "platform/thread.h"

enum { SPINS = 4000 };
#define CLOSED UINT32_MAX

/* A thread; member 0 is the caller. */
typedef struct member {
    _Alignas(PENSEL_ALIGNMENT) _Atomic uint64_t ticket;
    _Alignas(PENSEL_ALIGNMENT) _Atomic uint32_t bell; /* changes when it is woken */
    _Atomic uint32_t sleeps;
    pensel_workers *workers;
    pensel_thread *thread;
    uint32_t index;
} member;

struct pensel_workers {
    _Alignas(
        PENSEL_ALIGNMENT) _Atomic uint32_t done; /* items of the round; the caller waits on it */
    _Atomic uint32_t caller_sleeps;
    _Alignas(PENSEL_ALIGNMENT) _Atomic uint32_t round;
    _Atomic(pensel_work) work;
    _Atomic(void *) data;
    _Atomic(void *) memory;       /* the allocator of the round's caller */
    _Atomic uint32_t count, size; /* of the round: items, members */
    _Atomic bool closing;
    _Alignas(PENSEL_ALIGNMENT) _Atomic uint64_t owner; /* process << 1 | a round is running */
    size_t ready;                                      /* members whose threads run; the owner's */
    _Atomic(member *) members[PENSEL_MOST_THREADS];
};

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void pensel_pool_wait(size_t turn)
{
    if (turn % SPINS == SPINS - 1)
        pensel_thread_yield(); /* the other thread may be waiting for this core */
    else
        relax();
}

/* ------------------------------------------------------------------ items */

/* Takes items of round `round` from share `owner` until none is left; returns how many. */
static uint32_t take_share(pensel_workers *w, uint32_t round, uint32_t owner, uint32_t index)
{
    _Atomic uint64_t *place = &atomic_load(&w->members[owner])->ticket;
    uint64_t ticket = atomic_load(place);
    uint32_t taken = 0;
    for (;;) {
        pensel_work work = atomic_load(&w->work);
        void *data = atomic_load(&w->data), *memory = atomic_load(&w->memory);
        uint32_t size = atomic_load(&w->size);
        uint64_t end = (uint64_t)atomic_load(&w->count) * (owner + 1) / size;
        if (owner >= size || (uint32_t)(ticket >> 32) != round || (uint32_t)ticket >= end)
            return taken;
        if (!atomic_compare_exchange_weak(place, &ticket, ticket + 1)) continue;
        if (index > 0) pensel_thread_set_pointer(memory);
        work(data, (uint32_t)ticket, index);
        taken++;
        ticket = atomic_load(place);
    }
}

/* Its own share first, then what others have not come to; returns how many. */
static uint32_t take_items(pensel_workers *w, uint32_t round, uint32_t index)
{
    uint32_t size = atomic_load(&w->size), all = 0;
    if (index >= size) return 0;
    for (uint32_t i = 0; i < size; i++) {
        uint32_t taken = take_share(w, round, (index + i) % size, index);
        if (taken > 0 && atomic_fetch_add(&w->done, taken) + taken == atomic_load(&w->count) &&
            atomic_load(&w->caller_sleeps))
            pensel_word_wake(&w->done);
        all += taken;
    }
    return all;
}

/* ------------------------------------------------------------------ threads */

static bool has_news(const pensel_workers *w, uint32_t round)
{
    return atomic_load(&w->round) != round || atomic_load(&w->closing);
}

static void await_round(member *self, uint32_t round)
{
    const pensel_workers *w = self->workers;
    for (int i = 0; i < SPINS; i++) {
        if (has_news(w, round)) return;
        relax();
    }
    while (!has_news(w, round)) {
        uint32_t heard = atomic_load(&self->bell);
        atomic_store(&self->sleeps, 1);
        if (!has_news(w, round)) pensel_word_wait(&self->bell, heard);
        atomic_store(&self->sleeps, 0);
    }
}

static void wake(member *m)
{
    if (!atomic_load(&m->sleeps)) return;
    atomic_fetch_add(&m->bell, 1);
    pensel_word_wake(&m->bell);
}

static void work_rounds(void *data)
{
    member *self = data;
    pensel_workers *w = self->workers;
    uint32_t round = 0;
    PENSEL_FLOAT_SCOPE;
    while (!atomic_load(&w->closing)) {
        await_round(self, round);
        round = atomic_load(&w->round);
        take_items(w, round, self->index);
    }
}

/* Member `index`; those of the process that forked this one are used again. */
static member *member_at(pensel_workers *w, uint32_t index)
{
    member *m = atomic_load(&w->members[index]);
    if (!m && PENSEL_NEW(m, 1, NULL) != PENSEL_OK) return NULL;
    m->workers = w;
    m->index = index;
    atomic_store(&m->sleeps, 0);
    atomic_store(&m->ticket, CLOSED);
    atomic_store(&w->members[index], m);
    return m;
}

/* Starts those of `members` that are not there yet; returns how many there are. */
static uint32_t ready_members(pensel_workers *w, size_t members)
{
    if (members > PENSEL_MOST_THREADS) members = PENSEL_MOST_THREADS;
    while (w->ready < members) {
        member *m = member_at(w, (uint32_t)w->ready);
        if (!m || (w->ready > 0 && !(m->thread = pensel_thread_start(work_rounds, m)))) break;
        w->ready++;
    }
    return (uint32_t)(w->ready < members ? w->ready : members);
}

/* ------------------------------------------------------------------ rounds */

static void close_tickets(pensel_workers *w)
{
    for (size_t m = 0; m < PENSEL_MOST_THREADS && atomic_load(&w->members[m]); m++)
        atomic_store(&atomic_load(&w->members[m])->ticket, CLOSED);
}

/* Makes the threads of the process that forked this one strangers. Its tickets may be those of a
 * round that was running: they are closed before the first thread of this process looks at one. */
static void disown_members(pensel_workers *w)
{
    close_tickets(w);
    w->ready = 0;
}

/* False if a round is running. */
static bool claim(pensel_workers *w)
{
    uint64_t mine = (uint64_t)pensel_process() << 1, owner = atomic_load(&w->owner);
    do
        if (owner == (mine | 1)) return false;
    while (!atomic_compare_exchange_weak(&w->owner, &owner, mine | 1));
    if (owner != mine) disown_members(w);
    return true;
}

static void set_tickets(pensel_workers *w, uint32_t round, uint32_t size, uint64_t count)
{
    for (uint32_t m = 0; m < w->ready; m++)
        atomic_store(&atomic_load(&w->members[m])->ticket,
                     (uint64_t)round << 32 | (m < size ? count * m / size : CLOSED));
}

static void await_items(pensel_workers *w, uint32_t count)
{
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&w->done) == count) return;
        relax();
    }
    atomic_store(&w->caller_sleeps, 1);
    for (uint32_t done; (done = atomic_load(&w->done)) != count;)
        pensel_word_wait(&w->done, done);
    atomic_store(&w->caller_sleeps, 0);
}

static double run_round(pensel_workers *w, uint32_t size, pensel_work work, void *data,
                        uint32_t count)
{
    double start = pensel_clock();
    uint32_t round = atomic_load(&w->round);
    close_tickets(w);
    atomic_store(&w->caller_sleeps, 0);
    atomic_store(&w->work, work);
    atomic_store(&w->data, data);
    atomic_store(&w->memory, pensel_thread_pointer());
    atomic_store(&w->count, count);
    atomic_store(&w->size, size);
    atomic_store(&w->done, 0);
    set_tickets(w, ++round, size, count);
    atomic_store(&w->round, round);
    for (uint32_t m = 1; m < size; m++)
        wake(atomic_load(&w->members[m]));
    uint32_t taken = take_items(w, round, 0);
    double busy = pensel_clock() - start;
    await_items(w, count);
    return taken > 0 ? busy * count / taken / (pensel_clock() - start) : 1;
}

static double run_alone(pensel_work work, void *data, size_t count)
{
    for (size_t i = 0; i < count; i++)
        work(data, i, 0);
    return 1;
}

double pensel_workers_run(pensel_workers *w, size_t members, pensel_work work, void *data,
                          size_t count)
{
    if (members > count) members = count;
    if (members < 2 || count >= CLOSED || !claim(w)) return run_alone(work, data, count);
    uint32_t size = ready_members(w, members);
    double gain =
        size < 2 ? run_alone(work, data, count) : run_round(w, size, work, data, (uint32_t)count);
    atomic_store(&w->owner, (uint64_t)pensel_process() << 1);
    return gain;
}

/* ------------------------------------------------------------------ new and free */

pensel_status pensel_workers_new(pensel_workers **result, pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(*result, 1, error));
    atomic_store(&(*result)->owner, (uint64_t)pensel_process() << 1);
    atomic_store(&(*result)->size, 1);
    return PENSEL_OK;
}

/* In a child of fork the threads are not there, so there is nobody to wait for. */
void pensel_workers_free(pensel_workers **address)
{
    pensel_workers *w = *address;
    if (!w) return;
    *address = NULL;
    atomic_store(&w->closing, true);
    bool mine = atomic_load(&w->owner) >> 1 == pensel_process();
    for (size_t m = 1; m < w->ready && mine; m++) {
        member *other = atomic_load(&w->members[m]);
        wake(other);
        pensel_thread_join(other->thread);
    }
    for (size_t m = 0; m < PENSEL_MOST_THREADS && atomic_load(&w->members[m]); m++)
        pensel_release(atomic_load(&w->members[m]));
    pensel_release(w);
}
