/* The values of options: text to numbers, with bounds. Numbers are written with a point in any
 * locale. */
#include "command_line.h"
#include "app_memory.h"
#include "message.h"

#include <glib.h>
#include <math.h>
#include <string.h>

pensel_status pensel_read_text(const pensel_option *option, const char *text, pensel_error *error)
{
    if (!text[0])
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT, "--%s is empty: %s is needed", option->name,
                            option->argument);
    *(const char **)option->target = text;
    return PENSEL_OK;
}

static pensel_status bad_count(const pensel_option *o, const char *text, pensel_error *error)
{
    if (o->high > 0)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--%s %.60s: a whole number from %.0f to %.0f is needed", o->name, text,
                            o->low, o->high);
    return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                        "--%s %.60s: a whole number of %.0f or more is needed", o->name, text,
                        o->low);
}

pensel_status pensel_read_count(const pensel_option *o, const char *text, pensel_error *error)
{
    guint64 value = 0;
    double high = o->high > 0 ? o->high : 9007199254740992.0; /* 2^53: exact as a double */
    if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &value, NULL) ||
        (double)value < o->low || (double)value > high)
        return bad_count(o, text, error);
    *(size_t *)o->target = (size_t)value;
    return PENSEL_OK;
}

static bool to_number(double *value, const char *text)
{
    char *end;
    while (*text == ' ')
        text++;
    *value = g_ascii_strtod(text, &end);
    while (*end == ' ')
        end++;
    return end != text && !*end;
}

pensel_status pensel_read_number(const pensel_option *o, const char *text, pensel_error *error)
{
    double value;
    bool number = to_number(&value, text) && isfinite(value);
    if (number && value >= o->low && (o->high <= 0 || value <= o->high)) {
        *(double *)o->target = value;
        return PENSEL_OK;
    }
    if (o->high > 0)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--%s %.60s: a number from %g to %g is needed", o->name, text, o->low,
                            o->high);
    if (o->low > -INFINITY && number)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--%s %.60s: a number of %g or more is needed", o->name, text, o->low);
    return pensel_wrong(error, PENSEL_BAD_ARGUMENT, "--%s %.60s: a finite number is needed",
                        o->name, text);
}

pensel_status pensel_read_choice(const pensel_option *o, const char *text, pensel_error *error)
{
    GString *known = g_string_new(NULL);
    GPtrArray *names = g_ptr_array_new();
    for (size_t i = 0; o->choice(i); i++) {
        g_ptr_array_add(names, (void *)o->choice(i));
        if (!strcmp(text, o->choice(i))) {
            memcpy(o->target, &(unsigned){(unsigned)i}, sizeof(unsigned));
            g_string_free(known, TRUE);
            g_ptr_array_free(names, TRUE);
            return PENSEL_OK;
        }
        pensel_append(known, "%s%s", i ? ", " : "", o->choice(i));
    }
    const char *near =
        pensel_word_near(text, (const char *const *)(const void *)names->pdata, names->len);
    pensel_status status =
        near
            ? pensel_wrong(error, PENSEL_BAD_ARGUMENT, "--%s %.60s is unknown: did you mean %s?",
                           o->name, text, near)
            : pensel_wrong(error, PENSEL_BAD_ARGUMENT, "--%s %.60s is unknown: one of %s is needed",
                           o->name, text, known->str);
    g_string_free(known, TRUE);
    g_ptr_array_free(names, TRUE);
    return status;
}

pensel_status pensel_read_threads(const pensel_option *o, const char *text, pensel_error *error)
{
    size_t count = 0;
    pensel_option counted = *o;
    counted.target = &count;
    counted.high = 4096;
    pensel_status status = pensel_read_count(&counted, text, error);
    if (status || !count) return status;
    char *number = g_strdup_printf("%zu", count);
    g_setenv("PENSEL_THREADS", number, TRUE); /* there are no other threads yet */
    g_free(number);
    return PENSEL_OK;
}

pensel_status pensel_read_numbers(const pensel_option *o, const char *text, pensel_error *error)
{
    char **parts = g_strsplit(text, ",", -1);
    size_t count = g_strv_length(parts);
    double *values = g_new0(double, count + 1);
    pensel_status status = PENSEL_OK;
    for (size_t i = 0; i < count && !status; i++)
        if (!to_number(&values[i], parts[i]) || !isfinite(values[i]))
            status = pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                                  "--%s: '%.60s' (number %zu) is not a finite number: numbers with "
                                  "commas between them are needed, such as 0.7,0.6,1.4",
                                  o->name, parts[i], i + 1);
    g_strfreev(parts);
    if (!status && count == 0)
        status = pensel_wrong(error, PENSEL_BAD_ARGUMENT, "--%s is empty: %s is needed", o->name,
                              o->argument);
    if (status) {
        g_free(values);
        return status;
    }
    pensel_numbers *numbers = o->target;
    g_free(numbers->values);
    *numbers = (pensel_numbers){values, count};
    return PENSEL_OK;
}

pensel_status pensel_read_size(const pensel_option *o, const char *text, pensel_error *error)
{
    char **parts = g_strsplit(text, "x", -1);
    guint64 size[2] = {0};
    bool good = g_strv_length(parts) == 2;
    for (int i = 0; i < 2 && good; i++)
        good = g_ascii_string_to_unsigned(parts[i], 10, 1, 10000000, &size[i], NULL);
    g_strfreev(parts);
    if (!good)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--%s %.60s: WIDTHxHEIGHT is needed, each from "
                            "1 to 10,000,000, such as 800x600",
                            o->name, text);
    pensel_numbers *numbers = o->target;
    g_free(numbers->values);
    *numbers = (pensel_numbers){g_new(double, 2), 2};
    numbers->values[0] = (double)size[0];
    numbers->values[1] = (double)size[1];
    return PENSEL_OK;
}

pensel_status pensel_read_seed(const pensel_option *o, const char *text, pensel_error *error)
{
    guint64 value = 0;
    if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &value, NULL))
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--%s %.60s: a whole number from 0 to 4294967295 is needed", o->name,
                            text);
    *(uint32_t *)o->target = (uint32_t)value;
    return PENSEL_OK;
}

/* "30", "30s", "5m", "1.5h" */
pensel_status pensel_read_duration(const pensel_option *o, const char *text, pensel_error *error)
{
    char *end;
    double value = g_ascii_strtod(text, &end);
    double unit = !*end || !strcmp(end, "s") ? 1
                  : !strcmp(end, "m")        ? 60
                  : !strcmp(end, "h")        ? 3600
                                             : 0;
    if (end == text || unit == 0 || !isfinite(value) || value < 0)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--%s %.60s: a time is needed, such as 30, 30s, 5m or 1h", o->name,
                            text);
    *(double *)o->target = value * unit;
    return PENSEL_OK;
}
