/* The levels of a grid: see grid.h. All numbers of a grid are one group, level after level, and a
 * level is a part of it: one thread sums the gradient of a level. */
#include "layer/grid.h"

pensel_status pensel_grid_levels_new(pensel_layer_instance *layer, size_t count, const char *name,
                                     pensel_error *error)
{
    layer->groups[0] = (pensel_layer_group){.name = name};
    layer->group_count = 1;
    PENSEL_TRY(pensel_layer_parts(layer, count, error));
    return PENSEL_ALLOCATE(layer->memory, count, sizeof(pensel_grid_level), error);
}

/* Levels are placed from the first to the last: the group's rows are how far it has got. */
pensel_status pensel_grid_level_place(pensel_layer_instance *layer, size_t l, size_t nodes,
                                      size_t features, pensel_error *error)
{
    pensel_grid_level *level = (pensel_grid_level *)layer->memory + l;
    pensel_layer_group *group = &layer->groups[0];
    level->first = group->rows;
    /* a sixteenth of the address space, so that sizes computed from this do not overflow */
    if (!pensel_multiply(&level->count, nodes, features) || level->count > SIZE_MAX / 16 ||
        group->rows > SIZE_MAX / 16)
        return pensel_fail_memory(error, nodes, features);
    group->rows += level->count;
    layer->parts[l] = (pensel_layer_part){level->first, level->count};
    return PENSEL_OK;
}
