/* Scaling of columns, part of the model: scaled = (x - offset) / scale. */
#ifndef PENSEL_ESTIMATOR_SCALING_H
#define PENSEL_ESTIMATOR_SCALING_H

#include "pensel.h"

typedef struct pensel_scaler {
    double *offset, *scale; /* (count); NULL and 0: no scaling */
    size_t count;
} pensel_scaler;

/* Determines offset and scale from m: mean and standard deviation (of the population), or minimum
 * and range. A constant column is only shifted. */
pensel_status pensel_scaler_learn(pensel_scaler *scaler, pensel_scaling how, pensel_matrix m,
                                  pensel_error *error);
/* A scaler with the given numbers, which are copied; NULL offsets are 0, NULL scales 1. */
pensel_status pensel_scaler_make(pensel_scaler *scaler, const double *offset, const double *scale,
                                 size_t count, pensel_error *error);
void pensel_scaler_clear(pensel_scaler *scaler);

/* scaled (rows, columns) of the given precision. */
void pensel_scaler_apply(const pensel_scaler *scaler, void *scaled, pensel_precision precision,
                         pensel_matrix m);
/* y (n, count) = y * scale + offset, in place. */
void pensel_scaler_undo(const pensel_scaler *scaler, double *y, size_t n);

#endif
