/* The sigmoid linear unit, or swish (Elfwing et al. 2018). */
enum { silu_needs_z = 1 };

static inline vec silu_value(vec z, vec p)
{
    (void)p;
    return z * v_logistic(z);
}

/* s + z s', s' = s (1 - s) */
static inline vec silu_slope(vec a, vec z, vec p)
{
    (void)a, (void)p;
    vec s = v_logistic(z);
    return s * (1 + z * (1 - s));
}

static const pensel_activation_info silu_info = {
    .name = "silu",
    .formula = "z s(z), s(z) = 1 / (1 + e^-z)",
    .derivative = "s(z) (1 + z (1 - s(z)))",
    .range = "[-0.2785, inf)",
};

static const pensel_activation_leaving silu_leaving = {
    .formula = "z * logistic(z)",
};
