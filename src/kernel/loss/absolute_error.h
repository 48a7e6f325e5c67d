/* The absolute error, whose least is at the median. */
static inline double absolute_error_value(double a, double y, double delta)
{
    (void)delta;
    return (fabs)(a - y);
}

/* The sign of the error; at 0 it is 0, and NaN stays NaN. */
static inline double absolute_error_slope(double a, double y, double delta)
{
    (void)delta;
    return a > y ? 1 : a < y ? -1 : a - y;
}

static const pensel_loss_info absolute_error_info = {
    .name = "absolute-error",
    .formula = "mean |a - y|",
    .mean = true,
    .output = PENSEL_IDENTITY,
};
