/* Text above a table, as programs that report write it: who made it, when, and of what. A
 * spreadsheet writes as many delimiters into these lines as into all others, with nothing between.
 */
#include "base/error.h"
#include "table/csv.h"

/* The most frequent number of fields behind the first record; of as frequent ones the first
 * record's.
 */
size_t pensel_csv_usual_count(const csv_sample *s, size_t first)
{
    size_t best = pensel_csv_sample_count(s, first), most = 0;
    for (size_t r = first + 1; r < s->records; r++) {
        size_t count = pensel_csv_sample_count(s, r), times = 0;
        if (count == best && most > 0) continue;
        for (size_t q = first + 1; q < s->records; q++)
            times += pensel_csv_sample_count(s, q) == count;
        if (times > most) best = count, most = times;
    }
    return best;
}

enum { PREAMBLE_MOST = 30 }; /* records */

/* How many fields have something in them, up to the last that has, and whether one is a number */
static size_t look_at_fields(const csv_sample *s, size_t record, bool *number)
{
    size_t filled = 0;
    *number = false;
    for (size_t i = 0; i < pensel_csv_sample_count(s, record); i++) {
        const csv_field *f = pensel_csv_sample_field(s, record, i);
        if (pensel_csv_is_blank(f)) continue;
        filled = i + 1;
        *number = *number || pensel_csv_is_number(f);
    }
    return filled;
}

/* One text or two, and then nothing but delimiters; or only these, below such a line */
static bool is_padded(const csv_sample *s, size_t record, size_t usual)
{
    bool number;
    size_t filled = look_at_fields(s, record, &number);
    return pensel_csv_sample_count(s, record) == usual && filled <= 2 && filled + 2 <= usual &&
           !number && (filled > 0 || record > 0);
}

/* How many such lines there are, from `first` on. Below them the names must stand, in words, or a
 * header with few names would be taken for one. */
static size_t count_padded(const csv_sample *s, size_t first, size_t usual)
{
    size_t end = first;
    bool number;
    while (end < s->records && is_padded(s, end, usual))
        end++;
    if (end == first || end == s->records) return 0;
    bool names = look_at_fields(s, end, &number) + 1 >= usual && !number;
    return names ? end - first : 0;
}

/* Each has two fields less than the table or fewer (one less is R's header), and nearly all records
 * below have as many as the table. */
static size_t count_preamble(const csv_sample *s)
{
    size_t first = 0, agree = 0;
    while (first < s->records && pensel_csv_sample_hash(s, first))
        first++;
    if (first > 0 || s->records == 0) return 0;
    size_t usual = pensel_csv_usual_count(s, 0);
    while (first < s->records && first <= PREAMBLE_MOST &&
           pensel_csv_sample_count(s, first) + 2 <= usual)
        first++;
    first += count_padded(s, first, usual);
    for (size_t r = first; r < s->records; r++)
        agree += pensel_csv_sample_count(s, r) == usual;
    bool fits = first <= PREAMBLE_MOST && agree >= 2 && 10 * agree >= 9 * (s->records - first);
    return fits ? first : 0;
}

static pensel_status note(const csv *c, pensel_notes *notes, size_t top)
{
    size_t last = c->start_line - 1;
    if (top == last)
        return pensel_notes_add(notes, c->error,
                                "line %zu is taken as text above the table, which begins in line "
                                "%zu",
                                top, c->start_line);
    return pensel_notes_add(notes, c->error,
                            "lines %zu to %zu are taken as text above the table, which begins in "
                            "line %zu",
                            top, last, c->start_line);
}

/* c->start and start_line move to the table's first line, so that a second reading begins there and
 * sentences name the file's own lines. The sample's lines count from where it was taken. */
pensel_status pensel_csv_preamble_skip(csv *c, csv_sample *s, pensel_notes *notes)
{
    pensel_source *source = c->source;
    size_t records = count_preamble(s), line = records ? s->lines[records] : 1, offset = 0;
    if (records == 0) return PENSEL_OK;
    for (size_t l = 1; l < line; l++)
        while (s->text[offset++] != c->dialect.line_end) {
        }
    size_t top = c->start_line;
    c->start += offset;
    source->begin += offset;
    c->start_line += line - 1;
    PENSEL_TRY(note(c, notes, top));
    pensel_csv_sample_clear(s);
    PENSEL_TRY(pensel_csv_sample_take(s, &c->dialect, source, c->error));
    return pensel_csv_sample_split(s, &c->dialect, c->error);
}
