/* The instruction sets: the one list of them. Kernels, kinds of layers and row kernels are compiled
 * once for each, and every room finds its own table by the place in this list.
 *
 * The best comes first, and each runs wherever those above it of the same family run. So where a
 * room has no table for an instruction set, or the CPU lacks something, the next lower one does the
 * work; the reference, plain C, is always there.
 *
 * To add one: 1. vector/NAME.h: the operations that vector/scalar.h names, after the pattern of
 * avx2.h; 2. its row in PENSEL_ISA_LIST; 3. its line in isa_flags of meson.build: the compiler's
 * flags and the bytes of a vector. If it multiplies bfloat16: v_dot and the like as in avx512.h, a
 * row in PENSEL_ISA_BFLOAT16_LIST and a line in bfloat16_flags. The tests walk this list. */
#ifndef PENSEL_KERNEL_ISA_H
#define PENSEL_KERNEL_ISA_H

#include <stdbool.h>

#include "kernel/isa_built.h" /* from meson.build: PENSEL_ISA_BUILT(X), what this build has */

/* X(name, what a CPU must have, asked while the program runs: see isa.c) */
#define PENSEL_ISA_LIST(X)                                                                         \
    X(avx512, X86("avx2") && X86("fma") && X86("avx512f") && X86("avx512dq") && X86("avx512bw") && \
                  X86("avx512vl"))                                                                 \
    X(avx2, X86("avx2") && X86("fma"))                                                             \
    X(neon, ARM64)                                                                                 \
    X(wasm, WASM)                                                                                  \
    X(reference, true)

/* Those with products of bfloat16, and what a CPU must have besides. */
#define PENSEL_ISA_BFLOAT16_LIST(X) \
    X(avx512, X86("avx512bf16"))    \
    X(reference, true)

typedef enum pensel_isa {
#define PENSEL_ISA_ENUM(name, needs) PENSEL_ISA_##name,
    PENSEL_ISA_LIST(PENSEL_ISA_ENUM)
#undef PENSEL_ISA_ENUM
        PENSEL_ISA_COUNT
} pensel_isa;

/* "avx2"...; NULL past the end. */
const char *pensel_isa_name(pensel_isa isa);
/* PENSEL_ISA_COUNT if there is none of this name. */
pensel_isa pensel_isa_find(const char *name);
/* Whether this CPU and its operating system run code for it; false past the end. */
bool pensel_isa_runs(pensel_isa isa);
/* Whether they also run its products of bfloat16. */
bool pensel_isa_runs_bfloat16(pensel_isa isa);

#endif
