/* One file of a zip archive, found by its name: the arrays of a .npz. */
#ifndef PENSEL_APP_ZIP_ENTRY_H
#define PENSEL_APP_ZIP_ENTRY_H

#include "pensel.h"

#include <stdio.h>

typedef struct pensel_zip_entry {
    int64_t start, size; /* of its packed bytes */
    bool deflated;       /* or as they are */
    uint32_t crc;        /* CRC-32 of what they become */
} pensel_zip_entry;

/* The array called `name`; NULL: the only one there is. */
pensel_status pensel_zip_find(pensel_zip_entry *entry, FILE *file, const char *path,
                              const char *name, pensel_error *error);

#endif
