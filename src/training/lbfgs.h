/* What L-BFGS remembers between two iterations. */
#ifndef PENSEL_TRAINING_LBFGS_H
#define PENSEL_TRAINING_LBFGS_H

#include "training/training.h"

pensel_status pensel_lbfgs_run(pensel_training *training, const pensel_samples *samples,
                               const pensel_random *random, pensel_error *error);
void pensel_lbfgs_forget(pensel_lbfgs *memory);

#endif
