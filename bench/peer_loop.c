/* peer_loop: plain loops in C, as KANN has them (Li, github.com/attractivechaos/kann): dot products
 * forward, sums of scaled rows back, in blocks of 16 by 16 so that rows stay in the nearest cache.
 * The compiler makes vectors of them (-O3 -march=native -ffast-math). One thread. */
#include "peer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16 };

typedef struct layer {
    size_t in, out;
    float *w, *dw, *m, *v; /* (out, in), and then the biases (out) */
    float *y, *dy;         /* (batch, out) */
} layer;

typedef struct loops {
    peer p;
    layer layers[PEER_MOST_LAYERS];
    size_t *order;
    float *x, *dx; /* (batch, inputs); dx is not needed, and so NULL */
    double steps;
} loops;

static float dot(const float *restrict a, const float *restrict b, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void add_scaled(float *restrict y, const float *restrict x, float scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += scale * x[i];
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* y = relu(w x + b), the last layer's without relu */
static void forward(const layer *l, const float *x, size_t n, int last)
{
    const float *b = l->w + l->out * l->in;
    for (size_t first = 0; first < n; first += BLOCK)
        for (size_t row = 0; row < l->out; row += BLOCK)
            for (size_t s = first; s < least(first + BLOCK, n); s++)
                for (size_t j = row; j < least(row + BLOCK, l->out); j++) {
                    float z = b[j] + dot(l->w + j * l->in, x + s * l->in, l->in);
                    l->y[s * l->out + j] = z > 0 || last ? z : 0;
                }
}

/* dw += dy x, db += dy, dx = w^T dy where x > 0 */
static void backward(const layer *l, const float *x, float *dx, size_t n)
{
    float *db = l->dw + l->out * l->in;
    memset(l->dw, 0, (l->in + 1) * l->out * sizeof *l->dw);
    if (dx) memset(dx, 0, n * l->in * sizeof *dx);
    for (size_t first = 0; first < n; first += BLOCK)
        for (size_t row = 0; row < l->out; row += BLOCK)
            for (size_t s = first; s < least(first + BLOCK, n); s++)
                for (size_t j = row; j < least(row + BLOCK, l->out); j++) {
                    float dz = l->dy[s * l->out + j];
                    if (dz == 0) continue;
                    db[j] += dz;
                    add_scaled(l->dw + j * l->in, x + s * l->in, dz, l->in);
                    if (dx) add_scaled(dx + s * l->in, l->w + j * l->in, dz, l->in);
                }
    for (size_t i = 0; dx && i < n * l->in; i++)
        dx[i] = x[i] > 0 ? dx[i] : 0;
}

static void adam(const layer *l, double steps)
{
    size_t count = (l->in + 1) * l->out;
    float rate = (float)(1e-3 * sqrt(1 - pow(0.999, steps)) / (1 - pow(0.9, steps)));
    for (size_t i = 0; i < count; i++) {
        float g = l->dw[i];
        l->m[i] = 0.9F * l->m[i] + 0.1F * g;
        l->v[i] = 0.999F * l->v[i] + 0.001F * g * g;
        l->w[i] -= rate * l->m[i] / (sqrtf(l->v[i]) + 1e-8F);
    }
}

static void sgd(const layer *l)
{
    size_t count = (l->in + 1) * l->out;
    for (size_t i = 0; i < count; i++) {
        float step = -1e-3F * l->dw[i];
        l->m[i] = 0.9F * l->m[i] + step;
        l->w[i] += 0.9F * l->m[i] + step;
    }
}

static const float *input_of(const loops *f, size_t l, const float *x)
{
    return l > 0 ? f->layers[l - 1].y : x;
}

static void step(loops *f, const size_t *index, size_t n)
{
    const peer *p = &f->p;
    size_t in = p->widths[0], layers = p->layers;
    const layer *last = &f->layers[layers - 1];
    for (size_t s = 0; s < n; s++)
        memcpy(f->x + s * in, p->x + index[s] * in, in * sizeof *f->x);
    for (size_t l = 0; l < layers; l++)
        forward(&f->layers[l], input_of(f, l, f->x), n, l + 1 == layers);
    for (size_t s = 0; s < n; s++)
        for (size_t j = 0; j < last->out; j++)
            last->dy[s * last->out + j] =
                (last->y[s * last->out + j] - p->y[index[s] * last->out + j]) / (float)n;
    f->steps++;
    for (size_t l = layers; l-- > 0;)
        backward(&f->layers[l], input_of(f, l, f->x), l > 0 ? f->layers[l - 1].dy : NULL, n);
    for (size_t l = 0; l < layers; l++)
        if (p->adam)
            adam(&f->layers[l], f->steps);
        else
            sgd(&f->layers[l]);
}

static void train(void *context)
{
    loops *f = context;
    size_t n = f->p.samples;
    for (size_t i = n - 1; i > 0; i--) { /* Fisher & Yates */
        size_t j = (size_t)peer_random(0, (float)i), other = f->order[j];
        f->order[j] = f->order[i];
        f->order[i] = other;
    }
    for (size_t s = 0; s < n; s += f->p.batch)
        step(f, f->order + s, least(f->p.batch, n - s));
}

static void predict(void *context)
{
    const loops *f = context;
    for (size_t s = 0; s < f->p.samples; s += f->p.batch)
        for (size_t l = 0; l < f->p.layers; l++)
            forward(&f->layers[l], input_of(f, l, f->p.x + s * f->p.widths[0]),
                    least(f->p.batch, f->p.samples - s), l + 1 == f->p.layers);
}

int main(int argc, char **argv)
{
    static loops f;
    f.p = peer_of(argc, argv);
    if (!f.p.train) f.p.batch = least(f.p.batch, 256); /* so that activations stay near */
    for (size_t l = 0; l < f.p.layers; l++) {
        size_t in = f.p.widths[l], out = f.p.widths[l + 1], count = (in + 1) * out;
        float most = sqrtf(6 / (float)(in + out));
        layer *to = &f.layers[l];
        *to = (layer){.in = in, .out = out};
        to->w = peer_room(count, sizeof *to->w);
        to->dw = peer_room(count, sizeof *to->dw);
        to->m = peer_room(count, sizeof *to->m);
        to->v = peer_room(count, sizeof *to->v);
        to->y = peer_room(f.p.batch * out, sizeof *to->y);
        to->dy = peer_room(f.p.batch * out, sizeof *to->dy);
        for (size_t i = 0; i < count; i++)
            to->w[i] = peer_random(-most, most);
    }
    f.x = peer_room(f.p.batch * f.p.widths[0], sizeof *f.x);
    f.order = peer_room(f.p.samples, sizeof *f.order);
    for (size_t i = 0; i < f.p.samples; i++)
        f.order[i] = i;
    peer_measure(f.p.train ? train : predict, &f);
    return 0;
}
