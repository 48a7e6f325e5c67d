/* What paint and fit share: the options of training, the layers they ask for, progress, the
 * history, its plot and checkpoints. */
#ifndef PENSEL_APP_TRAIN_H
#define PENSEL_APP_TRAIN_H

#include "layers.h"
#include "command_line.h"
#include "result.h"
#include "watch.h"

typedef struct pensel_train {
    pensel_estimator_options *estimator; /* borrowed: its defaults stand there before the parsing */
    pensel_row_target network, training, encoding; /* what the parsing fills */
    bool chosen;                                   /* the painter chooses what is not given */
    pensel_widths hidden;
    const char *activation; /* "relu", or one for each hidden layer */
    const char *list;       /* layers of any kind, in place of both and of an encoding */
    pensel_layer *layers;   /* what estimator->hidden points to once settled */
    pensel_watch watch;
    const char *history, *plot;
    const char *checkpoint_path, *resume;
    double every;
    pensel_checkpoint *checkpoint;
    bool complete; /* when it has converged there is nothing left to learn */
    bool json, quiet;
    pensel_follow_ask follow;
} pensel_train;

/* The options of watch and of follow have been read: who follows from here on? */
pensel_status pensel_train_follow(pensel_train *train, const char *command, const char *input,
                                  pensel_error *error);
/* Prints the result and frees it, warns if the training (report, or NULL) ended otherwise than
 * meant, and shows the end to those who follow. Returns the exit status. */
int pensel_train_finish(pensel_train *train, pensel_result *result, const pensel_report *report);
/* The same with an error. */
int pensel_train_fail(pensel_train *train, const pensel_error *error);

#define PENSEL_TRAIN_OPTIONS 48 /* room enough for each table */

/* Writes the tables, which end with a zeroed option, into arrays of PENSEL_TRAIN_OPTIONS. */
void pensel_train_network_table(pensel_option *options, pensel_train *train);
/* Adds --layers to the network's. */
void pensel_train_list_option(pensel_option *options, pensel_train *train);
void pensel_train_table(pensel_option *options, pensel_train *train);
void pensel_train_encoding_table(pensel_option *options, pensel_train *train);
void pensel_train_report_table(pensel_option *options, pensel_train *train);

/* After the parsing: layers, interrupt, callback and checkpoint go into the estimator's options,
 * and the outputs are checked. */
pensel_status pensel_train_settle(pensel_train *train, const pensel_arguments *arguments,
                                  pensel_error *error);
/* An option that stands on the command line and has no effect with the others, such as --momentum
 * with adam, or a loss of regression where the task is (or turned out to be) classification. */
pensel_status pensel_train_check_options(const pensel_train *train,
                                         const pensel_arguments *arguments, pensel_error *error);
/* The history and its plot; then the figures of the report into the result. */
pensel_status pensel_train_files(const pensel_train *train, pensel_error *error);
void pensel_train_print(const pensel_train *train, pensel_result *result,
                        const pensel_report *report);
/* The error ended a training, and yet what was learned until then is in the file `save`. */
void pensel_train_print_kept(const char *save, pensel_error *error);
void pensel_train_free(pensel_train *train);

#endif
