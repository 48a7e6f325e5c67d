/* Zip by its directory, which stands at the end (APPNOTE 6.3). Every length is checked before it is
 * used: the file may come from anywhere. */
#include "zip_entry.h"

#include "message.h"

#include <glib.h>
#include <string.h>

enum { END = 22, LONGEST_END = END + 65535, ITEM = 46, LOCAL = 30, LARGEST = 1 << 24 };

static uint32_t number(const unsigned char *at, int bytes)
{
    uint32_t value = 0;
    for (int i = bytes; i-- > 0;)
        value = value << 8 | at[i];
    return value;
}

static bool read_at(FILE *file, int64_t at, void *bytes, size_t size)
{
    return at >= 0 && !fseeko(file, at, SEEK_SET) && fread(bytes, 1, size, file) == size;
}

/* The directory, to be freed; NULL: there is none that is whole. */
static unsigned char *read_directory(FILE *file, size_t *size)
{
    fseeko(file, 0, SEEK_END);
    int64_t length = ftello(file);
    size_t tail = length < LONGEST_END ? (size_t)length : LONGEST_END, i;
    unsigned char *end = g_malloc(tail + 1), *directory = NULL;
    if (tail >= END && read_at(file, length - (int64_t)tail, end, tail)) {
        for (i = tail - END; i > 0 && memcmp(end + i, "PK\5\6", 4) != 0;)
            i--;
        *size = number(end + i + 12, 4);
        if (!memcmp(end + i, "PK\5\6", 4) && *size <= LARGEST) {
            directory = g_malloc(*size + 1);
            if (!read_at(file, number(end + i + 16, 4), directory, *size))
                g_clear_pointer(&directory, g_free);
        }
    }
    g_free(end);
    return directory;
}

/* Reads the item at *at, which moves past it: its name, to be freed, and where it is. */
static char *next_item(pensel_zip_entry *entry, const unsigned char **at, const unsigned char *end,
                       FILE *file)
{
    const unsigned char *item = *at;
    unsigned char local[LOCAL];
    if (end - item < ITEM || memcmp(item, "PK\1\2", 4) != 0) return NULL;
    size_t name = number(item + 28, 2);
    size_t whole = ITEM + name + number(item + 30, 2) + number(item + 32, 2);
    if ((size_t)(end - item) < whole) return NULL;
    uint32_t how = number(item + 10, 2), size = number(item + 20, 4), start = number(item + 42, 4);
    bool known = (how == 0 || how == 8) && size != UINT32_MAX && start != UINT32_MAX &&
                 !(number(item + 8, 2) & 1);
    if (!known || !read_at(file, start, local, LOCAL) || memcmp(local, "PK\3\4", 4) != 0)
        return NULL;
    *entry =
        (pensel_zip_entry){(int64_t)start + LOCAL + number(local + 26, 2) + number(local + 28, 2),
                           size, how == 8, number(item + 16, 4)};
    *at = item + whole;
    return g_strndup((const char *)item + ITEM, name);
}

static bool is_array(const char *item, const char *name)
{
    if (!g_str_has_suffix(item, ".npy")) return false;
    return !name || (strlen(item) == strlen(name) + 4 && !strncmp(item, name, strlen(name)));
}

static pensel_status none(const char *path, const char *name, const char *names, size_t found,
                          pensel_error *error)
{
    if (found > 1)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "%.200s has %zu arrays: name one of %s, as in %.100s:NAME", path, found,
                            names, path);
    return pensel_wrong(error, PENSEL_BAD_FILE, "%.200s has no array%s%.60s: it has %s", path,
                        name ? " " : "", name ? name : "", names[0] ? names : "none");
}

pensel_status pensel_zip_find(pensel_zip_entry *entry, FILE *file, const char *path,
                              const char *name, pensel_error *error)
{
    size_t size, found = 0;
    pensel_zip_entry one;
    *entry = (pensel_zip_entry){0};
    unsigned char *directory = read_directory(file, &size);
    if (!directory)
        return pensel_wrong(error, PENSEL_BAD_FILE,
                            "%.200s has no directory of its arrays: it is damaged or cut off",
                            path);
    GString *names = g_string_new(NULL);
    const unsigned char *at = directory;
    for (char *item; (item = next_item(&one, &at, directory + size, file)); g_free(item)) {
        if (is_array(item, name)) {
            *entry = one;
            found++;
        }
        if (is_array(item, NULL) && names->len < 200)
            g_string_append_printf(names, "%s%.*s", names->len ? ", " : "",
                                   (int)MIN(strlen(item) - 4, 60), item);
    }
    pensel_status status = found == 1 ? PENSEL_OK : none(path, name, names->str, found, error);
    g_string_free(names, TRUE);
    g_free(directory);
    return status;
}
