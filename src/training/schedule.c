/* Learning-rate schedules. As in scikit-learn, invscaling and adaptive affect only sgd; the others
 * affect adam as well. */
#include "training/solver.h"

#include <math.h>

/* An adaptive schedule stops training at this rate: scikit-learn's bound. */
#define SMALLEST_RATE 1e-6

static double as_it_is(const pensel_training *training, double done)
{
    (void)done;
    return training->report.learning_rate;
}

/* rate = init / (samples + 1)^power_t */
static void invscaling_ends(pensel_training *training)
{
    const pensel_training_options *o = &training->options;
    training->report.learning_rate =
        o->learning_rate_init / pow((double)(training->report.samples + 1), o->power_t);
}

static bool adaptive_stands_still(pensel_training *training)
{
    if (training->report.learning_rate <= SMALLEST_RATE) return true;
    training->report.learning_rate /= 5;
    return false;
}

/* rate = init (1 + cos(pi done)) / 2 (Loshchilov & Hutter 2017, equation 5) */
static double cosine(const pensel_training *training, double done)
{
    return training->options.learning_rate_init * 0.5 * (1 + cos(3.14159265358979323846 * done));
}

static void exponential_ends(pensel_training *training)
{
    training->report.learning_rate *= training->options.decay;
}

/* rate = init / (1 + e (1 - decay) / decay) after e epochs */
static void inverse_time_ends(pensel_training *training)
{
    const pensel_training_options *o = &training->options;
    double epochs = (double)training->cursor.epoch;
    training->report.learning_rate =
        o->learning_rate_init / (1 + epochs * (1 - o->decay) / o->decay);
}

static const pensel_schedule_kind kinds[] = {
    [PENSEL_CONSTANT] = {as_it_is, NULL, NULL},
    [PENSEL_INVSCALING] = {as_it_is, invscaling_ends, NULL},
    [PENSEL_ADAPTIVE] = {as_it_is, NULL, adaptive_stands_still},
    [PENSEL_COSINE] = {cosine, NULL, NULL},
    [PENSEL_EXPONENTIAL_DECAY] = {as_it_is, exponential_ends, NULL},
    [PENSEL_INVERSE_TIME] = {as_it_is, inverse_time_ends, NULL},
};

const pensel_schedule_kind *pensel_schedule_kind_of(const pensel_training_options *options)
{
    bool of_sgd =
        options->learning_rate == PENSEL_INVSCALING || options->learning_rate == PENSEL_ADAPTIVE;
    return &kinds[of_sgd && options->solver != PENSEL_SGD ? PENSEL_CONSTANT
                                                          : options->learning_rate];
}
