/* The beginning of a CSV file: which delimiter does it use, and is the first line a header?
 *
 * The delimiter is the first of tab, semicolon, comma and bar that occurs in the first line outside
 * of quotes. The first record is a header if some column has text there and a number below it, or
 * if it contains no number at all. */
#include "file/csv.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"

#include <string.h>

static pensel_status check_text(const csv *c)
{
    const pensel_source *s = c->source;
    const char *at = s->buffer + s->begin;
    size_t length = s->end - s->begin;
    if (length == 0)
        return pensel_fail(c->error, PENSEL_BAD_FILE, "%s is empty: a table has 1 row or more",
                           s->name);
    if (memchr(at, 0, length < 65536 ? length : 65536) ||
        memcmp(at, "\xff\xfe", length < 2 ? length : 2) == 0)
        return pensel_fail(c->error, PENSEL_BAD_FILE,
                           "%s is not UTF-8 text: a CSV file or a .npy array is expected", s->name);
    return PENSEL_OK;
}

static char find_delimiter(const csv *c)
{
    static const char candidates[] = "\t;,|";
    const pensel_source *s = c->source;
    bool found[sizeof candidates] = {false}, quoted = false;
    for (size_t i = s->begin; i < s->end && (quoted || s->buffer[i] != '\n'); i++) {
        if (s->buffer[i] == '"') quoted = !quoted;
        for (size_t d = 0; candidates[d] && !quoted; d++)
            found[d] = found[d] || s->buffer[i] == candidates[d];
    }
    for (size_t d = 0; candidates[d]; d++)
        if (found[d]) return candidates[d];
    return ',';
}

static bool is_number(const csv_field *f)
{
    double value;
    return pensel_number_parse(&value, f->at, f->length);
}

/* The names in the header, without surrounding spaces; "x3" where there is none. */
static pensel_status take_names(csv *c, bool header)
{
    PENSEL_TRY(pensel_plan_names(&c->names, c->first_count, c->error));
    c->name_count = c->first_count;
    for (size_t i = 0; i < c->name_count && header; i++) {
        csv_field f = c->first[i];
        while (f.length > 0 && (*f.at == ' ' || *f.at == '\t'))
            f.at++, f.length--;
        while (f.length > 0 && (f.at[f.length - 1] == ' ' || f.at[f.length - 1] == '\t'))
            f.length--;
        if (f.length == 0) continue;
        pensel_release(c->names[i]);
        c->names[i] = NULL;
        PENSEL_TRY(pensel_text_copy(&c->names[i], f.at, f.length, c->error));
    }
    return PENSEL_OK;
}

/* Copies the first record, since the buffer will be reused and it may turn out to be a row. */
static pensel_status keep_first(csv *c)
{
    size_t length = 0;
    for (size_t i = 0; i < c->count; i++)
        length += c->fields[i].length;
    PENSEL_TRY(PENSEL_NEW(c->first_text, length, c->error));
    PENSEL_TRY(PENSEL_NEW(c->first, c->count, c->error));
    char *at = c->first_text;
    for (size_t i = 0; i < c->count; at += c->fields[i++].length) {
        c->first[i] = (csv_field){at, c->fields[i].length};
        memcpy(at, c->fields[i].at, c->fields[i].length);
    }
    c->first_count = c->count;
    c->first_line = c->line;
    return PENSEL_OK;
}

/* Some column has text in the first record and a number in the second, or the first has no number.
 */
static bool is_header(const csv *c)
{
    bool any = false;
    for (size_t i = 0; i < c->first_count; i++) {
        bool number = is_number(&c->first[i]);
        any = any || number;
        if (!number && i < c->count && is_number(&c->fields[i])) return true;
    }
    return !any;
}

pensel_status pensel_csv_head(csv *c, bool *named)
{
    pensel_source *s = c->source;
    PENSEL_TRY(check_text(c));
    if (s->end - s->begin >= 3 && memcmp(s->buffer + s->begin, "\xef\xbb\xbf", 3) == 0)
        s->begin += 3;
    c->delimiter = c->options->delimiter ? c->options->delimiter : find_delimiter(c);
    PENSEL_TRY(pensel_csv_record(c));
    if (c->count == 0)
        return pensel_fail(c->error, PENSEL_BAD_DATA,
                           "%s has only empty lines: a table has 1 row or more", s->name);
    PENSEL_TRY(keep_first(c));
    PENSEL_TRY(pensel_csv_record(c));
    *named = is_header(c);
    return take_names(c, *named);
}
