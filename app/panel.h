/* Pictures put side by side. */
#ifndef PENSEL_APP_PANEL_H
#define PENSEL_APP_PANEL_H

#include "image.h"

/* original | painting | error: the error is the mean difference of a pixel's colours, black none,
 * white a quarter of the range or more. The panel carries the profile of `like`. */
pensel_status pensel_panel_write(const char *path, const pensel_picture *original,
                                 const pensel_picture *painting, const pensel_image *like,
                                 pensel_error *error);

#endif
