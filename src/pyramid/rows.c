/* Chooses the row kernels of the same instruction set as the network's kernels, or of the next
 * lower one that has them. */
#include "pyramid/rows.h"

#include "kernel/isa.h"

#define DECLARE(isa) extern const pensel_row_kernels pensel_rows_##isa;
PENSEL_ISA_BUILT(DECLARE)

static const pensel_row_kernels *const tables[PENSEL_ISA_COUNT] = {
#define ROW(isa) [PENSEL_ISA_##isa] = &pensel_rows_##isa,
    PENSEL_ISA_BUILT(ROW)};

const pensel_row_kernels *pensel_row_kernels_for(const pensel_kernels *kernels)
{
    pensel_isa isa = pensel_isa_find(kernels->isa);
    while (!tables[isa])
        isa++;
    return tables[isa];
}
