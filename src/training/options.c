/* Training options: defaults, names and valid values. */
#include "training/training.h"

#include "base/error.h"

#include <math.h>

pensel_training_options pensel_training_defaults(void)
{
    return (pensel_training_options){
        .solver = PENSEL_ADAM,
        .loss = PENSEL_SQUARED_ERROR,
        .alpha = 1e-4,
        .learning_rate = PENSEL_CONSTANT,
        .learning_rate_init = 1e-3,
        .power_t = 0.5,
        .epochs = 200,
        .shuffle = true,
        .tol = 1e-4,
        .momentum = 0.9,
        .nesterovs_momentum = true,
        .validation_fraction = 0.1,
        .beta_1 = 0.9,
        .beta_2 = 0.999,
        .epsilon = 1e-8,
        .n_iter_no_change = 10,
        .max_fun = 15000,
        .decay = 0.99,
        .huber_delta = 1,
    };
}

static const char *const losses[] = {
    [PENSEL_SQUARED_ERROR] = "squared-error",
    [PENSEL_LOG_LOSS] = "log-loss",
    [PENSEL_POISSON] = "poisson",
    [PENSEL_ABSOLUTE_ERROR] = "absolute-error",
    [PENSEL_HUBER] = "huber",
    [PENSEL_LOG_COSH] = "log-cosh",
};

static const char *const solvers[] = {
    [PENSEL_SGD] = "sgd",
    [PENSEL_ADAM] = "adam",
    [PENSEL_LBFGS] = "lbfgs",
};

static const char *const schedules[] = {
    [PENSEL_CONSTANT] = "constant",
    [PENSEL_INVSCALING] = "invscaling",
    [PENSEL_ADAPTIVE] = "adaptive",
    [PENSEL_COSINE] = "cosine",
    [PENSEL_EXPONENTIAL_DECAY] = "exponential",
};

static const char *const stops[] = {
    [PENSEL_STOP_NOT_RUN] = "not run",   [PENSEL_STOP_CONVERGED] = "converged",
    [PENSEL_STOP_EPOCHS] = "epochs",     [PENSEL_STOP_SECONDS] = "seconds",
    [PENSEL_STOP_GOAL] = "goal",         [PENSEL_STOP_INTERRUPTED] = "interrupted",
    [PENSEL_STOP_DIVERGED] = "diverged",
};

#define NAME_OF(table, index) \
    ((unsigned)(index) < sizeof(table) / sizeof *(table) ? (table)[index] : NULL)

const char *pensel_loss_name(pensel_loss loss)
{
    return NAME_OF(losses, loss);
}

const char *pensel_solver_name(pensel_solver solver)
{
    return NAME_OF(solvers, solver);
}

const char *pensel_schedule_name(pensel_schedule schedule)
{
    return NAME_OF(schedules, schedule);
}

const char *pensel_stop_name(pensel_stop stop)
{
    return NAME_OF(stops, stop);
}

/* A numeric option and the interval it must lie in. */
typedef struct range {
    const char *name;
    double value, low, high;
    bool low_open, high_open;
} range;

static bool holds(const range *r)
{
    bool above = r->low_open ? r->value > r->low : r->value >= r->low;
    bool below = r->high_open ? r->value < r->high : r->value <= r->high;
    return above && below;
}

static pensel_status check_range(const range *r, pensel_error *error)
{
    if (holds(r)) return PENSEL_OK;
    PENSEL_REQUIRE(!isinf(r->high), BAD_ARGUMENT, "%s is %g: a finite number %s %g is needed",
                   r->name, r->value, r->low_open ? "above" : "of at least", r->low);
    return pensel_fail(error, PENSEL_BAD_ARGUMENT, "%s is %g: a number in %c%g, %g%c is needed",
                       r->name, r->value, r->low_open ? '(' : '[', r->low, r->high,
                       r->high_open ? ')' : ']');
}

static pensel_status check_choices(const pensel_training_options *o, pensel_error *error)
{
    PENSEL_REQUIRE(pensel_solver_name(o->solver), BAD_ARGUMENT,
                   "solver number %d: use sgd, adam or lbfgs", (int)o->solver);
    PENSEL_REQUIRE(pensel_loss_name(o->loss), BAD_ARGUMENT,
                   "loss number %d: known ones are 0 to %d", (int)o->loss, PENSEL_LOSS_COUNT - 1);
    PENSEL_REQUIRE(pensel_schedule_name(o->learning_rate), BAD_ARGUMENT,
                   "learning-rate schedule number %d: known ones are 0 to %d",
                   (int)o->learning_rate, PENSEL_SCHEDULE_COUNT - 1);
    PENSEL_REQUIRE(o->epochs != 0, BAD_ARGUMENT, "0 epochs: 1 or more are needed");
    PENSEL_REQUIRE(o->n_iter_no_change != 0, BAD_ARGUMENT,
                   "n_iter_no_change is 0: 1 or more is needed");
    return PENSEL_OK;
}

pensel_status pensel_training_check(const pensel_training_options *o, pensel_error *error)
{
    const range ranges[] = {
        {"alpha", o->alpha, 0, INFINITY, false, true},
        {"learning_rate_init", o->learning_rate_init, 0, INFINITY, true, true},
        {"power_t", o->power_t, 0, INFINITY, false, true},
        {"tol", o->tol, 0, INFINITY, false, true},
        {"momentum", o->momentum, 0, 1, false, false},
        {"validation_fraction", o->validation_fraction, 0, 1, false, true},
        {"beta_1", o->beta_1, 0, 1, false, true},
        {"beta_2", o->beta_2, 0, 1, false, true},
        {"epsilon", o->epsilon, 0, INFINITY, true, true},
        {"max_seconds", o->max_seconds, 0, INFINITY, false, true},
        {"weight_decay", o->weight_decay, 0, INFINITY, false, true},
        {"decay", o->decay, 0, 1, true, false},
        {"clip_norm", o->clip_norm, 0, INFINITY, false, true},
        {"average", o->average, 0, 1, false, true},
        {"dropout", o->dropout, 0, 1, false, true},
        {"huber_delta", o->huber_delta, 0, INFINITY, true, true},
    };
    PENSEL_TRY(check_choices(o, error));
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        PENSEL_TRY(check_range(&ranges[i], error));
    return PENSEL_OK;
}
