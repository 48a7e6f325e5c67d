/* Checkpoints: options.checkpoint, and pensel_training_save and _load. */
#include "base/error.h"
#include "platform/float.h"
#include "base/memory.h"
#include "file/model.h"

#include <math.h>

typedef struct keeper {
    pensel_checkpoint base; /* first: a pointer to it is a pointer to the keeper */
    char *path, *resume;    /* NULL: not wanted */
} keeper;

static pensel_status fill(pensel_model_file *file, const pensel_checkpoint *about,
                          const pensel_training *training, pensel_training_state *state,
                          const pensel_random *random, pensel_error *error)
{
    if (about && about->estimator)
        PENSEL_TRY(pensel_estimator_put(file, about->estimator, error));
    else
        PENSEL_TRY(pensel_network_put(file, pensel_training_network(training), error));
    if (about && about->canvas) PENSEL_TRY(pensel_canvas_put(file, about->canvas, error));
    return pensel_training_put(file, training, state, random, error);
}

static pensel_status write_file(const char *path, const pensel_checkpoint *about,
                                const pensel_training *training, const pensel_random *random,
                                pensel_error *error)
{
    pensel_model_file *file;
    pensel_training_state state;
    PENSEL_TRY(pensel_model_file_new(&file, error));
    pensel_status status = fill(file, about, training, &state, random, error);
    if (status == PENSEL_OK) status = pensel_model_file_write(file, path, error);
    pensel_model_file_free(&file);
    return status;
}

static pensel_status read_file(const char *path, pensel_training *training, pensel_random *random,
                               pensel_error *error)
{
    pensel_model_file *file;
    PENSEL_TRY(pensel_model_file_read(&file, path, error));
    pensel_status status = pensel_training_get(training, random, file, error);
    pensel_model_file_free(&file);
    return status;
}

static pensel_status keep(pensel_checkpoint *checkpoint, const pensel_training *training,
                          const pensel_random *random, pensel_error *error)
{
    const keeper *k = (const keeper *)checkpoint;
    return k->path ? write_file(k->path, checkpoint, training, random, error) : PENSEL_OK;
}

/* Only the first run resumes; another fit with the same options starts from scratch. */
static pensel_status resume(pensel_checkpoint *checkpoint, pensel_training *training,
                            pensel_random *random, pensel_error *error)
{
    keeper *k = (keeper *)checkpoint;
    if (!k->resume) return PENSEL_OK;
    PENSEL_TRY(read_file(k->resume, training, random, error));
    pensel_release(k->resume);
    k->resume = NULL;
    return PENSEL_OK;
}

pensel_status pensel_checkpoint_new(pensel_checkpoint **checkpoint, const char *path,
                                    double seconds, const char *resume_path, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    keeper *k;
    if (!checkpoint)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT, "checkpoint is NULL: give it a place");
    *checkpoint = NULL;
    if (!(seconds >= 0))
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "a checkpoint every %g seconds: 0 or more is expected", seconds);
    PENSEL_TRY(PENSEL_NEW(k, 1, error));
    k->base.seconds = path ? seconds : INFINITY;
    k->base.save = keep;
    k->base.load = resume;
    *checkpoint = &k->base;
    pensel_status status = path ? pensel_duplicate(&k->path, path, error) : PENSEL_OK;
    if (status == PENSEL_OK && resume_path)
        status = pensel_duplicate(&k->resume, resume_path, error);
    if (status != PENSEL_OK) pensel_checkpoint_free(checkpoint);
    return status;
}

void pensel_checkpoint_free(pensel_checkpoint **checkpoint)
{
    keeper *k = checkpoint ? (keeper *)*checkpoint : NULL;
    if (!k) return;
    *checkpoint = NULL;
    pensel_release(k->path);
    pensel_release(k->resume);
    pensel_release(k);
}

static pensel_status check(const pensel_training *training, const pensel_random *random,
                           const char *path, pensel_error *error)
{
    if (training && random && path) return PENSEL_OK;
    return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                       "training, random or path is NULL: a checkpoint needs all three");
}

pensel_status pensel_training_save(const pensel_training *training, const pensel_random *random,
                                   const char *path, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_TRY(check(training, random, path, error));
    return write_file(path, NULL, training, random, error);
}

pensel_status pensel_training_load(pensel_training *training, pensel_random *random,
                                   const char *path, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_TRY(check(training, random, path, error));
    return read_file(path, training, random, error);
}
