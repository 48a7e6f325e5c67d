/* One neuron, every step shown: inputs times weights, summed, plus a bias, through an activation.
 */
#include <pensel.h>

#include <stdio.h>

int main(void)
{
    const double weights[] = {0.7, 0.6, 1.4}, x[] = {1.0, 0.5, -1.0};
    pensel_neuron neuron = {.weights = weights,
                            .inputs = 3,
                            .bias = -0.1,
                            .activation = PENSEL_LEAKY_RELU,
                            .parameter = 0.1};
    double output, z, products[3];
    pensel_error error;
    if (pensel_neuron_run(&neuron, &output, &z, products, x, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    for (int i = 0; i < 3; i++)
        printf("%4.1f * %4.1f = %4.1f\n", x[i], weights[i], products[i]);
    printf("their sum and the bias %.1f: z = %.1f\n", neuron.bias, z);
    printf("leaky ReLU, max(0.1 z, z): %.2f\n", output);
    return 0;
}
