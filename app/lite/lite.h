/* Pictures without libvips: PNG by libspng, JPEG by libjpeg-turbo, PPM by itself.
 *
 * To read one more format: a pensel_lite_read_ in a file of its own, its line in `formats` of
 * lite_read.c, its name in pensel_image_formats there, and a file of it in tests/lite_check.py. */
#ifndef PENSEL_APP_LITE_H
#define PENSEL_APP_LITE_H

#include "image.h"

#include <stdio.h>

/* A picture's file in memory, and what the user may have of it. */
typedef struct pensel_lite_file {
    const unsigned char *bytes;
    size_t size;
    const char *path; /* for error sentences */
    size_t max_pixels;
} pensel_lite_file;

/* Numbers of 8 or 16 bits (height, width, channels), as they are in the file. */
typedef struct pensel_lite_pixels {
    void *numbers; /* g_free */
    size_t width, height, channels;
    int bits;
    int orientation; /* EXIF's, 1 to 8; 0: it says nothing */
    void *profile;   /* ICC, g_free, or NULL */
    size_t profile_size;
} pensel_lite_pixels;

pensel_status pensel_lite_read_png(pensel_lite_pixels *pixels, const pensel_lite_file *file,
                                   pensel_error *error);
pensel_status pensel_lite_read_jpeg(pensel_lite_pixels *pixels, const pensel_lite_file *file,
                                    pensel_error *error);
pensel_status pensel_lite_read_ppm(pensel_lite_pixels *pixels, const pensel_lite_file *file,
                                   pensel_error *error);

/* Memory for the numbers, whose sizes are set, if they are allowed. */
pensel_status pensel_lite_room(pensel_lite_pixels *pixels, const pensel_lite_file *file,
                               pensel_error *error);
/* "... is damaged (why): a whole picture is needed" */
pensel_status pensel_lite_damaged(const pensel_lite_file *file, const char *why,
                                  pensel_error *error);
/* What an EXIF block says of how the picture is turned, 1 to 8; 0: nothing. */
int pensel_lite_orientation(const unsigned char *exif, size_t size);

/* Writes all rows of the source to the file, one after another. `next` gives them: numbers of the
 * source's bits, NULL after an error. */
typedef struct pensel_lite_rows pensel_lite_rows;
const void *pensel_lite_next(pensel_lite_rows *rows);
/* *why is a sentence of the library's; false: the file is not whole. */
bool pensel_lite_write_png(FILE *file, const pensel_image_source *source, pensel_lite_rows *rows,
                           const char **why);
bool pensel_lite_write_jpeg(FILE *file, const pensel_image_source *source, pensel_lite_rows *rows,
                            const char **why);

#endif
