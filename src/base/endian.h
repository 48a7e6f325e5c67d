/* The order of bytes in memory. In files numbers are little-endian on every machine. */
#ifndef PENSEL_BASE_ENDIAN_H
#define PENSEL_BASE_ENDIAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool pensel_is_big_endian(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 0;
}

/* Turns round the bytes of each of `count` numbers of `size` bytes. */
static inline void pensel_swap_bytes(void *numbers, size_t count, size_t size)
{
    unsigned char *at = numbers;
    for (size_t i = 0; i < count; i++, at += size)
        for (size_t low = 0, high = size - 1; low < high; low++, high--) {
            unsigned char byte = at[low];
            at[low] = at[high];
            at[high] = byte;
        }
}

/* Between this machine's order and that of files, either way. */
static inline void pensel_swap_for_file(void *numbers, size_t count, size_t size)
{
    if (size > 1 && pensel_is_big_endian()) pensel_swap_bytes(numbers, count, size);
}

#endif
