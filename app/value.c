/* A tree of values and its text. GLib's memory, so that nothing here can fail. */
#include "value.h"

#include <glib.h>
#include <math.h>
#include <string.h>

typedef enum form { LITERAL, TEXT, ARRAY, OBJECT } form;

struct pensel_value {
    form form;
    char *text;       /* of a literal as it is printed; of a text as it is */
    GPtrArray *parts; /* of an array or object */
    GPtrArray *keys;  /* of an object, one for each part */
};

static pensel_value *new_value(form is, char *text)
{
    pensel_value *value = g_new0(pensel_value, 1);
    value->form = is;
    value->text = text;
    return value;
}

pensel_value *pensel_value_flag(bool flag)
{
    return new_value(LITERAL, g_strdup(flag ? "true" : "false"));
}

pensel_value *pensel_value_whole(int64_t whole)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)whole);
    return new_value(LITERAL, g_strdup(text));
}

/* Drops the zeros that begin an exponent: 1e-05 is 1e-5, 1e+20 is 1e20. */
static void shorten_exponent(char *text)
{
    char *to = strchr(text, 'e');
    if (!to) return;
    char *from = ++to;
    if (*from == '-') to++;
    from++;
    from += strspn(from, "0");
    memmove(to, from, strlen(from) + 1);
}

/* 15 digits are what every double is certain to keep. */
pensel_value *pensel_value_number(double number)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE + 2];
    if (!isfinite(number)) return new_value(LITERAL, g_strdup("null"));
    g_ascii_formatd(text, G_ASCII_DTOSTR_BUF_SIZE, "%.15g", number);
    if (!strpbrk(text, ".e")) strcat(text, ".0");
    shorten_exponent(text);
    return new_value(LITERAL, g_strdup(text));
}

pensel_value *pensel_value_text(const char *text)
{
    if (!text) return new_value(LITERAL, g_strdup("null"));
    return new_value(TEXT, g_utf8_make_valid(text, -1));
}

pensel_value *pensel_value_array(void)
{
    pensel_value *value = new_value(ARRAY, NULL);
    value->parts = g_ptr_array_new();
    return value;
}

pensel_value *pensel_value_numbers(const double *numbers, size_t count)
{
    pensel_value *value = pensel_value_array();
    for (size_t i = 0; i < count; i++)
        pensel_value_append(value, pensel_value_number(numbers[i]));
    return value;
}

pensel_value *pensel_value_object(void)
{
    pensel_value *value = new_value(OBJECT, NULL);
    value->parts = g_ptr_array_new();
    value->keys = g_ptr_array_new();
    return value;
}

void pensel_value_append(pensel_value *array, pensel_value *part)
{
    g_ptr_array_add(array->parts, part);
}

void pensel_value_set(pensel_value *object, const char *key, pensel_value *part)
{
    for (guint i = 0; i < object->keys->len; i++) {
        if (strcmp(g_ptr_array_index(object->keys, i), key) != 0) continue;
        pensel_value_free(g_ptr_array_index(object->parts, i));
        g_ptr_array_index(object->parts, i) = part;
        return;
    }
    g_ptr_array_add(object->keys, g_strdup(key));
    g_ptr_array_add(object->parts, part);
}

static void print_text(const char *text, FILE *stream)
{
    static const char named[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    putc('"', stream);
    for (; *text; text++) {
        const char *which = strchr(named, *text);
        if (which)
            fprintf(stream, "\\%c", letters[which - named]);
        else if ((unsigned char)*text < 0x20)
            fprintf(stream, "\\u%04X", (unsigned)*text);
        else
            putc(*text, stream);
    }
    putc('"', stream);
}

static void print(const pensel_value *value, FILE *stream, int level);

static void print_parts(const pensel_value *value, FILE *stream, int level)
{
    for (guint i = 0; i < value->parts->len; i++) {
        fprintf(stream, "%s\n%*s", i > 0 ? "," : "", 2 * (level + 1), "");
        if (value->keys) {
            print_text(g_ptr_array_index(value->keys, i), stream);
            fputs(": ", stream);
        }
        print(g_ptr_array_index(value->parts, i), stream, level + 1);
    }
    if (value->parts->len > 0) fprintf(stream, "\n%*s", 2 * level, "");
}

static void print(const pensel_value *value, FILE *stream, int level)
{
    if (value->form == LITERAL) {
        fputs(value->text, stream);
    } else if (value->form == TEXT) {
        print_text(value->text, stream);
    } else {
        putc(value->form == OBJECT ? '{' : '[', stream);
        print_parts(value, stream, level);
        putc(value->form == OBJECT ? '}' : ']', stream);
    }
}

void pensel_value_print(const pensel_value *value, FILE *stream)
{
    print(value, stream, 0);
}

void pensel_value_free(pensel_value *value)
{
    if (!value) return;
    for (guint i = 0; value->parts && i < value->parts->len; i++)
        pensel_value_free(g_ptr_array_index(value->parts, i));
    if (value->parts) g_ptr_array_free(value->parts, TRUE);
    for (guint i = 0; value->keys && i < value->keys->len; i++)
        g_free(g_ptr_array_index(value->keys, i));
    if (value->keys) g_ptr_array_free(value->keys, TRUE);
    g_free(value->text);
    g_free(value);
}
