/* The squared error, halved, so that its slope is the error itself. */
static inline double squared_error_value(double a, double y, double delta)
{
    (void)delta;
    return 0.5 * (a - y) * (a - y);
}

static inline double squared_error_slope(double a, double y, double delta)
{
    (void)delta;
    return a - y;
}

static const pensel_loss_info squared_error_info = {
    .name = "squared-error",
    .formula = "1/2 mean (a - y)^2",
    .mean = true,
    .output = PENSEL_IDENTITY,
    .canonical = true,
};
