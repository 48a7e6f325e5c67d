/* Sparse rows: see sparse.h. They are CSR: row r has values [starts[r], starts[r + 1]), each with
 * its column in `where`. All that lies within the arrays is checked here, once, before any kernel
 * follows an index; how long the arrays are is the caller's word. */
#include "network/sparse.h"

#include "base/error.h"
#include "base/matrix.h"
#include "base/memory.h"
#include "network/walk.h"

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
    return (size_t)(x->starts[x->rows] - x->starts[0]);
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

/* ------------------------------------------------------------------ the first layer */

typedef struct first_layer {
    pensel_walk walk; /* of all rows as one tile, its slots one panel */
    size_t units;     /* of an item */
    char *rooms;      /* room_bytes for each worker */
    size_t room_bytes;
} first_layer;

static void first_item(void *data, size_t item, size_t worker)
{
    const first_layer *f = data;
    pensel_walk walk = f->walk;
    size_t row = item * f->units, rest = walk.network->layers[0].out - row;
    walk.sparse.room = f->rooms + worker * f->room_bytes;
    pensel_walk_forward_part(&walk, 0, (pensel_layer_part){row, rest < f->units ? rest : f->units});
}

/* An odd number of lines, so that a sample's units meet in no few sets of a cache. */
static size_t odd_lines(const pensel_network *network, size_t n)
{
    size_t line = network->kernels->lanes;
    return pensel_round_up(n, line) / line % 2 ? pensel_round_up(n, line)
                                               : pensel_round_up(n, line) + line;
}

pensel_status pensel_sparse_first(pensel_sparse_panel *panel, const pensel_network *network,
                                  const pensel_sparse *x, const pensel_pool *pool,
                                  pensel_error *error)
{
    const pensel_layer_instance *layer = &network->layers[0];
    size_t lanes = network->kernels->lanes, size = network->kernels->size;
    first_layer f = {.walk = {.network = network,
                              .ld = odd_lines(network, x->rows),
                              .tile = {.n = x->rows},
                              .sparse = {.x = x, .n = x->rows}},
                     .units = lanes,
                     .room_bytes = layer->in * lanes * size};
    if (!pensel_walk_cuts(&f.walk, 0)) f.units = layer->out;
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(f.walk.slots, layer->out, f.walk.ld * size, error));
    pensel_status status = PENSEL_ALLOCATE_BARE(f.rooms, pool->size, f.room_bytes, error);
    if (status != PENSEL_OK) {
        pensel_release(f.walk.slots);
        return status;
    }
    pensel_pool_share(pool, first_item, &f, (layer->out + f.units - 1) / f.units);
    pensel_release(f.rooms);
    *panel = (pensel_sparse_panel){f.walk.slots, f.walk.ld};
    return PENSEL_OK;
}
