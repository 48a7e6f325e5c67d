/* A picture in few bytes: latents and a network that knows how likely each of them is. */
#ifndef PENSEL_COMPACT_H
#define PENSEL_COMPACT_H

#include "picture.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A compact painting: the bytes of a .pensel file, which have been checked. */
typedef struct pensel_compact pensel_compact;

/* How a picture is made compact. To add an option: its row here, and the line in src/codec that
 * uses it.
 *
 * X(kind, member, default, values, only with, other names, since, what it is) */
/* clang-format off */
#define PENSEL_COMPACT_OPTION_LIST(X)                                                              \
    X(NUMBER, quality, 50, BETWEEN("[]", 1, 100), "", "", "0.1",                                   \
      "how good, from 1 to 100, without psnr, bytes and numbers; 50 is about 38 dB")               \
    X(NUMBER, psnr, 0, BETWEEN("[]", 0, 60), "", "", "0.1",                                        \
      "how good in dB, over 8-bit pixels; 0: by quality")                                          \
    X(COUNT, bytes, 0, BETWEEN("[]", 0, 1e15), "", "", "0.1",                                      \
      "size of the file, at most; 0: by quality")                                                  \
    X(COUNT, numbers, 0, BETWEEN("[]", 0, 1e15), "", "", "0.1",                                    \
      "latents that are not 0, at most; 0: by quality")                                            \
    X(COUNT, moments, 0, BETWEEN("[]", 0, 1000), "", "", "0.1",                                    \
      "paintings of ever more numbers, which on_trial is shown before the first trial")            \
    X(SECONDS, seconds, 0, FROM(0), "", "max_seconds", "0.1",                                      \
      "look for fewer bytes as long as this; no new trial begins later; 0: as the goal needs")     \
    X(THREADS, threads, 0, BETWEEN("[]", 0, 4096), "", "", "0.1",                                  \
      "how many work; 0: all cores, or PENSEL_THREADS")
/* clang-format on */

typedef struct pensel_compact_trial {
    size_t trials; /* so far, this one included; 0: a moment, which is no trial */
    size_t bytes, numbers;
    double psnr, seconds;
    pensel_picture painted; /* borrowed, of the same size as the picture */
} pensel_compact_trial;

/* Called after each trial; PENSEL_CONTINUE, or the best so far is the result. */
typedef pensel_verdict (*pensel_compact_callback)(const pensel_compact_trial *trial, void *data);

struct pensel_compact_members {
    pensel_given given;
    PENSEL_COMPACT_OPTION_LIST(PENSEL_OPTION_MEMBER)
    unsigned char end;
};

typedef struct pensel_compact_options {
    pensel_given given;
    PENSEL_COMPACT_OPTION_LIST(PENSEL_OPTION_MEMBER)
    PENSEL_OPTION_ROOM(pensel_compact_members, PENSEL_OPTIONS_MOST)
    size_t bits;         /* 8, or 16: what a painted file has in each channel */
    const void *profile; /* NULL, or the ICC profile of the colours, which is kept in the file */
    size_t profile_size; /* up to PENSEL_PROFILE_MOST */
    pensel_context *context;          /* NULL: one of its own; borrowed */
    const volatile int *interrupt;    /* NULL; non-zero ends the search after the trial at work */
    pensel_compact_callback on_trial; /* NULL */
    void *on_trial_data;
    const void *more[PENSEL_MORE_HOOKS]; /* NULL */
} pensel_compact_options;

PENSEL_API pensel_compact_options pensel_compact_defaults(void);
PENSEL_API const pensel_option_table *pensel_compact_table(void);

typedef struct pensel_compact_info {
    size_t width, height, channels; /* as in pensel_picture */
    size_t bits;                    /* 8 or 16, of the picture it was made from */
    size_t bytes;                   /* of the file */
    bool drawn;                     /* pixel by pixel, without loss */
    double step;                    /* of the latents, in 1/255; 0: drawn */
    const void *profile;            /* ICC, borrowed; NULL: none */
    size_t profile_size;
    size_t profile_packed; /* bytes that it takes in the file */
} pensel_compact_info;

/* Makes a picture compact. One of 8 bits is drawn pixel by pixel, without loss, where that takes no
 * more bytes than it would otherwise, or than were asked for. A size or PSNR that was asked for is
 * found by trials: see options. Values outside [0, 1] are clamped. */
PENSEL_API pensel_status pensel_compact_new(pensel_compact **compact, const pensel_picture *picture,
                                            const pensel_compact_options *options,
                                            pensel_error *error);
/* From the bytes of a file, which are copied. What is damaged is a BAD_FILE. */
PENSEL_API pensel_status pensel_compact_parse(pensel_compact **compact, const void *bytes,
                                              size_t size, pensel_error *error);
PENSEL_API void pensel_compact_free(pensel_compact **compact);

PENSEL_API const pensel_compact_info *pensel_compact_describe(const pensel_compact *compact);
/* The file's bytes, borrowed. */
PENSEL_API const void *pensel_compact_bytes(const pensel_compact *compact, size_t *size);

/* Paints all of it, at its own size: pixels (height, width, channels) in [0, 1], the same on every
 * machine. context NULL: one of its own, threads 0: all that it has. */
PENSEL_API pensel_status pensel_compact_paint(const pensel_compact *compact, float *pixels,
                                              size_t threads, pensel_context *context,
                                              pensel_error *error);
/* How many of its latents are not 0: the numbers that the painting is made of. Of one that is
 * drawn, the pixels that came by value. */
PENSEL_API pensel_status pensel_compact_count(size_t *count, const pensel_compact *compact,
                                              pensel_error *error);

PENSEL_API pensel_status pensel_compact_save(const pensel_compact *compact, const char *path,
                                             pensel_error *error);
PENSEL_API pensel_status pensel_compact_load(pensel_compact **compact, const char *path,
                                             pensel_error *error);
/* Whether the file begins as such files do; false for one that cannot be read. */
PENSEL_API bool pensel_compact_is(const char *path);

#ifdef __cplusplus
}
#endif

#endif
