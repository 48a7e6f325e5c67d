/* Classes of colour: by a threshold, or a palette found by k-means.
 *
 * k-means runs on up to MOST_POINTS pixels, in OKLab: Euclidean distances there are about those
 * the eye sees, which those in sRGB are not. All pixels then take the nearest centre. The
 * palette, though, is the mean of each class in the picture's own numbers: OKLab decides who
 * belongs together, not in what colour it is painted. Distances are squared throughout. */
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "picture/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLOURS = 64, MOST_POINTS = 1 << 16, ROUNDS = 50 };

void pensel_classes_clear(pensel_classes *classes)
{
    pensel_release(classes->palette);
    pensel_release(classes->codes);
    memset(classes, 0, sizeof *classes);
}

/* The palette's colours are the means of their pixels; classes without pixels are black. */
static pensel_status mean_colours(pensel_classes *classes, const pensel_picture *picture,
                                  pensel_error *error)
{
    size_t channels = picture->channels, pixels = picture->width * picture->height;
    double sums[MOST_COLOURS][4] = {{0}};
    size_t counts[MOST_COLOURS] = {0};
    for (size_t i = 0; i < pixels; i++) {
        size_t code = classes->codes[i];
        counts[code]++;
        for (size_t k = 0; k < channels; k++)
            sums[code][k] += (double)picture->pixels[i * channels + k];
    }
    PENSEL_TRY(PENSEL_NEW(classes->palette, classes->colours * channels, error));
    for (size_t c = 0; c < classes->colours; c++)
        for (size_t k = 0; k < channels; k++)
            if (counts[c] > 0)
                classes->palette[c * channels + k] = (float)(sums[c][k] / (double)counts[c]);
    return PENSEL_OK;
}

/* The 8-bit sum of red, green and blue; a grey counts three times. */
static double brightness(const float *pixel, size_t channels)
{
    double sum = 0;
    for (size_t k = 0; k < 3; k++) {
        double value = (double)pixel[channels < 3 ? 0 : k];
        sum += floor(fmin(fmax(value, 0), 1) * 255 + 0.5);
    }
    return sum;
}

pensel_status pensel_classes_by_threshold(pensel_classes *classes, const pensel_picture *picture,
                                          double threshold, pensel_error *error)
{
    size_t pixels = picture->width * picture->height;
    memset(classes, 0, sizeof *classes);
    classes->colours = 2;
    PENSEL_TRY(PENSEL_NEW(classes->codes, pixels, error));
    for (size_t i = 0; i < pixels; i++)
        classes->codes[i] =
            brightness(picture->pixels + i * picture->channels, picture->channels) > threshold;
    pensel_status status = mean_colours(classes, picture, error);
    if (status != PENSEL_OK) pensel_classes_clear(classes);
    return status;
}

void pensel_classes_swap(pensel_classes *classes, const pensel_picture *picture)
{
    size_t channels = picture->channels, pixels = picture->width * picture->height;
    for (size_t i = 0; i < pixels; i++)
        classes->codes[i] = classes->codes[i] == 0;
    for (size_t k = 0; k < channels; k++) {
        float colour = classes->palette[k];
        classes->palette[k] = classes->palette[channels + k];
        classes->palette[channels + k] = colour;
    }
}

enum { TONES = 65535 };

/* Linear light of all values of 16 bits, which no picture file exceeds. */
static pensel_status make_tones(float **tones, pensel_error *error)
{
    PENSEL_TRY(PENSEL_NEW(*tones, TONES + 1, error));
    for (size_t i = 0; i <= TONES; i++) {
        double srgb = (double)i / TONES;
        (*tones)[i] = (float)(srgb <= 0.04045 ? srgb / 12.92 : pow((srgb + 0.055) / 1.055, 2.4));
    }
    return PENSEL_OK;
}

/* OKLab (Ottosson 2020), of sRGB in [0, 1]; its distances are about those the eye sees. The fourth
 * number is alpha, or 0. */
static void oklab(float point[4], const float *tones, const float *pixel, size_t channels)
{
    float rgb[3];
    for (size_t k = 0; k < 3; k++) {
        float value = pixel[channels < 3 ? 0 : k];
        value = value > 0 ? value < 1 ? value : 1 : 0;
        rgb[k] = tones[(size_t)(value * TONES + 0.5f)];
    }
    float l = cbrtf(0.4122214708f * rgb[0] + 0.5363325363f * rgb[1] + 0.0514459929f * rgb[2]);
    float m = cbrtf(0.2119034982f * rgb[0] + 0.6806995451f * rgb[1] + 0.1073969566f * rgb[2]);
    float s = cbrtf(0.0883024619f * rgb[0] + 0.2817188376f * rgb[1] + 0.6299787005f * rgb[2]);
    point[0] = 0.2104542553f * l + 0.7936177850f * m - 0.0040720468f * s;
    point[1] = 1.9779984951f * l - 2.4285922050f * m + 0.4505937099f * s;
    point[2] = 0.0259040371f * l + 0.7827717662f * m - 0.8086757660f * s;
    point[3] = channels % 2 == 0 ? pixel[channels - 1] : 0;
}

/* Squared. */
static float distance(const float a[4], const float b[4])
{
    float sum = 0;
    for (int k = 0; k < 4; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sum;
}

/* Centres, and for each its fellows in the order of their distance from it. */
typedef struct centres {
    size_t count;
    float at[MOST_COLOURS][4];
    struct fellow {
        float apart; /* half of the distance, squared */
        unsigned which;
    } fellows[MOST_COLOURS][MOST_COLOURS]; /* (count, count - 1) */
} centres;

static int by_distance(const void *a, const void *b)
{
    float x = ((const struct fellow *)a)->apart, y = ((const struct fellow *)b)->apart;
    return (x > y) - (x < y);
}

/* A quarter of the squared distance is the square of half of it: see nearest(). */
static void sort_fellows(centres *c)
{
    for (size_t i = 0; i < c->count; i++) {
        size_t n = 0;
        for (size_t j = 0; j < c->count; j++)
            if (j != i)
                c->fellows[i][n++] = (struct fellow){distance(c->at[i], c->at[j]) / 4, (unsigned)j};
        qsort(c->fellows[i], n, sizeof **c->fellows, by_distance);
    }
}

/* The centre nearest to a point, begun with a guess: what is twice as far from the guess as that is
 * from the point cannot be nearer (sort-means, Phillips 2002). */
static size_t nearest(const float point[4], const centres *c, size_t guess)
{
    size_t best = guess;
    float first = distance(point, c->at[guess]), least = first;
    const struct fellow *fellow = c->fellows[guess], *end = fellow + c->count - 1;
    for (; fellow < end && fellow->apart < first; fellow++) {
        float d = distance(point, c->at[fellow->which]);
        if (d < least) least = d, best = fellow->which;
    }
    return best;
}

/* k-means++: each next centre is a point drawn with a chance that grows with the square of its
 * distance from the centres before it, which `distances` (n) holds. Points that are centres
 * already have none. Returns how many were found: fewer when the points' colours are fewer. */
static size_t start_centres(float (*at)[4], float (*points)[4], float *distances, size_t n,
                            size_t wanted, pensel_random *random)
{
    memcpy(at[0], points[(size_t)pensel_random_between(random, 0, (double)n)], sizeof *at);
    for (size_t i = 0; i < n; i++)
        distances[i] = distance(points[i], at[0]);
    for (size_t c = 1; c < wanted; c++) {
        double total = 0;
        for (size_t i = 0; i < n; i++)
            total += (double)distances[i];
        if (!(total > 1e-12)) return c;
        double left = pensel_random_between(random, 0, total);
        size_t pick = 0;
        for (size_t i = 0; i < n && left >= 0; i++) {
            if (distances[i] > 0) pick = i;
            left -= (double)distances[i];
        }
        memcpy(at[c], points[pick], sizeof *at);
        for (size_t i = 0; i < n; i++)
            distances[i] = fminf(distances[i], distance(points[i], at[c]));
    }
    return wanted;
}

/* Lloyd's rounds: every centre moves to the mean of the points it is nearest to, until none
 * does. codes (n) keep which that is, and are the guesses of the next round. A centre without
 * points stays. The fellows are sorted once more at the end, for find_codes. */
static void move_centres(centres *c, float (*points)[4], unsigned char *codes, size_t n)
{
    memset(codes, 0, n);
    for (int round = 0; round < ROUNDS; round++) {
        double sums[MOST_COLOURS][4] = {{0}}, moved = 0;
        size_t counts[MOST_COLOURS] = {0};
        sort_fellows(c);
        for (size_t i = 0; i < n; i++) {
            codes[i] = (unsigned char)nearest(points[i], c, codes[i]);
            counts[codes[i]]++;
            for (int k = 0; k < 4; k++)
                sums[codes[i]][k] += (double)points[i][k];
        }
        for (size_t i = 0; i < c->count; i++) {
            float old[4];
            memcpy(old, c->at[i], sizeof old);
            for (int k = 0; k < 4 && counts[i] > 0; k++)
                c->at[i][k] = (float)(sums[i][k] / (double)counts[i]);
            moved += (double)distance(old, c->at[i]);
        }
        if (moved < 1e-9) break;
    }
    sort_fellows(c);
}

/* Points of the whole picture, an equal step apart when there are more than enough. */
static size_t take_points(float (*points)[4], const float *tones, const pensel_picture *picture)
{
    size_t pixels = picture->width * picture->height,
           n = pixels < MOST_POINTS ? pixels : MOST_POINTS;
    for (size_t i = 0; i < n; i++) {
        size_t pixel = (size_t)((double)i * ((double)pixels / (double)n));
        oklab(points[i], tones, picture->pixels + pixel * picture->channels, picture->channels);
    }
    return n;
}

/* Every pixel's nearest centre. The guess is that of the pixel before it, for neighbours are
 * alike: then a few distances are enough. */
static void find_codes(pensel_classes *classes, const centres *c, const float *tones,
                       const pensel_picture *picture)
{
    size_t pixels = picture->width * picture->height, code = 0;
    for (size_t i = 0; i < pixels; i++) {
        float point[4];
        oklab(point, tones, picture->pixels + i * picture->channels, picture->channels);
        code = nearest(point, c, code);
        classes->codes[i] = (unsigned char)code;
    }
}

/* Everything is drawn from `seed`: the same picture gives the same palette. */
pensel_status pensel_classes_by_means(pensel_classes *classes, const pensel_picture *picture,
                                      size_t colours, uint32_t seed, pensel_error *error)
{
    float(*points)[4] = NULL, *distances = NULL, *tones = NULL;
    centres *c = NULL;
    size_t pixels = picture->width * picture->height;
    pensel_random random;
    memset(classes, 0, sizeof *classes);
    PENSEL_REQUIRE(colours >= 2 && colours <= MOST_COLOURS, BAD_ARGUMENT,
                   "%zu colours are asked for: 2 to %d", colours, MOST_COLOURS);
    pensel_random_seed(&random, seed);
    pensel_status status = PENSEL_NEW(points, MOST_POINTS, error);
    if (status == PENSEL_OK) status = PENSEL_NEW(distances, MOST_POINTS, error);
    if (status == PENSEL_OK) status = PENSEL_NEW(c, 1, error);
    if (status == PENSEL_OK) status = make_tones(&tones, error);
    if (status == PENSEL_OK) status = PENSEL_NEW(classes->codes, pixels, error);
    if (status == PENSEL_OK) {
        size_t n = take_points(points, tones, picture);
        c->count = start_centres(c->at, points, distances, n, colours, &random);
        move_centres(c, points, classes->codes, n);
        find_codes(classes, c, tones, picture);
        classes->colours = c->count < 2 ? 2 : c->count; /* one colour: the other class is empty */
        status = mean_colours(classes, picture, error);
    }
    pensel_release(points);
    pensel_release(distances);
    pensel_release(tones);
    pensel_release(c);
    if (status != PENSEL_OK) pensel_classes_clear(classes);
    return status;
}
