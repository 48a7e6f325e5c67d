/* What was exported runs here, without the library: C with weights in 8 bits, and a shader's text,
 * compiled as C. Its answers are compared with the formula, w2 relu(w1 x + b1) + b2, in double. */
#include "test.h"

#include "exported.h"
#include "exported_int8.h"

/* ------------------------------------------------ the words of GLSL that are not C's */

typedef struct vec2 {
    float x, y;
} vec2;

static float max(float a, float b)
{
    return a > b ? a : b;
}

#define out
#define exp expf
#include "exported_shader.h"
#undef exp
#undef out

/* ------------------------------------------------ the formula */

static void formula(double *z, const float *x)
{
    double h[EXPORTED_HIDDEN];
    for (int j = 0; j < EXPORTED_HIDDEN; j++) {
        h[j] = hidden_b[j];
        for (int i = 0; i < EXPORTED_IN; i++)
            h[j] += (double)hidden_w[j][i] * x[i];
        h[j] = CALM * fmax(h[j], 0);
    }
    for (int j = 0; j < EXPORTED_OUT; j++) {
        z[j] = last_b[j];
        for (int i = 0; i < EXPORTED_HIDDEN; i++)
            z[j] += (double)last_w[j][i] * h[i];
        z[j] *= CALM;
    }
}

/* Values are rounded to 14 bits and a sign: those of the hidden layer are below 8, so a sum of
 * three, with weights below 2, is within 3 * 2 * 8 / 2^15. */
static void eight_bits_give_the_formula(void **state)
{
    (void)state;
    for (int i = -8; i <= 8; i++)
        for (int k = -8; k <= 8; k++) {
            const float x[] = {(float)i / 4, (float)k / 4};
            float y[SMALL_OUTPUTS];
            double z[EXPORTED_OUT];
            small_predict(x, y);
            formula(z, x);
            for (int j = 0; j < EXPORTED_OUT; j++)
                if (!(fabs(y[j] - z[j]) < 48 / 32768.0))
                    fail_msg("output %d at %g, %g is %g: %g is right", j, x[0], x[1], y[j], z[j]);
        }
}

/* relu passes it on, as the library's does, and what is too large for 8 bits becomes it. */
static void no_number_gives_no_number(void **state)
{
    (void)state;
    static const float x[][EXPORTED_IN] = {{NAN, 1}, {1, -NAN}, {1, INFINITY}, {-1e30f, 2}};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
        float y[SMALL_OUTPUTS];
        small_predict(x[i], y);
        for (int j = 0; j < EXPORTED_OUT; j++)
            if (!isnan(y[j])) fail_msg("row %zu: output %d is %g: NaN is right", i, j, y[j]);
    }
}

/* z is about 100, and e^100 has no float: so it is e^(z - max z) over the sum of the three. */
static void a_shader_gives_probabilities(void **state)
{
    (void)state;
    for (int i = -8; i <= 8; i++)
        for (int k = -8; k <= 8; k++) {
            const float x[] = {(float)i / 4, (float)k / 4};
            float y[4];
            double z[EXPORTED_OUT], sum = 0;
            model(y, (vec2){x[0], x[1]});
            formula(z, x);
            double most = fmax(fmax(z[0], z[1]), z[2]);
            for (int j = 0; j < EXPORTED_OUT; j++)
                sum += z[j] = exp(z[j] - most);
            for (int j = 0; j < EXPORTED_OUT; j++)
                assert_near(y[j], z[j] / sum, 1e-5);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_bits_give_the_formula),
        cmocka_unit_test(no_number_gives_no_number),
        cmocka_unit_test(a_shader_gives_probabilities),
    };
    return RUN(tests);
}
