/* GLib splits the command line. Every value arrives here as text and is parsed by its option's
 * reader, so that errors are worded consistently. */
#include "command_line.h"

#include "help.h"
#include "message.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

static size_t count_options(const pensel_option_group *groups)
{
    size_t count = 0;
    for (; groups->title; groups++)
        for (const pensel_option *o = groups->options; o->name; o++)
            count++;
    return count;
}

/* GLib would take "-1.0" for an option. A blank in front keeps it a word; unguard takes it off
 * again. */
static char *guard(const char *word)
{
    bool number = word[0] == '-' && (g_ascii_isdigit(word[1]) || word[1] == '.');
    return g_strconcat(number ? " " : "", word, NULL);
}

static char *unguard(char *word)
{
    if (word && word[0] == ' ' && word[1] == '-' && (g_ascii_isdigit(word[2]) || word[2] == '.'))
        memmove(word, word + 1, strlen(word));
    return word;
}

typedef struct switches {
    gboolean help, words;
} switches;

/* One GLib entry an option: flags set flags[i], the others leave their text in values[i]. */
static GOptionEntry *make_entries(const pensel_option_group *groups, char **values, gboolean *flags,
                                  switches *on, char ***words)
{
    GOptionEntry *entries = g_new0(GOptionEntry, count_options(groups) + 4);
    size_t i = 0;
    for (; groups->title; groups++) {
        for (const pensel_option *o = groups->options; o->name; o++, i++) {
            GOptionEntry flag = {o->name, o->letter, 0, G_OPTION_ARG_NONE, &flags[i], NULL, NULL};
            GOptionEntry value = {o->name,    o->letter, 0,   G_OPTION_ARG_FILENAME,
                                  &values[i], NULL,      NULL};
            entries[i] = o->argument ? value : flag;
        }
    }
    GOptionEntry rest[] = {
        {"help", 'h', 0, G_OPTION_ARG_NONE, &on->help, NULL, NULL},
        {"list-options", 0, 0, G_OPTION_ARG_NONE, &on->words, NULL, NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, words, NULL, NULL},
    };
    memcpy(entries + i, rest, sizeof rest);
    return entries;
}

/* What GLib found wrong; for a name that is nearly right, which one was meant. */
static int wrong_option(const pensel_command *command, const GOptionEntry *entries, GError *error)
{
    char *dashes =
        error->code == G_OPTION_ERROR_UNKNOWN_OPTION ? strstr(error->message, "--") : NULL;
    char *name = dashes ? g_strndup(dashes + 2, strcspn(dashes + 2, "= ")) : NULL;
    GPtrArray *names = g_ptr_array_new();
    for (; entries->long_name; entries++)
        if (entries->long_name[0]) g_ptr_array_add(names, (void *)entries->long_name);
    const char *near =
        pensel_word_near(name, (const char *const *)(const void *)names->pdata, names->len);
    error->message[0] = g_ascii_tolower(error->message[0]);
    int status =
        near ? pensel_message_usage("unknown option --%.60s: did you mean --%s?", name, near)
             : pensel_message_usage("%s: see 'pensel help %s'", error->message, command->name);
    g_ptr_array_free(names, TRUE);
    g_free(name);
    return status;
}

static int split(const pensel_command *command, const GOptionEntry *entries, int argc, char **argv)
{
    char **copy = g_new0(char *, (size_t)argc + 1);
    char **kept = g_new0(char *, (size_t)argc + 1); /* GLib takes words out of `copy` */
    for (int i = 0; i < argc; i++)
        copy[i] = kept[i] = guard(argv[i]);

    GOptionContext *context = g_option_context_new(NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, entries, NULL);
    GError *error = NULL;
    int count = argc, status = PENSEL_OPTIONS_GO;
    if (!g_option_context_parse(context, &count, &copy, &error)) {
        status = wrong_option(command, entries, error);
        g_error_free(error);
    }
    g_option_context_free(context);
    for (int i = 0; i < argc; i++)
        g_free(kept[i]);
    g_free(kept);
    g_free(copy);
    return status;
}

static int read_values(const pensel_arguments *arguments, const pensel_option_group *groups,
                       const gboolean *flags)
{
    pensel_error error = {0};
    size_t i = 0;
    for (const pensel_option_group *g = groups; g->title; g++) {
        for (const pensel_option *o = g->options; o->name; o++, i++) {
            if (!arguments->values[i]) continue;
            if (!o->read)
                *(bool *)o->target = flags[i];
            else if (o->read(o, flags[i] ? "true" : arguments->values[i], &error)) {
                pensel_message_error(&error);
                return 2;
            }
        }
    }
    return PENSEL_OPTIONS_GO;
}

static char **list_names(const pensel_option_group *groups, size_t count)
{
    char **names = g_new0(char *, count + 1);
    size_t i = 0;
    for (; groups->title; groups++)
        for (const pensel_option *o = groups->options; o->name; o++)
            names[i++] = g_strdup(o->name);
    return names;
}

int pensel_options_parse(pensel_arguments *arguments, const pensel_command *command,
                         const pensel_option_group *groups, int argc, char **argv)
{
    size_t count = count_options(groups);
    *arguments = (pensel_arguments){
        .names = list_names(groups, count), .values = g_new0(char *, count + 1), .options = count};
    gboolean *flags = g_new0(gboolean, count + 1);
    switches on = {0};
    GOptionEntry *entries = make_entries(groups, arguments->values, flags, &on, &arguments->words);

    int status = split(command, entries, argc, argv);
    for (size_t i = 0; i < count; i++) {
        unguard(arguments->values[i]);
        if (flags[i]) arguments->values[i] = g_strdup("");
    }
    for (; arguments->words && arguments->words[arguments->count]; arguments->count++)
        unguard(arguments->words[arguments->count]);

    if (status == PENSEL_OPTIONS_GO && (on.help || on.words)) {
        if (on.help)
            pensel_help_show(command, groups);
        else
            pensel_help_list(groups);
        status = 0;
    }
    if (status == PENSEL_OPTIONS_GO) status = read_values(arguments, groups, flags);
    g_free(entries);
    g_free(flags);
    if (status != PENSEL_OPTIONS_GO) pensel_options_free(arguments);
    return status;
}

void pensel_options_free(pensel_arguments *arguments)
{
    for (size_t i = 0; i < arguments->options; i++)
        g_free(arguments->values[i]);
    g_free(arguments->values);
    g_strfreev(arguments->names);
    g_strfreev(arguments->words);
    *arguments = (pensel_arguments){0};
}

bool pensel_options_given(const pensel_arguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->options; i++)
        if (!strcmp(arguments->names[i], name)) return arguments->values[i] != NULL;
    return false;
}

const char *pensel_options_peek(const char *name, int argc, char **argv)
{
    size_t length = strlen(name);
    const char *found = NULL;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0 || strncmp(argv[i] + 2, name, length) != 0) continue;
        if (argv[i][2 + length] == '=') found = argv[i] + 3 + length;
        if (!argv[i][2 + length] && i + 1 < argc) found = argv[i + 1];
    }
    return found;
}
