/* Paint a picture in ten lines of C: paint < bird.ppm > painting.ppm */
#include <pensel.h>

#include <stdio.h>
#include <stdlib.h>

/* Trains a network on the pixels, then paints over them what it has learned. */
static pensel_status paint(float *pixels, size_t width, size_t height, pensel_error *error)
{
    pensel_picture picture = {pixels, width, height, 3};
    pensel_paint_options options = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_render_options size = pensel_render_defaults();
    pensel_painting *painting = NULL;
    pensel_status status = pensel_painting_new(&painting, &picture, &options, error);
    if (!status) status = pensel_painting_render(painting, pixels, 0, height, &size, error);
    pensel_painting_free(&painting);
    return status;
}

int main(void)
{
    size_t width, height;
    if (scanf("P6 %4zu %4zu 255%*c", &width, &height) != 2) {
        fprintf(stderr,
                "standard input is no binary PPM of 8 bits: try paint < examples/bird.ppm\n");
        return 1;
    }
    size_t count = width * height * 3;
    float *pixels = malloc(count * sizeof *pixels);
    pensel_error error = {PENSEL_OUT_OF_MEMORY, "no memory for the picture"};
    for (size_t i = 0; pixels && i < count; i++)
        pixels[i] = (float)getchar() / 255;

    if (!pixels || paint(pixels, width, height, &error)) {
        fprintf(stderr, "%s\n", error.text);
        free(pixels);
        return 1;
    }
    printf("P6 %zu %zu 255\n", width, height);
    for (size_t i = 0; i < count; i++)
        putchar((int)(pixels[i] * 255 + 0.5f));
    free(pixels);
    return 0;
}
