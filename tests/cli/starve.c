/* Preloaded into the program: STARVE=7 lets the 7th allocation fail, STARVE=0 none; how many there
 * were is written to the file STARVE_COUNT. They are counted from main() on, and only those are
 * that pensel's own code makes: by itself, or by a direct call into one of the libraries below,
 * which are held to survive it. What libvips, chafa and others do between themselves when memory
 * fails is theirs; so is GLib's slice allocator, which until 2.76 ends the program with lines of
 * its own. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

static const char *const transparent[] = {"/libc.so", "/libglib-2.0.so"};

typedef enum owner { OTHERS, PROGRAM, TRANSPARENT } owner;
typedef struct code {
    uintptr_t begin, end;
    owner owner;
} code;

static code codes[1024];
static size_t code_count;
static size_t calls, starved;
static int counting;
static __thread int within; /* our own allocations: those of backtrace() */

static int note_object(struct dl_phdr_info *object, size_t size, void *data)
{
    owner is = object->dlpi_name[0] ? OTHERS : PROGRAM;
    (void)size, (void)data;
    for (size_t i = 0; i < sizeof transparent / sizeof *transparent; i++)
        if (strstr(object->dlpi_name, transparent[i])) is = TRANSPARENT;
    for (int i = 0; i < object->dlpi_phnum && code_count < 1024; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        uintptr_t begin = object->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X))
            codes[code_count++] = (code){begin, begin + part->p_memsz, is};
    }
    return 0;
}

static owner owner_of(const void *address)
{
    for (size_t i = 0; i < code_count; i++)
        if ((uintptr_t)address >= codes[i].begin && (uintptr_t)address < codes[i].end)
            return codes[i].owner;
    return OTHERS;
}

/* Does the program stand behind the caller, with nothing but transparent libraries between? */
static int is_ours(void *caller)
{
    void *frames[64];
    owner is = owner_of(caller);
    if (is != TRANSPARENT) return is == PROGRAM;
    within++;
    int count = backtrace(frames, 64), i = 0;
    within--;
    while (i < count && frames[i] != caller)
        i++;
    while (i < count && owner_of(frames[i]) == TRANSPARENT)
        i++;
    return i < count && owner_of(frames[i]) == PROGRAM;
}

static int fails(void *caller)
{
    if (!counting || within || !is_ours(caller)) return 0;
    if (__atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) != starved) return 0;
    errno = ENOMEM;
    return 1;
}

static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
} real;

/* *function = the one that this file stands before. */
static void find(void *function, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found);
}

/* dlsym() allocates: what it asks for while the real functions are looked up comes from here. */
static char early[1 << 16];
static size_t early_used;

static void *get_early(size_t size)
{
    void *block = early + early_used;
    early_used += (size + 15) & ~(size_t)15;
    if (early_used > sizeof early) abort();
    return block;
}

static int is_early(const void *block)
{
    return (const char *)block >= early && (const char *)block < early + sizeof early;
}

static int is_ready(void)
{
    static int finding;
    if (real.malloc || finding) return real.malloc != NULL;
    finding = 1;
    find(&real.calloc, "calloc");
    find(&real.realloc, "realloc");
    find(&real.free, "free");
    find(&real.posix_memalign, "posix_memalign");
    find(&real.aligned_alloc, "aligned_alloc");
    find(&real.malloc, "malloc");
    return 1;
}

SHOWN void *malloc(size_t size)
{
    if (!is_ready()) return get_early(size);
    return fails(CALLER) ? NULL : real.malloc(size);
}

SHOWN void *calloc(size_t count, size_t size)
{
    if (!is_ready()) return get_early(count * size);
    return fails(CALLER) ? NULL : real.calloc(count, size);
}

SHOWN void *realloc(void *block, size_t size)
{
    if (is_ready() && !is_early(block)) return fails(CALLER) ? NULL : real.realloc(block, size);
    void *copy = malloc(size);
    if (copy && block) memcpy(copy, block, size < sizeof early ? size : sizeof early);
    return copy;
}

SHOWN void free(void *block)
{
    if (block && !is_early(block) && is_ready()) real.free(block);
}

/* With this one GLib makes its slices. */
SHOWN int posix_memalign(void **block, size_t alignment, size_t size)
{
    is_ready();
    if (owner_of(CALLER) == PROGRAM && fails(CALLER)) return ENOMEM;
    return real.posix_memalign(block, alignment, size);
}

SHOWN void *aligned_alloc(size_t alignment, size_t size)
{
    is_ready();
    return fails(CALLER) ? NULL : real.aligned_alloc(alignment, size);
}

/* None of the thousands of files needs to outlive the power. */
SHOWN int fsync(int file)
{
    (void)file;
    return 0;
}

static void write_count(void)
{
    const char *path = getenv("STARVE_COUNT");
    counting = 0;
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%zu\n", calls);
    fclose(file);
}

typedef int (*main_function)(int, char **, char **);
static main_function program;

static char preload[4096];

/* Becoming its other half, which has the commands for pictures, the program is still itself. Its
 * allocations are counted anew. */
SHOWN int execv(const char *path, char *const *arguments)
{
    int (*becomes)(const char *, char *const *);
    find(&becomes, "execv");
    if (strstr(path, "pensel-pictures")) setenv("LD_PRELOAD", preload, 1);
    return becomes(path, arguments);
}

static int count_main(int count, char **arguments, char **environment)
{
    void *frames[4];
    const char *text = getenv("STARVE");
    starved = text ? strtoul(text, NULL, 10) : 0;
    backtrace(frames, 4); /* which loads what it needs */
    dl_iterate_phdr(note_object, NULL);
    atexit(write_count);
    const char *loaded = getenv("LD_PRELOAD");
    snprintf(preload, sizeof preload, "%s", loaded ? loaded : "");
    unsetenv("LD_PRELOAD"); /* gnuplot and others may have what they like */
    counting = 1;
    return program(count, arguments, environment);
}

SHOWN int __libc_start_main(main_function main, int count, char **arguments, void (*init)(void),
                            void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

SHOWN int __libc_start_main(main_function main, int count, char **arguments, void (*init)(void),
                            void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    int (*start)(main_function, int, char **, void (*)(void), void (*)(void), void (*)(void),
                 void *);
    find(&start, "__libc_start_main");
    program = main;
    return start(count_main, count, arguments, init, fini, rtld_fini, stack_end);
}
