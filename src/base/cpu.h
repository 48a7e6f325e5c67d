/* This CPU: which instruction sets it runs. */
#ifndef PENSEL_BASE_CPU_H
#define PENSEL_BASE_CPU_H

#include "pensel.h"

/* True when this CPU and its operating system run "reference", "avx2" (with FMA), "avx512" (F, DQ, BW,
 * VL), "avx512-bf16" (BF16 too) or "neon" code; false for any other name. */
bool pensel_cpu_runs(const char *isa);

#endif
