/* Weights in 8 bits: a row is whole numbers from -127 to 127 times its scale. What that costs is
 * measured: copies of the networks get the rounded weights, and the library scores them. While the
 * score falls by more than max_loss, the rows that lose most, as a share of their layer, leave in
 * 16 bits, as multiples of a 256th of the scale. How many rows must is found by bisection. A table
 * goes as a whole, by the mean of its rows: it is one array of whole numbers of one size. */
#include "base/memory.h"
#include "base/option.h"
#include "estimator/estimator.h"
#include "estimator/table_model.h"
#include "export/target.h"
#include "network/network.h"
#include "picture/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWN = 2000 };

static const char *const names[] = {"none", "int8"};

const char *pensel_quantisation_name(pensel_quantisation quantisation)
{
    return (size_t)quantisation < sizeof names / sizeof *names ? names[quantisation] : NULL;
}

/* ------------------------------------------------------------------ rows */

typedef struct row {
    size_t product, j, count; /* the first of them, and 1, or of a table all */
    double lost;              /* of its layer's sum of squares, as a share; of each */
} row;

/* What is measured, and the networks that it is measured with */
typedef struct search {
    pensel_leaving *leaving;
    pensel_exported rounded; /* the model, with copies of its networks */
    pensel_estimator estimator;
    pensel_table_model table;
    pensel_network **copies; /* (products) of each product's network; the first of a network owns */
    row *rows;               /* (row_count) the largest loss first */
    size_t row_count;
    int32_t *whole; /* (widest) */
    pensel_samples samples;
    const pensel_columns *columns;
    double *x, *truth, *answers; /* of drawn rows; what the model says in float, and rounded */
    bool own;
} search;

/* Rounds as the scales say, in the copy of the network; the mean square of what a row loses. */
static double round_row(search *s, const row *r)
{
    const pensel_product *product = &s->leaving->products[r->product];
    const pensel_operation *o = &s->leaving->graph.list[product->operation];
    double lost = 0;
    for (size_t j = r->j; j < r->j + r->count; j++)
        lost += pensel_quantise_put(s->copies[r->product], product, o, j, s->whole);
    return lost / (double)r->count;
}

/* A total order, so that every sort gives the same: what is equal stands as in the network. */
static int by_loss(const void *a, const void *b)
{
    const row *r = a, *q = b;
    if (r->lost != q->lost) return r->lost < q->lost ? 1 : -1;
    if (r->product != q->product) return r->product > q->product ? 1 : -1;
    return r->j > q->j ? 1 : r->j < q->j ? -1 : 0;
}

/* The first `wide` rows of the list in 16 bits, the others in 8; how many rows that are, tables
 * counted in full. All anew: rounding starts from the operations' own weights, so it does not
 * matter what was tried before. */
static size_t round_rows(search *s, size_t wide)
{
    size_t count = 0;
    for (size_t k = 0; k < s->row_count; k++) {
        const row *r = &s->rows[k];
        const pensel_product *product = &s->leaving->products[r->product];
        float *scale = s->leaving->graph.list[product->operation].scale + r->j;
        for (size_t j = 0; j < r->count; j++)
            scale[j] = k < wide ? -fabsf(scale[j]) : fabsf(scale[j]);
        count += k < wide ? r->count : 0;
        round_row(s, r);
    }
    return count;
}

/* ------------------------------------------------------------------ copies */

/* NULL: the network has no layer that is rounded. */
static pensel_network *copy_of(const search *s, const pensel_network *network)
{
    for (size_t p = 0; p < s->leaving->product_count; p++)
        if (s->leaving->products[p].network == network) return s->copies[p];
    return NULL;
}

/* One copy for each network; its products follow one another in the list, on which freeing
 * relies, too. */
static pensel_status copy_networks(search *s, pensel_error *error)
{
    const pensel_product *products = s->leaving->products;
    PENSEL_TRY(PENSEL_NEW(s->copies, s->leaving->product_count, error));
    for (size_t p = 0; p < s->leaving->product_count; p++) {
        if (p && products[p].network == products[p - 1].network)
            s->copies[p] = s->copies[p - 1];
        else
            PENSEL_TRY(pensel_network_copy(&s->copies[p], products[p].network, error));
    }
    return PENSEL_OK;
}

/* An ensemble's networks that have products become copies. */
static pensel_status copy_ensemble(const search *s, pensel_table_ensemble *ensemble,
                                   pensel_error *error)
{
    pensel_network **from = ensemble->networks;
    PENSEL_TRY(PENSEL_NEW(ensemble->networks, ensemble->count, error));
    for (size_t m = 0; m < ensemble->count; m++) {
        pensel_network *copy = copy_of(s, from[m]);
        ensemble->networks[m] = copy ? copy : from[m];
    }
    return PENSEL_OK;
}

/* The model again with copies of its networks; all else is the model's own and is not written. A
 * painting is measured as its estimator. */
static pensel_status copy_model(search *s, const pensel_exported *model, pensel_error *error)
{
    PENSEL_TRY(copy_networks(s, error));
    if (model->table) {
        s->table = *model->table;
        s->table.deep.networks = s->table.linear.networks = NULL;
        s->rounded.table = &s->table;
        pensel_table_ensemble deep = model->table->deep, linear = model->table->linear;
        PENSEL_TRY(copy_ensemble(s, &deep, error));
        s->table.deep = deep;
        PENSEL_TRY(copy_ensemble(s, &linear, error));
        s->table.linear = linear;
        return PENSEL_OK;
    }
    s->estimator =
        model->painting ? *pensel_painting_estimator(model->painting) : *model->estimator;
    s->estimator.learned.network = copy_of(s, s->estimator.learned.network);
    s->rounded.estimator = &s->estimator;
    return PENSEL_OK;
}

/* Of the layer's weights, so that layers of any size are compared by shares; never 0. */
static double squares(const pensel_operation *o)
{
    double sum = 0;
    for (size_t k = 0; k < o->weights; k++)
        sum += o->w[k] * o->w[k];
    return sum > 0 ? sum : 1;
}

/* Scales for all that is rounded; how many entries of the list that makes, and the longest row */
static pensel_status set_scales(size_t *count, size_t *longest, const pensel_leaving *l,
                                pensel_error *error)
{
    *count = *longest = 0;
    for (size_t p = 0; p < l->product_count; p++) {
        pensel_operation *o = &l->graph.list[l->products[p].operation];
        size_t rows = pensel_quantise_rows(o), length = pensel_quantise_length(o);
        PENSEL_TRY(PENSEL_NEW(o->scale, rows, error));
        PENSEL_TRY(pensel_target_finite("int8", o, error));
        for (size_t j = 0; j < rows; j++)
            o->scale[j] = pensel_quantise_scale(o, j);
        *count += o->kind == PENSEL_OP_AFFINE ? rows : 1;
        *longest = length > *longest ? length : *longest;
    }
    return PENSEL_OK;
}

/* Every row of every layer, and every table, with what rounding it to 8 bits loses, the largest
 * loss first. */
static pensel_status list_rows(search *s, pensel_quantised *q, pensel_error *error)
{
    size_t count, longest;
    const pensel_leaving *l = s->leaving;
    PENSEL_TRY(set_scales(&count, &longest, l, error));
    PENSEL_REQUIRE(count, UNSUPPORTED, "int8: the model has no dense layer to quantise");
    PENSEL_TRY(PENSEL_NEW(s->rows, count, error));
    PENSEL_TRY(PENSEL_NEW(s->whole, longest, error));
    for (size_t p = 0; p < l->product_count; p++) {
        const pensel_operation *o = &l->graph.list[l->products[p].operation];
        size_t rows = pensel_quantise_rows(o), step = o->kind == PENSEL_OP_AFFINE ? 1 : rows;
        for (size_t j = 0; j < rows; j += step) {
            row *r = &s->rows[s->row_count++];
            *r = (row){p, j, step, 0};
            r->lost = round_row(s, r) / squares(o);
            q->rows += step;
        }
    }
    qsort(s->rows, count, sizeof *s->rows, by_loss);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ rows to measure on */

/* Normal (Box and Muller 1958) where inputs are scaled to deviations, else uniform */
static double draw(pensel_random *random, bool uniform)
{
    double u = pensel_random_uniform(random, 0, 1);
    if (uniform) return u;
    double v = pensel_random_uniform(random, 0, 1);
    return sqrt(-2 * log1p(-u)) * cos(2 * 3.14159265358979323846 * v);
}

/* Rows as training may have seen them: a painting's own pixels, else numbers as the scaler says
 * they are spread. Always the same ones. */
static pensel_status draw_rows(search *s, const pensel_scaler *scaler, size_t inputs,
                               pensel_error *error)
{
    const pensel_leaving *l = s->leaving;
    pensel_random random;
    PENSEL_REQUIRE(
        l->canvas || scaler->count, BAD_ARGUMENT,
        "int8: the model's inputs are not scaled, so it does not know what they are like: "
        "rows to measure the loss on are needed (--check TABLE)");
    PENSEL_TRY(PENSEL_NEW(s->x, DRAWN * inputs, error));
    pensel_random_seed(&random, 0);
    for (size_t k = 0; k < DRAWN * inputs; k++) {
        size_t i = k % inputs;
        double u = draw(&random, l->canvas || l->minmax);
        const double sides[] = {l->canvas ? (double)l->canvas->height : 0,
                                l->canvas ? (double)l->canvas->width : 0};
        if (l->canvas)
            s->x[k] = i < 2 ? floor(u * sides[i]) * l->scale[i] + l->offset[i] : u;
        else
            s->x[k] = u * scaler->scale[i] + scaler->offset[i];
    }
    s->samples.x = (pensel_matrix){s->x, DRAWN, inputs, PENSEL_FLOAT64};
    return PENSEL_OK;
}

/* The rows, and what the model answers in float where they have no targets */
static pensel_status find_rows(search *s, pensel_quantised *quantised, const pensel_exported *model,
                               const pensel_export_options *o, pensel_error *error)
{
    const pensel_estimator *e =
        model->painting ? pensel_painting_estimator(model->painting) : model->estimator;
    if (model->table) {
        PENSEL_REQUIRE(
            o->check_columns && !o->check, BAD_ARGUMENT,
            "int8: a table's model is measured on rows of such a table, with the target: "
            "they are needed (--check TABLE)");
        s->columns = o->check_columns;
        return PENSEL_OK;
    }
    PENSEL_REQUIRE(!o->check_columns && !(o->check && model->painting), BAD_ARGUMENT,
                   "int8: %s: rows to check it on have no effect",
                   model->painting ? "a painting is measured on its own pixels"
                                   : "this model takes samples, not columns");
    if (o->check) s->samples = *o->check;
    quantised->drawn = !o->check;
    size_t inputs = pensel_network_shape(e->learned.network)->inputs;
    if (!o->check) PENSEL_TRY(draw_rows(s, &e->learned.inputs, inputs, error));
    s->own = !s->samples.y.data;
    if (!s->own) return PENSEL_OK;
    size_t count = s->samples.x.rows * e->learned.target_count;
    PENSEL_TRY(PENSEL_NEW(s->truth, count, error));
    PENSEL_TRY(PENSEL_NEW(s->answers, count, error));
    return pensel_estimator_predict(e, s->truth, s->samples.x, error);
}

/* The share of rows that get the same classes, or R2 of the answers, as a mean over targets */
static double agreement(const double *answers, const double *truth, size_t n, size_t targets,
                        bool classes)
{
    double sum = 0;
    for (size_t t = 0; t < targets; t++) {
        double mean = 0, off = 0, spread = 0, same = 0;
        for (size_t r = 0; r < n; r++)
            mean += truth[r * targets + t] / (double)n;
        for (size_t r = 0; r < n; r++) {
            double y = truth[r * targets + t], d = answers[r * targets + t] - y;
            off += d * d;
            spread += (y - mean) * (y - mean);
            same += d == 0;
        }
        if (classes)
            sum += same / (double)n;
        else
            sum += spread > 0 ? 1 - off / spread : off == 0;
    }
    return sum / (double)targets;
}

/* The score of a model on the rows: accuracy or R2 where there are targets, else how far its
 * answers agree with those in float. */
static pensel_status measure(search *s, double *score, pensel_quantised *q,
                             const pensel_exported *model, pensel_error *error)
{
    pensel_scores scores;
    if (model->table) {
        PENSEL_TRY(pensel_table_model_score(model->table, &scores, s->columns, error));
    } else if (s->own) {
        const pensel_estimator *e = model->estimator;
        PENSEL_TRY(pensel_estimator_predict(e, s->answers, s->samples.x, error));
        q->samples = s->samples.x.rows;
        *score = agreement(s->answers, s->truth, q->samples, e->learned.target_count, q->classes);
        return PENSEL_OK;
    } else {
        PENSEL_TRY(pensel_estimator_score(model->estimator, &scores, NULL, &s->samples, error));
    }
    q->samples = scores.n;
    *score = q->classes ? scores.accuracy : scores.r2;
    PENSEL_REQUIRE(isfinite(*score), BAD_ARGUMENT,
                   "int8: the rows have no %s to measure the loss by: other rows are needed",
                   q->classes ? "accuracy" : "R2");
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ the search */

/* How much the score falls with `wide` rows in 16 bits. */
static pensel_status lose(search *s, double *loss, size_t wide, pensel_quantised *q,
                          pensel_error *error)
{
    q->wide = round_rows(s, wide);
    PENSEL_TRY(measure(s, &q->after, q, &s->rounded, error));
    *loss = q->before - q->after;
    return PENSEL_OK;
}

/* The fewest rows in 16 bits with which the loss is small enough, as far as bisection finds
 * them. `high` was always tried and found to be enough, so the result is, even if the loss
 * should not fall evenly. */
static pensel_status bisect(search *s, pensel_quantised *q, double most, pensel_error *error)
{
    size_t low = 0, high = s->row_count; /* too few, unless it is 0; enough */
    double loss;
    PENSEL_TRY(lose(s, &loss, 0, q, error));
    if (loss <= most) return PENSEL_OK;
    PENSEL_TRY(lose(s, &loss, high, q, error));
    PENSEL_REQUIRE(loss <= most, UNSUPPORTED,
                   "int8: the %s falls from %.5g to %.5g even with all rows in 16 bits: a max_loss "
                   "of more than %.3g is needed",
                   q->classes ? "accuracy" : "R2", q->before, q->after, most);
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        PENSEL_TRY(lose(s, &loss, middle, q, error));
        if (loss <= most)
            high = middle;
        else
            low = middle;
    }
    return lose(s, &loss, high, q, error);
}

/* The order matters: rows are rounded in the copies, so copies come first, and the score in
 * float is that of the model itself. */
static pensel_status run(search *s, pensel_quantised *q, const pensel_exported *model,
                         const pensel_export_options *options, pensel_error *error)
{
    pensel_exported whole = *model;
    if (model->painting)
        whole = (pensel_exported){.estimator = pensel_painting_estimator(model->painting)};
    PENSEL_TRY(copy_model(s, model, error));
    PENSEL_TRY(list_rows(s, q, error));
    PENSEL_TRY(find_rows(s, q, model, options, error));
    q->own = s->own;
    PENSEL_TRY(measure(s, &q->before, q, &whole, error));
    return bisect(s, q, options->max_loss, error);
}

/* Afterwards the operations have scales, and their weights as before: who writes rounds them by
 * pensel_quantise_row. *quantised says what was measured; leaving borrows it. */
pensel_status pensel_leaving_quantise(pensel_leaving *leaving, pensel_quantised *quantised,
                                      const pensel_exported *model,
                                      const pensel_export_options *options, pensel_error *error)
{
    search s = {.leaving = leaving};
    *quantised = (pensel_quantised){.classes = leaving->classifies || leaving->labels};
    pensel_status status = run(&s, quantised, model, options, error);
    for (size_t p = 0; s.copies && p < leaving->product_count; p++)
        if (p + 1 == leaving->product_count || s.copies[p] != s.copies[p + 1])
            pensel_network_free(&s.copies[p]);
    if (model->table) {
        pensel_release(s.table.deep.networks);
        pensel_release(s.table.linear.networks);
    }
    pensel_release(s.copies);
    pensel_release(s.rows);
    pensel_release(s.whole);
    pensel_release(s.x);
    pensel_release(s.truth);
    pensel_release(s.answers);
    leaving->quantised = quantised;
    return status;
}
