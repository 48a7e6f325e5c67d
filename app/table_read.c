/* A table may be read twice, once to see whether its target is numbers, and standard input only
 * once: so it is copied to a file without a name, which is gone with the program. */
#include "table_read.h"

#include "message.h"
#include "unpack.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

enum { PIECE = 1 << 16 };

static pensel_status cannot_keep(const char *why, pensel_error *error)
{
    return pensel_wrong(
        error, PENSEL_IO_FAILED,
        "standard input cannot be kept in %.200s: %s: TMPDIR may name another folder",
        g_get_tmp_dir(), why);
}

static FILE *open_nameless(void)
{
    char *name = NULL;
    int number = g_file_open_tmp("pensel-XXXXXX", &name, NULL);
    if (number < 0) return NULL;
    g_unlink(name);
    g_free(name);
    return fdopen(number, "w+b");
}

static pensel_status copy_to(FILE *file, pensel_error *error)
{
    static char piece[PIECE];
    size_t count;
    while ((count = fread(piece, 1, sizeof piece, stdin)) > 0)
        if (fwrite(piece, 1, count, file) != count) return cannot_keep(g_strerror(errno), error);
    if (ferror(stdin))
        return pensel_wrong(error, PENSEL_IO_FAILED, "standard input cannot be read: %s",
                            g_strerror(errno));
    return fflush(file) ? cannot_keep(g_strerror(errno), error) : PENSEL_OK;
}

/* The path of what standard input had, copied at the first call */
static pensel_status kept_input(char path[32], pensel_error *error)
{
    static FILE *kept;
    if (!kept) {
        FILE *file = open_nameless();
        if (!file) return cannot_keep("no file can be made", error);
        pensel_status status = copy_to(file, error);
        if (status) {
            fclose(file);
            return status;
        }
        kept = file;
    }
    g_snprintf(path, 32, "/dev/fd/%d", fileno(kept));
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
                                const pensel_table_options *options, const pensel_reading *reading,
                                pensel_error *error)
{
    char kept[32];
    bool input = strcmp(path, "-") == 0;
    pensel_unpacked *unpacked = NULL;
    pensel_table_options o = *options;
    o.delimiter = reading->delimiter;
    o.header = reading->header;
    *table = NULL;
    pensel_status status = input ? kept_input(kept, error) : PENSEL_OK;
    if (!status) status = pensel_unpack_open(&unpacked, input ? kept : path, error);
    o.stream = pensel_unpack_stream(unpacked);
    if (!status) status = pensel_table_read(table, input ? kept : path, &o, error);
    pensel_unpack_free(&unpacked);
    if (status && input && error) rename_input(error, kept);
    for (size_t i = 0; !status && !reading->quiet && i < (*table)->note_count; i++)
        fprintf(stderr, "pensel: %s: %s\n", input ? "standard input" : path, (*table)->notes[i]);
    return status;
}
