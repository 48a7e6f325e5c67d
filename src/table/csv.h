/* CSV, as it comes out of programs.
 *
 *   csv.c          records: lines split into fields
 *   csv_sample.c   the first records, split on each possible delimiter: on which do they agree?
 *   csv_preamble.c text above the table
 *   csv_head.c     from them the delimiter, what is a header and what a comment, names, columns
 *   csv_matrix.c   rows of numbers, straight into a matrix
 *   csv_columns.c  columns, each of its own type
 *
 * A record is split in place, in the source's buffer. */
#ifndef PENSEL_TABLE_CSV_H
#define PENSEL_TABLE_CSV_H

#include "table/notes.h"
#include "table/source.h"

typedef struct csv_field {
    char *at; /* in the source's buffer, good until the next record */
    size_t length;
} csv_field;

/* How a text is divided. */
typedef struct csv_dialect {
    char delimiter; /* ' ': any number of blanks */
    char line_end;  /* line feed, or carriage return in files without a line feed */
} csv_dialect;

/* The fields of a record, or of many, one behind another. */
typedef struct csv_fields {
    csv_field *list; /* (count) */
    size_t count, capacity;
} csv_fields;

typedef struct csv {
    pensel_source *source;
    pensel_error *error;
    csv_dialect dialect;
    size_t start;           /* byte of the source where the records begin */
    size_t start_line;      /* and its line */
    size_t line, next_line; /* of the record in `fields`, and of the one after it; from 1 */
    csv_fields fields;      /* of the record */
    size_t records;         /* that have been read */
    size_t empty;           /* that had delimiters and nothing else, and were passed over */
    size_t columns;         /* 0: any number of fields is a record */
    bool comments;          /* lines that begin with # and are no rows */
    char **names;           /* (columns) */
    bool named;             /* by the file */
    bool skips_first;       /* the first record is the header */
} csv;

/* The end of the record beginning at `at`: its line end, or NULL if that is not in [at, end). */
char *pensel_csv_record_end(const csv_dialect *dialect, const char *at, const char *end);
/* Appends the fields of the record [at, end), unquoting them in place. A sentence names `line`. */
pensel_status pensel_csv_split(csv_fields *fields, const csv_dialect *dialect, char *at, char *end,
                               const char *file, size_t line, pensel_error *error);
void pensel_csv_fields_clear(csv_fields *fields);
/* Nothing but blanks. */
bool pensel_csv_is_blank(const csv_field *field);

/* Says so if records were passed over: who counts rows must know. */
pensel_status pensel_csv_note_empty(const csv *c, pensel_notes *notes);

/* Reads the next row into c->fields; count 0: there are no more. Rows have c->columns fields: one
 * empty field too many, behind a last delimiter, is dropped; lines with nothing in any field and
 * comments are passed over. */
pensel_status pensel_csv_row(csv *c);

/* Begins at the first byte. Afterwards pensel_csv_row reads the first row of data. `delimiter` and
 * `header` as in pensel_columns_options. */
pensel_status pensel_csv_begin(csv *c, pensel_source *source, char delimiter, pensel_header header,
                               pensel_notes *notes, pensel_error *error);
/* Passes over the header, which may have a field less than rows have. */
pensel_status pensel_csv_header(csv *c);
/* To the first row of data once more. */
pensel_status pensel_csv_again(csv *c);
void pensel_csv_end(csv *c);

/* ------------------------------------------------ csv_sample.c */

/* The first records. */
typedef struct csv_sample {
    char *text; /* a copy of the first bytes, whole records of them */
    size_t size;
    char *split;       /* another one, in which the fields stand */
    csv_fields fields; /* of all records */
    size_t *first;     /* (records + 1) where each begins among the fields */
    size_t *lines;     /* (records) line of each, counted from 1 */
    size_t records;
} csv_sample;

/* Copies them from a source at its first byte of text. */
pensel_status pensel_csv_sample_take(csv_sample *sample, csv_dialect *dialect,
                                     pensel_source *source, pensel_error *error);
void pensel_csv_sample_clear(csv_sample *sample);
/* Splits it. What cannot be split, such as a quote that is not closed, ends it. */
pensel_status pensel_csv_sample_split(csv_sample *sample, const csv_dialect *dialect,
                                      pensel_error *error);
/* The delimiter on which most records agree, with the sample split on it. */
pensel_status pensel_csv_sample_delimiter(csv_sample *sample, csv_dialect *dialect,
                                          pensel_error *error);
static inline size_t pensel_csv_sample_count(const csv_sample *s, size_t record)
{
    return s->first[record + 1] - s->first[record];
}
static inline const csv_field *pensel_csv_sample_field(const csv_sample *s, size_t record, size_t i)
{
    return &s->fields.list[s->first[record] + i];
}
static inline bool pensel_csv_sample_hash(const csv_sample *s, size_t record)
{
    const csv_field *field = pensel_csv_sample_field(s, record, 0);
    return field->length > 0 && *field->at == '#';
}

/* In any way of writing that is known; csv_head.c */
bool pensel_csv_is_number(const csv_field *field);
/* How many fields most records behind `first` have */
size_t pensel_csv_usual_count(const csv_sample *s, size_t first);
/* Lets the table begin behind text that stands above it, with a note; the sample is taken again. */
pensel_status pensel_csv_preamble_skip(csv *c, csv_sample *s, pensel_notes *notes);

#endif
