/* Decides by measuring whether a step is faster shared among threads or alone. Both give the same
 * bits, so the choice may change during a training. Cores far apart, a core that another program
 * keeps busy, or a step of microseconds make sharing slower, and no estimate can tell.
 *
 * One way is kept, and now and then the other one is tried for a while: first soon, then, as long
 * as nothing changes, less and less often. */
#ifndef PENSEL_TRAINING_AUTOTUNE_H
#define PENSEL_TRAINING_AUTOTUNE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct pensel_autotune {
    bool shared;           /* the way that has been the faster one */
    bool trying;           /* the other one, at the moment */
    double keep;           /* seconds for which the way is kept before the next try */
    double spent, samples; /* seconds and samples since the way was taken, but for its first step */
    size_t steps;
    double steady; /* seconds a sample of the kept way */
} pensel_autotune;

/* The way to begin with, by estimate. */
pensel_autotune pensel_autotune_begin(bool shared);
/* How the next step is to be done. */
bool pensel_autotune_shares(const pensel_autotune *autotune);
/* It took so many seconds for so many samples. */
void pensel_autotune_note(pensel_autotune *autotune, double seconds, size_t samples);

#endif
