/* Options by their tables: found by name, set, checked, given. Every value is a double on its way
 * in and out: a double holds all that any kind can be, and the kind says how the member is written.
 */
#include "base/option.h"

#include "platform/float.h"

#include <stdint.h>
#include <string.h>

/* ------------------------------------------------------------------ values */

/* The member as a double. SIZE_MAX means without limit and is infinity; a row's offset and kind
 * come from the same macro as the member itself, so they fit. */
double pensel_option_value(const void *options, const pensel_option_row *row)
{
    const char *member = (const char *)options + row->offset;
    switch (row->kind) {
    case PENSEL_OPTION_FLAG:
        return *(const bool *)(const void *)member;
    case PENSEL_OPTION_SEED:
        return *(const uint32_t *)(const void *)member;
    case PENSEL_OPTION_NUMBER:
    case PENSEL_OPTION_SECONDS:
        return *(const double *)(const void *)member;
    case PENSEL_OPTION_COUNT:
    case PENSEL_OPTION_THREADS: {
        size_t count = *(const size_t *)(const void *)member;
        return count == SIZE_MAX ? (double)INFINITY : (double)count;
    }
    case PENSEL_OPTION_CHOICE: {
        int value; /* an enum may be of either sign */
        memcpy(&value, member, sizeof value);
        return value;
    }
    }
    return NAN;
}

/* `value` is one that the row holds: nothing is checked here. */
void pensel_option_assign(void *options, const pensel_option_row *row, double value)
{
    char *member = (char *)options + row->offset;
    switch (row->kind) {
    case PENSEL_OPTION_FLAG:
        *(bool *)(void *)member = value != 0;
        break;
    case PENSEL_OPTION_SEED:
        *(uint32_t *)(void *)member = (uint32_t)value;
        break;
    case PENSEL_OPTION_NUMBER:
    case PENSEL_OPTION_SECONDS:
        *(double *)(void *)member = value;
        break;
    case PENSEL_OPTION_COUNT:
    case PENSEL_OPTION_THREADS:
        *(size_t *)(void *)member = isinf(value) ? SIZE_MAX : (size_t)value;
        break;
    case PENSEL_OPTION_CHOICE:
        memcpy(member, &(int){(int)value}, sizeof(int));
        break;
    }
}

/* NaN is never held by an interval: both comparisons are false. */
bool pensel_option_holds(const pensel_option_row *row, double value)
{
    bool above = row->ends[0] == '[' ? value >= row->low : value > row->low;
    bool below = row->ends[1] == ']' ? value <= row->high : value < row->high;
    if (row->kind == PENSEL_OPTION_CHOICE) return value >= 0 && row->choice((int)value);
    if (row->kind == PENSEL_OPTION_SEED && value > UINT32_MAX) return false;
    return above && below;
}

/* ------------------------------------------------------------------ names */

/* The length of the name at `text`, if it is `name` up to dashes; else 0. The text may go on behind
 * a blank: `also` is a list of names. */
static size_t match(const char *text, const char *name)
{
    size_t length = 0;
    while (text[length] && text[length] != ' ') {
        char a = text[length] == '_' ? '-' : text[length];
        char b = name[length] == '_' ? '-' : name[length];
        if (a != b) return 0;
        length++;
    }
    return name[length] ? 0 : length;
}

/* By its own name or one of its others. */
static bool is_called(const pensel_option_row *row, const char *name)
{
    if (match(row->name, name)) return true;
    for (const char *at = row->also; *at;) {
        if (match(at, name)) return true;
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    return false;
}

/* Leading dashes are left out, so that words of a command line can be asked for as they are. */
const pensel_option_row *pensel_option_find(const pensel_option_table *table, const char *name)
{
    if (!table || !name) return NULL;
    while (*name == '-')
        name++;
    for (size_t i = 0; i < table->count; i++)
        if (is_called(&table->rows[i], name)) return &table->rows[i];
    return NULL;
}

/* The row, for the functions that fail without one. */
static pensel_status find(const pensel_option_row **row, const void *options,
                          const pensel_option_table *table, const char *name, pensel_error *error)
{
    PENSEL_REQUIRE(options && table && name, BAD_ARGUMENT,
                   "options, table or name is NULL: all three are needed");
    *row = pensel_option_find(table, name);
    PENSEL_REQUIRE(*row, BAD_ARGUMENT, "%.60s is no option here: one of its table is needed", name);
    return PENSEL_OK;
}

/* ------------------------------------------------------------------ given */

/* One bit for each row, by its position (PENSEL_OPTION_BITS checks that they are enough). */
static pensel_given bit_of(const pensel_option_table *table, const pensel_option_row *row)
{
    return (pensel_given)1 << (row - table->rows);
}

pensel_status pensel_option_give(void *options, const pensel_option_table *table, const char *name,
                                 pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    const pensel_option_row *row;
    PENSEL_TRY(find(&row, options, table, name, error));
    *(pensel_given *)options |= bit_of(table, row);
    return PENSEL_OK;
}

/* Its bit, or a value that is not the default: so a C program that only assigns members has given
 * them, too. */
bool pensel_option_given(const void *options, const pensel_option_table *table, const char *name)
{
    const pensel_option_row *row = pensel_option_find(table, name);
    if (!row || !options) return false;
    if (*(const pensel_given *)options & bit_of(table, row)) return true;
    return !(pensel_option_value(options, row) == row->standard);
}

/* `only` is "name=value|value", or "name!=value|value": the option applies while that other one
 * has, or has not, one of these values. Values are compared as texts, so any kind may be asked. */
bool pensel_option_applies(const void *options, const pensel_option_table *table, const char *name)
{
    PENSEL_FLOAT_SCOPE;
    const pensel_option_row *row = pensel_option_find(table, name), *other = NULL;
    if (!row || !options) return false;
    size_t length = strcspn(row->only, "!=");
    for (size_t i = 0; row->only[0] && i < table->count; i++)
        if (strlen(table->rows[i].name) == length &&
            !memcmp(table->rows[i].name, row->only, length))
            other = &table->rows[i];
    if (!other) return true;
    char value[64];
    pensel_option_print(value, sizeof value, other, pensel_option_value(options, other));
    bool all_but = row->only[length] == '!';
    for (const char *at = row->only + length + all_but + 1;; at++) {
        size_t end = strcspn(at, "|");
        if (strlen(value) == end && !memcmp(value, at, end)) return !all_but;
        at += end;
        if (!*at) return all_but;
    }
}

/* ------------------------------------------------------------------ setting and checking */

/* "adm" is an error: did you mean adam? */
static const char *choice_near(const pensel_option_row *row, const char *text)
{
    enum { MOST = 64 };
    const char *names[MOST];
    size_t count = 0;
    for (int i = 0; row->choice && i < MOST && row->choice(i); i++)
        names[count++] = row->choice(i);
    return pensel_word_near(text, names, count);
}

/* Parsed, checked, assigned and given; on failure the options are as they were. The error says what
 * would be right: a name that is near, else all that is needed. */
pensel_status pensel_option_set(void *options, const pensel_option_table *table, const char *name,
                                const char *text, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    const pensel_option_row *row;
    char needs[256];
    PENSEL_TRY(find(&row, options, table, name, error));
    PENSEL_REQUIRE(text, BAD_ARGUMENT, "%.60s has no text: give it", name);
    double value = pensel_option_parse(row, text);
    if (isnan(value) || !pensel_option_holds(row, value)) {
        const char *near = choice_near(row, text);
        PENSEL_REQUIRE(!near, BAD_ARGUMENT, "%.60s %.60s is unknown: did you mean %s?", name, text,
                       near);
        pensel_option_needs(needs, sizeof needs, row);
        if (isnan(value) && row->kind == PENSEL_OPTION_NUMBER) strcpy(needs, "a finite number");
        return pensel_fail(error, PENSEL_BAD_ARGUMENT, "%.60s %.60s%s: %s is needed", name, text,
                           row->choice ? " is unknown" : "", needs);
    }
    pensel_option_assign(options, row, value);
    return pensel_option_give(options, table, name, error);
}

pensel_status pensel_option_get(char *text, size_t size, const void *options,
                                const pensel_option_table *table, const char *name,
                                pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    const pensel_option_row *row;
    PENSEL_REQUIRE(text && size > 0, BAD_ARGUMENT, "text is NULL or has no room: give it some");
    PENSEL_TRY(find(&row, options, table, name, error));
    pensel_option_print(text, size, row, pensel_option_value(options, row));
    return PENSEL_OK;
}

static size_t size_of(pensel_option_kind kind)
{
    switch (kind) {
    case PENSEL_OPTION_FLAG:
        return sizeof(bool);
    case PENSEL_OPTION_SEED:
        return sizeof(uint32_t);
    case PENSEL_OPTION_CHOICE:
        return sizeof(int);
    case PENSEL_OPTION_COUNT:
    case PENSEL_OPTION_THREADS:
        return sizeof(size_t);
    case PENSEL_OPTION_NUMBER:
    case PENSEL_OPTION_SECONDS:
        break;
    }
    return sizeof(double);
}

/* Nothing lies between the last member and the room, which is made of bytes and ends where the
 * table says. */
static bool is_room_free(const void *options, const pensel_option_table *table)
{
    const pensel_option_row *last = &table->rows[table->count - 1];
    for (size_t i = last->offset + size_of(last->kind); i < table->bytes; i++)
        if (((const unsigned char *)options)[i] != 0) return false;
    return true;
}

pensel_status pensel_more_check(const void *const *more, pensel_error *error)
{
    for (size_t i = 0; i < PENSEL_MORE_HOOKS; i++)
        PENSEL_REQUIRE(!more[i], BAD_ARGUMENT,
                       "more[%zu] is not NULL, which pensel " PENSEL_VERSION
                       " does not know: a newer library is needed",
                       i);
    return PENSEL_OK;
}

/* Each row by itself, and no option behind the last one. What options mean together is checked
 * where they are used. */
pensel_status pensel_options_check(const void *options, const pensel_option_table *table,
                                   pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    char needs[256], value[64];
    PENSEL_REQUIRE(options && table, BAD_ARGUMENT, "options or table is NULL: both are needed");
    PENSEL_REQUIRE(is_room_free(options, table), BAD_ARGUMENT,
                   "an option behind %s is set, which pensel " PENSEL_VERSION
                   " does not know: a newer library is needed",
                   table->rows[table->count - 1].name);
    for (size_t i = 0; i < table->count; i++) {
        const pensel_option_row *row = &table->rows[i];
        double number = pensel_option_value(options, row);
        if (pensel_option_holds(row, number)) continue;
        pensel_option_needs(needs, sizeof needs, row);
        pensel_option_print(value, sizeof value, row, number);
        return pensel_fail(error, PENSEL_BAD_ARGUMENT, "%s is %s: %s is needed", row->name, value,
                           needs);
    }
    return PENSEL_OK;
}
