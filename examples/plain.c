/* The whole mathematics of a neural network in plain C: no library, the formula beside its loop.
 *
 * A network is a chain of layers. Layer l takes the outputs a of the layer before it, multiplies
 * them by its weights w, adds its biases b, and bends the sums z by a function f:
 *
 *     z_j = b_j + sum over i of w_ji a_i          a'_j = f(z_j)
 *
 * Training asks by how much the loss changes when a parameter changes, the gradient, for all
 * parameters at once, and takes a small step down that slope; then again. This program learns two
 * spirals that wind around each other, which no straight line parts, and draws what it has learned:
 *
 *     cc -O2 plain.c -lm && ./a.out          (or ./a.out sgd, which takes longer to learn it)
 *
 * The library does the same, faster; its tests train both side by side: the same numbers. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- The network: numbers, and where they stand */

enum { LAYERS = 3, WIDEST = 24, PARAMETERS = 2000 };

static const size_t width[LAYERS + 1] = {2, 24, 24, 1}; /* inputs, hidden, hidden, output */

/* For each layer w (out, in), one row for each of its neurons, then b (out). */
typedef double parameters[PARAMETERS];

static size_t parameter_count(void)
{
    size_t count = 0;
    for (size_t l = 0; l < LAYERS; l++)
        count += width[l + 1] * width[l] + width[l + 1];
    return count;
}

/* What one sample is on its way through: a[0] is the input, a[l + 1] what layer l makes of it. */
typedef struct activations {
    double a[LAYERS + 1][WIDEST];
} activations;

/* ---- Forward: from the input to the answer */

/* f of the hidden layers is tanh. The output is a probability: the logistic function, 0 to 1. */
static double bend(size_t l, double z)
{
    return l + 1 < LAYERS ? tanh(z) : 1 / (1 + exp(-z));
}

static double forward(const double *theta, activations *x)
{
    const double *w = theta; /* of layer 0 */
    for (size_t l = 0; l < LAYERS; l++) {
        size_t in = width[l], out = width[l + 1];
        const double *b = w + out * in;
        for (size_t j = 0; j < out; j++) {
            double z = b[j];
            for (size_t i = 0; i < in; i++)
                z += w[j * in + i] * x->a[l][i]; /* z = b + w a */
            x->a[l + 1][j] = bend(l, z);         /* a' = f(z) */
        }
        w = b + out; /* of the next layer */
    }
    return x->a[LAYERS][0];
}

/* The loss of one answer p when the truth is y, 0 or 1: how surprising the truth was. */
static double log_loss(double p, double y)
{
    return y == 1 ? -log(p) : -log(1 - p);
}

/* ---- Backward: from the loss to the gradient, by the chain rule
 *
 * Going up, z made a, a made the next z, the last z made the loss. Going down, dz is the change of
 * the loss by z, and
 *
 *     dw_ji = dz_j a_i          db_j = dz_j          da_i = sum over j of w_ji dz_j
 *     dz of the layer below = da f'(z),   where tanh' = 1 - a^2
 *
 * For the logistic function and this loss, dz at the top is simply p - y. */
static void backward(const double *theta, const activations *x, double y, double *gradient)
{
    double dz[WIDEST] = {x->a[LAYERS][0] - y}, da[WIDEST];
    size_t at = parameter_count(); /* the end of layer l's parameters */
    for (size_t l = LAYERS; l-- > 0;) {
        size_t in = width[l], out = width[l + 1];
        at -= out * in + out;
        const double *w = theta + at;
        double *dw = gradient + at, *db = dw + out * in;
        memset(da, 0, sizeof da);
        for (size_t j = 0; j < out; j++) {
            for (size_t i = 0; i < in; i++) {
                dw[j * in + i] += dz[j] * x->a[l][i]; /* dw += dz a^T */
                da[i] += w[j * in + i] * dz[j];       /* da = w^T dz */
            }
            db[j] += dz[j];
        }
        for (size_t i = 0; i < in; i++)
            dz[i] = da[i] * (1 - x->a[l][i] * x->a[l][i]);
    }
}

/* The mean loss of n samples x (n, inputs), y (n), and its gradient. Large weights cost something
 * too, alpha/2 w^2 / n, so that the answers stay smooth. */
static double loss_and_gradient(const double *theta, double *gradient, const double *x,
                                const double *y, size_t n, double alpha)
{
    double loss = 0;
    activations sample;
    memset(gradient, 0, parameter_count() * sizeof *gradient);
    for (size_t s = 0; s < n; s++) {
        memcpy(sample.a[0], x + s * width[0], width[0] * sizeof *x);
        loss += log_loss(forward(theta, &sample), y[s]) / (double)n;
        backward(theta, &sample, y[s], gradient);
    }
    for (size_t l = 0, at = 0; l < LAYERS; l++) {
        for (size_t end = at + width[l + 1] * width[l]; at < end; at++) {
            loss += alpha / 2 * theta[at] * theta[at] / (double)n;
            gradient[at] = (gradient[at] + alpha * theta[at]) / (double)n;
        }
        for (size_t end = at + width[l + 1]; at < end; at++)
            gradient[at] /= (double)n;
    }
    return loss;
}

/* ---- Steps: what is done with a gradient */

typedef struct solver {
    int adam;        /* or sgd */
    double rate;     /* how long a step is */
    double momentum; /* sgd: how much of the last step goes into this one */
    double b1, b2;   /* adam: how slowly its two means forget */
    size_t t;        /* steps so far */
    parameters m, v; /* sgd: m is the velocity */
} solver;

/* Stochastic gradient descent: the velocity keeps its direction, the slope bends it. */
static void step_sgd(solver *s, double *theta, const double *gradient)
{
    for (size_t i = 0; i < parameter_count(); i++) {
        s->m[i] = s->momentum * s->m[i] - s->rate * gradient[i]; /* v = mu v - rate g */
        theta[i] += s->m[i];                                     /* theta += v */
    }
}

/* Adam (Kingma & Ba 2015): m is the mean of the last gradients, v that of their squares. Divided by
 * the root of v, each parameter takes steps of about `rate`, however steep its slope. Both means
 * begin at 0; 1 - b^t makes up for that. */
static void step_adam(solver *s, double *theta, const double *gradient)
{
    double c1 = 1 - pow(s->b1, (double)s->t), c2 = 1 - pow(s->b2, (double)s->t);
    for (size_t i = 0; i < parameter_count(); i++) {
        double g = gradient[i];
        s->m[i] = s->b1 * s->m[i] + (1 - s->b1) * g;
        s->v[i] = s->b2 * s->v[i] + (1 - s->b2) * g * g;
        theta[i] -= s->rate * sqrt(c2) / c1 * s->m[i] / (sqrt(s->v[i]) + 1e-8);
    }
}

/* All samples once, `batch` at a time: a step for each batch. Returns the mean loss. */
static double epoch(solver *s, double *theta, const double *x, const double *y, size_t n,
                    size_t batch, double alpha)
{
    parameters gradient;
    double sum = 0;
    for (size_t first = 0; first < n; first += batch) {
        size_t count = n - first < batch ? n - first : batch;
        sum += loss_and_gradient(theta, gradient, x + first * width[0], y + first, count, alpha) *
               (double)count;
        s->t++;
        if (s->adam)
            step_adam(s, theta, gradient);
        else
            step_sgd(s, theta, gradient);
    }
    return sum / (double)n;
}

/* ---- A start: weights by chance, small enough that tanh is not flat (Glorot & Bengio 2010) */

/* The same numbers everywhere (Knuth's MMIX generator; its upper bits are the good ones) */
static double by_chance(double low, double high)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(state >> 32) / 4294967296.0;
}

static void initialise(double *theta)
{
    for (size_t l = 0, at = 0; l < LAYERS; l++) {
        double bound = sqrt(6.0 / (double)(width[l] + width[l + 1]));
        for (size_t end = at + width[l + 1] * (width[l] + 1); at < end; at++)
            theta[at] = by_chance(-bound, bound);
    }
}

/* ---- Two spirals (Lang & Witbrock 1988): 97 points of each, which wind around each other */

enum { POINTS = 194 };

static void make_spirals(double *x, double *y)
{
    for (size_t s = 0; s < POINTS; s++) { /* the two in turn, so that each batch has both */
        double angle = (double)(s / 2) * 3.14159265358979323846 / 16;
        double radius = 2 * (104 - (double)(s / 2)) / 104, sign = s % 2 ? -1 : 1;
        x[2 * s] = sign * radius * sin(angle);
        x[2 * s + 1] = sign * radius * cos(angle);
        y[s] = (double)(s % 2);
    }
}

static double answer(const double *theta, double x0, double x1)
{
    activations sample = {{{x0, x1}}};
    return forward(theta, &sample);
}

/* The plane as the network sees it. */
static void draw(const double *theta)
{
    for (int row = 0; row < 25; row++) {
        for (int column = 0; column < 51; column++) {
            double p = answer(theta, (column - 25) / 12.0, (12 - row) / 5.8);
            putchar(p > 0.9 ? '#' : p > 0.5 ? '+' : p > 0.1 ? '-' : '.');
        }
        putchar('\n');
    }
}

int main(int argc, char **argv)
{
    static parameters theta;
    static double x[POINTS * 2], y[POINTS];
    static solver s = {.momentum = 0.9, .b1 = 0.9, .b2 = 0.999};
    size_t right = 0;
    s.adam = argc < 2 || strcmp(argv[1], "sgd") != 0;
    s.rate = s.adam ? 0.01 : 0.05;
    make_spirals(x, y);
    initialise(theta);
    printf("2-24-24-1, %zu parameters, two spirals, %s\n", parameter_count(),
           s.adam ? "adam" : "sgd with momentum");
    for (size_t e = 1; e <= 1500; e++) {
        double loss = epoch(&s, theta, x, y, POINTS, 32, 1e-4);
        if (e == 1 || e % 250 == 0) printf("epoch %4zu   loss %.6f\n", e, loss);
    }
    for (size_t i = 0; i < POINTS; i++)
        right += (answer(theta, x[2 * i], x[2 * i + 1]) > 0.5) == (y[i] == 1);
    printf("%zu of %d points right\n\n", right, POINTS);
    draw(theta);
    return 0;
}
