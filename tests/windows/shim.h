/* What the tests use of POSIX, on Windows. Each test's source has this in front of it there. The
 * library uses none of it. */
#ifndef PENSEL_TESTS_WINDOWS_SHIM_H
#define PENSEL_TESTS_WINDOWS_SHIM_H

#include <direct.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define truncate(path, size) truncate64((path), (size))

/* What is aligned must be freed by a function of its own, so that all blocks are. */
#define malloc(size) _aligned_malloc((size), 16)
#define calloc(count, size) aligned_zeros((count) * (size))
#define realloc(block, size) _aligned_realloc((block), (size), 16)
#define aligned_alloc(alignment, size) _aligned_malloc((size), (alignment))
#define free(block) _aligned_free(block)

static inline void *aligned_zeros(size_t size)
{
    void *block = _aligned_malloc(size, 16);
    return block ? memset(block, 0, size) : NULL;
}

static inline int setenv(const char *name, const char *value, int replace)
{
    return replace || !getenv(name) ? _putenv_s(name, value) : 0;
}

static inline int unsetenv(const char *name)
{
    return _putenv_s(name, "");
}

/* The folder /tmp of the drive is made, too. */
static inline char *mkdtemp(char *name)
{
    char folder[256];
    snprintf(folder, sizeof folder, "%s", name);
    char *end = strrchr(folder, '/');
    if (end) *end = 0;
    _mkdir(folder);
    return _mktemp(name) && _mkdir(name) == 0 ? name : NULL;
}

#endif
