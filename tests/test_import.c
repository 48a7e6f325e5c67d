/* Imports: files that scikit-learn's converter and PyTorch's two exporters have written compute
 * what ONNX Runtime computes of them (import_make.py), own exports come back, and what cannot be
 * read is refused by its name. */
#include "test.h"

#include "expected_import.h"
#include "temporary.h"

static pensel_error error;
enum { FILES = sizeof expected / sizeof *expected };

static void path_of(char *path, size_t size, const char *name)
{
    snprintf(path, size, "../fuzz/corpus/import/%s", name);
}

static pensel_imported *import(const char *name)
{
    char path[200];
    pensel_imported *imported;
    path_of(path, sizeof path, name);
    MUST(pensel_import(&imported, path, NULL, &error));
    return imported;
}

/* ------------------------------------------------ files of other programs */

static void outputs_are_those_of_onnx_runtime(void **state)
{
    (void)state;
    for (size_t f = 0; f < FILES; f++) {
        double y[EXPECTED_ROWS * 8];
        pensel_imported *imported = import(expected[f].file);
        const pensel_estimator *e = pensel_imported_estimator(imported);
        const pensel_matrix x = {expected[f].x, EXPECTED_ROWS, EXPECTED_INPUTS, PENSEL_FLOAT64};
        bool classifies = pensel_estimator_task(e) == PENSEL_CLASSIFICATION;
        assert_int_equal(classifies, expected[f].classifies);
        if (classifies)
            MUST(pensel_estimator_probabilities(e, y, x, &error));
        else
            MUST(pensel_estimator_predict(e, y, x, &error));
        for (size_t i = 0; i < EXPECTED_ROWS * expected[f].outputs; i++)
            if (fabs(y[i] - expected[f].y[i]) > 3e-6 * fmax(1, fabs(expected[f].y[i])))
                fail_msg("%s: output %zu is %.9g: ONNX Runtime has %.9g", expected[f].file, i, y[i],
                         expected[f].y[i]);
        pensel_imported_free(&imported);
        assert_null(imported);
    }
}

static void labels_are_those_of_the_file(void **state)
{
    (void)state;
    size_t seen = 0;
    for (size_t f = 0; f < FILES; f++) {
        double y[EXPECTED_ROWS];
        if (!expected[f].labels[0]) continue;
        pensel_imported *imported = import(expected[f].file);
        const pensel_estimator *e = pensel_imported_estimator(imported);
        const pensel_matrix x = {expected[f].x, EXPECTED_ROWS, EXPECTED_INPUTS, PENSEL_FLOAT64};
        MUST(pensel_estimator_predict(e, y, x, &error));
        for (size_t r = 0; r < EXPECTED_ROWS; r++) {
            char code[32];
            snprintf(code, sizeof code, "%g", y[r]);
            const char *name = pensel_estimator_class_name(e, (size_t)y[r]);
            assert_string_equal(name ? name : code, expected[f].labels[r]);
        }
        seen++;
        pensel_imported_free(&imported);
    }
    assert_true(seen >= 2);
}

/* Its pixels are inputs in the order in which they stand in memory. */
static void a_picture_is_flattened(void **state)
{
    (void)state;
    const double pixels[] = {1, 0, 0, 0, 0, 2};
    double y;
    pensel_imported *imported = import("onnx-flatten");
    const pensel_matrix x = {pixels, 1, 6, PENSEL_FLOAT64};
    MUST(pensel_estimator_predict(pensel_imported_estimator(imported), &y, x, &error));
    assert_near(y, 1 * 1 + 2 * 6 + 0.5, 1e-6);
    pensel_imported_free(&imported);
}

/* Another program may have put the keys of JSON in another order, a class's name before them. */
static void a_class_called_saved_is_not_the_model(void **state)
{
    (void)state;
    static const char before[] = "{\"classes\": [\"lost\", \"saved\"], ";
    char path[200];
    pensel_imported *imported;
    path_of(path, sizeof path, "own-sines-json");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file), front = sizeof before - 1;
    char *text = malloc(front + size - 1);
    assert_non_null(text);
    fseek(file, 1, SEEK_SET); /* behind its brace */
    memcpy(text, before, front);
    assert_int_equal(fread(text + front, 1, size - 1, file), size - 1);
    fclose(file);
    MUST(pensel_import_memory(&imported, text, front + size - 1, "made", NULL, &error));
    assert_non_null(pensel_imported_model(imported));
    pensel_imported_free(&imported);
    free(text);
}

/* What the library measures itself holds against the file too: rounding, and no more. */
static void the_measured_difference_is_rounding(void **state)
{
    (void)state;
    for (size_t f = 0; f < FILES; f++) {
        double largest;
        pensel_imported *imported = import(expected[f].file);
        double difference = pensel_imported_difference(imported, &largest);
        bool wide = strcmp(expected[f].file, "skl-double") == 0;
        assert_true(largest > 0.01);
        assert_true(difference <= (wide ? 1e-13 : 1e-5) * fmax(1, largest));
        if (!wide) assert_true(difference > 1e-12); /* float and double are not the same */
        assert_non_null(pensel_imported_read(imported, 0));
        assert_null(pensel_imported_left(imported, 0));
        pensel_imported_free(&imported);
    }
}

/* ------------------------------------------------ there and back */

static pensel_estimator *make(const char *list, bool scaled)
{
    static const double offsets[] = {1, 20, -3}, scales[] = {4, 0.5, 60}, y_offset[] = {7, -1},
                        y_scale[] = {3, 0.25};
    pensel_network *network;
    pensel_estimator *estimator;
    pensel_random random;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
    const pensel_shape shape = {.inputs = 3, .list = list};
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT32, &error));
    pensel_random_seed(&random, 3);
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    pensel_fitted fitted = {.network = network, .targets = 2};
    if (scaled) {
        fitted.input_offset = offsets;
        fitted.input_scale = scales;
        fitted.target_offset = y_offset;
        fitted.target_scale = y_scale;
        o.scale_inputs = o.scale_targets = PENSEL_SCALE_STANDARD;
    }
    MUST(pensel_estimator_assemble(&estimator, &fitted, NULL, &o, &error));
    pensel_network_free(&network);
    return estimator;
}

static void compare(const pensel_estimator *a, const pensel_estimator *b, const char *list)
{
    enum { N = 50 };
    double x[N * 3], y[N * 2], z[N * 2];
    pensel_random random;
    pensel_random_seed(&random, 5);
    for (size_t i = 0; i < N * 3; i++)
        x[i] = pensel_random_uniform(&random, -3, 3);
    for (size_t i = 1; i < N * 3; i += 3)
        x[i] = round(fabs(x[i])); /* codes, for those layers that read some */
    const pensel_matrix rows = {x, N, 3, PENSEL_FLOAT64};
    MUST(pensel_estimator_predict(a, y, rows, &error));
    MUST(pensel_estimator_predict(b, z, rows, &error));
    for (size_t i = 0; i < N * 2; i++)
        if (fabs(y[i] - z[i]) > 2e-6 * fmax(1, fabs(y[i])))
            fail_msg("%s: %.9g comes back as %.9g", list, y[i], z[i]);
}

/* Unless the target writes formulas, and the list's activation does not say its own. */
static void come_back(const pensel_estimator *estimator, const char *target, const char *list)
{
    const pensel_exported model = {.estimator = estimator};
    pensel_export_options o = pensel_export_defaults();
    void *bytes;
    size_t size;
    pensel_imported *imported;
    o.target = target;
    pensel_status status = pensel_export_memory(&bytes, &size, &model, &o, &error);
    if (status == PENSEL_UNSUPPORTED && strstr(error.text, "does not say how it leaves")) return;
    MUST(status);
    MUST(pensel_import_memory(&imported, bytes, size, "own", NULL, &error));
    compare(estimator, pensel_imported_estimator(imported), list);
    pensel_imported_free(&imported);
    pensel_export_free(&bytes);
}

static void own_networks_come_back(void **state)
{
    (void)state;
    char list[200];
    const char *const lists[] = {
        "dense:2",
        "dense:5:tanh, dense:4:relu, dense:2",
        "dense:5:silu, dense:2:logistic",
        "dense:5:relu, residual(dense:4:tanh, dense:5), dense:2",
        "dense:5:tanh, scale, dense:2",
        "dense:6:relu, dropout:0.3, dense:2",
        "residual(dense:4:gelu, dense:3), dense:2",
        "dense:6:tanh, layer-norm, dense:4:relu, layer-norm:0.01, dense:2",
        "dense:6, parametric, dense:2",
        "parametric:silu, dense:4:relu, dense:2",
        "embedding:codes=4:width=3:column=1, dense:4:relu, dense:2",
        "periodic:2:3:2, dense:4:relu, dense:2",
        "piecewise:3:4:3, residual(dense:3:tanh, layer-norm, dense:9), dense:2",
        "fourier:8, dense:4:relu, dense:2",
        "hashgrid:levels=2, dense:4:relu, dense:2"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists + 2 * PENSEL_ACTIVATION_COUNT; i++) {
        size_t f = i - sizeof lists / sizeof *lists;
        const pensel_activation_info *info =
            f < 2 * PENSEL_ACTIVATION_COUNT ? pensel_activation_describe((pensel_activation)(f / 2))
                                            : NULL;
        if (info && info->outputs_only) continue;
        if (info && f % 2 && info->has_parameter)
            snprintf(list, sizeof list, "dense:5:%s:0.75, dense:2", info->name);
        else
            snprintf(list, sizeof list, info ? "dense:5:%s, dense:2" : "%s",
                     info ? info->name : lists[i]);
        pensel_estimator *estimator = make(list, i % 2);
        come_back(estimator, "onnx", list);
        come_back(estimator, "npz", list);
        come_back(estimator, "json", list);
        pensel_estimator_free(&estimator);
    }
}

/* ------------------------------------------------ refusals */

static void what_is_not_read_is_refused_by_name(void **state)
{
    (void)state;
    pensel_imported *imported;
    pensel_import_options o = pensel_import_defaults();
    char path[200];
    static const char *const files[][2] = {
        {"torch-own", "node \"/1/Div\" is of the operator Div"},
        {"onnx-cut", "node \"/Min\" is of the operator Min"},
        {"onnx-cut-far", "node \"/Min\" is of the operator Min"},
        {"onnx-mask", "node \"/Dropout\" is of the operator Dropout"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        path_of(path, sizeof path, files[i][0]);
        if (pensel_import(&imported, path, NULL, &error) != PENSEL_UNSUPPORTED)
            fail_msg("%s is read", files[i][0]);
        assert_null(imported);
        assert_non_null(strstr(error.text, files[i][1]));
    }
    path_of(path, sizeof path, "skl-tanh");
    o = (pensel_import_options){.format = "onxx"};
    assert_int_equal(pensel_import(&imported, path, &o, &error), PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "one of safetensors or npz or json or onnx"));
    o = (pensel_import_options){.task = "guessing"};
    assert_int_equal(pensel_import(&imported, path, &o, &error), PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_import(&imported, "none.onnx", NULL, &error), PENSEL_IO_FAILED);
    assert_int_equal(pensel_import_memory(&imported, "hello", 5, "words", NULL, &error),
                     PENSEL_BAD_FILE);
    assert_int_equal(pensel_import(NULL, path, NULL, &error), PENSEL_BAD_ARGUMENT);
}

/* Memory behind the file may look as if it went on. */
static void what_stands_behind_the_file_is_not_read(void **state)
{
    (void)state;
    unsigned char bytes[64] = "PK\3\4";
    char without[sizeof error.text];
    pensel_imported *imported;
    bytes[26] = 30; /* the length of a name, which begins at 30 */
    assert_true(pensel_import_memory(&imported, bytes, 40, "cut", NULL, &error) != PENSEL_OK);
    strcpy(without, error.text);
    memcpy(bytes + 56, ".npy", 4);
    assert_true(pensel_import_memory(&imported, bytes, 40, "cut", NULL, &error) != PENSEL_OK);
    assert_string_equal(error.text, without);
    /* and now it belongs to the file */
    assert_true(pensel_import_memory(&imported, bytes, 60, "cut", NULL, &error) != PENSEL_OK);
    assert_string_not_equal(error.text, without);
}

/* A file that ends anywhere is refused by a sentence: none of its parts is a model. */
static void a_file_that_is_cut_off_is_refused(void **state)
{
    (void)state;
    char path[200];
    static unsigned char bytes[4096];
    path_of(path, sizeof path, "skl-words");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(size > 1000 && size < sizeof bytes);
    for (size_t n = 0; n < size - 100; n++) {
        pensel_imported *imported;
        error.text[0] = '\0';
        assert_int_not_equal(pensel_import_memory(&imported, bytes, n, "cut", NULL, &error),
                             PENSEL_OK);
        assert_true(error.text[0] != '\0');
    }
}

static void a_task_that_is_asked_for_decides(void **state)
{
    (void)state;
    char path[200];
    pensel_imported *imported;
    pensel_import_options o = pensel_import_defaults();
    const double x[] = {0.5, -0.25, 1};
    double y[2], p[2];
    path_of(path, sizeof path, "torch-residual");
    MUST(pensel_import(&imported, path, NULL, &error));
    MUST(pensel_estimator_predict(pensel_imported_estimator(imported), y,
                                  (pensel_matrix){x, 1, 3, PENSEL_FLOAT64}, &error));
    pensel_imported_free(&imported);
    o.task = "classification"; /* of two classes by softmax: logistic of the difference */
    MUST(pensel_import(&imported, path, &o, &error));
    MUST(pensel_estimator_probabilities(pensel_imported_estimator(imported), p,
                                        (pensel_matrix){x, 1, 3, PENSEL_FLOAT64}, &error));
    assert_near(p[1], 1 / (1 + exp(y[0] - y[1])), 1e-5);
    assert_near(p[0] + p[1], 1, 1e-12);
    pensel_imported_free(&imported);
    path_of(path, sizeof path, "torch-softmax");
    o.task = "regression";
    MUST(pensel_import(&imported, path, &o, &error));
    assert_int_equal(pensel_estimator_task(pensel_imported_estimator(imported)), PENSEL_REGRESSION);
    pensel_imported_free(&imported);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_those_of_onnx_runtime),
        cmocka_unit_test(labels_are_those_of_the_file),
        cmocka_unit_test(a_picture_is_flattened),
        cmocka_unit_test(a_class_called_saved_is_not_the_model),
        cmocka_unit_test(the_measured_difference_is_rounding),
        cmocka_unit_test(own_networks_come_back),
        cmocka_unit_test(what_is_not_read_is_refused_by_name),
        cmocka_unit_test(what_stands_behind_the_file_is_not_read),
        cmocka_unit_test(a_file_that_is_cut_off_is_refused),
        cmocka_unit_test(a_task_that_is_asked_for_decides),
    };
    return RUN(tests);
}
