/* Tables as columns, text or arrays: the first byte chooses the options. Read twice, from memory
 * and through a stream that gives a few bytes at a time and cannot go back: both must agree. */
#include "fuzz.h"
#include "walk.h"

typedef struct drip {
    const uint8_t *bytes;
    size_t left, step;
} drip;

static pensel_status drip_read(void *self, void *bytes, size_t size, size_t *got,
                               pensel_error *error)
{
    drip *d = self;
    (void)error;
    *got = d->left < d->step ? d->left : d->step;
    if (*got > size) *got = size;
    if (*got) memcpy(bytes, d->bytes, *got);
    d->bytes += *got;
    d->left -= *got;
    return PENSEL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const text[] = {"1", "y"};
    static const char delimiters[] = {0, ',', ' ', '\t'};
    pensel_columns *a = NULL, *b = NULL;
    pensel_source source;
    pensel_error error;
    pensel_columns_options o = pensel_columns_defaults();
    if (size == 0) return 0;
    o.delimiter = delimiters[bytes[0] & 3];
    o.header = (pensel_header)((bytes[0] >> 2 & 3) % 3);
    o.text = text;
    o.text_count = bytes[0] & 16 ? 2 : 0;
    if (pensel_source_of_memory(&source, bytes + 1, size - 1, "fuzz", &error) != PENSEL_OK)
        return 0;
    pensel_columns_parse(&a, &source, &o, &error);
    pensel_source_close(&source);
    drip d = {bytes + 1, size - 1, 1 + (bytes[0] >> 5) * 37u};
    const pensel_stream stream = {drip_read, NULL, &d};
    o.stream = &stream;
    pensel_columns_read(&b, "fuzz", &o, &error);
    size_t rows = a ? walk(a) : 0;
    if (rows != (b ? walk(b) : 0)) abort();
    pensel_columns_free(&a);
    pensel_columns_free(&b);
    return 0;
}
