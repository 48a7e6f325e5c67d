/* Pages of a film: what the painting looks like, and beside it the curve of how good it has been so
 * far. */
#ifndef PENSEL_APP_FILM_PAGE_H
#define PENSEL_APP_FILM_PAGE_H

#include "paper.h"

/* What is painted at one time. */
typedef struct pensel_moment {
    uint8_t *bytes; /* (height, width, 3); g_free, and the moment too */
    size_t number;  /* of the epoch, or bytes */
    double psnr;    /* infinity: exact; NaN: not known */
} pensel_moment;

typedef struct pensel_film_story {
    pensel_moment *const *moments;
    size_t count, width, height; /* of bytes */
    bool of_bytes;               /* number is a size in bytes, else an epoch */
} pensel_film_story;

/* The page of moment i. All of a story have one size. */
pensel_paper pensel_film_page(const pensel_film_story *story, size_t i);
/* All moments in rows, each with its number, and below them the whole curve. */
pensel_paper pensel_film_sheet(const pensel_film_story *story);

#endif
