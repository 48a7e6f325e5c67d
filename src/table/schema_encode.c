/* Rows to inputs. A column is turned into one number for each row first, whatever its form: a
 * number, seconds, or which category; NaN or 0 is none. Then that number becomes inputs:
 *
 *     number     robust(x) = squeeze((x - median) / spread),   squeeze(u) = u / sqrt(1 + (u / 3)^2)
 *     date       robust(seconds), robust(year), (sin, cos) of 2 pi times each turn
 *     category   -1 or 1; or one input each; or its code
 *     missing    0, the median and the middle of a circle; code 0; and 1 in the input for gaps
 *
 * x (row_count, width): numbers, plain ones, codes. Everything is finite, whatever the table has.
 * The schema is only read, so any number of threads may encode with it. */
#include "base/error.h"
#include "base/memory.h"
#include "platform/float.h"
#include "table/columns.h"
#include "table/cell.h"
#include "table/schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TWO_PI 6.28318530717958647692

enum { FEW_TEXTS = 16 }; /* that need no memory of their own, as those of a row */

/* A column and what its texts stand for */
typedef struct source {
    const pensel_schema_field *field;
    const pensel_column *column;
    double *by_code; /* (distinct + 1) of texts; NaN or, of a category, 0: none */
    double few[FEW_TEXTS];
} source;

/* Categories are 1..count; 0: none */
static double find_text(const pensel_schema_field *field, const char *text)
{
    size_t low = 0, count = field->category_count;
    while (count > 0) {
        size_t half = count / 2;
        int order = strcmp(field->categories[low + half], text);
        if (order == 0) return (double)(low + half + 1);
        if (order < 0) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return 0;
}

/* A number among the categories, however it is written: 7, 7.0 and "7" are one. */
static double find_number(const pensel_schema_field *field, double x)
{
    for (size_t c = 0; c < field->category_count; c++)
        if (field->values[c] == x) return (double)(c + 1);
    return 0;
}

double pensel_number_read(const char *text, pensel_number_style style)
{
    double x;
    unsigned unit;
    return pensel_cell_number(&x, &unit, text, strlen(text), style) && isfinite(x) ? x : NAN;
}

/* A number in a column of dates: seconds, or the date that it writes */
static double date_number(const pensel_schema_field *field, double x)
{
    double seconds;
    if (!field->compact) return x;
    return pensel_date_of_number(&seconds, x) ? seconds : NAN;
}

/* What one text stands for, by the field's role. A number's style is the training's, not this
 * table's: 4.321 alone may be four or four thousand. A date may be a number of seconds too. */
static double read_text(const source *s, const char *text)
{
    double x;
    if (s->field->role == PENSEL_ROLE_NUMBER) return pensel_number_read(text, s->field->style);
    if (s->field->role == PENSEL_ROLE_DATE)
        return pensel_date_read(&x, text, s->field->day_first)
                   ? x
                   : date_number(s->field, pensel_number_read(text, PENSEL_NUMBERS_PLAIN));
    double found = find_text(s->field, text);
    return found > 0 ? found : find_number(s->field, pensel_number_read(text, s->column->style));
}

/* Each distinct text is read once: a column of a million rows and ten texts costs ten. */
static pensel_status open_source(source *s, pensel_error *error)
{
    const pensel_column *c = s->column;
    if (c->form != PENSEL_COLUMN_TEXT) return PENSEL_OK;
    s->by_code = s->few;
    if (c->distinct + 1 > FEW_TEXTS) PENSEL_TRY(PENSEL_NEW(s->by_code, c->distinct + 1, error));
    s->by_code[0] = s->field->role == PENSEL_ROLE_CATEGORY ? 0 : NAN;
    for (size_t t = 1; t <= c->distinct; t++)
        s->by_code[t] = read_text(s, c->texts[t]);
    return PENSEL_OK;
}

static void close_source(source *s)
{
    if (s->by_code != s->few) pensel_release(s->by_code);
}

/* There is no value at all; one that is there and not understood is another thing. */
static bool is_missing(const source *s, size_t row)
{
    const pensel_column *c = s->column;
    return c->form == PENSEL_COLUMN_TEXT ? c->codes[row] == 0 : !isfinite(c->numbers[row]);
}

/* A date beyond PENSEL_DATE_SECONDS is none, as for learning. */
static double value_at(const source *s, size_t row)
{
    const pensel_column *c = s->column;
    double x;
    if (c->form == PENSEL_COLUMN_TEXT)
        x = s->by_code[c->codes[row]];
    else if (s->field->role == PENSEL_ROLE_CATEGORY)
        x = is_missing(s, row) ? 0 : find_number(s->field, c->numbers[row]);
    else if (s->field->role == PENSEL_ROLE_DATE && c->form == PENSEL_COLUMN_NUMBER)
        x = date_number(s->field, c->numbers[row]);
    else
        x = c->numbers[row];
    if (s->field->role == PENSEL_ROLE_DATE && !(fabs(x) < PENSEL_DATE_SECONDS)) return NAN;
    return x;
}

/* Far out u^2 would overflow, so the limits +-3 are given at once, for infinite u too. */
static float squeeze(double u)
{
    if (!(fabs(u) < 1e150)) return u > 0 ? 3 : -3;
    return (float)(u / sqrt(1 + u * u / 9));
}

/* A constant, spread 0, and a missing value are 0: where the median lies. */
static float robust(const pensel_robust *r, double x)
{
    return r->spread > 0 && !isnan(x) ? squeeze((x - r->median) / r->spread) : 0;
}

/* ------------------------------------------------------------------ one value */

/* A point on a circle, so that the last day of a year is near the first; its middle where there is
 * none. */
static void put_circle(float **to, double turn)
{
    *(*to)++ = isnan(turn) ? 0 : (float)sin(TWO_PI * turn);
    *(*to)++ = isnan(turn) ? 0 : (float)cos(TWO_PI * turn);
}

static void put_date(const pensel_schema_field *field, float *number, float **plain, double x)
{
    pensel_date_parts p = {NAN, NAN, NAN, NAN};
    if (!isnan(x)) p = pensel_date_split(x);
    if (field->parts & PENSEL_DATE_SINCE) *number++ = robust(&field->number, x);
    if (field->parts & PENSEL_DATE_YEAR) *number++ = robust(&field->year, p.year);
    if (field->parts & PENSEL_DATE_DAY) put_circle(plain, p.day);
    if (field->parts & PENSEL_DATE_WEEKDAY) put_circle(plain, p.weekday);
    if (field->parts & PENSEL_DATE_TIME) put_circle(plain, p.time);
}

/* One input for each, robustly scaled as numbers are: its median is 0 or 1, and its middle half of
 * length 1, or its range of length 2. With p the category's share of the rows,
 *
 *     squeeze((1 if it is this one - 1 if p > 1/2) / (1 if 1/4 <= p <= 3/4, else 1/2)) */
static void put_categories(const pensel_schema_field *field, float *plain, size_t found)
{
    if (field->category_count == 2) {
        *plain = found == 0 ? 0 : found == 1 ? -1 : 1;
        return;
    }
    for (size_t c = 0; c < field->category_count; c++) {
        double share = field->shares[c], spread = share >= 0.25 && share <= 0.75 ? 1 : 0.5;
        plain[c] = squeeze(((found == c + 1) - (double)(share > 0.5)) / spread);
    }
}

/* Zones begin at 0, schema->numbers and schema->numbers + schema->plain of the row (width). */
static void put_value(const pensel_schema *schema, const pensel_schema_field *field, float *row,
                      double x)
{
    float *number = row + field->number_at, *plain = row + schema->numbers + field->plain_at;
    if (field->role == PENSEL_ROLE_CATEGORY) {
        if (pensel_field_codes(field))
            row[schema->numbers + schema->plain + field->code_at] = (float)x;
        else
            put_categories(field, plain, (size_t)x);
        return;
    }
    if (field->role == PENSEL_ROLE_NUMBER)
        *number = robust(&field->number, x);
    else
        put_date(field, number, &plain, x);
    if (field->indicator) *plain = isnan(x) ? 1.0F : 0.0F;
}

/* ------------------------------------------------------------------ all of them */

/* A missing value is only worth a notice if the training had none in this column. `unseen`: there
 * is a value, but no number and no category that the training knew. */
static void notice(const source *s, pensel_schema_notice *notices, size_t i, size_t row, double x)
{
    bool none = s->field->role == PENSEL_ROLE_CATEGORY ? x == 0 : isnan(x);
    if (!none) return;
    if (is_missing(s, row)) {
        if (!s->field->indicator) notices->missing++;
    } else if (notices->unseen++ == 0) {
        notices->row = i;
    }
}

/* Rows that are listed, or the first ones; `notices` knows rows by their index in that list. */
static pensel_status encode_field(const pensel_schema *schema, source *s, float *x,
                                  pensel_schema_notice *notices, const size_t *rows,
                                  size_t row_count, pensel_error *error)
{
    size_t width = schema->numbers + schema->plain + schema->codes;
    pensel_status status = open_source(s, error);
    for (size_t i = 0; i < row_count && status == PENSEL_OK; i++) {
        size_t row = rows ? rows[i] : i;
        double value = value_at(s, row);
        if (notices) notice(s, notices, i, row, value);
        put_value(schema, s->field, x + i * width, value);
    }
    close_source(s);
    return status;
}

/* Columns mostly stand in the schema's order, so the search begins behind the last one found. */
static const pensel_column *find_column(const pensel_columns *columns, const char *name,
                                        size_t *from)
{
    for (size_t k = 0; k < columns->count; k++) {
        size_t c = (*from + k) % columns->count;
        if (strcmp(columns->columns[c].name, name) != 0) continue;
        *from = c + 1;
        return &columns->columns[c];
    }
    return NULL;
}

/* Column by column, so that each text is read once; x (row_count, width) is written in strides. A
 * column of the schema that has inputs must be there, by its name; its position does not matter,
 * and others beside it are not looked at. */
pensel_status pensel_schema_encode(const pensel_schema *schema, float *x,
                                   pensel_schema_notice *notices, const pensel_columns *columns,
                                   const size_t *rows, size_t row_count, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    PENSEL_REQUIRE(schema && x && columns, BAD_ARGUMENT,
                   "schema, columns or the place for inputs is NULL: all are needed");
    size_t from = 0;
    if (notices) memset(notices, 0, schema->count * sizeof *notices);
    for (size_t i = 0; i < schema->count; i++) {
        source s;
        s.by_code = NULL;
        s.field = &schema->fields[i];
        if (s.field->role > PENSEL_ROLE_DATE) continue;
        s.column = find_column(columns, s.field->name, &from);
        if (!s.column) return pensel_columns_missing(columns, "the table", s.field->name, error);
        PENSEL_TRY(
            encode_field(schema, &s, x, notices ? &notices[i] : NULL, rows, row_count, error));
    }
    return PENSEL_OK;
}
