/* One sample alone stays what it is.
 *
 * Lifting along rows, which are split into even and odd samples, and down columns, of which some
 * stand side by side so that a row of them is one vector.
 *
 * A lifting step adds to the samples of one parity a multiple of their neighbours, which all are of
 * the other parity and stay as they are. So it is undone by taking the same sum away again,
 * whatever the factor is: the inverse is the forward steps in reverse order with the signs changed.
 * All steps are done in place, and every sum has two terms in a fixed order: the decoder's pixels
 * are the same bits everywhere as long as no compiler fuses a product with a sum.
 *
 * Rows and columns could be taken in either order but for rounding; docs/format.md fixes that
 * they are undone columns first. */
#include "codec/wavelet.h"

#include <string.h>

/* odd += A (even + even), even += B (odd + odd), odd += C ..., even += D ..., then low = Z even,
 * high = odd / Z: Daubechies and Sweldens (1998) have the factors. With this Z the transform is
 * nearly orthonormal: an error of a coefficient is about as large an error of the pixels, in
 * every band, which is why one step serves all of them. */
static const float lift[4] = {-1.586134342059924f, -0.052980118572961f, 0.882911075530934f,
                              0.443506852043971f};
static const float Z = 1.149604398860241f, Z_INVERSE = 1 / 1.149604398860241f;

typedef struct pass {
    float *plane;
    size_t stride, width, height; /* of the part that is taken apart */
    float *scratch;
    size_t share; /* floats of scratch for each worker */
    float scale_low, scale_high;
} pass;

/* A row of `lanes` samples each: to[i] += k (a[i] + b[i]) */
static void add_pair(float *restrict to, const float *restrict a, const float *restrict b, float k,
                     size_t lanes)
{
    for (size_t i = 0; i < lanes; i++)
        to[i] += k * (a[i] + b[i]);
}

/* odd[i] += k (even[i] + even[i + 1]); the last even sample is its own mirror image. */
static void lift_odd(float *odd, const float *even, size_t odds, size_t evens, float k,
                     size_t lanes)
{
    size_t inner = odds < evens ? odds : evens - 1;
    if (lanes == 1)
        add_pair(odd, even, even + 1, k, inner);
    else
        for (size_t i = 0; i < inner; i++)
            add_pair(odd + i * lanes, even + i * lanes, even + (i + 1) * lanes, k, lanes);
    for (size_t i = inner; i < odds; i++)
        add_pair(odd + i * lanes, even + i * lanes, even + i * lanes, k, lanes);
}

/* even[i] += k (odd[i - 1] + odd[i]) */
static void lift_even(float *even, const float *odd, size_t evens, size_t odds, float k,
                      size_t lanes)
{
    size_t inner = odds < evens ? odds : evens;
    add_pair(even, odd, odd, k, lanes);
    if (lanes == 1)
        add_pair(even + 1, odd, odd + 1, k, inner - 1);
    else
        for (size_t i = 1; i < inner; i++)
            add_pair(even + i * lanes, odd + (i - 1) * lanes, odd + i * lanes, k, lanes);
    for (size_t i = inner; i < evens; i++)
        add_pair(even + i * lanes, odd + (i - 1) * lanes, odd + (i - 1) * lanes, k, lanes);
}

/* n samples, n > 1, split into `even` (ceil(n / 2), lanes) and `odd` (floor(n / 2), lanes):
 * `lanes` transforms side by side, each sample of all of them before the next. */
static void lift_forward(float *even, float *odd, size_t n, size_t lanes)
{
    size_t evens = (n + 1) / 2, odds = n / 2;
    for (int i = 0; i < 4; i += 2) {
        lift_odd(odd, even, odds, evens, lift[i], lanes);
        lift_even(even, odd, evens, odds, lift[i + 1], lanes);
    }
}

/* lift_forward's steps backwards. */
static void lift_inverse(float *even, float *odd, size_t n, size_t lanes)
{
    size_t evens = (n + 1) / 2, odds = n / 2;
    for (int i = 2; i >= 0; i -= 2) {
        lift_even(even, odd, evens, odds, -lift[i + 1], lanes);
        lift_odd(odd, even, odds, evens, -lift[i], lanes);
    }
}

/* Row y of the part, with the worker's own share of scratch: split, lifted, and stored low half
 * first. */
static void row_forward(void *data, size_t y, size_t worker)
{
    const pass *p = data;
    size_t n = p->width, evens = (n + 1) / 2;
    float *row = p->plane + y * p->stride, *even = p->scratch + worker * p->share;
    float *odd = even + evens;
    for (size_t i = 0; i < n / 2; i++) {
        even[i] = row[2 * i];
        odd[i] = row[2 * i + 1];
    }
    if (n % 2) even[n / 2] = row[n - 1];
    lift_forward(even, odd, n, 1);
    for (size_t i = 0; i < evens; i++)
        row[i] = even[i] * Z;
    for (size_t i = 0; i < n / 2; i++)
        row[evens + i] = odd[i] * Z_INVERSE;
}

/* row_forward backwards. */
static void row_inverse(void *data, size_t y, size_t worker)
{
    const pass *p = data;
    size_t n = p->width, evens = (n + 1) / 2;
    float *row = p->plane + y * p->stride, *even = p->scratch + worker * p->share;
    float *odd = even + evens;
    for (size_t i = 0; i < evens; i++)
        even[i] = row[i] * Z_INVERSE;
    for (size_t i = 0; i < n / 2; i++)
        odd[i] = row[evens + i] * Z;
    lift_inverse(even, odd, n, 1);
    for (size_t i = 0; i < n / 2; i++) {
        row[2 * i] = even[i];
        row[2 * i + 1] = odd[i];
    }
    if (n % 2) row[n - 1] = even[n / 2];
}

/* Columns of a block: the last one has what is left. */
static size_t lanes_of(const pass *p, size_t block)
{
    size_t left = p->width - block * PENSEL_WAVELET_COLUMNS;
    return left < PENSEL_WAVELET_COLUMNS ? left : PENSEL_WAVELET_COLUMNS;
}

/* A block of columns. `odd` lies right behind `even`, so row y of both together is row y of the
 * result: low rows first. */
static void columns_forward(void *data, size_t block, size_t worker)
{
    const pass *p = data;
    size_t n = p->height, evens = (n + 1) / 2, lanes = lanes_of(p, block);
    float *top = p->plane + block * PENSEL_WAVELET_COLUMNS;
    float *even = p->scratch + worker * p->share, *odd = even + evens * lanes;
    for (size_t y = 0; y < n; y++)
        memcpy((y % 2 ? odd : even) + y / 2 * lanes, top + y * p->stride, lanes * sizeof *top);
    lift_forward(even, odd, n, lanes);
    for (size_t y = 0; y < n; y++) {
        float *to = top + y * p->stride, scale = y < evens ? Z : Z_INVERSE;
        for (size_t i = 0; i < lanes; i++)
            to[i] = even[y * lanes + i] * scale;
    }
}

/* columns_forward backwards. */
static void columns_inverse(void *data, size_t block, size_t worker)
{
    const pass *p = data;
    size_t n = p->height, evens = (n + 1) / 2, lanes = lanes_of(p, block);
    float *top = p->plane + block * PENSEL_WAVELET_COLUMNS;
    float *even = p->scratch + worker * p->share, *odd = even + evens * lanes;
    for (size_t y = 0; y < n; y++) {
        const float *from = top + y * p->stride;
        float scale = y < evens ? Z_INVERSE : Z;
        for (size_t i = 0; i < lanes; i++)
            even[y * lanes + i] = from[i] * scale;
    }
    lift_inverse(even, odd, n, lanes);
    for (size_t y = 0; y < n; y++)
        memcpy(top + y * p->stride, (y % 2 ? odd : even) + y / 2 * lanes, lanes * sizeof *top);
}

/* The length of the low half after so many halvings: the odd sample of an odd length is low. */
static size_t halved(size_t n, size_t times)
{
    for (size_t i = 0; i < times; i++)
        n = (n + 1) / 2;
    return n;
}

static pass begin(float *plane, size_t width, size_t height, float *scratch)
{
    size_t side = width > height ? width : height;
    return (pass){.plane = plane,
                  .stride = width,
                  .scratch = scratch,
                  .share = side * PENSEL_WAVELET_SCRATCH};
}

void pensel_wavelet_forward(float *plane, size_t width, size_t height, size_t levels,
                            float *scratch, const pensel_pool *pool)
{
    pass p = begin(plane, width, height, scratch);
    for (size_t l = 0; l < levels; l++) {
        p.width = halved(width, l);
        p.height = halved(height, l);
        size_t blocks = (p.width + PENSEL_WAVELET_COLUMNS - 1) / PENSEL_WAVELET_COLUMNS;
        if (p.width > 1) pensel_pool_share(pool, row_forward, &p, p.height);
        if (p.height > 1) pensel_pool_share(pool, columns_forward, &p, blocks);
    }
}

void pensel_wavelet_inverse(float *plane, size_t width, size_t height, size_t levels,
                            float *scratch, const pensel_pool *pool)
{
    pass p = begin(plane, width, height, scratch);
    for (size_t l = levels; l-- > 0;) {
        p.width = halved(width, l);
        p.height = halved(height, l);
        size_t blocks = (p.width + PENSEL_WAVELET_COLUMNS - 1) / PENSEL_WAVELET_COLUMNS;
        if (p.height > 1) pensel_pool_share(pool, columns_inverse, &p, blocks);
        if (p.width > 1) pensel_pool_share(pool, row_inverse, &p, p.height);
    }
}
