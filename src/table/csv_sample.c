/* The first records of a CSV file, and the delimiter on which they agree.
 *
 * A delimiter fits a table if most records have the same number of fields, two or more, when they
 * are split on it. Of several that fit, the one on which more records agree is meant; of those on
 * which as many do, the one that leaves more numbers: 3,14;2,5 is divided by its semicolon. The
 * first record may have one field less: R writes names of rows under no name.
 *
 * The sample is whole records, in two copies of the source's first bytes: `text`, which stays, and
 * `split`, in which the last dialect's fields stand. Records that begin with # count for nothing.
 */
#include "table/csv.h"

#include "base/error.h"
#include "base/memory.h"
#include "table/cell.h"

#include <string.h>

#define SAMPLE ((size_t)1 << 16)  /* bytes; more if the lines are long */
#define LARGEST ((size_t)1 << 23) /* of that */
/* Each candidate costs a splitting of the sample and a comparison of each record with each. */
enum { MOST_RECORDS = 500, FEWEST_LINES = 3 };

/* Line ends in [at, end), those within quotes too. */
static size_t count_lines(const char *at, const char *end, char line_end)
{
    size_t count = 0;
    for (; at < end && (at = memchr(at, line_end, (size_t)(end - at))); at++)
        count++;
    return count;
}

/* Whole records of the sample: up to the last line end, unless nothing follows. */
static size_t whole_lines(const char *text, size_t size, char line_end, bool complete)
{
    size_t whole = size;
    if (complete) return size;
    while (whole > 0 && text[whole - 1] != line_end)
        whole--;
    return whole > 0 ? whole : size;
}

/* 64 KiB, or more until there are some lines, up to 8 MiB. They are looked at in the source's
 * buffer and stay unread there. Two copies: splitting changes text, and each delimiter needs it
 * whole. */
pensel_status pensel_csv_sample_take(csv_sample *sample, csv_dialect *dialect, pensel_source *s,
                                     pensel_error *error)
{
    for (size_t wanted = SAMPLE;; wanted *= 2) {
        PENSEL_TRY(pensel_source_need(s, wanted, error));
        const char *at = s->buffer + s->begin, *end = s->buffer + s->end;
        dialect->line_end = '\n';
        if (!memchr(at, '\n', (size_t)(end - at)) && memchr(at, '\r', (size_t)(end - at)))
            dialect->line_end = '\r';
        if (s->finished || wanted >= LARGEST ||
            count_lines(at, end, dialect->line_end) >= FEWEST_LINES)
            break;
    }
    sample->size = s->end - s->begin;
    sample->size = whole_lines(s->buffer + s->begin, sample->size, dialect->line_end, s->finished);
    PENSEL_TRY(PENSEL_NEW(sample->text, sample->size, error));
    PENSEL_TRY(PENSEL_NEW(sample->split, sample->size, error));
    PENSEL_TRY(PENSEL_NEW(sample->first, MOST_RECORDS + 1, error));
    PENSEL_TRY(PENSEL_NEW(sample->lines, MOST_RECORDS, error));
    memcpy(sample->text, s->buffer + s->begin, sample->size);
    return PENSEL_OK;
}

void pensel_csv_sample_clear(csv_sample *sample)
{
    pensel_release(sample->text);
    pensel_release(sample->split);
    pensel_release(sample->first);
    pensel_release(sample->lines);
    pensel_csv_fields_clear(&sample->fields);
    *sample = (csv_sample){0};
}

/* Adds the record [at, end); false if it has nothing in its fields. */
static pensel_status add_record(csv_sample *s, bool *added, const csv_dialect *dialect, char *at,
                                char *end, pensel_error *error)
{
    size_t before = s->fields.count;
    *added = false;
    PENSEL_TRY(pensel_csv_split(&s->fields, dialect, at, end, "", 0, error));
    for (size_t i = before; i < s->fields.count && !*added; i++)
        *added = !pensel_csv_is_blank(&s->fields.list[i]);
    if (!*added) s->fields.count = before;
    return PENSEL_OK;
}

/* Of a record that cannot be split nothing is said here: with another delimiter it may be fine.
 * Record r has fields first[r] up to first[r + 1], so its list is one longer than the records;
 * empty lines are no records, but are counted in `lines`. */
pensel_status pensel_csv_sample_split(csv_sample *s, const csv_dialect *dialect,
                                      pensel_error *error)
{
    memcpy(s->split, s->text, s->size);
    s->records = s->fields.count = 0;
    size_t line = 1;
    for (char *at = s->split, *end = at + s->size; at < end && s->records < MOST_RECORDS;) {
        bool added;
        char *stop = pensel_csv_record_end(dialect, at, end), *next;
        if (!stop) stop = end;
        next = stop < end ? stop + 1 : end;
        s->lines[s->records] = line;
        line += count_lines(at, next, dialect->line_end);
        if (stop > at && stop[-1] == '\r') stop--;
        size_t before = s->fields.count;
        pensel_status status = add_record(s, &added, dialect, at, stop, error);
        if (status == PENSEL_OUT_OF_MEMORY) return status;
        if (status != PENSEL_OK) { /* reading the rows finds it again, and says so */
            s->fields.count = before;
            break;
        }
        if (added) s->first[++s->records] = s->fields.count;
        at = next;
    }
    return PENSEL_OK;
}

/* ------------------------------------------------ agreement */

typedef struct fit {
    double agreement; /* share of the records that have the most frequent number of fields */
    double numbers;   /* share of the fields that are numbers or missing */
} fit;

/* A record counts as one field less if its last one is empty. */
static size_t width(const csv_sample *s, size_t record)
{
    size_t count = pensel_csv_sample_count(s, record);
    return count -
           (count > 1 && pensel_csv_is_blank(pensel_csv_sample_field(s, record, count - 1)));
}

/* Records that have `wanted` fields, with or without an empty one at the end. */
static size_t agreeing(const csv_sample *s, size_t wanted)
{
    size_t count = 0;
    for (size_t r = 0; r < s->records; r++) {
        size_t whole = pensel_csv_sample_count(s, r);
        count += !pensel_csv_sample_hash(s, r) && (whole == wanted || width(s, r) == wanted);
    }
    return count;
}

static bool is_number(const csv_field *field)
{
    double value;
    unsigned unit;
    return pensel_cell_is_missing(field->at, field->length) ||
           pensel_cell_number(&value, &unit, field->at, field->length, PENSEL_NUMBERS_PLAIN) ||
           pensel_cell_number(&value, &unit, field->at, field->length, PENSEL_NUMBERS_COMMA);
}

/* Of numbers of fields on which as many records agree, the smaller one: an empty last field is
 * none. Where most have a single field the delimiter divides nothing, and fits nothing. */
static fit measure(const csv_sample *s)
{
    size_t best = 0, most = 0, rows = 0, fields = 0, numbers = 0;
    for (size_t r = 0; r < s->records; r++) {
        if (pensel_csv_sample_hash(s, r)) continue;
        size_t count = pensel_csv_sample_count(s, r);
        size_t agree = agreeing(s, count);
        rows++;
        if (agree > most || (agree == most && count < best)) best = count, most = agree;
        for (size_t i = 0; i < count; i++)
            numbers += is_number(pensel_csv_sample_field(s, r, i));
        fields += count;
    }
    if (best < 2) return (fit){0};
    most += s->records > 2 && best > 2 && pensel_csv_sample_count(s, 0) + 1 == best;
    return (fit){(double)most / (double)rows, (double)numbers / (double)fields};
}

/* Blanks stand in texts too: they divide only where all agree, and into numbers for the most part.
 */
static bool fits(const fit *f, char delimiter)
{
    return delimiter == ' ' ? f->agreement > 0.98 && f->numbers > 0.5 : f->agreement > 0.5;
}

/* Shares within 0.02 of one another are the same: one odd record in fifty decides nothing. */
static bool is_better(const fit *a, const fit *b)
{
    if (a->agreement > b->agreement + 0.02 || a->agreement < b->agreement - 0.02)
        return a->agreement > b->agreement;
    return a->numbers > b->numbers + 0.02;
}

/* In this order, so of delimiters that fit alike the first is taken; a comma where none fits, as
 * for a single column. At the end the sample is split on it. */
pensel_status pensel_csv_sample_delimiter(csv_sample *sample, csv_dialect *dialect,
                                          pensel_error *error)
{
    fit best = {0};
    char delimiter = ',';
    for (const char *candidate = "\t;,| "; *candidate; candidate++) {
        dialect->delimiter = *candidate;
        PENSEL_TRY(pensel_csv_sample_split(sample, dialect, error));
        fit f = measure(sample);
        if (!fits(&f, *candidate) || !is_better(&f, &best)) continue;
        best = f;
        delimiter = *candidate;
    }
    dialect->delimiter = delimiter;
    return pensel_csv_sample_split(sample, dialect, error);
}
