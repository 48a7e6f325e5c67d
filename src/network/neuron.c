/* One neuron, computed by the kernel that computes whole layers, so that what a learner sees here
 * is what a network does; and the perceptron, which learns (Rosenblatt 1958):
 *
 *     w += rate (y - answer) x,  b += rate (y - answer)         answer = step(w x + b)
 *
 * All in double. Nothing here needs a network. */
#include "base/error.h"
#include "platform/float.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <math.h>

/* Softmax passes here, too: of a single unit it is 1. */
static pensel_status check_neuron(const pensel_neuron *neuron, const double *x, pensel_error *error)
{
    PENSEL_REQUIRE(neuron && neuron->weights && x, BAD_ARGUMENT,
                   "neuron, weights or x is NULL: a neuron needs all three");
    PENSEL_REQUIRE(neuron->inputs != 0, BAD_ARGUMENT, "a neuron without inputs: give it 1 or more");
    PENSEL_REQUIRE(pensel_activation_describe(neuron->activation), BAD_ARGUMENT,
                   "there is no activation number %d: use one of "
                   "the PENSEL_... constants",
                   (int)neuron->activation);
    return PENSEL_OK;
}

/* A layer of one unit and one sample, in the layout of the kernel: each input stands at the head of
 * a vector whose other lanes are zeros. One block holds z and the inputs, `lanes` numbers for each.
 */
pensel_status pensel_neuron_run(const pensel_neuron *neuron, double *output, double *z,
                                double *products, const double *x, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    const pensel_kernels *kernels;
    double *panel;
    PENSEL_TRY(check_neuron(neuron, x, error));
    PENSEL_TRY(pensel_kernels_find(&kernels, PENSEL_FLOAT64, error));
    size_t lanes = kernels->lanes, inputs = neuron->inputs;
    if (inputs > SIZE_MAX / lanes - 2)
        return pensel_fail_memory(error, inputs, lanes * sizeof(double));
    PENSEL_TRY(PENSEL_NEW(panel, (inputs + 1) * lanes, error));
    double *a = panel + lanes;
    for (size_t i = 0; i < inputs; i++)
        a[i * lanes] = x[i];
    kernels->forward(&(pensel_forward){.y = panel,
                                       .w = neuron->weights,
                                       .b = &neuron->bias,
                                       .a = a,
                                       .in = inputs,
                                       .out = 1,
                                       .n = 1,
                                       .ldy = lanes,
                                       .lda = lanes,
                                       .activation = PENSEL_IDENTITY});
    if (output) kernels->activate(output, NULL, panel, 1, neuron->activation, neuron->parameter);
    if (z) *z = panel[0];
    for (size_t i = 0; products && i < inputs; i++)
        products[i] = neuron->weights[i] * x[i];
    pensel_release(panel);
    return PENSEL_OK;
}

/* One number that is not finite would spoil the weights for good, so all are looked at first. */
static pensel_status check_samples(const double *x, const double *y, size_t n, size_t inputs,
                                   pensel_error *error)
{
    for (size_t s = 0; s < n; s++) {
        PENSEL_REQUIRE(y[s] == 0 || y[s] == 1, BAD_DATA,
                       "target %zu is %g: a perceptron learns 0 and 1", s + 1, y[s]);
        for (size_t i = 0; i < inputs; i++) {
            PENSEL_REQUIRE(isfinite(x[s * inputs + i]), BAD_DATA,
                           "row %zu, column %zu is not a finite number", s + 1, i + 1);
        }
    }
    return PENSEL_OK;
}

/* Applies Rosenblatt's rule for one sample; *wrong says whether the answer was wrong. */
static pensel_status correct(pensel_neuron *neuron, double *weights, bool *wrong, const double *x,
                             double y, double rate, pensel_error *error)
{
    double answer;
    PENSEL_TRY(pensel_neuron_run(neuron, &answer, NULL, NULL, x, error));
    double change = rate * (y - answer);
    for (size_t i = 0; i < neuron->inputs; i++)
        weights[i] += change * x[i];
    neuron->bias += change;
    *wrong = y != answer;
    return PENSEL_OK;
}

/* Sample by sample in their order, until an epoch has no mistake: on classes that a plane separates
 * this ends (Novikoff 1962), on others `epochs` ends it. *mistakes are those of the last epoch. */
pensel_status pensel_perceptron_train(double *weights, double *bias, size_t *epochs_used,
                                      size_t *mistakes, const double *x, const double *y, size_t n,
                                      size_t inputs, double rate, size_t epochs,
                                      pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    size_t epoch = 0, wrong_answers = 0;
    PENSEL_REQUIRE(bias && y && n != 0, BAD_ARGUMENT,
                   "bias or y is NULL, or there are no samples: a perceptron learns from some");
    pensel_neuron neuron = {weights, inputs, *bias, PENSEL_STEP, 0};
    PENSEL_REQUIRE(rate > 0 && isfinite(rate), BAD_ARGUMENT, "the rate is %g: it must be above 0",
                   rate);
    PENSEL_TRY(check_neuron(&neuron, x, error));
    PENSEL_TRY(check_samples(x, y, n, inputs, error));
    for (wrong_answers = n; epoch < epochs && wrong_answers > 0; epoch++) {
        wrong_answers = 0;
        for (size_t s = 0; s < n; s++) {
            bool wrong;
            PENSEL_TRY(correct(&neuron, weights, &wrong, x + s * inputs, y[s], rate, error));
            wrong_answers += wrong;
        }
    }
    *bias = neuron.bias;
    if (epochs_used) *epochs_used = epoch;
    if (mistakes) *mistakes = wrong_answers;
    return PENSEL_OK;
}
