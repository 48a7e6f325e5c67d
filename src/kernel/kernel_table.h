/* Defines a table of the static kernels of the file that includes this, as
 * pensel_kernels_ISA_float, pensel_kernels_ISA_double or, compiled with PENSEL_PAIRS,
 * pensel_kernels_ISA_bfloat16. dispatch.c lists them. */
#ifndef PENSEL_KERNEL_TABLE_H
#define PENSEL_KERNEL_TABLE_H

#include "kernel/kernel.h"

/* Bytes that panels and rows are rounded up to. It is the same in every table, so that data written
 * by one can be read by another, and networks have the same layout everywhere. */
#define PENSEL_KERNEL_ROUNDING 64

#define PENSEL_KERNEL_FIELD(name, result, arguments) .name = name,
#define PENSEL_KERNEL_STEP(NAME, name) [PENSEL_##NAME] = name##_step,
#define PENSEL_KERNEL_ROW_STEP(NAME, name) [PENSEL_##NAME] = name##_row_step,
#ifdef PENSEL_PREDICTS_ONLY
#define PENSEL_KERNEL_TRAINS
#else
#define PENSEL_KERNEL_TRAINS                                                   \
    PENSEL_TRAINING_KERNEL_LIST(PENSEL_KERNEL_FIELD).step = {PENSEL_STEP_LIST( \
        PENSEL_KERNEL_STEP)},                                                  \
    .row_step = {PENSEL_STEP_LIST(PENSEL_KERNEL_ROW_STEP)}
#endif
#ifdef PENSEL_PAIRS
#define PENSEL_KERNEL_TABLE(isa_) PENSEL_KERNEL_TABLE_OF(isa_, bfloat16)
#else
#define PENSEL_KERNEL_TABLE(isa_) PENSEL_KERNEL_TABLE_OF(isa_, PENSEL_REAL)
#endif
#define PENSEL_KERNEL_TABLE_OF(isa_, real_) PENSEL_KERNEL_TABLE_PASTE(isa_, real_)
#define PENSEL_KERNEL_TABLE_PASTE(isa_, real_)                                        \
    extern const pensel_kernels pensel_kernels_##isa_##_##real_;                      \
    const pensel_kernels pensel_kernels_##isa_##_##real_ = {                          \
        .isa = #isa_,                                                                 \
        .precision = sizeof(real) == sizeof(float) ? PENSEL_FLOAT32 : PENSEL_FLOAT64, \
        .size = sizeof(real),                                                         \
        .lanes = PENSEL_KERNEL_ROUNDING / sizeof(real),                               \
        .row_block = PENSEL_KERNEL_ROW_BLOCK,                                         \
        PENSEL_FORWARD_KERNEL_LIST(PENSEL_KERNEL_FIELD) PENSEL_KERNEL_TRAINS};

#endif
