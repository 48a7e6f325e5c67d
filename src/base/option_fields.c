/* Options as settings in a model file, by their tables: every row under its name, except those that
 * concern a single run. */
#include "base/fields.h"

#include "base/option.h"

#include <stddef.h>
#include <string.h>

/* Rows of a table; one with `given` bits has 64 at most. */
enum { MOST = 128 };

/* How each kind of option stands in JSON. Threads have no entry: list_fields leaves them out. */
static const pensel_field_kind kinds[] = {
    [PENSEL_OPTION_FLAG] = PENSEL_FIELD_BOOL,      [PENSEL_OPTION_COUNT] = PENSEL_FIELD_SIZE,
    [PENSEL_OPTION_SEED] = PENSEL_FIELD_U32,       [PENSEL_OPTION_NUMBER] = PENSEL_FIELD_DOUBLE,
    [PENSEL_OPTION_SECONDS] = PENSEL_FIELD_DOUBLE, [PENSEL_OPTION_CHOICE] = PENSEL_FIELD_NAME,
};

/* The rows that are saved, as fields; how many they are. */
static size_t list_fields(pensel_field fields[MOST], const pensel_option_table *table)
{
    size_t count = 0;
    for (size_t i = 0; i < table->count && count < MOST; i++) {
        const pensel_option_row *row = &table->rows[i];
        if (row->kind == PENSEL_OPTION_THREADS) continue;
        fields[count++] = (pensel_field){row->name, kinds[row->kind], row->offset, row->choice};
    }
    return count;
}

void pensel_options_put(pensel_json_writer *writer, const void *options,
                        const pensel_option_table *table)
{
    pensel_field fields[MOST];
    size_t count = list_fields(fields, table);
    pensel_fields_put(writer, options, fields, count);
}

void pensel_options_write(pensel_json_writer *writer, const char *key, const void *options,
                          const pensel_option_table *table)
{
    pensel_json_open(writer, key, '{');
    pensel_options_put(writer, options, table);
    pensel_json_close(writer, '}');
}

/* Types and names are checked here; whether a value is in its row's range is pensel_options_check's
 * to say. */
pensel_status pensel_options_read(void *options, const pensel_json *json,
                                  const pensel_option_table *table, pensel_error *error)
{
    pensel_field fields[MOST];
    size_t count = list_fields(fields, table);
    return pensel_fields_read(options, json, fields, count, error);
}

/* Bytes of a member of this kind. */
static size_t size_of(pensel_field_kind kind)
{
    static const size_t sizes[] = {
        [PENSEL_FIELD_BOOL] = sizeof(bool),     [PENSEL_FIELD_SIZE] = sizeof(size_t),
        [PENSEL_FIELD_U32] = sizeof(uint32_t),  [PENSEL_FIELD_U64] = sizeof(uint64_t),
        [PENSEL_FIELD_DOUBLE] = sizeof(double), [PENSEL_FIELD_NAME] = sizeof(int),
    };
    return sizes[kind];
}

static bool is_among(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0) return true;
    return false;
}

/* Bits are compared: a NaN equals itself, as it should. */
const char *pensel_options_differ(const void *a, const void *b, const pensel_option_table *table,
                                  const char *const *except)
{
    pensel_field fields[MOST];
    size_t count = list_fields(fields, table);
    for (size_t i = 0; i < count; i++) {
        size_t offset = fields[i].offset;
        if (!is_among(fields[i].key, except) &&
            memcmp((const char *)a + offset, (const char *)b + offset, size_of(fields[i].kind)) !=
                0)
            return fields[i].key;
    }
    return NULL;
}
