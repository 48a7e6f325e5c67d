/* Quality of painted pictures against time, for the library without the program: `paint [--seconds
 * S] [--psnr DB]
 * [--epochs N] [--encoding NAME] PICTURE.ppm...` prints one line per picture and the mean.
 * bench/paint.py measures the program and writes the table in docs/painting.md. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pensel.h"

/* An 8-bit PPM (P6) without comments. */
static int read_ppm(pensel_picture *picture, const char *path)
{
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = NULL;
    size_t count = 0;
    picture->channels = 3;
    int fine = file && fscanf(file, "P6 %zu %zu 255", &picture->width, &picture->height) == 2;
    if (fine) {
        fgetc(file);
        count = picture->width * picture->height * 3;
        bytes = malloc(count);
        picture->pixels = malloc(count * sizeof(float));
        fine = bytes && picture->pixels && fread(bytes, 1, count, file) == count;
    }
    for (size_t i = 0; fine && i < count; i++)
        picture->pixels[i] = (float)bytes[i] / 255;
    if (file) fclose(file);
    free(bytes);
    return fine;
}

typedef struct result {
    double psnr, ssim;
} result;

static int paint(result *r, const pensel_paint_options *options, const char *path)
{
    pensel_picture picture, painted;
    pensel_painting *painting = NULL;
    pensel_error error;
    pensel_render_options view = pensel_render_defaults();
    if (!read_ppm(&picture, path)) {
        fprintf(stderr, "paint: %s is not an 8-bit PPM file\n", path);
        return 0;
    }
    painted = picture;
    painted.pixels = malloc(picture.width * picture.height * 3 * sizeof(float));
    int fine = painted.pixels &&
               pensel_painting_new(&painting, &picture, options, &error) == PENSEL_OK &&
               pensel_painting_render(painting, painted.pixels, 0, picture.height, &view, &error) ==
                   PENSEL_OK &&
               pensel_picture_psnr(&r->psnr, &picture, &painted, &error) == PENSEL_OK &&
               pensel_picture_ssim(&r->ssim, &picture, &painted, &error) == PENSEL_OK;
    if (fine) {
        const pensel_estimator *e = pensel_painting_estimator(painting);
        const pensel_report *report = pensel_estimator_report(e);
        printf("%-40s %5zu x %-5zu %9zu %6zu %8.3f %8.2f %7.5f  %s\n", path, picture.width,
               picture.height, pensel_network_parameter_count(pensel_estimator_network(e)),
               report->epochs, report->seconds, r->psnr, r->ssim, pensel_stop_name(report->stop));
    } else {
        fprintf(stderr, "paint: %s: %s\n", path, error.text);
    }
    fflush(stdout);
    pensel_painting_free(&painting);
    free(picture.pixels);
    free(painted.pixels);
    return fine;
}

int main(int count, char **arguments)
{
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    char chosen[256] = "";
    double squared = 0, exact = 0, painted = 0;
    o.chosen = chosen;
    for (int i = 1; i < count; i++) {
        const char *a = arguments[i];
        result r;
        if (strcmp(a, "--seconds") == 0 && i + 1 < count)
            o.estimator.training.max_seconds = atof(arguments[++i]);
        else if (strcmp(a, "--psnr") == 0 && i + 1 < count)
            o.psnr = atof(arguments[++i]);
        else if (strcmp(a, "--epochs") == 0 && i + 1 < count)
            o.estimator.training.epochs = (size_t)atoi(arguments[++i]);
        else if (strcmp(a, "--threads") == 0 && i + 1 < count)
            o.estimator.training.threads = (size_t)atoi(arguments[++i]);
        else if (strcmp(a, "--encoding") == 0 && i + 1 < count) {
            i++;
            pensel_option_set(&o.estimator.encoding, pensel_encoding_table(), "kind", arguments[i],
                              NULL);
        } else {
            if (painted == 0 && exact == 0)
                printf("%-40s %13s %9s %6s %8s %8s %7s\n", "picture", "size", "numbers", "epochs",
                       "seconds", "PSNR", "SSIM");
            if (!paint(&r, &o, a)) return 1;
            if (isinf(r.psnr))
                exact++;
            else
                squared += r.psnr, painted++;
        }
    }
    printf("chosen: %s\n", chosen);
    if (painted > 0)
        printf("mean of the %g that are not exact: %.2f dB\n", painted, squared / painted);
    return 0;
}
