/* Numbers of a matrix by their place, whatever its precision: for checks and sums; products have
 * kernels. */
#ifndef PENSEL_BASE_MATRIX_H
#define PENSEL_BASE_MATRIX_H

#include "pensel.h"

/* Bytes of a number in memory: parameters and matrices are float32 unless they are float64. */
static inline size_t pensel_precision_size(pensel_precision precision)
{
    return precision == PENSEL_FLOAT64 ? sizeof(double) : sizeof(float);
}

/* Number i, counted row by row. */
static inline double pensel_matrix_number(pensel_matrix m, size_t i)
{
    return m.precision == PENSEL_FLOAT64 ? ((const double *)m.data)[i]
                                         : (double)((const float *)m.data)[i];
}

static inline double pensel_matrix_at(pensel_matrix m, size_t row, size_t column)
{
    return pensel_matrix_number(m, row * m.columns + column);
}

static inline double pensel_sparse_number(const pensel_sparse *s, size_t k)
{
    return s->precision == PENSEL_FLOAT64 ? ((const double *)s->values)[k]
                                          : (double)((const float *)s->values)[k];
}

/* A view of rows [first, first + n). */
static inline pensel_matrix pensel_matrix_rows(pensel_matrix m, size_t first, size_t n)
{
    size_t row = m.columns * pensel_precision_size(m.precision);
    return (pensel_matrix){(const char *)m.data + first * row, n, m.columns, m.precision};
}

#endif
