/* Base64 (RFC 4648), and a checksum: for bytes that travel in a text. */
#ifndef PENSEL_BASE_BASE64_H
#define PENSEL_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters of so many bytes */
static inline size_t pensel_base64_length(size_t size)
{
    return (size + 2) / 3 * 4;
}

/* Three bytes as four characters; `size` of them are there, 1 to 3. */
static inline void pensel_base64_put(char text[4], const unsigned char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned long bits = (unsigned long)bytes[0] << 16;
    if (size > 1) bits |= (unsigned long)bytes[1] << 8;
    if (size > 2) bits |= bytes[2];
    for (unsigned i = 0; i < 4; i++)
        text[i] = i <= size ? digits[bits >> (18 - 6 * i) & 63] : '=';
}

/* The value of a character; -1: it has none. */
static inline int pensel_base64_value(unsigned char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Bytes of a text; false: it is none. `bytes` has room for 3 of each 4 characters. */
static inline bool pensel_base64_get(unsigned char *bytes, size_t *size, const unsigned char *text,
                                     size_t length)
{
    uint32_t bits = 0;
    size_t end = length;
    *size = 0;
    while (end > 0 && length - end < 2 && text[end - 1] == '=')
        end--;
    for (size_t i = 0; i < end; i++) {
        int six = pensel_base64_value(text[i]);
        if (six < 0) return false;
        bits = bits << 6 | (uint32_t)six;
        if (i % 4 > 0) bytes[(*size)++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
    }
    return length % 4 == 0;
}

/* Fowler, Noll & Vo's FNV-1a of 64 bits: it finds what an editor or a cut has changed, by
 * accident. */
static inline uint64_t pensel_checksum(const unsigned char *bytes, size_t size)
{
    uint64_t sum = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * 1099511628211u;
    return sum;
}

#endif
