/* Tables: CSV by RFC 4180, .npy as NumPy writes it, and errors that name the line and column. */
#include "test.h"

#include "base/number.h"
#include "table/table.h"

#include <locale.h>

static pensel_error error;

static pensel_status parse(pensel_table **table, const char *text, size_t size,
                           const pensel_table_options *options)
{
    pensel_source source;
    MUST(pensel_source_of_memory(&source, text, size, "t.csv", &error));
    memset(&error, 0, sizeof error);
    pensel_status status = pensel_table_parse(table, &source, options, &error);
    pensel_source_close(&source);
    return status;
}

static pensel_table *good(const char *text, const char *target, bool classify)
{
    pensel_table *table;
    pensel_table_options o = pensel_table_defaults();
    o.precision = PENSEL_FLOAT64;
    o.target = target;
    o.classify = classify;
    MUST(parse(&table, text, strlen(text), &o));
    return table;
}

static void bad_with(const char *text, size_t size, const char *sentence, const char *target)
{
    pensel_table *table;
    pensel_table_options o = pensel_table_defaults();
    o.target = target;
    pensel_status status = parse(&table, text, size, &o);
    if (status == PENSEL_OK) fail_msg("accepted: %s", text);
    assert_null(table);
    if (!strstr(error.text, sentence)) fail_msg("\"%s\" does not say \"%s\"", error.text, sentence);
}

static void bad(const char *text, const char *sentence)
{
    bad_with(text, strlen(text), sentence, NULL);
}

static double at(const pensel_table *t, size_t row, size_t column)
{
    return ((const double *)t->x.data)[row * t->x.columns + column];
}

static void a_header_is_found_or_made(void **state)
{
    (void)state;
    pensel_table *t = good("a,b\n1,2\n3,4\n", NULL, false);
    assert_string_equal(t->names[1], "b");
    assert_int_equal(t->x.rows, 2);
    assert_true(at(t, 1, 0) == 3);
    pensel_table_free(&t);
    t = good("1,2\n3,4", NULL, false);
    assert_string_equal(t->names[1], "x2");
    assert_int_equal(t->x.rows, 2);
    pensel_table_free(&t);
    /* scikit-learn's iris begins with counts and names of classes */
    t = good("150,4,setosa\n5.1,3.5,0\n4.9,3,1\n", "3", false);
    assert_int_equal(t->x.rows, 2);
    assert_true(((const double *)t->y.data)[1] == 1);
    pensel_table_free(&t);
    /* numbers and a label, no header */
    t = good("5.1,3.5,setosa\n4.9,3,virginica\n", "3", true);
    assert_int_equal(t->x.rows, 2);
    assert_string_equal(t->classes[1], "virginica");
    pensel_table_free(&t);
}

static void delimiters_line_ends_and_marks_are_understood(void **state)
{
    (void)state;
    const char *const texts[] = {
        "a,b\r\n1,2\r\n",         "a;b\n1;2",           "a|b\n1|2\n",      "a\tb\n1\t2\n\n\n",
        "\357\273\277a,b\n1,2\n", /* a byte order mark */
        "\"a\",\"b\"\n\"1\",2\n", " a , b \n 1 ,\t2\n", "\n\na,b\n\n1,2\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        pensel_table *t = good(texts[i], NULL, false);
        assert_int_equal(t->x.rows, 1);
        assert_int_equal(t->x.columns, 2);
        assert_string_equal(t->names[0], "a");
        assert_true(at(t, 0, 0) == 1 && at(t, 0, 1) == 2);
        pensel_table_free(&t);
    }
}

static void quotes_hold_delimiters_quotes_and_lines(void **state)
{
    (void)state;
    pensel_table *t =
        good("\"a, \"\"b\"\"\",\"c\nd\",label\n1,2,\"x\ny\"\n3,4,\"p,q\"\n", "label", true);
    assert_string_equal(t->names[0], "a, \"b\"");
    assert_string_equal(t->names[1], "c\nd");
    assert_int_equal(t->class_count, 2);
    assert_string_equal(t->classes[0], "p,q");
    assert_string_equal(t->classes[1], "x\ny");
    const double *y = t->y.data;
    assert_true(y[0] == 1 && y[1] == 0);
    pensel_table_free(&t);
}

static void labels_are_sorted_names_or_numbers(void **state)
{
    (void)state;
    pensel_table *t = good("x,y\n1,dog\n2,cat\n3, dog \n4,ape\n", "y", true);
    const double *y = t->y.data;
    assert_int_equal(t->class_count, 3);
    assert_true(y[0] == 2 && y[1] == 1 && y[2] == 2 && y[3] == 0);
    pensel_table_free(&t);
    t = good("x,y\n1,7\n2,-3\n3,7.0\n", "y", true);
    y = t->y.data;
    assert_null(t->classes);
    assert_true(y[0] == 7 && y[1] == -3 && y[2] == 7);
    pensel_table_free(&t);
}

static void columns_are_chosen_by_name_in_any_order(void **state)
{
    (void)state;
    pensel_table *t;
    const char *columns[] = {"c", "a"};
    pensel_table_options o = pensel_table_defaults();
    o.precision = PENSEL_FLOAT64;
    o.columns = columns;
    o.column_count = 2;
    o.target = "b";
    const char *text = "a,b,c,d\n1,2,3,text is not read here\n";
    MUST(parse(&t, text, strlen(text), &o));
    assert_true(at(t, 0, 0) == 3 && at(t, 0, 1) == 1);
    assert_string_equal(t->names[0], "c");
    assert_string_equal(t->target_names[0], "b");
    pensel_table_free(&t);
    columns[1] = "e";
    assert_int_equal(parse(&t, text, strlen(text), &o), PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "no column \"e\": it has a, b, c, d"));
    columns[1] = "b";
    assert_int_equal(parse(&t, text, strlen(text), &o), PENSEL_BAD_ARGUMENT);
}

static double target_at(const pensel_table *t, size_t row, size_t column)
{
    return ((const double *)t->y.data)[row * t->y.columns + column];
}

/* As many tables have them: what a model learned from such a one must find them again. */
static void columns_of_one_name_are_found_in_their_order(void **state)
{
    (void)state;
    static const char *const columns[] = {"a", "b", "a", "a"};
    static const char text[] = "y,a,a,b,a\n0,1,2,3,4\n";
    pensel_table *t;
    pensel_table_options o = pensel_table_defaults();
    o.precision = PENSEL_FLOAT64;
    o.columns = columns;
    o.column_count = 4;
    MUST(parse(&t, text, sizeof text - 1, &o));
    assert_true(at(t, 0, 0) == 1 && at(t, 0, 1) == 3 && at(t, 0, 2) == 4 && at(t, 0, 3) == 2);
    pensel_table_free(&t);
    o.columns = columns + 1;
    o.column_count = 1;
    MUST(parse(&t, text, sizeof text - 1, &o));
    assert_true(at(t, 0, 0) == 3);
    pensel_table_free(&t);
}

static void several_columns_are_targets(void **state)
{
    (void)state;
    const char *text = "a,\"b, c\",d\n1,2,3\n4,5,6\n";
    const char *const lists[] = {"d, 1", "\"d\" ,a", " 3,a ", "d,\"a\""};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        pensel_table *t = good(text, lists[i], false);
        assert_int_equal(t->y.columns, 2);
        assert_true(target_at(t, 1, 0) == 6 && target_at(t, 1, 1) == 4 && at(t, 1, 0) == 5);
        assert_string_equal(t->target_names[0], "d");
        assert_string_equal(t->target_names[1], "a");
        assert_string_equal(t->names[0], "b, c");
        pensel_table_free(&t);
    }
    /* a name with a comma: by itself, or quoted in a list */
    pensel_table *t = good(text, "b, c", false);
    assert_true(t->y.columns == 1 && target_at(t, 0, 0) == 2);
    pensel_table_free(&t);
    t = good(text, "a,\"b, c\"", true); /* labels: no class codes */
    assert_true(target_at(t, 0, 0) == 1 && target_at(t, 0, 1) == 2 && !t->classes);
    pensel_table_free(&t);
    bad_with("a,b\n1,2\n", 8, "target \"2\" is asked for twice", "b,2");
    bad_with("a,y,y\n1,2,3\n", 12,
             "several columns \"y\", and the target is one: give its number, 2 or 3", "y");
    t = good("a,y,y\n1,2,3\n", "3", false);
    assert_true(target_at(t, 0, 0) == 3);
    pensel_table_free(&t);
    bad_with("a,b\n1,2\n", 8, "no column \"\"", "b,");
    bad_with("a,b\n1,2\n", 8, "a quote is not closed", "a,\"b");
    bad_with("a,b\n1,2\n", 8, "a quote is not closed, or text follows it", "\"a\"b");
    bad_with("a,b\n1,2\n", 8, "no column but the target", "a,b");
    bad_with("a,b,c\n1,2,x\n", 12, "several targets are numbers", "b,c");
}

/* A file without names: by the names it would be given, or all of it in its order. */
static void a_column_of_weights_is_no_input(void **state)
{
    (void)state;
    pensel_table *t;
    pensel_table_options o = pensel_table_defaults();
    const char *text = "a,kind,w,b\n1,up,0.5,2\n3,down,4,5\n", *turned[] = {"b", "a"};
    o.target = "kind";
    o.weight = "w";
    o.classify = true;
    MUST(parse(&t, text, strlen(text), &o));
    const float *x = t->x.data, *w = t->weights.data;
    assert_int_equal(t->x.columns, 2);
    assert_int_equal(t->weights.rows, 2);
    assert_true(w[0] == 0.5f && w[1] == 4 && x[0] == 1 && x[1] == 2 && x[2] == 3 && x[3] == 5);
    assert_string_equal(t->names[1], "b");
    assert_string_equal(t->classes[0], "down");
    pensel_table_free(&t);
    o.columns = turned;
    o.column_count = 2;
    o.weight = "3"; /* by number */
    o.precision = PENSEL_FLOAT64;
    MUST(parse(&t, text, strlen(text), &o));
    assert_true(at(t, 0, 0) == 2 && at(t, 0, 1) == 1);
    assert_true(((const double *)t->weights.data)[1] == 4);
    pensel_table_free(&t);
    o = pensel_table_defaults();
    o.target = "4";
    o.weight = "1";
    MUST(pensel_table_read(&t, "data/npy/wide.npy", &o, &error));
    x = t->x.data, w = t->weights.data;
    assert_true(w[0] == 0 && w[1] == 4 && x[0] == 1 && x[1] == 2 && x[2] == 5 && x[3] == 6);
    pensel_table_free(&t);
}

static void weights_that_are_something_else_are_refused(void **state)
{
    (void)state;
    const char *const twice[] = {"b", "w"}, *const text = "a,kind,w,b\n1,up,0.5,2\n3,down,4,5\n";
    const struct {
        const char *text, *weight;
        size_t columns;
        pensel_status status;
        const char *says;
    } bad[] = {
        {text, "w", 2, PENSEL_BAD_ARGUMENT, "\"w\" is asked for twice"},
        {text, "kind", 0, PENSEL_BAD_ARGUMENT, "as target and as weight"},
        {text, "v", 0, PENSEL_BAD_DATA, "no column \"v\""},
        {"kind,w\nup,1\n", "w", 0, PENSEL_BAD_DATA, "no column but the target and the weight"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pensel_table *t;
        pensel_table_options o = pensel_table_defaults();
        o.target = "kind";
        o.classify = true;
        o.weight = bad[i].weight;
        o.columns = twice;
        o.column_count = bad[i].columns;
        assert_int_equal(parse(&t, bad[i].text, strlen(bad[i].text), &o), bad[i].status);
        assert_non_null(strstr(error.text, bad[i].says));
    }
}

static void columns_are_dropped(void **state)
{
    (void)state;
    pensel_table *t;
    pensel_table_options o = pensel_table_defaults();
    const char *text = "day,a,\"b, c\",y,d\n2024-01-02,1,red,3,4\n2024-01-03,5,blue,7,8\n";
    const char *given[] = {"a", "day"};
    o.target = "y";
    o.drop = "day,\"b, c\"";
    o.precision = PENSEL_FLOAT64;
    MUST(parse(&t, text, strlen(text), &o));
    assert_int_equal(t->x.columns, 2);
    assert_true(at(t, 0, 0) == 1 && at(t, 0, 1) == 4 && at(t, 1, 0) == 5 && at(t, 1, 1) == 8);
    assert_string_equal(t->names[1], "d");
    pensel_table_free(&t);
    o.drop = "1,3,5"; /* by number */
    MUST(parse(&t, text, strlen(text), &o));
    assert_int_equal(t->x.columns, 1);
    pensel_table_free(&t);
    static const struct {
        const char *drop, *sentence;
    } bad_lists[] = {{"y", "is the target or the weight"},
                     {"z", "no column \"z\""},
                     {"\"day", "a quote is not closed"},
                     {"1,2,3,5", "no column but the target and those that are dropped"}};
    for (size_t i = 0; i < sizeof bad_lists / sizeof *bad_lists; i++) {
        o.drop = bad_lists[i].drop;
        assert_int_not_equal(parse(&t, text, strlen(text), &o), PENSEL_OK);
        if (!strstr(error.text, bad_lists[i].sentence)) fail_msg("\"%s\"", error.text);
    }
    o.drop = "day";
    o.columns = given;
    o.column_count = 2;
    assert_int_equal(parse(&t, text, strlen(text), &o), PENSEL_BAD_ARGUMENT);
}

static void columns_of_a_file_without_names(void **state)
{
    (void)state;
    pensel_table *t;
    const char *made[] = {"x3", "x1"}, *other[] = {"length", "width"};
    pensel_table_options o = pensel_table_defaults();
    o.precision = PENSEL_FLOAT64;
    o.columns = made;
    o.column_count = 2;
    MUST(parse(&t, "1,2,3\n4,5,6\n", 12, &o));
    assert_true(at(t, 1, 0) == 6 && at(t, 1, 1) == 4);
    pensel_table_free(&t);
    MUST(parse(&t, "1,2\n4,5\n", 8, &o));
    assert_true(at(t, 1, 0) == 4 && at(t, 1, 1) == 5);
    pensel_table_free(&t);
    o.columns = other;
    o.target = "2";
    MUST(parse(&t, "1,2,3\n4,5,6\n", 12, &o));
    assert_true(at(t, 1, 0) == 4 && at(t, 1, 1) == 6 && target_at(t, 1, 0) == 5);
    pensel_table_free(&t);
    assert_int_equal(parse(&t, "1,2\n4,5\n", 8, &o), PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "no names and 1 columns for inputs: 2 are needed"));
}

static void bytes_that_are_no_utf8_are_latin_1(void **state)
{
    (void)state;
    pensel_table *t = good("h\xf6jd,b\n1,2\n", NULL, false);
    assert_string_equal(t->names[0], "h\xc3\xb6jd");
    pensel_table_free(&t);
}

static void what_is_wrong_is_told_by_line_and_column(void **state)
{
    (void)state;
    bad("a,b\n1,2\n3,\n", "line 3, column 2 (b) is empty");
    bad("a,b\n1,2\n3,NA\n", "line 3, column 2 (b) is missing");
    bad("a,b\n1,2\nnan,4\n", "line 3, column 1 (a) is NaN or infinite");
    bad("a,b\n1,2\n-inf,4\n", "line 3, column 1 (a) is NaN or infinite");
    bad("a;b\n1;2\n5;4,5\n",
        "line 3, column 2 (b) is \"4,5\": a number is expected (with a decimal point)");
    bad("a,b\n1,2\n5,four\n", "line 3, column 2 (b) is \"four\": a number is expected");
    bad("a,b\n1,2\n5,0x10\n", "is \"0x10\"");
    bad("a,b\n1,2\n5,1 2\n", "is \"1 2\"");
    bad("a,b\n1,2\n5,1e39\n", "too large for a float32");
    bad("a,b\n1,2\n5\n", "line 3 has 1 field: the first line has 2");
    bad("a,b\n1,2\n5,6,7\n", "line 3 has 3 fields");
    bad("a,b\n1,\"2\n", "quote that is not closed");
    bad("a,b\n1,\"2\"3\n", "text behind a closing quote");
    bad("a,b\n\"1\n\",2\n3,x\n", "line 2, column 1"); /* a number over two lines is none */
    bad("a,b\n", "no rows");
    bad("", "is empty");
    bad("\n\n\r\n", "only empty lines");
    bad_with("a\0b", 3, "not text", NULL);
    bad_with("a,b\n1,2\n", 8, "no column \"c\": it has a, b", "c");
    bad_with("a\n1\n", 4, "no column but the target", "a");
    bad_with("a,b\n1,dog\n", 10, "text targets are for classification", "b");
}

static void lines_longer_than_the_buffer_are_read(void **state)
{
    (void)state;
    enum { COLUMNS = 400000 };
    char *text = malloc(8 * COLUMNS), *end = text;
    for (int row = 0; row < 2; row++)
        for (int i = 0; i < COLUMNS; i++)
            end += sprintf(end, "%d%c", i % 1000, i + 1 < COLUMNS ? ',' : '\n');
    pensel_table *t;
    pensel_table_options o = pensel_table_defaults();
    o.precision = PENSEL_FLOAT64;
    MUST(parse(&t, text, (size_t)(end - text), &o));
    assert_int_equal(t->x.rows, 2);
    assert_int_equal(t->x.columns, COLUMNS);
    for (int i = 0; i < COLUMNS; i++)
        assert_true(at(t, 1, (size_t)i) == i % 1000);
    pensel_table_free(&t);
    free(text);
}

static void many_rows_across_buffers_are_read(void **state)
{
    (void)state;
    enum { ROWS = 300000 };
    char *text = malloc(32 * ROWS), *end = text + sprintf(text, "a,b\n");
    for (int i = 0; i < ROWS; i++)
        end += sprintf(end, "%d,%s%d.25%s\n", i, i % 3 ? "" : "\"", i, i % 3 ? "" : "\"");
    *end = 0;
    pensel_table *t = good(text, NULL, false);
    assert_int_equal(t->x.rows, ROWS);
    for (int i = 0; i < ROWS; i++)
        if (at(t, (size_t)i, 0) != i || at(t, (size_t)i, 1) != i + 0.25)
            fail_msg("row %d is wrong", i);
    pensel_table_free(&t);
    free(text);
}

/* Against strtod, which glibc promises to round exactly: digits and exponents by chance. */
static void numbers_are_the_nearest_doubles(void **state)
{
    (void)state;
    pensel_random random;
    pensel_random_seed(&random, 1);
    for (int i = 0; i < 200000; i++) {
        char text[64], *end = text;
        int digits = 1 + (int)pensel_random_uniform(&random, 0, 22), point = -1;
        if (pensel_random_uniform(&random, 0, 1) < 0.8)
            point = (int)pensel_random_uniform(&random, 0, digits);
        if (i % 2) *end++ = i % 4 == 1 ? '-' : '+';
        for (int d = 0; d < digits; d++) {
            if (d == point) *end++ = '.';
            *end++ = (char)('0' + (int)pensel_random_uniform(&random, 0, 10));
        }
        if (i % 3 == 0) end += sprintf(end, "e%d", (int)pensel_random_uniform(&random, -330, 310));
        *end = 0;
        double value, expected = strtod(text, NULL);
        assert_true(pensel_number_parse(&value, text, (size_t)(end - text)));
        if (memcmp(&value, &expected, sizeof value) != 0)
            fail_msg("%s: %.17g, not %.17g", text, value, expected);
    }
}

static void no_locale_changes_numbers(void **state)
{
    (void)state;
    double value;
    const char *names[] = {"de_DE.UTF-8", "sv_SE.UTF-8", "fr_FR.UTF-8"};
    for (size_t i = 0; i < 3 && !setlocale(LC_ALL, names[i]); i++)
        continue;
    assert_true(pensel_number_parse(&value, "123456789012345678901.5", 23));
    assert_true(value == 123456789012345678901.5);
    assert_false(pensel_number_parse(&value, "1,5", 3));
    setlocale(LC_ALL, "C");
}

static void check_npy(const char *name, size_t rows, size_t columns)
{
    char path[128];
    pensel_table *t;
    pensel_table_options o = pensel_table_defaults();
    o.precision = PENSEL_FLOAT64;
    snprintf(path, sizeof path, "data/npy/%s.npy", name);
    MUST(pensel_table_read(&t, path, &o, &error));
    assert_int_equal(t->x.rows, rows);
    assert_int_equal(t->x.columns, columns);
    for (size_t i = 0; i < rows * columns; i++)
        assert_true(((const double *)t->x.data)[i] == (double)(strcmp(name, "b1") ? i : i % 2));
    pensel_table_free(&t);
}

static void every_type_and_order_of_npy_is_read(void **state)
{
    (void)state;
    const char *names[] = {"little-f4", "big-f4",    "little-f8", "big-f8", "i1",
                           "little-i2", "big-i2",    "little-i4", "big-i4", "little-i8",
                           "big-i8",    "u1",        "little-u2", "big-u2", "little-u4",
                           "big-u4",    "little-u8", "big-u8",    "b1",     "fortran",
                           "version-2", "version-3"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_npy(names[i], 3, 2);
    check_npy("vector", 6, 1);
}

static void a_column_of_npy_is_the_target(void **state)
{
    (void)state;
    pensel_table *t;
    pensel_table_options o = pensel_table_defaults();
    o.target = "2";
    MUST(pensel_table_read(&t, "data/npy/little-f4.npy", &o, &error));
    assert_int_equal(t->x.columns, 1);
    assert_true(((const float *)t->x.data)[2] == 4 && ((const float *)t->y.data)[2] == 5);
    pensel_table_free(&t);
    o.target = "4,1";
    MUST(pensel_table_read(&t, "data/npy/wide.npy", &o, &error));
    const float *x = t->x.data, *y = t->y.data;
    assert_true(y[0] == 3 && y[1] == 0 && y[2] == 7 && y[3] == 4 && x[2] == 5 && x[3] == 6);
    pensel_table_free(&t);
}

static void bad_npy_is_refused(void **state)
{
    (void)state;
    const char *names[] = {"nan", "cube", "text", "large"};
    const char *sentences[] = {"row 2, column 2", "not a table", "text in column 1",
                               "row 1, column 1"};
    pensel_table *t;
    pensel_table_options o = pensel_table_defaults();
    for (size_t i = 0; i < 4; i++) {
        char path[128];
        snprintf(path, sizeof path, "data/npy/%s.npy", names[i]);
        assert_int_not_equal(pensel_table_read(&t, path, &o, &error), PENSEL_OK);
        assert_non_null(strstr(error.text, sentences[i]));
    }
    const char lies[] = "\x93NUMPY\x01\0\x50\0{'descr': '<f8', 'fortran_order': False, "
                        "'shape': (4611686018427387904, 4), }      \n12345678";
    bad_with(lies, sizeof lies - 1, "a shape", NULL);
    bad_with(lies, 40, "cut off", NULL);
    /* two numbers where the shape says twelve */
    char few[128] = "\x93NUMPY\x01";
    int length =
        snprintf(few + 10, 100, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4)}\n");
    few[8] = (char)length;
    bad_with(few, (size_t)length + 10 + 2 * sizeof(double), "a shape", NULL);
}

static void files_that_are_no_tables_are_refused(void **state)
{
    (void)state;
    pensel_table *t;
    pensel_table_options o = pensel_table_defaults();
    assert_int_equal(pensel_table_read(&t, "data/no such file.csv", &o, &error), PENSEL_IO_FAILED);
    assert_int_equal(pensel_table_read(&t, "data", &o, &error), PENSEL_BAD_FILE);
    assert_int_equal(pensel_table_read(&t, "../examples/bird.png", &o, &error), PENSEL_BAD_FILE);
    assert_null(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_found_or_made),
        cmocka_unit_test(delimiters_line_ends_and_marks_are_understood),
        cmocka_unit_test(quotes_hold_delimiters_quotes_and_lines),
        cmocka_unit_test(labels_are_sorted_names_or_numbers),
        cmocka_unit_test(columns_are_chosen_by_name_in_any_order),
        cmocka_unit_test(columns_of_one_name_are_found_in_their_order),
        cmocka_unit_test(several_columns_are_targets),
        cmocka_unit_test(a_column_of_weights_is_no_input),
        cmocka_unit_test(weights_that_are_something_else_are_refused),
        cmocka_unit_test(columns_are_dropped),
        cmocka_unit_test(columns_of_a_file_without_names),
        cmocka_unit_test(bytes_that_are_no_utf8_are_latin_1),
        cmocka_unit_test(what_is_wrong_is_told_by_line_and_column),
        cmocka_unit_test(lines_longer_than_the_buffer_are_read),
        cmocka_unit_test(many_rows_across_buffers_are_read),
        cmocka_unit_test(numbers_are_the_nearest_doubles),
        cmocka_unit_test(no_locale_changes_numbers),
        cmocka_unit_test(every_type_and_order_of_npy_is_read),
        cmocka_unit_test(a_column_of_npy_is_the_target),
        cmocka_unit_test(bad_npy_is_refused),
        cmocka_unit_test(files_that_are_no_tables_are_refused),
    };
    return RUN(tests);
}
