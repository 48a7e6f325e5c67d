/* The cross entropy of classes, the loss of classification. Logistic outputs are independent
 * yes-or-no questions: then both answers count. */
static inline double log_loss_value(double a, double y, double delta)
{
    (void)delta;
    return -y_log(y, clipped(a));
}

/* Where a was clipped the value no longer changes with it. */
static inline double log_loss_slope(double a, double y, double delta)
{
    (void)delta;
    return a < CLIP || a > 1 - CLIP ? 0 : -y / a;
}

static const pensel_loss_info log_loss_info = {
    .name = "log-loss",
    .formula = "-sum y log a; with logistic outputs also -sum (1 - y) log(1 - a)",
    .output = PENSEL_SOFTMAX,
    .canonical = true,
    .classes = true,
};
