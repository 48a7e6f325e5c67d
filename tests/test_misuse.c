/* Misuse: every public function is called with NULL, zero sizes, wrong widths, unknown values and
 * untrained objects. The result must be a status and a sentence, or a harmless value, and never a
 * crash. Here are options, training, files and machines; test_misuse_networks.c has networks,
 * test_misuse_models.c the rooms above, and test_misuse_names.py checks that no function of the
 * header is missing. */
#include "misuse.h"

static void small_things_are_harmless(void **state)
{
    (void)state;
    assert_non_null(pensel_version());
    assert_non_null(pensel_status_text((pensel_status)-1));
    assert_int_equal(pensel_status_exit((pensel_status)99), 1);
    pensel_random random;
    pensel_random_seed(&random, 0);
    pensel_random_seed(NULL, 0);
    assert_true(isfinite(pensel_random_uniform(&random, 1, 1)));
    pensel_random_uniform(NULL, 0, 1);
    pensel_random_shuffle(&random, NULL, 0);
    pensel_random_shuffle(NULL, NULL, 5);
    assert_null(pensel_activation_describe((pensel_activation)-1));
    assert_null(pensel_activation_describe(PENSEL_ACTIVATION_COUNT));
    assert_null(pensel_encoding_name(PENSEL_ENCODING_COUNT));
    assert_null(pensel_loss_describe((pensel_loss)-1));
    assert_null(pensel_loss_name((pensel_loss)-1));
    assert_null(pensel_solver_name(PENSEL_SOLVER_COUNT));
    assert_null(pensel_metric_describe(PENSEL_METRIC_COUNT));
    assert_null(pensel_stop_describe(PENSEL_STOP_COUNT));
    pensel_scores scores = {0};
    assert_true(isnan(pensel_scores_get(&scores, PENSEL_METRIC_COUNT)));
    assert_null(pensel_schedule_name(PENSEL_SCHEDULE_COUNT));
    assert_null(pensel_stop_name((pensel_stop)99));
    assert_null(pensel_word_near(NULL, NULL, 0));
    assert_null(pensel_word_near("alpha", NULL, 3));
    assert_null(pensel_word_near("alpha", (const char *const[]){NULL, NULL}, 2));
    assert_null(pensel_precision_name((pensel_precision)-1));
    assert_null(pensel_initialisation_name((pensel_initialisation)3));
    assert_null(pensel_task_name((pensel_task)2));
    assert_null(pensel_scaling_name((pensel_scaling)-1));
    assert_null(pensel_option_find(pensel_encoding_table(), "alpha"));
    assert_null(pensel_option_find(pensel_estimator_table(), "alpha"));
    assert_null(pensel_option_find(pensel_paint_table(), "alpha"));
    assert_null(pensel_option_find(pensel_render_table(), "alpha"));
    assert_true(pensel_machine_threads() >= 1);
}

static void options_by_name(void **state)
{
    (void)state;
    pensel_training_options o = pensel_training_defaults();
    const pensel_option_table *table = pensel_training_table();
    char text[8];
    assert_null(pensel_option_find(NULL, "alpha"));
    assert_null(pensel_option_find(table, NULL));
    assert_null(pensel_option_find(table, ""));
    assert_null(pensel_option_find(table, "alph"));
    assert_null(pensel_option_find(table, "alpha "));
    REFUSED(pensel_option_set(NULL, table, "alpha", "1", &error));
    REFUSED(pensel_option_set(&o, NULL, "alpha", "1", &error));
    REFUSED(pensel_option_set(&o, table, NULL, "1", &error));
    REFUSED(pensel_option_set(&o, table, "alpha", NULL, &error));
    REFUSED(pensel_option_set(&o, table, "no such", "1", &error));
    REFUSED(pensel_option_get(NULL, 8, &o, table, "alpha", &error));
    REFUSED(pensel_option_get(text, 0, &o, table, "alpha", &error));
    REFUSED(pensel_option_get(text, 8, NULL, table, "alpha", &error));
    REFUSED(pensel_option_give(NULL, table, "alpha", &error));
    REFUSED(pensel_option_give(&o, table, "no such", &error));
    assert_false(pensel_option_given(NULL, table, "alpha"));
    assert_false(pensel_option_given(&o, NULL, "alpha"));
    assert_false(pensel_option_applies(NULL, table, "alpha"));
    assert_false(pensel_option_applies(&o, table, "no such"));
    REFUSED(pensel_options_check(NULL, table, &error));
    REFUSED(pensel_options_check(&o, NULL, &error));
    pensel_option_needs(NULL, 8, table->rows);
    pensel_option_needs(text, 8, NULL);
    pensel_option_needs(text, sizeof text, table->rows);
    pensel_option_standard(NULL, 8, table->rows);
    pensel_option_standard(text, 0, table->rows);
    assert_true(strlen(text) < sizeof text);
}

static void activations_neurons_and_perceptrons(void **state)
{
    (void)state;
    pensel_activation a;
    double y;
    pensel_neuron n = {numbers, 2, 0, PENSEL_RELU, 0};
    REFUSED(pensel_activation_find(&a, "no such", &error));
    REFUSED(pensel_activation_find(&a, NULL, &error));
    REFUSED(pensel_activation_find(NULL, "relu", &error));
    REFUSED(pensel_activation_apply((pensel_activation)99, 0, &y, NULL, numbers, 1, &error));
    REFUSED(pensel_activation_apply(PENSEL_RELU, 0, &y, NULL, NULL, 1, &error));
    REFUSED(pensel_neuron_run(NULL, &y, NULL, NULL, numbers, &error));
    REFUSED(pensel_neuron_run(&n, NULL, NULL, NULL, NULL, &error));
    n.activation = (pensel_activation)99;
    REFUSED(pensel_neuron_run(&n, &y, NULL, NULL, numbers, &error));
    n = (pensel_neuron){NULL, 2, 0, PENSEL_RELU, 0};
    REFUSED(pensel_neuron_run(&n, &y, NULL, NULL, numbers, &error));
    REFUSED(pensel_perceptron_train(NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 1, 1, &error));
    double w[2] = {0}, b = 0, labels[] = {0, 5};
    REFUSED(pensel_perceptron_train(w, &b, NULL, NULL, numbers, labels, 0, 2, 1, 1, &error));
    REFUSED(pensel_perceptron_train(w, &b, NULL, NULL, numbers, labels, 2, 2, 1, 1, &error));
}

static void trainings_that_cannot_begin(void **state)
{
    (void)state;
    pensel_network *n = network();
    pensel_training *t = NULL;
    pensel_training_options o = pensel_training_defaults(), bad = o;
    REFUSED(pensel_training_new(NULL, n, &o, &error));
    REFUSED(pensel_training_new(&t, NULL, &o, &error));
    REFUSED(pensel_training_new(&t, n, NULL, &error));
    bad.learning_rate_init = -1;
    REFUSED(pensel_training_new(&t, n, &bad, &error));
    bad = o;
    bad.solver = PENSEL_SOLVER_COUNT;
    REFUSED(pensel_training_new(&t, n, &bad, &error));
    bad = o;
    bad.validation_fraction = NAN;
    bad.early_stopping = true;
    REFUSED(pensel_training_new(&t, n, &bad, &error));
    assert_null(t);
    pensel_network_free(&n);
}

static void samples_that_cannot_be_learned(void **state)
{
    (void)state;
    pensel_network *n = network();
    pensel_training *t = NULL;
    pensel_training_options o = pensel_training_defaults();
    pensel_random random;
    pensel_random_seed(&random, 1);
    MUST(pensel_training_new(&t, n, &o, &error));
    pensel_samples s = {.x = matrix(3, 2), .y = matrix(3, 1)}, wrong = s;
    wrong.x = matrix(3, 1);
    REFUSED(pensel_training_run(t, &wrong, NULL, &random, &error));
    wrong = s;
    wrong.y = matrix(2, 1);
    REFUSED(pensel_training_run(t, &wrong, NULL, &random, &error));
    wrong = (pensel_samples){.x = matrix(0, 2), .y = matrix(0, 1)};
    REFUSED(pensel_training_run(t, &wrong, NULL, &random, &error));
    wrong = s;
    wrong.y.precision = (pensel_precision)5;
    REFUSED(pensel_training_run(t, &wrong, NULL, &random, &error));
    double weights[] = {-1, 0, 1};
    wrong = s;
    wrong.weights = (pensel_matrix){weights, 3, 1, PENSEL_FLOAT64};
    REFUSED(pensel_training_run(t, &wrong, NULL, &random, &error));
    numbers[3] = NAN;
    REFUSED(pensel_training_run(t, &s, NULL, &random, &error));
    assert_non_null(strstr(error.text, "row 2"));
    numbers[3] = 0;
    pensel_training_free(&t);
    pensel_network_free(&n);
}

static void trainings(void **state)
{
    (void)state;
    pensel_network *n = network();
    pensel_training *t = NULL;
    pensel_training_options o = pensel_training_defaults(), bad = o;
    pensel_random random;
    pensel_random_seed(&random, 1);
    pensel_samples s = {.x = matrix(3, 2), .y = matrix(3, 1)};
    bad.validation_fraction = NAN;
    bad.early_stopping = true;
    MUST(pensel_training_new(&t, n, &o, &error));
    REFUSED(pensel_training_run(t, NULL, NULL, &random, &error));
    REFUSED(pensel_training_run(t, &s, NULL, NULL, &error));
    REFUSED(pensel_training_run(NULL, &s, NULL, &random, &error));
    REFUSED(pensel_training_epoch(NULL, &s, &random, &error));
    REFUSED(pensel_training_epoch(t, NULL, &random, &error));
    pensel_training_restart(NULL);
    REFUSED(pensel_training_configure(t, &bad, &error));
    REFUSED(pensel_training_configure(NULL, &o, &error));
    REFUSED(pensel_training_configure(t, NULL, &error));
    assert_null(pensel_training_report(NULL));
    assert_null(pensel_training_moments(t, 0));
    assert_null(pensel_training_moments(t, 9));
    assert_null(pensel_training_moments(NULL, 0));
    assert_int_equal(pensel_training_solver_steps(NULL), 0);
    assert_null(pensel_training_best(t));
    assert_null(pensel_training_best(NULL));
    REFUSED(pensel_training_restore(t, NULL, &error));
    REFUSED(pensel_training_restore(NULL, NULL, &error));
    pensel_training_free(&t);
    pensel_training_free(&t);
    pensel_training_free(NULL);
    pensel_network_free(&n);
}

static void gradients_and_checkpoints(void **state)
{
    (void)state;
    pensel_network *n = network();
    pensel_training *t = NULL;
    pensel_training_options o = pensel_training_defaults();
    pensel_random random;
    pensel_random_seed(&random, 1);
    double loss;
    pensel_samples s = {.x = matrix(3, 2), .y = matrix(3, 1)};
    MUST(pensel_training_new(&t, n, &o, &error));
    REFUSED(pensel_network_gradient(NULL, &loss, NULL, &s, &o, &error));
    REFUSED(pensel_network_gradient(n, &loss, NULL, NULL, &o, &error));
    REFUSED(pensel_network_gradient(n, NULL, NULL, &s, NULL, &error));
    REFUSED(pensel_training_save(NULL, &random, "x", &error));
    REFUSED(pensel_training_save(t, &random, NULL, &error));
    REFUSED(pensel_training_load(t, NULL, "x", &error));
    REFUSED(pensel_training_load(t, &random, "no such file", &error));
    REFUSED(pensel_training_load(t, &random, "data/format-1/regressor", &error));
    pensel_checkpoint *c = NULL;
    REFUSED(pensel_checkpoint_new(NULL, "x", 1, NULL, &error));
    REFUSED(pensel_checkpoint_new(&c, "x", -1, NULL, &error));
    REFUSED(pensel_checkpoint_new(&c, "x", NAN, NULL, &error));
    pensel_checkpoint_free(&c);
    pensel_checkpoint_free(NULL);
    pensel_training_free(&t);
    pensel_network_free(&n);
}

/* A score over samples that do not matter says nothing: it would be 0 / 0. */
static void samples_held_out_must_matter(void **state)
{
    pensel_random random;
    pensel_network *n = network();
    pensel_training *t;
    pensel_training_options o = pensel_training_defaults();
    double weights[10] = {[2] = 1};
    pensel_samples s = {
        .x = matrix(10, 2), .y = matrix(10, 1), .weights = {weights, 10, 1, PENSEL_FLOAT64}};
    size_t refused = 0;
    (void)state;
    o.early_stopping = true;
    o.validation_fraction = 0.2;
    o.epochs = 3;
    for (uint64_t seed = 0; seed < 20;
         seed++) { /* the sample that matters is held out in some of them */
        pensel_random_seed(&random, seed);
        MUST(pensel_training_new(&t, n, &o, &error));
        if (pensel_training_run(t, &s, NULL, &random, &error) != PENSEL_OK) {
            assert_non_null(strstr(error.text, "all held-out weights are 0"));
            refused++;
        }
        pensel_training_free(&t);
    }
    assert_in_range(refused, 1, 19);
    pensel_network_free(&n);
}

static void columns(void)
{
    static const double one[] = {1};
    const pensel_column number = {.name = "x", .numbers = one}, nameless = {.numbers = one};
    const pensel_column text = {.name = "t", .form = PENSEL_COLUMN_TEXT};
    pensel_columns_options o = pensel_columns_defaults();
    pensel_columns *c = NULL;
    REFUSED(pensel_columns_read(NULL, "data/iris.csv", &o, &error));
    REFUSED(pensel_columns_read(&c, NULL, &o, &error));
    REFUSED(pensel_columns_read(&c, "data/iris.csv", NULL, &error));
    REFUSED(pensel_columns_read(&c, "data", &o, &error));
    o.text_count = 1;
    REFUSED(pensel_columns_read(&c, "data/iris.csv", &o, &error));
    o = pensel_columns_defaults();
    o.header = (pensel_header)3;
    REFUSED(pensel_columns_read(&c, "data/iris.csv", &o, &error));
    assert_null(pensel_header_name((pensel_header)3));
    REFUSED(pensel_columns_new(NULL, 1, &number, 1, &error));
    REFUSED(pensel_columns_new(&c, 0, &number, 1, &error));
    REFUSED(pensel_columns_new(&c, 1, NULL, 1, &error));
    REFUSED(pensel_columns_new(&c, 1, &number, 0, &error));
    REFUSED(pensel_columns_new(&c, 1, &nameless, 1, &error));
    REFUSED(pensel_columns_new(&c, 1, &text, 1, &error));
    struct ArrowSchema schema = {.format = "i"};
    struct ArrowArray array = {.length = 1};
    struct ArrowArrayStream stream = {.get_schema = NULL};
    REFUSED(pensel_columns_arrow(NULL, &schema, &array, NULL, &error));
    REFUSED(pensel_columns_arrow(&c, NULL, &array, NULL, &error));
    REFUSED(pensel_columns_arrow(&c, &schema, NULL, NULL, &error));
    REFUSED(pensel_columns_arrow(&c, &schema, &array, NULL, &error));
    REFUSED(pensel_columns_arrow_stream(NULL, &stream, NULL, &error));
    REFUSED(pensel_columns_arrow_stream(&c, NULL, NULL, &error));
    REFUSED(pensel_columns_arrow_stream(&c, &stream, NULL, &error));
    assert_null(c);
    pensel_columns_free(&c);
    pensel_columns_free(NULL);
    assert_true(pensel_text_is_missing(NULL));
}

static void files_and_tables(void **state)
{
    (void)state;
    pensel_table *t = NULL;
    pensel_table_options o = pensel_table_defaults();
    REFUSED(pensel_file_write(NULL, "x", 1, &error));
    REFUSED(pensel_file_write("x", NULL, 1, &error));
    pensel_file *file = NULL;
    REFUSED(pensel_file_begin(NULL, "x", &error));
    REFUSED(pensel_file_begin(&file, NULL, &error));
    REFUSED(pensel_file_begin(&file, "no/such/folder/x", &error));
    assert_null(file);
    REFUSED(pensel_file_keep(NULL, &error));
    REFUSED(pensel_file_keep(&file, &error));
    pensel_file_drop(&file);
    pensel_file_drop(NULL);
    columns();
    REFUSED(pensel_table_read(NULL, "data/iris.csv", &o, &error));
    REFUSED(pensel_table_read(&t, NULL, &o, &error));
    REFUSED(pensel_table_read(&t, "data/iris.csv", NULL, &error));
    o.precision = (pensel_precision)9;
    REFUSED(pensel_table_read(&t, "data/iris.csv", &o, &error));
    o = pensel_table_defaults();
    o.column_count = 2;
    REFUSED(pensel_table_read(&t, "data/iris.csv", &o, &error));
    pensel_table_free(&t);
    pensel_table_free(NULL);
}

static void contexts(void **state)
{
    (void)state;
    pensel_context *context = NULL;
    pensel_context_options options = pensel_context_defaults();
    assert_int_equal(options.threads, 0);
    REFUSED(pensel_context_new(NULL, &options, &error));
    options.threads = SIZE_MAX;
    assert_int_equal(pensel_context_new(&context, &options, &error), PENSEL_OK);
    assert_true(pensel_context_threads(context) < SIZE_MAX);
    assert_int_equal(pensel_context_threads(NULL), 0);
    pensel_context_limit(NULL, 1);
    assert_null(pensel_context_enter(NULL)); /* the system's memory, which it is already */
    assert_null(pensel_context_enter(context));
    assert_ptr_equal(pensel_context_enter(NULL), context);
    pensel_network_use(NULL, context);
    pensel_context_free(&context);
    pensel_context_free(&context);
    pensel_context_free(NULL);
}

static void machines(void **state)
{
    (void)state;
    double peak;
    REFUSED(pensel_machine_isa(NULL, &error));
    REFUSED(pensel_machine_peak(NULL, PENSEL_FLOAT32, 1, 0.001, &error));
    REFUSED(pensel_machine_peak(&peak, (pensel_precision)5, 1, 0.001, &error));
    REFUSED(pensel_machine_peak(&peak, PENSEL_FLOAT32, 1, -1, &error));
    REFUSED(pensel_machine_peak(&peak, PENSEL_FLOAT32, 1, INFINITY, &error));
}

static void an_error_that_nobody_wants_may_be_null(void **state)
{
    (void)state;
    pensel_estimator *e;
    pensel_table *t;
    pensel_table_options o = pensel_table_defaults();
    assert_int_equal(pensel_estimator_load(&e, "data/none", NULL), PENSEL_IO_FAILED);
    assert_int_equal(pensel_table_read(&t, "data/none", &o, NULL), PENSEL_IO_FAILED);
    assert_int_equal(pensel_network_new(NULL, NULL, PENSEL_FLOAT32, NULL), PENSEL_BAD_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_things_are_harmless),
        cmocka_unit_test(options_by_name),
        cmocka_unit_test(activations_neurons_and_perceptrons),
        cmocka_unit_test(trainings_that_cannot_begin),
        cmocka_unit_test(samples_that_cannot_be_learned),
        cmocka_unit_test(trainings),
        cmocka_unit_test(gradients_and_checkpoints),
        cmocka_unit_test(samples_held_out_must_matter),
        cmocka_unit_test(files_and_tables),
        cmocka_unit_test(contexts),
        cmocka_unit_test(machines),
        cmocka_unit_test(an_error_that_nobody_wants_may_be_null),
    };
    return RUN(tests);
}
