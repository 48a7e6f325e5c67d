/* Files: reading them, and replacing one by another whole or not at all. */
#ifndef PENSEL_PLATFORM_FILE_H
#define PENSEL_PLATFORM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum pensel_trouble_kind {
    PENSEL_TROUBLE_SYSTEM,
    PENSEL_TROUBLE_MEMORY,
    PENSEL_TROUBLE_FOLDER,   /* the path is a folder */
    PENSEL_TROUBLE_READ_ONLY /* the file, by its permissions */
} pensel_trouble_kind;

/* Why a call failed: "cannot `what` `path`: `reason`". */
typedef struct pensel_trouble {
    pensel_trouble_kind kind;
    const char *what; /* a verb: "sync" */
    char path[512], reason[128];
} pensel_trouble;

/* ------------------------------------------------------------------ reading */

typedef struct pensel_file_info {
    bool regular, folder; /* neither: a device, a pipe */
    uint64_t size;        /* of a regular file */
} pensel_file_info;

/* A descriptor, or -1. Opening a pipe waits for a writer if `waits`. */
int pensel_system_open(const char *path, bool waits, pensel_file_info *info,
                       pensel_trouble *trouble);
/* Up to `size` bytes; 0 at the end, -1 on failure. An interrupted call is repeated. */
ptrdiff_t pensel_system_read(int file, void *bytes, size_t size, pensel_trouble *trouble);
ptrdiff_t pensel_system_read_at(int file, void *bytes, size_t size, uint64_t at,
                                pensel_trouble *trouble);
void pensel_system_close(int file);

/* ------------------------------------------------------------------ replacing */

/* A file that will take the place of `path`. Until it is kept the old one, if any, is intact, and
 * after that the new one is complete, even if the machine loses its power. A killed process leaves
 * nothing behind, or what the next writer of the same path removes. A writer waits for another one
 * of the same path. Links stay links, permissions are the old file's, and a device is written to
 * directly. */
typedef struct pensel_replacement pensel_replacement;

/* NULL on failure. */
pensel_replacement *pensel_replacement_begin(const char *path, pensel_trouble *trouble);
int pensel_replacement_descriptor(const pensel_replacement *replacement);
/* Its temporary name, or NULL. */
const char *pensel_replacement_name(const pensel_replacement *replacement);
bool pensel_replacement_write(pensel_replacement *replacement, const void *bytes, size_t size,
                              pensel_trouble *trouble);
/* Both free it, even on failure. */
bool pensel_replacement_keep(pensel_replacement *replacement, pensel_trouble *trouble);
void pensel_replacement_drop(pensel_replacement *replacement);

#endif
