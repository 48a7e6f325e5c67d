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

/* The last numbers of a, and its first ones again: what a vector sees that reaches into the next
 * row. */
static inline void row_ends(real ends[2 * LANES], const real *a, size_t in)
{
    memcpy(ends, a + in - LANES, LANES * sizeof(real));
    memcpy(ends + LANES, a, LANES * sizeof(real));
}

/* The gradient of a vector whose first `count` numbers end row j, and whose others begin row j + 1
 */
static inline vec between_rows(const real ends[2 * LANES], const real *dz, size_t count)
{
    ivec here = lane_numbers() < (ivec_lane)count;
    return v_pick(here, v_broadcast(dz), v_broadcast(dz + 1)) * v_load(ends + LANES - count);
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

/* Rows of a vector or more. They lie side by side, so aligned vectors go over them from the first
 * to the last: a vector that ends one row begins the next. */
#define DEFINE(NAME, name)                                                                        \
    static double name##_narrow(const pensel_row_step *f)                                         \
    {                                                                                             \
        real g[(NARROW_ROWS + 1) * LANES], *w = f->step.w, *m = f->step.m, *v = f->step.v;        \
        double squares = sum_of_squares(w, f->out * f->in);                                       \
        for (size_t j = 0; j < f->out; j += NARROW_ROWS) {                                        \
            pensel_step part = f->step;                                                           \
            size_t rows = least(NARROW_ROWS, f->out - j);                                         \
            narrow_gradient(g, f, j, rows);                                                       \
            part.w = w + j * f->in, part.g = g, part.more_g = NULL;                               \
            if (name##_info.moments > 0) part.m = m + j * f->in;                                  \
            if (name##_info.moments > 1) part.v = v + j * f->in;                                  \
            part.count = rows * f->in, part.gradient_scale = 1;                                   \
            name##_numbers(&part);                                                                \
        }                                                                                         \
        return squares;                                                                           \
    }                                                                                             \
    INLINE vec name##_put(const solver_constants *c, real *w, real *m, real *v, size_t at, vec g, \
                          vec squares)                                                            \
    {                                                                                             \
        vec weight = v_load(w + at), first = v_set(0), second = v_set(0);                         \
        if (name##_info.moments > 0) first = v_load(m + at);                                      \
        if (name##_info.moments > 1) second = v_load(v + at);                                     \
        v_store(w + at, name##_weight(c, weight, v_fma(c->l2, weight, g), &first, &second));      \
        if (name##_info.moments > 0) v_store(m + at, first);                                      \
        if (name##_info.moments > 1) v_store(v + at, second);                                     \
        return v_fma(weight, weight, squares);                                                    \
    }                                                                                             \
    static vec name##_put_part(const solver_constants *c, real *w, real *m, real *v, size_t at,   \
                               size_t count, vec g, vec squares)                                  \
    {                                                                                             \
        vec weight = v_load_part(w + at, count), first = v_set(0), second = v_set(0);             \
        if (name##_info.moments > 0) first = v_load_part(m + at, count);                          \
        if (name##_info.moments > 1) second = v_load_part(v + at, count);                         \
        g = v_fma(c->l2, weight, g);                                                              \
        v_store_part(w + at, name##_weight(c, weight, g, &first, &second), count);                \
        if (name##_info.moments > 0) v_store_part(m + at, first, count);                          \
        if (name##_info.moments > 1) v_store_part(v + at, second, count);                         \
        return v_fma(weight, weight, squares);                                                    \
    }                                                                                             \
    static double name##_wide(const pensel_row_step *f)                                           \
    {                                                                                             \
        real *w = f->step.w, *m = f->step.m, *v = f->step.v, ends[2 * LANES];                     \
        const real *a = f->a, *dz = f->dz;                                                        \
        size_t in = f->in, count = f->out * in, since = 0;                                        \
        size_t i = (0 - (uintptr_t)w) % VECTOR_BYTES / sizeof(real);                              \
        solver_constants c = solver_constants_of(&f->step);                                       \
        vec squares = v_set(0);                                                                   \
        double sum = 0;                                                                           \
        row_ends(ends, a, in);                                                                    \
        if (i > 0)                                                                                \
            squares = name##_put_part(&c, w, m, v, 0, i, v_broadcast(dz) * v_load(a), squares);   \
        for (size_t row = 0; row < count; row += in, dz++) {                                      \
            vec factor = v_broadcast(dz);                                                         \
            for (; i + LANES <= in; i += LANES)                                                   \
                squares = name##_put(&c, w, m, v, row + i, factor * v_load(a + i), squares);      \
            size_t left = in - i;                                                                 \
            i = left > 0 ? LANES - left : 0;                                                      \
            if (left > 0 && row + in < count)                                                     \
                squares = name##_put(&c, w, m, v, row + in - left, between_rows(ends, dz, left),  \
                                     squares);                                                    \
            else if (left > 0)                                                                    \
                squares = name##_put_part(&c, w, m, v, row + in - left, left,                     \
                                          factor * v_load(ends + LANES - left), squares);         \
            since += in;                                                                          \
            if (since < SQUARES_AT_ONCE) continue;                                                \
            sum += (double)v_sum(squares);                                                        \
            squares = v_set(0), since = 0;                                                        \
        }                                                                                         \
        return sum + (double)v_sum(squares);                                                      \
    }                                                                                             \
    static double name##_row_step(const pensel_row_step *f)                                       \
    {                                                                                             \
        uint64_t before = v_flush_begin();                                                        \
        pensel_step biases = f->biases;                                                           \
        biases.g = f->dz, biases.more_g = NULL, biases.count = f->out;                            \
        name##_numbers(&biases);                                                                  \
        double squares = f->in < LANES ? name##_narrow(f) : name##_wide(f);                       \
        v_flush_end(before);                                                                      \
        return squares;                                                                           \
    }
PENSEL_STEP_LIST(DEFINE)
#undef DEFINE

#endif
