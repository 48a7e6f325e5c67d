/* Checkpoints: options.checkpoint, and pensel_training_save and _load.
 *
 * A checkpoint is a whole model file, so it can be used as a model at any time; the file is
 * replaced whole or not at all, so a crash while writing leaves the one before. The model around
 * the training belongs to rooms above this one, which enter their parts as a stack (checkpoint.h)
 * for as long as they train. */
#include "training/checkpoint.h"

#include "platform/float.h"
#include "base/error.h"
#include "base/memory.h"
#include "network/network_file.h"
#include "training/training_file.h"

#include <assert.h>
#include <math.h>

/* The depth of the stack is known from the code, not from data: a picture's canvas and estimator
 * are two. */
void pensel_checkpoint_enter(pensel_checkpoint *checkpoint, pensel_checkpoint_put put,
                             const void *object)
{
    if (!checkpoint) return;
    assert(checkpoint->part_count < PENSEL_CHECKPOINT_PARTS);
    checkpoint->parts[checkpoint->part_count].put = put;
    checkpoint->parts[checkpoint->part_count++].object = object;
}

void pensel_checkpoint_leave(pensel_checkpoint *checkpoint)
{
    if (checkpoint) checkpoint->part_count--;
}

const void *pensel_checkpoint_part(const pensel_checkpoint *checkpoint, pensel_checkpoint_put put)
{
    for (size_t i = checkpoint->part_count; i-- > 0;)
        if (checkpoint->parts[i].put == put) return checkpoint->parts[i].object;
    return NULL;
}

/* Without parts the network is put here; otherwise the first part brings it. The training's own
 * state comes last: it only adds names of its own. */
static pensel_status fill(pensel_model_file *file, const pensel_checkpoint *checkpoint,
                          const pensel_training *training, pensel_training_state *state,
                          const pensel_random *random, pensel_error *error)
{
    size_t parts = checkpoint ? checkpoint->part_count : 0;
    if (parts == 0) PENSEL_TRY(pensel_network_put(file, pensel_training_network(training), error));
    for (size_t i = parts; i-- > 0;)
        PENSEL_TRY(checkpoint->parts[i].put(file, checkpoint->parts[i].object, error));
    return pensel_training_put(file, training, state, random, error);
}

/* `state` is views of the training, and must live until the file is written. */
static pensel_status write_file(const char *path, const pensel_checkpoint *checkpoint,
                                const pensel_training *training, const pensel_random *random,
                                pensel_error *error)
{
    pensel_model_file *file;
    pensel_training_state state;
    PENSEL_TRY(pensel_model_file_new(&file, error));
    pensel_status status = fill(file, checkpoint, training, &state, random, error);
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

pensel_status pensel_checkpoint_save(const pensel_checkpoint *checkpoint,
                                     const pensel_training *training, const pensel_random *random,
                                     pensel_error *error)
{
    if (checkpoint->save) return checkpoint->save(checkpoint, training, random, error);
    return checkpoint->path ? write_file(checkpoint->path, checkpoint, training, random, error)
                            : PENSEL_OK;
}

/* Only the first run resumes; another fit with the same options starts from scratch. So the path is
 * forgotten once the file has been read, but not if reading fails: then one may try again. */
pensel_status pensel_checkpoint_resume(pensel_checkpoint *checkpoint, pensel_training *training,
                                       pensel_random *random, pensel_error *error)
{
    if (checkpoint->load) return checkpoint->load(checkpoint, training, random, error);
    if (!checkpoint->resume) return PENSEL_OK;
    PENSEL_TRY(read_file(checkpoint->resume, training, random, error));
    pensel_release(checkpoint->resume);
    checkpoint->resume = NULL;
    return PENSEL_OK;
}

/* Without a path it is never due: infinity seconds. !(seconds >= 0) refuses NaN as well. */
pensel_status pensel_checkpoint_new(pensel_checkpoint **checkpoint, const char *path,
                                    double seconds, const char *resume, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    if (!checkpoint)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "checkpoint is NULL: a pointer that receives it is needed");
    *checkpoint = NULL;
    if (!(seconds >= 0))
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "a checkpoint every %g seconds: 0 or more is expected", seconds);
    PENSEL_TRY(PENSEL_NEW(*checkpoint, 1, error));
    pensel_checkpoint *c = *checkpoint;
    c->seconds = path ? seconds : INFINITY;
    pensel_status status = path ? pensel_duplicate(&c->path, path, error) : PENSEL_OK;
    if (status == PENSEL_OK && resume) status = pensel_duplicate(&c->resume, resume, error);
    if (status != PENSEL_OK) pensel_checkpoint_free(checkpoint);
    return status;
}

void pensel_checkpoint_free(pensel_checkpoint **checkpoint)
{
    if (!checkpoint || !*checkpoint) return;
    pensel_release((*checkpoint)->path);
    pensel_release((*checkpoint)->resume);
    pensel_release(*checkpoint);
    *checkpoint = NULL;
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
