/* The grid kernels, in precision PENSEL_REAL, for instruction set PENSEL_ISA_NAME: plain loops over
 * blocks of samples, which the compiler vectorises. */
#include "encoding/grid.h"
#include "encoding/lanczos.h"

#include <math.h>

typedef PENSEL_REAL real;

enum { BLOCK = 64 }; /* samples at a time, so that their corners stay in the L1 cache */

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
