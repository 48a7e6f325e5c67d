/* Tables as text: the first byte chooses the options. */
#include "fuzz.h"

#include "table/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const targets[] = {NULL, "1", "2, 1", "y"};
    static const char *const columns[] = {"x", "x1"};
    pensel_table *table;
    pensel_source source;
    pensel_error error;
    pensel_table_options o = pensel_table_defaults();
    if (size == 0) return 0;
    o.target = targets[bytes[0] & 3];
    o.classify = bytes[0] & 4;
    o.precision = bytes[0] & 8 ? PENSEL_FLOAT64 : PENSEL_FLOAT32;
    if (bytes[0] & 32) o.weight = "2";
    if (bytes[0] & 16) {
        o.columns = columns;
        o.column_count = 2;
    }
    if (pensel_source_of_memory(&source, bytes + 1, size - 1, "fuzz", &error) != PENSEL_OK)
        return 0;
    pensel_table_parse(&table, &source, &o, &error);
    pensel_table_free(&table);
    pensel_source_close(&source);
    return 0;
}
