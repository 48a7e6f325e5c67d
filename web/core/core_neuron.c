/* Activations, one neuron, the perceptron. */
#include "core.h"

#include "base/error.h"

PENSEL_CORE(pensel_status, activations)
(void)
{
    pensel_json_writer *text = pensel_core_begin('[');
    for (int i = 0; i < PENSEL_ACTIVATION_COUNT; i++) {
        const pensel_activation_info *info = pensel_activation_describe((pensel_activation)i);
        pensel_json_open(text, NULL, '{');
        pensel_json_put_string(text, "name", info->name);
        pensel_json_put_string(text, "formula", info->formula);
        pensel_json_put_string(text, "derivative", info->derivative);
        pensel_json_put_string(text, "range", info->range);
        pensel_json_put_real(text, "parameter", info->parameter);
        pensel_json_put_truth(text, "hasParameter", info->has_parameter);
        pensel_json_put_real(text, "most", info->most);
        pensel_json_put_truth(text, "outputsOnly", info->outputs_only);
        pensel_json_close(text, '}');
    }
    return pensel_core_end(']');
}

/* value, derivative (count) of z (count) */
PENSEL_CORE(pensel_status, activate)
(const char *name, double parameter, const double *z, size_t count, double *value,
 double *derivative)
{
    pensel_error *error = &pensel_core.error;
    pensel_activation activation;
    PENSEL_TRY(pensel_activation_find(&activation, name, error));
    return pensel_activation_apply(activation, parameter, value, derivative, z, count, error);
}

/* result (inputs + 3): the products, their sum, z, f(z) */
PENSEL_CORE(pensel_status, neuron)
(const double *x, const double *weights, size_t inputs, double bias, const char *name,
 double parameter, double *result)
{
    pensel_error *error = &pensel_core.error;
    pensel_neuron neuron = {.weights = weights, .inputs = inputs, .parameter = parameter};
    double *sum = result + inputs, *z = sum + 1, *output = sum + 2;
    PENSEL_TRY(pensel_activation_find(&neuron.activation, name, error));
    PENSEL_TRY(pensel_neuron_run(&neuron, NULL, sum, result, x, error)); /* bias 0: the sum alone */
    neuron.bias = bias;
    return pensel_neuron_run(&neuron, output, z, NULL, x, error);
}

/* weights (inputs + 1), the bias last, are changed; result (2): epochs, mistakes */
PENSEL_CORE(pensel_status, perceptron)
(double *weights, size_t inputs, const double *x, const double *y, size_t n, double rate,
 size_t epochs, double *result)
{
    size_t used = 0, mistakes = 0;
    PENSEL_TRY(pensel_perceptron_train(weights, &weights[inputs], &used, &mistakes, x, y, n, inputs,
                                       rate, epochs, &pensel_core.error));
    result[0] = (double)used;
    result[1] = (double)mistakes;
    return PENSEL_OK;
}
