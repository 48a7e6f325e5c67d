/* Options of a command: declared once as a table, which gives the parsing (by GLib), the checks,
 * the help text and the words for the shells' completion.
 *
 *     size_t rounds = 5;
 *     bool json = false;
 *     const pensel_option options[] = {
 *         {.name = "rounds", .read = pensel_read_count, .target = &rounds, .low = 1,
 *          .argument = "N", .help = "how often each kernel runs"},
 *         {.name = "json", .target = &json, .help = "one JSON object on standard output"},
 *         {0}};
 *     const pensel_option_group groups[] = {{"Options", options}, {0}};
 *     pensel_arguments arguments;
 *     int status = pensel_options_parse(&arguments, command, groups, argc, argv);
 *     if (status != PENSEL_OPTIONS_GO) return status;
 *     ... arguments.words[0 .. arguments.count) ...
 *     pensel_options_free(&arguments);
 *
 * Values are checked when they are read; an invalid one ends the command with one line and exit
 * status 2. */
#ifndef PENSEL_APP_OPTIONS_H
#define PENSEL_APP_OPTIONS_H

#include "command.h"
#include "pensel.h"

typedef struct pensel_option pensel_option;

/* Reads `text` into option->target. */
typedef pensel_status (*pensel_option_reader)(const pensel_option *option, const char *text,
                                              pensel_error *error);

struct pensel_option {
    const char *name;          /* "learning-rate", without the dashes */
    char letter;               /* 'o', or 0 */
    pensel_option_reader read; /* NULL: a flag, whose target is a bool that becomes true; without an
                                  `argument` it reads "true" */
    void *target;
    const char *argument;                /* "FILE", as the help shows it */
    const char *help;                    /* one line; its default stands in it */
    double low, high;                    /* bounds of numbers; high 0: no upper bound */
    const char *(*choice)(size_t index); /* pensel_read_choice: names, NULL past the end */
};

/* An options struct of the library and its table: the target of pensel_read_row. */
typedef struct pensel_row_target {
    void *options;
    const pensel_option_table *table;
} pensel_row_target;

/* Appends the rows of the target's table, under all their names but those in `without` (which ends
 * with NULL; or NULL), to `options`, of which `room` are there and which ends with a zeroed one: so
 * an option is on the command line once it is in its table. The target is borrowed until the
 * parsing is done. */
void pensel_options_append(pensel_option *options, size_t room, pensel_row_target *target,
                           const char *const *without);
/* Appends one of them. */
void pensel_options_row(pensel_option *options, size_t room, pensel_row_target *target,
                        const char *name);

/* The library calls an option that has no effect by its member's name; here it is "--name". */
void pensel_options_name(pensel_error *error);

typedef struct pensel_option_group {
    const char *title;
    const pensel_option *options; /* ends with a zeroed one */
} pensel_option_group;

typedef struct pensel_arguments {
    char **words; /* what is left of the command line */
    size_t count;
    char **names, **values; /* (options) of each option its text, NULL where it was not given */
    size_t options;
} pensel_arguments;

#define PENSEL_OPTIONS_GO (-1)

/* PENSEL_OPTIONS_GO, or the exit status to return at once: after --help, or after an error was
 * told. */
int pensel_options_parse(pensel_arguments *arguments, const pensel_command *command,
                         const pensel_option_group *groups, int argc, char **argv);
void pensel_options_free(pensel_arguments *arguments);
/* The text after --name, before anything is parsed; NULL when it is not there. For options that
 * choose what the defaults of the others are. */
const char *pensel_options_peek(const char *name, int argc, char **argv);
/* Was --name on the command line? */
bool pensel_options_given(const pensel_arguments *arguments, const char *name);

/* Readers, and the type of their target. */
pensel_status pensel_read_text(const pensel_option *, const char *,
                               pensel_error *); /* const char * */
pensel_status pensel_read_count(const pensel_option *, const char *, pensel_error *);  /* size_t */
pensel_status pensel_read_number(const pensel_option *, const char *, pensel_error *); /* double */
pensel_status pensel_read_choice(const pensel_option *, const char *, pensel_error *); /* an enum */
pensel_status pensel_read_row(const pensel_option *, const char *,
                              pensel_error *); /* pensel_row_target */
/* No target: the number of threads where no option of the library says it, which is what
 * PENSEL_THREADS means. */
pensel_status pensel_read_threads(const pensel_option *, const char *, pensel_error *);
pensel_status pensel_read_seed(const pensel_option *, const char *, pensel_error *); /* uint32_t */
pensel_status pensel_read_duration(const pensel_option *, const char *,
                                   pensel_error *); /* double, seconds */
pensel_status pensel_read_numbers(const pensel_option *, const char *,
                                  pensel_error *); /* pensel_numbers */
pensel_status pensel_read_size(const pensel_option *, const char *,
                               pensel_error *); /* pensel_numbers: W, H */

typedef struct pensel_numbers {
    double *values; /* g_free */
    size_t count;
} pensel_numbers;

#endif
