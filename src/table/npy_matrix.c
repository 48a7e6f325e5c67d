/* An array's numbers straight into a matrix, by the plan that a CSV file's columns have too. Whole
 * numbers that a double cannot hold are refused: two identifiers would silently be one.
 *
 * Unlike a CSV file an array has no text for labels: classes are numbers, in y of double. */
#include "table/npy.h"

#include "base/error.h"
#include "base/matrix.h"
#include "base/memory.h"
#include "table/table.h"

#include <float.h>
#include <math.h>

/* x (rows, inputs), y (rows, targets) and weights (rows) are this struct's until the table has
 * them. */
typedef struct npy_matrix {
    npy npy;
    const pensel_table_options *options;
    pensel_error *error;
    pensel_plan plan;
    void *x, *y, *weights;
    size_t real, y_real; /* bytes of a number of x and the weights, and of y */
} npy_matrix;

/* block[i] in the precision of the block, by the bytes of a number. */
static void put(void *block, size_t real, size_t i, double value)
{
    if (real == sizeof(float))
        ((float *)block)[i] = (float)value;
    else
        ((double *)block)[i] = value;
}

/* An npy_visitor: a value to x, y or weights. The comparison is false for NaN, too, which is
 * refused. */
static pensel_status take(void *self, size_t row, size_t column, const npy_type *type,
                          const unsigned char *bytes)
{
    npy_matrix *m = self;
    pensel_error *error = m->error;
    size_t role = m->plan.role[column];
    if (role == PENSEL_COLUMN_IGNORED) return PENSEL_OK;
    PENSEL_REQUIRE(!pensel_npy_is_text(type), BAD_DATA,
                   "%s has text in column %zu: numbers are expected (or drop the column)",
                   m->npy.source->name, column + 1);
    double value = pensel_npy_number(type, bytes);
    PENSEL_REQUIRE(
        !pensel_npy_is_rounded(type, value), BAD_DATA,
        "%s: row %zu, column %zu has a whole number beyond 2^53, which a double cannot "
        "tell from its neighbours: save it as text, or as float64 if that does not matter",
        m->npy.source->name, row + 1, column + 1);
    PENSEL_REQUIRE(fabs(value) <= (m->real == sizeof(float) ? FLT_MAX : DBL_MAX), BAD_DATA,
                   "%s has %g in row %zu, column %zu: finite numbers that fit are expected",
                   m->npy.source->name, value, row + 1, column + 1);
    if (role == PENSEL_COLUMN_WEIGHT)
        put(m->weights, m->real, row, value);
    else if (pensel_column_is_target(role))
        put(m->y, m->y_real, row * m->plan.targets + role - PENSEL_COLUMN_TARGET, value);
    else
        put(m->x, m->real, row * m->plan.inputs + role, value);
    return PENSEL_OK;
}

/* Rows are known from the header, which has been compared with the size of the file. */
static pensel_status make_room(npy_matrix *m)
{
    size_t count, targets, rows = m->npy.rows;
    if (!pensel_multiply(&count, rows, m->plan.inputs) ||
        !pensel_multiply(&targets, rows, m->plan.targets))
        return pensel_fail_memory(m->error, rows, m->npy.columns);
    PENSEL_TRY(pensel_resize(&m->x, count, m->real, m->error));
    if (targets) PENSEL_TRY(pensel_resize(&m->y, targets, m->y_real, m->error));
    if (m->plan.weights) PENSEL_TRY(pensel_resize(&m->weights, rows, m->real, m->error));
    return PENSEL_OK;
}

/* The plan has copied the names that it needs. Blocks go to the table only when every value has
 * been taken: until then a failure frees them here. */
static pensel_status read_all(npy_matrix *m, pensel_table *table, pensel_source *source)
{
    char **names;
    pensel_precision precision = m->options->precision;
    PENSEL_TRY(pensel_npy_begin(&m->npy, source, m->error));
    PENSEL_TRY(pensel_npy_names(&names, &m->npy));
    pensel_status status = pensel_plan_make(&m->plan, table, m->options, names, m->npy.columns,
                                            m->npy.fields != NULL, source->name, m->error);
    pensel_plan_names_free(names, m->npy.columns);
    PENSEL_TRY(status);
    PENSEL_TRY(make_room(m));
    PENSEL_TRY(pensel_npy_walk(&m->npy, take, m));
    table->x = (pensel_matrix){m->x, m->npy.rows, m->plan.inputs, precision};
    if (m->y)
        table->y = (pensel_matrix){m->y, m->npy.rows, m->plan.targets,
                                   m->y_real == sizeof(float) ? PENSEL_FLOAT32 : PENSEL_FLOAT64};
    if (m->weights) table->weights = (pensel_matrix){m->weights, m->npy.rows, 1, precision};
    m->x = m->y = m->weights = NULL;
    return PENSEL_OK;
}

pensel_status pensel_npy_read(pensel_table *table, pensel_source *source,
                              const pensel_table_options *options, pensel_error *error)
{
    npy_matrix m = {.options = options, .error = error};
    m.real = pensel_precision_size(options->precision);
    m.y_real = options->classify ? sizeof(double) : m.real;
    pensel_status status = read_all(&m, table, source);
    pensel_npy_end(&m.npy);
    pensel_release(m.plan.role);
    pensel_release(m.x);
    pensel_release(m.y);
    pensel_release(m.weights);
    return status;
}
