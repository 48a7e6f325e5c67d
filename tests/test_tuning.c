/* More seconds, fewer bytes, at equal PSNR. Trials are counted, not timed. */
#include "test.h"

/* Waves, an edge, and noise that grows to the right. */
static pensel_picture make(size_t width, size_t height, size_t channels)
{
    pensel_picture p = {malloc(width * height * channels * sizeof(float)), width, height, channels};
    pensel_random random;
    pensel_random_seed(&random, 5);
    for (size_t i = 0; i < width * height * channels; i++) {
        size_t x = i / channels % width, y = i / channels / width, c = i % channels;
        double wave = 0.5 + 0.3 * sin((double)x / 13 + (double)c / 3) * cos((double)y / 9);
        double noise = pensel_random_uniform(&random, -0.1, 0.1) * (double)x / (double)width;
        p.pixels[i] = (float)(wave + noise + (x > 2 * y ? 0.15 : 0));
    }
    return p;
}

static pensel_verdict count_trials(const pensel_compact_trial *trial, void *data)
{
    const size_t *most = data;
    return trial->trials < *most ? PENSEL_CONTINUE : PENSEL_INTERRUPT;
}

/* As many trials as `most`, with all the time there is. */
static pensel_compact *search(const pensel_picture *p, pensel_compact_options o, size_t most)
{
    pensel_compact *c;
    pensel_error error;
    o.seconds = 1e6;
    o.on_trial = count_trials;
    o.on_trial_data = &most;
    MUST(pensel_compact_new(&c, p, &o, &error));
    return c;
}

static double psnr_of(const pensel_compact *c, const pensel_picture *p)
{
    pensel_error error;
    double psnr;
    pensel_picture painted = *p;
    painted.pixels = malloc(p->width * p->height * p->channels * sizeof(float));
    MUST(pensel_compact_paint(c, painted.pixels, 1, NULL, &error));
    MUST(pensel_picture_psnr(&psnr, p, &painted, &error));
    free(painted.pixels);
    return psnr;
}

/* log(bytes) of short searches at this PSNR, between two qualities. */
static double usual_bytes(const pensel_picture *p, pensel_compact_options o, double psnr)
{
    double quality = o.quality, at[2], size[2];
    for (int i = 0; i < 2; i++) {
        o.quality = quality + 4 * i;
        pensel_compact *c = search(p, o, 1);
        at[i] = psnr_of(c, p);
        size[i] = log((double)pensel_compact_describe(c)->bytes);
        pensel_compact_free(&c);
    }
    return size[0] + (size[1] - size[0]) * (psnr - at[0]) / (at[1] - at[0]);
}

/* At the PSNR that it reaches, a tuned file is smaller than one of a short search. */
static void more_trials_make_fewer_bytes(void **state)
{
    (void)state;
    for (size_t channels = 1; channels <= 3; channels += 2) {
        pensel_picture p = make(160, 120, channels);
        pensel_compact_options o = pensel_compact_defaults();
        o.quality = 45;
        pensel_compact *c = search(&p, o, 60);
        double bytes = log((double)pensel_compact_describe(c)->bytes);
        /* of grey there is little to gain: no more than half a per cent is lost */
        double least = channels == 1 ? 0.005 : -0.005;
        assert_true(bytes < usual_bytes(&p, o, psnr_of(c, &p)) + least);
        pensel_compact_free(&c);
        free(p.pixels);
    }
}

static void a_longer_search_meets_a_size_and_is_no_less_faithful(void **state)
{
    pensel_picture p = make(160, 120, 3);
    pensel_compact_options o = pensel_compact_defaults();
    pensel_compact *c;
    pensel_error error;
    (void)state;
    o.bytes = 3000;
    MUST(pensel_compact_new(&c, &p, &o, &error));
    double before = psnr_of(c, &p);
    pensel_compact_free(&c);
    for (size_t most = 24; most <= 60; most += 36) {
        c = search(&p, o, most);
        assert_in_range(pensel_compact_describe(c)->bytes, 2700, 3000);
        assert_true(psnr_of(c, &p) >= before);
        pensel_compact_free(&c);
    }
    free(p.pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_trials_make_fewer_bytes),
        cmocka_unit_test(a_longer_search_meets_a_size_and_is_no_less_faithful),
    };
    return RUN(tests);
}
