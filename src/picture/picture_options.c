/* The option tables of painting and rendering, and their defaults. */
#include "picture/painting.h"

#include "base/option.h"

#define ROW(...) PENSEL_OPTION_ROW(pensel_paint_options, __VA_ARGS__)
static const pensel_option_row paint_rows[] = {PENSEL_PAINT_OPTION_LIST(ROW)};
#undef ROW
static const pensel_option_table paint_table =
    PENSEL_OPTION_TABLE_OF(paint_rows, PENSEL_OPTIONS_MOST);
PENSEL_OPTION_BITS(paint_rows);

#define ROW(...) PENSEL_OPTION_ROW(pensel_render_options, __VA_ARGS__)
static const pensel_option_row render_rows[] = {PENSEL_RENDER_OPTION_LIST(ROW)};
#undef ROW
static const pensel_option_table render_table =
    PENSEL_OPTION_TABLE_OF(render_rows, PENSEL_OPTIONS_MOST);
PENSEL_OPTION_BITS(render_rows);

const pensel_option_table *pensel_paint_table(void)
{
    return &paint_table;
}

const pensel_option_table *pensel_render_table(void)
{
    return &render_table;
}

pensel_paint_options pensel_paint_defaults(pensel_task task)
{
    pensel_paint_options o = {PENSEL_PAINT_OPTION_LIST(PENSEL_OPTION_DEFAULT)};
    o.estimator = pensel_estimator_defaults(task);
    o.estimator.balanced = task == PENSEL_CLASSIFICATION;
    return o;
}

/* Ten hidden layers of 100, trained as scikit-learn does: nothing is chosen, and all is double.
 * The layers are static: options borrow them. */
pensel_paint_options pensel_paint_tutorial(pensel_task task)
{
    static const pensel_layer hidden[] = {
        {100, PENSEL_RELU, 0}, {100, PENSEL_RELU, 0}, {100, PENSEL_RELU, 0}, {100, PENSEL_RELU, 0},
        {100, PENSEL_RELU, 0}, {100, PENSEL_RELU, 0}, {100, PENSEL_RELU, 0}, {100, PENSEL_RELU, 0},
        {100, PENSEL_RELU, 0}, {100, PENSEL_RELU, 0},
    };
    pensel_paint_options o = {PENSEL_PAINT_OPTION_LIST(PENSEL_OPTION_DEFAULT)};
    o.estimator = pensel_estimator_defaults(task);
    o.choose = false;
    o.raw_coordinates = true;
    if (task == PENSEL_CLASSIFICATION) o.threshold = 600;
    o.estimator.one_hot = task == PENSEL_CLASSIFICATION;
    o.estimator.hidden = hidden;
    o.estimator.hidden_count = sizeof hidden / sizeof *hidden;
    o.estimator.precision = PENSEL_FLOAT64;
    o.estimator.training.sklearn_gradient = true;
    return o;
}

pensel_render_options pensel_render_defaults(void)
{
    return (pensel_render_options){PENSEL_RENDER_OPTION_LIST(PENSEL_OPTION_DEFAULT)};
}
