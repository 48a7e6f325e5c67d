/* A painting: an estimator, and the canvas that says what its inputs and outputs mean. */
#ifndef PENSEL_PICTURE_PAINTING_H
#define PENSEL_PICTURE_PAINTING_H

#include "estimator/estimator.h"
#include "picture/levels.h"
#include "picture/picture.h"

struct pensel_painting {
    pensel_estimator *estimator;
    pensel_canvas canvas; /* its palette and profile are the painting's own */
    /* the pyramid's levels added up, for painting rows at once; NULL: every place is asked for
     * itself */
    pensel_levels *levels;
};

/* Takes the estimator, which is NULL afterwards also on failure; copies the canvas. The canvas must
 * fit the estimator: inputs, outputs, colours, else BAD_DATA. */
pensel_status pensel_painting_assemble(pensel_painting **painting, pensel_estimator **estimator,
                                       const pensel_canvas *canvas, pensel_error *error);

/* ------------------------------------------------------------------ choose.c */

/* Fills in what the options leave to be chosen, into `chosen` and its `hidden` layers (room for 8),
 * and says so in options->chosen. True: the pyramid painter does it. */
typedef struct pensel_choice {
    pensel_estimator_options estimator;
    pensel_layer hidden[8];
} pensel_choice;
bool pensel_choice_make(pensel_choice *choice, const pensel_paint_options *options,
                        const pensel_picture *picture, size_t pictures, size_t outputs);

/* ------------------------------------------------------------------ render.c */

/* Colours (n, channels) at the places x (n, inputs), not clamped. */
pensel_status pensel_painting_colours(const pensel_painting *painting, float *colours,
                                      pensel_matrix x, bool soft, size_t threads,
                                      pensel_error *error);

/* ------------------------------------------------------------------ rows of a pyramid: quick.c */

/* A place along an axis: four pixels and how much each counts. */
typedef struct pensel_taps {
    size_t pixel[4];
    float weight[4];
} pensel_taps;
pensel_taps pensel_taps_at(double place, size_t pixels, bool periodic);

/* Adds one row of n places, at `row` and the given columns, to colours (n, channels). scratch has
 * room for pensel_quick_scratch floats. */
size_t pensel_quick_scratch(const pensel_painting *painting, size_t n);
void pensel_quick_row(const pensel_painting *painting, float *colours, float *scratch, double row,
                      const pensel_taps *columns, size_t n);

#endif
