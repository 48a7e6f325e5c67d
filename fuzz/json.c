/* JSON: what is read is written again, and read again, and is then the same text. */
#include "fuzz.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

static void put(pensel_json_writer *writer, const pensel_json *value)
{
    switch (value->kind) {
    case PENSEL_JSON_NULL:
        pensel_json_put_null(writer, value->key);
        break;
    case PENSEL_JSON_FALSE:
        pensel_json_put_truth(writer, value->key, false);
        break;
    case PENSEL_JSON_TRUE:
        pensel_json_put_truth(writer, value->key, true);
        break;
    case PENSEL_JSON_WHOLE:
        pensel_json_put_whole(writer, value->key, value->whole);
        break;
    case PENSEL_JSON_REAL:
        pensel_json_put_real(writer, value->key, value->real);
        break;
    case PENSEL_JSON_STRING:
        pensel_json_put_string(writer, value->key, value->string);
        break;
    case PENSEL_JSON_ARRAY:
    case PENSEL_JSON_OBJECT: {
        bool object = value->kind == PENSEL_JSON_OBJECT;
        pensel_json_open(writer, value->key, object ? '{' : '[');
        for (const pensel_json *v = pensel_json_first(value); v; v = pensel_json_next(v))
            put(writer, v);
        pensel_json_close(writer, object ? '}' : ']');
    }
    }
}

/* The text of the JSON, written anew; false: it is none. */
static bool rewrite(pensel_json_writer *writer, const char *text, size_t size)
{
    pensel_json *json;
    pensel_error error;
    if (pensel_json_read(&json, text, size, "fuzz", &error) != PENSEL_OK) return false;
    put(writer, json);
    pensel_json_free(&json);
    return !writer->failed;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    pensel_json_writer once = {0}, twice = {0};
    if (rewrite(&once, (const char *)bytes, size)) {
        if (!rewrite(&twice, once.text, once.size)) abort();
        if (once.size != twice.size || memcmp(once.text, twice.text, once.size) != 0) abort();
    }
    pensel_json_discard(&once);
    pensel_json_discard(&twice);
    return 0;
}
