/* Fields as people write them. A number in a style becomes the plain number that it stands for:
 * marks between thousands, blanks and units are taken away, the decimal mark becomes a point, and
 * the parser of plain numbers decides. Bytes need not be valid UTF-8.
 *
 * All functions here take [text, text + length), which need not end with a zero, and change
 * nothing. Letters are compared in ASCII: no locale is asked. */
#include "table/cell.h"

#include "base/number.h"
#include "base/text.h"

#include <string.h>

enum { LONGEST = 60 }; /* bytes of a number in a style */

/* `word` is in lower case. */
static bool says(const char *text, size_t length, const char *word)
{
    if (length != strlen(word)) return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != word[i]) return false;
    }
    return true;
}

static bool is_one_of(const char *text, size_t length, const char *const *words)
{
    for (; *words; words++)
        if (says(text, length, *words)) return true;
    return false;
}

/* The longest word but errors of spreadsheets has 4 bytes, so nearly every text is past this with
 * one comparison or two. */
bool pensel_cell_is_missing(const char *text, size_t length)
{
    static const char *const words[] = {"na", "n/a",  "nan", "nat", "null", "none", "#n/a",
                                        "?",  "<na>", "-",   "\\n", ".",    NULL};
    static const char *const errors[] = {"#value!", "#div/0!", "#ref!", "#name?",
                                         "#num!",   "#null!",  NULL};
    pensel_trim(&text, &length);
    if (length == 0 || (length <= 4 && is_one_of(text, length, words))) return true;
    return *text == '#' && is_one_of(text, length, errors);
}

bool pensel_cell_is_infinite(const char *text, size_t length)
{
    static const char *const words[] = {"inf", "infinity", NULL};
    pensel_trim(&text, &length);
    if (length > 0 && (*text == '-' || *text == '+')) text++, length--;
    return is_one_of(text, length, words);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* 15 digits are what every double keeps: a longer integer may come back as another one. */
bool pensel_cell_is_numeral(const char *text, size_t length)
{
    pensel_trim(&text, &length);
    if (length > 0 && (*text == '-' || *text == '+')) text++, length--;
    if (length < 2 || (*text != '0' && length <= 15)) return false;
    for (size_t i = 0; i < length; i++)
        if (!is_digit(text[i])) return false;
    return true;
}

/* ------------------------------------------------ styles */

enum { NO_BREAK = 0xa0, NARROW = 0x202f, FIRST_CURRENCY = 0x110000 /* behind Unicode */ };

/* $, %, and the signs of euro, pound and yen. */
static bool is_unit(unsigned code)
{
    return code == '$' || code == '%' || code == 0x20ac || code == 0xa3 || code == 0xa5;
}

/* The code of a currency at the front (ISO 4217), as a number of its own; or 0. A letter or digit
 * behind it makes it a part of a word: USDA is no currency. */
static unsigned currency_code(const char *at, const char *end)
{
    static const char codes[][4] = {"EUR", "USD", "GBP", "CHF", "JPY", "CNY", "INR", "SEK", "NOK",
                                    "DKK", "PLN", "CZK", "HUF", "CAD", "AUD", "NZD", "BRL", "MXN",
                                    "ZAR", "KRW", "TRY", "SGD", "HKD", "RUB", "UAH", "ILS"};
    bool ends =
        end - at == 3 || (end - at > 3 && !is_digit(at[3]) && !(at[3] >= 'A' && at[3] <= 'Z') &&
                          !(at[3] >= 'a' && at[3] <= 'z'));
    if (!ends || at[0] < 'A' || at[0] > 'Z') return 0;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (memcmp(at, codes[i], 3) == 0) return FIRST_CURRENCY + (unsigned)i;
    return 0;
}

static bool is_blank(unsigned code)
{
    return code == ' ' || code == '\t' || code == NO_BREAK || code == NARROW;
}

/* The character at *at, which moves past it. Bytes that are not UTF-8 are Windows-1252. */
static unsigned next(const char **at, const char *end)
{
    const unsigned char *byte = (const unsigned char *)*at;
    size_t length = pensel_utf8_length(*at, (size_t)(end - *at));
    *at += length > 0 ? length : 1;
    if (length == 2) return (byte[0] & 31u) << 6 | (byte[1] & 63u);
    if (length == 3) return (byte[0] & 15u) << 12 | (byte[1] & 63u) << 6 | (byte[2] & 63u);
    return length == 0 ? pensel_text_code_of_byte(*byte) : *byte;
}

/* Takes blanks and one sign of a unit, and with `sign` one of plus and minus, away from the front.
 * True: something else stands there, at *at. The same serves for what follows a number, where
 * nothing may be left. */
static bool skip_front(const char **at, const char *end, unsigned *unit, char *sign)
{
    for (const char *from = *at; from < end; *at = from) {
        unsigned code = next(&from, end);
        if (is_blank(code)) continue;
        unsigned currency = *unit ? 0 : currency_code(*at, end);
        if (currency) {
            *unit = currency;
            from = *at + 3;
        } else if (is_unit(code) && !*unit) {
            *unit = code;
        } else if ((code == '-' || code == '+') && sign && !*sign) {
            *sign = (char)code;
        } else {
            return true;
        }
    }
    return false;
}

/* The digits before the fraction, of which three stand behind each mark; without the marks to *to.
 * One to three stand before the first mark, without a zero in front, and all marks are the same: so
 * 1,23 is no number with a point, and 0,123 none either. A mark counts only before a digit. */
static bool copy_groups(char **to, const char **at, const char *end, unsigned point)
{
    unsigned mark = 0;
    size_t digits = 0, groups = 0;
    bool zero = *at < end && **at == '0';
    while (*at < end) {
        const char *from = *at;
        unsigned code = next(&from, end), after = 0;
        const char *ahead = from;
        if (ahead < end) after = next(&ahead, end);
        if (code >= '0' && code <= '9') {
            *(*to)++ = (char)code;
            digits++;
        } else if ((code == '\'' || code == '.' || code == ',' || is_blank(code)) &&
                   code != point && after >= '0' && after <= '9') {
            if ((mark && mark != code) || digits == 0 ||
                (groups ? digits != 3 : digits > 3 || zero))
                return false;
            mark = code;
            groups++;
            digits = 0;
        } else {
            break;
        }
        *at = from;
    }
    return groups == 0 || digits == 3;
}

/* [blanks, unit, sign] groups [point digits] [e exponent] [blanks, unit]; anything else is no
 * number. */
bool pensel_cell_number(double *value, unsigned *unit, const char *text, size_t length,
                        pensel_number_style style)
{
    char plain[LONGEST + 1], *to = plain, sign = 0;
    const char *at = text, *end = text + length;
    char point = style == PENSEL_NUMBERS_COMMA ? ',' : '.';
    *unit = 0;
    if (style == PENSEL_NUMBERS_PLAIN) return pensel_number_parse(value, text, length);
    if (length > LONGEST - 2 || !skip_front(&at, end, unit, &sign)) return false;
    if (sign) *to++ = sign;
    if (!copy_groups(&to, &at, end, (unsigned)point)) return false;
    for (; at < end && (is_digit(*at) || *at == point || *at == 'e' || *at == 'E' ||
                        ((*at == '-' || *at == '+') && (at[-1] == 'e' || at[-1] == 'E')));
         at++)
        *to++ = *at == point ? '.' : *at;
    if (skip_front(&at, end, unit, NULL)) return false;
    return pensel_number_parse(value, plain, (size_t)(to - plain));
}
