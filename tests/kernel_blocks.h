/* Blocks of numbers between guards, and how two kernels' results are compared: for the tests of
 * kernels. */
#ifndef PENSEL_TESTS_KERNEL_BLOCKS_H
#define PENSEL_TESTS_KERNEL_BLOCKS_H

#include "test.h"

#include "kernel/isa.h"
#include "kernel/kernel.h"

#include <float.h>

enum { GUARD = 256, GUARD_BYTE = 0xa5 };

/* A block of numbers between two guards. */
typedef struct block {
    unsigned char *memory;
    void *data;
    size_t bytes;
} block;

static pensel_random dice;

static inline double get(const pensel_kernels *kernels, const void *data, size_t i)
{
    return kernels->precision == PENSEL_FLOAT32 ? (double)((const float *)data)[i]
                                                : ((const double *)data)[i];
}

static inline void set(const pensel_kernels *kernels, void *data, size_t i, double value)
{
    if (kernels->precision == PENSEL_FLOAT32)
        ((float *)data)[i] = (float)value;
    else
        ((double *)data)[i] = value;
}

/* count numbers from [-1, 1), starting `shift` numbers after a multiple of 64 bytes */
static inline block random_block(const pensel_kernels *kernels, size_t count, size_t shift)
{
    block b = {.bytes = count * kernels->size};
    size_t total = (2 * GUARD + b.bytes + shift * kernels->size + 63) / 64 * 64;
    b.memory = aligned_alloc(64, total);
    assert_non_null(b.memory);
    memset(b.memory, GUARD_BYTE, total);
    b.data = b.memory + GUARD + shift * kernels->size;
    for (size_t i = 0; i < count; i++)
        set(kernels, b.data, i, pensel_random_uniform(&dice, -1, 1));
    return b;
}

static inline block copy_of(block from)
{
    size_t before = (size_t)((unsigned char *)from.data - from.memory);
    size_t total = (before + from.bytes + GUARD + 63) / 64 * 64;
    block b = {.memory = aligned_alloc(64, total), .bytes = from.bytes};
    assert_non_null(b.memory);
    memset(b.memory, GUARD_BYTE, total);
    b.data = b.memory + before;
    memcpy(b.data, from.data, from.bytes);
    return b;
}

static inline void release(block *b)
{
    const unsigned char *data = b->data;
    for (const unsigned char *p = b->memory; p < data; p++)
        assert_int_equal(*p, GUARD_BYTE);
    for (size_t i = 0; i < GUARD; i++)
        assert_int_equal(data[b->bytes + i], GUARD_BYTE);
    free(b->memory);
}

static inline double epsilon(const pensel_kernels *kernels)
{
    return kernels->precision == PENSEL_FLOAT32 ? (double)FLT_EPSILON : DBL_EPSILON;
}

/* What is compared: (rows, columns) of numbers `ld` apart. */
static inline void assert_same(const pensel_kernels *kernels, block value, block expected,
                               size_t rows, size_t columns, size_t ld, double bound,
                               const char *what)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            double a = get(kernels, value.data, i * ld + j),
                   b = get(kernels, expected.data, i * ld + j);
            if (!(fabs(a - b) <= bound * epsilon(kernels) * fmax(1, fabs(b))))
                fail_msg("%s of %s, (%zu, %zu) of (%zu, %zu): %.17g, not %.17g", what, kernels->isa,
                         i, j, rows, columns, a, b);
        }
    }
}

static inline size_t up(const pensel_kernels *kernels, size_t n)
{
    return (n + kernels->lanes - 1) / kernels->lanes * kernels->lanes;
}

/* Whether products are of bfloat16, so that rows hold pairs */
static inline bool has_pairs(const pensel_kernels *kernels)
{
    return kernels == pensel_kernels_of(kernels->isa, PENSEL_BFLOAT16) &&
           kernels != pensel_kernels_of(kernels->isa, PENSEL_FLOAT32);
}

/* Unit i of sample s in rows of `units` that a kernel wrote: units that are over a multiple of the
 * lanes, few of them, are side by side for as many samples as there are lanes. */
static inline double in_rows(const pensel_kernels *kernels, block rows, size_t stride, size_t units,
                             size_t s, size_t i)
{
    size_t lanes = kernels->lanes, whole = units / lanes * lanes;
    if (!has_pairs(kernels) && i >= whole && units - whole <= lanes / 4)
        return get(kernels, rows.data,
                   (s / lanes * lanes + i - whole) * stride + whole + s % lanes);
    if (!has_pairs(kernels)) return get(kernels, rows.data, s * stride + i);
    uint16_t pair[2];
    memcpy(pair, (const float *)rows.data + (s - s % 2) * stride + i, sizeof pair);
    uint32_t bits = (uint32_t)pair[s % 2] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

/* Numbers that round otherwise may be a whole bfloat16 apart. */
static inline void assert_same_rows(const pensel_kernels *kernels, block value, block expected,
                                    size_t n, size_t units, size_t stride, double bound)
{
    for (size_t s = 0; s < n; s++) {
        for (size_t i = 0; i < units; i++) {
            double a = in_rows(kernels, value, stride, units, s, i);
            double b = in_rows(kernels, expected, stride, units, s, i);
            double apart = bound * epsilon(kernels) + (has_pairs(kernels) ? ldexp(fabs(b), -7) : 0);
            if (!(fabs(a - b) <= apart * fmax(1, fabs(b))))
                fail_msg("rows of %s, (%zu, %zu) of (%zu, %zu): %.17g, not %.17g", kernels->isa, s,
                         i, n, units, a, b);
        }
    }
}

/* n samples of `units` as weight_gradient takes them */
static inline block random_rows(const pensel_kernels *kernels, size_t n, size_t units)
{
    size_t ld = up(kernels, n), stride = up(kernels, units);
    block panel = random_block(kernels, units * ld, 0),
          rows = random_block(kernels, ld * stride, 0);
    kernels->rows_of_panel(rows.data, stride, 0, panel.data, ld, units, n);
    release(&panel);
    return rows;
}

/* Sizes around every vector length and every block of rows. */
static const size_t sizes[] = {1,  2,  3,  5,  7,  8,  9,  12, 13, 15, 16,
                               17, 23, 24, 25, 31, 33, 47, 50, 64, 65, 70};
#define SIZE_COUNT (sizeof sizes / sizeof *sizes)

static inline size_t some_size(void)
{
    return sizes[(size_t)pensel_random_uniform(&dice, 0, (double)SIZE_COUNT)];
}

typedef void check(const pensel_kernels *kernels, const pensel_kernels *reference);

/* For every table of kernels that runs here. */
static inline void everywhere(check *one)
{
    for (int isa = 0; isa < PENSEL_ISA_COUNT; isa++) {
        for (int precision = 0; precision < 3; precision++) {
            const pensel_kernels *kernels =
                pensel_kernels_of(pensel_isa_name((pensel_isa)isa), (pensel_precision)precision);
            pensel_random_seed(&dice, 4);
            if (precision == PENSEL_BFLOAT16 && kernels && !has_pairs(kernels))
                continue; /* float32's */
            if (kernels) one(kernels, pensel_kernels_of("reference", (pensel_precision)precision));
        }
    }
}

#endif
