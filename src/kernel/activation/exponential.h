/* The exponential: outputs that are rates, for the Poisson loss. */
enum { exponential_needs_z = 0 };

static inline vec exponential_value(vec z, vec p)
{
    (void)p;
    return v_exp(z);
}

static inline vec exponential_slope(vec a, vec z, vec p)
{
    (void)z, (void)p;
    return a;
}

static const pensel_activation_info exponential_info = {
    .name = "exponential",
    .formula = "e^z",
    .derivative = "a",
    .range = "(0, inf)",
};

static const pensel_activation_leaving exponential_leaving = {
    .formula = "exp(z)",
};
