/* The options of training, each with scikit-learn's name and default where scikit-learn has it. */
#include "message.h"
#include "train.h"

#include <glib.h>
#include <math.h>
#include <string.h>

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
    pensel_option number = *o;
    number.name = "learning-rate-init";
    return pensel_read_row(g_ascii_isalpha(text[0]) ? o : &number, text, error);
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
    const pensel_option own[] = {
        {.name = "balanced",
         .target = &e->balanced,
         .help = "all classes count the same, however many samples they have"},
        {0}};
    fill(options, own, sizeof own);
    train->training = (pensel_row_target){&e->training, pensel_training_table()};
    pensel_options_append(options, PENSEL_TRAIN_OPTIONS, &train->training);
    for (pensel_option *o = options; o->name; o++) {
        if (strcmp(o->name, "learning-rate")) continue;
        o->read = read_rate;
        o->argument = "R|HOW";
    }
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
