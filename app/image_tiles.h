/* Deep Zoom: a picture as NAME.dzi and a folder of tiles, NAME_files. Both are made in a folder
 * beside and moved to their places when they are whole, so that there are the old ones or the new
 * ones. */
#ifndef PENSEL_APP_IMAGE_TILES_H
#define PENSEL_APP_IMAGE_TILES_H

#include "pensel.h"

/* Pixels that a tile adds to its level, and those it shares with each neighbour besides. */
#define PENSEL_TILE_SIZE 254
#define PENSEL_TILE_OVERLAP 1

typedef struct pensel_tiles {
    char *path;    /* NAME.dzi, for error sentences */
    char *folder;  /* where both are made */
    char *inside;  /* folder/NAME: what libvips is to write */
    char *from[2]; /* folder/NAME_files, folder/NAME.dzi */
    char *to[2];
    int lock; /* the folder, open and locked: its writer lives */
} pensel_tiles;

/* Begun, the tiles are kept or dropped. What a killed writer of the same picture has left is
 * removed, a living one is waited for. */
pensel_status pensel_tiles_begin(pensel_tiles *tiles, const char *path, pensel_error *error);
/* Checks that every tile of a picture of that size is there and whole: libvips says nothing of
 * those it could not write. */
pensel_status pensel_tiles_keep(pensel_tiles *tiles, size_t width, size_t height,
                                pensel_error *error);
void pensel_tiles_drop(pensel_tiles *tiles);

#endif
