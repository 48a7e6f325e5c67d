/* Text in UTF-8 (RFC 3629). Texts come from files, so nothing is read behind `size` bytes. */
#include "base/text.h"

#include <string.h>

/* The first byte says how long a character is: 0xxxxxxx, 110xxxxx, 1110xxxx, 11110xxx; those behind
 * it are 10xxxxxx. `least` is the smallest code that needs that many bytes: a smaller one in them
 * is refused, for the same text must not have two forms. */
size_t pensel_utf8_length(const char *text, size_t size)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *byte = (const unsigned char *)text;
    if (size == 0) return 0;
    size_t length = byte[0] < 0x80 ? 1 : byte[0] >> 5 == 6 ? 2 : byte[0] >> 4 == 14 ? 3 : 4;
    if (length == 1) return 1;
    if (length > size || (length == 4 && byte[0] >> 3 != 30)) return 0;
    unsigned code = byte[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (byte[i] >> 6 != 2) return 0;
        code = code << 6 | (byte[i] & 63);
    }
    bool surrogate = code >= 0xd800 && code < 0xe000;
    return code < least[length] || code > 0x10ffff || surrogate ? 0 : length;
}

/* 6 bits in every byte but the first. The code must be a valid one. */
char *pensel_utf8_put(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint32_t first[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(first[more] | code >> (6 * more));
    while (more-- > 0)
        *to++ = (char)(0x80 | ((code >> (6 * more)) & 0x3f));
    return to;
}

bool pensel_text_is_utf8(const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        size_t length = pensel_utf8_length(text, left);
        if (length == 0) return false;
        text += length;
        left -= length;
    }
    return true;
}

/* The euro, quotes, dashes. Five bytes have no sign: they stay what they are in Latin-1. */
uint32_t pensel_text_code_of_byte(unsigned char byte)
{
    static const uint16_t signs[] = {
        0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};
    return byte >= 0x80 && byte < 0xa0 ? signs[byte - 0x80] : byte;
}
