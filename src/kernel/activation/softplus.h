/* The smooth rectifier. Its slope is the logistic function. From a it would be 1 - e^-a, for which
 * there is another power to compute; from z it takes the one that is there. */
enum { softplus_needs_z = 1 };

/* The same, written so that no e^z overflows: e^-|z| is at most 1. */
static inline vec softplus_value(vec z, vec p)
{
    (void)p;
    return v_max(v_set(0), z) + v_log1p(v_exp_negative(v_minus_abs(z)));
}

static inline vec softplus_slope(vec a, vec z, vec p)
{
    (void)a, (void)p;
    return v_logistic(z);
}

static const pensel_activation_info softplus_info = {
    .name = "softplus",
    .formula = "log(1 + e^z)",
    .derivative = "1 / (1 + e^-z)",
    .range = "(0, inf)",
};

static const pensel_activation_leaving softplus_leaving = {
    .formula = "max(0, z) + log1p(exp(-abs(z)))",
    .onnx = "Softplus",
};
