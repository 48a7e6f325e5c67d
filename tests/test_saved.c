/* Models that left come back as they were: from every kind of file that can bring them, to the bit.
 * What was changed on the way is refused, by a sentence and without harm. */
#include "scene.h"
#include "temporary.h"

enum { ROWS = 80 };
static pensel_error error;
static const char *const targets[] = {"onnx", "npz", "json"};

static unsigned char *export_of(size_t *size, const pensel_exported *model, const char *target)
{
    void *bytes;
    pensel_export_options o = pensel_export_defaults();
    o.target = target;
    MUST(pensel_export_memory(&bytes, size, model, &o, &error));
    return bytes;
}

static pensel_model *back_from(const unsigned char *bytes, size_t size)
{
    pensel_imported *imported;
    MUST(pensel_import_memory(&imported, bytes, size, "gone", NULL, &error));
    pensel_model *model = pensel_imported_take(imported);
    assert_non_null(model);
    assert_null(pensel_imported_model(imported));
    pensel_imported_free(&imported);
    return model;
}

/* ------------------------------------------------------------------ a painting */

static pensel_painting *painting_of(bool exact)
{
    pensel_picture p = scene(3, 0);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    if (!exact) o.estimator.encoding.kind = PENSEL_FOURIER;
    o.estimator.training.epochs = 2;
    return paint(&p, 1, &o);
}

static void paintings_come_back(void **state)
{
    (void)state;
    for (int exact = 0; exact < 2; exact++) {
        pensel_painting *painting = painting_of(exact);
        const pensel_render_options o = pensel_render_defaults();
        float *before = render(painting, &o, W, H);
        for (size_t t = 0; t < sizeof targets / sizeof *targets; t++) {
            size_t size;
            const pensel_exported exported = {.painting = painting};
            unsigned char *bytes = export_of(&size, &exported, targets[t]);
            pensel_model *model = back_from(bytes, size);
            assert_non_null(pensel_model_painting(model));
            float *after = render(pensel_model_painting(model), &o, W, H);
            assert_memory_equal(before, after, (size_t)W * H * 3 * sizeof *before);
            pensel_release(after);
            pensel_model_free(&model);
            pensel_export_free((void **)&bytes);
        }
        pensel_release(before);
        pensel_painting_free(&painting);
    }
}

/* ------------------------------------------------------------------ a table's model */

static double a[ROWS];
static uint32_t kind[ROWS], label[ROWS];

static pensel_columns *make_table(void)
{
    static const char *const kinds[] = {NULL, "p", "q"};
    static const char *const labels[] = {NULL, "007", "7", "low, dry"};
    pensel_columns *columns;
    for (size_t r = 0; r < ROWS; r++) {
        a[r] = r % 13 == 5 ? NAN : sin(1.9 * (double)r) * 2;
        kind[r] = 1 + (r * 7 % 5 < 2);
        label[r] = a[r] < -0.8 ? 1 : a[r] < 0.7 ? 2 : 3;
    }
    const pensel_column list[] = {
        {.name = "a", .form = PENSEL_COLUMN_NUMBER, .numbers = a},
        {.name = "kind", .form = PENSEL_COLUMN_TEXT, .codes = kind, .texts = kinds, .distinct = 2},
        {.name = "label",
         .form = PENSEL_COLUMN_TEXT,
         .codes = label,
         .texts = labels,
         .distinct = 3}};
    MUST(pensel_columns_new(&columns, ROWS, list, 3, &error));
    return columns;
}

static pensel_table_model *fit(const pensel_columns *columns)
{
    pensel_table_model *model;
    pensel_table_model_options o = pensel_table_model_defaults();
    o.epochs = 4;
    o.seconds = 1000;
    MUST(pensel_table_model_fit(&model, columns, "label", &o, &error));
    return model;
}

/* Everything: probabilities, classes, names, the schema's columns, temperature, and the file */
static void assert_same_table(const pensel_table_model *before, const pensel_table_model *after,
                              const pensel_columns *columns)
{
    static double p[2][ROWS * 3];
    size_t count[2];
    assert_non_null(after);
    MUST(pensel_table_model_probabilities(before, p[0], columns, NULL, &error));
    MUST(pensel_table_model_probabilities(after, p[1], columns, NULL, &error));
    assert_memory_equal(p[0], p[1], sizeof p[0]);
    const char *const *mine = pensel_table_model_classes(before, &count[0]);
    const char *const *theirs = pensel_table_model_classes(after, &count[1]);
    assert_int_equal(count[0], count[1]);
    for (size_t c = 0; c < count[0]; c++)
        assert_string_equal(mine[c], theirs[c]);
    assert_string_equal(pensel_table_model_target(before), pensel_table_model_target(after));
    assert_true(pensel_table_model_report(before)->temperature ==
                pensel_table_model_report(after)->temperature);
    assert_true(pensel_table_model_report(before)->held.accuracy ==
                pensel_table_model_report(after)->held.accuracy);
}

static void tables_come_back(void **state)
{
    (void)state;
    pensel_columns *columns = make_table();
    pensel_table_model *before = fit(columns);
    for (size_t t = 0; t < sizeof targets / sizeof *targets; t++) {
        size_t size;
        const pensel_exported exported = {.table = before};
        unsigned char *bytes = export_of(&size, &exported, targets[t]);
        pensel_model *model = back_from(bytes, size);
        assert_same_table(before, pensel_model_table(model), columns);
        assert_null(pensel_model_estimator(model));
        pensel_model_free(&model);
        pensel_export_free((void **)&bytes);
    }
    pensel_table_model_free(&before);
    pensel_columns_free(&columns);
}

static void what_is_imported_is_saved(void **state)
{
    (void)state;
    size_t size;
    const char *path = temporary("back.safetensors");
    pensel_columns *columns = make_table();
    pensel_table_model *before = fit(columns), *after;
    pensel_imported *imported;
    const pensel_exported exported = {.table = before};
    unsigned char *bytes = export_of(&size, &exported, "onnx");
    MUST(pensel_import_memory(&imported, bytes, size, "gone", NULL, &error));
    assert_null(pensel_imported_estimator(imported));
    MUST(pensel_imported_save(imported, path, &error));
    MUST(pensel_table_model_load(&after, path, &error));
    assert_same_table(before, after, columns);
    const pensel_import_options o = {.task = "regression"};
    pensel_imported_free(&imported);
    assert_int_equal(pensel_import_memory(&imported, bytes, size, "gone", &o, &error),
                     PENSEL_BAD_ARGUMENT);
    pensel_table_model_free(&after);
    pensel_table_model_free(&before);
    pensel_export_free((void **)&bytes);
    pensel_columns_free(&columns);
    remove(path);
}

/* ------------------------------------------------------------------ what was changed */

static unsigned char *find(unsigned char *bytes, size_t size, const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(bytes + i, text, length) == 0) return bytes + i;
    fail_msg("%s is not there", text);
    return NULL;
}

static void assert_refused(const unsigned char *bytes, size_t size)
{
    pensel_imported *imported;
    error.text[0] = '\0';
    assert_int_equal(pensel_import_memory(&imported, bytes, size, "gone", NULL, &error),
                     PENSEL_BAD_FILE);
    assert_non_null(strstr(error.text, "changed"));
    assert_null(imported);
}

/* A weight in the graph; the length of a piece, its place; a character of what no constant has. */
static void changed_graphs_are_refused(void **state)
{
    (void)state;
    size_t size, count;
    pensel_painting *painting = painting_of(false);
    const pensel_exported exported = {.painting = painting};
    unsigned char *bytes = export_of(&size, &exported, "onnx");
    const float *numbers = numbers_of(painting, &count);
    char first[9] = {0};
    memcpy(first, numbers, 8); /* two weights, of which no byte is 0 */
    assert_int_equal(strlen(first), 8);
    unsigned char *weight = find(bytes, size, first);
    weight[1] ^= 4;
    assert_refused(bytes, size);
    weight[1] ^= 4;
    unsigned char *text = find(bytes, size, "pensel.saved");
    unsigned char *line = (unsigned char *)memchr(text, '\n', 200) + 1;
    for (size_t i = 0; i < 40; i++) {
        unsigned char had = line[i];
        line[i] = had == '9' ? '7' : '9';
        assert_refused(bytes, size);
        line[i] = had;
    }
    line[0] = 'x';
    assert_refused(bytes, size);
    pensel_export_free((void **)&bytes);
    pensel_painting_free(&painting);
}

/* Memory that begins as zeros, so that what stands behind the end of what was written is known */
static void *zeros(size_t bytes, size_t alignment, void *data)
{
    (void)data;
    void *block = aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (block) memset(block, 0, bytes);
    return block;
}

static void release_zeros(void *block, size_t bytes, void *data)
{
    (void)bytes;
    (void)data;
    free(block);
}

/* Fowler, Noll & Vo's FNV-1a of 64 bits, of so many zeros: 0 changes nothing before the product */
static unsigned long long sum_of_zeros(size_t count)
{
    unsigned long long sum = 14695981039346656037u;
    while (count-- > 0)
        sum *= 1099511628211u;
    return sum;
}

/* Where the last of the pieces ends that the text names: no constant ends before it. */
static size_t end_of_pieces(const unsigned char *text)
{
    const char *line = strchr((const char *)text, '\n') + 1;
    size_t end = 0;
    for (; *line != '\n'; line = strchr(line, '\n') + 1) {
        char *rest;
        if (*line == '-') continue;
        size_t at = strtoul(line, &rest, 10), length = strtoul(rest, NULL, 10);
        if (at + length > end) end = at + length;
    }
    return end;
}

/* A model of zeros: eight from `at` of the constants, the others from the base64 behind them. */
static void claim_zeros(unsigned char *text, size_t length, size_t at)
{
    char lines[128];
    size_t head = 64, own = (length - head) / 4 * 3;
    while ((length - head) % 4 > 0)
        own = (length - ++head) / 4 * 3;
    int short_by = (int)head - snprintf(lines, sizeof lines, "%zu %llx\n%zu 8\n- %zu\n\n", own + 8,
                                        sum_of_zeros(own + 8), at, own);
    assert_true(short_by >= 0);
    for (int i = 0; i < short_by; i++)
        text[i] = '0';
    memcpy(text + short_by, lines, head - (size_t)short_by);
    memset(text + head, 'A', length - head);
}

/* Constants have an end, and a piece may not lie across it, whatever stands there: were it taken,
 * zeros would be the model, and no sentence about a change. */
static void a_piece_beyond_the_constants_is_refused(void **state)
{
    (void)state;
    pensel_context *context;
    pensel_context_options o = pensel_context_defaults();
    pensel_painting *painting = painting_of(false);
    const pensel_exported exported = {.painting = painting};
    size_t size;
    unsigned char *bytes = export_of(&size, &exported, "onnx");
    unsigned char *key = find(bytes, size, "pensel.saved");
    unsigned char *text = key + strlen("pensel.saved");
    /* protobuf: field 2, a length in groups of seven bits, the text */
    size_t length = 0;
    assert_int_equal(*text++, 2 << 3 | 2);
    for (int shift = 0, more = 1; more; shift += 7) {
        length |= (size_t)(*text & 127) << shift;
        more = *text++ >> 7;
    }
    o.memory = (pensel_allocator){zeros, release_zeros, NULL};
    MUST(pensel_context_new(&context, &o, &error));
    size_t end = end_of_pieces(text);
    pensel_context *before = pensel_context_enter(context);
    for (size_t at = end; at < size; at += 4) {
        claim_zeros(text, length, at);
        assert_refused(bytes, size);
    }
    pensel_context_enter(before);
    pensel_context_free(&context);
    pensel_export_free((void **)&bytes);
    pensel_painting_free(&painting);
}

/* The model file in JSON is checked as any other is: it may be anything, and does no harm. */
static void changed_json_is_refused_or_harmless(void **state)
{
    (void)state;
    size_t size;
    pensel_painting *painting = painting_of(false);
    const pensel_exported exported = {.painting = painting};
    unsigned char *bytes = export_of(&size, &exported, "json");
    unsigned char *text = find(bytes, size, "\"saved\":\"") + 9;
    for (size_t i = 0; i < 2000; i += 7) {
        pensel_imported *imported;
        unsigned char had = text[i];
        text[i] = had == 'A' ? 'z' : 'A';
        if (pensel_import_memory(&imported, bytes, size, "gone", NULL, &error) == PENSEL_OK)
            pensel_imported_free(&imported);
        text[i] = had;
    }
    text[5] = '*';
    assert_refused(bytes, size);
    assert_int_equal(
        pensel_import_memory(&(pensel_imported *){NULL}, "{\"a\": 1}", 8, "other", NULL, &error),
        PENSEL_UNSUPPORTED);
    pensel_export_free((void **)&bytes);
    pensel_painting_free(&painting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paintings_come_back),
        cmocka_unit_test(tables_come_back),
        cmocka_unit_test(what_is_imported_is_saved),
        cmocka_unit_test(changed_graphs_are_refused),
        cmocka_unit_test(a_piece_beyond_the_constants_is_refused),
        cmocka_unit_test(changed_json_is_refused_or_harmless),
    };
    return RUN(tests);
}
