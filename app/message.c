#include "message.h"

#include "app_memory.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

pensel_status pensel_wrong(pensel_error *error, pensel_status status, const char *format, ...)
{
    if (error) {
        va_list list;
        va_start(list, format);
        error->status = status;
        vsnprintf(error->text, sizeof error->text, format, list);
        va_end(list);
    }
    return status;
}

/* A file's name may hold a newline or an escape sequence; an error stays one harmless line. */
static void put_line(const char *text)
{
    fputs("pensel: ", stderr);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        fputc(c < 0x20 || c == 0x7f ? '?' : c, stderr);
    }
    fputc('\n', stderr);
}

char *pensel_message_clean(char *text)
{
    const char *end;
    while (!g_utf8_validate(text, -1, &end))
        for (char *c = text + (end - text); *c; c++)
            c[0] = c[1];
    for (char *c = text; *c; c++)
        if (g_ascii_iscntrl(*c)) *c = '?';
    return text;
}

void pensel_message_note(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = pensel_format_list(format, list);
    va_end(list);
    put_line(text);
    g_free(text);
}

int pensel_message_error(const pensel_error *error)
{
    put_line(error->text[0] ? error->text : pensel_status_text(error->status));
    return pensel_status_exit(error->status);
}

int pensel_message_usage(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = pensel_format_list(format, list);
    va_end(list);
    put_line(text);
    g_free(text);
    return 2;
}

static bool reader_is_gone(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO};
    return poll(&output, 1, 0) == 1 && (output.revents & POLLERR);
}

int pensel_message_end(void)
{
    pensel_error error;
    errno = 0;
    if (!fflush(stdout) && !ferror(stdout)) return 0;
    if (reader_is_gone()) return 128 + SIGPIPE;
    pensel_wrong(&error, PENSEL_IO_FAILED, "standard output: cannot write: %s",
                 g_strerror(errno ? errno : EIO));
    return pensel_message_error(&error);
}
