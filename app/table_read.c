/* A table may be read twice, once to see whether its target is numbers, and standard input only once: so it is
 * copied to a file without a name, which is gone with the program. */
#include "table_read.h"

#include "say.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };

static pensel_status open_nameless(int *file, pensel_error *error)
{
    char *name = NULL;
    *file = g_file_open_tmp("pensel-XXXXXX", &name, NULL);
    if (*file < 0)
        return pensel_wrong(error, PENSEL_IO_FAILED,
                            "standard input cannot be kept: no file can be made in %.200s: TMPDIR may name "
                            "another folder",
                            g_get_tmp_dir());
    g_unlink(name);
    g_free(name);
    return PENSEL_OK;
}

static bool write_all(int file, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t done = write(file, bytes, count);
        if (done < 0 && errno != EINTR) return false;
        if (done > 0) bytes += done, count -= (size_t)done;
    }
    return true;
}

static pensel_status copy_to(int file, pensel_error *error)
{
    static char piece[PIECE];
    for (;;) {
        ssize_t count = read(STDIN_FILENO, piece, sizeof piece);
        if (count == 0) return PENSEL_OK;
        if (count < 0 && errno == EINTR) continue;
        if (count < 0)
            return pensel_wrong(error, PENSEL_IO_FAILED, "standard input cannot be read: %s", g_strerror(errno));
        if (!write_all(file, piece, (size_t)count))
            return pensel_wrong(error, PENSEL_IO_FAILED,
                                "standard input cannot be kept: %s: TMPDIR may name another folder",
                                g_strerror(errno));
    }
}

/* The path of what standard input had, copied at the first call */
static pensel_status kept_input(char path[32], pensel_error *error)
{
    static int kept = -1;
    if (kept < 0) {
        int file;
        pensel_status status = open_nameless(&file, error);
        if (status) return status;
        status = copy_to(file, error);
        if (status) {
            close(file);
            return status;
        }
        kept = file;
    }
    g_snprintf(path, 32, "/dev/fd/%d", kept);
    return PENSEL_OK;
}

/* The error names the file that nobody has named. */
static void rename_input(pensel_error *error, const char *path)
{
    char **parts = g_strsplit(error->text, path, -1);
    char *text = g_strjoinv("standard input", parts);
    g_strlcpy(error->text, text, sizeof error->text);
    g_free(text);
    g_strfreev(parts);
}

pensel_status pensel_read_table(pensel_table **table, const char *path,
                                const pensel_table_options *options, pensel_error *error)
{
    char kept[32];
    if (strcmp(path, "-")) return pensel_table_read(table, path, options, error);
    *table = NULL;
    pensel_status status = kept_input(kept, error);
    if (status) return status;
    status = pensel_table_read(table, kept, options, error);
    if (status && error) rename_input(error, kept);
    return status;
}
