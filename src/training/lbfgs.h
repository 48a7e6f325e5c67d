/* What L-BFGS remembers between two iterations. */
#ifndef PENSEL_TRAINING_LBFGS_H
#define PENSEL_TRAINING_LBFGS_H

#include "training/training.h"

/* Releases it: the next run begins anew, at the network's parameters. Of one that is zero: nothing.
 */
void pensel_lbfgs_forget(pensel_lbfgs *memory);

#endif
