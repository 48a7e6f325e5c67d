/* Ctrl-C: the first one ends training cleanly; the second one, or the first if nothing is being
 * trained, stops the program at once and leaves no half-written file. */
#ifndef PENSEL_APP_INTERRUPT_H
#define PENSEL_APP_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT, SIGTERM and SIGHUP remove what is being written and stop the program. */
void pensel_interrupt_clean(void);

/* From now on SIGINT, SIGTERM and SIGHUP raise the flag, once; returns it, for
 * options.training.interrupt. */
const volatile int *pensel_interrupt_catch(void);

/* The signal that raised the flag; 0: none. */
int pensel_interrupt_number(void);

/* Between hold and release, a signal that would stop the program is delayed until the release,
 * whichever thread receives it; a second one is not. */
void pensel_interrupt_hold(void);
bool pensel_interrupt_held(void);
void pensel_interrupt_release(void);

/* The file (NULL: none) that is removed when the program is stopped at once. */
void pensel_interrupt_unlink(const char *path);
/* Removes it now, without touching any memory. */
void pensel_interrupt_remove(void);

#endif
