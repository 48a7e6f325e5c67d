/* Stochastic gradient descent with momentum: v = momentum v - rate g; w += v, or with Nesterov's
 * look ahead w += momentum v - rate g (Sutskever et al. 2013, as scikit-learn writes it). */
static inline double sgd_rate(const pensel_training_options *o, double rate, double t)
{
    (void)o, (void)t;
    return rate;
}

static inline vec sgd_weight(const solver_constants *c, vec w, vec g, vec *m, vec *v)
{
    (void)v;
    vec step = c->rate * g;
    *m = c->momentum * *m - step;
    return w - c->decay * w + (c->nesterov ? c->momentum * *m - step : *m);
}

static const pensel_solver_info sgd_info = {
    .name = "sgd",
    .moments = 1,
};
