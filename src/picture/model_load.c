/* A model file as what it is, opened and read once. Each room has its part of it, one key in the
 * settings and some tensors, which it writes and reads itself:
 *
 *   "format", "network"   src/network/network_file.h
 *   "training"            src/training/training_file.h
 *   "estimator", "table"  src/estimator/estimator_file.h
 *   "canvas"              src/picture/painting_file.h
 */
#include "platform/float.h"
#include "base/error.h"
#include "base/memory.h"
#include "estimator/estimator_file.h"
#include "picture/painting_file.h"

struct pensel_model {
    pensel_estimator *estimator; /* NULL: it is the painting's, or there is none */
    pensel_painting *painting;
    pensel_table_model *table; /* one of the three is there */
};

static pensel_status get(pensel_model *model, const pensel_model_file *file, pensel_error *error)
{
    if (pensel_json_member(file->settings, "table"))
        return pensel_table_model_get(&model->table, file, error);
    if (pensel_json_member(file->settings, "canvas"))
        return pensel_painting_get(&model->painting, file, error);
    return pensel_estimator_get(&model->estimator, file, error);
}

/* The file is not needed any more: the model has copies. */
static pensel_status make(pensel_model **model, pensel_model_file *file, pensel_error *error)
{
    pensel_status status = PENSEL_NEW(*model, 1, error);
    if (status == PENSEL_OK) status = get(*model, file, error);
    if (status != PENSEL_OK) pensel_model_free(model);
    pensel_model_file_free(&file);
    return status;
}

pensel_status pensel_model_load(pensel_model **model, const char *path, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_model_file *file;
    PENSEL_REQUIRE(model && path, BAD_ARGUMENT, "model or path is NULL: both are needed");
    *model = NULL;
    PENSEL_TRY(pensel_model_file_read(&file, path, error));
    return make(model, file, error);
}

pensel_status pensel_model_parse(pensel_model **model, const void *bytes, size_t size,
                                 const char *name, pensel_error *error)
{
    pensel_model_file *file;
    *model = NULL;
    PENSEL_TRY(pensel_model_file_parse(&file, bytes, size, name, error));
    return make(model, file, error);
}

void pensel_model_free(pensel_model **model)
{
    if (!model || !*model) return;
    pensel_estimator_free(&(*model)->estimator);
    pensel_painting_free(&(*model)->painting);
    pensel_table_model_free(&(*model)->table);
    pensel_release(*model);
    *model = NULL;
}

const pensel_estimator *pensel_model_estimator(const pensel_model *model)
{
    if (!model) return NULL;
    return model->painting ? pensel_painting_estimator(model->painting) : model->estimator;
}

const pensel_painting *pensel_model_painting(const pensel_model *model)
{
    return model ? model->painting : NULL;
}

const pensel_table_model *pensel_model_table(const pensel_model *model)
{
    return model ? model->table : NULL;
}
