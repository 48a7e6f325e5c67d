/* What `pensel paint` works on, from its command line to its painting. */
#ifndef PENSEL_APP_PAINT_H
#define PENSEL_APP_PAINT_H

#include "live.h"
#include "originals.h"
#include "paint_figure.h"
#include "train.h"

/* What is asked of a compact painting; 0: not asked. */
typedef struct pensel_compact_ask {
    double quality;
    size_t bytes, numbers;
} pensel_compact_ask;

typedef struct pensel_paint_job {
    pensel_paint_options options;
    pensel_row_target painting_options; /* what the parsing fills */
    pensel_train train;
    pensel_live live;
    const char *input, *output, *save, *compare, *weight, *neurons, *contours;
    size_t max_pixels, depth;
    bool untrusted, soft;
    pensel_compact_ask compact;
    pensel_figure figure;
    char *default_output;
    char chosen[256];
    pensel_originals originals;
    float *weights;
    size_t holes, soft_edge; /* pixels of weight 0; those of them that are not black in the mask */
    pensel_painting *painting;
    pensel_picture painted;
    double psnr, ssim, accuracy;
} pensel_paint_job;

/* Prints the result; returns the exit status. */
int pensel_paint_print(pensel_paint_job *job);

#endif
