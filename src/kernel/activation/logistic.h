/* The logistic function. */
enum { logistic_needs_z = 0 };

static inline vec logistic_value(vec z, vec p)
{
    (void)p;
    return v_logistic(z);
}

static inline vec logistic_slope(vec a, vec z, vec p)
{
    (void)z, (void)p;
    return a * (1 - a);
}

static const pensel_activation_info logistic_info = {
    .name = "logistic",
    .formula = "1 / (1 + e^-z)",
    .derivative = "a (1 - a)",
    .range = "(0, 1)",
};

static const pensel_activation_leaving logistic_leaving = {
    .formula = "logistic(z)",
};
