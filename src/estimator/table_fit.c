/* How a model of a table is trained, with nothing to choose.
 *
 * Below FEW_ROWS rows each of five parts is held out once: five networks, each with its best epoch
 * by the part it has not seen, are the model, and every figure is of held-out rows. Above, one part
 * is held out and the networks differ in their start. What the budget of time allows, networks and
 * epochs, is computed from the table's size and a nominal speed, so it does not depend on the
 * clock; the clock only ends what takes too long.
 *
 * A linear model is trained beside them. Where it helps the held-out loss, it has a share in the
 * predictions: so the whole is not worse than it. */
#include "base/context.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "estimator/table_model.h"
#include "platform/clock.h"
#include "platform/float.h"
#include "table/schema.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    PARTS = 5,
    FEW_ROWS = 5000,
    MOST_HELD_OUT = 10000,
    MOST_NETWORKS = 4,
    LEAST_EPOCHS = 8,
    IMPORTANCE_ROWS = 2000,
    SHARES = 10
};
#define LEAST_SECONDS 0.2
#define LINEAR_SHARE 0.2   /* of the time, at most */
#define NOMINAL_SPEED 30e9 /* operations per second that two cores are sure to do */
#define IMPORTANCE_OPERATIONS 1e10

typedef struct fit {
    pensel_table_model *model;
    const pensel_table_model_options *options;
    pensel_table_target target;
    size_t n, width, outputs, parts, deep, jobs; /* jobs: deep networks, then linear ones */
    bool rotates;                                /* each part is held out once */
    size_t *part;                                /* (n) */
    float *x, *y;                                /* (n, width), (n, outputs) */
    pensel_table_member *members;                /* (jobs) */
    float **blocks;                              /* (jobs) what each one's samples stand in */
    size_t **held;                               /* (jobs) its held-out rows */
    double begun;
    size_t threads;
    atomic_size_t epochs_done;
    size_t epochs_all;
    double *out, *linear, *truth; /* of held-out rows: (held_out, outputs), and (held_out) */
    size_t *held_rows, held_out;
} fit;

/* ------------------------------------------------------------------ plan */

static size_t batch_of(size_t n)
{
    return n <= 1024 ? 64 : n <= 8192 ? 128 : 256;
}

static void plan(fit *f)
{
    pensel_table_report *report = &f->model->report;
    f->rotates = f->n < FEW_ROWS;
    f->parts = f->n < PARTS ? f->n : PARTS;
    if (!f->rotates && f->n / f->parts > MOST_HELD_OUT) f->parts = f->n / MOST_HELD_OUT;
    f->deep = f->rotates ? f->parts : MOST_NETWORKS;
    size_t held_out = f->n / f->parts;
    double n = (double)(f->n - held_out);
    double epoch = n * pensel_table_member_operations(f->model);
    double budget = f->options->seconds * NOMINAL_SPEED * 0.7, epochs = n < 1000 ? 128 : 64;
    if (!f->rotates && budget < epoch * epochs * (double)f->deep) f->deep = 2;
    double most = budget / (epoch * (double)f->deep);
    if (most < epochs) epochs = most > LEAST_EPOCHS ? floor(most) : LEAST_EPOCHS;
    f->jobs = f->deep + (f->rotates ? f->parts : 1);
    f->epochs_all = f->deep * (size_t)epochs;
    report->epochs = (size_t)epochs;
    report->batch = batch_of((size_t)n);
    report->rows = f->n;
    report->folds = f->rotates ? f->parts : 0;
    report->networks = f->deep;
}

/* Rows are dealt out to the parts like cards, class by class, in random order. */
static pensel_status deal(fit *f, pensel_error *error)
{
    size_t *order;
    pensel_random random;
    PENSEL_TRY(PENSEL_NEW(f->part, f->n, error));
    PENSEL_TRY(PENSEL_NEW(order, f->n, error));
    for (size_t i = 0; i < f->n; i++)
        order[i] = i;
    pensel_random_seed(&random, f->options->seed);
    pensel_random_shuffle(&random, order, f->n);
    size_t classes = f->model->class_count, dealt = 0;
    for (size_t c = 0; c < (classes ? classes : 1); c++)
        for (size_t i = 0; i < f->n; i++)
            if (!classes || f->target.y[order[i]] == (double)c)
                f->part[order[i]] = dealt++ % f->parts;
    pensel_release(order);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ members */

static pensel_status encode(fit *f, pensel_error *error)
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

/* Copies the rows of a member, those it trains on and then the held-out ones. */
static pensel_status fill_member(fit *f, size_t job, size_t held_part, pensel_error *error)
{
    pensel_table_member *m = &f->members[job];
    size_t row = f->width + f->outputs, at[2] = {0, 0};
    float *block;
    for (size_t i = 0; i < f->n; i++)
        m->held += f->part[i] == held_part;
    m->n = f->n - m->held;
    PENSEL_TRY(PENSEL_ALLOCATE(block, f->n * row + m->held * f->outputs, sizeof *block, error));
    f->blocks[job] = block;
    PENSEL_TRY(PENSEL_NEW(f->held[job], m->held, error));
    float *x[2] = {block, block + m->n * f->width};
    float *y[2] = {block + f->n * f->width, block + f->n * f->width + m->n * f->outputs};
    for (size_t i = 0; i < f->n; i++) {
        size_t to = f->part[i] == held_part;
        if (to == 1) f->held[job][at[1]] = i;
        memcpy(x[to] + at[to] * f->width, f->x + i * f->width, f->width * sizeof *block);
        memcpy(y[to] + at[to] * f->outputs, f->y + i * f->outputs, f->outputs * sizeof *block);
        at[to]++;
    }
    m->x = x[0];
    m->held_x = x[1];
    m->y = y[0];
    m->held_y = y[1];
    m->held_p = block + f->n * row;
    return PENSEL_OK;
}

static void count_epoch(void *data)
{
    fit *f = data;
    atomic_fetch_add(&f->epochs_done, 1);
}

static pensel_status make_members(fit *f, pensel_error *error)
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
            .width = f->width,
            .epochs = report->epochs,
            .batch = report->batch,
            .seed = f->options->seed + 1 + (uint32_t)j,
            .interrupt = f->options->interrupt,
            .on_epoch = count_epoch,
            .data = f,
        };
        PENSEL_TRY(fill_member(f, j, f->rotates ? number : 0, error));
    }
    return PENSEL_OK;
}

/* Linear ones come first. What is left of the time is for the deep ones: each gets an equal share
 * of what is left when it begins. */
static void train_job(void *data, size_t item, size_t worker)
{
    fit *f = data;
    size_t linear = f->jobs - f->deep;
    pensel_table_member *m = &f->members[item < linear ? f->deep + item : item - linear];
    m->seconds = fmax(LINEAR_SHARE * f->options->seconds / (double)linear, LEAST_SECONDS);
    if (item >= linear) {
        size_t rounds = (f->jobs - item + f->threads - 1) / f->threads;
        double left = f->begun + f->options->seconds - pensel_clock();
        m->seconds = fmax(left / (double)rounds, LEAST_SECONDS);
    }
    pensel_table_member_train(m);
    const pensel_table_model_options *o = f->options;
    if (worker == 0 && o->on_progress)
        o->on_progress((double)atomic_load(&f->epochs_done) / (double)f->epochs_all,
                       pensel_clock() - f->begun, o->on_progress_data);
}

static pensel_status train(fit *f, pensel_error *error)
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

/* ------------------------------------------------------------------ held-out rows */

/* sum (held_out, outputs) of the outputs that members [first, end) give to their held-out rows,
 * divided by how many give one. */
static void gather(const fit *f, double *sum, size_t first, size_t end, double temperature)
{
    bool tempers = f->model->task == PENSEL_CLASSIFICATION && temperature != 1;
    double share = f->rotates ? 1 : 1 / (double)(end - first);
    size_t base = 0;
    memset(sum, 0, f->held_out * f->outputs * sizeof *sum);
    for (size_t j = first; j < end; j++) {
        const pensel_table_member *m = &f->members[j];
        for (size_t i = 0; i < m->held; i++) {
            double p[1024];
            for (size_t c = 0; c < f->outputs; c++)
                p[c] = (double)m->held_p[i * f->outputs + c];
            if (tempers) pensel_table_temper(p, f->outputs, temperature);
            for (size_t c = 0; c < f->outputs; c++)
                sum[(base + i) * f->outputs + c] += share * p[c];
        }
        if (f->rotates) base += m->held;
    }
}

static pensel_status list_held(fit *f, pensel_error *error)
{
    size_t parts = f->rotates ? f->parts : 1;
    f->held_out = 0;
    for (size_t j = 0; j < parts; j++)
        f->held_out += f->members[j].held;
    size_t count = f->held_out * f->outputs;
    PENSEL_TRY(PENSEL_ALLOCATE(f->out, count, sizeof *f->out, error));
    PENSEL_TRY(PENSEL_ALLOCATE(f->linear, count, sizeof *f->linear, error));
    PENSEL_TRY(PENSEL_NEW(f->truth, f->held_out, error));
    PENSEL_TRY(PENSEL_NEW(f->held_rows, f->held_out, error));
    for (size_t j = 0, at = 0; j < parts; j++)
        for (size_t i = 0; i < f->members[j].held; i++, at++) {
            f->held_rows[at] = f->held[j][i];
            f->truth[at] = f->target.y[f->held[j][i]];
        }
    f->model->report.held_out = f->held_out;
    return PENSEL_OK;
}

/* Log loss, or squared error in the target's scaled units, of a mixture of out and linear */
static double loss_of_share(const fit *f, double share)
{
    double sum = 0;
    for (size_t i = 0; i < f->held_out; i++) {
        const double *a = f->out + i * f->outputs, *b = f->linear + i * f->outputs;
        double y = f->truth[i];
        size_t c = f->outputs > 1 ? (size_t)y : 0;
        double p = (1 - share) * a[c] + share * b[c];
        if (f->model->task == PENSEL_REGRESSION)
            sum += pow(p - (y - f->model->mean) / f->model->spread, 2);
        else
            sum -= log(fmax(f->outputs > 1 || y > 0 ? p : 1 - p, 1e-7));
    }
    return sum / (double)f->held_out;
}

/* Golden section for log temperature in [-1, 1.5] (Guo et al. 2017, section 4.2) */
static void fit_temperature(fit *f)
{
    const double ratio = 0.61803398874989485;
    double low = -1, high = 1.5, a = high - ratio * (high - low), b = low + ratio * (high - low);
    double at_a, at_b;
    if (f->model->task == PENSEL_REGRESSION) return;
    gather(f, f->out, 0, f->deep, exp(a));
    at_a = loss_of_share(f, 0);
    gather(f, f->out, 0, f->deep, exp(b));
    at_b = loss_of_share(f, 0);
    for (int step = 0; step < 14; step++) {
        bool left = at_a <= at_b;
        if (left)
            high = b, b = a, at_b = at_a, a = high - ratio * (high - low);
        else
            low = a, a = b, at_a = at_b, b = low + ratio * (high - low);
        gather(f, f->out, 0, f->deep, exp(left ? a : b));
        *(left ? &at_a : &at_b) = loss_of_share(f, 0);
    }
    f->model->report.temperature = exp((low + high) / 2);
}

static void fit_share(fit *f)
{
    double least = INFINITY;
    gather(f, f->out, 0, f->deep, f->model->report.temperature);
    gather(f, f->linear, f->deep, f->jobs, 1);
    for (int s = 0; s <= SHARES; s++) {
        double loss = loss_of_share(f, (double)s / SHARES);
        if (loss >= least) continue;
        least = loss;
        f->model->report.linear_share = (double)s / SHARES;
    }
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Quantiles of the held-out errors, with the correction for n of them that makes them hold */
static pensel_status learn_interval(fit *f, pensel_error *error)
{
    double *e;
    PENSEL_TRY(PENSEL_NEW(e, f->held_out, error));
    for (size_t i = 0; i < f->held_out; i++)
        e[i] = fabs(f->out[i] - f->truth[i]);
    qsort(e, f->held_out, sizeof *e, by_number);
    for (size_t q = 0; q <= PENSEL_INTERVAL_STEPS; q++) {
        double at = ceil((double)q / PENSEL_INTERVAL_STEPS * (double)(f->held_out + 1));
        size_t i = at < 1 ? 0 : (size_t)at - 1;
        f->model->residuals[q] = e[i < f->held_out ? i : f->held_out - 1];
    }
    pensel_release(e);
    return PENSEL_OK;
}

static void to_units(const fit *f, double *out)
{
    const pensel_table_model *m = f->model;
    for (size_t i = 0; i < f->held_out && m->task == PENSEL_REGRESSION; i++)
        out[i] = fmin(fmax(out[i] * m->spread + m->mean, m->low), m->high);
}

/* The constant: the mean, or each class's share of the rows */
static void guess(const fit *f, double *out)
{
    memset(out, 0, f->held_out * f->outputs * sizeof *out);
    for (size_t i = 0; i < f->held_out; i++)
        for (size_t c = 0; c < f->outputs; c++)
            if (i > 0)
                out[i * f->outputs + c] = out[c];
            else if (f->model->task == PENSEL_REGRESSION)
                out[c] = f->model->mean;
            else
                for (size_t r = 0; r < f->n; r++)
                    out[c] += (double)f->y[r * f->outputs + c] / (double)f->n;
}

static pensel_status judge(fit *f, pensel_error *error)
{
    pensel_table_report *r = &f->model->report;
    const pensel_table_model *m = f->model;
    double share = r->linear_share;
    for (size_t i = 0; i < f->held_out * f->outputs; i++)
        f->out[i] = (1 - share) * f->out[i] + share * f->linear[i];
    to_units(f, f->out);
    to_units(f, f->linear);
    PENSEL_TRY(pensel_table_measure(m, &r->held, f->out, f->truth, f->held_out, error));
    PENSEL_TRY(pensel_table_measure(m, &r->linear, f->linear, f->truth, f->held_out, error));
    PENSEL_TRY(pensel_table_spread(m, &r->low, &r->high, f->out, f->truth, f->held_out, error));
    if (m->task == PENSEL_REGRESSION) PENSEL_TRY(learn_interval(f, error));
    guess(f, f->linear);
    return pensel_table_measure(m, &r->constant, f->linear, f->truth, f->held_out, error);
}

/* ------------------------------------------------------------------ importance */

/* Shuffles what one column became among n rows of x. */
static void shuffle_zone(float *x, const float *from, size_t width, size_t at, size_t count,
                         const size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++)
        memcpy(x + i * width + at, from + order[i] * width + at, count * sizeof *x);
}

static void shuffle_field(const fit *f, float *x, const float *from, const size_t *order, size_t n,
                          size_t field)
{
    const pensel_schema *schema = f->model->schema;
    const pensel_schema_field *c = &schema->fields[field];
    size_t plain = schema->numbers, codes = plain + schema->plain;
    memcpy(x, from, n * f->width * sizeof *x);
    shuffle_zone(x, from, f->width, c->number_at, pensel_field_numbers(c), order, n);
    shuffle_zone(x, from, f->width, plain + c->plain_at, pensel_field_plain(c), order, n);
    shuffle_zone(x, from, f->width, codes + c->code_at, pensel_field_codes(c), order, n);
}

static pensel_status score_rows(const fit *f, double *score, double *out, const float *x,
                                const double *y, size_t n, pensel_error *error)
{
    pensel_table_scores scores;
    PENSEL_TRY(pensel_table_outputs_of(f->model, out, x, n, 0, error));
    PENSEL_TRY(pensel_table_measure(f->model, &scores, out, y, n, error));
    *score = f->model->task == PENSEL_REGRESSION ? scores.r2 : scores.accuracy;
    return PENSEL_OK;
}

/* With the model's networks reduced to those that have not seen the rows: the first one of a
 * rotation, or all. */
static pensel_status measure_importance(fit *f, float *x, double *out, size_t *order, size_t n,
                                        pensel_error *error)
{
    const float *from = f->members[0].held_x;
    pensel_random random;
    double whole, score;
    pensel_random_seed(&random, f->options->seed);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    PENSEL_TRY(score_rows(f, &whole, out, from, f->truth, n, error));
    for (size_t c = 0; c < f->model->schema->count; c++) {
        if (f->model->schema->fields[c].role > PENSEL_ROLE_DATE) continue;
        pensel_random_shuffle(&random, order, n);
        shuffle_field(f, x, from, order, n, c);
        PENSEL_TRY(score_rows(f, &score, out, x, f->truth, n, error));
        f->model->importance[c] = isnan(whole - score) ? 0 : whole - score;
    }
    return PENSEL_OK;
}

static pensel_status learn_importance(fit *f, pensel_error *error)
{
    pensel_table_model *m = f->model;
    size_t deep = m->deep.count, linear = m->linear.count, n = f->members[0].held, *order;
    double each = pensel_table_member_operations(m) / 3 * (double)(f->rotates ? 1 : deep);
    double most = IMPORTANCE_OPERATIONS / each / (double)(m->schema->count + 1);
    float *x;
    double *out;
    if (n > IMPORTANCE_ROWS) n = IMPORTANCE_ROWS;
    if ((double)n > most && n > 100) n = most > 100 ? (size_t)most : 100;
    PENSEL_TRY(PENSEL_NEW(m->importance, m->schema->count, error));
    m->report.importance = m->importance;
    PENSEL_TRY(PENSEL_ALLOCATE(x, n * f->width, sizeof *x, error));
    pensel_status status = PENSEL_ALLOCATE(out, n * f->outputs, sizeof *out, error);
    order = NULL;
    if (status == PENSEL_OK) status = PENSEL_NEW(order, n, error);
    if (f->rotates) m->deep.count = m->linear.count = 1;
    if (status == PENSEL_OK) status = measure_importance(f, x, out, order, n, error);
    m->deep.count = deep;
    m->linear.count = linear;
    pensel_release(order);
    pensel_release(out);
    pensel_release(x);
    return status;
}

/* ------------------------------------------------------------------ all of it */

static pensel_status take_networks(fit *f, pensel_error *error)
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

static pensel_status run(fit *f, const pensel_columns *columns, pensel_error *error)
{
    pensel_table_model *m = f->model;
    const pensel_table_model_options *o = f->options;
    PENSEL_TRY(pensel_table_target_learn(&f->target, m, columns, o->task, error));
    f->n = f->target.count;
    m->report.unlabelled = f->target.without;
    PENSEL_REQUIRE(f->n > 1, BAD_DATA, "one row has a target: 2 or more are needed to learn from");
    PENSEL_TRY(pensel_schema_learn(&m->schema, columns, m->target, f->target.rows, f->n, o->roles,
                                   o->role_count, error));
    pensel_schema_layout layout = pensel_schema_inputs(m->schema);
    f->width = layout.numbers + layout.plain + layout.codes;
    f->outputs = pensel_table_outputs(m);
    plan(f);
    PENSEL_TRY(deal(f, error));
    PENSEL_TRY(encode(f, error));
    PENSEL_TRY(pensel_schema_encode(m->schema, f->x, NULL, columns, f->target.rows, f->n, error));
    PENSEL_TRY(make_members(f, error));
    PENSEL_TRY(train(f, error));
    PENSEL_TRY(list_held(f, error));
    fit_temperature(f);
    fit_share(f);
    PENSEL_TRY(judge(f, error));
    PENSEL_TRY(take_networks(f, error));
    PENSEL_TRY(learn_importance(f, error));
    m->report.seconds = pensel_clock() - f->begun;
    return PENSEL_OK;
}

static void clear(fit *f)
{
    for (size_t j = 0; j < f->jobs; j++) {
        if (f->members) pensel_network_free(&f->members[j].network);
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
    pensel_release(f->held_rows);
    pensel_table_target_clear(&f->target);
}

pensel_status pensel_table_model_fit(pensel_table_model **model, const pensel_columns *columns,
                                     const char *target, const pensel_table_model_options *options,
                                     pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_table_model_options o = options ? *options : pensel_table_model_defaults();
    fit f = {.options = &o};
    PENSEL_REQUIRE(model && columns && target, BAD_ARGUMENT,
                   "model, columns or target is NULL: all are needed");
    *model = NULL;
    f.begun = pensel_clock();
    PENSEL_TRY(pensel_options_check(&o, pensel_table_model_table(), error));
    PENSEL_TRY(PENSEL_NEW(f.model, 1, error));
    f.model->report.temperature = 1;
    pensel_status status = pensel_duplicate(&f.model->target, target, error);
    if (status == PENSEL_OK) status = run(&f, columns, error);
    clear(&f);
    if (status != PENSEL_OK) pensel_table_model_free(&f.model);
    *model = f.model;
    return status;
}
