/* The self-normalising unit; alpha and lambda are those of Klambauer et al. 2017, equation 14. */
enum { selu_needs_z = 0 };

static inline vec selu_value(vec z, vec p)
{
    (void)p;
    return v_set(1.0507009873554805) *
           v_if_greater(z, v_set(0), z, v_set(1.6732632423543772) * v_expm1(z));
}

/* Where z <= 0, lambda alpha e^z = a + lambda alpha. */
static inline vec selu_slope(vec a, vec z, vec p)
{
    (void)z, (void)p;
    return v_if_greater(a, v_set(0), v_set(1.0507009873554805),
                        a + v_set(1.0507009873554805 * 1.6732632423543772));
}

static const pensel_activation_info selu_info = {
    .name = "selu",
    .formula = "1.0507 (z if z > 0, else 1.6733 (e^z - 1))",
    .derivative = "1.0507 if z > 0, else a + 1.7581",
    .range = "(-1.7581, inf)",
};

static const pensel_activation_leaving selu_leaving = {
    .formula = "1.0507009873554805 * where(z > 0, z, 1.6732632423543772 * expm1(z))",
    .onnx = "Selu",
};
