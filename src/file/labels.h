/* Texts that name classes: each distinct one gets a code in order of appearance. */
#ifndef PENSEL_FILE_LABELS_H
#define PENSEL_FILE_LABELS_H

#include "pensel.h"

typedef struct pensel_labels {
    char **texts; /* (count) in order of appearance */
    size_t count, capacity;
    size_t *slots; /* hash table of slot_count: code + 1, or 0 */
    size_t slot_count;
    size_t last; /* the code found last: tables are often sorted by class */
} pensel_labels;

/* The code of `text`, spaces around it dropped. */
pensel_status pensel_labels_find(size_t *code, pensel_labels *labels, const char *text,
                                 size_t length, const char *file, pensel_error *error);
/* What the codes stand for: codes[old] is the number itself, with names NULL, when every text is a
 * number; else its place among the sorted names (name_count), which the caller gets. */
pensel_status pensel_labels_settle(double **codes, char ***names, size_t *name_count,
                                   pensel_labels *labels, pensel_error *error);
void pensel_labels_clear(pensel_labels *labels);

/* A copy of text as UTF-8: bytes that are none are taken for Latin-1. */
pensel_status pensel_text_copy(char **copy, const char *text, size_t length, pensel_error *error);

#endif
