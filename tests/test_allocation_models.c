/* Every allocation of the library fails once, as in test_allocation.c: estimators, tables,
 * paintings and exports. */
#include "allocation_work.h"

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

static pensel_status export_list(const char *list, const char *target, pensel_error *error)
{
    const pensel_shape shape = {.inputs = 2, .list = list};
    pensel_network *network = NULL;
    pensel_estimator *estimator = NULL;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
    pensel_export_options options = pensel_export_defaults();
    pensel_status status = pensel_network_new(&network, &shape, PENSEL_FLOAT32, error);
    const pensel_fitted fitted = {.network = network, .targets = 1};
    if (!status) status = pensel_estimator_assemble(&estimator, &fitted, NULL, &o, error);
    const pensel_exported model = {.estimator = estimator};
    options.target = target;
    if (!status) status = export_once(&model, &options, error);
    if (!status && strcmp(target, "c") == 0) status = export_int8(estimator, error);
    pensel_estimator_free(&estimator);
    pensel_network_free(&network);
    return status;
}

/* A network of all kinds of layers that can stand in one, to every target; one that has no words
 * for some of them gets neurons alone, which each must hold. */
static pensel_status export_all(pensel_error *error)
{
    static const char every[] = "embedding:3:2:1, periodic:1:2:3, dense:4:tanh, parametric, "
                                "residual(dense:4), layer-norm, scale, dropout:0.1, dense:1";
    pensel_status status = PENSEL_OK;
    for (size_t i = 0; pensel_export_target(i) && !status; i++) {
        status = export_list(every, pensel_export_target(i), error);
        if (status == PENSEL_UNSUPPORTED)
            status = export_list("dense:4:tanh, dense:1", pensel_export_target(i), error);
    }
    return status;
}

static pensel_status make_compact(pensel_error *error)
{
    static float pixels[SIDE * SIDE * 3], painted[SIDE * SIDE * 3];
    static const uint8_t profile[100];
    const pensel_picture picture = {pixels, SIDE, SIDE, 3};
    pensel_compact *compact = NULL, *loaded = NULL;
    pensel_compact_options options = pensel_compact_defaults();
    size_t count;
    for (size_t i = 0; i < SIDE * SIDE * 3; i++)
        pixels[i] = (float)(i % 7) / 7;
    options.threads = 1;
    options.psnr = 40;
    options.profile = profile; /* which is packed */
    options.profile_size = sizeof profile;
    pensel_status status = pensel_compact_new(&compact, &picture, &options, error);
    if (!status) status = pensel_compact_save(compact, model_path, error);
    if (!status) status = pensel_compact_load(&loaded, model_path, error);
    if (!status) status = pensel_compact_paint(loaded, painted, 1, NULL, error);
    if (!status) status = pensel_compact_count(&count, loaded, error);
    pensel_compact_free(&compact);
    pensel_compact_free(&loaded);
    return status;
}

static const work works[] = {
    {"a regressor and its file", fit_numbers, 1, 1},
    {"a classifier and its file", fit_classes, 1, 1},
    {"reading a table", read_table, 1, 1},
    {"reading columns", read_columns, 1, 1},
    {"a table's model of numbers and its file", model_numbers, 3, 5},
    {"a table's model of classes and its file", model_classes, 1, 5},
    {"painting", paint_by_choice, 1, 1},
    {"painting the tutorial's way", paint_the_tutorial, 1, 1},
    {"painting with a palette", paint_a_palette, 1, 1},
    {"a compact painting and its file", make_compact, 1, 1},
    {"exporting", export_all, 1, 1},
};

int main(void)
{
    return run_works("allocation_models", works, sizeof works / sizeof *works, NULL, 0, make_data);
}
