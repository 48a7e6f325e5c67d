/* Training options as settings. To add one: its line in the table; older files keep its default. */
#include "file/fields.h"

#include <stddef.h>

#define FIELD(member, kind) {#member, kind, offsetof(pensel_training_options, member), NULL}
#define NAMED(member, name) \
    {#member, PENSEL_FIELD_NAME, offsetof(pensel_training_options, member), name}

static const char *solver_name(int value)
{
    return pensel_solver_name((pensel_solver)value);
}

static const char *loss_name(int value)
{
    return pensel_loss_name((pensel_loss)value);
}

static const char *schedule_name(int value)
{
    return pensel_schedule_name((pensel_schedule)value);
}

static const pensel_field fields[] = {
    NAMED(solver, solver_name),
    NAMED(loss, loss_name),
    FIELD(alpha, PENSEL_FIELD_DOUBLE),
    FIELD(batch_size, PENSEL_FIELD_SIZE),
    NAMED(learning_rate, schedule_name),
    FIELD(learning_rate_init, PENSEL_FIELD_DOUBLE),
    FIELD(power_t, PENSEL_FIELD_DOUBLE),
    FIELD(epochs, PENSEL_FIELD_SIZE),
    FIELD(shuffle, PENSEL_FIELD_BOOL),
    FIELD(tol, PENSEL_FIELD_DOUBLE),
    FIELD(momentum, PENSEL_FIELD_DOUBLE),
    FIELD(nesterovs_momentum, PENSEL_FIELD_BOOL),
    FIELD(early_stopping, PENSEL_FIELD_BOOL),
    FIELD(validation_fraction, PENSEL_FIELD_DOUBLE),
    FIELD(beta_1, PENSEL_FIELD_DOUBLE),
    FIELD(beta_2, PENSEL_FIELD_DOUBLE),
    FIELD(epsilon, PENSEL_FIELD_DOUBLE),
    FIELD(n_iter_no_change, PENSEL_FIELD_SIZE),
    FIELD(max_fun, PENSEL_FIELD_SIZE),
    FIELD(max_seconds, PENSEL_FIELD_DOUBLE),
    FIELD(weight_decay, PENSEL_FIELD_DOUBLE),
    FIELD(decay, PENSEL_FIELD_DOUBLE),
    FIELD(clip_norm, PENSEL_FIELD_DOUBLE),
    FIELD(average, PENSEL_FIELD_DOUBLE),
    FIELD(dropout, PENSEL_FIELD_DOUBLE),
    FIELD(huber_delta, PENSEL_FIELD_DOUBLE),
    {"compat", PENSEL_FIELD_BOOL, offsetof(pensel_training_options, sklearn_gradient), NULL},
};

json_t *pensel_training_options_write(const pensel_training_options *options)
{
    return pensel_fields_write(options, fields, sizeof fields / sizeof *fields);
}

pensel_status pensel_training_options_read(pensel_training_options *options, const json_t *json,
                                           pensel_error *error)
{
    return pensel_fields_read(options, json, fields, sizeof fields / sizeof *fields, error);
}
