#include "image_tiles.h"

#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

static int remove_folder(const char *folder)
{
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static pensel_status fail(const char *path, pensel_error *error)
{
    return pensel_wrong(error, PENSEL_IO_FAILED, "%.200s: cannot write: %s", path,
                        g_strerror(errno));
}

static bool is_named(int file, const char *name)
{
    struct stat a, b;
    return !fstat(file, &a) && !lstat(name, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The folder, open and locked; -1 with errno. Another writer may be faster to lock a folder just
 * made, take it for a dead one's and remove it: then it is made again. */
static int make_folder(const char *folder)
{
    for (;;) {
        bool made = !mkdir(folder, 0777);
        if (!made && errno != EEXIST) return -1;
        int file = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (file < 0 && errno != ENOENT) return -1;
        if (file < 0) continue;
        while (flock(file, LOCK_EX) && errno == EINTR)
            ;
        bool named = is_named(file, folder);
        if (made && named) return file;
        int failed = named ? remove_folder(folder) : 0;
        close(file);
        if (failed) return -1;
    }
}

pensel_status pensel_tiles_begin(pensel_tiles *t, const char *path, pensel_error *error)
{
    char *parent = g_path_get_dirname(path), *base = g_path_get_basename(path);
    char *stem = g_strndup(path, strlen(path) - strlen(strrchr(path, '.')));
    char *name = g_path_get_basename(stem), *hidden = g_strconcat(".", base, ".tmp", NULL);
    *t = (pensel_tiles){.path = g_strdup(path)};
    t->folder = g_build_filename(parent, hidden, NULL);
    t->inside = g_build_filename(t->folder, name, NULL);
    t->from[0] = g_strconcat(t->inside, "_files", NULL);
    t->from[1] = g_strconcat(t->inside, ".dzi", NULL);
    t->to[0] = g_strconcat(stem, "_files", NULL);
    t->to[1] = g_strconcat(stem, ".dzi", NULL);
    t->lock = make_folder(t->folder);
    pensel_status status = t->lock < 0 ? fail(path, error) : PENSEL_OK;
    g_free(parent), g_free(base), g_free(stem), g_free(name), g_free(hidden);
    if (status) pensel_tiles_drop(t);
    return status;
}

void pensel_tiles_drop(pensel_tiles *t)
{
    if (t->lock >= 0) {
        remove_folder(t->folder);
        close(t->lock);
    }
    for (int i = 0; i < 2; i++)
        g_free(t->from[i]), g_free(t->to[i]);
    g_free(t->path), g_free(t->folder), g_free(t->inside);
    *t = (pensel_tiles){.lock = -1};
}

/* A JPEG ends with the two bytes of its last marker. */
static bool is_whole(const char *path)
{
    unsigned char last[2] = {0};
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    bool read = !fseek(file, -2, SEEK_END) && fread(last, 1, 2, file) == 2;
    fclose(file);
    return read && last[0] == 0xff && last[1] == 0xd9;
}

static bool is_level_whole(const char *folder, unsigned level, size_t columns, size_t rows)
{
    bool whole = true;
    for (size_t i = 0; i < columns * rows && whole; i++) {
        char *path = g_strdup_printf("%s/%u/%zu_%zu.jpeg", folder, level, i % columns, i / columns);
        whole = is_whole(path);
        g_free(path);
    }
    return whole;
}

/* The levels halve the picture down to a single pixel, which is level 0. */
static bool are_whole(const char *folder, size_t width, size_t height)
{
    unsigned level = 0;
    while ((size_t)1 << level < MAX(width, height))
        level++;
    for (;; level--, width = (width + 1) / 2, height = (height + 1) / 2) {
        size_t columns = (width + PENSEL_TILE_SIZE - 1) / PENSEL_TILE_SIZE,
               rows = (height + PENSEL_TILE_SIZE - 1) / PENSEL_TILE_SIZE;
        if (!is_level_whole(folder, level, columns, rows)) return false;
        if (level == 0) return true;
    }
}

/* The old ones step aside first and come back if the new ones cannot take their places. */
static int move(const pensel_tiles *t)
{
    char *old = g_strconcat(t->inside, ".old", NULL);
    bool aside = !rename(t->to[0], old);
    int failed = !aside && errno != ENOENT;
    failed = failed || rename(t->from[0], t->to[0]);
    if (!failed && rename(t->from[1], t->to[1])) {
        int reason = errno;
        failed = 1;
        rename(t->to[0], t->from[0]);
        errno = reason;
    }
    if (failed && aside) {
        int reason = errno;
        rename(old, t->to[0]);
        errno = reason;
    }
    g_free(old);
    return failed;
}

pensel_status pensel_tiles_keep(pensel_tiles *t, size_t width, size_t height, pensel_error *error)
{
    pensel_status status = PENSEL_OK;
    if (!are_whole(t->from[0], width, height))
        status =
            pensel_wrong(error, PENSEL_IO_FAILED,
                         "%.200s: cannot write: tiles are missing: more room on the disk may be "
                         "needed",
                         t->path);
    else if (syncfs(t->lock) || move(t) || syncfs(t->lock))
        status = fail(t->path, error);
    pensel_tiles_drop(t);
    return status;
}
