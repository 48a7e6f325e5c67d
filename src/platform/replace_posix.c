/* Replacing a file on POSIX systems. On Linux the data go into a file with no name (O_TMPFILE), so
 * that a process killed while writing leaves nothing behind; if the file system or the system does
 * not support that, into a file with a temporary name. The file is synced before rename(2) replaces
 * the old one with it, and the folder is synced afterwards. A path that is not a regular file (a
 * device, a pipe) is written to directly.
 *
 * A file with the temporary name is locked (flock) by its writer until it is renamed or removed. So
 * the next writer of the same path can tell a living writer, for which it waits, from a killed one,
 * whose file it removes; only a process that has locked such a file may unlink it. */
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include "platform/file.h"
#include "platform/trouble.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct pensel_replacement {
    int file;
    const char *name; /* the temporary one, once the file has it */
    char *path;       /* with symbolic links resolved, so that a link stays a link */
    char *folder;
    char *temporary; /* a name beside path */
    mode_t mode;     /* of the old file, 0 when there is none */
    bool direct;     /* not a regular file: no renaming */
};

static void target_free(pensel_replacement *t)
{
    free(t->path);
    free(t->folder);
    free(t->temporary);
    free(t);
}

static void *get(size_t size)
{
    void *block = malloc(size);
    if (!block) errno = ENOMEM;
    return block;
}

static char *copy_of(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = get(size);
    return copy ? memcpy(copy, text, size) : NULL;
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
static bool target_names(pensel_replacement *t)
{
    const char *slash = strrchr(t->path, '/'), *name = slash ? slash + 1 : t->path;
    size_t length = slash ? (size_t)(slash - t->path) + (slash == t->path) : 1;
    size_t room = strlen(t->path) + 64;
    t->folder = get(length + 1);
    t->temporary = get(room);
    if (!t->folder || !t->temporary) return false;
    memcpy(t->folder, slash ? t->path : ".", length);
    t->folder[length] = 0;
    snprintf(t->temporary, room, "%.*s.%.100s.%016llx.tmp", (int)(name - t->path), t->path, name,
             (unsigned long long)hash(name));
    return true;
}

/* A file that is not there yet, perhaps at the end of links: those stay, and it is made where they
 * lead. */
static bool target_new(pensel_replacement *t, const char *path)
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
        if (folder + (size_t)length >= sizeof at) return false;
        memcpy(at + folder, link, (size_t)length + 1);
    }
    t->path = copy_of(at);
    return t->path != NULL;
}

static bool target_old(pensel_replacement *t, const char *path, const struct stat *status,
                       pensel_trouble *trouble)
{
    if (S_ISDIR(status->st_mode))
        return pensel_in_trouble(trouble, PENSEL_TROUBLE_FOLDER, "write", path);
    if (!(status->st_mode & 0222) || access(path, W_OK) != 0)
        return pensel_in_trouble(trouble, PENSEL_TROUBLE_READ_ONLY, "write", path);
    t->direct = !S_ISREG(status->st_mode);
    t->mode = status->st_mode & 0777;
    char *real = realpath(path, NULL);
    if (!real) return pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "find", path);
    t->path = copy_of(real);
    free(real);
    return t->path || pensel_in_trouble(trouble, PENSEL_TROUBLE_MEMORY, "write", path);
}

static bool target_find(pensel_replacement *t, const char *path, pensel_trouble *trouble)
{
    struct stat status;
    if (stat(path, &status) == 0) {
        if (!target_old(t, path, &status, trouble)) return false;
    } else if (errno != ENOENT || !target_new(t, path)) {
        return pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "write", path);
    }
    return target_names(t) || pensel_in_trouble(trouble, PENSEL_TROUBLE_MEMORY, "write", path);
}

static int open_again(const char *path, int flags, mode_t mode)
{
    int file;
    do
        file = open(path, flags | O_CLOEXEC, mode);
    while (file < 0 && errno == EINTR);
    return file;
}

static int sync_file(int file)
{
    int result;
    do
#ifdef F_FULLFSYNC /* on macOS fsync leaves the data in the disk's own memory */
        result = fcntl(file, F_FULLFSYNC) != -1 ? 0 : fsync(file);
#else
        result = fsync(file);
#endif
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

static int open_named(pensel_replacement *t)
{
    for (;;) {
        int file = open_again(t->temporary, O_RDWR | O_CREAT | O_EXCL, 0666);
        if (file < 0) {
            if (errno != EEXIST || free_name(t->temporary) != 0) return -1;
            continue;
        }
        lock(file);
        if (is_named(file, t->temporary)) {
            t->name = t->temporary;
            return file;
        }
        close(file); /* another writer locked it first and took it for a dead writer's */
    }
}

/* Opens a nameless file where there are such files, and a /proc to name them later. */
static int open_new(pensel_replacement *t)
{
#ifdef O_TMPFILE
    if (access("/proc/self/fd", X_OK) != 0) return open_named(t);
    int file = open_again(t->folder, O_TMPFILE | O_RDWR, 0666);
    if (file < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        return open_named(t);
    if (file >= 0) lock(file);
    return file;
#else
    return open_named(t);
#endif
}

static int give_name(const pensel_replacement *t)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", t->file);
    while (linkat(AT_FDCWD, link, AT_FDCWD, t->temporary, AT_SYMLINK_FOLLOW) != 0)
        if (errno != EEXIST || free_name(t->temporary) != 0) return -1;
    return 0;
}

static bool settle(pensel_replacement *t, pensel_trouble *trouble)
{
    bool named = t->name != NULL;
    const char *what = NULL;
    if (t->mode && fchmod(t->file, t->mode) != 0)
        what = "set the permissions of";
    else if (sync_file(t->file) != 0)
        what = "sync";
    else if (!named && give_name(t) != 0)
        what = "name";
    else if (named = true, rename(t->temporary, t->path) != 0)
        what = "replace";
    if (!what)
        return sync_folder(t->folder) == 0 ||
               pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "sync the folder", t->folder);
    pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, what, t->path);
    if (named) unlink(t->temporary);
    return false;
}

pensel_replacement *pensel_replacement_begin(const char *path, pensel_trouble *trouble)
{
    pensel_replacement *t = get(sizeof *t);
    if (!t) {
        pensel_in_trouble(trouble, PENSEL_TROUBLE_MEMORY, "write", path);
        return NULL;
    }
    *t = (pensel_replacement){.file = -1};
    if (target_find(t, path, trouble)) {
        t->file = t->direct ? open_again(t->path, O_WRONLY, 0) : open_new(t);
        if (t->file >= 0) return t;
        pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, t->direct ? "open" : "write", t->path);
    }
    target_free(t);
    return NULL;
}

int pensel_replacement_descriptor(const pensel_replacement *t)
{
    return t->file;
}

const char *pensel_replacement_name(const pensel_replacement *t)
{
    return t->name;
}

bool pensel_replacement_write(pensel_replacement *t, const void *bytes, size_t size,
                              pensel_trouble *trouble)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t written = write(t->file, at, size < (1 << 30) ? size : 1 << 30);
        if (written < 0 && errno == EINTR) continue;
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
    bool kept = t->direct || settle(t, trouble);
    /* after a sync nothing is lost if closing fails */
    if (close(t->file) != 0 && t->direct)
        kept = pensel_in_trouble(trouble, PENSEL_TROUBLE_SYSTEM, "write", t->path);
    target_free(t);
    return kept;
}

void pensel_replacement_drop(pensel_replacement *t)
{
    close(t->file);
    if (t->name) unlink(t->name);
    target_free(t);
}
