/* Trains the networks of `render --sharp` (src/picture/sharp_prior.c) on free photographs.
 *
 *     sharp_prior SECONDS OUT.c PICTURE.ppm...
 *
 * Each picture is made smaller by three filters in turn: means, a cubic and Lanczos' window, since
 * nobody knows which one a picture has been through. The first network learns to double what was
 * made 2 and 4 times smaller, the second one to double what the first made of the latter. Each
 * takes half of the time. docs/codec.md names the pictures. */
#include "picture/sharp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAMPLES = 1500000, /* for each network */
    FILTERS = 3,
    IN = PENSEL_SHARP_INPUTS,
    OUT = PENSEL_SHARP_OUTPUTS
};

static struct {
    float *x, *y;
    size_t count;
} set;
static pensel_random chance;

static void need(bool is_fine, const char *what)
{
    if (is_fine) return;
    fprintf(stderr, "sharp_prior: %s\n", what);
    exit(1);
}

static void check(pensel_status status, const pensel_error *error)
{
    need(!status, error->text);
}

static pensel_picture room(size_t width, size_t height)
{
    pensel_picture p = {malloc(width * height * 3 * sizeof(float)), width, height, 3};
    need(p.pixels, "no memory");
    return p;
}

/* Its sides are cut to multiples of 4. */
static pensel_picture read_ppm(const char *path)
{
    size_t width, height;
    FILE *file = fopen(path, "rb");
    need(file && fscanf(file, "P6 %zu %zu 255", &width, &height) == 2, path);
    fgetc(file);
    pensel_picture p = room(width - width % 4, height - height % 4);
    uint8_t *bytes = malloc(width * height * 3);
    need(bytes && fread(bytes, 1, width * height * 3, file) == width * height * 3, path);
    for (size_t y = 0; y < p.height; y++)
        for (size_t i = 0; i < 3 * p.width; i++)
            p.pixels[y * 3 * p.width + i] = (float)bytes[y * 3 * width + i] / 255;
    free(bytes);
    fclose(file);
    return p;
}

/* ------------------------------------------------------------------ smaller */

static double sinc(double x)
{
    return x == 0 ? 1 : sin(M_PI * x) / (M_PI * x);
}

static double weight_of(unsigned filter, double x)
{
    double a = fabs(x);
    if (filter == 0) return a < 0.5;
    if (filter == 1)
        return a < 1 ? (1.5 * a - 2.5) * a * a + 1 : a < 2 ? ((-0.5 * a + 2.5) * a - 4) * a + 2 : 0;
    return a < 3 ? sinc(a) * sinc(a / 3) : 0;
}

/* One line of `in` numbers, `step` apart, becomes in / factor. */
static void shrink_line(float *to, const float *from, size_t in, size_t step, size_t factor,
                        unsigned filter)
{
    for (size_t o = 0; o < in / factor; o++) {
        double sum = 0, total = 0, centre = ((double)o + 0.5) * (double)factor - 0.5;
        long reach = 3 * (long)factor;
        for (long i = (long)centre - reach; i <= (long)centre + reach; i++) {
            double w = weight_of(filter, ((double)i - centre) / (double)factor);
            if (i < 0 || i >= (long)in || w == 0) continue;
            sum += w * (double)from[(size_t)i * step];
            total += w;
        }
        to[o * step] = (float)(sum / total);
    }
}

/* 8-bit pixels, as a file has them. */
static pensel_picture shrink(const pensel_picture *p, size_t factor, unsigned filter)
{
    size_t width = p->width / factor, height = p->height / factor;
    pensel_picture small = room(width, height), half = room(width, p->height);
    float *line = malloc(3 * (p->width + p->height) * sizeof(float));
    need(line, "no memory");
    for (size_t y = 0; y < p->height; y++)
        for (size_t c = 0; c < 3; c++)
            shrink_line(half.pixels + y * width * 3 + c, p->pixels + y * p->width * 3 + c, p->width,
                        3, factor, filter);
    for (size_t x = 0; x < 3 * width; x++) {
        for (size_t y = 0; y < p->height; y++)
            line[y] = half.pixels[y * width * 3 + x];
        shrink_line(line + p->height, line, p->height, 1, factor, filter);
        for (size_t y = 0; y < height; y++)
            small.pixels[y * width * 3 + x] =
                rintf(255 * fminf(fmaxf(line[p->height + y], 0), 1)) / 255;
    }
    free(line);
    free(half.pixels);
    return small;
}

/* ------------------------------------------------------------------ samples */

/* Turns and mirrors a square of side n: bit 0 left and right, 1 up and down, 2 both diagonals. */
static void turn(float *to, const float *from, size_t n, unsigned how)
{
    for (size_t y = 0; y < n; y++)
        for (size_t x = 0; x < n; x++) {
            size_t i = how & 1 ? n - 1 - x : x, j = how & 2 ? n - 1 - y : y;
            to[y * n + x] = how & 4 ? from[i * n + j] : from[j * n + i];
        }
}

static unsigned draw(size_t below)
{
    return (unsigned)(pensel_random_uniform(&chance, 0, (double)below) * 0.999999999);
}

/* One sample, turned by chance; false: it is flat, and few of those are needed. */
static bool take(const pensel_picture *small, const pensel_picture *large)
{
    size_t x = draw(small->width), y = draw(small->height), c = draw(3);
    float patch[IN], base[OUT], miss[OUT], own = small->pixels[(y * small->width + x) * 3 + c];
    float least = 0, most = 0;
    pensel_sharp_patch(patch, small, x, y, c);
    for (size_t i = 0; i < IN; i++) {
        least = fminf(least, patch[i]);
        most = fmaxf(most, patch[i]);
    }
    if (most - least < PENSEL_SHARP_GAIN * 0.06f && draw(8)) return false;
    float taps[PENSEL_SHARP_TAPS];
    pensel_sharp_taps(taps);
    pensel_sharp_base(base, patch, taps);
    for (size_t k = 0; k < OUT; k++) {
        size_t at = (2 * y + k / 2) * large->width + 2 * x + k % 2;
        miss[k] = (large->pixels[at * 3 + c] - own - base[k]) * PENSEL_SHARP_SHARE;
    }
    unsigned how = draw(8);
    turn(set.x + set.count * IN, patch, PENSEL_SHARP_SIDE, how);
    turn(set.y + set.count * OUT, miss, 2, how);
    set.count++;
    return true;
}

static void gather(const pensel_picture *small, const pensel_picture *large, size_t share)
{
    for (size_t tries = 0, got = 0; got < share && tries < 8 * share && set.count < SAMPLES;
         tries++)
        got += take(small, large);
}

static void gather_first(const pensel_picture *p, size_t share)
{
    for (unsigned filter = 0; filter < FILTERS; filter++) {
        pensel_picture half = shrink(p, 2, filter), quarter = shrink(p, 4, filter);
        gather(&half, p, share / FILTERS / 2);
        gather(&quarter, &half, share / FILTERS / 2);
        free(half.pixels);
        free(quarter.pixels);
    }
}

static void gather_second(const pensel_picture *p, size_t share, const pensel_network *first)
{
    pensel_error error = {0};
    pensel_context *context;
    check(pensel_context_new(&context, NULL, &error), &error);
    const pensel_pool pool = pensel_pool_of(context, 0);
    for (unsigned filter = 0; filter < FILTERS; filter++) {
        pensel_picture quarter = shrink(p, 4, filter);
        pensel_picture half = room(2 * quarter.width, 2 * quarter.height);
        check(pensel_sharp_double(half.pixels, &quarter, first, &pool, &error), &error);
        gather(&half, p, share / FILTERS);
        free(half.pixels);
        free(quarter.pixels);
    }
    pensel_context_free(&context);
}

/* ------------------------------------------------------------------ training */

static pensel_verdict note(const pensel_progress *progress, void *data)
{
    (void)data;
    if (progress->epoch % 5 == 1)
        fprintf(stderr, "epoch %zu, %.0f s: loss %.6f\n", progress->epoch, progress->seconds,
                progress->loss);
    return PENSEL_CONTINUE;
}

/* The prior's numbers are whole: the network goes on with them as they will be. */
static void round_all(pensel_network *network)
{
    float *w = pensel_network_parameters(network);
    for (size_t i = 0; i < PENSEL_SHARP_NUMBERS; i++)
        w[i] = fminf(fmaxf(rintf(w[i] * PENSEL_SHARP_UNIT), -32767), 32767) / PENSEL_SHARP_UNIT;
}

static void train(pensel_network *network, double seconds)
{
    pensel_error error = {0};
    pensel_training *training;
    pensel_training_options o = pensel_training_defaults();
    pensel_samples samples = {.x = {set.x, set.count, IN, PENSEL_FLOAT32},
                              .y = {set.y, set.count, OUT, PENSEL_FLOAT32}};
    o.alpha = 0;
    o.batch_size = 512;
    o.learning_rate = PENSEL_COSINE;
    o.learning_rate_init = 2e-3;
    o.epochs = 100000;
    o.max_seconds = seconds;
    o.n_iter_no_change = 100000;
    o.on_epoch = note;
    fprintf(stderr, "%zu samples\n", set.count);
    check(pensel_network_initialise(network, PENSEL_HE, &chance, &error), &error);
    check(pensel_training_new(&training, network, &o, &error), &error);
    check(pensel_training_run(training, &samples, NULL, &chance, &error), &error);
    fprintf(stderr, "%zu epochs\n", pensel_training_report(training)->epochs);
    pensel_training_free(&training);
    round_all(network);
}

static void put(FILE *file, const pensel_network *network)
{
    const float *w = pensel_network_parameters_const(network);
    fputs("    {", file);
    for (size_t i = 0; i < PENSEL_SHARP_NUMBERS; i++)
        fprintf(file, "%s%.0f,", i % 14 ? " " : "\n        ", (double)(w[i] * PENSEL_SHARP_UNIT));
    fputs("\n    },\n", file);
}

int main(int argc, char **argv)
{
    pensel_error error = {0};
    pensel_network *network[PENSEL_SHARP_STAGES];
    if (argc < 4) return fputs("sharp_prior SECONDS OUT.c PICTURE.ppm...\n", stderr), 2;
    set.x = malloc((size_t)SAMPLES * IN * sizeof(float));
    set.y = malloc((size_t)SAMPLES * OUT * sizeof(float));
    need(set.x && set.y, "no memory");
    pensel_random_seed(&chance, 1);
    for (unsigned stage = 0; stage < PENSEL_SHARP_STAGES; stage++) {
        set.count = 0;
        for (int i = 3; i < argc; i++) {
            pensel_picture p = read_ppm(argv[i]);
            size_t share = SAMPLES / (size_t)(argc - 3);
            if (stage == 0)
                gather_first(&p, share);
            else
                gather_second(&p, share, network[0]);
            free(p.pixels);
        }
        check(pensel_sharp_network(&network[stage], &error), &error);
        train(network[stage], atof(argv[1]) / PENSEL_SHARP_STAGES);
    }
    FILE *file = fopen(argv[2], "w");
    need(file, argv[2]);
    fputs("/* The networks of `render --sharp`, by bench/sharp_prior.c. */\n"
          "#include \"picture/sharp.h\"\n\n"
          "/* clang-format off */\n"
          "const int16_t pensel_sharp_prior[PENSEL_SHARP_STAGES][PENSEL_SHARP_NUMBERS] = {\n",
          file);
    for (unsigned stage = 0; stage < PENSEL_SHARP_STAGES; stage++) {
        put(file, network[stage]);
        pensel_network_free(&network[stage]);
    }
    fputs("};\n", file);
    need(!fclose(file), argv[2]);
    free(set.x);
    free(set.y);
    return 0;
}
