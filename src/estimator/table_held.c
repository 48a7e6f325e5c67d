/* What rows say that a network has not seen: how sure it may be (the temperature), how much the
 * linear model helps, and how good the whole is, beside the linear model and the constant. */
#include "base/error.h"
#include "base/memory.h"
#include "estimator/table_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHARES = 10 }; /* that are tried, of the linear model */

/* sum (held_out, outputs) of the outputs that members [first, end) give to their held-out rows,
 * divided by how many give one. */
static void gather(const pensel_table_fit *f, double *sum, size_t first, size_t end,
                   double temperature)
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

/* Log loss, or squared error in the target's scaled units, of a mixture of out and linear */
static double loss_of_share(const pensel_table_fit *f, double share)
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
static void fit_temperature(pensel_table_fit *f)
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

static void fit_share(pensel_table_fit *f)
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

static void to_units(const pensel_table_fit *f, double *out)
{
    const pensel_table_model *m = f->model;
    for (size_t i = 0; i < f->held_out && m->task == PENSEL_REGRESSION; i++)
        out[i] = fmin(fmax(out[i] * m->spread + m->mean, m->low), m->high);
}

/* The constant: the mean, or each class's share of the rows */
static void guess(const pensel_table_fit *f, double *out)
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

static pensel_status judge(pensel_table_fit *f, pensel_error *error)
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

pensel_status pensel_table_fit_held(pensel_table_fit *f, pensel_error *error)
{
    PENSEL_TRY(list_held(f, error));
    fit_temperature(f);
    fit_share(f);
    return judge(f, error);
}
