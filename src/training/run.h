/* What the kinds of run share. */
#ifndef PENSEL_TRAINING_RUN_H
#define PENSEL_TRAINING_RUN_H

/* Seconds of a clock that is never set back. */
double pensel_clock(void);

#endif
