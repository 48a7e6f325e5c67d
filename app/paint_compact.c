/* Compact paintings at the command line. */
#include "paint_compact.h"

#include "interrupt.h"
#include "message.h"
#include "output.h"
#include "panel.h"
#include "text_grid.h"

#include <glib.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

/* ------------------------------------------------------------------ options */

/* "46000", "46k", "1.5M": bytes; k and M are thousands and millions. */
static pensel_status read_bytes(const pensel_option *o, const char *text, pensel_error *error)
{
    char *end;
    double value = g_ascii_strtod(text, &end);
    double factor = *end == 'k' || *end == 'K' ? 1e3 : *end == 'M' ? 1e6 : 1;
    if (end != text && factor > 1) end++;
    if (end == text || *end || !(value * factor >= 1 && value * factor <= 1e15))
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--%s %.40s: a size such as 40000, 40k or 1.5M is needed", o->name,
                            text);
    *(size_t *)o->target = (size_t)(value * factor);
    return PENSEL_OK;
}

void pensel_compact_options_table(pensel_option *options, pensel_compact_ask *ask)
{
    const pensel_option own[PENSEL_COMPACT_OPTIONS] = {
        {"quality", 0, pensel_read_number, &ask->quality, "Q",
         "how good, from 1 to 100; 50 is about 38 dB (50)", 1, 100, NULL},
        {"bytes", 0, read_bytes, &ask->bytes, "SIZE", "size of the file, at most: 40k, 1.5M", 0, 0,
         NULL},
        {0}};
    memcpy(options, own, sizeof own);
}

static bool is_pensel(const char *path)
{
    return path && g_str_has_suffix(path, ".pensel");
}

bool pensel_compact_asked(const pensel_paint_job *job, const pensel_arguments *arguments)
{
    return is_pensel(job->output) || is_pensel(job->save) ||
           pensel_options_given(arguments, "quality") || pensel_options_given(arguments, "bytes");
}

/* Options that mean something here; any other one is an error rather than ignored. */
static pensel_status check_options(const pensel_arguments *arguments, pensel_error *error)
{
    static const char *const known[] = {
        "output",  "save",  "compare",    "quality",   "bytes", "psnr",  "max-seconds", "seconds",
        "threads", "depth", "max-pixels", "untrusted", "json",  "quiet", "progress"};
    for (size_t i = 0; i < arguments->options; i++) {
        bool means = !arguments->values[i];
        for (size_t k = 0; k < G_N_ELEMENTS(known); k++)
            means = means || !strcmp(arguments->names[i], known[k]);
        if (!means)
            return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                                "--%s has no effect on a compact painting: quality, psnr, bytes "
                                "and seconds decide how it is painted",
                                arguments->names[i]);
    }
    return PENSEL_OK;
}

#define MISSED 0.05 /* dB below what was asked for */

/* ------------------------------------------------------------------ painting */

typedef struct compact_job {
    pensel_paint_job *job;
    char *file; /* where the .pensel file goes */
    pensel_compact *compact;
    pensel_compact_trial last;
    size_t count; /* latents that are not 0 */
    size_t own_bytes, jpeg, webp;
    gint64 began;
    double seconds;
} compact_job;

static pensel_verdict note_trial(const pensel_compact_trial *trial, void *data)
{
    compact_job *c = data;
    c->last = *trial;
    return PENSEL_CONTINUE;
}

/* -o X.pensel is the file, and there is no picture; else --save names it, or it is NAME.pensel. */
static pensel_status settle_outputs(compact_job *c, pensel_error *error)
{
    pensel_paint_job *p = c->job;
    const char *name = strcmp(p->input, "-") ? p->input : "stdin";
    if (is_pensel(p->output) && p->save)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--output %.120s and --save together: one of them names the .pensel "
                            "file",
                            p->output);
    if (p->save && !is_pensel(p->save))
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--save %.120s: the file of a compact painting ends in .pensel",
                            p->save);
    if (is_pensel(p->output)) {
        c->file = g_strdup(p->output);
        p->output = NULL;
    } else {
        c->file = p->save ? g_strdup(p->save) : pensel_output_beside(name, ".pensel");
        p->default_output = pensel_output_beside(name, "-painting.png");
        if (!p->output) p->output = p->default_output;
    }
    const char *const outputs[] = {c->file, p->output, p->compare};
    pensel_status status = pensel_output_distinct(outputs, G_N_ELEMENTS(outputs), error);
    if (!status) status = pensel_output_spares(outputs, G_N_ELEMENTS(outputs), p->input, error);
    if (!status) status = pensel_output_check(c->file, "--save", error);
    if (!status) status = pensel_image_check(p->output, "--output", error);
    if (!status) status = pensel_image_check(p->compare, "--compare", error);
    return status;
}

static pensel_status encode(compact_job *c, pensel_error *error)
{
    pensel_paint_job *p = c->job;
    const pensel_image *image = &p->originals.images[0];
    pensel_compact_options o = pensel_compact_defaults();
    if (p->compact.quality > 0) o.quality = p->compact.quality;
    o.bytes = p->compact.bytes;
    o.psnr = p->options.psnr;
    o.seconds = p->options.estimator.training.max_seconds;
    o.threads = p->options.estimator.training.threads;
    o.bits = image->bits == 16 ? 16 : 8;
    o.profile = image->profile;
    o.profile_size = image->profile_size;
    o.interrupt = pensel_interrupt_catch();
    o.on_trial = note_trial;
    o.on_trial_data = c;
    return pensel_compact_new(&c->compact, &image->picture, &o, error);
}

/* Paints from the file's own bytes, so what is told is what anybody will see. */
static pensel_status paint(compact_job *c, pensel_error *error)
{
    pensel_paint_job *p = c->job;
    const pensel_picture *o = &p->originals.images[0].picture;
    p->painted = *o;
    p->painted.pixels = g_new(float, o->width * o->height * o->channels);
    pensel_status status = pensel_compact_paint(c->compact, p->painted.pixels,
                                                p->options.estimator.training.threads, NULL, error);
    if (!status) status = pensel_picture_psnr(&p->psnr, o, &p->painted, error);
    p->ssim = NAN;
    if (!status && o->width >= 7 && o->height >= 7)
        status = pensel_picture_ssim(&p->ssim, o, &p->painted, error);
    if (!status) status = pensel_compact_count(&c->count, c->compact, error);
    return status;
}

static pensel_status write_files(compact_job *c, pensel_error *error)
{
    pensel_paint_job *p = c->job;
    const pensel_image *image = &p->originals.images[0];
    pensel_status status = pensel_compact_save(c->compact, c->file, error);
    if (!status && p->output) {
        pensel_image_source source = pensel_image_of(&p->painted);
        source.bits = p->depth ? (int)p->depth : image->bits;
        source.profile = image->profile;
        source.profile_size = image->profile_size;
        status = pensel_image_write(p->output, &source, error);
    }
    if (!status && p->compare)
        status = pensel_panel_write(p->compare, &image->picture, &p->painted, image, error);
    return status;
}

/* The picture's own file, and what others would take for as much. */
static void compare_formats(compact_job *c)
{
    pensel_paint_job *p = c->job;
    const pensel_picture *o = &p->originals.images[0].picture;
    struct stat info;
    if (strcmp(p->input, "-") != 0 && !stat(p->input, &info)) c->own_bytes = (size_t)info.st_size;
    c->jpeg = pensel_image_rival(o, ".jpg", p->psnr);
    c->webp = pensel_image_rival(o, ".webp", p->psnr);
}

static pensel_status work(compact_job *c, const pensel_arguments *arguments, pensel_error *error)
{
    pensel_paint_job *p = c->job;
    if (arguments->count != 1)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "a compact painting is of one picture, not of %zu", arguments->count);
    if (p->depth && p->depth != 8 && p->depth != 16)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT, "--depth %zu: 8 or 16 is needed", p->depth);
    pensel_status status = check_options(arguments, error);
    if (!status && p->depth && is_pensel(p->output))
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--depth has no effect on a .pensel file, which has that of the "
                            "picture: --save X.pensel -o PICTURE writes both");
    if (!status) status = pensel_image_start("pensel", p->untrusted, error);
    if (!status) pensel_image_threads(p->options.estimator.training.threads);
    if (!status) status = settle_outputs(c, error);
    if (!status)
        status = pensel_originals_read(&p->originals, arguments->words, 1, p->max_pixels, error);
    if (!status) {
        status = encode(c, error);
        if (status) pensel_options_name(error);
    }
    c->seconds = (double)(g_get_monotonic_time() - c->began) / 1e6;
    if (!status) status = paint(c, error);
    if (!status) status = write_files(c, error);
    if (!status) compare_formats(c);
    return status;
}

/* ------------------------------------------------------------------ telling */

/* "46.2 KB" */
static char *size_text(size_t bytes)
{
    if (bytes < 1000) return g_strdup_printf("%zu bytes", bytes);
    double value = (double)bytes / 1e3;
    return value < 1000 ? g_strdup_printf("%.*f KB", value < 100, value)
                        : g_strdup_printf("%.*f MB", value < 1e5, value / 1e3);
}

/* "; the picture's file has 650 KB, JPEG needs 71 KB, WebP 52 KB for as much" */
static char *rivals_text(const compact_job *c)
{
    GString *text = g_string_new(NULL);
    const struct {
        const char *before;
        size_t bytes;
    } all[] = {{"JPEG needs ", c->jpeg}, {c->jpeg ? "WebP " : "WebP needs ", c->webp}};
    if (c->own_bytes) {
        char *size = size_text(c->own_bytes);
        g_string_append_printf(text, "the picture's file has %s", size);
        g_free(size);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        if (!all[i].bytes) continue;
        char *size = size_text(all[i].bytes);
        g_string_append_printf(text, "%s%s%s", text->len ? ", " : "", all[i].before, size);
        g_free(size);
    }
    if (c->jpeg || c->webp) g_string_append(text, " for as much");
    return g_string_free(text, FALSE);
}

static int tell(const compact_job *c)
{
    const pensel_paint_job *p = c->job;
    const pensel_compact_info *info = pensel_compact_describe(c->compact);
    pensel_result *result = pensel_result_new();
    char *numbers = pensel_text_count((double)c->count), *size = size_text(info->bytes);
    char *rivals = rivals_text(c), *time = pensel_text_seconds(c->seconds);
    pensel_result_line(result, "picture", "%s, %zu x %zu", p->input, info->width, info->height);
    pensel_result_line(result, "painted", "by %s numbers in %s at %.2f dB", numbers, size, p->psnr);
    if (p->compact.bytes && info->bytes > p->compact.bytes)
        pensel_result_line(result, "missed", "no file of %zu bytes was found: this is the smallest",
                           p->compact.bytes);
    if (p->options.psnr > 0 && p->psnr < p->options.psnr - MISSED)
        pensel_result_line(result, "missed", "%g dB were not reached: this is the nearest",
                           p->options.psnr);
    if (rivals[0]) pensel_result_line(result, "compare", "%s", rivals);
    if (!isnan(p->ssim)) pensel_result_line(result, "SSIM", "%.4f", p->ssim);
    pensel_result_line(result, "time", "%s, %zu trial%s", time, c->last.trials,
                       c->last.trials == 1 ? "" : "s");
    pensel_result_line(result, "file", "%s", c->file);
    if (p->output) pensel_result_line(result, "painting", "%s", p->output);
    if (p->compare) pensel_result_line(result, "compare", "%s", p->compare);
    pensel_result_text(result, "picture", p->input);
    pensel_result_count(result, "width", info->width);
    pensel_result_count(result, "height", info->height);
    pensel_result_count(result, "channels", info->channels);
    pensel_result_count(result, "bits", info->bits);
    pensel_result_text(result, "model", c->file);
    pensel_result_text(result, "painting", p->output);
    pensel_result_text(result, "compare", p->compare);
    pensel_result_count(result, "bytes", info->bytes);
    pensel_result_count(result, "numbers", c->count);
    pensel_result_number(result, "psnr", isinf(p->psnr) ? 999 : p->psnr);
    pensel_result_number(result, "ssim", p->ssim);
    pensel_result_count(result, "picture_bytes", c->own_bytes);
    pensel_result_count(result, "jpeg_bytes", c->jpeg);
    pensel_result_count(result, "webp_bytes", c->webp);
    pensel_result_count(result, "trials", c->last.trials);
    pensel_result_number(result, "seconds", c->seconds);
    g_free(numbers);
    g_free(size);
    g_free(rivals);
    g_free(time);
    int status = pensel_result_finish(result, p->train.json, p->train.quiet);
    int number = pensel_interrupt_number();
    return status ? status : number ? 128 + number : 0;
}

int pensel_compact_run(pensel_paint_job *job, const pensel_arguments *arguments)
{
    compact_job c = {.job = job, .began = g_get_monotonic_time()};
    pensel_error error = {0};
    int status = work(&c, arguments, &error) ? pensel_message_error(&error) : tell(&c);
    pensel_compact_free(&c.compact);
    g_free(c.file);
    return status;
}

/* ------------------------------------------------------------------ render and inspect */

pensel_status pensel_compact_open(pensel_painting **painting, float **pixels, const char *path,
                                  size_t threads, pensel_error *error)
{
    pensel_compact *compact;
    pensel_status status = pensel_compact_load(&compact, path, error);
    if (status) return status;
    const pensel_compact_info *info = pensel_compact_describe(compact);
    pensel_picture picture = {NULL, info->width, info->height, info->channels};
    size_t n = info->width * info->height * info->channels;
    picture.pixels = g_try_new(float, n);
    if (!picture.pixels)
        status = pensel_wrong(error, PENSEL_OUT_OF_MEMORY, "no memory for %zu x %zu pixels",
                              info->width, info->height);
    if (!status) status = pensel_compact_paint(compact, picture.pixels, threads, NULL, error);
    /* values of 8 bits are what a pyramid finds exactly, and at once */
    for (size_t i = 0; i < n && !status && info->bits == 8; i++)
        picture.pixels[i] = rintf(picture.pixels[i] * 255) / 255;
    if (!status) {
        pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
        o.estimator.training.threads = threads;
        o.profile = info->profile;
        o.profile_size = info->profile_size;
        status = pensel_painting_new(painting, &picture, &o, error);
    }
    *pixels = picture.pixels;
    pensel_compact_free(&compact);
    return status;
}
