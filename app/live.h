/* Showing a painting while it is being trained: in the terminal, and as a film. */
#ifndef PENSEL_APP_LIVE_H
#define PENSEL_APP_LIVE_H

#include "film_page.h"
#include "terminal.h"
#include "watch.h"

#include <glib.h>

typedef struct pensel_live {
    pensel_watch *watch; /* borrowed */
    pensel_watch_when show;
    const char *timelapse; /* FILE.gif, .webp or .png, or NULL */
    /* from here on its own */
    pensel_terminal *terminal;
    double begun, spent; /* seconds: when it began, and the time spent on showing and filming */
    double last;         /* when the terminal was painted */
    double followed;     /* when the browser got a picture */
    const pensel_picture *original; /* what is painted; borrowed */
    bool of_bytes;        /* a painting is so many bytes, else it has seen so many epochs */
    size_t epoch;         /* the last one seen */
    GPtrArray *frames;    /* pensel_moment */
    size_t width, height; /* of a frame */
    size_t stride;        /* epochs between frames; doubles whenever there are too many */
} pensel_live;

/* After pensel_watch_begin; picture: what is painted, borrowed. of_bytes: paintings are known by
 * their size in bytes, else by their epoch. */
void pensel_live_begin(pensel_live *live, const pensel_picture *picture, bool of_bytes);
/* Does anybody look: in the terminal, in the browser, or later at the film? */
bool pensel_live_looks(const pensel_live *live);
/* pensel_paint_callback; data is the live. */
pensel_verdict pensel_live_epoch(const pensel_painting *so_far, const pensel_progress *progress,
                                 double psnr, void *data);
/* Shows a picture and keeps it as a frame; number: its epoch or bytes. */
void pensel_live_see(pensel_live *live, const pensel_picture *so_far, size_t number);
/* The same with the last one; then the film is written. */
pensel_status pensel_live_end(pensel_live *live, const pensel_picture *finished, size_t number,
                              const void *profile, size_t profile_size, pensel_error *error);
/* Shows the finished painting and writes the film, with it as the last frame. */
pensel_status pensel_live_finish(pensel_live *live, const pensel_painting *painting,
                                 pensel_error *error);
pensel_status pensel_live_check(const pensel_live *live, pensel_error *error);
void pensel_live_free(pensel_live *live);

#endif
