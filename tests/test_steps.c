/* Training step by step: solvers, schedules, penalty, clipping, decay and averages, written again
 * in long double from their papers and run beside the library from the same start. Losses and
 * learning rates must be equal after every epoch and the parameters at the end, by every
 * instruction set, on one thread and on two. And no solver or schedule is without its row here. */
#include "oracle_network.h"

enum { N = 43, INPUTS = 4, HIDDEN = 13, OUTPUTS = 2, EPOCHS = 9 };

/* ---- what is known about the run, and what the formulas change */

typedef struct runner {
    const pensel_training_options *o;
    oracle_network network;
    long double gradient[ORACLE_PARAMETERS], m[ORACLE_PARAMETERS], v[ORACLE_PARAMETERS];
    long double average[ORACLE_PARAMETERS];
    long double rate, unbias;     /* of this step; adam's factor for moments that began as 0 */
    size_t epoch, step, steps, t; /* done in this run; done in the epoch of `steps`; all */
    size_t samples;               /* seen so far */
    bool plateau;                 /* the epoch before was one too many without progress */
} runner;

/* Loshchilov & Hutter 2019, algorithms 1 and 2: what is taken from a weight besides */
static long double decay(const runner *r, size_t i)
{
    bool decays = oracle_is_weight(&r->network, i);
    return decays ? r->rate * r->o->weight_decay * r->network.w[i] : 0;
}

/* Sutskever et al. 2013, as scikit-learn writes it */
static long double sgd(runner *r, size_t i, long double g)
{
    r->m[i] = r->o->momentum * r->m[i] - r->rate * g;
    return (r->o->nesterovs_momentum ? r->o->momentum * r->m[i] - r->rate * g : r->m[i]) -
           decay(r, i);
}

/* Kingma & Ba 2015, the order of operations at the end of section 2 */
static long double adam(runner *r, size_t i, long double g)
{
    long double b1 = r->o->beta_1, b2 = r->o->beta_2;
    r->m[i] = b1 * r->m[i] + (1 - b1) * g;
    r->v[i] = b2 * r->v[i] + (1 - b2) * g * g;
    return -r->rate * r->unbias * r->m[i] / (sqrtl(r->v[i]) + r->o->epsilon) - decay(r, i);
}

static long double adam_unbias(const runner *r)
{
    long double t = (long double)r->t;
    return sqrtl(1 - powl(r->o->beta_2, t)) / (1 - powl(r->o->beta_1, t));
}

/* To add a solver: its row. A step returns what is added to parameter i, of gradient g. */
static const struct {
    const char *name;
    long double (*step)(runner *r, size_t i, long double g); /* NULL: lbfgs, below */
} solvers[] = {
    {"sgd", sgd},
    {"adam", adam},
    {"lbfgs", NULL},
};

static long double constant(const runner *r)
{
    return r->epoch == 0 ? r->o->learning_rate_init : r->rate;
}

/* scikit-learn's: of sgd alone */
static long double invscaling(const runner *r)
{
    if (r->o->solver != PENSEL_SGD || r->epoch == 0) return constant(r);
    return r->o->learning_rate_init / powl((long double)r->samples + 1, r->o->power_t);
}

static long double adaptive(const runner *r)
{
    return r->o->solver == PENSEL_SGD && r->plateau ? r->rate / 5 : constant(r);
}

/* Loshchilov & Hutter 2017, equation 5, with one period of all epochs, at every step */
static long double cosine(const runner *r)
{
    long double done = (r->epoch + (long double)r->step / r->steps) / r->o->epochs;
    return r->o->learning_rate_init * (1 + cosl(acosl(-1) * done)) / 2;
}

static long double exponential(const runner *r)
{
    return r->epoch == 0 ? r->o->learning_rate_init : r->rate * r->o->decay;
}

static long double inverse_time(const runner *r)
{
    long double decay = r->o->decay;
    return r->o->learning_rate_init / (1 + r->epoch * (1 - decay) / decay);
}

/* To add a schedule: its row. The rate is asked for before the first step of an epoch, and before
 * every one if `always`. */
static const struct {
    const char *name;
    long double (*rate)(const runner *r);
    bool always;
} schedules[] = {
    {"constant", constant, false},       {"invscaling", invscaling, false},
    {"adaptive", adaptive, false},       {"cosine", cosine, true},
    {"exponential", exponential, false}, {"inverse-time", inverse_time, false},
};

static size_t solver_row(pensel_solver solver)
{
    const char *name = pensel_solver_name(solver);
    for (size_t i = 0; i < sizeof solvers / sizeof *solvers; i++)
        if (name && strcmp(name, solvers[i].name) == 0) return i;
    fail_msg("solver %s has no row in tests/test_steps.c", name ? name : "(none)");
    return 0;
}

static size_t schedule_row(pensel_schedule schedule)
{
    const char *name = pensel_schedule_name(schedule);
    for (size_t i = 0; i < sizeof schedules / sizeof *schedules; i++)
        if (name && strcmp(name, schedules[i].name) == 0) return i;
    fail_msg("schedule %s has no row in tests/test_steps.c", name ? name : "(none)");
    return 0;
}

static void every_solver_and_schedule_has_its_row(void **state)
{
    (void)state;
    for (int i = 0; i < PENSEL_SOLVER_COUNT; i++)
        solver_row((pensel_solver)i);
    for (int i = 0; i < PENSEL_SCHEDULE_COUNT; i++)
        schedule_row((pensel_schedule)i);
    assert_int_equal(sizeof solvers / sizeof *solvers, PENSEL_SOLVER_COUNT);
    assert_int_equal(sizeof schedules / sizeof *schedules, PENSEL_SCHEDULE_COUNT);
}

/* ---- one epoch of the formulas */

static double x[N * INPUTS], y[N * OUTPUTS], weights[N];

static oracle_problem batch_of(const runner *r, const size_t *order, bool weighted)
{
    size_t size = r->o->batch_size, first = r->step * size;
    return (oracle_problem){.loss = oracle_loss_of(r->o->loss),
                            .delta = oracle_delta(r->o),
                            .alpha = r->o->alpha,
                            .x = x,
                            .y = y,
                            .weights = weighted ? weights : NULL,
                            .index = order + first,
                            .n = N - first < size ? N - first : size};
}

/* Pascanu et al. 2013, algorithm 1 */
static long double clip_scale(const runner *r)
{
    long double squares = 0;
    for (size_t i = 0; i < r->network.count; i++)
        squares += r->gradient[i] * r->gradient[i];
    return r->o->clip_norm > 0 && sqrtl(squares) > r->o->clip_norm
               ? r->o->clip_norm / sqrtl(squares)
               : 1;
}

static void take_step(runner *r, const oracle_problem *p)
{
    long double scale = clip_scale(r);
    const size_t solver = solver_row(r->o->solver);
    for (size_t i = 0; i < r->network.count; i++)
        r->gradient[i] *= scale;
    oracle_penalty(&r->network, p, r->gradient);
    r->t++;
    r->unbias = adam_unbias(r);
    for (size_t i = 0; i < r->network.count; i++) {
        r->network.w[i] += solvers[solver].step(r, i, r->gradient[i]);
        r->average[i] = r->o->average * r->average[i] + (1 - r->o->average) * r->network.w[i];
    }
}

/* Returns the loss of the epoch: before each step, by numbers of samples. */
static long double run_epoch(runner *r, const size_t *order, bool weighted)
{
    size_t schedule = schedule_row(r->o->learning_rate);
    long double sum = 0;
    r->steps = (N + r->o->batch_size - 1) / r->o->batch_size;
    for (r->step = 0; r->step < r->steps; r->step++) {
        oracle_problem p = batch_of(r, order, weighted);
        if (r->step == 0 || schedules[schedule].always) r->rate = schedules[schedule].rate(r);
        long double loss = oracle_data_gradient(&r->network, &p, r->gradient);
        sum += (loss + oracle_penalty(&r->network, &p, NULL)) * p.n;
        take_step(r, &p);
    }
    r->step = 0;
    r->epoch++;
    r->samples += N;
    return sum / N;
}

/* ---- the library beside it */

typedef struct test_case {
    const char *name;
    pensel_solver solver;
    pensel_schedule schedule;
    double rate, momentum;
    bool nesterov, shuffle, weighted;
    double alpha, clip_norm, weight_decay, average, tol;
    pensel_loss loss;
    size_t batch; /* 0: 8 */
} test_case;

static const test_case cases[] = {
    {.name = "sgd", .rate = 0.1},
    {.name = "sgd, penalty, shuffled", .rate = 0.1, .alpha = 0.2, .shuffle = true},
    {.name = "momentum", .rate = 0.05, .momentum = 0.9},
    {.name = "nesterov", .rate = 0.05, .momentum = 0.9, .nesterov = true},
    {.name = "nesterov, weighted",
     .rate = 0.05,
     .momentum = 0.7,
     .nesterov = true,
     .alpha = 0.3,
     .weighted = true},
    {.name = "clipped", .rate = 0.2, .momentum = 0.5, .alpha = 0.1, .clip_norm = 0.3},
    {.name = "hardly clipped", .rate = 0.02, .clip_norm = 1.5},
    {.name = "averaged", .rate = 0.1, .momentum = 0.8, .average = 0.9},
    {.name = "adaptive", .schedule = PENSEL_ADAPTIVE, .rate = 0.3, .momentum = 0.5, .tol = 0.05},
    {.name = "adam", .solver = PENSEL_ADAM, .rate = 0.01},
    {.name = "adam, penalty, weighted, shuffled",
     .solver = PENSEL_ADAM,
     .rate = 0.02,
     .alpha = 0.3,
     .weighted = true,
     .shuffle = true},
    {.name = "adamw", .solver = PENSEL_ADAM, .rate = 0.02, .weight_decay = 0.5},
    {.name = "adam, clipped and averaged",
     .solver = PENSEL_ADAM,
     .rate = 0.02,
     .clip_norm = 0.2,
     .average = 0.99,
     .alpha = 0.01},
    {.name = "adam, cosine",
     .solver = PENSEL_ADAM,
     .schedule = PENSEL_COSINE,
     .rate = 0.03,
     .weight_decay = 0.1},
    {.name = "sgdw", .rate = 0.1, .momentum = 0.5, .weight_decay = 0.4},
    {.name = "huber", .rate = 0.1, .loss = PENSEL_HUBER},
    /* Of 43 samples the last batch has one. */
    {.name = "batches of 6, nesterov", .rate = 0.02, .momentum = 0.5, .nesterov = true, .batch = 6},
    {.name = "one by one", .rate = 0.01, .batch = 1},
    {.name = "one by one, nesterov, penalty, weighted",
     .rate = 0.01,
     .momentum = 0.6,
     .nesterov = true,
     .alpha = 0.02,
     .weighted = true,
     .shuffle = true,
     .batch = 1},
    {.name = "one by one, sgdw, averaged",
     .rate = 0.02,
     .momentum = 0.3,
     .weight_decay = 0.1,
     .average = 0.9,
     .batch = 1},
    {.name = "one by one, clipped", .rate = 0.02, .clip_norm = 0.3, .batch = 1},
    {.name = "one by one, adam, penalty",
     .solver = PENSEL_ADAM,
     .rate = 0.003,
     .alpha = 0.01,
     .batch = 1},
    {.name = "one by one, adamw, huber, shuffled",
     .solver = PENSEL_ADAM,
     .schedule = PENSEL_COSINE,
     .rate = 0.002,
     .weight_decay = 0.3,
     .loss = PENSEL_HUBER,
     .shuffle = true,
     .batch = 1},
    {.name = "quantile", .rate = 0.1, .loss = PENSEL_QUANTILE},
    {.name = "one by one, quantile", .rate = 0.01, .loss = PENSEL_QUANTILE, .batch = 1},
};

static double rates[EPOCHS];

static pensel_verdict note_rate(const pensel_progress *progress, void *data)
{
    (void)data;
    rates[progress->epoch - 1] = progress->learning_rate;
    return PENSEL_CONTINUE;
}

static pensel_training_options options_of(const test_case *c, size_t threads)
{
    pensel_training_options o = pensel_training_defaults();
    o.solver = c->solver;
    o.learning_rate = c->schedule;
    o.learning_rate_init = c->rate;
    o.momentum = c->momentum;
    o.nesterovs_momentum = c->nesterov;
    o.shuffle = c->shuffle;
    o.alpha = c->alpha;
    o.clip_norm = c->clip_norm;
    o.weight_decay = c->weight_decay;
    o.average = c->average;
    o.loss = c->loss;
    o.tol = c->tol;
    o.epochs = EPOCHS;
    o.batch_size = c->batch ? c->batch : 8;
    o.beta_1 = 0.8;
    o.beta_2 = 0.95;
    o.epsilon = 1e-6;
    o.power_t = 0.6;
    o.decay = 0.7;
    o.huber_delta = 0.4;
    o.quantile = 0.8;
    o.threads = threads;
    o.on_epoch = note_rate;
    o.n_iter_no_change = c->schedule == PENSEL_ADAPTIVE && c->solver == PENSEL_SGD ? 1 : 100;
    return o;
}

/* scikit-learn's rule: more than n_iter_no_change epochs that are not better by tol */
static bool is_plateau(const double *losses, size_t epochs, const pensel_training_options *o)
{
    double best = INFINITY;
    size_t idle = 0;
    bool plateau = false;
    for (size_t i = 0; i < epochs; i++) {
        idle = losses[i] > best - o->tol ? idle + 1 : 0;
        best = fmin(best, losses[i]);
        plateau = idle > o->n_iter_no_change;
        if (plateau) idle = 0;
    }
    return plateau;
}

/* Runs the formulas from the same start, and compares each epoch as it ends. */
static void follow(runner *r, const test_case *c, const pensel_report *report, double bound)
{
    size_t order[N], schedule = schedule_row(r->o->learning_rate);
    pensel_random random;
    pensel_random_seed(&random, 17);
    for (size_t i = 0; i < N; i++)
        order[i] = i;
    assert_int_equal(report->loss_count, EPOCHS);
    for (size_t e = 0; e < EPOCHS; e++) {
        if (r->o->shuffle) pensel_random_shuffle(&random, order, N);
        long double loss = run_epoch(r, order, c->weighted), rate = r->rate;
        if (!(fabs(report->loss_curve[e] - (double)loss) <= bound))
            fail_msg("%s: loss %.17g in epoch %zu: %.17Lg is right", c->name, report->loss_curve[e],
                     e + 1, loss);
        r->plateau = is_plateau(report->loss_curve, e + 1, r->o);
        if (!schedules[schedule].always) rate = schedules[schedule].rate(r);
        if (!(fabs(rates[e] - (double)rate) <= 1e-14))
            fail_msg("%s: rate %.17g after epoch %zu: %.17Lg is right", c->name, rates[e], e + 1,
                     rate);
    }
    assert_int_equal(report->steps, r->t);
    assert_int_equal(report->samples, r->samples);
}

static double number_of(const pensel_network *network, size_t i)
{
    const void *w = pensel_network_parameters_const(network);
    return pensel_network_precision(network) == PENSEL_FLOAT64 ? ((const double *)w)[i]
                                                               : (double)((const float *)w)[i];
}

static void check_case(const test_case *c, pensel_precision precision, size_t threads, double bound)
{
    static runner r;
    /* For single samples layers of some vectors and a part */
    bool row = c->batch == 1;
    const pensel_layer layers[] = {{row ? 53 : HIDDEN, PENSEL_TANH, 0},
                                   {row ? 21 : 7, PENSEL_SILU, 0},
                                   {OUTPUTS, PENSEL_IDENTITY, 0}};
    pensel_error error;
    pensel_random random;
    pensel_training *training;
    pensel_network *network = oracle_draw(layers, 3, INPUTS, precision, 8);
    pensel_training_options o = options_of(c, threads);
    pensel_samples samples = {.x = {x, N, INPUTS, PENSEL_FLOAT64},
                              .y = {y, N, OUTPUTS, PENSEL_FLOAT64}};
    if (c->weighted) samples.weights = (pensel_matrix){weights, N, 1, PENSEL_FLOAT64};
    memset(&r, 0, sizeof r);
    r.o = &o;
    oracle_take(&r.network, network);
    memcpy(r.average, r.network.w, sizeof r.average);
    pensel_random_seed(&random, 17);
    MUST(pensel_training_new(&training, network, &o, &error));
    MUST(pensel_training_run(training, &samples, NULL, &random, &error));
    follow(&r, c, pensel_training_report(training), bound);
    for (size_t i = 0; i < r.network.count; i++) {
        double right = (double)(o.average > 0 ? r.average[i] : r.network.w[i]);
        if (!(fabs(number_of(network, i) - right) <= bound))
            fail_msg("%s: parameter %zu is %.17g: %.17g is right", c->name, i,
                     number_of(network, i), right);
    }
    pensel_training_free(&training);
    pensel_network_free(&network);
}

static void draw_samples(void)
{
    pensel_random random;
    pensel_random_seed(&random, 21);
    for (size_t s = 0; s < N; s++) {
        for (size_t i = 0; i < INPUTS; i++)
            x[s * INPUTS + i] = (double)(float)pensel_random_uniform(&random, -1.5, 1.5);
        for (size_t j = 0; j < OUTPUTS; j++)
            y[s * OUTPUTS + j] = (double)(float)(sin(2 * x[s * INPUTS + j]) + x[s * INPUTS + 3]);
        weights[s] = (double)(1 + s % 4) / 2;
    }
}

static void check_everywhere(const test_case *c)
{
    EVERY_ISA(turn)
    {
        check_case(c, PENSEL_FLOAT64, 1 + turn % 2, 1e-12);
        check_case(c, PENSEL_FLOAT32, 1 + turn % 2, 1e-4);
    }
}

static void steps_follow_their_formulas(void **state)
{
    (void)state;
    draw_samples();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_everywhere(&cases[i]);
}

/* Every solver that steps by batches with every schedule, penalty, decay and momentum. Rates that
 * stay as they are would prove nothing of a schedule: sgd's must bend. */
static void every_solver_follows_every_schedule(void **state)
{
    (void)state;
    draw_samples();
    for (size_t i = 0; i < PENSEL_SOLVER_COUNT; i++)
        for (int schedule = 0; schedule < PENSEL_SCHEDULE_COUNT && solvers[i].step; schedule++) {
            char name[80];
            pensel_solver solver = PENSEL_SGD;
            while (strcmp(pensel_solver_name(solver), solvers[i].name) != 0)
                solver++;
            snprintf(name, sizeof name, "%s, %s", solvers[i].name,
                     pensel_schedule_name((pensel_schedule)schedule));
            test_case c = {.name = name,
                           .solver = solver,
                           .schedule = (pensel_schedule)schedule,
                           .rate = solver == PENSEL_SGD ? 0.2 : 0.02,
                           .momentum = 0.5,
                           .alpha = 0.1,
                           .weight_decay = 0.1,
                           .tol = 0.05};
            check_everywhere(&c);
            if (solver != PENSEL_SGD || schedule == PENSEL_CONSTANT) continue;
            bool bent = false;
            for (size_t e = 0; e < EPOCHS; e++)
                bent = bent || fabs(rates[e] / c.rate - 1) > 0.01;
            assert_true(bent);
        }
}

/* ---- lbfgs: where it must end up, whatever its steps */

/* a (size, size) b = b by elimination; a is symmetric and positive definite */
static void solve(long double *a, long double *b, size_t size)
{
    for (size_t k = 0; k < size; k++)
        for (size_t i = k + 1; i < size; i++) {
            long double factor = a[i * size + k] / a[k * size + k];
            for (size_t j = k; j < size; j++)
                a[i * size + j] -= factor * a[k * size + j];
            b[i] -= factor * b[k];
        }
    for (size_t k = size; k-- > 0;) {
        for (size_t j = k + 1; j < size; j++)
            b[k] -= a[k * size + j] * b[j];
        b[k] /= a[k * size + k];
    }
}

/* Ridge regression has a solution: (X^T V X + alpha I) w = X^T V y, the bias without alpha. */
static void lbfgs_ends_at_the_solution(void **state)
{
    enum { SIZE = INPUTS + 1 };
    const pensel_layer layer = {1, PENSEL_IDENTITY, 0};
    long double a[SIZE * SIZE] = {0}, b[SIZE] = {0};
    double target[N];
    pensel_error error;
    pensel_random random;
    pensel_training *training;
    pensel_training_options o = pensel_training_defaults();
    (void)state;
    draw_samples();
    o.solver = PENSEL_LBFGS;
    o.alpha = 0.7;
    o.tol = 1e-11;
    o.epochs = 500;
    for (size_t s = 0; s < N; s++) {
        target[s] = y[s * OUTPUTS];
        for (size_t i = 0; i < SIZE; i++) {
            long double xi = i < INPUTS ? x[s * INPUTS + i] : 1;
            b[i] += weights[s] * xi * target[s];
            for (size_t j = 0; j < SIZE; j++)
                a[i * SIZE + j] += weights[s] * xi * (j < INPUTS ? x[s * INPUTS + j] : 1);
        }
    }
    for (size_t i = 0; i < INPUTS; i++)
        a[i * SIZE + i] += o.alpha;
    solve(a, b, SIZE);
    pensel_network *network = oracle_draw(&layer, 1, INPUTS, PENSEL_FLOAT64, 8);
    pensel_samples samples = {.x = {x, N, INPUTS, PENSEL_FLOAT64},
                              .y = {target, N, 1, PENSEL_FLOAT64},
                              .weights = {weights, N, 1, PENSEL_FLOAT64}};
    pensel_random_seed(&random, 1);
    MUST(pensel_training_new(&training, network, &o, &error));
    MUST(pensel_training_run(training, &samples, NULL, &random, &error));
    for (size_t i = 0; i < SIZE; i++)
        assert_near(number_of(network, i), (double)b[i], 3e-6); /* the loss is flat to 1e-14 */
    pensel_training_free(&training);
    pensel_network_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_solver_and_schedule_has_its_row),
        cmocka_unit_test(steps_follow_their_formulas),
        cmocka_unit_test(every_solver_follows_every_schedule),
        cmocka_unit_test(lbfgs_ends_at_the_solution),
    };
    return RUN(tests);
}
