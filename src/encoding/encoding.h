/* Encodings: how inputs are transformed before they enter the first layer.
 *
 * An encoder is an encoding prepared for a given number of inputs and precision, with its geometry
 * and frequencies computed. It never changes afterwards, so many threads may share it. Its trained
 * numbers are at the end of the network's parameter block, divided into `pieces` (the levels of a
 * grid); each piece is a run of consecutive numbers that belongs to one thread during a step:
 *
 *     forward    any thread, any tile:    features = e(x; parameters)
 *     backward   the thread of a piece:   the piece's gradient += sum over samples, in order
 *
 * Only one thread writes to a piece's gradient, and it adds the samples in order, so results depend
 * neither on the number of threads nor on how the samples are divided into tiles.
 *
 * To add one: 1. its name in pensel_encoding_kind (pensel.h); 2. src/encoding/NAME.c with a const
 * pensel_encoding_descriptor; 3. its line in the table of encoding.c and in meson.build; 4. its
 * formula and a case in tests/test_features.c. */
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

/* The number of features, which are the inputs of the first layer. */
size_t pensel_encoder_width(const pensel_encoder *encoder);
size_t pensel_encoder_parameter_count(const pensel_encoder *encoder);
/* True if the features are the inputs themselves; the caller may then use x and skip forward. */
bool pensel_encoder_is_raw(const pensel_encoder *encoder);

/* The number of pieces (0: nothing to train), and the range [first, first + count) of each among
 * the encoder's numbers. */
size_t pensel_encoder_pieces(const pensel_encoder *encoder);
void pensel_encoder_piece(const pensel_encoder *encoder, size_t piece, size_t *first,
                          size_t *count);

/* Draws the initial values of the encoder's numbers, in order, after those of the layers. */
void pensel_encoder_initialise(const pensel_encoder *encoder, void *parameters,
                               pensel_random *random);

void pensel_encoder_forward(const pensel_encoder *encoder, const pensel_encode *encode);
/* Adds to the piece's gradient, which the caller zeroes at the start of a batch. */
void pensel_encoder_backward(const pensel_encoder *encoder, const pensel_encode_backward *backward);

#endif
