/* The smooth rectifier. Its slope is the logistic function, here from a: 1 - e^-a. */
enum { softplus_needs_z = 0 };

/* The same, written so that no e^z overflows: e^-|z| is at most 1. */
static inline vec softplus_value(vec z, vec p)
{
    (void)p;
    return v_max(v_set(0), z) + v_log1p(v_exp_negative(v_minus_abs(z)));
}

static inline vec softplus_slope(vec a, vec z, vec p)
{
    (void)z, (void)p;
    return -v_expm1(-a);
}

static const pensel_activation_info softplus_info = {
    .name = "softplus",
    .formula = "log(1 + e^z)",
    .derivative = "1 - e^-a",
    .range = "(0, inf)",
};
