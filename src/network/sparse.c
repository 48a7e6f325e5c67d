/* Sparse rows: see sparse.h. They are CSR: row r has values [starts[r], starts[r + 1]), each with
 * its column in `where`. All that lies within the arrays is checked here, once, before any kernel
 * follows an index; how long the arrays are is the caller's word. */
#include "network/sparse.h"

#include "base/error.h"
#include "base/matrix.h"
#include "base/memory.h"

#include <string.h>

/* Starts that only grow from 0 make the last one the count of values: only then may the values be
 * walked (check_columns). */
static pensel_status check_starts(const pensel_sparse *x, const char *what, pensel_error *error)
{
    PENSEL_REQUIRE(x->starts[0] == 0, BAD_DATA,
                   "sparse %s whose first row starts at value %lld: it starts at 0", what,
                   (long long)x->starts[0]);
    for (size_t row = 0; row < x->rows; row++)
        PENSEL_REQUIRE(x->starts[row] <= x->starts[row + 1], BAD_DATA,
                       "sparse %s: row %zu ends before it starts", what, row + 1);
    return PENSEL_OK;
}

/* Columns may stand in any order, and twice: the sum goes over values as they are listed. */
static pensel_status check_columns(const pensel_sparse *x, const char *what, pensel_error *error)
{
    size_t count = pensel_sparse_count(x);
    PENSEL_REQUIRE(count == 0 || (x->values && x->where), BAD_ARGUMENT,
                   "sparse %s of %zu values without values or columns: give both", what, count);
    for (size_t k = 0; k < count; k++)
        PENSEL_REQUIRE(x->where[k] >= 0 && (size_t)x->where[k] < x->columns, BAD_DATA,
                       "sparse %s: value %zu stands in column %ld of %zu, counted from 0", what, k,
                       (long)x->where[k], x->columns);
    return PENSEL_OK;
}

pensel_status pensel_sparse_fits(const pensel_network *network, const pensel_sparse *x,
                                 const char *what, pensel_error *error)
{
    const pensel_layer_instance *first = &network->layers[0];
    PENSEL_REQUIRE(first->kind->sparse, BAD_ARGUMENT,
                   "sparse %s for a network that begins with %s: neurons are needed, or a matrix",
                   what, first->kind->name);
    PENSEL_REQUIRE(x && x->starts, BAD_ARGUMENT, "no sparse %s: give rows with their starts", what);
    PENSEL_REQUIRE(x->columns == first->in, BAD_ARGUMENT,
                   "sparse %s of %zu columns: the network takes %zu", what, x->columns, first->in);
    PENSEL_REQUIRE(x->precision == PENSEL_FLOAT32 || x->precision == PENSEL_FLOAT64, BAD_ARGUMENT,
                   "sparse %s of precision number %d: use PENSEL_FLOAT32 or PENSEL_FLOAT64", what,
                   (int)x->precision);
    PENSEL_TRY(check_starts(x, what, error));
    return check_columns(x, what, error);
}

size_t pensel_sparse_count(const pensel_sparse *x)
{
    return (size_t)x->starts[x->rows];
}

/* ------------------------------------------------------------------ rows of their own */

/* Arrays for s->rows rows of `count` values in all; on failure the caller releases those that are
 * there. The members are const for everybody else, so they are set through pointers of their own.
 */
static pensel_status make_room(pensel_sparse *s, size_t count, pensel_error *error)
{
    void *values;
    int32_t *where;
    int64_t *starts;
    PENSEL_TRY(PENSEL_NEW(starts, s->rows + 1, error));
    s->starts = starts;
    PENSEL_TRY(PENSEL_NEW(where, count + 1, error));
    s->where = where;
    PENSEL_TRY(PENSEL_ALLOCATE(values, count + 1, pensel_precision_size(s->precision), error));
    s->values = values;
    return PENSEL_OK;
}

/* Rows of x in the order of `index`, one after another without gaps. */
static void copy_rows(const pensel_sparse *s, const pensel_sparse *x, const size_t *index)
{
    size_t size = pensel_precision_size(x->precision), at = 0;
    for (size_t row = 0; row < s->rows; row++) {
        size_t from = (size_t)x->starts[index[row]];
        size_t count = (size_t)x->starts[index[row] + 1] - from;
        ((int64_t *)s->starts)[row] = (int64_t)at;
        if (count == 0) continue;
        memcpy((int32_t *)s->where + at, x->where + from, count * sizeof *x->where);
        memcpy((char *)s->values + at * size, (const char *)x->values + from * size, count * size);
        at += count;
    }
    ((int64_t *)s->starts)[s->rows] = (int64_t)at;
}

pensel_status pensel_sparse_pick(pensel_sparse **result, const pensel_sparse *x,
                                 const size_t *index, size_t n, pensel_error *error)
{
    pensel_sparse *s;
    size_t count = 0;
    *result = NULL;
    for (size_t row = 0; row < n; row++)
        count += (size_t)(x->starts[index[row] + 1] - x->starts[index[row]]);
    PENSEL_TRY(PENSEL_NEW(s, 1, error));
    *s = (pensel_sparse){.rows = n, .columns = x->columns, .precision = x->precision};
    pensel_status status = make_room(s, count, error);
    if (status != PENSEL_OK) {
        pensel_sparse_release(s);
        return status;
    }
    copy_rows(s, x, index);
    *result = s;
    return PENSEL_OK;
}

void pensel_sparse_release(pensel_sparse *picked)
{
    if (!picked) return;
    pensel_release((void *)picked->values);
    pensel_release((void *)picked->where);
    pensel_release((void *)picked->starts);
    pensel_release(picked);
}

/* ------------------------------------------------------------------ weights */

/* To gather rows into a panel is to turn them: unit j's weights are "sample" j, so number (i, j) of
 * the panel is w[j][i]. */
pensel_status pensel_sparse_weights(void **by_input, size_t *stride, const pensel_network *network,
                                    pensel_error *error)
{
    const pensel_layer_instance *first = &network->layers[0];
    const pensel_kernels *kernels = network->kernels;
    /* Group 0 of neurons are the weights. */
    void *w = pensel_layer_numbers(first, network->parameters, 0);
    size_t count;
    *stride = pensel_round_up(first->out, kernels->lanes);
    /* One more, for whole vectors are read from any unit on. */
    if (!pensel_multiply(&count, first->in + 1, *stride))
        return pensel_fail_memory(error, first->in, *stride);
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(*by_input, count, kernels->size, error));
    kernels->gather(&(pensel_gather){
        .panel = *by_input,
        .x = {w, first->out, first->in, kernels->precision},
        .n = first->out,
        .ld = *stride,
    });
    return PENSEL_OK;
}
