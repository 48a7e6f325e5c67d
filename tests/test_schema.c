/* Schemas: what columns are taken for, among them dates, and inputs against their formulas in long
 * double. */
#include "test.h"

#include "table/schema.h"

#include <time.h>

enum { ROWS = 40 };

static pensel_error error;

/* A column of texts, one of `texts` after the other; NULL is missing */
typedef struct texts {
    uint32_t codes[ROWS];
    const char *list[ROWS + 1];
    pensel_column column;
} texts;

static pensel_column of_texts(texts *t, const char *name, const char *const *from, size_t count)
{
    size_t distinct = 0;
    for (size_t r = 0; r < ROWS; r++) {
        const char *text = from[r % count];
        size_t c = 1;
        t->codes[r] = 0;
        if (!text) continue;
        while (c <= distinct && strcmp(t->list[c], text) != 0)
            c++;
        if (c > distinct) t->list[distinct = c] = text;
        t->codes[r] = (uint32_t)c;
    }
    return (pensel_column){.name = name,
                           .form = PENSEL_COLUMN_TEXT,
                           .codes = t->codes,
                           .texts = t->list,
                           .distinct = distinct};
}

static pensel_column of_numbers(const double *x, const char *name)
{
    return (pensel_column){.name = name, .form = PENSEL_COLUMN_NUMBER, .numbers = x};
}

static pensel_schema *learn(const pensel_column *list, size_t count, const char *target)
{
    pensel_columns *columns;
    pensel_schema *schema;
    MUST(pensel_columns_new(&columns, ROWS, list, count, &error));
    MUST(pensel_schema_learn(&schema, columns, target, NULL, ROWS, NULL, 0, &error));
    pensel_columns_free(&columns);
    return schema;
}

static pensel_schema_column at(const pensel_schema *schema, const char *name)
{
    pensel_schema_column column;
    for (size_t i = 0; i < pensel_schema_count(schema); i++) {
        MUST(pensel_schema_column_at(schema, i, &column, &error));
        if (strcmp(column.name, name) == 0) return column;
    }
    fail_msg("no column %s", name);
    return column;
}

/* ------------------------------------------------------------------ roles */

/* What becomes of the columns below. */
static const struct becomes {
    const char *name;
    pensel_role role;
    size_t inputs, missing;
} becomes[] = {{"colour", PENSEL_ROLE_CATEGORY, 3, 10},
               {"flag", PENSEL_ROLE_CATEGORY, 1, 0},
               {"day", PENSEL_ROLE_DATE, 8, 0},
               {"slashed", PENSEL_ROLE_DATE, 6, 0},
               {"same", PENSEL_ROLE_CONSTANT, 0, 0},
               {"key", PENSEL_ROLE_IDENTIFIER, 0, 0},
               {"prose", PENSEL_ROLE_TEXT, 0, 0},
               {"row", PENSEL_ROLE_IDENTIFIER, 0, 0},
               {"year", PENSEL_ROLE_NUMBER, 1, 0},
               {"two", PENSEL_ROLE_CATEGORY, 1, 0},
               {"one", PENSEL_ROLE_CONSTANT, 0, 0},
               {"measure", PENSEL_ROLE_NUMBER, 1, 0},
               {"customer_id", PENSEL_ROLE_IDENTIFIER, 0, 0},
               {"paid", PENSEL_ROLE_NUMBER, 1, 0},
               {"dotted", PENSEL_ROLE_DATE, 6, 0},
               {"precise", PENSEL_ROLE_DATE, 8, 0}};

static void assert_as_expected(const pensel_schema *schema)
{
    assert_int_equal(pensel_schema_count(schema), sizeof becomes / sizeof *becomes);
    for (size_t i = 0; i < sizeof becomes / sizeof *becomes; i++) {
        pensel_schema_column found = at(schema, becomes[i].name);
        if (found.role != becomes[i].role || found.inputs != becomes[i].inputs ||
            found.missing != becomes[i].missing)
            fail_msg("%s is %s of %zu inputs", found.name, pensel_role_name(found.role),
                     found.inputs);
    }
}

/* Keys and sentences, all different; and numbers that count, do not change, or mean something */
typedef struct looks {
    char unlike[ROWS][16], words[ROWS][40];
    const char *names[ROWS], *prose[ROWS];
    double count[ROWS], year[ROWS], two[ROWS], one[ROWS], measure[ROWS], ids[ROWS];
} looks;

static void fill(looks *l)
{
    for (size_t r = 0; r < ROWS; r++) {
        snprintf(l->unlike[r], sizeof l->unlike[r], "k%zu", r * 7);
        snprintf(l->words[r], sizeof l->words[r], "the %zu-th of many words", r);
        l->names[r] = l->unlike[r];
        l->prose[r] = l->words[r];
        l->count[r] = (double)r + 1;
        l->year[r] = 1980 + (double)r;
        l->two[r] = (double)(r % 2);
        l->one[r] = 5;
        l->measure[r] = sin((double)r);
        l->ids[r] = (double)((r * 17) % ROWS) * 3;
    }
}

static void columns_are_what_they_look_like(void **state)
{
    static texts t[9];
    static looks l;
    (void)state;
    fill(&l);
    const char *const colours[] = {"red", "green", NULL, "blue"}, *const bools[] = {"True",
                                                                                    "False"};
    const char *const days[] = {"2020-01-05", "2021-12-31T23:59:01Z", "2019-07-01 12:00"};
    const char *const slashed[] = {"31/12/2020", "01/02/2021"}, *const same[] = {"x"};
    const char *const dotted[] = {"03.04.2020", "01.02.2021"};
    const char *const precise[] = {"2020-03-04 05:06:07.25+00", "2021-01-02 05:06:07.5+00"};
    const pensel_column list[] = {of_texts(&t[0], "colour", colours, 4),
                                  of_texts(&t[1], "flag", bools, 2),
                                  of_texts(&t[2], "day", days, 3),
                                  of_texts(&t[3], "slashed", slashed, 2),
                                  of_texts(&t[4], "same", same, 1),
                                  of_texts(&t[5], "key", l.names, ROWS),
                                  of_texts(&t[6], "prose", l.prose, ROWS),
                                  of_numbers(l.count, "row"),
                                  of_numbers(l.year, "year"),
                                  of_numbers(l.two, "two"),
                                  of_numbers(l.one, "one"),
                                  of_numbers(l.measure, "measure"),
                                  of_numbers(l.ids, "customer_id"),
                                  of_numbers(l.ids, "paid"),
                                  of_texts(&t[7], "dotted", dotted, 2),
                                  of_texts(&t[8], "precise", precise, 2),
                                  of_numbers(l.measure, "y")};
    pensel_schema *schema = learn(list, sizeof list / sizeof *list, "y");
    assert_as_expected(schema);
    assert_true(at(schema, "slashed").day_first && !at(schema, "day").day_first);
    assert_true(at(schema, "dotted").day_first && !at(schema, "precise").day_first);
    assert_string_equal(at(schema, "colour").categories[1], "green");
    pensel_schema_free(&schema);
}

/* Whole numbers of which none comes twice, in a mixed order: `step` apart from `first` on */
static void mix(double x[ROWS], double first, double step)
{
    for (size_t r = 0; r < ROWS; r++)
        x[r] = floor(first + step * (double)(r * 17 % ROWS));
}

/* What a column becomes beside others, as the first one of the table */
static pensel_role role_of(const double *x, const char *name, const char *next)
{
    double other[ROWS];
    for (size_t r = 0; r < ROWS; r++)
        other[r] = sin((double)r);
    const pensel_column list[] = {of_numbers(x, name), of_numbers(other, next)};
    pensel_schema *schema = learn(list, 2, NULL);
    pensel_role role = at(schema, name).role;
    pensel_schema_free(&schema);
    return role;
}

/* Of 40 numbers out of 111 whole ones 40 * 39 / 222 = 7.03 pairs are equal in the mean, out of 112
 * 6.96. Rows that were shuffled or drawn have such numbers, and no measure. */
static void rows_that_were_numbered_and_mixed_are_known(void **state)
{
    double x[ROWS];
    (void)state;
    mix(x, 1, 1);
    assert_int_equal(role_of(x, "n", "z"), PENSEL_ROLE_IDENTIFIER);
    mix(x, 1, 110.5 / 39);
    assert_int_equal(role_of(x, "n", "z"), PENSEL_ROLE_IDENTIFIER);
    x[7] = 112;
    assert_int_equal(role_of(x, "n", "z"), PENSEL_ROLE_NUMBER);
    x[7] = x[8]; /* twice the same: rows are not numbered so */
    assert_int_equal(role_of(x, "n", "z"), PENSEL_ROLE_NUMBER);
    mix(x, 1960, 1);
    assert_int_equal(role_of(x, "founded", "z"), PENSEL_ROLE_NUMBER);
    mix(x, 0, 50); /* far apart: the name decides */
    assert_int_equal(role_of(x, "n", "z"), PENSEL_ROLE_NUMBER);
    assert_int_equal(role_of(x, "rownames", "z"), PENSEL_ROLE_IDENTIFIER);
    assert_int_equal(role_of(x, "Unnamed: 0", "z"), PENSEL_ROLE_IDENTIFIER);
    assert_int_equal(role_of(x, "x1", "z"), PENSEL_ROLE_IDENTIFIER);
    assert_int_equal(role_of(x, "x1", "x2"), PENSEL_ROLE_NUMBER);
    x[3] += 0.5;
    assert_int_equal(role_of(x, "x1", "z"), PENSEL_ROLE_NUMBER);
}

static void what_the_caller_says_counts(void **state)
{
    double x[ROWS], z[ROWS];
    pensel_columns *columns;
    pensel_schema *schema;
    (void)state;
    for (size_t r = 0; r < ROWS; r++) {
        x[r] = (double)r;
        z[r] = (double)(r % 5);
    }
    const pensel_column list[] = {of_numbers(x, "x"), of_numbers(z, "z"), of_numbers(z, "w")};
    pensel_role_given given[] = {
        {"x", PENSEL_ROLE_NUMBER}, {"z", PENSEL_ROLE_CATEGORY}, {"w", PENSEL_ROLE_DROPPED}};
    MUST(pensel_columns_new(&columns, ROWS, list, 3, &error));
    MUST(pensel_schema_learn(&schema, columns, NULL, NULL, ROWS, given, 3, &error));
    assert_int_equal(at(schema, "x").role, PENSEL_ROLE_NUMBER);
    assert_int_equal(at(schema, "z").category_count, 5);
    assert_string_equal(at(schema, "z").categories[4], "4");
    assert_int_equal(at(schema, "w").inputs, 0);
    assert_false(at(schema, "z").texts); /* 0 to 4, as numbers are printed */
    pensel_schema_free(&schema);
    given[0].column = "nobody";
    assert_int_equal(pensel_schema_learn(&schema, columns, NULL, NULL, ROWS, given, 3, &error),
                     PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "nobody"));
    /* row numbers alone are kept, for there is nothing else */
    pensel_columns_free(&columns);
    MUST(pensel_columns_new(&columns, ROWS, list, 1, &error));
    MUST(pensel_schema_learn(&schema, columns, NULL, NULL, ROWS, NULL, 0, &error));
    assert_int_equal(at(schema, "x").role, PENSEL_ROLE_NUMBER);
    pensel_schema_free(&schema);
    pensel_columns_free(&columns);
}

static void a_column_without_values_can_only_be_dropped(void **state)
{
    double x[ROWS], none[ROWS];
    uint32_t codes[ROWS];
    static const char *const words[] = {NULL, "one", "two"};
    pensel_columns *columns;
    pensel_schema *schema;
    (void)state;
    for (size_t r = 0; r < ROWS; r++) {
        x[r] = (double)(r * r % 17);
        none[r] = NAN;
        codes[r] = 1 + r % 2;
    }
    pensel_column list[] = {of_numbers(x, "x"), of_numbers(none, "none"), {0}};
    list[2] = (pensel_column){
        .name = "words", .form = PENSEL_COLUMN_TEXT, .codes = codes, .texts = words, .distinct = 2};
    MUST(pensel_columns_new(&columns, ROWS, list, 3, &error));
    pensel_role_given given = {"none", PENSEL_ROLE_CATEGORY};
    assert_int_equal(pensel_schema_learn(&schema, columns, NULL, NULL, ROWS, &given, 1, &error),
                     PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "dropped"));
    given = (pensel_role_given){"words", PENSEL_ROLE_NUMBER};
    assert_int_equal(pensel_schema_learn(&schema, columns, NULL, NULL, ROWS, &given, 1, &error),
                     PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "no number"));
    given = (pensel_role_given){"x", PENSEL_ROLE_DROPPED};
    assert_int_equal(pensel_schema_learn(&schema, columns, "x", NULL, ROWS, &given, 1, &error),
                     PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "target"));
    const pensel_role_given both[] = {{"x", PENSEL_ROLE_NUMBER}, {"x", PENSEL_ROLE_CATEGORY}};
    assert_int_equal(pensel_schema_learn(&schema, columns, NULL, NULL, ROWS, both, 2, &error),
                     PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "two things"));
    given = (pensel_role_given){"none", PENSEL_ROLE_DROPPED};
    MUST(pensel_schema_learn(&schema, columns, NULL, NULL, ROWS, &given, 1, &error));
    assert_true(at(schema, "words").texts);
    pensel_schema_free(&schema);
    pensel_columns_free(&columns);
}

/* 4.321 is four thousand or four, and only the training's table knows. */
static void numbers_are_read_in_the_style_of_the_training(void **state)
{
    static const char *const learned[] = {NULL, "1.234,5", "2.000,5", "3,5", "4.321", "k.A."};
    static const char *const asked[] = {NULL, "4.321"};
    uint32_t codes[ROWS], one[ROWS];
    pensel_columns *columns, *more;
    pensel_schema *schema;
    pensel_schema_notice notice[1];
    float before[ROWS * 2], after[ROWS * 2];
    (void)state;
    for (size_t r = 0; r < ROWS; r++) {
        codes[r] = r % 12 == 11 ? 5 : 1 + (uint32_t)(r % 4);
        one[r] = 1;
    }
    pensel_column column = {.name = "x",
                            .form = PENSEL_COLUMN_TEXT,
                            .codes = codes,
                            .texts = learned,
                            .distinct = 5,
                            .style = PENSEL_NUMBERS_COMMA};
    pensel_role_given given = {"x", PENSEL_ROLE_NUMBER};
    MUST(pensel_columns_new(&columns, ROWS, &column, 1, &error));
    MUST(pensel_schema_learn(&schema, columns, NULL, NULL, ROWS, &given, 1, &error));
    assert_true(at(schema, "x").low == 3.5 && at(schema, "x").high == 4321);
    assert_int_equal(at(schema, "x").odd, ROWS / 12);
    assert_true(at(schema, "x").texts);
    pensel_schema_layout layout = pensel_schema_inputs(schema);
    size_t inputs = layout.numbers + layout.plain + layout.codes;
    assert_int_equal(inputs, 2);
    MUST(pensel_schema_encode(schema, before, NULL, columns, NULL, ROWS, &error));
    column.codes = one;
    column.texts = asked;
    column.distinct = 1;
    column.style = PENSEL_NUMBERS_PLAIN; /* of this table alone */
    MUST(pensel_columns_new(&more, ROWS, &column, 1, &error));
    MUST(pensel_schema_encode(schema, after, notice, more, NULL, ROWS, &error));
    assert_memory_equal(after, before + 3 * inputs, inputs * sizeof *after); /* row 3: 4.321 */
    assert_int_equal(notice[0].unseen, 0);
    pensel_schema_free(&schema);
    pensel_columns_free(&columns);
    pensel_columns_free(&more);
}

/* Differences of such numbers are infinite. */
static void numbers_at_the_end_of_the_scale_are_measured(void **state)
{
    static const double ends[] = {-1.5e308, 1.5e308, 1e308, -1e308};
    double x[ROWS];
    pensel_columns *columns;
    pensel_schema *schema;
    (void)state;
    for (size_t r = 0; r < ROWS; r++)
        x[r] = ends[r % 4];
    const pensel_column list[] = {of_numbers(x, "x")};
    pensel_role_given given = {"x", PENSEL_ROLE_NUMBER};
    MUST(pensel_columns_new(&columns, ROWS, list, 1, &error));
    MUST(pensel_schema_learn(&schema, columns, NULL, NULL, ROWS, &given, 1, &error));
    assert_true(isfinite(at(schema, "x").median));
    pensel_schema_free(&schema);
    pensel_columns_free(&columns);
}

/* ------------------------------------------------------------------ dates */

/* One of 40 that is none is odd, not the end of the column; one of a few is a category. */
static void an_odd_text_among_dates_is_counted(void **state)
{
    static texts t[2];
    static char written[ROWS][16];
    const char *days[ROWS], *few[] = {"2020-01-01", "2020-02-01", "2020-03-01", "unknown"};
    (void)state;
    for (size_t r = 0; r < ROWS; r++) {
        snprintf(written[r], sizeof written[r], "2020-%02zu-%02zu", 1 + r % 12, 1 + r % 28);
        days[r] = r == 5 || r == 9 ? "soon" : written[r];
    }
    const pensel_column list[] = {of_texts(&t[0], "day", days, ROWS),
                                  of_texts(&t[1], "few", few, 4)};
    pensel_schema *schema = learn(list, 2, NULL);
    assert_true(at(schema, "day").role == PENSEL_ROLE_DATE && at(schema, "day").odd == 2);
    assert_int_equal(at(schema, "few").role, PENSEL_ROLE_CATEGORY);
    pensel_schema_free(&schema);
}

/* Columns of whole numbers: dates of a year and a bit, of six, eight and 14 digits, and what only
 * looks like them. */
static void put_compact(double day[ROWS], double month[ROWS], double stamp[ROWS],
                        double seconds[ROWS])
{
    for (size_t r = 0; r < ROWS; r++) {
        time_t when = (time_t)(1.6e9 + (double)(r * 7 % ROWS) * 13.3 * 86400);
        const struct tm *t = gmtime(&when);
        month[r] = (t->tm_year + 1900) * 100 + t->tm_mon + 1;
        day[r] = month[r] * 100 + t->tm_mday;
        stamp[r] = day[r] * 1e6 + t->tm_hour * 10000 + t->tm_min * 100 + t->tm_sec;
        seconds[r] = (double)(when - (t->tm_hour * 3600 + t->tm_min * 60 + t->tm_sec));
    }
}

static void whole_numbers_may_be_dates(void **state)
{
    double day[ROWS], month[ROWS], stamp[ROWS], seconds[ROWS], gap[ROWS], odd[ROWS], within[ROWS],
        amount[ROWS], codes[ROWS], mixed[ROWS];
    (void)state;
    put_compact(day, month, stamp, seconds);
    for (size_t r = 0; r < ROWS; r++) {
        gap[r] = r % 5 ? day[r] : NAN;
        odd[r] = r == 7 ? 20210229 : day[r];         /* no such day */
        within[r] = 20201001 + (double)(r * 3 % 20); /* a running number of one month */
        amount[r] = 19000000 + (double)(r * 52631);
        codes[r] = 200001 + (double)(r * 5 % 12);
        mixed[r] = r % 2 ? day[r] : month[r];
    }
    const pensel_column list[] = {
        of_numbers(day, "day8"),     of_numbers(month, "m6"),        of_numbers(stamp, "stamp"),
        of_numbers(gap, "x"),        of_numbers(within, "in month"), of_numbers(odd, "date"),
        of_numbers(within, "order"), of_numbers(amount, "amount"),   of_numbers(codes, "store"),
        of_numbers(mixed, "mixed"),  of_numbers(day, "order_id")};
    pensel_schema *schema = learn(list, sizeof list / sizeof *list, NULL);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        pensel_schema_column found = at(schema, list[i].name);
        if ((found.role == PENSEL_ROLE_DATE) != (i < 5) || found.compact != (i < 5))
            fail_msg("%s is %s", found.name, pensel_role_name(found.role));
    }
    assert_near(at(schema, "day8").low, seconds[0], 0);
    assert_int_equal(at(schema, "x").missing, ROWS / 5);
    pensel_schema_free(&schema);
}

/* Asked for, a number stays one; and a date is one of few days. */
static void whole_numbers_are_what_the_caller_says(void **state)
{
    double day[ROWS], month[ROWS], stamp[ROWS], seconds[ROWS], few[ROWS];
    const pensel_role_given given[] = {{"a", PENSEL_ROLE_NUMBER}, {"b", PENSEL_ROLE_DATE}};
    pensel_columns *columns;
    pensel_schema *schema;
    (void)state;
    put_compact(day, month, stamp, seconds);
    for (size_t r = 0; r < ROWS; r++)
        few[r] = r % 2 ? 20200101 : 20200301;
    const pensel_column list[] = {of_numbers(day, "a"), of_numbers(few, "b")};
    MUST(pensel_columns_new(&columns, ROWS, list, 2, &error));
    MUST(pensel_schema_learn(&schema, columns, NULL, NULL, ROWS, given, 2, &error));
    assert_true(at(schema, "a").role == PENSEL_ROLE_NUMBER && !at(schema, "a").compact);
    assert_near(at(schema, "a").low, day[0], 0);
    assert_true(at(schema, "b").role == PENSEL_ROLE_DATE && at(schema, "b").compact);
    assert_near(at(schema, "b").high, 1583020800, 0); /* date -ud 2020-03-01 +%s */
    pensel_schema_free(&schema);
    pensel_columns_free(&columns);
}

/* out (ROWS, width) of one column */
static void encode(const pensel_schema *schema, float *out, const pensel_column *column)
{
    pensel_columns *columns;
    MUST(pensel_columns_new(&columns, ROWS, column, 1, &error));
    MUST(pensel_schema_encode(schema, out, NULL, columns, NULL, ROWS, &error));
    pensel_columns_free(&columns);
}

/* Whatever form a later table has: numbers, texts of digits, ISO, or a date of another program's */
static void dates_as_numbers_have_the_inputs_of_dates(void **state)
{
    static texts digits, iso;
    static char digit[ROWS][16], written[ROWS][16];
    const char *as_digits[ROWS], *as_iso[ROWS];
    double day[ROWS], month[ROWS], stamp[ROWS], seconds[ROWS];
    float expected[ROWS * 8], out[ROWS * 8];
    (void)state;
    put_compact(day, month, stamp, seconds);
    for (size_t r = 0; r < ROWS; r++) {
        snprintf(digit[r], sizeof digit[r], "%.0f", day[r]);
        snprintf(written[r], sizeof written[r], "%.4s-%.2s-%.2s", digit[r], digit[r] + 4,
                 digit[r] + 6);
        as_digits[r] = digit[r];
        as_iso[r] = written[r];
    }
    pensel_column list[] = {of_numbers(day, "day"), of_texts(&digits, "day", as_digits, ROWS),
                            of_texts(&iso, "day", as_iso, ROWS), of_numbers(seconds, "day")};
    list[3].form = PENSEL_COLUMN_TIME;
    pensel_schema *schema = learn(list, 1, NULL), *of_time = learn(list + 3, 1, NULL);
    size_t width = at(of_time, "day").inputs;
    encode(of_time, expected, &list[3]);
    assert_int_equal(at(schema, "day").inputs, width);
    for (size_t i = 0; i < 4; i++) {
        encode(schema, out, &list[i]);
        for (size_t k = 0; k < ROWS * width; k++)
            assert_near(out[k], expected[k], 0);
    }
    pensel_schema_free(&schema);
    pensel_schema_free(&of_time);
}

/* ------------------------------------------------------------------ inputs */

static long double squeeze(long double u)
{
    return u / sqrtl(1 + u * u / 9);
}

static void inputs_are_their_formulas(void **state)
{
    static texts t[3];
    double x[ROWS];
    float out[ROWS * 8];
    pensel_schema_notice notices[4];
    pensel_columns *columns;
    const char *const colours[] = {"red", "green", "blue", "red"}, *const bools[] = {"no", "yes"};
    (void)state;
    /* 0..38 and a gap: quartiles 9.5 and 28.5, median 19 */
    for (size_t r = 0; r < ROWS; r++)
        x[r] = (double)((r * 7) % ROWS);
    x[17] = NAN; /* 17 * 7 % 40 = 39 */
    pensel_column list[] = {of_texts(&t[0], "colour", colours, 4), of_numbers(x, "x"),
                            of_texts(&t[1], "flag", bools, 2)};
    pensel_schema *schema = learn(list, 3, NULL);
    pensel_schema_layout layout = pensel_schema_inputs(schema);
    assert_true(layout.numbers == 1 && layout.plain == 5 && layout.codes == 0);
    /* other rows, in another order of columns: an outlier, an unseen colour and a missing flag */
    const char *const seen[] = {"mauve", "red", "blue"}, *const flags[] = {"yes", NULL, "no"};
    double y[ROWS] = {1e9, NAN, 3};
    list[0] = of_texts(&t[2], "flag", flags, 3);
    list[1] = of_numbers(y, "x");
    list[2] = of_texts(&t[0], "colour", seen, 3);
    MUST(pensel_columns_new(&columns, ROWS, list, 3, &error));
    MUST(pensel_schema_encode(schema, out, notices, columns, NULL, 3, &error));
    /* x; blue, green, red; x missing; flag: of shares 1/4, 1/4 and 1/2 */
    const long double expected[3][6] = {{squeeze((1e9L - 19) / 19), 0, 0, 0, 0, 1},
                                        {0, 0, 0, squeeze(1), 1, 0},
                                        {squeeze((3 - 19.0L) / 19), squeeze(1), 0, 0, 0, -1}};
    for (size_t r = 0; r < 3; r++)
        for (size_t i = 0; i < 6; i++)
            assert_near(out[r * 6 + i], (double)expected[r][i], 1e-6);
    assert_true(notices[0].unseen == 1 && notices[0].row == 0 && notices[2].missing == 1);
    pensel_columns_free(&columns);
    MUST(pensel_columns_new(&columns, ROWS, list, 2, &error));
    assert_int_equal(pensel_schema_encode(schema, out, NULL, columns, NULL, 3, &error),
                     PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "colour"));
    pensel_columns_free(&columns);
    pensel_schema_free(&schema);
}

/* Of 40 squares the quartiles lie between two of them, as NumPy has it: at 9.75 and 29.25 of 0 to
 * 39 are 95.25 and 855.75, at 19.5 is 380.5. Where the middle half is one number, half of the range
 * takes its place: of 1 ... 5 ... 9 that is 4. */
static void numbers_are_scaled_by_their_middle_half(void **state)
{
    double square[ROWS], same[ROWS];
    float out[ROWS * 2];
    pensel_columns *columns;
    (void)state;
    assert_int_equal(ROWS, 40);
    for (size_t r = 0; r < ROWS; r++) {
        size_t k = r * 7 % ROWS;
        square[r] = (double)(k * k);
        same[r] = r == 3 ? 1 : r == 8 ? 9 : 5;
    }
    const pensel_column list[] = {of_numbers(square, "square"), of_numbers(same, "same")};
    pensel_schema *schema = learn(list, 2, NULL);
    assert_near(at(schema, "square").median, 380.5, 0);
    MUST(pensel_columns_new(&columns, ROWS, list, 2, &error));
    MUST(pensel_schema_encode(schema, out, NULL, columns, NULL, ROWS, &error));
    for (size_t r = 0; r < ROWS; r++) {
        assert_near(out[2 * r], (double)squeeze((square[r] - 380.5L) / 760.5L), 1e-6);
        assert_near(out[2 * r + 1], (double)squeeze((same[r] - 5) / 4), 1e-6);
    }
    pensel_columns_free(&columns);
    pensel_schema_free(&schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_what_they_look_like),
        cmocka_unit_test(rows_that_were_numbered_and_mixed_are_known),
        cmocka_unit_test(what_the_caller_says_counts),
        cmocka_unit_test(a_column_without_values_can_only_be_dropped),
        cmocka_unit_test(numbers_are_read_in_the_style_of_the_training),
        cmocka_unit_test(numbers_at_the_end_of_the_scale_are_measured),
        cmocka_unit_test(an_odd_text_among_dates_is_counted),
        cmocka_unit_test(whole_numbers_may_be_dates),
        cmocka_unit_test(whole_numbers_are_what_the_caller_says),
        cmocka_unit_test(dates_as_numbers_have_the_inputs_of_dates),
        cmocka_unit_test(inputs_are_their_formulas),
        cmocka_unit_test(numbers_are_scaled_by_their_middle_half),
    };
    return RUN(tests);
}
