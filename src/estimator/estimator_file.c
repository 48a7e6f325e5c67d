/* An estimator in a model file: options, names and report as settings; classes and scalers as
 * tensors.
 *
 * Writing borrows: every array must live until the file is written. Reading trusts nothing: each
 * part is checked as it comes, and check_whole at last, that the parts are of one model. A new
 * option needs no line here, for options go through their tables; a new array that is learned needs
 * one in pensel_estimator_put, one in fill, and a check. */
#include "estimator/estimator_file.h"

#include "platform/float.h"
#include "base/error.h"
#include "base/fields.h"
#include "base/memory.h"
#include "estimator/estimator.h"
#include "estimator/names_file.h"
#include "network/network_file.h"
#include "training/training_file.h"

#include <math.h>
#include <string.h>

/* A pensel_field asks for names by int. */
static const char *stop_name(int stop)
{
    return pensel_stop_name((pensel_stop)stop);
}

/* A row of a table of members: its key in the file is its name in the struct. */
#define REPORT(member, kind, name) {#member, kind, offsetof(pensel_report, member), name}
#define LOSS_CURVE "report.loss_curve"
#define VALIDATION_SCORES "report.validation_scores"
#define COUNT(fields) (sizeof(fields) / sizeof *(fields))

/* Without the seconds, so that the same training gives the same file. */
static const pensel_field report_fields[] = {
    REPORT(stop, PENSEL_FIELD_NAME, stop_name),
    REPORT(epochs, PENSEL_FIELD_SIZE, NULL),
    REPORT(steps, PENSEL_FIELD_U64, NULL),
    REPORT(samples, PENSEL_FIELD_U64, NULL),
    REPORT(loss, PENSEL_FIELD_DOUBLE, NULL),
    REPORT(best_loss, PENSEL_FIELD_DOUBLE, NULL),
    REPORT(best_validation_score, PENSEL_FIELD_DOUBLE, NULL),
    REPORT(no_improvement_count, PENSEL_FIELD_SIZE, NULL),
    REPORT(learning_rate, PENSEL_FIELD_DOUBLE, NULL),
};

/* One class and its weight, an object in the list "class_weights". */
static const pensel_field weight_fields[] = {
    {"code", PENSEL_FIELD_DOUBLE, offsetof(pensel_class_weight, code), NULL},
    {"weight", PENSEL_FIELD_DOUBLE, offsetof(pensel_class_weight, weight), NULL},
};

/* An empty list where there are none. */
static void write_class_weights(pensel_json_writer *writer, const pensel_estimator_options *o)
{
    pensel_json_open(writer, "class_weights", '[');
    for (size_t i = 0; i < o->class_weight_count; i++)
        pensel_fields_write(writer, NULL, &o->class_weights[i], weight_fields,
                            COUNT(weight_fields));
    pensel_json_close(writer, ']');
}

/* The list belongs to the options before it is filled, so that whoever frees them frees it too. The
 * weights are checked as those of a user are. */
static pensel_status read_class_weights(pensel_estimator_options *o, const pensel_json *json,
                                        pensel_error *error)
{
    const pensel_json *entry = pensel_json_first(json);
    size_t count = pensel_json_count(json);
    pensel_class_weight *weights;
    if (count == 0) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(weights, count, error));
    o->class_weights = weights;
    o->class_weight_count = count;
    for (size_t i = 0; i < count; i++, entry = pensel_json_next(entry)) {
        PENSEL_TRY(
            pensel_fields_read(&weights[i], entry, weight_fields, COUNT(weight_fields), error));
        if (isfinite(weights[i].code) && isfinite(weights[i].weight) && weights[i].weight >= 0)
            continue;
        return pensel_fail(error, PENSEL_BAD_FILE,
                           "in the model file class %g weighs %g: a finite number of 0 or more is "
                           "expected",
                           weights[i].code, weights[i].weight);
    }
    return PENSEL_OK;
}

/* Names given before the fit may be of another number than it found: then there are none. `right`
 * is what reading will ask for (pensel_names_get), so a file that is written can be read. */
static pensel_status put_names(pensel_model_file *file, const pensel_estimator *estimator,
                               pensel_error *error)
{
    static const pensel_names none = {0};
    const struct {
        const char *key;
        const pensel_names *names;
        size_t right;
    } lists[] = {
        {"class_names", &estimator->class_names, pensel_learned_columns(&estimator->learned)},
        {"input_names", &estimator->input_names, pensel_estimator_inputs(estimator)},
        {"target_names", &estimator->target_names, estimator->learned.target_count},
    };
    for (size_t i = 0; i < COUNT(lists); i++)
        PENSEL_TRY(pensel_names_put(
            file, lists[i].key, lists[i].names->count == lists[i].right ? lists[i].names : &none,
            error));
    return PENSEL_OK;
}

/* What is not there is left out, and is not there when it is read. */
static pensel_status put_vector(pensel_model_file *file, const char *name, const double *numbers,
                                size_t count, pensel_error *error)
{
    if (!numbers || count == 0) return PENSEL_OK;
    return pensel_model_file_add(file, name, PENSEL_F64, numbers, count, 0, error);
}

/* Settings are written inside the object "estimator", tensors beside it; names may be either, so
 * the object is closed after them. The network's part is its own room's, and comes after ours.
 *
 * The estimator must be trained: a report and a network are read without asking. */
pensel_status pensel_estimator_put(pensel_model_file *file, const pensel_estimator *estimator,
                                   pensel_error *error)
{
    const pensel_learned *learned = &estimator->learned;
    const pensel_estimator_options *o = &estimator->options;
    pensel_json_writer *writer = &file->writer;
    pensel_json_open(writer, "estimator", '{');
    pensel_options_put(writer, o, pensel_estimator_table());
    pensel_json_put_whole(writer, "targets", (int64_t)learned->target_count);
    pensel_layers_write(writer, "hidden", o->hidden, o->hidden_count);
    if (o->layers) pensel_json_put_string(writer, "layers", o->layers);
    write_class_weights(writer, o);
    pensel_encoding_write(writer, "encoding", &o->encoding);
    pensel_training_options_write(writer, "training", &o->training);
    pensel_fields_write(writer, "report", pensel_estimator_report(estimator), report_fields,
                        COUNT(report_fields));
    PENSEL_TRY(put_names(file, estimator, error));
    pensel_json_close(writer, '}');
    PENSEL_TRY(pensel_network_put(file, learned->network, error));
    PENSEL_TRY(put_vector(file, "classes", learned->classes, learned->class_count, error));
    PENSEL_TRY(
        put_vector(file, "inputs.offset", learned->inputs.offset, learned->inputs.count, error));
    PENSEL_TRY(
        put_vector(file, "inputs.scale", learned->inputs.scale, learned->inputs.count, error));
    PENSEL_TRY(
        put_vector(file, "targets.offset", learned->targets.offset, learned->targets.count, error));
    return put_vector(file, "targets.scale", learned->targets.scale, learned->targets.count, error);
}

/* For a checkpoint, which knows objects of other rooms only as void pointers
 * (training/checkpoint.h). */
pensel_status pensel_estimator_put_part(pensel_model_file *file, const void *object,
                                        pensel_error *error)
{
    return pensel_estimator_put(file, object, error);
}

/* A block of the `count` finite numbers of a tensor. *numbers is the caller's as soon as it is
 * there, also if one of them turns out not to be finite. */
static pensel_status get_vector(double **numbers, const pensel_model_file *file, const char *name,
                                size_t count, pensel_error *error)
{
    const pensel_tensor *t;
    PENSEL_TRY(pensel_model_file_expect(&t, file, name, PENSEL_F64, count, 0, error));
    PENSEL_TRY(pensel_model_file_take(numbers, file, t, error));
    for (size_t i = 0; i < count; i++)
        if (!isfinite((*numbers)[i]))
            return pensel_fail(error, PENSEL_BAD_FILE,
                               "tensor %s of the model file has %g: finite numbers are expected",
                               name, (*numbers)[i]);
    return PENSEL_OK;
}

/* Both vectors or none. The scale is divided by, so it is above 0. */
static pensel_status get_scaler(pensel_scaler *scaler, const pensel_model_file *file,
                                const char *offset, const char *scale, size_t count,
                                pensel_error *error)
{
    if (!pensel_model_file_find(file, offset)) return PENSEL_OK;
    PENSEL_TRY(get_vector(&scaler->offset, file, offset, count, error));
    PENSEL_TRY(get_vector(&scaler->scale, file, scale, count, error));
    scaler->count = count;
    for (size_t i = 0; i < count; i++)
        if (!(scaler->scale[i] > 0))
            return pensel_fail(error, PENSEL_BAD_FILE,
                               "tensor %s of the model file has %g: a scale is above 0", scale,
                               scaler->scale[i]);
    return PENSEL_OK;
}

/* A curve of the report, one number an epoch; NULL where the file has none. */
static pensel_status get_curve(double **curve, size_t *count, const pensel_model_file *file,
                               const char *name, pensel_error *error)
{
    const pensel_tensor *t = pensel_model_file_find(file, name);
    *curve = NULL;
    if (!t) return PENSEL_OK;
    PENSEL_TRY(pensel_model_file_expect(&t, file, name, PENSEL_F64, t->count, 0, error));
    *count = t->count;
    return pensel_model_file_take(curve, file, t, error);
}

/* Curves are of the report, and freed with it; of a checkpoint there are none. */
static pensel_status get_curves(pensel_report *report, const pensel_model_file *file,
                                pensel_error *error)
{
    double *losses, *scores;
    PENSEL_TRY(get_curve(&losses, &report->loss_count, file, LOSS_CURVE, error));
    report->loss_curve = losses;
    PENSEL_TRY(get_curve(&scores, &report->validation_count, file, VALIDATION_SCORES, error));
    report->validation_scores = scores;
    return PENSEL_OK;
}

/* Ascending, for they are searched by halves. */
static pensel_status get_classes(pensel_learned *learned, const pensel_model_file *file,
                                 pensel_error *error)
{
    const pensel_tensor *t = pensel_model_file_find(file, "classes");
    if (!t) return PENSEL_OK;
    learned->class_count = t->count;
    PENSEL_TRY(get_vector(&learned->classes, file, "classes", t->count, error));
    for (size_t c = 1; c < t->count; c++)
        if (!(learned->classes[c - 1] < learned->classes[c]))
            return pensel_fail(
                error, PENSEL_BAD_FILE,
                "the model file's classes are not in order: sorted codes are expected");
    return PENSEL_OK;
}

/* Checks that the parts, which were read one by one, belong together: predictions index outputs by
 * classes and targets without a check. The scalers are asked for their widths when they are read.
 */
static pensel_status check_whole(const pensel_estimator *estimator, const pensel_json *json,
                                 pensel_error *error)
{
    const pensel_learned *learned = &estimator->learned;
    const pensel_shape *shape = pensel_network_shape(learned->network);
    size_t outputs = shape->layers[shape->layer_count - 1].width;
    int64_t targets;
    pensel_json_whole(&targets, pensel_json_member(json, "targets"));
    if (targets < 1 || !pensel_learned_agrees(learned, estimator->options.task) ||
        pensel_network_precision(learned->network) != estimator->options.precision)
        return pensel_fail(
            error, PENSEL_BAD_FILE,
            "the model file's network has %zu outputs, which do not fit its %s of %lld "
            "targets and %zu classes: all must be of one model",
            outputs, pensel_task_name(estimator->options.task), (long long)targets,
            learned->class_count);
    return PENSEL_OK;
}

/* The text is checked when a network is made of it again. */
static pensel_status read_layers(pensel_estimator_options *o, const char *text, pensel_error *error)
{
    char *layers;
    if (!text) return PENSEL_OK;
    size_t size = strlen(text) + 1;
    PENSEL_TRY(PENSEL_NEW(layers, size, error));
    memcpy(layers, text, size);
    o->layers = layers;
    return PENSEL_OK;
}

/* Whatever fails, `estimator` owns what has been read so far, and its owner frees it. What a file
 * does not have keeps its default, so a file that is older than an option can be read; there are no
 * hidden layers by default, for the list of them says how many there are. */
static pensel_status read_options(pensel_estimator *estimator, const pensel_json *json,
                                  pensel_error *error)
{
    pensel_estimator_options *o = &estimator->options;
    pensel_layer *hidden = NULL;
    *o = pensel_estimator_defaults(PENSEL_REGRESSION);
    o->hidden_count = 0;
    PENSEL_TRY(pensel_options_read(o, json, pensel_estimator_table(), error));
    PENSEL_TRY(pensel_encoding_read(&o->encoding, pensel_json_member(json, "encoding"), error));
    PENSEL_TRY(
        pensel_training_options_read(&o->training, pensel_json_member(json, "training"), error));
    PENSEL_TRY(pensel_fields_read(&estimator->report, pensel_json_member(json, "report"),
                                  report_fields, COUNT(report_fields), error));
    PENSEL_TRY(
        pensel_layers_read(&hidden, &o->hidden_count, pensel_json_list(json, "hidden"), error));
    o->hidden = hidden;
    PENSEL_TRY(read_layers(o, pensel_json_string(pensel_json_member(json, "layers")), error));
    return read_class_weights(o, pensel_json_list(json, "class_weights"), error);
}

/* The network comes before what is measured against it: names by its inputs, classes by its
 * outputs. */
static pensel_status fill(pensel_estimator *estimator, const pensel_model_file *file,
                          pensel_error *error)
{
    pensel_learned *learned = &estimator->learned;
    const pensel_json *json = pensel_json_member(file->settings, "estimator");
    int64_t target_count;
    if (!json)
        return pensel_fail(
            error, PENSEL_BAD_FILE,
            "the model file holds a bare network: a regressor or classifier is expected");
    PENSEL_TRY(read_options(estimator, json, error));
    PENSEL_TRY(get_curves(&estimator->report, file, error));
    PENSEL_TRY(pensel_network_get(&learned->network, file, error));
    PENSEL_TRY(get_classes(learned, file, error));
    learned->one_hot = estimator->options.one_hot;
    pensel_json_whole(&target_count, pensel_json_member(json, "targets"));
    learned->target_count = (size_t)target_count;
    PENSEL_TRY(check_whole(estimator, json, error));
    size_t inputs = pensel_estimator_inputs(estimator), targets = learned->target_count;
    PENSEL_TRY(get_scaler(&learned->inputs, file, "inputs.offset", "inputs.scale", inputs, error));
    if (estimator->options.task == PENSEL_REGRESSION)
        PENSEL_TRY(
            get_scaler(&learned->targets, file, "targets.offset", "targets.scale", targets, error));
    PENSEL_TRY(pensel_names_get(&estimator->class_names, file, json, "class_names",
                                pensel_learned_columns(learned), error));
    PENSEL_TRY(pensel_names_get(&estimator->input_names, file, json, "input_names", inputs, error));
    return pensel_names_get(&estimator->target_names, file, json, "target_names", targets, error);
}

/* The estimator has no training: pensel_estimator_continue begins a new one. On failure *estimator
 * is NULL. */
pensel_status pensel_estimator_get(pensel_estimator **estimator, const pensel_model_file *file,
                                   pensel_error *error)
{
    *estimator = NULL;
    PENSEL_TRY(PENSEL_NEW(*estimator, 1, error));
    pensel_status status = fill(*estimator, file, error);
    if (status != PENSEL_OK) pensel_estimator_free(estimator);
    return status;
}

/* Not in a checkpoint, which has the curves of the training itself. */
static pensel_status put_curves(pensel_model_file *file, const pensel_report *report,
                                pensel_error *error)
{
    PENSEL_TRY(put_vector(file, LOSS_CURVE, report->loss_curve, report->loss_count, error));
    return put_vector(file, VALIDATION_SCORES, report->validation_scores, report->validation_count,
                      error);
}

/* Nothing is copied: `file` borrows all arrays until it is written, whole or not at all. */
static pensel_status write_to(const char *path, unsigned char **bytes, size_t *size,
                              const pensel_estimator *estimator, pensel_error *error)
{
    pensel_model_file *file;
    if (!estimator->learned.network)
        return pensel_fail(error, PENSEL_UNTRAINED,
                           "the estimator is not trained yet: fit it first");
    PENSEL_TRY(pensel_model_file_new(&file, error));
    pensel_status status = pensel_estimator_put(file, estimator, error);
    if (status == PENSEL_OK) status = put_curves(file, pensel_estimator_report(estimator), error);
    if (status == PENSEL_OK) status = pensel_model_file_end(file, path, bytes, size, error);
    pensel_model_file_free(&file);
    return status;
}

pensel_status pensel_estimator_save(const pensel_estimator *estimator, const char *path,
                                    pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    if (!estimator || !path)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "estimator or path is NULL: both are needed");
    return write_to(path, NULL, NULL, estimator, error);
}

pensel_status pensel_estimator_bytes(unsigned char **bytes, size_t *size,
                                     const pensel_estimator *estimator, pensel_error *error)
{
    return write_to(NULL, bytes, size, estimator, error);
}

/* The estimator has copies of all that it keeps, so the file may go. */
pensel_status pensel_estimator_load(pensel_estimator **estimator, const char *path,
                                    pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_model_file *file;
    if (!estimator || !path)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "estimator or path is NULL: both are needed");
    *estimator = NULL;
    PENSEL_TRY(pensel_model_file_read(&file, path, error));
    pensel_status status = pensel_estimator_get(estimator, file, error);
    pensel_model_file_free(&file);
    return status;
}
