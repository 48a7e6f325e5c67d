/* Grid loops in the precision PENSEL_REAL for the instruction set PENSEL_ISA_NAME: plain loops over
 * samples, side by side in blocks, which the compiler turns into vectors. */
#include "encoding/grid.h"

#include <math.h>

typedef PENSEL_REAL real;

enum { BLOCK = 64 }; /* samples at a time: their corners stay in the nearest cache */

#include "encoding/hashgrid_body.h"
#include "encoding/pyramid_body.h"

#define FIELD(name, arguments) .name = name,
#define TABLE(isa_) TABLE_OF(isa_, PENSEL_REAL)
#define TABLE_OF(isa_, real_) TABLE_PASTE(isa_, real_)
#define TABLE_PASTE(isa_, real_)                                            \
    extern const pensel_grid_kernels pensel_grid_##isa_##_##real_;          \
    const pensel_grid_kernels pensel_grid_##isa_##_##real_ = {.isa = #isa_, \
                                                              PENSEL_GRID_LIST(FIELD)};
TABLE(PENSEL_ISA_NAME)
