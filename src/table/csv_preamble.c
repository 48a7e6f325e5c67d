/* Text above a table, as programs that report write it: who made it, when, and of what. */
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
    for (size_t r = first; r < s->records; r++)
        agree += pensel_csv_sample_count(s, r) == usual;
    bool fits = first <= PREAMBLE_MOST && agree >= 2 && 10 * agree >= 9 * (s->records - first);
    return fits ? first : 0;
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
    PENSEL_TRY(pensel_notes_add(notes, c->error,
                                "lines %zu to %zu are taken as text above the table, which begins "
                                "in line %zu",
                                top, c->start_line - 1, c->start_line));
    pensel_csv_sample_clear(s);
    PENSEL_TRY(pensel_csv_sample_take(s, &c->dialect, source, c->error));
    return pensel_csv_sample_split(s, &c->dialect, c->error);
}
