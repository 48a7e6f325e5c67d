/* Preloaded into the program: FAULT="fsync 1 5" lets the first fsync of a file fail with errno 5
 * (EIO). Calls are counted on files below the folder FAULT_FOLDER alone, so that pipes and the
 * terminal stay as they are. FAULT="short" cuts every write in half; "interrupted" lets every other
 * one return EINTR. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))

static int calls;

/* *function = the one that this file stands before. */
static void find(void *function, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found);
}

static int is_ours(int file)
{
    char link[64], path[4096];
    const char *folder = getenv("FAULT_FOLDER");
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0 || !folder) return 0;
    path[length] = 0;
    return !strncmp(path, folder, strlen(folder));
}

/* Is it this call's turn to fail? */
static int fails(const char *name)
{
    const char *fault = getenv("FAULT");
    char wanted[32];
    int turn, reason;
    if (!fault || sscanf(fault, "%31s %d %d", wanted, &turn, &reason) != 3 || strcmp(wanted, name))
        return 0;
    if (__atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) < turn) return 0;
    errno = reason;
    return 1;
}

SHOWN int fsync(int file)
{
    int (*real)(int);
    find(&real, "fsync");
    return is_ours(file) && fails("fsync") ? -1 : real(file);
}

SHOWN int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *);
    find(&real, "rename");
    return fails("rename") ? -1 : real(from, to);
}

SHOWN ssize_t write(int file, const void *data, size_t size)
{
    ssize_t (*real)(int, const void *, size_t);
    find(&real, "write");
    const char *fault = getenv("FAULT");
    if (!fault || !is_ours(file)) return real(file, data, size);
    if (fails("write")) return -1;
    if (!strcmp(fault, "short") && size > 1) size /= 2;
    if (!strcmp(fault, "interrupted") && __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) % 2) {
        errno = EINTR;
        return -1;
    }
    return real(file, data, size);
}
