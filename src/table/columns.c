/* Columns: made from what was read, or of the caller's memory.
 *
 *     pensel_columns_maker_begin     names; readers then put values in, row by row
 *     pensel_columns_maker_end       what each column is, from all its values (settle.c)
 *
 * A column is numbers (rows), NaN where there is none, or codes (rows) of distinct texts, 0 where
 * there is none. Names are distinct from here on, so whoever finds a column by its name has the one
 * that was meant. Blocks change their owner once, at the end; until then they are the maker's. */
#include "table/columns.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "platform/float.h"
#include "table/cell.h"
#include "table/settle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FEW_NAMES = 32 }; /* that are compared with each other faster than sorted */

/* What belongs to a pensel_columns. */
typedef struct columns_owner {
    pensel_columns view; /* first: a pointer to it is a pointer to the owner */
    pensel_column *list;
    char *names; /* one after another, of columns that had no maker; else NULL */
    pensel_columns_maker maker;
} columns_owner;

const char *pensel_header_name(pensel_header header)
{
    static const char *const names[] = {"auto", "yes", "no"};
    return (unsigned)header < 3 ? names[header] : NULL;
}

pensel_columns_options pensel_columns_defaults(void)
{
    return (pensel_columns_options){0};
}

/* ------------------------------------------------ names */

/* A name to be sorted, and which column has it. */
typedef struct named {
    const char *name;
    size_t index;
} named;

static int by_name(const void *a, const void *b)
{
    const named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static bool is_name(const named *order, size_t count, const char *name)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int side = strcmp(order[middle].name, name);
        if (side == 0) return true;
        if (side < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* "name.2", or the next number that makes a name of its own: the file may have a column "name.2"
 * already. Made names cannot meet, for what stands before the last point is the file's own name,
 * and its numbers only grow. 24 bytes are room for a point, any number and the zero. The old name
 * stays in `order`. */
static pensel_status rename_column(pensel_columns_maker *m, const named *order, size_t column,
                                   size_t *number)
{
    pensel_column_maker *c = &m->list[column];
    size_t size = strlen(c->name) + 24;
    char *name;
    PENSEL_TRY(PENSEL_NEW(name, size, m->error));
    do
        snprintf(name, size, "%s.%zu", c->name, (*number)++);
    while (is_name(order, m->count, name));
    pensel_status status =
        pensel_notes_add(&m->notes, m->error,
                         "the name \"%.60s\" stands more than once: column %zu becomes \"%.60s\"",
                         c->name, column + 1, name);
    c->name = name;
    return status;
}

/* Twins stand side by side in `order`, as in the file; the first keeps the name. */
static pensel_status rename_sorted(pensel_columns_maker *m, const named *order)
{
    for (size_t i = 0, next; i < m->count; i = next) {
        size_t number = 2;
        for (next = i + 1; next < m->count && strcmp(order[next].name, order[i].name) == 0;
             next++) {
            m->list[order[i].index].twice = m->list[order[next].index].twice = true;
            PENSEL_TRY(rename_column(m, order, order[next].index, &number));
        }
    }
    return PENSEL_OK;
}

/* Sorted by name and then by number: comparing each name with each would take a table of thousands
 * of columns too long. Names that were replaced are looked up until the end. */
static pensel_status rename_twins(pensel_columns_maker *m)
{
    named *order;
    PENSEL_TRY(PENSEL_NEW(order, m->count, m->error));
    for (size_t i = 0; i < m->count; i++)
        order[i] = (named){m->list[i].name, i};
    qsort(order, m->count, sizeof *order, by_name);
    pensel_status status = rename_sorted(m, order);
    for (size_t i = 0; i < m->count; i++)
        if (order[i].name != m->list[order[i].index].name) pensel_release((char *)order[i].name);
    pensel_release(order);
    return status;
}

/* Notes that a reader has already made stay. After a failure the maker is cleared by its owner. */
pensel_status pensel_columns_maker_begin(pensel_columns_maker *m, char *const *names, size_t count,
                                         const char *file, pensel_error *error)
{
    *m = (pensel_columns_maker){.file = file, .error = error, .notes = m->notes};
    PENSEL_TRY(PENSEL_NEW(m->list, count, error));
    m->count = count;
    for (size_t i = 0; i < count; i++) {
        m->list[i].open = true;
        PENSEL_TRY(pensel_duplicate(&m->list[i].name, names[i], error));
    }
    return rename_twins(m);
}

/* The index that a number from 1 stands for; SIZE_MAX: it is none, or beyond the columns. Digits
 * that overflow are the largest number, so beyond them too. */
static size_t by_number(size_t count, const char *name)
{
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    bool is_number = *name >= '0' && *name <= '9' && *end == 0;
    return is_number && number >= 1 && number <= count ? number - 1 : SIZE_MAX;
}

/* A name goes before a number: a column may be called 2. */
size_t pensel_name_find(char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return i;
    return by_number(count, name);
}

/* The same of columns that are made: their names are distinct, so there is one at most. */
size_t pensel_columns_find(const pensel_columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(columns->columns[i].name, name) == 0) return i;
    return by_number(columns->count, name);
}

/* In the words of a file's columns: pensel_name_missing finds the name that was perhaps meant. */
pensel_status pensel_columns_missing(const pensel_columns *columns, const char *file,
                                     const char *name, pensel_error *error)
{
    char **names;
    PENSEL_TRY(PENSEL_NEW(names, columns->count, error));
    for (size_t i = 0; i < columns->count; i++)
        names[i] = (char *)columns->columns[i].name;
    pensel_status status = pensel_name_missing(names, columns->count, file, name, error);
    pensel_release(names);
    return status;
}

/* A name that no column has marks nothing, and is no error here. */
pensel_status pensel_columns_maker_keep(pensel_columns_maker *m,
                                        const pensel_columns_options *options)
{
    pensel_error *error = m->error;
    char **names;
    PENSEL_REQUIRE(options->text || options->text_count == 0, BAD_ARGUMENT,
                   "options.text is NULL: %zu names are expected", options->text_count);
    if (options->text_count == 0) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(names, m->count, error));
    for (size_t i = 0; i < m->count; i++)
        names[i] = m->list[i].name;
    for (size_t i = 0; i < options->text_count; i++) {
        size_t c =
            options->text[i] ? pensel_name_find(names, m->count, options->text[i]) : SIZE_MAX;
        if (c == SIZE_MAX) continue;
        m->list[c].as_text = true;
        m->list[c].form = PENSEL_COLUMN_TEXT;
    }
    pensel_release(names);
    return PENSEL_OK;
}

/* ------------------------------------------------ making */

/* A column's block grows by remapping where it is large (pensel_resize), so nothing is copied. */
static pensel_status resize(pensel_columns_maker *m, pensel_column_maker *c, size_t room)
{
    if (c->borrowed) return PENSEL_OK;
    if (c->form == PENSEL_COLUMN_TEXT)
        return pensel_resize(&c->codes, room, sizeof(uint32_t), m->error);
    return pensel_resize(&c->numbers, room, sizeof(double), m->error);
}

/* All columns that take values have the same room, so one comparison a row is enough. It grows by
 * half; at first it is 32 MiB in all at most, for a table may be a few rows of a million columns.
 * Columns that are closed in this pass are left alone: their blocks may be larger. */
pensel_status pensel_columns_maker_room(pensel_columns_maker *m)
{
    if (m->rows < m->room) return PENSEL_OK;
    size_t share = ((size_t)1 << 22) / (m->count + 1), first = share < 16 ? 16 : share;
    size_t room = m->room ? m->room + m->room / 2 : first < 1024 ? first : 1024;
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].open) PENSEL_TRY(resize(m, &m->list[i], room));
    m->room = room;
    return PENSEL_OK;
}

/* Views of the maker's blocks, which live as long as the owner. texts is never NULL for a TEXT
 * column. */
static void give(pensel_column *column, const pensel_column_maker *c)
{
    static const char *const none[] = {NULL}; /* all are missing */
    *column = (pensel_column){.name = c->name,
                              .form = c->form,
                              .missing = c->missing,
                              .twice = c->twice,
                              .numeric = c->numeric,
                              .style = c->style};
    if (c->form != PENSEL_COLUMN_TEXT) {
        column->numbers = c->borrowed ? c->borrowed : c->numbers;
        return;
    }
    column->codes = c->codes;
    column->texts = c->dictionary.texts ? c->dictionary.texts : none;
    column->distinct = c->dictionary.count;
}

/* Blocks are trimmed to the rows there are. The maker moves into the owner as a whole and leaves an
 * empty one behind, so whoever clears it frees nothing of the columns. */
static pensel_status hand_over(columns_owner *o, pensel_columns_maker *m)
{
    PENSEL_TRY(PENSEL_NEW(o->list, m->count, m->error));
    for (size_t i = 0; i < m->count; i++) {
        PENSEL_TRY(resize(m, &m->list[i], m->rows));
        /* Not before the end: while rows are read, texts are found by the bytes of the file. */
        if (m->list[i].form == PENSEL_COLUMN_TEXT)
            PENSEL_TRY(pensel_dictionary_decode(&m->list[i].dictionary, m->error));
        give(&o->list[i], &m->list[i]);
    }
    o->view = (pensel_columns){
        m->rows, m->count, o->list, (const char *const *)m->notes.texts, m->notes.count, o};
    o->maker = *m;
    *m = (pensel_columns_maker){0};
    return PENSEL_OK;
}

/* Until hand_over is done the blocks are the maker's, so a failure loses none of them. */
pensel_status pensel_columns_maker_end(pensel_columns **columns, pensel_columns_maker *m)
{
    columns_owner *o;
    pensel_error *error = m->error;
    PENSEL_REQUIRE(m->rows > 0, BAD_DATA, "%s has no rows of data: a table needs 1 or more",
                   m->file);
    PENSEL_TRY(pensel_settle_all(m));
    PENSEL_TRY(PENSEL_NEW(o, 1, error));
    pensel_status status = hand_over(o, m);
    if (status == PENSEL_OK) {
        *columns = &o->view;
        return PENSEL_OK;
    }
    pensel_release(o->list);
    pensel_release(o);
    return status;
}

/* Borrowed numbers are the caller's. */
void pensel_columns_maker_clear(pensel_columns_maker *m)
{
    for (size_t i = 0; i < m->count; i++) {
        pensel_release(m->list[i].name);
        pensel_release(m->list[i].numbers);
        pensel_release(m->list[i].codes);
        pensel_dictionary_clear(&m->list[i].dictionary);
    }
    pensel_release(m->list);
    pensel_notes_clear(&m->notes);
    *m = (pensel_columns_maker){0};
}

void pensel_columns_free(pensel_columns **columns)
{
    columns_owner *o = columns && *columns ? (*columns)->owner : NULL;
    if (!o) return;
    *columns = NULL;
    pensel_release(o->list);
    pensel_release(o->names);
    pensel_columns_maker_clear(&o->maker);
    pensel_release(o);
}

/* ------------------------------------------------ reading */

/* By the first bytes, not the name: an array of NumPy's says what it is, all else is text. */
pensel_status pensel_columns_parse(pensel_columns **columns, pensel_source *source,
                                   const pensel_columns_options *options, pensel_error *error)
{
    pensel_columns_maker maker = {0};
    *columns = NULL;
    pensel_status status = pensel_source_need(source, 6, error);
    bool npy = source->end >= 6 && memcmp(source->buffer, "\x93NUMPY", 6) == 0;
    if (status == PENSEL_OK)
        status = npy ? pensel_npy_columns(&maker, source, options, error)
                     : pensel_csv_columns(&maker, source, options, error);
    if (status == PENSEL_OK) status = pensel_columns_maker_end(columns, &maker);
    pensel_columns_maker_clear(&maker);
    return status;
}

pensel_status pensel_columns_read(pensel_columns **columns, const char *path,
                                  const pensel_columns_options *options, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_source source;
    PENSEL_REQUIRE(columns && path && options, BAD_ARGUMENT,
                   "columns, path or options is NULL: options start from pensel_columns_defaults");
    *columns = NULL;
    PENSEL_REQUIRE(pensel_header_name(options->header), BAD_ARGUMENT,
                   "header %d is unknown: auto, yes or no", (int)options->header);
    PENSEL_TRY(pensel_source_open(&source, path, options->stream, error));
    pensel_status status = pensel_columns_parse(columns, &source, options, error);
    pensel_source_close(&source);
    return status;
}

bool pensel_text_is_missing(const char *text)
{
    return !text || pensel_cell_is_missing(text, strlen(text));
}

/* ------------------------------------------------ the caller's memory */

/* What readers make of a file the caller must have made: finite numbers, NaN where there is none.
 */
static pensel_status check_numbers(size_t *missing, const pensel_column *c, size_t rows,
                                   pensel_error *error)
{
    PENSEL_REQUIRE(c->numbers, BAD_ARGUMENT, "column \"%.60s\" has no numbers: %zu are expected",
                   c->name, rows);
    for (size_t r = 0; r < rows; r++) {
        PENSEL_REQUIRE(
            !isinf(c->numbers[r]), BAD_DATA,
            "column \"%.60s\" has an infinite number in row %zu: finite ones are expected, "
            "or NaN for a missing one",
            c->name, r + 1);
        *missing += isnan(c->numbers[r]) != 0;
    }
    return PENSEL_OK;
}

/* Codes index texts from here on without a check. texts[0] is for what is missing, and not looked
 * at. */
static pensel_status check_texts(size_t *missing, const pensel_column *c, size_t rows,
                                 pensel_error *error)
{
    PENSEL_REQUIRE(c->codes && c->texts, BAD_ARGUMENT,
                   "column \"%.60s\" has no codes or no texts: both are needed", c->name);
    for (size_t i = 1; i <= c->distinct; i++)
        PENSEL_REQUIRE(c->texts[i] && pensel_text_is_utf8(c->texts[i]), BAD_DATA,
                       "column \"%.60s\": text %zu is not UTF-8", c->name, i);
    for (size_t r = 0; r < rows; r++) {
        PENSEL_REQUIRE(c->codes[r] <= c->distinct, BAD_DATA,
                       "column \"%.60s\" has code %u in row %zu: 0 to %zu are expected", c->name,
                       (unsigned)c->codes[r], r + 1, c->distinct);
        *missing += c->codes[r] == 0;
    }
    return PENSEL_OK;
}

/* Whether names are few and all distinct. Then a row of a table, which somebody may hand over a
 * million times, needs no maker, and so no block for each name; many are sorted by it. */
static bool are_distinct(const pensel_column *list, size_t count)
{
    if (count > FEW_NAMES) return false;
    for (size_t i = 1; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (*list[i].name == *list[k].name && strcmp(list[i].name, list[k].name) == 0)
                return false;
    return true;
}

static pensel_status copy_names(columns_owner *o, const pensel_column *list, size_t count,
                                pensel_error *error)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += strlen(list[i].name) + 1;
    PENSEL_TRY(PENSEL_NEW(o->names, bytes, error));
    char *to = o->names;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(list[i].name) + 1;
        o->list[i].name = memcpy(to, list[i].name, length);
        to += length;
    }
    return PENSEL_OK;
}

/* The maker tells columns of one name apart, and says so in its notes. */
static pensel_status make_names(columns_owner *o, const pensel_column *list, size_t count,
                                pensel_error *error)
{
    char **names;
    PENSEL_TRY(PENSEL_NEW(names, count, error));
    for (size_t i = 0; i < count; i++)
        names[i] = (char *)list[i].name;
    pensel_status status = pensel_columns_maker_begin(&o->maker, names, count, "the table", error);
    pensel_release(names);
    for (size_t i = 0; i < count && status == PENSEL_OK; i++) {
        o->list[i].name = o->maker.list[i].name;
        o->list[i].twice = o->maker.list[i].twice;
    }
    return status;
}

/* The list and the names are copies, the values are the caller's. All is checked once, so nothing
 * that reads columns has to. */
static pensel_status borrow(columns_owner *o, size_t rows, const pensel_column *list, size_t count,
                            pensel_error *error)
{
    for (size_t i = 0; i < count; i++)
        PENSEL_REQUIRE(list[i].name && pensel_text_is_utf8(list[i].name), BAD_ARGUMENT,
                       "column %zu has no name in UTF-8: give it one", i + 1);
    PENSEL_TRY(PENSEL_NEW(o->list, count, error));
    for (size_t i = 0; i < count; i++) {
        o->list[i] = list[i];
        o->list[i].missing = 0;
        o->list[i].twice = false;
    }
    PENSEL_TRY(are_distinct(list, count) ? copy_names(o, list, count, error)
                                         : make_names(o, list, count, error));
    for (size_t i = 0; i < count; i++) {
        pensel_column *c = &o->list[i];
        PENSEL_TRY(c->form == PENSEL_COLUMN_TEXT ? check_texts(&c->missing, c, rows, error)
                                                 : check_numbers(&c->missing, c, rows, error));
    }
    o->view = (pensel_columns){
        rows, count, o->list, (const char *const *)o->maker.notes.texts, o->maker.notes.count, o};
    return PENSEL_OK;
}

/* The owner is in the view before anything can fail, so one call frees it. */
pensel_status pensel_columns_new(pensel_columns **columns, size_t rows, const pensel_column *list,
                                 size_t count, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    columns_owner *o;
    PENSEL_REQUIRE(columns && list, BAD_ARGUMENT, "columns or list is NULL: both are needed");
    *columns = NULL;
    PENSEL_REQUIRE(count > 0, BAD_ARGUMENT, "the table has no columns: 1 or more are needed");
    PENSEL_REQUIRE(rows > 0, BAD_DATA, "the table has no rows: 1 or more is needed");
    PENSEL_TRY(PENSEL_NEW(o, 1, error));
    o->view.owner = o;
    pensel_status status = borrow(o, rows, list, count, error);
    *columns = &o->view;
    if (status != PENSEL_OK) pensel_columns_free(columns);
    return status;
}
