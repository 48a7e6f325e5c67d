/* The areas of a painting's classes as a drawing. */
#ifndef PENSEL_APP_CONTOURS_H
#define PENSEL_APP_CONTOURS_H

#include "pensel.h"

/* An SVG with one path a class, filled with its colour. */
pensel_status pensel_contours_write(const char *path, const pensel_painting *painting,
                                    pensel_error *error);

#endif
