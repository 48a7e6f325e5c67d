/* Tables: what csv.c and npy.c have in common.
 *
 *   source   bytes from a file or from memory, read piece by piece through one buffer
 *   plan     where each column of the file goes: into x, into y, or nowhere
 *
 * Only the matrix itself and the buffer take memory: x grows by remapping (see pensel_resize) and
 * is trimmed at the end. */
#ifndef PENSEL_TABLE_TABLE_H
#define PENSEL_TABLE_TABLE_H

#include "table/source.h"

#define PENSEL_COLUMN_IGNORED SIZE_MAX
#define PENSEL_COLUMN_WEIGHT (SIZE_MAX - 1)
#define PENSEL_COLUMN_TARGET (SIZE_MAX / 2) /* and above: columns of y */

typedef struct pensel_plan {
    size_t *role;   /* (count) of each column of the file: index in x, PENSEL_COLUMN_TARGET + index
                       in y, the weights, or ignored */
    size_t count;   /* columns of the file */
    size_t inputs;  /* columns of x */
    size_t targets; /* columns of y */
    size_t weights; /* 1, or 0 without */
} pensel_plan;

static inline bool pensel_column_is_target(size_t role)
{
    return role >= PENSEL_COLUMN_TARGET && role < PENSEL_COLUMN_WEIGHT;
}

/* names (count) are the file's column names; with named false they are made up, and options.columns
 * that are not among them stand for all other columns in their order. Fills in table's
 * names too. */
pensel_status pensel_plan_make(pensel_plan *plan, pensel_table *table,
                               const pensel_table_options *options, char *const *names,
                               size_t count, bool named, const char *file, pensel_error *error);

/* "x1", "x2"...: names for the `count` columns of a file without a header. Freed by
 * pensel_plan_names_free. */
pensel_status pensel_plan_names(char ***names, size_t count, pensel_error *error);
void pensel_plan_names_free(char **names, size_t count);

/* Fill in `table`; even after a failure pensel_table_free frees it. */
pensel_status pensel_csv_read(pensel_table *table, pensel_source *source,
                              const pensel_table_options *options, pensel_error *error);
pensel_status pensel_npy_read(pensel_table *table, pensel_source *source,
                              const pensel_table_options *options, pensel_error *error);
/* Calls one of the two, depending on the first bytes. */
pensel_status pensel_table_parse(pensel_table **table, pensel_source *source,
                                 const pensel_table_options *options, pensel_error *error);

#endif
