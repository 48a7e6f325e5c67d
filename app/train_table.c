/* The options of training, each with scikit-learn's name and default where scikit-learn has it. */
#include "train.h"

#include <glib.h>
#include <string.h>

/* scikit-learn's learning_rate is a schedule, but most people expect a number here. Both are
 * accepted. */
static pensel_status read_rate(const pensel_option *o, const char *text, pensel_error *error)
{
    pensel_option number = *o;
    number.name = "learning-rate-init";
    return pensel_read_row(g_ascii_isalpha(text[0]) ? o : &number, text, error);
}

static const char *schedule(size_t i)
{
    return pensel_schedule_name((pensel_schedule)i);
}

static void fill(pensel_option *options, const pensel_option *table, size_t size)
{
    g_assert(size <= PENSEL_TRAIN_OPTIONS * sizeof *options);
    memcpy(options, table, size);
}

#define TEXT pensel_read_text
#define CHOICE pensel_read_choice

void pensel_train_network_table(pensel_option *options, pensel_train *train)
{
    static const char *const elsewhere[] = {"task",          "scale_inputs", "scale",
                                            "scale_targets", "balanced",     NULL};
    const pensel_option own[] = {
        {"hidden", 0, pensel_read_widths, &train->hidden, "LAYERS",
         "100x10 (ten layers of 100), 100,50,20 or none", 0, 0, NULL},
        {"activation", 0, TEXT, &train->activation, "F[,F...]",
         "of the hidden layers, or one for each: relu, tanh, leaky-relu:0.2...", 0, 0, NULL},
        {0}};
    fill(options, own, sizeof own);
    train->network = (pensel_row_target){train->estimator, pensel_estimator_table()};
    pensel_options_append(options, PENSEL_TRAIN_OPTIONS, &train->network, elsewhere);
}

void pensel_train_list_option(pensel_option *options, pensel_train *train)
{
    size_t count = 0;
    while (options[count].name)
        count++;
    g_assert(count + 2 <= PENSEL_TRAIN_OPTIONS);
    options[count] = (pensel_option){
        .name = "layers",
        .read = TEXT,
        .target = &train->list,
        .argument = "LIST",
        .help = "hidden layers of any kind, such as \"dense:64:relu, layer-norm, dense:32:relu\""};
    options[count + 1] = (pensel_option){0};
}

void pensel_train_table(pensel_option *options, pensel_train *train)
{
    options[0] = (pensel_option){0};
    pensel_options_row(options, PENSEL_TRAIN_OPTIONS, &train->network, "balanced");
    train->training = (pensel_row_target){&train->estimator->training, pensel_training_table()};
    pensel_options_append(options, PENSEL_TRAIN_OPTIONS, &train->training, NULL);
    for (pensel_option *o = options; o->name; o++) {
        if (strcmp(o->name, "learning-rate") != 0) continue;
        o->read = read_rate;
        o->argument = "R|HOW";
        o->choice = schedule;
    }
}

void pensel_train_encoding_table(pensel_option *options, pensel_train *train)
{
    /* what the picture decides, and two names that are too short here */
    static const char *const settled[] = {"rows", "columns", "depth", "periodic",
                                          "seed", "kind",    "scale", NULL};
    options[0] = (pensel_option){0};
    train->encoding = (pensel_row_target){&train->estimator->encoding, pensel_encoding_table()};
    pensel_options_append(options, PENSEL_TRAIN_OPTIONS, &train->encoding, settled);
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
        {"watch", 0, NULL, &train->follow.watch, NULL,
         "show the training in the browser, in the studio's page", 0, 0, NULL},
        {"no-browser", 0, NULL, &train->follow.no_browser, NULL,
         "with --watch: print the address and open nothing", 0, 0, NULL},
        {"json", 0, NULL, &train->json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &train->quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    fill(options, table, sizeof table);
}
