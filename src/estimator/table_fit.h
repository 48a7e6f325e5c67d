/* A model of a table while it is being trained.
 *
 *   table_fit.c          the plan, the parts, the networks
 *   table_rows.c         which rows are whose
 *   table_held.c         what held-out rows say: temperature, share of the linear model, figures
 *   table_importance.c   which columns matter
 *   table_kept.c         answers and losses for whoever looks closer */
#ifndef PENSEL_ESTIMATOR_TABLE_FIT_H
#define PENSEL_ESTIMATOR_TABLE_FIT_H

#include "estimator/table_model.h"

#include <stdatomic.h>

typedef struct pensel_table_fit {
    pensel_table_model *model;
    const pensel_table_model_options *options;
    pensel_table_target target;
    size_t n, width, outputs, parts, deep, jobs; /* jobs: deep networks, then linear ones */
    bool rotates;                                /* each part is held out once */
    size_t *part;                                /* (n) */
    float *x, *y;                                /* (n, width), (n, outputs) */
    pensel_table_member *members;                /* (jobs) */
    float **blocks;                              /* (jobs) what is each one's own */
    size_t **held;                               /* (jobs) its held-out rows */
    double begun, end;                           /* by pensel_clock */
    size_t threads;
    atomic_size_t epochs_done;
    atomic_flag reports; /* a thread is calling on_progress */
    size_t epochs_all;
    double *out, *linear, *truth; /* of held-out rows: (held_out, outputs), and (held_out) */
    size_t held_out;
} pensel_table_fit;

/* Deals the rows out to parts, like cards. */
pensel_status pensel_table_fit_deal(pensel_table_fit *fit, pensel_error *error);
/* Gives a member its rows, those of all parts but one, and those that are held out. */
pensel_status pensel_table_fit_rows(pensel_table_fit *fit, size_t job, size_t held_part,
                                    pensel_error *error);

/* From the outputs that trained members gave to their held-out rows: fills `out`, `linear` and
 * `truth`, and the model's temperature, share, figures and residuals. */
pensel_status pensel_table_fit_held(pensel_table_fit *fit, pensel_error *error);

/* The figures of rows that were trained on; the model has its networks. */
pensel_status pensel_table_fit_trained(pensel_table_fit *fit, pensel_error *error);

/* Fills in the model's `held`, and takes `truth` for it. */
pensel_status pensel_table_fit_keep(pensel_table_fit *fit, pensel_error *error);
void pensel_table_held_clear(pensel_table_held *held);

/* How much the figure falls when a column is shuffled among held-out rows; the model has its
 * networks. */
pensel_status pensel_table_fit_importance(pensel_table_fit *fit, pensel_error *error);

#endif
