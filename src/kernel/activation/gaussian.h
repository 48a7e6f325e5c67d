/* The bell. */
enum { gaussian_needs_z = 1 };

static inline vec gaussian_value(vec z, vec p)
{
    (void)p;
    return v_exp_negative(-z * z);
}

/* Needs z, for a is the same on both sides of 0. */
static inline vec gaussian_slope(vec a, vec z, vec p)
{
    (void)p;
    return -2 * z * a;
}

static const pensel_activation_info gaussian_info = {
    .name = "gaussian",
    .formula = "e^(-z^2)",
    .derivative = "-2 z a",
    .range = "(0, 1]",
};

static const pensel_activation_leaving gaussian_leaving = {
    .formula = "exp(-(z * z))",
};
