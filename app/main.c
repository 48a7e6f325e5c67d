/* pensel: networks of artificial neurons, and pictures painted by them. Everything is done by a
 * subcommand: command.h has the table. */
#include "command.h"
#include "interrupt.h"
#include "app_memory.h"
#include "pensel.h"
#include "message.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const pensel_command *const commands[] = {
#define COMMAND_ENTRY(name) &pensel_command_##name,
    PENSEL_COMMAND_LIST(COMMAND_ENTRY)
#undef COMMAND_ENTRY
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static const pensel_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (!strcmp(commands[i]->name, name)) return commands[i];
    return NULL;
}

static int show_help(void)
{
    puts("pensel: networks of artificial neurons, and pictures painted by them\n\n"
         "Usage: pensel COMMAND [OPTIONS]\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
    puts("\nBegin with:\n"
         "  pensel paint PICTURE         paint a picture with a network trained on it\n"
         "  pensel help COMMAND          every option of a command\n"
         "  man pensel                   all of it, with examples");
    return 0;
}

static int unknown(const char *name)
{
    char known[256] = "";
    const char *names[COMMAND_COUNT + 1];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i]->name;
    names[COMMAND_COUNT] = "help";
    const char *near = pensel_word_near(name, names, COMMAND_COUNT + 1);
    if (near) return pensel_message_usage("%.60s is not a command: did you mean %s?", name, near);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        strcat(known, i ? ", " : "");
        strcat(known, commands[i]->name);
    }
    return pensel_message_usage("%.60s is not a command: one of %s is needed", name, known);
}

static int help(int argc, char **argv)
{
    if (argc < 2) return show_help();
    /* for the shells' completion: the commands, or a command's options, a line each */
    bool list = !strcmp(argv[1], "--list");
    if (list && argc == 2) {
        for (size_t i = 0; i < COMMAND_COUNT; i++)
            printf("%s\t%s\n", commands[i]->name, commands[i]->summary);
        return 0;
    }
    const pensel_command *command = find_command(argv[argc - 1]);
    if (!command) return unknown(argv[argc - 1]);
    char *arguments[] = {argv[argc - 1], list ? "--list-options" : "--help", NULL};
    return command->run(command, 2, arguments);
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        show_help();
        return 2;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("pensel %s\n", pensel_version());
        return 0;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) return show_help();
    if (!strcmp(argv[1], "help")) return help(argc - 1, argv + 1);
    if (argv[1][0] == '-')
        return pensel_message_usage("%.60s: a command comes first: see 'pensel help'", argv[1]);
    const pensel_command *command = find_command(argv[1]);
    return command ? command->run(command, argc - 1, argv + 1) : unknown(argv[1]);
}

/* If standard output or error is closed, the next file opened would get its number and be written
 * to by mistake. So each is opened on something that cannot be written. */
static void hold_standard_files(void)
{
    for (int file = 0; file <= 2; file++)
        if (fcntl(file, F_GETFD) < 0) open("/dev/null", file == 0 ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
    hold_standard_files();
    pensel_memory_prepare();
    setlocale(LC_CTYPE, "");
    pensel_interrupt_clean();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is reported as an error, */
    signal(SIGXFSZ, SIG_IGN); /* and so is a file that exceeds the size limit */
    int status = run(argc, argv);
    return status == 0 ? pensel_message_end() : status;
}
