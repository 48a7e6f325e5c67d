/* Options by their tables. The defaults and intervals below are written by hand, from
 * scikit-learn's documentation of MLPRegressor and, past its end, from this library's own; nothing
 * is read from the table that is tested. */
#include "test.h"

static pensel_error error;

/* To add an option: its row. */
static const struct known {
    const char *name, *standard;
    const char *good,
        *bad; /* values at the ends of what is allowed, just inside and just outside */
} known[] = {
    {"solver", "adam", "lbfgs", "magic"},
    {"loss", "squared-error", "log-cosh", "squared_error"},
    {"alpha", "0.0001", "0", "-1e-300"},
    {"batch_size", "0", "1", "-1"},
    {"learning_rate", "constant", "adaptive", "Constant"},
    {"learning_rate_init", "0.001", "1e-300", "0"},
    {"power_t", "0.5", "0", "-0.5"},
    {"epochs", "200", "1", "0"},
    {"shuffle", "true", "false", "0"},
    {"tol", "0.0001", "0", "-1"},
    {"momentum", "0.9", "1", "1.0001"},
    {"nesterovs_momentum", "true", "false", "yes"},
    {"early_stopping", "false", "true", ""},
    {"validation_fraction", "0.1", "0", "1"},
    {"beta_1", "0.9", "0", "1"},
    {"beta_2", "0.999", "0.9999", "1"},
    {"epsilon", "1e-08", "1e-300", "0"},
    {"n_iter_no_change", "10", "inf", "0"},
    {"max_fun", "15000", "1", "inf"},
    {"max_seconds", "0", "90", "-1s"},
    {"weight_decay", "0", "3", "-3"},
    {"decay", "0.99", "1", "0"},
    {"clip_norm", "0", "1e+300", "inf"},
    {"average", "0", "0.999", "1"},
    {"dropout", "0", "0.5", "1"},
    {"huber_delta", "1", "0.25", "0"},
    {"sklearn_gradient", "false", "true", "maybe"},
    {"coarse_to_fine", "false", "true", "1"},
    {"shards", "0", "64", "65"},
    {"threads", "0", "4096", "4097"},
    {"quantile", "0.5", "0.05", "1"},
};

static const pensel_option_table *table(void)
{
    return pensel_training_table();
}

static void defaults_are_scikit_learns(void **state)
{
    (void)state;
    const pensel_training_options o = pensel_training_defaults();
    char text[64];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const pensel_option_row *row = pensel_option_find(table(), known[i].name);
        assert_non_null(row);
        assert_string_equal(row->name, known[i].name);
        MUST(pensel_option_get(text, sizeof text, &o, table(), known[i].name, &error));
        assert_string_equal(text, known[i].standard);
        pensel_option_standard(text, sizeof text, row);
        assert_string_equal(text, known[i].standard);
        assert_false(pensel_option_given(&o, table(), known[i].name));
    }
    assert_true(o.solver == PENSEL_ADAM && o.beta_2 == 0.999 && o.epochs == 200 && o.shuffle);
}

static void every_option_has_its_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < table()->count; i++) {
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            found = found || strcmp(known[k].name, table()->rows[i].name) == 0;
        if (!found) fail_msg("%s has no row in tests/test_options.c", table()->rows[i].name);
    }
    assert_int_equal(sizeof known / sizeof *known, table()->count);
}

static void values_at_the_ends_of_their_intervals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        pensel_training_options o = pensel_training_defaults();
        char text[64];
        if (pensel_option_set(&o, table(), known[i].name, known[i].bad, &error) !=
            PENSEL_BAD_ARGUMENT)
            fail_msg("%s takes %s", known[i].name, known[i].bad);
        assert_non_null(strstr(error.text, known[i].name));
        assert_true(strstr(error.text, "is needed") || strstr(error.text, "did you mean"));
        assert_false(pensel_option_given(&o, table(), known[i].name));
        MUST(pensel_option_set(&o, table(), known[i].name, known[i].good, &error));
        MUST(pensel_option_get(text, sizeof text, &o, table(), known[i].name, &error));
        assert_string_equal(text, known[i].good);
        assert_true(pensel_option_given(&o, table(), known[i].name));
        MUST(pensel_options_check(&o, table(), &error));
    }
}

static void members_that_a_program_assigned_are_checked(void **state)
{
    (void)state;
    pensel_training_options o = pensel_training_defaults();
    o.momentum = 1.5;
    assert_int_equal(pensel_options_check(&o, table(), &error), PENSEL_BAD_ARGUMENT);
    assert_string_equal(error.text, "momentum is 1.5: a number from 0 to 1 is needed");
    o.momentum = 0.9;
    o.validation_fraction = NAN;
    assert_int_equal(pensel_options_check(&o, table(), &error), PENSEL_BAD_ARGUMENT);
    o.validation_fraction = 0.1;
    o.solver = (pensel_solver)17;
    assert_int_equal(pensel_options_check(&o, table(), &error), PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "solver is number 17: one of sgd, "));
    o.solver = (pensel_solver)-1;
    assert_int_equal(pensel_options_check(&o, table(), &error), PENSEL_BAD_ARGUMENT);
}

static void text_reaches_the_member_it_names(void **state)
{
    (void)state;
    pensel_training_options o = pensel_training_defaults();
    MUST(pensel_option_set(&o, table(), "solver", "sgd", &error));
    MUST(pensel_option_set(&o, table(), "--learning-rate", "cosine", &error));
    MUST(pensel_option_set(&o, table(), "max_iter", "17", &error));
    MUST(pensel_option_set(&o, table(), "--batch", "64", &error));
    MUST(pensel_option_set(&o, table(), "seconds", "1.5h", &error));
    MUST(pensel_option_set(&o, table(), "n-iter-no-change", "inf", &error));
    MUST(pensel_option_set(&o, table(), "compat", "true", &error));
    MUST(pensel_option_set(&o, table(), "shuffle", "false", &error));
    assert_int_equal(o.solver, PENSEL_SGD);
    assert_int_equal(o.learning_rate, PENSEL_COSINE);
    assert_int_equal(o.epochs, 17);
    assert_int_equal(o.batch_size, 64);
    assert_true(o.max_seconds == 5400);
    assert_true(o.n_iter_no_change == SIZE_MAX);
    assert_true(o.sklearn_gradient && !o.shuffle);
    MUST(pensel_option_set(&o, table(), "max_seconds", "2m", &error));
    assert_true(o.max_seconds == 120);
}

static void a_choice_that_is_nearly_right_is_known(void **state)
{
    (void)state;
    pensel_training_options o = pensel_training_defaults();
    assert_int_equal(pensel_option_set(&o, table(), "loss", "squared_error", &error),
                     PENSEL_BAD_ARGUMENT);
    assert_string_equal(error.text, "loss squared_error is unknown: did you mean squared-error?");
    assert_int_equal(pensel_option_set(&o, table(), "loss", "magic", &error), PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "one of squared-error, log-loss, poisson"));
}

static void an_error_says_the_name_the_caller_used(void **state)
{
    (void)state;
    pensel_training_options o = pensel_training_defaults();
    assert_int_equal(pensel_option_set(&o, table(), "--max-iter", "none", &error),
                     PENSEL_BAD_ARGUMENT);
    assert_string_equal(error.text, "--max-iter none: a whole number of 1 or more is needed");
}

static void given_is_what_differs_was_set_or_insisted_on(void **state)
{
    (void)state;
    pensel_training_options o = pensel_training_defaults();
    o.tol = 1e-3;
    assert_true(pensel_option_given(&o, table(), "tol"));
    o.tol = 1e-4;
    assert_false(pensel_option_given(&o, table(), "tol"));
    MUST(pensel_option_give(&o, table(), "alpha", &error));
    assert_true(pensel_option_given(&o, table(), "alpha"));
    assert_true(o.alpha == 1e-4);
    MUST(pensel_option_set(&o, table(), "epochs", "200", &error));
    assert_true(pensel_option_given(&o, table(), "epochs"));
    assert_true(pensel_option_given(&o, table(), "max-iter"));
    for (size_t i = 0; i < table()->count; i++) {
        const char *name = table()->rows[i].name;
        bool given = !strcmp(name, "alpha") || !strcmp(name, "epochs");
        assert_int_equal(pensel_option_given(&o, table(), name), given);
    }
}

static void an_option_applies_with_what_uses_it(void **state)
{
    (void)state;
    pensel_training_options o = pensel_training_defaults();
    assert_false(pensel_option_applies(&o, table(), "momentum"));
    assert_true(pensel_option_applies(&o, table(), "beta_1"));
    assert_true(pensel_option_applies(&o, table(), "clip_norm"));
    assert_false(pensel_option_applies(&o, table(), "max_fun"));
    assert_false(pensel_option_applies(&o, table(), "validation_fraction"));
    o.solver = PENSEL_SGD;
    o.early_stopping = true;
    assert_true(pensel_option_applies(&o, table(), "momentum"));
    assert_false(pensel_option_applies(&o, table(), "beta_1"));
    assert_true(pensel_option_applies(&o, table(), "clip_norm"));
    assert_true(pensel_option_applies(&o, table(), "validation_fraction"));
    o.solver = PENSEL_LBFGS;
    assert_false(pensel_option_applies(&o, table(), "momentum"));
    assert_false(pensel_option_applies(&o, table(), "clip_norm"));
    assert_true(pensel_option_applies(&o, table(), "max_fun"));
    assert_true(pensel_option_applies(&o, table(), "alpha"));
}

/* Every `only` names an option of the table and values it takes, so that none fails to apply for
 * ever. */
static void conditions_can_be_met(void **state)
{
    (void)state;
    for (size_t i = 0; i < table()->count; i++) {
        const char *only = table()->rows[i].only, *equals = strchr(only, '=');
        if (!only[0]) continue;
        char name[64], value[64];
        assert_non_null(equals);
        bool all_but = equals > only && equals[-1] == '!';
        snprintf(name, sizeof name, "%.*s", (int)(equals - only) - all_but, only);
        for (const char *at = equals; *at; at += strcspn(at, "|")) {
            at++;
            snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "|"), at);
            pensel_training_options o = pensel_training_defaults();
            MUST(pensel_option_set(&o, table(), name, value, &error));
            assert_int_equal(pensel_option_applies(&o, table(), table()->rows[i].name), !all_but);
        }
    }
}

#define END_OF_ROOM(type) (offsetof(type, room) + sizeof(((type *)0)->room))

/* A row more takes its bytes from the room, so nothing behind it moves: the room ends at as many
 * rows of 8 bytes as fit, and the bits of what is given, however long the list is. */
static void rooms_end_where_no_list_moves_them(void **state)
{
    const size_t ends[] = {
        END_OF_ROOM(pensel_training_options),    END_OF_ROOM(pensel_estimator_options),
        END_OF_ROOM(pensel_paint_options),       END_OF_ROOM(pensel_render_options),
        END_OF_ROOM(pensel_table_model_options), END_OF_ROOM(pensel_export_options),
        END_OF_ROOM(pensel_compact_options),
    };
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        assert_int_equal(ends[i], 8 * (1 + 64));
    assert_int_equal(END_OF_ROOM(pensel_encoding), 8 * (1 + 24));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_scikit_learns),
        cmocka_unit_test(every_option_has_its_row),
        cmocka_unit_test(values_at_the_ends_of_their_intervals),
        cmocka_unit_test(members_that_a_program_assigned_are_checked),
        cmocka_unit_test(text_reaches_the_member_it_names),
        cmocka_unit_test(a_choice_that_is_nearly_right_is_known),
        cmocka_unit_test(an_error_says_the_name_the_caller_used),
        cmocka_unit_test(given_is_what_differs_was_set_or_insisted_on),
        cmocka_unit_test(an_option_applies_with_what_uses_it),
        cmocka_unit_test(conditions_can_be_met),
        cmocka_unit_test(rooms_end_where_no_list_moves_them),
    };
    return RUN(tests);
}
