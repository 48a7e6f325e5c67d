/* The gradient of the weights of a layer's last inputs, where those would fill a quarter of a vector or less:
 * the same inputs of several samples share a vector's lanes, a piece each, so that one multiply-add sums
 * LANES / PIECE samples. The biases, which walk over the same dz, come along.
 *
 * Such a weight is summed lane by lane over the samples of a group, then over the lanes. */
#ifndef PENSEL_KERNEL_BODY_ENDS_H
#define PENSEL_KERNEL_BODY_ENDS_H

#ifdef V_PIECES
enum { ENDS_SAMPLES = 256, ENDS_ROWS = 12 };

/* How many of `in` inputs are last ones in this sense */
static inline size_t ends_of(size_t in)
{
    return in % LANES <= PIECE ? in % LANES : 0;
}

/* Samples of some tiles, or of a part of one */
typedef struct ends_group {
    const real *dz;
    const size_t *tile_n; /* (tiles) */
    size_t tiles, part;
    bool accumulate;
    /* [i][k]: of samples s = i LANES + k, s + PIECE, s + 2 PIECE, ... the last inputs */
    vec inputs[ENDS_SAMPLES / LANES][PIECE];
} ends_group;

static void pack_inputs(ends_group *group, const real *rows, size_t stride, size_t n)
{
    for (size_t s = 0; s < n; s += LANES, rows += LANES * stride) {
        UNROLL for (size_t k = 0; k < PIECE; k++)
            group->inputs[s / LANES][k] = n - s >= LANES ? v_gather_pieces(rows, stride, k, LANES)
                                                         : v_gather_pieces(rows, stride, k, n - s);
    }
}

/* Rows [j, j + rows) of the last `ends` columns of dw, and of db */
INLINE void ends_rows(const pensel_weight_gradient *f, const ends_group *group, size_t ends, size_t j,
                      size_t rows)
{
    vec sums[ENDS_ROWS], biases[ENDS_ROWS];
    const vec(*inputs)[PIECE] = group->inputs;
    UNROLL for (size_t r = 0; r < rows; r++) sums[r] = biases[r] = v_set(0);
    for (size_t t = 0; t < group->tiles; t++) {
        const real *dz = group->dz + t * f->tile_step + j * f->lddz;
        for (size_t left = group->tile_n[t], n; left > 0; left -= n, dz += LANES, inputs++) {
            n = least(left, LANES);
            UNROLL for (size_t r = 0; r < rows; r++)
            {
                vec factors = v_load_part(dz + r * f->lddz, n);
                biases[r] += factors;
                UNROLL for (size_t k = 0; k < PIECE; k++)
                    sums[r] = v_fma(v_spread(factors, k), (*inputs)[k], sums[r]);
            }
        }
    }
    real *dw = (real *)f->dw + (j + 1) * f->in - ends, *db = (real *)f->db + j, sum[PIECE];
    for (size_t r = 0; r < rows; r++, dw += f->in) {
        v_fold(sum, sums[r]);
        for (size_t i = 0; i < ends; i++) dw[i] = sum[i] + (group->accumulate ? dw[i] : 0);
        db[r] = v_sum(biases[r]) + (group->accumulate ? db[r] : 0);
    }
}

#define ENDS_LIST(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)

#define DEFINE(rows)                                                                                 \
    static void ends_##rows(const pensel_weight_gradient *f, const ends_group *group, size_t ends, size_t j) \
    {                                                                                                \
        ends_rows(f, group, ends, j, rows);                                                          \
    }
ENDS_LIST(DEFINE)
#undef DEFINE

static void (*const ends_by_rows[])(const pensel_weight_gradient *f, const ends_group *group, size_t ends,
                                    size_t j) = {
#define ENTRY(rows) [rows] = ends_##rows,
    ENDS_LIST(ENTRY)
#undef ENTRY
};

/* The next samples: as many whole tiles as fit a group, or a part of one that does not. Returns how many. */
static size_t next_group(ends_group *group, const pensel_weight_gradient *f, const size_t *tile_n, size_t tiles,
                         size_t *tile, size_t *sample)
{
    size_t samples = least(tile_n[*tile] - *sample, ENDS_SAMPLES);
    group->dz = (const real *)f->dz + *tile * f->tile_step + *sample;
    group->tile_n = tile_n + *tile;
    group->tiles = 1;
    if (tile_n[*tile] > ENDS_SAMPLES) {
        group->part = samples;
        group->tile_n = &group->part;
        *sample += samples;
        if (*sample == tile_n[*tile]) *sample = 0, ++*tile;
        return samples;
    }
    for (; *tile + group->tiles < tiles; group->tiles++) {
        if (samples + group->tile_n[group->tiles] > ENDS_SAMPLES) break;
        samples += group->tile_n[group->tiles];
    }
    *tile += group->tiles;
    return samples;
}

static void ends_gradient(const pensel_weight_gradient *f, const size_t *tile_n, size_t tiles, size_t ends)
{
    ends_group group;
    const real *rows = (const real *)f->rows + f->in - ends;
    size_t passes = (f->out + ENDS_ROWS - 1) / ENDS_ROWS;
    group.accumulate = f->accumulate;
    for (size_t tile = 0, sample = 0; tile < tiles; group.accumulate = true) {
        size_t samples = next_group(&group, f, tile_n, tiles, &tile, &sample);
        pack_inputs(&group, rows, f->stride, samples);
        for (size_t i = 0, j = 0, next; i < passes; i++, j = next) {
            next = f->out * (i + 1) / passes;
            ends_by_rows[next - j](f, &group, ends, j);
        }
        rows += samples * f->stride;
    }
}
#else
/* Vectors are so short that their pieces would win little. */
static inline size_t ends_of(size_t in)
{
    (void)in;
    return 0;
}

static inline void ends_gradient(const pensel_weight_gradient *f, const size_t *tile_n, size_t tiles, size_t ends)
{
    (void)f, (void)tile_n, (void)tiles, (void)ends;
}
#endif

#endif
