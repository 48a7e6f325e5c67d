/* Which column goes where, found by name or by number. Each column is one thing: target, weight,
 * dropped or input, decided in this order; later ones find only what is left, and a column that is
 * asked for twice is an error. Roles are those of table.h, with COLUMN_DROPPED besides while the
 * plan is made: it must not be taken for one that is merely not chosen yet. */
#include "table/table.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "table/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As people count: x1 is the first. */
pensel_status pensel_plan_names(char ***names, size_t count, pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(*names, count, error));
    for (size_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "x%zu", i + 1);
        pensel_status status = pensel_duplicate(&(*names)[i], name, error);
        if (status == PENSEL_OK) continue;
        pensel_plan_names_free(*names, count);
        *names = NULL;
        return status;
    }
    return PENSEL_OK;
}

void pensel_plan_names_free(char **names, size_t count)
{
    for (size_t i = 0; names && i < count; i++)
        pensel_release(names[i]);
    pensel_release(names);
}

/* The column called `wanted`, or whose number from 1 it is; SIZE_MAX: none. Of several columns of
 * one name it is one that has no place yet. Columns mostly stand in the order in which they are
 * asked for, so a search that begins at `from`, behind the one found last, is short. */
static size_t find_column(const pensel_plan *plan, const char *wanted, size_t from,
                          char *const *names)
{
    char *end;
    size_t count = plan->count, taken = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t c = from + i < count ? from + i : from + i - count;
        if (strcmp(wanted, names[c]) != 0) continue;
        if (plan->role[c] == PENSEL_COLUMN_IGNORED) return c;
        taken = c;
    }
    if (taken != SIZE_MAX) return taken;
    unsigned long number = strtoul(wanted, &end, 10);
    bool is_number = *wanted >= '0' && *wanted <= '9' && *end == 0;
    return is_number && number >= 1 && number <= count ? number - 1 : SIZE_MAX;
}

/* The sentence gives the name that was perhaps meant, else the first names that there are. */
pensel_status pensel_name_missing(char *const *names, size_t count, const char *file,
                                  const char *wanted, pensel_error *error)
{
    char known[300] = "";
    size_t length = 0;
    const char *near = pensel_word_near(wanted, (const char *const *)names, count);
    if (near)
        return pensel_fail(error, PENSEL_BAD_DATA,
                           "%s has no column \"%.60s\": did you mean \"%.60s\"?", file, wanted,
                           near);
    for (size_t i = 0; i < count && length < sizeof known - 50; i++)
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%.40s", i ? ", " : "",
                                   names[i]);
    return pensel_fail(error, PENSEL_BAD_DATA, "%s has no column \"%.60s\": it has %s%s", file,
                       wanted, known, length < sizeof known - 50 ? "" : "...");
}

/* ------------------------------------------------ targets, weight, and what is dropped */

#define COLUMN_DROPPED (SIZE_MAX - 2) /* ignored, however inputs are chosen */

/* Gives a column that was found by this name its role, or says why it cannot have it. `wanted` is
 * for the sentence. */
typedef pensel_status placer(pensel_plan *plan, size_t column, const char *wanted,
                             pensel_error *error);

/* Targets are columns of y in the order in which they are asked for. */
static pensel_status place_target(pensel_plan *plan, size_t column, const char *wanted,
                                  pensel_error *error)
{
    if (plan->role[column] != PENSEL_COLUMN_IGNORED)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "target \"%.60s\" is asked for twice: each is one once", wanted);
    plan->role[column] = PENSEL_COLUMN_TARGET + plan->targets++;
    return PENSEL_OK;
}

/* Only after the targets: a column cannot be both. */
static pensel_status place_weight(pensel_plan *plan, size_t column, const char *wanted,
                                  pensel_error *error)
{
    if (plan->role[column] != PENSEL_COLUMN_IGNORED)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "column \"%.60s\" is asked for as target and as weight: two columns are "
                           "needed",
                           wanted);
    plan->role[column] = PENSEL_COLUMN_WEIGHT;
    plan->weights = 1;
    return PENSEL_OK;
}

/* A name that stands twice in the list is dropped once, and is no error. */
static pensel_status drop(pensel_plan *plan, size_t column, const char *wanted, pensel_error *error)
{
    if (pensel_column_is_target(plan->role[column]) || plan->role[column] == PENSEL_COLUMN_WEIGHT)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                           "column \"%.60s\" is the target or the weight: others may be dropped",
                           wanted);
    plan->role[column] = COLUMN_DROPPED;
    return PENSEL_OK;
}

/* The next name of a list into `name`, which has room for all of it; *at moves behind its comma, or
 * becomes NULL at the end. False: a quote is not closed, or something follows it. */
static bool next_name(char *name, const char **at)
{
    const char *from = *at;
    char *to = name;
    while (pensel_is_space(*from))
        from++;
    if (*from == '"') {
        for (from++; *from && (*from != '"' || from[1] == '"'); from++) {
            if (*from == '"') from++;
            *to++ = *from;
        }
        if (*from++ != '"') return false;
        while (pensel_is_space(*from))
            from++;
        if (*from && *from != ',') return false;
    } else {
        while (*from && *from != ',')
            *to++ = *from++;
        while (to > name && pensel_is_space(to[-1]))
            to--;
    }
    *to = 0;
    *at = *from ? from + 1 : NULL;
    return true;
}

/* A target by name is the only column of that name: which one was meant, nobody could say. */
static pensel_status check_single(const pensel_plan *plan, size_t column, const char *wanted,
                                  char *const *names, const char *file, pensel_error *error)
{
    if (strcmp(names[column], wanted) != 0) return PENSEL_OK; /* by number */
    for (size_t c = column + 1; c < plan->count; c++)
        PENSEL_REQUIRE(strcmp(names[c], wanted) != 0, BAD_DATA,
                       "%s has several columns \"%.60s\", and the target is one: give its number, "
                       "%zu or %zu",
                       file, wanted, column + 1, c + 1);
    return PENSEL_OK;
}

/* The names of a list between commas, one after the other. `room` is as long as the text. */
static pensel_status place_list(pensel_plan *plan, placer *place, const char *text, char *room,
                                char *const *names, const char *file, pensel_error *error)
{
    for (const char *at = text; at;) {
        if (!next_name(room, &at))
            return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                               "column %.200s: a quote is not closed, or text follows it", text);
        size_t c = find_column(plan, room, 0, names);
        if (c == SIZE_MAX) return pensel_name_missing(names, plan->count, file, room, error);
        if (place == place_target) PENSEL_TRY(check_single(plan, c, room, names, file, error));
        PENSEL_TRY(place(plan, c, room, error));
    }
    return PENSEL_OK;
}

/* The columns of a list; NULL: none. One column whose name is the whole text comes first. */
static pensel_status place_named(pensel_plan *plan, placer *place, const char *text,
                                 char *const *names, const char *file, pensel_error *error)
{
    char *room;
    if (!text) return PENSEL_OK;
    size_t whole = find_column(plan, text, 0, names);
    if (whole != SIZE_MAX && place == place_target)
        PENSEL_TRY(check_single(plan, whole, text, names, file, error));
    if (whole != SIZE_MAX) return place(plan, whole, text, error);
    PENSEL_TRY(PENSEL_NEW(room, strlen(text) + 1, error));
    pensel_status status = place_list(plan, place, text, room, names, file, error);
    pensel_release(room);
    return status;
}

/* A single name, with no list and no quotes: the whole text is it. */
static pensel_status find_weight(pensel_plan *plan, const char *wanted, char *const *names,
                                 const char *file, pensel_error *error)
{
    size_t c = find_column(plan, wanted, 0, names);
    if (c == SIZE_MAX) return pensel_name_missing(names, plan->count, file, wanted, error);
    return place_weight(plan, c, wanted, error);
}

/* ------------------------------------------------ inputs */

/* x has the inputs in the order in which they are asked for, whatever the file's: so a model finds
 * its own in a table whose columns stand otherwise. */
static pensel_status place_by_name(pensel_plan *plan, const pensel_table_options *o,
                                   char *const *names, const char *file, pensel_error *error)
{
    size_t from = 0;
    for (size_t i = 0; i < o->column_count; i++) {
        size_t c = find_column(plan, o->columns[i], from, names);
        if (c == SIZE_MAX)
            return pensel_name_missing(names, plan->count, file, o->columns[i], error);
        if (plan->role[c] != PENSEL_COLUMN_IGNORED)
            return pensel_fail(
                error, PENSEL_BAD_ARGUMENT,
                "column \"%.60s\" is asked for twice: each is an input, the target, the weight "
                "or dropped",
                o->columns[i]);
        plan->role[c] = i;
        from = (c + 1) % plan->count;
    }
    plan->inputs = o->column_count;
    return PENSEL_OK;
}

/* Whether all inputs are found: by name, or those that are numbers by number. */
static bool knows_all(const pensel_plan *plan, const pensel_table_options *o, char *const *names)
{
    size_t from = 0;
    for (size_t i = 0; i < o->column_count; i++) {
        size_t c = find_column(plan, o->columns[i], from, names);
        if (c == SIZE_MAX) return false;
        from = (c + 1) % plan->count;
    }
    return true;
}

/* What is nothing else becomes an input, in the file's order. */
static void place_all(pensel_plan *plan)
{
    for (size_t c = 0; c < plan->count; c++)
        if (plan->role[c] == PENSEL_COLUMN_IGNORED) plan->role[c] = plan->inputs++;
}

/* Names that a file without a header cannot have stand for all columns in their order, if there are
 * as many: a model trained on names predicts from bare numbers. */
static pensel_status place_chosen(pensel_plan *plan, const pensel_table_options *o,
                                  char *const *names, bool named, const char *file,
                                  pensel_error *error)
{
    for (size_t i = 0; i < o->column_count; i++)
        if (!o->columns || !o->columns[i])
            return pensel_fail(error, PENSEL_BAD_ARGUMENT, "column %zu has no name: give it one",
                               i + 1);
    if (named || knows_all(plan, o, names)) return place_by_name(plan, o, names, file, error);
    place_all(plan);
    if (plan->inputs == o->column_count) return PENSEL_OK;
    return pensel_fail(error, PENSEL_BAD_DATA,
                       "%s has no names and %zu columns for inputs: %zu are needed", file,
                       plan->inputs, o->column_count);
}

/* ------------------------------------------------ the plan */

/* x.columns and y.columns are set before the names, for whoever frees them after a failure. */
static pensel_status name_columns(pensel_table *table, const pensel_plan *plan, char *const *names,
                                  pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(table->names, plan->inputs, error));
    table->x.columns = plan->inputs;
    if (plan->targets) PENSEL_TRY(PENSEL_NEW(table->target_names, plan->targets, error));
    table->y.columns = plan->targets;
    for (size_t c = 0; c < plan->count; c++) {
        size_t role = plan->role[c];
        if (role == PENSEL_COLUMN_IGNORED || role == PENSEL_COLUMN_WEIGHT) continue;
        char **name = pensel_column_is_target(role)
                          ? &table->target_names[role - PENSEL_COLUMN_TARGET]
                          : &table->names[role];
        PENSEL_TRY(pensel_duplicate(name, names[c], error));
    }
    return PENSEL_OK;
}

/* In the order of this file's head. COLUMN_DROPPED becomes ignored at the end, when it has kept
 * such columns from being inputs. plan->role is the caller's to free, also after a failure. */
pensel_status pensel_plan_make(pensel_plan *plan, pensel_table *table,
                               const pensel_table_options *options, char *const *names,
                               size_t count, bool named, const char *file, pensel_error *error)
{
    *plan = (pensel_plan){.count = count};
    PENSEL_TRY(PENSEL_NEW(plan->role, count, error));
    for (size_t c = 0; c < count; c++)
        plan->role[c] = PENSEL_COLUMN_IGNORED;
    PENSEL_TRY(place_named(plan, place_target, options->target, names, file, error));
    if (options->weight) PENSEL_TRY(find_weight(plan, options->weight, names, file, error));
    PENSEL_TRY(place_named(plan, drop, options->drop, names, file, error));
    if (options->column_count > 0)
        PENSEL_TRY(place_chosen(plan, options, names, named, file, error));
    else
        place_all(plan);
    for (size_t c = 0; c < count; c++)
        if (plan->role[c] == COLUMN_DROPPED) plan->role[c] = PENSEL_COLUMN_IGNORED;
    if (plan->inputs == 0)
        return pensel_fail(error, PENSEL_BAD_DATA,
                           "%s has no column but the target%s: inputs are needed as well", file,
                           options->drop   ? " and those that are dropped"
                           : plan->weights ? " and the weight"
                                           : "");
    return name_columns(table, plan, names, error);
}
