/* What networks are described by, by name, and the table of an encoding's options. Names stand in
 * the order of their enums, for a number is the index; NULL past the last, so that a reader of
 * choices knows where they end. */
#include "network/network.h"

#include "base/option.h"

const char *pensel_precision_name(pensel_precision precision)
{
    static const char *const names[] = {"float32", "float64", "bfloat16"};
    return (unsigned)precision < sizeof names / sizeof *names ? names[precision] : NULL;
}

const char *pensel_initialisation_name(pensel_initialisation how)
{
    static const char *const names[] = {"glorot", "he", "siren"};
    return (unsigned)how < sizeof names / sizeof *names ? names[how] : NULL;
}

static const char *encoding_kind_choice(int value)
{
    return pensel_encoding_name((pensel_encoding_kind)value);
}

#define ROW(...) PENSEL_OPTION_ROW(pensel_encoding, __VA_ARGS__)
/* The options of all encodings in one table; `only` says which kinds a row is for. */
static const pensel_option_row rows[] = {PENSEL_ENCODING_OPTION_LIST(ROW)};
static const pensel_option_table table = PENSEL_OPTION_TABLE_OF(rows, PENSEL_ENCODING_MOST);
PENSEL_OPTION_BITS(rows);

const pensel_option_table *pensel_encoding_table(void)
{
    return &table;
}
