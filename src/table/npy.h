/* NumPy's .npy arrays: what the header says, and a walk over the values. */
#ifndef PENSEL_TABLE_NPY_H
#define PENSEL_TABLE_NPY_H

#include "table/source.h"

typedef struct npy_type {
    char kind;   /* f i u b: numbers; M: datetime64; S U: text of bytes or of 4-byte characters */
    size_t item; /* bytes */
    bool swap;   /* of the other byte order */
    double seconds; /* of datetime64's unit */
} npy_type;

/* A column of a structured array. */
typedef struct npy_field {
    char *name;
    npy_type type;
    size_t offset; /* in a record */
} npy_field;

typedef struct npy {
    pensel_source *source;
    pensel_error *error;
    npy_type type;     /* of a plain array's numbers */
    npy_field *fields; /* (columns) of a structured one; NULL: plain */
    size_t record;     /* bytes of a row; of a number where columns stand one behind another */
    bool fortran;
    size_t rows, columns;
} npy;

/* Reads the header and compares the size of what follows with it. */
pensel_status pensel_npy_begin(npy *n, pensel_source *source, pensel_error *error);
void pensel_npy_end(npy *n);
/* x1, x2... or the fields' names; pensel_plan_names_free frees them. */
pensel_status pensel_npy_names(char ***names, const npy *n);

static inline const npy_type *pensel_npy_type(const npy *n, size_t column)
{
    return n->fields ? &n->fields[column].type : &n->type;
}
static inline bool pensel_npy_is_text(const npy_type *type)
{
    return type->kind == 'S' || type->kind == 'U';
}

/* Called with each value in the file's order; the bytes are in this machine's. */
typedef pensel_status npy_visitor(void *self, size_t row, size_t column, const npy_type *type,
                                  const unsigned char *bytes);
pensel_status pensel_npy_walk(npy *n, npy_visitor *visit, void *self);

/* datetime64 as seconds since 1970 began; NaN where there is none. */
double pensel_npy_number(const npy_type *type, const unsigned char *bytes);
/* Whole numbers from 2^53 on are not all doubles: is this one that may have been changed? */
bool pensel_npy_is_rounded(const npy_type *type, double value);
/* Into `text`, which has room for 4 * item bytes. Its length, without the zeros at the end. */
size_t pensel_npy_text(char *text, const npy_type *type, const unsigned char *bytes);

#endif
