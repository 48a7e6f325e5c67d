/* One picture that shows how a painting comes to be: what was given, what the tutorial's network
 * learns of it, the compact painting, and six moments on the way to each, with captions. */
#ifndef PENSEL_APP_PAINT_FIGURE_H
#define PENSEL_APP_PAINT_FIGURE_H

#include "pensel.h"

enum { PENSEL_FIGURE_MOMENTS = 6 };

typedef struct pensel_figure_moment {
    pensel_picture picture; /* g_free the pixels */
    size_t number;          /* of epochs, or of bytes */
    double psnr;
} pensel_figure_moment;

typedef struct pensel_figure {
    const char *path; /* NULL: nothing is asked for */
    size_t seen;      /* moments of the compact painting */
    pensel_figure_moment compact[PENSEL_FIGURE_MOMENTS], network[PENSEL_FIGURE_MOMENTS];
    size_t network_moments, epochs, parameters;
    pensel_picture small, learned; /* what the network learns, and what it makes of it */
    double learned_psnr;
} pensel_figure;

/* How many moments of a compact painting it wants; every other one is kept. */
size_t pensel_figure_wants(const pensel_figure *figure);
void pensel_figure_see(pensel_figure *figure, const pensel_compact_trial *moment);

/* The words under the two pictures at the ends. */
typedef struct pensel_figure_words {
    const char *original, *compact;
} pensel_figure_words;

/* Trains the tutorial's network for some seconds, then writes it all. */
pensel_status pensel_figure_write(pensel_figure *figure, const pensel_picture *original,
                                  const pensel_picture *painted, const pensel_figure_words *words,
                                  size_t threads, const volatile int *interrupt,
                                  pensel_error *error);
void pensel_figure_free(pensel_figure *figure);

#endif
