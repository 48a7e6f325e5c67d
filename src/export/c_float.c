/* The float arithmetic of exported C programs, and e^z of it.
 *
 * A processor without a floating-point unit gets functions of its own: those of gcc's library take
 * four times the flash, because they know subnormal numbers, infinities and NaN. These round as
 * IEEE 754 does (to nearest, ties to even), so the bits are those of every other machine; numbers
 * below 1.2e-38 count as 0. Libm's expf of such compilers computes in double, so e^z is here too,
 * and is the same on all machines. */
#include "export/c_text.h"

static const char bits[] = "typedef union bits {\n"
                           "    float f;\n"
                           "    uint32_t u;\n"
                           "} bits;\n\n";

static const char choice[] =
    "#if (defined __arm__ && !defined __ARM_FP) || (defined __riscv && !defined __riscv_flen)\n";

/* m's bit 30 stands for 2^(e - 127): seven bits more than a float has, the last of which is 1 if
 * anything lies below. */
static const char soft[] =
    "/* Without a floating-point unit: sums and products rounded as with one, in less flash than\n"
    " * the compiler's own; numbers must be finite. */\n"
    "#define SIGN 0x80000000u\n\n"
    "static uint32_t unpack(int32_t *e, float a)\n"
    "{\n"
    "    bits x;\n"
    "    x.f = a;\n"
    "    *e = (int32_t)(x.u >> 23 & 255u);\n"
    "    return *e ? (x.u << 7 & 0x3fffff80u) | 0x40000000u : 0u;\n"
    "}\n\n"
    "static float pack(uint32_t sign, int32_t e, uint32_t m)\n"
    "{\n"
    "    bits y;\n"
    "    y.u = sign;\n"
    "    if (m == 0) return y.f;\n"
    "    for (; m < 0x40000000u; m <<= 1)\n"
    "        e--;\n"
    "    if (m & SIGN) {\n"
    "        m = m >> 1 | (m & 1u);\n"
    "        e++;\n"
    "    }\n"
    "    m += 63u + (m >> 7 & 1u);\n"
    "    if (e > 254) y.u |= 0x7f800000u;\n"
    "    else if (e > 0) y.u |= ((uint32_t)(e - 1) << 23) + (m >> 7);\n"
    "    return y.f;\n"
    "}\n\n"
    "static float mul(float a, float b)\n"
    "{\n"
    "    bits x, y;\n"
    "    int32_t e, d;\n"
    "    uint32_t m = unpack(&e, a) >> 7, n = unpack(&d, b) >> 7;\n"
    "    uint32_t low = (m & 4095u) * (n & 4095u);\n"
    "    uint32_t middle = (m >> 12) * (n & 4095u) + (m & 4095u) * (n >> 12) + (low >> 12);\n"
    "    x.f = a;\n"
    "    y.f = b;\n"
    "    m = ((m >> 12) * (n >> 12) << 6) + (middle >> 6);\n"
    "    return pack((x.u ^ y.u) & SIGN, e + d - 125, m | ((middle & 63u) | (low & 4095u) ? 1u : "
    "0u));\n"
    "}\n\n"
    "/* In the order of the numbers */\n"
    "static uint32_t order(float a)\n"
    "{\n"
    "    bits x;\n"
    "    x.f = a;\n"
    "    return x.u & SIGN ? 0u - x.u : x.u | SIGN;\n"
    "}\n\n";

static const char soft_add[] = "static float add(float a, float b)\n"
                               "{\n"
                               "    bits x, y;\n"
                               "    int32_t e, d;\n"
                               "    uint32_t m, n;\n"
                               "    x.f = a;\n"
                               "    y.f = b;\n"
                               "    if (x.u << 1 < y.u << 1) {\n"
                               "        x.f = b;\n"
                               "        y.f = a;\n"
                               "    }\n"
                               "    m = unpack(&e, x.f);\n"
                               "    n = unpack(&d, y.f);\n"
                               "    d = e - d;\n"
                               "    n = d < 31 ? n >> d | ((n & ((1u << d) - 1u)) != 0) : n != 0;\n"
                               "    m = (x.u ^ y.u) & SIGN ? m - n : m + n;\n"
                               "    return pack((m ? x.u : x.u & y.u) & SIGN, e, m);\n"
                               "}\n\n";

static const char soft_divide[] =
    "static float divide(float a, float b)\n"
    "{\n"
    "    bits x, y;\n"
    "    int32_t e, d;\n"
    "    uint32_t m = unpack(&e, a) >> 7, n = unpack(&d, b) >> 7, q = 0;\n"
    "    x.f = a;\n"
    "    y.f = b;\n"
    "    for (int i = 0; i < 30; i++) {\n"
    "        q <<= 1;\n"
    "        if (m >= n) {\n"
    "            m -= n;\n"
    "            q |= 1u;\n"
    "        }\n"
    "        m <<= 1;\n"
    "    }\n"
    "    return pack((x.u ^ y.u) & SIGN, e - d + 128, q | (m != 0));\n"
    "}\n\n";

static const char soft_round[] =
    "/* To the nearest whole number, ties away from 0 */\n"
    "static int32_t nearest(float a)\n"
    "{\n"
    "    bits x;\n"
    "    int32_t e, n;\n"
    "    uint32_t m = unpack(&e, a);\n"
    "    x.f = a;\n"
    "    e = 156 - e;\n"
    "    n = e > 30 ? 0 : (int32_t)(((m >> e) + 1u) >> 1);\n"
    "    return x.u & SIGN ? -n : n;\n"
    "}\n\n"
    "static float real(int32_t n)\n"
    "{\n"
    "    return n < 0 ? pack(SIGN, 157, (uint32_t)-n) : pack(0, 157, (uint32_t)n);\n"
    "}\n\n";

static const char soft_names[] = "#define ADD(a, b) add(a, b)\n"
                                 "#define MUL(a, b) mul(a, b)\n"
                                 "#define LESS(a, b) (order(a) < order(b))\n";

static const char hard[] = "#define ADD(a, b) ((a) + (b))\n"
                           "#define MUL(a, b) ((a) * (b))\n"
                           "#define LESS(a, b) ((a) < (b))\n";

static const char hard_round[] = "static int32_t nearest(float a)\n"
                                 "{\n"
                                 "    int32_t n = a > -1e9f && a < 1e9f ? (int32_t)(a * 2) : 0;\n"
                                 "    return (n < 0 ? n - 1 : n + 1) / 2;\n"
                                 "}\n\n"
                                 "static float real(int32_t n)\n"
                                 "{\n"
                                 "    return (float)n;\n"
                                 "}\n";

/* e^z = 2^n e^r, |r| < ln 2 / 2, with the polynomial of Moshier's Cephes. Before the sum with 2^n
 * nothing near 0 is lost, so that e^z - 1 is exact to rounding as well. */
static const char power[] =
    "/* e^z - minus; e^z is kept between 1.6e-38 and 1e38 */\n"
    "static float power(float z, float minus)\n"
    "{\n"
    "    static const float c[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,\n"
    "                              4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};\n"
    "    bits scale;\n"
    "    float r, p = 0;\n"
    "    int32_t n;\n"
    "    if (LESS(z, -87.0f)) z = -87.0f;\n"
    "    if (LESS(87.5f, z)) z = 87.5f;\n"
    "    n = nearest(MUL(z, 1.44269504f));\n"
    "    r = ADD(z, MUL(real(n), -0.693359375f));\n"
    "    r = ADD(r, MUL(real(n), 2.12194440e-4f));\n"
    "    for (int i = 0; i < 6; i++)\n"
    "        p = ADD(MUL(p, r), c[i]);\n"
    "    p = ADD(MUL(MUL(p, r), r), r);\n"
    "    scale.u = (uint32_t)(n + 127) << 23;\n"
    "    return ADD(MUL(p, scale.f), ADD(scale.f, -minus));\n"
    "}\n\n";

void pensel_c_float(pensel_text *text, const pensel_c *c)
{
    bool rounds = c->powers || c->widest;
    if (!c->floats) return;
    pensel_text_put(text, bits);
    pensel_text_put(text, choice);
    pensel_text_put(text, soft);
    if (c->adds || c->powers) pensel_text_put(text, soft_add);
    if (c->divides) pensel_text_put(text, soft_divide);
    if (rounds) pensel_text_put(text, soft_round);
    pensel_text_put(text, soft_names);
    if (c->divides) pensel_text_put(text, "#define DIV(a, b) divide(a, b)\n");
    pensel_text_put(text, "#else\n");
    pensel_text_put(text, hard);
    if (c->divides) pensel_text_put(text, "#define DIV(a, b) ((a) / (b))\n");
    if (rounds) pensel_text_put(text, hard_round);
    pensel_text_put(text, "#endif\n\n");
    if (c->powers) pensel_text_put(text, power);
}
