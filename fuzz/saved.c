/* The model itself in an ONNX file, under a right checksum, so that more than the first check is
 * reached. The bytes are one of size / 64, so many bytes of constants in units of 256, the
 * constants, and the text behind its first line: lines, an empty one, base64 (src/export/saved.c).
 * What the text means is worked out here once more, in another way: a text that means a model is
 * the only one that may be accepted, and none that means one was changed. */
#include "fuzz.h"

#include "used.h"

#include "base/base64.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 1 << 16 };

typedef struct growing {
    size_t size;
    unsigned char bytes[2 * MOST];
} growing;

static void add(growing *to, const void *bytes, size_t size)
{
    if (size > sizeof to->bytes - to->size) abort();
    if (size) memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

static void add_number(growing *to, size_t number)
{
    for (; number > 127; number >>= 7)
        add(to, &(unsigned char){(unsigned char)((number & 127) | 128)}, 1);
    add(to, &(unsigned char){(unsigned char)number}, 1);
}

static void add_field(growing *to, size_t field, const void *bytes, size_t size)
{
    add_number(to, field << 3 | 2);
    add_number(to, size);
    add(to, bytes, size);
}

/* A number as the text has them, from 1; -1: it is none. */
static long number_of(const char *word)
{
    char *end;
    long number = *word >= '0' && *word <= '9' ? strtol(word, &end, 10) : -1;
    return number >= 0 && *end == '\0' && number <= MOST ? number : -1;
}

/* The bytes that the text means; false: it means none. */
static bool assemble(growing *model, const uint8_t *pool, size_t pool_size, const char *text)
{
    static unsigned char rest[MOST + 4];
    char line[64];
    size_t rest_size = 0, used = 0;
    const char *blank = *text == '\n' ? text - 1 : strstr(text, "\n\n");
    model->size = 0;
    if (!blank ||
        !pensel_base64_get(rest, &rest_size, (const unsigned char *)blank + 2, strlen(blank + 2)))
        return false;
    while (text <= blank) {
        size_t length = strcspn(text, "\n");
        if (length >= sizeof line) return false;
        memcpy(line, text, length);
        line[length] = '\0';
        text += length + 1;
        char *gap = strchr(line, ' ');
        if (!gap) return false;
        *gap = '\0';
        bool own = strcmp(line, "-") == 0;
        long at = own ? (long)used : number_of(line), count = number_of(gap + 1);
        if (at < 0 || count < 1 || (size_t)(at + count) > (own ? rest_size : pool_size))
            return false;
        if (model->size + (size_t)count > MOST) return false;
        add(model, (own ? rest : pool) + at, (size_t)count);
        if (own) used += (size_t)count;
    }
    return used == rest_size && model->size > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static growing model, tensor, graph, text, entry, file;
    static char words[MOST + 1];
    char head[64];
    pensel_import_options o = pensel_import_defaults();
    pensel_imported *imported;
    pensel_error error;
    if (size < 1 || size > MOST / 2) return 0;
    size_t pool = (size_t)bytes[0] * 256;
    if (pool > size - 1) pool = size - 1;
    memcpy(words, bytes + 1 + pool, size - 1 - pool);
    words[size - 1 - pool] = '\0';
    bool means = strlen(words) == size - 1 - pool && assemble(&model, bytes + 1, pool, words);
    tensor.size = graph.size = text.size = entry.size = file.size = 0;
    add(&file, "\x08\x07", 2);   /* the version, by which a file is known as ONNX */
    add(&tensor, "\x10\x01", 2); /* of float */
    add_field(&tensor, 9, bytes + 1, pool);
    add_field(&graph, 5, tensor.bytes, tensor.size);
    add_field(&file, 7, graph.bytes, graph.size);
    snprintf(head, sizeof head, "%zu %016llx\n", means ? model.size : 1,
             (unsigned long long)(means ? pensel_checksum(model.bytes, model.size) : 0));
    add(&text, head, strlen(head));
    add(&text, bytes + 1 + pool, size - 1 - pool);
    add_field(&entry, 1, "pensel.saved", 12);
    add_field(&entry, 2, text.bytes, text.size);
    add_field(&file, 14, entry.bytes, entry.size);
    if (pensel_import_memory(&imported, file.bytes, file.size, "fuzz", &o, &error) != PENSEL_OK) {
        if (means && model.size <= file.size && strstr(error.text, "was changed")) abort();
        if (strstr(error.text, "no network of another program")) abort();
        return 0;
    }
    if (!means || !pensel_imported_model(imported)) abort();
    use_imported(imported);
    pensel_imported_free(&imported);
    return 0;
}
