/* Pictures in the terminal, by chafa: kitty or sixel pixels where the terminal has them, else
 * blocks. */
#ifndef PENSEL_APP_TERMINAL_H
#define PENSEL_APP_TERMINAL_H

#include "pensel.h"

typedef struct pensel_terminal pensel_terminal;

/* For standard error. Never NULL; free with pensel_terminal_free. */
pensel_terminal *pensel_terminal_new(void);
void pensel_terminal_free(pensel_terminal **terminal);

/* The largest size in pixels that shows no more of a picture of this size than the terminal can. */
void pensel_terminal_fit(const pensel_terminal *terminal, size_t *width, size_t *height);

/* Shows bytes (height, width, 3) in the place of the picture shown before. */
void pensel_terminal_show(pensel_terminal *terminal, const uint8_t *pixels, size_t width,
                          size_t height);

#endif
