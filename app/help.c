#include "help.h"

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

void pensel_help_list(const pensel_option_group *groups)
{
    for (; groups->title; groups++)
        for (const pensel_option *o = groups->options; o->name; o++)
            printf("--%s\t%s\t%s\n", o->name, o->argument ? o->argument : "", o->help);
}
