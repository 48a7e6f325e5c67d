/* What tests call and WASI's C library lacks. */
#ifndef PENSEL_TESTS_WASM_MISSING_H
#define PENSEL_TESTS_WASM_MISSING_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The first name of its kind that is free. */
static inline int test_free_name(char *path, int (*make)(const char *path))
{
    char *end = path + strlen(path) - 6;
    for (unsigned i = 0; i < 999999; i++) {
        struct stat status;
        snprintf(end, 7, "%06u", i);
        if (stat(path, &status) != 0) return make(path);
    }
    return -1;
}

static inline int test_make_folder(const char *path)
{
    return mkdir(path, 0700);
}

static inline int test_make_file(const char *path)
{
    return open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
}

static inline char *mkdtemp(char *path)
{
    return test_free_name(path, test_make_folder) == 0 ? path : NULL;
}

static inline int mkstemp(char *path)
{
    return test_free_name(path, test_make_file);
}

/* There are no pipes; a folder is no file either. */
static inline int mkfifo(const char *path, mode_t mode)
{
    return mkdir(path, mode);
}

#endif
