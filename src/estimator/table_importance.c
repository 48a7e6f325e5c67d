/* Which columns matter: by how much the figure of held-out rows falls when what became of a column
 * is shuffled among them (Breiman 2001, section 10):
 *
 *     importance_c = figure(x) - figure(x with column c shuffled)
 *
 * A shuffle keeps what values a column has and breaks only what they have to do with the others and
 * with the target. The networks are not trained again, so of two columns that say the same each may
 * seem to matter little. A number below 0 is chance.
 *
 * The rows are those that are held out of member 0, the first ones of held_x and of `truth` alike.
 * Whether all columns come depends on the clock: what has no time left stays 0. */
#include "base/error.h"
#include "base/memory.h"
#include "estimator/table_fit.h"
#include "platform/clock.h"
#include "table/schema.h"

#include <math.h>
#include <string.h>

/* Of rows: so many at most; so many that are timed first; so many that remain however little time
 * there is. MOST_OPERATIONS bounds all columns together, by the table's size alone. */
enum { MOST_ROWS = 2000, TRIED_ROWS = 100, LEAST_ROWS = 20 };
#define MOST_OPERATIONS 1e10

/* Shuffles what one column became among n rows of x: row i gets units [at, at + count) of row
 * order[i]. x and from (n, width) must not overlap. */
static void shuffle_zone(float *x, const float *from, size_t width, size_t at, size_t count,
                         const size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++)
        memcpy(x + i * width + at, from + order[i] * width + at, count * sizeof *x);
}

/* A column has become numbers, plain inputs (one for each category, say) and codes, in three zones
 * of a row; all of them are shuffled together, or a gap's input would give its number away. */
static void shuffle_field(const pensel_table_fit *f, float *x, const float *from,
                          const size_t *order, size_t n, size_t field)
{
    const pensel_schema *schema = f->model->schema;
    const pensel_schema_field *c = &schema->fields[field];
    size_t plain = schema->numbers, codes = plain + schema->plain;
    memcpy(x, from, n * f->width * sizeof *x);
    shuffle_zone(x, from, f->width, c->number_at, pensel_field_numbers(c), order, n);
    shuffle_zone(x, from, f->width, plain + c->plain_at, pensel_field_plain(c), order, n);
    shuffle_zone(x, from, f->width, codes + c->code_at, pensel_field_codes(c), order, n);
}

/* The figure that people are shown: R2, or accuracy. */
static pensel_status score_rows(const pensel_table_fit *f, double *score, double *out,
                                const float *x, const double *y, size_t n, pensel_error *error)
{
    pensel_table_scores scores;
    PENSEL_TRY(pensel_table_outputs_of(f->model, out, x, n, 0, error));
    PENSEL_TRY(pensel_table_measure(f->model, &scores, out, y, n, error));
    *score = f->model->task == PENSEL_REGRESSION ? scores.r2 : scores.accuracy;
    return PENSEL_OK;
}

/* With the model's networks reduced to those that have not seen the rows: the first one of a
 * rotation, or all. One permutation after the other comes from one seed, so equal fits give equal
 * figures, unless the clock ends them. Roles behind that of a date have no inputs, so nothing of
 * them can be shuffled. */
static pensel_status measure_importance(pensel_table_fit *f, float *x, double *out, size_t *order,
                                        size_t n, pensel_error *error)
{
    const float *from = f->members[0].held_x;
    pensel_random random;
    double whole, score;
    pensel_random_seed(&random, f->options->seed);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    PENSEL_TRY(score_rows(f, &whole, out, from, f->truth, n, error));
    for (size_t c = 0; c < f->model->schema->count && pensel_clock() < f->end; c++) {
        if (f->model->schema->fields[c].role > PENSEL_ROLE_DATE) continue;
        pensel_random_shuffle(&random, order, n);
        shuffle_field(f, x, from, order, n, c);
        PENSEL_TRY(score_rows(f, &score, out, x, f->truth, n, error));
        f->model->importance[c] = isnan(whole - score) ? 0 : whole - score;
    }
    return PENSEL_OK;
}

/* As many of n rows as there is time for, going by a few of them: half of what is left, for each
 * column and the whole once. The clock may only make them fewer. */
static pensel_status fit_rows_to_time(pensel_table_fit *f, size_t *n, double *out,
                                      pensel_error *error)
{
    size_t tried = *n < TRIED_ROWS ? *n : TRIED_ROWS;
    double score, begun = pensel_clock();
    PENSEL_TRY(score_rows(f, &score, out, f->members[0].held_x, f->truth, tried, error));
    double now = pensel_clock(), columns = (double)(f->model->schema->count + 1);
    double most = 0.5 * (f->end - now) / columns * (double)tried / (now - begun + 1e-9);
    if (most < (double)*n && *n > LEAST_ROWS) *n = most > LEAST_ROWS ? (size_t)most : LEAST_ROWS;
    return PENSEL_OK;
}

/* The model's counts of networks are set to 1 for the time of it where parts rotate, for only the
 * first network has not seen these rows; whatever fails, they are set back. A forward pass is a
 * third of the operations of a step. */
pensel_status pensel_table_fit_importance(pensel_table_fit *f, pensel_error *error)
{
    pensel_table_model *m = f->model;
    size_t deep = m->deep.count, linear = m->linear.count, n = f->members[0].held, *order;
    double each =
        pensel_table_member_operations(m, f->rotates) / 3 * (double)(f->rotates ? 1 : deep);
    double most = MOST_OPERATIONS / each / (double)(m->schema->count + 1);
    float *x;
    double *out;
    if (n > MOST_ROWS) n = MOST_ROWS;
    if ((double)n > most && n > 100) n = most > 100 ? (size_t)most : 100;
    PENSEL_TRY(PENSEL_NEW(m->importance, m->schema->count, error));
    m->report.importance = m->importance;
    PENSEL_TRY(PENSEL_ALLOCATE(x, n * f->width, sizeof *x, error));
    pensel_status status = PENSEL_ALLOCATE(out, n * f->outputs, sizeof *out, error);
    order = NULL;
    if (status == PENSEL_OK) status = PENSEL_NEW(order, n, error);
    if (f->rotates) m->deep.count = m->linear.count = 1;
    if (status == PENSEL_OK) status = fit_rows_to_time(f, &n, out, error);
    if (status == PENSEL_OK) status = measure_importance(f, x, out, order, n, error);
    m->deep.count = deep;
    m->linear.count = linear;
    pensel_release(order);
    pensel_release(out);
    pensel_release(x);
    return status;
}
