/* From the user's samples to what the network is trained on: scaled inputs and targets, classes as
 * 0 and 1, weights including class weights. What needs no change is not copied: the set then has
 * views of the user's data, which must outlive it. Its own blocks are its own; clear frees both
 * kinds alike. */
#include "estimator/estimator.h"

#include "base/error.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

pensel_status pensel_matrix_check(pensel_matrix m, const char *what, pensel_error *error)
{
    for (size_t r = 0; r < m.rows; r++)
        for (size_t c = 0; c < m.columns; c++)
            PENSEL_REQUIRE(isfinite(pensel_matrix_at(m, r, c)), BAD_DATA,
                           "%s has %g in row %zu, column %zu: finite numbers are expected", what,
                           pensel_matrix_at(m, r, c), r + 1, c + 1);
    return PENSEL_OK;
}

/* block[i] = value, in the precision of memory */
static void put(void *block, pensel_precision precision, size_t i, double value)
{
    if (precision == PENSEL_FLOAT64)
        ((double *)block)[i] = value;
    else
        ((float *)block)[i] = (float)value;
}

/* Scaled inputs (rows, inputs), in the precision that the network has in memory. Without a scaler x
 * stays a view of the user's matrix, in the precision which that has. */
static pensel_status make_x(pensel_training_set *set, const pensel_learned *learned,
                            pensel_precision precision, pensel_error *error)
{
    pensel_matrix x = set->samples.x;
    size_t count, size = pensel_precision_size(precision);
    if (!learned->inputs.count) return PENSEL_OK;
    if (!pensel_multiply(&count, x.rows, x.columns))
        return pensel_fail_memory(error, x.rows, x.columns);
    PENSEL_TRY(PENSEL_ALLOCATE(set->x, count, size, error));
    pensel_scaler_apply(&learned->inputs, set->x, precision, x);
    set->samples.x = (pensel_matrix){set->x, x.rows, x.columns, precision};
    return PENSEL_OK;
}

/* The sentence names the range, since nobody reads a list of a thousand codes. */
static pensel_status unknown_class(const pensel_training_set *set, const pensel_learned *learned,
                                   size_t row, double code, pensel_error *error)
{
    return pensel_fail(
        error, PENSEL_BAD_DATA,
        "the %starget has class %.15g in row %zu: the model knows %zu classes from %.15g to "
        "%.15g and not this one",
        set->whose, code, row + 1, learned->class_count, learned->classes[0],
        learned->classes[learned->class_count - 1]);
}

/* y (n, outputs) of 0 and 1, in a block that is 0 at first. With one output for two classes the
 * second of them is 1. */
static pensel_status make_classes(pensel_training_set *set, const pensel_learned *learned,
                                  pensel_precision precision, pensel_error *error)
{
    pensel_matrix y = set->samples.y;
    size_t outputs = pensel_learned_outputs(learned);
    size_t count, size = pensel_precision_size(precision);
    if (!pensel_multiply(&count, y.rows, outputs))
        return pensel_fail_memory(error, y.rows, outputs);
    PENSEL_TRY(PENSEL_ALLOCATE(set->y, count, size, error));
    for (size_t r = 0; r < y.rows; r++) {
        double code = pensel_matrix_at(y, r, 0);
        size_t index = pensel_classes_index(learned->classes, learned->class_count, code);
        if (index == learned->class_count) return unknown_class(set, learned, r, code, error);
        if (outputs > 1 || learned->one_hot)
            put(set->y, precision, r * outputs + index, 1);
        else if (index == 1)
            put(set->y, precision, r, 1);
    }
    set->samples.y = (pensel_matrix){set->y, y.rows, outputs, precision};
    return PENSEL_OK;
}

/* Of several columns each is a class by itself, 0 or 1. */
static pensel_status check_labels(const pensel_training_set *set, pensel_error *error)
{
    pensel_matrix y = set->samples.y;
    for (size_t r = 0; r < y.rows; r++)
        for (size_t c = 0; c < y.columns; c++)
            PENSEL_REQUIRE(
                pensel_matrix_at(y, r, c) == 0 || pensel_matrix_at(y, r, c) == 1, BAD_DATA,
                "the %starget has %g in row %zu, column %zu: with several labels each is "
                "0 or 1",
                set->whose, pensel_matrix_at(y, r, c), r + 1, c + 1);
    return PENSEL_OK;
}

/* A count is 0 or more; that it is whole is not asked. */
static pensel_status check_counts(const pensel_training_set *set, pensel_loss loss,
                                  pensel_error *error)
{
    pensel_matrix y = set->samples.y;
    for (size_t r = 0; r < y.rows; r++)
        for (size_t c = 0; c < y.columns; c++)
            PENSEL_REQUIRE(pensel_matrix_at(y, r, c) >= 0, BAD_DATA,
                           "the %starget has %g in row %zu, column %zu: the %s loss learns "
                           "counts, numbers of 0 or more",
                           set->whose, pensel_matrix_at(y, r, c), r + 1, c + 1,
                           pensel_loss_name(loss));
    return PENSEL_OK;
}

/* Exactly one of: classes, labels as they are, counts as they are, numbers scaled or as they are.
 * Scaled numbers are double, whatever the network's precision. */
static pensel_status make_y(pensel_training_set *set, const pensel_learned *learned,
                            const pensel_estimator_options *options, pensel_error *error)
{
    pensel_matrix y = set->samples.y;
    size_t count;
    if (learned->classes)
        return make_classes(set, learned, pensel_precision_in_memory(options->precision), error);
    if (options->task == PENSEL_CLASSIFICATION) return check_labels(set, error);
    if (pensel_loss_describe(options->training.loss)->counts)
        return check_counts(set, options->training.loss, error);
    if (!learned->targets.count) return PENSEL_OK;
    if (!pensel_multiply(&count, y.rows, y.columns))
        return pensel_fail_memory(error, y.rows, y.columns);
    PENSEL_TRY(PENSEL_ALLOCATE(set->y, count, sizeof(double), error));
    pensel_scaler_apply(&learned->targets, set->y, PENSEL_FLOAT64, y);
    set->samples.y = (pensel_matrix){set->y, y.rows, y.columns, PENSEL_FLOAT64};
    return PENSEL_OK;
}

/* 1 for a class that the options do not name. */
static double weight_of_class(const pensel_estimator_options *options, double code)
{
    for (size_t i = 0; i < options->class_weight_count; i++)
        if (options->class_weights[i].code == code) return options->class_weights[i].weight;
    return 1;
}

/* A sample's weight is its own times its class's; if classes are balanced, also times n / (classes
 * * samples of this class), as in scikit-learn:
 *
 *     w_r = given_r  class_weight(c_r)  n / (classes n_c)
 *
 * so that each class has the same sum of weights, n / classes, where nothing else weighs. Every
 * class of y is known by now: make_classes has refused others, so the index never is class_count.
 */
static pensel_status make_weights(pensel_training_set *set, const pensel_learned *learned,
                                  const pensel_estimator_options *options, pensel_matrix y,
                                  pensel_error *error)
{
    pensel_matrix given = set->samples.weights;
    size_t *counts;
    double *weights;
    PENSEL_TRY(PENSEL_ALLOCATE(set->weights, y.rows, sizeof(double), error));
    PENSEL_TRY(PENSEL_NEW(counts, learned->class_count, error));
    weights = set->weights;
    for (size_t r = 0; r < y.rows; r++)
        counts[pensel_classes_index(learned->classes, learned->class_count,
                                    pensel_matrix_at(y, r, 0))]++;
    for (size_t r = 0; r < y.rows; r++) {
        size_t c =
            pensel_classes_index(learned->classes, learned->class_count, pensel_matrix_at(y, r, 0));
        weights[r] = weight_of_class(options, learned->classes[c]);
        if (options->balanced)
            weights[r] *= (double)y.rows / ((double)learned->class_count * (double)counts[c]);
        if (given.data) weights[r] *= pensel_matrix_at(given, r, 0);
    }
    pensel_release(counts);
    set->samples.weights = (pensel_matrix){weights, y.rows, 1, PENSEL_FLOAT64};
    return PENSEL_OK;
}

/* Weights last, from the user's y: the set's may be 0 and 1 by then. */
pensel_status pensel_training_set_make(pensel_training_set *set, const pensel_learned *learned,
                                       const pensel_estimator_options *options,
                                       const pensel_samples *samples, const char *whose,
                                       pensel_error *error)
{
    *set = (pensel_training_set){.samples = *samples, .whose = whose};
    pensel_status status =
        make_x(set, learned, pensel_precision_in_memory(options->precision), error);
    if (status == PENSEL_OK) status = make_y(set, learned, options, error);
    bool weighs = options->balanced || options->class_weight_count > 0;
    if (status == PENSEL_OK && weighs && learned->classes)
        status = make_weights(set, learned, options, samples->y, error);
    if (status != PENSEL_OK) pensel_training_set_clear(set);
    return status;
}

void pensel_training_set_clear(pensel_training_set *set)
{
    pensel_release(set->x);
    pensel_release(set->y);
    pensel_release(set->weights);
    memset(set, 0, sizeof *set);
}
