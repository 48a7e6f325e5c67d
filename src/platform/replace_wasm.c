/* Replacing a file by WASI: written under a temporary name, synced, renamed. There are no locks and
 * no permissions, and one module is one writer. What a killed one leaves, the next writer of the
 * same path overwrites. */
#include "platform/errno_wasm.h"
#include "platform/file.h"
#include "platform/trouble.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct pensel_replacement {
    int file;
    char *path, *temporary;
};

static void target_free(pensel_replacement *t)
{
    if (!t) return;
    free(t->path);
    free(t->temporary);
    free(t);
}

static pensel_replacement *target_new(const char *path)
{
    size_t length = strlen(path);
    pensel_replacement *t = malloc(sizeof *t);
    if (!t) return NULL;
    *t = (pensel_replacement){-1, malloc(length + 1), malloc(length + 5)};
    if (!t->path || !t->temporary) {
        target_free(t);
        return NULL;
    }
    memcpy(t->path, path, length + 1);
    snprintf(t->temporary, length + 5, "%s.tmp", path);
    return t;
}

pensel_replacement *pensel_replacement_begin(const char *path, pensel_trouble *trouble)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        pensel_in_trouble(trouble, PENSEL_TROUBLE_FOLDER, "write", path);
        return NULL;
    }
    errno = ENOMEM;
    pensel_replacement *t = target_new(path);
    if (t) t->file = open(t->temporary, O_RDWR | O_CREAT | O_TRUNC, 0666);
    if (t && t->file >= 0) return t;
    pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "write", path);
    target_free(t);
    return NULL;
}

int pensel_replacement_descriptor(const pensel_replacement *t)
{
    return t->file;
}

const char *pensel_replacement_name(const pensel_replacement *t)
{
    return t->temporary;
}

bool pensel_replacement_write(pensel_replacement *t, const void *bytes, size_t size,
                              pensel_trouble *trouble)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t written = write(t->file, at, size);
        if (written == 0) errno = ENOSPC;
        if (written <= 0)
            return pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "write", t->path);
        at += written;
        size -= (size_t)written;
    }
    return true;
}

bool pensel_replacement_keep(pensel_replacement *t, pensel_trouble *trouble)
{
    const char *what = NULL;
    if (fsync(t->file) != 0)
        what = "sync";
    else if (rename(t->temporary, t->path) != 0)
        what = "replace";
    if (what) pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, what, t->path);
    close(t->file); /* after a sync nothing is lost if closing fails */
    if (what) unlink(t->temporary);
    target_free(t);
    return !what;
}

void pensel_replacement_drop(pensel_replacement *t)
{
    close(t->file);
    unlink(t->temporary);
    target_free(t);
}
