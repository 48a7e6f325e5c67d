/* Predictions inside the library, and the check that every function taking a matrix makes
 * first. */
#ifndef PENSEL_NETWORK_PREDICT_H
#define PENSEL_NETWORK_PREDICT_H

#include "base/thread_pool.h"
#include "network/network.h"

/* BAD_ARGUMENT unless x has data of a known precision and `columns` columns. `what` names it:
 * "inputs". */
pensel_status pensel_matrix_fits(const pensel_matrix *x, size_t columns, const char *what,
                                 pensel_error *error);

/* pensel_network_activations with the threads of any context. */
pensel_status pensel_network_activations_in(pensel_context *context, const pensel_network *network,
                                            size_t l, void *y, pensel_matrix x, size_t threads,
                                            pensel_error *error);

/* What the outputs sum, before their activation: the logits of probabilities. */
pensel_status pensel_network_sums(const pensel_network *network, void *y, pensel_matrix x,
                                  size_t threads, pensel_error *error);

/* Floating-point operations of `n` samples, roughly. */
double pensel_network_operations(const pensel_network *network, size_t n);

#endif
