/* Checks that samples must pass before a training uses them, and the choice of held-out samples. */
#ifndef PENSEL_TRAINING_DATA_H
#define PENSEL_TRAINING_DATA_H

#include "base/matrix.h"
#include "training/training.h"

/* The samples with their count in x.rows, also where they are sparse: x.data is then no numbers. */
pensel_samples pensel_samples_sized(const pensel_samples *samples);

/* Checks that the shapes fit the network, all numbers are finite, and the weights are neither
 * negative nor all 0. `what` names the samples in errors: "" or "validation ". */
pensel_status pensel_samples_check(const pensel_samples *samples, const pensel_network *network,
                                   const char *what, pensel_error *error);

/* Fills cursor->order with all samples or, if hold_out, with those to train on, and
 * cursor->held_out with the rest: drawn and ordered like scikit-learn's train_test_split,
 * stratified if there are two classes. */
pensel_status pensel_split_samples(pensel_cursor *cursor, const pensel_samples *samples,
                                   const pensel_training_options *options, bool hold_out,
                                   pensel_random *random, pensel_error *error);

/* What early stopping goes by: the options' score_function, or else accuracy for the log loss and
 * R2 for others, NaN if a prediction is not finite. And unless it is NULL, the loss as training
 * counts it, without the penalty. */
pensel_status pensel_samples_score(double *score, double *loss, const pensel_network *network,
                                   const pensel_training_options *options,
                                   const pensel_samples *samples, pensel_error *error);

/* Copies the samples listed in `index`, in the network's precision. */
pensel_status pensel_samples_pick(pensel_samples *picked, const pensel_samples *samples,
                                  const pensel_network *network, const size_t *index, size_t n,
                                  pensel_error *error);
void pensel_samples_release(pensel_samples *picked);

#endif
