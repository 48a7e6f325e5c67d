/* The results of a command: lines for people, and the same figures as one JSON object. Nothing is
 * printed before the end, so that the output is either the one or the other. */
#ifndef PENSEL_APP_RESULT_H
#define PENSEL_APP_RESULT_H

#include "pensel.h"

#include "value.h"

typedef struct pensel_result pensel_result;

pensel_result *pensel_result_new(void);

/* "label   text", labels in one column. */
void pensel_result_line(pensel_result *result, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Lines that are laid out already (borrowed). */
void pensel_result_block(pensel_result *result, const char *text);

/* The lines of `part` after those of `result`, its figures as one object; part is taken. */
void pensel_result_nest(pensel_result *result, const char *key, pensel_result *part);

/* Figures of the JSON object. NaN and infinity, which JSON has no words for, become null. */
void pensel_result_number(pensel_result *result, const char *key, double value);
void pensel_result_count(pensel_result *result, const char *key, uint64_t value);
void pensel_result_text(pensel_result *result, const char *key, const char *value); /* NULL: null */
void pensel_result_flag(pensel_result *result, const char *key, bool value);
void pensel_result_json(pensel_result *result, const char *key, pensel_value *value); /* taken */

/* The lines, as they are printed; g_free. */
char *pensel_result_lines(const pensel_result *result);

/* Prints the lines, or the object when `json`, or nothing when `quiet`; frees. Returns the exit
 * status: 0. */
int pensel_result_finish(pensel_result *result, bool json, bool quiet);

void pensel_result_drop(pensel_result *result);

#endif
