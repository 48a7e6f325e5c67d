/* Encoders: what all kinds have in common. */
#include "encoding/encoding.h"

#include "base/error.h"
#include "base/memory.h"
#include "encoding/descriptor.h"

/* To add one: see encoding.h. */
static const pensel_encoding_descriptor *const kinds[PENSEL_ENCODING_COUNT] = {
    [PENSEL_RAW] = &pensel_encoding_raw,
    [PENSEL_FOURIER] = &pensel_encoding_fourier,
    [PENSEL_HASHGRID] = &pensel_encoding_hashgrid,
    [PENSEL_PYRAMID] = &pensel_encoding_pyramid,
};

const char *pensel_encoding_name(pensel_encoding_kind kind)
{
    return (unsigned)kind < PENSEL_ENCODING_COUNT ? kinds[kind]->name : NULL;
}

pensel_status pensel_encoder_new(pensel_encoder **result, const pensel_encoding *encoding,
                                 size_t inputs, const pensel_kernels *kernels, pensel_error *error)
{
    pensel_encoder *encoder;
    *result = NULL;
    if ((unsigned)encoding->kind >= PENSEL_ENCODING_COUNT)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "encoding %d is unknown: raw, fourier, hashgrid or pyramid",
                           (int)encoding->kind);
    if (inputs == 0)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT, "there are 0 inputs: 1 or more are needed");
    PENSEL_TRY(PENSEL_NEW(encoder, 1, error));
    encoder->kind = kinds[encoding->kind];
    encoder->encoding = *encoding;
    encoder->inputs = inputs;
    encoder->kernels = kernels;
    encoder->grid = pensel_grid_kernels_for(kernels);
    pensel_status status = encoder->kind->prepare(encoder, error);
    if (status != PENSEL_OK)
        pensel_encoder_free(&encoder);
    else
        *result = encoder;
    return status;
}

void pensel_encoder_free(pensel_encoder **encoder)
{
    if (!encoder || !*encoder) return;
    pensel_release((*encoder)->frequencies);
    pensel_release((*encoder)->phases);
    pensel_release((*encoder)->levels);
    pensel_release(*encoder);
    *encoder = NULL;
}

pensel_status pensel_encoder_levels(pensel_encoder *encoder, size_t count, pensel_error *error)
{
    encoder->level_count = count;
    return PENSEL_NEW(encoder->levels, count, error);
}

pensel_status pensel_encoder_place(pensel_encoder *encoder, size_t l, size_t nodes, size_t features,
                                   pensel_error *error)
{
    pensel_grid_level *level = &encoder->levels[l];
    level->first = encoder->parameter_count;
    /* a sixteenth of the address space, so that sizes computed from this do not overflow */
    if (!pensel_multiply(&level->count, nodes, features) || level->count > SIZE_MAX / 16 ||
        encoder->parameter_count > SIZE_MAX / 16)
        return pensel_fail_memory(error, nodes, features);
    encoder->parameter_count += level->count;
    return PENSEL_OK;
}

size_t pensel_encoder_width(const pensel_encoder *encoder)
{
    return encoder->width;
}

size_t pensel_encoder_parameter_count(const pensel_encoder *encoder)
{
    return encoder->parameter_count;
}

bool pensel_encoder_is_raw(const pensel_encoder *encoder)
{
    return encoder->encoding.kind == PENSEL_RAW;
}

size_t pensel_encoder_pieces(const pensel_encoder *encoder)
{
    return encoder->level_count;
}

void pensel_encoder_piece(const pensel_encoder *encoder, size_t piece, size_t *first, size_t *count)
{
    *first = encoder->levels[piece].first;
    *count = encoder->levels[piece].count;
}

void pensel_encoder_initialise(const pensel_encoder *encoder, void *parameters,
                               pensel_random *random)
{
    double start = encoder->kind->start;
    for (size_t i = 0; i < encoder->parameter_count; i++) {
        double value = pensel_random_uniform(random, -start, start);
        if (encoder->kernels->precision == PENSEL_FLOAT64)
            ((double *)parameters)[i] = value;
        else
            ((float *)parameters)[i] = (float)value;
    }
}

void pensel_encoder_forward(const pensel_encoder *encoder, const pensel_encode *encode)
{
    encoder->kind->forward(encoder, encode);
}

void pensel_encoder_backward(const pensel_encoder *encoder, const pensel_encode_backward *backward)
{
    if (encoder->kind->backward) encoder->kind->backward(encoder, backward);
}
