/* A walk: a tile of samples goes through the layers, and the gradient of the loss comes back. This
 * one walk serves training, prediction, rendering and single rows; what differs is where the panels
 * are. In a training every layer has its own (pass.h), for the way back. A prediction has a few,
 * which the layers take in turn. */
#ifndef PENSEL_NETWORK_WALK_H
#define PENSEL_NETWORK_WALK_H

#include "network/pass.h"

typedef struct pensel_walk {
    const pensel_network *network;
    const pensel_pass *pass;            /* the panels of a training, or NULL: */
    const pensel_dropout_plan *dropout; /* what a prediction drops; NULL: nothing, or the pass's */
    char *slots;                        /* network->slots panels of a prediction */
    size_t slot_bytes;                  /* from one to the next */
    size_t ld;                          /* 1: a sample by itself */
    pensel_tile tile;
    bool to_inputs;            /* backward goes on to the inputs */
    bool sums;                 /* the last layer gives z, not f(z) */
    pensel_sparse_rows sparse; /* the tile's inputs, where panel 0 has none; else x is NULL */
} pensel_walk;

/* Where panel l is: the inputs (l = 0), or what layer l - 1 gives out. */
void *pensel_walk_panel(const pensel_walk *walk, size_t l);

/* From the inputs, which are in panel 0, through the first `layers` layers. */
void pensel_walk_forward(const pensel_walk *walk, size_t layers);
/* The same in steps, for a prediction: layer l; whether its units may be shared out; some of them,
 * in any order. */
void pensel_walk_forward_layer(const pensel_walk *walk, size_t l);
bool pensel_walk_cuts(const pensel_walk *walk, size_t l);
void pensel_walk_forward_part(const pensel_walk *walk, size_t l, pensel_layer_part part);
/* From dz of the outputs, which the loss has written, back to dz of the lowest layer that has
 * parameters: panel l + 1 then holds dz of layer l. With `to_inputs` it goes on, and panel 0 holds
 * dx. */
void pensel_walk_backward(const pensel_walk *walk);

#endif
