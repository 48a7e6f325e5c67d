/* "Did you mean": the nearest of some words, by the number of typing errors between them. */
#include "base/error.h"

#include <string.h>

enum { LONGEST = 63 }; /* letters of a word that is compared */

/* Options are written with either: n_iter, n-iter. */
static char letter(char c)
{
    if (c == '_') return '-';
    return c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Errors that turn a into b: letters inserted, left out, changed, and neighbours swapped (Damerau
 * 1964, Levenshtein 1966). Row i of the table is for the first i letters of a; three are kept. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][LONGEST + 1] = {{0}};
    size_t m = strlen(a), n = strlen(b);
    for (unsigned j = 0; j <= n; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= m; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            bool same = letter(a[i - 1]) == letter(b[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + !same);
            bool swapped = i > 1 && j > 1 && letter(a[i - 1]) == letter(b[j - 2]) &&
                           letter(a[i - 2]) == letter(b[j - 1]);
            if (swapped) row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[m % 3][n];
}

/* The nearest word, the first of equals, or NULL. Two errors are allowed, or a third of the letters
 * where that is more, but never more than half of them: any short word would be near any other. */
const char *pensel_word_near(const char *word, const char *const *words, size_t count)
{
    const char *nearest = NULL;
    if (!word || !words || strlen(word) > LONGEST) return NULL;
    size_t length = strlen(word), most = length / 3 > 2 ? length / 3 : 2;
    if (most > length / 2) most = length / 2;
    for (size_t i = 0; i < count; i++) {
        if (!words[i] || strlen(words[i]) > LONGEST) continue;
        unsigned errors = distance(word, words[i]);
        if (errors > most || (errors == most && nearest)) continue;
        nearest = words[i];
        most = errors;
    }
    return nearest;
}
