/* A monotonic clock. */
#ifndef PENSEL_PLATFORM_CLOCK_H
#define PENSEL_PLATFORM_CLOCK_H

/* Seconds since an arbitrary moment in the past. */
double pensel_clock(void);

#endif
