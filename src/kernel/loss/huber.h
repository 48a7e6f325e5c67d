/* Squared near 0 and linear from delta on, so that outliers pull no harder (Huber 1964). Both
 * pieces have the same value and slope at delta. */
static inline double huber_value(double a, double y, double delta)
{
    double e = (fabs)(a - y);
    return e <= delta ? 0.5 * e * e : delta * (e - 0.5 * delta);
}

static inline double huber_slope(double a, double y, double delta)
{
    double e = a - y;
    return e > delta ? delta : e < -delta ? -delta : e;
}

static const pensel_loss_info huber_info = {
    .name = "huber",
    .formula = "mean of e^2 / 2 if |e| <= delta, else delta (|e| - delta / 2), e = a - y",
    .mean = true,
    .output = PENSEL_IDENTITY,
};
