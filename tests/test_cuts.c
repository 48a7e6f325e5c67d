/* The same bits, however samples are cut into tiles and outputs into rows: what the same results on
 * any number of threads stand on. */
#include "kernel_blocks.h"

/* Columns that fill whole vectors are the same bits; the rest is summed call by call. */
static void assert_same_but_for_the_tail(const pensel_kernels *kernels, block dw, block dw_2,
                                         size_t out, size_t in, double bound)
{
    size_t whole = in / kernels->lanes * kernels->lanes;
    for (size_t j = 0; j < out; j++)
        assert_memory_equal((char *)dw.data + j * in * kernels->size,
                            (char *)dw_2.data + j * in * kernels->size, whole * kernels->size);
    assert_same(kernels, dw, dw_2, out, in, in, bound, "weight gradient in two calls");
}

enum { CUT_OUT = 53, CUT_N = 90 };

/* A layer of `in` inputs and CUT_OUT outputs, CUT_N samples of it, and what they come to. */
typedef struct cut_layer {
    const pensel_kernels *kernels, *reference;
    size_t in, ld, stride, cut; /* the samples before the cut */
    block w, b, a, y, rows, dw, db;
} cut_layer;

static cut_layer cut_layer_of(const pensel_kernels *kernels, const pensel_kernels *reference,
                              size_t in)
{
    size_t ld = up(kernels, CUT_N);
    return (cut_layer){.kernels = kernels,
                       .reference = reference,
                       .in = in,
                       .ld = ld,
                       .stride = up(kernels, in),
                       .cut = kernels->lanes,
                       .w = random_block(kernels, CUT_OUT * in, 1),
                       .b = random_block(kernels, CUT_OUT, 1),
                       .a = random_block(kernels, in * ld, 0),
                       .y = random_block(kernels, CUT_OUT * ld, 0),
                       .rows = random_rows(kernels, CUT_N, in),
                       .dw = random_block(kernels, CUT_OUT * in, 1),
                       .db = random_block(kernels, CUT_OUT, 1)};
}

static void free_cut_layer(cut_layer *l)
{
    block *all[] = {&l->w, &l->b, &l->a, &l->y, &l->rows, &l->dw, &l->db};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        release(all[i]);
}

static void *at(const cut_layer *l, block of, size_t count)
{
    return (char *)of.data + count * l->kernels->size;
}

static void forward_in_two_tiles(cut_layer *l)
{
    block y = copy_of(l->y);
    pensel_forward f = {.y = l->y.data,
                        .w = l->w.data,
                        .b = l->b.data,
                        .a = l->a.data,
                        .in = l->in,
                        .out = CUT_OUT,
                        .n = CUT_N,
                        .ldy = l->ld,
                        .lda = l->ld,
                        .activation = PENSEL_TANH};
    l->kernels->forward(&f);
    f.n = l->cut, f.y = y.data;
    l->kernels->forward(&f);
    f.n = CUT_N - l->cut, f.y = at(l, y, l->cut), f.a = at(l, l->a, l->cut);
    l->kernels->forward(&f);
    assert_same(l->kernels, y, l->y, CUT_OUT, CUT_N, l->ld, 0, "forward in two tiles");
    release(&y);
}

/* Of all samples in one tile; dz is y. */
static pensel_weight_gradient gradient_of(const cut_layer *l, block dw, block db,
                                          const size_t *tile_n)
{
    return (pensel_weight_gradient){.dw = dw.data,
                                    .db = db.data,
                                    .dz = l->y.data,
                                    .rows = l->rows.data,
                                    .in = l->in,
                                    .out = CUT_OUT,
                                    .lddz = l->ld,
                                    .stride = l->stride,
                                    .tiles = 1,
                                    .tile_n = tile_n};
}

static void gradient_of_two_parts_of_rows(cut_layer *l)
{
    enum { FIRST = 17 };
    size_t n = CUT_N;
    block dw = copy_of(l->dw), db = copy_of(l->db);
    pensel_weight_gradient g = gradient_of(l, l->dw, l->db, &n);
    l->kernels->weight_gradient(&g);
    g = gradient_of(l, dw, db, &n), g.out = FIRST;
    l->kernels->weight_gradient(&g);
    g.dw = at(l, dw, FIRST * l->in), g.db = at(l, db, FIRST);
    g.dz = at(l, l->y, FIRST * l->ld), g.out = CUT_OUT - FIRST;
    l->kernels->weight_gradient(&g);
    assert_memory_equal(dw.data, l->dw.data, dw.bytes);
    assert_memory_equal(db.data, l->db.data, db.bytes);
    release(&dw);
    release(&db);
}

/* In two calls, and in one call of two tiles; as the reference has it. The tiles are columns of one
 * panel, for once. */
static void gradient_in_two_tiles(cut_layer *l)
{
    size_t tile_n[] = {l->cut, CUT_N - l->cut};
    block dw = copy_of(l->dw), db = copy_of(l->db);
    pensel_weight_gradient g = gradient_of(l, dw, db, tile_n);
    l->kernels->weight_gradient(&g);
    g.dz = at(l, l->y, l->cut), g.tile_n = tile_n + 1, g.accumulate = true;
    g.rows = at(l, l->rows, l->cut * l->stride);
    l->kernels->weight_gradient(&g);
    assert_same_but_for_the_tail(l->kernels, l->dw, dw, CUT_OUT, l->in, 4 * CUT_N);
    g = gradient_of(l, dw, db, tile_n);
    g.tiles = 2, g.tile_step = l->cut;
    g.prefetch[0] = g.prefetch[2] = l->dw.data;
    l->kernels->weight_gradient(&g);
    assert_memory_equal(dw.data, l->dw.data, dw.bytes);
    l->reference->weight_gradient(&g);
    assert_same(l->kernels, l->dw, dw, CUT_OUT, l->in, l->in, 4 * CUT_N,
                "weight gradient in tiles: dw");
    assert_same(l->kernels, l->db, db, 1, CUT_OUT, CUT_OUT, 4 * CUT_N,
                "weight gradient in tiles: db");
    release(&dw);
    release(&db);
}

/* The same bits, however samples are cut into tiles and outputs into rows. */
static void cuts_case(const pensel_kernels *kernels, const pensel_kernels *reference, size_t in)
{
    cut_layer l = cut_layer_of(kernels, reference, in);
    forward_in_two_tiles(&l);
    gradient_of_two_parts_of_rows(&l);
    gradient_in_two_tiles(&l);
    free_cut_layer(&l);
}

static void check_cuts(const pensel_kernels *kernels, const pensel_kernels *reference)
{
    cuts_case(kernels, reference, 37);
    cuts_case(kernels, reference, 34);
}

static void cuts_do_not_change_a_bit(void **state)
{
    (void)state;
    everywhere(check_cuts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_do_not_change_a_bit),
    };
    return RUN(tests);
}
