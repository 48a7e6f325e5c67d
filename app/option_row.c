/* Rows of the library's option tables on the command line: their names with dashes, how their
 * values look, and a help that says what they do, which values they take and what the default is.
 */
#include "command_line.h"

#include "app_memory.h"
#include "message.h"

#include <glib.h>
#include <string.h>

pensel_status pensel_read_row(const pensel_option *o, const char *text, pensel_error *error)
{
    const pensel_row_target *target = o->target;
    char *name = g_strconcat("--", o->name, NULL);
    pensel_status status = pensel_option_set(target->options, target->table, name, text, error);
    g_free(name);
    return status;
}

/* A switch that is off needs no value to be turned on. */
static bool is_flag(const pensel_option_row *row)
{
    return row->kind == PENSEL_OPTION_FLAG && row->standard == 0;
}

static const char *argument_of(const pensel_option_row *row)
{
    switch (row->kind) {
    case PENSEL_OPTION_FLAG:
        return is_flag(row) ? NULL : "true|false";
    case PENSEL_OPTION_COUNT:
    case PENSEL_OPTION_SEED:
    case PENSEL_OPTION_THREADS:
        return "N";
    case PENSEL_OPTION_NUMBER:
        return "X";
    case PENSEL_OPTION_SECONDS:
        return "TIME";
    case PENSEL_OPTION_CHOICE:
        return "NAME";
    }
    return NULL;
}

/* "loss=huber|x" as "only with loss huber or x", "solver!=lbfgs" as "not with solver lbfgs". An
 * encoding's kind is called encoding here. */
static void append_only(GString *text, const char *only)
{
    bool kind = g_str_has_prefix(only, "kind=");
    g_string_append(text, strstr(only, "!=") ? "not with " : "only with ");
    if (kind) g_string_append(text, "encoding");
    if (kind) only += strlen("kind");
    for (; *only; only++) {
        if (*only == '|')
            g_string_append(text, " or ");
        else if (*only != '!')
            g_string_append_c(text, *only == '=' ? ' ' : *only == '_' ? '-' : *only);
    }
}

/* "size of the first step (0.001)"; "how gradients become steps: sgd, adam or lbfgs (adam)" */
static const char *help_of(const pensel_option_row *row)
{
    GString *text = g_string_new(row->help);
    char standard[64];
    for (int i = 0; row->choice && row->choice(i); i++)
        pensel_append(text, "%s%s", !i ? ": " : row->choice(i + 1) ? ", " : " or ", row->choice(i));
    pensel_option_standard(standard, sizeof standard, row);
    bool value = !is_flag(row), only = row->only[0];
    if (value || only) g_string_append(text, " (");
    if (value) g_string_append(text, standard);
    if (value && only) g_string_append(text, "; ");
    if (only) append_only(text, row->only);
    if (value || only) g_string_append_c(text, ')');
    const char *kept = g_intern_string(text->str);
    g_string_free(text, TRUE);
    return kept;
}

static const char *dashed(const char *name)
{
    char *copy = g_strdelimit(g_strdup(name), "_", '-');
    const char *kept = g_intern_string(copy);
    g_free(copy);
    return kept;
}

static const char *same_as(const char *name)
{
    char *text = g_strconcat("same as --", name, NULL);
    const char *kept = g_intern_string(text);
    g_free(text);
    return kept;
}

static void put(pensel_option *options, size_t room, pensel_row_target *target, const char *name,
                const char *help)
{
    const pensel_option_row *row = pensel_option_find(target->table, name);
    size_t count = 0;
    while (options[count].name)
        count++;
    g_assert(count + 1 < room);
    options[count] = (pensel_option){.name = dashed(name),
                                     .read = pensel_read_row,
                                     .target = target,
                                     .argument = argument_of(row),
                                     .help = help};
    options[count + 1] = (pensel_option){0};
}

void pensel_options_row(pensel_option *options, size_t room, pensel_row_target *target,
                        const char *name)
{
    put(options, room, target, name, help_of(pensel_option_find(target->table, name)));
}

static bool is_among(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (!strcmp(*names, name)) return true;
    return false;
}

void pensel_options_append(pensel_option *options, size_t room, pensel_row_target *target,
                           const char *const *without)
{
    for (size_t r = 0; r < target->table->count; r++) {
        const pensel_option_row *row = &target->table->rows[r];
        char *all = g_strjoin(" ", row->name, row->also, NULL), **names = g_strsplit(all, " ", -1);
        const char *first = NULL;
        for (char **name = names; *name; name++) {
            if (!**name || is_among(without, *name)) continue;
            put(options, room, target, *name, first ? same_as(first) : help_of(row));
            if (!first) first = dashed(*name);
        }
        g_strfreev(names);
        g_free(all);
    }
}

/* An option of the library as it is typed; g_free. Some have a name of their own here. */
static char *typed_name(const char *name, size_t length)
{
    char *typed = g_strdelimit(g_strndup(name, length), "_", '-');
    const pensel_option_row *row = pensel_option_find(pensel_paint_table(), typed);
    if (!row || !*row->also) return typed;
    g_free(typed);
    return g_strndup(row->also, strcspn(row->also, " "));
}

void pensel_options_name(pensel_error *error)
{
    size_t length = strcspn(error->text, " ");
    const char *rest = error->text + length;
    pensel_error why = *error;
    char *name = typed_name(error->text, length), *other = NULL;
    if (g_str_has_prefix(rest, " has no effect"))
        pensel_wrong(error, why.status, "--%s%.400s", name, why.text + length);
    else if (g_str_has_prefix(rest, " and ")) {
        size_t end = strcspn(rest + 5, " ");
        other = typed_name(rest + 5, end);
        if (g_str_has_prefix(rest + 5 + end, " together"))
            pensel_wrong(error, why.status, "--%s and --%s%.400s", name, other,
                         why.text + length + 5 + end);
    }
    g_free(other);
    g_free(name);
}
