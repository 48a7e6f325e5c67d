/* How `pensel render` enlarges: by the network for photographs, or pixel by pixel. */
#ifndef PENSEL_APP_RENDER_ENLARGE_H
#define PENSEL_APP_RENDER_ENLARGE_H

#include "pensel.h"

typedef enum pensel_pixel_art {
    PENSEL_PIXEL_ART_AUTO,
    PENSEL_PIXEL_ART_NEVER,
    PENSEL_PIXEL_ART_NEAREST,
    PENSEL_PIXEL_ART_EPX
} pensel_pixel_art;
/* "auto", "never", "nearest", "epx"; NULL past the end. */
const char *pensel_pixel_art_name(size_t i);

/* A picture at its own size, and what of it is to be shown how large. */
typedef struct pensel_enlarge {
    bool sharp;
    unsigned pixel_art; /* a pensel_pixel_art */
    bool tile;          /* the part goes around the picture's edges */
    pensel_picture picture;
    size_t left, top, factor; /* of the picture: where it is in the painting, and how much larger */
    bool pixel_by_pixel;      /* its pixels are shown as squares */
    const char *how;          /* what was done: "sharp", "nearest", "epx", or NULL: nothing */
} pensel_enlarge;

/* Enlarges what `options` show of the painting: first it is rendered at its own size, unless `own`
 * has these pixels. Then e->picture is what is to be shown, or e->how is NULL. */
pensel_status pensel_enlarge_begin(pensel_enlarge *e, const pensel_painting *painting,
                                   const float *own, const pensel_render_options *options,
                                   pensel_error *error);
/* For e->pixel_by_pixel: rows of the result. */
void pensel_enlarge_rows(const pensel_enlarge *e, float *pixels, size_t first, size_t rows,
                         const pensel_render_options *options);
void pensel_enlarge_end(pensel_enlarge *e);

#endif
