/* Following a training in the browser: the studio's page, over loopback, asks for what is new, and
 * may stop the training as Ctrl-C does. Nothing that is made depends on whether anybody follows. */
#ifndef PENSEL_APP_FOLLOW_H
#define PENSEL_APP_FOLLOW_H

#include "command_line.h"

#include <glib.h>

typedef struct pensel_follow pensel_follow;

/* What the command line says of it. */
typedef struct pensel_follow_ask {
    bool watch, no_browser;
} pensel_follow_ask;

/* One row of figures: watch.h */
struct pensel_watch_row;

/* Serves the page, prints its address on standard error and opens it in the browser; *follow stays
 * NULL if nobody asks. title: "paint bird.png". After the signals are caught: a stop that comes
 * from the page is one of them. */
pensel_status pensel_follow_start(pensel_follow **follow, const pensel_follow_ask *ask,
                                  const char *command, const char *input, bool quiet,
                                  pensel_error *error);

/* All of these do nothing without a follow, and may be called while the page asks. */

/* An epoch of `epochs`, which is SIZE_MAX/2 or more if there is no end. */
void pensel_follow_row(pensel_follow *follow, const struct pensel_watch_row *row, size_t epochs);
/* Work that has no epochs: which share of it is done. */
void pensel_follow_share(pensel_follow *follow, double share, double seconds);
/* Is the page waiting for a picture? */
bool pensel_follow_wants(pensel_follow *follow);
/* Bytes (height, width, 3), which are taken: what it learns from, and what it has made so far. */
void pensel_follow_original(pensel_follow *follow, uint8_t *bytes, size_t width, size_t height);
void pensel_follow_picture(pensel_follow *follow, uint8_t *bytes, size_t width, size_t height);
/* Training is over, files are being written: from now on nothing can be stopped. */
void pensel_follow_finishing(pensel_follow *follow);
/* The end, with what the program has printed of it, or with its error. Waits a moment for the page
 * to see it, and frees. */
void pensel_follow_end(pensel_follow **follow, bool failed, const char *text);

#endif
