/* Pictures in memory, networks that paint them, and rendering at any size. */
#ifndef PENSEL_PICTURE_H
#define PENSEL_PICTURE_H

#include "estimator.h"
#include "table_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Pixels in memory: (height, width, channels) in [0, 1]; 1 channel is grey, 2 grey + alpha, 3 RGB,
 * 4 RGB + alpha (sRGB; colours premultiplied by alpha). The caller owns `pixels`. */
typedef struct pensel_picture {
    float *pixels;
    size_t width, height, channels;
} pensel_picture;

/* 10 log10(1 / MSE) over pixels clamped and rounded to 8 bits; infinity for equal pictures. */
PENSEL_API pensel_status pensel_picture_psnr(double *psnr, const pensel_picture *a,
                                             const pensel_picture *b, pensel_error *error);
/* Mean structural similarity (Wang et al. 2004) of 8-bit pixels: 7 x 7 uniform window, mean over
 * channels, as scikit-image computes it by default. */
PENSEL_API pensel_status pensel_picture_ssim(double *ssim, const pensel_picture *a,
                                             const pensel_picture *b, pensel_error *error);

/* How a picture is made larger. SHARP is for photographs: two small networks that have learned from
 * others what interpolation leaves out. NEAREST repeats pixels, and EPX also rounds the corners of
 * what is drawn pixel by pixel; both have no colours but the picture's. */
typedef enum pensel_enlargement { PENSEL_SHARP, PENSEL_NEAREST, PENSEL_EPX } pensel_enlargement;
/* "sharp", "nearest", "epx"; NULL past the end. */
PENSEL_API const char *pensel_enlargement_name(pensel_enlargement how);
/* pixels (factor height, factor width, channels), the same on any number of threads. The factor is
 * a power of two, with NEAREST any number. context NULL: one of its own; threads 0: all of it. */
PENSEL_API pensel_status pensel_picture_enlarge(float *pixels, const pensel_picture *picture,
                                                pensel_enlargement how, size_t factor,
                                                size_t threads, pensel_context *context,
                                                pensel_error *error);
/* Whether it is drawn pixel by pixel, as line drawings and the pictures of old games are: few
 * colours, with sharp borders. */
PENSEL_API bool pensel_picture_is_drawn(const pensel_picture *picture);

typedef struct pensel_painting pensel_painting;

#define PENSEL_PROFILE_MOST 16777216 /* most bytes of an ICC profile: what a JPEG file can hold */

/* Called after each epoch with the painting in its current state, which may be rendered; psnr is
 * NaN while it is not known. */
typedef pensel_verdict (*pensel_paint_callback)(const pensel_painting *so_far,
                                                const pensel_progress *progress, double psnr,
                                                void *data);

/* To add an option: its row here, and the line that uses it. X is explained at
 * PENSEL_TRAINING_OPTION_LIST. */
/* clang-format off */
#define PENSEL_PAINT_OPTION_LIST(X)                                                                \
    X(FLAG, choose, true, ANY, "", "", "0.1",                                                      \
      "choose encoding, layers, rates, batch and schedule to suit the picture, where not given")   \
    X(FLAG, raw_coordinates, false, ANY, "", "", "0.1",                                            \
      "inputs are (row, column) counted in pixels, as in the tutorial")                            \
    X(FLAG, periodic, false, ANY, "", "tile", "0.1",                                               \
      "edges meet without a seam")                                                                 \
    X(NUMBER, psnr, 0, BETWEEN("[]", 0, INFINITY), "", "", "0.1",                                  \
      "stop when the painting is as good as this, in dB; 0: no goal")                              \
    X(NUMBER, threshold, -1, FROM(-1), "", "", "0.1",                                              \
      "classes by 8-bit r+g+b: up to this blue, above it grey; below 0: none")                     \
    X(COUNT, colours, 2, BETWEEN("[]", 2, 64), "", "", "0.1",                                      \
      "classes without a threshold: size of the palette, by k-means in OKLab")                     \
    X(COUNT, subpixel, 0, BETWEEN("[]", 0, 1024), "", "", "0.1",                                   \
      "learn this many places in each pixel, colours interpolated between; 0: its centre")         \
    X(FLAG, exact, false, ANY, "", "", "0.1",                                                      \
      "every pixel as it is: what keeps a pyramid from painting so is an error")
/* clang-format on */

/* With `choose`, an option that does not apply to what is chosen is an error. The classes of a
 * threshold are 0, blue, and 1, grey; with estimator.one_hot the other way round, as in the
 * tutorial. */
struct pensel_paint_members {
    pensel_given given;
    PENSEL_PAINT_OPTION_LIST(PENSEL_OPTION_MEMBER)
    unsigned char end;
};

typedef struct pensel_paint_options {
    pensel_given given;
    PENSEL_PAINT_OPTION_LIST(PENSEL_OPTION_MEMBER)
    PENSEL_OPTION_ROOM(pensel_paint_members, PENSEL_OPTIONS_MOST)
    pensel_estimator_options estimator;
    const float *weights; /* (height, width) or NULL: how much each pixel counts; 0 is a hole */
    const void *profile;  /* NULL, or the ICC profile of the colours: it is not interpreted, only
                             kept with the painting and saved in its file */
    size_t profile_size;  /* in bytes, up to PENSEL_PROFILE_MOST */
    char *chosen; /* NULL, or room for 256 characters: receives a line that says what was chosen */
    pensel_paint_callback on_painting; /* NULL */
    void *on_painting_data;
    const void *more[PENSEL_MORE_HOOKS]; /* NULL */
} pensel_paint_options;

PENSEL_API const pensel_option_table *pensel_paint_table(void);
PENSEL_API pensel_paint_options pensel_paint_defaults(pensel_task task);
/* The tutorial's settings: raw coordinates, 10 x 100 relu, scikit-learn's defaults, float64 and
 * sklearn_gradient; for classification a threshold of 600 and one_hot, so that the targets are
 * (1, 0) for grey and (0, 1) for blue. */
PENSEL_API pensel_paint_options pensel_paint_tutorial(pensel_task task);

/* Trains a network on the picture's pixels: (row, column) -> colour or colour class. If a
 * checkpoint cannot be written in the middle of training, that is the error, and *painting still
 * holds what was learned until then; after any other failure it is NULL. */
PENSEL_API pensel_status pensel_painting_new(pensel_painting **painting,
                                             const pensel_picture *picture,
                                             const pensel_paint_options *options,
                                             pensel_error *error);
/* One network for several pictures of the same size: a third input runs from 0, the first, to 1,
 * the last. */
PENSEL_API pensel_status pensel_painting_of_several(pensel_painting **painting,
                                                    const pensel_picture *pictures, size_t count,
                                                    const pensel_paint_options *options,
                                                    pensel_error *error);
PENSEL_API void pensel_painting_free(pensel_painting **painting);

typedef struct pensel_canvas {
    size_t width, height, channels; /* of the picture that was learned */
    size_t pictures;                /* in the network: 1, or more with a third input */
    bool raw_coordinates;
    size_t colours;       /* classification: size of the palette, else 0 */
    const float *palette; /* (colours, channels), borrowed */
    const void *profile;  /* ICC, borrowed; NULL: none */
    size_t profile_size;
} pensel_canvas;
PENSEL_API const pensel_canvas *pensel_painting_canvas(const pensel_painting *painting);
PENSEL_API const pensel_estimator *pensel_painting_estimator(const pensel_painting *painting);

/* clang-format off */
#define PENSEL_RENDER_OPTION_LIST(X)                                                               \
    X(COUNT, width, 0, FROM(0), "", "", "0.1",                                                     \
      "of the whole result; 0: in proportion to the height")                                       \
    X(COUNT, height, 0, FROM(0), "", "", "0.1",                                                    \
      "of the whole result; both 0: one pixel for each of the part shown")                         \
    X(NUMBER, x, 0, BETWEEN("()", -INFINITY, INFINITY), "", "", "0.1",                             \
      "left edge of the part to show, in pixels of the picture; it may lie outside")               \
    X(NUMBER, y, 0, BETWEEN("()", -INFINITY, INFINITY), "", "", "0.1",                             \
      "top edge of the part to show")                                                              \
    X(NUMBER, w, 0, FROM(0), "", "", "0.1",                                                        \
      "width of the part to show; 0: the picture's")                                               \
    X(NUMBER, h, 0, FROM(0), "", "", "0.1",                                                        \
      "height of the part to show; 0: the picture's")                                              \
    X(NUMBER, mix, 0, BETWEEN("[]", 0, 1), "", "", "0.1",                                          \
      "several pictures: from 0, the first, to 1, the last, in between a mixture")                 \
    X(FLAG, soft, false, ANY, "", "", "0.1",                                                       \
      "classes: mix the colours by probability instead of taking the likeliest")                   \
    X(THREADS, threads, 0, BETWEEN("[]", 0, 4096), "", "", "0.1",                                  \
      "how many work; 0: all that the context has")
/* clang-format on */

/* `mix` of a painting of one picture and `soft` of one without classes are errors. Of one_hot
 * classes, `soft` mixes by their share of the probabilities' sum. */
struct pensel_render_members {
    pensel_given given;
    PENSEL_RENDER_OPTION_LIST(PENSEL_OPTION_MEMBER)
    unsigned char end;
};

typedef struct pensel_render_options {
    pensel_given given;
    PENSEL_RENDER_OPTION_LIST(PENSEL_OPTION_MEMBER)
    PENSEL_OPTION_ROOM(pensel_render_members, PENSEL_OPTIONS_MOST)
    pensel_context *context;             /* NULL: the one it was painted in, or its own; borrowed */
    const void *more[PENSEL_MORE_HOOKS]; /* NULL */
} pensel_render_options;

PENSEL_API const pensel_option_table *pensel_render_table(void);
PENSEL_API pensel_render_options pensel_render_defaults(void);

/* Renders rows [first, first + rows) of the result into pixels (rows, width, channels), clamped to
 * [0, 1]. Memory use does not grow with the height, so a picture of any size can be rendered a few
 * rows at a time. A result smaller than the part shown is averaged over the area of each of its
 * pixels. */
PENSEL_API pensel_status pensel_painting_render(const pensel_painting *painting, float *pixels,
                                                size_t first, size_t rows,
                                                const pensel_render_options *options,
                                                pensel_error *error);
/* The network's inputs at the centres of those pixels: x (rows * width, inputs). */
PENSEL_API pensel_status pensel_painting_inputs(const pensel_painting *painting, float *x,
                                                size_t first, size_t rows,
                                                const pensel_render_options *options,
                                                pensel_error *error);

/* Classification: the outlines of the areas of each colour, as closed lines with the area on their
 * left. points (count, 2) are x, y in pixels from the picture's top left corner, valid during the
 * call. The network is sampled at `detail` x `detail` points per pixel. The callback returns false
 * to stop. */
typedef bool (*pensel_outline)(void *data, size_t colour, const double *points, size_t count);
PENSEL_API pensel_status pensel_painting_outlines(const pensel_painting *painting, size_t detail,
                                                  pensel_outline outline, void *data,
                                                  pensel_error *error);

PENSEL_API pensel_status pensel_painting_save(const pensel_painting *painting, const char *path,
                                              pensel_error *error);
/* UNSUPPORTED if the file holds a model that is not a painting. */
PENSEL_API pensel_status pensel_painting_load(pensel_painting **painting, const char *path,
                                              pensel_error *error);

/* A model file as what it is: the file is opened once, and the model is in memory once. */
typedef struct pensel_model pensel_model;
PENSEL_API pensel_status pensel_model_load(pensel_model **model, const char *path,
                                           pensel_error *error);
PENSEL_API void pensel_model_free(pensel_model **model);
/* Both belong to the model. A painting has an estimator; without a painting, *_painting is NULL. */
PENSEL_API const pensel_estimator *pensel_model_estimator(const pensel_model *model);
PENSEL_API const pensel_painting *pensel_model_painting(const pensel_model *model);
/* NULL unless it is one of those; then the other two are NULL. */
PENSEL_API const pensel_table_model *pensel_model_table(const pensel_model *model);

#ifdef __cplusplus
}
#endif

#endif
