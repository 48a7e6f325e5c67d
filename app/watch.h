/* Watching a training: a progress line on standard error, and a row of figures per epoch. */
#ifndef PENSEL_APP_WATCH_H
#define PENSEL_APP_WATCH_H

#include "follow.h"
#include "pensel.h"

#include <glib.h>

typedef struct pensel_watch_row {
    size_t epoch;
    uint64_t samples;
    double loss, psnr, validation_score, learning_rate, seconds; /* psnr: NaN if not known */
} pensel_watch_row;

typedef enum pensel_watch_when {
    PENSEL_WATCH_AUTO,
    PENSEL_WATCH_ALWAYS,
    PENSEL_WATCH_NEVER
} pensel_watch_when;
const char *pensel_watch_choice(size_t index); /* auto, always, never */

typedef struct pensel_watch {
    pensel_watch_when when;
    double max_seconds;
    pensel_follow *follow; /* who follows in the browser, or NULL */
    /* from here on its own */
    bool shows, terminal; /* terminal: a line can be written over */
    double last;          /* seconds since the last line, by the clock */
    GArray *rows;         /* pensel_watch_row */
} pensel_watch;

void pensel_watch_begin(pensel_watch *watch, bool quiet);
/* Work that is not training: a line that says which share of it is done. */
void pensel_watch_share(pensel_watch *watch, const char *what, double share, double seconds);
/* Adds a row for the epoch and prints the line if it is due; psnr is NaN if not known. */
pensel_verdict pensel_watch_see(pensel_watch *watch, const pensel_progress *progress, double psnr);
/* pensel_epoch_callback; data is the watch. */
pensel_verdict pensel_watch_epoch(const pensel_progress *progress, void *data);
/* Removes the line from the terminal. */
void pensel_watch_clear(pensel_watch *watch);
void pensel_watch_free(pensel_watch *watch);

/* One row an epoch, as CSV, to `path`. */
pensel_status pensel_watch_history(const pensel_watch *watch, const char *path,
                                   pensel_error *error);
/* The loss, and the PSNR or validation score where there is one, as a figure. */
pensel_status pensel_watch_plot(const pensel_watch *watch, const char *path, pensel_error *error);

#endif
