/* What the program says: errors in one line on standard error, results on standard output. */
#ifndef PENSEL_APP_MESSAGE_H
#define PENSEL_APP_MESSAGE_H

#include "pensel.h"

/* Fills *error and returns status; the text is "what is wrong: what would be right". */
pensel_status pensel_wrong(pensel_error *error, pensel_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A name may hold a newline or an escape sequence, or have been cut within a character: in place,
 * control characters become '?', and what is no UTF-8 is taken away. Returns text. */
char *pensel_message_clean(char *text);

/* "pensel: what was taken for what", one line that is no error. */
void pensel_message_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "pensel: what is wrong: what would be right"; returns the exit status that goes with it. */
int pensel_message_error(const pensel_error *error);
/* The same, for wrong usage: returns 2. */
int pensel_message_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Flushes standard output: 0 if all of it was written, otherwise 1 and an error. A reader that has
 * closed the pipe has what it wanted: no error, and the status of a program that SIGPIPE ends. */
int pensel_message_end(void);

#endif
