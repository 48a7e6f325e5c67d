/* Texts that end with a zero, and those that grow. */
#include <glib.h>

char *g_strdup(const char *text)
{
    return text ? g_memdup2(text, strlen(text) + 1) : NULL;
}

char *g_strndup(const char *text, gsize most)
{
    if (!text) return NULL;
    gsize length = strnlen(text, most);
    char *copy = g_malloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

char *g_strnfill(gsize length, char letter)
{
    char *text = g_malloc(length + 1);
    memset(text, letter, length);
    text[length] = 0;
    return text;
}

/* All words of the list, which ends with NULL, with `between` between them. */
static char *join_list(const char *between, const char *first, va_list list)
{
    GString *text = g_string_new(NULL);
    for (const char *word = first; word; word = va_arg(list, const char *)) {
        if (word != first) g_string_append(text, between);
        g_string_append(text, word);
    }
    return g_string_free(text, FALSE);
}

char *g_strconcat(const char *first, ...)
{
    va_list list;
    va_start(list, first);
    char *text = first ? join_list("", first, list) : NULL;
    va_end(list);
    return text;
}

char *g_strjoin(const char *between, ...)
{
    va_list list;
    va_start(list, between);
    const char *first = va_arg(list, const char *);
    char *text = join_list(between ? between : "", first, list);
    va_end(list);
    return text;
}

char *g_strjoinv(const char *between, char **words)
{
    GString *text = g_string_new(NULL);
    for (gsize i = 0; words[i]; i++) {
        if (i && between) g_string_append(text, between);
        g_string_append(text, words[i]);
    }
    return g_string_free(text, FALSE);
}

/* GLib gives NULL for want of memory, too. */
char *g_strdup_vprintf(const char *format, va_list list)
{
    va_list again;
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = length < 0 ? NULL : g_try_malloc((gsize)length + 1);
    if (text) vsnprintf(text, (gsize)length + 1, format, list);
    return text;
}

char *g_strdup_printf(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = g_strdup_vprintf(format, list);
    va_end(list);
    return text;
}

char **g_strsplit(const char *text, const char *between, int most)
{
    GPtrArray *words = g_ptr_array_new();
    gsize length = strlen(between);
    const char *end;
    if (most < 1) most = INT32_MAX;
    if (*text) {
        for (; (int)words->len + 1 < most && (end = strstr(text, between)); text = end + length)
            g_ptr_array_add(words, g_strndup(text, (gsize)(end - text)));
        g_ptr_array_add(words, g_strdup(text));
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

void g_strfreev(char **words)
{
    for (gsize i = 0; words && words[i]; i++)
        g_free(words[i]);
    g_free(words);
}

guint g_strv_length(char **words)
{
    guint count = 0;
    while (words[count])
        count++;
    return count;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

char *g_strchomp(char *text)
{
    gsize length = strlen(text);
    while (length && is_blank(text[length - 1]))
        text[--length] = 0;
    return text;
}

char *g_strstrip(char *text)
{
    gsize blank = 0;
    while (is_blank(text[blank]))
        blank++;
    memmove(text, text + blank, strlen(text + blank) + 1);
    return g_strchomp(text);
}

char *g_strdelimit(char *text, const char *those, char by)
{
    for (char *c = text; *c; c++)
        if (strchr(those, *c)) *c = by;
    return text;
}

char g_ascii_tolower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter + ('a' - 'A')) : letter;
}

char *g_ascii_strdown(const char *text, gssize length)
{
    char *copy = length < 0 ? g_strdup(text) : g_strndup(text, (gsize)length);
    for (char *c = copy; *c; c++)
        *c = g_ascii_tolower(*c);
    return copy;
}

gsize g_strlcpy(char *to, const char *from, gsize room)
{
    gsize length = strlen(from), kept = length < room ? length : room - 1;
    if (!room) return length;
    memmove(to, from, kept);
    to[kept] = 0;
    return length;
}

int g_strcmp0(const char *a, const char *b)
{
    if (!a || !b) return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

gboolean g_str_has_prefix(const char *text, const char *part)
{
    return strncmp(text, part, strlen(part)) == 0;
}

gboolean g_str_has_suffix(const char *text, const char *part)
{
    gsize length = strlen(text), end = strlen(part);
    return end <= length && strcmp(text + length - end, part) == 0;
}

/* They are kept as long as the program runs, and are few: the words of its options. */
const char *g_intern_string(const char *text)
{
    static GHashTable *kept;
    if (!text) return NULL;
    if (!kept) kept = g_hash_table_new(g_str_hash, g_str_equal);
    const char *found = g_hash_table_lookup(kept, text);
    if (found) return found;
    char *copy = g_strdup(text);
    g_hash_table_insert(kept, copy, copy);
    return copy;
}

/* Those control characters that XML does not know, also C1's in UTF-8, U+0080 to U+009F. */
static unsigned hidden(const unsigned char *c)
{
    if (*c < 32 && *c != '\t' && *c != '\n' && *c != '\r') return *c;
    if (*c == 0x7f) return *c;
    return c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f && c[1] != 0x85 ? c[1] : 0;
}

char *g_markup_escape_text(const char *text, gssize length)
{
    GString *out = g_string_new(NULL);
    char *copy = length < 0 ? g_strdup(text) : g_strndup(text, (gsize)length);
    for (const char *c = copy; *c; c++) {
        static const char raw[] = "&<>'\"";
        static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&apos;", "&quot;"};
        const char *found = strchr(raw, *c);
        unsigned code = hidden((const unsigned char *)c);
        if (found)
            g_string_append(out, names[found - raw]);
        else if (code)
            g_string_append_printf(out, "&#x%x;", code);
        else
            g_string_append_c(out, *c);
        if (code >= 0x80) c++;
    }
    g_free(copy);
    return g_string_free(out, FALSE);
}

void g_error_free(GError *error)
{
    g_free(error->message);
    g_free(error);
}

char *g_ascii_formatd(char *text, int room, const char *format, double number)
{
    char exact[16]; /* the compiler checks no format that it does not see */
    g_strlcpy(exact, format, sizeof exact);
    int precision = exact[1] == '.' ? (int)strtol(exact + 2, NULL, 10) : 6;
    snprintf(text, (gsize)room, strchr(exact, 'g') ? "%.*g" : "%.*f", precision, number);
    return text;
}

char *g_ascii_dtostr(char *text, int room, double number)
{
    return g_ascii_formatd(text, room, "%.17g", number);
}

gboolean g_ascii_string_to_unsigned(const char *text, guint base, guint64 low, guint64 high,
                                    guint64 *number, GError **error)
{
    char *end;
    (void)error;
    if (!g_ascii_isdigit(text[0])) return FALSE;
    errno = 0;
    guint64 value = strtoull(text, &end, (int)base);
    if (*end || errno == ERANGE || value < low || value > high) return FALSE;
    if (number) *number = value;
    return TRUE;
}

static void make_room(GString *string, gsize more)
{
    if (string->len + more < string->allocated_len) return;
    string->allocated_len = 2 * (string->len + more) + 16;
    string->str = g_realloc_n(string->str, string->allocated_len, 1);
}

GString *g_string_new(const char *text)
{
    GString *string = g_new0(GString, 1);
    make_room(string, 0);
    string->str[0] = 0;
    return text ? g_string_append(string, text) : string;
}

char *g_string_free(GString *string, gboolean all)
{
    char *text = string->str;
    g_free(string);
    if (!all) return text;
    g_free(text);
    return NULL;
}

GString *g_string_append_len(GString *string, const char *text, gssize length)
{
    gsize more = length < 0 ? strlen(text) : (gsize)length;
    make_room(string, more);
    memcpy(string->str + string->len, text, more);
    string->len += more;
    string->str[string->len] = 0;
    return string;
}

GString *g_string_append(GString *string, const char *text)
{
    return g_string_append_len(string, text, -1);
}

GString *g_string_append_c(GString *string, char letter)
{
    return g_string_append_len(string, &letter, 1);
}

GString *g_string_truncate(GString *string, gsize length)
{
    string->len = MIN(string->len, length);
    string->str[string->len] = 0;
    return string;
}

void g_string_append_printf(GString *string, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = g_strdup_vprintf(format, list);
    va_end(list);
    if (text) g_string_append(string, text);
    g_free(text);
}
