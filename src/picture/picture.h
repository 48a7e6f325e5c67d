/* Pictures inside the library: checks, classes of colour, and samples. */
#ifndef PENSEL_PICTURE_PICTURE_H
#define PENSEL_PICTURE_PICTURE_H

#include "pensel.h"

/* There are pixels, 1 to 4 channels, and sizes whose products do not overflow. */
pensel_status pensel_picture_check(const pensel_picture *picture, pensel_error *error);
/* Both are valid and have the same size and number of channels. */
pensel_status pensel_pictures_alike(const pensel_picture *a, const pensel_picture *b,
                                    pensel_error *error);

/* ------------------------------------------------------------------ palette.c */

/* Classes of colour: codes (height, width) below `colours`, and the mean colour of each class as
 * palette (colours, channels). `colours` becomes less when the picture has fewer. Both blocks are
 * the caller's, for pensel_release. */
typedef struct pensel_classes {
    size_t colours;
    float *palette;
    unsigned char *codes;
} pensel_classes;

/* Class 1 where the 8-bit r + g + b is above the threshold, else 0. */
pensel_status pensel_classes_by_threshold(pensel_classes *classes, const pensel_picture *picture,
                                          double threshold, pensel_error *error);
/* Class 0 becomes class 1 and class 1 class 0. */
void pensel_classes_swap(pensel_classes *classes, const pensel_picture *picture);
/* k-means in OKLab (Ottosson 2020), started by k-means++ (Arthur & Vassilvitskii 2007). */
pensel_status pensel_classes_by_means(pensel_classes *classes, const pensel_picture *picture,
                                      size_t colours, uint32_t seed, pensel_error *error);
void pensel_classes_clear(pensel_classes *classes);

/* ------------------------------------------------------------------ samples.c */

/* Where row r and column c of a canvas stand among the network's inputs: r * scale[0] + offset[0].
 */
typedef struct pensel_coordinates {
    double scale[2], offset[2];
} pensel_coordinates;

/* Raw: pixels counted from 0. Otherwise the picture lies in [0, 1]: each side for itself where the
 * encoding has the picture's own rows and columns or is periodic, else the longer side, so that the
 * encoding sees square pixels. */
pensel_coordinates pensel_coordinates_of(size_t height, size_t width, bool raw,
                                         const pensel_encoding *encoding);

/* What a painting is trained on. */
typedef struct pensel_pixel_set {
    pensel_samples samples; /* views of the blocks */
    void *x, *y, *weights;
} pensel_pixel_set;

typedef struct pensel_pixel_plan {
    const pensel_picture *pictures;
    size_t count;
    const unsigned char *codes; /* classification: targets are these, else colours */
    const float *weights;       /* (height, width) or NULL */
    size_t subpixel;
    uint32_t seed;
    bool raw;
    const pensel_encoding *encoding;
    pensel_precision precision;
} pensel_pixel_plan;

pensel_status pensel_pixel_set_make(pensel_pixel_set *pixel_set, const pensel_pixel_plan *plan,
                                    pensel_error *error);
void pensel_pixel_set_clear(pensel_pixel_set *pixel_set);

#endif
