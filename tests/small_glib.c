/* What app/small does in GLib's stead, asked of the same things: compiled with either, this program
 * must print the same. tests/lite_check.py compares. Texts are drawn from a small alphabet that has
 * all that one could stumble over; the numbers are of a generator of its own (Knuth's MMIX). */
#include <glib.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

static uint64_t state = 20;

static unsigned draw(unsigned below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % below;
}

static char *draw_text(void)
{
    static const char *const parts[] = {"a",        "B",        " ",
                                        "\t",       "=",        ",",
                                        "x",        "\xc3\xa9", "/",
                                        "..",       ".",        "\xe4\xb8\xad",
                                        "&",        "<",        "\"",
                                        "'",        "_",        "\n",
                                        "9",        "\xcc\x81", "\xf0\x9f\x98\x80",
                                        "\x01",     "\x7f",     "-",
                                        "\xc2\x85", "\xc2\x90", "\xe2\x80\x8b"};
    GString *text = g_string_new(NULL);
    for (unsigned n = draw(9); n; n--)
        g_string_append(text, parts[draw(G_N_ELEMENTS(parts))]);
    return g_string_free(text, FALSE);
}

static void show(const char *name, char *text)
{
    printf("%s [%s]\n", name, text ? text : "NULL");
    g_free(text);
}

static void show_words(char **words)
{
    for (guint i = 0; words[i]; i++)
        printf(" %u [%s]", i, words[i]);
    printf(" of %u\n", g_strv_length(words));
}

static void try_texts(void)
{
    char *a = draw_text(), *b = draw_text(), room[5];
    char **words = g_strsplit(a, ",", (int)draw(4)), **parts = g_strsplit(b, "..", -1);
    show_words(words);
    show_words(parts);
    show("joined", g_strjoinv(" or ", words));
    show("join", g_strjoin("-", a, b, "end", NULL));
    show("concat", g_strconcat(a, b, NULL));
    show("ndup", g_strndup(a, draw(6)));
    show("strip", g_strstrip(g_strdup(a)));
    show("chomp", g_strchomp(g_strdup(b)));
    show("delimit", g_strdelimit(g_strdup(a), "_,", '-'));
    show("down", g_ascii_strdown(a, -1));
    show("markup", g_markup_escape_text(a, -1));
    show("base", g_path_get_basename(a));
    show("canonical", g_canonicalize_filename(a, "/here/and/there"));
    show("built", g_build_filename("/here", *a ? a : "a", "c", NULL));
    show("fill", g_strnfill(draw(5), 'r'));
    printf("%d %d %d %d\n", g_str_has_prefix(a, b), g_str_has_suffix(a, b), g_strcmp0(a, NULL) > 0,
           g_strcmp0(NULL, NULL));
    printf("%zu", (size_t)g_strlcpy(room, a, sizeof room));
    printf(" [%s] %d\n", room, g_intern_string(a) == g_intern_string(a));
    g_strfreev(words);
    g_strfreev(parts);
    g_free(a);
    g_free(b);
}

/* Bytes at random, most of them no UTF-8. */
static void try_utf8(void)
{
    static const unsigned char bytes[] = {0x41, 0xc3, 0xa9, 0xe2, 0x80, 0xa6, 0xf0,
                                          0x9f, 0x98, 0xed, 0xa0, 0x80, 0xc0, 0xf4,
                                          0x90, 0x8f, 0xff, 0xe0, 0x9f, 0xbf};
    char text[8] = "";
    const char *end;
    for (unsigned i = 0, n = draw(8); i < n; i++)
        text[i] = (char)bytes[draw(sizeof bytes)];
    printf("valid %d", g_utf8_validate(text, -1, &end));
    printf(" to %d\n", (int)(end - text));
    char *valid = g_utf8_make_valid(text, -1);
    glong length = g_utf8_strlen(valid, -1), first = (glong)draw((unsigned)length + 1);
    show("part", g_utf8_substring(valid, first, length));
    for (const char *c = valid; *c; c = g_utf8_next_char(c))
        printf("%x ", (unsigned)g_utf8_get_char(c));
    show("made", valid);
}

static void try_numbers(void)
{
    static const char *const words[] = {
        "0",   "12", "+1", "-1", " 1", "1 ", "", "18446744073709551615", "18446744073709551616",
        "007", "3x"};
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    double number = ldexp((double)draw(1u << 30) - (1 << 29), (int)draw(120) - 60);
    printf("%s", g_ascii_dtostr(text, sizeof text, number));
    printf(" %s\n", g_ascii_formatd(text, sizeof text, "%.15g", number));
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        guint64 value = 77;
        int good = g_ascii_string_to_unsigned(words[i], 10, 1, G_MAXUINT64, &value, NULL);
        printf("%d %llu, ", good, good ? (unsigned long long)value : 0);
    }
    printf("\n");
}

static int by_tens(gconstpointer a, gconstpointer b, gpointer data)
{
    return *(const int *)a / *(int *)data - *(const int *)b / *(int *)data;
}

static int by_value(gconstpointer a, gconstpointer b)
{
    return *(const int *)a - *(const int *)b;
}

static void try_lists(void)
{
    int ten = 10, count = (int)draw(40);
    GArray *array = g_array_new(FALSE, TRUE, sizeof(int));
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < count; i++) {
        int number = (int)draw(100);
        g_array_append_val(array, number);
        g_ptr_array_add(texts, g_strdup_printf("%d", number));
    }
    g_qsort_with_data(array->data, count, sizeof(int), by_tens,
                      &ten); /* equal tens stay as they were */
    for (guint i = 0; i < array->len; i++)
        printf("%d ", g_array_index(array, int, i));
    g_array_sort(array, by_value);
    g_array_set_size(array, (guint)count / 2);
    g_array_append_vals(array, (const int[]){1, 2, 3}, 3);
    for (guint i = 0; i < array->len; i++)
        printf("%d ", g_array_index(array, int, i));
    while (texts->len > 3)
        g_ptr_array_remove_index(texts, draw(texts->len));
    for (guint i = 0; i < texts->len; i++)
        printf("%s ", (char *)g_ptr_array_index(texts, i));
    printf("%u\n", texts->len);
    g_ptr_array_free(texts, TRUE);
    g_array_free(array, TRUE);
}

static void try_table(void)
{
    GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);
    int values[] = {1, 2, 3};
    printf("%d ", g_hash_table_insert(table, (gpointer) "a", &values[0]));
    printf("%d ", g_hash_table_insert(table, (gpointer) "b", &values[1]));
    printf("%d ", g_hash_table_insert(table, (gpointer) "a", &values[2]));
    printf("%d %d\n", *(int *)g_hash_table_lookup(table, "a"),
           g_hash_table_lookup(table, "c") == NULL);
}

static void try_bytes(void)
{
    GByteArray *bytes = g_byte_array_new();
    GString *text = g_string_new("abc");
    for (int i = 0; i < 100; i++)
        g_byte_array_append(bytes, (const guint8 *)"pensel", 6);
    printf("%u %.12s\n", bytes->len, (char *)bytes->data + 588);
    g_string_append_c(text, 'd');
    g_string_append_len(text, "e\0f", 3);
    printf("%d ", (int)text->len);
    g_string_truncate(text, 4);
    g_string_append_printf(text, "%05d", 42);
    printf("%s %d\n", text->str, (int)text->len);
    g_byte_array_free(bytes, TRUE);
    g_string_free(text, TRUE);
}

/* A command line as the program's are: words of options that are there and of some that are not. */
static void try_options(void)
{
    static const char *const possible[] = {
        "--flag", "--value", "--value=3", "-v",   "-v7",      "-f",       "word", "-fv", "--",
        "-",      "--none",  "-z",        "-ffv", "--flag=1", "--value=", "-fz",  "-vf", "-vv"};
    char *argv[8] = {(char *)"program"}, **list = argv, *value = NULL, **words = NULL;
    int argc = 1 + (int)draw(6);
    gboolean flag = FALSE;
    const GOptionEntry entries[] = {
        {"flag", 'f', 0, G_OPTION_ARG_NONE, &flag, NULL, NULL},
        {"value", 'v', 0, G_OPTION_ARG_FILENAME, &value, NULL, NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    for (int i = 1; i < argc; i++)
        argv[i] = (char *)possible[draw(G_N_ELEMENTS(possible))];
    for (int i = 1; i < argc; i++)
        printf("%s ", argv[i]);
    GOptionContext *context = g_option_context_new(NULL);
    GError *error = NULL;
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, entries, NULL);
    if (g_option_context_parse(context, &argc, &list, &error)) {
        printf(": flag %d, value %s,", flag, value ? value : "none");
        if (words) show_words(words);
        printf("\n");
    } else {
        printf(": %s, %d\n", error->message, error->code == G_OPTION_ERROR_UNKNOWN_OPTION);
        g_error_free(error);
    }
    g_option_context_free(context);
    g_strfreev(words);
    g_free(value);
}

int main(void)
{
    setlocale(LC_CTYPE, "");
    for (int i = 0; i < 2000; i++) {
        try_texts();
        try_utf8();
        try_numbers();
        try_lists();
        try_options();
    }
    try_table();
    try_bytes();
    return 0;
}
