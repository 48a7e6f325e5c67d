/* Columns: what files of people mean, each a small one of its kind, with what it means written
 * beside it by hand. */
#include "column_values.h"

#include "temporary.h"

static pensel_error error;

static pensel_status parse(pensel_columns **columns, const void *bytes, size_t size,
                           const pensel_columns_options *options)
{
    pensel_source source;
    MUST(pensel_source_of_memory(&source, bytes, size, "t.csv", &error));
    memset(&error, 0, sizeof error);
    pensel_status status = pensel_columns_parse(columns, &source, options, &error);
    pensel_source_close(&source);
    return status;
}

static pensel_columns *read_bytes(const void *bytes, size_t size)
{
    pensel_columns *c;
    pensel_columns_options o = pensel_columns_defaults();
    MUST(parse(&c, bytes, size, &o));
    return c;
}

static pensel_columns *read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static pensel_columns *read_as(const char *text, pensel_header header)
{
    pensel_columns *c;
    pensel_columns_options o = pensel_columns_defaults();
    o.header = header;
    MUST(parse(&c, text, strlen(text), &o));
    return c;
}

static bool is_noted(const pensel_columns *c, const char *words)
{
    for (size_t i = 0; i < c->note_count; i++)
        if (strstr(c->notes[i], words)) return true;
    return false;
}

/* Three columns a, b, y and the numbers 1 to 6 in two rows. */
static void check_six(const char *bytes, size_t size)
{
    static const char *const names[] = {"a", "b", "y"};
    pensel_columns *c = read_bytes(bytes, size);
    if (c->count != 3 || c->rows != 2)
        fail_msg("%s: %zu columns, %zu rows", bytes, c->count, c->rows);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(c->columns[i % 3].name, names[i % 3]);
        assert_true(number_at(c, i / 3, i % 3) == (double)(i + 1));
    }
    pensel_columns_free(&c);
    assert_null(c);
}

static void the_same_table_is_read_however_it_is_written(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a,b,y\n1,2,3\n4,5,6\n",
        "a,b,y\r1,2,3\r4,5,6\r",        /* of an old Macintosh */
        "a,b,y\r\n1,2,3\r\n4,5,6",      /* of Windows */
        "sep=;\na;b;y\n1;2;3\n4;5;6\n", /* of Excel */
        "sep=,\r\na,b,y\r\n1,2,3\r\n4,5,6\r\n",
        "SEP=;\na;b;y\n1;2;3\n4;5;6\n",
        "\"a\" ,b,\"y\"  \n\"1\"  ,2,3\n4,5,6\n", /* blanks behind quotes */
        "\"a\"\tb y\n\"1\"\t2 3\n\"4\"\t\t5 6\n", /* where they divide, tabs */
        "a b y\n1 2 3\n4 5 6\n",                  /* blanks */
        "  a    b  y\n  1    2\t 3\n 4  5   6 \n",
        "# a b y\n1.0 2.0 3.0\n4.0 5.0 6.0\n", /* of numpy.savetxt */
        "# written today, by hand\n#\na,b,y\n1,2,3\n# and more, later\n4,5,6\n",
        "#a,b,y\n1,2,3\n4,5,6\n",
        "a,b,y\n1,2,3\n   \n4,5,6\n  \n,,\n", /* lines of nothing */
        "a,b,y,\n1,2,3,\n4,5,6,\n",           /* a delimiter at the end of each line */
        "a,b,y\n1,2,3,\n4,5,6,\n",            /* but for the header */
        "a,b,y\n1,2,3\n4,5,6, \n",            /* or of one */
        "a|b|y\n1|2|3\n4|5|6\n",
        "a\tb\ty\n1\t2\t3\n4\t5\t6\n",
        ("\xef\xbb\xbf"
         "a;b;y\n1;2;3\n4;5;6\n"),
        "a;b;y\n1,0;2,0;3,0\n4,0;5,0;6,0\n", /* decimal commas */
        "a;b;y\n1;2;3,0\n4;5;6,0\n",
        "a;b;y\n1 %;$2;3,00 \xe2\x82\xac\n4 %;$ 5;6,00 \xe2\x82\xac\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_six(texts[i], strlen(texts[i]));
}

/* The same as UTF-16 in both orders, with a mark and without. */
static void utf16_is_read(void **state)
{
    (void)state;
    static const char text[] = "a,b,y\n1,2,3\n4,5,6\n";
    char wide[2 * sizeof text + 2];
    for (int big = 0; big < 2; big++) {
        memcpy(wide, big ? "\xfe\xff" : "\xff\xfe", 2);
        for (size_t i = 0; i < sizeof text - 1; i++) {
            wide[2 + 2 * i + !big] = 0;
            wide[2 + 2 * i + big] = text[i];
        }
        check_six(wide, 2 * sizeof text);
        check_six(wide + 2, 2 * sizeof text - 2);
    }
    /* e with an accent, and a character beyond the first plane: U+1F600 */
    pensel_columns *c = read_bytes("\xff\xfeh\0\n\0\xe9\0\n\0\x3d\xd8\0\xde\n\0", 16);
    assert_string_equal(text_at(c, 0, 0), "\xc3\xa9");
    assert_string_equal(text_at(c, 1, 0), "\xf0\x9f\x98\x80");
    pensel_columns_free(&c);
}

/* Latin-1, and what Windows has in place of its control characters: euro and quotes */
static void windows_1252_becomes_utf8(void **state)
{
    (void)state;
    pensel_columns *c = read_text("caf\xe9,x\nna\xefve,1\n\x93plain\x94,2\n");
    assert_string_equal(c->columns[0].name, "caf\xc3\xa9");
    assert_string_equal(text_at(c, 0, 0), "na\xc3\xafve");
    assert_string_equal(text_at(c, 1, 0), "\xe2\x80\x9cplain\xe2\x80\x9d");
    pensel_columns_free(&c);
    c = read_text("price;kind\n-1.117,26 \x80;a\n5,00 \x80;b\n");
    assert_true(number_at(c, 0, 0) == -1117.26 && number_at(c, 1, 0) == 5);
    pensel_columns_free(&c);
}

static void one_odd_character_does_not_choose_the_delimiter(void **state)
{
    (void)state;
    pensel_columns *c = read_text("length (cm; rough),width,y\n1,2,3\n4,5,6\n");
    assert_int_equal(c->count, 3);
    assert_string_equal(c->columns[0].name, "length (cm; rough)");
    pensel_columns_free(&c);
    c = read_text("a,b\t,y\n1,2,3\n4,5,6\n");
    assert_int_equal(c->count, 3);
    assert_string_equal(c->columns[1].name, "b");
    pensel_columns_free(&c);
    c = read_text("3,14;2,5\n1,5;0,25\n"); /* no header, decimal commas */
    assert_int_equal(c->count, 2);
    assert_true(number_at(c, 0, 0) == 3.14 && number_at(c, 1, 1) == 0.25);
    pensel_columns_free(&c);
    c = read_text("when\n2020-01-02 10:00:00\n2020-01-03 11:00:00\n");
    assert_int_equal(c->count, 1);
    assert_string_equal(text_at(c, 1, 0), "2020-01-03 11:00:00");
    pensel_columns_free(&c);
    c = read_text("pet name\nbig dog\nred cat\n"); /* two words in each line are one text */
    assert_int_equal(c->count, 1);
    assert_string_equal(text_at(c, 0, 0), "big dog");
    pensel_columns_free(&c);
    pensel_columns_options o = pensel_columns_defaults();
    o.delimiter = ';'; /* said by the user */
    MUST(parse(&c, "a,b;c\n1,2;3\n", 12, &o));
    assert_int_equal(c->count, 2);
    assert_string_equal(c->columns[0].name, "a,b");
    assert_true(number_at(c, 0, 0) == 1.2);
    pensel_columns_free(&c);
}

static void a_header_of_numbers_is_told(void **state)
{
    (void)state;
    pensel_columns *c = read_text("0,1,2\n7.5,8.5,9.5\n1.5,2.5,3.5\n"); /* of pandas */
    assert_int_equal(c->rows, 2);
    assert_string_equal(c->columns[2].name, "2");
    assert_true(is_noted(c, "--header no"));
    pensel_columns_free(&c);
    c = read_text("1,2\n3,4\n");
    assert_int_equal(c->rows, 2);
    assert_string_equal(c->columns[1].name, "x2");
    assert_true(is_noted(c, "--header yes"));
    pensel_columns_free(&c);
    c = read_as("1,2\n3,4\n", PENSEL_HEADER_YES);
    assert_int_equal(c->rows, 1);
    assert_string_equal(c->columns[1].name, "2");
    assert_int_equal(c->note_count, 0);
    pensel_columns_free(&c);
    c = read_as("a,b\n3,4\n", PENSEL_HEADER_NO);
    assert_int_equal(c->rows, 2);
    assert_string_equal(text_at(c, 0, 1), "b");
    pensel_columns_free(&c);
}

static void a_header_of_words_and_numbers_is_told(void **state)
{
    (void)state;
    /* a header whose names are few is none of the text above a table */
    pensel_columns *c = read_text("a;b;;;\n1;2;3;4;5\n6;7;8;9;0\n1;2;3;4;6\n");
    assert_int_equal(c->rows, 3);
    assert_string_equal(c->columns[1].name, "b");
    pensel_columns_free(&c);
    /* samples without a name, which count; and data, in which numbers count in one row and not in
     * the next only if the first row is the header */
    c = read_text("who,kind,3,4,5,6\ns1,x,1,2,3,9\ns2,y,1,4,4,2\n");
    assert_int_equal(c->rows, 2);
    assert_string_equal(c->columns[5].name, "6");
    assert_true(is_noted(c, "--header no"));
    pensel_columns_free(&c);
    c = read_text("s0,x,3,4,5,6\ns1,x,1,2,3,4\ns2,y,1,4,4,2\n");
    assert_int_equal(c->rows, 3);
    pensel_columns_free(&c);
    /* years among the names, above words and numbers */
    char text[1024] = "land,2001,2002\n";
    for (int i = 0; i < 30; i++)
        strcat(text, i % 2 ? "north,1.5,2.5\n" : "south,3.5,4.5\n");
    c = read_text(text);
    assert_int_equal(c->rows, 30);
    assert_string_equal(c->columns[1].name, "2001");
    pensel_columns_free(&c);
}

/* R's write.table leaves the first name out. */
static void a_header_without_the_first_name(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "speed,dist\n1,4,2\n2,4,10\n3,7,4\n",
        "\"speed\" \"dist\"\n\"Car 1\" 4 2\n\"Car 2\" 4 10\n\"Car 3\" 7 4\n", /* as it is */
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        pensel_columns *c = read_text(texts[i]);
        assert_int_equal(c->count, 3);
        assert_string_equal(c->columns[0].name, "row");
        assert_string_equal(c->columns[1].name, "speed");
        assert_true(number_at(c, 2, 2) == 4);
        pensel_columns_free(&c);
    }
}

/* What a program wrote above a table is no table; R's header, and lines that are shorter by an
 * empty field, are none of it. */
static void text_above_a_table_is_passed_over(void **state)
{
    static const char *const texts[] = {
        "Report of March\nby a program, 2020\n\na;b;c;d\n1;2;3;x\n4;5;6;y\n7;8;9;x\n",
        "sep=;\r\nReport\r\na;b;c;d\r\n1;2;3;x\r\n4;5;6;y\r\n7;8;9;x\r\n",
        "\"Report\nof March\"\na;b;c;d\n1;2;3;x\n4;5;6;y\n7;8;9;x\n",
        "Report of March;;;\nby;a program;;\n;;;\na;b;c;d\n1;2;3;x\n4;5;6;y\n7;8;9;x\n",
        "a;b;c;d\n1;2;3;x\n4;5;6;y\n7;8;9;x\n"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (int late = 0; late < 2; late++) { /* text far down: the file is read twice */
            static char long_text[1 << 17];
            size_t rows = 3, used = (size_t)snprintf(long_text, sizeof long_text, "%s", texts[i]);
            for (; late && rows < 9000; rows++)
                used += (size_t)snprintf(long_text + used, sizeof long_text - used, "1;2;3;x\n");
            if (late) memcpy(long_text + used - 8, "t;2;3;x\n", 8);
            pensel_columns *c = read_text(long_text);
            assert_int_equal(c->rows, rows);
            assert_int_equal(c->count, 4);
            assert_string_equal(c->columns[0].name, "a");
            assert_string_equal(c->columns[3].name, "d");
            assert_true(number_at(c, 1, 1) == 5);
            assert_string_equal(text_at(c, 1, 3), "y");
            if (late) assert_string_equal(text_at(c, rows - 1, 0), "t");
            static const char *const notes[] = {"lines 1 to 3 are taken as text above the table",
                                                "line 2 is taken as text above", "lines 1 to 2 are",
                                                "lines 1 to 3 are"};
            if (i < 4) assert_true(is_noted(c, notes[i]));
            pensel_columns_free(&c);
        }
}

static void what_is_missing_is_missing(void **state)
{
    (void)state;
    pensel_columns *c =
        read_text("n,t\n1,a\n,\nNA,NA\nN/A,n/a\nnan,NaN\nNULL,null\nNone,none\n?,?\n-,-\n"
                  " ,\" \"\n2,b\n");
    assert_int_equal(c->rows, 9); /* of the lines without any value only words are rows */
    assert_int_equal(c->columns[0].missing, 7);
    assert_int_equal(c->columns[1].missing, 7);
    assert_true(number_at(c, 0, 0) == 1 && number_at(c, 8, 0) == 2 && isnan(number_at(c, 4, 0)));
    assert_int_equal(c->columns[1].distinct, 2);
    assert_int_equal(c->columns[1].codes[3], 0);
    assert_null(text_at(c, 3, 1));
    assert_string_equal(text_at(c, 8, 1), "b");
    pensel_columns_free(&c);
    c = read_text("a,b\n1,inf\n2,1e999\n3,-Infinity\n4,5\n");
    assert_int_equal(c->columns[1].missing, 3);
    assert_true(number_at(c, 3, 1) == 5 && is_noted(c, "3 infinite"));
    pensel_columns_free(&c);
}

/* As Markdown and psql draw them; two dashes in a field of a row are a text. */
static void a_rule_below_the_names_is_no_row(void **state)
{
    static const char *const texts[] = {
        "| a | b |\n|---|--:|\n| 1 | x |\n| 2 | y |\n| -3 | -- |\n",
        " a  | b  \n----+----\n 1 | x\n 2  | y\n -3 | --\n(3 rows)\n\n",
        "a,b\n--,====\n1,x\n2,y\n-3,--\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        pensel_columns *c = read_text(texts[i]);
        size_t at = 0;
        while (at < c->count && strcmp(c->columns[at].name, "a") != 0)
            at++;
        if (at + 1 >= c->count || c->rows != 3) fail_msg("%s: %zu rows", texts[i], c->rows);
        assert_true(number_at(c, 0, at) == 1 && number_at(c, 2, at) == -3);
        assert_string_equal(c->columns[at + 1].name, "b");
        assert_string_equal(text_at(c, 2, at + 1), "--");
        pensel_columns_free(&c);
    }
}

static void a_text_is_asked_whether_it_is_missing(void **state)
{
    static const char *const missing[] = {
        "",    "  ", "NA",  "n/a",  "NaN",     "NaT",     "null",  "None",   "?",     "-",
        "\\N", ".",  " . ", "#N/A", "#VALUE!", "#DIV/0!", "#REF!", "#NAME?", "#num!", "#NULL!"};
    static const char *const there[] = {"0",       "no", "nano", "--", "NA 1",   "none of these",
                                        "..",      ".5", "#",    "#1", "#value", "VALUE!",
                                        "#value!s"};
    (void)state;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        assert_true(pensel_text_is_missing(missing[i]));
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        assert_false(pensel_text_is_missing(there[i]));
}

static void numbers_are_read_as_they_are_written_in_their_column(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double first, last;
    } rows[] = {
        {"x\n\"1,234\"\n\"5,678.5\"\n", 1234, 5678.5},
        {"x\n\"1,234\"\n\"5,678\"\n", 1234, 5678},   /* thousands, for want of better */
        {"x;y\n1,234;0,5\n5,678;1\n", 1.234, 5.678}, /* but decimal beside decimal commas */
        {"x\n\"1.234,5\"\n\"2.000\"\n", 1234.5, 2000},
        {"x\n\"1 234,5\"\n\"3,5\"\n", 1234.5, 3.5},
        {"x\n1'234.5\n3.5\n", 1234.5, 3.5},
        {"x\n\"$1,234.50\"\n$-7\n", 1234.5, -7},
        {"x\n12.5%\n-3 %\n", 12.5, -3},
        {"x\n\xe2\x82\xac"
         "12\n\xc2\xa3"
         "3\n",
         NAN, NAN},                                   /* of two currencies: text */
        {"x\n\"1,250.5 EUR\"\nEUR -3\n", 1250.5, -3}, /* as ISO 4217 writes them */
        {"x\n12 EUR\n3 USD\n", NAN, NAN},
        {"x\nEUR5\nEUR7\n", NAN, NAN}, /* of a code of one's own: text */
        {"x\n12 EURO\n3 EURO\n", NAN, NAN},
        {"x\n\"0,125\"\n\"12\"\n", 0.125, 12}, /* no thousands begin with 0 */
        {"x\n+1e3\n.5\n", 1000, 0.5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pensel_columns *c = read_text(rows[i].text);
        if (isnan(rows[i].first)) {
            assert_int_equal(c->columns[0].form, PENSEL_COLUMN_TEXT);
        } else {
            if (number_at(c, 0, 0) != rows[i].first)
                fail_msg("%s: %g", rows[i].text, number_at(c, 0, 0));
            assert_true(number_at(c, c->rows - 1, 0) == rows[i].last);
        }
        pensel_columns_free(&c);
    }
    /* neither way for all */
    pensel_columns *c = read_text("x\n\"1,5\"\n2.5\n\"1,23,4\"\n");
    assert_string_equal(text_at(c, 0, 0), "1,5");
    pensel_columns_free(&c);
}

static void what_would_change_as_a_number_stays_text(void **state)
{
    (void)state;
    pensel_columns *c =
        read_text("x,id,zip\n1,1000000000000001,007\n2,1000000000000002,7\n3,5,7.0\n4,5,07\n");
    assert_int_equal(c->columns[1].distinct, 3);
    assert_string_equal(text_at(c, 1, 1), "1000000000000002");
    assert_int_equal(c->columns[2].distinct, 4);
    assert_string_equal(text_at(c, 0, 2), "007");
    assert_true(c->columns[1].numeric && c->columns[2].numeric);
    assert_int_equal(c->columns[0].form, PENSEL_COLUMN_NUMBER);
    pensel_columns_free(&c);
    /* 0, 0.5 and -0.5 begin with a zero and are numbers */
    c = read_text("x\n0\n0.5\n-0.5\n");
    assert_true(number_at(c, 2, 0) == -0.5);
    pensel_columns_free(&c);
    const char *const kept[] = {"y", "1", "unknown"};
    pensel_columns_options o = pensel_columns_defaults();
    o.text = kept;
    o.text_count = 3;
    MUST(parse(&c, "x,y,z\n1,2,3\n1.0,2.50,3\n", 23, &o));
    assert_string_equal(text_at(c, 1, 0), "1.0");
    assert_string_equal(text_at(c, 1, 1), "2.50");
    assert_true(c->columns[1].numeric && number_at(c, 1, 2) == 3);
    pensel_columns_free(&c);
    MUST(parse(&c, "x,y,z\n1,,3\n1.0,NA,3\n", 20, &o)); /* text without any text */
    assert_int_equal(c->columns[1].distinct, 0);
    assert_null(text_at(c, 1, 1));
    assert_false(c->columns[1].numeric);
    pensel_columns_free(&c);
}

/* A column is what all its values make it, wherever the one stands that decides. */
static void text_far_down_makes_a_column_text(void **state)
{
    (void)state;
    static char text[64 * 3000];
    for (size_t odd = 0; odd < 3000; odd += 499) {
        size_t length = (size_t)sprintf(text, "a,b,c\n");
        for (size_t r = 0; r < 3000; r++)
            length +=
                (size_t)sprintf(text + length, "%zu,%s,%zu.5\n", r, r == odd ? "word" : "7.50", r);
        pensel_columns *c = read_text(text);
        assert_int_equal(c->rows, 3000);
        assert_int_equal(c->columns[1].distinct, 2);
        assert_string_equal(text_at(c, odd, 1), "word");
        assert_string_equal(text_at(c, odd == 0, 1), "7.50");
        assert_false(c->columns[1].numeric);
        for (size_t r = 0; r < 3000; r++)
            assert_true(number_at(c, r, 0) == (double)r && number_at(c, r, 2) == (double)r + 0.5);
        pensel_columns_free(&c);
    }
    /* the same where the first rows look like decimal commas */
    size_t length = (size_t)sprintf(text, "a;b\n");
    for (size_t r = 0; r < 3000; r++)
        length += (size_t)sprintf(text + length, "%zu,5;%s\n", r, r == 2500 ? "1.5" : "2,5");
    pensel_columns *c = read_text(text);
    assert_string_equal(text_at(c, 2500, 1), "1.5");
    assert_true(number_at(c, 2999, 0) == 2999.5);
    pensel_columns_free(&c);
}

static void names_that_stand_twice_become_different(void **state)
{
    (void)state;
    pensel_columns *c = read_text("a,b,a,a,a.2\n1,2,3,4,5\n");
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(c->columns[i].twice, i != 1 && i != 4);
    assert_string_equal(c->columns[0].name, "a");
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(c->columns[i].name, c->columns[j].name);
    assert_string_equal(c->columns[4].name, "a.2");
    assert_int_equal(c->note_count, 2);
    assert_true(is_noted(c, "\"a\" stands more than once: column 3"));
    pensel_columns_free(&c);
}

/* Each pair of names compared, this would take hours. */
static void a_hundred_thousand_columns_of_one_name(void **state)
{
    (void)state;
    enum { COLUMNS = 100000 };
    char *text = malloc(4 * COLUMNS + 1), *at = text, name[32];
    assert_non_null(text);
    for (size_t i = 0; i < COLUMNS; i++)
        at += sprintf(at, i + 1 < COLUMNS ? "a," : "a\n");
    for (size_t i = 0; i < COLUMNS; i++)
        at += sprintf(at, i + 1 < COLUMNS ? "7," : "7\n");
    pensel_columns *c = read_bytes(text, (size_t)(at - text));
    assert_int_equal(c->count, COLUMNS);
    for (size_t i = 0; i < COLUMNS; i++) {
        snprintf(name, sizeof name, i ? "a.%zu" : "a", i + 1);
        if (strcmp(c->columns[i].name, name) != 0 || number_at(c, 0, i) != 7)
            fail_msg("column %zu is %s", i + 1, c->columns[i].name);
    }
    pensel_columns_free(&c);
    free(text);
}

static void made_names_keep_clear_of_the_files(void **state)
{
    static const char *const names[] = {"a", "a.2", "a.3", "a.4", "a.2.2", "a.5", "a.2.3", "a.6"};
    (void)state;
    pensel_columns *c = read_text("a,a.2,a,a.4,a.2,a,a.2,a\n1,2,3,4,5,6,7,8\n");
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(c->columns[i].name, names[i]);
    pensel_columns_free(&c);
}

/* Few distinct names are kept in another way than many, or than twins: all are copies, and the
 * caller's may change at once. The last one is the first's twin, or not. */
static void names_in_memory_are_copied_and_told_apart(void **state)
{
    enum { MOST = 40 };
    static const size_t counts[] = {1, 2, 31, 32, 33, MOST};
    (void)state;
    for (size_t k = 0; k < 2 * sizeof counts / sizeof *counts; k++) {
        size_t count = counts[k / 2];
        bool twins = k % 2 && count > 1;
        char names[MOST][8];
        const double one = 1;
        pensel_column list[MOST];
        pensel_columns *c;
        for (size_t i = 0; i < count; i++) {
            snprintf(names[i], sizeof names[i], "n%zu", twins && i + 1 == count ? 0 : i);
            list[i] =
                (pensel_column){.name = names[i], .numbers = &one, .twice = true, .missing = 7};
        }
        MUST(pensel_columns_new(&c, 1, list, count, &error));
        memset(names, 'x', sizeof names);
        for (size_t i = 0; i < count; i++) {
            char name[8];
            bool last = twins && i + 1 == count;
            snprintf(name, sizeof name, last ? "n0.2" : "n%zu", i);
            assert_string_equal(c->columns[i].name, name);
            assert_true(c->columns[i].twice == (twins && (i == 0 || last)));
            assert_int_equal(c->columns[i].missing, 0);
        }
        assert_int_equal(c->note_count, twins);
        pensel_columns_free(&c);
    }
}

static void bad_with(const char *text, size_t size, const char *sentence)
{
    pensel_columns *c;
    pensel_columns_options o = pensel_columns_defaults();
    if (parse(&c, text, size, &o) == PENSEL_OK) fail_msg("accepted: %s", text);
    assert_null(c);
    if (!strstr(error.text, sentence)) fail_msg("\"%s\" does not say \"%s\"", error.text, sentence);
}

static void what_a_file_is_instead_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *says;
    } kinds[] = {
        {"PAR1\x15\x04", 6, "a Parquet file: CSV is read: in Python, pandas.read_parquet"},
        {"PK\3\4\x14\0", 6, "Excel"},
        {"\xd0\xcf\x11\xe0\xa1\xb1", 6, "save the sheet as CSV"},
        {"[{\"a\": 1}]", 10, "is JSON"},
        {" {\n \"a\": [1]}", 12, "is JSON: CSV is read: in Python, pandas.read_json(FILE).to_csv"},
        {"{\"a\": 1}\n{\"a\": 2}", 17,
         "is JSON lines: CSV is read: in Python, pandas.read_json(FILE, "
         "lines=True).to_csv"},
        {"[{\"a\": \"}{\"}, {}]", 17, "is JSON: "},
        {"{\"a\": \"\\\"}{\"}", 13, "is JSON: "},
        {"[[1, 2], [3]]", 13, "is JSON: "},
        {"{\"a\": {\"b\": []}}\r\n{}", 20, "is JSON lines"},
        {"<table><tr><td>1", 16, "read_html"},
        {"\x1f\x8b\x08\0", 4, "gunzip"},
        {"\x28\xb5\x2f\xfd", 4, "unzstd"},
        {"SQLite format 3\0", 16, "sqlite3"},
        {"%PDF-1.7", 8, "a PDF document"},
        {"a\0b,c", 5, "not text"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        bad_with(kinds[i].bytes, kinds[i].size, kinds[i].says);
    pensel_columns *c = read_text("[a],{b}\n1,2\n"); /* no JSON */
    assert_string_equal(c->columns[1].name, "{b}");
    pensel_columns_free(&c);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"a,b\n1,2\n1,2,3\n", "line 3 has 3 fields"},
        {"sep=,\n# c\na,b\n1,2\n1\n", "line 5 has 1 field:"},
        {"a,b\n1,\"2\n", "line 2 has a quote that is not closed"},
        {"a,b\n1,\"2\"3\n", "line 2 has text behind a closing quote"},
        {"a,b\n", "no rows of data"},
        {"\n\n", "only empty lines"},
        {"", "empty"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        bad_with(rows[i].text, strlen(rows[i].text), rows[i].says);
}

/* A stream that gives a few bytes at a time, and goes back or does not. */
typedef struct drip {
    const char *text;
    size_t at, step, rewinds;
} drip;

static pensel_status drip_read(void *self, void *bytes, size_t size, size_t *got, pensel_error *e)
{
    drip *d = self;
    (void)e;
    size_t left = strlen(d->text) - d->at;
    *got = left < d->step ? left : d->step;
    if (*got > size) *got = size;
    memcpy(bytes, d->text + d->at, *got);
    d->at += *got;
    return PENSEL_OK;
}

static pensel_status drip_rewind(void *self, pensel_error *e)
{
    drip *d = self;
    (void)e;
    d->at = 0;
    d->rewinds++;
    return PENSEL_OK;
}

static void streams_are_read_whether_they_go_back_or_not(void **state)
{
    (void)state;
    for (size_t step = 1; step < 30; step += 7)
        for (int back = 0; back < 2; back++) {
            drip d = {"a,b\n1,x\n2,y\n", 0, step, 0};
            pensel_stream stream = {drip_read, back ? drip_rewind : NULL, &d};
            pensel_columns *c;
            pensel_columns_options o = pensel_columns_defaults();
            o.stream = &stream;
            MUST(pensel_columns_read(&c, "drip", &o, &error));
            assert_true(number_at(c, 1, 0) == 2);
            assert_string_equal(text_at(c, 1, 1), "y");
            assert_int_equal(d.rewinds, back);
            pensel_columns_free(&c);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_table_is_read_however_it_is_written),
        cmocka_unit_test(utf16_is_read),
        cmocka_unit_test(windows_1252_becomes_utf8),
        cmocka_unit_test(one_odd_character_does_not_choose_the_delimiter),
        cmocka_unit_test(a_header_of_numbers_is_told),
        cmocka_unit_test(a_header_of_words_and_numbers_is_told),
        cmocka_unit_test(a_header_without_the_first_name),
        cmocka_unit_test(text_above_a_table_is_passed_over),
        cmocka_unit_test(what_is_missing_is_missing),
        cmocka_unit_test(a_rule_below_the_names_is_no_row),
        cmocka_unit_test(a_text_is_asked_whether_it_is_missing),
        cmocka_unit_test(numbers_are_read_as_they_are_written_in_their_column),
        cmocka_unit_test(what_would_change_as_a_number_stays_text),
        cmocka_unit_test(text_far_down_makes_a_column_text),
        cmocka_unit_test(names_that_stand_twice_become_different),
        cmocka_unit_test(names_in_memory_are_copied_and_told_apart),
        cmocka_unit_test(a_hundred_thousand_columns_of_one_name),
        cmocka_unit_test(made_names_keep_clear_of_the_files),
        cmocka_unit_test(what_a_file_is_instead_is_said),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(streams_are_read_whether_they_go_back_or_not),
    };
    return RUN(tests);
}
