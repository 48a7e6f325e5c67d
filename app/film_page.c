/* The axes are those of the whole story from the first page on, so that the curve grows and nothing
 * jumps. Twice the bytes are the same step wherever they are: their scale is logarithmic. */
#include "film_page.h"

#include "text_grid.h"

#include <glib.h>
#include <math.h>

enum {
    PANEL = 264,       /* how wide the curve's part of a page is */
    LEAST = 240,       /* pixels of the picture's longer side: smaller ones are enlarged */
    LOWEST = 208,      /* the height of a page, at least */
    COLUMNS = 6,       /* of a sheet */
    SHEET_CURVE = 220, /* how high the curve of a sheet is */
    NUMBER_LINE = 24,  /* below a picture of a sheet */
    GAP = 12,
    INK = 34,
    GREY = 105,
    AXIS = 170,
    GRID = 230
};

#define MOST_DB 60.0 /* more is not seen */

static const uint8_t line_colour[3] = {31, 95, 168};

typedef struct axes {
    double left, top, width, height; /* of the area in which the curve is drawn */
    double first, last;              /* numbers at its left and right */
    double low, high;                /* dB at its bottom and top */
    bool logarithmic;                /* from left to right */
} axes;

/* Tens of dB are marked, or fives where there are few. */
static double mark_of(const axes *a)
{
    return a->high - a->low > 25 ? 10 : 5;
}

/* Whole fives of dB below and above all that is known. */
static axes axes_of(const pensel_film_story *s, double left, double top, double width,
                    double height)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < s->count; i++) {
        double psnr = s->moments[i]->psnr;
        if (!isfinite(psnr)) continue;
        low = fmin(low, psnr);
        high = fmax(high, fmin(psnr, MOST_DB));
    }
    if (low > high) low = high = 40; /* every one is exact, or not known */
    axes a = {left, top, width, height, 1, 1, 5 * floor(low / 5), 5 * ceil(high / 5), s->of_bytes};
    if (a.high <= a.low) a.high = a.low + 5;
    a.first = (double)MAX(s->moments[0]->number, 1);
    a.last = (double)MAX(s->moments[s->count - 1]->number, 1);
    return a;
}

static double x_of(const axes *a, size_t number)
{
    double n = (double)MAX(number, 1);
    if (a->last <= a->first) return a->left + a->width;
    double part = a->logarithmic ? log(n / a->first) / log(a->last / a->first)
                                 : (n - a->first) / (a->last - a->first);
    return a->left + a->width * part;
}

/* What is exact, or as good as that, lies at the top. */
static double y_of(const axes *a, double psnr)
{
    double part = (fmin(psnr, a->high) - a->low) / (a->high - a->low);
    return a->top + a->height * (1 - part);
}

/* The number with `share` of its width left of x: 0, to the right of it; 1, to the left. */
static void put_number(pensel_paper *p, double number, const char *unit, double x, double y,
                       double share)
{
    char *count = pensel_text_count(number);
    char *words = g_strdup_printf("%s%s", count, unit);
    pensel_stamp stamp = pensel_paper_words(words, "sans 8", 0);
    double left = fmax(0, x - share * (double)stamp.width);
    pensel_paper_stamp(p, &stamp, GREY, (size_t)left, (size_t)y);
    g_free(stamp.bytes);
    g_free(words);
    g_free(count);
}

static void put_axes(pensel_paper *p, const pensel_film_story *s, const axes *a)
{
    const uint8_t axis[3] = {AXIS, AXIS, AXIS}, grid[3] = {GRID, GRID, GRID};
    size_t left = (size_t)a->left, width = (size_t)a->width;
    size_t bottom = (size_t)(a->top + a->height);
    double step = mark_of(a);
    long last = lrint(floor(a->high / step));
    for (long mark = lrint(ceil(a->low / step)); mark <= last; mark++) {
        double db = step * (double)mark;
        pensel_paper_fill(p, grid, left, (size_t)y_of(a, db), width, 1);
        put_number(p, db, mark == last ? " dB" : "", a->left - 6, y_of(a, db) - 5, 1);
    }
    pensel_paper_fill(p, axis, left, bottom, width, 1);
    pensel_paper_fill(p, axis, left, (size_t)a->top, 1, (size_t)a->height);
    put_number(p, a->first, "", a->left, (double)bottom + 6, 0);
    if (a->last > a->first)
        put_number(p, a->last, s->of_bytes ? " bytes" : " epochs", a->left + a->width,
                   (double)bottom + 6, 1);
}

/* The curve up to moment `last`, which gets a dot. */
static void put_curve(pensel_paper *p, const pensel_film_story *s, const axes *a, size_t last)
{
    double x0 = NAN, y0 = NAN;
    for (size_t i = 0; i <= last; i++) {
        if (isnan(s->moments[i]->psnr)) continue;
        double x = x_of(a, s->moments[i]->number), y = y_of(a, s->moments[i]->psnr);
        if (!isnan(x0)) pensel_paper_line(p, line_colour, x0, y0, x, y);
        x0 = x;
        y0 = y;
    }
    if (!isnan(x0)) pensel_paper_disc(p, line_colour, x0, y0, 4);
}

/* "epoch 12", "1,034 bytes"; g_free. */
static char *number_of(const pensel_film_story *s, size_t i)
{
    char *count = pensel_text_count((double)s->moments[i]->number);
    char *words = g_strdup_printf(s->of_bytes ? "%s bytes" : "epoch %s", count);
    g_free(count);
    return words;
}

/* "31.2 dB"; g_free. */
static char *psnr_of(const pensel_moment *m)
{
    if (isnan(m->psnr)) return g_strdup("");
    return isinf(m->psnr) ? g_strdup("exact") : g_strdup_printf("%.1f dB", m->psnr);
}

/* Each pixel as a square of `times` pixels; g_free. */
static uint8_t *enlarged(const uint8_t *bytes, size_t width, size_t height, size_t times)
{
    uint8_t *large = g_malloc_n(width * height, 3 * times * times);
    for (size_t y = 0; y < height * times; y++)
        for (size_t x = 0; x < width * times; x++)
            for (size_t c = 0; c < 3; c++)
                large[(y * width * times + x) * 3 + c] =
                    bytes[(y / times * width + x / times) * 3 + c];
    return large;
}

pensel_paper pensel_film_page(const pensel_film_story *s, size_t i)
{
    size_t longer = MAX(s->width, s->height), times = (LEAST + longer - 1) / longer;
    size_t width = s->width * times, height = s->height * times, high = MAX(height, LOWEST);
    pensel_paper page = {.width = width + PANEL, .white = 255};
    axes a = axes_of(s, (double)width + 58, 60, PANEL - 58 - 16, (double)high - 60 - 30);
    uint8_t *bytes = enlarged(s->moments[i]->bytes, s->width, s->height, times);
    char *number = number_of(s, i), *psnr = psnr_of(s->moments[i]);
    pensel_paper_grow(&page, high);
    pensel_paper_put(&page, bytes, 0, (high - height) / 2, width, height);
    pensel_paper_write(&page, psnr, "sans bold 13", INK, width + 18, 12, 0);
    pensel_paper_write(&page, number, "sans 10", GREY, width + 130, 15, 0);
    put_axes(&page, s, &a);
    put_curve(&page, s, &a, i);
    g_free(number);
    g_free(psnr);
    g_free(bytes);
    return page;
}

pensel_paper pensel_film_sheet(const pensel_film_story *s)
{
    size_t columns = MIN(s->count, COLUMNS), rows = (s->count + columns - 1) / columns;
    size_t longer = MAX(s->width, s->height), times = (LEAST / 2 + longer - 1) / longer;
    size_t width = s->width * times, height = s->height * times;
    size_t across = width + GAP, down = height + NUMBER_LINE + GAP;
    pensel_paper sheet = {.width = MAX(columns * across + GAP, 480), .white = 255};
    pensel_paper_grow(&sheet, rows * down + GAP + SHEET_CURVE);
    for (size_t i = 0; i < s->count; i++) {
        size_t left = GAP + i % columns * across, top = GAP + i / columns * down;
        uint8_t *bytes = enlarged(s->moments[i]->bytes, s->width, s->height, times);
        char *number = number_of(s, i), *psnr = psnr_of(s->moments[i]);
        char *words = g_strdup_printf("%s%s%s", number, *psnr ? ": " : "", psnr);
        pensel_stamp stamp = pensel_paper_words(words, "sans 8", 0);
        pensel_paper_put(&sheet, bytes, left, top, width, height);
        pensel_paper_stamp(&sheet, &stamp, GREY, left, top + height + 5);
        g_free(stamp.bytes);
        g_free(words);
        g_free(number);
        g_free(psnr);
        g_free(bytes);
    }
    double top = (double)(rows * down + GAP) + 12;
    axes a = axes_of(s, 64, top, (double)sheet.width - 64 - 24, SHEET_CURVE - 12 - 36);
    put_axes(&sheet, s, &a);
    put_curve(&sheet, s, &a, s->count - 1);
    return sheet;
}
