/* Classes: sorted distinct codes, as in scikit-learn's LabelBinarizer. Two classes share one
 * logistic output, the probability of the second; more than two have a softmax output each. One-hot
 * classes have a logistic output each, as scikit-learn gives to a matrix of 0 and 1.
 *
 * A class is its index among the sorted codes from here on: outputs, columns of probabilities and
 * names all stand in this order. */
#include "estimator/estimator.h"

#include "base/error.h"
#include "base/memory.h"
#include "table/labels.h"

#include <string.h>

/* The index at which `code` is, or would be inserted: the first class that is not less. Invariant:
 * it lies in [low, low + count]. */
static size_t lower_bound(const double *classes, size_t count, double code)
{
    size_t low = 0;
    while (count > 0) {
        size_t half = count / 2;
        if (classes[low + half] < code) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return low;
}

size_t pensel_classes_index(const double *classes, size_t count, double code)
{
    size_t at = lower_bound(classes, count, code);
    return at < count && classes[at] == code ? at : count;
}

/* Each new code is inserted where it belongs: as many moves as classes squared, of which there are
 * few; a target that is no class but a number ends it at PENSEL_MOST_CLASSES. */
pensel_status pensel_classes_find(double **classes, size_t *count, pensel_matrix y,
                                  pensel_error *error)
{
    size_t capacity = 16, found = 0;
    double *codes, *larger;
    *classes = NULL;
    *count = 0;
    PENSEL_TRY(PENSEL_NEW(codes, capacity, error));
    for (size_t r = 0; r < y.rows; r++) {
        double code = pensel_matrix_at(y, r, 0);
        size_t at = lower_bound(codes, found, code);
        pensel_status status = PENSEL_OK;
        if (at < found && codes[at] == code) continue;
        if (found == PENSEL_MOST_CLASSES)
            status =
                pensel_fail(error, PENSEL_BAD_DATA,
                            "the target has more than %d different values: classes are fewer, and "
                            "numbers are learned by regression",
                            PENSEL_MOST_CLASSES);
        else if (found == capacity &&
                 (status = PENSEL_NEW(larger, 2 * capacity, error)) == PENSEL_OK) {
            memcpy(larger, codes, found * sizeof *codes);
            pensel_release(codes);
            codes = larger;
            capacity *= 2;
        }
        if (status != PENSEL_OK) {
            pensel_release(codes);
            return status;
        }
        memmove(codes + at + 1, codes + at, (found - at) * sizeof *codes);
        codes[at] = code;
        found++;
    }
    *classes = codes;
    *count = found;
    return PENSEL_OK;
}

/* One class alone has an output too, for a network needs one. Without classes there is one for each
 * target or label. */
size_t pensel_learned_outputs(const pensel_learned *learned)
{
    if (!learned->classes) return learned->target_count;
    return learned->one_hot || learned->class_count > 2 ? learned->class_count : 1;
}

size_t pensel_learned_columns(const pensel_learned *learned)
{
    return learned->classes ? learned->class_count : learned->target_count;
}

/* Asked of whatever was not made by a fit: a file, or parts that a caller assembles. Everybody
 * else may then index outputs by classes without a check. */
bool pensel_learned_agrees(const pensel_learned *learned, pensel_task task)
{
    const pensel_shape *shape = pensel_network_shape(learned->network);
    bool regression = task == PENSEL_REGRESSION, coded = learned->classes != NULL;
    size_t fewest = regression || coded ? 1 : 2; /* several labels are 2 or more */
    return learned->target_count >= fewest &&
           !(coded && (regression || learned->target_count != 1)) &&
           !(learned->one_hot && !coded) &&
           pensel_learned_outputs(learned) == shape->layers[shape->layer_count - 1].width;
}

/* A matrix of one column for each class, also where the network has fewer outputs. */
void pensel_learned_probabilities(const pensel_learned *learned, double *p, const double *output,
                                  size_t n)
{
    if (!learned->classes || learned->one_hot || learned->class_count > 2) {
        memcpy(p, output, n * pensel_learned_columns(learned) * sizeof *p);
        return;
    }
    for (size_t r = 0; r < n; r++) {
        if (learned->class_count == 1) {
            p[r] = 1;
            continue;
        }
        p[2 * r] = 1 - output[r];
        p[2 * r + 1] = output[r];
    }
}
