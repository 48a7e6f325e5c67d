/* Columns being made: blocks that grow, and in the end belong to a pensel_columns. */
#ifndef PENSEL_TABLE_COLUMNS_H
#define PENSEL_TABLE_COLUMNS_H

#include "table/dictionary.h"
#include "table/notes.h"
#include "table/source.h"

typedef struct pensel_column_maker {
    char *name;
    pensel_column_form form;
    bool as_text;           /* numbers stay text */
    bool twice;             /* another column had the name */
    void *numbers, *codes;  /* (room) of double, of uint32_t */
    const double *borrowed; /* (rows) instead of `numbers` */
    pensel_dictionary dictionary;
    size_t missing, infinite;
    pensel_number_style style;
    unsigned unit; /* of the numbers, found so far */
    bool open;     /* still takes values in this pass */
    bool again;    /* has met text among its numbers: read once more, as text */
    bool numeric;
} pensel_column_maker;

typedef struct pensel_columns_maker {
    pensel_column_maker *list; /* (count) */
    size_t count, rows, room;
    const char *file; /* for sentences */
    pensel_notes notes;
    pensel_error *error;
} pensel_columns_maker;

/* One maker for each name, which is copied; a name that stood before is changed, with a note. */
pensel_status pensel_columns_maker_begin(pensel_columns_maker *maker, char *const *names,
                                         size_t count, const char *file, pensel_error *error);
/* Marks the columns that options.text asks for. */
pensel_status pensel_columns_maker_keep(pensel_columns_maker *maker,
                                        const pensel_columns_options *options);
/* Room for one row more in every column that is open. */
pensel_status pensel_columns_maker_room(pensel_columns_maker *maker);
/* Makes texts that are numbers NUMBER, adds the notes, and hands everything over. */
pensel_status pensel_columns_maker_end(pensel_columns **columns, pensel_columns_maker *maker);
void pensel_columns_maker_clear(pensel_columns_maker *maker);

/* A column by its name, else by its number from 1; SIZE_MAX: there is none. */
size_t pensel_columns_find(const pensel_columns *columns, const char *name);
/* The BAD_DATA sentence that says so. */
pensel_status pensel_columns_missing(const pensel_columns *columns, const char *file,
                                     const char *name, pensel_error *error);

/* options.text and the like: the column of `count` that is meant, or SIZE_MAX. */
size_t pensel_name_find(char *const *names, size_t count, const char *name);
pensel_status pensel_name_missing(char *const *names, size_t count, const char *file,
                                  const char *name, pensel_error *error);

/* Fill in a maker from a source; csv_columns.c, npy.c. */
pensel_status pensel_csv_columns(pensel_columns_maker *maker, pensel_source *source,
                                 const pensel_columns_options *options, pensel_error *error);
pensel_status pensel_npy_columns(pensel_columns_maker *maker, pensel_source *source,
                                 const pensel_columns_options *options, pensel_error *error);
/* One of the two. */
pensel_status pensel_columns_parse(pensel_columns **columns, pensel_source *source,
                                   const pensel_columns_options *options, pensel_error *error);

#endif
