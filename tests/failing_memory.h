/* Memory that fails when it is asked to, the system's and a host's, and that counts what is taken
 * and not given back. The linker turns the library's calls into the __wrap_ functions here
 * (-Wl,--wrap). */
#ifndef PENSEL_TESTS_FAILING_MEMORY_H
#define PENSEL_TESTS_FAILING_MEMORY_H

#include "test.h"

#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__real_realpath(const char *path, char *resolved);
char *__wrap_realpath(const char *path, char *resolved);
int __wrap_fsync(int file);
void __real_free(void *block);
void __wrap_free(void *block);

enum { MOST_LIVE = 4096 };

/* Only calls between `counting = true` and `false` count and fail. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool counting, fail_all_after;
static size_t calls, fail_at, failures, live_count;
static void *live[MOST_LIVE];
static size_t sizes[MOST_LIVE]; /* of a host's blocks */

/* The context whose memory is the host's, while the work is done in it; and blocks that the library
 * took from the system nevertheless. */
static pensel_context *host;
static size_t strays;

static bool must_fail(void)
{
    calls++;
    bool fails = calls == fail_at || (fail_all_after && calls > fail_at);
    failures += fails;
    return fails;
}

static void remember(void *block)
{
    if (!block) return;
    if (live_count == MOST_LIVE) abort();
    live[live_count++] = block;
}

static void *allocate(size_t alignment, size_t size)
{
    void *block = NULL;
    pthread_mutex_lock(&mutex);
    strays += counting && host && alignment;
    if (!counting || host || !must_fail()) {
        block = alignment ? __real_aligned_alloc(alignment, size) : __real_malloc(size);
        if (counting && !host) remember(block);
    }
    pthread_mutex_unlock(&mutex);
    return block;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return allocate(alignment, size);
}

void *__wrap_malloc(size_t size)
{
    return allocate(0, size);
}

static void forget(const void *block)
{
    for (size_t i = live_count; block && i-- > 0;)
        if (live[i] == block) {
            live[i] = live[--live_count];
            break;
        }
}

void *__wrap_realloc(void *block, size_t size)
{
    void *larger = NULL;
    pthread_mutex_lock(&mutex);
    strays += counting && host;
    if (!counting || host || !must_fail()) {
        larger = __real_realloc(block, size);
        if (larger) forget(block);
        if (counting && !host) remember(larger);
    }
    pthread_mutex_unlock(&mutex);
    return larger;
}

/* Hundreds of files are written here; none needs to outlive the power. */
int __wrap_fsync(int file)
{
    (void)file;
    return 0;
}

/* It asks for memory where the wraps do not reach. */
char *__wrap_realpath(const char *path, char *resolved)
{
    char *real = NULL;
    pthread_mutex_lock(&mutex);
    if (!counting || host || !must_fail()) {
        real = __real_realpath(path, resolved);
        if (counting && !host) remember(real);
    } else {
        errno = ENOMEM;
    }
    pthread_mutex_unlock(&mutex);
    return real;
}

void __wrap_free(void *block)
{
    pthread_mutex_lock(&mutex);
    forget(block);
    __real_free(block);
    pthread_mutex_unlock(&mutex);
}

/* A host's memory: an address that only `alignment` divides, with marks behind the block. */
enum { MARKS = 32, MARK = 0x5a };

static void *host_allocate(size_t bytes, size_t alignment, void *data)
{
    char *block = NULL;
    assert_ptr_equal(data, live);
    assert_true(bytes > 0 && alignment > 0 && alignment <= 64 && !(alignment & (alignment - 1)));
    pthread_mutex_lock(&mutex);
    if (!counting || !must_fail()) {
        block = __real_aligned_alloc(128, (bytes + alignment + MARKS + 127) / 128 * 128);
        if (!block) abort();
        memset(block + alignment, MARK, bytes + MARKS);
        if (live_count == MOST_LIVE) abort();
        sizes[live_count] = bytes;
        live[live_count++] = block += alignment;
    }
    pthread_mutex_unlock(&mutex);
    return block;
}

/* The assertions hold the mutex: it is let go before one fails. */
static void host_release(void *block, size_t bytes, void *data)
{
    size_t i = 0;
    bool marked = true;
    pthread_mutex_lock(&mutex);
    while (i < live_count && live[i] != block)
        i++;
    bool known = i < live_count && sizes[i] == bytes && data == live;
    for (size_t m = 0; m < MARKS && known; m++)
        marked = marked && ((char *)block)[bytes + m] == MARK;
    if (known) {
        live[i] = live[--live_count];
        sizes[i] = sizes[live_count];
        __real_free((char *)block - 64);
    }
    pthread_mutex_unlock(&mutex);
    if (!known) fail_msg("a block of %zu bytes came back that was not given", bytes);
    if (!marked) fail_msg("what stands behind a block of %zu bytes was written to", bytes);
}

typedef pensel_status (*task)(pensel_error *error);

static pensel_status work_once(task work, size_t failing, pensel_error *error)
{
    memset(error, 0, sizeof *error);
    calls = failures = live_count = strays = 0;
    fail_at = failing;
    counting = true;
    pensel_context *before = pensel_context_enter(host);
    pensel_status status = work(error);
    assert_ptr_equal(pensel_context_enter(before), host);
    counting = false;
    return status;
}

/* Every one of them, or with a larger stride some. */
static void fail_each(task work, size_t stride)
{
    pensel_error error;
    for (size_t failing = 1;; failing += stride) {
        pensel_status status = work_once(work, failing, &error);
        if (live_count) fail_msg("allocation %zu failed: %zu blocks are lost", failing, live_count);
        if (!failures) {
            if (status != PENSEL_OK) fail_msg("nothing failed, and yet: %s", error.text);
            assert_true(failing > 1);
            return;
        }
        if (status == PENSEL_OK) continue;
        if (status != PENSEL_OUT_OF_MEMORY)
            fail_msg("allocation %zu failed: status %s: %s", failing, pensel_status_text(status),
                     error.text);
        assert_int_equal(error.status, status);
        assert_true(strlen(error.text) > 0);
    }
}

#endif
