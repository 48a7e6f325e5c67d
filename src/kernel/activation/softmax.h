/* Softmax: probabilities of classes. It sees the whole layer: the kernels compute z less the
 * layer's largest, its exponential as below, and divide by their sum. The slope is the Jacobian's
 * diagonal. */
enum { softmax_needs_z = 0 };

static inline vec softmax_value(vec z, vec p)
{
    (void)p;
    return v_exp(z);
}

static inline vec softmax_slope(vec a, vec z, vec p)
{
    (void)z, (void)p;
    return a * (1 - a);
}

static const pensel_activation_info softmax_info = {
    .name = "softmax",
    .formula = "e^z / sum of e^z over the layer",
    .derivative = "a (1 - a)",
    .range = "(0, 1)",
    .outputs_only = true,
};

static const pensel_activation_leaving softmax_leaving = {
    .formula = "softmax(z)",
};
