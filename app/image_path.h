/* Names of picture files: what may be written under them, and whether one can be read. What stands
 * behind image.h, by libvips or in app/lite, has this in common. */
#ifndef PENSEL_APP_IMAGE_PATH_H
#define PENSEL_APP_IMAGE_PATH_H

#include "image.h"

typedef enum pensel_image_kind {
    PENSEL_IMAGE_PNG,
    PENSEL_IMAGE_JPEG,
    PENSEL_IMAGE_WEBP,
    PENSEL_IMAGE_TIFF,
    PENSEL_IMAGE_GIF,
    PENSEL_IMAGE_DEEPZOOM, /* a folder and a file */
    PENSEL_IMAGE_KINDS
} pensel_image_kind;

typedef struct pensel_image_format {
    const char *ending;
    pensel_image_kind kind;
    bool sixteen; /* takes 16 bits */
    bool alpha;
} pensel_image_format;

/* By the ending of a path, whatever its case; NULL: no picture's. */
const pensel_image_format *pensel_image_find(const char *path);
/* The file is there, no folder, not empty, and may be read; "-" is standard input. */
pensel_status pensel_image_check_file(const char *path, pensel_error *error);

/* Of libvips' side and of app/lite's: whether it writes this kind... */
bool pensel_image_writes(pensel_image_kind kind);
/* ...and "a PNG, JPEG... picture is needed", for errors of reading. */
extern const char pensel_image_formats[];

#endif
