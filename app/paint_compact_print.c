/* What `pensel paint` says of a compact painting. */
#include "interrupt.h"
#include "paint_compact.h"
#include "text_grid.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define MISSED 0.05 /* dB below what was asked for */

/* "46.2 KB" */
static char *size_text(size_t bytes)
{
    if (bytes < 1000) return g_strdup_printf("%zu bytes", bytes);
    double value = (double)bytes / 1e3;
    return value < 1000 ? g_strdup_printf("%.*f KB", value < 100, value)
                        : g_strdup_printf("%.*f MB", value < 1e5, value / 1e3);
}

/* "PNG" of a name that ends so, else "file". */
static const char *format_of(const char *path)
{
    static const char *const formats[][2] = {{".png", "PNG"},   {".jpg", "JPEG"}, {".jpeg", "JPEG"},
                                             {".webp", "WebP"}, {".tif", "TIFF"}, {".tiff", "TIFF"},
                                             {".gif", "GIF"},   {".ppm", "PPM"}};
    char *lower = g_ascii_strdown(path, -1);
    const char *name = "file";
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (g_str_has_suffix(lower, formats[i][0])) name = formats[i][1];
    g_free(lower);
    return name;
}

/* "; the PNG has 650 KB, JPEG needs 71.0 KB, WebP 52.0 KB for as much", and which formats cannot do
 * as much at any size. */
static char *rivals_text(const pensel_compact_job *c)
{
    GString *text = g_string_new(NULL);
    const struct {
        const char *name;
        pensel_rival rival;
    } all[] = {{"JPEG", c->jpeg}, {"WebP", c->webp}};
    size_t needed = 0;
    if (c->own_bytes) {
        char *size = size_text(c->own_bytes);
        g_string_append_printf(text, "; the %s has %s", format_of(c->job->input), size);
        g_free(size);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        if (!all[i].rival.bytes) continue;
        char *size = size_text(all[i].rival.bytes);
        g_string_append_printf(text, "%s%s %s%s", text->len ? ", " : "; ", all[i].name,
                               needed++ ? "" : "needs ", size);
        g_free(size);
    }
    if (needed) g_string_append(text, " for as much");
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (!isnan(all[i].rival.most))
            g_string_append_printf(text, "%s%s reaches %.1f dB at most", text->len ? ", " : "; ",
                                   all[i].name, all[i].rival.most);
    return g_string_free(text, FALSE);
}

/* null where a format does not come to that error, or was not tried: 0 would be a size. */
static void note_bytes(pensel_result *result, const char *key, size_t bytes)
{
    if (bytes)
        pensel_result_count(result, key, bytes);
    else
        pensel_result_number(result, key, NAN);
}

/* The same for --json, and what no line has room for. */
static void note_figures(pensel_result *result, const pensel_compact_job *c)
{
    pensel_paint_job *p = c->job;
    const pensel_compact_info *info = pensel_compact_describe(c->compact);
    pensel_result_text(result, "picture", p->input);
    pensel_result_count(result, "width", info->width);
    pensel_result_count(result, "height", info->height);
    pensel_result_count(result, "channels", info->channels);
    pensel_result_count(result, "bits", info->bits);
    pensel_result_text(result, "model", c->file);
    pensel_result_text(result, "painting", p->output);
    pensel_result_text(result, "compare", p->compare);
    pensel_result_text(result, "timelapse", p->live.timelapse);
    pensel_result_text(result, "figure", p->figure.path);
    pensel_result_count(result, "pages", p->originals.images[0].pages);
    pensel_result_count(result, "bytes", info->bytes);
    pensel_result_count(result, "profile_packed", info->profile_packed);
    pensel_result_count(result, "numbers", c->count);
    pensel_result_flag(result, "drawn", info->drawn);
    pensel_result_number(result, "psnr", isinf(p->psnr) ? 999 : p->psnr);
    pensel_result_number(result, "ssim", p->ssim);
    pensel_result_count(result, "picture_bytes", c->own_bytes);
    note_bytes(result, "jpeg_bytes", c->jpeg.bytes);
    note_bytes(result, "webp_bytes", c->webp.bytes);
    pensel_result_number(result, "jpeg_most_psnr", c->jpeg.most);
    pensel_result_number(result, "webp_most_psnr", c->webp.most);
    pensel_result_count(result, "trials", c->last.trials);
    pensel_result_number(result, "seconds", c->seconds);
}

/* What was asked for and not reached */
static void print_missed(pensel_result *result, const pensel_compact_job *c, size_t bytes)
{
    const pensel_paint_job *p = c->job;
    if (p->compact.bytes && bytes > p->compact.bytes)
        pensel_result_line(result, "missed", "no file of %zu bytes was found: this is the smallest",
                           p->compact.bytes);
    if (p->compact.numbers && c->count > p->compact.numbers)
        pensel_result_line(result, "missed", "%zu numbers are too few: these are the fewest",
                           p->compact.numbers);
    if (p->options.psnr > 0 && p->psnr < p->options.psnr - MISSED)
        pensel_result_line(result, "missed", "%g dB were not reached: this is the nearest",
                           p->options.psnr);
}

/* The painting's own file, and what else was written */
static void print_files(pensel_result *result, const pensel_compact_job *c)
{
    const pensel_paint_job *p = c->job;
    pensel_result_line(result, "file", "%s", c->file);
    if (p->output) pensel_result_line(result, "painting", "%s", p->output);
    if (p->compare) pensel_result_line(result, "compare", "%s", p->compare);
    if (p->figure.path) pensel_result_line(result, "figure", "%s", p->figure.path);
    if (p->live.timelapse) pensel_result_line(result, "timelapse", "%s", p->live.timelapse);
}

int pensel_compact_print(pensel_compact_job *c)
{
    pensel_paint_job *p = c->job;
    const pensel_compact_info *info = pensel_compact_describe(c->compact);
    pensel_result *result = pensel_result_new();
    char *numbers = pensel_text_count((double)c->count), *size = size_text(info->bytes);
    char *rivals = rivals_text(c), *time = pensel_text_seconds(c->seconds);
    pensel_result_line(result, "picture", "%s, %zu x %zu", p->input, info->width, info->height);
    if (p->originals.images[0].pages > 1)
        pensel_result_line(result, "note", "%s has %zu pages or frames: the first is painted",
                           p->input, p->originals.images[0].pages);
    if (isinf(p->psnr))
        pensel_result_line(result, "painted", "%s %s %s in %s, every pixel as it is%s",
                           info->drawn ? "pixel by pixel," : "by", numbers,
                           info->drawn ? "of them by value," : "numbers", size, rivals);
    else
        pensel_result_line(result, "painted", "by %s numbers in %s at %.1f dB%s", numbers, size,
                           p->psnr, rivals);
    if (info->profile)
        pensel_result_line(result, "profile", "%zu of the bytes are the picture's colour profile%s",
                           info->profile_packed,
                           c->jpeg.bytes ? "; JPEG and WebP are counted without it" : "");
    print_missed(result, c, info->bytes);
    if (!isnan(p->ssim)) pensel_result_line(result, "SSIM", "%.4f", p->ssim);
    pensel_result_line(result, "time", "%s, %zu trial%s", time, c->last.trials,
                       c->last.trials == 1 ? "" : "s");
    print_files(result, c);
    note_figures(result, c);
    g_free(numbers);
    g_free(size);
    g_free(rivals);
    g_free(time);
    int status = pensel_train_finish(&p->train, result, NULL);
    int number = pensel_interrupt_number();
    return status ? status : number ? 128 + number : 0;
}
