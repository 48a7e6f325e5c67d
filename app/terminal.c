#include "terminal.h"

#include <chafa.h>
#include <math.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct pensel_terminal {
    ChafaTermInfo *info;
    int columns, rows;           /* cells that a picture may take */
    int cell_width, cell_height; /* pixels; 0: unknown */
    int shown;                   /* rows of the picture that stands there now */
};

pensel_terminal *pensel_terminal_new(void)
{
    pensel_terminal *t = g_new0(pensel_terminal, 1);
    struct winsize size = {0};
    char **environment = g_get_environ();
    t->info = chafa_term_db_detect(chafa_term_db_get_default(), environment);
    g_strfreev(environment);
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col || !size.ws_row) {
        size.ws_col = 80;
        size.ws_row = 24;
    }
    t->columns = MIN(size.ws_col, 100);
    t->rows = MAX(4, MIN(size.ws_row - 3, 40));
    if (size.ws_xpixel && size.ws_ypixel) {
        t->cell_width = size.ws_xpixel / size.ws_col;
        t->cell_height = size.ws_ypixel / size.ws_row;
    }
    return t;
}

void pensel_terminal_free(pensel_terminal **terminal)
{
    if (!*terminal) return;
    chafa_term_info_unref((*terminal)->info);
    g_clear_pointer(terminal, g_free);
}

void pensel_terminal_fit(const pensel_terminal *t, size_t *width, size_t *height)
{
    double across = t->columns * (t->cell_width ? t->cell_width : 8.0);
    double down = t->rows * (t->cell_height ? t->cell_height : 16.0);
    double shrink = fmin(1, fmin(across / (double)*width, down / (double)*height));
    *width = (size_t)fmax(1, (double)*width * shrink);
    *height = (size_t)fmax(1, (double)*height * shrink);
}

/* NO_COLOR (no-color.org) asks for none, whatever the terminal could show. */
static bool colourless(void)
{
    const char *wish = g_getenv("NO_COLOR");
    return wish && *wish;
}

static ChafaPixelMode pixel_mode(const pensel_terminal *t)
{
    if (colourless()) return CHAFA_PIXEL_MODE_SYMBOLS;
    if (chafa_term_info_have_seq(t->info, CHAFA_TERM_SEQ_BEGIN_KITTY_IMMEDIATE_IMAGE_V1))
        return CHAFA_PIXEL_MODE_KITTY;
    if (chafa_term_info_have_seq(t->info, CHAFA_TERM_SEQ_BEGIN_SIXELS))
        return CHAFA_PIXEL_MODE_SIXELS;
    return CHAFA_PIXEL_MODE_SYMBOLS;
}

static ChafaCanvasMode colour_mode(const pensel_terminal *t)
{
    if (colourless()) return CHAFA_CANVAS_MODE_FGBG;
    if (chafa_term_info_have_seq(t->info, CHAFA_TERM_SEQ_SET_COLOR_FGBG_DIRECT))
        return CHAFA_CANVAS_MODE_TRUECOLOR;
    if (chafa_term_info_have_seq(t->info, CHAFA_TERM_SEQ_SET_COLOR_FGBG_256))
        return CHAFA_CANVAS_MODE_INDEXED_240;
    if (chafa_term_info_have_seq(t->info, CHAFA_TERM_SEQ_SET_COLOR_FGBG_16))
        return CHAFA_CANVAS_MODE_INDEXED_16;
    return CHAFA_CANVAS_MODE_FGBG;
}

static ChafaCanvas *make_canvas(const pensel_terminal *t, int columns, int rows)
{
    ChafaSymbolMap *symbols = chafa_symbol_map_new();
    ChafaCanvasConfig *config = chafa_canvas_config_new();
    ChafaSymbolTags blocks =
        CHAFA_SYMBOL_TAG_BLOCK | CHAFA_SYMBOL_TAG_SPACE | CHAFA_SYMBOL_TAG_HALF;
    bool has_blocks = g_get_charset(NULL); /* UTF-8 */
    chafa_symbol_map_add_by_tags(symbols, has_blocks ? blocks : CHAFA_SYMBOL_TAG_ASCII);
    /* few colours: what lies between them is dotted */
    chafa_canvas_config_set_dither_mode(config, colour_mode(t) == CHAFA_CANVAS_MODE_TRUECOLOR
                                                    ? CHAFA_DITHER_MODE_NONE
                                                    : CHAFA_DITHER_MODE_ORDERED);
    chafa_canvas_config_set_symbol_map(config, symbols);
    chafa_canvas_config_set_canvas_mode(config, colour_mode(t));
    chafa_canvas_config_set_pixel_mode(config, pixel_mode(t));
    chafa_canvas_config_set_geometry(config, columns, rows);
    if (t->cell_width) chafa_canvas_config_set_cell_geometry(config, t->cell_width, t->cell_height);
    ChafaCanvas *canvas = chafa_canvas_new(config);
    chafa_canvas_config_unref(config);
    chafa_symbol_map_unref(symbols);
    return canvas;
}

void pensel_terminal_show(pensel_terminal *t, const uint8_t *pixels, size_t width, size_t height)
{
    int columns = t->columns, rows = t->rows;
    float ratio = t->cell_width ? (float)t->cell_width / (float)t->cell_height : 0.5f;
    chafa_calc_canvas_geometry((int)width, (int)height, &columns, &rows, ratio, TRUE, FALSE);
    ChafaCanvas *canvas = make_canvas(t, columns, rows);
    chafa_canvas_draw_all_pixels(canvas, CHAFA_PIXEL_RGB8, pixels, (int)width, (int)height,
                                 (int)width * 3);
    GString *text = chafa_canvas_print(canvas, t->info);
    if (t->shown) fprintf(stderr, "\r\033[%dA", t->shown); /* back to where the last one began */
    fwrite(text->str, 1, text->len, stderr);
    fputc('\n', stderr);
    fflush(stderr);
    t->shown = rows;
    g_string_free(text, TRUE);
    chafa_canvas_unref(canvas);
}
