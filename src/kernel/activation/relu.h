/* The rectifier. Its slope at 0 is 0, as in scikit-learn. */
enum { relu_needs_z = 0 };

/* The limit comes first, so that NaN passes (v_max). */
static inline vec relu_value(vec z, vec p)
{
    (void)p;
    return v_max(v_set(0), z);
}

/* a > 0 just where z > 0 */
static inline vec relu_slope(vec a, vec z, vec p)
{
    (void)z, (void)p;
    return v_if_greater(a, v_set(0), v_set(1), v_set(0));
}

static const pensel_activation_info relu_info = {
    .name = "relu",
    .formula = "max(0, z)",
    .derivative = "1 if z > 0, else 0",
    .range = "[0, inf)",
};

static const pensel_activation_leaving relu_leaving = {
    .formula = "max(0, z)",
    .onnx = "Relu",
};
