/* Masks as paint programs make them: holes with soft edges. */
#ifndef PENSEL_APP_SOFT_MASK_H
#define PENSEL_APP_SOFT_MASK_H

#include <stddef.h>

/* weights (height, width): what is nearly black becomes 0, a hole, and so does the ramp around it,
 * on which weights rise from pixel to pixel: under a soft edge lies some of what is to go. Returns
 * how many of the holes' pixels were not black. */
size_t pensel_soft_mask(float *weights, size_t width, size_t height);

#endif
