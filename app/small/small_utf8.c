/* UTF-8: Unicode, chapter 3, table 3-7 says which bytes may follow which. */
#include <glib.h>

/* Bytes of the character that begins here, 0: none does. `left` bytes are there. */
static gsize character(const unsigned char *c, gsize left)
{
    gsize size = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    if (!size || c[0] > 0xf4 || size > left) return 0;
    for (gsize i = 1; i < size; i++)
        if ((c[i] & 0xc0) != 0x80) return 0;
    bool overlong = (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xf0 && c[1] < 0x90);
    bool surrogate = c[0] == 0xed && c[1] > 0x9f, beyond = c[0] == 0xf4 && c[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : size;
}

gboolean g_utf8_validate(const char *text, gssize length, const char **end)
{
    gsize left = length < 0 ? strlen(text) : (gsize)length, size = 1;
    for (; left && *text; text += size, left -= size) {
        size = character((const unsigned char *)text, left);
        if (!size) break;
    }
    if (end) *end = text;
    return left == 0;
}

char *g_utf8_make_valid(const char *text, gssize length)
{
    GString *out = g_string_new(NULL);
    gsize left = length < 0 ? strlen(text) : (gsize)length;
    for (const char *end; !g_utf8_validate(text, (gssize)left, &end);) {
        g_string_append_len(out, text, end - text);
        g_string_append(out, "\xef\xbf\xbd"); /* one for each byte that is wrong */
        left -= (gsize)(end - text) + 1;
        text = end + 1;
    }
    g_string_append_len(out, text, (gssize)left);
    return g_string_free(out, FALSE);
}

const char *pensel_utf8_next(const char *text)
{
    unsigned char c = (unsigned char)*text;
    return text + (c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4);
}

gunichar g_utf8_get_char(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    gsize size = (gsize)(pensel_utf8_next(text) - text);
    gunichar code = size == 1 ? c[0] : c[0] & (0x7fU >> size);
    for (gsize i = 1; i < size; i++)
        code = code << 6 | (c[i] & 0x3f);
    return code;
}

/* The whole text: no other length is asked for. */
glong g_utf8_strlen(const char *text, gssize length)
{
    glong count = 0;
    (void)length;
    for (; *text; text = pensel_utf8_next(text))
        count++;
    return count;
}

char *g_utf8_substring(const char *text, glong first, glong end)
{
    for (glong i = 0; i < first; i++)
        text = pensel_utf8_next(text);
    const char *stop = text;
    for (glong i = first; i < end; i++)
        stop = pensel_utf8_next(stop);
    return g_strndup(text, (gsize)(stop - text));
}

typedef struct range {
    gunichar first, last;
} range;

static gboolean lies_in(gunichar c, const range *ranges, gsize count)
{
    for (gsize i = 0; i < count; i++)
        if (c >= ranges[i].first && c <= ranges[i].last) return TRUE;
    return FALSE;
}

/* The blocks of Unicode's EastAsianWidth.txt that are wide or full throughout; columns of a table
 * are aligned by it, and nothing else. */
gboolean g_unichar_iswide(gunichar c)
{
    static const range wide[] = {
        {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
        {0x4e00, 0xa4cf},   {0xa960, 0xa97c},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
        {0xfe30, 0xfe6f},   {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f320},
        {0x1f400, 0x1f43e}, {0x1f600, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    return lies_in(c, wide, G_N_ELEMENTS(wide));
}

/* Accents that are put on the letter before, and what joins or directs letters. */
gboolean g_unichar_iszerowidth(gunichar c)
{
    static const range none[] = {
        {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},   {0x64b, 0x65f},
        {0x1ab0, 0x1ace}, {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064},
        {0x20d0, 0x20f0}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef}};
    return lies_in(c, none, G_N_ELEMENTS(none));
}

gboolean g_get_charset(const char **name)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    (void)name;
#ifdef _WIN32
    return TRUE; /* its terminals show what they are given as UTF-8 */
#endif
    for (gsize i = 0; i < G_N_ELEMENTS(variables); i++) {
        const char *said = getenv(variables[i]), *dot = said ? strchr(said, '.') : NULL;
        if (!said || !*said) continue;
        return dot && (!strncasecmp(dot, ".utf-8", 6) || !strncasecmp(dot, ".utf8", 5));
    }
    return FALSE;
}
