/* The same two options for every command that reads a table. */
#include "table_options.h"

#include "message.h"

#include <string.h>

/* A character, or its name. */
static pensel_status read_delimiter(const pensel_option *o, const char *text, pensel_error *error)
{
    static const struct {
        const char *name;
        char delimiter;
    } named[] = {{"comma", ','}, {"semicolon", ';'}, {"tab", '\t'},
                 {"\\t", '\t'},  {"bar", '|'},       {"space", ' '}};
    char *to = o->target;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (!strcmp(text, named[i].name)) {
            *to = named[i].delimiter;
            return PENSEL_OK;
        }
    bool divides = text[0] && !text[1] && (unsigned char)text[0] >= ' ' && text[0] < 127 &&
                   !strchr("\"#+-.0123456789", text[0]);
    if (!divides)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--delimiter %.60s: one character, or comma, semicolon, tab, bar or "
                            "space is needed",
                            text);
    *to = text[0];
    return PENSEL_OK;
}

static const char *header_choice(size_t i)
{
    return pensel_header_name((pensel_header)i);
}

void pensel_reading_table(pensel_option options[PENSEL_READING_OPTIONS], pensel_reading *reading)
{
    const pensel_option table[PENSEL_READING_OPTIONS] = {
        {"delimiter", 0, read_delimiter, &reading->delimiter, "C",
         "between fields: a character, or tab or space (the one that fits)", 0, 0, NULL},
        {"header", 0, pensel_read_choice, &reading->header, "WHEN",
         "is the first line names? auto, yes or no (auto)", 0, 0, header_choice},
        {0}};
    memcpy(options, table, sizeof table);
}
