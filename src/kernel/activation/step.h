/* Heaviside's step, the perceptron's. Its slope is 0 wherever it has one, so no gradient passes it.
 */
enum { step_needs_z = 0 };

static inline vec step_value(vec z, vec p)
{
    (void)p;
    return v_if_greater(v_set(0), z, v_set(0), v_set(1));
}

static inline vec step_slope(vec a, vec z, vec p)
{
    (void)a, (void)z, (void)p;
    return v_set(0);
}

static const pensel_activation_info step_info = {
    .name = "step",
    .formula = "1 if z >= 0, else 0",
    .derivative = "0",
    .range = "{0, 1}",
};

static const pensel_activation_leaving step_leaving = {
    .formula = "where(z < 0, 0, 1)",
};
