/* What this CPU can run, as reported by the compiler's run-time library, or, where that knows no
 * CPU, by the CPU itself. Both ask for the operating system's part too: registers that it does not
 * save when threads change are of no use.
 *
 * One binary holds the code for all instruction sets of its architecture, so everything here is
 * asked while the program runs; only the architecture is known before. */
#include "kernel/isa.h"

#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* A library of plain C alone need not ask, and saves the 4 KB that the asking takes. */
#define IS_ASKED(name) +(PENSEL_ISA_##name != PENSEL_ISA_reference)
enum { ASKED = 0 PENSEL_ISA_BUILT(IS_ASKED) };

#if defined(__x86_64__)
/* Every x86-64 has SSE2, but what zig's compiler links, which builds wheels, reports nothing. To
 * ask the CPU each time instead would take a virtual machine microseconds. */
#define X86(feature) \
    (ASKED > 0 &&    \
     (__builtin_cpu_supports("sse2") ? __builtin_cpu_supports(feature) : has_feature(feature)))

/* Which bit of which answer of CPUID it is, and what must be saved for it, as bits of XCR0: Intel's
 * manual, volume 1, sections 14.7 and 15.4. */
typedef struct cpu_feature {
    const char *name;
    unsigned leaf, part;
    enum { EAX, EBX, ECX, EDX } answer;
    unsigned bit, saved;
} cpu_feature;

enum { OSXSAVE = 27, YMM = 0x06, ZMM = 0xe6 };

static const cpu_feature cpu_features[] = {
    {"fma", 1, 0, ECX, 12, YMM},      {"avx2", 7, 0, EBX, 5, YMM},
    {"avx512f", 7, 0, EBX, 16, ZMM},  {"avx512dq", 7, 0, EBX, 17, ZMM},
    {"avx512bw", 7, 0, EBX, 30, ZMM}, {"avx512vl", 7, 0, EBX, 31, ZMM},
    {"avx512bf16", 7, 1, EAX, 5, ZMM}};

/* Of the first answers XGETBV must be one that may be asked. */
static unsigned saved_registers(void)
{
    unsigned answer[4], low, high;
    if (!__get_cpuid(1, &answer[EAX], &answer[EBX], &answer[ECX], &answer[EDX])) return 0;
    if (!(answer[ECX] >> OSXSAVE & 1)) return 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static bool has_feature(const char *name)
{
    for (size_t i = 0; i < sizeof cpu_features / sizeof *cpu_features; i++) {
        const cpu_feature *f = &cpu_features[i];
        unsigned answer[4];
        if (strcmp(f->name, name) != 0) continue;
        return __get_cpuid_count(f->leaf, f->part, &answer[EAX], &answer[EBX], &answer[ECX],
                                 &answer[EDX]) &&
               (answer[f->answer] >> f->bit & 1) && (saved_registers() & f->saved) == f->saved;
    }
    return false;
}
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
