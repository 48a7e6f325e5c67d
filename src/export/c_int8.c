/* Dense layers with weights in 8 bits, in exported C: sums of whole numbers in 32 bits.
 *
 *     q = a 2^shift, rounded       14 bits and a sign, by the largest |a|
 *     sum = b 2^shift + w q        b in units of the row's scale, w from -127 to 127
 *     y = sum scale 2^-shift
 *
 * Nothing is calibrated: `shift` follows from what comes in, so no value is cut off; where a bias
 * is so large that the sum would not hold it, both are shifted down. No product of floats is added
 * to anything, so a compiler that contracts products and sums gets the same bits as one that does
 * not, with or without a floating-point unit. A row in 16 bits is two rows of 8, of which the
 * second counts 256ths; the sign of its scale says so. */
#include "export/c_text.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PER_LINE = 24 };

static const char head[] =
    "/* y = w a + b: w (out, in) in 8 bits, with a scale for each row. a becomes whole numbers of\n"
    " * 15 bits; the sum is exact. Not finite, or beyond 1e22: y is NaN. */\n"
    "static void affine8(float *y, const float *a, const int8_t *w, const float *b,\n"
    "                    const uint16_t *scale, int in, int out, int room)\n"
    "{\n"
    "    int16_t q[WIDEST];\n"
    "    bits x;\n"
    "    uint32_t most = 0;\n"
    "    for (int i = 0; i < in; i++) {\n"
    "        x.f = a[i];\n"
    "        if (x.u << 1 > most) most = x.u << 1;\n"
    "    }\n"
    "    int shift = room - (int)(most >> 24);\n"
    "    if (shift > 60) shift = 60;\n"
    "    x.u = (uint32_t)(shift + 127) << 23;\n"
    "    const float up = x.f;\n"
    "    for (int i = 0; i < in; i++)\n"
    "        q[i] = (int16_t)nearest(MUL(a[i], up));\n"
    "    for (int j = 0; j < out; j++) {\n"
    "        int32_t sum = 0, down;\n"
    "        for (int i = 0; i < in; i++)\n"
    "            sum += (int32_t)*w++ * q[i];\n";
static const char low_rows[] =
    "        if (scale[j] & 0x8000u) { /* what that has rounded away */\n"
    "            int32_t low = 128;\n"
    "            for (int i = 0; i < in; i++)\n"
    "                low += (int32_t)*w++ * q[i];\n"
    "            sum += low >> 8;\n"
    "        }\n";
static const char tail[] =
    "        x.f = MUL(b[j], up); /* which stays below 2^29 */\n"
    "        down = (int32_t)(x.u >> 23 & 255u) - 155;\n"
    "        if (down < 0) down = 0;\n"
    "        x.u -= (uint32_t)down << 23;\n"
    "        sum = (down < 31 ? sum >> down : 0) + nearest(x.f);\n"
    "        x.u = ((uint32_t)(scale[j] & 0x7fffu) << 16) + ((uint32_t)(down - shift) << 23);\n"
    "        y[j] = MUL(real(sum), x.f);\n"
    "        if (most >> 24 > 200) {\n"
    "            x.u = 0x7fc00000u;\n"
    "            y[j] = x.f;\n"
    "        }\n"
    "    }\n"
    "}\n\n";

void pensel_c_int8_helper(pensel_text *text, const pensel_c *c)
{
    pensel_text_print(text, "#define WIDEST %zu\n", c->widest);
    pensel_text_put(text, head);
    if (c->wide_weights) pensel_text_put(text, low_rows);
    pensel_text_put(text, tail);
}

/* ------------------------------------------------------------------ constants */

void pensel_c_whole(pensel_text *text, size_t *count, int32_t number)
{
    if (*count) pensel_text_put(text, *count % PER_LINE ? ", " : ",\n    ");
    pensel_text_print(text, "%d", (int)number);
    ++*count;
}

/* whole = 256 high + low, with low from -128 to 127 */
static int32_t high_part(int32_t whole)
{
    return (int32_t)floor((whole + 128) / 256.0);
}

/* Gives the largest sum of |w| of a row, which says how many bits of `a` leave room. */
static double put_weights(pensel_text *text, int32_t *whole, const pensel_operation *o)
{
    size_t count = 0;
    double most = 0;
    for (size_t j = 0; j < o->out; j++) {
        bool wide = o->scale[j] < 0;
        double sum = 0;
        pensel_quantise_row(whole, o, j);
        for (size_t i = 0; i < o->in; i++) {
            int32_t high = wide ? high_part(whole[i]) : whole[i];
            pensel_c_whole(text, &count, high);
            sum += abs(high);
        }
        for (size_t i = 0; i < o->in && wide; i++)
            pensel_c_whole(text, &count, whole[i] - 256 * high_part(whole[i]));
        most = fmax(most, wide ? fmax(sum, 64.0 * (double)o->in) : sum);
    }
    return most;
}

/* The upper 16 bits of each scale: a neuron's with its sign, which says that the row is in 16 bits;
 * a table's as it is, 256 times as small where the table is, which changes the exponent alone. */
void pensel_c_scales(pensel_text *text, const pensel_operation *o, size_t i)
{
    size_t count = 0;
    pensel_text_print(text, "static const uint16_t s%zu[] = {", i);
    for (size_t j = 0; j < pensel_quantise_rows(o); j++) {
        float scale = o->scale[j];
        uint32_t bits;
        if (o->kind != PENSEL_OP_AFFINE && scale < 0) scale = -scale / 256;
        memcpy(&bits, &scale, sizeof bits);
        pensel_c_whole(text, &count, (int32_t)(bits >> 16));
    }
    pensel_text_put(text, "};\n");
}

/* Biases in units of the scale */
static pensel_status put_biases(pensel_c *c, size_t i, pensel_error *error)
{
    const pensel_operation *o = &c->leaving->graph.list[i];
    double *b;
    PENSEL_TRY(PENSEL_NEW(b, o->out, error));
    for (size_t j = 0; j < o->out; j++)
        b[j] = o->c[j] / fabs((double)o->scale[j]);
    pensel_c_floats(&c->data, "c", i, b, o->out);
    pensel_release(b);
    return PENSEL_OK;
}

pensel_status pensel_c_int8(pensel_c *c, size_t i, const char *y, const char *a,
                            pensel_error *error)
{
    const pensel_operation *o = &c->leaving->graph.list[i];
    int32_t *whole;
    int exponent;
    c->floats = true;
    if (c->widest < o->in) c->widest = o->in;
    for (size_t j = 0; j < o->out; j++)
        c->wide_weights = c->wide_weights || o->scale[j] < 0;
    PENSEL_TRY(PENSEL_NEW(whole, o->in, error));
    pensel_text_print(&c->data, "static const int8_t w%zu[] = {", i);
    double most = put_weights(&c->data, whole, o);
    pensel_release(whole);
    pensel_text_put(&c->data, "};\n");
    pensel_c_scales(&c->data, o, i);
    PENSEL_TRY(put_biases(c, i, error));
    /* |a| < 2^(e - 126) becomes less than 2^14, or so much less that sums stay below 2^30 */
    frexp(most / 65536, &exponent);
    pensel_text_print(&c->code, "    affine8(%s, %s, w%zu, c%zu, s%zu, %zu, %zu, %d);\n", y, a, i,
                      i, i, o->in, o->out, 140 - (exponent > 0 ? exponent : 0));
    return PENSEL_OK;
}
