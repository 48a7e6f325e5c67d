/* Locks, the clock, paths and files. */
#include <glib.h>
#include <glib/gstdio.h>

#include <fcntl.h>
#include <time.h>

void g_mutex_init(GMutex *mutex)
{
    pthread_mutex_init(&mutex->lock, NULL);
}

void g_mutex_clear(GMutex *mutex)
{
    pthread_mutex_destroy(&mutex->lock);
}

void g_mutex_lock(GMutex *mutex)
{
    pthread_mutex_lock(&mutex->lock);
}

void g_mutex_unlock(GMutex *mutex)
{
    pthread_mutex_unlock(&mutex->lock);
}

void g_cond_init(GCond *cond)
{
    pthread_cond_init(&cond->cond, NULL);
}

void g_cond_clear(GCond *cond)
{
    pthread_cond_destroy(&cond->cond);
}

void g_cond_broadcast(GCond *cond)
{
    pthread_cond_broadcast(&cond->cond);
}

/* Not every system lets a condition wait by the monotonic clock: the rest of the time is asked for
 * by the other one. */
gboolean g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 until)
{
    gint64 left = MAX(until - g_get_monotonic_time(), 0);
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    left += at.tv_nsec / 1000;
    at.tv_sec += (time_t)(left / G_USEC_PER_SEC);
    at.tv_nsec = (long)(left % G_USEC_PER_SEC) * 1000;
    return pthread_cond_timedwait(&cond->cond, &mutex->lock, &at) == 0;
}

gint64 g_get_monotonic_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

gboolean g_setenv(const char *name, const char *value, gboolean again)
{
#ifdef _WIN32
    return (again || !getenv(name)) && _putenv_s(name, value) == 0;
#else
    return setenv(name, value, again) == 0;
#endif
}

const char *g_get_tmp_dir(void)
{
    static const char *const variables[] = {"TMPDIR", "TMP", "TEMP"};
    for (gsize i = 0; i < G_N_ELEMENTS(variables); i++) {
        const char *said = getenv(variables[i]);
        if (said && *said) return said;
    }
    return "/tmp";
}

int g_file_open_tmp(const char *pattern, char **name, GError **error)
{
    char *path = g_build_filename(g_get_tmp_dir(), pattern, (char *)NULL);
    int file = mkstemp(path);
    if (file < 0) {
        if (error) *error = g_new0(GError, 1), (*error)->message = g_strdup(strerror(errno));
        g_clear_pointer(&path, g_free);
    }
    *name = path;
    return file;
}

/* G_FILE_TEST_IS_REGULAR is all that is asked for. */
gboolean g_file_test(const char *path, GFileTest what)
{
    struct stat info;
    (void)what;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static bool parts(char c)
{
#ifdef _WIN32
    if (c == '\\') return true;
#endif
    return c == '/';
}

char *g_path_get_basename(const char *path)
{
    gsize end = strlen(path), first;
    if (!end) return g_strdup(".");
    while (end && parts(path[end - 1]))
        end--;
    if (!end) return g_strdup("/");
    for (first = end; first && !parts(path[first - 1]);)
        first--;
    return g_strndup(path + first, end - first);
}

/* One "/" between the words, however many they bring. */
char *g_build_filename(const char *first, ...)
{
    GString *path = g_string_new(NULL);
    va_list list;
    va_start(list, first);
    for (const char *word = first; word; word = va_arg(list, const char *)) {
        while (word != first && parts(word[0]))
            word++;
        while (word != first && path->len && parts(path->str[path->len - 1]))
            g_string_truncate(path, path->len - 1);
        if (word != first) g_string_append_c(path, '/');
        g_string_append(path, word);
    }
    va_end(list);
    return g_string_free(path, FALSE);
}

static bool is_absolute(const char *path)
{
#ifdef _WIN32
    if (path[0] && path[1] == ':') return true;
#endif
    return parts(path[0]);
}

/* Absolute, without ".", ".." and empty parts; links are not followed. */
char *g_canonicalize_filename(const char *path, const char *from)
{
    char here[4096];
    GString *out = g_string_new(NULL), *whole = g_string_new(NULL);
    if (!is_absolute(path)) {
        g_string_append(whole, from ? from : getcwd(here, sizeof here) ? here : "/");
        g_string_append_c(whole, '/');
    }
    g_string_append(whole, path);
    for (char *at = whole->str; *at;) {
        gsize length = 0;
        while (at[length] && !parts(at[length]))
            length++;
        if (length == 2 && !strncmp(at, "..", 2)) {
            while (out->len && out->str[out->len - 1] != '/')
                g_string_truncate(out, out->len - 1);
            g_string_truncate(out, out->len ? out->len - 1 : 0);
        } else if (length && !(length == 1 && *at == '.')) {
            g_string_append_c(out, '/');
            g_string_append_len(out, at, (gssize)length);
        }
        at += length + (at[length] != 0);
    }
    if (!out->len) g_string_append_c(out, '/');
    /* two at its begin, and no more, have a meaning of their own (POSIX, 4.13) */
    const char *w = whole->str;
    if (parts(w[0]) && parts(w[1]) && !parts(w[2])) {
        char *two = g_strconcat("/", out->str, NULL);
        g_string_truncate(out, 0);
        g_string_append(out, two);
        g_free(two);
    }
    g_string_free(whole, TRUE);
    return g_string_free(out, FALSE);
}
