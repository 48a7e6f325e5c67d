/* The pyramid's loops. Level l has a node every 2^l pixels, the first at the centre of the first
 * pixel, and is linear between its nodes, so that any level can be expressed as a finer one. The
 * value at a place is the sum of all levels at the 6 x 6 pixels around it, weighted as lanczos.h
 * says: exactly the pixel at a pixel's centre, smooth and sharp between pixels. */

/* The nodes of a level that a place reads along one axis. */
typedef struct reach {
    size_t count, node[2 * PENSEL_TAPS];
    real weight[2 * PENSEL_TAPS];
} reach;

/* Adds `weight` to `node`; a reach lists each node once. */
static void reach_add(reach *r, size_t node, real weight)
{
    size_t i = 0;
    if (weight == 0) return;
    while (i < r->count && r->node[i] != node)
        i++;
    if (i == r->count) {
        r->node[r->count++] = node;
        r->weight[i] = 0;
    }
    r->weight[i] += weight;
}

/* Beyond the ends the end pixel repeats, or in a periodic picture the other end follows. */
static size_t pixel_at(long place, size_t pixels, bool periodic)
{
    long count = (long)pixels;
    if (periodic) return (size_t)((place % count + count) % count);
    return (size_t)(place < 0 ? 0 : place < count ? place : count - 1);
}

/* The nodes of a level, 2^shift pixels apart, that x in [0, 1] over `pixels` pixels depends on. */
static void find_reach(reach *r, real x, size_t pixels, size_t shift, bool periodic)
{
    double weight[PENSEL_TAPS];
    real last = (real)pixels - 1;
    real u = (x > 0 ? x < 1 ? x : 1 : 0) * (real)pixels - (real)0.5;
    if (!periodic) u = u > 0 ? u < last ? u : last : 0;
    long base = (long)floor((double)u);
    pensel_lanczos(weight, (double)u - (double)base);
    size_t inside = ((size_t)1 << shift) - 1;
    r->count = 0;
    for (int i = 0; i < PENSEL_TAPS; i++) {
        size_t pixel = pixel_at(base - PENSEL_TAPS_BEFORE + i, pixels, periodic);
        real t = (real)(pixel & inside) / (real)(inside + 1);
        reach_add(r, pixel >> shift, (real)weight[i] * (1 - t));
        reach_add(r, (pixel >> shift) + 1, (real)weight[i] * t);
    }
}

/* Where x falls between the pictures of a pyramid with a third input. */
static void find_depth(reach *r, real x, size_t depth)
{
    real u = (x > 0 ? x < 1 ? x : 1 : 0) * (real)(depth - 1);
    size_t below = (size_t)u;
    r->count = 0;
    reach_add(r, below, 1 - (u - (real)below));
    reach_add(r, below + 1, u - (real)below);
}

typedef struct place {
    reach rows, columns, depth;
} place;

static void find_place(place *p, const pensel_grid_walk *walk, size_t s)
{
    const real *x = (const real *)walk->x + s;
    size_t shift = walk->level->shift;
    find_reach(&p->rows, x[0], walk->rows, shift, walk->periodic);
    p->columns = p->depth = (reach){1, {0}, {1}};
    if (walk->inputs > 1)
        find_reach(&p->columns, x[walk->ldx], walk->columns, shift, walk->periodic);
    if (walk->inputs > 2) find_depth(&p->depth, x[2 * walk->ldx], walk->depth);
}

/* The number at row node i and column node j in the plane of depth node k. */
static size_t number_at(const pensel_grid_level *level, const place *p, size_t k, size_t i,
                        size_t j)
{
    return (p->depth.node[k] * level->rows + p->rows.node[i]) * level->columns + p->columns.node[j];
}

static void pyramid_forward(void *features, const void *values, const pensel_grid_walk *walk)
{
    const pensel_grid_level *level = walk->level;
    size_t plane = level->rows * level->columns * walk->depth;
    place p;
    for (size_t s = 0; s < walk->n; s++) {
        real sum[PENSEL_GRID_FEATURES] = {0};
        find_place(&p, walk, s);
        for (size_t k = 0; k < p.depth.count; k++)
            for (size_t i = 0; i < p.rows.count; i++)
                for (size_t j = 0; j < p.columns.count; j++) {
                    const real *v = (const real *)values + number_at(level, &p, k, i, j);
                    real w = p.depth.weight[k] * p.rows.weight[i] * p.columns.weight[j];
                    for (size_t f = 0; f < walk->features; f++)
                        sum[f] += w * v[f * plane];
                }
        for (size_t f = 0; f < walk->features; f++)
            ((real *)features)[f * walk->ld + s] += sum[f];
    }
}

static void pyramid_backward(void *gradient, const void *dfeatures, const pensel_grid_walk *walk)
{
    const pensel_grid_level *level = walk->level;
    size_t plane = level->rows * level->columns * walk->depth;
    place p;
    for (size_t s = 0; s < walk->n; s++) {
        const real *d = (const real *)dfeatures + s;
        find_place(&p, walk, s);
        for (size_t k = 0; k < p.depth.count; k++)
            for (size_t i = 0; i < p.rows.count; i++)
                for (size_t j = 0; j < p.columns.count; j++) {
                    real *g = (real *)gradient + number_at(level, &p, k, i, j);
                    real w = p.depth.weight[k] * p.rows.weight[i] * p.columns.weight[j];
                    for (size_t f = 0; f < walk->features; f++)
                        g[f * plane] += w * d[f * walk->ld];
                }
    }
}
