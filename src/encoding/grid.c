/* Chooses the grid kernels of the same instruction set as the network's kernels. */
#include "encoding/grid.h"

#include <string.h>

#if defined(PENSEL_BUILD_X86)
#define ISA_LIST(X) X(avx512) X(avx2) X(reference)
#elif defined(PENSEL_BUILD_NEON)
#define ISA_LIST(X) X(neon) X(reference)
#else
#define ISA_LIST(X) X(reference)
#endif

#define DECLARE(isa) \
    extern const pensel_grid_kernels pensel_grid_##isa##_float, pensel_grid_##isa##_double;
ISA_LIST(DECLARE)

static const pensel_grid_kernels *const tables[][2] = {
#define ROW(isa) {&pensel_grid_##isa##_float, &pensel_grid_##isa##_double},
    ISA_LIST(ROW)};

const pensel_grid_kernels *pensel_grid_kernels_for(const pensel_kernels *kernels)
{
    size_t i = 0;
    while (strcmp(tables[i][0]->isa, kernels->isa) != 0)
        i++;
    return tables[i][kernels->precision];
}
