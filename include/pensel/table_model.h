/* A model of a table: a schema, an ensemble of networks and what their outputs mean. It is made
 * from a table as it is, with nothing to choose, and predicts tables as they are:
 *
 *     pensel_columns *table;
 *     pensel_columns_read(&table, "penguins.csv", &reading, &error);
 *     pensel_table_model_fit(&model, table, "species", NULL, &error);
 *     pensel_table_model_predict(model, prediction, table, &error);
 *
 * Reading should keep the target's texts (pensel_columns_options.text), so that classes stay as
 * they are written. */
#ifndef PENSEL_TABLE_MODEL_H
#define PENSEL_TABLE_MODEL_H

#include "estimator.h"
#include "schema.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum pensel_table_task {
    PENSEL_TABLE_AUTO, /* text, two values, or few codes from 0 or 1 are classes */
    PENSEL_TABLE_REGRESSION,
    PENSEL_TABLE_CLASSIFICATION
} pensel_table_task;
/* "auto", "regression", "classification"; NULL past the end. */
PENSEL_API const char *pensel_table_task_name(pensel_table_task task);

/* To add an option: its row here, and the line that uses it. X is explained at
 * PENSEL_TRAINING_OPTION_LIST. */
/* clang-format off */
#define PENSEL_TABLE_MODEL_OPTION_LIST(X)                                                          \
    X(CHOICE(table_task), task, PENSEL_TABLE_AUTO, ANY, "", "as", "0.1",                           \
      "what is learned, numbers or classes; auto: what the target looks like")                     \
    X(SECONDS, seconds, 30, ABOVE(0), "", "max_seconds", "0.1",                                    \
      "how long it may take; fewer networks and epochs are trained on large tables")               \
    X(COUNT, epochs, 0, ANY, "", "max_epochs", "0.1",                                              \
      "at most; 0: as many as the table's size and the time allow")                                \
    X(SEED, seed, 0, ANY, "", "random_state", "0.1",                                               \
      "of all random numbers")                                                                     \
    X(THREADS, threads, 0, BETWEEN("[]", 0, 4096), "", "", "0.1",                                  \
      "how many work; 0: all cores, or PENSEL_THREADS")
/* clang-format on */

struct pensel_table_model_members {
    pensel_given given;
    PENSEL_TABLE_MODEL_OPTION_LIST(PENSEL_OPTION_MEMBER)
    unsigned char end;
};

typedef struct pensel_table_model_options {
    pensel_given given;
    PENSEL_TABLE_MODEL_OPTION_LIST(PENSEL_OPTION_MEMBER)
    PENSEL_OPTION_ROOM(pensel_table_model_members, PENSEL_OPTIONS_MOST)
    const pensel_role_given *roles; /* (role_count) what is said of columns; borrowed */
    size_t role_count;
    double spent; /* seconds that are gone already, such as for reading the table */
    const volatile int *interrupt; /* NULL; non-zero ends training soon, with what was learned */
    /* NULL, or called after epochs, by one thread at a time, with the share that is done */
    void (*on_progress)(double done, double seconds, void *data);
    void *on_progress_data;
    const void *more[PENSEL_MORE_HOOKS]; /* NULL */
} pensel_table_model_options;

PENSEL_API pensel_table_model_options pensel_table_model_defaults(void);
PENSEL_API const pensel_option_table *pensel_table_model_table(void);

typedef struct pensel_table_model pensel_table_model;

/* Trains on every row of the table that has a target. NULL options are the defaults. */
PENSEL_API pensel_status pensel_table_model_fit(pensel_table_model **model,
                                                const pensel_columns *columns, const char *target,
                                                const pensel_table_model_options *options,
                                                pensel_error *error);
PENSEL_API void pensel_table_model_free(pensel_table_model **model);

typedef pensel_scores pensel_table_scores;

/* What was done and how good it is on rows that the networks did not see. */
typedef struct pensel_table_report {
    size_t rows, unlabelled; /* trained on; left out because they have no target */
    size_t folds;            /* each row was held out once; 0: held_out of them were */
    size_t held_out, networks, epochs, batch;
    double seconds;                             /* 0 of a model that comes from a file */
    bool cut;                                   /* it ended early: time, or an interrupt */
    pensel_table_scores held, constant, linear; /* the model, and two yardsticks */
    pensel_table_scores trained; /* the model, on up to 2000 rows that it was trained on */
    double low, high;            /* 95 % interval of held accuracy or R2 */
    double constant_share; /* of the constant in the predictions; at least 1 / (held_out + 1) of
                              classes, so that nothing is surer than that many rows can say */
    double linear_share;   /* of the linear yardstick in the rest */
    double temperature;
    const double *importance; /* (columns of the schema) by how much the held-out score, accuracy or
                                 R2, falls when the column is shuffled */
} pensel_table_report;

PENSEL_API const pensel_table_report *pensel_table_model_report(const pensel_table_model *model);

/* What the model, or those of its networks that had not seen the row, answered to held-out rows. */
typedef struct pensel_table_held {
    size_t n, width;       /* classes, or 1 */
    const double *truth;   /* (n) numbers, or indices of classes */
    const double *answers; /* (n, width) numbers, or probabilities */
    size_t epochs;
    const double *curve; /* (epochs, 2) after each, means over networks: the loss of training, and
                            of held-out rows; log loss, or squared error in deviations of y */
} pensel_table_held;
/* Of a model that was trained in this process; NULL if it comes from a file. */
PENSEL_API const pensel_table_held *pensel_table_model_held(const pensel_table_model *model);

PENSEL_API const pensel_schema *pensel_table_model_schema(const pensel_table_model *model);
PENSEL_API pensel_task pensel_table_model_task(const pensel_table_model *model);
PENSEL_API const char *pensel_table_model_target(const pensel_table_model *model);
/* The classes as they were written, sorted; NULL and 0 for numbers. */
PENSEL_API const char *const *pensel_table_model_classes(const pensel_table_model *model,
                                                         size_t *count);

/* Numbers (rows): predictions, or the indices of classes. */
PENSEL_API pensel_status pensel_table_model_predict(const pensel_table_model *model, double *y,
                                                    const pensel_columns *columns,
                                                    pensel_schema_notice *notices,
                                                    pensel_error *error);
/* p (rows, classes) */
PENSEL_API pensel_status pensel_table_model_probabilities(const pensel_table_model *model,
                                                          double *p, const pensel_columns *columns,
                                                          pensel_schema_notice *notices,
                                                          pensel_error *error);
/* A prediction plus and minus this holds the truth in `share` of all cases, if these are like the
 * held-out rows (split conformal prediction, Vovk et al. 2005). */
PENSEL_API pensel_status pensel_table_model_interval(const pensel_table_model *model,
                                                     double *radius, double share,
                                                     pensel_error *error);
/* Against the table's own target column; rows without a target are left out. */
PENSEL_API pensel_status pensel_table_model_score(const pensel_table_model *model,
                                                  pensel_table_scores *scores,
                                                  const pensel_columns *columns,
                                                  pensel_error *error);

PENSEL_API pensel_status pensel_table_model_save(const pensel_table_model *model, const char *path,
                                                 pensel_error *error);
PENSEL_API pensel_status pensel_table_model_load(pensel_table_model **model, const char *path,
                                                 pensel_error *error);

#ifdef __cplusplus
}
#endif

#endif
