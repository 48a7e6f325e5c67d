/* Losses of a tile. The one that most trainings take, squared error of identity outputs, goes
 * several samples at a time; outputs are few, so the others go one by one. */
#ifndef PENSEL_KERNEL_BODY_SQUARED_ERRORS_H
#define PENSEL_KERNEL_BODY_SQUARED_ERRORS_H

enum { LOSS_LANES = 16 };

/* dz = scale weight (a - y); returns the sum of weight (a - y)^2, over samples lane by lane */
static double squares_of_errors(const pensel_loss_tile *f, double scale)
{
    double sums[LOSS_LANES] = {0}, sum = 0;
    real weight[LOSS_LANES];
    for (size_t s = 0; s < f->n; s += LOSS_LANES) {
        size_t count = least(LOSS_LANES, f->n - s);
        for (size_t t = 0; t < LOSS_LANES; t++)
            weight[t] = t < count ? 1 : 0;
        for (size_t t = 0; t < count && f->weights; t++)
            weight[t] = ((const real *)f->weights)[s + t];
        for (size_t j = 0; j < f->k; j++) {
            const real *a = (const real *)f->a + j * f->ld + s,
                       *y = (const real *)f->y + j * f->ld + s;
            real *dz = f->dz ? (real *)f->dz + j * f->ld + s : NULL;
            double errors[LOSS_LANES];
            for (size_t t = 0; t < LOSS_LANES; t++)
                errors[t] = t < count ? (double)(a[t] - y[t]) : 0;
            for (size_t t = 0; t < LOSS_LANES; t++)
                sums[t] += (double)weight[t] * (errors[t] * errors[t]);
            for (size_t t = 0; t < count && dz; t++)
                dz[t] = (real)(errors[t] * ((double)weight[t] * scale));
        }
    }
    for (size_t t = 0; t < LOSS_LANES; t++)
        sum += sums[t];
    return sum;
}

/* The same of a single sample, which would leave all lanes but one idle */
static double squares_of_one(const pensel_loss_tile *f, double scale)
{
    const real *a = f->a, *y = f->y;
    real *dz = f->dz;
    double weight = f->weights ? (double)*(const real *)f->weights : 1, sum = 0;
    for (size_t j = 0; j < f->k * f->ld; j += f->ld) {
        double error = (double)(a[j] - y[j]);
        sum += weight * (error * error);
        if (dz) dz[j] = (real)(error * (weight * scale));
    }
    return sum;
}

static double loss(const pensel_loss_tile *f)
{
    bool squares = f->loss == PENSEL_SQUARED_ERROR && !f->function;
    if (!squares || f->activation != PENSEL_IDENTITY) return loss_of_tile(f);
    double share = 1 / (double)f->k, scale = f->sklearn_gradient ? f->scale : f->scale * share;
    double sum = f->n == 1 ? squares_of_one(f, scale) : squares_of_errors(f, scale);
    return 0.5 * share * sum;
}

#endif
