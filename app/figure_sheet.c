/* The sheet grows downward: a row is put at `top`, and as deep as what is in it. */
#include "figure_sheet.h"

#include "image.h"
#include "message.h"
#include "paper.h"

#include <glib.h>
#include <math.h>
#include <string.h>

enum {
    WIDTH = 1200,
    EDGE = 40,
    GAP = 24,
    PAPER = 252,
    INK = 34,
    GREY = 105,
    FRAME = 226,
    TITLE = 24
};

struct pensel_figure_sheet {
    pensel_paper paper;
    size_t top, bottom; /* of the row at work */
};

pensel_figure_sheet *pensel_figure_sheet_new(void)
{
    pensel_figure_sheet *sheet = g_new0(pensel_figure_sheet, 1);
    sheet->paper = (pensel_paper){.width = WIDTH, .white = PAPER};
    sheet->top = sheet->bottom = EDGE;
    return sheet;
}

/* Bytes on paper, (height, width, 3); g_free. */
static uint8_t *on_paper(const pensel_picture *p)
{
    uint8_t *bytes = g_malloc_n(p->width * p->height, 3);
    for (size_t i = 0; i < p->width * p->height; i++)
        for (size_t c = 0; c < 3; c++) {
            const float *pixel = p->pixels + i * p->channels;
            float clear = p->channels % 2 ? 0 : 1 - pixel[p->channels - 1];
            float value = pixel[p->channels < 3 ? 0 : c] + clear * PAPER / 255;
            bytes[3 * i + c] = (uint8_t)lrintf(255 * fminf(fmaxf(value, 0), 1));
        }
    return bytes;
}

void pensel_figure_sheet_line(pensel_figure_sheet *sheet, const char *words)
{
    size_t high = pensel_paper_write(&sheet->paper, words, "sans bold 11", INK, EDGE, sheet->top,
                                     WIDTH - 2 * EDGE);
    sheet->top += high + 12;
    sheet->bottom = sheet->top;
}

void pensel_figure_sheet_picture(pensel_figure_sheet *sheet, const pensel_picture *picture,
                                 size_t count, size_t index, const char *title, const char *words)
{
    size_t gap = count > 3 ? GAP / 2 : GAP, room = (WIDTH - 2 * EDGE - (count - 1) * gap) / count;
    size_t width = picture->width, height = picture->height, left = EDGE + index * (room + gap);
    pensel_paper *p = &sheet->paper;
    uint8_t *paper = on_paper(picture);
    double factor = fmin((double)room / (double)width, 1.5 * (double)room / (double)height);
    uint8_t *bytes = pensel_image_scale(paper, &width, &height, 3, factor);
    g_free(paper);
    if (!bytes) {
        p->failed = true;
        return;
    }
    size_t inset = (room - MIN(room, width)) / 2;
    pensel_paper_put(p, bytes, left + inset, sheet->top, width, height);
    g_free(bytes);
    pensel_paper_frame(p, FRAME, left + inset, sheet->top, MIN(width, room), height);
    size_t below = sheet->top + height + 10;
    if (title) pensel_paper_write(p, title, "sans bold 13", INK, left, below, room);
    below += title ? TITLE : 0;
    below += pensel_paper_write(p, words, title ? "sans 11" : "sans 9", GREY, left, below, room);
    if (below > sheet->bottom) sheet->bottom = below;
}

void pensel_figure_sheet_end_row(pensel_figure_sheet *sheet)
{
    sheet->top = sheet->bottom += 30;
}

pensel_status pensel_figure_sheet_write(pensel_figure_sheet **sheet, const char *path,
                                        pensel_error *error)
{
    pensel_paper_grow(&(*sheet)->paper, (*sheet)->bottom + EDGE - 30);
    pensel_status status = pensel_paper_save(&(*sheet)->paper, "the figure", path, NULL, 0, error);
    g_free(*sheet);
    *sheet = NULL;
    return status;
}

pensel_status pensel_figure_sheet_shrink(pensel_picture *small, const pensel_picture *picture,
                                         size_t side, pensel_error *error)
{
    size_t n = picture->width * picture->height * picture->channels;
    double factor = (double)side / (double)MAX(picture->width, picture->height);
    *small = *picture;
    uint8_t *bytes = g_malloc(n), *less = bytes;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)lrintf(255 * fminf(fmaxf(picture->pixels[i], 0), 1));
    if (factor < 1) {
        less = pensel_image_scale(bytes, &small->width, &small->height, picture->channels, factor);
        g_free(bytes);
    }
    if (!less) {
        small->pixels = NULL;
        return pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                            "cannot make the picture smaller%s: more memory is needed",
                            pensel_image_reason());
    }
    n = small->width * small->height * small->channels;
    small->pixels = g_new(float, n);
    for (size_t i = 0; i < n; i++)
        small->pixels[i] = (float)less[i] / 255;
    g_free(less);
    return PENSEL_OK;
}
