/* The Gaussian error linear unit (Hendrycks & Gimpel 2016), exact: by erfc, not by tanh. */
enum { gelu_needs_z = 1 };

/* By erfc: 1 + erf would lose all digits of Phi far below 0. */
static inline vec gelu_value(vec z, vec p)
{
    (void)p;
    return v_set(0.5) * z * v_erfc(z * v_set(-0.7071067811865476));
}

/* By the product rule; phi is Phi's own derivative, and its power that of erfc. */
static inline vec gelu_slope(vec a, vec z, vec p)
{
    (void)a, (void)p;
    vec power, tail = v_erfc_and_power(z * v_set(-0.7071067811865476), &power);
    return v_fma(v_set(0.3989422804014327) * z, power, v_set(0.5) * tail);
}

static const pensel_activation_info gelu_info = {
    .name = "gelu",
    .formula = "z Phi(z), Phi(z) = erfc(-z / sqrt 2) / 2",
    .derivative = "Phi(z) + z phi(z), phi(z) = e^(-z^2 / 2) / sqrt(2 pi)",
    .range = "[-0.17, inf)",
};

static const pensel_activation_leaving gelu_leaving = {
    .formula = "0.5 * z * erfc(-0.7071067811865476 * z)",
};
