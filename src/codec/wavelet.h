/* The biorthogonal wavelet of Cohen, Daubechies and Feauveau with 9 and 7 taps, by lifting
 * (Daubechies and Sweldens 1998), scaled so that a step costs about as much everywhere. Borders are
 * mirrored. Plain sums and products in a fixed order: the same bits everywhere. */
#ifndef PENSEL_CODEC_WAVELET_H
#define PENSEL_CODEC_WAVELET_H

#include "base/thread_pool.h"

/* plane (height, width) -> its coefficients, in place: after each level the low half stands first,
 * in rows and in columns, and is taken apart again. `scratch` has room for PENSEL_WAVELET_SCRATCH
 * floats for each member of the pool and each of max(width, height) samples. */
enum { PENSEL_WAVELET_COLUMNS = 32, PENSEL_WAVELET_SCRATCH = PENSEL_WAVELET_COLUMNS };

void pensel_wavelet_forward(float *plane, size_t width, size_t height, size_t levels,
                            float *scratch, const pensel_pool *pool);
void pensel_wavelet_inverse(float *plane, size_t width, size_t height, size_t levels,
                            float *scratch, const pensel_pool *pool);

#endif
