/* Time that only goes forward. */
#ifndef PENSEL_BASE_CLOCK_H
#define PENSEL_BASE_CLOCK_H

/* Seconds since some moment in the past */
double pensel_clock(void);

#endif
