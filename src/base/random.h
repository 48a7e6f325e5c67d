/* The part of the random generator that is not public. */
#ifndef PENSEL_BASE_RANDOM_H
#define PENSEL_BASE_RANDOM_H

#include "pensel.h"

/* The next 32 bits. */
uint32_t pensel_random_bits(pensel_random *random);
/* pensel_random_uniform for calls that are in a scope (platform/float.h) already. */
double pensel_random_between(pensel_random *random, double low, double high);

#endif
