/* Decides which samples are trained on and which are held out. The random draws and their order are
 * those of scikit-learn's ShuffleSplit, or of StratifiedShuffleSplit for two classes in one column:
 * one draw more or less, and every later shuffle of the run would be another. Where a line looks
 * roundabout (a class dealt out through a permutation, all shuffled again afterwards), it is so
 * there. */
#include "training/data.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

static void count_up(size_t *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        items[i] = i;
}

static pensel_status allocate_split(pensel_cursor *cursor, size_t train, size_t test,
                                    pensel_error *error)
{
    cursor->order_count = train;
    cursor->held_out_count = test;
    PENSEL_TRY(PENSEL_NEW(cursor->order, train, error));
    return test == 0 ? PENSEL_OK : PENSEL_NEW(cursor->held_out, test, error);
}

/* The first held_out_count of a permutation are held out, the next ones trained on, in that order.
 */
static pensel_status shuffle_split(pensel_cursor *cursor, size_t n, pensel_random *random,
                                   pensel_error *error)
{
    size_t *permutation;
    PENSEL_TRY(PENSEL_NEW(permutation, n, error));
    count_up(permutation, n);
    pensel_random_shuffle(random, permutation, n);
    memcpy(cursor->held_out, permutation, cursor->held_out_count * sizeof(size_t));
    memcpy(cursor->order, permutation + cursor->held_out_count,
           cursor->order_count * sizeof(size_t));
    pensel_release(permutation);
    return PENSEL_OK;
}

/* Divides `draws` between two classes in proportion to their counts: the mode of the multivariate
 * hypergeometric distribution, approximately, as scikit-learn computes it. What rounding down
 * leaves over goes to the largest remainder, or to a random one if they are equal. */
static void share_out(size_t share[2], const size_t counts[2], size_t draws, pensel_random *random)
{
    double total = (double)(counts[0] + counts[1]), remainder[2];
    size_t missing = draws;
    for (int c = 0; c < 2; c++) {
        double exact = (double)counts[c] / total * (double)draws;
        share[c] = (size_t)floor(exact);
        remainder[c] = exact - floor(exact);
        missing -= share[c];
    }
    if (missing == 0) return;
    if (remainder[0] == remainder[1]) {
        size_t order[2] = {0, 1};
        pensel_random_shuffle(random, order, 2);
        for (size_t i = 0; i < missing && i < 2; i++)
            share[order[i]]++;
        return;
    }
    int larger = remainder[1] > remainder[0];
    share[larger]++;
    if (missing > 1) share[!larger]++;
}

/* Deals out the members of one class by a random permutation of them: `train` of them, then `test`.
 * *order and *held_out move on behind what was written. */
static void deal_class(const size_t *members, size_t count, size_t train, size_t test,
                       size_t **order, size_t **held_out, size_t *permutation,
                       pensel_random *random)
{
    count_up(permutation, count);
    pensel_random_shuffle(random, permutation, count);
    for (size_t i = 0; i < train; i++)
        *(*order)++ = members[permutation[i]];
    for (size_t i = train; i < train + test; i++)
        *(*held_out)++ = members[permutation[i]];
}

/* First the shares of training, then those of held-out samples of what remains; class by class, and
 * at last both lists are shuffled, since they are sorted by class. permutation: room for the larger
 * class. */
static void deal(pensel_cursor *cursor, const size_t *members, const size_t counts[2],
                 size_t *permutation, pensel_random *random)
{
    size_t train[2], test[2], rest[2];
    size_t *order = cursor->order, *held_out = cursor->held_out;
    share_out(train, counts, cursor->order_count, random);
    rest[0] = counts[0] - train[0];
    rest[1] = counts[1] - train[1];
    share_out(test, rest, cursor->held_out_count, random);
    deal_class(members, counts[0], train[0], test[0], &order, &held_out, permutation, random);
    deal_class(members + counts[0], counts[1], train[1], test[1], &order, &held_out, permutation,
               random);
    pensel_random_shuffle(random, cursor->order, cursor->order_count);
    pensel_random_shuffle(random, cursor->held_out, cursor->held_out_count);
}

/* A target of the log loss with one column is 0 or 1. */
static bool in_second_class(const pensel_matrix *y, size_t sample)
{
    return pensel_matrix_number(*y, sample) > 0.5;
}

/* members (2 rows): the samples of the first class, then of the second, then room. Where one class
 * is missing there is nothing to stratify. */
static pensel_status stratified_split(pensel_cursor *cursor, const pensel_matrix *y,
                                      pensel_random *random, pensel_error *error)
{
    size_t counts[2] = {0, 0}, *members;
    for (size_t s = 0; s < y->rows; s++)
        counts[in_second_class(y, s)]++;
    if (counts[0] == 0 || counts[1] == 0) return shuffle_split(cursor, y->rows, random, error);
    PENSEL_REQUIRE(
        counts[0] >= 2 && counts[1] >= 2 && cursor->held_out_count >= 2 && cursor->order_count >= 2,
        BAD_DATA,
        "a class has 1 sample and cannot be split: early stopping needs 2 or more of each");
    PENSEL_TRY(PENSEL_NEW(members, 2 * y->rows, error));
    size_t next[2] = {0, counts[0]};
    for (size_t s = 0; s < y->rows; s++)
        members[next[in_second_class(y, s)]++] = s;
    deal(cursor, members, counts, members + y->rows, random);
    pensel_release(members);
    return PENSEL_OK;
}

/* Resets the cursor: a new run. Without held-out samples nothing is drawn, and the order is that of
 * the samples until an epoch shuffles it. */
pensel_status pensel_split_samples(pensel_cursor *cursor, const pensel_samples *samples,
                                   const pensel_training_options *options, bool hold_out,
                                   pensel_random *random, pensel_error *error)
{
    size_t n = samples->x.rows, test = 0;
    pensel_release(cursor->order);
    pensel_release(cursor->held_out);
    *cursor = (pensel_cursor){0};
    if (hold_out) test = (size_t)ceil(options->validation_fraction * (double)n);
    PENSEL_REQUIRE(!hold_out || (test >= 2 && test < n), BAD_DATA,
                   "early stopping would hold out %zu of %zu samples: a larger validation_fraction "
                   "or more samples are needed",
                   test, n);
    PENSEL_TRY(allocate_split(cursor, n - test, test, error));
    if (!hold_out) {
        count_up(cursor->order, n);
        return PENSEL_OK;
    }
    bool stratify = pensel_loss_describe(options->loss)->classes && samples->y.columns == 1;
    return stratify ? stratified_split(cursor, &samples->y, random, error)
                    : shuffle_split(cursor, n, random, error);
}
