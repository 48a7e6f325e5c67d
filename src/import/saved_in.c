/* The model itself in a file that `pensel export` wrote (src/export/saved.c), and JSON, which is
 * read for nothing else.
 *
 * What it says is a stranger's: pieces lie within the constants, the model is no larger than the
 * file that it came in, and its checksum is right, or a constant was changed and the model would
 * be half the old one. That the bytes are a model is asked of them by the room that reads models.
 */
#include "import/coming.h"
#include "import/wire.h"

#include "base/base64.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL_GRAPH = 7, MODEL_METADATA = 14, KEY = 1, VALUE = 2 };
enum { GRAPH_TENSOR = 5, TENSOR_TYPE = 2, TENSOR_RAW = 9, FLOAT = 1 };

static pensel_status broken(const pensel_coming *coming, pensel_error *error)
{
    return pensel_fail(
        error, PENSEL_BAD_FILE,
        "%s: the model in it was changed since pensel export wrote it: such a file, as "
        "it was written, is needed",
        coming->name);
}

/* ------------------------------------------------------------------ ONNX */

/* The text of this key in the metadata */
static pensel_span find_metadata(const pensel_coming *coming, const char *key)
{
    pensel_span file = {coming->bytes, coming->size};
    pensel_field f, g;
    bool bad = false;
    while (pensel_wire_field(&f, &file, &bad)) {
        pensel_span entry = f.bytes, value = {0};
        bool found = false, worse = false;
        if (f.number != MODEL_METADATA || f.wire != 2) continue;
        while (pensel_wire_field(&g, &entry, &worse)) {
            if (g.wire != 2) continue;
            if (g.number == VALUE) value = g.bytes;
            if (g.number == KEY) found = pensel_span_is(g.bytes, key);
        }
        if (found) return value;
    }
    return (pensel_span){0};
}

/* The bytes of a tensor of float, or none */
static pensel_span numbers_of(pensel_span tensor)
{
    pensel_span raw = {0};
    pensel_field f;
    bool bad = false, right = false;
    while (pensel_wire_field(&f, &tensor, &bad)) {
        if (f.number == TENSOR_TYPE && f.wire == 0) right = f.value == FLOAT;
        if (f.number == TENSOR_RAW && f.wire == 2) raw = f.bytes;
    }
    return right ? raw : (pensel_span){0};
}

/* All of them, one behind another: `pool` has room for the file. */
static size_t fill_pool(unsigned char *pool, const pensel_coming *coming)
{
    pensel_span file = {coming->bytes, coming->size};
    pensel_field f, g;
    size_t size = 0;
    bool bad = false;
    while (pensel_wire_field(&f, &file, &bad)) {
        pensel_span graph = f.bytes;
        bool worse = false;
        if (f.number != MODEL_GRAPH || f.wire != 2) continue;
        while (pensel_wire_field(&g, &graph, &worse)) {
            if (g.number != GRAPH_TENSOR || g.wire != 2) continue;
            pensel_span raw = numbers_of(g.bytes);
            if (raw.size) memcpy(pool + size, raw.at, raw.size);
            size += raw.size;
        }
    }
    return size;
}

typedef struct saved {
    pensel_span text;    /* what is left of it */
    pensel_span pool;    /* all constants */
    unsigned char *rest; /* (rest_size) what no constant has */
    size_t rest_size;
    unsigned char *bytes; /* (size) */
    size_t size;
    uint64_t checksum;
} saved;

/* Takes a line; false: it does not end, or is longer than one can be. */
static bool next_line(char line[64], pensel_span *text)
{
    const unsigned char *end = text->size ? memchr(text->at, '\n', text->size) : NULL;
    size_t length = end ? (size_t)(end - text->at) : 0;
    if (!end || length >= 64) return false;
    memcpy(line, text->at, length);
    line[length] = '\0';
    text->at += length + 1;
    text->size -= length + 1;
    return true;
}

/* A whole number up to `most` from the front of a text, and what ends it */
static bool read_size(size_t *size, char **text, size_t most, char end)
{
    char *from = *text;
    if (*from < '0' || *from > '9') return false;
    unsigned long long number = strtoull(from, text, 10);
    if (**text != end || number > most) return false;
    *size = (size_t)number;
    return true;
}

/* SIZE CHECKSUM */
static bool read_head(saved *s, size_t most)
{
    char line[64], *at = line;
    if (!next_line(line, &s->text) || !read_size(&s->size, &at, most, ' ')) return false;
    s->checksum = strtoull(at + 1, &at, 16);
    return *at == '\0' && s->size > 0;
}

/* The lines of pieces, once to find where they end, once to copy. */
static bool walk_pieces(saved *s, bool copies)
{
    char line[64];
    size_t to = 0, rest = 0, at = 0, length = 0;
    for (;;) {
        char *word = line;
        if (!next_line(line, &s->text)) return false;
        if (!*line) return to == s->size && (!copies || rest == s->rest_size);
        bool own = line[0] == '-' && line[1] == ' ';
        if (own) word += 2;
        if (!own && !read_size(&at, &word, s->pool.size, ' ')) return false;
        if (!own) word++;
        if (!read_size(&length, &word, s->size - to, '\0') || length == 0) return false;
        if (own ? copies && length > s->rest_size - rest : length > s->pool.size - at) return false;
        if (copies) memcpy(s->bytes + to, own ? s->rest + rest : s->pool.at + at, length);
        if (own) rest += length;
        to += length;
    }
}

/* The pieces, with what stands behind them: twice through the lines, for the rest follows them. */
static bool put_together(saved *s)
{
    pensel_span lines = s->text;
    if (!walk_pieces(s, false)) return false;
    if (!pensel_base64_get(s->rest, &s->rest_size, s->text.at, s->text.size)) return false;
    s->text = lines;
    return walk_pieces(s, true) && pensel_checksum(s->bytes, s->size) == s->checksum;
}

pensel_status pensel_saved_onnx(pensel_coming *coming, pensel_error *error)
{
    saved s = {.text = find_metadata(coming, "pensel.saved")};
    unsigned char *pool = NULL;
    if (s.text.size == 0) return PENSEL_OK;
    if (!read_head(&s, coming->size)) return broken(coming, error);
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(pool, coming->size, 1, error));
    s.pool = (pensel_span){pool, fill_pool(pool, coming)};
    pensel_status status = PENSEL_ALLOCATE_BARE(s.rest, s.text.size + 4, 1, error);
    if (status == PENSEL_OK) status = PENSEL_ALLOCATE_BARE(s.bytes, s.size, 1, error);
    if (status == PENSEL_OK && !put_together(&s)) status = broken(coming, error);
    pensel_release(pool);
    pensel_release(s.rest);
    coming->saved = s.bytes;
    coming->saved_size = s.size;
    return status;
}

/* ------------------------------------------------------------------ npz and JSON */

pensel_status pensel_saved_keep(pensel_coming *coming, const unsigned char *bytes, size_t size,
                                pensel_error *error)
{
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(coming->saved, size + 1, 1, error));
    memcpy(coming->saved, bytes, size);
    coming->saved_size = size;
    return PENSEL_OK;
}

/* What follows white space and the colon behind a key, up to its end; an empty span: no text */
static pensel_span text_behind(const unsigned char *at, const unsigned char *end)
{
    bool colon = false;
    for (; at < end && *at && strchr(" \t\r\n:", *at); at++)
        colon = colon || *at == ':';
    if (!colon || at >= end || *at != '"') return (pensel_span){0};
    const unsigned char *quote = memchr(at + 1, '"', (size_t)(end - at - 1));
    return quote ? (pensel_span){at + 1, (size_t)(quote - at - 1)} : (pensel_span){0};
}

/* A quote is a backslash and a quote within a string, so this is a whole one: the key, or the name
 * of a class, behind which no text stands. */
static pensel_span find_saved(const pensel_coming *coming)
{
    static const char key[] = "\"saved\"";
    const unsigned char *at = coming->bytes, *end = at + coming->size;
    pensel_span text = {0};
    for (; (size_t)(end - at) > sizeof key && !text.size; at++)
        if (*at == '"' && memcmp(at, key, sizeof key - 1) == 0)
            text = text_behind(at + sizeof key - 1, end);
    return text;
}

static bool is(const unsigned char *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && at < 64 && strchr(" \t\r\n", bytes[at]) && bytes[at])
        at++;
    return at < size && bytes[at] == '{';
}

static pensel_status read(pensel_coming *coming, pensel_error *error)
{
    pensel_span text = find_saved(coming);
    PENSEL_REQUIRE(text.size, UNSUPPORTED,
                   "%s has no model of pensel in it: JSON that pensel export wrote is read",
                   coming->name);
    PENSEL_TRY(PENSEL_ALLOCATE_BARE(coming->saved, text.size + 4, 1, error));
    return pensel_base64_get(coming->saved, &coming->saved_size, text.at, text.size)
               ? PENSEL_OK
               : broken(coming, error);
}

const pensel_format pensel_format_json = {
    .name = "json",
    .help = "what pensel export writes",
    .is = is,
    .read = read,
};
