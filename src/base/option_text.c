/* Options as text: parsed, printed, and what a row's values must be. Independent of the locale.
 * Every kind is a double on its way, and NaN means that a text is none of its values; whether a
 * value is within the row's range is asked elsewhere (pensel_option_holds). */
#include "base/number.h"
#include "platform/float.h"
#include "base/option.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ from text */

/* "30", "30s", "5m", "1.5h" */
static double parse_seconds(const char *text)
{
    size_t length = strlen(text);
    char last = '\0';
    if (length > 0) last = text[length - 1];
    double unit = last == 's' ? 1 : last == 'm' ? 60 : last == 'h' ? 3600 : 0, value;
    if (unit > 0)
        length--;
    else
        unit = 1;
    return pensel_number_parse(&value, text, length) ? value * unit : (double)NAN;
}

/* Digits alone: "1e3" or "-0" would be numbers, but not what a count is written like. */
static bool is_whole(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

static double parse_choice(const pensel_option_row *row, const char *text)
{
    for (int i = 0; row->choice(i); i++)
        if (!strcmp(row->choice(i), text)) return i;
    return NAN;
}

/* NaN for what is no value of this kind. */
double pensel_option_parse(const pensel_option_row *row, const char *text)
{
    double value;
    switch (row->kind) {
    case PENSEL_OPTION_FLAG:
        return !strcmp(text, "true") ? 1 : !strcmp(text, "false") ? 0 : (double)NAN;
    case PENSEL_OPTION_CHOICE:
        return parse_choice(row, text);
    case PENSEL_OPTION_SECONDS:
        return parse_seconds(text);
    case PENSEL_OPTION_NUMBER:
        return pensel_number_parse(&value, text, strlen(text)) ? value : (double)NAN;
    case PENSEL_OPTION_COUNT:
        if (!strcmp(text, "inf")) return INFINITY;
        break;
    case PENSEL_OPTION_SEED:
    case PENSEL_OPTION_THREADS:
        break;
    }
    /* beyond 2^53 a double is not the number that was written */
    bool good = is_whole(text) && pensel_number_parse(&value, text, strlen(text));
    return good && value <= 0x1p53 ? value : (double)NAN;
}

/* ------------------------------------------------------------------ to text */

/* 6 digits where they are enough, else 15, else 17, which always are; a locale's comma is a point.
 */
static void print_number(char *text, size_t size, double value)
{
    double again;
    for (int digits = 6; digits <= 17; digits += digits < 15 ? 9 : 2) {
        snprintf(text, size, "%.*g", digits, value);
        char *comma = strchr(text, ',');
        if (comma) *comma = '.';
        if (pensel_number_parse(&again, text, strlen(text)) && again == value) return;
    }
}

/* The text that pensel_option_parse reads as the same value, where it is one. */
void pensel_option_print(char *text, size_t size, const pensel_option_row *row, double value)
{
    const char *name;
    switch (row->kind) {
    case PENSEL_OPTION_FLAG:
        snprintf(text, size, "%s", value != 0 ? "true" : "false");
        return;
    case PENSEL_OPTION_CHOICE:
        name = value >= 0 ? row->choice((int)value) : NULL;
        if (name)
            snprintf(text, size, "%s", name);
        else
            snprintf(text, size, "number %d", (int)value);
        return;
    case PENSEL_OPTION_COUNT:
    case PENSEL_OPTION_SEED:
    case PENSEL_OPTION_THREADS:
        if (isfinite(value)) {
            snprintf(text, size, "%" PRIu64, (uint64_t)value);
            return;
        }
        break;
    case PENSEL_OPTION_NUMBER:
    case PENSEL_OPTION_SECONDS:
        break;
    }
    print_number(text, size, value);
}

void pensel_option_standard(char *text, size_t size, const pensel_option_row *row)
{
    PENSEL_FLOAT_SCOPE;
    if (text && size > 0 && row) pensel_option_print(text, size, row, row->standard);
}

/* ------------------------------------------------------------------ what is right */

/* All names, as far as there is room. */
static void list_choices(char *text, size_t size, const pensel_option_row *row)
{
    size_t used = (size_t)snprintf(text, size, "one of");
    for (int i = 0; row->choice(i) && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s %s", i ? "," : "", row->choice(i));
}

/* "a number above 0", "a whole number from 1 to 32", "a number from 0 to below 1" */
static void describe_interval(char *text, size_t size, const char *what,
                              const pensel_option_row *row)
{
    bool from = row->ends[0] == '[', to = row->ends[1] == ']';
    if (isinf(row->low))
        snprintf(text, size, "%s", what);
    else if (isinf(row->high))
        snprintf(text, size, from ? "%s of %.15g or more" : "%s above %.15g", what, row->low);
    else
        snprintf(text, size, "%s from %s%.15g to %s%.15g", what, from ? "" : "above ", row->low,
                 to ? "" : "below ", row->high);
}

void pensel_option_needs(char *text, size_t size, const pensel_option_row *row)
{
    PENSEL_FLOAT_SCOPE;
    if (!text || size == 0 || !row) return;
    switch (row->kind) {
    case PENSEL_OPTION_FLAG:
        snprintf(text, size, "true or false");
        break;
    case PENSEL_OPTION_CHOICE:
        list_choices(text, size, row);
        break;
    case PENSEL_OPTION_SECONDS:
        snprintf(text, size, "a time of 0 or more, such as 30, 30s, 5m or 1h,");
        break;
    case PENSEL_OPTION_SEED:
        snprintf(text, size, "a whole number from 0 to 4294967295");
        break;
    case PENSEL_OPTION_NUMBER:
        describe_interval(text, size, isinf(row->low) ? "a finite number" : "a number", row);
        break;
    case PENSEL_OPTION_COUNT:
    case PENSEL_OPTION_THREADS:
        describe_interval(text, size, "a whole number", row);
        break;
    }
}
