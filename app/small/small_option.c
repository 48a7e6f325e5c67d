/* The command line: "--name", "--name value", "--name=value", "-n", "-n value", "-abc", and
 * "--", behind which everything is a word. */
#include <glib.h>

struct GOptionContext {
    const GOptionEntry *entries;
};

GOptionContext *g_option_context_new(const char *text)
{
    (void)text;
    return g_new0(GOptionContext, 1);
}

void g_option_context_free(GOptionContext *context)
{
    g_free(context);
}

void g_option_context_set_help_enabled(GOptionContext *context, gboolean enabled)
{
    (void)context, (void)enabled; /* the program has a help of its own */
}

void g_option_context_add_main_entries(GOptionContext *context, const GOptionEntry *entries,
                                       const char *domain)
{
    (void)domain;
    context->entries = entries;
}

static gboolean fail(GError **error, int code, const char *format, const char *word)
{
    if (!error) return FALSE;
    GString *text = g_string_new(format);
    g_string_append(text, word);
    *error = g_new0(GError, 1);
    (*error)->code = code;
    (*error)->message = g_string_free(text, FALSE);
    return FALSE;
}

static void take(const GOptionEntry *entry, const char *value)
{
    if (entry->arg == G_OPTION_ARG_NONE) {
        *(gboolean *)entry->arg_data = TRUE;
    } else {
        char **text = entry->arg_data;
        g_free(*text);
        *text = g_strdup(value);
    }
}

static const GOptionEntry *find_long(const GOptionContext *context, const char *name, gsize length)
{
    for (const GOptionEntry *e = context->entries; e->long_name; e++)
        if (e->long_name[0] && strlen(e->long_name) == length &&
            !strncmp(e->long_name, name, length))
            return e;
    return NULL;
}

static const GOptionEntry *find_letter(const GOptionContext *context, char letter)
{
    for (const GOptionEntry *e = context->entries; e->long_name; e++)
        if (e->short_name && e->short_name == letter) return e;
    return NULL;
}

/* *i moves on if the value is the next word. What a flag is given by "=" is passed over. */
static gboolean take_long(const GOptionContext *context, int argc, char **argv, int *i,
                          GError **error)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    gsize length = equals ? (gsize)(equals - name) : strlen(name);
    const GOptionEntry *e = find_long(context, name, length);
    if (!e) return fail(error, G_OPTION_ERROR_UNKNOWN_OPTION, "Unknown option ", argv[*i]);
    if (e->arg != G_OPTION_ARG_NONE && !equals && *i + 1 >= argc)
        return fail(error, G_OPTION_ERROR_BAD_VALUE, "Missing argument for ", argv[*i]);
    const char *value = equals ? equals + 1 : e->arg == G_OPTION_ARG_NONE ? NULL : argv[++*i];
    take(e, value);
    return TRUE;
}

/* The letter that takes a value takes the next word, wherever it stands among the others. */
static gboolean take_letters(const GOptionContext *context, int argc, char **argv, int *i,
                             GError **error)
{
    const char *group = argv[*i];
    bool taken = false;
    for (const char *letter = group + 1; *letter; letter++) {
        const GOptionEntry *e = find_letter(context, *letter);
        const char dashed[] = {'-', *letter, 0};
        if (!e) return fail(error, G_OPTION_ERROR_UNKNOWN_OPTION, "Unknown option ", group);
        if (e->arg == G_OPTION_ARG_NONE) {
            take(e, NULL);
            continue;
        }
        if (taken) return fail(error, G_OPTION_ERROR_BAD_VALUE, "Error parsing option ", dashed);
        if (*i + 1 >= argc)
            return fail(error, G_OPTION_ERROR_BAD_VALUE, "Missing argument for ", dashed);
        take(e, argv[++*i]);
        taken = true;
    }
    return TRUE;
}

static char ***words_of(const GOptionContext *context)
{
    for (const GOptionEntry *e = context->entries; e->long_name; e++)
        if (e->arg == G_OPTION_ARG_FILENAME_ARRAY) return e->arg_data;
    return NULL;
}

gboolean g_option_context_parse(GOptionContext *context, gint *argc, char ***argv, GError **error)
{
    GPtrArray *words = g_ptr_array_new();
    bool options = true;
    gboolean good = TRUE;
    for (int i = 1; i < *argc && good; i++) {
        const char *word = (*argv)[i];
        if (options && !strcmp(word, "--"))
            options = false;
        else if (options && word[0] == '-' && word[1] == '-')
            good = take_long(context, *argc, *argv, &i, error);
        else if (options && word[0] == '-' && word[1])
            good = take_letters(context, *argc, *argv, &i, error);
        else
            g_ptr_array_add(words, g_strdup(word));
    }
    bool any = words->len > 0;
    g_ptr_array_add(words, NULL);
    char **list = (char **)g_ptr_array_free(words, FALSE), ***target = words_of(context);
    if (target && any)
        *target = list;
    else
        g_strfreev(list);
    return good;
}
