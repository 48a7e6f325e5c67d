/* A file for libvips to write to, by way of which an interrupted write is tried again. */
#ifndef PENSEL_APP_IMAGE_TARGET_H
#define PENSEL_APP_IMAGE_TARGET_H

#include <vips/vips.h>

/* NULL when `path`, which exists, cannot be opened. `reason` (borrowed until the target is gone)
 * becomes the errno of the first failure. Free with g_object_unref. */
VipsTarget *pensel_image_target(const char *path, int *reason);

#endif
