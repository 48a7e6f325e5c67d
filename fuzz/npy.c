/* Tables as .npy: the magic bytes are put in front, since a fuzzer would waste its time guessing
 * them. The first byte chooses the options. */
#include "fuzz.h"

#include "table/table.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    pensel_table *table;
    pensel_source source;
    pensel_error error;
    pensel_table_options o = pensel_table_defaults();
    if (size == 0) return 0;
    o.target = bytes[0] & 1 ? "1" : NULL;
    o.classify = bytes[0] & 2;
    o.precision = bytes[0] & 4 ? PENSEL_FLOAT64 : PENSEL_FLOAT32;
    if (bytes[0] & 8) o.weight = "2";
    char *whole = malloc(size + 5);
    if (!whole) return 0;
    memcpy(whole, "\x93NUMPY", 6);
    memcpy(whole + 6, bytes + 1, size - 1);
    if (pensel_source_of_memory(&source, whole, size + 5, "fuzz", &error) == PENSEL_OK) {
        pensel_table_parse(&table, &source, &o, &error);
        pensel_table_free(&table);
        pensel_source_close(&source);
    }
    free(whole);
    return 0;
}
