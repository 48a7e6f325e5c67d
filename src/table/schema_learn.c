/* What each column of a table is, from its values. The rules are few, the same for all tables, and
 * err on the side of keeping a column: what is left out is said, and the caller may object.
 *
 *     texts      constant? dates? nearly all numbers? too many different ones? else categories
 *     numbers    constant? times? dates? row numbers or keys? two values? else a number
 *
 * Then learn_role finds what the role needs: median and spread, parts of a date, categories. Only
 * the rows that count are looked at, and never the target: so a schema may be learned before rows
 * are held out. Distinct texts are judged once each, whatever the number of rows. */
#include "base/error.h"
#include "base/memory.h"
#include "base/sort.h"
#include "platform/float.h"
#include "table/cell.h"
#include "table/columns.h"
#include "table/schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEW_ROWS = 5,      /* with fewer, values that are all different say nothing */
    MANY_TEXTS = 50,   /* more texts than this, and than half the rows, are no categories */
    RARE_FROM = 8,     /* with more categories, those that occur once are "other" */
    MANY_NUMBERS = 20, /* among texts: as many make a measure */
    LEAST_PAIRS = 7,   /* that chance would have made equal: without one, e^-7 */
};
#define NUMERIC_SHARE 0.9 /* of texts that are numbers, for a column of numbers */

/* A column, the rows that count, and what is found of them */
typedef struct study {
    const pensel_column *column;
    bool nameless;      /* the file has no name for it, but for others */
    const size_t *rows; /* NULL: the first ones */
    size_t row_count;
    double *values; /* (row_count) of numbers and dates: those there are, sorted */
    double *room;   /* (row_count) */
    size_t present;
    const pensel_column *sorted; /* `values` are all finite numbers of this one */
    size_t *counts;              /* of texts: (distinct + 1) */
    double *numbers;             /* of texts: (distinct + 1) as numbers or dates, NaN: it is none */
} study;

/* The table's row of the i-th one that counts. */
static size_t row_of(const study *s, size_t i)
{
    return s->rows ? s->rows[i] : i;
}

/* Sorts the column's numbers below `most`, or those that its texts stand for, into `values`.
 * Whoever asks for all numbers of one column twice has them sorted once: `sorted` remembers whose
 * they are. Texts are always collected again, for they may be numbers now and dates before. */
static void collect_values(study *s, double most)
{
    const pensel_column *c = s->column;
    if (s->sorted == c && most == INFINITY) return;
    s->present = 0;
    for (size_t i = 0; i < s->row_count; i++) {
        size_t r = row_of(s, i);
        double x = c->form == PENSEL_COLUMN_TEXT ? s->numbers[c->codes[r]] : c->numbers[r];
        if (isfinite(x) && fabs(x) < most) s->values[s->present++] = x;
    }
    pensel_sort_numbers(s->values, s->room, s->present);
    s->sorted = c->form != PENSEL_COLUMN_TEXT && most == INFINITY ? c : NULL;
}

/* Of sorted values: a new one is one that differs from its neighbour. */
static size_t count_distinct(const study *s)
{
    size_t distinct = s->present > 0;
    for (size_t i = 1; i < s->present; i++)
        distinct += s->values[i] != s->values[i - 1];
    return distinct;
}

/* With linear interpolation, as NumPy does it: x at q (n - 1), between the two that stand there. n
 * is 1 or more. */
static double quantile(const double *sorted, size_t n, double q)
{
    double at = q * (double)(n - 1), whole = floor(at);
    size_t i = (size_t)whole;
    double part = at - whole; /* no difference, which may overflow */
    return i + 1 < n ? (1 - part) * sorted[i] + part * sorted[i + 1] : sorted[n - 1];
}

/* Holzmueller et al. 2024: the middle half is of length 1, or if it has none the whole range of
 * length 2. A spread of 0 is a constant.
 *
 *     spread = q75 - q25,   or (max - min) / 2 if that is 0
 *
 * Halves are subtracted, since the difference of the ends may overflow; a middle half that does is
 * given up as a constant. */
static pensel_robust measure(const double *sorted, size_t n)
{
    if (n == 0) return (pensel_robust){0};
    double spread = quantile(sorted, n, 0.75) - quantile(sorted, n, 0.25);
    if (!(spread > 0)) spread = sorted[n - 1] / 2 - sorted[0] / 2;
    if (!isfinite(spread)) spread = 0;
    return (pensel_robust){quantile(sorted, n, 0.5), spread, sorted[0], sorted[n - 1]};
}

/* ------------------------------------------------------------------ texts */

/* Three blanks or more for each different text, in the mean: sentences, not names. Texts of rows
 * that do not count have no say. */
static bool has_words(const study *s)
{
    size_t words = 0, texts = 0;
    for (size_t t = 1; t <= s->column->distinct; t++) {
        if (!s->counts[t]) continue;
        texts++;
        for (const char *p = s->column->texts[t]; *p; p++)
            words += *p == ' ';
    }
    return words >= 3 * texts;
}

/* Reads all texts as numbers; how many rows have one. */
static size_t read_numbers(study *s)
{
    size_t rows = 0;
    s->numbers[0] = NAN;
    for (size_t t = 1; t <= s->column->distinct; t++) {
        const char *text = s->column->texts[t];
        unsigned unit;
        if (!pensel_cell_number(&s->numbers[t], &unit, text, strlen(text), s->column->style) ||
            !isfinite(s->numbers[t]))
            s->numbers[t] = NAN;
        else
            rows += s->counts[t];
    }
    return rows;
}

/* As read_numbers, for dates: numbers[] become seconds since 1970. */
static size_t read_dates(study *s, bool day_first)
{
    size_t rows = 0;
    s->numbers[0] = NAN;
    for (size_t t = 1; t <= s->column->distinct; t++)
        if (!s->counts[t] || !pensel_date_read(&s->numbers[t], s->column->texts[t], day_first))
            s->numbers[t] = NAN;
        else
            rows += s->counts[t];
    return rows;
}

/* Month first where both are possible, as in R and pandas; the day where dots are between. The
 * order that reads more rows is the column's: one 13/01 decides it for all. numbers[] are of that
 * order afterwards. */
static size_t read_dates_either_way(study *s, pensel_schema_field *field)
{
    const char *text = s->column->distinct > 0 ? s->column->texts[1] : "";
    bool dots = text[strspn(text, "0123456789")] == '.'; /* not those of a fraction of a second */
    size_t month = read_dates(s, false), day = read_dates(s, true);
    field->day_first = dots ? day >= month : day > month;
    return field->day_first ? day : read_dates(s, false);
}

/* counts[code] rows of each text; code 0 is what is missing. */
static void count_texts(study *s, pensel_schema_field *field)
{
    field->distinct = 0;
    for (size_t i = 0; i < s->row_count; i++)
        s->counts[s->column->codes[row_of(s, i)]]++;
    field->missing = s->counts[0];
    for (size_t t = 1; t <= s->column->distinct; t++)
        field->distinct += s->counts[t] > 0;
}

/* The order matters: a column of dates is also one of many different texts, and a column of numbers
 * with some words in it would be categories.
 *
 *     different   the rule, the first that holds
 *     0, 1        constant; but one text and gaps are a category
 *     all dates   date; or 9 of 10 of many
 *     numeric     numerals (007), or asked for as text: number if there are many, else category
 *     9 of 10     numbers with some odd texts: number
 *     too many    free text if they have words, else identifier
 *     else        category */
static pensel_role role_of_texts(study *s, pensel_schema_field *field)
{
    size_t present = s->row_count - field->missing, distinct = field->distinct;
    if (distinct == 0 || (distinct == 1 && field->missing == 0)) return PENSEL_ROLE_CONSTANT;
    if (distinct == 1) return PENSEL_ROLE_CATEGORY;
    size_t dates = s->column->numeric ? 0 : read_dates_either_way(s, field);
    bool some = (double)dates >= NUMERIC_SHARE * (double)present && distinct > MANY_NUMBERS;
    if (dates == present || some) return PENSEL_ROLE_DATE;
    size_t numeric = read_numbers(s);
    bool many = distinct > MANY_TEXTS && 2 * distinct > present;
    if (s->column->numeric) return many ? PENSEL_ROLE_NUMBER : PENSEL_ROLE_CATEGORY;
    if ((double)numeric >= NUMERIC_SHARE * (double)present && distinct > MANY_NUMBERS)
        return PENSEL_ROLE_NUMBER;
    if (many || (distinct == present && present >= FEW_ROWS))
        return has_words(s) ? PENSEL_ROLE_TEXT : PENSEL_ROLE_IDENTIFIER;
    return PENSEL_ROLE_CATEGORY;
}

/* ------------------------------------------------------------------ numbers */

/* "id", "ID", "customer_id", "customerId"; but not "paid": a small id at the end counts only behind
 * a mark. */
static bool is_named_id(const char *name)
{
    size_t n = strlen(name);
    if (n < 2) return false;
    const char *end = name + n - 2;
    bool small = strcmp(end, "id") == 0, large = strcmp(end, "ID") == 0 || strcmp(end, "Id") == 0;
    if (n == 2) return small || large;
    return large || (small && strchr("_-. ", end[-1]));
}

/* What R and pandas call the numbers of rows, where they have a name for them. */
static bool is_named_row(const char *name)
{
    static const char *const names[] = {"row",       "rowname",   "rownames",  "row_names",
                                        "row.names", "row names", "Unnamed: 0"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

/* In the table's order each is the one before and 1, as row numbers are. The difference of two rows
 * is compared with that of their row numbers in the table, for rows without a target are not looked
 * at. */
static bool counts_up(const study *s)
{
    const double *x = s->column->numbers;
    for (size_t i = 1; i < s->row_count; i++)
        if (x[row_of(s, i)] - x[row_of(s, i - 1)] != (double)(row_of(s, i) - row_of(s, i - 1)))
            return false;
    return true;
}

/* Of n numbers drawn from a range of R whole ones, pairs = n (n - 1) / (2 R) are equal in the mean
 * or more, and the chance that none is equal to another is e^-pairs or less. Where none is all the
 * same, each row was given one of its own: rows have been numbered, and then shuffled or drawn. */
static bool were_given_out(const study *s)
{
    double n = (double)s->present, range = s->values[s->present - 1] - s->values[0] + 1;
    return n * (n - 1) > 2 * LEAST_PAIRS * range;
}

static bool are_whole(const study *s)
{
    for (size_t i = 0; i < s->present; i++)
        if (s->values[i] != floor(s->values[i])) return false;
    return true;
}

/* Whole numbers, another one in each row, that are the rows' own: by their order, by how close they
 * lie or by their name. A series of years is none. */
static bool are_row_numbers(const study *s, const pensel_schema_field *field)
{
    const char *name = s->column->name;
    if (field->missing > 0 || s->row_count < FEW_ROWS || field->distinct != s->row_count ||
        !are_whole(s))
        return false;
    if (is_named_id(name) || is_named_row(name) || s->nameless) return true;
    bool years = s->values[0] >= 1500 && s->values[s->present - 1] <= 2200;
    return !years && (counts_up(s) || were_given_out(s));
}

/* Whether the name has one of the words that columns of dates have, in any case. */
static bool is_named_date(const char *name)
{
    static const char *const words[] = {"date",  "datum",  "fecha", "day",
                                        "month", "yyyymm", "period"};
    for (; *name; name++)
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            size_t same = 0;
            while (words[i][same] && words[i][same] == (name[same] | 32))
                same++;
            if (!words[i][same]) return true;
        }
    return false;
}

/* All of the sorted values are dates as numbers, of one width */
static bool are_dates(const study *s)
{
    double seconds, low = s->present ? s->values[0] : 0,
                    high = s->present ? s->values[s->present - 1] : 0;
    if (low < 190001 || (low < 1e6) != (high < 1e6) || (low < 1e9) != (high < 1e9)) return false;
    for (size_t i = 0; i < s->present; i++)
        if (!pensel_date_of_number(&seconds, s->values[i])) return false;
    return true;
}

/* 20201231 and 202012. Of numbers of eight digits in these centuries one in 27 is a day that there
 * is, of six digits one in eight a month, so a few that all are make a date nearly sure. Keys that
 * count up within one month, or codes within a year, are told from them by the name. */
static bool are_sure_dates(const study *s, const pensel_schema_field *field)
{
    if (field->distinct < 3 || is_named_id(s->column->name) || !are_dates(s)) return false;
    if (is_named_date(s->column->name)) return true;
    double scale =
        s->values[0] >= 1e13 ? 1e8 : 100; /* what is left: months, or of six digits years */
    bool spread = floor(s->values[0] / scale) < floor(s->values[s->present - 1] / scale);
    return spread && field->distinct >= (s->values[0] < 1e6 ? 8 : 5);
}

/* Row numbers and keys come before the rest: they are numbers, and different in each row; but so
 * may dates be. */
static pensel_role role_of_numbers(study *s, pensel_schema_field *field)
{
    collect_values(s, INFINITY);
    field->distinct = count_distinct(s);
    field->missing = s->row_count - s->present;
    if (field->distinct == 0 || (field->distinct == 1 && field->missing == 0))
        return PENSEL_ROLE_CONSTANT;
    if (s->column->form == PENSEL_COLUMN_TIME) return PENSEL_ROLE_DATE;
    field->compact = are_sure_dates(s, field);
    if (field->compact) return PENSEL_ROLE_DATE;
    if (are_row_numbers(s, field)) return PENSEL_ROLE_IDENTIFIER;
    return field->distinct <= 2 ? PENSEL_ROLE_CATEGORY : PENSEL_ROLE_NUMBER;
}

/* ------------------------------------------------------------------ what a role needs */

/* `odd` are values that are there but are no number: texts among numbers. They and missing ones are
 * the median later, and the indicator says so. */
static void learn_number(study *s, pensel_schema_field *field)
{
    if (s->column->form == PENSEL_COLUMN_TEXT) read_numbers(s);
    collect_values(s, INFINITY);
    field->odd = s->row_count - s->present - field->missing;
    field->number = measure(s->values, s->present);
    field->indicator = s->present < s->row_count;
}

/* Only the parts that vary become inputs. */
static void learn_date(study *s, pensel_schema_field *field)
{
    if (s->column->form == PENSEL_COLUMN_TEXT) read_dates(s, field->day_first);
    collect_values(s, field->compact ? INFINITY : PENSEL_DATE_SECONDS);
    for (size_t i = 0; i < s->present && field->compact; i++) /* they stay sorted */
        pensel_date_of_number(&s->values[i], s->values[i]);
    field->odd = s->row_count - s->present - field->missing;
    field->number = measure(s->values, s->present);
    field->indicator = s->present < s->row_count;
    pensel_date_parts first = {0};
    if (s->present > 0) first = pensel_date_split(s->values[0]);
    field->parts = field->number.spread > 0 ? PENSEL_DATE_SINCE : 0;
    for (size_t i = 0; i < s->present; i++) {
        pensel_date_parts p = pensel_date_split(s->values[i]);
        if (p.year != first.year) field->parts |= PENSEL_DATE_YEAR;
        if (p.day != first.day) field->parts |= PENSEL_DATE_DAY;
        if (p.weekday != first.weekday) field->parts |= PENSEL_DATE_WEEKDAY;
        if (p.time != first.time) field->parts |= PENSEL_DATE_TIME;
        s->values[i] = p.year; /* they stay sorted */
    }
    s->sorted = NULL;
    field->year = measure(s->values, s->present);
}

typedef struct counted {
    char *text;
    size_t count;
} counted;

/* The most frequent first; of as frequent ones by letter, so that what is kept does not depend on
 * the order of rows. */
static int by_count(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return strcmp(x->text, y->text);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const counted *)a)->text, ((const counted *)b)->text);
}

/* Keeps the most frequent of `found`, sorted by text; the others are "other". Of more
 * than RARE_FROM those that stand once go, from the end of the list, where the rarest are. shares[]
 * are of all rows that count, so they sum to less than 1 where some are missing or "other".
 * category_count grows with each text that is copied, so that a failure frees those. */
static pensel_status keep_categories(pensel_schema_field *field, counted *found, size_t count,
                                     size_t rows, pensel_error *error)
{
    size_t kept = count;
    qsort(found, count, sizeof *found, by_count);
    if (kept > PENSEL_CATEGORIES_MOST) kept = PENSEL_CATEGORIES_MOST;
    while (kept > RARE_FROM && found[kept - 1].count < 2)
        kept--;
    qsort(found, kept, sizeof *found, by_text);
    PENSEL_TRY(PENSEL_NEW(field->categories, kept, error));
    PENSEL_TRY(PENSEL_NEW(field->shares, kept, error));
    for (size_t i = 0; i < kept; i++) {
        PENSEL_TRY(pensel_duplicate(&field->categories[i], found[i].text, error));
        field->shares[i] = (double)found[i].count / (double)rows;
        field->category_count = i + 1;
    }
    return PENSEL_OK;
}

/* Only texts of rows that count: the column may have others. */
static pensel_status categories_of_texts(const study *s, pensel_schema_field *field,
                                         pensel_error *error)
{
    counted *found;
    size_t count = 0;
    PENSEL_TRY(PENSEL_NEW(found, s->column->distinct, error));
    for (size_t t = 1; t <= s->column->distinct; t++)
        if (s->counts[t]) found[count++] = (counted){(char *)s->column->texts[t], s->counts[t]};
    pensel_status status = keep_categories(field, found, count, s->row_count, error);
    pensel_release(found);
    return status;
}

/* Of numbers, by their shortest texts: `values` are sorted, so equal ones stand side by side. A
 * text file with the same column as texts finds them again by number (schema_encode.c). */
static pensel_status categories_of_numbers(const study *s, pensel_schema_field *field,
                                           pensel_error *error)
{
    enum { BYTES = PENSEL_NUMBER_TEXT };
    counted *found;
    char *texts;
    size_t count = 0;
    PENSEL_TRY(PENSEL_ALLOCATE(texts, field->distinct + 1, BYTES, error));
    pensel_status status = PENSEL_NEW(found, field->distinct + 1, error);
    for (size_t i = 0; i < s->present && status == PENSEL_OK; i++) {
        if (i == 0 || s->values[i] != s->values[i - 1]) {
            found[count].text = texts + count * BYTES;
            pensel_number_print(found[count++].text, s->values[i]);
        }
        found[count - 1].count++;
    }
    if (status == PENSEL_OK) status = keep_categories(field, found, count, s->row_count, error);
    pensel_release(found);
    pensel_release(texts);
    return status;
}

/* A column that is left out needs nothing but its name and its counts. */
static pensel_status learn_role(study *s, pensel_schema_field *field, pensel_error *error)
{
    bool texts = s->column->form == PENSEL_COLUMN_TEXT;
    if (field->role == PENSEL_ROLE_NUMBER) learn_number(s, field);
    if (field->role == PENSEL_ROLE_DATE) learn_date(s, field);
    if (field->role != PENSEL_ROLE_CATEGORY) return PENSEL_OK;
    field->indicator = field->missing > 0;
    return texts ? categories_of_texts(s, field, error) : categories_of_numbers(s, field, error);
}

/* ------------------------------------------------------------------ all columns */

/* NULL: nothing is said of this column. */
static const pensel_role_given *find_given(const pensel_role_given *given, size_t count,
                                           const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(given[i].column, name) == 0) return &given[i];
    return NULL;
}

/* The role by the rules first, for what is counted on the way; a role that was given overrules it.
 */
static pensel_status learn_field(study *s, pensel_schema_field *field,
                                 const pensel_role_given *given, pensel_error *error)
{
    const pensel_column *c = s->column;
    PENSEL_TRY(pensel_duplicate(&field->name, c->name, error));
    field->style = c->style;
    if (c->form == PENSEL_COLUMN_TEXT) {
        PENSEL_TRY(PENSEL_NEW(s->counts, c->distinct + 1, error));
        PENSEL_TRY(PENSEL_NEW(s->numbers, c->distinct + 1, error));
        count_texts(s, field);
        field->role = role_of_texts(s, field);
    } else {
        field->role = role_of_numbers(s, field);
    }
    if (given) {
        field->given = true;
        field->role = given->role;
        if (given->role == PENSEL_ROLE_DATE && c->form == PENSEL_COLUMN_TEXT)
            read_dates_either_way(s, field);
        if (c->form == PENSEL_COLUMN_NUMBER) field->compact = are_dates(s);
    }
    return learn_role(s, field, error);
}

/* What a column of texts needs is of its size, so it is freed before the next column. */
static pensel_status study_column(study *s, pensel_schema_field *field,
                                  const pensel_role_given *given, pensel_error *error)
{
    pensel_status status = learn_field(s, field, given, error);
    pensel_release(s->counts);
    pensel_release(s->numbers);
    s->counts = NULL;
    s->numbers = NULL;
    return status;
}

static bool has_inputs(const pensel_schema *schema)
{
    for (size_t i = 0; i < schema->count; i++)
        if (schema->fields[i].role <= PENSEL_ROLE_DATE) return true;
    return false;
}

/* Where nothing else is left, row numbers may be what the target depends on: x = 1, 2, 3... Fields
 * stand in the order of the columns without the target, so `c` skips that on the way. Keys that are
 * texts stay out: a number is needed. */
static pensel_status keep_identifiers(pensel_schema *schema, study *s,
                                      const pensel_columns *columns, pensel_error *error)
{
    for (size_t i = 0, c = 0; i < schema->count; i++, c++) {
        while (strcmp(columns->columns[c].name, schema->fields[i].name) != 0)
            c++;
        s->column = &columns->columns[c];
        if (schema->fields[i].role != PENSEL_ROLE_IDENTIFIER ||
            s->column->form != PENSEL_COLUMN_NUMBER)
            continue;
        schema->fields[i].role = PENSEL_ROLE_NUMBER;
        PENSEL_TRY(learn_role(s, &schema->fields[i], error));
    }
    return PENSEL_OK;
}

/* Whether a column that is to be a number has any: else its median would be of nothing. */
static bool has_number(const pensel_column *column)
{
    double x;
    unsigned unit;
    if (column->form != PENSEL_COLUMN_TEXT) return true;
    for (size_t t = 1; t <= column->distinct; t++)
        if (pensel_cell_number(&x, &unit, column->texts[t], strlen(column->texts[t]),
                               column->style))
            return true;
    return false;
}

/* Before anything is learned: a role that cannot be is an error, not one that is ignored. */
static pensel_status check_given(const pensel_columns *columns, const char *target,
                                 const pensel_role_given *given, size_t count, pensel_error *error)
{
    for (size_t i = 0; i < count; i++) {
        size_t c = 0;
        pensel_role role = given[i].role;
        PENSEL_REQUIRE(!target || strcmp(given[i].column, target) != 0, BAD_ARGUMENT,
                       "column %s is the target: nothing else can be made of it", target);
        PENSEL_REQUIRE(find_given(given, i, given[i].column) == NULL, BAD_ARGUMENT,
                       "column %s is to become two things: say one", given[i].column);
        PENSEL_REQUIRE(role <= PENSEL_ROLE_DATE || role == PENSEL_ROLE_DROPPED, BAD_ARGUMENT,
                       "column %s cannot be made %s: number, category, date or drop is possible",
                       given[i].column, pensel_role_name(role));
        while (c < columns->count && strcmp(columns->columns[c].name, given[i].column) != 0)
            c++;
        if (c == columns->count)
            return pensel_columns_missing(columns, "the table", given[i].column, error);
        PENSEL_REQUIRE(role == PENSEL_ROLE_DROPPED || columns->columns[c].missing < columns->rows,
                       BAD_DATA, "column %s has no values: it can only be dropped",
                       given[i].column);
        PENSEL_REQUIRE(role != PENSEL_ROLE_NUMBER || has_number(&columns->columns[c]), BAD_DATA,
                       "column %s has no number among its values: it cannot be made one",
                       given[i].column);
    }
    return PENSEL_OK;
}

/* pandas and R write the numbers of rows as a first column without a name: x1 beside names that are
 * no x2. */
static bool is_nameless(const pensel_columns *columns, size_t c)
{
    return c == 0 && columns->count > 1 && strcmp(columns->columns[0].name, "x1") == 0 &&
           strcmp(columns->columns[1].name, "x2") != 0;
}

/* schema->count grows before a field is filled in, so that a failure frees what it has. The values
 * and their room for sorting serve all columns. */
static pensel_status learn_all(pensel_schema *schema, study *s, const pensel_columns *columns,
                               const char *target, const pensel_role_given *given,
                               size_t given_count, pensel_error *error)
{
    PENSEL_REQUIRE(columns->count <= PENSEL_COLUMNS_MOST, BAD_DATA,
                   "the table has %zu columns: up to %d are taken", columns->count,
                   PENSEL_COLUMNS_MOST);
    PENSEL_TRY(check_given(columns, target, given, given_count, error));
    PENSEL_TRY(PENSEL_NEW(schema->fields, columns->count, error));
    PENSEL_TRY(PENSEL_NEW(s->values, s->row_count, error));
    PENSEL_TRY(PENSEL_NEW(s->room, s->row_count, error));
    for (size_t c = 0; c < columns->count; c++) {
        const char *name = columns->columns[c].name;
        if (target && strcmp(name, target) == 0) continue;
        s->column = &columns->columns[c];
        s->nameless = is_nameless(columns, c);
        PENSEL_TRY(study_column(s, &schema->fields[schema->count++],
                                find_given(given, given_count, name), error));
    }
    if (!has_inputs(schema)) PENSEL_TRY(keep_identifiers(schema, s, columns, error));
    return pensel_schema_place(schema, error);
}

pensel_status pensel_schema_learn(pensel_schema **schema, const pensel_columns *columns,
                                  const char *target, const size_t *rows, size_t row_count,
                                  const pensel_role_given *given, size_t given_count,
                                  pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    study s = {.rows = rows, .row_count = row_count};
    PENSEL_REQUIRE(schema && columns && (given || given_count == 0), BAD_ARGUMENT,
                   "schema, columns or what is said of them is NULL: all are needed");
    *schema = NULL;
    PENSEL_REQUIRE(row_count > 0, BAD_DATA, "the table has no rows: 1 or more are needed");
    PENSEL_TRY(PENSEL_NEW(*schema, 1, error));
    pensel_status status = learn_all(*schema, &s, columns, target, given, given_count, error);
    pensel_release(s.values);
    pensel_release(s.room);
    if (status != PENSEL_OK) pensel_schema_free(schema);
    return status;
}
