/* Chooses the kernels: the first table in the list, which is ordered best first, that this CPU can
 * run.
 *
 * To add an instruction set: 1. its vector header in vector/; 2. its lines in meson.build; 3. its
 * row in `isas`, and the CPU features it needs in src/base/cpu.c. */
#include "base/cpu.h"
#include "base/error.h"
#include "kernel/kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* X(name): the instruction sets in this build; meson.build says which */
#if defined(PENSEL_BUILD_X86)
#define ISA_LIST(X) X(avx512) X(avx2) X(reference)
#define BFLOAT16_LIST(X) X(avx512, "avx512-bf16") X(reference, "reference")
#elif defined(PENSEL_BUILD_NEON)
#define ISA_LIST(X) X(neon) X(reference)
#define BFLOAT16_LIST(X) X(reference, "reference")
#else
#define ISA_LIST(X) X(reference)
#define BFLOAT16_LIST(X) X(reference, "reference")
#endif

#define DECLARE(name) \
    extern const pensel_kernels pensel_kernels_##name##_float, pensel_kernels_##name##_double;
ISA_LIST(DECLARE)
#undef DECLARE
#define DECLARE(name, asks) extern const pensel_kernels pensel_kernels_##name##_bfloat16;
BFLOAT16_LIST(DECLARE)

static const struct {
    const char *name;
    const pensel_kernels *of[2]; /* float32, float64 */
} isas[] = {
#define ROW(name) {#name, {&pensel_kernels_##name##_float, &pensel_kernels_##name##_double}},
    ISA_LIST(ROW)};
#define ISA_COUNT (sizeof isas / sizeof *isas)

/* Those with bfloat16 products, and the CPU features these need */
static const struct {
    const char *name, *asks;
    const pensel_kernels *table;
} bfloat16s[] = {
#define ROW_BFLOAT16(name, asks) {#name, asks, &pensel_kernels_##name##_bfloat16},
    BFLOAT16_LIST(ROW_BFLOAT16)};

static const pensel_kernels *bfloat16_of(const char *isa)
{
    for (size_t i = 0; i < sizeof bfloat16s / sizeof *bfloat16s; i++) {
        if (strcmp(bfloat16s[i].name, isa) == 0 && pensel_cpu_runs(bfloat16s[i].asks))
            return bfloat16s[i].table;
    }
    return NULL;
}

const pensel_kernels *pensel_kernels_of(const char *isa, pensel_precision precision)
{
    for (size_t i = 0; i < ISA_COUNT; i++) {
        if (strcmp(isas[i].name, isa) != 0) continue;
        if (!pensel_cpu_runs(isa)) return NULL;
        const pensel_kernels *pairs = precision == PENSEL_BFLOAT16 ? bfloat16_of(isa) : NULL;
        return pairs ? pairs : isas[i].of[precision == PENSEL_FLOAT64];
    }
    return NULL;
}

pensel_status pensel_kernels_find(const pensel_kernels **kernels, pensel_precision precision,
                                  pensel_error *error)
{
    const char *wanted = getenv("PENSEL_ISA");
    char runs[100] = "";
    *kernels = NULL;
    PENSEL_REQUIRE((unsigned)precision <= PENSEL_BFLOAT16, BAD_ARGUMENT,
                   "precision %d is unknown: float32, float64 or bfloat16", (int)precision);
    for (size_t i = 0; i < ISA_COUNT; i++) {
        const pensel_kernels *table = pensel_kernels_of(isas[i].name, precision);
        if (!table) continue;
        if (!wanted || !*wanted || strcmp(wanted, isas[i].name) == 0) {
            *kernels = table;
            return PENSEL_OK;
        }
        size_t length = strlen(runs);
        snprintf(runs + length, sizeof runs - length, "%s%s", length ? ", " : "", isas[i].name);
    }
    return pensel_fail(error, PENSEL_UNSUPPORTED,
                       "PENSEL_ISA is \"%.40s\", which does not run here: use one of %s", wanted,
                       runs);
}

pensel_status pensel_machine_isa(const char **name, pensel_error *error)
{
    const pensel_kernels *kernels;
    PENSEL_REQUIRE(name, BAD_ARGUMENT, "name is NULL: a place for the result is needed");
    PENSEL_TRY(pensel_kernels_find(&kernels, PENSEL_FLOAT32, error));
    *name = kernels->isa;
    return PENSEL_OK;
}
