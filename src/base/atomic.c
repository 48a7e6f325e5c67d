/* Files that are written whole or not at all: the system's replacement, with sentences. What a
 * replacement does to the disk, and in which order, is src/platform/file.h's; here it becomes a
 * pensel_file and errors that a user can act upon. */
#include "base/atomic.h"

#include "base/error.h"
#include "base/memory.h"
#include "platform/file.h"

typedef struct target {
    pensel_file file; /* first: a pointer to it is a pointer to the target */
    pensel_replacement *replacement;
} target;

/* Troubles with a remedy say it; of others the system's own reason is the best that can be said. */
static pensel_status fail(pensel_error *error, const pensel_trouble *t)
{
    switch (t->kind) {
    case PENSEL_TROUBLE_FOLDER:
        return pensel_fail(error, PENSEL_IO_FAILED,
                           "cannot write %s: it is a folder: give the name of a file", t->path);
    case PENSEL_TROUBLE_READ_ONLY:
        return pensel_fail(error, PENSEL_IO_FAILED,
                           "cannot write %s: it is read-only: choose another name or allow writing",
                           t->path);
    case PENSEL_TROUBLE_MEMORY:
        return pensel_fail(error, PENSEL_OUT_OF_MEMORY, "cannot %s %s: %s", t->what, t->path,
                           t->reason);
    case PENSEL_TROUBLE_SYSTEM:
        break;
    }
    return pensel_fail(error, PENSEL_IO_FAILED, "cannot %s %s: %s", t->what, t->path, t->reason);
}

/* Until it is kept or dropped, nobody sees the new file: what was at `path` is still there. The
 * target is the caller's, and freed by either of the two. */
pensel_status pensel_file_begin(pensel_file **file, const char *path, pensel_error *error)
{
    target *t;
    pensel_trouble trouble;
    PENSEL_REQUIRE(file && path, BAD_ARGUMENT, "file or path is NULL: both are needed");
    *file = NULL;
    PENSEL_TRY(PENSEL_NEW(t, 1, error));
    t->replacement = pensel_replacement_begin(path, &trouble);
    if (!t->replacement) {
        pensel_release(t);
        return fail(error, &trouble);
    }
    t->file = (pensel_file){pensel_replacement_descriptor(t->replacement),
                            pensel_replacement_name(t->replacement)};
    *file = &t->file;
    return PENSEL_OK;
}

/* *file is gone afterwards, kept or not: on failure the old file is intact and there is nothing
 * left to drop. */
pensel_status pensel_file_keep(pensel_file **file, pensel_error *error)
{
    target *t = file ? (target *)*file : NULL;
    pensel_trouble trouble;
    PENSEL_REQUIRE(t, BAD_ARGUMENT, "file is NULL: begin one first");
    *file = NULL;
    bool kept = pensel_replacement_keep(t->replacement, &trouble);
    pensel_release(t);
    return kept ? PENSEL_OK : fail(error, &trouble);
}

/* As if it had never begun. NULL is fine, so an error path may drop in any case. */
void pensel_file_drop(pensel_file **file)
{
    target *t = file ? (target *)*file : NULL;
    if (!t) return;
    *file = NULL;
    pensel_replacement_drop(t->replacement);
    pensel_release(t);
}

/* The same in one call, for who has all bytes in memory. */
pensel_status pensel_atomic_write(const char *path, const pensel_piece *pieces, size_t count,
                                  pensel_error *error)
{
    pensel_trouble trouble;
    pensel_replacement *replacement = pensel_replacement_begin(path, &trouble);
    if (!replacement) return fail(error, &trouble);
    for (size_t i = 0; i < count; i++) {
        if (pensel_replacement_write(replacement, pieces[i].data, pieces[i].size, &trouble))
            continue;
        pensel_replacement_drop(replacement);
        return fail(error, &trouble);
    }
    return pensel_replacement_keep(replacement, &trouble) ? PENSEL_OK : fail(error, &trouble);
}

pensel_status pensel_file_write(const char *path, const void *data, size_t size,
                                pensel_error *error)
{
    PENSEL_REQUIRE(path && (data || size == 0), BAD_ARGUMENT,
                   "path or data is NULL: both are needed");
    pensel_piece piece = {data, size};
    return pensel_atomic_write(path, &piece, 1, error);
}
