/* Back through a layer with a single sample, and its step: vectors along the inputs, so that the
 * weights are read as they stand. */
#ifndef PENSEL_KERNEL_BODY_ROW_H
#define PENSEL_KERNEL_BODY_ROW_H

/* y[i] = y[i] times the sum over j of w[j][i] dz[j], for `vectors` vectors of i, the last one
 * `part` long: as many sums overlap */
INLINE void back_columns(const pensel_backward *f, size_t i, size_t vectors, size_t part)
{
    const real *w = (const real *)f->w + i, *dz = f->dz;
    real *y = (real *)f->y + i;
    vec sums[MOST_ROWS];
    UNROLL for (size_t v = 0; v < vectors; v++) sums[v] = v_set(0);
    for (size_t j = 0; j < f->out; j++, w += f->in) {
        vec factor = v_broadcast(dz + j);
        UNROLL for (size_t v = 0; v < vectors; v++)
        {
            const real *from = w + v * LANES;
            bool whole = part == LANES || v + 1 < vectors;
            sums[v] = v_fma(whole ? v_load(from) : v_load_part(from, part), factor, sums[v]);
        }
    }
    UNROLL for (size_t v = 0; v < vectors; v++)
        v_store(y + v * LANES, sums[v] * v_load(y + v * LANES));
}

static void backward_row(const pensel_backward *f)
{
    real *y = f->y;
    size_t i = 0;
    if (f->slope)
        memcpy(y, f->slope, f->in * sizeof(real));
    else
        activations[f->activation].slopes(y, y, y, f->in, (real)f->parameter);
    for (; i + 8 * LANES <= f->in; i += 8 * LANES)
        back_columns(f, i, 8, LANES);
    for (; i + 4 * LANES <= f->in; i += 4 * LANES)
        back_columns(f, i, 4, LANES);
    for (; i + 2 * LANES <= f->in; i += 2 * LANES)
        back_columns(f, i, 2, LANES);
    for (; i < f->in; i += LANES)
        back_columns(f, i, 1, least(LANES, f->in - i));
}

/* Rows narrower than a vector, whose gradient is put together for so many at once */
enum { NARROW_ROWS = 64 };
/* Squares of so many numbers are summed in a vector before they are widened. */
enum { SQUARES_AT_ONCE = 64 * LANES };

/* 1 in the last `count` lanes, 0 in the others */
static inline vec last_lanes(size_t count)
{
    real lanes[LANES] = {0};
    for (size_t i = LANES - count; i < LANES; i++)
        lanes[i] = 1;
    return v_load(lanes);
}

/* Rows j ... j + rows - 1 of dz a^T without gaps. Each row is written with a whole vector, over
 * which the next one goes. */
static inline void narrow_gradient(real g[(NARROW_ROWS + 1) * LANES], const pensel_row_step *f,
                                   size_t j, size_t rows)
{
    const real *dz = f->dz;
    vec a = v_load_part(f->a, f->in);
    for (size_t r = 0; r < rows; r++)
        v_store(g + r * f->in, v_broadcast(dz + j + r) * a);
}

/* Rows of a vector or more. What is over is the last vector of the row, which overlaps the one
 * before: it is loaded before that one is stored. */
#define DEFINE(NAME, name)                                                                         \
    static double name##_narrow(const pensel_row_step *f)                                          \
    {                                                                                              \
        real g[(NARROW_ROWS + 1) * LANES], *w = f->step.w, *m = f->step.m, *v = f->step.v;         \
        double squares = sum_of_squares(w, f->out * f->in);                                        \
        for (size_t j = 0; j < f->out; j += NARROW_ROWS) {                                         \
            pensel_step part = f->step;                                                            \
            size_t rows = least(NARROW_ROWS, f->out - j);                                          \
            narrow_gradient(g, f, j, rows);                                                        \
            part.w = w + j * f->in, part.g = g, part.more_g = NULL;                                \
            if (name##_info.moments > 0) part.m = m + j * f->in;                                   \
            if (name##_info.moments > 1) part.v = v + j * f->in;                                   \
            part.count = rows * f->in, part.gradient_scale = 1;                                    \
            name##_numbers(&part);                                                                 \
        }                                                                                          \
        return squares;                                                                            \
    }                                                                                              \
    static inline void name##_put(const solver_constants *c, const pensel_step *f, size_t at,      \
                                  vec weight, vec first, vec second, vec g)                        \
    {                                                                                              \
        g = v_fma(c->l2, weight, g);                                                               \
        v_store((real *)f->w + at, name##_weight(c, weight, g, &first, &second));                  \
        if (name##_info.moments > 0) v_store((real *)f->m + at, first);                            \
        if (name##_info.moments > 1) v_store((real *)f->v + at, second);                           \
    }                                                                                              \
    static double name##_wide(const pensel_row_step *f)                                            \
    {                                                                                              \
        const pensel_step *s = &f->step;                                                           \
        const real *w = s->w, *m = s->m, *v = s->v, *a = f->a, *dz = f->dz;                        \
        size_t in = f->in, rest = in % LANES, whole = in - rest, since = 0;                        \
        solver_constants c = solver_constants_of(s);                                               \
        vec squares = v_set(0), fresh = last_lanes(rest), zero = v_set(0);                         \
        double sum = 0;                                                                            \
        for (size_t j = 0; j < f->out; j++) {                                                      \
            size_t row = j * in, end = row + in - LANES;                                           \
            vec factor = v_broadcast(dz + j), weight = v_load(w + end);                            \
            vec first = name##_info.moments > 0 ? v_load(m + end) : zero;                          \
            vec second = name##_info.moments > 1 ? v_load(v + end) : zero;                         \
            squares = v_fma(fresh * weight, weight, squares); /* fresh is 0 or 1 */                \
            for (size_t i = 0; i < whole; i += LANES) {                                            \
                vec here = v_load(w + row + i);                                                    \
                squares = v_fma(here, here, squares);                                              \
                name##_put(                                                                        \
                    &c, s, row + i, here, name##_info.moments > 0 ? v_load(m + row + i) : zero,    \
                    name##_info.moments > 1 ? v_load(v + row + i) : zero, factor * v_load(a + i)); \
            }                                                                                      \
            if (rest > 0)                                                                          \
                name##_put(&c, s, end, weight, first, second, factor *v_load(a + in - LANES));     \
            since += in;                                                                           \
            if (since < SQUARES_AT_ONCE) continue;                                                 \
            sum += (double)v_sum(squares);                                                         \
            squares = zero, since = 0;                                                             \
        }                                                                                          \
        return sum + (double)v_sum(squares);                                                       \
    }                                                                                              \
    static double name##_row_step(const pensel_row_step *f)                                        \
    {                                                                                              \
        uint64_t before = v_flush_begin();                                                         \
        double squares = f->in < LANES ? name##_narrow(f) : name##_wide(f);                        \
        v_flush_end(before);                                                                       \
        return squares;                                                                            \
    }
PENSEL_STEP_LIST(DEFINE)
#undef DEFINE

#endif
