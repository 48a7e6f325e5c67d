/* The table of formats, and the public functions.
 *
 *     bytes -> format->read: stages -> check -> task -> check -> assemble -> measure
 *                            or a model that pensel itself has put there
 *
 * Stages are checked again once the task is settled, for it may add one. The estimator is made
 * only from stages that were checked, and measured against the same stages: the caller gets the
 * difference with it. */
#include "import/coming.h"

#include "base/memory.h"
#include "picture/painting_file.h"
#include "platform/float.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DECLARE(name) extern const pensel_format pensel_format_##name;
PENSEL_FORMAT_LIST(DECLARE)

static const pensel_format *const formats[] = {
#define ENTRY(name) &pensel_format_##name,
    PENSEL_FORMAT_LIST(ENTRY)};
enum { FORMATS = sizeof formats / sizeof *formats, LINE = 200 };

struct pensel_imported {
    pensel_estimator *estimator; /* NULL: the model's */
    pensel_model *model;         /* that came back whole, or NULL */
    char **read, **left;
    size_t read_count, left_count;
    double difference, largest;
};

const char *pensel_import_format(size_t i)
{
    return i < FORMATS ? formats[i]->name : NULL;
}

const char *pensel_import_help(size_t i)
{
    return i < FORMATS ? formats[i]->help : NULL;
}

pensel_import_options pensel_import_defaults(void)
{
    return (pensel_import_options){0};
}

/* ------------------------------------------------------------------ options */

static void known_formats(char *text, size_t size)
{
    for (size_t i = 0, at = 0; i < FORMATS && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%s", i ? " or " : "", formats[i]->name);
}

/* Files that are known and not read here */
static const char *other_way(const pensel_coming *coming)
{
    if (coming->size > 4 && memcmp(coming->bytes, "\x89HDF", 4) == 0)
        return "is HDF5, as Keras's .h5: in Python pensel.from_keras reads it";
    if (coming->size > 4 && memcmp(coming->bytes, "PK\3\4", 4) == 0)
        return "is a zip archive, as Keras's .keras and PyTorch's .pt: in Python pensel.from_keras "
               "reads the first, and safetensors.torch.save_file(net.state_dict(), FILE) writes "
               "what "
               "is read here";
    return NULL;
}

/* The format that is asked for, or the first that knows the bytes. Of files that are known but
 * not read here the sentence says what reads them. */
static pensel_status find(const pensel_format **format, const pensel_coming *coming,
                          pensel_error *error)
{
    const char *wanted = coming->options->format;
    char known[128];
    known_formats(known, sizeof known);
    for (size_t i = 0; i < FORMATS; i++)
        if (wanted ? strcmp(wanted, formats[i]->name) == 0
                   : formats[i]->is(coming->bytes, coming->size)) {
            *format = formats[i];
            return PENSEL_OK;
        }
    PENSEL_REQUIRE(!wanted, BAD_ARGUMENT,
                   "\"%.40s\" is no format that is read: one of %s is needed", wanted, known);
    PENSEL_REQUIRE(!other_way(coming), UNSUPPORTED, "%s %s", coming->name, other_way(coming));
    return pensel_fail(error, PENSEL_BAD_FILE,
                       "%s is no network of another program, or is cut off: a whole file of the "
                       "format %s is needed",
                       coming->name, known);
}

static pensel_status check_options(const pensel_import_options *o, const pensel_format *format,
                                   pensel_error *error)
{
    PENSEL_REQUIRE(format->names_layers || (!o->activation && !o->layers), BAD_ARGUMENT,
                   "activation and layers have no effect on the format %s, whose files say them "
                   "themselves",
                   format->name);
    PENSEL_REQUIRE(!o->task || strcmp(o->task, "regression") == 0 ||
                       strcmp(o->task, "classification") == 0,
                   BAD_ARGUMENT, "task \"%.40s\": regression or classification is needed", o->task);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ what the outputs are */

/* Activation of the last stage; identity: it is none */
static pensel_activation last_activation(const pensel_coming *coming)
{
    for (size_t i = coming->count; i-- > 0;) {
        const pensel_stage *s = &coming->stages[i];
        if (s->kind == PENSEL_STAGE_EXPECT) continue;
        return s->kind == PENSEL_STAGE_ACTIVATE ? s->activation : PENSEL_IDENTITY;
    }
    return PENSEL_IDENTITY;
}

/* Labels and softmax make a classification; a task that is asked for decides. Outputs that are no
 * probabilities yet, which is how PyTorch's and Keras's networks are trained, become some. */
static pensel_status settle_task(pensel_coming *coming, size_t outputs, pensel_error *error)
{
    const char *task = coming->options->task;
    pensel_activation last = last_activation(coming);
    if (task && strcmp(task, "regression") == 0) {
        coming->classifies = coming->labels = false;
        return PENSEL_OK;
    }
    if (last == PENSEL_SOFTMAX) coming->classifies = true;
    if (coming->classifies && coming->labels) { /* (1 - p, p) is written of both */
        coming->classifies = outputs == 1 || last == PENSEL_SOFTMAX;
        coming->labels = !coming->classifies;
    }
    if (task && !coming->classifies && !coming->labels) {
        coming->labels = last == PENSEL_LOGISTIC && outputs > 1;
        coming->classifies = !coming->labels;
    }
    bool probable = last == (coming->labels || outputs == 1 ? PENSEL_LOGISTIC : PENSEL_SOFTMAX);
    if ((!coming->classifies && !coming->labels) || probable) return PENSEL_OK;
    PENSEL_REQUIRE(last == PENSEL_IDENTITY, UNSUPPORTED,
                   "%s: a classification whose outputs are %s: logistic or softmax is read, or "
                   "outputs without an activation",
                   coming->name, pensel_activation_describe(last)->name);
    pensel_stage stage = {.kind = PENSEL_STAGE_ACTIVATE,
                          .in = outputs,
                          .activation =
                              coming->labels || outputs == 1 ? PENSEL_LOGISTIC : PENSEL_SOFTMAX};
    snprintf(stage.source, sizeof stage.source, "for probabilities");
    return pensel_coming_add(coming, &stage, error);
}

/* ------------------------------------------------------------------ what was read, in words */

/* What a stage is, for the caller who wants to see what was read. */
static void describe(char *line, size_t size, const pensel_stage *s)
{
    int at = snprintf(line, size, "%s: ", s->source);
    char *rest = line + at;
    size_t room = size - (size_t)at;
    switch (s->kind) {
    case PENSEL_STAGE_AFFINE:
        snprintf(rest, room, "%zu to %zu%s", s->in, s->out, s->c ? ", with biases" : "");
        break;
    case PENSEL_STAGE_MULTIPLY:
        snprintf(rest, room, s->out == 1 ? "times %.6g" : "a factor for each unit", s->w[0]);
        break;
    case PENSEL_STAGE_OFFSET:
        snprintf(rest, room, s->out == 1 ? "plus %.6g" : "an offset for each unit", s->w[0]);
        break;
    case PENSEL_STAGE_ACTIVATE: {
        const pensel_activation_info *info = pensel_activation_describe(s->activation);
        snprintf(rest, room, info->has_parameter ? "%s, %.6g" : "%s", info->name, s->parameter);
        break;
    }
    case PENSEL_STAGE_NORMALISE:
        snprintf(rest, room, "normalised, epsilon %.6g", s->parameter);
        break;
    case PENSEL_STAGE_LAYER:
        snprintf(rest, room, "%.120s, %zu to %zu", s->list, s->in, s->out);
        break;
    case PENSEL_STAGE_OPEN:
    case PENSEL_STAGE_CLOSE:
    case PENSEL_STAGE_EXPECT:
        snprintf(rest, room, s->kind == PENSEL_STAGE_OPEN ? "a residual begins" : "it is added");
    }
}

static pensel_status describe_all(pensel_imported *imported, const pensel_coming *coming,
                                  pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(imported->read, coming->count, error));
    for (size_t i = 0; i < coming->count; i++) {
        char line[LINE];
        if (coming->stages[i].kind == PENSEL_STAGE_EXPECT) continue;
        describe(line, sizeof line, &coming->stages[i]);
        PENSEL_TRY(pensel_duplicate(&imported->read[imported->read_count], line, error));
        imported->read_count++;
    }
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ the public functions */

static pensel_status finish(pensel_imported *imported, pensel_coming *coming, pensel_error *error)
{
    size_t outputs;
    PENSEL_TRY(pensel_coming_check(coming, &outputs, error));
    PENSEL_TRY(settle_task(coming, outputs, error));
    PENSEL_TRY(pensel_coming_check(coming, &outputs, error));
    PENSEL_TRY(pensel_coming_assemble(&imported->estimator, coming, error));
    PENSEL_TRY(describe_all(imported, coming, error));
    imported->left = coming->left;
    imported->left_count = coming->left_count;
    coming->left = NULL;
    coming->left_count = 0;
    return pensel_coming_measure(&imported->difference, &imported->largest, coming,
                                 imported->estimator, error);
}

/* What was saved is the model: there is nothing to assemble, and no difference. */
static pensel_status take_saved(pensel_imported *imported, const pensel_coming *coming,
                                pensel_error *error)
{
    PENSEL_REQUIRE(!coming->options->task, BAD_ARGUMENT,
                   "task has no effect on %s, which has a model of pensel in it", coming->name);
    return pensel_model_parse(&imported->model, coming->saved, coming->saved_size, coming->name,
                              error);
}

static pensel_status work(pensel_imported *imported, pensel_coming *coming, pensel_error *error)
{
    const pensel_format *format = NULL;
    PENSEL_TRY(find(&format, coming, error));
    PENSEL_TRY(check_options(coming->options, format, error));
    PENSEL_TRY(format->read(coming, error));
    if (coming->saved) return take_saved(imported, coming, error);
    return finish(imported, coming, error);
}

/* The bytes stay the caller's. After a failure *imported is NULL. */
static pensel_status import(pensel_imported **imported, pensel_coming *coming,
                            const pensel_import_options *options, pensel_error *error)
{
    const pensel_import_options defaults = pensel_import_defaults();
    coming->options = options ? options : &defaults;
    PENSEL_TRY(PENSEL_NEW(*imported, 1, error));
    pensel_status status = work(*imported, coming, error);
    pensel_coming_clear(coming);
    if (status != PENSEL_OK) pensel_imported_free(imported);
    return status;
}

pensel_status pensel_import_memory(pensel_imported **imported, const void *bytes, size_t size,
                                   const char *name, const pensel_import_options *options,
                                   pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    if (imported) *imported = NULL;
    PENSEL_REQUIRE(imported && (bytes || size == 0) && name, BAD_ARGUMENT,
                   "imported, bytes or name is NULL: all are needed");
    pensel_coming coming = {.name = name, .bytes = bytes, .size = size};
    return import(imported, &coming, options, error);
}

pensel_status pensel_import(pensel_imported **imported, const char *path,
                            const pensel_import_options *options, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    if (imported) *imported = NULL;
    PENSEL_REQUIRE(imported && path, BAD_ARGUMENT, "imported or path is NULL: both are needed");
    unsigned char *bytes;
    size_t size;
    PENSEL_TRY(pensel_import_bytes(&bytes, &size, path, error));
    pensel_coming coming = {.name = path, .path = path, .bytes = bytes, .size = size};
    pensel_status status = import(imported, &coming, options, error);
    pensel_release(bytes);
    return status;
}

void pensel_imported_free(pensel_imported **imported)
{
    if (!imported || !*imported) return;
    pensel_estimator_free(&(*imported)->estimator);
    pensel_model_free(&(*imported)->model);
    pensel_texts_free((*imported)->read, (*imported)->read_count);
    pensel_texts_free((*imported)->left, (*imported)->left_count);
    pensel_release(*imported);
    *imported = NULL;
}

const pensel_estimator *pensel_imported_estimator(const pensel_imported *imported)
{
    if (!imported) return NULL;
    return imported->model ? pensel_model_estimator(imported->model) : imported->estimator;
}

const pensel_model *pensel_imported_model(const pensel_imported *imported)
{
    return imported ? imported->model : NULL;
}

pensel_model *pensel_imported_take(pensel_imported *imported)
{
    pensel_model *model = imported ? imported->model : NULL;
    if (model) imported->model = NULL;
    return model;
}

pensel_status pensel_imported_save(const pensel_imported *imported, const char *path,
                                   pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(imported, BAD_ARGUMENT, "imported is NULL: what pensel_import gave is needed");
    if (pensel_model_table(imported->model))
        return pensel_table_model_save(pensel_model_table(imported->model), path, error);
    if (pensel_model_painting(imported->model))
        return pensel_painting_save(pensel_model_painting(imported->model), path, error);
    return pensel_estimator_save(pensel_imported_estimator(imported), path, error);
}

const char *pensel_imported_read(const pensel_imported *imported, size_t i)
{
    return imported && i < imported->read_count ? imported->read[i] : NULL;
}

const char *pensel_imported_left(const pensel_imported *imported, size_t i)
{
    return imported && i < imported->left_count ? imported->left[i] : NULL;
}

double pensel_imported_difference(const pensel_imported *imported, double *largest)
{
    if (largest) *largest = imported ? imported->largest : NAN;
    return imported ? imported->difference : NAN;
}
