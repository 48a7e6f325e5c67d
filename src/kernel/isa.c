/* What this CPU can run, as reported by the compiler's run-time library. It asks the operating
 * system's part too: registers that are not saved when threads change are not reported.
 *
 * One binary holds the code for all instruction sets of its architecture, so everything here is
 * asked while the program runs; only the architecture is known before. */
#include "kernel/isa.h"

#include <string.h>

/* A library of plain C alone need not ask, and saves the 4 KB that the asking takes. */
#define IS_ASKED(name) +(PENSEL_ISA_##name != PENSEL_ISA_reference)
enum { ASKED = 0 PENSEL_ISA_BUILT(IS_ASKED) };

#if defined(__x86_64__)
#define X86(feature) (ASKED > 0 && __builtin_cpu_supports(feature))
#else
#define X86(feature) false
#endif
#if defined(__aarch64__)
#define ARM64 true /* Neon is part of every 64-bit ARM */
#else
#define ARM64 false
#endif
#if defined(__wasm__)
#define WASM true /* a browser without SIMD128 does not load the module */
#else
#define WASM false
#endif

const char *pensel_isa_name(pensel_isa isa)
{
#define NAME(name, needs) #name,
    static const char *const names[] = {PENSEL_ISA_LIST(NAME)};
    return (unsigned)isa < PENSEL_ISA_COUNT ? names[isa] : NULL;
}

/* The list is short, and it is asked when a network is made, not in a step. */
pensel_isa pensel_isa_find(const char *name)
{
    int isa = 0;
    while (isa < PENSEL_ISA_COUNT && strcmp(pensel_isa_name((pensel_isa)isa), name) != 0)
        isa++;
    return (pensel_isa)isa;
}

#define RUNS(name, needs) needs,

/* Each `needs` of the list becomes a value here, in the list's order. */
bool pensel_isa_runs(pensel_isa isa)
{
    const bool runs[] = {PENSEL_ISA_LIST(RUNS)};
    return isa < PENSEL_ISA_COUNT && runs[isa];
}

#define CASE(name, needs)   \
    case PENSEL_ISA_##name: \
        return needs;

/* What the list says is needed besides pensel_isa_runs. */
bool pensel_isa_runs_bfloat16(pensel_isa isa)
{
    switch (isa) {
        PENSEL_ISA_BFLOAT16_LIST(CASE)
    default:
        return false;
    }
}
