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

/* The file, or what standard input had, unpacked; what `source` opens, it closes. */
typedef struct source {
    char kept[32];
    const char *path, *name; /* name: for people */
    pensel_unpacked *unpacked;
} source;

static pensel_status open_source(source *s, const char *path, pensel_error *error)
{
    bool input = strcmp(path, "-") == 0;
    *s = (source){.path = input ? s->kept : path, .name = input ? "standard input" : path};
    pensel_status status = input ? kept_input(s->kept, error) : PENSEL_OK;
    return status ? status : pensel_unpack_open(&s->unpacked, s->path, error);
}

static void close_source(source *s, const char *const *notes, size_t count, pensel_error *error)
{
    pensel_unpack_free(&s->unpacked);
    if (error && error->status && s->path == s->kept) rename_input(error, s->kept);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "pensel: %s: %s\n", s->name, notes[i]);
}

pensel_status pensel_read_table(pensel_table **table, const char *path,
                                const pensel_table_options *options, const pensel_reading *reading,
                                pensel_error *error)
{
    source s;
    pensel_table_options o = *options;
    o.delimiter = reading->delimiter;
    o.header = reading->header;
    *table = NULL;
    pensel_status status = open_source(&s, path, error);
    o.stream = pensel_unpack_stream(s.unpacked);
    if (!status) status = pensel_table_read(table, s.path, &o, error);
    bool says = !status && !reading->quiet;
    close_source(&s, says ? (const char *const *)(*table)->notes : NULL,
                 says ? (*table)->note_count : 0, error);
    return status;
}

pensel_status pensel_read_columns(pensel_columns **columns, const char *path,
                                  const char *const *text, size_t count,
                                  const pensel_reading *reading, pensel_error *error)
{
    source s;
    pensel_columns_options o = pensel_columns_defaults();
    o.delimiter = reading->delimiter;
    o.header = reading->header;
    o.text = text;
    o.text_count = count;
    *columns = NULL;
    pensel_status status = open_source(&s, path, error);
    o.stream = pensel_unpack_stream(s.unpacked);
    if (!status) status = pensel_columns_read(columns, s.path, &o, error);
    bool says = !status && !reading->quiet;
    close_source(&s, says ? (*columns)->notes : NULL, says ? (*columns)->note_count : 0, error);
    return status;
}
