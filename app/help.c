#include "help.h"

#include "app_memory.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

static int width_of(const pensel_option *o)
{
    return (int)(strlen(o->name) + (o->argument ? strlen(o->argument) + 1 : 0));
}

static int widest(const pensel_option_group *groups)
{
    int widest = 0;
    for (; groups->title; groups++)
        for (const pensel_option *o = groups->options; o->name; o++)
            widest = MAX(widest, width_of(o));
    return widest;
}

void pensel_help_show(const pensel_command *command, const pensel_option_group *groups)
{
    printf("pensel %s: %s\n\nUsage: pensel %s%s%s [OPTIONS]\n", command->name, command->summary,
           command->name, command->arguments[0] ? " " : "", command->arguments);
    int width = widest(groups);
    for (; groups->title; groups++) {
        printf("\n%s:\n", groups->title);
        for (const pensel_option *o = groups->options; o->name; o++) {
            char letter[] = {'-', o->letter, ',', 0};
            printf("  %s --%s%s%s%*s  %s\n", o->letter ? letter : "   ", o->name,
                   o->argument ? " " : "", o->argument ? o->argument : "", width - width_of(o), "",
                   o->help);
        }
    }
}

/* The words that an option takes, with blanks between them; "": any. */
static char *choices_of(const pensel_option *o)
{
    GString *text = g_string_new(NULL);
    const pensel_row_target *target = o->read == pensel_read_row ? o->target : NULL;
    const pensel_option_row *row = target ? pensel_option_find(target->table, o->name) : NULL;
    for (size_t i = 0; o->choice && o->choice(i); i++)
        pensel_append(text, "%s%s", i ? " " : "", o->choice(i));
    for (int i = 0; row && row->choice && row->choice(i); i++)
        pensel_append(text, "%s%s", i ? " " : "", row->choice(i));
    if (!text->len && o->argument && !strcmp(o->argument, "true|false"))
        g_string_append(text, "true false");
    return g_string_free(text, FALSE);
}

void pensel_help_list(const pensel_option_group *groups)
{
    for (; groups->title; groups++) {
        for (const pensel_option *o = groups->options; o->name; o++) {
            char *choices = choices_of(o);
            printf("--%s\t%s\t%s\t%s\t%s\n", o->name, o->argument ? o->argument : "", choices,
                   groups->title, o->help);
            g_free(choices);
        }
    }
}
