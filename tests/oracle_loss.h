/* What every loss is, once more, in long double: the value for one output with prediction a and
 * target y beside its derivative by a, d the loss's own option (huber's delta, the quantile). The
 * tests find a row by the loss's name, and a loss without a row fails.
 *
 * To add one: its row. `mean` says whether it is the mean over the outputs or their sum; the last
 * column which targets it has, and with them which predictions: ANY_NUMBER, COUNTS from 0 on of
 * predictions above 0, or CLASSES, 0 and 1, of predictions between them. */
#ifndef PENSEL_TESTS_ORACLE_LOSS_H
#define PENSEL_TESTS_ORACLE_LOSS_H

#include "oracle_activation.h"

#define E (a - y)

typedef enum oracle_targets { ANY_NUMBER, COUNTS, CLASSES } oracle_targets;

/* ROW(identifier, name, mean, L(a, y), dL/da, targets) */
#define ORACLE_LOSSES(ROW)                                                                        \
    ROW(squared_error, "squared-error", true, E *E / 2, E, ANY_NUMBER)                            \
    ROW(log_loss, "log-loss", false, y == 0 ? 0 : -y * logl(a), -y / a, CLASSES)                  \
    ROW(poisson, "poisson", false, (y == 0 ? 0 : y * logl(y / a)) - y + a, 1 - y / a, COUNTS)     \
    ROW(absolute_error, "absolute-error", true, fabsl(E), E > 0 ? 1 : E < 0 ? -1 : 0, ANY_NUMBER) \
    ROW(huber, "huber", true, fabsl(E) <= d ? E * E / 2 : d * (fabsl(E) - d / 2),                 \
        fabsl(E) <= d ? E : copysignl(d, E), ANY_NUMBER)                                          \
    ROW(log_cosh, "log-cosh", true, logl(coshl(E)), tanhl(E), ANY_NUMBER)                         \
    ROW(quantile, "quantile", true, fmaxl(d * -E, (1 - d) * E),                                   \
        E > 0   ? 1 - d                                                                           \
        : E < 0 ? -d                                                                              \
                : 0,                                                                              \
        ANY_NUMBER)

typedef struct oracle_loss {
    const char *name;
    bool mean;
    long double (*value)(long double a, long double y, long double d);
    long double (*slope)(long double a, long double y, long double d);
    oracle_targets targets;
} oracle_loss;

#define ORACLE_FUNCTIONS(id, name, mean, value, slope, targets)                              \
    static long double oracle_##id##_loss(long double a, long double y, long double d)       \
    {                                                                                        \
        (void)d;                                                                             \
        return value;                                                                        \
    }                                                                                        \
    static long double oracle_##id##_loss_slope(long double a, long double y, long double d) \
    {                                                                                        \
        (void)a, (void)y, (void)d;                                                           \
        return slope;                                                                        \
    }
ORACLE_LOSSES(ORACLE_FUNCTIONS)
#undef ORACLE_FUNCTIONS
#undef E

static const oracle_loss oracle_losses[] = {
#define ORACLE_ROW(id, name, mean, value, slope, targets) \
    {name, mean, oracle_##id##_loss, oracle_##id##_loss_slope, targets},
    ORACLE_LOSSES(ORACLE_ROW)
#undef ORACLE_ROW
};

enum { ORACLE_LOSS_COUNT = sizeof oracle_losses / sizeof *oracle_losses };

static inline const oracle_loss *oracle_loss_of(pensel_loss loss)
{
    const char *name = pensel_loss_name(loss);
    assert_non_null(name);
    for (size_t i = 0; i < ORACLE_LOSS_COUNT; i++)
        if (strcmp(oracle_losses[i].name, name) == 0) return &oracle_losses[i];
    fail_msg("%s has no row in tests/oracle_loss.h", name);
    return NULL;
}

/* d, of the options of a training */
static inline double oracle_delta(const pensel_training_options *options)
{
    const char *name = pensel_loss_name(options->loss);
    if (strcmp(name, "quantile") == 0) return options->quantile;
    return strcmp(name, "huber") == 0 ? options->huber_delta : 0;
}

/* Logistic outputs are independent questions: their log loss counts both answers. */
static inline bool oracle_two_sided(const oracle_loss *loss, const oracle_activation *output)
{
    return strcmp(loss->name, "log-loss") == 0 && strcmp(output->name, "logistic") == 0;
}

/* The loss of one sample's k outputs; da (k) = dL/da */
static inline long double oracle_loss_of_sample(const oracle_loss *loss,
                                                const oracle_activation *output, long double *da,
                                                const long double *a, const long double *y,
                                                size_t k, long double d)
{
    long double sum = 0, share = loss->mean ? 1 / (long double)k : 1;
    for (size_t j = 0; j < k; j++) {
        sum += share * loss->value(a[j], y[j], d);
        da[j] = share * loss->slope(a[j], y[j], d);
        if (!oracle_two_sided(loss, output)) continue;
        sum += loss->value(1 - a[j], 1 - y[j], d);
        da[j] -= loss->slope(1 - a[j], 1 - y[j], d);
    }
    return sum;
}

/* Whether the predictions of `output` are those the loss is defined for: asked of a few values. */
static inline bool oracle_makes_sense(const oracle_loss *loss, const oracle_activation *output)
{
    if (oracle_sees_layer(output) || loss->targets == ANY_NUMBER) return true;
    for (int i = -300; i <= 300; i++)
        if (!(output->value(i * 0.01L, output->parameter) > 0)) return false;
    return loss->targets != CLASSES || !(output->value(2, output->parameter) > 1);
}

/* A target of output j of sample s */
static inline double oracle_target(const oracle_loss *loss, const oracle_activation *output,
                                   size_t s, size_t j, size_t k, pensel_random *random)
{
    switch (loss->targets) {
    case CLASSES:
        return oracle_sees_layer(output) ? j == s % k : (s * 5 + j) % 3 == 0;
    case COUNTS:
        return (double)((s + j) % 4);
    default:
        return (double)(float)pensel_random_uniform(random, -2, 2);
    }
}

#endif
