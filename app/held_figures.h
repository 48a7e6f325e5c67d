/* Where a model of a table errs, from its answers to held-out rows. */
#ifndef PENSEL_APP_HELD_FIGURES_H
#define PENSEL_APP_HELD_FIGURES_H

#include "result.h"

#include <glib.h>

/* `count` rows of class `truth` were taken for class `said`. */
typedef struct pensel_mistake {
    size_t truth, said, count;
} pensel_mistake;

/* (classes, classes) rows of a true class, columns of what was said; g_free. */
size_t *pensel_held_confusion(const pensel_table_held *held);
/* Those that happened, the most frequent first; g_free. */
pensel_mistake *pensel_held_mistakes(size_t *count, const size_t *confusion, size_t classes);
/* Predicted minus true, sorted; g_free. */
double *pensel_held_errors(const pensel_table_held *held);
int pensel_number_order(const void *a, const void *b);
/* Of sorted numbers, interpolated (Hyndman & Fan 1996, definition 7) */
double pensel_quantile(const double *sorted, size_t n, double share);

/* Of rows whose likeliest class has a probability within 1/BINS of each other: how sure the model
 * is, and how often it is right. */
enum { PENSEL_BINS = 10 };
typedef struct pensel_reliability {
    double sure, right;
    size_t count;
} pensel_reliability;
void pensel_held_reliability(pensel_reliability bins[PENSEL_BINS], const pensel_table_held *held);

/* Lines and figures: ten confusions, or quantiles of the error. */
void pensel_held_print(pensel_result *result, const pensel_table_model *model);
/* Sentences about what a newcomer would not see in the figures; free with g_ptr_array_free. */
GPtrArray *pensel_held_warnings(const pensel_table_model *model);

#endif
