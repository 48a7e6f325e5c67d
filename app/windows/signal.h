/* Signals as POSIX has them: a handler stays until it is taken away. */
#ifndef PENSEL_APP_WINDOWS_SIGNAL_H
#define PENSEL_APP_WINDOWS_SIGNAL_H

#include_next <signal.h>
#include <stddef.h>

/* Numbers that Windows never raises. */
#define SIGHUP 1
#define SIGPIPE 13
#define SIGXFSZ 25
#define SA_RESTART 0

struct sigaction {
    void (*sa_handler)(int);
    int sa_flags, sa_mask;
};

/* action NULL: nothing changes. */
int pensel_windows_signal(int number, const struct sigaction *action, struct sigaction *before);
#define sigaction(number, action, before) pensel_windows_signal(number, action, before)
#define sigemptyset(mask) ((void)(mask))
/* Its own signals are all that the program sends. */
#define kill(process, number) ((void)(process), raise(number))

#endif
