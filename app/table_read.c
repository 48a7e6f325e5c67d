/* A table may be read twice, once to see whether its target is numbers, and a pipe only once: so it
 * is copied to a file without a name, which is gone with the program. */
#include "table_read.h"

#include "message.h"
#include "unpack.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PIECE = 1 << 16 };

static pensel_status cannot_keep(const char *name, const char *why, pensel_error *error)
{
    return pensel_wrong(error, PENSEL_IO_FAILED,
                        "%.200s cannot be kept in %.200s: %s: TMPDIR may name another folder", name,
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

static pensel_status copy_to(FILE *file, FILE *input, const char *name, pensel_error *error)
{
    static char piece[PIECE];
    size_t count;
    while ((count = fread(piece, 1, sizeof piece, input)) > 0)
        if (fwrite(piece, 1, count, file) != count)
            return cannot_keep(name, g_strerror(errno), error);
    if (ferror(input))
        return pensel_wrong(error, PENSEL_IO_FAILED, "%.200s cannot be read: %s", name,
                            g_strerror(errno));
    return fflush(file) ? cannot_keep(name, g_strerror(errno), error) : PENSEL_OK;
}

/* What the pipe `path` had ("-": standard input), copied at the first call and open until the
 * program ends: there are as many as a person has named. */
static pensel_status keep_pipe(FILE **kept, const char *path, const char *name, pensel_error *error)
{
    static GHashTable *pipes; /* path -> FILE */
    if (!pipes) pipes = g_hash_table_new(g_str_hash, g_str_equal);
    *kept = g_hash_table_lookup(pipes, path);
    if (*kept) return PENSEL_OK;
    FILE *input = strcmp(path, "-") != 0 ? fopen(path, "rb") : stdin;
    if (!input)
        return pensel_wrong(error, PENSEL_IO_FAILED, "cannot read %.200s: %s", name,
                            g_strerror(errno));
    FILE *file = open_nameless();
    pensel_status status =
        file ? copy_to(file, input, name, error) : cannot_keep(name, "no file can be made", error);
    if (input != stdin) fclose(input);
    if (status) {
        if (file) fclose(file);
        return status;
    }
    g_hash_table_insert(pipes, g_strdup(path), *kept = file);
    return PENSEL_OK;
}

static bool is_pipe(const char *path)
{
    GStatBuf info;
    return strcmp(path, "-") == 0 || (g_stat(path, &info) == 0 && S_ISFIFO(info.st_mode));
}

/* The error names the file that nobody has named. */
static void rename_input(pensel_error *error, const char *path, const char *name)
{
    char **parts = g_strsplit(error->text, path, -1);
    char *text = g_strjoinv(name, parts);
    g_strlcpy(error->text, text, sizeof error->text);
    g_free(text);
    g_strfreev(parts);
}

/* The file, or what a pipe had, unpacked; what `source` opens, it closes. */
typedef struct source {
    char kept[32];
    const char *path, *name; /* name: for people */
    pensel_unpacked *unpacked;
} source;

static pensel_status open_source(source *s, const char *path, pensel_error *error)
{
    *s = (source){.path = path, .name = strcmp(path, "-") != 0 ? path : "standard input"};
    if (is_pipe(path)) {
        FILE *kept;
        pensel_status status = keep_pipe(&kept, path, s->name, error);
        if (status) return status;
        g_snprintf(s->kept, sizeof s->kept, "/dev/fd/%d", fileno(kept));
        s->path = s->kept;
    }
    return pensel_unpack_open(&s->unpacked, s->path, error);
}

static void close_source(source *s, const char *const *notes, size_t count, pensel_error *error)
{
    pensel_unpack_free(&s->unpacked);
    if (error && error->status && s->path == s->kept) rename_input(error, s->kept, s->name);
    for (size_t i = 0; i < count; i++)
        pensel_message_note("%s: %s", s->name, notes[i]);
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
