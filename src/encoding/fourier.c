/* Fourier features (Tancik et al. 2020, equation 5): cos(2 pi b x) and sin(2 pi b x) for each
 * frequency b, drawn from a normal distribution. This is a layer of sine neurons with fixed
 * weights, so the kernel of the layers computes it. */
#include "base/error.h"
#include "base/memory.h"
#include "encoding/descriptor.h"

#include <math.h>

#define PI 3.14159265358979323846

/* One of the pair that the method of Box & Muller 1958 gives. */
static double normal(pensel_random *random)
{
    double u = 1 - pensel_random_uniform(random, 0, 1), v = pensel_random_uniform(random, 0, 1);
    return sqrt(-2 * log(u)) * cos(2 * PI * v);
}

static void put(const pensel_encoder *encoder, void *block, size_t index, double value)
{
    if (encoder->kernels->precision == PENSEL_FLOAT64)
        ((double *)block)[index] = value;
    else
        ((float *)block)[index] = (float)value;
}

static void draw(pensel_encoder *encoder)
{
    const pensel_encoding *encoding = &encoder->encoding;
    pensel_random random;
    pensel_random_seed(&random, encoding->seed);
    for (size_t f = 0; f < encoding->features; f++) {
        for (size_t i = 0; i < encoder->inputs; i++) {
            double b = encoding->scale * normal(&random);
            if (encoding->periodic) b = round(b); /* whole waves between 0 and 1 */
            put(encoder, encoder->frequencies, (2 * f) * encoder->inputs + i, 2 * PI * b);
            put(encoder, encoder->frequencies, (2 * f + 1) * encoder->inputs + i, 2 * PI * b);
        }
        put(encoder, encoder->phases, 2 * f, PI / 2);
        put(encoder, encoder->phases, 2 * f + 1, 0);
    }
}

static pensel_status prepare(pensel_encoder *encoder, pensel_error *error)
{
    const pensel_encoding *encoding = &encoder->encoding;
    size_t size = encoder->kernels->size, count;
    if (encoding->features == 0 || !(encoding->scale > 0) || !isfinite(encoding->scale))
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "fourier has %zu frequencies of scale %g: both must be above 0",
                           encoding->features, encoding->scale);
    if (!pensel_multiply(&encoder->width, encoding->features, 2) ||
        !pensel_multiply(&count, encoder->width, encoder->inputs))
        return pensel_fail_memory(error, encoding->features, 2 * size);
    PENSEL_TRY(PENSEL_ALLOCATE(encoder->frequencies, count, size, error));
    PENSEL_TRY(PENSEL_ALLOCATE(encoder->phases, encoder->width, size, error));
    draw(encoder);
    return PENSEL_OK;
}

static void forward(const pensel_encoder *encoder, const pensel_encode *e)
{
    encoder->kernels->forward(&(pensel_forward){
        .y = e->features,
        .w = encoder->frequencies,
        .b = encoder->phases,
        .a = e->x,
        .in = encoder->inputs,
        .out = encoder->width,
        .n = e->n,
        .ldy = e->ld,
        .lda = e->ldx,
        .activation = PENSEL_SINE,
        .parameter = 1,
    });
}

const pensel_encoding_descriptor pensel_encoding_fourier = {
    .name = "fourier",
    .prepare = prepare,
    .forward = forward,
};
