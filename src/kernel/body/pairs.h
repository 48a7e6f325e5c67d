/* Pairs: two numbers rounded to bfloat16 in the place of one float, the first in its lower half. A product
 * over pairs multiplies both and adds both to one float32 sum, so it counts k by twos; an odd last number
 * has a partner of 0. */
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
        v_store(pairs + k / 2, v_pack(load_until(row, k, count), load_until(row, k + LANES, count)));
}

/* Pairs of rows: pairs[k * ldp + s] = (rows[2k * ld + s], rows[(2k + 1) * ld + s]), `width` of them rounded
 * up to whole vectors */
static inline void pair_rows(real *pairs, size_t ldp, const real *rows, size_t ld, size_t count, size_t width)
{
    for (size_t k = 0; k < count; k += 2, pairs += ldp, rows += 2 * ld) {
        size_t second = k + 1 < count ? width : 0;
        for (size_t s = 0; s < width; s += LANES)
            v_store(pairs + s, v_interleave(load_until(rows, s, width), load_until(rows + ld, s, second)));
    }
}

/* A unit's samples are neighbours in the panel, so its pairs come for the rounding; half as many vectors as
 * there are floats are left to transpose. Samples s, s + 1 of all units stand where row s would, s even. */
static void rows_of_panel(void *rows, size_t stride, const void *panel, size_t ld, size_t units, size_t n)
{
    for (size_t j = 0; j < stride; j += LANES) {
        for (size_t s = 0; s < n; s += 2 * LANES) {
            const real *from = (const real *)panel + j * ld;
            real *to = (real *)rows + s * stride + j;
            vec x[LANES];
            UNROLL for (size_t t = 0; t < LANES; t++)
            {
                size_t end = j + t < units ? n : 0;
                x[t] = v_pack(load_until(from + t * ld, s, end), load_until(from + t * ld, s + LANES, end));
            }
            transpose(x);
            for (size_t t = 0; t < LANES && s + 2 * t < n; t++) v_store(to + 2 * t * stride, x[t]);
        }
    }
}

#endif
