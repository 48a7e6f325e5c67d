/* Class labels: each distinct text gets a code, in order of appearance. */
#ifndef PENSEL_TABLE_LABELS_H
#define PENSEL_TABLE_LABELS_H

#include "pensel.h"

/* More different values than this are hardly meant as classes. */
enum { PENSEL_MOST_CLASSES = 65536 };

typedef struct pensel_labels {
    char **texts; /* (count) in order of appearance */
    size_t count, capacity;
    size_t *slots; /* hash table of slot_count: code + 1, or 0 */
    size_t slot_count;
    size_t last; /* the most recent code, tried first because tables are often sorted by class */
} pensel_labels;

/* The code of `text`, ignoring surrounding spaces. `file` is its name for errors. */
pensel_status pensel_labels_find(size_t *code, pensel_labels *labels, const char *text,
                                 size_t length, const char *file, pensel_error *error);
/* What the codes mean. If every text is a number that could be written in no other way,
 * codes[old] is that number and names is NULL; otherwise it is the text's index among the sorted
 * names (name_count), which the caller then owns. */
pensel_status pensel_labels_settle(double **codes, char ***names, size_t *name_count,
                                   pensel_labels *labels, pensel_error *error);
void pensel_labels_clear(pensel_labels *labels);

/* A copy of text as UTF-8; if it is not valid UTF-8 it is assumed to be Windows-1252. */
pensel_status pensel_text_copy(char **copy, const char *text, size_t length, pensel_error *error);

#endif
