/* Chooses the row kernels of the same instruction set as the network's kernels. */
#include "picture/rows.h"

#include <string.h>

#if defined(PENSEL_BUILD_X86)
#define ISA_LIST(X) X(avx512) X(avx2) X(reference)
#elif defined(PENSEL_BUILD_NEON)
#define ISA_LIST(X) X(neon) X(reference)
#else
#define ISA_LIST(X) X(reference)
#endif

#define DECLARE(isa) extern const pensel_row_kernels pensel_rows_##isa;
ISA_LIST(DECLARE)

static const pensel_row_kernels *const tables[] = {
#define ROW(isa) &pensel_rows_##isa,
    ISA_LIST(ROW)};

const pensel_row_kernels *pensel_row_kernels_for(const pensel_kernels *kernels)
{
    size_t i = 0;
    while (strcmp(tables[i]->isa, kernels->isa) != 0)
        i++;
    return tables[i];
}
