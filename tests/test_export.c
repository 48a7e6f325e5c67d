/* Exports: what comes out is the same in a file and in memory, holds the model's numbers, and is
 * refused by a sentence where it cannot be. tests/export_check.py runs what is exported. */
#include "test.h"

#include "temporary.h"

static pensel_error error;

static pensel_estimator *make(const char *layers, size_t inputs)
{
    static const double offsets[] = {1, 2, 3}, scales[] = {4, 5, 6};
    char list[200];
    pensel_network *network;
    pensel_estimator *estimator;
    pensel_random random;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
    snprintf(list, sizeof list, "%s, dense:2", layers);
    const pensel_shape shape = {.inputs = inputs, .list = list};
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT32, &error));
    pensel_random_seed(&random, 1);
    MUST(pensel_network_initialise(network, PENSEL_GLOROT, &random, &error));
    const pensel_fitted fitted = {
        .network = network, .targets = 2, .input_offset = offsets, .input_scale = scales};
    o.scale_inputs = PENSEL_SCALE_STANDARD;
    MUST(pensel_estimator_assemble(&estimator, &fitted, NULL, &o, &error));
    pensel_network_free(&network);
    return estimator;
}

/* ------------------------------------------------ reading protocol buffers, by their rules */

typedef struct field {
    unsigned number, wire;
    uint64_t value; /* or the length of: */
    const unsigned char *bytes;
} field;

static uint64_t varint(const unsigned char **at, const unsigned char *end)
{
    uint64_t value = 0;
    for (int shift = 0; *at < end; shift += 7) {
        unsigned char byte = *(*at)++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return value;
    }
    fail_msg("a number goes on behind its message");
    return 0;
}

static bool next_field(field *f, const unsigned char **at, const unsigned char *end)
{
    if (*at == end) return false;
    uint64_t key = varint(at, end);
    *f = (field){(unsigned)(key >> 3), (unsigned)(key & 7), 0, *at};
    if (f->wire == 0) {
        f->value = varint(at, end);
        return true;
    }
    f->value = f->wire == 5 ? 4 : varint(at, end);
    f->bytes = *at;
    assert_true(f->wire == 2 || f->wire == 5);
    assert_true(f->value <= (uint64_t)(end - *at));
    *at += f->value;
    return true;
}

/* Whether a tensor of the graph (GraphProto 5) has these floats as its raw bytes (TensorProto 9) */
static bool graph_has(const field *graph, const float *numbers, size_t count)
{
    const unsigned char *at = graph->bytes, *end = at + graph->value;
    field f, part;
    while (next_field(&f, &at, end)) {
        const unsigned char *inner = f.bytes;
        while (f.number == 5 && next_field(&part, &inner, f.bytes + f.value))
            if (part.number == 9 && part.value == count * sizeof *numbers &&
                memcmp(part.bytes, numbers, count * sizeof *numbers) == 0)
                return true;
    }
    return false;
}

static void onnx_holds_the_networks_numbers(void **state)
{
    (void)state;
    pensel_estimator *estimator = make("dense:3:relu, scale", 3);
    const pensel_network *network = pensel_estimator_network(estimator);
    const float *p = pensel_network_parameters_const(network);
    const pensel_exported model = {.estimator = estimator};
    pensel_export_options o = pensel_export_defaults();
    const unsigned char *at;
    void *bytes;
    size_t size, found = 0;
    field f;
    o.target = "onnx";
    o.name = "small";
    MUST(pensel_export_memory(&bytes, &size, &model, &o, &error));
    at = bytes;
    while (next_field(&f, &at, (unsigned char *)bytes + size)) {
        if (f.number == 1) assert_int_equal(f.value, 8); /* the oldest reader that is meant */
        if (f.number != 7) continue;
        for (size_t g = 0; g < pensel_network_group_count(network); g++) {
            pensel_group group;
            MUST(pensel_network_group(network, g, &group, &error));
            assert_true(graph_has(&f, p + group.first, group.count));
            found++;
        }
    }
    assert_int_equal(found, 5);
    pensel_export_free(&bytes);
    assert_null(bytes);
    pensel_estimator_free(&estimator);
}

static void a_file_has_the_bytes_of_memory(void **state)
{
    (void)state;
    pensel_estimator *estimator = make("dense:3:relu", 2);
    const pensel_exported model = {.estimator = estimator};
    const char *path = temporary("export.onnx");
    for (size_t i = 0; pensel_export_target(i); i++) {
        pensel_export_options o = pensel_export_defaults();
        void *bytes;
        char *read;
        size_t size;
        o.target = pensel_export_target(i);
        o.name = "same";
        assert_non_null(pensel_export_help(i));
        MUST(pensel_export_memory(&bytes, &size, &model, &o, &error));
        MUST(pensel_export(&model, path, &o, &error));
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        read = malloc(size + 1);
        assert_int_equal(fread(read, 1, size + 1, file), size);
        assert_memory_equal(read, bytes, size);
        fclose(file);
        free(read);
        pensel_export_free(&bytes);
    }
    remove(path);
    pensel_estimator_free(&estimator);
}

/* The first input runs to the right, the second upwards, each from two deviations below its mean to
 * two above: (1, 4) and (2, 5) in `make`. */
static void a_shader_reads_both_inputs(void **state)
{
    (void)state;
    pensel_estimator *estimator = make("dense:3:relu", 2);
    const pensel_exported model = {.estimator = estimator};
    pensel_export_options o = pensel_export_defaults();
    void *bytes;
    size_t size;
    o.target = "glsl";
    MUST(pensel_export_memory(&bytes, &size, &model, &o, &error));
    const char *call = strstr(bytes, "fragColor = colour(");
    assert_non_null(call);
    double v[4];
    assert_int_equal(sscanf(call, "fragColor = colour(%lf + (at.x) * %lf, %lf + (at.y) * %lf);",
                            &v[0], &v[1], &v[2], &v[3]),
                     4);
    assert_true(v[0] == -7 && v[1] == 16 && v[2] == -8 && v[3] == 20);
    pensel_export_free(&bytes);
    pensel_estimator_free(&estimator);
}

/* Whether the header has this text */
static bool header_has(const pensel_estimator *estimator, const char *words)
{
    const pensel_exported model = {.estimator = estimator};
    pensel_export_options o = pensel_export_defaults();
    void *bytes;
    size_t size;
    o.target = "h";
    MUST(pensel_export_memory(&bytes, &size, &model, &o, &error));
    char *text = calloc(size + 1, 1);
    assert_non_null(text);
    memcpy(text, bytes, size);
    bool has = strstr(text, words) != NULL;
    free(text);
    pensel_export_free(&bytes);
    return has;
}

/* A name that would end the comment does not. */
static void a_header_says_which_column_an_input_is(void **state)
{
    (void)state;
    static const char *const names[] = {"pressure (bar)", "*/ int\n", "ålder"};
    pensel_estimator *estimator = make("dense:3:relu", 3);
    assert_true(header_has(estimator, "trained on, in that order */\n"));
    MUST(pensel_estimator_name_inputs(estimator, names, 3, &error));
    assert_true(header_has(estimator, "in that order:\n *     0  pressure (bar)\n"
                                      " *     1   / int \n *     2  ålder */\n"));
    pensel_estimator_free(&estimator);
}

static void what_cannot_leave_is_refused_by_name(void **state)
{
    (void)state;
    pensel_estimator *estimator = make("dense:3:relu", 3);
    const pensel_exported model = {.estimator = estimator}, none = {0};
    const char *path = temporary("export.onix");
    assert_int_equal(pensel_export(&model, path, NULL, &error), PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "did you mean onnx?"));
    assert_int_equal(pensel_export(&model, "plain", NULL, &error), PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "one of onnx"));
    assert_int_equal(pensel_export(&none, "a.onnx", NULL, &error), PENSEL_BAD_ARGUMENT);
    assert_int_equal(pensel_export(&model, "a.glsl", NULL, &error), PENSEL_UNSUPPORTED);
    assert_non_null(strstr(error.text, "the model has 3 inputs"));
    pensel_estimator_free(&estimator);
}

/* The answers of rounded weights are others than the model's, so its score is below 1. */
static void few_bits_cost_no_more_than_is_allowed(void **state)
{
    (void)state;
    pensel_estimator *estimator = make("dense:20:tanh, dense:20:relu", 3);
    const pensel_exported model = {.estimator = estimator};
    pensel_quantised q, most;
    pensel_export_options o = pensel_export_defaults();
    void *bytes;
    size_t size, plain;
    o.target = "c";
    MUST(pensel_export_memory(&bytes, &plain, &model, &o, &error));
    pensel_export_free(&bytes);
    o.quantise = PENSEL_QUANTISE_INT8;
    o.quantised = &most;
    o.max_loss = 1;
    MUST(pensel_export_memory(&bytes, &size, &model, &o, &error));
    assert_null(strstr(bytes, "0x8000u"));
    pensel_export_free(&bytes);
    assert_int_equal(most.rows, 42);
    assert_int_equal(most.wide, 0);
    assert_true(most.before == 1 && most.after < 1 && most.after > 0.99);
    assert_true(most.own && most.drawn && !most.classes);
    o.quantised = &q;
    o.max_loss = (1 - most.after) / 4;
    MUST(pensel_export_memory(&bytes, &size, &model, &o, &error));
    assert_non_null(strstr(bytes, "0x8000u"));
    pensel_export_free(&bytes);
    assert_true(q.wide > 0 && q.wide < q.rows);
    assert_true(1 - q.after <= o.max_loss);
    o.max_loss = 0;
    assert_int_equal(pensel_export_memory(&bytes, &size, &model, &o, &error), PENSEL_UNSUPPORTED);
    assert_non_null(strstr(error.text, "even with all rows in 16 bits"));
    pensel_estimator_free(&estimator);
}

enum { UNEVEN_ROWS = 5, UNEVEN_SAMPLES = 64 };

/* Row j is 127 / 128, so that its scale is 1 / 128, and 25 scales and a little, which eight bits
 * leave out: in the third row 10 times as much as in the next one. */
static double uneven_weight(size_t j, size_t i)
{
    static const double lost[UNEVEN_ROWS] = {0.0001, 0.0002, 0.0038, 0.0003, 0.0004};
    return i == 0 ? 127 / 128.0 : 25 / 128.0 + lost[j];
}

static pensel_estimator *make_uneven(void)
{
    pensel_network *network;
    pensel_estimator *estimator;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
    const pensel_layer layer = {UNEVEN_ROWS, PENSEL_IDENTITY, 0};
    const pensel_shape shape = {.inputs = 2, .layers = &layer, .layer_count = 1};
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT32, &error));
    float *w = pensel_network_parameters(network);
    for (size_t k = 0; k < (size_t)2 * UNEVEN_ROWS; k++)
        w[k] = (float)uneven_weight(k / 2, k % 2);
    const pensel_fitted fitted = {.network = network, .targets = UNEVEN_ROWS};
    MUST(pensel_estimator_assemble(&estimator, &fitted, NULL, &o, &error));
    pensel_network_free(&network);
    return estimator;
}

/* With the third row in 16 bits a tenth of the loss is not left, with any other nearly all. */
static void the_row_that_loses_most_is_kept(void **state)
{
    (void)state;
    static double x[UNEVEN_SAMPLES * 2], y[UNEVEN_SAMPLES * UNEVEN_ROWS];
    pensel_estimator *estimator = make_uneven();
    const pensel_exported model = {.estimator = estimator};
    const pensel_samples samples = {.x = {x, UNEVEN_SAMPLES, 2, PENSEL_FLOAT64},
                                    .y = {y, UNEVEN_SAMPLES, UNEVEN_ROWS, PENSEL_FLOAT64}};
    pensel_quantised q;
    pensel_export_options o = pensel_export_defaults();
    void *bytes;
    size_t size;
    for (size_t r = 0; r < UNEVEN_SAMPLES; r++) {
        x[2 * r] = (double)(r % 8) / 8;
        x[2 * r + 1] = (double)(r / 8) / 8;
        for (size_t j = 0; j < UNEVEN_ROWS; j++)
            y[r * UNEVEN_ROWS + j] =
                uneven_weight(j, 0) * x[2 * r] + uneven_weight(j, 1) * x[2 * r + 1];
    }
    o.target = "c";
    o.quantise = PENSEL_QUANTISE_INT8;
    o.check = &samples;
    o.quantised = &q;
    o.max_loss = 1;
    MUST(pensel_export_memory(&bytes, &size, &model, &o, &error));
    pensel_export_free(&bytes);
    o.max_loss = (q.before - q.after) / 10;
    MUST(pensel_export_memory(&bytes, &size, &model, &o, &error));
    pensel_export_free(&bytes);
    assert_int_equal(q.rows, UNEVEN_ROWS);
    assert_int_equal(q.wide, 1);
    pensel_estimator_free(&estimator);
}

static void few_bits_are_refused_by_name(void **state)
{
    (void)state;
    static const float x[] = {1, 2, 3, 4, 5, 6};
    pensel_estimator *estimator = make("dense:3:relu", 3);
    const pensel_exported model = {.estimator = estimator};
    const pensel_samples samples = {.x = {x, 2, 3, PENSEL_FLOAT32}};
    pensel_export_options o = pensel_export_defaults();
    pensel_quantised q;
    void *bytes;
    size_t size;
    o.target = "c";
    o.max_loss = 0.5;
    assert_int_equal(pensel_export_memory(&bytes, &size, &model, &o, &error), PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "max_loss has no effect without quantise"));
    o = pensel_export_defaults();
    o.target = "c";
    o.check = &samples;
    assert_int_equal(pensel_export_memory(&bytes, &size, &model, &o, &error), PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "rows to check have no effect"));
    o.quantise = PENSEL_QUANTISE_INT8;
    o.quantised = &q;
    MUST(pensel_export_memory(&bytes, &size, &model, &o, &error));
    pensel_export_free(&bytes);
    assert_int_equal(q.samples, 2);
    assert_true(q.own && !q.drawn);
    o.target = "onnx";
    assert_int_equal(pensel_export_memory(&bytes, &size, &model, &o, &error), PENSEL_UNSUPPORTED);
    assert_non_null(strstr(error.text, "onnx has no weights in int8"));
    pensel_estimator_free(&estimator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(onnx_holds_the_networks_numbers),
        cmocka_unit_test(a_file_has_the_bytes_of_memory),
        cmocka_unit_test(a_shader_reads_both_inputs),
        cmocka_unit_test(a_header_says_which_column_an_input_is),
        cmocka_unit_test(what_cannot_leave_is_refused_by_name),
        cmocka_unit_test(few_bits_cost_no_more_than_is_allowed),
        cmocka_unit_test(the_row_that_loses_most_is_kept),
        cmocka_unit_test(few_bits_are_refused_by_name),
    };
    return RUN(tests);
}
