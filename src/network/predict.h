/* The check that every function taking a matrix makes first. */
#ifndef PENSEL_NETWORK_PREDICT_H
#define PENSEL_NETWORK_PREDICT_H

#include "network/network.h"

/* BAD_ARGUMENT unless x has data of a known precision and `columns` columns. `what` names it:
 * "inputs". */
pensel_status pensel_matrix_fits(const pensel_matrix *x, size_t columns, const char *what,
                                 pensel_error *error);

#endif
