/* How a model of a table is trained, with nothing to choose.
 *
 * Below FEW_ROWS rows each of five parts is held out once: five networks, each with its best epoch
 * by the part it has not seen, are the model, and every figure is of held-out rows. Above, one part
 * is held out and the networks differ in their start. What the budget of time allows, networks and
 * epochs, is computed from the table's size and a nominal speed, so it does not depend on the
 * clock; the clock only ends what takes too long.
 *
 * A linear model is trained beside them. Where it helps the held-out loss, it has a share in the
 * predictions: so the whole is not worse than it.
 *
 * Words: a part is one of the lots that rows are dealt into; a fold is a part that is held out, of
 * which a report counts all or none; a member is one network with its rows; a job is a member in
 * the order in which they stand in `members`, deep ones first and linear ones behind.
 *
 * Who owns what: everything that hangs on pensel_table_fit is gone after a fit, but the model, the
 * networks (take_networks) and `truth` (table_kept.c), which change their owner. */
#include "base/context.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "base/thread_pool.h"
#include "estimator/table_fit.h"
#include "platform/clock.h"
#include "platform/float.h"
#include "table/schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 5, FEW_ROWS = 5000, MOST_HELD_OUT = 10000, MOST_NETWORKS = 4, LEAST_EPOCHS = 8 };
#define LINEAR_SHARE 0.2   /* of the time, at most */
#define TRAINING_SHARE 0.9 /* of the time: the rest is for figures */
#define NOMINAL_SPEED 30e9 /* operations per second that two cores are sure to do */

/* ------------------------------------------------------------------ plan */

/* RealMLP's authors' sizes by rows, without those above 256. */
static size_t batch_of(size_t n)
{
    return n <= 1024 ? 64 : n <= 8192 ? 128 : 256;
}

/* Of up to 1000 rows an epoch is ten steps or so, and networks go on to learn for long; of some
 * thousand rows 48 epochs are a middle: some tables went on to learn up to 64, others were better
 * with fewer. `n` is what one network trains on. */
static double epochs_of(bool rotates, double n)
{
    if (!rotates) return 64;
    return n <= 1000 ? 192 : 48;
}

/* From the table's size, the seconds and the nominal speed alone: equal tables have equal plans on
 * all machines. First fewer networks, then fewer epochs, never below LEAST_EPOCHS: a member that
 * has no time for those is cut by the clock. 0.7 of the time is planned for the deep
 * networks.
 *
 * Of many rows part 0 is held out, a fifth of them but not far above MOST_HELD_OUT: hence more
 * parts. */
static void plan(pensel_table_fit *f)
{
    pensel_table_report *report = &f->model->report;
    f->rotates = f->n < FEW_ROWS;
    f->parts = f->n < PARTS ? f->n : PARTS;
    if (!f->rotates && f->n / f->parts > MOST_HELD_OUT) f->parts = f->n / MOST_HELD_OUT;
    f->deep = f->rotates ? f->parts : MOST_NETWORKS;
    size_t held_out = f->n / f->parts;
    double n = (double)(f->n - held_out);
    double epoch = n * pensel_table_member_operations(f->model, f->rotates);
    double budget = f->options->seconds * NOMINAL_SPEED * 0.7;
    double epochs = epochs_of(f->rotates, n);
    if (!f->rotates && budget < epoch * epochs * (double)f->deep) f->deep = 2;
    double most = budget / (epoch * (double)f->deep);
    if (most < epochs) epochs = most > LEAST_EPOCHS ? floor(most) : LEAST_EPOCHS;
    if (f->options->epochs > 0) epochs = fmin(epochs, (double)f->options->epochs);
    f->jobs = f->deep + (f->rotates ? f->parts : 1);
    f->epochs_all = f->deep * (size_t)epochs;
    report->epochs = (size_t)epochs;
    report->batch = batch_of((size_t)n);
    report->rows = f->n;
    report->folds = f->rotates ? f->parts : 0;
    report->networks = f->deep;
}

/* ------------------------------------------------------------------ members */

/* Targets as a network sees them: scaled numbers, 0 and 1 of the second class, or one-hot. x gets
 * its numbers from the schema afterwards. */
static pensel_status encode(pensel_table_fit *f, pensel_error *error)
{
    size_t count, targets;
    if (!pensel_multiply(&count, f->n, f->width) || !pensel_multiply(&targets, f->n, f->outputs))
        return pensel_fail_memory(error, f->n, f->width);
    PENSEL_TRY(PENSEL_ALLOCATE(f->x, count, sizeof *f->x, error));
    PENSEL_TRY(PENSEL_ALLOCATE(f->y, targets, sizeof *f->y, error));
    for (size_t i = 0; i < f->n; i++) {
        double y = f->target.y[i];
        if (f->model->task == PENSEL_REGRESSION)
            f->y[i] = (float)((y - f->model->mean) / f->model->spread);
        else if (f->outputs == 1)
            f->y[i] = (float)y;
        else
            f->y[i * f->outputs + (size_t)y] = 1;
    }
    return PENSEL_OK;
}

/* A callback of members, so of any thread. One at a time calls on_progress; others go on at once,
 * since their epoch is counted already. The clock ends what takes too long, so what is done is no
 * less than its share. */
static void count_epoch(void *data)
{
    pensel_table_fit *f = data;
    const pensel_table_model_options *o = f->options;
    double epochs = (double)atomic_fetch_add(&f->epochs_done, 1) + 1;
    if (!o->on_progress || atomic_flag_test_and_set(&f->reports)) return;
    double seconds = pensel_clock() - f->begun;
    double done = fmax(epochs / (double)f->epochs_all, seconds / o->seconds);
    o->on_progress(fmin(done, 1), seconds, o->on_progress_data);
    atomic_flag_clear(&f->reports);
}

/* Each member's seed depends on its number alone, not on who trains it. Where parts rotate, deep
 * member k and linear member k have the same held-out part k, so their held-out outputs stand
 * beside each other; else part 0 is everybody's. */
static pensel_status make_members(pensel_table_fit *f, pensel_error *error)
{
    const pensel_table_report *report = &f->model->report;
    PENSEL_TRY(PENSEL_NEW(f->members, f->jobs, error));
    PENSEL_TRY(PENSEL_NEW(f->blocks, f->jobs, error));
    PENSEL_TRY(PENSEL_NEW(f->held, f->jobs, error));
    for (size_t j = 0; j < f->jobs; j++) {
        bool linear = j >= f->deep;
        size_t number = linear ? j - f->deep : j;
        f->members[j] = (pensel_table_member){
            .model = f->model,
            .linear = linear,
            .few = f->rotates,
            .width = f->width,
            .epochs = report->epochs,
            .batch = report->batch,
            .seed = f->options->seed + 1 + (uint32_t)j,
            .interrupt = f->options->interrupt,
            .on_epoch = count_epoch,
            .data = f,
        };
        PENSEL_TRY(pensel_table_fit_rows(f, j, f->rotates ? number : 0, error));
    }
    return PENSEL_OK;
}

/* A pensel_work. Linear ones come first. What is left of the time is for the deep ones: each gets
 * an equal share of what is left when it begins, by the rounds that are still to come on so many
 * threads:
 *
 *     rounds = ceil(jobs from this one on / threads),   until = now + (end - now) / rounds
 *
 * So what a member did not need goes to those after it. Linear ones have an end of their own, after
 * LINEAR_SHARE at most, which shrinks with the rounds of them that are left. */
static void train_job(void *data, size_t item, size_t worker)
{
    pensel_table_fit *f = data;
    size_t linear = f->jobs - f->deep, last = item < linear ? linear : f->jobs;
    size_t rounds = (last - item + f->threads - 1) / f->threads;
    pensel_table_member *m = &f->members[item < linear ? f->deep + item : item - linear];
    double now = pensel_clock(), seconds = f->options->seconds;
    double most = ceil((double)linear / (double)f->threads); /* rounds */
    double end = f->end - (1 - TRAINING_SHARE) * seconds;
    if (item < linear) end = fmin(end, now + LINEAR_SHARE * seconds * (double)rounds / most);
    (void)worker;
    m->until = now + fmax(end - now, 0) / (double)rounds;
    pensel_table_member_train(m);
}

/* All members, and the first error among them, by number: which thread failed first is not asked,
 * so that the same table gives the same sentence. A context of its own ends with its threads. */
static pensel_status train(pensel_table_fit *f, pensel_error *error)
{
    pensel_context *context;
    PENSEL_TRY(pensel_context_new(&context, NULL, error));
    pensel_pool pool = pensel_pool_of(context, f->options->threads);
    f->threads = pool.size;
    pensel_pool_run(&pool, train_job, f, f->jobs);
    pensel_context_free(&context);
    for (size_t j = 0; j < f->jobs; j++) {
        if (f->members[j].status != PENSEL_OK) {
            if (error) *error = f->members[j].error;
            return f->members[j].status;
        }
        if (f->members[j].cut) f->model->report.cut = true;
    }
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ all of it */

/* They change their owner: clear frees those that are still a member's. */
static pensel_status take_networks(pensel_table_fit *f, pensel_error *error)
{
    pensel_table_model *m = f->model;
    PENSEL_TRY(PENSEL_NEW(m->deep.networks, f->deep, error));
    PENSEL_TRY(PENSEL_NEW(m->linear.networks, f->jobs - f->deep, error));
    for (size_t j = 0; j < f->jobs; j++) {
        pensel_table_ensemble *to = j < f->deep ? &m->deep : &m->linear;
        to->networks[to->count++] = f->members[j].network;
        f->members[j].network = NULL;
    }
    return PENSEL_OK;
}

/* The schema is learned from rows that have a target, held-out ones among them: it knows no
 * targets. Rows are dealt before they are encoded, for dealing may change their order, which x and
 * y then have. Members need x, and networks a schema to make their layers from. Importance needs
 * the networks in the model, and before that their held-out outputs; it comes last of what takes
 * time, for it alone is told by the clock how much of it there is. */
static pensel_status run(pensel_table_fit *f, const pensel_columns *columns, pensel_error *error)
{
    pensel_table_model *m = f->model;
    const pensel_table_model_options *o = f->options;
    PENSEL_TRY(pensel_table_target_learn(&f->target, m, columns, o->task, error));
    f->n = f->target.count;
    m->report.unlabelled = f->target.without;
    PENSEL_TRY(pensel_schema_learn(&m->schema, columns, m->target, f->target.rows, f->n, o->roles,
                                   o->role_count, error));
    pensel_schema_layout layout = pensel_schema_inputs(m->schema);
    f->width = layout.numbers + layout.plain + layout.codes;
    f->outputs = pensel_table_outputs(m);
    plan(f);
    PENSEL_TRY(pensel_table_fit_deal(f, error));
    PENSEL_TRY(encode(f, error));
    PENSEL_TRY(pensel_schema_encode(m->schema, f->x, NULL, columns, f->target.rows, f->n, error));
    PENSEL_TRY(make_members(f, error));
    PENSEL_TRY(train(f, error));
    PENSEL_TRY(pensel_table_fit_held(f, error));
    PENSEL_TRY(take_networks(f, error));
    PENSEL_TRY(pensel_table_fit_trained(f, error));
    PENSEL_TRY(pensel_table_fit_importance(f, error));
    PENSEL_TRY(pensel_table_fit_keep(f, error));
    m->report.seconds = pensel_clock() - f->begun;
    return PENSEL_OK;
}

/* Also after a failure at any step: what was not made yet is NULL, and jobs is 0 before the plan.
 */
static void clear(pensel_table_fit *f)
{
    for (size_t j = 0; j < f->jobs; j++) {
        if (f->members) pensel_network_free(&f->members[j].network);
        if (f->members) pensel_release(f->members[j].curve);
        if (f->blocks) pensel_release(f->blocks[j]);
        if (f->held) pensel_release(f->held[j]);
    }
    pensel_release(f->members);
    pensel_release(f->blocks);
    pensel_release(f->held);
    pensel_release(f->part);
    pensel_release(f->x);
    pensel_release(f->y);
    pensel_release(f->out);
    pensel_release(f->linear);
    pensel_release(f->truth);
    pensel_table_target_clear(&f->target);
}

/* The clock begins before this call by what the caller has spent, so that reading a file counts.
 * *model is NULL unless all went well: half a model is of no use to anybody. */
pensel_status pensel_table_model_fit(pensel_table_model **model, const pensel_columns *columns,
                                     const char *target, const pensel_table_model_options *options,
                                     pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_table_model_options o = options ? *options : pensel_table_model_defaults();
    pensel_table_fit f = {.options = &o};
    PENSEL_REQUIRE(model && columns && target, BAD_ARGUMENT,
                   "model, columns or target is NULL: all are needed");
    *model = NULL;
    f.begun = pensel_clock() - o.spent;
    f.end = f.begun + o.seconds;
    atomic_flag_clear(&f.reports);
    PENSEL_TRY(pensel_options_check(&o, pensel_table_model_table(), error));
    PENSEL_TRY(pensel_more_check(o.more, error));
    PENSEL_TRY(PENSEL_NEW(f.model, 1, error));
    f.model->report.temperature = 1;
    pensel_status status = pensel_duplicate(&f.model->target, target, error);
    if (status == PENSEL_OK) status = run(&f, columns, error);
    clear(&f);
    if (status != PENSEL_OK) pensel_table_model_free(&f.model);
    *model = f.model;
    return status;
}
