/* What `pensel paint` makes of a picture, by what was asked for. */
#ifndef PENSEL_APP_PAINT_KIND_H
#define PENSEL_APP_PAINT_KIND_H

#include "command_line.h"
#include "paint.h"

typedef enum pensel_paint_kind {
    PENSEL_PAINT_COMPACT, /* a .pensel file: what is made unless something else is asked for */
    PENSEL_PAINT_NETWORK  /* a network of its own, in a .safetensors file */
} pensel_paint_kind;

/* Options that cannot be had together are an error. */
pensel_status pensel_paint_kind_of(pensel_paint_kind *kind, const pensel_paint_job *job,
                                   const pensel_arguments *arguments, pensel_error *error);

/* Does this path name a .pensel file? NULL does not. */
bool pensel_paint_is_compact(const char *path);

#endif
