/* Which instruction sets this CPU has. */
#ifndef PENSEL_BASE_CPU_H
#define PENSEL_BASE_CPU_H

#include "pensel.h"

/* True if this CPU and its operating system can run code for "reference", "avx2" (with FMA),
 * "avx512" (F, DQ, BW, VL), "avx512-bf16" (also BF16) or "neon"; false for any other name. */
bool pensel_cpu_runs(const char *isa);

#endif
