/* A pass: the memory in which a training's walks forward and back take place, for up to `capacity`
 * samples at once, in tiles that any thread may take. Going forward, panel l + 1 receives what
 * layer l gives out; going backward it is overwritten with the gradient of the loss with respect to
 * the layer's z. The copies in `rows` remain, for the gradient of the weights:
 *
 *     dw (out, in) = dz (out, n) rows (n, in)
 *
 * Each tile has its own panels, one after the other. If they were columns of one wide panel, a core
 * would prefetch the next lines of a row while another core is writing them, and both would wait.
 */
#ifndef PENSEL_NETWORK_PASS_H
#define PENSEL_NETWORK_PASS_H

#include "network/network.h"

typedef struct pensel_dropout_plan {
    bool trains;   /* layers that behave otherwise in a training do so */
    double share;  /* fraction of the hidden neurons that are dropped; 0: none */
    uint64_t seed; /* selects which ones, anew for each step */
} pensel_dropout_plan;

typedef struct pensel_pass {
    const pensel_network *network;
    size_t capacity, tiles, ld; /* most samples; most tiles; columns of a tile */
    void **panels; /* [0] inputs (tiles, in, ld); [l + 1] what layer l gives out (tiles, out, ld) */
    void **kept;   /* [l] (tiles, kept, ld) what layer l keeps for the way back, or NULL */
    void **rows;   /* [l] (capacity, strides[l]): what layer l receives, sample-major, or NULL */
    size_t *strides;
    size_t *block_steps; /* [l] of rows in blocks (kernel.h), else 0 */
    void **turned;       /* [l] (in, turned_strides[l]): what layer l's `turn` makes, or NULL */
    size_t *turned_strides;
    bool has_turned; /* they hold the parameters as they are */
    pensel_dropout_plan dropout;
} pensel_pass;

pensel_status pensel_pass_new(pensel_pass **pass, const pensel_network *network, size_t capacity,
                              pensel_error *error);
/* For one sample by itself, ld 1: its panels have room for whole vectors, and there are no rows. */
pensel_status pensel_pass_new_row(pensel_pass **pass, const pensel_network *network,
                                  pensel_error *error);
void pensel_pass_free(pensel_pass **pass);

/* Before a step of n samples whose parameters have changed: has_turned, if they are enough. Then
 * each of pensel_pass_turns(pass) turns is to be taken, by any thread. */
size_t pensel_pass_turns(pensel_pass *pass, size_t n);
void pensel_pass_turn(const pensel_pass *pass, size_t turn);

/* Bytes that a pass needs per sample, which decides how many fit in a cache. */
size_t pensel_pass_bytes(const pensel_network *network);

/* Loads the tile's samples, the rows of x listed in `index` (tile.n) or, if it is NULL, consecutive
 * ones starting at `from`, and computes forward to the outputs. */
void pensel_pass_forward(const pensel_pass *pass, pensel_matrix x, const size_t *index, size_t from,
                         pensel_tile tile);
/* The same from sparse rows */
void pensel_pass_forward_sparse(const pensel_pass *pass, const pensel_sparse_rows *rows,
                                pensel_tile tile);
/* From dz of the outputs, which the loss has written, back to the lowest layer with parameters. */
void pensel_pass_backward(const pensel_pass *pass, pensel_tile tile);

/* ------------------------------------------------------------------ places of a tile
 *
 * In the header, for a step of a small network asks for them a thousand times. */

/* Where a tile's panel starts, or NULL where there is none. Each tile has a full panel, however few
 * samples it has. */
static inline void *pensel_pass_block(const pensel_pass *pass, void *panels, size_t units,
                                      pensel_tile tile)
{
    return panels ? pensel_at(pass->network, panels, tile.index * units * pass->ld) : NULL;
}

/* A tile's panels: of the inputs (l = 0) or of layer l - 1, and what layer l keeps, or NULL. */
static inline void *pensel_pass_panel(const pensel_pass *pass, size_t l, pensel_tile tile)
{
    return pensel_pass_block(pass, pass->panels[l], pensel_network_width(pass->network, l), tile);
}

static inline void *pensel_pass_kept(const pensel_pass *pass, size_t l, pensel_tile tile)
{
    return pensel_pass_block(pass, pass->kept[l], pass->network->layers[l].kept, tile);
}

/* What layer l received, by sample: the row of the tile's first. Rows go on from tile to tile
 * without a gap; of rows in blocks, those of each block. Tiles begin at multiples of `lanes`, so
 * the rows in which a tail is written together (kernel.h) never reach into the next tile. */
static inline void *pensel_pass_rows(const pensel_pass *pass, size_t l, pensel_tile tile)
{
    return pensel_at(pass->network, pass->rows[l], tile.first * pass->strides[l]);
}

#endif
