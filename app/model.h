/* A model file as what it is: an estimator, and a painting as well where it is one's. */
#ifndef PENSEL_APP_MODEL_H
#define PENSEL_APP_MODEL_H

#include "pensel.h"

/* *painting is NULL for a table's model. */
pensel_status pensel_model_load(pensel_estimator **estimator, pensel_painting **painting,
                                const char *path, pensel_error *error);

#endif
