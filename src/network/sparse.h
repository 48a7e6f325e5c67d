/* Sparse rows: what must hold before anything goes through them, and the weights for them. */
#ifndef PENSEL_NETWORK_SPARSE_H
#define PENSEL_NETWORK_SPARSE_H

#include "network/network.h"

/* BAD_ARGUMENT unless x is well formed and the network's first layer takes sparse rows as wide as
 * these. Its numbers may be any. `what` names it: "inputs". */
pensel_status pensel_sparse_fits(const pensel_network *network, const pensel_sparse *x,
                                 const char *what, pensel_error *error);

/* The numbers that rows list from the first to the last */
size_t pensel_sparse_count(const pensel_sparse *x);

/* Those of `index` as rows of their own, in the same precision. Freed by release. */
pensel_status pensel_sparse_pick(pensel_sparse **picked, const pensel_sparse *x,
                                 const size_t *index, size_t n, pensel_error *error);
void pensel_sparse_release(pensel_sparse *picked);

/* The first layer's weights input by input, (in, *stride), to be released: for calls with so many
 * values that this pays. */
pensel_status pensel_sparse_weights(void **by_input, size_t *stride, const pensel_network *network,
                                    pensel_error *error);

#endif
