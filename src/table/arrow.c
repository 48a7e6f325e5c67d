/* Columns of Arrow arrays: batches are appended one behind another; a single one of float64 without
 * holes is borrowed.
 *
 * Arrays come from other libraries of this process through Arrow's C interface. Their counts and
 * pointers are checked; how long a buffer is the interface does not say, so that is believed.
 * What a caller gave is never released here; a stream hands its batches and schema over, and those
 * are. Values lie at `offset` of the batch plus that of the column, in every buffer. */
#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "platform/float.h"
#include "table/arrow_value.h"
#include "table/cell.h"
#include "table/columns.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define EXACT 9007199254740992.0 /* 2^53: so does 2^53 + 1 read; all below are doubles */

/* ------------------------------------------------ checks */

/* What is relied on; the lengths of the buffers themselves nobody can check. */
static pensel_status check(const pensel_column_maker *c, const arrow_type *type,
                           const struct ArrowSchema *schema, const struct ArrowArray *array,
                           size_t rows, pensel_error *error)
{
    PENSEL_REQUIRE(type->kind != ARROW_UNKNOWN, UNSUPPORTED,
                   "column \"%.60s\" has %s, the Arrow type \"%.30s\": numbers, texts, booleans, "
                   "dates and times are read",
                   c->name, pensel_arrow_other(schema->format), schema->format);
    int64_t buffers = pensel_arrow_buffers(type);
    PENSEL_REQUIRE(array && array->offset >= 0 && array->length >= 0 &&
                       (size_t)array->length >= rows && array->n_buffers >= buffers &&
                       (buffers == 0 || array->buffers),
                   BAD_DATA, "column \"%.60s\" is shorter than its table: %zu rows are expected",
                   c->name, rows);
    PENSEL_REQUIRE(buffers < 2 || array->buffers[1] || rows == 0, BAD_DATA,
                   "column \"%.60s\" has no values: a buffer of them is expected", c->name);
    PENSEL_REQUIRE(type->kind != ARROW_DICTIONARY || array->dictionary, BAD_DATA,
                   "column \"%.60s\" has no dictionary: its type says that it has", c->name);
    return PENSEL_OK;
}

/* Codes are integers, and what they stand for is a value of its own. */
static pensel_status check_dictionary(const pensel_column_maker *c, const arrow_type *codes,
                                      const struct ArrowSchema *schema,
                                      const struct ArrowArray *words, pensel_error *error)
{
    PENSEL_REQUIRE(strchr("cCsSiIlL", codes->code) && codes->scale == 1, UNSUPPORTED,
                   "column \"%.60s\" has a dictionary and the Arrow type \"%.30s\": its codes are "
                   "expected to be integers",
                   c->name, schema->format);
    PENSEL_REQUIRE(schema->dictionary->format, BAD_DATA,
                   "column \"%.60s\" has a dictionary without a type: a format is expected",
                   c->name);
    const arrow_type of = pensel_arrow_type(schema->dictionary);
    PENSEL_REQUIRE(of.kind != ARROW_DICTIONARY, UNSUPPORTED,
                   "column \"%.60s\" has a dictionary of the Arrow type \"%.30s\": numbers, texts, "
                   "booleans, dates and times are read",
                   c->name, schema->dictionary->format);
    return check(c, &of, schema->dictionary, words, words->length > 0 ? (size_t)words->length : 0,
                 error);
}

/* A table is a struct of columns, "+s". array NULL: its type alone, before the first batch. */
static pensel_status check_table(const struct ArrowSchema *schema, const struct ArrowArray *array,
                                 pensel_error *error)
{
    PENSEL_REQUIRE(schema->format && strcmp(schema->format, "+s") == 0, BAD_DATA,
                   "the Arrow type \"%.30s\" is no table: a struct of columns is expected",
                   schema->format ? schema->format : "");
    PENSEL_REQUIRE(schema->n_children > 0, BAD_DATA,
                   "the Arrow table has no columns: one or more are needed");
    for (int64_t i = 0; i < schema->n_children; i++)
        PENSEL_REQUIRE(schema->children && schema->children[i] && schema->children[i]->format,
                       BAD_DATA, "column %" PRId64 " has no type: a format is expected", i + 1);
    if (!array) return PENSEL_OK;
    PENSEL_REQUIRE(array->n_children == schema->n_children && array->children &&
                       array->length >= 0 && array->offset >= 0,
                   BAD_DATA, "the Arrow table has %" PRId64 " columns: its type has %" PRId64,
                   array->n_children, schema->n_children);
    return PENSEL_OK;
}

/* ------------------------------------------------ values */

/* As in npy_columns.c: the code of a text, 0 where it says that there is none. */
static pensel_status put_text(pensel_columns_maker *m, pensel_column_maker *c, size_t row,
                              const char *text, size_t length)
{
    uint32_t *to = (uint32_t *)c->codes + row;
    pensel_error *error = m->error;
    pensel_trim(&text, &length);
    *to = 0;
    if (pensel_cell_is_missing(text, length)) {
        c->missing++;
        return PENSEL_OK;
    }
    PENSEL_REQUIRE(!memchr(text, 0, length), BAD_DATA,
                   "row %zu, column \"%.60s\" has a zero byte: text is expected", row + 1, c->name);
    return pensel_dictionary_find(to, &c->dictionary, text, length, error);
}

/* An integer of 64 bits, as it lies in a buffer, which need not be aligned */
static uint64_t word_at(const struct ArrowArray *array, size_t at)
{
    uint64_t word;
    memcpy(&word, (const char *)array->buffers[1] + at * sizeof word, sizeof word);
    return word;
}

/* A number as a text: the shortest that reads back the same, of float32 and half precision as a
 * float. Integers of 64 bits are printed as such, for a double may not hold them. Length 0: NaN. */
static size_t print_number(char text[32], const arrow_type *type, const struct ArrowArray *array,
                           size_t at)
{
    double value = pensel_arrow_number(type, array, at);
    int most = type->code == 'f' || type->code == 'e' ? 9 : 17, length = 0;
    if (type->code == 'l' && type->scale == 1)
        return (size_t)snprintf(text, 32, "%" PRId64, (int64_t)word_at(array, at));
    if (type->code == 'L') return (size_t)snprintf(text, 32, "%" PRIu64, word_at(array, at));
    for (int digits = 1; digits <= most && !isnan(value); digits++) {
        length = snprintf(text, 32, "%.*g", digits, value);
        double again;
        if (pensel_number_parse(&again, text, (size_t)length) &&
            (most == 9 ? (float)again == (float)value : again == value))
            break;
    }
    return (size_t)length;
}

/* A value that is there, in a column of texts. Booleans are Python's words: they become the two
 * categories that a CSV file of pandas would have. */
static pensel_status put_as_text(pensel_columns_maker *m, pensel_column_maker *c, size_t row,
                                 const arrow_type *type, const struct ArrowArray *array, size_t at)
{
    const char *text = "";
    char number[32];
    size_t length = 0;
    pensel_error *error = m->error;
    if (type->kind == ARROW_BOOL) {
        text = pensel_arrow_number(type, array, at) != 0 ? "True" : "False";
        length = strlen(text);
    } else if (type->kind == ARROW_TEXT) {
        PENSEL_REQUIRE(pensel_arrow_text(&text, &length, type, array, at), BAD_DATA,
                       "row %zu, column \"%.60s\" has a text of no length: offsets must go up",
                       row + 1, c->name);
    } else {
        length = print_number(number, type, array, at);
        text = number;
    }
    return put_text(m, c, row, text, length);
}

/* Infinite is missing, and counted for a note; c->numbers has room for the row. */
static void put_number(pensel_column_maker *c, size_t row, double value)
{
    ((double *)c->numbers)[row] = isfinite(value) ? value : NAN;
    c->missing += isfinite(value) == 0;
    c->infinite += isinf(value) != 0;
}

/* Row `row` of a column, whatever it is. A dictionary's value may be missing by its index or by the
 * text that this stands for. `at` counts from the beginning of the buffers; a dictionary has an
 * offset of its own. Its values are always text here, numbers too. */
static pensel_status put(pensel_columns_maker *m, pensel_column_maker *c, size_t row,
                         const arrow_type *type, const struct ArrowSchema *schema,
                         const struct ArrowArray *array, size_t at)
{
    pensel_error *error = m->error;
    bool there = type->kind != ARROW_NULL && pensel_arrow_is_valid(array, at);
    bool text = c->form == PENSEL_COLUMN_TEXT;
    if (there && type->kind == ARROW_DICTIONARY) {
        double index = pensel_arrow_number(type, array, at);
        const struct ArrowArray *words = array->dictionary;
        arrow_type of = pensel_arrow_type(schema->dictionary);
        PENSEL_REQUIRE(index >= 0 && index < (double)words->length, BAD_DATA,
                       "row %zu, column \"%.60s\" has the code %g: its dictionary has %" PRId64
                       " texts",
                       row + 1, c->name, index, words->length);
        at = (size_t)index + (size_t)words->offset;
        if (of.kind != ARROW_NULL && pensel_arrow_is_valid(words, at))
            return put_as_text(m, c, row, &of, words, at);
        there = false;
    }
    if (text && there) return put_as_text(m, c, row, type, array, at);
    if (text) return put_text(m, c, row, "", 0);
    put_number(c, row, there ? pensel_arrow_number(type, array, at) : (double)NAN);
    return PENSEL_OK;
}

/* ------------------------------------------------ columns */

/* Integers that doubles cannot tell apart stay text, as they do in a CSV file. */
static bool has_large(const arrow_type *type, const struct ArrowArray *array, size_t first,
                      size_t rows)
{
    if ((type->code != 'l' && type->code != 'L') || type->kind != ARROW_NUMBER || type->scale != 1)
        return false;
    for (size_t r = 0; r < rows; r++)
        if (pensel_arrow_is_valid(array, first + r) &&
            fabs(pensel_arrow_number(type, array, first + r)) >= EXACT)
            return true;
    return false;
}

/* NaN is a missing value here as there; infinities are not, so a column that has one is copied. So
 * is one whose buffer is not aligned, as Arrow recommends and does not require. */
static bool is_borrowable(const arrow_type *type, const struct ArrowArray *array, size_t first,
                          size_t rows)
{
    if (type->code != 'g' || type->kind != ARROW_NUMBER || rows == 0 ||
        (array->null_count != 0 && array->buffers[0]) ||
        (uintptr_t)array->buffers[1] % _Alignof(double) != 0)
        return false;
    const double *values = (const double *)array->buffers[1] + first;
    for (size_t r = 0; r < rows; r++)
        if (isinf(values[r])) return false;
    return true;
}

/* The type decides, not the values: Arrow's text stays text, even if all of it is digits. */
static void form_of_type(pensel_column_maker *c, const arrow_type *type)
{
    bool text = type->kind == ARROW_TEXT || type->kind == ARROW_BOOL ||
                type->kind == ARROW_DICTIONARY || c->as_text;
    c->form = text                       ? PENSEL_COLUMN_TEXT
              : type->kind == ARROW_TIME ? PENSEL_COLUMN_TIME
                                         : PENSEL_COLUMN_NUMBER;
}

/* A block of codes or of numbers; no other column's changes. */
static pensel_status make_room(pensel_columns_maker *m, pensel_column_maker *c, size_t rows)
{
    bool text = c->form == PENSEL_COLUMN_TEXT;
    return pensel_resize(text ? &c->codes : &c->numbers, rows,
                         text ? sizeof(uint32_t) : sizeof(double), m->error);
}

/* What numbers have been read becomes text, with digits enough to come back the same. make_room
 * makes the codes; the numbers stay until the maker is cleared. */
static pensel_status turn_to_text(pensel_columns_maker *m, pensel_column_maker *c, size_t rows)
{
    const double *numbers = c->numbers;
    c->form = PENSEL_COLUMN_TEXT;
    c->missing = 0;
    PENSEL_TRY(make_room(m, c, rows + 1));
    for (size_t r = 0; r < rows; r++) {
        char text[32];
        int length = isnan(numbers[r]) ? 0 : snprintf(text, sizeof text, "%.17g", numbers[r]);
        PENSEL_TRY(put_text(m, c, r, text, (size_t)length));
    }
    return PENSEL_OK;
}

/* A batch of one column. `alone`: no other batch follows, so its values may be borrowed. A later
 * batch may bring a number that is too large for a double; then those before it become text. */
static pensel_status append(pensel_columns_maker *m, size_t column,
                            const struct ArrowSchema *schema, const struct ArrowArray *batch,
                            bool alone)
{
    pensel_column_maker *c = &m->list[column];
    const struct ArrowArray *array = batch->children[column];
    const arrow_type type = pensel_arrow_type(schema);
    size_t rows = (size_t)batch->length, first;
    /* A batch's offset counts into its columns, which must be that much longer. */
    PENSEL_TRY(check(c, &type, schema, array, rows + (size_t)batch->offset, m->error));
    if (type.kind == ARROW_DICTIONARY)
        PENSEL_TRY(check_dictionary(c, &type, schema, array->dictionary, m->error));
    first = (size_t)batch->offset + (size_t)array->offset;
    if (c->form == PENSEL_COLUMN_NUMBER && has_large(&type, array, first, rows))
        PENSEL_TRY(turn_to_text(m, c, m->rows));
    if (alone && c->form == PENSEL_COLUMN_NUMBER && is_borrowable(&type, array, first, rows)) {
        c->borrowed = (const double *)array->buffers[1] + first;
        for (size_t r = 0; r < rows; r++)
            c->missing += isnan(c->borrowed[r]) != 0;
        return PENSEL_OK;
    }
    PENSEL_TRY(make_room(m, c, m->rows + rows));
    for (size_t r = 0; r < rows; r++)
        PENSEL_TRY(put(m, c, m->rows + r, &type, schema, array, first + r));
    return PENSEL_OK;
}

/* Every column gets the batch's rows before the rows count. */
static pensel_status append_batch(pensel_columns_maker *m, const struct ArrowSchema *schema,
                                  const struct ArrowArray *batch, bool alone)
{
    PENSEL_TRY(check_table(schema, batch, m->error));
    for (size_t i = 0; i < m->count; i++)
        PENSEL_TRY(append(m, i, schema->children[i], batch, alone));
    m->rows += (size_t)batch->length;
    return PENSEL_OK;
}

/* Names and forms, from the schema alone. A column without a name is called "column". */
static pensel_status begin(pensel_columns_maker *m, const struct ArrowSchema *schema,
                           const pensel_columns_options *options, pensel_error *error)
{
    char **names;
    size_t count;
    PENSEL_TRY(check_table(schema, NULL, error));
    count = (size_t)schema->n_children;
    PENSEL_TRY(PENSEL_NEW(names, count, error));
    for (size_t i = 0; i < count; i++) {
        const char *name = schema->children[i]->name;
        names[i] = (char *)(name && *name ? name : "column");
    }
    pensel_status status = pensel_columns_maker_begin(m, names, count, "the table", error);
    pensel_release(names);
    if (status == PENSEL_OK && options) status = pensel_columns_maker_keep(m, options);
    for (size_t i = 0; i < count && status == PENSEL_OK; i++) {
        const arrow_type type = pensel_arrow_type(schema->children[i]);
        form_of_type(&m->list[i], &type);
        m->list[i].as_text = m->list[i].form == PENSEL_COLUMN_TEXT; /* Arrow's text is meant */
    }
    return status;
}

/* One batch, whose memory may be borrowed: the caller keeps it until the columns are freed. */
pensel_status pensel_columns_arrow(pensel_columns **columns, const struct ArrowSchema *schema,
                                   const struct ArrowArray *array,
                                   const pensel_columns_options *options, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_columns_maker m = {0};
    PENSEL_REQUIRE(columns && schema && array, BAD_ARGUMENT,
                   "columns, schema or array is NULL: all three are needed");
    *columns = NULL;
    pensel_status status = begin(&m, schema, options, error);
    if (status == PENSEL_OK) status = append_batch(&m, schema, array, true);
    if (status == PENSEL_OK) status = pensel_columns_maker_end(columns, &m);
    pensel_columns_maker_clear(&m);
    return status;
}

/* The stream's own words, if it has any. */
static pensel_status fail_stream(struct ArrowArrayStream *stream, pensel_error *error)
{
    const char *text = stream->get_last_error ? stream->get_last_error(stream) : NULL;
    return pensel_fail(error, PENSEL_IO_FAILED, "the Arrow stream failed: %.300s",
                       text ? text : "it does not say why");
}

/* Until a batch without a release function, which is how a stream ends. */
static pensel_status append_all(pensel_columns_maker *m, const struct ArrowSchema *schema,
                                struct ArrowArrayStream *stream)
{
    for (;;) {
        struct ArrowArray batch = {0};
        if (stream->get_next(stream, &batch)) return fail_stream(stream, m->error);
        if (!batch.release) return PENSEL_OK;
        pensel_status status = append_batch(m, schema, &batch, false);
        batch.release(&batch);
        PENSEL_TRY(status);
    }
}

/* Batches are released as they have been read, so nothing of them may be borrowed. The stream
 * itself stays the caller's. */
pensel_status pensel_columns_arrow_stream(pensel_columns **columns, struct ArrowArrayStream *stream,
                                          const pensel_columns_options *options,
                                          pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_columns_maker m = {0};
    struct ArrowSchema schema = {0};
    PENSEL_REQUIRE(columns && stream && stream->get_schema && stream->get_next, BAD_ARGUMENT,
                   "columns or stream is NULL: both are needed");
    *columns = NULL;
    if (stream->get_schema(stream, &schema)) return fail_stream(stream, error);
    pensel_status status = begin(&m, &schema, options, error);
    if (status == PENSEL_OK) status = append_all(&m, &schema, stream);
    if (status == PENSEL_OK) status = pensel_columns_maker_end(columns, &m);
    pensel_columns_maker_clear(&m);
    if (schema.release) schema.release(&schema);
    return status;
}
