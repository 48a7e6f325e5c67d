/* A table's model in a model file:
 *
 *   "format" 3, "table" {task, target, networks, linear}: for who looks into the file
 *   table               bytes: a JSON text with the schema and all else but numbers in bulk, which
 *                       may be longer than the header
 *   table.interval      quantiles of held-out errors
 *   table.importance    one number for each column
 *   deep.N, linear.N    the parameters of each network, in the order of its list of layers
 *
 * Nothing of it is trusted: the text may say anything, and a network that predicts must be able to
 * index by it. So reading goes from what decides to what depends: the task and its classes, the
 * constant, the schema, and at last the networks, whose inputs must be the schema's and whose
 * outputs those of the classes. Whatever fails, the model is freed with what it has so far.
 *
 * To add a number: one line in put_text (or put_report) and one in get_meaning (or get_report), and
 * a check where a prediction depends on it. What older files have not must have a meaning by
 * default. */
#include "base/error.h"
#include "base/memory.h"
#include "estimator/estimator_file.h"
#include "estimator/table_model.h"
#include "network/network.h"
#include "platform/float.h"
#include "table/schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Bounds of what a file may ask for, before any memory is taken: of members far more than a fit
 * makes, of classes as many as a fit takes (table_target.c). */
enum { MOST_MEMBERS = 256, MOST_CLASSES = 1000 };

/* ------------------------------------------------------------------ writing */

/* How long it took is left out, so that equal fits are equal files. */

/* NaN, which JSON has not, is null. */
static void put_number(pensel_json_writer *w, const char *key, double x)
{
    if (isfinite(x))
        pensel_json_put_real(w, key, x);
    else
        pensel_json_put_null(w, key);
}

/* Scores are under the names of their members, which come from the list of metrics: a new metric
 * needs no line here, and an older file, which has it not, gives NaN. */
static const struct figure {
    const char *key;
    size_t offset;
} figures[] = {
#define ROW(NAME, name) {#name, offsetof(pensel_table_scores, name)},
    PENSEL_METRIC_LIST(ROW)
#undef ROW
};
enum { FIGURES = sizeof figures / sizeof *figures };

static void put_scores(pensel_json_writer *w, const char *key, const pensel_table_scores *s)
{
    pensel_json_open(w, key, '{');
    for (size_t i = 0; i < FIGURES; i++)
        put_number(w, figures[i].key,
                   *(const double *)(const void *)((const char *)s + figures[i].offset));
    pensel_json_close(w, '}');
}

/* What a prediction needs as well, the shares, the temperature and the number of networks, stands
 * in the model's own part and is checked when it is read; these numbers are only shown. */
static void put_report(pensel_json_writer *w, const pensel_table_report *r)
{
    pensel_json_open(w, "report", '{');
    pensel_json_put_whole(w, "rows", (int64_t)r->rows);
    pensel_json_put_whole(w, "unlabelled", (int64_t)r->unlabelled);
    pensel_json_put_whole(w, "folds", (int64_t)r->folds);
    pensel_json_put_whole(w, "held_out", (int64_t)r->held_out);
    pensel_json_put_whole(w, "epochs", (int64_t)r->epochs);
    pensel_json_put_whole(w, "batch", (int64_t)r->batch);
    pensel_json_put_truth(w, "cut", r->cut);
    put_number(w, "low", r->low);
    put_number(w, "high", r->high);
    put_scores(w, "held", &r->held);
    put_scores(w, "constant", &r->constant);
    put_scores(w, "linear", &r->linear);
    put_scores(w, "trained", &r->trained);
    pensel_json_close(w, '}');
}

/* The members of one ensemble have one list of layers, for they differ in their start and their
 * rows alone; so it is written once. */
static void put_text(pensel_json_writer *w, const pensel_table_model *m)
{
    pensel_json_open(w, NULL, '{');
    pensel_json_put_string(w, "task", pensel_task_name(m->task));
    pensel_json_put_string(w, "target", m->target);
    pensel_json_open(w, "classes", '[');
    for (size_t c = 0; c < m->class_count; c++)
        pensel_json_put_string(w, NULL, m->classes[c]);
    pensel_json_close(w, ']');
    put_number(w, "mean", m->mean);
    put_number(w, "spread", m->spread);
    put_number(w, "low", m->low);
    put_number(w, "high", m->high);
    put_number(w, "temperature", m->report.temperature);
    put_number(w, "linear_share", m->report.linear_share);
    put_number(w, "constant_share", m->report.constant_share);
    pensel_json_open(w, "base", '[');
    for (size_t c = 0; c < pensel_table_outputs(m); c++)
        pensel_json_put_real(w, NULL, m->base[c]);
    pensel_json_close(w, ']');
    pensel_json_put_whole(w, "deep", (int64_t)m->deep.count);
    pensel_json_put_whole(w, "linear", (int64_t)m->linear.count);
    pensel_json_put_string(w, "deep_layers", pensel_network_shape(m->deep.networks[0])->list);
    pensel_json_put_string(w, "linear_layers", pensel_network_shape(m->linear.networks[0])->list);
    put_report(w, &m->report);
    pensel_schema_put(w, "schema", m->schema);
    pensel_json_close(w, '}');
}

/* Parameters are borrowed: the networks must live until the file is written, as they do in save. */
static pensel_status put_ensemble(pensel_model_file *file, const char *kind,
                                  const pensel_table_ensemble *e, pensel_error *error)
{
    char name[64];
    for (size_t i = 0; i < e->count; i++) {
        snprintf(name, sizeof name, "%s.%zu", kind, i);
        PENSEL_TRY(pensel_model_file_add(file, name, PENSEL_F32, e->networks[i]->parameters,
                                         e->networks[i]->parameter_count, 0, error));
    }
    return PENSEL_OK;
}

/* "task" and the counts stand twice: in the header for who looks at the file with other tools, and
 * in the text for who reads it. What the model is made of is read from the text alone; that the
 * header has "table" says what kind of model it is (picture/model_load.c). */
static pensel_status put_all(pensel_model_file *file, const pensel_table_model *m,
                             const pensel_json_writer *text, pensel_error *error)
{
    pensel_json_put_whole(&file->writer, "format", PENSEL_FORMAT_TABLE);
    pensel_json_open(&file->writer, "table", '{');
    pensel_json_put_string(&file->writer, "task", pensel_task_name(m->task));
    pensel_json_put_whole(&file->writer, "deep", (int64_t)m->deep.count);
    pensel_json_put_whole(&file->writer, "linear", (int64_t)m->linear.count);
    pensel_json_close(&file->writer, '}');
    PENSEL_TRY(pensel_model_file_add(file, "table", PENSEL_U8, text->text, text->size, 0, error));
    PENSEL_TRY(pensel_model_file_add(file, "table.interval", PENSEL_F64, m->residuals,
                                     PENSEL_INTERVAL_STEPS + 1, 0, error));
    PENSEL_TRY(pensel_model_file_add(file, "table.importance", PENSEL_F64, m->importance,
                                     m->schema->count, 0, error));
    PENSEL_TRY(put_ensemble(file, "deep", &m->deep, error));
    return put_ensemble(file, "linear", &m->linear, error);
}

/* The text and all tensors are borrowed by `file` until it is written, so they are let go after it.
 */
static pensel_status write_to(const char *path, unsigned char **bytes, size_t *size,
                              const pensel_table_model *model, pensel_error *error)
{
    pensel_model_file *file;
    pensel_json_writer text = {0};
    PENSEL_TRY(pensel_model_file_new(&file, error));
    put_text(&text, model);
    pensel_status status = pensel_json_finish(&text, error);
    if (status == PENSEL_OK) status = put_all(file, model, &text, error);
    if (status == PENSEL_OK) status = pensel_model_file_end(file, path, bytes, size, error);
    pensel_json_discard(&text);
    pensel_model_file_free(&file);
    return status;
}

pensel_status pensel_table_model_save(const pensel_table_model *model, const char *path,
                                      pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(model && path, BAD_ARGUMENT, "model or path is NULL: both are needed");
    return write_to(path, NULL, NULL, model, error);
}

pensel_status pensel_table_model_bytes(unsigned char **bytes, size_t *size,
                                       const pensel_table_model *model, pensel_error *error)
{
    return write_to(NULL, bytes, size, model, error);
}

/* ------------------------------------------------------------------ reading */

/* What is missing, null or no number is NaN, which no comparison of a check lets pass. */
static double number_of(const pensel_json *object, const char *key)
{
    double x;
    return pensel_json_number(&x, pensel_json_member(object, key)) ? x : NAN;
}

/* A count that is missing, negative or no whole number is 0: of a report that is all it takes. */
static size_t count_of(const pensel_json *object, const char *key)
{
    int64_t x;
    pensel_json_whole(&x, pensel_json_member(object, key));
    return x > 0 ? (size_t)x : 0;
}

static void get_scores(pensel_table_scores *s, const pensel_json *object, size_t n)
{
    s->n = n;
    for (size_t i = 0; i < FIGURES; i++)
        *(double *)(void *)((char *)s + figures[i].offset) = number_of(object, figures[i].key);
}

/* `trained` has no count of rows in a file, and `seconds` stays 0: see the public header. */
static void get_report(pensel_table_report *r, const pensel_json *json)
{
    r->rows = count_of(json, "rows");
    r->unlabelled = count_of(json, "unlabelled");
    r->folds = count_of(json, "folds");
    r->held_out = count_of(json, "held_out");
    r->epochs = count_of(json, "epochs");
    r->batch = count_of(json, "batch");
    r->cut = pensel_json_is(pensel_json_member(json, "cut"), PENSEL_JSON_TRUE);
    r->low = number_of(json, "low");
    r->high = number_of(json, "high");
    get_scores(&r->held, pensel_json_member(json, "held"), r->held_out);
    get_scores(&r->constant, pensel_json_member(json, "constant"), r->held_out);
    get_scores(&r->linear, pensel_json_member(json, "linear"), r->held_out);
    get_scores(&r->trained, pensel_json_member(json, "trained"), 0);
}

/* class_count grows with each text that is copied, so that a failure frees those and no others. */
static pensel_status get_classes(pensel_table_model *m, const pensel_json *json,
                                 pensel_error *error)
{
    const pensel_json *list = pensel_json_list(json, "classes"), *item = pensel_json_first(list);
    size_t count = pensel_json_count(list);
    PENSEL_REQUIRE(count >= 2 && count <= MOST_CLASSES, BAD_FILE,
                   "the model file has %zu classes: 2 to %d are possible", count, MOST_CLASSES);
    PENSEL_TRY(PENSEL_NEW(m->classes, count, error));
    for (; m->class_count < count; item = pensel_json_next(item)) {
        PENSEL_REQUIRE(pensel_json_string(item), BAD_FILE,
                       "the model file's classes are not texts: it is damaged");
        PENSEL_TRY(pensel_duplicate(&m->classes[m->class_count], pensel_json_string(item), error));
        m->class_count++;
    }
    return PENSEL_OK;
}

/* The conditions are those that let NaN fail: a number that the text has not is one out of range.
 * The temperature divides an exponent, so it stays far from 0. */
static pensel_status get_meaning(pensel_table_model *m, const pensel_json *json,
                                 pensel_error *error)
{
    const char *task = pensel_json_string(pensel_json_member(json, "task"));
    const char *target = pensel_json_string(pensel_json_member(json, "target"));
    PENSEL_REQUIRE(task && target, BAD_FILE,
                   "the model file's table has no task or no target: it is damaged");
    PENSEL_TRY(pensel_duplicate(&m->target, target, error));
    m->mean = number_of(json, "mean");
    m->spread = number_of(json, "spread");
    m->low = number_of(json, "low");
    m->high = number_of(json, "high");
    m->report.temperature = number_of(json, "temperature");
    m->report.linear_share = number_of(json, "linear_share");
    PENSEL_REQUIRE(m->spread >= 0 && m->low <= m->high && !isnan(m->mean) &&
                       m->report.temperature > 0.01 && m->report.temperature < 100 &&
                       m->report.linear_share >= 0 && m->report.linear_share <= 1,
                   BAD_FILE, "the model file's table has numbers out of range: it is damaged");
    if (strcmp(task, pensel_task_name(PENSEL_REGRESSION)) == 0) return PENSEL_OK;
    m->task = PENSEL_CLASSIFICATION;
    if (m->high == 0) m->high = 1; /* a file without bounds */
    PENSEL_REQUIRE(m->low >= 0 && m->high <= 1, BAD_FILE,
                   "the model file's probabilities end at %g and %g: it is damaged", m->low,
                   m->high);
    return get_classes(m, json, error);
}

/* A file without a constant has no share of it. */
static pensel_status get_base(pensel_table_model *m, const pensel_json *json, pensel_error *error)
{
    size_t outputs = pensel_table_outputs(m);
    const pensel_json *list = pensel_json_list(json, "base"), *item = pensel_json_first(list);
    PENSEL_TRY(PENSEL_NEW(m->base, outputs, error));
    if (!pensel_json_member(json, "constant_share")) return PENSEL_OK;
    m->report.constant_share = number_of(json, "constant_share");
    bool fits = pensel_json_count(list) == outputs && m->report.constant_share >= 0 &&
                m->report.constant_share <= 1;
    for (size_t c = 0; c < outputs && fits; c++, item = pensel_json_next(item))
        fits = pensel_json_number(&m->base[c], item) && m->base[c] >= 0 && m->base[c] <= 1;
    PENSEL_REQUIRE(fits, BAD_FILE,
                   "the model file's constant is not one of its classes: it is damaged");
    return PENSEL_OK;
}

/* A network whose list comes from the file: its shape must be the schema's and the classes'. It is
 * planned with the tensor's size as its limit, so that a list of a thousand wide layers is refused
 * before memory is taken for them, and allocated only when everything fits. */
static pensel_status get_network(pensel_network **network, const pensel_model_file *file,
                                 const pensel_table_model *m, const char *name, const char *list,
                                 pensel_error *error)
{
    pensel_schema_layout in = pensel_schema_inputs(m->schema);
    const pensel_tensor *tensor = pensel_model_file_find(file, name);
    PENSEL_REQUIRE(tensor && tensor->dtype == PENSEL_F32 && list, BAD_FILE,
                   "the model file has no network %s: it is damaged", name);
    const pensel_shape shape = {.inputs = in.numbers + in.plain + in.codes, .list = list};
    PENSEL_TRY(pensel_network_plan(network, &shape, PENSEL_FLOAT32, tensor->count, error));
    pensel_activation last = m->task == PENSEL_REGRESSION ? PENSEL_IDENTITY
                             : m->class_count > 2         ? PENSEL_SOFTMAX
                                                          : PENSEL_LOGISTIC;
    PENSEL_REQUIRE((*network)->parameter_count == tensor->count &&
                       pensel_network_outputs(*network) == pensel_table_outputs(m) &&
                       pensel_network_last(*network)->activation == last,
                   BAD_FILE, "the model file's network %s does not fit its table: it is damaged",
                   name);
    PENSEL_TRY(pensel_network_allocate(*network, error));
    PENSEL_TRY(pensel_model_file_copy((*network)->parameters, file, tensor, error));
    PENSEL_REQUIRE(
        (*network)->kernels->all_finite((*network)->parameters, (*network)->parameter_count),
        BAD_FILE, "the model file's network %s has numbers that are not finite: it is damaged",
        name);
    return PENSEL_OK;
}

/* e->count grows before a network is read, so that one which fails half-way is freed with the
 * others. A list that the parser refuses is a user's error there and a damaged file here: hence
 * another code. */
static pensel_status get_ensemble(pensel_table_ensemble *e, const pensel_model_file *file,
                                  const pensel_table_model *m, const pensel_json *json,
                                  const char *kind, pensel_error *error)
{
    char name[64], key[64];
    size_t count = count_of(json, kind);
    snprintf(key, sizeof key, "%s_layers", kind);
    const char *list = pensel_json_string(pensel_json_member(json, key));
    PENSEL_REQUIRE(count > 0 && count <= MOST_MEMBERS, BAD_FILE,
                   "the model file has %zu %s networks: 1 to %d are possible", count, kind,
                   MOST_MEMBERS);
    PENSEL_TRY(PENSEL_NEW(e->networks, count, error));
    for (size_t i = 0; i < count; i++) {
        e->count = i + 1;
        snprintf(name, sizeof name, "%s.%zu", kind, i);
        pensel_status status = get_network(&e->networks[i], file, m, name, list, error);
        if (status == PENSEL_BAD_ARGUMENT)
            status = pensel_fail(error, PENSEL_BAD_FILE,
                                 "the model file's layers are not possible: it is damaged");
        if (status != PENSEL_OK) return status;
    }
    return PENSEL_OK;
}

/* Into memory that is there already, as many as `count`: another number of them is refused. */
static pensel_status get_numbers(double *numbers, const pensel_model_file *file, const char *name,
                                 size_t count, pensel_error *error)
{
    const pensel_tensor *tensor;
    PENSEL_TRY(pensel_model_file_expect(&tensor, file, name, PENSEL_F64, count, 0, error));
    PENSEL_TRY(pensel_model_file_copy(numbers, file, tensor, error));
    for (size_t i = 0; i < count; i++)
        PENSEL_REQUIRE(isfinite(numbers[i]), BAD_FILE,
                       "the model file's %s has a number that is not finite: it is damaged", name);
    return PENSEL_OK;
}

/* In the order that the head of this file gives: each step needs what stands above it. */
static pensel_status get_all(pensel_table_model *m, const pensel_model_file *file,
                             const pensel_json *json, pensel_error *error)
{
    PENSEL_TRY(get_meaning(m, json, error));
    PENSEL_TRY(get_base(m, json, error));
    get_report(&m->report, pensel_json_member(json, "report"));
    PENSEL_TRY(pensel_schema_get(&m->schema, pensel_json_list(json, "schema"), error));
    PENSEL_TRY(get_numbers(m->residuals, file, "table.interval", PENSEL_INTERVAL_STEPS + 1, error));
    PENSEL_TRY(PENSEL_NEW(m->importance, m->schema->count, error));
    m->report.importance = m->importance;
    PENSEL_TRY(get_numbers(m->importance, file, "table.importance", m->schema->count, error));
    PENSEL_TRY(get_ensemble(&m->deep, file, m, json, "deep", error));
    m->report.networks = m->deep.count;
    return get_ensemble(&m->linear, file, m, json, "linear", error);
}

/* Also called for a file whose kind picture/model_load.c has found, so the format is checked here
 * and not by whoever opens it. The text and its tree go before it returns: the model
 * has copies of all that it keeps. */
pensel_status pensel_table_model_get(pensel_table_model **model, const pensel_model_file *file,
                                     pensel_error *error)
{
    const pensel_tensor *tensor = pensel_model_file_find(file, "table");
    pensel_json *json = NULL;
    char *text;
    int64_t format;
    *model = NULL;
    pensel_json_whole(&format, pensel_json_member(file->settings, "format"));
    PENSEL_REQUIRE(format == PENSEL_FORMAT_TABLE, BAD_FILE,
                   "the model file has format %lld: this pensel reads tables' models of format %d",
                   (long long)format, PENSEL_FORMAT_TABLE);
    PENSEL_REQUIRE(tensor && tensor->dtype == PENSEL_U8, BAD_FILE,
                   "the model file has no description of its table: it is damaged");
    PENSEL_TRY(pensel_model_file_take(&text, file, tensor, error));
    pensel_status status =
        pensel_json_read(&json, text, tensor->count, "the description of the table", error);
    if (status == PENSEL_OK) status = PENSEL_NEW(*model, 1, error);
    if (status == PENSEL_OK) status = get_all(*model, file, json, error);
    if (status != PENSEL_OK) pensel_table_model_free(model);
    pensel_json_free(&json);
    pensel_release(text);
    return status;
}

pensel_status pensel_table_model_load(pensel_table_model **model, const char *path,
                                      pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_model_file *file;
    PENSEL_REQUIRE(model && path, BAD_ARGUMENT, "model or path is NULL: both are needed");
    *model = NULL;
    PENSEL_TRY(pensel_model_file_read(&file, path, error));
    pensel_status status = pensel_table_model_get(model, file, error);
    pensel_model_file_free(&file);
    return status;
}
