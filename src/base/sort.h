/* Numbers in order. */
#ifndef PENSEL_BASE_SORT_H
#define PENSEL_BASE_SORT_H

#include <stddef.h>

/* Sorts x (n), none of which is NaN, with room for as many. The time is that of a few copies. */
void pensel_sort_numbers(double *x, double *room, size_t n);

#endif
