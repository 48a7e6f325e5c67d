/* Rows of option tables, made from the lists in the public headers.
 *
 * To add an option to a struct that has a list: its row there, the last of all, the line that uses
 * it, and a test of what it does. One of training has a row in tests/test_options.c besides, and
 * where it bends the steps its formula in tests/test_steps.c. One of training, estimator or
 * painting has lines in python/pensel/__init__.pyi, the types that editors read: in `paint`, which
 * a test compares with the tables, and in the estimators. Help, manual, completions, files, JSON
 * and Python itself follow from the row.
 *
 * To give another struct a list: a `pensel_given` at its head, the list, its room
 * (PENSEL_OPTION_ROOM), `more` as its last member, and in its .c file
 *
 *     #define ROW(...) PENSEL_OPTION_ROW(pensel_NAME_options, __VA_ARGS__)
 *     static const pensel_option_row rows[] = {PENSEL_NAME_OPTION_LIST(ROW)};
 *     static const pensel_option_table table = PENSEL_OPTION_TABLE_OF(rows, PENSEL_OPTIONS_MOST);
 *     PENSEL_OPTION_BITS(rows);
 *
 * with PENSEL_OPTION_CHOICES(noun) before it for each CHOICE(noun), whose names pensel_noun_name
 * gives. */
#ifndef PENSEL_BASE_OPTION_H
#define PENSEL_BASE_OPTION_H

#include "base/error.h"

#include <math.h>
#include <stddef.h>

#define PENSEL_OPTION_ROW(type, kind_, member, standard_, range, only_, also_, since_, help_) \
    {.name = #member,                                                                         \
     .also = also_,                                                                           \
     .kind = PENSEL_OPTION_KIND_##kind_,                                                      \
     .choice = PENSEL_OPTION_NAMES_##kind_,                                                   \
     .offset = offsetof(type, member),                                                        \
     .standard = standard_,                                                                   \
     .only = only_,                                                                           \
     .help = help_,                                                                           \
     .since = since_,                                                                         \
     PENSEL_OPTION_RANGE_##range},

#define PENSEL_OPTION_TABLE(rows) {rows, sizeof(rows) / sizeof *(rows), 0}
/* Of a struct with room for `most` rows */
#define PENSEL_OPTION_TABLE_OF(rows, most) \
    {rows, sizeof(rows) / sizeof *(rows), PENSEL_OPTIONS_BYTES(most)}
/* For structs that know which options were given. */
#define PENSEL_OPTION_BITS(rows) \
    _Static_assert(sizeof(rows) / sizeof *(rows) <= 64, "pensel_given has a bit for each row")
/* That nothing is asked of a member `more` by a program that was built for a newer library. */
pensel_status pensel_more_check(const void *const *more, pensel_error *error);

#define PENSEL_OPTION_DEFAULT(kind, member, standard, ...) .member = standard,

/* The names of an enum, as a row wants them. */
#define PENSEL_OPTION_CHOICES(noun)                        \
    static const char *noun##_choice(int value)            \
    {                                                      \
        return pensel_##noun##_name((pensel_##noun)value); \
    }

#define PENSEL_OPTION_KIND_FLAG PENSEL_OPTION_FLAG
#define PENSEL_OPTION_KIND_COUNT PENSEL_OPTION_COUNT
#define PENSEL_OPTION_KIND_SEED PENSEL_OPTION_SEED
#define PENSEL_OPTION_KIND_THREADS PENSEL_OPTION_THREADS
#define PENSEL_OPTION_KIND_NUMBER PENSEL_OPTION_NUMBER
#define PENSEL_OPTION_KIND_SECONDS PENSEL_OPTION_SECONDS
#define PENSEL_OPTION_KIND_CHOICE(noun) PENSEL_OPTION_CHOICE

#define PENSEL_OPTION_NAMES_FLAG NULL
#define PENSEL_OPTION_NAMES_COUNT NULL
#define PENSEL_OPTION_NAMES_SEED NULL
#define PENSEL_OPTION_NAMES_THREADS NULL
#define PENSEL_OPTION_NAMES_NUMBER NULL
#define PENSEL_OPTION_NAMES_SECONDS NULL
#define PENSEL_OPTION_NAMES_CHOICE(noun) noun##_choice

/* ANY is for flags and choices; the others are intervals. */
#define PENSEL_OPTION_RANGE_ANY .low = 0, .high = INFINITY, .ends = "[]"
#define PENSEL_OPTION_RANGE_FROM(from) .low = (from), .high = INFINITY, .ends = "[)"
#define PENSEL_OPTION_RANGE_ABOVE(limit) .low = (limit), .high = INFINITY, .ends = "()"
#define PENSEL_OPTION_RANGE_BETWEEN(which, from, to) .low = (from), .high = (to), .ends = (which)

/* The value of any kind as a number: true is 1, SIZE_MAX infinity, a choice its place among the
 * names. */
double pensel_option_value(const void *options, const pensel_option_row *row);
/* Writes such a number, which must lie in the row's interval. */
void pensel_option_assign(void *options, const pensel_option_row *row, double value);
/* Whether a number lies in the row's interval. */
bool pensel_option_holds(const pensel_option_row *row, double value);
/* The number that a text means to an option; NaN: none. */
double pensel_option_parse(const pensel_option_row *row, const char *text);
/* A value of the row as a text that means it. */
void pensel_option_print(char *text, size_t size, const pensel_option_row *row, double value);

#endif
