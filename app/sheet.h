/* A contact sheet of the outputs of every neuron of every layer. */
#ifndef PENSEL_APP_SHEET_H
#define PENSEL_APP_SHEET_H

#include "pensel.h"

/* One small map of the picture's plane per neuron, with its number, in groups by layer: white is
 * its least output, dark blue its greatest; a dead one is crossed out. All fits a page. */
pensel_status pensel_sheet_write(const char *path, const pensel_painting *painting,
                                 pensel_error *error);

#endif
