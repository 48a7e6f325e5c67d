/* Sentences that say what was taken for what. */
#ifndef PENSEL_TABLE_NOTES_H
#define PENSEL_TABLE_NOTES_H

#include "pensel.h"

typedef struct pensel_notes {
    char **texts; /* (count) */
    size_t count;
} pensel_notes;

/* After a good many of them nothing is added. */
pensel_status pensel_notes_add(pensel_notes *notes, pensel_error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void pensel_notes_clear(pensel_notes *notes);

#endif
