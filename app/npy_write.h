/* Writing NumPy's .npy files. */
#ifndef PENSEL_APP_NPY_H
#define PENSEL_APP_NPY_H

#include "pensel.h"

/* values (rows, columns) as float64; one column becomes a vector. */
pensel_status pensel_npy_write(const char *path, const double *values, size_t rows, size_t columns,
                               pensel_error *error);

#endif
