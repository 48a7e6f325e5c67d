/* Distinct texts, each with a code from 1 in order of appearance. They stand one behind another in
 * large blocks, and are found by hashing. */
#ifndef PENSEL_TABLE_DICTIONARY_H
#define PENSEL_TABLE_DICTIONARY_H

#include "pensel.h"

typedef struct pensel_text_block pensel_text_block;

typedef struct pensel_dictionary {
    const char **texts; /* (count + 1), [0] is NULL */
    size_t count, room;
    uint32_t *hashes; /* (count + 1) of each text */
    uint32_t *slots;  /* (slot_count, a power of two) codes; 0: empty */
    size_t slot_count;
    uint32_t last;            /* the most recent code, tried first: tables are often sorted */
    pensel_text_block *block; /* the newest, which knows the one before */
} pensel_dictionary;

/* The code of a text, which has no zero bytes and is copied if it is new. */
pensel_status pensel_dictionary_find(uint32_t *code, pensel_dictionary *dictionary,
                                     const char *text, size_t length, pensel_error *error);
/* Texts that are not UTF-8 become what they are in Windows-1252. */
pensel_status pensel_dictionary_decode(pensel_dictionary *dictionary, pensel_error *error);
void pensel_dictionary_clear(pensel_dictionary *dictionary);

#endif
