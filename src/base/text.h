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

#endif
