/* Adam (Kingma & Ba 2015), in the order of operations suggested at the end of section 2: the bias
 * corrections are part of the rate. With weight_decay it is AdamW (Loshchilov & Hutter 2019). */
static inline double adam_rate(const pensel_training_options *o, double rate, double t)
{
    return rate * (sqrt)(1 - (pow)(o->beta_2, t)) / (1 - (pow)(o->beta_1, t));
}

static inline vec adam_weight(const solver_constants *c, vec w, vec g, vec *m, vec *v)
{
    w = w - c->decay * w;
    *m = v_fma(c->beta_1, *m, c->rest_1 * g);
    *v = v_fma(c->beta_2, *v, c->rest_2 * (g * g));
    return w - c->rate * *m / (v_sqrt(*v) + c->epsilon);
}

static const pensel_solver_info adam_info = {
    .name = "adam",
    .moments = 2,
};
