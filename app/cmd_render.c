/* pensel render: paints again from a saved network, at any size; rows are streamed into the file.
 */
#include "command.h"
#include "text_grid.h"
#include "image.h"
#include "output.h"
#include "paint_compact.h"
#include "render_enlarge.h"
#include "render_room.h"
#include "result.h"
#include "command_line.h"
#include "watch.h"
#include "message.h"

#include <glib.h>
#include <math.h>
#include <string.h>

typedef struct render {
    const char *model, *output;
    pensel_numbers size, crop;
    double scale;
    size_t depth;
    bool json, quiet;
    pensel_enlarge enlarge;
    pensel_watch watch;
    GMutex lock; /* of the watch and what is done */
    size_t rows_done;
    gint64 start;
    pensel_painting *painting;
    float *own;    /* a compact painting's pixels at its own size, or NULL */
    bool finished; /* the enlarged picture is the result, pixel for pixel */
    pensel_render_options options;
    pensel_row_target table;
} render;

static int parse(render *r, pensel_arguments *arguments, const pensel_command *command, int argc,
                 char **argv)
{
    static const char *const elsewhere[] = {"width", "height", "x", "y", "w", "h", NULL};
    const pensel_option own[] = {
        {"output", 'o', pensel_read_text, &r->output, "PICTURE", pensel_image_where(), 0, 0, NULL},
        {"size", 0, pensel_read_size, &r->size, "WxH", "of the result (the picture's)", 0, 0, NULL},
        {"scale", 0, pensel_read_number, &r->scale, "S", "scale by this factor", 1e-6, 1e6, NULL},
        {"crop", 0, pensel_read_numbers, &r->crop, "X,Y,W,H",
         "only this part, in the picture's pixels; outside is allowed", 0, 0, NULL},
        {"tile", 0, NULL, &r->enlarge.tile, NULL,
         "two by two of a painting made with --tile: its edges meet", 0, 0, NULL},
        {"sharp", 0, NULL, &r->enlarge.sharp, NULL,
         "enlarge photographs by networks that know others; the rest as --pixel-art says", 0, 0,
         NULL},
        {"pixel-art", 0, pensel_read_choice, &r->enlarge.pixel_art, "HOW",
         "enlarge drawings pixel by pixel: auto, never, nearest, epx (auto: few colours, sharp "
         "borders)",
         0, 0, pensel_pixel_art_name},
        {"depth", 0, pensel_read_count, &r->depth, "BITS", "8 or 16 (8)", 8, 16, NULL},
        {"progress", 0, pensel_read_choice, &r->watch.when, "WHEN",
         "auto, always or never (auto: on a terminal)", 0, 0, pensel_watch_choice},
        {"json", 0, NULL, &r->json, NULL, "one JSON object on standard output", 0, 0, NULL},
        {"quiet", 'q', NULL, &r->quiet, NULL, "print nothing but errors", 0, 0, NULL},
        {0}};
    pensel_option options[G_N_ELEMENTS(own) + 8];
    memcpy(options, own, sizeof own);
    r->table = (pensel_row_target){&r->options, pensel_render_table()};
    pensel_options_append(options, G_N_ELEMENTS(options), &r->table, elsewhere);
    const pensel_option_group groups[] = {{"Options", options}, {0}};
    return pensel_options_parse(arguments, command, groups, argc, argv);
}

/* Options that cannot be, alone or together */
static pensel_status check_part(const render *r, pensel_error *error)
{
    const pensel_network *network =
        pensel_estimator_network(pensel_painting_estimator(r->painting));
    if (r->crop.count && (r->crop.count != 4 || r->crop.values[2] <= 0 || r->crop.values[3] <= 0))
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--crop: four numbers X,Y,W,H are needed, W and H above 0");
    if (r->size.count && r->scale > 0)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--size and --scale together: one of them is needed");
    if (r->enlarge.tile && (r->crop.count || !pensel_network_shape(network)->encoding.periodic))
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            r->crop.count
                                ? "--tile and --crop together: one of them is needed"
                                : "--tile: the edges of this painting do not meet: one made with "
                                  "pensel paint --tile is needed");
    return PENSEL_OK;
}

/* Which part of the painting is rendered, and how large; a tile is it twice in both directions. */
static pensel_status set_size(render *r, pensel_error *error)
{
    const pensel_canvas *canvas = pensel_painting_canvas(r->painting);
    pensel_render_options *o = &r->options;
    double w = (double)canvas->width, h = (double)canvas->height;
    pensel_status status = check_part(r, error);
    if (status) return status;
    if (r->enlarge.tile) {
        o->w = w = 2 * w;
        o->h = h = 2 * h;
    }
    if (r->crop.count) {
        o->x = r->crop.values[0];
        o->y = r->crop.values[1];
        o->w = w = r->crop.values[2];
        o->h = h = r->crop.values[3];
    }
    double scale = r->scale > 0 ? r->scale : 1;
    double width = r->size.count ? r->size.values[0] : fmax(1, rint(w * scale));
    double height = r->size.count ? r->size.values[1] : fmax(1, rint(h * scale));
    if (width > 1e7 || height > 1e7)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "%.0f x %.0f pixels: at most 10,000,000 a side can be written", width,
                            height);
    o->width = (size_t)width;
    o->height = (size_t)height;
    return PENSEL_OK;
}

static pensel_status rows_of(void *data, float *pixels, size_t first, size_t rows,
                             pensel_error *error)
{
    render *r = data;
    const pensel_canvas *c = pensel_painting_canvas(r->painting);
    size_t row = c->width * c->channels;
    bool whole = r->options.width == c->width && r->options.height == c->height;
    pensel_status status = PENSEL_OK;
    if (r->enlarge.pixel_by_pixel || r->finished)
        pensel_enlarge_rows(&r->enlarge, pixels, first, rows, &r->options);
    else if (r->own && whole && !r->crop.count && !r->enlarge.tile)
        memcpy(pixels, r->own + first * row, rows * row * sizeof *pixels);
    else
        status = pensel_painting_render(r->painting, pixels, first, rows, &r->options, error);
    g_mutex_lock(&r->lock);
    r->rows_done += rows;
    double share = fmin(1, (double)r->rows_done / (double)r->options.height);
    pensel_watch_share(&r->watch, "rendering", share,
                       (double)(g_get_monotonic_time() - r->start) / 1e6);
    g_mutex_unlock(&r->lock);
    return status;
}

/* An enlarged picture takes the painting's place, with what is shown of it in its own pixels. */
static pensel_status show_enlarged(render *r, pensel_error *error)
{
    const pensel_canvas *canvas = pensel_painting_canvas(r->painting);
    pensel_render_options *o = &r->options;
    pensel_enlarge *e = &r->enlarge;
    double factor = (double)e->factor;
    pensel_painting *larger = NULL;
    size_t n = e->picture.width * e->picture.height * e->picture.channels;
    /* values of 8 bits are what a pyramid finds exactly, and at once */
    for (size_t i = 0; i < n && r->depth != 16; i++)
        e->picture.pixels[i] = rintf(e->picture.pixels[i] * 255) / 255;
    pensel_status status = pensel_pixels_open(&larger, &e->picture, canvas->profile,
                                              canvas->profile_size, false, o->threads, error);
    if (status) return status;
    o->x = (o->x - (double)e->left) * factor;
    o->y = (o->y - (double)e->top) * factor;
    o->w *= factor;
    o->h *= factor;
    o->mix = 0;
    o->soft = false;
    pensel_painting_free(&r->painting);
    g_free(r->own);
    r->painting = larger;
    r->own = e->picture.pixels;
    e->picture.pixels = NULL;
    return PENSEL_OK;
}

static pensel_status check_room(const render *r, pensel_error *error)
{
    const pensel_render_options *o = &r->options;
    double channels = (double)pensel_painting_canvas(r->painting)->channels;
    double bytes = (double)o->width * (double)o->height * channels * (r->depth == 16 ? 2 : 1);
    return pensel_render_room(r->output, o->width, o->height, bytes, r->quiet, error);
}

/* Twice or four times the size is what doubling makes; nothing is left to interpolate. */
static bool is_finished(const render *r)
{
    const pensel_picture *p = &r->enlarge.picture;
    return r->enlarge.how && p->pixels && !r->crop.count && !r->enlarge.tile &&
           r->options.width == p->width && r->options.height == p->height;
}

/* Whether a compact painting's own pixels are all that is needed, and nothing between them. */
static bool own_suffices(const render *r)
{
    bool resized = r->size.count || r->scale > 0 || r->crop.count || r->enlarge.tile;
    return r->enlarge.sharp || !resized;
}

/* A compact painting is of one picture, without classes. */
static pensel_status check_own(const render *r, pensel_error *error)
{
    static const char *const others[] = {"mix", "soft"};
    static const char *const needs[] = {"a painting of several pictures", "a painting of classes"};
    for (size_t i = 0; i < G_N_ELEMENTS(others) && r->own; i++)
        if (pensel_option_given(&r->options, pensel_render_table(), others[i]))
            return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                                "--%s has no effect on a compact painting: %s is needed", others[i],
                                needs[i]);
    return PENSEL_OK;
}

/* All that may be wrong is found before the first pixel is asked for. */
static pensel_status open_painting(render *r, pensel_error *error)
{
    if (!r->output)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "render: no output is named: -o PICTURE is needed");
    pensel_status status = pensel_image_start("pensel", false, error);
    if (!status) status = pensel_output_spares(&r->output, 1, r->model, error);
    if (!status) status = pensel_image_check(r->output, "--output", error);
    if (!status) status = pensel_image_check_depth(r->output, r->depth, error);
    if (!status)
        status = pensel_compact_is(r->model)
                     ? pensel_compact_open(&r->painting, &r->own, r->model, own_suffices(r),
                                           r->options.threads, error)
                     : pensel_painting_load(&r->painting, r->model, error);
    if (!status) status = check_own(r, error);
    if (!status) status = set_size(r, error);
    if (!status) status = check_room(r, error);
    return status ? status
                  : pensel_enlarge_begin(&r->enlarge, r->painting, r->own, &r->options, error);
}

static pensel_status work(render *r, pensel_error *error)
{
    pensel_status status = open_painting(r, error);
    if (status) return status;
    r->finished = is_finished(r);
    if (r->enlarge.how && !r->enlarge.pixel_by_pixel && !r->finished)
        status = show_enlarged(r, error);
    if (status) return status;
    pensel_image_threads(r->options.threads);
    r->options.threads = 1; /* libvips asks for strips from all its threads at once */
    pensel_watch_begin(&r->watch, r->quiet);
    double pixels = (double)r->options.width * (double)r->options.height;
    const pensel_canvas *canvas = pensel_painting_canvas(r->painting);
    pensel_image_source source = {.width = r->options.width,
                                  .height = r->options.height,
                                  .channels = canvas->channels,
                                  .rows = rows_of,
                                  .data = r,
                                  .bits = r->depth ? (int)r->depth : 8,
                                  .profile = canvas->profile,
                                  .profile_size = canvas->profile_size,
                                  .pyramid = pixels >= 16e6};
    status = pensel_image_write(r->output, &source, error);
    pensel_watch_clear(&r->watch);
    if (status) pensel_options_name(error);
    return status;
}

static const char *enlarged_text(const render *r)
{
    if (!strcmp(r->enlarge.how, "sharp")) return "by networks that have learned from photographs";
    return strcmp(r->enlarge.how, "epx") != 0
               ? "pixel by pixel, as it is drawn so: --pixel-art never interpolates"
               : "pixel by pixel with round corners (EPX), as it is drawn so: --pixel-art never "
                 "interpolates";
}

static int print(const render *r, double seconds)
{
    pensel_result *result = pensel_result_new();
    const pensel_render_options *o = &r->options;
    double rate = (double)o->width * (double)o->height / fmax(seconds, 1e-9);
    char *time = pensel_text_seconds(seconds), *speed = pensel_text_count(rint(rate));
    pensel_result_line(result, "painting", "%s, %zu x %zu", r->output, o->width, o->height);
    if (r->enlarge.how) pensel_result_line(result, "enlarged", "%s", enlarged_text(r));
    pensel_result_line(result, "time", "%s, %s pixels/s", time, speed);
    g_free(time);
    g_free(speed);
    pensel_result_text(result, "model", r->model);
    pensel_result_text(result, "painting", r->output);
    pensel_result_text(result, "enlarged", r->enlarge.how);
    pensel_result_count(result, "width", o->width);
    pensel_result_count(result, "height", o->height);
    pensel_result_number(result, "seconds", seconds);
    pensel_result_number(result, "pixels_per_second", rate);
    return pensel_result_finish(result, r->json, r->quiet);
}

static int run(const pensel_command *command, int argc, char **argv)
{
    render r = {.options = pensel_render_defaults()};
    pensel_arguments arguments;
    pensel_error error = {0};
    int status = parse(&r, &arguments, command, argc, argv);
    if (status != PENSEL_OPTIONS_GO) return status;
    if (arguments.count != 1) {
        status = pensel_message_usage(
            "render: one model is needed, not %zu: pensel render MODEL -o PICTURE",
            arguments.count);
    } else {
        r.start = g_get_monotonic_time();
        g_mutex_init(&r.lock);
        r.model = arguments.words[0];
        status = work(&r, &error) ? pensel_message_error(&error)
                                  : print(&r, (double)(g_get_monotonic_time() - r.start) / 1e6);
        g_mutex_clear(&r.lock);
        pensel_watch_free(&r.watch);
    }
    pensel_painting_free(&r.painting);
    pensel_enlarge_end(&r.enlarge);
    g_free(r.own);
    g_free(r.size.values);
    g_free(r.crop.values);
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_render = {"render", "MODEL -o PICTURE", PENSEL_RENDER_SUMMARY,
                                              run};
