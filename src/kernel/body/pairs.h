/* Pairs: two numbers rounded to bfloat16 in the place of one float, the first in its lower half. A
 * product over pairs multiplies both and adds both to one float32 sum, so it counts k by twos; an
 * odd last number has a partner of 0. */
#ifndef PENSEL_KERNEL_BODY_PAIRS_H
#define PENSEL_KERNEL_BODY_PAIRS_H

/* `count` numbers from a row, 0 for those past `end` */
static inline vec load_until(const real *row, size_t at, size_t end)
{
    if (at >= end) return v_set(0);
    return end - at >= LANES ? v_load(row + at) : v_load_part(row + at, end - at);
}

/* Pairs of neighbours: pairs[k] = (row[2k], row[2k + 1]), in whole vectors */
static inline void pair_neighbours(real *pairs, const real *row, size_t count)
{
    size_t k = 0;
    for (; k + 2 * LANES <= count; k += 2 * LANES)
        v_store(pairs + k / 2, v_pack(v_load(row + k), v_load(row + k + LANES)));
    if (k < count)
        v_store(pairs + k / 2,
                v_pack(load_until(row, k, count), load_until(row, k + LANES, count)));
}

/* Pairs of rows: pairs[k * ldp + s] = (rows[2k * ld + s], rows[(2k + 1) * ld + s]), `width` of them
 * rounded up to whole vectors */
static inline void pair_rows(real *pairs, size_t ldp, const real *rows, size_t ld, size_t count,
                             size_t width)
{
    size_t k = 0;
    for (; k + 2 <= count; k += 2, pairs += ldp, rows += 2 * ld) {
        size_t s = 0;
        for (; s + LANES <= width; s += LANES)
            v_store(pairs + s, v_interleave(v_load(rows + s), v_load(rows + ld + s)));
        if (s < width)
            v_store(pairs + s,
                    v_interleave(load_until(rows, s, width), load_until(rows + ld, s, width)));
    }
    for (size_t s = 0; k < count && s < width; s += LANES)
        v_store(pairs + s, v_interleave(load_until(rows, s, width), v_set(0)));
}

/* A unit's samples are neighbours in the panel, so its pairs come for the rounding; half as many
 * vectors as there are floats are left to transpose. Samples s, s + 1 of all units stand where row
 * s would, s even. */
static void rows_of_panel(void *rows, size_t stride, size_t block_step, const void *panel,
                          size_t ld, size_t units, size_t n)
{
    (void)block_step; /* its rows are never in blocks */
    _Alignas(64) real pairs[LANES * LANES];
    for (size_t j = 0; j < stride; j += LANES) {
        size_t here = j < units ? least(LANES, units - j) : 0;
        for (size_t s = 0; s < n; s += 2 * LANES) {
            const real *from = (const real *)panel + j * ld + s;
            size_t count = least(2 * LANES, n - s);
            for (size_t t = 0; t < here; t++)
                pair_neighbours(pairs + t * LANES, from + t * ld, count);
            v_transpose_memory((real *)rows + s * stride + j, 2 * stride, pairs, LANES, here,
                               (count + 1) / 2);
        }
    }
}

#endif
