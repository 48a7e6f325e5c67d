/* The model itself, in what leaves: so that a file of another kind comes back as the model that it
 * was, schema, classes, temperature, ensemble, canvas and all (src/import/saved_in.c).
 *
 * It is a model file's bytes. json and npz have them whole. An ONNX graph has most of the numbers
 * already, in its constants, and so it says where:
 *
 *     SIZE CHECKSUM \n                of the model file
 *     AT LENGTH \n ...                a piece: bytes from AT on of all float constants of the
 *                                     graph, one behind another; or of AT -, of what follows
 *     \n base64                       what no constant has
 *
 * Pieces are found by their words, four bytes each, for all numbers stand at multiples of them. */
#include "base/base64.h"
#include "base/memory.h"
#include "estimator/estimator_file.h"
#include "export/target.h"
#include "picture/painting_file.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 8, WORD = 4 }; /* words that a piece has at least; bytes of one */

pensel_status pensel_saved_bytes(unsigned char **bytes, size_t *size, const pensel_exported *model,
                                 pensel_error *error)
{
    if (model->table) return pensel_table_model_bytes(bytes, size, model->table, error);
    if (model->painting) return pensel_painting_bytes(bytes, size, model->painting, error);
    return pensel_estimator_bytes(bytes, size, model->estimator, error);
}

void pensel_text_base64(pensel_text *text, const unsigned char *bytes, size_t size)
{
    char four[4];
    for (size_t i = 0; i < size; i += 3) {
        pensel_base64_put(four, bytes + i, size - i < 3 ? size - i : 3);
        pensel_text_add(text, four, sizeof four);
    }
}

/* ------------------------------------------------------------------ pieces */

/* Of the model file, from `to` on, what stands at `from` of the pool; in bytes */
typedef struct piece {
    size_t to, from, length;
} piece;

typedef struct search {
    const unsigned char *bytes, *pool;
    size_t size, pool_size;
    size_t *blocks; /* (slots) of the model file by their hash: number + 1; 0: none */
    size_t slots;   /* a power of 2 */
    piece *pieces;  /* (count) */
    size_t count, room;
} search;

static size_t slot_of(const search *s, const unsigned char *block)
{
    return (size_t)pensel_checksum(block, (size_t)BLOCK * WORD) & (s->slots - 1);
}

static bool same_block(const unsigned char *a, const unsigned char *b)
{
    return memcmp(a, b, (size_t)BLOCK * WORD) == 0;
}

/* Of equal blocks the first is kept: zeros would fill the table. */
static pensel_status index_blocks(search *s, pensel_error *error)
{
    size_t count = s->size / WORD / BLOCK;
    for (s->slots = 16; s->slots < 2 * count; s->slots *= 2) {
    }
    PENSEL_TRY(PENSEL_NEW(s->blocks, s->slots, error));
    for (size_t b = 0; b < count; b++) {
        const unsigned char *block = s->bytes + b * BLOCK * WORD;
        size_t slot = slot_of(s, block);
        while (s->blocks[slot] &&
               !same_block(block, s->bytes + (s->blocks[slot] - 1) * BLOCK * WORD))
            slot = (slot + 1) & (s->slots - 1);
        if (!s->blocks[slot]) s->blocks[slot] = b + 1;
    }
    return PENSEL_OK;
}

/* Where a block of the pool stands in the model file; SIZE_MAX: nowhere */
static size_t find_block(const search *s, const unsigned char *block)
{
    for (size_t slot = slot_of(s, block); s->blocks[slot]; slot = (slot + 1) & (s->slots - 1)) {
        size_t at = (s->blocks[slot] - 1) * BLOCK * WORD;
        if (same_block(block, s->bytes + at)) return at;
    }
    return SIZE_MAX;
}

static pensel_status add_piece(search *s, piece p, pensel_error *error)
{
    if (s->count == s->room) {
        void *list = s->pieces;
        PENSEL_TRY(pensel_resize(&list, 2 * s->room + 16, sizeof p, error));
        s->pieces = list;
        s->room = 2 * s->room + 16;
    }
    s->pieces[s->count++] = p;
    return PENSEL_OK;
}

static bool same_word(const search *s, size_t to, size_t from)
{
    return memcmp(s->bytes + to, s->pool + from, WORD) == 0;
}

/* From a block that both have, as far as they are the same either way, but not before `least` of
 * the pool: that is taken. */
static piece extend(const search *s, size_t to, size_t from, size_t least)
{
    size_t begin = 0, length = (size_t)BLOCK * WORD;
    while (begin + WORD <= to && begin + WORD + least <= from &&
           same_word(s, to - begin - WORD, from - begin - WORD))
        begin += WORD;
    while (to + length + WORD <= s->size && from + length + WORD <= s->pool_size &&
           same_word(s, to + length, from + length))
        length += WORD;
    return (piece){to - begin, from - begin, begin + length};
}

/* Goes through the pool once. What a piece has covered is not looked at again. */
static pensel_status find_pieces(search *s, pensel_error *error)
{
    PENSEL_TRY(index_blocks(s, error));
    for (size_t from = 0, least = 0; from + (size_t)BLOCK * WORD <= s->pool_size; from += WORD) {
        size_t to = find_block(s, s->pool + from);
        if (to == SIZE_MAX) continue;
        piece p = extend(s, to, from, least);
        PENSEL_TRY(add_piece(s, p, error));
        least = p.from + p.length;
        from = least - WORD;
    }
    return PENSEL_OK;
}

static int by_target(const void *a, const void *b)
{
    const piece *p = a, *q = b;
    if (p->to != q->to) return p->to < q->to ? -1 : 1;
    return p->length < q->length ? 1 : p->length > q->length ? -1 : 0;
}

/* ------------------------------------------------------------------ the text */

/* Bytes [at, end) that no piece has: a line, and what goes behind all lines. */
static void put_rest(pensel_text *text, pensel_text *rest, const search *s, size_t at, size_t end)
{
    if (at == end) return;
    pensel_text_print(text, "- %zu\n", end - at);
    pensel_text_add(rest, s->bytes + at, end - at);
}

/* Pieces may overlap: each gives what those before it have not. */
static void put_pieces(pensel_text *text, pensel_text *rest, const search *s)
{
    size_t at = 0;
    for (size_t i = 0; i < s->count; i++) {
        piece p = s->pieces[i];
        if (p.to + p.length <= at + (size_t)BLOCK * WORD) continue;
        size_t skip = p.to < at ? at - p.to : 0;
        put_rest(text, rest, s, at, p.to + skip);
        pensel_text_print(text, "%zu %zu\n", p.from + skip, p.length - skip);
        at = p.to + p.length;
    }
    put_rest(text, rest, s, at, s->size);
}

pensel_status pensel_saved_text(pensel_text *text, const pensel_exported *model,
                                const pensel_text *pool, pensel_error *error)
{
    unsigned char *bytes;
    pensel_text rest = {0};
    search s = {.pool = pool->bytes, .pool_size = pool->size};
    PENSEL_TRY(pensel_saved_bytes(&bytes, &s.size, model, error));
    s.bytes = bytes;
    pensel_status status = find_pieces(&s, error);
    if (status == PENSEL_OK) {
        uint64_t sum = pensel_checksum(bytes, s.size);
        if (s.count) qsort(s.pieces, s.count, sizeof *s.pieces, by_target);
        pensel_text_print(text, "%zu %08lx%08lx\n", s.size, (unsigned long)(sum >> 32),
                          (unsigned long)(sum & 0xffffffffu));
        put_pieces(text, &rest, &s);
        pensel_text_put(text, "\n");
        if (rest.size) pensel_text_base64(text, rest.bytes, rest.size);
        text->failed = text->failed || rest.failed;
    }
    pensel_release(rest.bytes);
    pensel_release(s.pieces);
    pensel_release(s.blocks);
    pensel_release(bytes);
    return status;
}
