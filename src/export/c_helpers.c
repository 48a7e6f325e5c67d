/* The functions that exported C programs are made of: C99, one sample at a time. Each is written
 * only where it is needed.
 *
 * They are what src/layer and src/table compute, once more and without kernels: who changes a
 * formula there changes it here. Sums are in the order of kernel/reference.c: a network without e^z
 * and its like gives the same bits as there. Where only sums, products and comparisons of floats
 * are needed they are written ADD, MUL, LESS and DIV, which c_float.c defines for processors with
 * and without a floating-point unit; what needs libm in any case does without. */
#include "export/c_text.h"

static const char affine[] =
    "/* y = b + w a; w (out, in) */\n"
    "static void affine(float *y, const float *a, const float *w, const float *b, int in, int "
    "out)\n"
    "{\n"
    "    for (int j = 0; j < out; j++) {\n"
    "        float sum = b[j];\n"
    "        for (int i = 0; i < in; i++)\n"
    "            sum = ADD(sum, MUL(w[(long)j * in + i], a[i]));\n"
    "        y[j] = sum;\n"
    "    }\n"
    "}\n\n";

static const char groups[] =
    "/* The same for each of `count` groups of inputs, with weights of its own */\n"
    "static void groups(float *y, const float *a, const float *w, const float *b, int count, int "
    "in,\n"
    "                   int out)\n"
    "{\n"
    "    for (int g = 0; g < count; g++)\n"
    "        for (int j = 0; j < out; j++) {\n"
    "            float sum = b[g * out + j];\n"
    "            for (int i = 0; i < in; i++)\n"
    "                sum = ADD(sum, MUL(w[((long)g * out + j) * in + i], a[g * in + i]));\n"
    "            y[g * out + j] = sum;\n"
    "        }\n"
    "}\n\n";

static const char softmax[] = "static void softmax(float *y, int n)\n"
                              "{\n"
                              "    float most = y[0], sum = 0;\n"
                              "    for (int i = 1; i < n; i++)\n"
                              "        if (LESS(most, y[i])) most = y[i];\n"
                              "    for (int i = 0; i < n; i++)\n"
                              "        sum = ADD(sum, y[i] = power(ADD(y[i], -most), 0));\n"
                              "    for (int i = 0; i < n; i++)\n"
                              "        y[i] = DIV(y[i], sum);\n"
                              "}\n\n";

static const char normalise[] =
    "/* mean 0 and variance 1 */\n"
    "static void normalise(float *y, const float *a, int n, float epsilon)\n"
    "{\n"
    "    float mean = 0, variance = 0;\n"
    "    for (int i = 0; i < n; i++)\n"
    "        mean += a[i];\n"
    "    mean /= (float)n;\n"
    "    for (int i = 0; i < n; i++)\n"
    "        variance += (a[i] - mean) * (a[i] - mean);\n"
    "    variance = sqrtf(variance / (float)n + epsilon);\n"
    "    for (int i = 0; i < n; i++)\n"
    "        y[i] = (a[i] - mean) / variance;\n"
    "}\n\n";

/* The library has double for it, and rounds once. So has this nearly always, by what each step
 * rounds away (Dekker 1971: sums without loss, products of halves): e of the differences, then what
 * q w lacks of them, where no product of halves of 12 bits is rounded, nor a difference of numbers
 * that are nearly equal. */
static const char scaled[] =
    "/* What the sum s of a and b has rounded away */\n"
    "static float lost(float a, float b, float s)\n"
    "{\n"
    "    float t = ADD(s, -a);\n"
    "    return ADD(ADD(a, -ADD(s, -t)), ADD(b, -t));\n"
    "}\n\n"
    "/* (x - c) / w as in twice the digits; c and w are sums of three numbers */\n"
    "static float scaled(float x, const float *c, const float *w)\n"
    "{\n"
    "    float both = ADD(w[0], w[1]), far = ADD(x, -c[0]), d = ADD(far, -c[1]);\n"
    "    float e = ADD(ADD(lost(x, -c[0], far), lost(far, -c[1], d)), -c[2]);\n"
    "    float q = DIV(ADD(d, e), both), t = MUL(4097.0f, q);\n"
    "    float high = ADD(t, -ADD(t, -q)), low = ADD(q, -high);\n"
    "    d = ADD(ADD(d, -MUL(high, w[0])), -MUL(high, w[1]));\n"
    "    d = ADD(ADD(d, -MUL(low, w[0])), -MUL(low, w[1]));\n"
    "    return ADD(q, DIV(ADD(d, ADD(e, -MUL(q, w[2]))), both));\n"
    "}\n\n";

static const char texts[] = "/* Which of the texts it is, from 1; 0: none of them */\n"
                            "static float which_text(const char *text, const char *const *texts, "
                            "int count)\n"
                            "{\n"
                            "    for (int i = 0; text && i < count; i++)\n"
                            "        if (strcmp(text, texts[i]) == 0) return (float)(i + 1);\n"
                            "    return 0;\n"
                            "}\n\n";

static const char numbers[] = "/* Which of the numbers it is, from 1; 0: none of them */\n"
                              "static float which_number(double x, const double *numbers, int "
                              "count)\n"
                              "{\n"
                              "    for (int i = 0; i < count; i++)\n"
                              "        if (x >= numbers[i] && x <= numbers[i]) return (float)(i + "
                              "1);\n"
                              "    return 0;\n"
                              "}\n\n";

static const char robust[] =
    "/* u = (x - median) / spread, then u / sqrt(1 + (u / 3)^2): within (-3, 3); 0 for NaN */\n"
    "static float robust(double x, double median, double spread)\n"
    "{\n"
    "    double u = (x - median) / spread;\n"
    "    if (!(spread > 0) || isnan(x)) return 0;\n"
    "    if (!(fabs(u) < 1e150)) return u > 0 ? 3.0f : -3.0f;\n"
    "    return (float)(u / sqrt(1 + u * u / 9));\n"
    "}\n\n";

static const char date[] =
    "static double days_before_year(double year)\n"
    "{\n"
    "    double y = year - 1;\n"
    "    return 365 * (year - 1970) + floor(y / 4) - floor(y / 100) + floor(y / 400) - 477;\n"
    "}\n\n"
    "/* The year, and turns from 0 to 1 of the year, the week and the day; x in seconds since "
    "1970 */\n"
    "static void split_date(double part[4], double x)\n"
    "{\n"
    "    double days = floor(x / 86400), year = 1970 + floor(days / 365.2425);\n"
    "    if (days >= days_before_year(year + 1)) year += 1;\n"
    "    if (days < days_before_year(year)) year -= 1;\n"
    "    double first = days_before_year(year), monday = days + 3;\n"
    "    part[0] = year;\n"
    "    part[1] = (days - first) / (days_before_year(year + 1) - first);\n"
    "    part[2] = (monday - floor(monday / 7) * 7) / 7;\n"
    "    part[3] = (x - days * 86400) / 86400;\n"
    "}\n\n";

static const char circle[] = "static void circle(float y[2], double turn)\n"
                             "{\n"
                             "    double angle = 6.28318530717958647692 * turn;\n"
                             "    y[0] = isnan(turn) ? 0 : (float)sin(angle);\n"
                             "    y[1] = isnan(turn) ? 0 : (float)cos(angle);\n"
                             "}\n\n";

static const char temper[] = "/* softmax of z times by; of one number its logistic */\n"
                             "static void temper(double *y, const float *z, int n, double by)\n"
                             "{\n"
                             "    double most = (double)z[0], sum = 0;\n"
                             "    if (n == 1) {\n"
                             "        y[0] = 1 / (1 + exp(-most * by));\n"
                             "        return;\n"
                             "    }\n"
                             "    for (int i = 1; i < n; i++)\n"
                             "        most = (double)z[i] > most ? (double)z[i] : most;\n"
                             "    for (int i = 0; i < n; i++)\n"
                             "        sum += y[i] = exp(((double)z[i] - most) * by);\n"
                             "    for (int i = 0; i < n; i++)\n"
                             "        y[i] /= sum;\n"
                             "}\n\n";

/* By pensel_c_helper: the list names these very variables. */
static const char *const helpers[] = {
#define HELPER(name) name,
    PENSEL_C_HELPER_LIST(HELPER)};

void pensel_c_helpers(pensel_text *text, const pensel_c *c)
{
    pensel_c_float(text, c);
    if (c->widest) pensel_c_int8_helper(text, c);
    for (size_t h = 0; h < PENSEL_C_HELPERS; h++)
        if (c->helpers[h]) pensel_text_put(text, helpers[h]);
    pensel_c_table_helpers(text, c);
    pensel_c_activations(text, c);
}
