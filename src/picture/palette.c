/* Classes of colour: by a threshold, or a palette found by k-means. */
#include "base/error.h"
#include "base/memory.h"
#include "picture/picture.h"

#include <math.h>
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
    PENSEL_TRY(
        pensel_allocate(&classes->palette, classes->colours * channels, sizeof(float), error));
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
    PENSEL_TRY(pensel_allocate(&classes->codes, pixels, 1, error));
    for (size_t i = 0; i < pixels; i++)
        classes->codes[i] =
            brightness(picture->pixels + i * picture->channels, picture->channels) > threshold;
    pensel_status status = mean_colours(classes, picture, error);
    if (status != PENSEL_OK) pensel_classes_clear(classes);
    return status;
}

static double linear(double srgb)
{
    return srgb <= 0.04045 ? srgb / 12.92 : pow((srgb + 0.055) / 1.055, 2.4);
}

/* OKLab (Ottosson 2020), of sRGB in [0, 1]; its distances are about those the eye sees. The fourth
 * number is alpha, or 0. */
static void oklab(float point[4], const float *pixel, size_t channels)
{
    double rgb[3];
    for (size_t k = 0; k < 3; k++)
        rgb[k] = linear(fmin(fmax((double)pixel[channels < 3 ? 0 : k], 0), 1));
    double l = cbrt(0.4122214708 * rgb[0] + 0.5363325363 * rgb[1] + 0.0514459929 * rgb[2]);
    double m = cbrt(0.2119034982 * rgb[0] + 0.6806995451 * rgb[1] + 0.1073969566 * rgb[2]);
    double s = cbrt(0.0883024619 * rgb[0] + 0.2817188376 * rgb[1] + 0.6299787005 * rgb[2]);
    point[0] = (float)(0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s);
    point[1] = (float)(1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s);
    point[2] = (float)(0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s);
    point[3] = channels % 2 == 0 ? pixel[channels - 1] : 0;
}

static float distance(const float a[4], const float b[4])
{
    float sum = 0;
    for (int k = 0; k < 4; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sum;
}

static size_t nearest(const float point[4], float (*centres)[4], size_t count)
{
    size_t best = 0;
    float least = distance(point, centres[0]);
    for (size_t c = 1; c < count; c++) {
        float d = distance(point, centres[c]);
        if (d < least) least = d, best = c;
    }
    return best;
}

/* Each next centre is a point drawn with a chance that grows with the square of its distance from
 * the centres before it. Returns how many were found: fewer when the points are fewer. */
static size_t start_centres(float (*centres)[4], float (*points)[4], float *distances, size_t n,
                            size_t wanted, pensel_random *random)
{
    memcpy(centres[0], points[(size_t)pensel_random_uniform(random, 0, (double)n)],
           sizeof *centres);
    for (size_t i = 0; i < n; i++)
        distances[i] = distance(points[i], centres[0]);
    for (size_t c = 1; c < wanted; c++) {
        double total = 0;
        for (size_t i = 0; i < n; i++)
            total += (double)distances[i];
        if (!(total > 1e-12)) return c;
        double left = pensel_random_uniform(random, 0, total);
        size_t pick = 0;
        for (size_t i = 0; i < n && left >= 0; i++) {
            if (distances[i] > 0) pick = i;
            left -= (double)distances[i];
        }
        memcpy(centres[c], points[pick], sizeof *centres);
        for (size_t i = 0; i < n; i++)
            distances[i] = fminf(distances[i], distance(points[i], centres[c]));
    }
    return wanted;
}

/* Lloyd's rounds: every centre moves to the mean of the points it is nearest to. */
static void move_centres(float (*centres)[4], float (*points)[4], size_t n, size_t count)
{
    for (int round = 0; round < ROUNDS; round++) {
        double sums[MOST_COLOURS][4] = {{0}}, moved = 0;
        size_t counts[MOST_COLOURS] = {0};
        for (size_t i = 0; i < n; i++) {
            size_t c = nearest(points[i], centres, count);
            counts[c]++;
            for (int k = 0; k < 4; k++)
                sums[c][k] += (double)points[i][k];
        }
        for (size_t c = 0; c < count; c++) {
            float old[4];
            memcpy(old, centres[c], sizeof old);
            for (int k = 0; k < 4 && counts[c] > 0; k++)
                centres[c][k] = (float)(sums[c][k] / (double)counts[c]);
            moved += (double)distance(old, centres[c]);
        }
        if (moved < 1e-9) return;
    }
}

/* Points of the whole picture, an equal step apart when there are more than enough. */
static size_t take_points(float (*points)[4], const pensel_picture *picture)
{
    size_t pixels = picture->width * picture->height,
           n = pixels < MOST_POINTS ? pixels : MOST_POINTS;
    for (size_t i = 0; i < n; i++) {
        size_t pixel = (size_t)((double)i * ((double)pixels / (double)n));
        oklab(points[i], picture->pixels + pixel * picture->channels, picture->channels);
    }
    return n;
}

pensel_status pensel_classes_by_means(pensel_classes *classes, const pensel_picture *picture,
                                      size_t colours, uint32_t seed, pensel_error *error)
{
    float(*points)[4] = NULL, *distances = NULL, centres[MOST_COLOURS][4];
    size_t pixels = picture->width * picture->height;
    pensel_random random;
    memset(classes, 0, sizeof *classes);
    if (colours < 2 || colours > MOST_COLOURS)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT, "%zu colours are asked for: 2 to %d",
                           colours, MOST_COLOURS);
    pensel_random_seed(&random, seed);
    pensel_status status = pensel_allocate(&points, MOST_POINTS, sizeof *points, error);
    if (status == PENSEL_OK)
        status = pensel_allocate(&distances, MOST_POINTS, sizeof(float), error);
    if (status == PENSEL_OK) status = pensel_allocate(&classes->codes, pixels, 1, error);
    if (status == PENSEL_OK) {
        size_t n = take_points(points, picture);
        classes->colours = start_centres(centres, points, distances, n, colours, &random);
        move_centres(centres, points, n, classes->colours);
        for (size_t i = 0; i < pixels; i++) {
            float point[4];
            oklab(point, picture->pixels + i * picture->channels, picture->channels);
            classes->codes[i] = (unsigned char)nearest(point, centres, classes->colours);
        }
        if (classes->colours < 2) classes->colours = 2; /* one colour: the other class is empty */
        status = mean_colours(classes, picture, error);
    }
    pensel_release(points);
    pensel_release(distances);
    if (status != PENSEL_OK) pensel_classes_clear(classes);
    return status;
}
