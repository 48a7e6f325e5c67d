/* One trial of making a picture compact: it is coded at one step, each latent chosen for its error
 * and its bits together, and the result is painted to see how good it is. */
#ifndef PENSEL_CODEC_COMPACT_TRIAL_H
#define PENSEL_CODEC_COMPACT_TRIAL_H

#include "codec/compact.h"
#include "codec/workspace.h"

#include <stdatomic.h>

/* Positions of the search: between two steps a file can name, bits are worth a little more. */
enum {
    PENSEL_BETWEEN = 8,
    PENSEL_FIRST_PLACE = 1,
    PENSEL_LAST_PLACE = PENSEL_BETWEEN * (PENSEL_STEP_CODES - 1)
};

/* Where values lie in the intervals of |q| = 1, 2, 3 or more: their mean, less |q|. */
typedef struct pensel_means {
    double sum[PENSEL_OFFSETS], count[PENSEL_OFFSETS];
} pensel_means;

typedef struct pensel_stripe_result {
    uint8_t *bytes;
    size_t size;
    pensel_means means;
    size_t count; /* latents that are not 0 */
} pensel_stripe_result;

/* What a longer search moves, in octaves; 0 is what is best for photographs as a rule. A finer step
 * has so much more for a bit that a byte still buys as much. */
typedef enum pensel_knob {
    PENSEL_KNOB_STEP,                           /* finer steps, dearer bits */
    PENSEL_KNOB_SURPRISE,                       /* the weight of whether a latent is 0 */
    PENSEL_KNOB_BOTH,                           /* lambda of orientation 2 */
    PENSEL_KNOB_LEVEL,                          /* of level 1; then 2, 3, and 4 and more */
    PENSEL_KNOB_CHROMA = PENSEL_KNOB_LEVEL + 4, /* of the planes 1 and 2; without colours nothing */
    PENSEL_KNOB_TURN, /* and those behind: by how many radians two of the planes are turned */
    PENSEL_KNOB_COUNT = PENSEL_KNOB_TURN + 3
} pensel_knob;

typedef struct pensel_encoder {
    const pensel_picture *picture;
    const pensel_compact_options *options;
    pensel_pool pool;
    pensel_workspace *workspace;
    pensel_compact_head head;
    pensel_stripe_result *results; /* (stripes) */
    /* bits of an answer by its odds in 1/4096: -log2(odds), in the middle of each interval */
    float cost[4097];
    float knobs[PENSEL_KNOB_COUNT];
    pensel_colours colours; /* with knobs at 0 */
    pensel_latent_choice choice;
    pensel_tile *tile; /* at work */
    size_t first;      /* number of its first stripe */
    pensel_tile whole; /* of a picture that is one tile: its coefficients, kept between trials */
    float *painted;
    double began;
    _Atomic int failed;
} pensel_encoder;

/* What came of it. */
typedef struct pensel_trial_result {
    pensel_compact *compact;
    double psnr;
    size_t numbers;
} pensel_trial_result;

/* *encoder is zeroed before; pensel_encoder_end also after a failure. */
pensel_status pensel_encoder_begin(pensel_encoder *encoder, const pensel_picture *picture,
                                   const pensel_compact_options *options, pensel_context *context,
                                   pensel_error *error);
void pensel_encoder_end(pensel_encoder *encoder);

/* The picture at one position of the search, the coarser the higher it is. What was painted
 * stands in encoder->painted. */
pensel_status pensel_encoder_try(pensel_trial_result *result, pensel_encoder *encoder,
                                 unsigned position, pensel_error *error);

/* compact_tune.c: trials that turn the encoder's knobs, as long as `goes_on` says; the knobs stay
 * where the loss was least. *best, what they gave at 0, becomes that trial's. */
typedef bool (*pensel_goes_on)(void *data, const pensel_trial_result *trial);
pensel_status pensel_encoder_tune(pensel_trial_result *best, pensel_encoder *encoder,
                                  unsigned position, pensel_goes_on goes_on, void *data,
                                  pensel_error *error);

#endif
