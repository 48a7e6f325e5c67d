/* GLib ends a program that has no memory left by a message and a crash; here the message becomes
 * ours and the crash an exit. */
#include "app_memory.h"

#include "interrupt.h"

#include <string.h>
#include <unistd.h>

static void end(void)
{
    static const char text[] =
        "pensel: out of memory: a smaller picture, network or table needs less\n";
    pensel_interrupt_remove();
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(1); /* nobody can be told */
    _exit(1);
}

static volatile bool warned;

/* What libvips warns of, it tells as an error as well. GObject warns of a number that does not fit
 * its place, and the place keeps another: that is noted here and judged by who has asked. It has no
 * handler of its own, since GLib asks for memory while it sets one, with its log locked. */
static void on_log(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    bool allocation =
        !message || strstr(message, "failed to allocate") || strstr(message, "overflow");
    if ((level & G_LOG_LEVEL_ERROR) && allocation) end();
    if (!g_strcmp0(domain, "VIPS") && !(level & G_LOG_LEVEL_ERROR)) return;
    if (!g_strcmp0(domain, "GLib-GObject") && (level & G_LOG_LEVEL_WARNING)) {
        warned = true;
        return;
    }
    g_log_default_handler(domain, level, message, data);
}

void pensel_memory_prepare(void)
{
    g_log_set_default_handler(on_log, NULL);
}

bool pensel_memory_warned(void)
{
    bool was = warned;
    warned = false;
    return was;
}

char *pensel_format_list(const char *format, va_list list)
{
    char *text = g_strdup_vprintf(format, list);
    if (!text) end();
    return text;
}

char *pensel_format(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = pensel_format_list(format, list);
    va_end(list);
    return text;
}

void pensel_append(GString *text, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *piece = pensel_format_list(format, list);
    va_end(list);
    g_string_append(text, piece);
    g_free(piece);
}
