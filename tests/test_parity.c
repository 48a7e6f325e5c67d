/* Step by step with scikit-learn: the same seed gives the same initial weights, bit for bit, and
 * the same loss after every epoch, within 1e-9 in float64 and 1e-3 in float32; with lbfgs within
 * 1e-6 after every iteration, and as many of them. parity/make.py ran
 * scikit-learn and wrote the expected values. Each case is run with pensel_training and with the
 * estimator. */
#include "test.h"

#include "parity/expected.h"
#include "parity/expected_lbfgs.h"

enum {
    STEPPED = sizeof cases / sizeof cases[0],
    CASES = STEPPED + sizeof lbfgs_cases / sizeof lbfgs_cases[0]
};

static const parity_case *case_at(size_t i)
{
    return i < STEPPED ? &cases[i] : &lbfgs_cases[i - STEPPED];
}

static bool is_classification(parity_task task)
{
    return task == BINARY || task == MULTICLASS || task == MULTILABEL;
}

static pensel_activation output_activation(parity_task task)
{
    static const pensel_activation of[] = {
        [REGRESSION1] = PENSEL_IDENTITY, [REGRESSION3] = PENSEL_IDENTITY,
        [BINARY] = PENSEL_LOGISTIC,      [MULTICLASS] = PENSEL_SOFTMAX,
        [MULTILABEL] = PENSEL_LOGISTIC,  [POISSON] = PENSEL_EXPONENTIAL,
    };
    return of[task];
}

static pensel_training_options options_of(const parity_case *c)
{
    pensel_training_options o = pensel_training_defaults();
    o.solver = c->solver;
    o.loss = is_classification(c->task) ? PENSEL_LOG_LOSS
             : c->task == POISSON       ? PENSEL_POISSON
                                        : PENSEL_SQUARED_ERROR;
    o.alpha = c->alpha;
    o.batch_size = c->batch;
    o.learning_rate = c->schedule;
    o.learning_rate_init = c->rate;
    o.power_t = c->power_t;
    o.epochs = EPOCHS;
    o.shuffle = c->shuffle;
    o.tol = c->tol;
    o.momentum = c->momentum;
    o.nesterovs_momentum = c->nesterov;
    o.early_stopping = c->early;
    o.validation_fraction = c->fraction;
    o.beta_1 = c->beta_1;
    o.beta_2 = c->beta_2;
    o.epsilon = c->epsilon;
    if (c->solver == PENSEL_LBFGS) o.max_fun = c->max_fun;
    o.n_iter_no_change = c->n_iter_no_change;
    o.sklearn_gradient = true;
    return o;
}

static pensel_samples samples_of(const parity_case *c)
{
    return (pensel_samples){
        .x = {x, N, INPUTS, PENSEL_FLOAT64},
        .y = {y_of[c->task], N, outputs_of[c->task], PENSEL_FLOAT64},
        .weights = {c->weighted ? weights : NULL, c->weighted ? N : 0, 1, PENSEL_FLOAT64},
    };
}

static size_t layers_of(const parity_case *c, pensel_layer layers[5])
{
    for (size_t l = 0; l < c->hidden_count; l++)
        layers[l] = (pensel_layer){.width = c->hidden[l], .activation = c->activation};
    layers[c->hidden_count] =
        (pensel_layer){.width = outputs_of[c->task], .activation = output_activation(c->task)};
    return c->hidden_count + 1;
}

static double number(const void *data, pensel_precision precision, size_t i)
{
    return precision == PENSEL_FLOAT32 ? (double)((const float *)data)[i]
                                       : ((const double *)data)[i];
}

/* A line search of lbfgs magnifies rounding. */
static double loss_bound(const parity_case *c)
{
    if (c->solver == PENSEL_LBFGS) return 1e-6;
    return c->precision == PENSEL_FLOAT32 ? 1e-3 : 1e-9;
}

static void follows(const parity_case *c, const char *what, const double *got, size_t got_count,
                    const double *expected, size_t count)
{
    double bound = loss_bound(c);
    if (got_count != count)
        fail_msg("%s has %zu epochs: %zu would be right", what, got_count, count);
    for (size_t e = 0; e < count; e++)
        if (!(fabs(got[e] - expected[e]) <= bound * fabs(expected[e])))
            fail_msg("%s after epoch %zu is %.17g: %.17g would be right", what, e + 1, got[e],
                     expected[e]);
}

static void report_follows(const parity_case *c, const pensel_report *report)
{
    follows(c, "the loss", report->loss_curve, report->loss_count, c->curve, c->curve_count);
    if (c->scores)
        follows(c, "the validation score", report->validation_scores, report->validation_count,
                c->scores, c->curve_count);
    assert_int_equal(report->epochs, c->curve_count);
}

static void predictions_follow(const parity_case *c, const void *got, pensel_precision precision)
{
    double bound = c->precision == PENSEL_FLOAT32 ? 2e-3 : 1e-8;
    if (c->solver == PENSEL_LBFGS) bound = 1e-4;
    for (size_t i = 0; i < SHOWN * outputs_of[c->task]; i++)
        assert_near(number(got, precision, i), c->last[i], bound);
}

static void network_follows(void **state)
{
    const parity_case *c = *state;
    pensel_error error;
    pensel_layer layers[5];
    pensel_shape shape = {.inputs = INPUTS, .layers = layers, .layer_count = layers_of(c, layers)};
    pensel_network *network;
    pensel_training *training;
    pensel_random random;
    pensel_training_options options = options_of(c);
    pensel_samples samples = samples_of(c);
    double last[SHOWN * 3];

    MUST(pensel_network_new(&network, &shape, c->precision, &error));
    pensel_random_seed(&random, c->seed);
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    assert_int_equal(pensel_network_parameter_count(network), c->start_count);
    const void *start = pensel_network_parameters_const(network);
    for (size_t i = 0; i < c->start_count; i++)
        if (number(start, c->precision, i) != c->start[i])
            fail_msg("start parameter %zu is %a: %a would be right", i,
                     number(start, c->precision, i), c->start[i]);

    MUST(pensel_training_new(&training, network, &options, &error));
    MUST(pensel_training_run(training, &samples, NULL, &random, &error));
    report_follows(c, pensel_training_report(training));
    MUST(pensel_network_predict(network, last, (pensel_matrix){x, SHOWN, INPUTS, PENSEL_FLOAT64}, 1,
                                &error));
    predictions_follow(c, last, c->precision);
    pensel_training_free(&training);
    pensel_network_free(&network);
}

/* What a user of the estimator gives for targets: class codes in place of one column per class. */
static pensel_samples user_samples(const parity_case *c, double codes[N])
{
    pensel_samples samples = samples_of(c);
    if (c->task != MULTICLASS) return samples;
    for (size_t s = 0; s < N; s++) {
        codes[s] = 0;
        for (size_t k = 1; k < outputs_of[MULTICLASS]; k++)
            if (y_multiclass[s * outputs_of[MULTICLASS] + k] == 1) codes[s] = (double)k;
    }
    samples.y = (pensel_matrix){codes, N, 1, PENSEL_FLOAT64};
    return samples;
}

static void ask(const pensel_estimator *estimator, const parity_case *c, double *answers)
{
    pensel_error error;
    pensel_matrix shown = {x, SHOWN, INPUTS, PENSEL_FLOAT64};
    if (!is_classification(c->task)) {
        MUST(pensel_estimator_predict(estimator, answers, shown, &error));
        return;
    }
    MUST(pensel_estimator_probabilities(estimator, answers, shown, &error));
    if (c->task == BINARY) /* the second class's of two */
        for (size_t s = 0; s < SHOWN; s++)
            answers[s] = answers[2 * s + 1];
}

static void estimator_follows(void **state)
{
    const parity_case *c = *state;
    pensel_error error;
    pensel_layer layers[5];
    double codes[N], answers[SHOWN * 3];
    pensel_samples samples = user_samples(c, codes);
    pensel_estimator *estimator;
    pensel_estimator_options options = pensel_estimator_defaults(
        is_classification(c->task) ? PENSEL_CLASSIFICATION : PENSEL_REGRESSION);
    options.hidden_count = layers_of(c, layers) - 1;
    options.hidden = layers;
    options.precision = c->precision;
    options.seed = c->seed;
    options.training = options_of(c);
    MUST(pensel_estimator_new(&estimator, &options, &error));
    MUST(pensel_estimator_fit(estimator, &samples, NULL, &error));
    report_follows(c, pensel_estimator_report(estimator));
    ask(estimator, c, answers);
    predictions_follow(c, answers, PENSEL_FLOAT64);
    pensel_estimator_free(&estimator);
}

/* The network's own training does not know that targets are classes, so it holds out samples
 * without regard to them; scikit-learn's classifiers keep the shares of the classes. */
static bool needs_estimator(const parity_case *c)
{
    return c->early && (c->task == BINARY || c->task == MULTICLASS);
}

int main(void)
{
    static struct CMUnitTest tests[2 * CASES];
    static char names[CASES][80];
    size_t count = 0;
    for (size_t i = 0; i < CASES; i++) {
        const parity_case *c = case_at(i);
        void *state = (void *)c;
        if (!needs_estimator(c))
            tests[count++] = (struct CMUnitTest){c->name, network_follows, NULL, NULL, state};
        snprintf(names[i], sizeof names[i], "%s_estimator", c->name);
        tests[count++] = (struct CMUnitTest){names[i], estimator_follows, NULL, NULL, state};
    }
    return _cmocka_run_group_tests("parity", tests, count, NULL, NULL);
}
