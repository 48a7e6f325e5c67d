/* Model files: loaded as an estimator, as a painting and as a table's model. */
#include "fuzz.h"

#include "estimator/estimator_file.h"
#include "picture/painting_file.h"
#include "mutate.h"
#include "used.h"

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
