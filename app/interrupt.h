/* Ctrl-C: the first ends training cleanly, the second stops the program at once. */
#ifndef PENSEL_APP_INTERRUPT_H
#define PENSEL_APP_INTERRUPT_H

/* From now on SIGINT and SIGTERM raise the flag, once; returns it, for options.training.interrupt.
 */
const volatile int *pensel_interrupt_catch(void);

/* The file (NULL: none) that is removed when the program is stopped at once. */
void pensel_interrupt_unlink(const char *path);

#endif
