/* A file for libvips to write to, in such a way that an interrupted write is tried again. */
#ifndef PENSEL_APP_IMAGE_TARGET_H
#define PENSEL_APP_IMAGE_TARGET_H

#include <vips/vips.h>

/* The descriptor `file` is borrowed until the target is gone, and so is `reason`, which becomes the
 * errno of the first failure, 0 before. Free with g_object_unref. */
VipsTarget *pensel_image_target(int file, int *reason);

#endif
