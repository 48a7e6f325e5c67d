/* What was accepted is used: an estimator predicts, a painting is rendered, and a table's model
 * predicts a row of its columns. */
#ifndef PENSEL_FUZZ_USED_H
#define PENSEL_FUZZ_USED_H

#include "estimator/table_model.h"
#include "pensel.h"

#include "table/schema.h"

#include <math.h>
#include <stdlib.h>

static inline void predict(const pensel_estimator *estimator)
{
    size_t inputs = pensel_estimator_inputs(estimator),
           targets = pensel_estimator_targets(estimator);
    double *x = calloc(inputs, sizeof *x), *y = calloc(targets, sizeof *y);
    if (x && y)
        pensel_estimator_predict(estimator, y, (pensel_matrix){x, 1, inputs, PENSEL_FLOAT64}, NULL);
    free(x);
    free(y);
}

static inline void paint(const pensel_painting *painting)
{
    float pixels[4 * 4 * 4];
    pensel_render_options o = pensel_render_defaults();
    o.width = o.height = 4;
    o.threads = 1;
    o.mix = 0.5;
    pensel_painting_render(painting, pixels, 0, 4, &o, NULL);
    o.soft = true;
    pensel_painting_render(painting, pixels, 0, 4, &o, NULL);
}

/* A row of numbers, if there are not too many */
static inline void predict_row(const pensel_table_model *model)
{
    enum { MOST = 64 };
    static const double number = 1;
    const pensel_schema *schema = pensel_table_model_schema(model);
    pensel_column list[MOST] = {{0}};
    pensel_columns *columns;
    double y = 0;
    size_t count = pensel_schema_count(schema);
    for (size_t i = 0; i < count && i < MOST; i++)
        list[i] = (pensel_column){
            .name = schema->fields[i].name, .form = PENSEL_COLUMN_NUMBER, .numbers = &number};
    if (count > MOST || pensel_columns_new(&columns, 1, list, count, NULL) != PENSEL_OK) return;
    if (pensel_table_model_predict(model, &y, columns, NULL, NULL) == PENSEL_OK &&
        model->class_count > 0 && !(y >= 0 && y < (double)model->class_count))
        abort();
    pensel_columns_free(&columns);
}

static inline void use_imported(const pensel_imported *imported)
{
    const pensel_model *model = pensel_imported_model(imported);
    if (pensel_imported_estimator(imported)) predict(pensel_imported_estimator(imported));
    if (model && pensel_model_painting(model)) paint(pensel_model_painting(model));
    if (model && pensel_model_table(model)) predict_row(pensel_model_table(model));
}

#endif
