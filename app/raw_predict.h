/* pensel predict with a model that takes the table as it is. */
#ifndef PENSEL_APP_RAW_PREDICT_H
#define PENSEL_APP_RAW_PREDICT_H

#include "pensel.h"
#include "table_options.h"

typedef struct pensel_raw_question {
    const pensel_table_model *model;
    const char *table, *output; /* output NULL: standard output */
    const double *at;           /* (at_count) table NULL: one row by hand */
    size_t at_count;
    bool probabilities, json, quiet;
    pensel_reading reading;
    double interval; /* per cent; 0: none */
} pensel_raw_question;

/* The exit status. */
int pensel_raw_predict(const pensel_raw_question *question);

#endif
