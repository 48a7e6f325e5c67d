/* Formats and layouts as in arrow.apache.org/docs/format/CDataInterface.html and Columnar.html.
 * Numbers are read by memcpy, for a buffer need not be aligned. Times become seconds, days too;
 * what is counted since 1970 is ARROW_TIME, a duration a number. A time of day is one of the first
 * day of 1970, as it is where a text says it. */
#include "table/arrow_value.h"

#include "table/half.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Format, kind, how a value is read, its bytes, and what it is multiplied by. To add a type: its
 * row here, and if it is laid out as none of those a case in plain_number or pensel_arrow_text. */
static const struct {
    const char *format;
    arrow_type type;
} formats[] = {
    {"n", {ARROW_NULL, 'n', 0, 1}},        {"b", {ARROW_BOOL, 'b', 0, 1}},
    {"c", {ARROW_NUMBER, 'c', 1, 1}},      {"C", {ARROW_NUMBER, 'C', 1, 1}},
    {"s", {ARROW_NUMBER, 's', 2, 1}},      {"S", {ARROW_NUMBER, 'S', 2, 1}},
    {"i", {ARROW_NUMBER, 'i', 4, 1}},      {"I", {ARROW_NUMBER, 'I', 4, 1}},
    {"l", {ARROW_NUMBER, 'l', 8, 1}},      {"L", {ARROW_NUMBER, 'L', 8, 1}},
    {"e", {ARROW_NUMBER, 'e', 2, 1}},      {"f", {ARROW_NUMBER, 'f', 4, 1}},
    {"g", {ARROW_NUMBER, 'g', 8, 1}},      {"u", {ARROW_TEXT, 'u', 4, 1}},
    {"U", {ARROW_TEXT, 'U', 8, 1}},        {"vu", {ARROW_TEXT, 'v', 16, 1}},
    {"tdD", {ARROW_TIME, 'i', 4, 86400}},  {"tdm", {ARROW_TIME, 'l', 8, 1e-3}},
    {"tts", {ARROW_TIME, 'i', 4, 1}},      {"ttm", {ARROW_TIME, 'i', 4, 1e-3}},
    {"ttu", {ARROW_TIME, 'l', 8, 1e-6}},   {"ttn", {ARROW_TIME, 'l', 8, 1e-9}},
    {"tDs", {ARROW_NUMBER, 'l', 8, 1}},    {"tDm", {ARROW_NUMBER, 'l', 8, 1e-3}},
    {"tDu", {ARROW_NUMBER, 'l', 8, 1e-6}}, {"tDn", {ARROW_NUMBER, 'l', 8, 1e-9}},
};

/* "tsu:Europe/Stockholm": instants in UTC, whatever zone they are shown in. */
static const struct {
    const char *format;
    double scale;
} instants[] = {{"tss:", 1}, {"tsm:", 1e-3}, {"tsu:", 1e-6}, {"tsn:", 1e-9}};

/* "d:12,2" or "d:12,2,64": an integer of 128 or so many bits, without its decimal point. The
 * format has the precision and then the scale, the digits behind the point. */
static arrow_type decimal(const char *format)
{
    char *end;
    strtol(format + 2, &end, 10);
    long digits = *end == ',' ? strtol(end + 1, &end, 10) : 0;
    long bits = *end == ',' ? strtol(end + 1, &end, 10) : 128;
    bool known = *end == 0 && (bits == 32 || bits == 64 || bits == 128 || bits == 256);
    return (arrow_type){known ? ARROW_NUMBER : ARROW_UNKNOWN, 'd', known ? (size_t)bits / 8 : 0,
                        pow(10, (double)digits)};
}

/* Types that are not read, by how their formats begin. */
static const char *const others[][2] = {
    {"+l", "lists"},
    {"+L", "lists"},
    {"+v", "lists"},
    {"+w", "lists"},
    {"+s", "records"},
    {"+m", "maps"},
    {"+u", "values of several types"},
    {"+r", "runs"},
    {"z", "bytes"},
    {"Z", "bytes"},
    {"vz", "bytes"},
    {"w:", "bytes"},
    {"ti", "spans of the calendar"},
};

const char *pensel_arrow_other(const char *format)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncmp(format, others[i][0], strlen(others[i][0])) == 0) return others[i][1];
    return "something else";
}

/* A dictionary's own format is that of its codes; what they stand for is schema->dictionary. */
arrow_type pensel_arrow_type(const struct ArrowSchema *schema)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(schema->format, formats[i].format) == 0) {
            arrow_type type = formats[i].type;
            if (schema->dictionary) type.kind = ARROW_DICTIONARY;
            return type;
        }
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++)
        if (strncmp(schema->format, instants[i].format, 4) == 0)
            return (arrow_type){ARROW_TIME, 'l', 8, instants[i].scale};
    if (strncmp(schema->format, "d:", 2) == 0) return decimal(schema->format);
    return (arrow_type){.kind = ARROW_UNKNOWN};
}

int64_t pensel_arrow_buffers(const arrow_type *type)
{
    if (type->kind == ARROW_NULL) return 0;
    return type->kind == ARROW_TEXT ? 3 : 2; /* validity, values or offsets, and the texts */
}

/* Bit `at` of a bitmap, the lowest of each byte first. */
static bool bit(const void *bits, size_t at)
{
    return ((const unsigned char *)bits)[at / 8] >> at % 8 & 1;
}

/* One bit a value, the lowest first; without a bitmap all are there. null_count -1 means that
 * nobody has counted. */
bool pensel_arrow_is_valid(const struct ArrowArray *array, size_t at)
{
    const void *validity = array->n_buffers > 0 ? array->buffers[0] : NULL;
    return array->null_count == 0 || !validity || bit(validity, at);
}

/* Value `at` of buffer 1. It returns from the function that it stands in. */
#define VALUE(type)                                                                        \
    do {                                                                                   \
        type value;                                                                        \
        memcpy(&value, (const char *)array->buffers[1] + at * sizeof value, sizeof value); \
        return (double)value;                                                              \
    } while (0)

/* 64 to 256 bits in two's complement, the lowest word first. The sign goes first, since -1 is 2^128
 * - 1 and the like: -x is ~x + 1, with a carry while words are 0. */
static double whole_number(const uint64_t *words, size_t count)
{
    bool negative = words[count - 1] >> 63, carry = negative;
    double value = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t word = negative ? ~words[i] + carry : words[i];
        carry = carry && word == 0;
        value += ldexp((double)word, 64 * (int)i);
    }
    return negative ? -value : value;
}

/* The integer or number as it is stored. `default` is a decimal of one, two or four words. */
static double plain_number(const arrow_type *type, const struct ArrowArray *array, size_t at)
{
    uint64_t words[4];
    uint16_t bits;
    if (type->code == 'd' && type->size == sizeof(int32_t)) VALUE(int32_t);
    switch (type->code) {
    case 'b':
        return bit(array->buffers[1], at);
    case 'c':
        VALUE(int8_t);
    case 'C':
        VALUE(uint8_t);
    case 's':
        VALUE(int16_t);
    case 'S':
        VALUE(uint16_t);
    case 'i':
        VALUE(int32_t);
    case 'I':
        VALUE(uint32_t);
    case 'l':
        VALUE(int64_t);
    case 'L':
        VALUE(uint64_t);
    case 'f':
        VALUE(float);
    case 'g':
        VALUE(double);
    case 'e':
        memcpy(&bits, (const char *)array->buffers[1] + 2 * at, sizeof bits);
        return pensel_half_number(bits);
    default:
        memcpy(words, (const char *)array->buffers[1] + type->size * at, type->size);
        return whole_number(words, type->size / sizeof *words);
    }
}

/* In seconds of a time. A decimal is divided, for 3 / 10 is the double nearest to 0.3, and 3 times
 * 0.1 is not. */
double pensel_arrow_number(const arrow_type *type, const struct ArrowArray *array, size_t at)
{
    double x = plain_number(type, array, at);
    return type->code == 'd' ? x / type->scale : x * type->scale;
}

/* A view is its length, then 12 bytes of text, or 4 bytes of it, a buffer's number and an offset.
 * The last buffer has the lengths of those: the only ones that the interface hands over. */
static bool view(const char **text, size_t *length, const struct ArrowArray *array, size_t at)
{
    const char *bytes = (const char *)array->buffers[1] + 16 * at;
    int32_t words[4];
    int64_t size;
    memcpy(words, bytes, sizeof words);
    if (words[0] < 0) return false;
    *length = (size_t)words[0];
    *text = bytes + 4;
    if (words[0] <= 12) return true;
    if (words[2] < 0 || words[2] >= array->n_buffers - 3 || words[3] < 0) return false;
    const char *data = array->buffers[2 + words[2]], *sizes = array->buffers[array->n_buffers - 1];
    if (!data || !sizes) return false;
    memcpy(&size, sizes + (size_t)words[2] * sizeof size, sizeof size);
    *text = data + words[3];
    return (int64_t)words[3] + words[0] <= size;
}

/* Offset `at`, of 4 bytes or 8 */
static int64_t offset_at(const struct ArrowArray *array, size_t size, size_t at)
{
    const char *from = (const char *)array->buffers[1] + at * size;
    int64_t wide;
    int32_t narrow;
    if (size == sizeof wide) {
        memcpy(&wide, from, sizeof wide);
        return wide;
    }
    memcpy(&narrow, from, sizeof narrow);
    return narrow;
}

/* Offsets (length + 1) say where texts begin and end in buffer 2. They must go up; whether they
 * stay within the buffer nobody can ask. An array of empty texts may lack that buffer. */
bool pensel_arrow_text(const char **text, size_t *length, const arrow_type *type,
                       const struct ArrowArray *array, size_t at)
{
    if (type->code == 'v') return view(text, length, array, at);
    int64_t begin = offset_at(array, type->size, at), end = offset_at(array, type->size, at + 1);
    if (begin < 0 || end < begin || (end > begin && !array->buffers[2])) return false;
    *length = (size_t)(end - begin);
    *text = *length ? (const char *)array->buffers[2] + begin : "";
    return true;
}
