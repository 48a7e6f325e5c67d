/* Atomic writing. The data go into a file without a name (O_TMPFILE), so that a process killed
 * while writing leaves nothing behind; if the file system does not support that, into a file with a
 * temporary name. The file is synced before rename(2) replaces the old one with it, and the folder
 * is synced afterwards. A path that is not a regular file (a device, a pipe) is written to
 * directly.
 *
 * A file with the temporary name is locked (flock) by its writer until it is renamed or removed. So
 * the next writer of the same path can tell a living writer, for which it waits, from a killed one,
 * whose file it removes; only a process that has locked such a file may unlink it. */
#include "file/atomic.h"

#include "base/error.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct target {
    pensel_file file; /* first: a pointer to it is a pointer to the target */
    char *path;       /* with symbolic links resolved, so that a link stays a link */
    char *folder;
    char *temporary; /* a name beside path */
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

static void target_free(target *t)
{
    pensel_release(t->path);
    pensel_release(t->folder);
    pensel_release(t->temporary);
    pensel_release(t);
}

/* FNV-1a */
static uint64_t hash(const char *text)
{
    uint64_t value = 0xcbf29ce484222325;
    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * 0x100000001b3;
    return value;
}

/* The folder of t->path, and a temporary name in it that is unique to this path. The name may
 * already be NAME_MAX long, so only its beginning is used. */
static pensel_status target_names(target *t, pensel_error *error)
{
    const char *slash = strrchr(t->path, '/'), *name = slash ? slash + 1 : t->path;
    size_t length = slash ? (size_t)(slash - t->path) + (slash == t->path) : 1;
    size_t room = strlen(t->path) + 64;
    PENSEL_TRY(PENSEL_NEW(t->folder, length + 1, error));
    memcpy(t->folder, slash ? t->path : ".", length);
    PENSEL_TRY(PENSEL_NEW(t->temporary, room, error));
    snprintf(t->temporary, room, "%.*s.%.100s.%016llx.tmp", (int)(name - t->path), t->path, name,
             (unsigned long long)hash(name));
    return PENSEL_OK;
}

/* A file that is not there yet, perhaps at the end of links: those stay, and it is made where they
 * lead. */
static pensel_status target_new(target *t, const char *path, pensel_error *error)
{
    char at[PATH_MAX], link[PATH_MAX];
    snprintf(at, sizeof at, "%s", path);       /* a longer one is no path */
    for (int links = 0; links < 40; links++) { /* as many as Linux follows */
        ssize_t length = readlink(at, link, sizeof link - 1);
        if (length <= 0) break;
        link[length] = 0;
        const char *slash = link[0] == '/' ? NULL : strrchr(at, '/');
        size_t folder = slash ? (size_t)(slash - at) + 1 : 0;
        errno = ENAMETOOLONG;
        if (folder + (size_t)length >= sizeof at) return fail(error, path, "write");
        memcpy(at + folder, link, (size_t)length + 1);
    }
    return pensel_duplicate(&t->path, at, error);
}

static pensel_status target_find(target *t, const char *path, pensel_error *error)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        if (errno != ENOENT) return fail(error, path, "write");
        PENSEL_TRY(target_new(t, path, error));
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

/* Some file systems cannot sync a folder, and do not need it. */
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

/* Waits until nobody else holds the lock. If the file system does not support locks, simultaneous
 * writers of one file may interfere. */
static void lock(int file)
{
    while (flock(file, LOCK_EX) != 0 && errno == EINTR)
        ;
}

static bool is_named(int file, const char *name)
{
    struct stat a, b;
    return fstat(file, &a) == 0 && lstat(name, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* Waits for another writer, or removes what a dead one has left. */
static int free_name(const char *name)
{
    int file = open_again(name, O_RDWR | O_NOFOLLOW, 0);
    if (file < 0) return errno == ENOENT ? 0 : -1;
    lock(file);
    int result = is_named(file, name) ? unlink(name) : 0;
    int code = errno;
    close(file);
    errno = code;
    return result;
}

static int open_named(target *t)
{
    for (;;) {
        int file = open_again(t->temporary, O_RDWR | O_CREAT | O_EXCL, 0666);
        if (file < 0) {
            if (errno != EEXIST || free_name(t->temporary) != 0) return -1;
            continue;
        }
        lock(file);
        if (is_named(file, t->temporary)) {
            t->file.temporary = t->temporary;
            return file;
        }
        close(file); /* another writer locked it first and took it for a dead writer's */
    }
}

/* Opens a nameless file where there are such files, and a /proc to name them later. */
static int open_new(target *t)
{
    if (access("/proc/self/fd", X_OK) != 0) return open_named(t);
    int file = open_again(t->folder, O_TMPFILE | O_RDWR, 0666);
    if (file < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        return open_named(t);
    if (file >= 0) lock(file);
    return file;
}

static int give_name(const target *t)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", t->file.descriptor);
    while (linkat(AT_FDCWD, link, AT_FDCWD, t->temporary, AT_SYMLINK_FOLLOW) != 0)
        if (errno != EEXIST || free_name(t->temporary) != 0) return -1;
    return 0;
}

static pensel_status settle(const target *t, pensel_error *error)
{
    int file = t->file.descriptor;
    bool named = t->file.temporary != NULL;
    pensel_status status = PENSEL_OK;
    if (t->mode && fchmod(file, t->mode) != 0)
        status = fail(error, t->path, "set the permissions of");
    else if (sync_file(file) != 0)
        status = fail(error, t->path, "sync");
    else if (!named && give_name(t) != 0)
        status = fail(error, t->path, "name");
    else if (named = true, rename(t->temporary, t->path) != 0)
        status = fail(error, t->path, "replace");
    if (status == PENSEL_OK)
        return sync_folder(t->folder) == 0 ? PENSEL_OK : fail(error, t->folder, "sync the folder");
    if (named) unlink(t->temporary);
    return status;
}

pensel_status pensel_file_begin(pensel_file **file, const char *path, pensel_error *error)
{
    target *t;
    if (!file || !path)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT, "file or path is NULL: both are needed");
    *file = NULL;
    PENSEL_TRY(PENSEL_NEW(t, 1, error));
    pensel_status status = target_find(t, path, error);
    if (status == PENSEL_OK) {
        t->file.descriptor = t->direct ? open_again(t->path, O_WRONLY, 0) : open_new(t);
        if (t->file.descriptor < 0) status = fail(error, t->path, t->direct ? "open" : "write");
    }
    if (status == PENSEL_OK)
        *file = &t->file;
    else
        target_free(t);
    return status;
}

pensel_status pensel_file_keep(pensel_file **file, pensel_error *error)
{
    target *t = file ? (target *)*file : NULL;
    if (!t) return pensel_fail(error, PENSEL_BAD_ARGUMENT, "file is NULL: begin one first");
    *file = NULL;
    pensel_status status = t->direct ? PENSEL_OK : settle(t, error);
    /* after a sync nothing is lost if closing fails */
    if (close(t->file.descriptor) != 0 && t->direct) status = fail(error, t->path, "write");
    target_free(t);
    return status;
}

void pensel_file_drop(pensel_file **file)
{
    target *t = file ? (target *)*file : NULL;
    if (!t) return;
    *file = NULL;
    close(t->file.descriptor);
    if (t->file.temporary) unlink(t->file.temporary);
    target_free(t);
}

pensel_status pensel_atomic_write(const char *path, const pensel_piece *pieces, size_t count,
                                  pensel_error *error)
{
    pensel_file *file;
    PENSEL_TRY(pensel_file_begin(&file, path, error));
    if (write_all(file->descriptor, pieces, count) == 0) return pensel_file_keep(&file, error);
    pensel_status status = fail(error, path, "write");
    pensel_file_drop(&file);
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
