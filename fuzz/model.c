/* Model files: loaded as an estimator, which predicts, and as a painting, which is rendered. */
#include "fuzz.h"

#include "estimator/estimator_file.h"
#include "picture/painting_file.h"
#include "mutate.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    pensel_model_file *file;
    pensel_estimator *estimator;
    pensel_painting *painting;
    pensel_error error;
    if (pensel_model_file_parse(&file, bytes, size, "fuzz", &error) != PENSEL_OK) return 0;
    if (pensel_estimator_get(&estimator, file, &error) == PENSEL_OK) predict(estimator);
    if (pensel_painting_get(&painting, file, &error) == PENSEL_OK) paint(painting);
    pensel_estimator_free(&estimator);
    pensel_painting_free(&painting);
    pensel_model_file_free(&file);
    return 0;
}
