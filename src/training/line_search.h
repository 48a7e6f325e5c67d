/* The line search of Moré & Thuente (1994): a step along a direction of descent that lowers the
 * loss enough and flattens its slope enough (the strong Wolfe conditions). The caller evaluates;
 * the search only says where. */
#ifndef PENSEL_TRAINING_LINE_SEARCH_H
#define PENSEL_TRAINING_LINE_SEARCH_H

#include <stdbool.h>

/* A step that was tried: its length, the loss there, and the slope of the loss along the line. */
typedef struct pensel_trial {
    double step, loss, slope;
} pensel_trial;

typedef struct pensel_line_search {
    double step;        /* where to evaluate next; once accepted, the result */
    pensel_trial start; /* step 0; its slope is negative */
    pensel_trial best;  /* the lowest loss so far: one end of the interval */
    pensel_trial other; /* the other end */
    double low, high;   /* the next step lies between these */
    double width, width_before;
    bool bracketed; /* a minimum lies between best and other */
    bool lowered;   /* second stage: a step was low enough and no longer fell */
} pensel_line_search;

/* A search from `loss` with slope `slope` < 0; `step` > 0 is the first to try. */
void pensel_line_search_begin(pensel_line_search *search, double step, double loss, double slope);
/* Takes the loss and slope at search->step. True: the step is accepted, or no better one can be
 * told apart. False: search->step is the next to try. */
bool pensel_line_search_next(pensel_line_search *search, double loss, double slope);

#endif
