/* Samples: checked completely before the first step, so that a bad number is reported with its row
 * and column and not as a NaN loss an hour later; and copies of some of them. Rows and columns
 * count from 1 in errors. */
#include "training/data.h"

#include "base/error.h"
#include "base/memory.h"
#include "network/predict.h"
#include "network/sparse.h"

#include <math.h>

/* By the kernel where numbers are of the network's precision, which is nearly always. A double may
 * be finite and yet infinite as a float; it is the caller's numbers that are checked. */
static bool all_finite(const pensel_matrix *m, const pensel_kernels *kernels)
{
    size_t count = m->rows * m->columns;
    if (m->precision == kernels->precision) return kernels->all_finite(m->data, count);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(pensel_matrix_number(*m, i))) return false;
    return true;
}

/* The number to be named is searched only once it is known that there is one. */
static pensel_status check_finite(const pensel_matrix *m, const pensel_kernels *kernels,
                                  const char *what, const char *name, pensel_error *error)
{
    size_t i = 0;
    if (all_finite(m, kernels)) return PENSEL_OK;
    while (isfinite(pensel_matrix_number(*m, i)))
        i++;
    return pensel_fail(error, PENSEL_BAD_DATA,
                       "%s%s: row %zu, column %zu is %g: a finite number is needed", what, name,
                       i / m->columns + 1, i % m->columns + 1, pensel_matrix_number(*m, i));
}

/* (n, 1), finite, 0 or more, and not all 0: the loss is divided by their sum. */
static pensel_status check_weights(const pensel_matrix *weights, size_t n, const char *what,
                                   pensel_error *error)
{
    double sum = 0;
    PENSEL_TRY(pensel_matrix_fits(weights, 1, "weights", error));
    PENSEL_REQUIRE(weights->rows == n, BAD_DATA,
                   "%sweights of %zu rows for %zu samples: one each is needed", what, weights->rows,
                   n);
    for (size_t i = 0; i < n; i++) {
        double w = pensel_matrix_number(*weights, i);
        PENSEL_REQUIRE(isfinite(w) && w >= 0, BAD_DATA,
                       "%sweights: row %zu is %g: a finite number of 0 or more is needed", what,
                       i + 1, w);
        sum += w;
    }
    if (sum > 0) return PENSEL_OK;
    return pensel_fail(error, PENSEL_BAD_DATA, "all %sweights are 0: some sample must matter",
                       what);
}

pensel_samples pensel_samples_sized(const pensel_samples *samples)
{
    const pensel_sparse *x = samples->sparse;
    pensel_samples sized = *samples;
    if (x) sized.x = (pensel_matrix){x, x->rows, x->columns, x->precision};
    return sized;
}

static pensel_status check_sparse(const pensel_sparse *x, const pensel_network *network,
                                  const char *what, pensel_error *error)
{
    PENSEL_TRY(pensel_sparse_fits(network, x, "inputs", error));
    for (size_t k = 0; k < pensel_sparse_count(x); k++)
        PENSEL_REQUIRE(isfinite(pensel_sparse_number(x, k)), BAD_DATA,
                       "%sinputs: value %zu of the sparse rows is %g: a finite number is needed",
                       what, k, pensel_sparse_number(x, k));
    return PENSEL_OK;
}

/* A matrix without rows has no numbers to be looked at: that there are none is said later, together
 * for inputs and targets. */
static pensel_status check_inputs(const pensel_samples *s, const pensel_network *network,
                                  const char *what, pensel_error *error)
{
    if (s->sparse) return check_sparse(s->sparse, network, what, error);
    PENSEL_TRY(pensel_matrix_fits(&s->x, network->shape.inputs, "inputs", error));
    return s->x.rows ? check_finite(&s->x, network->kernels, what, "inputs", error) : PENSEL_OK;
}

pensel_status pensel_samples_check(const pensel_samples *s, const pensel_network *network,
                                   const char *what, pensel_error *error)
{
    PENSEL_REQUIRE(s, BAD_ARGUMENT, "no %ssamples: give x and y", what);
    PENSEL_TRY(check_inputs(s, network, what, error));
    PENSEL_TRY(pensel_matrix_fits(&s->y, pensel_network_outputs(network), "targets", error));
    size_t n = pensel_samples_sized(s).x.rows;
    PENSEL_REQUIRE(n != 0, BAD_DATA, "0 %ssamples: 1 or more are needed", what);
    PENSEL_REQUIRE(n == s->y.rows, BAD_DATA,
                   "%sinputs of %zu rows, targets of %zu: as many are needed", what, n, s->y.rows);
    PENSEL_TRY(check_finite(&s->y, network->kernels, what, "targets", error));
    return s->weights.data ? check_weights(&s->weights, n, what, error) : PENSEL_OK;
}

/* *picked (n, columns) of the kernels' precision: the caller's. Numbers are converted as they are
 * gathered: `line` rows at a time go into a panel (columns, line) and out of it as rows without
 * gaps. */
static pensel_status pick(pensel_matrix *picked, const pensel_matrix *m,
                          const pensel_network *network, const size_t *index, size_t n,
                          pensel_error *error)
{
    const pensel_kernels *kernels = network->kernels;
    void *data, *panel;
    size_t line = PENSEL_ALIGNMENT / kernels->size, count;
    if (!pensel_multiply(&count, n, m->columns)) return pensel_fail_memory(error, n, m->columns);
    PENSEL_TRY(PENSEL_ALLOCATE(data, count, kernels->size, error));
    pensel_status status = PENSEL_ALLOCATE(panel, m->columns * line, kernels->size, error);
    for (size_t s = 0; status == PENSEL_OK && s < n; s += line) {
        size_t part = n - s < line ? n - s : line;
        kernels->gather(
            &(pensel_gather){.panel = panel, .x = *m, .index = index + s, .n = part, .ld = line});
        kernels->scatter(pensel_at(network, data, s * m->columns), panel, line, m->columns, part);
    }
    pensel_release(panel);
    if (status == PENSEL_OK)
        *picked = (pensel_matrix){data, n, m->columns, kernels->precision};
    else
        pensel_release(data);
    return status;
}

static pensel_status pick_inputs(pensel_samples *picked, const pensel_samples *samples,
                                 const pensel_network *network, const size_t *index, size_t n,
                                 pensel_error *error)
{
    pensel_sparse *sparse;
    if (!samples->sparse) return pick(&picked->x, &samples->x, network, index, n, error);
    PENSEL_TRY(pensel_sparse_pick(&sparse, samples->sparse, index, n, error));
    picked->sparse = sparse;
    *picked = pensel_samples_sized(picked);
    return PENSEL_OK;
}

/* Held-out weights may be all 0 though the samples' are not: no score could be taken, so it is an
 * error now. *picked is empty after a failure. */
pensel_status pensel_samples_pick(pensel_samples *picked, const pensel_samples *samples,
                                  const pensel_network *network, const size_t *index, size_t n,
                                  pensel_error *error)
{
    *picked = (pensel_samples){0};
    pensel_status status = pick_inputs(picked, samples, network, index, n, error);
    if (status == PENSEL_OK) status = pick(&picked->y, &samples->y, network, index, n, error);
    if (status == PENSEL_OK && samples->weights.data)
        status = pick(&picked->weights, &samples->weights, network, index, n, error);
    if (status == PENSEL_OK && picked->weights.data)
        status = check_weights(&picked->weights, n, "held-out ", error);
    if (status != PENSEL_OK) pensel_samples_release(picked);
    return status;
}

/* Of pensel_samples_pick alone: other samples are borrowed, and their const is meant. */
void pensel_samples_release(pensel_samples *picked)
{
    if (picked->sparse)
        pensel_sparse_release((pensel_sparse *)picked->sparse);
    else
        pensel_release((void *)picked->x.data);
    pensel_release((void *)picked->y.data);
    pensel_release((void *)picked->weights.data);
    *picked = (pensel_samples){0};
}
