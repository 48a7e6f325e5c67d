/* What L-BFGS remembers between two iterations. */
#ifndef PENSEL_TRAINING_LBFGS_H
#define PENSEL_TRAINING_LBFGS_H

#include "training/training.h"

void pensel_lbfgs_forget(pensel_lbfgs *memory);

#endif
