/* Limits of what comes from files: what docs/reliability.md promises is refused, just beyond the
 * limit, and what lies just within it is read. Models are built byte by byte here. */
#include "temporary.h"
#include "test.h"

enum { MIB = 1 << 20, MOST_CLASSES = 65536, MOST_HEADER = 65536 };

static const char *path; /* of the file at hand */

static void write_file(const char *name, const void *bytes, size_t size)
{
    path = temporary(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static pensel_status read_table(pensel_error *error, bool classify, size_t *rows, size_t *classes)
{
    pensel_table *table = NULL;
    pensel_table_options o = pensel_table_defaults();
    o.target = classify ? "y" : NULL;
    o.classify = classify;
    pensel_status status = pensel_table_read(&table, path, &o, error);
    *rows = table ? table->x.rows : 0;
    *classes = table ? table->class_count : 0;
    pensel_table_free(&table);
    remove(path);
    return status;
}

/* "x\n1\n" and then a quote that is open for `size` bytes */
static pensel_status read_long_line(pensel_error *error, size_t size)
{
    static const char head[] = "x,y\n1,2\n\"";
    char *text = malloc(size + 64);
    size_t rows, classes;
    assert_non_null(text);
    memcpy(text, head, sizeof head);
    memset(text + sizeof head - 1, ' ', size);
    strcpy(text + sizeof head - 1 + size - 5, "7\",8\n");
    write_file("table.csv", text, sizeof head - 1 + size);
    free(text);
    return read_table(error, false, &rows, &classes);
}

static void lines_of_csv_end_at_64_mib(void **state)
{
    pensel_error error;
    (void)state;
    MUST(read_long_line(&error, 60 * MIB));
    assert_int_not_equal(read_long_line(&error, 80 * MIB), PENSEL_OK);
    assert_true(error.status == PENSEL_BAD_DATA || error.status == PENSEL_BAD_FILE);
}

static pensel_status read_labels(pensel_error *error, size_t count, size_t *classes)
{
    char *text = malloc(16 + 24 * count), *at = text + sprintf(text, "x,y\n");
    size_t rows;
    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        at += sprintf(at, "1,name%zu\n", i);
    write_file("table.csv", text, (size_t)(at - text));
    free(text);
    return read_table(error, true, &rows, classes);
}

static void labels_are_65536_at_most(void **state)
{
    pensel_error error;
    size_t classes;
    (void)state;
    MUST(read_labels(&error, MOST_CLASSES, &classes));
    assert_int_equal(classes, MOST_CLASSES);
    assert_int_equal(read_labels(&error, MOST_CLASSES + 1, &classes), PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "65536"));
}

/* The same of codes, by a fit that ends before its first step. */
static void classes_are_65536_at_most(void **state)
{
    double *codes = malloc((MOST_CLASSES + 1) * sizeof *codes);
    pensel_error error;
    pensel_estimator *e;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
    (void)state;
    assert_non_null(codes);
    o.hidden_count = 0;
    for (size_t i = 0; i <= MOST_CLASSES; i++)
        codes[i] = (double)i;
    pensel_samples samples = {.x = {codes, MOST_CLASSES + 1, 1, PENSEL_FLOAT64},
                              .y = {codes, MOST_CLASSES + 1, 1, PENSEL_FLOAT64}};
    MUST(pensel_estimator_new(&e, &o, &error));
    assert_int_equal(pensel_estimator_fit(e, &samples, NULL, &error), PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "65536"));
    pensel_estimator_free(&e);
    free(codes);
}

/* A .npy of version 2 whose header is `length` bytes long, and three numbers. */
static pensel_status read_npy(pensel_error *error, size_t length, size_t *rows)
{
    static const char keys[] = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }";
    static const double numbers[] = {1, 2, 3};
    unsigned char *bytes = malloc(12 + length + sizeof numbers);
    size_t classes;
    assert_non_null(bytes);
    memcpy(bytes, "\x93NUMPY\x02\x00", 8);
    for (int i = 0; i < 4; i++)
        bytes[8 + i] = (unsigned char)(length >> 8 * i);
    memset(bytes + 12, ' ', length);
    memcpy(bytes + 12, keys, sizeof keys - 1);
    bytes[12 + length - 1] = '\n';
    memcpy(bytes + 12 + length, numbers, sizeof numbers);
    write_file("table.npy", bytes, 12 + length + sizeof numbers);
    free(bytes);
    return read_table(error, false, rows, &classes);
}

static void headers_of_npy_end_at_65536_bytes(void **state)
{
    pensel_error error;
    size_t rows;
    (void)state;
    MUST(read_npy(&error, MOST_HEADER, &rows));
    assert_int_equal(rows, 3);
    assert_int_equal(read_npy(&error, MOST_HEADER + 16, &rows), PENSEL_BAD_FILE);
    assert_non_null(strstr(error.text, "65536"));
}

/* A small model, saved; how many bytes of `saved` it takes. */
static size_t save_model(char saved[MIB], pensel_error *error)
{
    double x[] = {0, 1, 2, 3};
    pensel_estimator *e;
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
    pensel_samples samples = {.x = {x, 4, 1, PENSEL_FLOAT64}, .y = {x, 4, 1, PENSEL_FLOAT64}};
    o.training.epochs = 1;
    if (pensel_estimator_new(&e, &o, error) != PENSEL_OK ||
        pensel_estimator_fit(e, &samples, NULL, error) != PENSEL_OK)
        fail_msg("%s", error->text);
    write_file("model.safetensors", "", 0);
    if (pensel_estimator_save(e, path, error) != PENSEL_OK) fail_msg("%s", error->text);
    pensel_estimator_free(&e);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(saved, 1, MIB, file);
    fclose(file);
    return size;
}

/* A saved model whose header has `extra` more spaces, or `brackets` brackets in a value. */
static pensel_status load_model(pensel_error *error, size_t extra, size_t brackets)
{
    static char saved[MIB];
    pensel_estimator *e;
    size_t size = save_model(saved, error), header = 0, more = extra + 2 * brackets;
    for (int i = 7; i >= 0; i--)
        header = header << 8 | (unsigned char)saved[i];
    char *bytes = malloc(size + more + 16), *at = bytes + 8 + header;
    assert_non_null(bytes);
    memcpy(bytes, saved, 8 + header);
    while (at[-1] == ' ')
        at--, more--;
    at--; /* before the closing brace */
    if (brackets > 0) {
        at += sprintf(at, ",\"a\":"), more += 5;
        memset(at, '[', brackets), memset(at + brackets, ']', brackets);
        at += 2 * brackets;
    }
    memset(at, ' ', extra);
    at[extra] = '}';
    at += extra + 1;
    size_t length = (size_t)(at - bytes - 8);
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(length >> 8 * i);
    memcpy(at, saved + 8 + header, size - 8 - header);
    write_file("model.safetensors", bytes, 8 + length + size - 8 - header);
    free(bytes);
    pensel_status status = pensel_estimator_load(&e, path, error);
    pensel_estimator_free(&e);
    remove(path);
    return status;
}

static void headers_of_models_end_at_one_mib(void **state)
{
    pensel_error error;
    (void)state;
    MUST(load_model(&error, 1000, 0));
    MUST(load_model(&error, MIB - 65536, 0));
    assert_int_equal(load_model(&error, MIB, 0), PENSEL_BAD_FILE);
    assert_non_null(strstr(error.text, "1048576"));
}

/* However deep: refused, and no parser calls itself to the end of the stack. */
static void deep_headers_are_refused(void **state)
{
    pensel_error error;
    (void)state;
    assert_int_equal(load_model(&error, 0, 100000), PENSEL_BAD_FILE);
    assert_int_equal(load_model(&error, 0, 5000), PENSEL_BAD_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_csv_end_at_64_mib),
        cmocka_unit_test(labels_are_65536_at_most),
        cmocka_unit_test(classes_are_65536_at_most),
        cmocka_unit_test(headers_of_npy_end_at_65536_bytes),
        cmocka_unit_test(headers_of_models_end_at_one_mib),
        cmocka_unit_test(deep_headers_are_refused),
    };
    return RUN(tests);
}
