/* What reading and writing have in common, whichever library knows the formats: so that pixels are
 * the same with each. */
#ifndef PENSEL_APP_IMAGE_PIXELS_H
#define PENSEL_APP_IMAGE_PIXELS_H

#include "image.h"

/* Are so many pixels allowed, and is there memory for the work on them? */
pensel_status pensel_pixels_check(size_t width, size_t height, const char *path, size_t max_pixels,
                                  pensel_error *error);
/* Numbers of 8 or 16 bits as floats in [0, 1]. */
void pensel_pixels_in(float *pixels, const void *numbers, size_t count, int bits);
/* Colours times alpha; an alpha that is 1 everywhere is left out. */
void pensel_pixels_premultiply(pensel_picture *picture);
/* The way back: colours by themselves, then the nearest numbers of 8 or 16 bits. `pixels`, of
 * `count` pixels, are changed. */
void pensel_pixels_out(void *numbers, float *pixels, size_t count, size_t channels, int bits);

#endif
