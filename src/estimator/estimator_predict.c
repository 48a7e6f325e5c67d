/* Prediction, a block of rows at a time, so that memory use does not grow with the table:
 *
 *     x -> scaled -> network -> double -> target's units -> numbers, codes or probabilities
 *
 * What `use` receives is always double, whatever the network's precision: predictions, scores and
 * probabilities are then computed by the same lines. The estimator is only read. */
#include "estimator/estimator.h"

#include "platform/float.h"
#include "base/error.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <string.h>

/* Numbers in a block of inputs or outputs: 8 MB in float64, enough to keep every thread busy. */
#define BLOCK ((size_t)1 << 20)

typedef struct block {
    size_t rows;
    void *x;      /* (rows, inputs) scaled, in the network's precision; NULL: not scaled */
    void *output; /* (rows, outputs) in the network's precision */
    double *wide; /* (rows, outputs) the same in double; NULL when the precision is double */
} block;

static void block_clear(block *b)
{
    pensel_release(b->x);
    pensel_release(b->output);
    pensel_release(b->wide);
    memset(b, 0, sizeof *b);
}

/* Rows of a block are so many that the wider side of it has BLOCK numbers, but at least one. x is
 * scaled into a block of its own: the caller's is const. */
static pensel_status block_make(block *b, const pensel_learned *learned, size_t rows, size_t inputs,
                                size_t outputs, pensel_error *error)
{
    size_t widest = inputs > outputs ? inputs : outputs;
    pensel_precision precision = pensel_network_precision(learned->network);
    size_t size = pensel_precision_size(precision);
    memset(b, 0, sizeof *b);
    b->rows = BLOCK / widest > 0 ? BLOCK / widest : 1;
    if (b->rows > rows) b->rows = rows;
    pensel_status status = PENSEL_ALLOCATE(b->output, b->rows * outputs, size, error);
    if (status == PENSEL_OK && learned->inputs.count)
        status = PENSEL_ALLOCATE(b->x, b->rows * inputs, size, error);
    if (status == PENSEL_OK && precision != PENSEL_FLOAT64)
        status = PENSEL_NEW(b->wide, b->rows * outputs, error);
    if (status != PENSEL_OK) block_clear(b);
    return status;
}

/* Rows of x through scaler and network: a pointer to (x.rows, outputs) in double, into the block,
 * until the next call. */
static pensel_status block_run(const double **result, const block *b,
                               const pensel_estimator *estimator, pensel_matrix x, size_t outputs,
                               pensel_error *error)
{
    const pensel_learned *learned = &estimator->learned;
    pensel_precision precision =
        pensel_precision_in_memory(pensel_network_precision(learned->network));
    if (b->x) {
        pensel_scaler_apply(&learned->inputs, b->x, precision, x);
        x = (pensel_matrix){b->x, x.rows, x.columns, precision};
    }
    PENSEL_TRY(pensel_network_predict(learned->network, b->output, x,
                                      estimator->options.training.threads, error));
    for (size_t i = 0; b->wide && i < x.rows * outputs; i++)
        b->wide[i] = ((const float *)b->output)[i];
    double *y = b->wide ? b->wide : b->output;
    pensel_scaler_undo(&learned->targets, y, x.rows);
    *result = y;
    return PENSEL_OK;
}

/* All of x is checked before the first answer: half an answer and an error would be worse. */
static pensel_status check_x(const pensel_estimator *estimator, pensel_matrix x,
                             pensel_error *error)
{
    PENSEL_REQUIRE(estimator, BAD_ARGUMENT, "estimator is NULL: fit or load one");
    PENSEL_REQUIRE(estimator->learned.network, UNTRAINED,
                   "the estimator is not trained yet: fit it first");
    size_t inputs = pensel_estimator_inputs(estimator);
    PENSEL_REQUIRE(x.columns == inputs, BAD_DATA, "x has %zu columns: the model has %zu inputs",
                   x.columns, inputs);
    PENSEL_REQUIRE((x.data || x.rows == 0) && (unsigned)x.precision <= PENSEL_FLOAT64, BAD_ARGUMENT,
                   "x has no data or no known precision: float32 or float64 is needed");
    return pensel_matrix_check(x, "x", error);
}

/* The last block may be shorter; its room is that of the others. No rows are no blocks, and no
 * error. `use` has no way to fail, so whatever it needs must be there before. */
pensel_status pensel_estimator_blocks(const pensel_estimator *estimator, pensel_matrix x,
                                      pensel_block_use use, void *context, pensel_error *error)
{
    block b;
    PENSEL_TRY(check_x(estimator, x, error));
    const pensel_learned *learned = &estimator->learned;
    size_t outputs = pensel_learned_outputs(learned);
    pensel_status status = block_make(&b, learned, x.rows, x.columns, outputs, error);
    for (size_t first = 0; first < x.rows && status == PENSEL_OK; first += b.rows) {
        size_t n = x.rows - first < b.rows ? x.rows - first : b.rows;
        const double *output;
        status = block_run(&output, &b, estimator, pensel_matrix_rows(x, first, n), outputs, error);
        if (status == PENSEL_OK) use(context, output, first, n);
    }
    block_clear(&b);
    return status;
}

typedef struct answer {
    const pensel_learned *learned;
    double *result;
    bool labels; /* probabilities of labels become 0 and 1 */
} answer;

/* Of equal ones the first, as NumPy's argmax. */
static size_t likeliest(const double *p, size_t count)
{
    size_t best = 0;
    for (size_t c = 1; c < count; c++)
        if (p[c] > p[best]) best = c;
    return best;
}

/* Labels become 1 above a half each by itself: a row may have several, or none. */
static void keep_numbers(void *context, const double *output, size_t first, size_t n)
{
    const answer *a = context;
    size_t columns = pensel_learned_outputs(a->learned);
    for (size_t i = 0; i < n * columns; i++)
        a->result[first * columns + i] = a->labels ? output[i] > 0.5 : output[i];
}

/* One class alone is always the answer; of two, the output is the second's probability, and at
 * just a half the first one is the answer, as with the likeliest of a softmax. */
static void keep_codes(void *context, const double *output, size_t first, size_t n)
{
    const answer *a = context;
    size_t outputs = pensel_learned_outputs(a->learned), classes = a->learned->class_count;
    for (size_t r = 0; r < n; r++) {
        const double *o = output + r * outputs;
        size_t c = classes == 1 ? 0 : outputs == 1 ? *o > 0.5 : likeliest(o, classes);
        a->result[first + r] = a->learned->classes[c];
    }
}

/* Rows go to their own lines of the result, columns wide, which may be more than the outputs. */
static void keep_probabilities(void *context, const double *output, size_t first, size_t n)
{
    const answer *a = context;
    pensel_learned_probabilities(a->learned, a->result + first * pensel_learned_columns(a->learned),
                                 output, n);
}

/* y is (rows, targets) for numbers and labels, (rows) codes for classes: the codes that the user
 * gave, not indices. */
pensel_status pensel_estimator_predict(const pensel_estimator *estimator, double *y,
                                       pensel_matrix x, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(estimator && y, BAD_ARGUMENT,
                   "estimator or y is NULL: a model and room for its predictions are needed");
    answer a = {&estimator->learned, y, estimator->options.task == PENSEL_CLASSIFICATION};
    return pensel_estimator_blocks(
        estimator, x, estimator->learned.classes ? keep_codes : keep_numbers, &a, error);
}

pensel_status pensel_estimator_probabilities(const pensel_estimator *estimator, double *p,
                                             pensel_matrix x, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(estimator && p, BAD_ARGUMENT,
                   "estimator or p is NULL: a model and room for probabilities are needed");
    PENSEL_REQUIRE(estimator->options.task == PENSEL_CLASSIFICATION, BAD_ARGUMENT,
                   "a regressor has no probabilities: ask it for predictions");
    answer a = {&estimator->learned, p, false};
    return pensel_estimator_blocks(estimator, x, keep_probabilities, &a, error);
}
