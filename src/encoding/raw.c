/* Raw: the inputs enter the first layer unchanged. */
#include "encoding/descriptor.h"

#include <string.h>

static pensel_status prepare(pensel_encoder *encoder, pensel_error *error)
{
    (void)error;
    encoder->width = encoder->inputs;
    return PENSEL_OK;
}

static void forward(const pensel_encoder *encoder, const pensel_encode *e)
{
    size_t size = encoder->kernels->size;
    for (size_t i = 0; i < encoder->inputs; i++)
        memcpy((char *)e->features + i * e->ld * size, (const char *)e->x + i * e->ldx * size,
               e->n * size);
}

const pensel_encoding_descriptor pensel_encoding_raw = {
    .name = "raw",
    .prepare = prepare,
    .forward = forward,
};
