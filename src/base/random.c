/* Random numbers: MT19937 (Matsumoto & Nishimura 1998, "Mersenne Twister", ACM TOMACS 8(1)), used
 * the way NumPy's legacy RandomState uses it, so that the same seed gives the same network in both.
 */
#include "base/random.h"

#include "platform/float.h"

/* n and m of the paper */
enum { LENGTH = 624, MIDDLE = 397 };

/* The paper's authors' initialisation of 2002, which NumPy's legacy seed is. The first number
 * renews the whole state. */
void pensel_random_seed(pensel_random *random, uint32_t seed)
{
    if (!random) return;
    for (uint32_t i = 0; i < LENGTH; i++) {
        random->key[i] = seed;
        seed = 1812433253u * (seed ^ (seed >> 30)) + i + 1;
    }
    random->position = LENGTH;
}

/* The matrix A of the paper: the highest bit of one word and the rest of the next. */
static uint32_t twist(uint32_t high, uint32_t low)
{
    uint32_t y = (high & 0x80000000u) | (low & 0x7fffffffu);
    return (y >> 1) ^ (0x9908b0dfu & (0u - (low & 1)));
}

/* All 624 words at once, in pieces, so that no index needs a remainder. */
static void renew(pensel_random *random)
{
    uint32_t *key = random->key;
    for (int i = 0; i < LENGTH - MIDDLE; i++)
        key[i] = key[i + MIDDLE] ^ twist(key[i], key[i + 1]);
    for (int i = LENGTH - MIDDLE; i < LENGTH - 1; i++)
        key[i] = key[i + MIDDLE - LENGTH] ^ twist(key[i], key[i + 1]);
    key[LENGTH - 1] = key[MIDDLE - 1] ^ twist(key[LENGTH - 1], key[0]);
    random->position = 0;
}

/* The paper's tempering */
static inline uint32_t temper(uint32_t y)
{
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

/* A position outside of the words, whoever set it, renews them. */
static void renew_if_used(pensel_random *random)
{
    if (random->position < 0 || random->position >= LENGTH) renew(random);
}

uint32_t pensel_random_bits(pensel_random *random)
{
    renew_if_used(random);
    return temper(random->key[random->position++]);
}

/* 53 random bits in [0, 1). */
static double unit(pensel_random *random)
{
    uint32_t high = pensel_random_bits(random) >> 5, low = pensel_random_bits(random) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

/* In [low, high), as NumPy's uniform: in this order, for the last bit depends on it. */
double pensel_random_between(pensel_random *random, double low, double high)
{
    return low + (high - low) * unit(random);
}

double pensel_random_uniform(pensel_random *random, double low, double high)
{
    PENSEL_FLOAT_SCOPE;
    /* volatile: it is not to be computed after the scope has ended */
    volatile double number = random ? pensel_random_between(random, low, high) : low;
    return number;
}

/* A number in 0..most: bits under the smallest mask that holds `most`, drawn until one fits. */
static uint64_t interval(pensel_random *random, uint64_t most)
{
    uint64_t mask = most, value;
    for (int shift = 1; shift < 64; shift *= 2)
        mask |= mask >> shift;
    do {
        value = pensel_random_bits(random);
        if (most > UINT32_MAX) value = value << 32 | pensel_random_bits(random);
        value &= mask;
    } while (value > most);
    return value;
}

static void swap(size_t *items, size_t i, size_t j)
{
    size_t item = items[i];
    items[i] = items[j];
    items[j] = item;
}

/* So many items are no longer in a core's own cache. */
enum { FAR_ITEMS = 1 << 15 };

/* Asks for the items of the next `count` draws, all of them before the first is swapped */
static void prefetch_items(const size_t *items, size_t i, const uint32_t *bits, size_t count,
                           size_t mask)
{
    for (size_t k = 0; k < count; k++) {
        size_t j = bits[k] & mask;
        __builtin_prefetch(items + (j <= i ? j : i), 1);
    }
}

/* Fisher and Yates, from the end, as NumPy's shuffle draws.
 *
 * Up to half of the draws are out of range and rejected, at random, so a branch on it would be
 * mispredicted. Instead every draw swaps; one that is out of range swaps an item with itself. Some
 * draws at a time are tempered together, by vectors. */
void pensel_random_shuffle(pensel_random *random, size_t *items, size_t count)
{
    if (!random || !items || count < 2) return;
    size_t i = count - 1, mask = UINT32_MAX;
    for (; i > UINT32_MAX; i--)
        swap(items, i, (size_t)interval(random, i));
    while (i > 0) {
        uint32_t bits[64];
        renew_if_used(random);
        const uint32_t *key = random->key + random->position;
        size_t most = (size_t)(LENGTH - random->position);
        if (most > i) most = i; /* each item needs at least one */
        if (most > sizeof bits / sizeof *bits) most = sizeof bits / sizeof *bits;
        for (size_t k = 0; k < most; k++)
            bits[k] = temper(key[k]);
        if (i >= FAR_ITEMS) prefetch_items(items, i, bits, most, mask);
        for (size_t drawn = 0; drawn < most; drawn++) {
            while (i <= mask >> 1)
                mask >>= 1;
            size_t j = bits[drawn] & mask, fits = j <= i;
            swap(items, i, i ^ ((i ^ j) & (0 - fits)));
            i -= fits;
        }
        random->position += (int)most;
    }
}
