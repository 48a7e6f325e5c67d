/* An estimator of one hidden layer of 20, and its fit. */
#ifndef PENSEL_TESTS_FITTED_H
#define PENSEL_TESTS_FITTED_H

#include "test.h"

/* The estimator that the script of the expected numbers makes with scikit-learn */
static inline pensel_estimator_options settings(pensel_task task)
{
    static const pensel_layer hidden[] = {{20, PENSEL_RELU, 0}};
    pensel_estimator_options o = pensel_estimator_defaults(task);
    o.hidden = hidden;
    o.hidden_count = 1;
    o.precision = PENSEL_FLOAT64;
    o.seed = 3;
    o.training.epochs = 40;
    o.training.sklearn_gradient = true;
    o.training.learning_rate_init = 0.01;
    return o;
}

static inline pensel_estimator *fit(const pensel_estimator_options *o,
                                    const pensel_samples *samples)
{
    pensel_error error;
    pensel_estimator *estimator;
    MUST(pensel_estimator_new(&estimator, o, &error));
    MUST(pensel_estimator_fit(estimator, samples, NULL, &error));
    return estimator;
}

#endif
