/* What a user writes: the neuron of the tutorial. */
#include <pensel.h>
#include <stdio.h>

int main(void)
{
    const double weights[] = {0.7, 0.6, 1.4}, x[] = {1.0, 0.5, -1.0};
    pensel_neuron neuron = {weights, 3, -0.1, PENSEL_LEAKY_RELU, 0.1};
    double output;
    pensel_error error;
    if (pensel_neuron_run(&neuron, &output, NULL, NULL, x, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    printf("%.2f\n", output);
    return 0;
}
