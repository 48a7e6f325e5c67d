/* What the program uses of GLib, for builds without it: one file for Linux, Windows and macOS. The
 * names, the arguments and what comes out are GLib's; its documentation is this header's, too.
 * tests/small_glib.c, which is compiled with either, compares the two.
 *
 * To add a function: declare it here, define it in the small_ file of its kind with GLib's meaning,
 * and call it in tests/small_glib.c. */
#ifndef PENSEL_APP_SMALL_GLIB_H
#define PENSEL_APP_SMALL_GLIB_H

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

typedef int gboolean;
typedef int gint;
typedef unsigned guint;
typedef long glong;
typedef size_t gsize;
typedef ptrdiff_t gssize;
typedef uint8_t guint8;
typedef int64_t gint64;
typedef uint64_t guint64;
typedef uint32_t gunichar;
typedef void *gpointer;
typedef const void *gconstpointer;
typedef int (*GCompareFunc)(gconstpointer a, gconstpointer b);
typedef int (*GCompareDataFunc)(gconstpointer a, gconstpointer b, gpointer data);
typedef void (*GDestroyNotify)(gpointer data);

#define FALSE 0
#define TRUE 1
#define G_N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define CLAMP(x, low, high) ((x) > (high) ? (high) : (x) < (low) ? (low) : (x))
#define G_LITTLE_ENDIAN 1234
#define G_BIG_ENDIAN 4321
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define G_BYTE_ORDER G_LITTLE_ENDIAN
#else
#define G_BYTE_ORDER G_BIG_ENDIAN
#endif
#define G_GUINT64_FORMAT PRIu64
#define G_MAXUINT32 UINT32_MAX
#define G_MAXUINT64 UINT64_MAX
#define G_USEC_PER_SEC 1000000
#define G_GNUC_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define g_assert(condition) ((condition) ? (void)0 : abort())

/* Memory: those that cannot fail end the program by way of the log. */
gpointer g_malloc(gsize size);
gpointer g_malloc0(gsize size);
gpointer g_malloc_n(gsize count, gsize size);
gpointer g_malloc0_n(gsize count, gsize size);
gpointer g_realloc_n(gpointer memory, gsize count, gsize size);
gpointer g_try_malloc(gsize size);
gpointer g_try_malloc_n(gsize count, gsize size);
void g_free(gpointer memory);
gpointer g_memdup2(gconstpointer memory, gsize size);
#define g_new(type, count) ((type *)g_malloc_n(count, sizeof(type)))
#define g_new0(type, count) ((type *)g_malloc0_n(count, sizeof(type)))
#define g_try_new(type, count) ((type *)g_try_malloc_n(count, sizeof(type)))
#define g_renew(type, memory, count) ((type *)g_realloc_n(memory, count, sizeof(type)))
#define g_clear_pointer(pointer, release)         \
    do {                                          \
        void *held = *(void **)(void *)(pointer); \
        *(pointer) = NULL;                        \
        if (held) (release)(held);                \
    } while (0)

typedef enum { G_LOG_LEVEL_ERROR = 4, G_LOG_LEVEL_WARNING = 16 } GLogLevelFlags;
typedef void (*GLogFunc)(const char *domain, GLogLevelFlags level, const char *message,
                         gpointer data);
GLogFunc g_log_set_default_handler(GLogFunc handler, gpointer data);
void g_log_default_handler(const char *domain, GLogLevelFlags level, const char *message,
                           gpointer data);

/* Text */
char *g_strdup(const char *text);
char *g_strndup(const char *text, gsize most);
char *g_strnfill(gsize length, char letter);
char *g_strconcat(const char *first, ...) __attribute__((sentinel));
char *g_strjoin(const char *between, ...) __attribute__((sentinel));
char *g_strjoinv(const char *between, char **words);
char *g_strdup_printf(const char *format, ...) G_GNUC_PRINTF(1, 2);
char *g_strdup_vprintf(const char *format, va_list list) G_GNUC_PRINTF(1, 0);
char **g_strsplit(const char *text, const char *between, int most);
void g_strfreev(char **words);
guint g_strv_length(char **words);
char *g_strchomp(char *text);
char *g_strstrip(char *text);
char *g_strdelimit(char *text, const char *those, char by);
char *g_ascii_strdown(const char *text, gssize length);
gsize g_strlcpy(char *to, const char *from, gsize room);
int g_strcmp0(const char *a, const char *b);
gboolean g_str_has_prefix(const char *text, const char *part);
gboolean g_str_has_suffix(const char *text, const char *part);
const char *g_intern_string(const char *text);
char *g_markup_escape_text(const char *text, gssize length);
#define g_snprintf snprintf
#define g_strerror strerror
#define g_ascii_strcasecmp strcasecmp
#define g_ascii_strtoull strtoull
#define g_ascii_isdigit(c) ((c) >= '0' && (c) <= '9')
#define g_ascii_isalpha(c) (((c) >= 'a' && (c) <= 'z') || ((c) >= 'A' && (c) <= 'Z'))
#define g_ascii_iscntrl(c) ((unsigned char)(c) < 32 || (c) == 127)
char g_ascii_tolower(char letter);

/* Numbers. The program leaves the locale of numbers alone, so that strtod knows one point only. */
#define G_ASCII_DTOSTR_BUF_SIZE 39
#define g_ascii_strtod strtod
char *g_ascii_dtostr(char *text, int room, double number);
char *g_ascii_formatd(char *text, int room, const char *format, double number);
typedef struct GError {
    int code;
    char *message;
} GError;
void g_error_free(GError *error);
/* No error is made: nobody asks for it. */
gboolean g_ascii_string_to_unsigned(const char *text, guint base, guint64 low, guint64 high,
                                    guint64 *number, GError **error);

typedef struct GString {
    char *str;
    gsize len, allocated_len;
} GString;
GString *g_string_new(const char *text);
char *g_string_free(GString *string, gboolean all);
GString *g_string_append(GString *string, const char *text);
GString *g_string_append_len(GString *string, const char *text, gssize length);
GString *g_string_append_c(GString *string, char letter);
GString *g_string_truncate(GString *string, gsize length);
void g_string_append_printf(GString *string, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* UTF-8 */
gboolean g_utf8_validate(const char *text, gssize length, const char **end);
char *g_utf8_make_valid(const char *text, gssize length);
glong g_utf8_strlen(const char *text, gssize length);
char *g_utf8_substring(const char *text, glong first, glong end);
gunichar g_utf8_get_char(const char *text);
const char *pensel_utf8_next(const char *text);
#define g_utf8_next_char(text) pensel_utf8_next(text)
gboolean g_unichar_iswide(gunichar c);
gboolean g_unichar_iszerowidth(gunichar c);
gboolean g_get_charset(const char **name); /* nobody asks for the name */

/* Lists */
typedef struct GArray {
    char *data;
    guint len;
} GArray;
GArray *g_array_new(gboolean zero_end, gboolean zeroed, guint size);
char *g_array_free(GArray *array, gboolean all);
GArray *g_array_append_vals(GArray *array, gconstpointer values, guint count);
GArray *g_array_set_size(GArray *array, guint count);
void g_array_sort(GArray *array, GCompareFunc compare);
#define g_array_append_val(array, value) g_array_append_vals(array, &(value), 1)
#define g_array_index(array, type, index) (((type *)(void *)(array)->data)[index])

typedef struct GPtrArray {
    gpointer *pdata;
    guint len;
} GPtrArray;
GPtrArray *g_ptr_array_new(void);
GPtrArray *g_ptr_array_new_with_free_func(GDestroyNotify release);
void g_ptr_array_add(GPtrArray *array, gpointer item);
gpointer g_ptr_array_remove_index(GPtrArray *array, guint index);
gpointer *g_ptr_array_free(GPtrArray *array, gboolean all);
#define g_ptr_array_index(array, index) ((array)->pdata[index])

typedef struct GByteArray {
    guint8 *data;
    guint len;
} GByteArray;
GByteArray *g_byte_array_new(void);
GByteArray *g_byte_array_append(GByteArray *array, const guint8 *bytes, guint count);
guint8 *g_byte_array_free(GByteArray *array, gboolean all);

/* The keys are texts: no others are asked for. */
typedef struct GHashTable GHashTable;
typedef guint (*GHashFunc)(gconstpointer key);
typedef gboolean (*GEqualFunc)(gconstpointer a, gconstpointer b);
guint g_str_hash(gconstpointer key);
gboolean g_str_equal(gconstpointer a, gconstpointer b);
GHashTable *g_hash_table_new(GHashFunc hash, GEqualFunc equal);
gpointer g_hash_table_lookup(GHashTable *table, gconstpointer key);
gboolean g_hash_table_insert(GHashTable *table, gpointer key, gpointer value);

/* Stable, as GLib's is. */
void g_qsort_with_data(gconstpointer items, gint count, gsize size, GCompareDataFunc compare,
                       gpointer data);

/* The system */
typedef struct GMutex {
    pthread_mutex_t lock;
} GMutex;
typedef struct GCond {
    pthread_cond_t cond;
} GCond;
void g_mutex_init(GMutex *mutex);
void g_mutex_clear(GMutex *mutex);
void g_mutex_lock(GMutex *mutex);
void g_mutex_unlock(GMutex *mutex);
void g_cond_init(GCond *cond);
void g_cond_clear(GCond *cond);
void g_cond_broadcast(GCond *cond);
gboolean g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 until);
gint64 g_get_monotonic_time(void);
#define g_getenv getenv
gboolean g_setenv(const char *name, const char *value, gboolean again);
const char *g_get_tmp_dir(void);
int g_file_open_tmp(const char *pattern, char **name, GError **error);
typedef enum { G_FILE_TEST_IS_REGULAR } GFileTest;
gboolean g_file_test(const char *path, GFileTest what);
char *g_path_get_basename(const char *path);
char *g_canonicalize_filename(const char *path, const char *from);
char *g_build_filename(const char *first, ...) __attribute__((sentinel));

/* The command line */
typedef enum { G_OPTION_ARG_NONE, G_OPTION_ARG_FILENAME, G_OPTION_ARG_FILENAME_ARRAY } GOptionArg;
enum { G_OPTION_ERROR_UNKNOWN_OPTION, G_OPTION_ERROR_BAD_VALUE };
#define G_OPTION_REMAINING ""
typedef struct GOptionEntry {
    const char *long_name;
    char short_name;
    int flags;
    GOptionArg arg;
    gpointer arg_data;
    const char *description, *arg_description;
} GOptionEntry;
typedef struct GOptionContext GOptionContext;
GOptionContext *g_option_context_new(const char *text);
void g_option_context_free(GOptionContext *context);
void g_option_context_set_help_enabled(GOptionContext *context, gboolean enabled);
void g_option_context_add_main_entries(GOptionContext *context, const GOptionEntry *entries,
                                       const char *domain);
/* Words stay in argv: nobody looks at them afterwards. */
gboolean g_option_context_parse(GOptionContext *context, gint *argc, char ***argv, GError **error);

#endif
