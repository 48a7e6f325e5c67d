/* The product of a wide layer, where k is long. As Goto & van de Geijn 2008 (Anatomy of
 * high-performance matrix multiplication) cut it: a sheet of a few rows by a piece of k stays in
 * the core's own cache while all columns pass over it, and so does that piece of b. What is summed
 * before the last piece waits in memory and goes on from there, in the same order of k: the bits
 * are those of a product that is not cut. */
#ifndef PENSEL_KERNEL_BODY_WIDE_H
#define PENSEL_KERNEL_BODY_WIDE_H

/* The longest piece. With 16 registers a block is narrow, and its piece of b is for one cache line
 * of each row: it comes fast enough from the second cache, so longer pieces are cheaper than sums
 * that wait. */
#ifdef UNROLLS_K
enum { WIDE_K = 1536 };
#else
enum { WIDE_K = 256 };
#endif
enum {
    NARROW_K = 384, /* up to here all rows of a are near and no sheets are needed */
    WIDE_ROWS = 48  /* of a sheet */
};

/* One piece after the other, of up to WIDE_ROWS rows and WIDE_COLUMNS columns */
static void multiply_pieces(const product *f)
{
    _Alignas(64) real sums[WIDE_ROWS * WIDE_COLUMNS];
    product part = *f;
    size_t all = f->k_of[0], pieces = (all + WIDE_K - 1) / WIDE_K, here;
    part.k_of = &here;
    part.c = sums;
    part.ldc = WIDE_COLUMNS;
    part.end = END_STORE;
    for (size_t piece = 0, k = 0; piece < pieces; piece++, k += here) {
        here = (piece + 1) * all / pieces - k;
        if (piece + 1 == pieces) {
            part.c = f->c;
            part.ldc = f->ldc;
            part.end = f->end;
        }
        multiply(&part);
        part.a += here * f->step;
        part.b += here * f->ldb;
        part.bias = NULL;
        part.from = sums;
    }
}

static bool is_wide(size_t k)
{
    return k > NARROW_K;
}

/* The same as multiply, of up to WIDE_ROWS rows where k is long */
static void multiply_layer(const product *f)
{
    product part = *f;
    if (!is_wide(f->k_of[0])) {
        multiply(f);
        return;
    }
    for (size_t s = 0; s < f->columns; s += WIDE_COLUMNS) {
        size_t vectors = (f->columns - s + LANES - 1) / LANES;
        part.columns = least(WIDE_COLUMNS, vectors * LANES); /* so no lane of `sums` is unset */
        part.b = f->b + s;
        part.c = f->c + s;
        if (f->times) part.times = f->times + s;
        multiply_pieces(&part);
    }
}

#endif
