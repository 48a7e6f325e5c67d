/* Smooth between the squared and the absolute error; written so that no e^e overflows: log cosh e =
 * |e| + log(1 + e^(-2 |e|)) - log 2 */
static inline double log_cosh_value(double a, double y, double delta)
{
    (void)delta;
    double e = (fabs)(a - y);
    return e + (log1p)((exp)(-2 * e)) - 0.6931471805599453;
}

static inline double log_cosh_slope(double a, double y, double delta)
{
    (void)delta;
    return (tanh)(a - y);
}

static const pensel_loss_info log_cosh_info = {
    .name = "log-cosh",
    .formula = "mean log cosh (a - y)",
    .mean = true,
    .output = PENSEL_IDENTITY,
};
