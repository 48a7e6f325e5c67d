#include "output.h"

#include "interrupt.h"
#include "message.h"

#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
                                "%s %.200s is not a regular file: the name of a file is needed",
                                option, path);
        if (!(info.st_mode & 0222) || access(path, W_OK))
            return pensel_wrong(error, PENSEL_IO_FAILED,
                                "%s %.200s is read-only: a file that may be written is needed",
                                option, path);
    }
    pensel_file *probe;
    pensel_error why;
    if (!pensel_output_begin(&probe, path, &why)) {
        pensel_output_drop(&probe);
        return PENSEL_OK;
    }
    if (why.status == PENSEL_OUT_OF_MEMORY) return pensel_wrong(error, why.status, "%s", why.text);
    return pensel_wrong(error, PENSEL_IO_FAILED,
                        "%s: %.300s: a folder that exists and may be written is needed", option,
                        why.text);
}

static bool same_file(const char *a, const char *b)
{
    struct stat first, second;
    char *whole_a = g_canonicalize_filename(a, NULL), *whole_b = g_canonicalize_filename(b, NULL);
    bool same = !strcmp(whole_a, whole_b);
    g_free(whole_a);
    g_free(whole_b);
    if (same) return true;
    /* a system without such numbers has 0 for all */
    return !stat(a, &first) && !stat(b, &second) && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino && first.st_ino != 0;
}

pensel_status pensel_output_distinct(const char *const *paths, size_t count, pensel_error *error)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; paths[i] && j < i; j++)
            if (paths[j] && same_file(paths[i], paths[j]))
                return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                                    "%.200s is named for two outputs: each needs its own file",
                                    paths[i]);
    return PENSEL_OK;
}

/* Whether it is the file, or the file of an array such as "two.npz:x". */
static bool is_read(const char *path, const char *input)
{
    const char *array = strstr(input, ".npz:");
    if (same_file(path, input)) return true;
    if (!array) return false;
    char *archive = g_strndup(input, (gsize)(array - input) + strlen(".npz"));
    bool same = same_file(path, archive);
    g_free(archive);
    return same;
}

pensel_status pensel_output_spares(const char *const *paths, size_t count, const char *input,
                                   pensel_error *error)
{
    for (size_t i = 0; i < count && input; i++)
        if (paths[i] && is_read(paths[i], input))
            return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                                "%.200s would be overwritten, and it is what is read: another name "
                                "is needed",
                                paths[i]);
    return PENSEL_OK;
}

pensel_status pensel_output_begin(pensel_file **file, const char *path, pensel_error *error)
{
    pensel_interrupt_hold(); /* the file exists before its name is known */
    pensel_status status = pensel_file_begin(file, path, error);
    if (!status) pensel_interrupt_unlink((*file)->temporary);
    pensel_interrupt_release();
    return status;
}

pensel_status pensel_output_keep(pensel_file **file, pensel_error *error)
{
    pensel_status status = pensel_file_keep(file, error);
    pensel_interrupt_unlink(NULL);
    return status;
}

void pensel_output_drop(pensel_file **file)
{
    pensel_file_drop(file);
    pensel_interrupt_unlink(NULL);
}

char *pensel_output_beside(const char *path, const char *ending)
{
    char *name = g_path_get_basename(path), *dot = strrchr(name, '.');
    if (dot && dot != name) *dot = 0;
    char *joined = g_strconcat(name, ending, NULL);
    g_free(name);
    return joined;
}
