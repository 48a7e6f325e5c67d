/* Holes, where pixels have weight 0, get as targets a membrane stretched over them: every node is
 * the mean of its neighbours (Laplace's equation, with the pixels around a hole as its border). The
 * coarsest level is solved first and each finer one starts from it, so that a few rounds are enough
 * for a hole of any size (after Brandt 1977).
 *
 * One thread does it, in one order. A node is a hole as long as its weight is 0, so weights change
 * last of all. */
#include "pyramid/pyramid_levels.h"

#include <math.h>

enum { ROUNDS = 12, COARSEST_ROUNDS = 100 };

static bool is_hole(const pensel_level *level, size_t r, size_t c)
{
    return level->weights[r * level->weights_ld + c] == 0;
}

/* From the coarser level, linear between its nodes: an even row or column lies on a node, so both
 * of its neighbours are the same one. */
static void begin_row(const pensel_level *level, size_t i, size_t r)
{
    const pensel_level *coarse = level + 1;
    float *row = pensel_level_row(level, level->targets, i, r);
    const float *above = pensel_level_row(coarse, coarse->targets, i, r / 2);
    const float *below = pensel_level_row(coarse, coarse->targets, i, r / 2 + r % 2);
    for (size_t c = 0; c < level->columns; c++)
        if (is_hole(level, r, c))
            row[c] =
                (above[c / 2] + above[c / 2 + c % 2] + below[c / 2] + below[c / 2 + c % 2]) / 4;
}

/* Moves every second node of a row to the mean of its neighbours, which belong to the other half,
 * as on a chessboard: so the order within a half changes nothing. Nodes outside the picture do not
 * count. */
static void settle_row(const pensel_level *level, size_t i, size_t r, size_t half)
{
    float *row = pensel_level_row(level, level->targets, i, r);
    const float *above = r > 0 ? row - level->ld : NULL;
    const float *below = r + 1 < level->rows ? row + level->ld : NULL;
    for (size_t c = (r + half) % 2; c < level->columns; c += 2) {
        float sum = 0, count = 0;
        if (!is_hole(level, r, c)) continue;
        if (c > 0) sum += row[c - 1], count++;
        if (c + 1 < level->columns) sum += row[c + 1], count++;
        if (above) sum += above[c], count++;
        if (below) sum += below[c], count++;
        if (count > 0) row[c] = sum / count;
    }
}

/* 8-bit values can be met exactly, which is when training may end. */
static void round_row(const pensel_level *level, size_t i, size_t r)
{
    float *row = pensel_level_row(level, level->targets, i, r);
    for (size_t c = 0; c < level->columns; c++)
        if (is_hole(level, r, c)) row[c] = rintf(row[c] * 255) / 255;
}

static bool has_hole(const pensel_level *level, size_t r)
{
    for (size_t c = 0; c < level->columns; c++)
        if (is_hole(level, r, c)) return true;
    return false;
}

/* Level by level from the coarsest; two halves are a round. */
void pensel_levels_fill_holes(pensel_levels *levels)
{
    size_t planes = levels->pictures * levels->planes;
    for (size_t l = levels->count; l-- > 0;) {
        const pensel_level *level = &levels->level[l];
        bool coarsest = l + 1 == levels->count;
        size_t rounds = coarsest ? COARSEST_ROUNDS : ROUNDS;
        for (size_t r = 0; r < level->rows && !coarsest; r++)
            for (size_t i = 0; i < planes; i++)
                begin_row(level, i, r);
        for (size_t half = 0; half < 2 * rounds; half++)
            for (size_t r = 0; r < level->rows; r++)
                for (size_t i = 0; i < planes && has_hole(level, r); i++)
                    settle_row(level, i, r, half);
    }
    for (size_t r = 0; r < levels->level[0].rows; r++)
        for (size_t i = 0; i < planes; i++)
            round_row(&levels->level[0], i, r);
    for (size_t l = 0; l < levels->count; l++) {
        const pensel_level *level = &levels->level[l];
        for (size_t r = 0; r < level->rows; r++)
            for (size_t c = 0; c < level->columns; c++)
                if (is_hole(level, r, c)) level->weights[r * level->weights_ld + c] = 1;
    }
}
