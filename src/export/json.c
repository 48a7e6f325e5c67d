/* JSON: the operations as they are, with their constants in lists; examples/predict_any.py runs it.
 * The npz has the same text, with the constants beside it: see npz.c.
 *
 *     {"pensel": "0.1.0", "saved": ..., "name": ..., "inputs": [{"name", "form", "width"}],
 *      "formulas": {"relu": "max(0, z)"},
 *      "operations": [{"do": "affine", "a": 0, "w": [...], ...}], "output": 3,
 *      "labels": [...]}
 *
 * `saved` is the model file in base64. An operation's value is known by its position in the list,
 * from 0; operation.h says what each does, and formula.h what a formula of its "f" may be. */
#include "base/memory.h"
#include "export/formula.h"
#include "export/json_text.h"

#include <math.h>
#include <string.h>

static void put_list(pensel_json_writer *w, const char *key, const double *values, size_t count)
{
    pensel_json_open(w, key, '[');
    for (size_t i = 0; i < count; i++)
        pensel_json_put_real(w, NULL, values[i]);
    pensel_json_close(w, ']');
}

static void put_indices(pensel_json_writer *w, const char *key, const size_t *index, size_t count)
{
    pensel_json_open(w, key, '[');
    for (size_t i = 0; i < count; i++)
        pensel_json_put_whole(w, NULL, (int64_t)index[i]);
    pensel_json_close(w, ']');
}

static void put_texts(pensel_json_writer *w, const char *key, const char *const *texts,
                      size_t count)
{
    pensel_json_open(w, key, '[');
    for (size_t i = 0; i < count; i++)
        pensel_json_put_string(w, NULL, texts[i]);
    pensel_json_close(w, ']');
}

static void put_count(pensel_json_writer *w, const char *key, size_t count)
{
    if (count > 0) pensel_json_put_whole(w, key, (int64_t)count);
}

static void put_operation(pensel_json_writer *w, const pensel_operation *o, bool inside)
{
    bool input = o->kind == PENSEL_OP_INPUT;
    pensel_json_open(w, NULL, '{');
    pensel_json_put_string(w, "do", pensel_operation_name(o->kind));
    put_count(w, "width", o->width);
    if (input) pensel_json_put_whole(w, "column", (int64_t)o->column);
    if (!input && !o->index) pensel_json_put_whole(w, "a", (int64_t)o->a);
    if (o->kind == PENSEL_OP_PICK) pensel_json_put_whole(w, "a", (int64_t)o->a);
    if (o->kind == PENSEL_OP_ADD || o->kind == PENSEL_OP_SUBTRACT)
        pensel_json_put_whole(w, "b", (int64_t)o->b);
    put_count(w, "in", o->in);
    put_count(w, "groups", o->groups);
    put_count(w, "cells", o->cells);
    put_count(w, "rows", o->rows);
    put_count(w, "columns", o->columns);
    if (o->index) put_indices(w, "index", o->index, o->count);
    if (o->texts) put_texts(w, "texts", o->texts, o->count);
    if (o->w && inside) put_list(w, "w", o->w, o->weights);
    if (o->c && inside) put_list(w, "c", o->c, o->constants);
    if (o->kind == PENSEL_OP_AFFINE || o->kind == PENSEL_OP_ACTIVATE)
        pensel_json_put_string(w, "f", pensel_activation_describe(o->activation)->name);
    pensel_json_put_real(w, "parameter", o->parameter);
    if (isfinite(o->low)) pensel_json_put_real(w, "low", o->low);
    if (isfinite(o->high)) pensel_json_put_real(w, "high", o->high);
    if (o->kind == PENSEL_OP_GRID) pensel_json_put_truth(w, "dense", o->dense);
    pensel_json_put_truth(w, "periodic", o->periodic);
    pensel_json_close(w, '}');
}

/* Of the activations that the model has, as far as they say how they leave */
static void put_formulas(pensel_json_writer *w, const pensel_graph *graph)
{
    bool there[PENSEL_ACTIVATION_COUNT] = {false};
    for (size_t i = 0; i < graph->count; i++)
        if (graph->list[i].kind == PENSEL_OP_AFFINE || graph->list[i].kind == PENSEL_OP_ACTIVATE)
            there[graph->list[i].activation] = true;
    pensel_json_open(w, "formulas", '{');
    for (size_t i = 0; i < PENSEL_ACTIVATION_COUNT; i++) {
        pensel_activation f = (pensel_activation)i;
        const char *formula = pensel_activation_leaves(f)->formula;
        if (there[i] && formula)
            pensel_json_put_string(w, pensel_activation_describe(f)->name, formula);
    }
    pensel_json_close(w, '}');
}

static void put_inputs(pensel_json_writer *w, const pensel_leaving *l)
{
    static const char *const forms[] = {[PENSEL_INPUT_VECTOR] = "numbers",
                                        [PENSEL_INPUT_NUMBER] = "number",
                                        [PENSEL_INPUT_DATE] = "seconds since 1970",
                                        [PENSEL_INPUT_TEXT] = "text"};
    pensel_json_open(w, "inputs", '[');
    for (size_t i = 0; i < l->input_count; i++) {
        pensel_json_open(w, NULL, '{');
        pensel_json_put_string(w, "name", l->inputs[i].name ? l->inputs[i].name : "x");
        pensel_json_put_string(w, "form", forms[l->inputs[i].form]);
        pensel_json_put_whole(w, "width", (int64_t)l->inputs[i].width);
        pensel_json_close(w, '}');
    }
    pensel_json_close(w, ']');
}

static void put_canvas(pensel_json_writer *w, const pensel_leaving *l)
{
    const pensel_canvas *canvas = l->canvas;
    pensel_json_open(w, "painting", '{');
    pensel_json_put_whole(w, "width", (int64_t)canvas->width);
    pensel_json_put_whole(w, "height", (int64_t)canvas->height);
    pensel_json_put_whole(w, "channels", (int64_t)canvas->channels);
    put_list(w, "scale", l->scale, 2);
    put_list(w, "offset", l->offset, 2);
    pensel_json_open(w, "palette", '[');
    for (size_t i = 0; i < canvas->colours * canvas->channels; i++)
        pensel_json_put_real(w, NULL, (double)canvas->palette[i]);
    pensel_json_close(w, ']');
    pensel_json_close(w, '}');
}

/* The model file in base64 (saved.c) */
static pensel_status put_saved(pensel_json_writer *w, const pensel_leaving *l, pensel_error *error)
{
    unsigned char *bytes;
    size_t size;
    pensel_text text = {0};
    PENSEL_TRY(pensel_saved_bytes(&bytes, &size, l->model, error));
    pensel_text_base64(&text, bytes, size);
    pensel_text_add(&text, "", 1);
    w->failed = w->failed || text.failed;
    if (!w->failed) pensel_json_put_string(w, "saved", (const char *)text.bytes);
    pensel_release(text.bytes);
    pensel_release(bytes);
    return PENSEL_OK;
}

/* JSON has no infinity and no NaN, so a model that has one is refused first. */
pensel_status pensel_json_model(pensel_json_writer *w, const pensel_leaving *l, const char *name,
                                bool inside, pensel_error *error)
{
    for (size_t i = 0; i < l->graph.count; i++)
        PENSEL_TRY(pensel_target_finite("json", &l->graph.list[i], error));
    pensel_json_open(w, NULL, '{');
    pensel_json_put_string(w, "pensel", pensel_version());
    if (inside) PENSEL_TRY(put_saved(w, l, error));
    pensel_json_put_string(w, "name", name);
    put_inputs(w, l);
    put_formulas(w, &l->graph);
    pensel_json_open(w, "operations", '[');
    for (size_t i = 0; i < l->graph.count; i++)
        put_operation(w, &l->graph.list[i], inside);
    pensel_json_close(w, ']');
    pensel_json_put_whole(w, "output", (int64_t)l->output);
    pensel_json_put_truth(w, "classifies", l->classifies || l->labels);
    if (l->class_names)
        put_texts(w, "labels", l->class_names, l->outputs);
    else if (l->class_codes)
        put_list(w, "labels", l->class_codes, l->outputs);
    if (l->target) pensel_json_put_string(w, "target", l->target);
    if (l->canvas) put_canvas(w, l);
    pensel_json_close(w, '}');
    return pensel_json_finish(w, error);
}

static pensel_status write(pensel_text *text, const pensel_leaving *leaving,
                           const pensel_export_options *options, pensel_error *error)
{
    pensel_json_writer w = {0};
    pensel_status status = pensel_json_model(&w, leaving, options->name, true, error);
    if (status == PENSEL_OK) pensel_text_add(text, w.text, w.size);
    pensel_json_discard(&w);
    return status;
}

const pensel_target pensel_target_json = {
    .name = "json",
    .help = "its operations and numbers as JSON, which examples/predict_any.py runs",
    .write = write,
};
