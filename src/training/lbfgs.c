/* L-BFGS (Liu & Nocedal 1989): a quasi-Newton method on all samples at once, in float64 whatever
 * the network's precision. It takes the steps of SciPy's L-BFGS-B without bounds (Zhu, Byrd, Lu &
 * Nocedal 1997; version 3.0), which scikit-learn uses, and stops by its rules:
 *
 *     x         the parameters, g the gradient there
 *     d = -H g  H the inverse Hessian as the last pairs see it; without pairs -g
 *     x += t d  t by the line search of Moré & Thuente; it begins with 1, at first with 1 / |d|
 *     s = t d, y = the change of g: a pair, kept if s'y > 0
 *
 * H is never formed: two loops over the pairs multiply by it. A search that finds nothing forgets
 * the pairs and tries -g; if that finds nothing either, x is as good as rounding lets it be.
 *
 * All that the rest of a run depends on is pensel_lbfgs, between two iterations: a checkpoint holds
 * just that. */
#include "training/lbfgs.h"

#include "platform/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "training/data.h"
#include "training/line_search.h"
#include "training/solver.h"
#include "training/stop.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* SciPy's defaults: an iteration that lowers the loss by less has converged, and a search is given
 * up after so many evaluations. SUMS is ours: see dot. */
#define LEAST_FALL 2.220446049250313e-9 /* relative; SciPy's ftol */
enum { MOST_TRIALS = 20, SUMS = 8 };

typedef struct descent {
    pensel_training *training;
    pensel_lbfgs *memory;
    pensel_selection selection;
    const pensel_random *random;
    pensel_error *error;
    size_t n;                    /* parameters */
    void *native;                /* (n) a gradient in the network's precision */
    double *direction, *ahead;   /* (n) d and x + d */
    double *x_before, *g_before; /* (n) where the search began */
    pensel_line_search search;
    double start, saved; /* when the time counted last began; seconds at the last checkpoint */
    bool saves;
    pensel_stop stop;
} descent;

/* ---- vectors of n doubles */

/* In SUMS sums, for the compiler's vectors: the order is fixed, so the result is too. */
static double dot(const double *a, const double *b, size_t n)
{
    double sums[SUMS] = {0}, total = 0;
    size_t i = 0;
    for (; i + SUMS <= n; i += SUMS)
        for (size_t lane = 0; lane < SUMS; lane++)
            sums[lane] += a[i + lane] * b[i + lane];
    for (; i < n; i++)
        total += a[i] * b[i];
    for (size_t lane = 0; lane < SUMS; lane++)
        total += sums[lane];
    return total;
}

/* y += scale x */
static void add_scaled(double *y, const double *x, double scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += scale * x[i];
}

/* The maximum norm, by which SciPy asks whether a gradient is small. */
static double largest(const double *g, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(g[i]));
    return most;
}

/* ---- the memory */

static double *point(const pensel_lbfgs *memory)
{
    return memory->numbers;
}

static double *gradient(const pensel_lbfgs *memory, size_t n)
{
    return memory->numbers + n;
}

/* Where pair `k`, counted from the oldest, is kept. Slots are a ring: the newest pair goes over the
 * oldest once all are full. */
static size_t slot(const pensel_lbfgs *memory, size_t k)
{
    return (memory->oldest + k) % PENSEL_LBFGS_PAIRS;
}

/* The step s of a slot, (n); the change y of the gradient follows it. */
static double *step_of(const pensel_lbfgs *memory, size_t slot, size_t n)
{
    return memory->numbers + (2 + 2 * slot) * n;
}

void pensel_lbfgs_forget(pensel_lbfgs *memory)
{
    pensel_release(memory->numbers);
    *memory = (pensel_lbfgs){0};
}

/* Without pairs H is the identity, and the direction is the gradient's. */
static void forget_pairs(pensel_lbfgs *memory)
{
    memory->pairs = memory->oldest = 0;
    memory->theta = 1;
}

/* Keeps s = t d and y = g - g_before, unless the loss did not curve upwards along d: with s'y <= 0
 * H would no longer be positive definite, and d no descent. The products are those of the slopes,
 * s'y = t (g'd - g_before'd), as SciPy takes them, and so round alike. */
static void remember(descent *d, double slope_before, double slope)
{
    pensel_lbfgs *memory = d->memory;
    size_t n = d->n;
    double t = d->search.step, product = (slope - slope_before) * t;
    if (product <= DBL_EPSILON * -slope_before * t) return;
    size_t at = slot(memory, memory->pairs);
    if (memory->pairs < PENSEL_LBFGS_PAIRS)
        memory->pairs++;
    else
        memory->oldest = slot(memory, 1);
    double *s = step_of(memory, at, n), *y = s + n;
    const double *g = gradient(memory, n);
    for (size_t i = 0; i < n; i++) {
        s[i] = t * d->direction[i];
        y[i] = g[i] - d->g_before[i];
    }
    memory->products[at] = product;
    memory->theta = dot(y, y, n) / product;
}

/* d->direction = -H g by the two loops (Nocedal 1980): with H_0 = 1/theta, each pair in turn takes
 * H to (1 - s y'/s'y) H (1 - y s'/s'y) + s s'/s'y. */
static void find_direction(descent *d)
{
    const pensel_lbfgs *memory = d->memory;
    size_t n = d->n;
    double *q = d->direction, share[PENSEL_LBFGS_PAIRS];
    for (size_t i = 0; i < n; i++)
        q[i] = -gradient(memory, n)[i];
    for (size_t k = memory->pairs; k-- > 0;) {
        size_t at = slot(memory, k);
        const double *s = step_of(memory, at, n), *y = s + n;
        share[k] = dot(s, q, n) / memory->products[at];
        add_scaled(q, y, -share[k], n);
    }
    for (size_t i = 0; i < n; i++)
        q[i] /= memory->theta;
    for (size_t k = 0; k < memory->pairs; k++) {
        size_t at = slot(memory, k);
        const double *s = step_of(memory, at, n), *y = s + n;
        add_scaled(q, s, share[k] - dot(y, q, n) / memory->products[at], n);
    }
}

/* ---- evaluations */

/* The network computes at the point, rounded to its precision. */
static void show_point(const descent *d)
{
    pensel_network *network = d->training->network;
    const double *x = point(d->memory);
    if (network->precision == PENSEL_FLOAT64)
        memcpy(network->parameters, x, d->n * sizeof *x);
    else
        for (size_t i = 0; i < d->n; i++)
            ((float *)network->parameters)[i] = (float)x[i];
}

/* numbers (n) of the network's precision, as doubles: exact, so a gradient loses nothing. */
static void widen(double *x, const void *numbers, const pensel_network *network)
{
    pensel_matrix m = {numbers, 1, network->parameter_count, network->kernels->precision};
    for (size_t i = 0; i < m.columns; i++)
        x[i] = pensel_matrix_number(m, i);
}

/* The loss and gradient at the memory's point, penalty included, over all samples. A step of the
 * report is an evaluation: that is what takes the time. */
static pensel_status evaluate(descent *d)
{
    pensel_training *training = d->training;
    show_point(d);
    PENSEL_TRY(pensel_batch_run(training->batch, &d->memory->loss, d->native, &d->selection, NULL,
                                NULL, d->error));
    widen(gradient(d->memory, d->n), d->native, training->network);
    d->memory->evaluations++;
    training->report.steps++;
    return PENSEL_OK;
}

/* x = x_before + t d; at t = 1 it is x + d as rounded when d was found. */
static void go_along(descent *d)
{
    double *x = point(d->memory), t = d->search.step;
    if (t == 1)
        memcpy(x, d->ahead, d->n * sizeof *x);
    else
        for (size_t i = 0; i < d->n; i++)
            x[i] = t * d->direction[i] + d->x_before[i];
}

/* ---- an iteration */

/* Direction, x + d, and where to return to. d is taken again as (x + d) - x: what of it survives
 * the rounding of x, so that slope and steps belong to points that exist. SciPy does so. */
static void begin_search(descent *d)
{
    pensel_lbfgs *memory = d->memory;
    double *x = point(memory), *g = gradient(memory, d->n);
    find_direction(d);
    for (size_t i = 0; i < d->n; i++) {
        d->ahead[i] = x[i] + d->direction[i];
        d->direction[i] = d->ahead[i] - x[i];
    }
    memcpy(d->x_before, x, d->n * sizeof *x);
    memcpy(d->g_before, g, d->n * sizeof *g);
    memory->loss_before = memory->loss;
}

/* As if the search had not been; what it evaluated stays counted. */
static void return_from_search(descent *d)
{
    pensel_lbfgs *memory = d->memory;
    memcpy(point(memory), d->x_before, d->n * sizeof(double));
    memcpy(gradient(memory, d->n), d->g_before, d->n * sizeof(double));
    memory->loss = memory->loss_before;
    show_point(d);
}

/* Goes along the direction to an acceptable point and remembers the pair. *found false: there is
 * none, or d does not go down at all, and all is as it was. The very first step is of length 1,
 * since a gradient says nothing of how far its minimum is; later H does, and t = 1 is tried. */
static pensel_status search_line(descent *d, bool *found)
{
    pensel_lbfgs *memory = d->memory;
    begin_search(d);
    double before = dot(d->g_before, d->direction, d->n), slope = before;
    double length = sqrt(dot(d->direction, d->direction, d->n));
    pensel_status status = PENSEL_OK;
    *found = false;
    if (before >= 0) return PENSEL_OK;
    pensel_line_search_begin(&d->search, d->training->cursor.epoch == 0 ? 1 / length : 1,
                             memory->loss, before);
    for (int trial = 0; trial < MOST_TRIALS && status == PENSEL_OK && !*found; trial++) {
        go_along(d);
        status = evaluate(d);
        if (status != PENSEL_OK) break;
        slope = dot(gradient(memory, d->n), d->direction, d->n);
        *found = pensel_line_search_next(&d->search, memory->loss, slope);
    }
    if (*found)
        remember(d, before, slope);
    else
        return_from_search(d);
    return status;
}

/* A search that fails with pairs is tried once more without them, along -g. */
static pensel_status iterate(descent *d, bool *found)
{
    PENSEL_TRY(search_line(d, found));
    if (*found || d->memory->pairs == 0) return PENSEL_OK;
    forget_pairs(d->memory);
    return search_line(d, found);
}

/* ---- what ends a run */

/* Reasons that are in the numbers, in SciPy's order: so equal runs end for the same reason. Also
 * asked before the first iteration, where there is no loss before and no count to be exceeded. */
static pensel_stop reason_to_stop(const descent *d)
{
    const pensel_training_options *o = &d->training->options;
    const pensel_lbfgs *memory = d->memory;
    double before = memory->loss_before, loss = memory->loss;
    size_t iterations = d->training->cursor.epoch;
    if (!isfinite(loss)) return PENSEL_STOP_DIVERGED;
    if (iterations >= o->epochs) return PENSEL_STOP_EPOCHS;
    if (iterations > 0 && memory->evaluations > o->max_fun) return PENSEL_STOP_EPOCHS;
    if (largest(gradient(memory, d->n), d->n) <= o->tol) return PENSEL_STOP_CONVERGED;
    double scale = fmax(1, fmax(fabs(before), fabs(loss)));
    if (iterations > 0 && before - loss <= LEAST_FALL * scale) return PENSEL_STOP_CONVERGED;
    return PENSEL_STOP_NOT_RUN;
}

/* The same that a run by batches shows (run.c), with an iteration for an epoch. Time spent in the
 * callback does not count. */
static pensel_verdict notify(descent *d)
{
    pensel_training *training = d->training;
    const pensel_training_options *o = &training->options;
    const pensel_report *report = &training->report;
    if (!o->on_epoch) return PENSEL_CONTINUE;
    pensel_progress progress = {
        .epoch = training->cursor.epoch,
        .epochs = o->epochs,
        .steps = report->steps,
        .samples = report->samples,
        .loss = report->loss,
        .best_loss = report->best_loss,
        .validation_score = NAN,
        .learning_rate = report->learning_rate,
        .seconds = report->seconds,
        .network = training->network,
    };
    pensel_verdict verdict = o->on_epoch(&progress, o->on_epoch_data);
    d->start = pensel_clock();
    return verdict;
}

/* Loss and clock, in the report, before anybody looks at it. */
static void note_loss(descent *d)
{
    pensel_report *report = &d->training->report;
    report->loss = d->memory->loss;
    if (report->loss < report->best_loss) report->best_loss = report->loss;
    report->seconds += pensel_clock() - d->start;
    d->start = pensel_clock();
}

/* Between two iterations, where pensel_lbfgs is all there is to know. */
static pensel_status save(descent *d)
{
    pensel_training *training = d->training;
    pensel_checkpoint *checkpoint = training->options.checkpoint;
    if (!d->saves) return PENSEL_OK;
    training->report.epochs = training->cursor.epoch;
    pensel_status status = pensel_checkpoint_save(checkpoint, training, d->random, d->error);
    d->saved = training->report.seconds;
    d->start = pensel_clock();
    return status;
}

/* The same order as at the end of an epoch in run.c: count, loss, callback, rules. A checkpoint may
 * come only when all of these are noted. */
static pensel_status end_iteration(descent *d)
{
    pensel_training *training = d->training;
    const pensel_training_options *o = &training->options;
    pensel_stop_moment moment = {.training = training, .validation_score = NAN};
    training->cursor.epoch++;
    training->report.samples += d->selection.n;
    note_loss(d);
    PENSEL_TRY(pensel_curve_add(&training->losses, d->memory->loss, d->error));
    d->stop = reason_to_stop(d);
    moment.verdict = notify(d);
    /* what the callback says goes before what the numbers say */
    if (d->stop == PENSEL_STOP_NOT_RUN || moment.verdict != PENSEL_CONTINUE)
        d->stop = pensel_stop_after_epoch(&moment);
    if (d->saves && training->report.seconds - d->saved >= o->checkpoint->seconds)
        PENSEL_TRY(save(d));
    if (d->stop == PENSEL_STOP_NOT_RUN) d->stop = pensel_stop_after_step(&moment);
    return PENSEL_OK;
}

/* ---- a run */

/* Vectors of the run alone: a resumed run makes them anew, for begin_search fills them. `raw` keeps
 * the parameters to return to if all diverges. */
static pensel_status make_memory(descent *d)
{
    pensel_training *training = d->training;
    double **vectors[] = {&d->direction, &d->ahead, &d->x_before, &d->g_before};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        PENSEL_TRY(PENSEL_NEW(*vectors[i], d->n, d->error));
    PENSEL_TRY(pensel_training_block(training, &d->native, d->error));
    PENSEL_TRY(pensel_training_block(training, &training->raw, d->error));
    memcpy(training->raw, training->network->parameters, pensel_training_bytes(training));
    return PENSEL_OK;
}

/* One batch of all samples; it is cut into chunks like any other. */
static pensel_status make_batch(descent *d)
{
    pensel_training *training = d->training;
    const pensel_training_options *o = &training->options;
    PENSEL_TRY(pensel_training_pool(training, d->error));
    pensel_batch_free(&training->batch);
    return pensel_batch_new(&training->batch, training->network, o, training->pool, d->selection.n,
                            d->error);
}

/* Goes on where the checkpoint was made, with the loss and gradient that it holds: nothing is
 * evaluated twice. What ended by its numbers stays ended; other ends may have been moved since, by
 * more epochs for instance, and are asked again. */
static void go_on(descent *d)
{
    pensel_stop stop = d->training->report.stop;
    bool ended = stop == PENSEL_STOP_CONVERGED || stop == PENSEL_STOP_DIVERGED;
    d->stop = ended ? stop : reason_to_stop(d);
    if (!ended) show_point(d);
}

/* The first evaluation, at the network's parameters. */
static pensel_status begin(descent *d)
{
    pensel_training *training = d->training;
    pensel_lbfgs *memory = d->memory;
    pensel_lbfgs_forget(memory);
    PENSEL_TRY(PENSEL_ALLOCATE(memory->numbers, d->n, PENSEL_LBFGS_BYTES, d->error));
    forget_pairs(memory);
    training->cursor.epoch = 0;
    training->sample_rows = d->selection.n;
    widen(point(memory), training->network->parameters, training->network);
    PENSEL_TRY(evaluate(d));
    note_loss(d);
    d->stop = reason_to_stop(d);
    return PENSEL_OK;
}

/* float32 may overflow where the point, in float64, does not. Back to the parameters this run began
 * with, which were finite. */
static void conclude(descent *d)
{
    pensel_training *training = d->training;
    const pensel_network *network = training->network;
    if (!network->kernels->all_finite(network->parameters, network->parameter_count))
        d->stop = PENSEL_STOP_DIVERGED;
    if (d->stop == PENSEL_STOP_DIVERGED) {
        memcpy(network->parameters, training->raw, pensel_training_bytes(training));
        pensel_lbfgs_forget(d->memory);
    }
    training->report.seconds += pensel_clock() - d->start;
    training->report.stop = d->stop;
}

/* The run. A checkpoint without the memory of lbfgs, of a training that had not begun, begins. */
static pensel_status descend(descent *d)
{
    pensel_cursor *cursor = &d->training->cursor;
    bool goes_on =
        cursor->resumed && (d->memory->numbers || d->training->report.stop == PENSEL_STOP_DIVERGED);
    cursor->resumed = false;
    PENSEL_TRY(make_batch(d));
    PENSEL_TRY(make_memory(d));
    d->start = pensel_clock();
    d->saved = d->training->report.seconds;
    if (goes_on)
        go_on(d);
    else
        PENSEL_TRY(begin(d));
    d->training->report.stop = PENSEL_STOP_NOT_RUN;
    while (d->stop == PENSEL_STOP_NOT_RUN) {
        bool found;
        PENSEL_TRY(iterate(d, &found));
        if (found)
            PENSEL_TRY(end_iteration(d));
        else
            d->stop = PENSEL_STOP_CONVERGED;
    }
    conclude(d);
    return save(d);
}

/* pensel_solver_kind.run. The vectors that descend has made are released here, whatever happens. */
static pensel_status run(pensel_training *training, const pensel_samples *samples,
                         const pensel_random *random, pensel_error *error)
{
    const pensel_checkpoint *checkpoint = training->options.checkpoint;
    descent d = {
        .training = training,
        .memory = &training->lbfgs,
        .selection = {.samples = samples, .n = samples->x.rows},
        .random = random,
        .error = error,
        .n = training->network->parameter_count,
        .saves = checkpoint && isfinite(checkpoint->seconds),
    };
    pensel_status status = descend(&d);
    void *blocks[] = {d.native, d.direction, d.ahead, d.x_before, d.g_before};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        pensel_release(blocks[i]);
    return status;
}

static const pensel_solver_info info = {.name = "lbfgs"};
const pensel_solver_kind pensel_solver_lbfgs = {.info = &info, .run = run};
