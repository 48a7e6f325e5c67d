/* A run, and the method by which it trains. Everything that is not about how an epoch is done is
 * the run's, and the same for every method: counts and curves of the report, when to stop, the
 * callback, the clock, checkpoints. An epoch is done
 *
 *     by batches and a solver that steps once for each         batches.c
 *     by a sweep over all pixels, coarse to fine               src/pyramid
 *
 * To add a method: a descriptor in a file of its own, and a function that calls pensel_run_epochs
 * with it. What it remembers between epochs beside the training's own state goes into
 * training->part, which is in every checkpoint. */
#ifndef PENSEL_TRAINING_RUN_H
#define PENSEL_TRAINING_RUN_H

#include "training/training.h"

typedef struct pensel_run pensel_run;

typedef struct pensel_method {
    /* Before the first epoch, after a checkpoint was loaded if there is one: checks that it fits,
     * makes what the epochs need. May set run->stop when there is nothing left to do. */
    pensel_status (*begin)(pensel_run *run);
    /* Trains from where the cursor stands to the end of the epoch or until run->stop is set, and
     * calls pensel_run_after_step after every step. *whole: the epoch is complete, and the report
     * has its loss and all samples, steps and the rate. */
    pensel_status (*epoch)(pensel_run *run, bool *whole);
    /* Whether nothing is left to learn; asked after the callback. NULL: there always is. */
    bool (*is_done)(const pensel_run *run);
    /* Checkpoints are written between epochs only: the method cannot resume within one. */
    bool saves_epochs;
} pensel_method;

struct pensel_run {
    const pensel_method *method;
    void *data; /* the method's own */
    pensel_training *training;
    pensel_samples validation; /* scored after each epoch; x.data NULL: none */
    pensel_random *random;
    pensel_error *error;
    double validation_loss; /* of this epoch; NaN: nobody asks for it */
    size_t epochs;          /* at most */
    double clock;           /* when the time that is counted last began */
    double saved;           /* seconds of training at the last checkpoint */
    pensel_stop stop;       /* NOT_RUN: go on */
};

/* The whole run; what it did is in the training's report, whatever the status. */
pensel_status pensel_run_epochs(pensel_run *run);

/* ------------------------------------------------ for methods */

/* Looks at the clock and at the interrupt flag: may set run->stop. */
void pensel_run_after_step(pensel_run *run);
/* Then calls on_batch, if there is one, with the loss of the step's batch, and obeys it. */
void pensel_run_notify_step(pensel_run *run, double loss);
/* Writes a checkpoint if the last one is old enough. */
pensel_status pensel_run_save_if_due(pensel_run *run);
/* How much of the run is over, from 0 to 1, by epochs or by seconds; `epoch` is the part of the
 * current epoch that is done. Schedules need it. */
double pensel_run_done(const pensel_run *run, double epoch);
/* Loads the checkpoint there is to resume, if any: training->cursor.resumed says so. */
pensel_status pensel_run_resume(pensel_run *run);
/* After an early stop the network shows its best, and training goes on from there; a moving average
 * is only shown, and training goes on from what it hides. */
void pensel_run_leave_result(pensel_training *training);
/* The report's curves are the training's. */
void pensel_run_publish(pensel_training *training);

#endif
