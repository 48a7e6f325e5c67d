/* Picture files: any format that is read safely, any size it writes. There are two of what stands
 * behind it: libvips, in the files beside this one, and app/lite, which knows PNG, JPEG and PPM
 * and needs no more than a library for each. */
#ifndef PENSEL_APP_IMAGE_H
#define PENSEL_APP_IMAGE_H

#include "pensel.h"

typedef struct pensel_image {
    pensel_picture picture; /* colours premultiplied by alpha; a wholly opaque alpha is left out */
    int bits;               /* 8 or 16, of the file; 32: floats */
    size_t pages;           /* of the file, or frames; the picture is the first of them */
    void *profile;          /* ICC, or NULL */
    size_t profile_size;
} pensel_image;

/* Starts what reads pictures. `untrusted`: also loaders that libvips does not hold safe for
 * strangers' files. */
pensel_status pensel_image_start(const char *program, bool untrusted, pensel_error *error);

/* Threads that read and write pictures; 0: all cores. */
void pensel_image_threads(size_t threads);

pensel_status pensel_image_read(pensel_image *image, const char *path, size_t max_pixels,
                                pensel_error *error);
void pensel_image_free(pensel_image *image);

/* Where the pixels of a picture to be written come from: rows [first, first + rows), premultiplied,
 * as (rows, width, channels). Called from several threads at once. */
typedef struct pensel_image_source {
    size_t width, height, channels;
    pensel_status (*rows)(void *data, float *pixels, size_t first, size_t rows,
                          pensel_error *error);
    void *data;
    int bits; /* 8 or 16 */
    const void *profile;
    size_t profile_size;
    bool pyramid; /* TIFF: with smaller copies of itself */
} pensel_image_source;

/* "where to: .png .jpg...", for the help. */
const char *pensel_image_where(void);

/* By the ending of `path`: png, jpg, webp, tif, gif, dz. Streams: memory does not grow with the
 * picture for png, jpg, tif and dz. */
pensel_status pensel_image_write(const char *path, const pensel_image_source *source,
                                 pensel_error *error);
/* Frames (height, width, 3) one after another as .gif or .webp, the last for two seconds, again and
 * again. */
typedef struct pensel_film {
    const uint8_t *const *frames;
    size_t count, width, height;
    const void *profile; /* ICC, or NULL; GIF has no place for one */
    size_t profile_size;
} pensel_film;
pensel_status pensel_image_write_film(const char *path, const pensel_film *film,
                                      pensel_error *error);
/* Can a film of this name (NULL: fine), .gif, .webp or a sheet as .png, be written? */
pensel_status pensel_image_check_film(const char *path, const char *option, pensel_error *error);
/* Can a picture of this name hold `depth` bits, 8 or 16, or 0 for any? */
pensel_status pensel_image_check_depth(const char *path, size_t depth, pensel_error *error);
/* Is `path` (NULL: fine) a picture of a known ending that can be written? */
pensel_status pensel_image_check(const char *path, const char *option, pensel_error *error);
/* How many bytes a lossy format, ".jpg" or ".webp", takes for this PSNR over 8-bit pixels: by a few
 * trials, and between the two nearest by a straight line. */
typedef struct pensel_rival {
    size_t bytes; /* 0: there is no such file */
    double most;  /* the PSNR of its best quality, which is not enough; NaN: it was enough, or the
                     format cannot hold the picture */
} pensel_rival;
pensel_rival pensel_image_rival(const pensel_picture *picture, const char *format, double psnr);
/* Why libvips failed: the first line of what it says, in brackets, or "". It is forgotten then. */
const char *pensel_image_reason(void);
/* Bytes (height, width, bands) `factor` times as large or small; their new size; g_free; NULL: that
 * cannot be. */
uint8_t *pensel_image_scale(const uint8_t *from, size_t *width, size_t *height, size_t bands,
                            double factor);
/* A source that is a picture in memory. */
pensel_image_source pensel_image_of(const pensel_picture *picture);

#endif
