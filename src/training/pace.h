/* Which way of doing a step is the fastest, found by trying: the bits are the same, so the way may change in the
 * middle of a training. Cores far apart, a core that another program keeps busy, or a step of microseconds turn
 * the order of the ways around, and no estimate tells.
 *
 * It keeps to one way and now and then tries another for a while: first soon, then, as long as nothing is faster,
 * less and less often. */
#ifndef PENSEL_TRAINING_PACE_H
#define PENSEL_TRAINING_PACE_H

#include <stdbool.h>
#include <stddef.h>

/* batch.h says what they are. */
typedef enum pensel_way { PENSEL_ALONE, PENSEL_BY_ROWS, PENSEL_BY_HALVES, PENSEL_WAY_COUNT } pensel_way;

typedef struct pensel_pace {
    pensel_way kept, tried; /* the one that has been the fastest; the last other one that was tried */
    bool trying;
    size_t failed;         /* tries since the kept way last changed or all others were tried */
    double keep;           /* seconds for which the way is kept before the next try */
    double spent, samples; /* seconds and samples since the way was taken, but for its first step */
    size_t steps;
    double steady; /* seconds a sample of the kept way */
} pensel_pace;

/* The way to begin with, by estimate. */
pensel_pace pensel_pace_begin(pensel_way way);
/* How the next step is to be done. */
pensel_way pensel_pace_way(const pensel_pace *pace);
/* It took so many seconds for so many samples. */
void pensel_pace_note(pensel_pace *pace, double seconds, size_t samples);

#endif
