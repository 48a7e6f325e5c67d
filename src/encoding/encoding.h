/* Encodings: what inputs become before they enter the first layer.
 *
 * An encoder is an encoding made ready for some number of inputs in one precision: its geometry and
 * frequencies worked out, and nothing in it changes afterwards, so that many threads may use one.
 * Its trained numbers stand at the end of the network's flat block; they fall into `pieces` (a
 * grid's levels), each one run of consecutive numbers that one thread owns during a step:
 *
 *     forward    any thread, any tile:      features = e(x; parameters)
 *     backward   the owner of a piece:      the piece's gradient += sum over samples, in sample
 * order
 *
 * A piece's gradient sums its samples one after the other and nobody else writes there, so results
 * do not depend on the number of threads or on how samples are cut into tiles.
 *
 * To add one: 1. its name in pensel_encoding_kind (pensel.h); 2. src/encoding/NAME.c with a const
 * pensel_encoding_descriptor; 3. its line in the table of encoding.c and in meson.build; 4. its
 * case in tests/test_encoding.c, which checks gradients by central differences. */
#ifndef PENSEL_ENCODING_ENCODING_H
#define PENSEL_ENCODING_ENCODING_H

#include "kernel/kernel.h"
#include "pensel.h"

typedef struct pensel_encoder pensel_encoder;

/* Panels of n samples; see kernel.h. */
typedef struct pensel_encode {
    void *features;         /* (width, ld) panel */
    const void *x;          /* (inputs, ldx) panel of the network's precision */
    const void *parameters; /* the encoder's own numbers: parameter_count of them, or NULL when 0 */
    size_t n, ld, ldx;
} pensel_encode;

typedef struct pensel_encode_backward {
    void *gradient;        /* of all the encoder's numbers; only the piece's are touched */
    const void *dfeatures; /* (width, ld) gradient of the loss by the features */
    const void *x;         /* (inputs, ldx) */
    const void *parameters;
    size_t n, ld, ldx;
    size_t piece;
} pensel_encode_backward;

/* Checks the encoding against the number of inputs; a raw (zeroed) encoding always succeeds. */
pensel_status pensel_encoder_new(pensel_encoder **encoder, const pensel_encoding *encoding,
                                 size_t inputs, const pensel_kernels *kernels, pensel_error *error);
void pensel_encoder_free(pensel_encoder **encoder);

size_t
pensel_encoder_width(const pensel_encoder *encoder); /* features: inputs of the first layer */
size_t pensel_encoder_parameter_count(const pensel_encoder *encoder);
/* Raw inputs pass through: the caller may use x itself and skip forward. */
bool pensel_encoder_is_raw(const pensel_encoder *encoder);

/* Pieces and their numbers [first, first + count) among the encoder's own; 0 pieces: nothing to
 * train. */
size_t pensel_encoder_pieces(const pensel_encoder *encoder);
void pensel_encoder_piece(const pensel_encoder *encoder, size_t piece, size_t *first,
                          size_t *count);

/* Draws the encoder's numbers: after the layers', in order. */
void pensel_encoder_initialise(const pensel_encoder *encoder, void *parameters,
                               pensel_random *random);

void pensel_encoder_forward(const pensel_encoder *encoder, const pensel_encode *encode);
/* Adds: the caller zeroes the piece's gradient at the start of a batch. */
void pensel_encoder_backward(const pensel_encoder *encoder, const pensel_encode_backward *backward);

#endif
