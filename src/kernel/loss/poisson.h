/* Half the deviance of counts whose logarithm is what the network computes (McCullagh & Nelder
 * 1989, section 2.3): 0 at a = y, where it is least. */
static inline double poisson_value(double a, double y, double delta)
{
    (void)delta;
    return y_log(y, y / a) - y + a;
}

static inline double poisson_slope(double a, double y, double delta)
{
    (void)delta;
    return 1 - y / a;
}

static const pensel_loss_info poisson_info = {
    .name = "poisson",
    .formula = "sum y log(y / a) - y + a",
    .output = PENSEL_EXPONENTIAL,
    .canonical = true,
    .counts = true,
};
