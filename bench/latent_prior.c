/* Trains the prior of the codec's entropy network (src/codec/latent_prior.c) on free photographs.
 *
 *     latent_prior CPU-SECONDS OUT.c PICTURE.ppm... [--after]
 *
 * Each picture is coded at several steps; what the contexts of its latents were, and what came, are
 * the samples. Without --after latents are simply rounded; with it they are chosen by the encoder
 * with the prior that is built in, as they will be in use: run it twice. docs/codec.md names the
 * pictures. The network is the one of latent.h in floating point: the loss is the number of
 * bits. */
#include "base/context.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "codec/latent.h"
#include "codec/tile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    IN = PENSEL_CONTEXTS,
    HIDDEN = PENSEL_LATENT_HIDDEN,
    INNER = PENSEL_LATENT_INNER,
    OUT = PENSEL_LATENT_OUTPUTS,
    KINDS = PENSEL_BAND_KINDS,
    BLOCK = 64,    /* samples side by side */
    BLOCKS = 24,   /* for each step of the solver */
    STEPS = 6,     /* of quantisation, for each picture */
    TAIL_MOST = 18 /* answers "more" that count */
};

typedef struct sample {
    int8_t contexts[IN], step_log;
    uint8_t kind, weight;
    int16_t latent;
} sample;

static struct {
    sample *of;
    size_t count, room;
    int8_t step_log;
    unsigned keep,
        keep_quiet; /* one in so many; of those without any context, one in so many more */
} samples;

/* As PENSEL_LATENT_NUMBERS stand, but in floats. */
typedef struct network {
    float first[IN][HIDDEN], step[HIDDEN], kind[KINDS][HIDDEN], second[HIDDEN][INNER],
        second_bias[INNER], last[OUT][INNER], last_bias[KINDS][OUT];
} network;
enum { NUMBERS = sizeof(network) / sizeof(float) };
_Static_assert((int)NUMBERS == (int)PENSEL_LATENT_NUMBERS, "the network is the prior's");

static uint64_t stream = 88172645463325252u;

static uint32_t draw(void)
{
    stream ^= stream << 13;
    stream ^= stream >> 7;
    stream ^= stream << 17;
    return (uint32_t)(stream >> 16);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ------------------------------------------------------------------ samples */

static void take(void *data, const int8_t *contexts, size_t kind, int latent)
{
    (void)data;
    bool quiet = true;
    bool rare = kind / 2 % PENSEL_WAVELETS >= 2;
    if (!rare && draw() % samples.keep) return;
    for (size_t i = 0; i < IN; i++)
        quiet = quiet && !contexts[i];
    if (quiet && draw() % samples.keep_quiet) return;
    if (samples.count == samples.room) {
        samples.room = samples.room ? 2 * samples.room : 1 << 20;
        samples.of = realloc(samples.of, samples.room * sizeof(sample));
        if (!samples.of) exit(1);
    }
    sample *s = &samples.of[samples.count++];
    memcpy(s->contexts, contexts, IN);
    s->step_log = samples.step_log;
    s->kind = (uint8_t)kind;
    s->weight = (uint8_t)(quiet ? samples.keep_quiet : 1);
    s->latent = (int16_t)latent;
}

static pensel_picture read_ppm(const char *path)
{
    pensel_picture p = {NULL, 0, 0, 3};
    FILE *file = fopen(path, "rb");
    if (!file || fscanf(file, "P6 %zu %zu 255", &p.width, &p.height) != 2) {
        fprintf(stderr, "%s: a binary PPM of 8 bits is needed\n", path);
        exit(1);
    }
    fgetc(file);
    size_t n = p.width * p.height * 3;
    uint8_t *bytes = malloc(n);
    p.pixels = malloc(n * sizeof(float));
    if (!bytes || !p.pixels || fread(bytes, 1, n, file) != n) exit(1);
    for (size_t i = 0; i < n; i++)
        p.pixels[i] = (float)bytes[i] / 255.0f;
    free(bytes);
    fclose(file);
    return p;
}

static void round_all(pensel_stripe *stripe, float step)
{
    for (size_t p = 0; p < stripe->planes; p++)
        for (size_t l = 1; l <= stripe->levels; l++)
            for (size_t o = 0; o < 3; o++) {
                pensel_band *b = &stripe->bands[p][l][o];
                for (size_t y = 0; y < b->height; y++)
                    for (size_t x = 0; x < b->width; x++) {
                        float v = b->place[y * b->down + x * b->along] / step;
                        int size = (int)(fabsf(v) + 0.36f);
                        b->q[y * b->stride + x] = (int16_t)(v < 0 ? -size : size);
                    }
            }
}

static void gather(const pensel_tile *tile, unsigned code, bool after)
{
    static uint8_t bytes[1 << 24];
    static float cost[4097];
    const pensel_kernels *kernels;
    pensel_kernels_find(&kernels, PENSEL_FLOAT32, NULL);
    const pensel_latent_kernels *walk = pensel_latent_kernels_for(kernels);
    static pensel_latent_model model;
    static pensel_latent_state state;
    static uint8_t lines[PENSEL_LINES * (PENSEL_TILE + 2 * PENSEL_LINE_MARGIN)];
    pensel_latent_model_read(&model, pensel_latent_prior);
    for (size_t i = 0; i <= 4096; i++)
        cost[i] = -log2f(((float)i + 0.5f) / 4096);
    float step = pensel_step_of(code);
    pensel_latent_choice choice = {.surprise = 1};
    for (size_t i = 0; i < sizeof choice.lambda / sizeof(float); i++)
        ((float *)choice.lambda)[i] = 0.1f;
    for (size_t i = 0; i < pensel_tile_stripes(tile); i++) {
        pensel_stripe stripe;
        if (pensel_stripe_new(&stripe, i, tile->width, tile->height, tile->plane, tile->planes,
                              tile->colours, NULL))
            exit(1);
        stripe.step_log = pensel_step_log(code);
        pensel_range_writer writer = pensel_range_writer_on(bytes, sizeof bytes);
        pensel_latent_job job = {.stripe = &stripe,
                                 .model = &model,
                                 .state = &state,
                                 .lines = lines,
                                 .writer = &writer,
                                 .step = step,
                                 .choice = &choice,
                                 .cost = cost,
                                 .sink = take};
        pensel_latent_begin(&state, &model);
        if (after)
            walk->choose(&job);
        else
            round_all(&stripe, step);
        samples.step_log = (int8_t)stripe.step_log;
        walk->collect(&job);
        pensel_stripe_clear(&stripe);
    }
}

static void gather_picture(const char *path, bool after)
{
    pensel_picture picture = read_ppm(path);
    pensel_context *context;
    pensel_tile tile;
    pensel_colours colours;
    if (pensel_context_new(&context, NULL, NULL)) exit(1);
    pensel_pool pool = pensel_pool_of(context, 1);
    if (pensel_tile_new(&tile, 0, 0, picture.width, picture.height, 3, &pool, NULL)) exit(1);
    pensel_colours_choose(&colours, &picture);
    pensel_tile_analyse(&tile, &picture, &colours, &pool);
    for (unsigned k = 0; k < STEPS; k++) {
        unsigned code = 64 * 2 + (k * 1000 + draw() % 1000) * 5 * 64 / (STEPS * 1000);
        float step = pensel_step_of(code);
        samples.keep = step < 8 ? 16 : step < 20 ? 9 : 6;
        samples.keep_quiet = step < 8 ? 4 : 16;
        gather(&tile, code, after);
    }
    pensel_tile_clear(&tile);
    pensel_context_free(&context);
    free(picture.pixels);
}

/* ------------------------------------------------------------------ the network */

typedef float lanes[BLOCK];

static float limited(float x, float most)
{
    return x > most ? most : x > 0 ? x : 0;
}

/* z[t] = sum over i of w[i] x[i][t] is what all layers are made of. */
static void add(lanes z, const lanes x, float w)
{
    for (size_t t = 0; t < BLOCK; t++)
        z[t] += w * x[t];
}

static float dot(const lanes a, const lanes b)
{
    float parts[16] = {0}, sum = 0;
    for (size_t t = 0; t < BLOCK; t += 16)
        for (size_t i = 0; i < 16; i++)
            parts[i] += a[t + i] * b[t + i];
    for (size_t i = 0; i < 16; i++)
        sum += parts[i];
    return sum;
}

static double softplus_bits(double x)
{
    return (x > 30 ? x : log1p(exp(x))) / 0.6931471805599453;
}

static double bits_of(const float *z, int latent)
{
    int size = abs(latent);
    if (!size) return softplus_bits(z[0]);
    double bits = softplus_bits(-z[0]) + softplus_bits(latent > 0 ? -z[1] : z[1]);
    if (size == 1) return bits + softplus_bits(z[2]);
    int more = size - 2 < TAIL_MOST ? size - 2 : TAIL_MOST;
    return bits + softplus_bits(-z[2]) + more * softplus_bits(-z[3]) + softplus_bits(z[3]);
}

/* What a block's latents make of the network, a latent a lane, and the slopes of their nats. */
typedef struct passage {
    lanes x[IN], h[HIDDEN], v[INNER], z[OUT], step;
    lanes dh[HIDDEN], dv[INNER], dz[OUT];
} passage;

static void forward(passage *p, const network *n, const sample *const *s)
{
    for (size_t t = 0; t < BLOCK; t++) {
        for (size_t i = 0; i < IN; i++)
            p->x[i][t] = (float)s[t]->contexts[i] / 16;
        p->step[t] = (float)s[t]->step_log / 16;
    }
    for (size_t j = 0; j < HIDDEN; j++) {
        for (size_t t = 0; t < BLOCK; t++)
            p->h[j][t] = n->kind[s[t]->kind][j];
        add(p->h[j], p->step, n->step[j]);
        for (size_t i = 0; i < IN; i++)
            add(p->h[j], p->x[i], n->first[i][j]);
        for (size_t t = 0; t < BLOCK; t++)
            p->h[j][t] = limited(p->h[j][t], 31.99f);
    }
    for (size_t k = 0; k < INNER; k++) {
        for (size_t t = 0; t < BLOCK; t++)
            p->v[k][t] = n->second_bias[k];
        for (size_t j = 0; j < HIDDEN; j++)
            add(p->v[k], p->h[j], n->second[j][k]);
        for (size_t t = 0; t < BLOCK; t++)
            p->v[k][t] = limited(p->v[k][t], 15.99f);
    }
    for (size_t o = 0; o < OUT; o++) {
        for (size_t t = 0; t < BLOCK; t++)
            p->z[o][t] = n->last_bias[s[t]->kind][o];
        for (size_t k = 0; k < INNER; k++)
            add(p->z[o], p->v[k], n->last[o][k]);
    }
}

/* The slopes of the nats by the last layer's sums; returns the block's bits. */
static double slopes(passage *p, const sample *const *s)
{
    double loss = 0;
    for (size_t t = 0; t < BLOCK; t++) {
        float own[OUT], q[OUT], w = s[t]->weight;
        int latent = s[t]->latent, size = abs(latent);
        for (size_t o = 0; o < OUT; o++) {
            own[o] = p->z[o][t];
            q[o] = 1 / (1 + expf(-own[o]));
        }
        int more = size - 2 < TAIL_MOST ? size - 2 : TAIL_MOST;
        loss += w * bits_of(own, latent);
        p->dz[0][t] = w * (q[0] - (size > 0));
        p->dz[1][t] = size > 0 ? w * (q[1] - (latent > 0)) : 0;
        p->dz[2][t] = size > 0 ? w * (q[2] - (size > 1)) : 0;
        p->dz[3][t] = size > 1 ? w * ((float)more * (q[3] - 1) + q[3]) : 0;
    }
    return loss;
}

static void backward(network *g, passage *p, const network *n, const sample *const *s)
{
    for (size_t o = 0; o < OUT; o++)
        for (size_t t = 0; t < BLOCK; t++)
            g->last_bias[s[t]->kind][o] += p->dz[o][t];
    for (size_t k = 0; k < INNER; k++) {
        memset(p->dv[k], 0, sizeof p->dv[k]);
        for (size_t o = 0; o < OUT; o++) {
            add(p->dv[k], p->dz[o], n->last[o][k]);
            g->last[o][k] += dot(p->dz[o], p->v[k]);
        }
        for (size_t t = 0; t < BLOCK; t++) {
            p->dv[k][t] = p->v[k][t] > 0 && p->v[k][t] < 15.98f ? p->dv[k][t] : 0;
            g->second_bias[k] += p->dv[k][t];
        }
    }
    for (size_t j = 0; j < HIDDEN; j++) {
        memset(p->dh[j], 0, sizeof p->dh[j]);
        for (size_t k = 0; k < INNER; k++) {
            add(p->dh[j], p->dv[k], n->second[j][k]);
            g->second[j][k] += dot(p->dv[k], p->h[j]);
        }
        for (size_t t = 0; t < BLOCK; t++) {
            p->dh[j][t] = p->h[j][t] > 0 && p->h[j][t] < 31.98f ? p->dh[j][t] : 0;
            g->kind[s[t]->kind][j] += p->dh[j][t];
        }
        g->step[j] += dot(p->dh[j], p->step);
        for (size_t i = 0; i < IN; i++)
            g->first[i][j] += dot(p->dh[j], p->x[i]);
    }
}

/* Adds the block's gradient in nats; returns its bits. */
static double block(network *g, const network *n, const sample *const *s)
{
    static passage p;
    forward(&p, n, s);
    double loss = slopes(&p, s);
    backward(g, &p, n, s);
    return loss;
}

static void start(network *n)
{
    float *w = (float *)n;
    for (size_t i = 0; i < NUMBERS; i++)
        w[i] = ((float)(draw() % 2001) / 1000 - 1) * 0.25f;
    memset(n->step, 0, sizeof n->step);
    memset(n->second_bias, 0, sizeof n->second_bias);
    for (size_t k = 0; k < KINDS; k++) {
        static const float guess[OUT] = {-2, 0, -1, 0};
        memcpy(n->last_bias[k], guess, sizeof guess);
    }
}

static float rounded(float x, float most)
{
    float r = rintf(x * 1024);
    return r > most ? most : r < -most ? -most : r;
}

static void train(network *n, double most)
{
    static network g, m, v;
    float *w = (float *)n;
    const sample *s[BLOCK];
    double begin = seconds(), loss = 0, weight = 0;
    for (unsigned step = 1;; step++) {
        double done = (seconds() - begin) / most;
        if (done >= 1) break;
        float rate = 2e-3f * (float)(0.5 + 0.5 * cos(3.14159265 * done)) + 1e-5f, sum = 0;
        memset(&g, 0, sizeof g);
        for (size_t b = 0; b < BLOCKS; b++) {
            for (size_t t = 0; t < BLOCK; t++) {
                s[t] = &samples.of[((uint64_t)draw() << 16 ^ draw()) % samples.count];
                sum += s[t]->weight;
            }
            loss += block(&g, n, s);
        }
        weight += (double)sum;
        double a = 1 - pow(0.9, step), b = 1 - pow(0.999, step), norm = 0;
        for (size_t i = 0; i < NUMBERS; i++) {
            double d = (double)((float *)&g)[i] / (double)sum;
            norm += d * d;
        }
        float clip = norm > 0.25 ? (float)(0.5 / sqrt(norm)) : 1; /* a rare large gradient */
        for (size_t i = 0; i < NUMBERS; i++) {
            float d = clip * ((float *)&g)[i] / sum, *mi = (float *)&m + i, *vi = (float *)&v + i;
            *mi += 0.1f * (d - *mi);
            *vi += 0.001f * (d * d - *vi);
            w[i] -= rate * (*mi / (float)a) / (sqrtf(*vi / (float)b) + 1e-8f);
        }
        if (step % 5000 == 0) {
            fprintf(stderr, "%u steps, %.0f %%: %.5f bits\n", step, 100 * done, loss / weight);
            loss = weight = 0;
        }
    }
}

static int put(const char *path, const network *n)
{
    FILE *file = fopen(path, "w");
    if (!file) return 1;
    fputs("/* The prior of the entropy network, by bench/latent_prior.c. */\n"
          "#include \"codec/latent.h\"\n\n"
          "/* clang-format off */\n"
          "const int16_t pensel_latent_prior[PENSEL_LATENT_NUMBERS] = {",
          file);
    for (size_t i = 0; i < NUMBERS; i++)
        fprintf(file, "%s%d,", i % 14 ? " " : "\n    ", (int)rounded(((const float *)n)[i], 32767));
    fputs("\n};\n", file);
    return fclose(file);
}

int main(int argc, char **argv)
{
    static network n;
    bool after = argc > 3 && !strcmp(argv[argc - 1], "--after");
    if (argc < 4) return fputs("latent_prior SECONDS OUT.c PICTURE.ppm... [--after]\n", stderr), 2;
    for (int i = 3; i < argc - after; i++)
        gather_picture(argv[i], after);
    fprintf(stderr, "%zu samples\n", samples.count);
    start(&n);
    if (after)
        for (size_t i = 0; i < NUMBERS; i++)
            ((float *)&n)[i] = (float)pensel_latent_prior[i] / 1024;
    train(&n, atof(argv[1]));
    return put(argv[2], &n);
}
