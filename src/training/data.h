/* What samples must be before a training touches them, and which of them it holds out. */
#ifndef PENSEL_TRAINING_DATA_H
#define PENSEL_TRAINING_DATA_H

#include "training/training.h"

/* Number i of a matrix, counted row by row. */
static inline double pensel_matrix_number(const pensel_matrix *m, size_t i)
{
    return m->precision == PENSEL_FLOAT32 ? (double)((const float *)m->data)[i]
                                          : ((const double *)m->data)[i];
}

/* Shapes fit the network; all numbers are finite, weights not negative and not all 0. `what` names the
 * samples in errors: "" or "validation ". */
pensel_status pensel_samples_check(const pensel_samples *samples, const pensel_network *network,
                                   const char *what, pensel_error *error);

/* Fills place->order with all samples, or, for early stopping without samples of its own, with those that
 * train, and place->held_out with the others: drawn and ordered as scikit-learn's train_test_split, which
 * keeps the proportions of two classes. */
pensel_status pensel_place_samples(pensel_place *place, const pensel_samples *samples,
                                   const pensel_training_options *options, bool hold_out,
                                   pensel_random *random, pensel_error *error);

/* The score of early stopping: accuracy for log loss, else R2, its mean over outputs, weighted by the
 * samples' weights; NaN when a prediction is not finite. */
pensel_status pensel_samples_score(double *score, const pensel_network *network,
                                   const pensel_training_options *options,
                                   const pensel_samples *samples, pensel_error *error);

/* The samples that `index` names, copied in the network's precision. */
pensel_status pensel_samples_pick(pensel_samples *picked, const pensel_samples *samples,
                                  const pensel_network *network, const size_t *index, size_t n,
                                  pensel_error *error);
void pensel_samples_release(pensel_samples *picked);

#endif
