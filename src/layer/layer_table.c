/* The table of all kinds, for one instruction set and precision: compiled as often as the kinds
 * are, and ended by NULL. */
#include "layer/layer.h"

#define KIND(name) PENSEL_LAYER_NAME(name, PENSEL_ISA_NAME, PENSEL_REAL)
#define DECLARE(name) extern const pensel_layer_kind KIND(name);
#define ADDRESS(name) &KIND(name),
#define TABLE PENSEL_LAYER_NAME(kinds, PENSEL_ISA_NAME, PENSEL_REAL)

PENSEL_LAYER_LIST(DECLARE)

extern const pensel_layer_kind *const TABLE[];
const pensel_layer_kind *const TABLE[] = {PENSEL_LAYER_LIST(ADDRESS) NULL};
