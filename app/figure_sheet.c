/* The sheet grows downward: a row is put at `top`, and as deep as what is in it. */
#include "figure_sheet.h"

#include "image.h"
#include "message.h"

#include <glib.h>
#include <math.h>
#include <string.h>
#include <vips/vips.h>

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
    uint8_t *bytes; /* (height, WIDTH, 3) */
    size_t height;
    size_t top, bottom; /* of the row at work */
    bool failed;
};

pensel_figure_sheet *pensel_figure_sheet_new(void)
{
    pensel_figure_sheet *sheet = g_new0(pensel_figure_sheet, 1);
    sheet->top = sheet->bottom = EDGE;
    return sheet;
}

/* At least this many rows of paper. */
static void grow(pensel_figure_sheet *sheet, size_t height)
{
    if (height <= sheet->height) return;
    sheet->bytes = g_realloc_n(sheet->bytes, height, (size_t)WIDTH * 3);
    memset(sheet->bytes + sheet->height * WIDTH * 3, PAPER, (height - sheet->height) * WIDTH * 3);
    sheet->height = height;
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

/* What libvips makes of it, as bytes of its own; NULL on failure. Takes the image. */
static uint8_t *bytes_of(VipsImage *image, size_t *width, size_t *height)
{
    size_t size;
    if (!image) return NULL;
    *width = (size_t)image->Xsize;
    *height = (size_t)image->Ysize;
    uint8_t *bytes = vips_image_write_to_memory(image, &size);
    g_object_unref(image);
    return bytes;
}

static uint8_t *scaled(const uint8_t *from, size_t *width, size_t *height, int bands, double factor)
{
    VipsImage *whole =
        vips_image_new_from_memory(from, *width * *height * (size_t)bands, (int)*width,
                                   (int)*height, bands, VIPS_FORMAT_UCHAR);
    VipsImage *small = NULL;
    if (whole && vips_resize(whole, &small, factor, NULL)) small = NULL;
    uint8_t *bytes = bytes_of(small, width, height);
    if (whole) g_object_unref(whole);
    return bytes;
}

/* A line of FRAME around a picture, so that white ones have an edge. */
static void frame(pensel_figure_sheet *sheet, size_t left, size_t width, size_t height)
{
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++)
            if (x == 0 || y == 0 || x == width - 1 || y == height - 1)
                memset(sheet->bytes + ((sheet->top + y) * WIDTH + left + x) * 3, FRAME, 3);
}

/* Words in `ink` from (left, top) on, no wider than `room`; returns how high they are. */
static size_t put_words(pensel_figure_sheet *sheet, const char *words, const char *font,
                        uint8_t ink, size_t left, size_t top, size_t room)
{
    char *plain = g_markup_escape_text(words, -1);
    VipsImage *image = NULL;
    size_t width = 0, height = 0;
    if (vips_text(&image, plain, "font", font, "dpi", 96, "width", (int)room, NULL)) image = NULL;
    uint8_t *mask = bytes_of(image, &width, &height);
    g_free(plain);
    if (!mask) {
        sheet->failed = true;
        return 0;
    }
    grow(sheet, top + height);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < MIN(width, WIDTH - left); x++)
            for (size_t c = 0; c < 3; c++) {
                uint8_t *to = sheet->bytes + ((top + y) * WIDTH + left + x) * 3 + c;
                int much = mask[y * width + x];
                *to = (uint8_t)((*to * (255 - much) + ink * much) / 255);
            }
    g_free(mask);
    return height;
}

void pensel_figure_sheet_line(pensel_figure_sheet *sheet, const char *words)
{
    size_t high = put_words(sheet, words, "sans bold 11", INK, EDGE, sheet->top, WIDTH - 2 * EDGE);
    sheet->top += high + 12;
    sheet->bottom = sheet->top;
}

void pensel_figure_sheet_picture(pensel_figure_sheet *sheet, const pensel_picture *picture,
                                 size_t count, size_t index, const char *title, const char *words)
{
    size_t gap = count > 3 ? GAP / 2 : GAP, room = (WIDTH - 2 * EDGE - (count - 1) * gap) / count;
    size_t width = picture->width, height = picture->height, left = EDGE + index * (room + gap);
    uint8_t *paper = on_paper(picture);
    double factor = fmin((double)room / (double)width, 1.5 * (double)room / (double)height);
    uint8_t *bytes = scaled(paper, &width, &height, 3, factor);
    g_free(paper);
    if (!bytes) {
        sheet->failed = true;
        return;
    }
    grow(sheet, sheet->top + height);
    size_t shown = MIN(width, WIDTH - left), inset = (room - MIN(room, shown)) / 2;
    for (size_t y = 0; y < height; y++)
        memcpy(sheet->bytes + ((sheet->top + y) * WIDTH + left + inset) * 3, bytes + y * width * 3,
               MIN(shown, room) * 3);
    g_free(bytes);
    frame(sheet, left + inset, MIN(shown, room), height);
    size_t below = sheet->top + height + 10;
    if (title) put_words(sheet, title, "sans bold 13", INK, left, below, room);
    below += title ? TITLE : 0;
    below += put_words(sheet, words, title ? "sans 11" : "sans 9", GREY, left, below, room);
    if (below > sheet->bottom) sheet->bottom = below;
}

void pensel_figure_sheet_end_row(pensel_figure_sheet *sheet)
{
    sheet->top = sheet->bottom += 30;
}

pensel_status pensel_figure_sheet_write(pensel_figure_sheet **sheet, const char *path,
                                        pensel_error *error)
{
    pensel_figure_sheet *s = *sheet;
    pensel_status status = PENSEL_OK;
    grow(s, s->bottom + EDGE - 30);
    if (s->failed) {
        status = pensel_wrong(error, PENSEL_OUT_OF_MEMORY, "cannot draw the figure: %s",
                              vips_error_buffer());
        vips_error_clear();
    } else {
        pensel_picture p = {g_new(float, s->height *WIDTH * 3), WIDTH, s->height, 3};
        for (size_t i = 0; i < s->height * WIDTH * 3; i++)
            p.pixels[i] = (float)s->bytes[i] / 255;
        pensel_image_source source = pensel_image_of(&p);
        status = pensel_image_write(path, &source, error);
        g_free(p.pixels);
    }
    g_free(s->bytes);
    g_free(s);
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
        less = scaled(bytes, &small->width, &small->height, (int)picture->channels, factor);
        g_free(bytes);
    }
    if (!less) {
        small->pixels = NULL;
        return pensel_wrong(error, PENSEL_OUT_OF_MEMORY, "cannot make the picture smaller: %s",
                            vips_error_buffer());
    }
    n = small->width * small->height * small->channels;
    small->pixels = g_new(float, n);
    for (size_t i = 0; i < n; i++)
        small->pixels[i] = (float)less[i] / 255;
    g_free(less);
    return PENSEL_OK;
}
