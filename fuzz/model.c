/* Model files: loaded as an estimator, which predicts, as a painting, which is rendered, and as a
 * table's model, which predicts a row of its columns. */
#include "fuzz.h"

#include "estimator/estimator_file.h"
#include "estimator/table_model.h"
#include "picture/painting_file.h"
#include "mutate.h"

#include "table/schema.h"

#include <math.h>
#include <stdlib.h>

static void predict(const pensel_estimator *estimator)
{
    size_t inputs = pensel_estimator_inputs(estimator),
           targets = pensel_estimator_targets(estimator);
    double *x = calloc(inputs, sizeof *x), *y = calloc(targets, sizeof *y);
    if (x && y)
        pensel_estimator_predict(estimator, y, (pensel_matrix){x, 1, inputs, PENSEL_FLOAT64}, NULL);
    free(x);
    free(y);
}

static void paint(const pensel_painting *painting)
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
static void predict_row(const pensel_table_model *model)
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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    pensel_model_file *file;
    pensel_estimator *estimator;
    pensel_painting *painting;
    pensel_table_model *table;
    pensel_error error;
    if (pensel_model_file_parse(&file, bytes, size, "fuzz", &error) != PENSEL_OK) return 0;
    if (pensel_estimator_get(&estimator, file, &error) == PENSEL_OK) predict(estimator);
    if (pensel_painting_get(&painting, file, &error) == PENSEL_OK) paint(painting);
    if (pensel_table_model_get(&table, file, &error) == PENSEL_OK) predict_row(table);
    pensel_table_model_free(&table);
    pensel_estimator_free(&estimator);
    pensel_painting_free(&painting);
    pensel_model_file_free(&file);
    return 0;
}
