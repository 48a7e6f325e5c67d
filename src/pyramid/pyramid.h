/* Training coarse to fine: a network whose encoding is a pyramid of the pictures' own size, on all
 * their pixels at once, row by row (see rows.h).
 *
 * Coarse to fine: each level is first trained alone with the coarser ones on the picture made as
 * small as it, so that finer levels need only learn what is missing; the last stage trains
 * everything on the full picture. Holes are filled by what coarse levels learned around them.
 *
 * The step. The network starts as pairs of neurons f(q x), f(-q x) along orthonormal directions q,
 * which for a leaky ReLU add up to an exact linear map c (orthonormal) (after Saxe et al. 2014); so
 * the curvature of the loss along the latents is near c^2 in every direction, and plain gradient
 * descent at a rate in proportion to 1/c^2, measured anew at each pass, needs no moments and
 * converges in tens of passes. Level l gathers the gradient of 4^l pixels and takes 2^-(l+1) of
 * that rate / 4^l, so the levels' steps add up to one. The layers' numbers, a hundred or so, are
 * trained by the options' solver and schedule on the gradient of the whole pass.
 *
 * A pass over all pixels is an epoch of one step; all that is not about a pass is training/run.h's.
 *
 * Classes have 4 features for each pixel and an output for each class, along directions spread over
 * a sphere where like colours are neighbours, and train by log-loss until every pixel is in its
 * class. Rare classes count more for the layers; a pixel's own latents belong to it alone and need
 * no balance.
 *
 * Pixels' gradients are summed in blocks of rows that depend on the picture alone, and blocks in
 * order: the same bits on any number of threads. */
#ifndef PENSEL_PICTURE_PYRAMID_H
#define PENSEL_PICTURE_PYRAMID_H

#include "network/network.h"
#include "pensel.h"
#include "pyramid/rows.h"
#include "training/training.h"

typedef struct pensel_pyramid_plan {
    const pensel_picture *pictures; /* alike */
    size_t count;
    const float *weights;       /* (height, width) or NULL */
    const unsigned char *codes; /* (height, width) classes of the only picture; NULL: colours */
    size_t classes;
    const float *palette; /* (classes, channels) */
    bool balanced;        /* a rare class counts as much as a common one */
    uint32_t seed;
    double *psnr; /* after each pass: of the painting, NaN before the full picture is trained on */
} pensel_pyramid_plan;

/* Of the finest level's latents, in 1 / curvature. */
#define PENSEL_PYRAMID_RATE 0.5
/* The slope of the hidden layer's leaky ReLU. */
#define PENSEL_PYRAMID_SLOPE 0.5

/* True when the network is one that this painter trains: float32, `channels` outputs and features,
 * one hidden layer of 4 leaky ReLU neurons for each. */
bool pensel_pyramid_fits(const pensel_network *network);

/* ------------------------------------------------------------------ pyramid_init.c */

/* Latents 0; layers in pairs of opposite neurons; the output's biases in the middle of the range.
 * palette (outputs, channels) are the classes' colours; NULL without classes. */
void pensel_pyramid_start(pensel_network *network, const float *palette, size_t channels,
                          uint32_t seed);
/* The largest eigenvalue of J^T J, J the network's slope by its features away from the neurons'
 * kinks: the curvature of half a squared error along them. */
double pensel_pyramid_curvature(const pensel_network *network);

/* ------------------------------------------------------------------ pyramid.c */

/* What trains a picture to the last bit in the fewest passes, where the caller does not say. The
 * layers of classes start with a direction for each, and layers that move fast leave some class
 * without a place where it wins, for tens of passes. */
#define PENSEL_PYRAMID_LAYER_RATE 2e-3
#define PENSEL_PYRAMID_CLASS_RATE 2e-4
#define PENSEL_PYRAMID_DECAY (30 / 31.0) /* of the inverse-time schedule: half after 30 epochs */
#define PENSEL_PYRAMID_EPSILON 1e-3
#define PENSEL_PYRAMID_EPOCHS 300

/* Trains the training's network, which pensel_pyramid_fits. The options that have an effect are
 * those of the solver and the schedule, tol, n_iter_no_change, epochs, max_seconds, threads. */
pensel_status pensel_pyramid_train(pensel_training *training, pensel_random *random,
                                   const pensel_pyramid_plan *plan, pensel_error *error);

#endif
