/* The largest difference that can be measured without the program that a file comes from: stages
 * computed one after another in double, with the file's own numbers, beside the estimator. What
 * joining and rounding them has changed is in it, and whether they were joined rightly. Hence it
 * computes stages in the plainest way and shares nothing with assemble.c. Whether the file was
 * read rightly it cannot say: tests ask the programs themselves. */
#include "import/coming.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { ROWS = 256, FEWEST = 8, DEPTH = 16, PRODUCTS = 1 << 28 };

/* y = w a + c */
static void multiply(double *y, const double *a, const pensel_stage *s)
{
    for (size_t j = 0; j < s->out; j++) {
        double sum = s->c ? s->c[j] : 0;
        for (size_t i = 0; i < s->in; i++)
            sum += s->w[j * s->in + i] * a[i];
        y[j] = sum;
    }
}

/* (a - mean) / sqrt(variance + epsilon) of one row, in place; the variance is that of the row
 * itself, divided by its width */
static void normalise(double *a, size_t width, double epsilon)
{
    double mean = 0, variance = 0;
    for (size_t i = 0; i < width; i++)
        mean += a[i] / (double)width;
    for (size_t i = 0; i < width; i++)
        variance += (a[i] - mean) * (a[i] - mean) / (double)width;
    for (size_t i = 0; i < width; i++)
        a[i] = (a[i] - mean) / sqrt(variance + epsilon);
}

/* a += b, or a *= b, of n numbers; b of one number is that of all. */
static void add(double *a, const double *b, size_t n, bool one)
{
    for (size_t i = 0; i < n; i++)
        a[i] += b[one ? 0 : i];
}

static void scale(double *a, const double *b, size_t n, bool one)
{
    for (size_t i = 0; i < n; i++)
        a[i] *= b[one ? 0 : i];
}

/* What is computed of the numbers in a alone; other has room for as many. */
static pensel_status run_stage(double *a, double *other, const pensel_stage *s, pensel_error *error)
{
    const pensel_matrix row = {a, 1, s->in, PENSEL_FLOAT64};
    switch (s->kind) {
    case PENSEL_STAGE_AFFINE:
        multiply(other, a, s);
        memcpy(a, other, s->out * sizeof *a);
        break;
    case PENSEL_STAGE_MULTIPLY:
        scale(a, s->w, s->in, s->out == 1);
        break;
    case PENSEL_STAGE_OFFSET:
        add(a, s->w, s->in, s->out == 1);
        break;
    case PENSEL_STAGE_ACTIVATE:
        return pensel_activation_apply(s->activation, s->parameter, a, NULL, a, s->in, error);
    case PENSEL_STAGE_NORMALISE:
        normalise(a, s->in, s->parameter);
        break;
    case PENSEL_STAGE_LAYER:
        PENSEL_TRY(pensel_network_predict(s->network, other, row, 1, error));
        memcpy(a, other, s->out * sizeof *a);
        break;
    case PENSEL_STAGE_EXPECT:
    case PENSEL_STAGE_OPEN:
    case PENSEL_STAGE_CLOSE:
        break;
    }
    return PENSEL_OK;
}

/* a (widest) holds the inputs and then the outputs; other, kept (depth, widest) */
static pensel_status run(double *a, double *other, double *kept, size_t widest,
                         const pensel_coming *coming, pensel_error *error)
{
    size_t depth = 0;
    for (size_t k = 0; k < coming->count; k++) {
        const pensel_stage *s = &coming->stages[k];
        if (s->kind == PENSEL_STAGE_OPEN) memcpy(kept + depth++ * widest, a, s->in * sizeof *a);
        if (s->kind == PENSEL_STAGE_CLOSE) add(a, kept + --depth * widest, s->in, false);
        PENSEL_TRY(run_stage(a, other, s, error));
    }
    return PENSEL_OK;
}

/* Fewer of a large network, which has numbers enough to compare in each of them */
static size_t rows_of(const pensel_coming *coming)
{
    size_t products = 1;
    for (size_t k = 0; k < coming->count; k++)
        if (coming->stages[k].kind == PENSEL_STAGE_AFFINE)
            products += coming->stages[k].in * coming->stages[k].out;
    size_t rows = PRODUCTS / products;
    return rows > ROWS ? ROWS : rows < FEWEST ? FEWEST : rows;
}

static bool makes_units(const pensel_stage *s)
{
    return s->kind == PENSEL_STAGE_AFFINE || s->kind == PENSEL_STAGE_LAYER;
}

static size_t widest_of(const pensel_coming *coming)
{
    size_t widest = coming->inputs;
    for (size_t k = 0; k < coming->count; k++)
        if (makes_units(&coming->stages[k]) && coming->stages[k].out > widest)
            widest = coming->stages[k].out;
    return widest;
}

/* Inputs from -2 to 2, in the units of the scaler */
static void draw(double *x, size_t rows, const pensel_coming *coming,
                 const pensel_estimator *estimator)
{
    pensel_fitted fitted = {0};
    pensel_random random;
    pensel_random_seed(&random, 0);
    if (pensel_estimator_fitted(estimator, &fitted, NULL) != PENSEL_OK) return;
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < coming->inputs; i++) {
            double u = pensel_random_uniform(&random, -2, 2);
            x[r * coming->inputs + i] = fitted.input_scale && fitted.input_offset
                                            ? fitted.input_offset[i] + fitted.input_scale[i] * u
                                            : u;
        }
}

/* Of the same rows, what the estimator says: (rows, columns) */
static pensel_status ask(double *y, const double *x, size_t n, const pensel_coming *coming,
                         const pensel_estimator *estimator, pensel_error *error)
{
    pensel_matrix rows = {x, n, coming->inputs, PENSEL_FLOAT64};
    return pensel_estimator_task(estimator) == PENSEL_CLASSIFICATION
               ? pensel_estimator_probabilities(estimator, y, rows, error)
               : pensel_estimator_predict(estimator, y, rows, error);
}

/* Of one row: y (columns) of the estimator, expected (outputs) of the stages. NaN on one side
 * only is an infinite difference. */
static void compare(double *difference, double *largest, const double *y, size_t columns,
                    const double *expected, size_t outputs)
{
    for (size_t j = 0; j < columns; j++) {
        /* one output of two classes is the second's probability, the first has what is left */
        double e = columns == outputs ? expected[j] : j == 1 ? expected[0] : 1 - expected[0];
        if (fabs(e) > *largest) *largest = fabs(e);
        if (y[j] == e || (isnan(y[j]) && isnan(e))) continue;
        double d = fabs(y[j] - e);
        if (!(d <= *difference)) *difference = isnan(d) ? INFINITY : d;
    }
}

pensel_status pensel_coming_measure(double *difference, double *largest,
                                    const pensel_coming *coming, const pensel_estimator *estimator,
                                    pensel_error *error)
{
    size_t widest = widest_of(coming), inputs = coming->inputs, rows = rows_of(coming);
    size_t columns = pensel_estimator_targets(estimator), outputs = inputs;
    double *x = NULL, *y = NULL, *work = NULL;
    for (size_t k = 0; k < coming->count; k++)
        if (makes_units(&coming->stages[k])) outputs = coming->stages[k].out;
    if (coming->classifies) columns = outputs == 1 ? 2 : outputs;
    *difference = *largest = 0;
    pensel_status status = PENSEL_ALLOCATE(x, inputs, rows * sizeof *x, error);
    if (status == PENSEL_OK) status = PENSEL_ALLOCATE(y, columns, rows * sizeof *y, error);
    if (status == PENSEL_OK)
        status = PENSEL_ALLOCATE(work, widest, (DEPTH + 2) * sizeof *work, error);
    if (status != PENSEL_OK) goto done;
    draw(x, rows, coming, estimator);
    if ((status = ask(y, x, rows, coming, estimator, error)) != PENSEL_OK) goto done;
    for (size_t r = 0; r < rows && status == PENSEL_OK; r++) {
        memcpy(work, x + r * inputs, inputs * sizeof *x);
        status = run(work, work + widest, work + 2 * widest, widest, coming, error);
        compare(difference, largest, y + r * columns, columns, work, outputs);
    }
done:
    pensel_release(x);
    pensel_release(y);
    pensel_release(work);
    return status;
}
