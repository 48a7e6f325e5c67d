/* NumPy's .npy arrays (format 1 to 3): a header that is a Python dictionary, then the values. Reads
 * integers, floats, booleans, dates and texts in either byte order: plain arrays in C and in
 * Fortran order with one or two dimensions, and structured ones, whose fields are columns.
 *
 * The header is not trusted: types, counts and the shape are bounded as they are read, and the
 * shape must be just that of the bytes which follow, before memory is allocated for it. It ends
 * with a zero byte, so that texts in it can be searched. */
#include "table/npy.h"

#include "base/endian.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "table/half.h"
#include "table/labels.h"
#include "table/table.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ITEM = 1 << 16, MOST_FIELDS = 10000 };

/* What is wrong here is wrong with the file. */
#define refuse(n, ...) pensel_fail((n)->error, PENSEL_BAD_FILE, __VA_ARGS__)

/* ------------------------------------------------ header */

/* The text after 'key': in the dictionary. */
static const char *value_of(const char *header, const char *key)
{
    char quoted[32];
    snprintf(quoted, sizeof quoted, "'%s'", key);
    const char *at = strstr(header, quoted);
    if (!at) return NULL;
    at += strlen(quoted);
    while (*at == ' ')
        at++;
    if (*at++ != ':') return NULL;
    while (*at == ' ')
        at++;
    return at;
}

/* "(150, 4)" or "(150,)". One dimension is one column, or the records of a structured array;
 * more than two are refused. Sizes stop growing long before they could overflow. */
static bool read_shape(npy *n, const char *at)
{
    size_t sizes[2] = {0, 1};
    int dimensions = 0;
    if (!at || *at++ != '(') return false;
    for (;;) {
        while (*at == ' ')
            at++;
        if (*at == ')') break;
        if (!isdigit((unsigned char)*at) || dimensions == 2) return false;
        size_t size = 0;
        for (; isdigit((unsigned char)*at); at++)
            if (!pensel_multiply(&size, size, 10) || (size += (size_t)(*at - '0')) > SIZE_MAX / 20)
                return false;
        sizes[dimensions++] = size;
        if (*at == 'L') at++; /* Python 2's long numbers */
        while (*at == ' ')
            at++;
        if (*at == ',')
            at++;
        else if (*at != ')')
            return false;
    }
    n->rows = sizes[0];
    if (n->fields) return dimensions == 1;
    n->columns = sizes[1];
    return dimensions >= 1;
}

/* ------------------------------------------------ types */

/* Widths that values are decoded for; 'V' is padding between fields, and only there. */
static bool is_known(const npy_type *t)
{
    switch (t->kind) {
    case 'f':
        return t->item == 2 || t->item == 4 || t->item == 8;
    case 'i':
    case 'u':
        return t->item == 1 || t->item == 2 || t->item == 4 || t->item == 8;
    case 'b':
        return t->item == 1;
    case 'M':
        return t->item == 8 && t->seconds > 0;
    case 'S':
        return t->item >= 1 && t->item <= MOST_ITEM;
    case 'U':
        return t->item >= 1 && t->item <= MOST_ITEM / 4;
    default:
        return t->kind == 'V' && t->item <= MOST_ITEM;
    }
}

/* "[ns]", as it stands behind M8; 0: a unit that is none, or one of which no number of seconds is,
 * such as months. */
static double seconds_of(const char *unit)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"[ns]", 1e-9}, {"[us]", 1e-6}, {"[ms]", 1e-3}, {"[s]", 1},
                 {"[m]", 60},    {"[h]", 3600},  {"[D]", 86400}, {"[W]", 604800}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strncmp(unit, units[i].name, strlen(units[i].name)) == 0) return units[i].seconds;
    return 0;
}

/* "'<f8'" at *at, which moves past it: the order of bytes, a letter for the kind, the bytes of a
 * value (for U characters, of 4 bytes). Without a mark of < or > the bytes are in this machine's
 * order. */
static pensel_status read_type(npy *n, npy_type *type, const char **at)
{
    char text[24] = "";
    if (*at && **at == '\'') {
        const char *end = strchr(++*at, '\'');
        size_t length = end ? (size_t)(end - *at) : 0;
        if (length < sizeof text) memcpy(text, *at, length);
        *at = end ? end + 1 : *at;
    }
    *type = (npy_type){0};
    char *after = text + 2;
    if (text[0] && strchr("<>|=", text[0]) && isdigit((unsigned char)text[2])) {
        type->kind = text[1];
        for (; isdigit((unsigned char)*after) && type->item < 1 << 24; after++)
            type->item = 10 * type->item + (size_t)(*after - '0');
        if (type->kind == 'M') type->seconds = seconds_of(after);
    }
    bool big = text[0] == '>' ? true : text[0] == '<' ? false : pensel_is_big_endian();
    type->swap = big != pensel_is_big_endian();
    if (is_known(type) && (*after == 0 || type->kind == 'M')) {
        if (type->kind == 'U') type->item *= 4;
        return PENSEL_OK;
    }
    return refuse(
        n,
        "%s has numbers of the type \"%s\": f2, f4, f8, whole numbers, booleans, dates and "
        "texts are read",
        n->source->name, text);
}

/* Behind any of these characters, as many as there are. */
static const char *skip(const char *at, const char *characters)
{
    return at + strspn(at, characters);
}

/* "('name', '<f8')" at *at; a field without a value is padding: it has a width in the
 * record and is no column. What a name is quoted by ends it. */
static pensel_status read_field(npy *n, const char **at, size_t *count)
{
    npy_field field = {.offset = n->record};
    const char *name = skip(*at, " ("), *end = NULL;
    if (*name == '\'' || *name == '"') end = strchr(name + 1, *name);
    if (!end || *skip(end + 1, " ") != ',')
        return refuse(n, "%s has a field without a plain name: names and types are expected",
                      n->source->name);
    *at = skip(skip(end + 1, " ") + 1, " ");
    PENSEL_TRY(read_type(n, &field.type, at));
    *at = skip(*at, " ");
    if (**at != ')')
        return refuse(n, "%s has a field that is an array itself: single values are expected",
                      n->source->name);
    n->record += field.type.item;
    *at = skip(*at + 1, " ,");
    if (field.type.kind == 'V') return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(field.name, (size_t)(end - name), n->error));
    memcpy(field.name, name + 1, (size_t)(end - name) - 1);
    n->fields[(*count)++] = field;
    return PENSEL_OK;
}

/* "[('a', '<f8'), ('b', 'S3')]" or "'<f8'". Parentheses are counted first, for room: there are as
 * many fields at most, and columns is that number while they are read, so that a failure frees the
 * names there are. */
static pensel_status read_types(npy *n, const char *at)
{
    if (!at || *at != '[') {
        PENSEL_TRY(read_type(n, &n->type, &at));
        n->record = n->type.item;
        if (n->type.kind != 'V') return PENSEL_OK;
        return refuse(n, "%s has values of no type: numbers are expected", n->source->name);
    }
    size_t count = 0, most = 0;
    for (const char *c = at; *c; c++)
        most += *c == '(';
    if (most == 0 || most > MOST_FIELDS)
        return refuse(n, "%s has %zu fields: 1 to %d are read", n->source->name, most, MOST_FIELDS);
    PENSEL_TRY(PENSEL_NEW(n->fields, most, n->error));
    n->columns = most; /* of which those to come have no name yet */
    for (at++; *at == '(';)
        PENSEL_TRY(read_field(n, &at, &count));
    n->columns = count;
    if (*at == ']' && count > 0) return PENSEL_OK;
    return refuse(n, "%s has a broken list of fields: names and types are expected",
                  n->source->name);
}

/* ------------------------------------------------ the whole header */

/* Bytes that must be there, in the buffer. */
static pensel_status need(npy *n, size_t bytes)
{
    pensel_source *s = n->source;
    PENSEL_TRY(pensel_source_need(s, bytes, n->error));
    if (s->end - s->begin >= bytes) return PENSEL_OK;
    return refuse(n, "%s is cut off: its header promises more", s->name);
}

/* Types first: the shape of records is read otherwise than that of plain numbers. A row is `record`
 * bytes, in Fortran's order a single value is. */
static pensel_status read_dictionary(npy *n, char *header)
{
    pensel_source *s = n->source;
    PENSEL_TRY(read_types(n, value_of(header, "descr")));
    const char *fortran = value_of(header, "fortran_order");
    n->fortran = fortran && strncmp(fortran, "True", 4) == 0 && !n->fields;
    if (!fortran || (strncmp(fortran, "True", 4) != 0 && strncmp(fortran, "False", 5) != 0))
        return refuse(n, "%s does not say its fortran_order: True or False is expected", s->name);
    if (!read_shape(n, value_of(header, "shape")) || n->rows == 0 || n->columns == 0)
        return refuse(n,
                      "%s has a shape that is not a table: (rows) or (rows, columns) is expected",
                      s->name);
    if (!n->fields && !n->fortran && !pensel_multiply(&n->record, n->columns, n->type.item))
        return pensel_fail_memory(n->error, n->columns, n->type.item);
    return PENSEL_OK;
}

/* 6 bytes of magic, the version, the length of the text in 2 bytes, from format 2 on in 4. The last
 * byte of it is a blank or a line feed, and becomes the zero. */
static pensel_status read_header(npy *n)
{
    pensel_source *s = n->source;
    PENSEL_TRY(need(n, 12));
    const unsigned char *at = (const unsigned char *)s->buffer + s->begin;
    size_t version = at[6], start = version == 1 ? 10 : 12, length = at[8] | (size_t)at[9] << 8;
    if (version < 1 || version > 3)
        return refuse(n, "%s is a .npy of format %zu: 1 to 3 are read", s->name, version);
    if (version > 1) length |= (size_t)at[10] << 16 | (size_t)at[11] << 24;
    if (length > 65536)
        return refuse(n, "%s has a header of %zu bytes: up to 65536 are read", s->name, length);
    PENSEL_TRY(need(n, start + length));
    char *header = s->buffer + s->begin + start;
    char last = header[length - (length > 0)];
    if (length == 0 || (last != '\n' && last != ' '))
        return refuse(n, "%s has a broken header: a dictionary and a line feed are expected",
                      s->name);
    header[length - 1] = 0;
    s->begin += start + length;
    s->size -= start + length;
    return read_dictionary(n, header);
}

/* Compares the shape in the header with the size of the file before memory is allocated for it:
 *
 *     bytes = rows record,   in Fortran's order rows columns record
 *
 * A file that is longer than that is refused as well: its header is not of these numbers. */
static pensel_status check_size(const npy *n)
{
    size_t bytes = 0, records = n->rows;
    bool fits = (!n->fortran || pensel_multiply(&records, n->rows, n->columns)) &&
                pensel_multiply(&bytes, records, n->record);
    if (fits && bytes == n->source->size) return PENSEL_OK;
    return refuse(n, "%s has %zu bytes of numbers: a shape of (%zu, %zu) needs others",
                  n->source->name, n->source->size, n->rows, n->columns);
}

/* The size must be known to be compared, so a pipe is kept in memory. */
pensel_status pensel_npy_begin(npy *n, pensel_source *source, pensel_error *error)
{
    *n = (npy){.source = source, .error = error};
    PENSEL_TRY(pensel_source_keep(source, true, error));
    PENSEL_TRY(read_header(n));
    return check_size(n);
}

/* Names that were not read yet are NULL. */
void pensel_npy_end(npy *n)
{
    for (size_t i = 0; n->fields && i < n->columns; i++)
        pensel_release(n->fields[i].name);
    pensel_release(n->fields);
    n->fields = NULL;
}

pensel_status pensel_npy_names(char ***names, const npy *n)
{
    PENSEL_TRY(pensel_plan_names(names, n->columns, n->error));
    for (size_t i = 0; n->fields && i < n->columns; i++) {
        pensel_release((*names)[i]);
        (*names)[i] = NULL;
        pensel_status status =
            pensel_text_copy(&(*names)[i], n->fields[i].name, strlen(n->fields[i].name), n->error);
        if (status == PENSEL_OK) continue;
        pensel_plan_names_free(*names, n->columns);
        *names = NULL;
        return status;
    }
    return PENSEL_OK;
}

/* ------------------------------------------------ values */

/* A number in this machine's order, by a copy where it is not; texts are put together byte by byte
 * and need none. */
static pensel_status visit_one(npy *n, npy_visitor *visit, void *self, size_t row, size_t column,
                               const unsigned char *bytes)
{
    const npy_type *type = pensel_npy_type(n, column);
    unsigned char swapped[8];
    if (!type->swap || type->item > sizeof swapped || pensel_npy_is_text(type))
        return visit(self, row, column, type, bytes);
    for (size_t i = 0; i < type->item; i++)
        swapped[i] = bytes[type->item - 1 - i];
    return visit(self, row, column, type, swapped);
}

/* In Fortran's order: all rows of the first column, then those of the next. */
static pensel_status walk_fortran(npy *n, npy_visitor *visit, void *self)
{
    pensel_source *s = n->source;
    for (size_t column = 0; column < n->columns; column++)
        for (size_t row = 0; row < n->rows; row++) {
            if (s->end - s->begin < n->record) PENSEL_TRY(need(n, n->record));
            PENSEL_TRY(visit_one(n, visit, self, row, column,
                                 (const unsigned char *)s->buffer + s->begin));
            s->begin += n->record;
        }
    return PENSEL_OK;
}

/* Values in the file's order: rows, or in Fortran's order columns. The bytes are the buffer's, good
 * during the visit. */
pensel_status pensel_npy_walk(npy *n, npy_visitor *visit, void *self)
{
    pensel_source *s = n->source;
    if (n->fortran) return walk_fortran(n, visit, self);
    for (size_t row = 0; row < n->rows; row++) {
        size_t offset = 0;
        for (size_t column = 0; column < n->columns; column++) {
            size_t item = pensel_npy_type(n, column)->item;
            if (n->fields) {
                s->begin += n->fields[column].offset - offset; /* over padding */
                offset = n->fields[column].offset;
            }
            if (s->end < s->begin + item) PENSEL_TRY(need(n, item));
            PENSEL_TRY(visit_one(n, visit, self, row, column,
                                 (const unsigned char *)s->buffer + s->begin));
            s->begin += item;
            offset += item;
        }
        if (n->fields) s->begin += n->record - offset;
    }
    return PENSEL_OK;
}

/* The bytes as a value of this type. It returns from the function that it stands in. */
#define DECODE(type)                         \
    do {                                     \
        type value;                          \
        memcpy(&value, bytes, sizeof value); \
        return (double)value;                \
    } while (0)

/* Bytes in this machine's order, not aligned: hence memcpy. */
static double real(size_t item, const unsigned char *bytes)
{
    uint16_t bits;
    if (item == 8) DECODE(double);
    if (item == 4) DECODE(float);
    memcpy(&bits, bytes, sizeof bits);
    return pensel_half_number(bits);
}

static double whole(size_t item, const unsigned char *bytes)
{
    if (item == 8) DECODE(int64_t);
    if (item == 4) DECODE(int32_t);
    if (item == 2) DECODE(int16_t);
    DECODE(int8_t);
}

static double natural(size_t item, const unsigned char *bytes)
{
    if (item == 8) DECODE(uint64_t);
    if (item == 4) DECODE(uint32_t);
    if (item == 2) DECODE(uint16_t);
    DECODE(uint8_t);
}

/* The double is asked, not the integer: 2^53 itself may be 2^53 + 1 that was rounded. */
bool pensel_npy_is_rounded(const npy_type *type, double value)
{
    return (type->kind == 'i' || type->kind == 'u') && type->item == 8 && fabs(value) >= 0x1p53;
}

/* NumPy's NaT, the least 64-bit integer, is a date that is missing. */
double pensel_npy_number(const npy_type *type, const unsigned char *bytes)
{
    int64_t ticks;
    switch (type->kind) {
    case 'f':
        return real(type->item, bytes);
    case 'i':
        return whole(type->item, bytes);
    case 'u':
        return natural(type->item, bytes);
    case 'b':
        return *bytes != 0;
    default:
        memcpy(&ticks, bytes, sizeof ticks);
        return ticks == INT64_MIN ? (double)NAN : (double)ticks * type->seconds;
    }
}

/* Code points become UTF-8; what is none becomes the replacement character. */
static size_t put_character(char *to, uint32_t code)
{
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) code = 0xfffd;
    return (size_t)(pensel_utf8_put(to, code) - to);
}

/* Zeros at the end fill up a text, and are not part of it; zeros within it are. A character of 4
 * bytes becomes up to 4 bytes of UTF-8, which is why 4 * item bytes are room enough for either
 * kind. */
size_t pensel_npy_text(char *text, const npy_type *type, const unsigned char *bytes)
{
    size_t length = type->item, written = 0;
    if (type->kind == 'S') {
        while (length > 0 && bytes[length - 1] == 0)
            length--;
        memcpy(text, bytes, length);
        return length;
    }
    bool big = type->swap != pensel_is_big_endian();
    for (size_t i = 0; i < length; i += 4) {
        const unsigned char *b = bytes + i;
        uint32_t code =
            big ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]
                : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
        written += put_character(text + written, code);
    }
    while (written > 0 && text[written - 1] == 0)
        written--;
    return written;
}
