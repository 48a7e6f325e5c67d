/* Dropout (Srivastava et al. 2014) seen from outside: one step of plain sgd shows the gradient, and
 * the gradient shows what was dropped. Nothing here knows how the library draws. With one output
 * and squared error
 *
 *     dw2[j] = sum over samples of dz a[j] keep[j] / (1 - p)
 *     dw1[j][i] = sum over samples of dz w2[j] keep[j] / (1 - p) f'(z[j]) x[i]
 *
 * Samples are rows of the unit matrix, so dw1[j][s] is sample s's alone. */
#include "oracle_network.h"

enum { N = 24, HIDDEN = 90 };

static const double shares[] = {0.1, 0.25, 0.5, 0.8};

static double x[N * N], y[N];

static void draw_samples(void)
{
    for (size_t s = 0; s < N; s++) {
        for (size_t i = 0; i < N; i++)
            x[s * N + i] = i == s;
        y[s] = cos(3.0 * (double)s);
    }
}

/* The step w - before of plain sgd with rate 1, which is the gradient with its sign turned. */
static void gradient_of_step(pensel_network *network, double *gradient, double share, uint32_t seed,
                             size_t threads)
{
    pensel_error error;
    pensel_random random;
    pensel_training *training;
    pensel_training_options o = pensel_training_defaults();
    size_t count = pensel_network_parameter_count(network);
    double *w = pensel_network_parameters(network);
    pensel_samples samples = {.x = {x, N, N, PENSEL_FLOAT64}, .y = {y, N, 1, PENSEL_FLOAT64}};
    o.solver = PENSEL_SGD;
    o.momentum = 0;
    o.nesterovs_momentum = false;
    o.learning_rate_init = 1;
    o.alpha = 0;
    o.epochs = 1;
    o.shuffle = false;
    o.dropout = share;
    o.threads = threads;
    memcpy(gradient, w, count * sizeof *w);
    pensel_random_seed(&random, seed);
    MUST(pensel_training_new(&training, network, &o, &error));
    MUST(pensel_training_run(training, &samples, NULL, &random, &error));
    for (size_t i = 0; i < count; i++) {
        double after = w[i];
        w[i] = gradient[i];
        gradient[i] -= after;
    }
    pensel_training_free(&training);
}

/* Where the parameters of the two layers are: w1 (HIDDEN, N), b1 (HIDDEN), w2 (HIDDEN), b2 */
enum { W1 = 0, B1 = HIDDEN * N, W2 = B1 + HIDDEN, B2 = W2 + HIDDEN, COUNT = B2 + 1 };

/* What was kept of each unit for each sample, from dw1, and whether all else agrees with it. */
static size_t check_step(const double *w, const double *gradient, double share)
{
    double factor = 1 / (1 - share), dz_sum = 0, db1[HIDDEN] = {0}, dw2[HIDDEN] = {0};
    size_t dropped = 0;
    for (size_t s = 0; s < N; s++) {
        double z2 = w[B2];
        bool keep[HIDDEN];
        for (size_t j = 0; j < HIDDEN; j++) {
            double a = tanh(w[j * N + s] + w[B1 + j]);
            keep[j] = gradient[j * N + s] != 0;
            dropped += !keep[j];
            if (keep[j]) z2 += w[W2 + j] * a * factor;
        }
        double dz = (z2 - y[s]) / N;
        dz_sum += dz;
        for (size_t j = 0; j < HIDDEN; j++) {
            double a = tanh(w[j * N + s] + w[B1 + j]);
            double dz1 = keep[j] ? dz * w[W2 + j] * factor * (1 - a * a) : 0;
            assert_near(gradient[j * N + s], dz1, 1e-14);
            db1[j] += dz1;
            dw2[j] += keep[j] ? dz * a * factor : 0;
        }
    }
    for (size_t j = 0; j < HIDDEN; j++) {
        assert_near(gradient[B1 + j], db1[j], 1e-13);
        assert_near(gradient[W2 + j], dw2[j], 1e-13);
    }
    assert_near(gradient[B2], dz_sum, 1e-13);
    return dropped;
}

static pensel_network *two_layers(void)
{
    const pensel_layer layers[] = {{HIDDEN, PENSEL_TANH, 0}, {1, PENSEL_IDENTITY, 0}};
    return oracle_draw(layers, 2, N, PENSEL_FLOAT64, 31);
}

/* Kept units are multiplied by 1 / (1 - p), dropped ones are silent on the way there and back, and
 * p of them are dropped, to five standard errors. */
static void kept_units_make_up_for_those_dropped(void **state)
{
    enum { TURNS = 8 };
    (void)state;
    draw_samples();
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        EVERY_ISA(turn)
        {
            double gradient[COUNT], all = TURNS * N * HIDDEN, dropped = 0;
            pensel_network *network = two_layers();
            for (uint32_t seed = 0; seed < TURNS; seed++) {
                gradient_of_step(network, gradient, shares[i], seed, 1 + seed % 2);
                dropped +=
                    (double)check_step(pensel_network_parameters(network), gradient, shares[i]);
            }
            double deviation = sqrt(all * shares[i] * (1 - shares[i]));
            assert_true(fabs(dropped - all * shares[i]) < 5 * deviation);
            pensel_network_free(&network);
        }
}

static bool kept(const double *gradient, size_t j, size_t s)
{
    return gradient[j * N + s] != 0;
}

/* Units, samples and steps are dropped independently of one another: as often alike as chance has
 * it. */
static void what_is_dropped_is_dropped_by_chance(void **state)
{
    static double first[COUNT], second[COUNT];
    size_t units = 0, samples = 0, steps = 0;
    pensel_network *network = two_layers();
    (void)state;
    draw_samples();
    gradient_of_step(network, first, 0.5, 1, 1);
    gradient_of_step(network, second, 0.5, 2, 1);
    for (size_t j = 0; j + 1 < HIDDEN; j++)
        for (size_t s = 0; s + 1 < N; s++) {
            units += kept(first, j, s) == kept(first, j + 1, s);
            samples += kept(first, j, s) == kept(first, j, s + 1);
            steps += kept(first, j, s) == kept(second, j, s);
        }
    double all = (HIDDEN - 1) * (N - 1), bound = 5 * sqrt(all) / 2;
    assert_true(fabs((double)units - all / 2) < bound);
    assert_true(fabs((double)samples - all / 2) < bound);
    assert_true(fabs((double)steps - all / 2) < bound);
    pensel_network_free(&network);
}

/* The run of one step of gradient descent, whose weights and biases say what was dropped in it */
static void take_one_step(pensel_network *network, const pensel_samples *samples, uint32_t seed)
{
    pensel_error error;
    pensel_random random;
    pensel_training *training;
    pensel_training_options o = pensel_training_defaults();
    o.solver = PENSEL_SGD;
    o.batch_size = samples->x.rows;
    o.epochs = 1;
    o.alpha = 0;
    o.shuffle = false;
    o.dropout = 0.5;
    pensel_random_seed(&random, seed);
    MUST(pensel_training_new(&training, network, &o, &error));
    MUST(pensel_training_run(training, samples, NULL, &random, &error));
    pensel_training_free(&training);
}

/* Of two hidden layers both are dropped, each by itself. With all samples alike in the layers'
 * inputs, unit j of the second layer is silent when its bias has no gradient. */
static void layers_are_dropped_each_by_itself(void **state)
{
    enum { WIDE = 500 };
    const pensel_layer layers[] = {
        {WIDE, PENSEL_IDENTITY, 0}, {WIDE, PENSEL_IDENTITY, 0}, {1, PENSEL_IDENTITY, 0}};
    double one = 1, target = 5;
    size_t silent[2] = {0}, alike = 0;
    pensel_error error;
    (void)state;
    pensel_network *network = oracle_draw(layers, 3, 1, PENSEL_FLOAT64, 2), *before;
    pensel_samples samples = {.x = {&one, 1, 1, PENSEL_FLOAT64},
                              .y = {&target, 1, 1, PENSEL_FLOAT64}};
    MUST(pensel_network_copy(&before, network, &error));
    take_one_step(network, &samples, 3);
    for (size_t j = 0; j < WIDE; j++) {
        bool still[2];
        for (size_t l = 0; l < 2; l++) {
            pensel_layer_view view;
            MUST(pensel_network_layer(network, l, &view, &error));
            still[l] =
                ((const double *)pensel_network_parameters_const(network))[view.biases + j] ==
                ((const double *)pensel_network_parameters_const(before))[view.biases + j];
            silent[l] += still[l];
        }
        alike += still[0] == still[1];
    }
    double bound = 5 * sqrt(WIDE) / 2;
    for (size_t l = 0; l < 2; l++)
        assert_true(fabs((double)silent[l] - WIDE / 2.0) < bound);
    assert_true(fabs((double)alike - WIDE / 2.0) < bound);
    pensel_network_free(&network);
    pensel_network_free(&before);
}

/* A batch too large for the caches goes in pieces, each with a seed of its own. No two samples of
 * it are thinned alike, and none as another one with its units shifted by one: of 599 units about a
 * half agree, with a standard error of 12. */
static void pieces_of_a_batch_are_dropped_each_by_itself(void **state)
{
    enum { SAMPLES = 512, WIDE = 600, WEIGHTS = SAMPLES * WIDE };
    const pensel_layer layers[] = {{WIDE, PENSEL_IDENTITY, 0}, {1, PENSEL_IDENTITY, 0}};
    static double unit[SAMPLES * SAMPLES], target[SAMPLES], before[WEIGHTS];
    static bool keep[SAMPLES][WIDE];
    pensel_network *network = oracle_draw(layers, 2, SAMPLES, PENSEL_FLOAT64, 31);
    const double *w = pensel_network_parameters(network);
    (void)state;
    for (size_t s = 0; s < SAMPLES; s++) {
        unit[s * SAMPLES + s] = 1;
        target[s] = 5;
    }
    memcpy(before, w, WEIGHTS * sizeof *w);
    pensel_samples samples = {.x = {unit, SAMPLES, SAMPLES, PENSEL_FLOAT64},
                              .y = {target, SAMPLES, 1, PENSEL_FLOAT64}};
    take_one_step(network, &samples, 1);
    for (size_t s = 0; s < SAMPLES; s++)
        for (size_t j = 0; j < WIDE; j++)
            keep[s][j] = w[j * SAMPLES + s] != before[j * SAMPLES + s];
    for (size_t s = 0; s < SAMPLES; s++)
        for (size_t other = 0; other < SAMPLES; other++) {
            size_t same = 0, shifted = 0;
            for (size_t j = 0; j + 1 < WIDE; j++) {
                same += keep[s][j] == keep[other][j];
                shifted += keep[s][j] == keep[other][j + 1];
            }
            assert_true(shifted < WIDE * 3 / 4);
            assert_true(s == other || same < WIDE * 3 / 4);
        }
    pensel_network_free(&network);
}

/* Prediction drops nothing and scales nothing. */
static void predictions_drop_nothing(void **state)
{
    double gradient[COUNT], out[N];
    pensel_error error;
    pensel_network *network = two_layers();
    (void)state;
    draw_samples();
    gradient_of_step(network, gradient, 0.5, 1, 1);
    const double *w = pensel_network_parameters_const(network);
    MUST(pensel_network_predict(network, out, (pensel_matrix){x, N, N, PENSEL_FLOAT64}, 1, &error));
    for (size_t s = 0; s < N; s++) {
        double right = w[B2];
        for (size_t j = 0; j < HIDDEN; j++)
            right += w[W2 + j] * tanh(w[j * N + s] + w[B1 + j]);
        assert_near(out[s], right, 1e-13);
    }
    pensel_network_free(&network);
}

/* ---- predictions that drop (Gal & Ghahramani 2016) */

/* A network that writes down what it drops: each of its BITS hidden units gives 1, or with a share
 * of 1/2 dropped 2 or 0, and unit j counts 2^j in the output. So the output's half has a bit for
 * each unit that is kept, exactly. */
enum { BITS = 40, ROWS = 300, DRAWS = 4 };

static pensel_network *writer(void)
{
    const pensel_layer layers[] = {{BITS, PENSEL_IDENTITY, 0}, {1, PENSEL_IDENTITY, 0}};
    pensel_network *network = oracle_draw(layers, 2, 1, PENSEL_FLOAT64, 1);
    double *w = pensel_network_parameters(network);
    for (size_t j = 0; j < BITS; j++) {
        w[j] = 0;
        w[BITS + j] = 1;
        w[2 * BITS + j] = ldexp(1, (int)j);
    }
    w[3 * BITS] = 0;
    return network;
}

static void write_draws(uint64_t *kept, const pensel_network *network, double share, uint64_t seed,
                        size_t threads)
{
    static const double zeros[ROWS];
    static double out[DRAWS * ROWS];
    pensel_error error;
    const pensel_matrix all = {zeros, ROWS, 1, PENSEL_FLOAT64};
    MUST(pensel_network_predict_draws(network, out, all, share, seed, DRAWS, threads, &error));
    for (size_t i = 0; i < DRAWS * ROWS; i++) {
        double half = out[i] * (1 - share);
        kept[i] = (uint64_t)half;
        assert_true((double)kept[i] == half);
    }
}

static size_t ones(uint64_t bits)
{
    size_t count = 0;
    for (; bits; bits &= bits - 1)
        count++;
    return count;
}

/* How many bits of the lists (count) are alike */
static double alike(const uint64_t *a, const uint64_t *b, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)(BITS - ones(a[i] ^ b[i]));
    return sum;
}

/* The same of a unit in one draw and its neighbour in the next */
static double alike_shifted(const uint64_t *kept)
{
    double sum = 0;
    for (size_t i = 0; i < (DRAWS - 1) * ROWS; i++)
        sum += (double)(BITS - ones((kept[i] >> 1 ^ kept[i + ROWS]) << (64 - BITS + 1)));
    return sum - (double)((DRAWS - 1) * ROWS); /* of BITS - 1 pairs */
}

/* Half of the units are kept, and units, rows, draws and seeds agree as often as chance has it: to
 * five standard errors. Threads, and the size of what is predicted at once, change nothing. */
static void draws_drop_by_chance(void **state)
{
    static uint64_t kept[DRAWS * ROWS], again[DRAWS * ROWS], other[DRAWS * ROWS];
    (void)state;
    EVERY_ISA(turn)
    {
        pensel_network *network = writer();
        double all = (double)DRAWS * ROWS * BITS, bound = 5 * sqrt(all) / 2, sum = 0, near = 0;
        write_draws(kept, network, 0.5, 7, 1);
        write_draws(again, network, 0.5, 7, 3);
        assert_memory_equal(kept, again, sizeof kept);
        write_draws(other, network, 0.5, 8, 1);
        for (size_t i = 0; i < DRAWS * ROWS; i++) {
            sum += (double)ones(kept[i]);
            near += (double)(BITS - 1 -
                             ones((kept[i] ^ kept[i] >> 1) & (((uint64_t)1 << (BITS - 1)) - 1)));
        }
        assert_true(fabs(sum - all / 2) < bound);
        assert_true(fabs(near - all / 2 * (BITS - 1) / BITS) < bound);
        assert_true(fabs(alike(kept, other, DRAWS * ROWS) - all / 2) < bound);
        assert_true(fabs(alike(kept, kept + 1, DRAWS * ROWS - 1) - all / 2) < bound);
        assert_true(fabs(alike(kept, kept + ROWS, (DRAWS - 1) * ROWS) -
                         all / 2 * (DRAWS - 1) / DRAWS) < bound);
        assert_true(fabs(alike_shifted(kept) - all / 2 * (DRAWS - 1) / DRAWS * (BITS - 1) / BITS) <
                    bound);
        pensel_network_free(&network);
    }
}

/* One draw of one row, which other predictions would do without tiles, is the first of many. */
static void a_row_by_itself_is_the_first_of_many(void **state)
{
    static uint64_t kept[DRAWS * ROWS];
    const double zero = 0;
    double out;
    pensel_error error;
    pensel_network *network = writer();
    (void)state;
    write_draws(kept, network, 0.5, 3, 1);
    MUST(pensel_network_predict_draws(network, &out, (pensel_matrix){&zero, 1, 1, PENSEL_FLOAT64},
                                      0.5, 3, 1, 4, &error));
    assert_true(out == 2 * (double)kept[0]);
    pensel_network_free(&network);
}

/* A layer of dropout silences units in a draw as the option does, and in a prediction none. */
static void a_layer_of_dropout_draws_too(void **state)
{
    static const double one[ROWS];
    static double out[ROWS];
    pensel_error error;
    pensel_network *network;
    const pensel_shape shape = {.inputs = 1, .list = "dense:2, dropout:0.25, dense:1"};
    const pensel_matrix all = {one, ROWS, 1, PENSEL_FLOAT64};
    size_t counts[4] = {0};
    (void)state;
    MUST(pensel_network_new(&network, &shape, PENSEL_FLOAT64, &error));
    const double w[] = {0, 0, 1, 1, 3, 6, 0}; /* units give 1, or 4/3 or 0; they count 3 and 6 */
    memcpy(pensel_network_parameters(network), w, sizeof w);
    MUST(pensel_network_predict(network, out, all, 1, &error));
    for (size_t i = 0; i < ROWS; i++)
        assert_near(out[i], 9, 1e-14);
    MUST(pensel_network_predict_draws(network, out, all, 0, 5, 1, 1, &error));
    for (size_t i = 0; i < ROWS; i++) {
        size_t which = (size_t)(out[i] / 4 + 0.5);
        assert_near(out[i], 4 * (double)which, 1e-13);
        counts[which]++;
    }
    for (size_t which = 0; which < 4; which++) {
        double p = (which & 1 ? 0.75 : 0.25) * (which & 2 ? 0.75 : 0.25);
        assert_true(fabs((double)counts[which] - ROWS * p) < 5 * sqrt(ROWS * p * (1 - p)));
    }
    pensel_network_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_units_make_up_for_those_dropped),
        cmocka_unit_test(what_is_dropped_is_dropped_by_chance),
        cmocka_unit_test(layers_are_dropped_each_by_itself),
        cmocka_unit_test(pieces_of_a_batch_are_dropped_each_by_itself),
        cmocka_unit_test(predictions_drop_nothing),
        cmocka_unit_test(draws_drop_by_chance),
        cmocka_unit_test(a_row_by_itself_is_the_first_of_many),
        cmocka_unit_test(a_layer_of_dropout_draws_too),
    };
    return RUN(tests);
}
