/* The exponential linear unit (Clevert et al. 2016), p > 0. */
enum { elu_needs_z = 0 };

/* expm1, since e^z - 1 would lose all digits near 0 */
static inline vec elu_value(vec z, vec p)
{
    return v_if_greater(z, v_set(0), z, p * v_expm1(z));
}

/* p e^z = a + p */
static inline vec elu_slope(vec a, vec z, vec p)
{
    (void)z;
    return v_if_greater(a, v_set(0), v_set(1), a + p);
}

static const pensel_activation_info elu_info = {
    .name = "elu",
    .formula = "z if z > 0, else p (e^z - 1)",
    .derivative = "1 if z > 0, else a + p",
    .range = "(-p, inf)",
    .parameter = 1,
    .has_parameter = true,
};

static const pensel_activation_leaving elu_leaving = {
    .formula = "where(z > 0, z, p * expm1(z))",
    .onnx = "Elu",
    .alpha = true,
};
