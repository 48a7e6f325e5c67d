/* Writing JSON, without a space or a line break more than it needs. The writer does not check that
 * brackets match or that members have keys: its caller is straight-line code. `follows` is all that
 * it remembers of the structure, and that is enough for commas: after an opening bracket none is
 * due, after a closing one it is. */
#include "base/json.h"

#include "base/error.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* The text is ended by a zero at any moment and has room for it. Room doubles, so a long text is
 * not copied again and again. */
static void append(pensel_json_writer *w, const char *text, size_t length)
{
    if (!w->failed && w->room - w->size <= length) {
        size_t room = 2 * (w->size + length) + 256;
        void *larger = w->text;
        w->failed = pensel_resize(&larger, room, 1, NULL) != PENSEL_OK;
        w->text = larger;
        if (!w->failed) w->room = room;
    }
    if (w->failed) return;
    memcpy(w->text + w->size, text, length);
    w->size += length;
    w->text[w->size] = 0;
}

/* Characters that RFC 8259 wants escaped: by a letter where there is one, else \u and four digits.
 */
static void append_escape(pensel_json_writer *w, unsigned char c)
{
    static const char named[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *which = strchr(named, c);
    char text[8] = {'\\'};
    if (c && which) {
        text[1] = letters[which - named];
        append(w, text, 2);
    } else {
        append(w, text, (size_t)snprintf(text, sizeof text, "\\u%04X", c));
    }
}

/* What needs no escape is appended in whole runs. UTF-8 goes out as it is. */
static void append_string(pensel_json_writer *w, const char *string)
{
    append(w, "\"", 1);
    for (const char *from = string, *at = string;; at++) {
        unsigned char c = (unsigned char)*at;
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        append(w, from, (size_t)(at - from));
        if (c == 0) break;
        append_escape(w, c);
        from = at + 1;
    }
    append(w, "\"", 1);
}

/* What comes before every value. */
static void begin_value(pensel_json_writer *w, const char *key)
{
    if (w->follows) append(w, ",", 1);
    w->follows = true;
    if (!key) return;
    append_string(w, key);
    append(w, ":", 1);
}

void pensel_json_open(pensel_json_writer *writer, const char *key, char bracket)
{
    begin_value(writer, key);
    append(writer, &bracket, 1);
    writer->follows = false;
}

void pensel_json_close(pensel_json_writer *writer, char bracket)
{
    append(writer, &bracket, 1);
    writer->follows = true;
}

void pensel_json_put_null(pensel_json_writer *writer, const char *key)
{
    begin_value(writer, key);
    append(writer, "null", 4);
}

void pensel_json_put_truth(pensel_json_writer *writer, const char *key, bool value)
{
    begin_value(writer, key);
    append(writer, value ? "true" : "false", value ? 4 : 5);
}

void pensel_json_put_whole(pensel_json_writer *writer, const char *key, int64_t value)
{
    char text[24];
    begin_value(writer, key);
    append(writer, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)value));
}

/* printf's text as JSON has it: a point in every locale, ".0" where neither point nor exponent says
 * that it is a double, and exponents without plus and leading zeros. */
static void tidy_number(char *tidy, const char *text)
{
    bool is_real = false;
    while (*text && *text != 'e') {
        bool plain = *text == '-' || (*text >= '0' && *text <= '9');
        if (plain)
            *tidy++ = *text;
        else if (!is_real)
            *tidy++ = '.';
        is_real = is_real || !plain;
        text++;
    }
    if (*text == 'e') {
        is_real = true;
        *tidy++ = *text++;
        if (*text == '-') *tidy++ = '-';
        text++;
        while (*text == '0' && text[1])
            text++;
        while (*text)
            *tidy++ = *text++;
    }
    if (!is_real) {
        *tidy++ = '.';
        *tidy++ = '0';
    }
    *tidy = 0;
}

/* Of NaN and infinities fields.c makes texts. */
void pensel_json_put_real(pensel_json_writer *writer, const char *key, double value)
{
    char text[48], tidy[48];
    begin_value(writer, key);
    snprintf(text, sizeof text, "%.17g", value);
    tidy_number(tidy, text);
    append(writer, tidy, strlen(tidy));
}

void pensel_json_put_string(pensel_json_writer *writer, const char *key, const char *value)
{
    if (!value) {
        pensel_json_put_null(writer, key);
        return;
    }
    begin_value(writer, key);
    append_string(writer, value);
}

pensel_status pensel_json_finish(const pensel_json_writer *writer, pensel_error *error)
{
    return writer->failed ? pensel_fail_memory(error, writer->size, 1) : PENSEL_OK;
}

void pensel_json_discard(pensel_json_writer *writer)
{
    pensel_release(writer->text);
    *writer = (pensel_json_writer){0};
}
