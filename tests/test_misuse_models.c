/* Misuse of estimators, tables, pictures and exports, as in test_misuse.c. */
#include "misuse.h"

static void estimators(void **state)
{
    (void)state;
    pensel_estimator *e = NULL;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
    pensel_samples s = {.x = matrix(3, 2), .y = matrix(3, 1)}, wrong = s;
    REFUSED(pensel_estimator_new(NULL, &o, &error));
    REFUSED(pensel_estimator_new(&e, NULL, &error));
    o.class_weight_count = 1;
    REFUSED(pensel_estimator_new(&e, &o, &error));
    o.class_weight_count = 0;
    MUST(pensel_estimator_new(&e, &o, &error));
    REFUSED(pensel_estimator_fit(NULL, &s, NULL, &error));
    REFUSED(pensel_estimator_fit(e, NULL, NULL, &error));
    wrong.y.data = NULL;
    REFUSED(pensel_estimator_fit(e, &wrong, NULL, &error));
    wrong = s;
    wrong.x.precision = (pensel_precision)3;
    REFUSED(pensel_estimator_fit(e, &wrong, NULL, &error));
    wrong = s;
    wrong.weights = matrix(2, 1);
    REFUSED(pensel_estimator_fit(e, &wrong, NULL, &error));
    REFUSED(pensel_estimator_fit(e, &s, &wrong, &error));
    REFUSED(pensel_estimator_continue(e, &s, NULL, &error));
    REFUSED(pensel_estimator_continue(NULL, &s, NULL, &error));
    REFUSED(pensel_estimator_configure(NULL, &o.training, &error));
    REFUSED(pensel_estimator_configure(e, NULL, &error));
    pensel_estimator_free(&e);
    pensel_estimator_free(&e);
    pensel_estimator_free(NULL);
}

static void estimators_that_have_not_learned(void **state)
{
    (void)state;
    pensel_estimator *e = NULL;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
    pensel_samples s = {.x = matrix(3, 2), .y = matrix(3, 1)};
    pensel_scores scores;
    MUST(pensel_estimator_new(&e, &o, &error));
    REFUSED(pensel_estimator_predict(e, numbers, matrix(1, 2), &error));
    assert_int_equal(error.status, PENSEL_UNTRAINED);
    REFUSED(pensel_estimator_predict(NULL, numbers, matrix(1, 2), &error));
    REFUSED(pensel_estimator_predict(e, NULL, matrix(1, 2), &error));
    REFUSED(pensel_estimator_probabilities(e, numbers, matrix(1, 2), &error));
    REFUSED(pensel_estimator_probabilities(NULL, numbers, matrix(1, 2), &error));
    REFUSED(pensel_estimator_score(e, &scores, NULL, &s, &error));
    REFUSED(pensel_estimator_score(e, NULL, NULL, &s, &error));
    REFUSED(pensel_estimator_score(NULL, &scores, NULL, &s, &error));
    pensel_fitted fitted = {0};
    pensel_estimator *made;
    REFUSED(pensel_estimator_fitted(e, &fitted, &error));
    REFUSED(pensel_estimator_fitted(NULL, &fitted, &error));
    REFUSED(pensel_estimator_fitted(e, NULL, &error));
    REFUSED(pensel_estimator_assemble(&made, &fitted, NULL, &o, &error));
    REFUSED(pensel_estimator_assemble(&made, NULL, NULL, &o, &error));
    assert_null(made);
    REFUSED(pensel_estimator_save(e, "x", &error));
    REFUSED(pensel_estimator_save(e, NULL, &error));
    REFUSED(pensel_estimator_save(NULL, "x", &error));
    pensel_estimator_free(&e);
}

static void what_estimators_are_asked(void **state)
{
    (void)state;
    pensel_estimator *e = NULL;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
    const char *name[] = {NULL};
    MUST(pensel_estimator_new(&e, &o, &error));
    pensel_estimator_task(NULL);
    assert_int_equal(pensel_estimator_inputs(NULL) + pensel_estimator_inputs(e), 0);
    assert_int_equal(pensel_estimator_targets(NULL) + pensel_estimator_targets(e), 0);
    size_t count = 7;
    assert_null(pensel_estimator_classes(NULL, &count));
    assert_int_equal(count, 0);
    assert_null(pensel_estimator_classes(e, NULL));
    REFUSED(pensel_estimator_name_classes(e, name, 1, &error));
    REFUSED(pensel_estimator_name_classes(NULL, name, 1, &error));
    REFUSED(pensel_estimator_name_inputs(e, NULL, 1, &error));
    REFUSED(pensel_estimator_name_targets(NULL, NULL, 0, &error));
    assert_null(pensel_estimator_class_name(NULL, 0));
    assert_null(pensel_estimator_input_name(e, 3));
    assert_null(pensel_estimator_target_name(e, SIZE_MAX));
    assert_null(pensel_estimator_network(e));
    assert_null(pensel_estimator_network(NULL));
    assert_null(pensel_estimator_report(e));
    assert_null(pensel_estimator_report(NULL));
    assert_null(pensel_estimator_settings(NULL));
    pensel_estimator_free(&e);
}

static void fitted_estimators(void **state)
{
    (void)state;
    pensel_estimator *e = NULL, *made;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
    pensel_samples s = {.x = matrix(3, 2), .y = matrix(3, 1)};
    pensel_scores scores;
    pensel_fitted fitted;
    size_t count = 7;
    REFUSED(pensel_estimator_load(&e, NULL, &error));
    REFUSED(pensel_estimator_load(NULL, "x", &error));
    REFUSED(pensel_estimator_load(&e, "data", &error));
    MUST(pensel_estimator_load(&e, "data/format-1/regressor", &error));
    MUST(pensel_estimator_fitted(e, &fitted, &error));
    REFUSED(pensel_estimator_assemble(&made, &fitted, NULL, NULL, &error));
    REFUSED(pensel_estimator_assemble(NULL, &fitted, NULL, &o, &error));
    REFUSED(pensel_estimator_predict(e, numbers, matrix(1, 3), &error));
    REFUSED(pensel_estimator_probabilities(e, numbers, matrix(1, 2), &error));
    REFUSED(pensel_estimator_score(e, &scores, &count, &s, &error));
    numbers[0] = INFINITY;
    REFUSED(pensel_estimator_predict(e, numbers + 1, matrix(1, 2), &error));
    numbers[0] = 0;
    pensel_estimator_free(&e);
}

/* Three rows of an input, a target, and a target that is always the same. */
static pensel_columns *three_columns(void)
{
    static const double x[] = {1, 5, 2}, y[] = {1, 2, 4}, same[] = {1, 1, 1}; /* borrowed */
    const pensel_column list[] = {{.name = "x", .form = PENSEL_COLUMN_NUMBER, .numbers = x},
                                  {.name = "y", .form = PENSEL_COLUMN_NUMBER, .numbers = y},
                                  {.name = "same", .form = PENSEL_COLUMN_NUMBER, .numbers = same}};
    pensel_columns *columns;
    MUST(pensel_columns_new(&columns, 3, list, 3, &error));
    return columns;
}

static void schemas(void **state)
{
    (void)state;
    const pensel_role_given wrong = {"x", PENSEL_ROLE_TEXT};
    pensel_columns *columns = three_columns();
    pensel_schema *schema = NULL;
    pensel_schema_column column;
    float out[3];
    assert_null(pensel_role_name((pensel_role)99));
    REFUSED(pensel_schema_learn(NULL, columns, NULL, NULL, 3, NULL, 0, &error));
    REFUSED(pensel_schema_learn(&schema, NULL, NULL, NULL, 3, NULL, 0, &error));
    REFUSED(pensel_schema_learn(&schema, columns, NULL, NULL, 0, NULL, 0, &error));
    REFUSED(pensel_schema_learn(&schema, columns, NULL, NULL, 3, NULL, 1, &error));
    REFUSED(pensel_schema_learn(&schema, columns, NULL, NULL, 3, &wrong, 1, &error));
    assert_null(schema);
    assert_int_equal(pensel_schema_count(NULL), 0);
    assert_int_equal(pensel_schema_inputs(NULL).numbers, 0);
    REFUSED(pensel_schema_column_at(NULL, 0, &column, &error));
    REFUSED(pensel_schema_encode(NULL, out, NULL, columns, NULL, 3, &error));
    MUST(pensel_schema_learn(&schema, columns, "y", NULL, 3, NULL, 0, &error));
    REFUSED(pensel_schema_column_at(schema, 2, &column, &error));
    REFUSED(pensel_schema_column_at(schema, 0, NULL, &error));
    REFUSED(pensel_schema_encode(schema, NULL, NULL, columns, NULL, 3, &error));
    REFUSED(pensel_schema_encode(schema, out, NULL, NULL, NULL, 3, &error));
    pensel_schema_free(&schema);
    pensel_schema_free(&schema);
    pensel_schema_free(NULL);
    pensel_columns_free(&columns);
}

static void models_of_tables(void **state)
{
    (void)state;
    pensel_columns *columns = three_columns();
    pensel_table_model *model = NULL;
    pensel_table_model_options o = pensel_table_model_defaults();
    assert_null(pensel_table_task_name((pensel_table_task)3));
    assert_non_null(pensel_option_find(pensel_table_model_table(), "seconds"));
    REFUSED(pensel_table_model_fit(NULL, columns, "y", NULL, &error));
    REFUSED(pensel_table_model_fit(&model, NULL, "y", NULL, &error));
    REFUSED(pensel_table_model_fit(&model, columns, NULL, NULL, &error));
    REFUSED(pensel_table_model_fit(&model, columns, "z", NULL, &error));
    REFUSED(pensel_table_model_fit(&model, columns, "same", NULL, &error));
    o.seconds = -1;
    REFUSED(pensel_table_model_fit(&model, columns, "y", &o, &error));
    assert_null(model);
    pensel_columns_free(&columns);
}

static void models_of_tables_that_are_not_there(void **state)
{
    (void)state;
    pensel_columns *columns = three_columns();
    pensel_table_model *model = NULL;
    pensel_table_scores scores;
    double radius;
    size_t count = 1;
    assert_null(pensel_table_model_report(NULL));
    assert_null(pensel_table_model_schema(NULL));
    assert_null(pensel_table_model_held(NULL));
    assert_null(pensel_table_model_target(NULL));
    assert_null(pensel_table_model_classes(NULL, &count));
    assert_int_equal(count, 0);
    assert_int_equal(pensel_table_model_task(NULL), PENSEL_REGRESSION);
    REFUSED(pensel_table_model_predict(NULL, numbers, columns, NULL, &error));
    REFUSED(pensel_table_model_probabilities(NULL, numbers, columns, NULL, &error));
    REFUSED(pensel_table_model_interval(NULL, &radius, 0.9, &error));
    REFUSED(pensel_table_model_score(NULL, &scores, columns, &error));
    REFUSED(pensel_table_model_save(NULL, "/tmp/none", &error));
    REFUSED(pensel_table_model_load(&model, NULL, &error));
    REFUSED(pensel_table_model_load(&model, "data/none", &error));
    assert_null(pensel_model_table(NULL));
    pensel_table_model_free(NULL);
    pensel_columns_free(&columns);
}

static void pictures(void **state)
{
    (void)state;
    float pixels[12] = {0};
    double value;
    const pensel_picture good = {pixels, 2, 2, 3}, other = {pixels, 1, 2, 3},
                         none = {NULL, 2, 2, 3};
    REFUSED(pensel_picture_psnr(&value, &good, &other, &error));
    REFUSED(pensel_picture_psnr(NULL, &good, &good, &error));
    REFUSED(pensel_picture_psnr(&value, NULL, &good, &error));
    float larger[48];
    REFUSED(pensel_picture_enlarge(NULL, &good, PENSEL_EPX, 2, 0, NULL, &error));
    REFUSED(pensel_picture_enlarge(larger, &none, PENSEL_SHARP, 2, 0, NULL, &error));
    REFUSED(pensel_picture_enlarge(larger, NULL, PENSEL_NEAREST, 2, 0, NULL, &error));
    REFUSED(pensel_picture_enlarge(larger, &good, (pensel_enlargement)-1, 2, 0, NULL, &error));
    assert_null(pensel_enlargement_name((pensel_enlargement)-1));
    assert_false(pensel_picture_is_drawn(NULL));
    assert_false(pensel_picture_is_drawn(&none));
    REFUSED(pensel_picture_ssim(&value, &good, &other, &error));
    REFUSED(pensel_picture_ssim(&value, &none, &none, &error));
}

static void paintings_that_cannot_be(void **state)
{
    (void)state;
    float pixels[12] = {0};
    const pensel_picture good = {pixels, 2, 2, 3}, none = {NULL, 2, 2, 3},
                         strange = {pixels, 2, 2, 9}, empty = {pixels, 0, 0, 3};
    pensel_painting *p = NULL;
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_paint_tutorial((pensel_task)7);
    REFUSED(pensel_painting_new(NULL, &good, &o, &error));
    REFUSED(pensel_painting_new(&p, NULL, &o, &error));
    REFUSED(pensel_painting_new(&p, &good, NULL, &error));
    REFUSED(pensel_painting_new(&p, &none, &o, &error));
    REFUSED(pensel_painting_new(&p, &strange, &o, &error));
    REFUSED(pensel_painting_new(&p, &empty, &o, &error));
    REFUSED(pensel_painting_of_several(&p, &good, 0, &o, &error));
    REFUSED(pensel_painting_of_several(&p, NULL, 2, &o, &error));
    assert_null(p);
    o.profile = pixels;
    REFUSED(pensel_painting_new(&p, &good, &o, &error));
    o.profile_size = PENSEL_PROFILE_MOST + 1;
    REFUSED(pensel_painting_new(&p, &good, &o, &error));
    o = pensel_paint_defaults(PENSEL_REGRESSION);
    o.estimator.encoding.kind = (pensel_encoding_kind)77;
    REFUSED(pensel_painting_new(&p, &good, &o, &error));
}

static void paintings_that_are_not_there(void **state)
{
    (void)state;
    float pixels[12] = {0};
    pensel_painting *p = NULL;
    pensel_render_options r = pensel_render_defaults();
    assert_null(pensel_painting_canvas(NULL));
    assert_null(pensel_painting_estimator(NULL));
    REFUSED(pensel_painting_render(NULL, pixels, 0, 1, &r, &error));
    REFUSED(pensel_painting_inputs(NULL, pixels, 0, 1, &r, &error));
    REFUSED(pensel_painting_outlines(NULL, 1, NULL, NULL, &error));
    REFUSED(pensel_painting_save(NULL, "x", &error));
    REFUSED(pensel_painting_load(&p, NULL, &error));
    REFUSED(pensel_painting_load(NULL, "x", &error));
    REFUSED(pensel_painting_load(&p, "data/format-1/regressor", &error)); /* a table's model */
}

static void models(void **state)
{
    (void)state;
    pensel_model *model;
    REFUSED(pensel_model_load(&model, NULL, &error));
    REFUSED(pensel_model_load(NULL, "x", &error));
    REFUSED(pensel_model_load(&model, "data/none", &error));
    assert_null(model);
    assert_null(pensel_model_estimator(NULL));
    assert_null(pensel_model_painting(NULL));
    pensel_model_free(&model);
    pensel_model_free(NULL);
}

static void paintings(void **state)
{
    (void)state;
    float pixels[12] = {0};
    pensel_painting *p = NULL;
    pensel_render_options r = pensel_render_defaults();
    MUST(pensel_painting_load(&p, "../fuzz/corpus/model/painting", &error));
    REFUSED(pensel_painting_render(p, NULL, 0, 1, &r, &error));
    REFUSED(pensel_painting_render(p, pixels, 5, 5, &r, &error));
    REFUSED(pensel_painting_render(p, pixels, 0, 1, NULL, &error));
    r.width = SIZE_MAX;
    REFUSED(pensel_painting_render(p, pixels, 0, 1, &r, &error));
    r = pensel_render_defaults();
    r.w = NAN;
    REFUSED(pensel_painting_render(p, pixels, 0, 1, &r, &error));
    REFUSED(pensel_painting_outlines(p, 1, NULL, NULL, &error));
    REFUSED(pensel_painting_save(p, NULL, &error));
    pensel_painting_free(&p);
    pensel_painting_free(&p);
    pensel_painting_free(NULL);
}

static void compact_paintings_that_cannot_be(void **state)
{
    (void)state;
    float pixels[48] = {0};
    const pensel_picture good = {pixels, 4, 4, 3}, none = {NULL, 4, 4, 3},
                         strange = {pixels, 2, 2, 9}, empty = {pixels, 0, 0, 3};
    pensel_compact *c = NULL;
    pensel_compact_options o = pensel_compact_defaults();
    assert_non_null(pensel_compact_table());
    REFUSED(pensel_compact_new(NULL, &good, &o, &error));
    REFUSED(pensel_compact_new(&c, NULL, &o, &error));
    REFUSED(pensel_compact_new(&c, &none, &o, &error));
    REFUSED(pensel_compact_new(&c, &strange, &o, &error));
    REFUSED(pensel_compact_new(&c, &empty, &o, &error));
    o.quality = 0;
    REFUSED(pensel_compact_new(&c, &good, &o, &error));
    o = pensel_compact_defaults();
    o.bits = 9;
    REFUSED(pensel_compact_new(&c, &good, &o, &error));
    o = pensel_compact_defaults();
    o.psnr = 30;
    o.bytes = 100;
    REFUSED(pensel_compact_new(&c, &good, &o, &error));
    o = pensel_compact_defaults();
    o.profile = pixels;
    o.profile_size = PENSEL_PROFILE_MOST + 1;
    REFUSED(pensel_compact_new(&c, &good, &o, &error));
    assert_null(c);
}

static void compact_paintings(void **state)
{
    (void)state;
    float pixels[48] = {0}, out[48];
    const pensel_picture good = {pixels, 4, 4, 3};
    pensel_compact *c = NULL;
    size_t count;
    REFUSED(pensel_compact_parse(&c, NULL, 3, &error));
    REFUSED(pensel_compact_parse(&c, "", 0, &error));
    REFUSED(pensel_compact_parse(NULL, "x", 1, &error));
    REFUSED(pensel_compact_load(&c, NULL, &error));
    REFUSED(pensel_compact_load(NULL, "x", &error));
    REFUSED(pensel_compact_load(&c, "data", &error));
    assert_null(c);
    assert_false(pensel_compact_is(NULL));
    assert_false(pensel_compact_is("data"));
    assert_false(pensel_compact_is("data/none"));
    assert_null(pensel_compact_describe(NULL));
    assert_null(pensel_compact_bytes(NULL, &count));
    assert_int_equal(count, 0);
    REFUSED(pensel_compact_paint(NULL, out, 1, NULL, &error));
    REFUSED(pensel_compact_count(&count, NULL, &error));
    REFUSED(pensel_compact_save(NULL, "x", &error));
    MUST(pensel_compact_new(&c, &good, NULL, &error));
    REFUSED(pensel_compact_paint(c, NULL, 1, NULL, &error));
    REFUSED(pensel_compact_count(NULL, c, &error));
    REFUSED(pensel_compact_save(c, NULL, &error));
    pensel_compact_free(&c);
    pensel_compact_free(&c);
    pensel_compact_free(NULL);
}

static void imports(void **state)
{
    const char *path = "../fuzz/corpus/import/skl-tanh";
    pensel_import_options o = pensel_import_defaults();
    pensel_imported *imported;
    double largest;
    (void)state;
    assert_null(pensel_import_format(99));
    assert_null(pensel_import_help(99));
    REFUSED(pensel_import(NULL, path, NULL, &error));
    REFUSED(pensel_import(&imported, NULL, NULL, &error));
    o.task = "";
    REFUSED(pensel_import(&imported, path, &o, &error));
    o.task = NULL;
    o.format = "";
    REFUSED(pensel_import(&imported, path, &o, &error));
    REFUSED(pensel_import_memory(NULL, "", 0, "none", NULL, &error));
    REFUSED(pensel_import_memory(&imported, NULL, 1, "none", NULL, &error));
    REFUSED(pensel_import_memory(&imported, "", 0, NULL, NULL, &error));
    REFUSED(pensel_import_memory(&imported, "", 0, "none", NULL, &error));
    assert_null(imported);
    assert_null(pensel_imported_estimator(NULL));
    assert_null(pensel_imported_model(NULL));
    assert_null(pensel_imported_take(NULL));
    REFUSED(pensel_imported_save(NULL, path, &error));
    assert_null(pensel_imported_read(NULL, 0));
    assert_null(pensel_imported_left(NULL, 0));
    assert_true(isnan(pensel_imported_difference(NULL, &largest)) && isnan(largest));
    pensel_imported_free(NULL);
    pensel_imported_free(&imported);
}

static void exports(void **state)
{
    const pensel_exported none = {0};
    pensel_export_options o = pensel_export_defaults();
    pensel_estimator_options options = pensel_estimator_defaults(PENSEL_REGRESSION);
    pensel_exported untrained = {0};
    pensel_estimator *estimator;
    void *bytes = NULL;
    size_t size;
    (void)state;
    assert_null(pensel_export_target(99));
    assert_null(pensel_export_help(99));
    assert_null(pensel_quantisation_name((pensel_quantisation)2));
    assert_null(pensel_option_find(pensel_export_table(), "target"));
    MUST(pensel_estimator_new(&estimator, &options, &error));
    untrained.estimator = estimator;
    REFUSED(pensel_export(NULL, "a.onnx", NULL, &error));
    REFUSED(pensel_export(&none, "a.onnx", NULL, &error));
    REFUSED(pensel_export(&untrained, NULL, NULL, &error));
    REFUSED(pensel_export(&untrained, "a.onnx", NULL, &error));
    REFUSED(pensel_export(&untrained, "a", NULL, &error));
    REFUSED(pensel_export_memory(&bytes, &size, &untrained, NULL, &error));
    REFUSED(pensel_export_memory(&bytes, &size, &untrained, &o, &error));
    o.quantise = (pensel_quantisation)2;
    o.target = "c";
    REFUSED(pensel_export_memory(&bytes, &size, &untrained, &o, &error));
    o.quantise = PENSEL_QUANTISE_NONE;
    o.max_loss = 2;
    REFUSED(pensel_export_memory(&bytes, &size, &untrained, &o, &error));
    o = pensel_export_defaults();
    o.target = "onnx";
    REFUSED(pensel_export_memory(NULL, &size, &untrained, &o, &error));
    REFUSED(pensel_export_memory(&bytes, NULL, &untrained, &o, &error));
    REFUSED(pensel_export_memory(&bytes, &size, NULL, &o, &error));
    REFUSED(pensel_export_memory(&bytes, &size, &untrained, &o, &error));
    assert_null(bytes);
    pensel_export_free(NULL);
    pensel_export_free(&bytes);
    pensel_estimator_free(&estimator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimators),
        cmocka_unit_test(estimators_that_have_not_learned),
        cmocka_unit_test(what_estimators_are_asked),
        cmocka_unit_test(fitted_estimators),
        cmocka_unit_test(schemas),
        cmocka_unit_test(models_of_tables),
        cmocka_unit_test(models_of_tables_that_are_not_there),
        cmocka_unit_test(pictures),
        cmocka_unit_test(paintings_that_cannot_be),
        cmocka_unit_test(paintings_that_are_not_there),
        cmocka_unit_test(models),
        cmocka_unit_test(paintings),
        cmocka_unit_test(compact_paintings_that_cannot_be),
        cmocka_unit_test(compact_paintings),
        cmocka_unit_test(exports),
        cmocka_unit_test(imports),
    };
    return RUN(tests);
}
