#include "soft_mask.h"

#include <glib.h>
#include <stdbool.h>

#define BLACK (8 / 255.0f)   /* up to this: the noise of a JPEG file is no picture */
#define WHITE (252 / 255.0f) /* from this on a pixel counts in full */

/* The ramp is climbed from the holes on, a pixel further in each round; a neighbour belongs to it
 * if it weighs more than the pixel it is reached from, and not yet all. A plateau ends it: that is
 * a weight that somebody meant. */
size_t pensel_soft_mask(float *weights, size_t width, size_t height)
{
    size_t n = width * height, first = 0, last = 0, grown = 0;
    size_t *queue = g_new(size_t, n); /* pixels of holes, the nearest first */
    float *own = g_memdup2(weights, n * sizeof *weights);
    for (size_t i = 0; i < n; i++) {
        if (own[i] > BLACK) continue;
        grown += own[i] > 0;
        weights[i] = 0;
        queue[last++] = i;
    }
    while (first < last) {
        size_t i = queue[first++], x = i % width, y = i / width;
        for (size_t k = 0; k < 9; k++) {
            bool outside = (x == 0 && k % 3 == 0) || (x + 1 == width && k % 3 == 2) ||
                           (y == 0 && k / 3 == 0) || (y + 1 == height && k / 3 == 2);
            size_t j = i + k / 3 * width + k % 3 - width - 1;
            if (outside || weights[j] == 0 || own[j] <= own[i] || own[j] >= WHITE) continue;
            weights[j] = 0;
            queue[last++] = j;
            grown++;
        }
    }
    g_free(own);
    g_free(queue);
    return grown;
}
