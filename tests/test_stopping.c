/* When a training stops, and with which network: scikit-learn's rules, written again and applied to
 * the curves that the training reports; the score of held-out samples, from its definition; goals,
 * interruptions, time and divergence; and every rule of the list. */
#include "oracle_network.h"

enum { N = 60, HELD = 24, INPUTS = 3, HIDDEN = 8, MOST_EPOCHS = 400 };

static double x[N * INPUTS], y[N], held_x[HELD * INPUTS], held_y[HELD];

static void draw(double *inputs, double *targets, size_t n, uint32_t seed, bool classes)
{
    pensel_random random;
    pensel_random_seed(&random, seed);
    for (size_t s = 0; s < n; s++) {
        for (size_t i = 0; i < INPUTS; i++)
            inputs[s * INPUTS + i] = pensel_random_uniform(&random, -1, 1);
        double noise = pensel_random_uniform(&random, -0.6, 0.6);
        targets[s] = sin(3 * inputs[s * INPUTS]) + inputs[s * INPUTS + 1] + noise;
        if (classes) targets[s] = targets[s] > 0;
    }
}

/* What the callback saw: the network after each epoch. */
typedef struct diary {
    double parameters[MOST_EPOCHS][HIDDEN * INPUTS + HIDDEN + HIDDEN + 1];
    double validation_losses[MOST_EPOCHS];
    size_t epochs;
    size_t goal, interrupt; /* epochs at which the callback asks for it; 0: never */
} diary;

static diary notes;

static pensel_verdict note(const pensel_progress *progress, void *data)
{
    (void)data;
    notes.validation_losses[notes.epochs] = progress->validation_loss;
    memcpy(notes.parameters[notes.epochs++], pensel_network_parameters_const(progress->network),
           sizeof notes.parameters[0]);
    return progress->epoch == notes.goal        ? PENSEL_GOAL_REACHED
           : progress->epoch == notes.interrupt ? PENSEL_INTERRUPT
                                                : PENSEL_CONTINUE;
}

typedef struct run {
    pensel_network *network;
    pensel_training *training;
    const pensel_report *report;
    double before[HIDDEN * INPUTS + HIDDEN + HIDDEN + 1];
} run;

static pensel_training_options settings(void)
{
    pensel_training_options o = pensel_training_defaults();
    o.learning_rate_init = 0.02;
    o.epochs = MOST_EPOCHS;
    o.batch_size = 16;
    o.threads = 1;
    o.on_epoch = note;
    return o;
}

static run train(const pensel_training_options *o, bool own_validation)
{
    const pensel_layer layers[] = {
        {HIDDEN, PENSEL_TANH, 0},
        {1, o->loss == PENSEL_LOG_LOSS ? PENSEL_LOGISTIC : PENSEL_IDENTITY, 0}};
    run r = {.network = oracle_draw(layers, 2, INPUTS, PENSEL_FLOAT64, 8)};
    pensel_error error;
    pensel_random random;
    bool classes = o->loss == PENSEL_LOG_LOSS;
    draw(x, y, N, 1, classes);
    draw(held_x, held_y, HELD, 2, classes);
    pensel_samples samples = {.x = {x, N, INPUTS, PENSEL_FLOAT64}, .y = {y, N, 1, PENSEL_FLOAT64}};
    pensel_samples held = {.x = {held_x, HELD, INPUTS, PENSEL_FLOAT64},
                           .y = {held_y, HELD, 1, PENSEL_FLOAT64}};
    notes.epochs = 0;
    memcpy(r.before, pensel_network_parameters_const(r.network), sizeof r.before);
    pensel_random_seed(&random, 3);
    MUST(pensel_training_new(&r.training, r.network, o, &error));
    MUST(pensel_training_run(r.training, &samples, own_validation ? &held : NULL, &random, &error));
    r.report = pensel_training_report(r.training);
    return r;
}

static void end(run *r)
{
    pensel_training_free(&r->training);
    pensel_network_free(&r->network);
    notes.goal = notes.interrupt = 0;
}

/* The first epoch after which more than `patience` in a row were not better than the best by tol:
 * a loss that falls, or a score that rises (sign -1). */
static size_t epoch_of_stop(const double *curve, size_t count, double sign, double tol,
                            size_t patience)
{
    double best = INFINITY;
    size_t idle = 0;
    for (size_t e = 0; e < count; e++) {
        idle = sign * curve[e] > best - tol ? idle + 1 : 0;
        if (sign * curve[e] < best) best = sign * curve[e];
        if (idle > patience) return e + 1;
    }
    return 0;
}

static void training_stops_when_the_loss_stands_still(void **state)
{
    static const struct {
        double tol;
        size_t patience;
    } cases[] = {{1e-2, 1}, {1e-2, 4}, {3e-3, 2}, {1e-3, 7}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pensel_training_options o = settings();
        o.tol = cases[i].tol;
        o.n_iter_no_change = cases[i].patience;
        run r = train(&o, false);
        assert_int_equal(r.report->stop, PENSEL_STOP_CONVERGED);
        assert_int_equal(r.report->loss_count, r.report->epochs);
        assert_int_equal(r.report->epochs, epoch_of_stop(r.report->loss_curve, r.report->loss_count,
                                                         1, o.tol, o.n_iter_no_change));
        assert_int_equal(r.report->no_improvement_count, o.n_iter_no_change + 1);
        double best = INFINITY;
        for (size_t e = 0; e < r.report->loss_count; e++)
            best = fmin(best, r.report->loss_curve[e]);
        assert_true(r.report->best_loss == best);
        end(&r);
    }
}

/* R2, or the share of right answers */
static double score_of(const double *parameters, bool classes)
{
    static oracle_network o;
    static oracle_pass pass;
    const pensel_layer layers[] = {{HIDDEN, PENSEL_TANH, 0},
                                   {1, classes ? PENSEL_LOGISTIC : PENSEL_IDENTITY, 0}};
    long double residual = 0, spread = 0, mean = 0, right = 0;
    o.shape = (pensel_shape){.inputs = INPUTS, .layers = layers, .layer_count = 2};
    o.count = HIDDEN * INPUTS + HIDDEN + HIDDEN + 1;
    for (size_t i = 0; i < o.count; i++)
        o.w[i] = parameters[i];
    for (size_t s = 0; s < HELD; s++)
        mean += held_y[s] / HELD;
    for (size_t s = 0; s < HELD; s++) {
        oracle_forward(&o, &pass, held_x + s * INPUTS);
        long double said = pass.a[2][0];
        residual += (said - held_y[s]) * (said - held_y[s]);
        spread += (held_y[s] - mean) * (held_y[s] - mean);
        right += (said > 0.5L) == (held_y[s] == 1);
    }
    return (double)(classes ? right / HELD : 1 - residual / spread);
}

/* The loss of the held-out samples by a network with these parameters, without a penalty */
static double held_loss(const double *parameters, pensel_loss loss)
{
    static oracle_network o;
    static long double unused[HIDDEN * INPUTS + HIDDEN + HIDDEN + 1];
    const pensel_layer layers[] = {
        {HIDDEN, PENSEL_TANH, 0},
        {1, loss == PENSEL_LOG_LOSS ? PENSEL_LOGISTIC : PENSEL_IDENTITY, 0}};
    oracle_problem problem = {.loss = oracle_loss_of(loss), .x = held_x, .y = held_y, .n = HELD};
    o.shape = (pensel_shape){.inputs = INPUTS, .layers = layers, .layer_count = 2};
    o.count = HIDDEN * INPUTS + HIDDEN + HIDDEN + 1;
    for (size_t i = 0; i < o.count; i++)
        o.w[i] = parameters[i];
    return (double)oracle_data_gradient(&o, &problem, unused);
}

static void early_stopping_keeps_the_best(void **state)
{
    (void)state;
    for (int classes = 0; classes < 2; classes++) {
        pensel_training_options o = settings();
        size_t best = 0;
        o.loss = classes ? PENSEL_LOG_LOSS : PENSEL_SQUARED_ERROR;
        o.early_stopping = true;
        o.tol = 1e-3;
        o.n_iter_no_change = 5;
        o.alpha = 0;
        run r = train(&o, true);
        const double *scores = r.report->validation_scores;
        assert_int_equal(r.report->stop, PENSEL_STOP_CONVERGED);
        assert_int_equal(r.report->validation_count, r.report->epochs);
        assert_int_equal(r.report->epochs, epoch_of_stop(scores, r.report->validation_count, -1,
                                                         o.tol, o.n_iter_no_change));
        for (size_t e = 0; e < r.report->epochs; e++) {
            assert_near(scores[e], score_of(notes.parameters[e], classes), 1e-12);
            assert_near(notes.validation_losses[e], held_loss(notes.parameters[e], o.loss), 1e-12);
            if (scores[e] > scores[best]) best = e;
        }
        assert_true(best + 1 < r.report->epochs);
        assert_true(r.report->best_validation_score == scores[best]);
        assert_memory_equal(pensel_network_parameters_const(r.network), notes.parameters[best],
                            sizeof notes.parameters[0]);
        end(&r);
    }
}

/* The loss of held-out samples is their weighted mean. */
static void held_out_samples_weigh_in_their_loss(void **state)
{
    static oracle_network o;
    static long double unused[HIDDEN * INPUTS + HIDDEN + HIDDEN + 1];
    static double heavy[HELD];
    const pensel_layer layers[] = {{HIDDEN, PENSEL_TANH, 0}, {1, PENSEL_IDENTITY, 0}};
    pensel_training_options options = settings();
    pensel_error error;
    pensel_random random;
    (void)state;
    for (size_t s = 0; s < HELD; s++)
        heavy[s] = (double)(s % 5) / 2;
    options.epochs = 1;
    run r = train(&options, true);
    pensel_samples samples = {.x = {x, N, INPUTS, PENSEL_FLOAT64}, .y = {y, N, 1, PENSEL_FLOAT64}};
    pensel_samples held = {.x = {held_x, HELD, INPUTS, PENSEL_FLOAT64},
                           .y = {held_y, HELD, 1, PENSEL_FLOAT64},
                           .weights = {heavy, HELD, 1, PENSEL_FLOAT64}};
    oracle_problem problem = {.loss = oracle_loss_of(PENSEL_SQUARED_ERROR),
                              .x = held_x,
                              .y = held_y,
                              .weights = heavy,
                              .n = HELD};
    pensel_random_seed(&random, 3);
    MUST(pensel_training_run(r.training, &samples, &held, &random, &error));
    o.shape = (pensel_shape){.inputs = INPUTS, .layers = layers, .layer_count = 2};
    o.count = HIDDEN * INPUTS + HIDDEN + HIDDEN + 1;
    for (size_t i = 0; i < o.count; i++)
        o.w[i] = notes.parameters[1][i];
    assert_near(notes.validation_losses[1], oracle_data_gradient(&o, &problem, unused), 1e-12);
    end(&r);
}

/* A score of the program's own: it rises to the seventh epoch and falls from there. */
static double rise_and_fall(const pensel_network *network, void *data)
{
    size_t *epoch = data;
    assert_int_equal(pensel_network_shape(network)->layer_count, 2);
    ++*epoch;
    return *epoch <= 7 ? (double)*epoch : 14 - (double)*epoch;
}

static void a_score_of_ones_own_decides(void **state)
{
    (void)state;
    pensel_training_options o = settings();
    size_t asked = 0;
    o.early_stopping = true;
    o.tol = 0;
    o.n_iter_no_change = 4;
    o.score_function = rise_and_fall;
    o.score_function_data = &asked;
    run r = train(&o, true);
    assert_int_equal(r.report->stop, PENSEL_STOP_CONVERGED);
    assert_int_equal(r.report->epochs, 12);
    assert_int_equal(asked, 12);
    assert_true(r.report->best_validation_score == 7);
    assert_true(r.report->validation_scores[8] == 5);
    assert_near(notes.validation_losses[8], held_loss(notes.parameters[8], o.loss), 1e-12);
    assert_memory_equal(pensel_network_parameters_const(r.network), notes.parameters[6],
                        sizeof notes.parameters[0]);
    end(&r);
}

static void a_score_needs_validation_samples(void **state)
{
    (void)state;
    pensel_error error;
    pensel_training *training;
    const pensel_layer layers[] = {{1, PENSEL_IDENTITY, 0}};
    pensel_network *network = oracle_draw(layers, 1, INPUTS, PENSEL_FLOAT64, 8);
    for (int whole = 0; whole < 2; whole++) {
        pensel_training_options o = pensel_training_defaults();
        o.score_function = rise_and_fall;
        o.solver = whole ? PENSEL_LBFGS : PENSEL_ADAM;
        o.coarse_to_fine = !whole;
        assert_int_equal(pensel_training_new(&training, network, &o, &error), PENSEL_BAD_ARGUMENT);
        assert_non_null(strstr(error.text, "score_function"));
    }
    pensel_network_free(&network);
}

/* Without samples there is no loss of theirs. */
static void no_validation_no_loss_of_it(void **state)
{
    (void)state;
    pensel_training_options o = settings();
    o.epochs = 2;
    run r = train(&o, false);
    assert_true(isnan(notes.validation_losses[0]) && isnan(notes.validation_losses[1]));
    end(&r);
}

/* Without samples of its own, early stopping takes ceil(fraction n) of them, and trains on the
 * rest. */
static void a_share_of_the_samples_is_held_out(void **state)
{
    static const struct {
        double fraction;
        uint64_t taught;
    } cases[] = {{0.1, 54}, {0.25, 45}, {0.11, 53}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        pensel_training_options o = settings();
        o.early_stopping = true;
        o.validation_fraction = cases[i].fraction;
        o.epochs = 3;
        run r = train(&o, false);
        assert_int_equal(r.report->samples, 3 * cases[i].taught);
        assert_int_equal(r.report->validation_count, 3);
        end(&r);
    }
}

/* What has left the finite numbers is taken back to the beginning of its epoch. */
static void a_training_that_diverges_keeps_its_last_finite_network(void **state)
{
    (void)state;
    pensel_training_options o = settings();
    o.solver = PENSEL_SGD;
    o.learning_rate_init = 1e200;
    run r = train(&o, false);
    assert_int_equal(r.report->stop, PENSEL_STOP_DIVERGED);
    assert_memory_equal(pensel_network_parameters_const(r.network), r.before, sizeof r.before);
    end(&r);
}

/* ---- each rule of the list */

static int raised = 1;

static void four_epochs(pensel_training_options *o)
{
    o->epochs = 4;
}

/* After the first epoch nothing is an improvement. */
static void one_epoch_more(pensel_training_options *o)
{
    o->tol = 1e9;
    o->n_iter_no_change = 1;
}

static void no_time(pensel_training_options *o)
{
    o->max_seconds = 1e-9;
}

static void goal_of_three(pensel_training_options *o)
{
    (void)o;
    notes.goal = 3;
}

static void flag(pensel_training_options *o)
{
    o->interrupt = &raised;
}

static void far_steps(pensel_training_options *o)
{
    o->solver = PENSEL_SGD;
    o->learning_rate_init = 1e200;
}

/* In the list's order: a training that the rule ends, and after how many whole epochs and steps. An
 * epoch is 4 steps. */
static const struct stop {
    const char *name;
    void (*arrange)(pensel_training_options *o);
    size_t epochs, steps;
} stops[] = {
    {"not run", NULL, 0, 0},        {"converged", one_epoch_more, 3, 12},
    {"epochs", four_epochs, 4, 16}, {"seconds", no_time, 0, 1},
    {"goal", goal_of_three, 3, 12}, {"interrupted", flag, 0, 1},
    {"diverged", far_steps, 0, 2},
};

static void every_rule_ends_a_training(void **state)
{
    size_t count = sizeof stops / sizeof *stops;
    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct stop *stop = &stops[i];
        pensel_training_options o = settings();
        assert_string_equal(pensel_stop_name((pensel_stop)i), stop->name);
        assert_string_equal(pensel_stop_describe((pensel_stop)i)->name, stop->name);
        assert_true(pensel_stop_describe((pensel_stop)i)->sentence[0]);
        if (!stop->arrange) continue;
        stop->arrange(&o);
        run r = train(&o, false);
        assert_int_equal(r.report->stop, i);
        assert_int_equal(r.report->epochs, stop->epochs);
        assert_int_equal(r.report->steps, stop->steps);
        end(&r);
    }
    assert_null(pensel_stop_name((pensel_stop)count));
    assert_null(pensel_stop_describe((pensel_stop)count));
}

/* Epochs 2 and 3 are no better by a tol that large, so the rate falls from 4e-6 to 8e-7; 4 and 5
 * are no better either, and now the rate is below scikit-learn's bound of 1e-6. */
static void adaptive_ends_below_its_smallest_rate(void **state)
{
    pensel_training_options o = settings();
    (void)state;
    o.solver = PENSEL_SGD;
    o.learning_rate = PENSEL_ADAPTIVE;
    o.learning_rate_init = 4e-6;
    o.tol = 1e9;
    o.n_iter_no_change = 1;
    run r = train(&o, false);
    assert_int_equal(r.report->stop, PENSEL_STOP_CONVERGED);
    assert_int_equal(r.report->epochs, 5);
    assert_near(r.report->learning_rate, 4e-6 / 5, 1e-20);
    end(&r);
}

static double rate_of_first_batch;

static pensel_verdict note_first_rate(const pensel_progress *progress, void *data)
{
    (void)data;
    if (rate_of_first_batch == 0) rate_of_first_batch = progress->learning_rate;
    return PENSEL_CONTINUE;
}

/* The end that a schedule must reach is the nearer one: of epochs and of seconds, earlier runs' as
 * well. Where half of the time has passed cosine is at half its rate or less, however fast the
 * machine; where the time is as good as endless it goes by epochs. */
static void a_schedule_reaches_the_nearer_end(void **state)
{
    pensel_training_options o = settings();
    pensel_error error;
    pensel_random random;
    (void)state;
    o.learning_rate = PENSEL_COSINE;
    o.epochs = 4;
    o.max_seconds = 1e9;
    run r = train(&o, false);
    /* an epoch is 4 steps, and the last one begins at 15 of 16 */
    assert_near(r.report->learning_rate, 0.01 * (1 + cos(acos(-1) * 15 / 16)), 1e-15);
    o.max_seconds = 2 * r.report->seconds;
    o.on_batch = note_first_rate;
    pensel_samples samples = {.x = {x, N, INPUTS, PENSEL_FLOAT64}, .y = {y, N, 1, PENSEL_FLOAT64}};
    pensel_random_seed(&random, 3);
    rate_of_first_batch = 0;
    MUST(pensel_training_configure(r.training, &o, &error));
    MUST(pensel_training_run(r.training, &samples, NULL, &random, &error));
    assert_true(rate_of_first_batch > 0 && rate_of_first_batch <= 0.01 * (1 + 1e-9));
    end(&r);
}

static pensel_verdict fifth_is_the_goal(const pensel_progress *progress, void *data)
{
    (void)data;
    return progress->steps == 5 ? PENSEL_GOAL_REACHED : PENSEL_CONTINUE;
}

/* Of an epoch of 4 steps; the second one is not finished. */
static void a_goal_may_be_reached_within_an_epoch(void **state)
{
    pensel_training_options o = settings();
    (void)state;
    o.on_batch = fifth_is_the_goal;
    run r = train(&o, false);
    assert_int_equal(r.report->stop, PENSEL_STOP_GOAL);
    assert_int_equal(r.report->steps, 5);
    assert_int_equal(r.report->epochs, 1);
    end(&r);
}

/* Where the loss decides, scores are looked at all the same. */
static void the_best_score_is_kept_without_early_stopping(void **state)
{
    pensel_training_options o = settings();
    double best = -INFINITY;
    (void)state;
    o.epochs = 30;
    o.tol = 0;
    run r = train(&o, true);
    assert_int_equal(r.report->validation_count, 30);
    for (size_t e = 0; e < 30; e++)
        best = fmax(best, score_of(notes.parameters[e], false));
    assert_true(best > r.report->validation_scores[0]);
    assert_near(r.report->best_validation_score, best, 1e-12);
    end(&r);
}

static int raised_at_second;

static pensel_verdict raise_at_second(const pensel_progress *progress, void *data)
{
    (void)data;
    if (progress->steps == 2) raised_at_second = 1;
    return PENSEL_CONTINUE;
}

/* An epoch that is cut short has the loss of what was seen of it. Steps of 1e-30 change nothing, so
 * that is the mean of the first two batches' losses of one network, of which 32 samples have the
 * gradient's loss. */
static void a_cut_epoch_has_the_loss_of_what_was_seen(void **state)
{
    pensel_training_options o = settings();
    double loss, gradient[HIDDEN * INPUTS + HIDDEN + HIDDEN + 1];
    pensel_error error;
    (void)state;
    raised_at_second = 0;
    o.alpha = 0;
    o.learning_rate_init = 1e-30;
    o.shuffle = false;
    o.interrupt = &raised_at_second;
    o.on_batch = raise_at_second;
    run r = train(&o, false);
    size_t seen = r.report->steps * o.batch_size;
    assert_int_equal(r.report->stop, PENSEL_STOP_INTERRUPTED);
    assert_in_range(seen, 32, 48);
    pensel_samples samples = {.x = {x, seen, INPUTS, PENSEL_FLOAT64},
                              .y = {y, seen, 1, PENSEL_FLOAT64}};
    MUST(pensel_network_gradient(r.network, &loss, gradient, &samples, &o, &error));
    assert_near(r.report->loss, loss, 1e-14);
    end(&r);
}

/* Two at once: what happened to the run goes before what it has achieved. */
static void the_later_rule_is_heard(void **state)
{
    pensel_training_options o = settings();
    (void)state;
    o.interrupt = &raised;
    o.max_seconds = 1e-9;
    run r = train(&o, false);
    assert_int_equal(r.report->stop, PENSEL_STOP_INTERRUPTED);
    end(&r);
    o = settings();
    notes.goal = 3;
    one_epoch_more(&o);
    r = train(&o, false);
    assert_int_equal(r.report->stop, PENSEL_STOP_GOAL);
    end(&r);
    notes.interrupt = 2;
    o = settings();
    r = train(&o, false);
    assert_int_equal(r.report->stop, PENSEL_STOP_INTERRUPTED);
    assert_int_equal(r.report->epochs, 2);
    end(&r);
}

/* L-BFGS has a loop of its own, and asks the same rules. */
static void lbfgs_asks_the_same_rules(void **state)
{
    pensel_training_options o = settings();
    (void)state;
    o.solver = PENSEL_LBFGS;
    notes.goal = 3;
    run r = train(&o, false);
    assert_int_equal(r.report->stop, PENSEL_STOP_GOAL);
    assert_int_equal(r.report->epochs, 3);
    end(&r);
    o.max_seconds = 1e-9;
    r = train(&o, false);
    assert_int_equal(r.report->stop, PENSEL_STOP_SECONDS);
    assert_int_equal(r.report->epochs, 1);
    end(&r);
    o.interrupt = &raised;
    r = train(&o, false);
    assert_int_equal(r.report->stop, PENSEL_STOP_INTERRUPTED);
    end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_stops_when_the_loss_stands_still),
        cmocka_unit_test(early_stopping_keeps_the_best),
        cmocka_unit_test(held_out_samples_weigh_in_their_loss),
        cmocka_unit_test(a_score_of_ones_own_decides),
        cmocka_unit_test(a_score_needs_validation_samples),
        cmocka_unit_test(no_validation_no_loss_of_it),
        cmocka_unit_test(a_share_of_the_samples_is_held_out),
        cmocka_unit_test(a_training_that_diverges_keeps_its_last_finite_network),
        cmocka_unit_test(every_rule_ends_a_training),
        cmocka_unit_test(adaptive_ends_below_its_smallest_rate),
        cmocka_unit_test(a_schedule_reaches_the_nearer_end),
        cmocka_unit_test(a_goal_may_be_reached_within_an_epoch),
        cmocka_unit_test(the_best_score_is_kept_without_early_stopping),
        cmocka_unit_test(a_cut_epoch_has_the_loss_of_what_was_seen),
        cmocka_unit_test(the_later_rule_is_heard),
        cmocka_unit_test(lbfgs_asks_the_same_rules),
    };
    return RUN(tests);
}
