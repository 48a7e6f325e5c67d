/* Scaling of columns: scaled = (x - offset) / scale. Sums are over the rows in order, in double, so
 * a model does not depend on threads. Finite numbers may be so large that their squares, or the
 * difference of two, overflow: what is computed here goes around that. */
#include "estimator/scaling.h"

#include "base/error.h"
#include "base/memory.h"
#include "estimator/estimator.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* On failure the scaler is empty, as one that scales nothing. */
pensel_status pensel_scaler_make(pensel_scaler *scaler, const double *offset, const double *scale,
                                 size_t count, pensel_error *error)
{
    memset(scaler, 0, sizeof *scaler);
    pensel_status status = PENSEL_NEW(scaler->offset, count, error);
    if (status == PENSEL_OK) status = PENSEL_NEW(scaler->scale, count, error);
    if (status != PENSEL_OK) {
        pensel_scaler_clear(scaler);
        return status;
    }
    scaler->count = count;
    for (size_t i = 0; i < count; i++) {
        scaler->offset[i] = offset ? offset[i] : 0;
        scaler->scale[i] = scale ? scale[i] : 1;
    }
    return PENSEL_OK;
}

void pensel_scaler_clear(pensel_scaler *scaler)
{
    pensel_release(scaler->offset);
    pensel_release(scaler->scale);
    memset(scaler, 0, sizeof *scaler);
}

/* What is collected about a column. One pass over the rows serves all columns. */
typedef struct column {
    double low, high;
    double unit; /* numbers are divided by it, so that their squares do not overflow */
    double mean, squares, rest; /* in this unit */
} column;

/* Row by row, as the numbers lie in memory; so in all loops here. */
static void gather_range(column *columns, pensel_matrix m)
{
    for (size_t c = 0; c < m.columns; c++)
        columns[c] = (column){.low = INFINITY, .high = -INFINITY, .unit = 1};
    for (size_t r = 0; r < m.rows; r++)
        for (size_t c = 0; c < m.columns; c++) {
            double x = pensel_matrix_at(m, r, c);
            columns[c].low = fmin(columns[c].low, x);
            columns[c].high = fmax(columns[c].high, x);
        }
}

/* The mean, then the squares around it, corrected for what rounding left in the mean (Chan, Golub &
 * LeVeque 1983):
 *
 *     squares = sum d^2,   rest = sum d,   d = x / unit - mean
 *
 * rest would be 0 without rounding; finish_standard takes rest^2 / n off. The unit is 1, but for
 * columns so large or so small that d^2 would overflow or vanish. */
static void gather_squares(column *columns, pensel_matrix m)
{
    for (size_t c = 0; c < m.columns; c++) {
        double largest = fmax(fabs(columns[c].low), fabs(columns[c].high));
        if (largest > 1e100 || (largest > 0 && largest < 1e-100)) columns[c].unit = largest;
    }
    for (size_t r = 0; r < m.rows; r++)
        for (size_t c = 0; c < m.columns; c++)
            columns[c].mean += pensel_matrix_at(m, r, c) / columns[c].unit;
    for (size_t c = 0; c < m.columns; c++)
        columns[c].mean /= (double)m.rows;
    for (size_t r = 0; r < m.rows; r++)
        for (size_t c = 0; c < m.columns; c++) {
            double d = pensel_matrix_at(m, r, c) / columns[c].unit - columns[c].mean;
            columns[c].squares += d * d;
            columns[c].rest += d;
        }
}

/* Mean and deviation of the population. A column that varies by no more than rounding is constant,
 * by scikit-learn's bound, and only shifted: else noise would be scaled up to 1. So is one whose
 * deviation is less than the smallest number there is.
 *
 *     variance = (squares - rest^2 / n) / n,   scale = sqrt(variance) unit */
static void finish_standard(double *offset, double *scale, const column *c, double n)
{
    double variance = (c->squares - c->rest * c->rest / n) / n;
    /* up to this the deviation is rounding of the mean and not in the data */
    double rounding = n * DBL_EPSILON * variance + pow(n * c->mean * DBL_EPSILON, 2);
    *offset = c->mean * c->unit;
    *scale = variance <= rounding ? 1 : sqrt(variance) * c->unit;
    if (*scale == 0) *scale = 1;
}

/* To [0, 1]: (x - low) / (high - low). A range may overflow though both ends are finite: then the
 * largest number there is stands in, and the column goes beyond 1, up to 2. */
static void finish_minmax(double *offset, double *scale, const column *c)
{
    *offset = c->low;
    *scale = c->high > c->low ? fmin(c->high - c->low, DBL_MAX) : 1;
}

/* Without scaling the scaler stays empty, count 0, and apply and undo leave numbers as they are. */
pensel_status pensel_scaler_learn(pensel_scaler *scaler, pensel_scaling how, pensel_matrix m,
                                  pensel_error *error)
{
    column *columns;
    memset(scaler, 0, sizeof *scaler);
    if (how == PENSEL_SCALE_NONE) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(columns, m.columns, error));
    pensel_status status = pensel_scaler_make(scaler, NULL, NULL, m.columns, error);
    if (status == PENSEL_OK) {
        gather_range(columns, m);
        if (how == PENSEL_SCALE_STANDARD) gather_squares(columns, m);
        for (size_t c = 0; c < m.columns; c++)
            if (how == PENSEL_SCALE_STANDARD)
                finish_standard(&scaler->offset[c], &scaler->scale[c], &columns[c], (double)m.rows);
            else
                finish_minmax(&scaler->offset[c], &scaler->scale[c], &columns[c]);
    }
    pensel_release(columns);
    return status;
}

/* The difference of two finite numbers may overflow; that of the scaled numbers does not. */
static double scaled_number(double x, double offset, double scale)
{
    double difference = x - offset;
    return isfinite(difference) ? difference / scale : x / scale - offset / scale;
}

void pensel_scaler_apply(const pensel_scaler *scaler, void *scaled, pensel_precision precision,
                         pensel_matrix m)
{
    for (size_t r = 0, i = 0; r < m.rows; r++)
        for (size_t c = 0; c < m.columns; c++, i++) {
            double x = pensel_matrix_at(m, r, c);
            if (scaler->count) x = scaled_number(x, scaler->offset[c], scaler->scale[c]);
            if (precision == PENSEL_FLOAT64)
                ((double *)scaled)[i] = x;
            else
                ((float *)scaled)[i] = (float)x;
        }
}

/* In place, and without a scaler nothing: then y stays in its units. */
void pensel_scaler_undo(const pensel_scaler *scaler, double *y, size_t n)
{
    for (size_t r = 0; r < n && scaler->count; r++)
        for (size_t c = 0; c < scaler->count; c++)
            y[r * scaler->count + c] =
                y[r * scaler->count + c] * scaler->scale[c] + scaler->offset[c];
}
