/* Which rows of a table a network trains on, and which are held out of it. Two ways:
 *
 *     few rows    part k is held out of network k: every row is held out once; each network has a
 *                 copy of its rows, those to train on first
 *     many rows   part 0 is held out of all: its rows stand last, and all networks read one table
 *
 * Either way a member sees x (n, width) and held_x (held, width), each without gaps, and f->held
 * says which rows the held-out ones are. */
#include "base/error.h"
#include "base/memory.h"
#include "estimator/table_fit.h"

#include <string.h>

/* Rows are dealt out to the parts like cards, class by class, in random order: so parts differ by
 * one row at most, and a class is spread over them as evenly as it can be. The seed alone decides.
 */
static pensel_status deal(pensel_table_fit *f, pensel_error *error)
{
    size_t *order;
    pensel_random random;
    PENSEL_TRY(PENSEL_NEW(f->part, f->n, error));
    PENSEL_TRY(PENSEL_NEW(order, f->n, error));
    for (size_t i = 0; i < f->n; i++)
        order[i] = i;
    pensel_random_seed(&random, f->options->seed);
    pensel_random_shuffle(&random, order, f->n);
    size_t classes = f->model->class_count, dealt = 0;
    for (size_t c = 0; c < (classes ? classes : 1); c++)
        for (size_t i = 0; i < f->n; i++)
            if (!classes || f->target.y[order[i]] == (double)c)
                f->part[order[i]] = dealt++ % f->parts;
    pensel_release(order);
    return PENSEL_OK;
}

/* Where parts do not rotate, part 0 is held out of all networks. Its rows go behind the others, so
 * that each network reads the table itself and nobody needs a copy. */
static pensel_status put_held_last(pensel_table_fit *f, pensel_error *error)
{
    size_t *rows, at = 0, first_held = 0;
    double *y = NULL;
    PENSEL_TRY(PENSEL_NEW(rows, f->n, error));
    pensel_status status = PENSEL_NEW(y, f->n, error);
    for (int turn = 0; turn < 2 && status == PENSEL_OK; turn++) {
        for (size_t i = 0; i < f->n; i++) {
            if ((f->part[i] == 0) != turn) continue;
            rows[at] = f->target.rows[i];
            y[at++] = f->target.y[i];
        }
        if (turn == 0) first_held = at;
    }
    if (status == PENSEL_OK) {
        memcpy(f->target.rows, rows, f->n * sizeof *rows);
        memcpy(f->target.y, y, f->n * sizeof *y);
        for (size_t i = 0; i < f->n; i++)
            f->part[i] = i < first_held;
    }
    pensel_release(rows);
    pensel_release(y);
    return status;
}

pensel_status pensel_table_fit_deal(pensel_table_fit *f, pensel_error *error)
{
    PENSEL_TRY(deal(f, error));
    return f->rotates ? PENSEL_OK : put_held_last(f, error);
}

/* ------------------------------------------------------------------ of a member */

/* The table itself; a member's own is only the room for its outputs. */
static pensel_status lend_rows(pensel_table_fit *f, size_t job, pensel_error *error)
{
    pensel_table_member *m = &f->members[job];
    PENSEL_TRY(PENSEL_ALLOCATE(m->held_p, m->held * f->outputs, sizeof *m->held_p, error));
    f->blocks[job] = m->held_p;
    for (size_t i = 0; i < m->held; i++)
        f->held[job][i] = m->n + i;
    m->x = f->x;
    m->y = f->y;
    m->held_x = f->x + m->n * f->width;
    m->held_y = f->y + m->n * f->outputs;
    return PENSEL_OK;
}

/* Copies the rows of a member, those it trains on and then the held-out ones. One block:
 *
 *     x (n, width)    y (n, outputs)    held_p (held, outputs) */
static pensel_status copy_rows(pensel_table_fit *f, size_t job, size_t held_part,
                               pensel_error *error)
{
    pensel_table_member *m = &f->members[job];
    size_t row = f->width + f->outputs, at[2] = {0, 0};
    float *block;
    PENSEL_TRY(PENSEL_ALLOCATE(block, f->n * row + m->held * f->outputs, sizeof *block, error));
    f->blocks[job] = block;
    float *x[2] = {block, block + m->n * f->width};
    float *y[2] = {block + f->n * f->width, block + f->n * f->width + m->n * f->outputs};
    for (size_t i = 0; i < f->n; i++) {
        size_t to = f->part[i] == held_part;
        if (to == 1) f->held[job][at[1]] = i;
        memcpy(x[to] + at[to] * f->width, f->x + i * f->width, f->width * sizeof *block);
        memcpy(y[to] + at[to] * f->outputs, f->y + i * f->outputs, f->outputs * sizeof *block);
        at[to]++;
    }
    m->x = x[0];
    m->held_x = x[1];
    m->y = y[0];
    m->held_y = y[1];
    m->held_p = block + f->n * row;
    return PENSEL_OK;
}

pensel_status pensel_table_fit_rows(pensel_table_fit *f, size_t job, size_t held_part,
                                    pensel_error *error)
{
    pensel_table_member *m = &f->members[job];
    for (size_t i = 0; i < f->n; i++)
        m->held += f->part[i] == held_part;
    m->n = f->n - m->held;
    PENSEL_TRY(PENSEL_NEW(f->held[job], m->held, error));
    return f->rotates ? copy_rows(f, job, held_part, error) : lend_rows(f, job, error);
}
