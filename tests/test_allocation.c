/* Every allocation of the library fails once: the 1st, the 2nd, the 3rd... until the work succeeds
 * (test_starve.py does the same for the program). Each failure must give OUT_OF_MEMORY with a
 * sentence, or the work must be done another way; and nothing may leak. Then the same with the
 * memory of a host: every block is the host's, and comes back to it as it went. */
#include "failing_memory.h"

#include "base/thread_pool.h"

#include <sched.h>

static void each_allocation_may_fail(void **state)
{
    const task *work = *state;
    fail_all_after = false;
    fail_each(*work, 1);
    fail_all_after = true;
    fail_each(*work, 1);
}

static pensel_status model_numbers(pensel_error *error);
static pensel_status model_classes(pensel_error *error);

static void each_allocation_of_a_host_may_fail(void **state)
{
    const task *work = *state;
    pensel_context_options options = pensel_context_defaults();
    pensel_error error;
    pensel_context *context;
    options.memory = (pensel_allocator){host_allocate, host_release, live};
    live_count = 0;
    MUST(pensel_context_new(&context, &options, &error));
    assert_true(live_count > 0); /* the context itself is the host's */
    size_t own = live_count;
    void *kept[8];
    size_t kept_sizes[8];
    assert_true(own <= 8);
    memcpy(kept, live, sizeof kept);
    memcpy(kept_sizes, sizes, sizeof kept_sizes);
    host = context;
    fail_all_after = false;
    fail_each(*work, *work == model_numbers || *work == model_classes ? 5 : 1); /* of thousands */
    assert_int_equal(strays, 0);
    host = NULL;
    live_count = own;
    memcpy(live, kept, sizeof kept);
    memcpy(sizes, kept_sizes, sizeof kept_sizes);
    pensel_context_free(&context);
    assert_int_equal(live_count, 0);
}

/* ---- threads that work for a host's thread */

/* Each of the two waits until both have begun: so they are two threads. */
static _Atomic size_t begun;
static void *taken[2];

static void take_a_block(void *data, size_t index, size_t worker)
{
    (void)data, (void)worker;
    atomic_fetch_add(&begun, 1);
    while (atomic_load(&begun) < 2)
        sched_yield();
    taken[index] = pensel_allocate(100, 1, NULL);
}

static void threads_take_the_memory_of_whom_they_work_for(void **state)
{
    (void)state;
    pensel_context_options options = pensel_context_defaults();
    pensel_context *context, *plain;
    pensel_error error;
    options.memory = (pensel_allocator){host_allocate, host_release, live};
    live_count = 0;
    MUST(pensel_context_new(&context, &options, &error));
    MUST(pensel_context_new(&plain, NULL, &error));
    for (int hosts = 1; hosts >= 0; hosts--) { /* the threads are the same */
        const pensel_pool pool = pensel_pool_of(plain, 2);
        pensel_context_enter(hosts ? context : NULL);
        atomic_store(&begun, 0);
        pensel_pool_run(&pool, take_a_block, NULL, 2);
        pensel_context_enter(NULL);
        for (int i = 0; i < 2; i++) {
            size_t before = live_count;
            assert_non_null(taken[i]);
            pensel_release(taken[i]);
            assert_int_equal(live_count, before - (size_t)hosts);
        }
    }
    pensel_context_free(&plain);
    pensel_context_free(&context);
    assert_int_equal(live_count, 0);
}

/* ------------------------------------------------------------------ the work */

enum { SAMPLES = 60, INPUTS = 2, OUTPUTS = 3 };
static double x[SAMPLES * INPUTS], y[SAMPLES * OUTPUTS], codes[SAMPLES];
static const pensel_samples samples = {.x = {x, SAMPLES, INPUTS, PENSEL_FLOAT64},
                                       .y = {y, SAMPLES, OUTPUTS, PENSEL_FLOAT64}};
static const pensel_samples labelled = {.x = {x, SAMPLES, INPUTS, PENSEL_FLOAT64},
                                        .y = {codes, SAMPLES, 1, PENSEL_FLOAT64}};

/* Files that the work reads and writes. */
static char model_path[64], table_path[64], checkpoint_path[64];
static const char *checkpoints = "/dev/null"; /* where trainings write them: here to no disk */

static int make_files(void)
{
    snprintf(model_path, sizeof model_path, "/tmp/pensel-allocation-%ld.safetensors",
             (long)getpid());
    snprintf(table_path, sizeof table_path, "/tmp/pensel-allocation-%ld.csv", (long)getpid());
    snprintf(checkpoint_path, sizeof checkpoint_path, "/tmp/pensel-allocation-%ld.checkpoint",
             (long)getpid());
    FILE *table = fopen(table_path, "w");
    if (!table) return -1;
    fputs("width,height,kind\n", table);
    for (int row = 0; row < 40; row++)
        fprintf(table, "%d,%d,%s\n", row, row * row, row % 3 ? "\"broad, low\"" : "high");
    return fclose(table);
}

static int make_data(void **state)
{
    (void)state;
    pensel_random random;
    pensel_random_seed(&random, 5);
    for (size_t i = 0; i < SAMPLES * INPUTS; i++)
        x[i] = pensel_random_uniform(&random, 0, 1);
    for (size_t i = 0; i < SAMPLES * OUTPUTS; i++)
        y[i] = pensel_random_uniform(&random, 0, 1);
    for (size_t i = 0; i < SAMPLES; i++)
        codes[i] = (double)(i % 3);
    return make_files();
}

static pensel_status train_lbfgs(pensel_error *error);

/* For resume_lbfgs. */
static int make_checkpoint(void)
{
    const char *usual = checkpoints;
    checkpoints = checkpoint_path;
    pensel_status status = train_lbfgs(NULL);
    checkpoints = usual;
    return status;
}

static int make_all(void **state)
{
    return make_data(state) || make_checkpoint();
}

static int remove_files(void **state)
{
    (void)state;
    remove(model_path);
    remove(table_path);
    remove(checkpoint_path);
    return 0;
}

static const pensel_layer layers[] = {
    {7, PENSEL_TANH, 0}, {5, PENSEL_SILU, 0}, {OUTPUTS, PENSEL_IDENTITY, 0}};

static pensel_status train_and_free(pensel_network **network,
                                    const pensel_training_options *options, pensel_error *error)
{
    pensel_random random;
    pensel_training *training = NULL;
    pensel_random_seed(&random, 1);
    pensel_status status = pensel_network_initialise(*network, PENSEL_GLOROT, &random, error);
    if (!status) status = pensel_training_new(&training, *network, options, error);
    if (!status) status = pensel_training_run(training, &samples, NULL, &random, error);
    if (!status) status = pensel_training_run(training, &samples, &samples, &random, error);
    pensel_training_free(&training);
    pensel_network_free(network);
    return status;
}

static pensel_status train(pensel_solver solver, pensel_encoding encoding, pensel_error *error)
{
    pensel_shape shape = {
        .inputs = INPUTS, .encoding = encoding, .layers = layers, .layer_count = 3};
    pensel_network *network = NULL;
    pensel_training_options options = pensel_training_defaults();
    options.solver = solver;
    options.epochs = 3;
    options.batch_size = 16;
    options.early_stopping = solver != PENSEL_LBFGS;
    options.threads = 2;
    options.average = solver == PENSEL_ADAM ? 0.9 : 0;
    options.dropout = solver == PENSEL_ADAM ? 0.1 : 0;
    options.clip_norm = solver == PENSEL_LBFGS ? 0 : 1;
    pensel_status status =
        pensel_checkpoint_new(&options.checkpoint, checkpoints, 1000, NULL, error);
    if (!status) status = pensel_network_new(&network, &shape, PENSEL_FLOAT32, error);
    if (!status) status = train_and_free(&network, &options, error);
    pensel_checkpoint_free(&options.checkpoint);
    return status;
}

static pensel_status train_adam(pensel_error *error)
{
    return train(PENSEL_ADAM, (pensel_encoding){0}, error);
}

static pensel_status train_sgd(pensel_error *error)
{
    return train(PENSEL_SGD, (pensel_encoding){0}, error);
}

static pensel_status train_lbfgs(pensel_error *error)
{
    return train(PENSEL_LBFGS, (pensel_encoding){0}, error);
}

static pensel_status resume_lbfgs(pensel_error *error)
{
    pensel_shape shape = {.inputs = INPUTS, .layers = layers, .layer_count = 3};
    pensel_training_options options = pensel_training_defaults();
    pensel_network *network = NULL;
    pensel_training *training = NULL;
    pensel_random random;
    options.solver = PENSEL_LBFGS;
    options.epochs = 4;
    options.batch_size = 16;
    options.threads = 2;
    pensel_status status = pensel_network_new(&network, &shape, PENSEL_FLOAT32, error);
    if (!status) status = pensel_training_new(&training, network, &options, error);
    if (!status) status = pensel_training_load(training, &random, checkpoint_path, error);
    if (!status) status = pensel_training_run(training, &samples, NULL, &random, error);
    pensel_training_free(&training);
    pensel_network_free(&network);
    return status;
}

static pensel_status train_fourier(pensel_error *error)
{
    pensel_encoding encoding = {.kind = PENSEL_FOURIER, .features = 5, .scale = 2};
    return train(PENSEL_ADAM, encoding, error);
}

static pensel_status train_hashgrid(pensel_error *error)
{
    pensel_encoding encoding = {.kind = PENSEL_HASHGRID,
                                .features = 2,
                                .levels = 3,
                                .table_log2 = 6,
                                .base_resolution = 2,
                                .fine_resolution = 16};
    return train(PENSEL_ADAM, encoding, error);
}

static pensel_status train_pyramid(pensel_error *error)
{
    pensel_encoding encoding = {
        .kind = PENSEL_PYRAMID, .features = 2, .levels = 2, .rows = 9, .columns = 11};
    return train(PENSEL_ADAM, encoding, error);
}

static pensel_status predict(pensel_error *error)
{
    static const pensel_layer wide[] = {{300, PENSEL_RELU, 0}, {OUTPUTS, PENSEL_SOFTMAX, 0}};
    pensel_shape shape = {.inputs = INPUTS, .layers = wide, .layer_count = 2};
    pensel_network *network = NULL, *copy = NULL;
    static float out[SAMPLES * 300];
    double loss;
    pensel_training_options options = pensel_training_defaults();
    pensel_status status = pensel_network_new(&network, &shape, PENSEL_FLOAT32, error);
    if (!status) status = pensel_network_copy(&copy, network, error);
    if (!status) status = pensel_network_predict(copy, out, samples.x, 2, error);
    if (!status) status = pensel_network_activations(copy, 0, out, samples.x, 2, error);
    if (!status) status = pensel_network_gradient(copy, &loss, out, &samples, &options, error);
    pensel_network_free(&network);
    pensel_network_free(&copy);
    return status;
}

/* An estimator of what this one knows. */
static pensel_status assemble(const pensel_estimator *estimator, pensel_error *error)
{
    pensel_estimator *made = NULL;
    pensel_fitted fitted;
    pensel_status status = pensel_estimator_fitted(estimator, &fitted, error);
    if (!status)
        status = pensel_estimator_assemble(&made, &fitted, pensel_estimator_report(estimator),
                                           pensel_estimator_settings(estimator), error);
    pensel_estimator_free(&made);
    return status;
}

/* A network by itself: its file, and gradients by its inputs */
static pensel_status use_network(pensel_error *error)
{
    static double dx[SAMPLES * INPUTS];
    const pensel_shape shape = {.inputs = INPUTS, .layers = layers, .layer_count = 3};
    pensel_network *network = NULL, *same = NULL;
    pensel_matrix rows = {x, SAMPLES, INPUTS, PENSEL_FLOAT64};
    pensel_status status = pensel_network_new(&network, &shape, PENSEL_FLOAT64, error);
    if (!status) status = pensel_network_input_gradient(network, dx, rows, NULL, 1, error);
    if (!status) status = pensel_network_save(network, model_path, error);
    if (!status) status = pensel_network_load(&same, model_path, error);
    pensel_network_free(&network);
    pensel_network_free(&same);
    return status;
}

static void prediction_in_a_callers_memory_allocates_nothing(void **state)
{
    (void)state;
    static char workspace[1 << 22], results[SAMPLES * OUTPUTS * sizeof(double)];
    const pensel_layer wide[] = {{900, PENSEL_TANH, 0}, {OUTPUTS, PENSEL_IDENTITY, 0}};
    const pensel_shape shape = {.inputs = INPUTS, .layers = wide, .layer_count = 2};
    pensel_error error;
    pensel_network *network;
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
    assert_true(pensel_network_workspace(network) <= sizeof workspace);
    for (size_t n = 1; n <= SAMPLES; n += SAMPLES - 1) {
        pensel_matrix rows = {x, n, INPUTS, PENSEL_FLOAT64};
        calls = fail_at = live_count = 0;
        counting = true;
        pensel_status status =
            pensel_network_predict_in(network, results, rows, workspace, sizeof workspace, &error);
        counting = false;
        assert_int_equal(status, PENSEL_OK);
        assert_int_equal(calls, 0);
    }
    pensel_network_free(&network);
}

static pensel_status fit(pensel_task kind, pensel_error *error)
{
    pensel_estimator_options options = pensel_estimator_defaults(kind);
    pensel_estimator *estimator = NULL, *loaded = NULL;
    pensel_scores scores;
    static const char *const names[] = {"left", "right"};
    static double out[SAMPLES * OUTPUTS];
    static size_t confusion[9];
    bool classes = kind == PENSEL_CLASSIFICATION;
    const pensel_samples *given = classes ? &labelled : &samples;
    options.hidden = layers;
    options.hidden_count = 1;
    options.scale_inputs = PENSEL_SCALE_STANDARD;
    options.scale_targets = classes ? PENSEL_SCALE_NONE : PENSEL_SCALE_MINMAX;
    const pensel_class_weight heavy = {1, 2};
    options.balanced = classes;
    options.class_weights = &heavy;
    options.class_weight_count = classes;
    options.training.epochs = 2;
    options.training.early_stopping = true;
    options.training.threads = 2;
    pensel_status status = pensel_estimator_new(&estimator, &options, error);
    if (!status) status = pensel_estimator_fit(estimator, given, NULL, error);
    if (!status) status = pensel_estimator_name_inputs(estimator, names, INPUTS, error);
    if (!status) status = pensel_estimator_predict(estimator, out, given->x, error);
    if (!status && classes)
        status = pensel_estimator_probabilities(estimator, out, given->x, error);
    if (!status)
        status =
            pensel_estimator_score(estimator, &scores, classes ? confusion : NULL, given, error);
    if (!status) status = assemble(estimator, error);
    if (!status) status = pensel_estimator_save(estimator, model_path, error);
    if (!status) status = pensel_estimator_load(&loaded, model_path, error);
    if (!status) status = pensel_estimator_continue(estimator, given, given, error);
    pensel_estimator_free(&estimator);
    pensel_estimator_free(&loaded);
    return status;
}

static pensel_status fit_numbers(pensel_error *error)
{
    return fit(PENSEL_REGRESSION, error);
}

static pensel_status fit_classes(pensel_error *error)
{
    return fit(PENSEL_CLASSIFICATION, error);
}

static pensel_status read_table(pensel_error *error)
{
    pensel_table_options options = pensel_table_defaults();
    pensel_table *table = NULL;
    options.target = "kind";
    options.classify = true;
    pensel_status status = pensel_table_read(&table, table_path, &options, error);
    pensel_table_free(&table);
    return status;
}

/* Text, names that stand twice, and what each column is when all has been read. */
static pensel_status read_columns(pensel_error *error)
{
    static const char *const kept[] = {"height"};
    pensel_columns_options options = pensel_columns_defaults();
    pensel_columns *columns = NULL;
    options.text = kept;
    options.text_count = 1;
    pensel_status status = pensel_columns_read(&columns, table_path, &options, error);
    if (status == PENSEL_OK) {
        pensel_column list[2] = {columns->columns[0], columns->columns[2]};
        pensel_columns *borrowed = NULL;
        list[1].name = list[0].name;
        status = pensel_columns_new(&borrowed, columns->rows, list, 2, error);
        pensel_columns_free(&borrowed);
    }
    pensel_columns_free(&columns);
    return status;
}

/* Learned, saved, loaded, asked; the table is small, because all of it is done a thousand times. */
static pensel_status model_a_table(const char *target, pensel_error *error)
{
    enum { ROWS = 12 };
    static double a[ROWS], b[ROWS];
    static uint32_t colours[ROWS];
    static const char *const texts[] = {NULL, "red", "blue", "2020-01-02", "green"};
    double out[ROWS * 2];
    for (size_t r = 0; r < ROWS; r++) {
        a[r] = (double)(r * 5 % 12) / 3;
        b[r] = r % 5 == 4 ? NAN : (double)(r * r % 7);
        colours[r] = (uint32_t)(r % 5);
    }
    const pensel_column list[] = {
        {.name = "a", .form = PENSEL_COLUMN_NUMBER, .numbers = a},
        {.name = "b", .form = PENSEL_COLUMN_NUMBER, .numbers = b},
        {.name = "c", .form = PENSEL_COLUMN_TEXT, .codes = colours, .texts = texts, .distinct = 4}};
    pensel_columns *columns = NULL;
    pensel_table_model *model = NULL, *loaded = NULL;
    pensel_table_model_options o = pensel_table_model_defaults();
    pensel_table_scores scores;
    o.epochs = o.threads = 1;
    o.seconds = 1e6;
    pensel_status status = pensel_columns_new(&columns, ROWS, list, 3, error);
    if (!status) status = pensel_table_model_fit(&model, columns, target, &o, error);
    if (!status) status = pensel_table_model_save(model, model_path, error);
    if (!status) status = pensel_table_model_load(&loaded, model_path, error);
    if (!status) status = pensel_table_model_predict(loaded, out, columns, NULL, error);
    if (!status) status = pensel_table_model_score(loaded, &scores, columns, error);
    pensel_table_model_free(&model);
    pensel_table_model_free(&loaded);
    pensel_columns_free(&columns);
    return status;
}

static pensel_status model_numbers(pensel_error *error)
{
    return model_a_table("a", error);
}

static pensel_status model_classes(pensel_error *error)
{
    return model_a_table("c", error);
}

enum { SIDE = 12 };

static pensel_status paint(pensel_paint_options *options, pensel_error *error)
{
    static float pixels[SIDE * SIDE * 3], painted[SIDE * SIDE * 3];
    pensel_picture picture = {pixels, SIDE, SIDE, 3}, copy = {painted, SIDE, SIDE, 3};
    pensel_painting *painting = NULL, *loaded = NULL;
    pensel_render_options size = pensel_render_defaults();
    double likeness;
    for (size_t i = 0; i < SIDE * SIDE * 3; i++)
        pixels[i] = (float)(i % 7) / 7;
    size.threads = options->estimator.training.threads = 1; /* teams fail above */
    options->profile = pixels;
    options->profile_size = 100;
    pensel_status status = pensel_painting_new(&painting, &picture, options, error);
    if (!status) status = pensel_painting_save(painting, model_path, error);
    if (!status) status = pensel_painting_load(&loaded, model_path, error);
    if (!status) status = pensel_painting_render(painting, painted, 0, SIDE, &size, error);
    if (!status) status = pensel_picture_psnr(&likeness, &picture, &copy, error);
    if (!status) status = pensel_picture_ssim(&likeness, &picture, &copy, error);
    pensel_painting_free(&painting);
    pensel_painting_free(&loaded);
    return status;
}

static pensel_status paint_by_choice(pensel_error *error)
{
    pensel_paint_options options = pensel_paint_defaults(PENSEL_REGRESSION);
    options.estimator.training.epochs = 2;
    return paint(&options, error);
}

static pensel_status paint_the_tutorial(pensel_error *error)
{
    pensel_paint_options options = pensel_paint_tutorial(PENSEL_REGRESSION);
    options.estimator.hidden = layers;
    options.estimator.hidden_count = 2;
    options.estimator.training.epochs = 2;
    return paint(&options, error);
}

static pensel_status paint_a_palette(pensel_error *error)
{
    pensel_paint_options options = pensel_paint_defaults(PENSEL_CLASSIFICATION);
    options.colours = 3;
    options.estimator.training.epochs = 2;
    return paint(&options, error);
}

static pensel_status export_once(const pensel_exported *model, const pensel_export_options *options,
                                 pensel_error *error)
{
    void *bytes = NULL;
    size_t size;
    pensel_status status = pensel_export_memory(&bytes, &size, model, options, error);
    pensel_export_free(&bytes);
    return status;
}

/* Some rows in 16 bits, or the model's answers to these two rows would not be near enough */
static pensel_status export_int8(const pensel_estimator *estimator, pensel_error *error)
{
    static const float rows[] = {0.5f, 0, -0.5f, 1};
    const pensel_exported model = {.estimator = estimator};
    const pensel_samples two = {.x = {rows, 2, 2, PENSEL_FLOAT32}};
    pensel_export_options options = pensel_export_defaults();
    options.target = "c";
    options.quantise = PENSEL_QUANTISE_INT8;
    options.check = &two;
    return export_once(&model, &options, error);
}

/* A network of all kinds of layers that can stand in one, to every target that takes it */
static pensel_status export_all(pensel_error *error)
{
    static const char list[] = "embedding:3:2:1, periodic:1:2:3, dense:4:tanh, parametric, "
                               "residual(dense:4), layer-norm, scale, dropout:0.1, dense:1";
    const pensel_shape shape = {.inputs = 2, .list = list};
    pensel_network *network = NULL;
    pensel_estimator *estimator = NULL;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
    pensel_status status = pensel_network_new(&network, &shape, PENSEL_FLOAT32, error);
    const pensel_fitted fitted = {.network = network, .targets = 1};
    if (!status) status = pensel_estimator_assemble(&estimator, &fitted, NULL, &o, error);
    for (size_t i = 0; pensel_export_target(i) && !status; i++) {
        const pensel_exported model = {.estimator = estimator};
        pensel_export_options options = pensel_export_defaults();
        options.target = pensel_export_target(i);
        status = export_once(&model, &options, error);
    }
    if (!status) status = export_int8(estimator, error);
    pensel_estimator_free(&estimator);
    pensel_network_free(&network);
    return status;
}

static pensel_status make_compact(pensel_error *error)
{
    static float pixels[SIDE * SIDE * 3], painted[SIDE * SIDE * 3];
    const pensel_picture picture = {pixels, SIDE, SIDE, 3};
    pensel_compact *compact = NULL, *loaded = NULL;
    pensel_compact_options options = pensel_compact_defaults();
    size_t count;
    for (size_t i = 0; i < SIDE * SIDE * 3; i++)
        pixels[i] = (float)(i % 7) / 7;
    options.threads = 1;
    options.psnr = 40;
    pensel_status status = pensel_compact_new(&compact, &picture, &options, error);
    if (!status) status = pensel_compact_save(compact, model_path, error);
    if (!status) status = pensel_compact_load(&loaded, model_path, error);
    if (!status) status = pensel_compact_paint(loaded, painted, 1, NULL, error);
    if (!status) status = pensel_compact_count(&count, loaded, error);
    pensel_compact_free(&compact);
    pensel_compact_free(&loaded);
    return status;
}

static const struct {
    const char *name;
    task work;
} works[] = {
    {"training by adam", train_adam},
    {"training by sgd", train_sgd},
    {"training by lbfgs", train_lbfgs},
    {"resuming lbfgs", resume_lbfgs},
    {"training with fourier features", train_fourier},
    {"training a hash grid", train_hashgrid},
    {"training a pyramid", train_pyramid},
    {"predicting", predict},
    {"a network by itself", use_network},
    {"a regressor and its file", fit_numbers},
    {"a classifier and its file", fit_classes},
    {"reading a table", read_table},
    {"reading columns", read_columns},
    {"a table's model of numbers and its file", model_numbers},
    {"a table's model of classes and its file", model_classes},
    {"painting", paint_by_choice},
    {"painting the tutorial's way", paint_the_tutorial},
    {"painting with a palette", paint_a_palette},
    {"a compact painting and its file", make_compact},
    {"exporting", export_all},
};
enum { WORKS = sizeof works / sizeof works[0] };

int main(void)
{
    struct CMUnitTest tests[2 * WORKS + 2];
    static char names[WORKS][80];
    for (size_t i = 0; i < WORKS; i++) {
        snprintf(names[i], sizeof names[i], "%s, in a host's memory", works[i].name);
        tests[i] = (struct CMUnitTest){works[i].name, each_allocation_may_fail, NULL, NULL,
                                       (void *)&works[i].work};
        tests[WORKS + i] = (struct CMUnitTest){names[i], each_allocation_of_a_host_may_fail, NULL,
                                               NULL, (void *)&works[i].work};
    }
    tests[2 * WORKS] =
        (struct CMUnitTest)cmocka_unit_test(prediction_in_a_callers_memory_allocates_nothing);
    tests[2 * WORKS + 1] =
        (struct CMUnitTest)cmocka_unit_test(threads_take_the_memory_of_whom_they_work_for);
    return _cmocka_run_group_tests("allocation", tests, 2 * WORKS + 2, make_all, remove_files);
}
