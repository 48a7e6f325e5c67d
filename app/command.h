/* The subcommands of the program.
 *
 * To add one: 1. write app/cmd_NAME.c, which defines `const pensel_command pensel_command_NAME`,
 * after the pattern of cmd_activations.c; 2. add its line to PENSEL_COMMAND_LIST, where it also
 * gets its position in `pensel help`: the build takes the file from there; 3. add the command to
 * docs/pensel.1 and to tests/cli/help.txt, and a case to tests/cli. Options are declared with
 * app/command_line.h, which also writes `pensel help NAME` and feeds the shells' completion. */
#ifndef PENSEL_APP_COMMAND_H
#define PENSEL_APP_COMMAND_H

typedef struct pensel_command {
    const char *name;
    const char *arguments; /* "PICTURE", as the usage line shows them */
    const char *summary;   /* one line, without a full stop */
    /* argv[0] is the command's name; returns the exit status: 0 done, 1 failed, 2 wrong usage,
     * 128 + n ended by signal n. */
    int (*run)(const struct pensel_command *command, int argc, char **argv);
} pensel_command;

#define PENSEL_COMMAND_LIST(X) \
    X(paint)                   \
    X(render)                  \
    X(fit)                     \
    X(predict)                 \
    X(score)                   \
    X(export)                  \
    X(import)                  \
    X(studio)                  \
    X(neuron)                  \
    X(activations)             \
    X(inspect)                 \
    X(bench)

/* The two that touch picture files stand twice: see picture_program.c. */
#define PENSEL_PAINT_SUMMARY "train a network on a picture and paint it"
#define PENSEL_RENDER_SUMMARY "paint again from a saved network, at any size"

#define PENSEL_COMMAND_DECLARE(name) extern const pensel_command pensel_command_##name;
PENSEL_COMMAND_LIST(PENSEL_COMMAND_DECLARE)
#undef PENSEL_COMMAND_DECLARE

#endif
