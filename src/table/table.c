/* Tables of numbers: recognising the format, and freeing a table. A pensel_table is a matrix, read
 * at once and without a schema, as `--preset scikit-learn` and whoever has numbers alone want it;
 * what a table of columns of all types goes through begins in columns.c. */
#include "table/table.h"

#include "platform/float.h"
#include "base/error.h"
#include "base/memory.h"

#include <string.h>

pensel_table_options pensel_table_defaults(void)
{
    return (pensel_table_options){.precision = PENSEL_FLOAT32};
}

/* By the first bytes, not the name: an array of NumPy's says what it is, all else is text. After a
 * failure there is no table. */
pensel_status pensel_table_parse(pensel_table **table, pensel_source *source,
                                 const pensel_table_options *options, pensel_error *error)
{
    *table = NULL;
    PENSEL_TRY(pensel_source_need(source, 6, error));
    PENSEL_TRY(PENSEL_NEW(*table, 1, error));
    bool npy = source->end >= 6 && memcmp(source->buffer, "\x93NUMPY", 6) == 0;
    pensel_status status = npy ? pensel_npy_read(*table, source, options, error)
                               : pensel_csv_read(*table, source, options, error);
    if (status != PENSEL_OK) pensel_table_free(table);
    return status;
}

/* Options are checked before the file is opened: a wrong one is no fault of the table's. */
pensel_status pensel_table_read(pensel_table **table, const char *path,
                                const pensel_table_options *options, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_source source;
    if (!table || !path || !options)
        return pensel_fail(
            error, PENSEL_BAD_ARGUMENT,
            "table, path or options is NULL: options start from pensel_table_defaults");
    *table = NULL;
    if ((unsigned)options->precision > PENSEL_FLOAT64)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "precision %d is unknown: float32 or float64", (int)options->precision);
    PENSEL_REQUIRE(pensel_header_name(options->header), BAD_ARGUMENT,
                   "header %d is unknown: auto, yes or no", (int)options->header);
    PENSEL_TRY(pensel_source_open(&source, path, options->stream, error));
    pensel_status status = pensel_table_parse(table, &source, options, error);
    pensel_source_close(&source);
    return status;
}

/* A table that failed half way has counts before it has what they count: hence the checks. x, y and
 * weights are const for readers; a reader of this room allocated them, so they are freed here. */
void pensel_table_free(pensel_table **address)
{
    pensel_table *table = address ? *address : NULL;
    if (!table) return;
    *address = NULL;
    for (size_t i = 0; table->names && i < table->x.columns; i++)
        pensel_release(table->names[i]);
    for (size_t i = 0; table->target_names && i < table->y.columns; i++)
        pensel_release(table->target_names[i]);
    for (size_t i = 0; table->classes && i < table->class_count; i++)
        pensel_release(table->classes[i]);
    for (size_t i = 0; i < table->note_count; i++)
        pensel_release(table->notes[i]);
    pensel_release(table->notes);
    pensel_release(table->names);
    pensel_release(table->classes);
    pensel_release(table->target_names);
    pensel_release((void *)table->x.data);
    pensel_release((void *)table->y.data);
    pensel_release((void *)table->weights.data);
    pensel_release(table);
}
