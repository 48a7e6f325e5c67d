/* Pictures put side by side. */
#ifndef PENSEL_APP_PANEL_H
#define PENSEL_APP_PANEL_H

#include "pensel.h"

/* original | painting | error: the error is the mean difference of a pixel's colours, black none,
 * white a quarter of the range or more. */
pensel_status pensel_panel_write(const char *path, const pensel_picture *original,
                                 const pensel_picture *painting, pensel_error *error);

#endif
