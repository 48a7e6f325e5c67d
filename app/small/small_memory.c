/* Memory, and the log that is told when there is none. */
#include <glib.h>

static GLogFunc log_handler = g_log_default_handler;
static gpointer log_data;

GLogFunc g_log_set_default_handler(GLogFunc handler, gpointer data)
{
    GLogFunc before = log_handler;
    log_handler = handler;
    log_data = data;
    return before;
}

void g_log_default_handler(const char *domain, GLogLevelFlags level, const char *message,
                           gpointer data)
{
    (void)data;
    fprintf(stderr, "%s: %s\n", domain ? domain : "pensel", message ? message : "");
    if (level & G_LOG_LEVEL_ERROR) abort();
}

/* The handler ends the program. */
static void *there(void *memory, gsize size)
{
    if (memory || !size) return memory;
    log_handler("GLib", G_LOG_LEVEL_ERROR, "failed to allocate memory", log_data);
    abort();
}

static bool fits(gsize count, gsize size)
{
    return !size || count <= SIZE_MAX / size;
}

gpointer g_try_malloc(gsize size)
{
    return size ? malloc(size) : NULL;
}

gpointer g_try_malloc_n(gsize count, gsize size)
{
    return fits(count, size) ? g_try_malloc(count * size) : NULL;
}

gpointer g_malloc(gsize size)
{
    return there(g_try_malloc(size), size);
}

gpointer g_malloc0(gsize size)
{
    return there(size ? calloc(1, size) : NULL, size);
}

gpointer g_malloc_n(gsize count, gsize size)
{
    return fits(count, size) ? g_malloc(count * size) : there(NULL, SIZE_MAX);
}

gpointer g_malloc0_n(gsize count, gsize size)
{
    return fits(count, size) ? g_malloc0(count * size) : there(NULL, SIZE_MAX);
}

gpointer g_realloc_n(gpointer memory, gsize count, gsize size)
{
    if (!fits(count, size)) return there(NULL, SIZE_MAX);
    gsize bytes = count * size;
    if (bytes) return there(realloc(memory, bytes), bytes);
    free(memory);
    return NULL;
}

void g_free(gpointer memory)
{
    free(memory);
}

gpointer g_memdup2(gconstpointer memory, gsize size)
{
    if (!memory || !size) return NULL;
    return memcpy(g_malloc(size), memory, size);
}
