/* Compact paintings: what `pensel paint` does when the result is a .pensel file, and what `render`
 * does with one. */
#ifndef PENSEL_APP_PAINT_COMPACT_H
#define PENSEL_APP_PAINT_COMPACT_H

#include "command_line.h"
#include "paint.h"

#define PENSEL_COMPACT_OPTIONS 4 /* room for their table */

/* --quality and --bytes, into an array of PENSEL_COMPACT_OPTIONS. */
void pensel_compact_options_table(pensel_option *options, pensel_compact_ask *ask);

/* Whether a compact painting was asked for: by one of its options, or by a file's ending. */
bool pensel_compact_asked(const pensel_paint_job *job, const pensel_arguments *arguments);

/* All of it, for one picture; returns the exit status. */
int pensel_compact_run(pensel_paint_job *job, const pensel_arguments *arguments);

/* A compact painting as one that can be rendered at any size: a pyramid of its own pixels, which
 * are *pixels (g_free). */
pensel_status pensel_compact_open(pensel_painting **painting, float **pixels, const char *path,
                                  size_t threads, pensel_error *error);

#endif
