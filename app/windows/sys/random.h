/* Random numbers of the system's. */
#ifndef PENSEL_APP_WINDOWS_RANDOM_H
#define PENSEL_APP_WINDOWS_RANDOM_H

#include <stddef.h>

/* 0, or -1 if there are none. */
int pensel_windows_random(void *bytes, size_t size);
#define getentropy pensel_windows_random

#endif
