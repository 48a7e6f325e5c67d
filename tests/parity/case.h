/* One run of scikit-learn: its settings, what it started from, and what came of it. */
#ifndef PENSEL_TESTS_PARITY_CASE_H
#define PENSEL_TESTS_PARITY_CASE_H

#include "pensel.h"

/* In the order of TASKS in make.py. */
typedef enum parity_task {
    REGRESSION1,
    REGRESSION3,
    BINARY,
    MULTICLASS,
    MULTILABEL,
    POISSON
} parity_task;

typedef struct parity_case {
    const char *name;
    parity_task task;
    pensel_precision precision;
    pensel_activation activation; /* of every hidden layer */
    size_t hidden[4], hidden_count;
    pensel_solver solver;
    pensel_schedule schedule;
    double rate, power_t, momentum;
    bool nesterov;
    double alpha;
    size_t batch;
    bool shuffle;
    double tol;
    size_t n_iter_no_change;
    bool early;
    double fraction, beta_1, beta_2, epsilon;
    size_t max_fun; /* of lbfgs */
    uint32_t seed;
    bool weighted;
    const double *start; /* all parameters, in pensel's order */
    size_t start_count;
    const double *curve; /* loss of each epoch */
    size_t curve_count;
    const double *scores; /* validation score of each epoch, or NULL */
    const double *last;   /* (SHOWN, outputs) predictions or probabilities after training */
} parity_case;

#endif
