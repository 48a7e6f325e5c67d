/* One column of an Arrow array: its values, whatever their layout is in memory. */
#ifndef PENSEL_TABLE_ARROW_VALUE_H
#define PENSEL_TABLE_ARROW_VALUE_H

#include "pensel.h"

typedef enum arrow_kind {
    ARROW_NULL,
    ARROW_NUMBER,
    ARROW_BOOL,
    ARROW_TEXT,
    ARROW_TIME,
    ARROW_DICTIONARY,
    ARROW_UNKNOWN
} arrow_kind;

/* From the format string of a schema. */
typedef struct arrow_type {
    arrow_kind kind;
    char code;    /* the format's first letter, or v for views */
    size_t size;  /* bytes of a number */
    double scale; /* what a number is multiplied by, and a decimal, d, divided by */
} arrow_type;

arrow_type pensel_arrow_type(const struct ArrowSchema *schema);
/* What columns of a type that is not read have: "lists" */
const char *pensel_arrow_other(const char *format);
/* How many buffers an array of this type has at least. */
int64_t pensel_arrow_buffers(const arrow_type *type);
/* Whether value `at` is there; `at` counts from the beginning of the buffers. */
bool pensel_arrow_is_valid(const struct ArrowArray *array, size_t at);
/* A number; of a dictionary its index. */
double pensel_arrow_number(const arrow_type *type, const struct ArrowArray *array, size_t at);
/* A text, which the array holds; false: its length is no length. */
bool pensel_arrow_text(const char **text, size_t *length, const arrow_type *type,
                       const struct ArrowArray *array, size_t at);

#endif
