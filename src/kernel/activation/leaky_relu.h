/* The leaky rectifier (Maas et al. 2013), p from 0 to 1, so that a has the sign of z. */
enum { leaky_relu_needs_z = 0 };

static inline vec leaky_relu_value(vec z, vec p)
{
    return v_max(p * z, z);
}

/* a has the sign of z */
static inline vec leaky_relu_slope(vec a, vec z, vec p)
{
    (void)z;
    return v_if_greater(a, v_set(0), v_set(1), p);
}

static const pensel_activation_info leaky_relu_info = {
    .name = "leaky-relu",
    .formula = "max(p z, z)",
    .derivative = "1 if z > 0, else p",
    .range = "(-inf, inf)",
    .parameter = 0.1,
    .has_parameter = true,
    .most = 1,
};

static const pensel_activation_leaving leaky_relu_leaving = {
    .formula = "max(z, p * z)",
    .onnx = "LeakyRelu",
    .alpha = true,
};
