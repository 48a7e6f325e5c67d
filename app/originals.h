/* The pictures that one network learns: usually one, or several of one size, side by side in a
 * strip. */
#ifndef PENSEL_APP_ORIGINALS_H
#define PENSEL_APP_ORIGINALS_H

#include "image.h"

typedef struct pensel_originals {
    pensel_image *images;
    char *const *paths; /* borrowed */
    size_t count;
    pensel_picture strip; /* all of them side by side; with one it is that one's own pixels */
    bool owned;           /* the strip's pixels are its own */
} pensel_originals;

pensel_status pensel_originals_read(pensel_originals *originals, char *const *paths, size_t count,
                                    size_t max_pixels, pensel_error *error);
void pensel_originals_free(pensel_originals *originals);

/* One network for all of them. */
pensel_status pensel_originals_paint(pensel_painting **painting, const pensel_originals *originals,
                                     const pensel_paint_options *options, pensel_error *error);
/* The paintings side by side, as the strip; g_free the pixels. */
pensel_status pensel_originals_render(pensel_picture *painted, const pensel_originals *originals,
                                      const pensel_painting *painting, bool soft, size_t threads,
                                      pensel_error *error);

/* PSNR, and SSIM (NaN where a side is below 7), of painting `i` against its original. */
pensel_status pensel_originals_measure(double *psnr, double *ssim,
                                       const pensel_originals *originals,
                                       const pensel_picture *painted, size_t i,
                                       pensel_error *error);

#endif
