/* Bytes that grow, and numbers as texts that mean the same numbers. Nobody who writes need ask
 * whether memory was there: a failure is remembered, what follows does nothing, and
 * pensel_text_finish says so once. So no half of a text can be taken for a whole one. */
#include "base/memory.h"
#include "export/target.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 512, NUMBER = 32 };

/* Grows by half, so that many small additions cost no more than a few copies of all. */
void pensel_text_add(pensel_text *text, const void *bytes, size_t size)
{
    if (text->failed || size == 0) return;
    if (size > text->room - text->size) {
        size_t room = text->size + size + text->size / 2 + LINE;
        void *block = text->bytes;
        text->failed = room < size || pensel_resize(&block, room, 1, NULL) != PENSEL_OK;
        text->bytes = block;
        if (text->failed) return;
        text->room = room;
    }
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

void pensel_text_put(pensel_text *text, const char *string)
{
    pensel_text_add(text, string, strlen(string));
}

void pensel_text_print(pensel_text *text, const char *format, ...)
{
    char line[LINE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    text->failed = text->failed || length < 0 || length >= LINE;
    if (!text->failed) pensel_text_add(text, line, (size_t)length);
}

static bool gives_back(const char *number, double value, bool single)
{
    return single ? strtof(number, NULL) == (float)value : strtod(number, NULL) == value;
}

/* The fewest digits that give the number back; 17 always do. The locale's decimal point becomes
 * '.', and what looks whole gets one: 3.0. */
static void put_number(pensel_text *text, double value, bool single)
{
    char number[NUMBER];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(number, sizeof number, "%.*g", digits, value);
        if (gives_back(number, value, single)) break;
    }
    bool whole = true;
    for (char *c = number; *c; c++) {
        if (!strchr("0123456789+-einfa", *c)) *c = '.';
        whole = whole && strchr("0123456789+-", *c);
    }
    pensel_text_put(text, number);
    if (whole) pensel_text_put(text, ".0");
}

void pensel_text_float(pensel_text *text, double value)
{
    put_number(text, value, true);
}

void pensel_text_double(pensel_text *text, double value)
{
    put_number(text, value, false);
}

pensel_status pensel_text_finish(const pensel_text *text, pensel_error *error)
{
    return text->failed ? pensel_fail_memory(error, text->size, 2) : PENSEL_OK;
}
