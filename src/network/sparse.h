/* Sparse rows: what must hold before anything goes through them, and many at once through the first
 * layer. */
#ifndef PENSEL_NETWORK_SPARSE_H
#define PENSEL_NETWORK_SPARSE_H

#include "base/thread_pool.h"
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

/* What the first layer gives out for rows of x, and unit by unit where it lies: (out, ld), to be
 * released */
typedef struct pensel_sparse_panel {
    char *numbers;
    size_t ld;
} pensel_sparse_panel;
/* All rows at once, so that weights are turned once for all of them (pensel_sparse_rows, room): for
 * as many values as columns, or more. */
pensel_status pensel_sparse_first(pensel_sparse_panel *panel, const pensel_network *network,
                                  const pensel_sparse *x, const pensel_pool *pool,
                                  pensel_error *error);

#endif
