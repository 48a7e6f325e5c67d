/* Opening picture files: the formats, and which of their readers are trusted. */
#ifndef PENSEL_APP_IMAGE_OPEN_H
#define PENSEL_APP_IMAGE_OPEN_H

#include "image.h"

#include <vips/vips.h>

/* By way of a source, so that no part of the name is taken for options; "-" is standard input. The
 * caller unrefs *opened, also after an error if it is not NULL. */
pensel_status pensel_image_open(VipsImage **opened, const char *path, pensel_error *error);

#endif
