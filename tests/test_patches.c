/* Large holes are filled by patches: against the pattern that they are cut out of, distances
 * against all pairs of pixels, and what is left to the membrane. */
#include "test.h"

#include "base/memory.h"
#include "picture/patches.h"

enum { W = 90, H = 80 };

/* A weave: what repeats every 8 pixels across and 6 down, with no symmetry. */
static float weave(size_t x, size_t y, size_t c)
{
    return (float)((x % 8 * 29 + y % 6 * 37 + (x % 8) * (y % 6) * 11 + c * 60) % 256) / 255;
}

static pensel_picture woven(size_t channels)
{
    pensel_picture p = {malloc(W * H * channels * sizeof(float)), W, H, channels};
    for (size_t i = 0; i < W * H; i++)
        for (size_t c = 0; c < channels; c++)
            p.pixels[i * channels + c] = weave(i % W, i / W, c);
    return p;
}

static void distances_are_those_of_all_pairs(void **state)
{
    enum { SIDE = 23 };
    unsigned char mask[SIDE * SIDE];
    unsigned short depth[SIDE * SIDE];
    pensel_random random;
    (void)state;
    pensel_random_seed(&random, 4);
    for (int share = 1; share < 100; share += 7) {
        for (int i = 0; i < SIDE * SIDE; i++)
            mask[i] = pensel_random_uniform(&random, 0, 100) >= share;
        mask[77] = 0;
        pensel_patch_depth(depth, mask, SIDE, SIDE);
        for (int i = 0; i < SIDE * SIDE; i++) {
            int least = SIDE;
            for (int k = 0; k < SIDE * SIDE; k++) {
                int across = abs(i % SIDE - k % SIDE), down = abs(i / SIDE - k / SIDE);
                int king = across > down ? across : down;
                if (!mask[k] && king < least) least = king;
            }
            assert_int_equal(depth[i], least);
        }
    }
}

/* Every patch of the hole is somewhere else, too; a mean of what is around would be far off. */
static void a_pattern_goes_on_through_a_large_hole(void **state)
{
    float weights[W * H];
    pensel_error error;
    pensel_patched patched;
    (void)state;
    for (size_t channels = 1; channels <= 4; channels++)
        for (size_t left = 0; left <= 30; left += 15) {
            pensel_picture p = woven(channels);
            double sum = 0, holes = 0;
            for (size_t i = 0; i < W * H; i++) {
                bool hole = i % W >= left && i % W < left + 28 && i / W >= 22 && i / W < 50;
                weights[i] = hole ? 0 : 0.5f;
                for (size_t c = 0; c < channels && hole; c++)
                    p.pixels[i * channels + c] = 1;
            }
            MUST(pensel_patch_holes(&patched, &p, weights, 0, &error));
            assert_non_null(patched.pixels);
            for (size_t i = 0; i < W * H; i++)
                for (size_t c = 0; c < channels; c++) {
                    double found = (double)patched.pixels[i * channels + c];
                    double off = fabs(found - (double)weave(i % W, i / W, c));
                    assert_true(patched.weights[i] == 0.5f);
                    if (weights[i] > 0) assert_true(off == 0);
                    sum += off;
                    holes += weights[i] == 0;
                }
            assert_true(sum / holes < 0.02);
            pensel_release(patched.pixels);
            pensel_release(patched.weights);
            free(p.pixels);
        }
}

static void assert_left_alone(const pensel_picture *p, const float *weights)
{
    pensel_error error;
    pensel_patched patched;
    MUST(pensel_patch_holes(&patched, p, weights, 0, &error));
    assert_null(patched.pixels);
    assert_null(patched.weights);
}

static void narrow_and_scattered_holes_are_left_alone(void **state)
{
    float weights[W * H];
    pensel_picture p = woven(3);
    pensel_random random;
    (void)state;
    pensel_random_seed(&random, 1);
    for (size_t i = 0; i < W * H; i++)
        weights[i] = i / W % 40 >= 12 && i / W % 40 < 28 ? 0 : 1; /* stripes, 16 pixels high */
    assert_left_alone(&p, weights);
    for (size_t i = 0; i < W * H; i++)
        weights[i] = pensel_random_uniform(&random, 0, 1) < 0.9 ? 0 : 1;
    assert_left_alone(&p, weights);
    for (size_t i = 0; i < W * H; i++)
        weights[i] = i % W < 5 ? 1 : 0; /* no room for a patch that is known */
    assert_left_alone(&p, weights);
    free(p.pixels);
}

static void a_painting_is_filled_by_patches(void **state)
{
    static float weights[W * H];
    pensel_picture p = woven(3);
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_render_options r = pensel_render_defaults();
    float *pixels = malloc(W * H * 3 * sizeof *pixels);
    pensel_painting *painting;
    pensel_error error;
    double sum = 0;
    (void)state;
    for (size_t i = 0; i < W * H; i++) {
        bool hole = i % W > 30 && i % W < 55 && i / W > 20 && i / W < 50;
        weights[i] = hole ? 0 : 1;
        for (size_t c = 0; c < 3 && hole; c++)
            p.pixels[i * 3 + c] = 0;
    }
    o.weights = weights;
    MUST(pensel_painting_new(&painting, &p, &o, &error));
    MUST(pensel_painting_render(painting, pixels, 0, H, &r, &error));
    for (size_t i = 0; i < W * H * 3; i++)
        sum += fabs((double)pixels[i] - (double)weave(i / 3 % W, i / 3 / W, i % 3));
    assert_true(sum / (24 * 29 * 3) < 0.02);
    pensel_painting_free(&painting);
    free(pixels);
    free(p.pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_those_of_all_pairs),
        cmocka_unit_test(a_pattern_goes_on_through_a_large_hole),
        cmocka_unit_test(narrow_and_scattered_holes_are_left_alone),
        cmocka_unit_test(a_painting_is_filled_by_patches),
    };
    return RUN(tests);
}
