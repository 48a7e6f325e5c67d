/* The options of training, each with scikit-learn's name and default where scikit-learn has it. */
#include "message.h"
#include "train.h"

#include <glib.h>
#include <math.h>
#include <string.h>

static const char *solver(size_t i)
{
    return pensel_solver_name((pensel_solver)i);
}
static const char *schedule(size_t i)
{
    return pensel_schedule_name((pensel_schedule)i);
}
static const char *loss(size_t i)
{
    return pensel_loss_name((pensel_loss)i);
}
static const char *encoding(size_t i)
{
    return pensel_encoding_name((pensel_encoding_kind)i);
}

static const char *task(size_t i)
{
    static const char *const names[] = {"regression", "classification"};
    return i < G_N_ELEMENTS(names) ? names[i] : NULL;
}

static const char *precision(size_t i)
{
    static const char *const names[] = {"float32", "float64", "bfloat16"};
    return i < G_N_ELEMENTS(names) ? names[i] : NULL;
}

static const char *initialisation(size_t i)
{
    static const char *const names[] = {"glorot", "he", "siren"};
    return i < G_N_ELEMENTS(names) ? names[i] : NULL;
}

/* scikit-learn's learning_rate is a schedule, but most people expect a number here. Both are
 * accepted. */
static pensel_status read_rate(const pensel_option *o, const char *text, pensel_error *error)
{
    pensel_training_options *t = o->target;
    pensel_option number = *o, name = *o;
    number.target = &t->learning_rate_init;
    name.target = &t->learning_rate;
    name.choice = schedule;
    if (g_ascii_isalpha(text[0])) return pensel_read_choice(&name, text, error);
    return pensel_read_number(&number, text, error);
}

static void fill(pensel_option *options, const pensel_option *table, size_t size)
{
    g_assert(size <= PENSEL_TRAIN_OPTIONS * sizeof *options);
    memcpy(options, table, size);
}

#define NUMBER pensel_read_number
#define COUNT pensel_read_count
#define TEXT pensel_read_text
#define CHOICE pensel_read_choice
#define SWITCH pensel_read_switch

void pensel_train_network_table(pensel_option *options, pensel_train *train)
{
    pensel_estimator_options *e = train->estimator;
    const pensel_option table[] = {
        {"as", 0, CHOICE, &e->task, "TASK", "regression or classification", 0, 0, task},
        {"hidden", 0, pensel_read_widths, &train->hidden, "LAYERS",
         "100x10 (ten layers of 100), 100,50,20 or none", 0, 0, NULL},
        {"activation", 0, TEXT, &train->activation, "F[,F...]",
         "of the hidden layers, or one for each: relu, tanh, leaky-relu:0.2...", 0, 0, NULL},
        {"precision", 0, CHOICE, &e->precision, "P", "float32, float64 or bfloat16", 0, 0,
         precision},
        {"initialisation", 0, CHOICE, &e->initialisation, "HOW",
         "initial weights: glorot (as scikit-learn), he, siren", 0, 0, initialisation},
        {"seed", 0, pensel_read_seed, &e->seed, "S", "for everything random, like random_state (0)",
         0, 0, NULL},
        {"random-state", 0, pensel_read_seed, &e->seed, "S", "same as --seed", 0, 0, NULL},
        {0}};
    fill(options, table, sizeof table);
}

void pensel_train_table(pensel_option *options, pensel_train *train)
{
    pensel_estimator_options *e = train->estimator;
    pensel_training_options *t = &e->training;
    const pensel_option table[] = {
        {"epochs", 0, COUNT, &t->epochs, "N", "at most this many passes over the samples (200)", 1,
         0, NULL},
        {"max-iter", 0, COUNT, &t->epochs, "N", "same as --epochs", 1, 0, NULL},
        {"seconds", 0, pensel_read_duration, &t->max_seconds, "TIME",
         "stop after this time: 5, 5s, 2m, 1h", 0, 0, NULL},
        {"solver", 0, CHOICE, &t->solver, "S", "sgd, adam or lbfgs (adam)", 0, 0, solver},
        {"batch", 0, COUNT, &t->batch_size, "N", "samples per step; 0: min(200, samples) (0)", 0, 0,
         NULL},
        {"batch-size", 0, COUNT, &t->batch_size, "N", "same as --batch", 0, 0, NULL},
        {"learning-rate", 0, read_rate, t, "R",
         "a number, or constant, invscaling, adaptive, cosine, exponential", 0, 0, NULL},
        {"learning-rate-init", 0, NUMBER, &t->learning_rate_init, "R",
         "size of the first step (0.001)", 0, 0, NULL},
        {"loss", 0, CHOICE, &t->loss, "L",
         "squared-error, poisson, absolute-error, huber or log-cosh (squared-error)", 0, 0, loss},
        {"alpha", 0, NUMBER, &t->alpha, "A", "strength of the L2 penalty (0.0001)", 0, 0, NULL},
        {"power-t", 0, NUMBER, &t->power_t, "P", "exponent of invscaling (0.5)", -INFINITY, 0,
         NULL},
        {"shuffle", 0, SWITCH, &t->shuffle, "true|false", "new order in every epoch (true)", 0, 0,
         NULL},
        {"tol", 0, NUMBER, &t->tol, "T", "smallest improvement of the loss that counts (0.0001)", 0,
         0, NULL},
        {"n-iter-no-change", 0, COUNT, &t->n_iter_no_change, "N",
         "stop after this many epochs without improvement (10)", 1, 0, NULL},
        {"momentum", 0, NUMBER, &t->momentum, "M", "sgd's (0.9)", 0, 1, NULL},
        {"nesterovs-momentum", 0, SWITCH, &t->nesterovs_momentum, "true|false", "sgd's (true)", 0,
         0, NULL},
        {"early-stopping", 0, NULL, &t->early_stopping, NULL,
         "hold out samples, stop by their score, keep the best", 0, 0, NULL},
        {"validation-fraction", 0, NUMBER, &t->validation_fraction, "F", "share held out (0.1)", 0,
         1, NULL},
        {"beta-1", 0, NUMBER, &t->beta_1, "B", "adam's (0.9)", 0, 1, NULL},
        {"beta-2", 0, NUMBER, &t->beta_2, "B", "adam's (0.999)", 0, 1, NULL},
        {"epsilon", 0, NUMBER, &t->epsilon, "E", "adam's (1e-8)", 0, 0, NULL},
        {"max-fun", 0, COUNT, &t->max_fun, "N", "lbfgs: most evaluations (15000)", 1, 0, NULL},
        {"weight-decay", 0, NUMBER, &t->weight_decay, "D", "decoupled, as in AdamW (0)", 0, 0,
         NULL},
        {"decay", 0, NUMBER, &t->decay, "D", "factor per epoch of the exponential schedule (0.99)",
         0, 1, NULL},
        {"clip-norm", 0, NUMBER, &t->clip_norm, "N",
         "scale longer gradients down to this; 0: off (0)", 0, 0, NULL},
        {"average", 0, NUMBER, &t->average, "D", "average the weights, with this decay (0: off)", 0,
         1, NULL},
        {"dropout", 0, NUMBER, &t->dropout, "F", "fraction of the hidden neurons dropped (0)", 0, 1,
         NULL},
        {"huber-delta", 0, NUMBER, &t->huber_delta, "D", "where huber becomes linear (1)", 0, 0,
         NULL},
        {"balanced", 0, NULL, &e->balanced, NULL,
         "all classes count the same, however many samples they have", 0, 0, NULL},
        {"compat", 0, NULL, &t->sklearn_gradient, NULL,
         "with several outputs, scikit-learn's gradient of the squared error", 0, 0, NULL},
        {"threads", 0, COUNT, &t->threads, "N", "0: all cores (0)", 0, 4096, NULL},
        {0}};
    fill(options, table, sizeof table);
}

void pensel_train_encoding_table(pensel_option *options, pensel_train *train)
{
    pensel_encoding *c = &train->estimator->encoding;
    const pensel_option table[] = {
        {"encoding", 0, CHOICE, &c->kind, "E", "raw, fourier, hashgrid or pyramid", 0, 0, encoding},
        {"features", 0, COUNT, &c->features, "N", "fourier: frequencies; grids: latents per level",
         1, 4096, NULL},
        {"frequency-scale", 0, NUMBER, &c->scale, "S", "fourier: spread of the frequencies", 0, 0,
         NULL},
        {"levels", 0, COUNT, &c->levels, "N", "grids: how many", 1, 32, NULL},
        {"table-log2", 0, COUNT, &c->table_log2, "N", "hashgrid: at most 2^N entries per level", 1,
         28, NULL},
        {"base-resolution", 0, COUNT, &c->base_resolution, "N",
         "hashgrid: cells per side, coarsest", 1, 0, NULL},
        {"fine-resolution", 0, COUNT, &c->fine_resolution, "N", "hashgrid: cells per side, finest",
         1, 0, NULL},
        {0}};
    fill(options, table, sizeof table);
}

void pensel_train_report_table(pensel_option *options, pensel_train *train)
{
    const pensel_option table[] = {
        {"history", 0, TEXT, &train->history, "FILE.csv", "one row of figures per epoch", 0, 0,
         NULL},
        {"plot", 0, TEXT, &train->plot, "FILE", "the learning curve as .svg, .png or .pdf", 0, 0,
         NULL},
        {"checkpoint", 0, TEXT, &train->checkpoint_path, "FILE",
         "save the complete state while training", 0, 0, NULL},
        {"every", 0, pensel_read_duration, &train->every, "TIME", "how often: 30s, 5m (30s)", 0, 0,
         NULL},
        {"resume", 0, TEXT, &train->resume, "FILE",
         "continue from a checkpoint, with the same options", 0, 0, NULL},
        {"progress", 0, CHOICE, &train->watch.when, "WHEN",
         "auto, always or never (auto: on a terminal)", 0, 0, pensel_watch_choice},
        {"json", 0, NULL, &train->json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &train->quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    fill(options, table, sizeof table);
}
