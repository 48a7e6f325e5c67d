/* A model of a table inside the library: see pensel/table_model.h.
 *
 *   table_target.c   what the target is, and which rows have one
 *   table_member.c   one network: its layers, its training, its best epoch
 *   table_start.c    its start
 *   table_fit.c      members side by side, in the time there is
 *   table_rows.c     which rows are whose
 *   table_held.c     temperature, shares of the yardsticks, figures of held-out rows
 *   table_score.c    figures
 *   table_kept.c     what a report shows beside them
 *   table_model.c    predictions, and what is asked of a model
 *
 * Members are networks of their own. Each is trained by one thread, so that all cores are busy with
 * large products and nobody waits for anybody; which thread it is changes nothing. */
#ifndef PENSEL_ESTIMATOR_TABLE_MODEL_H
#define PENSEL_ESTIMATOR_TABLE_MODEL_H

#include "pensel.h"
#include "pensel/table_model.h"

enum { PENSEL_INTERVAL_STEPS = 200 };

typedef struct pensel_table_ensemble {
    pensel_network **networks; /* (count) */
    size_t count;
} pensel_table_ensemble;

struct pensel_table_model {
    pensel_schema *schema;
    char *target;
    pensel_task task;
    char **classes; /* (class_count) sorted */
    size_t class_count;
    double mean, spread; /* of a number: how it is scaled */
    double low, high;    /* its range in training; of two classes, the second's probability's */
    double
        *base; /* (outputs) the constant: 0, the scaled mean, or each class's share of the rows */
    pensel_table_ensemble deep, linear;
    double residuals[PENSEL_INTERVAL_STEPS + 1]; /* quantiles of held-out absolute errors */
    pensel_table_report report;
    double *importance;     /* the report's */
    pensel_table_held held; /* n 0: from a file */
};

/* Outputs of a network: 1 for numbers and for two classes, of which it is the second's probability
 */
static inline size_t pensel_table_outputs(const pensel_table_model *model)
{
    return model->class_count > 2 ? model->class_count : 1;
}

/* ------------------------------------------------ table_target.c */

/* The rows that are learned from, and their targets: numbers, or which class */
typedef struct pensel_table_target {
    size_t *rows; /* (count) */
    double *y;    /* (count) */
    size_t count, without;
} pensel_table_target;

/* Decides the task, and the classes, of a model that has a target's name. */
pensel_status pensel_table_target_learn(pensel_table_target *target, pensel_table_model *model,
                                        const pensel_columns *columns, pensel_table_task task,
                                        pensel_error *error);
/* The same rows of another table, for a score: unknown classes are an error. */
pensel_status pensel_table_target_read(pensel_table_target *target, const pensel_table_model *model,
                                       const pensel_columns *columns, pensel_error *error);
void pensel_table_target_clear(pensel_table_target *target);

/* ------------------------------------------------ table_member.c */

/* One network to train. x (n, width), y (n, outputs) */
typedef struct pensel_table_member {
    const pensel_table_model *model;
    bool linear, few; /* few: the table has few rows */
    const float *x, *y;
    const float *held_x, *held_y;
    size_t n, held, width, epochs, batch;
    uint32_t seed;
    double until; /* when it ends at the latest, by pensel_clock */
    const volatile int *interrupt;
    void (*on_epoch)(void *data);
    void *data;
    /* what comes out */
    pensel_network *network;
    float *held_p; /* (held, outputs) */
    double *curve; /* (epochs, 2) losses of training and held-out rows; pensel_release */
    size_t epochs_done;
    bool cut;
    pensel_status status;
    pensel_error error;
} pensel_table_member;

void pensel_table_member_train(pensel_table_member *member);
/* Operations of an epoch over one sample, about */
double pensel_table_member_operations(const pensel_table_model *model, bool few);
/* The mean loss of outputs p, from a network, against y: log loss, or squared error */
double pensel_table_loss(const pensel_table_model *model, const float *p, const float *y, size_t n);

/* ------------------------------------------------ table_start.c */

enum { PENSEL_TABLE_HIDDEN = 3 }; /* layers of a member that is not linear */

/* The first parameters, from the samples that it will train on */
pensel_status pensel_table_member_start(pensel_table_member *member, pensel_random *random);

/* ------------------------------------------------ table_model.c */

/* out (n, outputs), in the target's units or probabilities, from encoded rows */
pensel_status pensel_table_outputs_of(const pensel_table_model *model, double *out, const float *x,
                                      size_t n, size_t threads, pensel_error *error);
/* p^(1/temperature), normalised */
void pensel_table_temper(double *p, size_t outputs, double temperature);
/* Logits become the same probabilities. */
void pensel_table_soften(double *z, size_t outputs, double temperature);

/* ------------------------------------------------ table_score.c */

/* out (n, outputs) as from pensel_table_outputs_of, y (n) as in a target */
pensel_status pensel_table_measure(const pensel_table_model *model, pensel_table_scores *scores,
                                   const double *out, const double *y, size_t n,
                                   pensel_error *error);
/* The 95 % interval of the accuracy, or of R2 by resampling */
pensel_status pensel_table_spread(const pensel_table_model *model, double *low, double *high,
                                  const double *out, const double *y, size_t n,
                                  pensel_error *error);

#endif
