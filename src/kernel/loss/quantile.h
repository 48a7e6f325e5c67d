/* The pinball loss, whose least is at the quantile q of the targets: a target above the prediction
 * costs q, one below it 1 - q for each unit of the distance (Koenker & Bassett 1978). */
static inline double quantile_value(double a, double y, double q)
{
    double e = y - a;
    return e > 0 ? q * e : (q - 1) * e;
}

/* At the kink it is 0, which lies between the slopes of both sides; NaN stays NaN. */
static inline double quantile_slope(double a, double y, double q)
{
    return a < y ? -q : a > y ? 1 - q : a - y;
}

static const pensel_loss_info quantile_info = {
    .name = "quantile",
    .formula = "mean of q (y - a) if y > a, else (1 - q) (a - y)",
    .mean = true,
    .output = PENSEL_IDENTITY,
};
