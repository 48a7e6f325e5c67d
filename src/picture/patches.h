/* Large holes of a picture are filled by patches of the rest of it.
 *
 *     which holes are large -> scales, coarse to fine (patch_holes.c)
 *     at each: the most similar patch of what is known, then a vote (patch_search.c)
 *
 * Wexler, Shechtman and Irani (2007) have the two steps that alternate, Barnes et al. (2009) the
 * search by chance and by neighbours, Newson et al. (2014) the weights of a vote. */
#ifndef PENSEL_PICTURE_PATCHES_H
#define PENSEL_PICTURE_PATCHES_H

#include "pensel.h"

enum {
    PENSEL_PATCH_REACH = 3, /* pixels on each side of a patch's centre */
    PENSEL_PATCH_SIDE = 2 * PENSEL_PATCH_REACH + 1,
    PENSEL_HOLE_DEPTH = 8 /* a large hole has a pixel farther than this from all that is known */
};

/* A picture at one size. A target is a pixel whose patch meets the hole; a source one whose patch
 * lies within the picture and is known. */
typedef struct pensel_patch_scale {
    size_t width, height, channels;
    float *pixels;         /* (height, width, channels) */
    unsigned char *hole;   /* (height, width) 1: to be filled */
    unsigned char *source; /* (height, width) */
    unsigned short *depth; /* (height, width) how far from what is known; 0: known */
    short *seen;           /* (height + 2 REACH, width + 2 REACH, 4) of 255, edges repeated */
    ptrdiff_t *match;      /* (height, width) a target's source, or -1 */
    int *distance;         /* (height, width) sum of squares between the two patches */
    size_t sources, deepest;
} pensel_patch_scale;

pensel_status pensel_patch_scale_new(pensel_patch_scale *scale, size_t width, size_t height,
                                     size_t channels, pensel_error *error);
void pensel_patch_scale_clear(pensel_patch_scale *scale);
/* From `hole`: depths, sources and targets. */
void pensel_patch_scale_prepare(pensel_patch_scale *scale);
/* How far each pixel is from the nearest that is 0 in `mask`, a king's steps on a chessboard. */
void pensel_patch_depth(unsigned short *depth, const unsigned char *mask, size_t width,
                        size_t height);

/* Matches by chance, or those of a picture of half the size. */
void pensel_patch_begin(pensel_patch_scale *scale, const pensel_patch_scale *coarse,
                        pensel_random *random);
/* Better matches, `passes` over all targets. */
void pensel_patch_search(pensel_patch_scale *scale, size_t passes, pensel_random *random);
/* The hole's pixels from the matches. */
void pensel_patch_vote(pensel_patch_scale *scale);

/* patch_anchor.c: the coarse part of what fills the hole, as a scale `factor` times smaller has it,
 * goes some of the way to a membrane. */
pensel_status pensel_patch_anchor(pensel_patch_scale *fine, const pensel_patch_scale *coarse,
                                  size_t factor, pensel_error *error);

/* ------------------------------------------------------------------ patch_holes.c */

/* Where a picture has large holes: its pixels with these filled, and weights in which they count as
 * much as any; both the caller's, for pensel_release. Else both are NULL. */
typedef struct pensel_patched {
    float *pixels, *weights;
} pensel_patched;

/* weights (height, width); 0 is a hole. The same bits on any machine. */
pensel_status pensel_patch_holes(pensel_patched *patched, const pensel_picture *picture,
                                 const float *weights, uint32_t seed, pensel_error *error);

#endif
