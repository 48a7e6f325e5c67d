/* Compact paintings at the command line. */
#include "paint_compact.h"

#include "interrupt.h"
#include "message.h"
#include "output.h"
#include "paint_kind.h"
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
        {"parameters", 0, pensel_read_count, &ask->numbers, "N",
         "numbers that it is made of, at most: latents that are not 0", 1, 1e15, NULL},
        {0}};
    memcpy(options, own, sizeof own);
}

/* ------------------------------------------------------------------ painting */

enum { MOMENTS = 12 }; /* paintings on the way, if somebody looks */

static pensel_verdict note_trial(const pensel_compact_trial *trial, void *data)
{
    pensel_compact_job *c = data;
    c->last = *trial;
    if (trial->trials == 0) {
        pensel_live_see(&c->job->live, &trial->painted, trial->bytes);
        pensel_figure_see(&c->job->figure, trial);
    }
    return PENSEL_CONTINUE;
}

/* -o X.pensel is the file, and there is no picture; else --save names it, or it is NAME.pensel. */
static pensel_status settle_outputs(pensel_compact_job *c, pensel_error *error)
{
    pensel_paint_job *p = c->job;
    const char *name = strcmp(p->input, "-") ? p->input : "stdin";
    if (pensel_paint_is_compact(p->output) && p->save)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--output %.120s and --save together: one of them names the .pensel "
                            "file",
                            p->output);
    if (pensel_paint_is_compact(p->output)) {
        c->file = g_strdup(p->output);
        p->output = NULL;
    } else {
        c->file = p->save ? g_strdup(p->save) : pensel_output_beside(name, ".pensel");
        p->default_output = pensel_output_beside(name, "-painting.png");
        if (!p->output) p->output = p->default_output;
    }
    const char *const outputs[] = {c->file, p->output, p->compare, p->live.timelapse,
                                   p->figure.path};
    pensel_status status = pensel_output_distinct(outputs, G_N_ELEMENTS(outputs), error);
    if (!status) status = pensel_output_spares(outputs, G_N_ELEMENTS(outputs), p->input, error);
    if (!status) status = pensel_output_check(c->file, "--save", error);
    if (!status) status = pensel_image_check(p->output, "--output", error);
    if (!status && p->output) status = pensel_image_check_depth(p->output, p->depth, error);
    if (!status) status = pensel_image_check(p->compare, "--compare", error);
    if (!status) status = pensel_image_check(p->figure.path, "--figure", error);
    if (!status) status = pensel_live_check(&p->live, error);
    return status;
}

static pensel_status encode(pensel_compact_job *c, pensel_error *error)
{
    pensel_paint_job *p = c->job;
    const pensel_image *image = &p->originals.images[0];
    pensel_compact_options o = pensel_compact_defaults();
    if (p->compact.quality > 0) o.quality = p->compact.quality;
    o.bytes = p->compact.bytes;
    o.numbers = p->compact.numbers;
    o.psnr = p->options.psnr;
    o.seconds = p->options.estimator.training.max_seconds;
    o.threads = p->options.estimator.training.threads;
    o.bits = image->bits == 16 ? 16 : 8;
    o.profile = image->profile;
    o.profile_size = image->profile_size;
    o.interrupt = pensel_interrupt_catch();
    o.moments = pensel_live_looks(&p->live) ? MOMENTS : pensel_figure_wants(&p->figure);
    o.on_trial = note_trial;
    o.on_trial_data = c;
    return pensel_compact_new(&c->compact, &image->picture, &o, error);
}

/* Paints from the file's own bytes, so what is told is what anybody will see. */
static pensel_status paint(pensel_compact_job *c, pensel_error *error)
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

static pensel_status write_files(pensel_compact_job *c, pensel_error *error)
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

static pensel_status write_figure(pensel_compact_job *c, pensel_error *error)
{
    pensel_paint_job *p = c->job;
    const pensel_picture *o = &p->originals.images[0].picture;
    char *numbers = pensel_text_count((double)c->count);
    char *original = g_strdup_printf("%zu x %zu pixels", o->width, o->height);
    char *bytes = pensel_text_count((double)pensel_compact_describe(c->compact)->bytes);
    char *words = isinf(p->psnr)
                      ? g_strdup_printf("%s bytes: every pixel as it is", bytes)
                      : g_strdup_printf("%s numbers in %s bytes: %.1f dB", numbers, bytes, p->psnr);
    pensel_status status =
        pensel_figure_write(&p->figure, o, &p->painted, &(pensel_figure_words){original, words},
                            p->options.estimator.training.threads, pensel_interrupt_catch(), error);
    g_free(numbers);
    g_free(bytes);
    g_free(original);
    g_free(words);
    return status;
}

/* The picture's own file, and what others would take for as much. */
static void compare_formats(pensel_compact_job *c)
{
    pensel_paint_job *p = c->job;
    const pensel_picture *o = &p->originals.images[0].picture;
    struct stat info;
    if (strcmp(p->input, "-") != 0 && !stat(p->input, &info)) c->own_bytes = (size_t)info.st_size;
    c->jpeg = pensel_image_rival(o, ".jpg", p->psnr);
    c->webp = pensel_image_rival(o, ".webp", p->psnr);
}

static pensel_status work(pensel_compact_job *c, pensel_error *error)
{
    pensel_paint_job *p = c->job;
    if (p->depth && p->depth != 8 && p->depth != 16)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT, "--depth %zu: 8 or 16 is needed", p->depth);
    if (p->depth && pensel_paint_is_compact(p->output))
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--depth has no effect on a .pensel file, which has that of the "
                            "picture: --save X.pensel -o PICTURE writes both");
    pensel_status status = pensel_image_start("pensel", p->untrusted, error);
    if (!status) pensel_image_threads(p->options.estimator.training.threads);
    if (!status) status = settle_outputs(c, error);
    if (!status)
        status =
            pensel_originals_read(&p->originals, (char *const *)&p->input, 1, p->max_pixels, error);
    if (!status) {
        pensel_watch_begin(&p->train.watch, p->train.quiet);
        status = pensel_train_follow(&p->train, "paint", p->input, error);
    }
    if (!status) {
        pensel_live_begin(&p->live, &p->originals.images[0].picture, true);
        status = encode(c, error);
        if (status) pensel_options_name(error);
    }
    c->seconds = (double)(g_get_monotonic_time() - c->began) / 1e6;
    if (!status) status = paint(c, error);
    if (!status) status = write_files(c, error);
    if (!status) {
        const pensel_image *image = &p->originals.images[0];
        status = pensel_live_end(&p->live, &p->painted, pensel_compact_describe(c->compact)->bytes,
                                 image->profile, image->profile_size, error);
    }
    if (!status) status = write_figure(c, error);
    if (!status && (!p->train.quiet || p->train.json)) compare_formats(c);
    pensel_watch_clear(&p->train.watch);
    return status;
}

int pensel_compact_run(pensel_paint_job *job)
{
    pensel_compact_job c = {.job = job, .began = g_get_monotonic_time()};
    pensel_error error = {0};
    int status =
        work(&c, &error) ? pensel_train_fail(&job->train, &error) : pensel_compact_print(&c);
    pensel_compact_free(&c.compact);
    g_free(c.file);
    return status;
}
