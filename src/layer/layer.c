/* What all kinds of layers have in common: found by name, prepared, checked, released.
 *
 * A kind exists once for each instruction set and precision (layer_table.c). Which of them a
 * network uses follows from its kernels: those of the same instruction set, or of the next lower
 * one that has a table in this build. */
#include "layer/layer.h"

#include "kernel/isa.h"

#include <string.h>

#if PENSEL_FLOAT64_BUILT
#define DOUBLE(isa) pensel_layer_kinds_##isa##_double
#else
#define DOUBLE(isa) NULL
#endif
#define DECLARE(isa)                                                          \
    extern const pensel_layer_kind *const pensel_layer_kinds_##isa##_float[]; \
    extern const pensel_layer_kind *const pensel_layer_kinds_##isa##_double[];
PENSEL_ISA_BUILT(DECLARE)

/* NULL where this build has none: the next lower instruction set's kinds do the work */
static const pensel_layer_kind *const *const tables[PENSEL_ISA_COUNT][2] = {
#define ROW(isa) [PENSEL_ISA_##isa] = {pensel_layer_kinds_##isa##_float, DOUBLE(isa)},
    PENSEL_ISA_BUILT(ROW)};

/* The best kinds come first; the reference has some always, so this ends. */
static const pensel_layer_kind *const *kinds_for(const pensel_kernels *kernels)
{
    pensel_isa isa = pensel_isa_find(kernels->isa);
    while (!tables[isa][kernels->precision])
        isa++;
    return tables[isa][kernels->precision];
}

const pensel_layer_kind *pensel_layer_kind_find(const char *name, const pensel_kernels *kernels)
{
    for (const pensel_layer_kind *const *kind = kinds_for(kernels); *kind; kind++)
        if (strcmp((*kind)->name, name) == 0) return *kind;
    return NULL;
}

/* Steps through the table, whose length is known only by the NULL at its end. */
const pensel_layer_kind *pensel_layer_kind_at(size_t i, const pensel_kernels *kernels)
{
    const pensel_layer_kind *const *kinds = kinds_for(kernels);
    for (size_t k = 0; k < i && kinds[k]; k++)
        if (!kinds[k + 1]) return NULL;
    return kinds[i];
}

/* Sizes that are computed from a sixteenth of the address space do not overflow. */
static pensel_status check_size(const pensel_layer_instance *layer, pensel_error *error)
{
    size_t count, left = SIZE_MAX / 16;
    if (layer->out > left) return pensel_fail_memory(error, layer->out, layer->kernels->size);
    for (size_t g = 0; g < layer->group_count; g++) {
        const pensel_layer_group *group = &layer->groups[g];
        PENSEL_REQUIRE(pensel_multiply(&count, group->rows, pensel_layer_row(group)) &&
                           count <= left,
                       OUT_OF_MEMORY,
                       "a %s layer of %zu x %zu numbers is larger than any memory: make it "
                       "smaller",
                       layer->kind->name, group->rows, pensel_layer_row(group));
        left -= count;
    }
    return PENSEL_OK;
}

/* The kind's own `prepare`, and what it may leave out: a layer with parameters that does not cut
 * them itself is one part. */
static pensel_status prepare(pensel_layer_instance *layer, pensel_error *error)
{
    PENSEL_TRY(layer->kind->prepare(layer, error));
    PENSEL_TRY(check_size(layer, error));
    if (layer->group_count == 0 || layer->parts) return PENSEL_OK;
    PENSEL_TRY(pensel_layer_parts(layer, 1, error));
    layer->parts[0] = (pensel_layer_part){0, layer->groups[0].rows};
    return PENSEL_OK;
}

/* `size` bytes of options, no more than PENSEL_LAYER_OPTIONS_BYTES. A layer that fails holds
 * nothing. */
pensel_status pensel_layer_prepare(pensel_layer_instance *layer, const pensel_layer_kind *kind,
                                   const void *options, size_t size, size_t in,
                                   const pensel_kernels *kernels, pensel_error *error)
{
    memset(layer, 0, sizeof *layer);
    layer->kind = kind;
    layer->kernels = kernels;
    layer->in = in;
    layer->rates.rate_factor = layer->rates.decay = 1;
    layer->activation = PENSEL_IDENTITY;
    memcpy(layer->settings.own, options, size);
    pensel_status status = prepare(layer, error);
    if (status != PENSEL_OK) pensel_layer_release(layer);
    return status;
}

/* The instance itself is part of the network's list. Releasing twice is harmless. */
void pensel_layer_release(pensel_layer_instance *layer)
{
    pensel_release(layer->parts);
    pensel_release(layer->memory);
    layer->parts = NULL;
    layer->memory = NULL;
}

pensel_status pensel_layer_parts(pensel_layer_instance *layer, size_t count, pensel_error *error)
{
    layer->part_count = count;
    return PENSEL_NEW(layer->parts, count, error);
}

size_t pensel_layer_parameter_count(const pensel_layer_instance *layer)
{
    size_t count = 0;
    for (size_t g = 0; g < layer->group_count; g++)
        count += pensel_layer_group_count(&layer->groups[g]);
    return count;
}
