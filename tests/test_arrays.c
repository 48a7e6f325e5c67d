/* Columns that are no text: arrays of NumPy, the caller's own memory, and Arrow's arrays, those
 * that are right and those that lie. */
#include "column_values.h"

#include "temporary.h"

static pensel_error error;

static void arrays_become_columns(void **state)
{
    (void)state;
    pensel_columns *c;
    pensel_columns_options o = pensel_columns_defaults();
    MUST(pensel_columns_read(&c, "data/npy/struct.npy", &o, &error));
    assert_int_equal(c->count, 5);
    assert_int_equal(c->rows, 3);
    assert_string_equal(c->columns[0].name, "half");
    assert_true(number_at(c, 0, 0) == 0.5 && number_at(c, 1, 0) == -1024 &&
                number_at(c, 2, 0) == 0x1p-24);
    assert_true(number_at(c, 1, 1) == -2);
    assert_string_equal(text_at(c, 0, 2), "caf\xc3\xa9");
    assert_null(text_at(c, 1, 2));
    assert_string_equal(text_at(c, 2, 3), "bytes");
    assert_int_equal(c->columns[4].form, PENSEL_COLUMN_TIME);
    assert_true(c->columns[4].numbers[0] == 951782400); /* 2000-02-29 */
    assert_true(isnan(c->columns[4].numbers[1]));
    pensel_columns_free(&c);
    MUST(pensel_columns_read(&c, "data/npy/float16.npy", &o, &error));
    assert_int_equal(c->count, 2);
    assert_true(number_at(c, 0, 0) == 1.5 && number_at(c, 1, 1) == 65504);
    assert_int_equal(c->columns[0].missing, 1); /* NaN */
    pensel_columns_free(&c);
}

/* The header of NumPy's format 1.0, and one column of three */
static const char *write_npy(const char *type, const void *numbers)
{
    const char *path = temporary("whole.npy");
    FILE *file = fopen(path, "wb");
    char head[128];
    assert_non_null(file);
    memset(head, ' ', sizeof head);
    memcpy(head, "\x93NUMPY\x01\x00\x76\x00", 10);
    int length = snprintf(head + 10, sizeof head - 10,
                          "{'descr': '%s', 'fortran_order': False, 'shape': (3, 1), }", type);
    head[10 + length] = ' ';
    head[sizeof head - 1] = '\n';
    assert_int_equal(fwrite(head, 1, sizeof head, file), sizeof head);
    assert_int_equal(fwrite(numbers, 8, 3, file), 3);
    fclose(file);
    return path;
}

static void whole_numbers_that_doubles_do_not_have_are_refused(void **state)
{
    static const int64_t good[] = {9007199254740991, -9007199254740991, 7};
    static const int64_t bad[] = {1, 9007199254740993, 3};
    static const double large[] = {1, 1e18, 3};
    pensel_columns *c;
    pensel_columns_options o = pensel_columns_defaults();
    pensel_table *t;
    pensel_table_options p = pensel_table_defaults();
    (void)state;
    MUST(pensel_columns_read(&c, write_npy("<i8", good), &o, &error));
    assert_true(number_at(c, 1, 0) == -9007199254740991);
    pensel_columns_free(&c);
    const char *path = write_npy("<i8", bad);
    assert_int_equal(pensel_columns_read(&c, path, &o, &error), PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "row 2"));
    assert_int_equal(pensel_table_read(&t, path, &p, &error), PENSEL_BAD_DATA);
    MUST(pensel_columns_read(&c, write_npy("<f8", large), &o, &error));
    pensel_columns_free(&c);
    unlink(path);
}

static void memory_is_borrowed_and_checked(void **state)
{
    (void)state;
    static const double numbers[] = {1, NAN, 3};
    static const uint32_t codes[] = {2, 0, 1};
    static const char *const texts[] = {NULL, "red", "blue"};
    pensel_column list[] = {
        {.name = "n", .form = PENSEL_COLUMN_NUMBER, .numbers = numbers},
        {.name = "t", .form = PENSEL_COLUMN_TEXT, .codes = codes, .texts = texts, .distinct = 2}};
    pensel_columns *c;
    MUST(pensel_columns_new(&c, 3, list, 2, &error));
    assert_ptr_equal(c->columns[0].numbers, numbers);
    assert_int_equal(c->columns[0].missing, 1);
    assert_int_equal(c->columns[1].missing, 1);
    assert_string_equal(text_at(c, 0, 1), "blue");
    assert_int_equal(pensel_columns_find(c, "t"), 1);
    assert_int_equal(pensel_columns_find(c, "2"), 1);
    assert_int_equal(pensel_columns_find(c, "3"), SIZE_MAX);
    assert_int_equal(pensel_columns_missing(c, "f", "m", &error), PENSEL_BAD_DATA);
    pensel_columns_free(&c);
    list[1].distinct = 1;
    assert_int_equal(pensel_columns_new(&c, 3, list, 2, &error), PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "code 2 in row 1"));
    assert_null(c);
    list[1].distinct = 2;
    list[0].numbers = NULL;
    assert_int_equal(pensel_columns_new(&c, 3, list, 2, &error), PENSEL_BAD_ARGUMENT);
}

/* A view of a long text whose buffer there is not: 13 bytes in buffer 2^31 - 1, and in one that is
 * NULL. */
static void views_of_no_buffer_are_refused(void **state)
{
    (void)state;
    int32_t view[] = {13, 0, INT32_MAX, 0};
    const void *buffers[] = {NULL, view, NULL};
    struct ArrowArray a = {.length = 1, .n_buffers = 3, .buffers = buffers}, *as[] = {&a};
    struct ArrowSchema s = {.format = "vu", .name = "t"}, *ss[] = {&s};
    struct ArrowArray table = {.length = 1, .n_children = 1, .children = as};
    struct ArrowSchema schema = {.format = "+s", .n_children = 1, .children = ss};
    pensel_columns *c;
    for (int i = 0; i < 2; i++, view[2] = 0) {
        assert_int_equal(pensel_columns_arrow(&c, &schema, &table, NULL, &error), PENSEL_BAD_DATA);
        assert_non_null(strstr(error.text, "column \"t\" has a text of no length"));
    }
}

/* 13 bytes of a buffer of 20, whose length the last buffer has: as far as its end, and no further.
 */
static void views_end_with_their_buffer(void **state)
{
    (void)state;
    static const char text[] = "a longer text of twenty";
    static const int64_t size = 20;
    int32_t view[] = {13, 0, 0, 7};
    const void *buffers[] = {NULL, view, text, &size};
    struct ArrowArray a = {.length = 1, .n_buffers = 4, .buffers = buffers}, *as[] = {&a};
    struct ArrowSchema s = {.format = "vu", .name = "t"}, *ss[] = {&s};
    struct ArrowArray table = {.length = 1, .n_children = 1, .children = as};
    struct ArrowSchema schema = {.format = "+s", .n_children = 1, .children = ss};
    pensel_columns *c;
    MUST(pensel_columns_arrow(&c, &schema, &table, NULL, &error));
    assert_string_equal(text_at(c, 0, 0), "r text of twe");
    pensel_columns_free(&c);
    view[3] = 8;
    assert_int_equal(pensel_columns_arrow(&c, &schema, &table, NULL, &error), PENSEL_BAD_DATA);
    view[3] = 7;
    view[2] = 1; /* the lengths are no texts */
    assert_int_equal(pensel_columns_arrow(&c, &schema, &table, NULL, &error), PENSEL_BAD_DATA);
}

/* Buffers an odd number of bytes into a block: numbers are copied, and texts read all the same. */
static void buffers_need_not_be_aligned(void **state)
{
    (void)state;
    static const double numbers[] = {1.5, -2.5};
    static const int64_t large[] = {9007199254740993, -3};
    static const int32_t offsets[] = {0, 2, 5};
    _Alignas(8) static char room[3][40];
    memcpy(room[0] + 1, numbers, sizeof numbers);
    memcpy(room[1] + 1, large, sizeof large);
    memcpy(room[2] + 1, offsets, sizeof offsets);
    const void *buffers[3][3] = {
        {NULL, room[0] + 1}, {NULL, room[1] + 1}, {NULL, room[2] + 1, "onetwo"}};
    static const char *const names[] = {"x", "n", "t"}, *const types[] = {"g", "l", "u"};
    struct ArrowArray a[3], *as[3];
    struct ArrowSchema s[3], *ss[3];
    for (size_t i = 0; i < 3; i++) {
        a[i] = (struct ArrowArray){.length = 2, .n_buffers = 2 + (i == 2), .buffers = buffers[i]};
        s[i] = (struct ArrowSchema){.format = types[i], .name = names[i]};
        as[i] = &a[i], ss[i] = &s[i];
    }
    struct ArrowArray table = {.length = 2, .n_children = 3, .children = as};
    struct ArrowSchema schema = {.format = "+s", .n_children = 3, .children = ss};
    pensel_columns *c;
    MUST(pensel_columns_arrow(&c, &schema, &table, NULL, &error));
    assert_true((const char *)c->columns[0].numbers != room[0] + 1); /* copied */
    assert_true(number_at(c, 0, 0) == 1.5 && number_at(c, 1, 0) == -2.5);
    assert_string_equal(text_at(c, 0, 1), "9007199254740993");
    assert_string_equal(text_at(c, 1, 1), "-3");
    assert_string_equal(text_at(c, 0, 2), "on");
    assert_string_equal(text_at(c, 1, 2), "etw");
    pensel_columns_free(&c);
}

/* By hand what pyarrow hands over in arrow_check.py: a struct of a float64, an int32 with a hole, a
 * text and a dictionary. */
static const double arrow_x[] = {9, 1.5, -2.5};
static const int32_t words_offsets[] = {0, 3, 6};

/* Rows 1 and 2 of four columns: numbers, whole numbers with a hole, texts, and a dictionary. It
 * points into itself: it is filled where it stays. */
typedef struct arrow_table {
    struct ArrowArray words, a[4], table, *as[4];
    struct ArrowSchema w, s[4], schema, *ss[4];
    const void *xb[2], *ib[2], *tb[3], *db[2], *wb[3];
} arrow_table;

static void fill(arrow_table *t)
{
    static const int32_t i[] = {0, 7, 8}, offsets[] = {0, 1, 4, 6};
    static const int8_t codes[] = {0, 1, 0};
    static const unsigned char second_is_null[] = {0x05};
    *t = (arrow_table){.xb = {NULL, arrow_x},
                       .ib = {second_is_null, i},
                       .tb = {NULL, offsets, "abcdNA"},
                       .db = {NULL, codes},
                       .wb = {NULL, words_offsets, "redtan"}};
    t->words = (struct ArrowArray){.length = 2, .n_buffers = 3, .buffers = t->wb};
    t->a[0] = (struct ArrowArray){.length = 3, .n_buffers = 2, .buffers = t->xb};
    t->a[1] = (struct ArrowArray){.length = 3, .null_count = 1, .n_buffers = 2, .buffers = t->ib};
    t->a[2] = (struct ArrowArray){.length = 3, .n_buffers = 3, .buffers = t->tb};
    t->a[3] =
        (struct ArrowArray){.length = 3, .n_buffers = 2, .buffers = t->db, .dictionary = &t->words};
    t->w = (struct ArrowSchema){.format = "u"};
    t->s[0] = (struct ArrowSchema){.format = "g", .name = "x"};
    t->s[1] = (struct ArrowSchema){.format = "i", .name = "i"};
    t->s[2] = (struct ArrowSchema){.format = "u", .name = "t"};
    t->s[3] = (struct ArrowSchema){.format = "c", .name = "d", .dictionary = &t->w};
    for (size_t c = 0; c < 4; c++)
        t->as[c] = &t->a[c], t->ss[c] = &t->s[c];
    t->table = (struct ArrowArray){.length = 2, .offset = 1, .n_children = 4, .children = t->as};
    t->schema = (struct ArrowSchema){.format = "+s", .n_children = 4, .children = t->ss};
}

static void arrow_arrays_become_columns(void **state)
{
    (void)state;
    arrow_table t;
    pensel_columns *c;
    fill(&t);
    MUST(pensel_columns_arrow(&c, &t.schema, &t.table, NULL, &error));
    assert_int_equal(c->rows, 2);
    assert_ptr_equal(c->columns[0].numbers, arrow_x + 1); /* borrowed */
    assert_true(isnan(number_at(c, 0, 1)) && number_at(c, 1, 1) == 8);
    assert_string_equal(text_at(c, 0, 2), "bcd");
    assert_null(text_at(c, 1, 2)); /* NA */
    assert_string_equal(text_at(c, 0, 3), "tan");
    assert_string_equal(text_at(c, 1, 3), "red");
    pensel_columns_free(&c);
    const char *const kept[] = {"x"};
    pensel_columns_options o = pensel_columns_defaults();
    o.text = kept;
    o.text_count = 1;
    MUST(pensel_columns_arrow(&c, &t.schema, &t.table, &o, &error));
    assert_string_equal(text_at(c, 1, 0), "-2.5");
    pensel_columns_free(&c);
    t.w.format = "n"; /* of nothing: pandas has it where all is missing */
    MUST(pensel_columns_arrow(&c, &t.schema, &t.table, NULL, &error));
    assert_int_equal(c->columns[3].missing, 2);
    pensel_columns_free(&c);
}

/* With an error that has `text` in it */
static void refused(const arrow_table *t, pensel_status status, const char *text)
{
    pensel_columns *c;
    assert_int_equal(pensel_columns_arrow(&c, &t->schema, &t->table, NULL, &error), status);
    assert_non_null(strstr(error.text, text));
    assert_null(c);
}

static void arrow_arrays_that_lie_are_refused(void **state)
{
    (void)state;
    arrow_table t;
    fill(&t);
    t.a[1].length = 2; /* shorter than the table */
    refused(&t, PENSEL_BAD_DATA, "\"i\" is shorter");
    fill(&t);
    t.words.length = 1; /* a code without a text */
    refused(&t, PENSEL_BAD_DATA, "has the code 1");
    fill(&t);
    t.wb[1] = NULL; /* texts without offsets */
    refused(&t, PENSEL_BAD_DATA, "\"d\" has no values");
    fill(&t);
    t.w.format = NULL;
    refused(&t, PENSEL_BAD_DATA, "\"d\" has a dictionary without a type");
    fill(&t);
    t.s[3].format = "g"; /* codes that are no integers */
    refused(&t, PENSEL_UNSUPPORTED, "codes are expected to be integers");
    fill(&t);
    t.s[0].format = "+l";
    refused(&t, PENSEL_UNSUPPORTED, "\"+l\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_become_columns),
        cmocka_unit_test(whole_numbers_that_doubles_do_not_have_are_refused),
        cmocka_unit_test(memory_is_borrowed_and_checked),
        cmocka_unit_test(views_of_no_buffer_are_refused),
        cmocka_unit_test(views_end_with_their_buffer),
        cmocka_unit_test(buffers_need_not_be_aligned),
        cmocka_unit_test(arrow_arrays_become_columns),
        cmocka_unit_test(arrow_arrays_that_lie_are_refused),
    };
    return RUN(tests);
}
