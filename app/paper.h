/* A page to draw on: words, lines and pictures on white. It grows downward
 * with what is put on it. A failure to draw is kept until the page is written. */
#ifndef PENSEL_APP_PAPER_H
#define PENSEL_APP_PAPER_H

#include "pensel.h"

#include <stdbool.h>

typedef struct pensel_paper {
    uint8_t *bytes; /* (height, width, 3) */
    size_t width, height;
    uint8_t white; /* what it is before anything is drawn */
    bool failed;
} pensel_paper;

/* Bytes of one drawing in another's place. */
typedef struct pensel_stamp {
    uint8_t *bytes; /* (height, width): how much ink; g_free; NULL: it could not be made */
    size_t width, height;
} pensel_stamp;

/* At least this many rows. */
void pensel_paper_grow(pensel_paper *paper, size_t height);
/* Words as a stamp: plain text, no wider than `room` pixels (0: as wide as they are). The font is
 * Pango's, as "sans bold 11", at 96 pixels an inch. */
pensel_stamp pensel_paper_words(const char *words, const char *font, size_t room);
/* A stamp with its top left corner at (left, top), in a grey from 0, black; what lies outside is
 * left out. */
void pensel_paper_stamp(pensel_paper *paper, const pensel_stamp *stamp, uint8_t ink, size_t left,
                        size_t top);
/* Both at once; returns how high the words are. */
size_t pensel_paper_write(pensel_paper *paper, const char *words, const char *font, uint8_t ink,
                          size_t left, size_t top, size_t room);
/* Bytes (height, width, 3); those beyond the right edge are left out. */
void pensel_paper_put(pensel_paper *paper, const uint8_t *bytes, size_t left, size_t top,
                      size_t width, size_t height);
/* A rectangle of a line one pixel wide, inside these bounds. */
void pensel_paper_frame(pensel_paper *paper, uint8_t ink, size_t left, size_t top, size_t width,
                        size_t height);
void pensel_paper_fill(pensel_paper *paper, const uint8_t colour[3], size_t left, size_t top,
                       size_t width, size_t height);
/* A straight line two pixels wide with soft edges. */
void pensel_paper_line(pensel_paper *paper, const uint8_t colour[3], double x0, double y0,
                       double x1, double y1);
/* A disc with a soft edge. */
void pensel_paper_disc(pensel_paper *paper, const uint8_t colour[3], double x, double y,
                       double radius);
/* Writes it as a picture and frees what is in it. `what` names it in an error: "the figure". */
pensel_status pensel_paper_save(pensel_paper *paper, const char *what, const char *path,
                                const void *profile, size_t profile_size, pensel_error *error);

#endif
