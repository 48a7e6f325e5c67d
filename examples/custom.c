/* An activation of one's own: snake, z + sin^2 z (Ziyin et al. 2020), which learns what repeats
 * and goes on repeating it beyond the data, where tanh becomes flat.
 *
 *     cc custom.c $(pkg-config --cflags --libs pensel) -lm && ./a.out */
#include <pensel.h>

#include <math.h>
#include <stdio.h>

/* f(z) and f'(z) of some numbers; the library asks for one of them or for both. */
static void snake(double *value, double *slope, const double *z, size_t count, void *data)
{
    (void)data;
    for (size_t i = 0; i < count; i++) {
        if (value) value[i] = z[i] + sin(z[i]) * sin(z[i]);
        if (slope) slope[i] = 1 + sin(2 * z[i]);
    }
}

int main(void)
{
    enum { N = 200 };
    static const pensel_custom_activation own[] = {{"snake", snake, NULL}, {0}};
    double x[N], y[N];
    pensel_error error;
    pensel_context *context;
    pensel_network *network;
    pensel_training *training = NULL;
    pensel_random random;
    for (int i = 0; i < N; i++) {
        x[i] = 8.0 * i / N - 4;
        y[i] = x[i] / 4 + sin(3 * x[i]);
    }
    pensel_context_options options = pensel_context_defaults();
    options.activations = own;
    if (pensel_context_new(&context, &options, &error)) goto failed;
    pensel_context_enter(context); /* what is made or loaded from here on knows snake */
    const pensel_shape shape = {.inputs = 1,
                                .list = "dense:24, custom:snake, dense:24, custom:snake, dense:1"};
    if (pensel_network_new(&network, &shape, PENSEL_FLOAT32, &error)) goto failed;
    pensel_random_seed(&random, 1);
    if (pensel_network_initialise(network, PENSEL_GLOROT, &random, &error)) goto failed;
    pensel_training_options how = pensel_training_defaults();
    how.epochs = 600;
    how.batch_size = 20;
    how.learning_rate_init = 0.005;
    const pensel_samples samples = {.x = {x, N, 1, PENSEL_FLOAT64}, .y = {y, N, 1, PENSEL_FLOAT64}};
    if (pensel_training_new(&training, network, &how, &error)) goto failed;
    if (pensel_training_run(training, &samples, NULL, &random, &error)) goto failed;
    printf("loss %.2g with %s\n", pensel_training_report(training)->loss,
           pensel_network_shape(network)->list);
    pensel_training_free(&training);
    pensel_network_free(&network);
    pensel_context_enter(NULL);
    pensel_context_free(&context);
    return 0;
failed:
    fprintf(stderr, "%s\n", error.text);
    return 1;
}
