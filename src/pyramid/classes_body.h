/* Classes along a row: like learn, but with class codes as targets and the log loss of a logistic
 * output (classes 0 and 1) or of softmax outputs.
 *
 *     loss = -log p(right)          dy_k = p_k - (1 if k is right, else 0)
 *
 * Two gradients come of it. The layers learn from every pixel, times the balance of its class. A
 * pixel's own features learn without balance, and only as long as its margin is below `enough`: a
 * latent that has won is left alone. */

enum { CLASS_CHUNK = 64, CLASS_VECTORS = CLASS_CHUNK / LANES };

/* How far the output of the right class must be above all others for the pixel to count as right in
 * spite of rounding. */
static const float margin_needed = 0.02f;

/* Within 1e-6 of itself, for x from -80 to 80: 2^n and the series of what is left. */
INLINE vec exponential(vec x)
{
    x = clamped(x, -80, 80);
    vec n = rounded(x * 1.44269504f), f = x - n * 0.693359375f + n * 2.12194440e-4f;
    vec series = 1 + f * (1 + f / 2 * (1 + f / 3 * (1 + f / 4 * (1 + f / 5 * (1 + f / 6)))));
    return series * (vec)((__builtin_convertvector(n, bits) + 127) << 23);
}

/* Of x in (0, 1], by the series of log((1 + s)/(1 - s)). */
INLINE vec logarithm(vec x)
{
    bits exponent = ((bits)x >> 23) - 127;
    vec m = (vec)(((bits)x & 0x7fffff) | 0x3f800000); /* 1 to 2 */
    vec s = (m - 1.41421356f) / (m + 1.41421356f), q = s * s;
    vec series = 2 * s * (1 + q * (1.0f / 3 + q * (1.0f / 5 + q * (1.0f / 7 + q / 9))));
    return series + 0.34657359f + __builtin_convertvector(exponent, vec) * 0.693147181f;
}

/* value where the mask is set, else 0 */
INLINE vec chosen(bits mask, vec value)
{
    return (vec)((bits)value & mask);
}

INLINE vec larger(vec a, vec b)
{
    bits first = a > b;
    return (vec)(((bits)a & first) | ((bits)b & ~first));
}

/* What one vector of pixels is about. */
typedef struct verdict {
    vec dy[PENSEL_ROW_OUTPUTS]; /* probability minus target */
    vec right;                  /* probability of the right class */
    vec margin;                 /* its output above the likeliest other's */
    vec balance;                /* of the right class */
} verdict;

/* One output: y is the logarithm of p / (1 - p), p the probability of class 1. */
INLINE void judge_two(verdict *v, const vec *y, vec code, const float *balance)
{
    vec p = 1 / (1 + exponential(-y[0]));
    v->dy[0] = p - code;
    v->right = code * p + (1 - code) * (1 - p);
    v->margin = (2 * code - 1) * y[0];
    v->balance = code * balance[1] + (1 - code) * balance[0];
}

/* Softmax; the largest output is subtracted first, so no exponential overflows. Codes are floats,
 * so that a comparison gives a mask for the same lanes. */
INLINE void judge_many(verdict *v, const vec *y, vec code, const float *balance, size_t outputs)
{
    vec zero = (vec){0}, lowest = zero - 3e38f, most = y[0], other = lowest, own = zero, sum = zero;
    v->right = v->balance = zero;
    for (size_t k = 0; k < outputs; k++) {
        bits is = code == (float)k;
        most = larger(most, y[k]);
        other = larger(other, (vec)(((bits)lowest & is) | ((bits)y[k] & ~is)));
        own += chosen(is, y[k]);
        v->balance += chosen(is, zero + balance[k]);
    }
    for (size_t k = 0; k < outputs; k++)
        sum += v->dy[k] = exponential(y[k] - most);
    for (size_t k = 0; k < outputs; k++) {
        bits is = code == (float)k;
        v->dy[k] /= sum;
        v->right += chosen(is, v->dy[k]);
        v->dy[k] -= chosen(is, zero + 1);
    }
    v->margin = own - other;
}

typedef struct class_chunk {
    vec a[PENSEL_ROW_HIDDEN * PENSEL_ROW_WIDTH][CLASS_VECTORS];
    vec dz[PENSEL_ROW_HIDDEN * PENSEL_ROW_WIDTH][CLASS_VECTORS];
    vec dy[PENSEL_ROW_OUTPUTS][CLASS_VECTORS];
} class_chunk;

/* Sums of vectors of one row of the gradient of the outputs' or hidden layer's numbers. */
INLINE void add_products(float *sum, const vec *left, const vec *right, size_t count)
{
    vec total = load(sum);
    for (size_t t = 0; t < count; t++)
        total += left[t] * right[t];
    store(sum, total);
}

/* dw += dz x, db += dz, du += dy a, dc += dy over the chunk's vectors. With up to 64 outputs these
 * do not fit into registers together, so it is one number of the gradient at a time. */
static void gather_classes(const class_chunk *h, const pensel_row *row, size_t from, size_t count)
{
    enum { WIDTH = PENSEL_ROW_WIDTH, HIDDEN = PENSEL_ROW_HIDDEN * WIDTH };
    float(*dw)[PENSEL_ROW_LANES] = row->sums->gradient,
    (*db)[PENSEL_ROW_LANES] = dw + HIDDEN * WIDTH;
    float(*du)[PENSEL_ROW_LANES] = db + HIDDEN,
    (*dc)[PENSEL_ROW_LANES] = du + row->outputs * HIDDEN;
    vec x[CLASS_VECTORS], ones[CLASS_VECTORS];
    for (size_t t = 0; t < count; t++)
        ones[t] = (vec){0} + 1;
    for (size_t i = 0; i < WIDTH; i++) {
        for (size_t t = 0; t < count; t++)
            x[t] = load(row->features[i] + from + t * LANES);
        for (size_t j = 0; j < HIDDEN; j++)
            add_products(dw[j * WIDTH + i], h->dz[j], x, count);
    }
    for (size_t j = 0; j < HIDDEN; j++)
        add_products(db[j], h->dz[j], ones, count);
    for (size_t k = 0; k < row->outputs; k++) {
        for (size_t j = 0; j < HIDDEN; j++)
            add_products(du[k * HIDDEN + j], h->dy[k], h->a[j], count);
        add_products(dc[k], h->dy[k], ones, count);
    }
}

/* Up the network for the vector of pixels at `from`: z and a of the hidden layer, y (outputs). */
INLINE void climb_to_classes(vec *z, vec *a, vec *y, const pensel_row *row, size_t from)
{
    enum { WIDTH = PENSEL_ROW_WIDTH, HIDDEN = PENSEL_ROW_HIDDEN * WIDTH };
    const float *w = row->numbers, *b = w + HIDDEN * WIDTH, *u = b + HIDDEN;
    const float *c = u + row->outputs * HIDDEN;
    vec x[WIDTH];
    for (size_t i = 0; i < WIDTH; i++)
        x[i] = load(row->features[i] + from);
    for (size_t j = 0; j < HIDDEN; j++) {
        z[j] = (vec){0} + b[j];
        for (size_t i = 0; i < WIDTH; i++)
            z[j] += w[j * WIDTH + i] * x[i];
        a[j] = leaky(z[j], row->slope);
    }
    for (size_t k = 0; k < row->outputs; k++) {
        y[k] = (vec){0} + c[k];
        for (size_t j = 0; j < HIDDEN; j++)
            y[k] += u[k * HIDDEN + j] * a[j];
    }
}

/* One vector of pixels, forward and back; `t` is its place in the chunk. `rounded` counts pixels
 * that are not safely right, `squares` sums the loss. */
INLINE void classify_vector(class_chunk *h, const pensel_row *row, size_t from, size_t t)
{
    enum { WIDTH = PENSEL_ROW_WIDTH, HIDDEN = PENSEL_ROW_HIDDEN * WIDTH };
    const float *w = row->numbers, *u = w + HIDDEN * WIDTH + HIDDEN;
    vec dx[WIDTH], z[HIDDEN], a[HIDDEN], y[PENSEL_ROW_OUTPUTS], weight = load(row->weights + from);
    verdict v;
    climb_to_classes(z, a, y, row, from);
    for (size_t i = 0; i < WIDTH; i++)
        dx[i] = (vec){0};
    for (size_t j = 0; j < HIDDEN; j++)
        h->a[j][t] = a[j];
    vec code = load(row->codes + from);
    if (row->outputs == 1)
        judge_two(&v, y, code, row->balance);
    else
        judge_many(&v, y, code, row->balance, row->outputs);
    bits wrong = (v.margin < margin_needed) & (weight > 0);
    store(row->sums->rounded, load(row->sums->rounded) + chosen(wrong, (vec){0} + 1));
    vec loss = -logarithm(larger(v.right, (vec){0} + 1e-30f)) * weight;
    store(row->sums->squares, load(row->sums->squares) + loss);
    bits needs = v.margin < row->enough;
    for (size_t k = 0; k < row->outputs; k++) {
        v.dy[k] *= weight;
        h->dy[k][t] = v.dy[k] * v.balance;
    }
    for (size_t j = 0; j < HIDDEN; j++) {
        vec d = (vec){0};
        for (size_t k = 0; k < row->outputs; k++)
            d += u[k * HIDDEN + j] * v.dy[k];
        d = leaky_slope(d, z[j], row->slope);
        h->dz[j][t] = d * v.balance;
        d = chosen(needs, d);
        for (size_t i = 0; i < WIDTH; i++)
            dx[i] += w[j * WIDTH + i] * d;
    }
    for (size_t i = 0; i < WIDTH; i++)
        store(row->slopes[i] + from, dx[i]);
}

static void classify(const pensel_row *row)
{
    class_chunk h;
    for (size_t from = 0; from < row->n; from += CLASS_CHUNK) {
        size_t left = row->n - from < CLASS_CHUNK ? row->n - from : CLASS_CHUNK;
        size_t count = (left + LANES - 1) / LANES;
        for (size_t t = 0; t < count; t++)
            classify_vector(&h, row, from + t * LANES, t);
        gather_classes(&h, row, from, count);
    }
}

/* ------------------------------------------------------------------ colours of classes */

/* The likeliest class' colours; the first of equals. */
INLINE void colour_hard(vec *colour, const vec *y, const pensel_row *row)
{
    vec most = row->outputs == 1 ? (vec){0} : y[0];
    bool two = row->outputs == 1;
    for (size_t i = 0; i < row->channels; i++)
        colour[i] = (vec){0} + row->palette[i];
    for (size_t k = 1; k < (two ? 2 : row->outputs); k++) {
        vec value = two ? y[0] : y[k];
        bits better = value > most;
        most = larger(value, most);
        for (size_t i = 0; i < row->channels; i++) {
            vec own = (vec){0} + row->palette[k * row->channels + i];
            colour[i] = (vec)(((bits)own & better) | ((bits)colour[i] & ~better));
        }
    }
}

/* All classes' colours by their probabilities. A single output is two, 0 and y. */
INLINE void colour_soft(vec *colour, vec *y, const pensel_row *row)
{
    vec most = y[0], sum = (vec){0};
    size_t count = row->outputs == 1 ? 2 : row->outputs;
    if (row->outputs == 1) y[1] = y[0], y[0] = most = (vec){0};
    for (size_t k = 1; k < count; k++)
        most = larger(most, y[k]);
    for (size_t i = 0; i < row->channels; i++)
        colour[i] = (vec){0};
    for (size_t k = 0; k < count; k++) {
        vec p = exponential(y[k] - most);
        sum += p;
        for (size_t i = 0; i < row->channels; i++)
            colour[i] += p * row->palette[k * row->channels + i];
    }
    for (size_t i = 0; i < row->channels; i++)
        colour[i] /= sum;
}

static void colour(const pensel_row *row)
{
    enum { HIDDEN = PENSEL_ROW_HIDDEN * PENSEL_ROW_WIDTH };
    for (size_t from = 0; from < row->n; from += LANES) {
        vec z[HIDDEN], a[HIDDEN], y[PENSEL_ROW_OUTPUTS], colours[PENSEL_ROW_WIDTH];
        y[0] = (vec){0}; /* there is one at least, which a compiler cannot know */
        climb_to_classes(z, a, y, row, from);
        if (row->soft)
            colour_soft(colours, y, row);
        else
            colour_hard(colours, y, row);
        for (size_t i = 0; i < row->channels; i++)
            store(row->slopes[i] + from, colours[i]);
    }
}
