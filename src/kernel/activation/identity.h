/* Identity: a neuron that only sums. */
enum { identity_needs_z = 0 };

static inline vec identity_value(vec z, vec p)
{
    (void)p;
    return z;
}

static inline vec identity_slope(vec a, vec z, vec p)
{
    (void)a, (void)z, (void)p;
    return v_set(1);
}

static const pensel_activation_info identity_info = {
    .name = "identity",
    .formula = "z",
    .derivative = "1",
    .range = "(-inf, inf)",
};

static const pensel_activation_leaving identity_leaving = {
    .formula = "z",
};
