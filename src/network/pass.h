/* A pass: samples going up a network and their gradients coming back, with room for `capacity` samples at
 * once. Samples are columns of the panels; any thread may take any tile of columns. Going up, panel l + 1
 * receives layer l's activations; coming back they are overwritten, layer by layer, by the gradient of
 * the loss with respect to the layer's z. The copies in `rows` stay, for the gradient of the weights:
 *
 *     dw (out, in) = dz (out, n) rows (n, in)
 */
#ifndef PENSEL_NETWORK_PASS_H
#define PENSEL_NETWORK_PASS_H

#include "network/network.h"

/* Panels have this many columns between rows: a multiple of the lanes that puts consecutive units into
 * different cache sets, an odd number of cache lines. */
size_t pensel_panel_ld(const pensel_kernels *kernels, size_t n);

typedef struct pensel_dropout_plan {
    double share;  /* of the neurons of hidden layers that are silenced; 0: none */
    uint64_t seed; /* of this step: which ones */
} pensel_dropout_plan;

typedef struct pensel_pass {
    const pensel_network *network;
    size_t capacity, ld;
    void *x;         /* (inputs, ld) what the encoder sees; NULL when the encoding is raw */
    void **panels;   /* [0] features (in, ld); [l + 1] layer l (out, ld) */
    void **z;        /* [l + 1] (out, ld), or NULL where the derivative needs only a */
    void **rows;     /* [l] (capacity, strides[l]): what layer l receives, by sample */
    size_t *strides;
    pensel_dropout_plan dropout;
} pensel_pass;

pensel_status pensel_pass_new(pensel_pass **pass, const pensel_network *network, size_t capacity,
                              pensel_error *error);
void pensel_pass_free(pensel_pass **pass);

/* Bytes a pass needs for one sample: what decides how many fit a cache. */
size_t pensel_pass_bytes(const pensel_network *network);

/* Puts n samples of x, those that `index` names or consecutive ones from `from`, into the columns at
 * `first` and takes them up to the outputs. */
void pensel_pass_forward(const pensel_pass *pass, pensel_matrix x, const size_t *index, size_t from,
                         size_t first, size_t n);
/* From dz of the outputs, put there by the loss, down to dz of the first layer; and to the gradient of the
 * features where the encoding is trained. */
void pensel_pass_backward(const pensel_pass *pass, size_t first, size_t n);

/* The predictions' panel, columns from `first`. */
void *pensel_pass_outputs(const pensel_pass *pass, size_t first);
/* z of the outputs or NULL. */
void *pensel_pass_outputs_z(const pensel_pass *pass, size_t first);

#endif
