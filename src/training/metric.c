/* The table of metrics, and the walk over it for each row. Metrics know nothing of one another but
 * what `earlier` has; what is the same for all of one row (is it right, the likeliest class) is
 * computed here once. All numbers of all metrics lie in one block:
 *
 *     mean (k), row_y (k), then for each wanted metric its sums and what it keeps (n, keeps)
 *
 * n and k are the caller's, so their products are checked for overflow. */
#include "training/metric.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

static const struct {
    const pensel_metric_kind *kind;
    size_t offset; /* of its member in pensel_scores */
} metrics_of[] = {
#define ROW(NAME, name) {&pensel_metric_##name, offsetof(pensel_scores, name)},
    PENSEL_METRIC_LIST(ROW)
#undef ROW
};

const pensel_metric_info *pensel_metric_describe(pensel_metric metric)
{
    return (unsigned)metric < PENSEL_METRIC_COUNT ? &metrics_of[metric].kind->info : NULL;
}

/* Where the metric's score stands: members of pensel_scores are made from the same list. */
static double *member(pensel_scores *scores, size_t metric)
{
    return (double *)(void *)((char *)scores + metrics_of[metric].offset);
}

double pensel_scores_get(const pensel_scores *scores, pensel_metric metric)
{
    if (!scores || (unsigned)metric >= PENSEL_METRIC_COUNT) return NAN;
    return *(const double *)(const void *)((const char *)scores + metrics_of[metric].offset);
}

/* A metric of the other task is not asked. */
static const pensel_metric_kind *wanted(size_t metric, pensel_truth truth)
{
    const pensel_metric_kind *kind = metrics_of[metric].kind;
    return kind->info.classes == (truth != PENSEL_TRUTH_NUMBERS) ? kind : NULL;
}

/* V, and of numbers the weighted mean of each target, which R2 needs before the first row. */
static void find_means(pensel_metrics *m, pensel_truth truth, double *weight)
{
    size_t k = truth == PENSEL_TRUTH_NUMBERS ? m->y.columns : 0;
    for (size_t r = 0; r < m->y.rows; r++) {
        double v = pensel_metrics_weight(m, r);
        *weight += v;
        for (size_t j = 0; j < k; j++)
            m->mean[j] += v * pensel_matrix_at(m->y, r, j);
    }
    for (size_t j = 0; j < k; j++)
        m->mean[j] /= *weight;
}

/* How many numbers the metric adds up or keeps; false: too many to count. */
static bool count_of(const pensel_metric_kind *kind, size_t n, size_t k, size_t *sums, size_t *kept)
{
    if (!pensel_multiply(sums, kind->sums_each, k) || *sums > SIZE_MAX - kind->sums) return false;
    *sums += kind->sums;
    return pensel_multiply(kept, kind->keeps, n);
}

/* Twice the same walk: how much, then where. The block is zero at first, as sums must be. */
static pensel_status make_block(pensel_metrics *m, pensel_truth truth, size_t n, size_t k,
                                pensel_error *error)
{
    size_t all = 2 * k;
    for (size_t i = m->first; i < m->end; i++) {
        const pensel_metric_kind *kind = wanted(i, truth);
        size_t sums, kept;
        if (!kind) continue;
        if (!count_of(kind, n, k, &sums, &kept) || sums > SIZE_MAX - all ||
            kept > SIZE_MAX - all - sums)
            return pensel_fail_memory(error, n, k);
        all += sums + kept;
    }
    PENSEL_TRY(PENSEL_NEW(m->block, all, error));
    double *next = m->block + 2 * k;
    m->mean = m->block;
    m->row_y = m->block + k;
    for (size_t i = m->first; i < m->end; i++) {
        const pensel_metric_kind *kind = wanted(i, truth);
        size_t sums, kept;
        if (!kind || !count_of(kind, n, k, &sums, &kept)) continue;
        m->sums[i].sums = next;
        m->sums[i].kept = next + sums;
        next += sums + kept;
    }
    return PENSEL_OK;
}

/* On failure there is nothing to clear. */
pensel_status pensel_metrics_begin(pensel_metrics *m, pensel_truth truth,
                                   const pensel_samples *samples, size_t k, double least,
                                   pensel_metric only, pensel_error *error)
{
    bool all = only == PENSEL_METRIC_COUNT;
    size_t n = samples->y.rows;
    double weight = 0;
    *m = (pensel_metrics){.y = samples->y,
                          .weights = samples->weights,
                          .first = all ? 0 : only,
                          .end = all ? PENSEL_METRIC_COUNT : (size_t)only + 1};
    PENSEL_TRY(make_block(m, truth, n, k, error));
    find_means(m, truth, &weight);
    for (size_t i = m->first; i < m->end; i++) {
        pensel_metric_sums *s = &m->sums[i];
        s->truth = truth;
        s->n = n;
        s->k = k;
        s->weight = weight;
        s->least = least;
    }
    if (weight > 0) return PENSEL_OK;
    pensel_metrics_clear(m);
    return pensel_fail(error, PENSEL_BAD_DATA,
                       "the weights sum to %g: more than 0 is needed to take means", weight);
}

/* Of equal ones the first, as NumPy's argmax. */
static size_t likeliest(const double *p, size_t k)
{
    size_t best = 0;
    for (size_t c = 1; c < k; c++)
        if (p[c] > p[best]) best = c;
    return best;
}

/* A row of labels counts as right only as a whole: scikit-learn's subset accuracy. */
static bool all_right(const double *p, const double *y, size_t k)
{
    for (size_t j = 0; j < k; j++)
        if ((p[j] > 0.5) != (y[j] > 0.5)) return false;
    return true;
}

/* All wanted metrics have the same truth, n and k, so those of the first stand for all. */
void pensel_metrics_add(pensel_metrics *m, const double *p, size_t row, size_t truth)
{
    pensel_metric_sums *s = &m->sums[m->first];
    bool classes = s->truth == PENSEL_TRUTH_CLASSES;
    pensel_metric_row r = {.p = p,
                           .y = classes ? NULL : m->row_y,
                           .mean = m->mean,
                           .truth = truth,
                           .v = pensel_metrics_weight(m, row)};
    for (size_t j = 0; j < s->k && !classes; j++)
        m->row_y[j] = pensel_matrix_at(m->y, row, j);
    if (classes) r.predicted = likeliest(p, s->k);
    if (s->truth != PENSEL_TRUTH_NUMBERS)
        r.right = classes ? r.predicted == truth : all_right(p, m->row_y, s->k);
    for (size_t i = m->first; i < m->end; i++, s++) {
        const pensel_metric_kind *kind = wanted(i, s->truth);
        if (kind && kind->add) kind->add(s, s->kept + row * kind->keeps, &r);
    }
}

void pensel_metrics_nothing(pensel_scores *scores)
{
    scores->n = 0;
    for (size_t i = 0; i < PENSEL_METRIC_COUNT; i++)
        *member(scores, i) = NAN;
}

/* In the list's order: a later metric may read what an earlier one has become. */
void pensel_metrics_end(pensel_metrics *m, pensel_scores *scores)
{
    pensel_metrics_nothing(scores);
    scores->n = m->y.rows;
    for (size_t i = m->first; i < m->end; i++) {
        const pensel_metric_kind *kind = wanted(i, m->sums[i].truth);
        m->sums[i].earlier = scores;
        if (kind) *member(scores, i) = kind->value(&m->sums[i]);
    }
    pensel_metrics_clear(m);
}

void pensel_metrics_clear(pensel_metrics *m)
{
    pensel_release(m->block);
    m->block = NULL;
}
