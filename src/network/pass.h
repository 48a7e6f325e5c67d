/* A pass: samples going up a network and their gradients coming back, with room for `capacity` samples at
 * once, in tiles that any thread may take. Going up, panel l + 1 receives layer l's activations; coming
 * back they are overwritten, layer by layer, by the gradient of the loss with respect to the layer's z.
 * The copies in `rows` stay, for the gradient of the weights:
 *
 *     dw (out, in) = dz (out, n) rows (n, in)
 *
 * Each tile has its own panels, one after the other: were they columns of one wide panel, a core would
 * fetch the next lines of a row ahead, which another core is writing, and both would wait. */
#ifndef PENSEL_NETWORK_PASS_H
#define PENSEL_NETWORK_PASS_H

#include "network/network.h"

typedef struct pensel_dropout_plan {
    double share;  /* of the neurons of hidden layers that are silenced; 0: none */
    uint64_t seed; /* of this step: which ones */
} pensel_dropout_plan;

typedef struct pensel_pass {
    const pensel_network *network;
    size_t capacity, tiles, ld; /* samples; tiles they are cut into at most; columns of a tile */
    void *x;         /* (tiles, inputs, ld) what the encoder sees; NULL when the encoding is raw */
    void **panels;   /* [0] features (tiles, in, ld); [l + 1] layer l (tiles, out, ld) */
    void **z;        /* [l + 1] (tiles, out, ld), or NULL where the derivative needs only a */
    void **rows;     /* [l] (capacity, strides[l]): what layer l receives, by sample */
    size_t *strides;
    pensel_dropout_plan dropout;
} pensel_pass;

pensel_status pensel_pass_new(pensel_pass **pass, const pensel_network *network, size_t capacity,
                              pensel_error *error);
void pensel_pass_free(pensel_pass **pass);

/* Bytes a pass needs for one sample: what decides how many fit a cache. */
size_t pensel_pass_bytes(const pensel_network *network);

/* Puts the tile's samples, those of x that `index` (tile.n) names or consecutive ones from `from`, into
 * their places and takes them up to the outputs. */
void pensel_pass_forward(const pensel_pass *pass, pensel_matrix x, const size_t *index, size_t from,
                         pensel_tile tile);
/* From dz of the outputs, put there by the loss, down to dz of the first layer; and to the gradient of the
 * features where the encoding is trained. */
void pensel_pass_backward(const pensel_pass *pass, pensel_tile tile);

/* A tile's panels: of the features (l = 0) or layer l - 1, and of its z or NULL. */
void *pensel_pass_panel(const pensel_pass *pass, size_t l, pensel_tile tile);
void *pensel_pass_z(const pensel_pass *pass, size_t l, pensel_tile tile);
/* What the encoder saw. */
void *pensel_pass_x(const pensel_pass *pass, pensel_tile tile);
/* What layer l received, by sample: the row of the tile's first. */
void *pensel_pass_rows(const pensel_pass *pass, size_t l, pensel_tile tile);

#endif
