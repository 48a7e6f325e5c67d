/* Model files: what was saved is loaded again, files of every released format stay readable, and
 * inconsistent files are refused. */
#include "test.h"

#include "data/expected_golden.h"
#include "data/expected_golden_list.h"
#include "../fuzz/small.h"
#include "base/safetensors.h"
#include "estimator/estimator_file.h"
#include "temporary.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static pensel_error error;

enum { N = 60 };
static double x[2 * N], y[2 * N];

static pensel_samples samples(bool classes)
{
    for (int i = 0; i < N; i++) {
        x[2 * i] = sin(i);
        x[2 * i + 1] = cos(3 * i);
        y[i] = classes ? i % 3 - 1 : x[2 * i] * x[2 * i + 1];
    }
    return (pensel_samples){.x = {x, N, 2, PENSEL_FLOAT64}, .y = {y, N, 1, PENSEL_FLOAT64}};
}

static pensel_estimator *fit(pensel_estimator_options o, bool classes)
{
    pensel_estimator *e;
    pensel_samples s = samples(classes);
    o.training.epochs = 5;
    MUST(pensel_estimator_new(&e, &o, &error));
    MUST(pensel_estimator_fit(e, &s, NULL, &error));
    return e;
}

static void assert_comes_back(pensel_estimator *e, bool classes)
{
    pensel_estimator *again;
    double before[3 * N], after[3 * N];
    const char *path = temporary("model.safetensors");
    pensel_samples s = samples(classes);
    MUST(pensel_estimator_save(e, path, &error));
    MUST(pensel_estimator_load(&again, path, &error));
    MUST(pensel_estimator_predict(e, before, s.x, &error));
    MUST(pensel_estimator_predict(again, after, s.x, &error));
    assert_memory_equal(before, after, N * sizeof *before);
    if (classes) {
        MUST(pensel_estimator_probabilities(e, before, s.x, &error));
        MUST(pensel_estimator_probabilities(again, after, s.x, &error));
        assert_memory_equal(before, after, sizeof before);
    }
    const pensel_estimator_options *p = pensel_estimator_settings(e),
                                   *q = pensel_estimator_settings(again);
    assert_int_equal(p->training.epochs, q->training.epochs);
    assert_true(p->training.n_iter_no_change == q->training.n_iter_no_change);
    assert_true(p->training.learning_rate_init == q->training.learning_rate_init);
    assert_int_equal(p->scale_inputs, q->scale_inputs);
    assert_int_equal(p->seed, q->seed);
    assert_int_equal(pensel_estimator_report(again)->epochs, 5);
    assert_true(pensel_estimator_report(again)->loss == pensel_estimator_report(e)->loss);
    remove(path);
    pensel_estimator_free(&e);
    pensel_estimator_free(&again);
}

static void what_was_saved_comes_back(void **state)
{
    (void)state;
    for (int precision = 0; precision < 2; precision++)
        for (int scaling = 0; scaling < 3; scaling++) {
            pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
            o.precision = (pensel_precision)precision;
            o.scale_inputs = o.scale_targets = (pensel_scaling)scaling;
            o.seed = 4000000000u;
            o.training.n_iter_no_change = SIZE_MAX;
            assert_comes_back(fit(o, false), false);
            o = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
            o.hidden_count = 0;
            o.scale_inputs = (pensel_scaling)scaling;
            assert_comes_back(fit(o, true), true);
        }
}

static void names_come_back(void **state)
{
    (void)state;
    const char *inputs[] = {"l\xc3\xa4ngd", "\"width\" {cm}"}, *classes[] = {"a", "b", "c"},
               *target[] = {"t"};
    const char *path = temporary("names.safetensors");
    pensel_estimator *e = fit(pensel_estimator_defaults(PENSEL_CLASSIFICATION), true), *again;
    MUST(pensel_estimator_name_inputs(e, inputs, 2, &error));
    MUST(pensel_estimator_name_classes(e, classes, 3, &error));
    MUST(pensel_estimator_name_targets(e, target, 1, &error));
    MUST(pensel_estimator_save(e, path, &error));
    MUST(pensel_estimator_load(&again, path, &error));
    assert_string_equal(pensel_estimator_input_name(again, 0), inputs[0]);
    assert_string_equal(pensel_estimator_input_name(again, 1), inputs[1]);
    assert_string_equal(pensel_estimator_class_name(again, 2), "c");
    assert_string_equal(pensel_estimator_target_name(again, 0), "t");
    remove(path);
    pensel_estimator_free(&e);
    pensel_estimator_free(&again);
}

/* A table of genes has some ten thousand columns; the header has one MiB. */
static void names_longer_than_a_header_come_back(void **state)
{
    (void)state;
    static char long_one[3 << 20];
    memset(long_one, 'x', sizeof long_one - 1);
    const char *inputs[] = {long_one, ""}, *path = temporary("long.safetensors");
    pensel_estimator *e = fit(pensel_estimator_defaults(PENSEL_REGRESSION), false), *again;
    MUST(pensel_estimator_name_inputs(e, inputs, 2, &error));
    MUST(pensel_estimator_save(e, path, &error));
    MUST(pensel_estimator_load(&again, path, &error));
    assert_string_equal(pensel_estimator_input_name(again, 0), long_one);
    assert_string_equal(pensel_estimator_input_name(again, 1), "");
    assert_null(pensel_estimator_input_name(again, 2));
    assert_null(pensel_estimator_target_name(again, 0));
    remove(path);
    pensel_estimator_free(&e);
    pensel_estimator_free(&again);
}

static void golden(const char *file, const double *expected, size_t count, bool classes)
{
    char path[64];
    double given[] = {0.1, 0.9, 0.5, -0.5, 3, 2}, said[9];
    pensel_matrix m = {given, 3, 2, PENSEL_FLOAT64};
    pensel_estimator *e;
    snprintf(path, sizeof path, "data/format-%s", file);
    MUST(pensel_estimator_load(&e, path, &error));
    if (classes)
        MUST(pensel_estimator_probabilities(e, said, m, &error));
    else
        MUST(pensel_estimator_predict(e, said, m, &error));
    for (size_t i = 0; i < count; i++)
        assert_near(said[i], expected[i], 1e-6);
    pensel_estimator_free(&e);
}

/* The list comes back, and a fit from scratch builds it again. */
static void format_2_has_lists_of_layers(void **state)
{
    (void)state;
    static const char list[] =
        "dense:5:leaky-relu:0.3, layer-norm, residual(dense:4:tanh, dense:5), scale";
    golden("2/list", golden_list, 3, false);
    pensel_estimator *e;
    MUST(pensel_estimator_load(&e, "data/format-2/list", &error));
    assert_string_equal(pensel_estimator_settings(e)->layers, list);
    double in[40], out[20];
    for (size_t i = 0; i < 20; i++) {
        in[2 * i] = (double)i / 10, in[2 * i + 1] = (double)(i * i % 7);
        out[i] = in[2 * i] - in[2 * i + 1];
    }
    const pensel_samples samples = {.x = {in, 20, 2, PENSEL_FLOAT64},
                                    .y = {out, 20, 1, PENSEL_FLOAT64}};
    MUST(pensel_estimator_continue(e, &samples, NULL, &error));
    MUST(pensel_estimator_fit(e, &samples, NULL, &error));
    const pensel_shape *shape = pensel_network_shape(pensel_estimator_network(e));
    assert_string_equal(
        shape->list,
        "dense:5:leaky-relu:0.3,layer-norm,residual(dense:4:tanh,dense:5),scale,dense:1");
    pensel_estimator_free(&e);
}

/* Layers that both forms can say become the same network, which learns the same. */
static void a_list_of_dense_layers_is_the_short_form(void **state)
{
    (void)state;
    static const pensel_layer hidden[] = {{6, PENSEL_TANH, 0}, {4, PENSEL_RELU, 0}};
    double in[40], out[20], said[2][20];
    for (size_t i = 0; i < 20; i++) {
        in[2 * i] = (double)i / 10, in[2 * i + 1] = (double)(i * i % 7);
        out[i] = i % 3;
    }
    const pensel_samples samples = {.x = {in, 20, 2, PENSEL_FLOAT64},
                                    .y = {out, 20, 1, PENSEL_FLOAT64}};
    for (int as_list = 0; as_list < 2; as_list++) {
        pensel_estimator *e, *again;
        pensel_estimator_options o = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
        o.training.epochs = 5;
        if (as_list)
            o.layers = "dense:6:tanh, dense:4:relu";
        else
            o.hidden = hidden, o.hidden_count = 2;
        MUST(pensel_estimator_new(&e, &o, &error));
        MUST(pensel_estimator_fit(e, &samples, NULL, &error));
        pensel_fitted fitted;
        MUST(pensel_estimator_fitted(e, &fitted, &error));
        MUST(
            pensel_estimator_assemble(&again, &fitted, NULL, pensel_estimator_settings(e), &error));
        assert_int_equal(pensel_estimator_settings(again)->layers != NULL, as_list);
        MUST(pensel_estimator_fit(again, &samples, NULL, &error));
        MUST(pensel_estimator_predict(again, said[as_list], samples.x, &error));
        double p[2][60];
        MUST(pensel_estimator_probabilities(e, p[0], samples.x, &error));
        MUST(pensel_estimator_probabilities(again, p[1], samples.x, &error));
        assert_memory_equal(p[0], p[1], sizeof p[0]);
        pensel_estimator_free(&again);
        pensel_estimator_free(&e);
        o.encoding.kind = PENSEL_FOURIER;
        if (as_list) assert_int_equal(pensel_estimator_new(&e, &o, &error), PENSEL_BAD_ARGUMENT);
    }
    assert_memory_equal(said[0], said[1], sizeof said[0]);
}

static void format_1_stays_readable(void **state)
{
    (void)state;
    golden("1/regressor", golden_regressor, 3, false);
    golden("1/scaled", golden_scaled, 3, false);
    golden("1/classifier", golden_classifier, 9, true);
}

static void a_painting_of_format_1_stays_readable(void **state)
{
    (void)state;
    float pixels[6 * 6 * 3];
    pensel_painting *painting;
    pensel_render_options o = pensel_render_defaults();
    MUST(pensel_painting_load(&painting, "data/format-1/painting", &error));
    MUST(pensel_painting_render(painting, pixels, 0, 6, &o, &error));
    for (int i = 0; i < 6 * 6 * 3; i++)
        assert_near(pixels[i], golden_painting[i], 1e-6);
    pensel_painting_free(&painting);
}

/* The checkpoint is of the small training of the fuzz target; it is at the end of epoch 3 of 4. */
static void a_checkpoint_of_format_1_stays_readable(void **state)
{
    (void)state;
    pensel_network *network;
    pensel_training *training;
    pensel_random random;
    pensel_samples small = small_samples();
    pensel_training_options o = small_options(PENSEL_ADAM);
    MUST(small_network(&network, &random));
    MUST(pensel_training_new(&training, network, &o, &error));
    MUST(pensel_training_load(training, &random, "data/format-1/checkpoint", &error));
    assert_int_equal(pensel_training_solver_steps(training), 3 * 4); /* 18 of 20 samples by 5 */
    MUST(pensel_training_run(training, &small, NULL, &random, &error));
    assert_int_equal(pensel_training_report(training)->epochs, 4);
    assert_int_equal(pensel_training_report(training)->loss_count, 4);
    pensel_training_free(&training);
    pensel_network_free(&network);
}

/* It has evaluations in place of the solver's memory: no training goes on from it. */
static void a_checkpoint_of_lbfgs_of_format_1_is_refused(void **state)
{
    (void)state;
    pensel_network *network;
    pensel_training *training;
    pensel_random random;
    pensel_training_options o = small_options(PENSEL_LBFGS);
    MUST(small_network(&network, &random));
    MUST(pensel_training_new(&training, network, &o, &error));
    assert_int_equal(
        pensel_training_load(training, &random, "data/format-1/checkpoint-lbfgs", &error),
        PENSEL_BAD_FILE);
    assert_non_null(strstr(error.text, "the memory of lbfgs"));
    pensel_training_free(&training);
    pensel_network_free(&network);
}

static void hostile_files_are_refused(void **state)
{
    (void)state;
    size_t tried = 0;
    DIR *folder = opendir("../fuzz/corpus/model");
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[512];
        pensel_estimator *e;
        pensel_painting *p;
        if (strncmp(entry->d_name, "hostile-", 8) != 0) continue;
        snprintf(path, sizeof path, "../fuzz/corpus/model/%s", entry->d_name);
        memset(&error, 0, sizeof error);
        if (strncmp(entry->d_name, "hostile-canvas-", 15) == 0) { /* only the painting is wrong */
            MUST(pensel_estimator_load(&e, path, &error));
            pensel_estimator_free(&e);
            assert_int_equal(pensel_painting_load(&p, path, &error), PENSEL_BAD_FILE);
            assert_null(p);
            continue;
        }
        pensel_status status = pensel_estimator_load(&e, path, &error);
        assert_null(e);
        /* a lie about sizes that 32 bits cannot hold may be noticed by its memory first */
        if (sizeof(size_t) == 4 && status == PENSEL_OUT_OF_MEMORY) continue;
        if (status != PENSEL_BAD_FILE) fail_msg("%s: status %d: %s", path, status, error.text);
        assert_true(error.status == status && strlen(error.text) > 20);
        status = pensel_painting_load(&p, path, &error);
        assert_true(status == PENSEL_BAD_FILE || status == PENSEL_UNSUPPORTED);
        assert_null(p);
        tried++;
    }
    closedir(folder);
    assert_true(tried > 40);
}

/* The sentence of a file of which every number is checked before what it counts is read: memory
 * behind the file may hold anything. Its tensor needs 12 bytes. */
static void what_a_file_counts_beyond_its_end_is_not_read(void **state)
{
    (void)state;
#define HEADER(end)                                                   \
    "{\"__metadata__\":{\"pensel\":\"{}\"},\"a\":{\"dtype\":\"F32\"," \
    "\"shape\":[3],\"data_offsets\":[0," #end "]}}"
    static const struct {
        const char *header;
        uint64_t length;
        size_t data;
        const char *sentence;
    } files[] = {{HEADER(12), sizeof HEADER(12) - 1, 8, "does not lie within the 8 bytes"},
                 {HEADER(12), sizeof HEADER(12) + 20, 12, "is cut off: it has"},
                 {HEADER(12), 1, 12, "is cut off: it has"},
                 {HEADER(16), sizeof HEADER(16) - 1, 16, "its shape and type need others"},
                 {HEADER(10), sizeof HEADER(10) - 1, 10, "its shape and type need others"}};
#undef HEADER
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = temporary("beyond.safetensors");
        pensel_estimator *e;
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        for (int bit = 0; bit < 64; bit += 8)
            fputc((int)(files[i].length >> bit & 255), file);
        fputs(files[i].header, file);
        for (size_t k = 0; k < files[i].data; k++)
            fputc(0, file);
        fclose(file);
        assert_int_equal(pensel_estimator_load(&e, path, &error), PENSEL_BAD_FILE);
        if (!strstr(error.text, files[i].sentence)) fail_msg("file %zu: %s", i, error.text);
        remove(path);
    }
}

/* A file that is as large as it says, and mostly hole: a petabyte may not even be asked for. */
static void a_sparse_file_larger_than_memory_is_refused(void **state)
{
    (void)state;
    const char *path = temporary("sparse.safetensors");
    pensel_estimator *e;
    FILE *file = fopen(path, "wb");
    char header[] = "{\"__metadata__\":{\"pensel\":\"{}\"},\"a\":{\"dtype\":\"F32\","
                    "\"shape\":[1099511627776],\"data_offsets\":[0,4398046511104]}}";
    uint64_t length = sizeof header - 1;
    fwrite(&length, 8, 1, file);
    fwrite(header, 1, length, file);
    fclose(file);
    if (truncate(path, (off_t)(8 + length + 4398046511104)) == 0) {
        assert_int_equal(pensel_estimator_load(&e, path, &error), PENSEL_BAD_FILE);
        if (!strstr(error.text, "memory")) fail_msg("\"%s\" is about no memory", error.text);
    }
    remove(path);
}

static void a_model_is_loaded_as_what_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        bool painting;
    } files[] = {{"data/format-1/regressor", false},
                 {"data/format-1/classifier", false},
                 {"data/format-1/painting", true},
                 {"../fuzz/corpus/model/pyramid-classes", true}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        pensel_model *model;
        pensel_estimator *alone;
        MUST(pensel_model_load(&model, files[i].path, &error));
        MUST(pensel_estimator_load(&alone, files[i].path, &error));
        const pensel_estimator *e = pensel_model_estimator(model);
        const pensel_painting *painting = pensel_model_painting(model);
        assert_int_equal(painting != NULL, files[i].painting);
        if (painting) assert_ptr_equal(pensel_painting_estimator(painting), e);
        const pensel_network *a = pensel_estimator_network(e);
        const pensel_network *b = pensel_estimator_network(alone);
        size_t count = pensel_network_parameter_count(b);
        assert_int_equal(pensel_network_parameter_count(a), count);
        assert_memory_equal(pensel_network_parameters_const(a), pensel_network_parameters_const(b),
                            count * sizeof(float));
        pensel_estimator_free(&alone);
        pensel_model_free(&model);
        assert_null(model);
    }
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    pensel_estimator *e;
    assert_int_equal(pensel_estimator_load(&e, "data", &error), PENSEL_BAD_FILE);
    assert_int_equal(pensel_estimator_load(&e, "data/none", &error), PENSEL_IO_FAILED);
    assert_int_equal(pensel_estimator_load(&e, "/dev/null", &error), PENSEL_BAD_FILE);
#ifndef _WIN32 /* whose pipes are not in folders */
    const char *pipe = temporary("pipe");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(pensel_estimator_load(&e, pipe, &error), PENSEL_BAD_FILE);
    remove(pipe);
#endif
    assert_int_equal(pensel_estimator_load(&e, "../examples/bird.png", &error), PENSEL_BAD_FILE);
}

static void every_cut_and_every_flipped_bit_is_survived(void **state)
{
    (void)state;
    static unsigned char bytes[8192], copy[8192];
    FILE *file = fopen("data/format-1/scaled", "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    pensel_model_file *f;
    pensel_estimator *e;
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(pensel_model_file_parse(&f, bytes, cut, "cut", &error), PENSEL_BAD_FILE);
    for (size_t bit = 0; bit < 8 * size; bit += 3) {
        memcpy(copy, bytes, size);
        copy[bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (pensel_model_file_parse(&f, copy, size, "flip", &error) != PENSEL_OK) continue;
        pensel_estimator_get(&e, f, &error);
        pensel_estimator_free(&e);
        pensel_model_file_free(&f);
    }
}

static void check_places(const char *path)
{
    pensel_model_file *f;
    uint64_t length;
    MUST(pensel_model_file_read(&f, path, &error));
    for (size_t i = 0; i < f->count; i++)
        assert_int_equal(f->tensors[i].begin % pensel_dtype_size(f->tensors[i].dtype), 0);
    pensel_model_file_free(&f);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(&length, 8, 1, file), 1);
    assert_int_equal(length % 8, 0);
    fclose(file);
}

/* 8 bytes of length, a header that ends at a multiple of 8, wider numbers first: readers in other
 * languages may map the file and use it where it lies. Numbers of 1 to 3 digits make headers of
 * every length. */
static void numbers_stand_at_multiples_of_their_size(void **state)
{
    (void)state;
    const char *path = temporary("places.safetensors");
    static const size_t sizes[] = {3, 30, 300};
    check_places("data/format-1/classifier");
    for (size_t k = 0; k < 27; k++) {
        pensel_network *network;
        const pensel_layer layers[] = {{sizes[k % 3], PENSEL_TANH, 0},
                                       {sizes[k / 3 % 3], PENSEL_IDENTITY, 0}};
        const pensel_shape shape = {.inputs = sizes[k / 9], .layers = layers, .layer_count = 2};
        MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT32, &error));
        MUST(pensel_network_save(network, path, &error));
        check_places(path);
        pensel_network_free(&network);
    }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_saved_comes_back),
        cmocka_unit_test(names_come_back),
        cmocka_unit_test(names_longer_than_a_header_come_back),
        cmocka_unit_test(format_1_stays_readable),
        cmocka_unit_test(format_2_has_lists_of_layers),
        cmocka_unit_test(a_list_of_dense_layers_is_the_short_form),
        cmocka_unit_test(a_painting_of_format_1_stays_readable),
        cmocka_unit_test(a_checkpoint_of_format_1_stays_readable),
        cmocka_unit_test(a_checkpoint_of_lbfgs_of_format_1_is_refused),
        cmocka_unit_test(hostile_files_are_refused),
        cmocka_unit_test(what_a_file_counts_beyond_its_end_is_not_read),
        cmocka_unit_test(a_sparse_file_larger_than_memory_is_refused),
        cmocka_unit_test(a_model_is_loaded_as_what_it_is),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(every_cut_and_every_flipped_bit_is_survived),
        cmocka_unit_test(numbers_stand_at_multiples_of_their_size),
    };
    return RUN(tests);
}
