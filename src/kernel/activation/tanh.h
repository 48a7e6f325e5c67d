/* The hyperbolic tangent. */
enum { tanh_needs_z = 0 };

static inline vec tanh_value(vec z, vec p)
{
    (void)p;
    return v_tanh(z);
}

static inline vec tanh_slope(vec a, vec z, vec p)
{
    (void)z, (void)p;
    return 1 - a * a;
}

static const pensel_activation_info tanh_info = {
    .name = "tanh",
    .formula = "tanh z",
    .derivative = "1 - a^2",
    .range = "(-1, 1)",
};

static const pensel_activation_leaving tanh_leaving = {
    .formula = "tanh(z)",
};
