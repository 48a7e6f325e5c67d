/* JSON: what RFC 8259 calls JSON is read for what it says; everything else is refused, with the
 * place where it goes wrong. The texts are of the RFC and of known traps of parsers. */
#include "test.h"

#include "base/json.h"

static pensel_error error;

static pensel_json *read_text(const char *text)
{
    pensel_json *json;
    MUST(pensel_json_read(&json, text, strlen(text), "test", &error));
    return json;
}

static void refused(const char *text, size_t size)
{
    pensel_json *json;
    if (pensel_json_read(&json, text, size, "test", &error) != PENSEL_BAD_FILE)
        fail_msg("%.60s is read: it is no JSON", text);
    assert_null(json);
    assert_true(strncmp(error.text, "test: ", 6) == 0 && strstr(error.text, "at byte "));
}

static void values_are_what_the_text_says(void **state)
{
    (void)state;
    int64_t whole;
    double number;
    pensel_json *json =
        read_text(" { \"a\" : [1, -2.5e1 ,\t[], {}] ,\r\n \"b\":{\"c\":null,\"d\":true,"
                  "\"e\":false}, \"\": \"x\" } ");
    const pensel_json *a = pensel_json_list(json, "a"), *b = pensel_json_member(json, "b");
    assert_int_equal(pensel_json_count(json), 3);
    assert_int_equal(pensel_json_count(a), 4);
    const pensel_json *element = pensel_json_first(a);
    assert_true(pensel_json_whole(&whole, element) && whole == 1);
    element = pensel_json_next(element);
    assert_true(pensel_json_is(element, PENSEL_JSON_REAL));
    assert_true(pensel_json_number(&number, element) && number == -25);
    assert_false(pensel_json_whole(&whole, element));
    element = pensel_json_next(element);
    assert_true(pensel_json_is(element, PENSEL_JSON_ARRAY) && !pensel_json_first(element));
    element = pensel_json_next(element);
    assert_true(pensel_json_is(element, PENSEL_JSON_OBJECT) && !pensel_json_next(element));
    assert_true(pensel_json_is(pensel_json_member(b, "c"), PENSEL_JSON_NULL));
    assert_true(pensel_json_is(pensel_json_member(b, "d"), PENSEL_JSON_TRUE));
    assert_true(pensel_json_is(pensel_json_member(b, "e"), PENSEL_JSON_FALSE));
    assert_string_equal(pensel_json_string(pensel_json_member(json, "")), "x");
    assert_null(pensel_json_member(json, "nothing"));
    assert_null(pensel_json_member(pensel_json_member(json, "nothing"), "more"));
    assert_null(pensel_json_list(json, "b"));
    pensel_json_free(&json);
}

static void numbers_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } wholes[] = {{"0", 0},
                  {"-0", 0},
                  {"9007199254740993", 9007199254740993},
                  {"9223372036854775807", INT64_MAX},
                  {"-9223372036854775808", INT64_MIN}};
    static const struct {
        const char *text;
        double value;
    } reals[] = {{"0.1", 0.1},
                 {"-0.0", -0.0},
                 {"1e2", 100},
                 {"1E+2", 100},
                 {"1.5e-3", 0.0015},
                 {"9007199254740993.0", 9007199254740992}, /* half way: to even */
                 {"2.2250738585072014e-308", 0x1p-1022},
                 {"4.9406564584124654e-324", 0x1p-1074},
                 {"1.7976931348623157e308", 0x1.fffffffffffffp1023},
                 {"1e-400", 0}};
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
        int64_t value;
        pensel_json *json = read_text(wholes[i].text);
        assert_true(pensel_json_whole(&value, json));
        assert_true(value == wholes[i].value);
        pensel_json_free(&json);
    }
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        double value;
        pensel_json *json = read_text(reals[i].text);
        assert_true(pensel_json_is(json, PENSEL_JSON_REAL) && pensel_json_number(&value, json));
        assert_memory_equal(&value, &reals[i].value, sizeof value);
        pensel_json_free(&json);
    }
}

static void strings_are_unescaped(void **state)
{
    (void)state;
    static const struct {
        const char *text, *value;
    } strings[] = {
        {"\"\"", ""},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac"},
        {"\"\\ud834\\udd1e\"", "\xf0\x9d\x84\x9e"}, /* RFC 8259's G clef */
        {"\"\xf4\x8f\xbf\xbf\x7f\"", "\xf4\x8f\xbf\xbf\x7f"},
    };
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        pensel_json *json = read_text(strings[i].text);
        assert_string_equal(pensel_json_string(json), strings[i].value);
        pensel_json_free(&json);
    }
}

/* clang-format off: by kind, not one a line */
static const char *const not_json[] = {
    /* nothing, and brackets */
    "",
    " ",
    "{",
    "}",
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "{1:1}",
    "{\"a\" 1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1]",
    "[1}",
    "1 2",
    /* words and numbers */
    "nul",
    "True",
    "nan",
    "Infinity",
    "+1",
    "-",
    "01",
    "-01",
    "1.",
    ".5",
    "1e",
    "1e+",
    "0x1",
    "1.5.2",
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999999",
    "1e309",
    "-1e309",
    /* text: quotes, escapes, UTF-8 */
    "\"",
    "\"a",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\u0000\"",
    "\"\\ud834\"",
    "\"\\ud834x\"",
    "\"\\ud834\\n\"",
    "\"\\ud834\\u0041\"",
    "\"\\udd1e\"",
    "\"\n\"",
    "\"\t\"",
    "\"\x80\"",
    "\"\xc0\xaf\"",
    "\"\xed\xa0\x80\"",
    "\"\xf4\x90\x80\x80\"",
    "\"\xe2\x82\"",
    "\"\xff\"",
    /* what other dialects allow, and names twice */
    "'a'",
    "[1]x",
    "\xef\xbb\xbf[]",
    "/**/1",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"b\":2,\"\\u0061\":3}",
    "{\"c\":1,\"a\":2,\"b\":3,\"d\":4,\"b\":5,\"e\":6}",
};
/* clang-format on */

static void everything_else_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof not_json / sizeof *not_json; i++)
        refused(not_json[i], strlen(not_json[i]));
    refused("\"a\0b\"", 5);
    for (char c = 1; c < 0x20; c++) /* RFC 8259, section 7 */
        refused((const char[]){'"', c, '"'}, 3);
    refused("[]\0", 3);
    refused("[1,2]", 4); /* what is behind `size` is not looked at */
}

static void the_error_says_where(void **state)
{
    (void)state;
    pensel_json *json;
    assert_int_equal(pensel_json_read(&json, "[1, x]", 6, "m.safetensors", &error),
                     PENSEL_BAD_FILE);
    assert_non_null(strstr(error.text, "m.safetensors: "));
    assert_non_null(strstr(error.text, "at byte 4"));
}

static void nesting_is_limited(void **state)
{
    (void)state;
    char text[2 * PENSEL_JSON_DEPTH + 2];
    memset(text, '[', PENSEL_JSON_DEPTH);
    memset(text + PENSEL_JSON_DEPTH, ']', PENSEL_JSON_DEPTH);
    text[2 * PENSEL_JSON_DEPTH] = 0;
    pensel_json *json = read_text(text);
    pensel_json_free(&json);
    memset(text, '[', PENSEL_JSON_DEPTH + 1);
    memset(text + PENSEL_JSON_DEPTH + 1, ']', PENSEL_JSON_DEPTH + 1);
    refused(text, sizeof text);
    static char many[1 << 20];
    memset(many, '[', sizeof many);
    refused(many, sizeof many);
}

/* In an order that a simple sort or hash would be slow at; the twin is far from its brother. */
static void a_key_twice_is_found_among_many(void **state)
{
    (void)state;
    static char text[1 << 20];
    for (int twin = 0; twin < 2; twin++) {
        size_t size = 1;
        text[0] = '{';
        for (int i = 0; i < 50000; i++)
            size += (size_t)snprintf(text + size, 20, "\"%06d\":0,", i);
        size += (size_t)snprintf(text + size, 20, "\"%06d\":0}", twin ? 17 : 50000);
        if (twin) {
            refused(text, size);
        } else {
            pensel_json *json;
            MUST(pensel_json_read(&json, text, size, "test", &error));
            assert_int_equal(pensel_json_count(json), 50001);
            pensel_json_free(&json);
        }
    }
}

static void the_writer_writes_json(void **state)
{
    (void)state;
    pensel_json_writer writer = {0};
    pensel_json_open(&writer, NULL, '{');
    pensel_json_put_whole(&writer, "least", INT64_MIN);
    pensel_json_open(&writer, "list", '[');
    pensel_json_put_real(&writer, NULL, 0.1);
    pensel_json_put_real(&writer, NULL, 3);
    pensel_json_put_real(&writer, NULL, -1e-5);
    pensel_json_put_real(&writer, NULL, 1e300);
    pensel_json_put_truth(&writer, NULL, true);
    pensel_json_open(&writer, NULL, '[');
    pensel_json_close(&writer, ']');
    pensel_json_put_null(&writer, NULL);
    pensel_json_close(&writer, ']');
    pensel_json_put_string(&writer, "q\"\\\n\x01/\x7f", "\xc3\xa9");
    pensel_json_put_string(&writer, "none", NULL);
    pensel_json_close(&writer, '}');
    MUST(pensel_json_finish(&writer, &error));
    assert_string_equal(
        writer.text,
        "{\"least\":-9223372036854775808,\"list\":[0.10000000000000001,3.0,-1.0000000000000001e-5,"
        "1.0000000000000001e300,true,[],null],\"q\\\"\\\\\\n\\u0001/\x7f\":\"\xc3\xa9\","
        "\"none\":null}");
    assert_int_equal(writer.size, strlen(writer.text));
    pensel_json *json = read_text(writer.text);
    assert_string_equal(pensel_json_string(pensel_json_member(json, "q\"\\\n\x01/\x7f")),
                        "\xc3\xa9");
    pensel_json_free(&json);
    pensel_json_discard(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_what_the_text_says),
        cmocka_unit_test(numbers_are_exact),
        cmocka_unit_test(strings_are_unescaped),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(the_error_says_where),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(a_key_twice_is_found_among_many),
        cmocka_unit_test(the_writer_writes_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
