/* The sine, with the frequency p (Sitzmann et al. 2020). */
enum { sine_needs_z = 1 };

static inline vec sine_value(vec z, vec p)
{
    return v_sin(p * z);
}

/* Needs z: from a = sin alone the sign of the cosine cannot be known. */
static inline vec sine_slope(vec a, vec z, vec p)
{
    (void)a;
    return p * v_cos(p * z);
}

static const pensel_activation_info sine_info = {
    .name = "sine",
    .formula = "sin(p z)",
    .derivative = "p cos(p z)",
    .range = "[-1, 1]",
    .parameter = 1,
    .has_parameter = true,
};

static const pensel_activation_leaving sine_leaving = {
    .formula = "sin(p * z)",
};
