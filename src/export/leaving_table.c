/* A table's model as operations: its columns become inputs as table/schema_encode.c has it, and its
 * networks' outputs are mixed as estimator/table_model.c has it.
 *
 *     columns -> numbers (ROBUST), plain ones (LOOKUP, CIRCLE, MISSING), codes -> JOIN: x
 *     x -> each network -> TEMPER -> MIX -> the constant's share, or the target's units -> outputs
 *
 * These are the same formulas a second time, and must stay it: whoever changes how a column is
 * encoded changes it here as well. The three zones stand in x in the order in which the networks
 * were trained. What is mixed is double. */
#include "base/memory.h"
#include "estimator/table_model.h"
#include "export/target.h"
#include "table/schema.h"

#include <math.h>
#include <stdlib.h>

/* The values of the three zones, in their order */
typedef struct zones {
    size_t *numbers, *plain, *codes; /* (count of each) values */
    size_t number_count, plain_count, code_count;
} zones;

static size_t add(pensel_graph *graph, pensel_operation_kind kind, size_t a, size_t width)
{
    return pensel_graph_append(graph, (pensel_operation){.kind = kind, .a = a, .width = width});
}

/* low is the median and high the spread: see operation.h. */
static size_t add_robust(pensel_graph *graph, size_t a, const pensel_robust *r)
{
    return pensel_graph_append(
        graph,
        (pensel_operation){
            .kind = PENSEL_OP_ROBUST, .a = a, .width = 1, .low = r->median, .high = r->spread});
}

static void add_date(zones *z, pensel_graph *graph, const pensel_schema_field *field, size_t a)
{
    static const unsigned circles[] = {PENSEL_DATE_DAY, PENSEL_DATE_WEEKDAY, PENSEL_DATE_TIME};
    size_t parts = pensel_graph_append(
        graph, (pensel_operation){.kind = PENSEL_OP_DATE, .a = a, .width = 4, .whole = true});
    if (field->parts & PENSEL_DATE_SINCE)
        z->numbers[z->number_count++] = add_robust(graph, a, &field->number);
    if (field->parts & PENSEL_DATE_YEAR) {
        size_t year = pensel_graph_slice(graph, parts, 0, 1);
        z->numbers[z->number_count++] = add_robust(graph, year, &field->year);
    }
    for (size_t c = 0; c < 3; c++)
        if (field->parts & circles[c]) {
            size_t turn = pensel_graph_slice(graph, parts, c + 1, 1);
            z->plain[z->plain_count++] = add(graph, PENSEL_OP_CIRCLE, turn, 2);
        }
}

/* What put_categories writes for each category, and for none: (categories + 1, inputs) */
static double *category_table(pensel_graph *graph, const pensel_schema_field *field, size_t width)
{
    double *table = pensel_graph_room(graph, (field->category_count + 1) * width);
    for (size_t found = 0; found <= field->category_count && table; found++)
        for (size_t c = 0; c < width; c++) {
            double *to = table + found * width + c;
            if (width == 1) {
                *to = found == 0 ? 0 : found == 1 ? -1 : 1;
                continue;
            }
            double share = field->shares[c], spread = share >= 0.25 && share <= 0.75 ? 1 : 0.5;
            double u = ((found == c + 1) - (double)(share > 0.5)) / spread;
            *to = u / sqrt(1 + u * u / 9);
        }
    return table;
}

/* Which category it is, from 1, or 0 for none: a code for an embedding, or a row of the table of
 * what each becomes. */
static void add_category(zones *z, pensel_graph *graph, const pensel_schema_field *field,
                         bool texts, size_t a)
{
    size_t count = field->category_count, width = pensel_field_plain(field);
    pensel_operation o = {.kind = PENSEL_OP_CATEGORY, .a = a, .width = 1, .count = count};
    if (texts) {
        o.texts = (const char *const *)field->categories;
    } else {
        o.w = pensel_graph_room(graph, count);
        o.weights = count;
        for (size_t c = 0; c < count && o.w; c++)
            o.w[c] = strtod(field->categories[c], NULL);
    }
    size_t code = pensel_graph_append(graph, o);
    if (pensel_field_codes(field))
        z->codes[z->code_count++] = code;
    else
        z->plain[z->plain_count++] =
            pensel_graph_lookup(graph, code, category_table(graph, field, width), count + 1, width);
}

/* A column becomes an input of the file, and one value or more in its zones. Columns without a
 * part in the model have none. */
static pensel_status add_column(pensel_leaving *l, zones *z, const pensel_schema *schema, size_t i,
                                pensel_error *error)
{
    const pensel_schema_field *field = &schema->fields[i];
    pensel_schema_column column;
    pensel_graph *graph = &l->graph;
    PENSEL_TRY(pensel_schema_column_at(schema, i, &column, error));
    bool category = field->role == PENSEL_ROLE_CATEGORY;
    pensel_input_form form = category && column.texts          ? PENSEL_INPUT_TEXT
                             : field->role == PENSEL_ROLE_DATE ? PENSEL_INPUT_DATE
                                                               : PENSEL_INPUT_NUMBER;
    l->inputs[l->input_count] = (pensel_input){field->name, form, 1};
    size_t a = pensel_graph_input(graph, l->input_count++, 1, true);
    if (category) {
        add_category(z, graph, field, column.texts, a);
        return PENSEL_OK;
    }
    if (field->role == PENSEL_ROLE_DATE)
        add_date(z, graph, field, a);
    else
        z->numbers[z->number_count++] = add_robust(graph, a, &field->number);
    if (field->indicator) z->plain[z->plain_count++] = add(graph, PENSEL_OP_MISSING, a, 1);
    return PENSEL_OK;
}

/* All inputs of the networks, one value */
static size_t join_zones(pensel_graph *graph, const zones *z)
{
    size_t count = z->number_count + z->plain_count + z->code_count, at = 0;
    size_t *parts = pensel_graph_indices(graph, count);
    if (!parts) return 0;
    for (size_t i = 0; i < z->number_count; i++)
        parts[at++] = z->numbers[i];
    for (size_t i = 0; i < z->plain_count; i++)
        parts[at++] = z->plain[i];
    for (size_t i = 0; i < z->code_count; i++)
        parts[at++] = z->codes[i];
    return pensel_graph_join(graph, parts, count);
}

/* The room is for four values of each column in each zone, which is the most a date has. */
static pensel_status add_columns(size_t *x, pensel_leaving *l, const pensel_schema *schema,
                                 pensel_error *error)
{
    zones z = {0};
    size_t most = 4 * schema->count;
    pensel_status status = PENSEL_NEW(z.numbers, most, error);
    if (status == PENSEL_OK) status = PENSEL_NEW(z.plain, most, error);
    if (status == PENSEL_OK) status = PENSEL_NEW(z.codes, most, error);
    if (status == PENSEL_OK) status = PENSEL_NEW(l->inputs, schema->count, error);
    for (size_t i = 0; i < schema->count && status == PENSEL_OK; i++)
        if (schema->fields[i].role <= PENSEL_ROLE_DATE)
            status = add_column(l, &z, schema, i, error);
    if (status == PENSEL_OK) *x = join_zones(&l->graph, &z);
    pensel_release(z.numbers);
    pensel_release(z.plain);
    pensel_release(z.codes);
    return status;
}

/* ------------------------------------------------------------------ the ensemble */

typedef struct mixture {
    size_t *parts;
    double *shares;
    size_t count;
} mixture;

/* Each network of an ensemble has the same part of its share. Only the deep ones' probabilities
 * are tempered. */
static pensel_status add_ensemble(mixture *mix, pensel_leaving *leaving,
                                  const pensel_table_model *model,
                                  const pensel_table_ensemble *ensemble, double share, size_t x,
                                  pensel_error *error)
{
    pensel_graph *graph = &leaving->graph;
    bool tempers = model->task == PENSEL_CLASSIFICATION && ensemble == &model->deep;
    /* without a share there is no part; but a model that is nothing but the constant has some */
    bool leaves = share > 0 || model->report.constant_share >= 1;
    for (size_t m = 0; m < ensemble->count && leaves; m++) {
        size_t y;
        PENSEL_TRY(pensel_leaving_network(&y, leaving, ensemble->networks[m], x, error));
        if (tempers && model->report.temperature != 1) {
            /* the activation of the last layer becomes part of it */
            if (graph->status == PENSEL_OK) graph->list[y].activation = PENSEL_IDENTITY;
            y = pensel_graph_append(graph,
                                    (pensel_operation){.kind = PENSEL_OP_TEMPER,
                                                       .a = y,
                                                       .width = pensel_graph_width(graph, y),
                                                       .parameter = 1 / model->report.temperature,
                                                       .whole = true});
        }
        if (!mix->parts || !mix->shares) continue;
        mix->parts[mix->count] = y;
        mix->shares[mix->count++] = share / (double)ensemble->count;
    }
    return PENSEL_OK;
}

/* The weighted mean of all networks: deep ones share what the constant and the linear ones
 * leave. */
static pensel_status add_networks(size_t *y, pensel_leaving *leaving,
                                  const pensel_table_model *model, size_t x, pensel_error *error)
{
    pensel_graph *graph = &leaving->graph;
    size_t most = model->deep.count + model->linear.count;
    double rest = 1 - model->report.constant_share, share = rest * model->report.linear_share;
    mixture mix = {pensel_graph_indices(graph, most), pensel_graph_room(graph, most), 0};
    pensel_status status = add_ensemble(&mix, leaving, model, &model->deep, rest - share, x, error);
    if (status == PENSEL_OK)
        status = add_ensemble(&mix, leaving, model, &model->linear, share, x, error);
    if (status != PENSEL_OK || mix.count == 0) {
        pensel_release(mix.parts);
        pensel_release(mix.shares);
        return status;
    }
    *y = pensel_graph_append(graph, (pensel_operation){.kind = PENSEL_OP_MIX,
                                                       .index = mix.parts,
                                                       .count = mix.count,
                                                       .w = mix.shares,
                                                       .weights = mix.count,
                                                       .width = pensel_table_outputs(model),
                                                       .whole = true});
    return PENSEL_OK;
}

/* The constant's share is part of every answer, and of two classes' probabilities one may end
 * before the other. */
static size_t add_constant(pensel_graph *graph, const pensel_table_model *model, size_t y)
{
    size_t outputs = pensel_table_outputs(model);
    bool bounded = model->class_count == 2 && (model->low > 0 || model->high < 1);
    double *one = pensel_graph_room(graph, outputs), *part = pensel_graph_room(graph, outputs);
    for (size_t c = 0; one && part && c < outputs; c++) {
        one[c] = 1;
        part[c] = model->report.constant_share * model->base[c];
    }
    return pensel_graph_append(graph, (pensel_operation){.kind = PENSEL_OP_UNSCALE,
                                                         .a = y,
                                                         .width = outputs,
                                                         .w = one,
                                                         .c = part,
                                                         .weights = outputs,
                                                         .constants = outputs,
                                                         .low = bounded ? model->low : -INFINITY,
                                                         .high = bounded ? model->high : INFINITY,
                                                         .whole = true});
}

/* In the target's units, and within what training has seen */
static size_t scale_back(pensel_graph *graph, const pensel_table_model *model, size_t y)
{
    return pensel_graph_append(
        graph, (pensel_operation){.kind = PENSEL_OP_UNSCALE,
                                  .a = y,
                                  .width = 1,
                                  .w = pensel_graph_copy(graph, &model->spread, 1, PENSEL_FLOAT64),
                                  .c = pensel_graph_copy(graph, &model->mean, 1, PENSEL_FLOAT64),
                                  .weights = 1,
                                  .constants = 1,
                                  .low = model->low,
                                  .high = model->high,
                                  .whole = true});
}

pensel_status pensel_leaving_table(pensel_leaving *leaving, const pensel_table_model *model,
                                   pensel_error *error)
{
    pensel_graph *graph = &leaving->graph;
    size_t x = 0, y = 0;
    PENSEL_TRY(add_columns(&x, leaving, model->schema, error));
    PENSEL_TRY(add_networks(&y, leaving, model, x, error));
    if (model->task == PENSEL_CLASSIFICATION && model->report.constant_share > 0)
        y = add_constant(graph, model, y);
    if (model->task == PENSEL_REGRESSION)
        y = scale_back(graph, model, y);
    else if (model->class_count == 2)
        y = pensel_graph_append(
            graph, (pensel_operation){.kind = PENSEL_OP_PAIR, .a = y, .width = 2, .whole = true});
    leaving->table = true;
    leaving->target = model->target;
    leaving->output = y;
    leaving->outputs = pensel_graph_width(graph, y);
    leaving->classifies = model->task == PENSEL_CLASSIFICATION;
    if (!leaving->classifies) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(leaving->class_names, model->class_count, error));
    for (size_t c = 0; c < model->class_count; c++)
        leaving->class_names[c] = model->classes[c];
    return PENSEL_OK;
}
