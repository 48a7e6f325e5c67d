/* Text in UTF-8. */
#ifndef PENSEL_BASE_TEXT_H
#define PENSEL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at `text`, which has `size` of them; 0 when it is none (RFC 3629: shortest
 * form, no surrogates). */
size_t pensel_utf8_length(const char *text, size_t size);

/* Writes a code point, up to 4 bytes; where it ends. */
char *pensel_utf8_put(char *to, uint32_t code);

bool pensel_text_is_utf8(const char *text);

/* The code point of a byte of Windows-1252, which is Latin-1 but for the signs that it has where
 * Latin-1 has control characters: what a file means that is not UTF-8 (WHATWG, Encoding, "windows-
 * 1252"). */
uint32_t pensel_text_code_of_byte(unsigned char byte);

#endif
