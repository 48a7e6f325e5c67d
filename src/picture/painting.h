/* A painting: an estimator, and the canvas, which says what its inputs and outputs mean. */
#ifndef PENSEL_PICTURE_PAINTING_H
#define PENSEL_PICTURE_PAINTING_H

#include "estimator/estimator.h"
#include "pyramid/pyramid_levels.h"
#include "picture/picture.h"

struct pensel_painting {
    pensel_estimator *estimator;
    pensel_canvas canvas; /* its palette and profile are the painting's own */
    /* for painting whole rows at once; NULL: the network is evaluated at each position */
    pensel_levels *levels;
};

/* Takes the estimator, which is NULL afterwards also on failure; copies the canvas. The canvas must
 * fit the estimator: inputs, outputs, colours, else BAD_DATA. */
pensel_status pensel_painting_assemble(pensel_painting **painting, pensel_estimator **estimator,
                                       const pensel_canvas *canvas, pensel_error *error);

/* ------------------------------------------------------------------ auto_settings.c */

/* The settings of a painting, once everything that was not given is chosen. */
typedef struct pensel_choice {
    pensel_estimator_options estimator;
    pensel_layer *hidden; /* what estimator.hidden points to where layers are chosen; release it */
    bool by_pyramid;      /* the pyramid painter does it */
} pensel_choice;
/* Fills in what the options leave to be chosen, and says so in options->chosen. An option that was
 * given and has no effect on what is chosen is a BAD_ARGUMENT error. */
pensel_status pensel_choice_make(pensel_choice *choice, const pensel_paint_options *options,
                                 const pensel_picture *picture, size_t pictures, size_t outputs,
                                 pensel_error *error);

/* ------------------------------------------------------------------ render.c */

/* Colours (n, channels) at the positions x (n, inputs), not clamped. */
pensel_status pensel_painting_colours(const pensel_painting *painting, float *colours,
                                      pensel_matrix x, const pensel_render_options *render,
                                      pensel_error *error);

/* ------------------------------------------------- rows of a pyramid: pyramid_render.c */

/* Levels, already summed, for painting the network's pictures row by row; NULL if the network is of
 * another kind or its numbers mean something else. */
pensel_status pensel_pyramid_render_levels(pensel_levels **levels,
                                           const pensel_estimator *estimator,
                                           const pensel_canvas *canvas, size_t threads,
                                           pensel_error *error);
/* After the network has changed. */
void pensel_pyramid_render_sum(pensel_levels *levels);

/* What all rows of a rendering have in common. */
typedef struct pensel_pyramid_render {
    const pensel_painting *painting;
    size_t picture;        /* between this one and the next: */
    float share;           /* of the next */
    bool soft;             /* classes */
    float palette[64 * 4]; /* classes: (classes, channels) */
    size_t n;              /* positions along a row: */
    pensel_row_tap *taps;  /* (n), the caller's */
} pensel_pyramid_render;
void pensel_pyramid_render_begin(pensel_pyramid_render *render, const pensel_painting *painting,
                                 double mix, bool soft);
/* `position` is counted in pixels with the first one's centre at 0. */
pensel_row_tap pensel_pyramid_render_column(const pensel_pyramid_render *render, double position);
/* One row into colours (channels, n rounded up to PENSEL_ROW_LANES). scratch has
 * pensel_pyramid_render_scratch floats, zero before the first row. */
size_t pensel_pyramid_render_scratch(const pensel_pyramid_render *render);
void pensel_pyramid_render_row(const pensel_pyramid_render *render, float *colours, float *scratch,
                               double row);

#endif
