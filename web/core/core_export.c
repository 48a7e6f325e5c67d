/* A network as a file: a model that pensel opens, or what other programs read. */
#include "core.h"

#include "base/error.h"
#include "base/memory.h"
#include "estimator/estimator.h"
#include "picture/painting_file.h"

typedef pensel_status name_function(pensel_estimator *estimator, const char *const *names,
                                    size_t count, pensel_error *error);

static pensel_status give_names(pensel_estimator *estimator, name_function *name, const char *text,
                                pensel_error *error)
{
    char **lines, *block;
    size_t count;
    PENSEL_TRY(pensel_core_lines(&lines, &block, &count, text, error));
    pensel_status status =
        count ? name(estimator, (const char *const *)lines, count, error) : PENSEL_OK;
    pensel_release(lines);
    pensel_release(block);
    return status;
}

/* Each of the names is a line; an empty text leaves them as they are. */
PENSEL_CORE(pensel_status, job_name)
(pensel_job *job, const char *inputs, const char *classes, const char *targets)
{
    pensel_error *error = &pensel_core.error;
    pensel_estimator *estimator = (pensel_estimator *)pensel_job_estimator(job);
    PENSEL_TRY(give_names(estimator, pensel_estimator_name_inputs, inputs, error));
    PENSEL_TRY(give_names(estimator, pensel_estimator_name_classes, classes, error));
    return give_names(estimator, pensel_estimator_name_targets, targets, error);
}

PENSEL_CORE(pensel_status, job_save)
(const pensel_job *job, const char *path)
{
    pensel_error *error = &pensel_core.error;
    if (pensel_job_painting(job))
        return pensel_painting_save(pensel_job_painting(job), path, error);
    return pensel_estimator_save(pensel_job_estimator(job), path, error);
}

PENSEL_CORE(pensel_status, job_load)
(pensel_job *job, const char *path)
{
    pensel_error *error = &pensel_core.error;
    PENSEL_TRY(pensel_model_load(&job->model, path, error));
    PENSEL_REQUIRE(!pensel_model_table(job->model), UNSUPPORTED,
                   "%s is the model of a table: read it with a table beside it", path);
    return pensel_job_describe(job, error);
}

/* [{"name": "onnx", "help": "..."}] */
PENSEL_CORE(pensel_status, export_targets)
(void)
{
    pensel_json_writer *text = pensel_core_begin('[');
    for (size_t i = 0; pensel_export_target(i); i++) {
        pensel_json_open(text, NULL, '{');
        pensel_json_put_string(text, "name", pensel_export_target(i));
        pensel_json_put_string(text, "help", pensel_export_help(i));
        pensel_json_close(text, '}');
    }
    return pensel_core_end(']');
}

/* As `pensel export` writes the saved model; the path's ending is the target. */
PENSEL_CORE(pensel_status, job_export)
(const pensel_job *job, const char *path)
{
    const pensel_export_options o = pensel_export_defaults();
    pensel_exported exported = {.painting = pensel_job_painting(job)};
    if (!exported.painting) exported.estimator = pensel_job_estimator(job);
    return pensel_export(&exported, path, &o, &pensel_core.error);
}
