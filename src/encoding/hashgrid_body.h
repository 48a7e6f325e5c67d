/* The hash grid's loops (Mueller et al. 2022, section 3). A sample at x is in cell floor(x cells).
 * Each of the cell's 2^inputs corners is weighted by its proximity, the product over the inputs of
 * 1 - t or t; its features are in a table, indexed by the corner's number or a hash of it. */

typedef struct corners {
    uint32_t cell[PENSEL_GRID_INPUTS][BLOCK];
    real t[PENSEL_GRID_INPUTS][BLOCK]; /* where in the cell, in [0, 1] */
    uint32_t entry[BLOCK];
    real weight[BLOCK];
} corners;

/* For n samples starting at `from`. Inputs outside [0, 1] are clamped. */
static void find_cells(corners *c, const pensel_grid_walk *walk, size_t from, size_t n)
{
    real cells = (real)walk->level->cells;
    for (size_t i = 0; i < walk->inputs; i++) {
        const real *x = (const real *)walk->x + i * walk->ldx + from;
        for (size_t s = 0; s < n; s++) {
            real u = x[s] > 0 ? x[s] * cells : 0; /* also if x is NaN */
            u = u < cells ? u : cells;
            int32_t cell = (int32_t)u;
            cell = cell < (int32_t)cells - 1 ? cell : (int32_t)cells - 1;
            c->cell[i][s] = (uint32_t)cell;
            c->t[i][s] = u - (real)cell;
        }
    }
}

/* Entry and weight of corner `bits`: bit i says which side along input i. */
static void find_corner(corners *c, const pensel_grid_walk *walk, unsigned bits, size_t n)
{
    static const uint32_t primes[PENSEL_GRID_INPUTS] = {1,           2654435761u, 805459861u,
                                                        3674653429u, 2097192037u, 1434869437u};
    const pensel_grid_level *level = walk->level;
    uint32_t cells = (uint32_t)level->cells, mask = (uint32_t)level->entries - 1;
    uint32_t side = walk->periodic ? cells : cells + 1, stride = 1;
    for (size_t s = 0; s < n; s++) {
        c->entry[s] = 0;
        c->weight[s] = 1;
    }
    for (size_t i = 0; i < walk->inputs; i++) {
        uint32_t bit = bits >> i & 1;
        for (size_t s = 0; s < n; s++) {
            uint32_t node = c->cell[i][s] + bit;
            node = node == side ? 0 : node;
            c->entry[s] =
                level->dense ? c->entry[s] + node * stride : c->entry[s] ^ node * primes[i];
            c->weight[s] *= bit ? c->t[i][s] : 1 - c->t[i][s];
        }
        stride *= side;
    }
    if (level->dense) return;
    for (size_t s = 0; s < n; s++)
        c->entry[s] &= mask;
}

static void hash_forward(void *features, const void *values, const pensel_grid_walk *walk)
{
    const real *table = values;
    size_t width = walk->features;
    corners c;
    for (size_t from = 0; from < walk->n; from += BLOCK) {
        size_t n = walk->n - from < BLOCK ? walk->n - from : BLOCK;
        find_cells(&c, walk, from, n);
        for (unsigned bits = 0; bits < 1u << walk->inputs; bits++) {
            find_corner(&c, walk, bits, n);
            for (size_t f = 0; f < width; f++) {
                real *y = (real *)features + f * walk->ld + from;
                for (size_t s = 0; s < n; s++) {
                    real before = bits ? y[s] : 0;
                    y[s] = before + c.weight[s] * table[c.entry[s] * width + f];
                }
            }
        }
    }
}

static void hash_backward(void *gradient, const void *dfeatures, const pensel_grid_walk *walk)
{
    real *table = gradient;
    size_t width = walk->features;
    unsigned count = 1u << walk->inputs;
    uint32_t entry[1 << PENSEL_GRID_INPUTS][BLOCK];
    real weight[1 << PENSEL_GRID_INPUTS][BLOCK];
    corners c;
    for (size_t from = 0; from < walk->n; from += BLOCK) {
        size_t n = walk->n - from < BLOCK ? walk->n - from : BLOCK;
        find_cells(&c, walk, from, n);
        for (unsigned bits = 0; bits < count; bits++) {
            find_corner(&c, walk, bits, n);
            for (size_t s = 0; s < n; s++) {
                entry[bits][s] = c.entry[s];
                weight[bits][s] = c.weight[s];
            }
        }
        for (size_t s = 0; s < n; s++) {
            const real *d = (const real *)dfeatures + from + s;
            for (unsigned bits = 0; bits < count; bits++) {
                real *g = table + entry[bits][s] * width;
                for (size_t f = 0; f < width; f++)
                    g[f] += weight[bits][s] * d[f * walk->ld];
            }
        }
    }
}
