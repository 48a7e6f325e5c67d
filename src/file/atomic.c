/* Atomic writing. The data go into a file without a name (O_TMPFILE), so that a process killed
 * while it writes leaves nothing behind; where the file system has no such files, into one with a
 * name of its own. Either is synced before rename(2) puts it in the place of the old file, and the
 * folder is synced after. A path that is not a regular file (a device, a pipe) is written directly.
 */
#include "file/atomic.h"

#include "base/error.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct target {
    char *path; /* after symbolic links, so that a link stays one */
    char *folder;
    char *temporary; /* a name beside path, of which a file may exist */
    mode_t mode;     /* of the old file, 0 when there is none */
    bool direct;     /* not a regular file: no renaming */
} target;

static pensel_status fail(pensel_error *error, const char *path, const char *what)
{
    char text[128];
    int code = errno;
    return pensel_fail(error, code == ENOMEM ? PENSEL_OUT_OF_MEMORY : PENSEL_IO_FAILED,
                       "cannot %s %s: %s", what, path, strerror_r(code, text, sizeof text));
}

static void target_clear(target *t)
{
    pensel_release(t->path);
    pensel_release(t->folder);
    pensel_release(t->temporary);
}

/* The folder of `path` and a name in it that no other thread or process uses. */
static pensel_status target_names(target *t, pensel_error *error)
{
    const char *slash = strrchr(t->path, '/');
    size_t length = slash ? (size_t)(slash - t->path) + (slash == t->path) : 1;
    size_t room = strlen(t->path) + 64;
    PENSEL_TRY(pensel_allocate(&t->folder, length + 1, 1, error));
    memcpy(t->folder, slash ? t->path : ".", length);
    PENSEL_TRY(pensel_allocate(&t->temporary, room, 1, error));
    const char *name = slash ? slash + 1 : t->path;
    /* a name may be NAME_MAX long already, so only its beginning is kept; the address of `t` tells
     * threads apart */
    snprintf(t->temporary, room, "%.*s.%.100s.%ld.%lx.tmp", slash ? (int)(slash + 1 - t->path) : 0,
             t->path, name, (long)getpid(), (unsigned long)(uintptr_t)t);
    return PENSEL_OK;
}

static pensel_status target_find(target *t, const char *path, pensel_error *error)
{
    struct stat status;
    memset(t, 0, sizeof *t);
    if (stat(path, &status) != 0) {
        if (errno != ENOENT) return fail(error, path, "write");
        PENSEL_TRY(pensel_duplicate(&t->path, path, error));
    } else {
        if (S_ISDIR(status.st_mode))
            return pensel_fail(error, PENSEL_IO_FAILED,
                               "cannot write %s: it is a folder: give the name of a file", path);
        if (!(status.st_mode & 0222) || access(path, W_OK) != 0)
            return pensel_fail(
                error, PENSEL_IO_FAILED,
                "cannot write %s: it is read-only: choose another name or allow writing", path);
        t->direct = !S_ISREG(status.st_mode);
        t->mode = status.st_mode & 0777;
        char *real = realpath(path, NULL);
        if (!real) return fail(error, path, "find");
        pensel_status outcome = pensel_duplicate(&t->path, real, error);
        free(real);
        PENSEL_TRY(outcome);
    }
    return target_names(t, error);
}

static int open_again(const char *path, int flags, mode_t mode)
{
    int file;
    do
        file = open(path, flags | O_CLOEXEC, mode);
    while (file < 0 && errno == EINTR);
    return file;
}

static int write_all(int file, const pensel_piece *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *at = pieces[i].data;
        size_t left = pieces[i].size;
        while (left > 0) {
            ssize_t written = write(file, at, left < (1 << 30) ? left : 1 << 30);
            if (written < 0 && errno == EINTR) continue;
            if (written == 0) errno = ENOSPC;
            if (written <= 0) return -1;
            at += written;
            left -= (size_t)written;
        }
    }
    return 0;
}

static int sync_file(int file)
{
    int result;
    do
        result = fsync(file);
    while (result != 0 && errno == EINTR);
    return result;
}

/* Some file systems cannot sync a folder and need no such thing. */
static int sync_folder(const char *folder)
{
    int file = open_again(folder, O_RDONLY | O_DIRECTORY, 0);
    if (file < 0) return errno == EACCES ? 0 : -1;
    int result = sync_file(file);
    if (result != 0 && (errno == EINVAL || errno == ENOTSUP || errno == EROFS)) result = 0;
    int code = errno;
    close(file);
    errno = code;
    return result;
}

/* A file for the data: nameless (*named false) where there are such files and a /proc to name them.
 */
static int open_new(const target *t, bool *named)
{
    *named = access("/proc/self/fd", X_OK) != 0;
    if (!*named) {
        int file = open_again(t->folder, O_TMPFILE | O_RDWR, 0666);
        if (file >= 0) return file;
        if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) return -1;
    }
    *named = true;
    unlink(t->temporary); /* of a dead process that had this one's number */
    return open_again(t->temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
}

static int give_name(int file, const char *name)
{
    char link[64];
    unlink(name);
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    return linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static pensel_status write_direct(const target *t, const pensel_piece *pieces, size_t count,
                                  pensel_error *error)
{
    int file = open_again(t->path, O_WRONLY, 0);
    if (file < 0) return fail(error, t->path, "open");
    int result = write_all(file, pieces, count);
    pensel_status outcome = result != 0 ? fail(error, t->path, "write") : PENSEL_OK;
    if (close(file) != 0 && outcome == PENSEL_OK) outcome = fail(error, t->path, "write");
    return outcome;
}

static pensel_status write_renamed(const target *t, const pensel_piece *pieces, size_t count,
                                   pensel_error *error)
{
    bool named;
    pensel_status outcome = PENSEL_OK;
    int file = open_new(t, &named);
    if (file < 0) return fail(error, t->path, "write");
    if (write_all(file, pieces, count) != 0)
        outcome = fail(error, t->path, "write");
    else if (t->mode && fchmod(file, t->mode) != 0)
        outcome = fail(error, t->path, "set the permissions of");
    else if (sync_file(file) != 0)
        outcome = fail(error, t->path, "sync");
    else if (!named && give_name(file, t->temporary) != 0)
        outcome = fail(error, t->path, "name");
    else
        named = true;
    if (close(file) != 0 && outcome == PENSEL_OK) outcome = fail(error, t->path, "write");
    if (outcome == PENSEL_OK && rename(t->temporary, t->path) != 0)
        outcome = fail(error, t->path, "replace");
    if (outcome != PENSEL_OK) {
        if (named) unlink(t->temporary);
        return outcome;
    }
    return sync_folder(t->folder) == 0 ? PENSEL_OK : fail(error, t->folder, "sync the folder");
}

pensel_status pensel_atomic_write(const char *path, const pensel_piece *pieces, size_t count,
                                  pensel_error *error)
{
    target t;
    pensel_status status = target_find(&t, path, error);
    if (status == PENSEL_OK)
        status = t.direct ? write_direct(&t, pieces, count, error)
                          : write_renamed(&t, pieces, count, error);
    target_clear(&t);
    return status;
}

pensel_status pensel_file_write(const char *path, const void *data, size_t size,
                                pensel_error *error)
{
    if (!path || (!data && size > 0))
        return pensel_fail(error, PENSEL_BAD_ARGUMENT, "path or data is NULL: both are needed");
    pensel_piece piece = {data, size};
    return pensel_atomic_write(path, &piece, 1, error);
}
