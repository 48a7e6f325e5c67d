/* Hashing with open addressing; the hash is FNV-1a. The table is at most half full, so a search is
 * short, and a slot is compared by its hash before its text. Texts never move: blocks are added,
 * not enlarged, so a pointer to one is good until the dictionary is cleared. */
#include "table/dictionary.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "table/labels.h"

#include <string.h>

#define FIRST_SLOTS ((size_t)64)
#define BLOCK ((size_t)1 << 16) /* bytes of texts at a time; the first blocks are smaller */
#define FIRST_BLOCK ((size_t)512)
#define MOST ((size_t)UINT32_MAX - 1)

/* A piece of memory that never moves, and the one before it: so all can be freed from the newest.
 */
struct pensel_text_block {
    pensel_text_block *before;
    size_t size, used;
    char bytes[];
};

/* FNV-1a of 64 bits, folded to 32: the upper half xor the lower. */
static uint32_t hash_of(const char *text, size_t length)
{
    uint64_t value = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        value = (value ^ (unsigned char)text[i]) * 0x100000001b3u;
    return (uint32_t)(value >> 32 ^ value);
}

/* A copy of the text behind the others, with a zero after it. Blocks grow fourfold from 512 bytes
 * to 64 KiB; a longer text has one of its own size. What is left of a block is given up with it. */
static pensel_status keep(const char **copy, pensel_dictionary *d, const char *text, size_t length,
                          pensel_error *error)
{
    pensel_text_block *block = d->block;
    if (!block || block->size - block->used < length + 1) {
        size_t size = block ? 4 * block->size : FIRST_BLOCK;
        if (size > BLOCK) size = BLOCK;
        if (size < length + 1) size = length + 1;
        PENSEL_TRY(PENSEL_ALLOCATE_BARE(block, 1, sizeof *block + size, error));
        *block = (pensel_text_block){.before = d->block, .size = size};
        d->block = block;
    }
    char *to = block->bytes + block->used;
    memcpy(to, text, length);
    to[length] = 0;
    block->used += length + 1;
    *copy = to;
    return PENSEL_OK;
}

/* Twice the slots, with every code in its place again; their number is a power of two, so that a
 * mask divides. The hashes are kept, so no text is read for it. */
static pensel_status grow_slots(pensel_dictionary *d, pensel_error *error)
{
    size_t count = d->slot_count ? 2 * d->slot_count : FIRST_SLOTS;
    uint32_t *slots;
    PENSEL_TRY(PENSEL_NEW(slots, count, error));
    for (size_t code = 1; code <= d->count; code++) {
        size_t at = d->hashes[code] & (count - 1);
        while (slots[at])
            at = (at + 1) & (count - 1);
        slots[at] = (uint32_t)code;
    }
    pensel_release(d->slots);
    d->slots = slots;
    d->slot_count = count;
    return PENSEL_OK;
}

/* Each block belongs to the dictionary as soon as it is there, so a failure of the second loses
 * neither. Index 0 stands for a missing value. */
static pensel_status grow_texts(pensel_dictionary *d, pensel_error *error)
{
    size_t room = d->room ? 2 * d->room : FIRST_SLOTS / 2;
    void *texts = d->texts, *hashes = d->hashes;
    pensel_status status = pensel_resize(&texts, room + 1, sizeof *d->texts, error);
    d->texts = texts;
    if (status == PENSEL_OK) status = pensel_resize(&hashes, room + 1, sizeof *d->hashes, error);
    d->hashes = hashes;
    if (status != PENSEL_OK) return status;
    d->texts[0] = NULL;
    d->room = room;
    return PENSEL_OK;
}

/* `text` has no zero bytes, so that the comparison ends where a shorter stored text does. */
static bool same(const pensel_dictionary *d, uint32_t code, const char *text, size_t length)
{
    return strncmp(d->texts[code], text, length) == 0 && d->texts[code][length] == 0;
}

/* The code before is tried first. Both tables grow before the search, so a new text has its room;
 * d->count grows only when its copy is made. */
pensel_status pensel_dictionary_find(uint32_t *code, pensel_dictionary *d, const char *text,
                                     size_t length, pensel_error *error)
{
    *code = d->last;
    if (d->last && same(d, d->last, text, length)) return PENSEL_OK;
    if (2 * (d->count + 1) > d->slot_count) PENSEL_TRY(grow_slots(d, error));
    if (d->count == d->room) PENSEL_TRY(grow_texts(d, error));
    uint32_t hash = hash_of(text, length);
    size_t at = hash & (d->slot_count - 1);
    while (d->slots[at] &&
           !(d->hashes[d->slots[at]] == hash && same(d, d->slots[at], text, length)))
        at = (at + 1) & (d->slot_count - 1);
    if (!d->slots[at]) {
        PENSEL_REQUIRE(d->count < MOST, UNSUPPORTED,
                       "a column has more than %zu different texts: it is better dropped", MOST);
        PENSEL_TRY(keep(&d->texts[d->count + 1], d, text, length, error));
        d->count++;
        d->hashes[d->count] = hash;
        d->slots[at] = (uint32_t)d->count;
    }
    *code = d->last = d->slots[at];
    return PENSEL_OK;
}

/* When all has been read: hashes stay those of the old bytes, so nothing may be looked up after it.
 */
pensel_status pensel_dictionary_decode(pensel_dictionary *d, pensel_error *error)
{
    for (size_t code = 1; code <= d->count; code++) {
        char *copy;
        if (pensel_text_is_utf8(d->texts[code])) continue;
        PENSEL_TRY(pensel_text_copy(&copy, d->texts[code], strlen(d->texts[code]), error));
        pensel_status status = keep(&d->texts[code], d, copy, strlen(copy), error);
        pensel_release(copy);
        PENSEL_TRY(status);
    }
    return PENSEL_OK;
}

void pensel_dictionary_clear(pensel_dictionary *d)
{
    for (pensel_text_block *block = d->block, *before; block; block = before) {
        before = block->before;
        pensel_release(block);
    }
    pensel_release(d->texts);
    pensel_release(d->hashes);
    pensel_release(d->slots);
    *d = (pensel_dictionary){0};
}
