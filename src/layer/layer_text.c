/* Lists of layers as texts: see layer_text.h. Nothing here knows a kind: names, order and limits of
 * settings come from the kinds' tables of options.
 *
 * Reading gives one item at a time, since a kind can only be prepared when the layers before it
 * are: it must know how many units come in. `after` and `open` are all the state of the parser:
 * what may come next, and which parentheses are open. Writing walks instances, and what it writes
 * is read back as the same list. */
#include "layer/layer_text.h"

#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 64 };

/* The options of every kind, in a struct of their own (pensel_layer_rates). They are found by name
 * only: a value without a name is always one of the kind's own options. */
static const pensel_option_row rate_rows[] = {
    {.name = "rate_factor",
     .also = "",
     .kind = PENSEL_OPTION_NUMBER,
     .offset = offsetof(pensel_layer_rates, rate_factor),
     .standard = 1,
     PENSEL_OPTION_RANGE_FROM(0),
     .only = "",
     .help = "factor of the learning rate",
     .since = "0.1"},
    {.name = "decay",
     .also = "",
     .kind = PENSEL_OPTION_NUMBER,
     .offset = offsetof(pensel_layer_rates, decay),
     .standard = 1,
     PENSEL_OPTION_RANGE_FROM(0),
     .only = "",
     .help = "factor of the penalty and the weight decay",
     .since = "0.1"},
};
static const pensel_option_table rates_table = PENSEL_OPTION_TABLE(rate_rows);

/* ------------------------------------------------------------------ reading */

static void skip_blanks(pensel_layer_reader *reader)
{
    reader->at += strspn(reader->at, " \t\r\n");
}

/* Copies what stands before one of `ends`, without blanks at its end. The reader stops at that
 * character, which says what comes next; nothing is copied past NAME_BYTES, however long a text is.
 */
static pensel_status read_word(char word[NAME_BYTES], pensel_layer_reader *reader, const char *ends,
                               pensel_error *error)
{
    skip_blanks(reader);
    size_t length = strcspn(reader->at, ends), used = length;
    while (used > 0 && strchr(" \t\r\n", reader->at[used - 1]))
        used--;
    PENSEL_REQUIRE(used > 0 && used < NAME_BYTES, BAD_ARGUMENT,
                   "a word of the layers is missing or too long at \"%.20s\": such as "
                   "dense:64:relu,dense:1",
                   reader->at);
    memcpy(word, reader->at, used);
    word[used] = '\0';
    reader->at += length;
    return PENSEL_OK;
}

/* An unknown name is an error that lists all that there are. */
static pensel_status find_kind(const pensel_layer_kind **kind, const char *name,
                               const pensel_kernels *kernels, pensel_error *error)
{
    char names[256] = "";
    *kind = pensel_layer_kind_find(name, kernels);
    if (*kind) return PENSEL_OK;
    for (size_t i = 0, used = 0; pensel_layer_kind_at(i, kernels) && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "",
                                 pensel_layer_kind_at(i, kernels)->name);
    return pensel_fail(error, PENSEL_BAD_ARGUMENT, "layer kind %s is unknown: known ones are %s",
                       name, names);
}

/* "value" or "option=value"; `next` counts those without a name. The rates are looked for first, so
 * no kind can have an option of their names. */
static pensel_status read_setting(pensel_layer_item *item, pensel_layer_reader *reader,
                                  size_t *next, pensel_error *error)
{
    const pensel_option_table *table = &item->kind->options;
    char word[NAME_BYTES];
    PENSEL_TRY(read_word(word, reader, ":,()", error));
    char *value = strchr(word, '=');
    pensel_layer_name *name = (pensel_layer_name *)item->settings.own;
    if (!value && item->kind->named && !*name->text) {
        snprintf(name->text, sizeof name->text, "%s", word);
        return PENSEL_OK;
    }
    if (!value) {
        PENSEL_REQUIRE(*next < table->count, BAD_ARGUMENT,
                       "%s has no option for %s: it takes %zu without a name", item->kind->name,
                       word, table->count);
        return pensel_option_set(&item->settings, table, table->rows[(*next)++].name, word, error);
    }
    *value++ = '\0';
    if (pensel_option_find(&rates_table, word))
        return pensel_option_set(&item->rates, &rates_table, word, value, error);
    PENSEL_REQUIRE(pensel_option_find(table, word), BAD_ARGUMENT, "%s has no option %s",
                   item->kind->name, word);
    return pensel_option_set(&item->settings, table, word, value, error);
}

/* Defaults first, for a text says only what differs. They are not marked as given. */
static void fill_in(void *options, const pensel_option_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        pensel_option_assign(options, &table->rows[i], table->rows[i].standard);
}

/* What must be said is there: an option whose default is none of its values. */
static pensel_status check_given(const pensel_layer_item *item, pensel_error *error)
{
    const pensel_option_table *table = &item->kind->options;
    char needs[128];
    for (size_t i = 0; i < table->count; i++) {
        const pensel_option_row *row = &table->rows[i];
        double value = pensel_option_value(&item->settings, row);
        if (value != value || pensel_option_holds(row, value)) continue;
        pensel_option_needs(needs, sizeof needs, row);
        return pensel_fail(error, PENSEL_BAD_ARGUMENT, "%s has no %s: %s is needed",
                           item->kind->name, row->name, needs);
    }
    return PENSEL_OK;
}

/* One layer, up to the comma or parenthesis that ends it; with "(" it is the first instance of a
 * pair. */
static pensel_status read_layer(pensel_layer_item *item, pensel_layer_reader *reader,
                                pensel_error *error)
{
    char name[NAME_BYTES];
    size_t next = 0;
    PENSEL_TRY(read_word(name, reader, ":,()", error));
    PENSEL_TRY(find_kind(&item->kind, name, reader->kernels, error));
    fill_in(&item->settings, &item->kind->options);
    while (*reader->at == ':') {
        reader->at++;
        PENSEL_TRY(read_setting(item, reader, &next, error));
    }
    PENSEL_TRY(check_given(item, error));
    bool opens = *reader->at == '(';
    PENSEL_REQUIRE(opens == item->kind->encloses, BAD_ARGUMENT,
                   opens ? "%s encloses no layers: end it with a comma"
                         : "%s encloses layers: give them in parentheses",
                   name);
    reader->after = !opens;
    if (!opens) return PENSEL_OK;
    PENSEL_REQUIRE(reader->depth < PENSEL_LAYER_DEPTH, BAD_ARGUMENT,
                   "layers stand within layers more than %d times: fewer are allowed",
                   PENSEL_LAYER_DEPTH);
    reader->open[reader->depth++] = item->kind;
    reader->at++;
    item->opens = true;
    return PENSEL_OK;
}

/* The next instance of the list, or an item without a kind at its end. A ")" is one too: the second
 * of a pair, with the kind of the first and no settings of its own. */
pensel_status pensel_layer_read(pensel_layer_item *item, pensel_layer_reader *reader,
                                pensel_error *error)
{
    *item = (pensel_layer_item){0};
    fill_in(&item->rates, &rates_table);
    skip_blanks(reader);
    if (!reader->after) return read_layer(item, reader, error);
    if (*reader->at == ')' && reader->depth > 0) {
        reader->at++;
        item->kind = reader->open[--reader->depth];
        item->closes = true;
        return PENSEL_OK;
    }
    if (*reader->at == '\0' && reader->depth == 0) return PENSEL_OK;
    PENSEL_REQUIRE(*reader->at == ',', BAD_ARGUMENT,
                   "the layers go on with \"%.20s\": a comma%s is needed there", reader->at,
                   reader->depth > 0 ? " or a closing parenthesis" : "");
    reader->at++;
    return read_layer(item, reader, error);
}

size_t pensel_layer_items(const char *text)
{
    size_t items = 1;
    for (; *text; text++)
        if (*text == ',' || *text == '(' || *text == ')') items++;
    return items;
}

/* ------------------------------------------------------------------ writing */

/* A text that grows; `used` counts also what had no room. */
typedef struct writer {
    char *text;
    size_t size, used;
} writer;

/* What has no room is counted and not written: the first round has no room at all and so measures
 * the text, the second one has just enough. */
static void put(writer *w, const char *word)
{
    size_t length = strlen(word);
    if (w->used + length < w->size) memcpy(w->text + w->used, word, length + 1);
    w->used += length;
}

/* The options that differ from their defaults. Names are left out as long as none is passed over;
 * NaN is the default of options that have it. */
static void put_options(writer *w, const void *options, const pensel_option_table *table,
                        bool named)
{
    char value[NAME_BYTES];
    for (size_t i = 0; i < table->count; i++) {
        const pensel_option_row *row = &table->rows[i];
        double number = pensel_option_value(options, row);
        if (number == row->standard || number != number) {
            named = true;
            continue;
        }
        pensel_option_print(value, sizeof value, row, number);
        put(w, ":");
        if (named) put(w, row->name);
        if (named) put(w, "=");
        put(w, value);
    }
}

/* The second instance of a pair is a closing parenthesis. A comma stands between layers, but not
 * behind an opening one. */
static void put_list(writer *w, const pensel_layer_instance *layers, size_t count)
{
    for (size_t l = 0; l < count; l++) {
        const pensel_layer_kind *kind = layers[l].kind;
        if (kind->encloses && !layers[l].opens) {
            put(w, ")");
            continue;
        }
        if (l > 0 && !layers[l - 1].opens) put(w, ",");
        put(w, kind->name);
        if (kind->named) {
            put(w, ":");
            put(w, ((const pensel_layer_name *)layers[l].settings.own)->text);
        }
        put_options(w, &layers[l].settings, &kind->options, false);
        put_options(w, &layers[l].rates, &rates_table, true);
        if (kind->encloses) put(w, "(");
    }
}

pensel_status pensel_layer_write(char **text, const pensel_layer_instance *layers, size_t count,
                                 pensel_error *error)
{
    writer w = {0};
    put_list(&w, layers, count);
    w = (writer){.size = w.used + 1};
    PENSEL_TRY(PENSEL_NEW(w.text, w.size, error));
    put_list(&w, layers, count);
    *text = w.text;
    return PENSEL_OK;
}
