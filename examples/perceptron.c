/* What one neuron can learn and what it cannot: a perceptron learns AND and OR by Rosenblatt's
 * rule, but no straight line parts the corners of XOR, and so it goes on making mistakes for ever.
 * A network with one hidden layer learns it. */
#include <pensel.h>

#include <stdio.h>

static const double corners[8] = {0, 0, 0, 1, 1, 0, 1, 1};
static const double y_and[4] = {0, 0, 0, 1}, y_or[4] = {0, 1, 1, 1}, y_xor[4] = {0, 1, 1, 0};

static size_t perceptron(const char *name, const double y[4], pensel_error *error)
{
    double weights[2] = {0, 0}, bias = 0;
    size_t epochs = 0, mistakes = 4;
    if (pensel_perceptron_train(weights, &bias, &epochs, &mistakes, corners, y, 4, 2, 0.5, 100,
                                error))
        return 4;
    if (mistakes == 0)
        printf("one neuron learns %s in %zu epochs: weights %g and %g, bias %g\n", name, epochs,
               weights[0], weights[1], bias);
    else
        printf("one neuron does not learn %s: %zu mistakes in epoch %zu\n", name, mistakes, epochs);
    return mistakes;
}

/* 2 inputs, 8 hidden neurons, 1 output: the network's answers to the four corners. */
static pensel_status network(double answers[4], pensel_error *error)
{
    const pensel_layer hidden = {.width = 8, .activation = PENSEL_TANH};
    const pensel_samples samples = {.x = {corners, 4, 2, PENSEL_FLOAT64},
                                    .y = {y_xor, 4, 1, PENSEL_FLOAT64}};
    pensel_estimator_options options = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
    pensel_estimator *estimator = NULL;
    options.hidden = &hidden;
    options.hidden_count = 1;
    options.training.learning_rate_init = 0.05;
    pensel_status status = pensel_estimator_new(&estimator, &options, error);
    if (!status) status = pensel_estimator_fit(estimator, &samples, NULL, error);
    if (!status) status = pensel_estimator_predict(estimator, answers, samples.x, error);
    pensel_estimator_free(&estimator);
    return status;
}

int main(void)
{
    pensel_error error;
    double answers[4];
    bool good = perceptron("AND", y_and, &error) == 0 && perceptron("OR", y_or, &error) == 0 &&
                perceptron("XOR", y_xor, &error) > 0;
    if (network(answers, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    for (int i = 0; i < 4; i++) {
        printf("a network with one hidden layer: %g XOR %g is %g\n", corners[2 * i],
               corners[2 * i + 1], answers[i]);
        good = good && answers[i] == y_xor[i];
    }
    return good ? 0 : 1;
}
