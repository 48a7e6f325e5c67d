/* Chooses the kernels: the best table that this CPU runs, or the one of PENSEL_ISA.
 *
 * Tables are constants, compiled for each instruction set of the build; choosing is finding a
 * pointer, done anew whenever a network is made, so nothing here needs to be set up or locked. A
 * network keeps its pointer: it has the same kernels as long as it lives. */
#include "base/error.h"
#include "kernel/isa.h"
#include "kernel/kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if PENSEL_FLOAT64_BUILT
#define DOUBLE(isa) &pensel_kernels_##isa##_double
#else
#define DOUBLE(isa) NULL
#endif
#define DECLARE(isa) \
    extern const pensel_kernels pensel_kernels_##isa##_float, pensel_kernels_##isa##_double;
#define DECLARE_BFLOAT16(isa) extern const pensel_kernels pensel_kernels_##isa##_bfloat16;
PENSEL_ISA_BUILT(DECLARE)
PENSEL_ISA_BUILT_BFLOAT16(DECLARE_BFLOAT16)

/* NULL where this build has none */
static const pensel_kernels *const tables[PENSEL_ISA_COUNT][2] = {
#define ROW(isa) [PENSEL_ISA_##isa] = {&pensel_kernels_##isa##_float, DOUBLE(isa)},
    PENSEL_ISA_BUILT(ROW)};

static const pensel_kernels *const bfloat16_tables[PENSEL_ISA_COUNT + 1] = {
#define ROW_BFLOAT16(isa) [PENSEL_ISA_##isa] = &pensel_kernels_##isa##_bfloat16,
    PENSEL_ISA_BUILT_BFLOAT16(ROW_BFLOAT16)[PENSEL_ISA_COUNT] = NULL};

/* Asks the CPU before it gives a table: to run one that is too new would end the process. Where
 * there are no products of bfloat16, float32's table stands in (kernel.h). */
static const pensel_kernels *table_of(pensel_isa isa, pensel_precision precision)
{
    if (!pensel_isa_runs(isa)) return NULL;
    if (precision == PENSEL_BFLOAT16 && bfloat16_tables[isa] && pensel_isa_runs_bfloat16(isa))
        return bfloat16_tables[isa];
    return tables[isa][precision == PENSEL_FLOAT64];
}

const pensel_kernels *pensel_kernels_of(const char *isa, pensel_precision precision)
{
    return table_of(pensel_isa_find(isa), precision);
}

/* The first table that runs is the best one, for the list goes down. With PENSEL_ISA it is the one
 * of that name; the names that were passed over are what the error lists. */
pensel_status pensel_kernels_find(const pensel_kernels **kernels, pensel_precision precision,
                                  pensel_error *error)
{
    const char *wanted = getenv("PENSEL_ISA");
    char runs[100] = "";
    *kernels = NULL;
    PENSEL_REQUIRE((unsigned)precision <= PENSEL_BFLOAT16, BAD_ARGUMENT,
                   "precision %d is unknown: float32, float64 or bfloat16", (int)precision);
    for (int isa = 0; isa < PENSEL_ISA_COUNT; isa++) {
        const pensel_kernels *table = table_of((pensel_isa)isa, precision);
        if (!table) continue;
        if (!wanted || !*wanted || strcmp(wanted, table->isa) == 0) {
            *kernels = table;
            return PENSEL_OK;
        }
        size_t length = strlen(runs);
        snprintf(runs + length, sizeof runs - length, "%s%s", length ? ", " : "", table->isa);
    }
    PENSEL_REQUIRE(runs[0], UNSUPPORTED,
                   "this build of the library has no kernels of %s that run here: another one does",
                   pensel_precision_name(precision));
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
