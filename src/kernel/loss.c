/* Losses: their names and what they are. What they compute is in loss/, and is used by loss_tile.h.
 */
#define PENSEL_REAL double
#include "kernel/vector/scalar.h"

#include "kernel/loss.h"

static const pensel_loss_info *const losses[] = {
#define ROW(NAME, name) [PENSEL_##NAME] = &name##_info,
    PENSEL_LOSS_LIST(ROW)
#undef ROW
};

const pensel_loss_info *pensel_loss_describe(pensel_loss loss)
{
    return (unsigned)loss < PENSEL_LOSS_COUNT ? losses[loss] : NULL;
}

/* NULL past the last: that is how a reader of names finds the end. */
const char *pensel_loss_name(pensel_loss loss)
{
    return (unsigned)loss < PENSEL_LOSS_COUNT ? losses[loss]->name : NULL;
}
