/* NumPy's .npy arrays (format 1 to 3): a header that is a Python dictionary, then the numbers.
 * Reads integers, floats and booleans in either byte order, in C and in Fortran order, with one or
 * two dimensions. */
#include "file/table.h"

#include "base/endian.h"
#include "base/error.h"
#include "base/matrix.h"
#include "base/memory.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef double (*decoder)(const unsigned char *bytes);

typedef struct npy {
    pensel_source *source;
    const pensel_table_options *options;
    pensel_error *error;
    char kind;   /* f i u b */
    size_t item; /* bytes of a number */
    bool big_endian, fortran;
    size_t rows, columns;
    pensel_plan plan;
    void *x, *y, *weights;
    size_t real;
} npy;

#define refuse(n, ...) pensel_fail((n)->error, PENSEL_BAD_FILE, __VA_ARGS__)

/* ------------------------------------------------ numbers */

#define DECODER(name, type)                        \
    static double name(const unsigned char *bytes) \
    {                                              \
        type value;                                \
        memcpy(&value, bytes, sizeof value);       \
        return (double)value;                      \
    }
DECODER(decode_f4, float)
DECODER(decode_f8, double)
DECODER(decode_i1, int8_t)
DECODER(decode_i2, int16_t)
DECODER(decode_i4, int32_t)
DECODER(decode_i8, int64_t)
DECODER(decode_u1, uint8_t)
DECODER(decode_u2, uint16_t)
DECODER(decode_u4, uint32_t)
DECODER(decode_u8, uint64_t)

static double decode_b1(const unsigned char *bytes)
{
    return *bytes != 0;
}

static const struct {
    char kind;
    size_t item;
    decoder decode;
} types[] = {
    {'f', 4, decode_f4}, {'f', 8, decode_f8}, {'i', 1, decode_i1}, {'i', 2, decode_i2},
    {'i', 4, decode_i4}, {'i', 8, decode_i8}, {'u', 1, decode_u1}, {'u', 2, decode_u2},
    {'u', 4, decode_u4}, {'u', 8, decode_u8}, {'b', 1, decode_b1},
};

static decoder find_decoder(const npy *n)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].kind == n->kind && types[i].item == n->item) return types[i].decode;
    return NULL;
}

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

/* "(150, 4)" or "(150,)". */
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
    n->columns = sizes[1];
    return dimensions >= 1;
}

static pensel_status read_type(npy *n, const char *at)
{
    char type[16] = "";
    if (at && *at == '\'')
        for (size_t i = 0; i < sizeof type - 1 && at[i + 1] && at[i + 1] != '\''; i++)
            type[i] = at[i + 1];
    bool sized = type[0] && strchr("<>|=", type[0]) && isdigit((unsigned char)type[2]);
    n->kind = sized ? type[1] : 0;
    n->item = sized && type[3] == 0 ? (size_t)(type[2] - '0') : 0;
    n->big_endian = type[0] == '>' ? true : type[0] == '<' ? false : pensel_is_big_endian();
    if (find_decoder(n)) return PENSEL_OK;
    return refuse(n,
                  "%s has numbers of the type \"%s\": f4, f8, whole numbers and booleans are read",
                  n->source->name, type);
}

static pensel_status need(npy *n, size_t bytes)
{
    pensel_source *s = n->source;
    while (s->end - s->begin < bytes && !s->finished)
        PENSEL_TRY(pensel_source_fill(s, n->error));
    if (s->end - s->begin >= bytes) return PENSEL_OK;
    return refuse(n, "%s is cut off: its header promises more", s->name);
}

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
    PENSEL_TRY(read_type(n, value_of(header, "descr")));
    const char *fortran = value_of(header, "fortran_order");
    n->fortran = fortran && strncmp(fortran, "True", 4) == 0;
    if (!n->fortran && !(fortran && strncmp(fortran, "False", 5) == 0))
        return refuse(n, "%s does not say its fortran_order: True or False is expected", s->name);
    if (!read_shape(n, value_of(header, "shape")) || n->rows == 0 || n->columns == 0)
        return refuse(n,
                      "%s has a shape that is not a table: (rows) or (rows, columns) is expected",
                      s->name);
    s->size = s->size == SIZE_MAX ? SIZE_MAX : s->size - start - length;
    return PENSEL_OK;
}

/* Compares the shape in the header with the size of the file before allocating memory for it. */
static pensel_status check_size(const npy *n)
{
    size_t bytes = 0;
    bool fits =
        pensel_multiply(&bytes, n->rows, n->columns) && pensel_multiply(&bytes, bytes, n->item);
    if (fits && bytes == n->source->size) return PENSEL_OK;
    if (n->source->size == SIZE_MAX)
        return refuse(n, "%s is a pipe: a .npy array is read from a file", n->source->name);
    return refuse(n, "%s has %zu bytes of numbers: a shape of (%zu, %zu) needs others",
                  n->source->name, n->source->size, n->rows, n->columns);
}

/* ------------------------------------------------ data */

static void put(void *block, size_t real, size_t i, double value)
{
    if (real == sizeof(float))
        ((float *)block)[i] = (float)value;
    else
        ((double *)block)[i] = value;
}

static pensel_status take(npy *n, size_t row, size_t column, double value)
{
    size_t role = n->plan.role[column];
    if (role == PENSEL_COLUMN_IGNORED) return PENSEL_OK;
    if (!(fabs(value) <= (n->real == sizeof(float) ? FLT_MAX : DBL_MAX)))
        return pensel_fail(n->error, PENSEL_BAD_DATA,
                           "%s has %g in row %zu, column %zu: finite numbers that fit are expected",
                           n->source->name, value, row + 1, column + 1);
    if (role == PENSEL_COLUMN_WEIGHT)
        put(n->weights, n->real, row, value);
    else if (pensel_column_is_target(role))
        put(n->y, n->options->classify ? sizeof(double) : n->real,
            row * n->plan.targets + role - PENSEL_COLUMN_TARGET, value);
    else
        put(n->x, n->real, row * n->plan.inputs + role, value);
    return PENSEL_OK;
}

static pensel_status read_numbers(npy *n)
{
    pensel_source *s = n->source;
    decoder decode = find_decoder(n);
    bool swap = n->item > 1 && n->big_endian != pensel_is_big_endian();
    size_t slow = n->fortran ? n->columns : n->rows, fast = n->fortran ? n->rows : n->columns;
    for (size_t a = 0; a < slow; a++)
        for (size_t b = 0; b < fast; b++) {
            unsigned char swapped[8];
            if (s->end - s->begin < n->item) PENSEL_TRY(need(n, n->item));
            const unsigned char *bytes = (const unsigned char *)s->buffer + s->begin;
            for (size_t i = 0; swap && i < n->item; i++)
                swapped[i] = bytes[n->item - 1 - i];
            PENSEL_TRY(
                take(n, n->fortran ? b : a, n->fortran ? a : b, decode(swap ? swapped : bytes)));
            s->begin += n->item;
        }
    return PENSEL_OK;
}

static pensel_status read_all(npy *n, pensel_table *table)
{
    char **names;
    size_t count, targets;
    PENSEL_TRY(read_header(n));
    PENSEL_TRY(check_size(n));
    PENSEL_TRY(pensel_plan_names(&names, n->columns, n->error));
    pensel_status status = pensel_plan_make(&n->plan, table, n->options, names, n->columns, false,
                                            n->source->name, n->error);
    pensel_plan_names_free(names, n->columns);
    PENSEL_TRY(status);
    if (!pensel_multiply(&count, n->rows, n->plan.inputs) ||
        !pensel_multiply(&targets, n->rows, n->plan.targets))
        return pensel_fail_memory(n->error, n->rows, n->columns);
    PENSEL_TRY(pensel_resize(&n->x, count, n->real, n->error));
    bool wide = n->options->classify || n->real == sizeof(double);
    if (targets)
        PENSEL_TRY(pensel_resize(&n->y, targets, wide ? sizeof(double) : sizeof(float), n->error));
    if (n->plan.weights) PENSEL_TRY(pensel_resize(&n->weights, n->rows, n->real, n->error));
    PENSEL_TRY(read_numbers(n));
    table->x = (pensel_matrix){n->x, n->rows, n->plan.inputs, n->options->precision};
    if (n->y)
        table->y =
            (pensel_matrix){n->y, n->rows, n->plan.targets, wide ? PENSEL_FLOAT64 : PENSEL_FLOAT32};
    if (n->weights) table->weights = (pensel_matrix){n->weights, n->rows, 1, n->options->precision};
    n->x = n->y = n->weights = NULL;
    return PENSEL_OK;
}

pensel_status pensel_npy_read(pensel_table *table, pensel_source *source,
                              const pensel_table_options *options, pensel_error *error)
{
    npy n = {.source = source, .options = options, .error = error};
    n.real = pensel_precision_size(options->precision);
    pensel_status status = read_all(&n, table);
    pensel_release(n.plan.role);
    pensel_release(n.x);
    pensel_release(n.y);
    pensel_release(n.weights);
    return status;
}
