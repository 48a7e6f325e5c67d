/* The table of targets, and the public functions.
 *
 *     model -> operations (leaving.c) -> weights in 8 bits, if asked for (quantise.c)
 *           -> the target's text, in memory -> a file, whole or not at all
 *
 * The model is not changed. What a target cannot hold it must refuse, by name: no file leaves
 * that computes something else. */
#include "base/memory.h"
#include "base/option.h"
#include "export/formula.h"
#include "export/target.h"
#include "platform/float.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DECLARE(name) extern const pensel_target pensel_target_##name;
PENSEL_TARGET_LIST(DECLARE)

static const pensel_target *const targets[] = {
#define ENTRY(name) &pensel_target_##name,
    PENSEL_TARGET_LIST(ENTRY)};
enum { TARGETS = sizeof targets / sizeof *targets };

const char *pensel_export_target(size_t i)
{
    return i < TARGETS ? targets[i]->name : NULL;
}

const char *pensel_export_help(size_t i)
{
    return i < TARGETS ? targets[i]->help : NULL;
}

PENSEL_OPTION_CHOICES(quantisation)
#define ROW(...) PENSEL_OPTION_ROW(pensel_export_options, __VA_ARGS__)
static const pensel_option_row rows[] = {PENSEL_EXPORT_OPTION_LIST(ROW)};
#undef ROW
static const pensel_option_table table = PENSEL_OPTION_TABLE_OF(rows, PENSEL_OPTIONS_MOST);
PENSEL_OPTION_BITS(rows);

const pensel_option_table *pensel_export_table(void)
{
    return &table;
}

pensel_export_options pensel_export_defaults(void)
{
    return (pensel_export_options){PENSEL_EXPORT_OPTION_LIST(PENSEL_OPTION_DEFAULT)};
}

/* ------------------------------------------------------------------ which target */

static pensel_status unknown(const char *what, const char *word, pensel_error *error)
{
    char known[128] = "";
    const char *names[TARGETS];
    for (size_t i = 0; i < TARGETS; i++) {
        size_t at = strlen(known);
        names[i] = targets[i]->name;
        snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = pensel_word_near(word, names, TARGETS);
    if (near)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "%.200s: \"%.40s\" is no kind of file to export to: did you mean %s?",
                           what, word, near);
    return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                       "%.200s: \"%.40s\" is no kind of file to export to: one of %s is needed",
                       what, word, known);
}

/* By its name, or NULL and the path's ending */
static pensel_status find(const pensel_target **target, const char *name, const char *path,
                          pensel_error *error)
{
    const char *slash = path ? strrchr(path, '/') : NULL, *file = slash ? slash + 1 : path;
    const char *dot = file ? strrchr(file, '.') : NULL, *word = name ? name : dot ? dot + 1 : "";
    for (size_t i = 0; i < TARGETS; i++)
        if (strcmp(targets[i]->name, word) == 0) {
            *target = targets[i];
            return PENSEL_OK;
        }
    return unknown(path ? path : "target", word, error);
}

/* The path's last part without its ending */
static void name_of(char *name, size_t size, const char *path)
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    const char *dot = strrchr(file, '.');
    snprintf(name, size, "%.*s", dot ? (int)(dot - file) : (int)strlen(file), file);
    if (!*name) snprintf(name, size, "model");
}

pensel_status pensel_target_refuse(const char *target, pensel_operation_kind kind,
                                   pensel_error *error)
{
    return pensel_fail(
        error, PENSEL_UNSUPPORTED,
        "%s cannot hold the model's operation \"%s\": onnx, c and json hold all of them", target,
        pensel_operation_name(kind));
}

pensel_status pensel_target_finite(const char *target, const pensel_operation *o,
                                   pensel_error *error)
{
    for (size_t k = 0; k < o->weights + o->constants; k++) {
        double number = k < o->weights ? o->w[k] : o->c[k - o->weights];
        PENSEL_REQUIRE(
            isfinite(number), UNSUPPORTED,
            "%s cannot hold the number %g, which is in the model: a model of finite ones "
            "is needed",
            target, number);
    }
    return PENSEL_OK;
}

static pensel_status check_activations(const pensel_target *target, const pensel_leaving *leaving,
                                       pensel_error *error)
{
    for (size_t i = 0; target->computes && i < leaving->graph.count; i++) {
        const pensel_operation *o = &leaving->graph.list[i];
        if (o->kind != PENSEL_OP_AFFINE && o->kind != PENSEL_OP_ACTIVATE) continue;
        PENSEL_REQUIRE(target->computes(pensel_activation_leaves(o->activation)), UNSUPPORTED,
                       "%s cannot hold the model's activation \"%s\", which does not say how it "
                       "leaves: json and npz hold any",
                       target->name, pensel_activation_describe(o->activation)->name);
    }
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ the public functions */

/* What has no effect is an error: max_loss and rows to check without quantise, quantise of a
 * target that has none. */
static pensel_status check_quantise(const pensel_target *target,
                                    const pensel_export_options *options, pensel_error *error)
{
    PENSEL_TRY(pensel_options_check(options, &table, error));
    PENSEL_TRY(pensel_more_check(options->more, error));
    PENSEL_REQUIRE(pensel_option_applies(options, &table, "max_loss") ||
                       !pensel_option_given(options, &table, "max_loss"),
                   BAD_ARGUMENT, "max_loss has no effect without quantise: int8 is needed");
    PENSEL_REQUIRE(options->quantise || !(options->check || options->check_columns), BAD_ARGUMENT,
                   "rows to check have no effect without quantise: int8 is needed");
    PENSEL_REQUIRE(!options->quantise || target->quantises, UNSUPPORTED,
                   "%s has no weights in %s: c has", target->name,
                   pensel_quantisation_name(options->quantise));
    return PENSEL_OK;
}

static pensel_status check(const pensel_exported *model, pensel_error *error)
{
    PENSEL_REQUIRE(model && (!!model->estimator + !!model->painting + !!model->table) == 1,
                   BAD_ARGUMENT, "an export of no model or several: one of them is needed");
    return PENSEL_OK;
}

/* All of it in memory, where the caller frees it, also after a failure. */
static pensel_status write(pensel_text *text, const pensel_exported *model,
                           const pensel_target *target, const pensel_export_options *options,
                           pensel_error *error)
{
    pensel_leaving leaving;
    pensel_quantised own, *quantised = options->quantised ? options->quantised : &own;
    PENSEL_TRY(check_quantise(target, options, error));
    PENSEL_TRY(pensel_leaving_make(&leaving, model, error));
    pensel_status status = check_activations(target, &leaving, error);
    if (status == PENSEL_OK && options->quantise)
        status = pensel_leaving_quantise(&leaving, quantised, model, options, error);
    if (status == PENSEL_OK) status = target->write(text, &leaving, options, error);
    if (status == PENSEL_OK) status = pensel_text_finish(text, error);
    pensel_leaving_clear(&leaving);
    return status;
}

pensel_status pensel_export_memory(void **bytes, size_t *size, const pensel_exported *model,
                                   const pensel_export_options *options, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    const pensel_target *target;
    pensel_text text = {0};
    PENSEL_REQUIRE(bytes && size && options && options->target, BAD_ARGUMENT,
                   "bytes, size or options is NULL, or has no target: all are needed");
    *bytes = NULL;
    *size = 0;
    pensel_export_options o = *options;
    if (!o.name) o.name = "model";
    PENSEL_TRY(check(model, error));
    PENSEL_TRY(find(&target, o.target, NULL, error));
    pensel_status status = write(&text, model, target, &o, error);
    if (status != PENSEL_OK) {
        pensel_release(text.bytes);
        return status;
    }
    *bytes = text.bytes;
    *size = text.size;
    return PENSEL_OK;
}

void pensel_export_free(void **bytes)
{
    if (!bytes) return;
    pensel_release(*bytes);
    *bytes = NULL;
}

pensel_status pensel_export(const pensel_exported *model, const char *path,
                            const pensel_export_options *options, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    const pensel_target *target;
    pensel_text text = {0};
    char name[128];
    PENSEL_REQUIRE(path, BAD_ARGUMENT, "path is NULL: a file to write is needed");
    pensel_export_options o = options ? *options : pensel_export_defaults();
    name_of(name, sizeof name, path);
    if (!o.name) o.name = name;
    PENSEL_TRY(check(model, error));
    PENSEL_TRY(find(&target, o.target, path, error));
    pensel_status status = write(&text, model, target, &o, error);
    if (status == PENSEL_OK) status = pensel_file_write(path, text.bytes, text.size, error);
    pensel_release(text.bytes);
    return status;
}
