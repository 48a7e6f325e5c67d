#include "output.h"

#include "interrupt.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a link leads, so that the file is replaced and not the link. */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL);
    char *copy = g_strdup(real ? real : path);
    free(real);
    return copy;
}

/* "dir/.name-XXXXXX.ending" */
static char *template_of(const char *path, const char *ending)
{
    char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
    char *text = g_strdup_printf("%s/.%s-XXXXXX%s", folder, name, ending);
    g_free(folder);
    g_free(name);
    return text;
}

pensel_status pensel_output_check(const char *path, const char *option, pensel_error *error)
{
    struct stat info;
    if (!path) return PENSEL_OK;
    if (stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode))
            return pensel_wrong(error, PENSEL_IO_FAILED,
                                "%s %.200s is a folder: the name of a file is needed", option,
                                path);
        if (!S_ISREG(info.st_mode))
            return pensel_wrong(error, PENSEL_IO_FAILED,
                                "%s %.200s is no ordinary file: the name of a file is needed",
                                option, path);
        if (!(info.st_mode & 0222) || access(path, W_OK))
            return pensel_wrong(error, PENSEL_IO_FAILED,
                                "%s %.200s is read-only: a file that may be written is needed",
                                option, path);
    }
    char *real = resolve(path), *probe = template_of(real, "");
    pensel_interrupt_hold();
    int file = g_mkstemp(probe), reason = errno;
    if (file >= 0) {
        close(file);
        unlink(probe);
    }
    pensel_interrupt_release();
    g_free(probe);
    g_free(real);
    if (file < 0)
        return pensel_wrong(
            error, PENSEL_IO_FAILED,
            "%s %.200s cannot be written (%s): a folder that exists and may be written is "
            "needed",
            option, path, g_strerror(reason));
    return PENSEL_OK;
}

static bool same_file(const char *a, const char *b)
{
    struct stat first, second;
    char *whole_a = g_canonicalize_filename(a, NULL), *whole_b = g_canonicalize_filename(b, NULL);
    bool same = !strcmp(whole_a, whole_b);
    g_free(whole_a);
    g_free(whole_b);
    if (same) return true;
    return !stat(a, &first) && !stat(b, &second) && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

pensel_status pensel_output_distinct(const char *const *paths, size_t count, const char *input,
                                     pensel_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (paths[i] && input && same_file(paths[i], input))
            return pensel_wrong(
                error, PENSEL_BAD_ARGUMENT,
                "%.200s would be overwritten, and it is what is read: another name is "
                "needed",
                paths[i]);
        for (size_t j = 0; paths[i] && j < i; j++)
            if (paths[j] && same_file(paths[i], paths[j]))
                return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                                    "%.200s is named for two outputs: each needs its own file",
                                    paths[i]);
    }
    return PENSEL_OK;
}

pensel_status pensel_output_begin(char **temporary, const char *path, pensel_error *error)
{
    char *real = resolve(path);
    const char *ending = strrchr(real, '.');
    if (ending && strchr(ending, '/')) ending = NULL;
    *temporary = template_of(real, ending ? ending : "");
    g_free(real);
    pensel_interrupt_hold(); /* the file exists before its name is known */
    int file = g_mkstemp_full(*temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666),
        reason = errno;
    if (file >= 0) pensel_interrupt_unlink(*temporary);
    pensel_interrupt_release();
    if (file < 0) {
        g_clear_pointer(temporary, g_free);
        return pensel_wrong(error, PENSEL_IO_FAILED, "%.200s: cannot write: %s", path,
                            g_strerror(reason));
    }
    close(file);
    return PENSEL_OK;
}

static bool sync_file(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    bool good = fsync(file) == 0;
    int reason = errno;
    close(file);
    errno = reason;
    return good;
}

pensel_status pensel_output_keep(char **temporary, const char *path, pensel_error *error)
{
    char *real = resolve(path), *folder = g_path_get_dirname(real);
    bool good = sync_file(*temporary) && rename(*temporary, real) == 0;
    int reason = errno;
    if (good) {
        pensel_interrupt_unlink(NULL);
        g_clear_pointer(temporary, g_free);
        sync_file(
            folder); /* the name itself; some file systems cannot, and the file is whole anyway */
    } else {
        pensel_output_drop(temporary);
    }
    g_free(folder);
    g_free(real);
    if (!good)
        return pensel_wrong(error, PENSEL_IO_FAILED, "%.200s: cannot write: %s", path,
                            g_strerror(reason));
    return PENSEL_OK;
}

void pensel_output_drop(char **temporary)
{
    if (!*temporary) return;
    unlink(*temporary);
    pensel_interrupt_unlink(NULL);
    g_clear_pointer(temporary, g_free);
}

char *pensel_output_beside(const char *path, const char *ending)
{
    char *name = g_path_get_basename(path), *dot = strrchr(name, '.');
    if (dot && dot != name) *dot = 0;
    char *joined = g_strconcat(name, ending, NULL);
    g_free(name);
    return joined;
}
