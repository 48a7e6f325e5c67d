/* The body: every kernel over vectors, compiled once for each instruction set and precision with
 * -DPENSEL_REAL=float|double, -DPENSEL_ISA_NAME=avx512|avx2|neon|wasm and its header of vectors as
 * -DPENSEL_ISA_VECTOR; and with float and -DPENSEL_PAIRS where products of bfloat16 are an
 * instruction. */
#include "kernel/kernel.h"

#include PENSEL_ISA_VECTOR

#include "kernel/activation.h"
#include "kernel/kernel_table.h"

#include "kernel/body/activate.h"
#include "kernel/body/product.h"
#include "kernel/body/sample_major.h"
#include "kernel/body/tail.h"
#include "kernel/body/wide.h"

#ifdef PENSEL_PAIRS
#include "kernel/body/pairs.h"
#endif
#include "kernel/body/dense.h"
#ifdef PENSEL_PAIRS
#include "kernel/body/pair_layer.h"
#endif
#include "kernel/body/sparse_layer.h"
#include "kernel/body/steps.h"
#include "kernel/body/row.h"
#include "kernel/dropout.h"
#include "kernel/loss_tile.h"

#include "kernel/body/squared_errors.h"

#ifdef PENSEL_PAIRS
#define PENSEL_KERNEL_ROW_BLOCK 0
#else
#define PENSEL_KERNEL_ROW_BLOCK ROW_BLOCK
#endif

PENSEL_KERNEL_TABLE(PENSEL_ISA_NAME)
