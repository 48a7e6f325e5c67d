/* Labels, found by hashing (FNV-1a, open addressing). The table is never more than half full, so a
 * search is short. Whoever makes many labels of one hash only makes them slow: there are at most
 * PENSEL_MOST_CLASSES. */
#include "table/labels.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "table/cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a of 64 bits: h = (h xor byte) times the prime, from the offset basis. */
static uint64_t hash(const char *text, size_t length)
{
    uint64_t value = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        value = (value ^ (unsigned char)text[i]) * 0x100000001b3u;
    return value;
}

/* `label` ends with a zero and has none within; text may have any bytes. */
static bool is_text(const char *label, const char *text, size_t length)
{
    return strlen(label) == length && memcmp(label, text, length) == 0;
}

/* Doubles the hash table and reinserts every label. Slots are twice the capacity, so it is full by
 * half at most and every search meets an empty slot. Texts themselves do not move. */
static pensel_status grow(pensel_labels *labels, pensel_error *error)
{
    size_t capacity = labels->capacity ? 2 * labels->capacity : 64, *slots;
    char **texts;
    PENSEL_TRY(PENSEL_NEW(slots, 2 * capacity, error));
    pensel_status status = PENSEL_NEW(texts, capacity, error);
    if (status != PENSEL_OK) {
        pensel_release(slots);
        return status;
    }
    for (size_t i = 0; i < labels->count; i++) {
        size_t at = (size_t)(hash(labels->texts[i], strlen(labels->texts[i])) % (2 * capacity));
        while (slots[at])
            at = (at + 1) % (2 * capacity);
        slots[at] = i + 1;
        texts[i] = labels->texts[i];
    }
    pensel_release(labels->slots);
    pensel_release(labels->texts);
    labels->slots = slots;
    labels->texts = texts;
    labels->capacity = capacity;
    labels->slot_count = 2 * capacity;
    return PENSEL_OK;
}

/* The label before is tried first, without a hash. Room is made before the search, since a slot of
 * the old table would be none of the new one. */
pensel_status pensel_labels_find(size_t *code, pensel_labels *labels, const char *text,
                                 size_t length, const char *file, pensel_error *error)
{
    pensel_trim(&text, &length);
    if (memchr(text, 0, length))
        return pensel_fail(error, PENSEL_BAD_DATA,
                           "%s has a target with a zero byte: text is expected", file);
    *code = labels->last;
    if (labels->count && is_text(labels->texts[labels->last], text, length)) return PENSEL_OK;
    if (labels->count == labels->capacity) PENSEL_TRY(grow(labels, error));
    size_t at = (size_t)(hash(text, length) % labels->slot_count);
    while (labels->slots[at] && !is_text(labels->texts[labels->slots[at] - 1], text, length))
        at = (at + 1) % labels->slot_count;
    if (!labels->slots[at]) {
        if (labels->count == PENSEL_MOST_CLASSES)
            return pensel_fail(
                error, PENSEL_BAD_DATA,
                "%s has more than %d different targets: classes are fewer, and numbers are "
                "learned by regression",
                file, PENSEL_MOST_CLASSES);
        char **place = &labels->texts[labels->count];
        PENSEL_TRY(PENSEL_NEW(*place, length + 1, error));
        memcpy(*place, text, length);
        labels->slots[at] = ++labels->count;
    }
    *code = labels->last = labels->slots[at] - 1;
    return PENSEL_OK;
}

/* A numeral would lose how it is written: 007 is not 7. */
static bool all_numbers(double *codes, const pensel_labels *labels)
{
    for (size_t i = 0; i < labels->count; i++)
        if (pensel_cell_is_numeral(labels->texts[i], strlen(labels->texts[i])) ||
            !pensel_number_parse(&codes[i], labels->texts[i], strlen(labels->texts[i])) ||
            !isfinite(codes[i]))
            return false;
    return true;
}

/* A label on its way into sorted order, and the code that it had. */
typedef struct named {
    char *text;
    size_t code;
} named;

/* By bytes, so that the order does not depend on a locale. */
static int by_text(const void *a, const void *b)
{
    return strcmp(((const named *)a)->text, ((const named *)b)->text);
}

/* codes[old] is the index of label `old` among the sorted names, which are copies in UTF-8. */
static pensel_status sort_names(double *codes, char **names, const pensel_labels *labels,
                                pensel_error *error)
{
    named *order;
    pensel_status status = PENSEL_NEW(order, labels->count, error);
    for (size_t i = 0; i < labels->count && status == PENSEL_OK; i++) {
        order[i].code = i;
        order[i].text = labels->texts[i];
    }
    if (status == PENSEL_OK) qsort(order, labels->count, sizeof *order, by_text);
    for (size_t i = 0; i < labels->count && status == PENSEL_OK; i++) {
        codes[order[i].code] = (double)i;
        status = pensel_text_copy(&names[i], order[i].text, strlen(order[i].text), error);
    }
    pensel_release(order);
    return status;
}

/* *name_count is set before the first name: after a failure the names belong to whoever frees the
 * table, with NULL for those that were not made. */
pensel_status pensel_labels_settle(double **codes, char ***names, size_t *name_count,
                                   pensel_labels *labels, pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(*codes, labels->count, error));
    if (all_numbers(*codes, labels)) return PENSEL_OK;
    pensel_status status = PENSEL_NEW(*names, labels->count, error);
    if (status == PENSEL_OK) {
        *name_count = labels->count;
        status = sort_names(*codes, *names, labels, error);
    }
    if (status == PENSEL_OK) return PENSEL_OK;
    pensel_release(*codes);
    *codes = NULL;
    return status;
}

void pensel_labels_clear(pensel_labels *labels)
{
    for (size_t i = 0; i < labels->count; i++)
        pensel_release(labels->texts[i]);
    pensel_release(labels->texts);
    pensel_release(labels->slots);
    *labels = (pensel_labels){0};
}

/* Each byte becomes three at most. */
pensel_status pensel_text_copy(char **copy, const char *text, size_t length, pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(*copy, 3 * length + 1, error));
    memcpy(*copy, text, length);
    if (pensel_text_is_utf8(*copy)) return PENSEL_OK;
    char *to = *copy;
    for (size_t i = 0; i < length; i++)
        to = pensel_utf8_put(to, pensel_text_code_of_byte((unsigned char)text[i]));
    *to = 0;
    return PENSEL_OK;
}
