/* Which column goes where, found by name or by number. */
#include "file/table.h"

#include "base/error.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

pensel_status pensel_plan_names(char ***names, size_t count, pensel_error *error)
{
    PENSEL_TRY(pensel_allocate(names, count, sizeof **names, error));
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

/* The column called `wanted`, or whose number from 1 it is; SIZE_MAX: none. */
static size_t find_column(const char *wanted, char *const *names, size_t count)
{
    char *end;
    for (size_t i = 0; i < count; i++)
        if (strcmp(wanted, names[i]) == 0) return i;
    unsigned long number = strtoul(wanted, &end, 10);
    bool is_number = *wanted >= '0' && *wanted <= '9' && *end == 0;
    return is_number && number >= 1 && number <= count ? number - 1 : SIZE_MAX;
}

static pensel_status no_column(const char *wanted, char *const *names, size_t count,
                               const char *file, pensel_error *error)
{
    char known[300] = "";
    size_t length = 0;
    for (size_t i = 0; i < count && length < sizeof known - 50; i++)
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%.40s", i ? ", " : "",
                                   names[i]);
    return pensel_fail(error, PENSEL_BAD_DATA, "%s has no column \"%.60s\": it has %s%s", file,
                       wanted, known, length < sizeof known - 50 ? "" : "...");
}

static pensel_status place_chosen(pensel_plan *plan, const pensel_table_options *o,
                                  char *const *names, bool named, const char *file,
                                  pensel_error *error)
{
    for (size_t i = 0; i < o->column_count; i++) {
        if (!o->columns || !o->columns[i])
            return pensel_fail(error, PENSEL_BAD_ARGUMENT, "column %zu has no name: give it one",
                               i + 1);
        size_t c = named ? find_column(o->columns[i], names, plan->count) : SIZE_MAX;
        if (!named)
            for (size_t rest = 0; rest < plan->count && c == SIZE_MAX; rest++)
                if (plan->place[rest] == PENSEL_COLUMN_IGNORED) c = rest;
        if (c == SIZE_MAX) return no_column(o->columns[i], names, plan->count, file, error);
        if (plan->place[c] != PENSEL_COLUMN_IGNORED)
            return pensel_fail(
                error, PENSEL_BAD_ARGUMENT,
                "column \"%.60s\" is asked for twice: each is an input or the target once",
                o->columns[i]);
        plan->place[c] = i;
    }
    plan->inputs = o->column_count;
    return PENSEL_OK;
}

static pensel_status name_inputs(pensel_table *table, const pensel_plan *plan, char *const *names,
                                 pensel_error *error)
{
    PENSEL_TRY(pensel_allocate(&table->names, plan->inputs, sizeof *table->names, error));
    table->x.columns = plan->inputs;
    for (size_t c = 0; c < plan->count; c++)
        if (plan->place[c] < plan->inputs)
            PENSEL_TRY(pensel_duplicate(&table->names[plan->place[c]], names[c], error));
    if (plan->target == PENSEL_COLUMN_IGNORED) return PENSEL_OK;
    return pensel_duplicate(&table->target_name, names[plan->target], error);
}

pensel_status pensel_plan_make(pensel_plan *plan, pensel_table *table,
                               const pensel_table_options *options, char *const *names,
                               size_t count, bool named, const char *file, pensel_error *error)
{
    *plan = (pensel_plan){.count = count, .target = PENSEL_COLUMN_IGNORED};
    PENSEL_TRY(pensel_allocate(&plan->place, count, sizeof *plan->place, error));
    for (size_t c = 0; c < count; c++)
        plan->place[c] = PENSEL_COLUMN_IGNORED;
    if (options->target) {
        plan->target = find_column(options->target, names, count);
        if (plan->target == SIZE_MAX) return no_column(options->target, names, count, file, error);
        plan->place[plan->target] = PENSEL_COLUMN_TARGET;
    }
    if (options->column_count > 0)
        PENSEL_TRY(place_chosen(plan, options, names, named, file, error));
    else
        for (size_t c = 0; c < count; c++)
            if (plan->place[c] == PENSEL_COLUMN_IGNORED) plan->place[c] = plan->inputs++;
    if (plan->inputs == 0)
        return pensel_fail(error, PENSEL_BAD_DATA,
                           "%s has no column but the target: inputs are needed as well", file);
    return name_inputs(table, plan, names, error);
}
