/* What rows say that a network has not seen: how sure it may be (the temperature), how much the
 * linear model and the constant help, and how good the whole is, beside these two.
 *
 * Predictions are a mixture of all three. Of classes the constant has a share of 1 / (n + 1) at
 * least, n held-out rows: where all n were right, one of two equally frequent classes gets (n +
 * 1/2) / (n + 1) at most, whatever the networks say (Krichevsky and Trofimov 1981; as a mixture
 * Berta et al. 2025). It has more where the rest is worse than the constant.
 *
 * The class that is preferred to the most frequent one must be right more often than that one by
 * more than chance. If it is not, no row gets it: of two classes the rare one's probability ends
 * short of a half, which leaves all lower ones as they are; of more classes the constant's share
 * grows. So where a table says nothing, the model is no worse than the constant.
 *
 * The work goes in this order, and each step is fitted while those before it stand: the constant
 * itself, the list of held-out rows, the temperature of the networks, the linear model's share, the
 * bound or the constant's share, and at last the figures of what came out.
 *
 * Held-out rows stand part by part: where parts rotate those of member 0 come first, then those of
 * member 1 and so on; else there is one part, the same of all members. Outputs, `truth` and answers
 * all have this order. */
#include "base/error.h"
#include "base/memory.h"
#include "estimator/table_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHARES = 10, CONSTANT_SHARES = 20, TEMPERATURES = 16 }; /* that are tried */
#define MOST_POWERS 2e6 /* of probabilities, for one temperature */
/* The 95 % quantile of the normal distribution, for a test of one side. */
#define BY_CHANCE 1.645 /* standard errors that one comparison of twenty exceeds by chance */
#define SHORT_OF_HALF 0.49

/* sum (held_out, outputs) of the outputs that members [first, end) give to every step-th of their
 * held-out rows, divided by how many give one. Where parts rotate that is one, the network which
 * has not seen the row: the others have, and their answers would flatter. Else all members answer
 * to the same rows, and each is tempered before the mean, as in a prediction. Rows between the
 * steps are 0. */
static void gather(const pensel_table_fit *f, double *sum, size_t first, size_t end,
                   double temperature, size_t step)
{
    bool tempers = f->model->task == PENSEL_CLASSIFICATION && temperature != 1;
    double share = f->rotates ? 1 : 1 / (double)(end - first);
    size_t base = 0;
    memset(sum, 0, f->held_out * f->outputs * sizeof *sum);
    for (size_t j = first; j < end; j++) {
        const pensel_table_member *m = &f->members[j];
        for (size_t i = 0; i < m->held; i++) {
            double p[1024];
            if ((base + i) % step) continue;
            for (size_t c = 0; c < f->outputs; c++)
                p[c] = (double)m->held_p[i * f->outputs + c];
            if (tempers) pensel_table_temper(p, f->outputs, temperature);
            for (size_t c = 0; c < f->outputs; c++)
                sum[(base + i) * f->outputs + c] += share * p[c];
        }
        if (f->rotates) base += m->held;
    }
}

/* Room for the outputs, which gather fills, and the truth: indices of classes, or numbers in the
 * target's own units, not scaled ones. A linear member has the held-out rows of its deep one. */
static pensel_status list_held(pensel_table_fit *f, pensel_error *error)
{
    size_t parts = f->rotates ? f->parts : 1;
    f->held_out = 0;
    for (size_t j = 0; j < parts; j++)
        f->held_out += f->members[j].held;
    size_t count = f->held_out * f->outputs;
    PENSEL_TRY(PENSEL_ALLOCATE(f->out, count, sizeof *f->out, error));
    PENSEL_TRY(PENSEL_ALLOCATE(f->linear, count, sizeof *f->linear, error));
    PENSEL_TRY(PENSEL_NEW(f->truth, f->held_out, error));
    for (size_t j = 0, at = 0; j < parts; j++)
        for (size_t i = 0; i < f->members[j].held; i++, at++)
            f->truth[at] = f->target.y[f->held[j][i]];
    f->model->report.held_out = f->held_out;
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ the mixture */

typedef struct shares {
    double constant, linear; /* of the whole, and of the rest */
} shares;

/* Output c of held-out row i, of numbers in scaled units:
 *
 *     k b_c + (1 - k) ((1 - s) deep_c + s linear_c)
 *
 * as in table_model.c. `out` must hold the deep networks' outputs still: judge replaces them. */
static double mixed(const pensel_table_fit *f, shares s, size_t i, size_t c)
{
    size_t at = i * f->outputs + c;
    double rest = (1 - s.linear) * f->out[at] + s.linear * f->linear[at];
    double p = (1 - s.constant) * rest + s.constant * f->model->base[c];
    return f->model->class_count == 2 ? fmin(fmax(p, f->model->low), f->model->high) : p;
}

/* The mean over every step-th row of the log loss, - log p of the true class, or of the squared
 * error in the target's scaled units. A probability of 0 costs as much as one of 1e-7. */
static double loss_of_some(const pensel_table_fit *f, shares s, size_t step)
{
    double sum = 0;
    size_t rows = (f->held_out + step - 1) / step;
    for (size_t i = 0; i < f->held_out; i += step) {
        double y = f->truth[i];
        double p = mixed(f, s, i, f->outputs > 1 ? (size_t)y : 0);
        if (f->model->task == PENSEL_REGRESSION)
            sum += pow(p - (y - f->model->mean) / f->model->spread, 2);
        else
            sum -= log(fmax(f->outputs > 1 || y > 0 ? p : 1 - p, 1e-7));
    }
    return sum / (double)rows;
}

static double loss_of(const pensel_table_fit *f, shares s)
{
    return loss_of_some(f, s, 1);
}

/* The class that row i gets with these shares, by the rule of a prediction: of equal ones the
 * first, of two the second only above a half. With all of the constant it is the most frequent one.
 */
static size_t class_of(const pensel_table_fit *f, shares s, size_t i)
{
    size_t best = 0;
    double most = mixed(f, s, i, 0);
    if (f->outputs == 1) return most > 0.5;
    for (size_t c = 1; c < f->outputs; c++) {
        double p = mixed(f, s, i, c);
        if (p > most) most = p, best = c;
    }
    return best;
}

/* Of the rows that get another class than the most frequent one, more are right than would have
 * been without it, by more than chance (McNemar 1947); or there are none. Only rows on which the
 * two answers differ count:
 *
 *     better - worse >= 1.645 sqrt(better + worse)
 *
 * for better - worse has the variance better + worse if either is as likely. Rows where both are
 * wrong are in neither. */
static bool decides_well(const pensel_table_fit *f, shares s)
{
    size_t frequent = class_of(f, (shares){1, 0}, 0);
    double better = 0, worse = 0;
    if (f->model->task == PENSEL_REGRESSION) return true;
    for (size_t i = 0; i < f->held_out; i++) {
        size_t class = class_of(f, s, i);
        if (class == frequent) continue;
        better += class == (size_t)f->truth[i];
        worse += frequent == (size_t)f->truth[i];
    }
    return better - worse >= BY_CHANCE * sqrt(better + worse);
}

/* 1 / (n + 1): see the head. A number makes no claim of how sure it is, so it has no least share.
 */
static double least_constant(const pensel_table_fit *f)
{
    return f->model->task == PENSEL_REGRESSION ? 0 : 1 / ((double)f->held_out + 1);
}

/* Every how many rows are enough for a temperature: all, unless there are very many classes,
 * for each trial takes a power of every probability of every network. */
static size_t step_of(const pensel_table_fit *f)
{
    double powers = (double)f->outputs * (double)f->held_out * (f->rotates ? 1 : (double)f->deep);
    return (size_t)fmax(ceil(powers / MOST_POWERS), 1);
}

/* The loss with this log temperature; the constant has its least share already, or the loss of rows
 * that were all right would fall with the temperature without end. */
static double loss_at(const pensel_table_fit *f, double x, size_t step)
{
    gather(f, f->out, 0, f->deep, exp(x), step);
    return loss_of_some(f, (shares){least_constant(f), 0}, step);
}

/* Golden section for log temperature in [-1, 1.5], so T in 0.37 to 4.5 (Guo et al. 2017, section
 * 4.2). Each step drops the end beyond the worse of two inner points and needs one new point, for
 * the other inner one has the right ratio again. T > 1 makes the networks less sure, T < 1 surer.
 */
static void fit_temperature(pensel_table_fit *f)
{
    const double ratio = 0.61803398874989485;
    double low = -1, high = 1.5, a = high - ratio * (high - low), b = low + ratio * (high - low);
    size_t step = step_of(f);
    if (f->model->task == PENSEL_REGRESSION) return;
    double at_a = loss_at(f, a, step), at_b = loss_at(f, b, step);
    for (int k = 2; k < TEMPERATURES; k++) {
        bool left = at_a <= at_b;
        if (left)
            high = b, b = a, at_b = at_a, a = high - ratio * (high - low);
        else
            low = a, a = b, at_a = at_b, b = low + ratio * (high - low);
        *(left ? &at_a : &at_b) = loss_at(f, left ? a : b, step);
    }
    f->model->report.temperature = exp((low + high) / 2);
}

/* Of two classes no row gets the rare one any more: its probability ends short of a half, or at its
 * share of the rows if that is more, so that the bound never goes below the constant itself. */
static void bound_the_rare(pensel_table_model *m)
{
    double second = m->base[0];
    if (second <= 0.5)
        m->high = fmax(second, SHORT_OF_HALF);
    else
        m->low = fmin(second, 1 - SHORT_OF_HALF);
}

/* First how much of the linear model, of equal losses the least; then the least of the constant
 * that will do. Of two classes the bound comes before it, since a larger share of the constant
 * would take from the probabilities of all rows. The loop ends: with a share of 1 the loss is the
 * constant's own and no row gets another class. */
static void fit_shares(pensel_table_fit *f)
{
    double least = INFINITY, alone = loss_of(f, (shares){1, 0});
    shares s = {least_constant(f), 0};
    gather(f, f->out, 0, f->deep, f->model->report.temperature, 1);
    gather(f, f->linear, f->deep, f->jobs, 1, 1);
    for (int k = 0; k <= SHARES; k++) {
        double loss = loss_of(f, (shares){s.constant, (double)k / SHARES});
        if (loss >= least) continue;
        least = loss;
        s.linear = (double)k / SHARES;
    }
    if (f->model->class_count == 2 && !decides_well(f, s)) bound_the_rare(f->model);
    for (int k = 1; k <= CONSTANT_SHARES && (loss_of(f, s) > alone || !decides_well(f, s)); k++)
        s.constant = fmax(least_constant(f), (double)k / CONSTANT_SHARES);
    f->model->report.linear_share = s.linear;
    f->model->report.constant_share = s.constant;
}

/* ------------------------------------------------------------------ figures */

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Quantiles of the held-out errors |prediction - truth|: that of q is the ceil(q (n + 1))-th
 * smallest of n, which a new error of the same kind exceeds in 1 - q of all cases at most (split
 * conformal prediction, Vovk et al. 2005; without the + 1 it would hold for the n rows and not for
 * a new one). Where n is too small for a q there is no such error, and the largest one stands in.
 */
static pensel_status learn_interval(pensel_table_fit *f, pensel_error *error)
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

/* Held-out outputs of numbers, from scaled units to the target's, cut off as predictions are. */
static void to_units(const pensel_table_fit *f, double *out)
{
    const pensel_table_model *m = f->model;
    for (size_t i = 0; i < f->held_out && m->task == PENSEL_REGRESSION; i++)
        out[i] = fmin(fmax(out[i] * m->spread + m->mean, m->low), m->high);
}

/* The constant: the mean, which is 0 in scaled units, or each class's share of the rows, of two
 * classes the second's. Of all rows, held-out ones among them. */
static pensel_status learn_base(pensel_table_fit *f, pensel_error *error)
{
    double *base;
    PENSEL_TRY(PENSEL_NEW(base, f->outputs, error));
    f->model->base = base;
    for (size_t i = 0; i < f->n && f->model->task == PENSEL_CLASSIFICATION; i++)
        for (size_t c = 0; c < f->outputs; c++)
            base[c] += (double)f->y[i * f->outputs + c] / (double)f->n;
    return PENSEL_OK;
}

/* The figures of the mixture, then those of its two yardsticks. `out` becomes the final answers to
 * held-out rows, which table_kept.c keeps; `linear` is measured as the linear model and then
 * written over with the constant, so mixed must not be called any more. */
static pensel_status judge(pensel_table_fit *f, pensel_error *error)
{
    pensel_table_report *r = &f->model->report;
    const pensel_table_model *m = f->model;
    const shares s = {r->constant_share, r->linear_share};
    for (size_t i = 0; i < f->held_out; i++)
        for (size_t c = 0; c < f->outputs; c++)
            f->out[i * f->outputs + c] = mixed(f, s, i, c);
    to_units(f, f->out);
    to_units(f, f->linear);
    PENSEL_TRY(pensel_table_measure(m, &r->held, f->out, f->truth, f->held_out, error));
    PENSEL_TRY(pensel_table_measure(m, &r->linear, f->linear, f->truth, f->held_out, error));
    PENSEL_TRY(pensel_table_spread(m, &r->low, &r->high, f->out, f->truth, f->held_out, error));
    if (m->task == PENSEL_REGRESSION) PENSEL_TRY(learn_interval(f, error));
    for (size_t i = 0; i < f->held_out * f->outputs; i++)
        f->linear[i] = m->base[i % f->outputs];
    to_units(f, f->linear);
    return pensel_table_measure(m, &r->constant, f->linear, f->truth, f->held_out, error);
}

/* All members must be trained: their held_p, and which rows these are, is all that is read of them.
 */
pensel_status pensel_table_fit_held(pensel_table_fit *f, pensel_error *error)
{
    PENSEL_TRY(learn_base(f, error));
    PENSEL_TRY(list_held(f, error));
    fit_temperature(f);
    fit_shares(f);
    return judge(f, error);
}
