/* Reading a model: how much memory it takes, and what happens when the operating system returns
 * less than was asked for. The linker turns the library's calls into the __wrap_ functions here. */
#include "test.h"

#include "temporary.h"

#include <errno.h>
#include <malloc.h>
#include <sys/stat.h>

enum { SIDE = 256 };

static struct {
    int code;      /* errno of the failure; 0: a short read, -1: the file has ended */
    int countdown; /* reads until then; below 0: none fails */
    bool hit;
} fault = {.countdown = -1};

static size_t live, most;

ssize_t __real_pread(int file, void *bytes, size_t size, off_t at);
ssize_t __wrap_pread(int file, void *bytes, size_t size, off_t at);
ssize_t __wrap_pread64(int file, void *bytes, size_t size, off_t at);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __real_free(void *block);
void __wrap_free(void *block);

ssize_t __wrap_pread(int file, void *bytes, size_t size, off_t at)
{
    if (fault.countdown < 0 || fault.countdown-- > 0) return __real_pread(file, bytes, size, at);
    fault.hit = true;
    if (fault.code == 0) return __real_pread(file, bytes, (size + 1) / 2, at);
    errno = fault.code;
    return fault.code < 0 ? 0 : -1;
}

/* What pread is called where offsets of 64 bits are asked for. */
ssize_t __wrap_pread64(int file, void *bytes, size_t size, off_t at)
{
    return __wrap_pread(file, bytes, size, at);
}

static void *counted(void *block)
{
    live += malloc_usable_size(block);
    if (live > most) most = live;
    return block;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return counted(__real_aligned_alloc(alignment, size));
}

void *__wrap_malloc(size_t size)
{
    return counted(__real_malloc(size));
}

void *__wrap_realloc(void *block, size_t size)
{
    live -= block ? malloc_usable_size(block) : 0;
    return counted(__real_realloc(block, size));
}

void __wrap_free(void *block)
{
    live -= block ? malloc_usable_size(block) : 0;
    __real_free(block);
}

static float pixels[SIDE * SIDE * 3], painted[SIDE * SIDE * 3], again[SIDE * SIDE * 3];

static void render(float *result, const pensel_painting *painting)
{
    pensel_render_options o = pensel_render_defaults();
    pensel_error error;
    o.threads = 1;
    MUST(pensel_painting_render(painting, result, 0, SIDE, &o, &error));
}

/* A painting of noise, and what it looks like. */
static const char *save_painting(void)
{
    const char *path = temporary("model");
    pensel_picture picture = {pixels, SIDE, SIDE, 3};
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_painting *painting;
    pensel_error error;
    for (size_t i = 0; i < SIDE * SIDE * 3; i++)
        pixels[i] = (float)(i * 2654435761u % 997) / 996;
    o.estimator.training.epochs = 20;
    o.estimator.training.threads = 1;
    MUST(pensel_painting_new(&painting, &picture, &o, &error));
    MUST(pensel_painting_save(painting, path, &error));
    render(painted, painting);
    pensel_painting_free(&painting);
    return path;
}

/* Its numbers are there once, and a third of them again as sums of the coarser levels: see
 * levels.h. */
static void a_painting_is_in_memory_once(void **state)
{
    (void)state;
    struct stat status;
    pensel_painting *painting;
    pensel_error error;
    const char *path = save_painting();
    assert_int_equal(stat(path, &status), 0);
    size_t before = live;
    most = live;
    MUST(pensel_painting_load(&painting, path, &error));
    assert_true(most - before > (size_t)status.st_size);
    if (most - before > (size_t)status.st_size * 3 / 2)
        fail_msg("a file of %zu bytes took %zu of memory", (size_t)status.st_size, most - before);
    render(again, painting);
    assert_memory_equal(painted, again, sizeof painted);
    pensel_painting_free(&painting);
    remove(path);
}

/* Whether it loads with the nth read as `fault` has it; false once there are not so many. */
static bool load_with_fault(const char *path, int code, int nth, pensel_status expected)
{
    pensel_painting *painting;
    pensel_error error;
    fault.code = code;
    fault.countdown = nth;
    fault.hit = false;
    pensel_status status = pensel_painting_load(&painting, path, &error);
    fault.countdown = -1;
    assert_int_equal(status, fault.hit ? expected : PENSEL_OK);
    if (status != PENSEL_OK) {
        assert_null(painting);
        assert_non_null(strstr(error.text, path));
        return true;
    }
    render(again, painting);
    assert_memory_equal(painted, again, sizeof painted);
    pensel_painting_free(&painting);
    return fault.hit;
}

static void every_read_may_fail_or_be_short(void **state)
{
    (void)state;
    const struct {
        int code;
        pensel_status status;
    } cases[] = {
        {EIO, PENSEL_IO_FAILED}, {-1, PENSEL_BAD_FILE}, {EINTR, PENSEL_OK}, {0, PENSEL_OK}};
    const char *path = save_painting();
    for (int i = 0; i < 4; i++) {
        size_t before = live;
        int nth = 0;
        while (load_with_fault(path, cases[i].code, nth, cases[i].status))
            nth++;
        assert_true(nth >= 7); /* length, header, two layers of two tensors, latents */
        assert_int_equal(live, before);
    }
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_painting_is_in_memory_once),
        cmocka_unit_test(every_read_may_fail_or_be_short),
    };
    return RUN(tests);
}
