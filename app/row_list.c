#include "row_list.h"

#include "message.h"
#include "score_table.h"
#include "table_read.h"

#include <glib.h>
#include <string.h>

static pensel_table_options table_options(const pensel_asked *columns)
{
    pensel_table_options o = pensel_table_defaults();
    o.precision = columns->precision == PENSEL_FLOAT64 ? PENSEL_FLOAT64 : PENSEL_FLOAT32;
    o.target = columns->target;
    o.weight = columns->weight;
    o.drop = columns->drop;
    o.classify = columns->task == PENSEL_CLASSIFICATION;
    return o;
}

/* If the name of some class is a number, it is a column of numbers with something wrong in it. */
static bool all_words(const pensel_table *table)
{
    for (size_t c = 0; c < table->class_count; c++) {
        char *end;
        g_ascii_strtod(table->classes[c], &end);
        if (end != table->classes[c] && !*end) return false;
    }
    return table->class_count > 0;
}

/* A target column of words means classes, unless regression was asked for. */
pensel_status pensel_rows_read(pensel_rows *rows, pensel_asked *columns, pensel_error *error)
{
    pensel_table_options o = table_options(columns);
    pensel_table *words = NULL;
    pensel_status status =
        pensel_read_table(&rows->table, rows->path, &o, &columns->reading, error);
    if (status != PENSEL_BAD_DATA || columns->asked) return status;
    o.classify = true;
    pensel_error other = {0};
    pensel_status again = pensel_read_table(&words, rows->path, &o, &columns->reading, &other);
    if (again && error) *error = other; /* it got further: the target was no hindrance to it */
    if (again || !all_words(words)) {
        pensel_table_free(&words);
        return again ? again : status;
    }
    rows->table = words;
    columns->task = PENSEL_CLASSIFICATION;
    return PENSEL_OK;
}

pensel_status pensel_rows_read_more(pensel_rows *rows, const pensel_rows *known,
                                    const pensel_asked *columns, pensel_error *error)
{
    const pensel_table *table = known->table;
    const pensel_known what = {
        .task = columns->task,
        .precision = columns->precision,
        .inputs = table->x.columns,
        .input_names = (const char *const *)table->names,
        .class_count = table->class_count,
        .class_names = (const char *const *)table->classes,
    };
    return pensel_known_read(&rows->table, &what, rows->path, columns->target, columns->weight,
                             &columns->reading, error);
}

pensel_status pensel_rows_read_for(pensel_rows *rows, const pensel_estimator *estimator,
                                   const char *target, const char *weight,
                                   const pensel_reading *reading, pensel_error *error)
{
    return pensel_table_for(&rows->table, estimator, rows->path, target, weight, reading, error);
}

pensel_samples pensel_rows_samples(const pensel_rows *rows)
{
    const pensel_table *table = rows->table;
    return (pensel_samples){.x = table->x, .y = table->y, .weights = table->weights};
}

void pensel_rows_free(pensel_rows *rows)
{
    pensel_table_free(&rows->table);
}
