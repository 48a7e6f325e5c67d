/* Pictures in the terminal without chafa: a cell shows two pixels, one above the other, as a half
 * block in one colour on a ground of the other. Without colours, grey is shown by letters. */
#include "terminal.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

typedef enum colours { NONE, CUBE, TRUE_COLOURS } colours;

struct pensel_terminal {
    int columns, rows; /* cells that a picture may take */
    colours colours;
    bool blocks; /* UTF-8 */
    int shown;   /* rows of the picture that stands there now */
};

/* NO_COLOR (no-color.org) asks for none, whatever the terminal could show. */
static colours colours_here(void)
{
    const char *wish = g_getenv("NO_COLOR"), *kind = g_getenv("TERM"),
               *deep = g_getenv("COLORTERM");
    if (wish && *wish) return NONE;
    if (deep && (!strcmp(deep, "truecolor") || !strcmp(deep, "24bit"))) return TRUE_COLOURS;
    return kind && strstr(kind, "256") ? CUBE : NONE;
}

pensel_terminal *pensel_terminal_new(void)
{
    pensel_terminal *t = g_new0(pensel_terminal, 1);
    struct winsize size = {0};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col || !size.ws_row) {
        size.ws_col = 80;
        size.ws_row = 24;
    }
    t->columns = MIN(size.ws_col, 100);
    t->rows = MAX(4, MIN(size.ws_row - 3, 40));
    t->colours = colours_here();
    t->blocks = g_get_charset(NULL);
    return t;
}

void pensel_terminal_free(pensel_terminal **terminal)
{
    g_clear_pointer(terminal, g_free);
}

void pensel_terminal_fit(const pensel_terminal *t, size_t *width, size_t *height)
{
    double shrink =
        fmin(1, fmin(t->columns * 8.0 / (double)*width, t->rows * 16.0 / (double)*height));
    *width = (size_t)fmax(1, (double)*width * shrink);
    *height = (size_t)fmax(1, (double)*height * shrink);
}

typedef struct shown {
    const uint8_t *pixels;
    size_t width, height;
    size_t across, down; /* the picture in half cells */
} shown;

/* The mean colour of a half cell. */
static void colour_of(uint8_t colour[3], const shown *s, size_t x, size_t y)
{
    size_t left = x * s->width / s->across, right = MAX((x + 1) * s->width / s->across, left + 1);
    size_t top = y * s->height / s->down, bottom = MAX((y + 1) * s->height / s->down, top + 1);
    size_t count = (right - left) * (bottom - top);
    for (size_t c = 0; c < 3; c++) {
        size_t sum = 0;
        for (size_t v = top; v < bottom; v++)
            for (size_t u = left; u < right; u++)
                sum += s->pixels[(v * s->width + u) * 3 + c];
        colour[c] = (uint8_t)((sum + count / 2) / count);
    }
}

/* 38: ink, 48: ground. The 256 colours have a cube of 6 x 6 x 6, from 16 on. */
static void put_colour(GString *text, int which, const uint8_t c[3], colours how)
{
    static const uint8_t steps[] = {48, 115, 155, 195, 235}; /* between its shades 0, 95, 135... */
    int shade[3] = {0, 0, 0};
    if (how == TRUE_COLOURS) {
        g_string_append_printf(text, "\033[%d;2;%d;%d;%dm", which, c[0], c[1], c[2]);
        return;
    }
    for (size_t i = 0; i < 3; i++)
        while (shade[i] < 5 && c[i] >= steps[shade[i]])
            shade[i]++;
    g_string_append_printf(text, "\033[%d;5;%dm", which,
                           16 + 36 * shade[0] + 6 * shade[1] + shade[2]);
}

static void put_cell(GString *text, const pensel_terminal *t, const uint8_t top[3],
                     const uint8_t bottom[3])
{
    static const char *const letters[] = {" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"};
    static const char *const greys[] = {" ", "\u2591", "\u2592", "\u2593", "\u2588"};
    int grey = 0, count = t->blocks ? G_N_ELEMENTS(greys) : G_N_ELEMENTS(letters);
    uint8_t mean[3];
    for (size_t c = 0; c < 3; c++)
        mean[c] = (uint8_t)((top[c] + bottom[c]) / 2);
    grey = (299 * mean[0] + 587 * mean[1] + 114 * mean[2]) * count / 256000;
    if (t->colours == NONE) {
        g_string_append(text, t->blocks ? greys[grey] : letters[grey]);
        return;
    }
    put_colour(text, 48, t->blocks ? bottom : mean, t->colours);
    if (t->blocks) put_colour(text, 38, top, t->colours);
    g_string_append(text, t->blocks ? "\u2580" : " ");
}

void pensel_terminal_show(pensel_terminal *t, const uint8_t *pixels, size_t width, size_t height)
{
    /* a half cell is as wide as it is high */
    double size = fmin(t->columns / (double)width, 2.0 * t->rows / (double)height);
    size_t across = (size_t)fmax(1, rint((double)width * size));
    size_t rows = (size_t)fmax(1, rint((double)height * size / 2));
    shown s = {pixels, width, height, across, 2 * rows};
    GString *text = g_string_new(NULL);
    if (t->shown)
        g_string_append_printf(text, "\r\033[%dA", t->shown); /* back to where the last one began */
    for (size_t y = 0; y < rows; y++) {
        for (size_t x = 0; x < across; x++) {
            uint8_t top[3], bottom[3];
            colour_of(top, &s, x, 2 * y);
            colour_of(bottom, &s, x, 2 * y + 1);
            put_cell(text, t, top, bottom);
        }
        g_string_append(text, t->colours == NONE ? "\n" : "\033[0m\n");
    }
    fwrite(text->str, 1, text->len, stderr);
    fflush(stderr);
    t->shown = (int)rows;
    g_string_free(text, TRUE);
}
