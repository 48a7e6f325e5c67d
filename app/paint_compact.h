/* Compact paintings: what `pensel paint` does when the result is a .pensel file, and what `render`
 * does with one. */
#ifndef PENSEL_APP_PAINT_COMPACT_H
#define PENSEL_APP_PAINT_COMPACT_H

#include "command_line.h"
#include "image.h"
#include "paint.h"

#define PENSEL_COMPACT_OPTIONS 5 /* room for their table */

/* At work: what is asked for, and what came of it. */
typedef struct pensel_compact_job {
    pensel_paint_job *job;
    char *file; /* where the .pensel file goes */
    pensel_compact *compact;
    pensel_compact_trial last;
    size_t count; /* latents that are not 0 */
    size_t own_bytes;
    pensel_rival jpeg, webp;
    gint64 began;
    double seconds;
} pensel_compact_job;

/* --quality, --bytes and --parameters, into an array of PENSEL_COMPACT_OPTIONS. */
void pensel_compact_options_table(pensel_option *options, pensel_compact_ask *ask);

/* All of it, for one picture; returns the exit status. */
int pensel_compact_run(pensel_paint_job *job);
/* Prints the result; returns the exit status. */
int pensel_compact_print(pensel_compact_job *compact);

/* A compact painting as one that can be rendered at any size: a pyramid of its own pixels, which
 * are *pixels (g_free). frame: its sizes and profile suffice, for *pixels are what is shown; the
 * pyramid is hardly trained, which takes most of the time. */
pensel_status pensel_compact_open(pensel_painting **painting, float **pixels, const char *path,
                                  bool frame, size_t threads, pensel_error *error);
/* A pyramid of these pixels. */
pensel_status pensel_pixels_open(pensel_painting **painting, const pensel_picture *picture,
                                 const void *profile, size_t profile_size, bool frame,
                                 size_t threads, pensel_error *error);

#endif
