/* What becomes of the program when there is no memory for little things: one line, exit status 1,
 * nothing half-written left. What may be large is asked for with g_try_malloc or by the library,
 * and told as any error. */
#ifndef PENSEL_APP_MEMORY_H
#define PENSEL_APP_MEMORY_H

#include <glib.h>
#include <stdbool.h>

/* To be called before anything is allocated. */
void pensel_memory_prepare(void);

/* Has GObject warned since the last call that a number does not fit its place? */
bool pensel_memory_warned(void);

/* g_strdup_printf and g_string_append_printf, which for want of memory give NULL and append
 * nothing. */
char *pensel_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *pensel_format_list(const char *format, va_list list) __attribute__((format(printf, 1, 0)));
void pensel_append(GString *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
