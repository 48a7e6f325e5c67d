#include "live.h"

#include "image.h"
#include "output.h"
#include "message.h"

#include <math.h>
#include <string.h>

#define FRAMES 96       /* at most; then every other one goes */
#define FRAME_SIDE 480  /* pixels at most */
#define SHOW_EVERY 0.25 /* seconds */
#define EARLY 40        /* this many first epochs always become frames */
#define SHARE 0.3       /* fraction of the time that showing and filming may take */
#define SHEET_COLUMNS 6 /* of a film that is one picture */

pensel_status pensel_live_check(const pensel_live *live, pensel_error *error)
{
    const char *path = live->timelapse;
    if (path && !g_str_has_suffix(path, ".gif") && !g_str_has_suffix(path, ".webp") &&
        !g_str_has_suffix(path, ".png"))
        return pensel_wrong(
            error, PENSEL_BAD_ARGUMENT,
            "--timelapse %.200s: a film's name ends in .gif, .webp or .png (a sheet of "
            "frames)",
            path);
    return pensel_output_check(path, "--timelapse", error);
}

static double clock_now(void)
{
    return (double)g_get_monotonic_time() / 1e6;
}

void pensel_live_begin(pensel_live *live)
{
    live->begun = clock_now();
    bool on_terminal = live->watch->shows && live->watch->terminal;
    if (live->show == PENSEL_WATCH_ALWAYS || (live->show == PENSEL_WATCH_AUTO && on_terminal))
        live->terminal = pensel_terminal_new();
    live->frames = g_ptr_array_new_with_free_func(g_free);
    live->stride = 1;
    live->last = -INFINITY;
}

/* The painting at its own size, which renders fastest, as floats; NULL on failure. */
static float *render_whole(const pensel_painting *painting, const pensel_canvas *canvas)
{
    pensel_render_options o = pensel_render_defaults();
    float *pixels =
        g_try_malloc_n(canvas->width * canvas->height * canvas->channels, sizeof(float));
    if (pixels && !pensel_painting_render(painting, pixels, 0, canvas->height, &o, NULL))
        return pixels;
    g_free(pixels);
    return NULL;
}

/* The mean of a block of the painting as a byte on white. */
static uint8_t mean_of(const float *pixels, const pensel_canvas *canvas, size_t left, size_t top,
                       size_t block, size_t c)
{
    size_t channels = canvas->channels, bottom = MIN(top + block, canvas->height);
    size_t right = MIN(left + block, canvas->width), count = 0;
    float sum = 0;
    for (size_t y = top; y < bottom; y++) {
        for (size_t x = left; x < right; x++, count++) {
            const float *pixel = pixels + (y * canvas->width + x) * channels;
            sum += pixel[channels < 3 ? 0 : c] + (channels % 2 ? 0 : 1 - pixel[channels - 1]);
        }
    }
    return (uint8_t)lrintf(255 * fminf(fmaxf(sum / (float)count, 0), 1));
}

/* The painting as bytes on white (height, width, 3), a whole number of times smaller, so that it is
 * no larger than *width and *height, which become its size. */
static uint8_t *snapshot(const pensel_painting *painting, size_t *width, size_t *height)
{
    const pensel_canvas *canvas = pensel_painting_canvas(painting);
    size_t across = (canvas->width + *width - 1) / *width,
           down = (canvas->height + *height - 1) / *height;
    size_t block = MAX(across, down);
    float *pixels = render_whole(painting, canvas);
    if (!pixels) return NULL;
    *width = (canvas->width + block - 1) / block;
    *height = (canvas->height + block - 1) / block;
    uint8_t *bytes = g_malloc(*width * *height * 3);
    for (size_t i = 0; i < *width * *height; i++)
        for (size_t c = 0; c < 3; c++)
            bytes[3 * i + c] =
                mean_of(pixels, canvas, i % *width * block, i / *width * block, block, c);
    g_free(pixels);
    return bytes;
}

static void show(pensel_live *live, const pensel_painting *painting)
{
    const pensel_canvas *canvas = pensel_painting_canvas(painting);
    size_t width = canvas->width, height = canvas->height;
    pensel_terminal_fit(live->terminal, &width, &height);
    uint8_t *bytes = snapshot(painting, &width, &height);
    if (bytes) pensel_terminal_show(live->terminal, bytes, width, height);
    g_free(bytes);
}

static void keep_frame(pensel_live *live, const pensel_painting *painting)
{
    size_t width = FRAME_SIDE, height = FRAME_SIDE;
    uint8_t *bytes = snapshot(painting, &width, &height);
    if (!bytes) return;
    live->width = width;
    live->height = height;
    g_ptr_array_add(live->frames, bytes);
    if (live->frames->len < FRAMES) return;
    for (guint i = 1; i < live->frames->len; i++)
        g_ptr_array_remove_index(live->frames, i);
    live->stride *= 2;
}

pensel_verdict pensel_live_epoch(const pensel_painting *so_far, const pensel_progress *progress,
                                 double psnr, void *data)
{
    pensel_live *live = data;
    double now = clock_now();
    bool leisure = live->spent <= SHARE * (now - live->begun);
    /* a quick painting has few epochs: each of the first is a frame, however long it takes */
    bool early = progress->epoch <= EARLY;
    if ((early || leisure) && live->timelapse && (progress->epoch - 1) % live->stride == 0)
        keep_frame(live, so_far);
    if (leisure && live->terminal && now - live->last > SHOW_EVERY) {
        show(live, so_far);
        live->last = clock_now();
        live->watch->last = -INFINITY; /* the line was painted over */
    }
    live->spent += clock_now() - now;
    return pensel_watch_see(live->watch, progress, psnr);
}

/* All frames beside and below one another. */
static pensel_status write_sheet(const char *path, const pensel_film *film, pensel_error *error)
{
    size_t n = film->count, columns = MIN(n, SHEET_COLUMNS), rows = (n + columns - 1) / columns;
    size_t w = film->width, h = film->height, width = columns * (w + 2) - 2,
           height = rows * (h + 2) - 2;
    pensel_picture sheet = {g_new(float, width *height * 3), width, height, 3};
    for (size_t i = 0; i < width * height * 3; i++)
        sheet.pixels[i] = 1;
    for (size_t f = 0; f < n; f++) {
        size_t left = f % columns * (w + 2), top = f / columns * (h + 2);
        for (size_t y = 0; y < h; y++)
            for (size_t i = 0; i < w * 3; i++)
                sheet.pixels[((top + y) * width + left) * 3 + i] =
                    (float)film->frames[f][y * w * 3 + i] / 255;
    }
    pensel_image_source source = pensel_image_of(&sheet);
    source.profile = film->profile;
    source.profile_size = film->profile_size;
    pensel_status status = pensel_image_write(path, &source, error);
    g_free(sheet.pixels);
    return status;
}

pensel_status pensel_live_finish(pensel_live *live, const pensel_painting *painting,
                                 pensel_error *error)
{
    const pensel_canvas *canvas = pensel_painting_canvas(painting);
    bool sheet = live->timelapse && g_str_has_suffix(live->timelapse, ".png");
    if (live->terminal) show(live, painting);
    if (!live->timelapse) return PENSEL_OK;
    keep_frame(live, painting);
    if (!live->frames->len) return PENSEL_OK;
    while (sheet && live->frames->len > 36) /* it needs no more than some dozens */
        for (guint i = 1; i + 1 < live->frames->len; i++)
            g_ptr_array_remove_index(live->frames, i);
    pensel_film film = {(const uint8_t *const *)live->frames->pdata,
                        live->frames->len,
                        live->width,
                        live->height,
                        NULL,
                        0};
    if (canvas->channels >= 3) { /* frames have colours, also those of a grey picture */
        film.profile = canvas->profile;
        film.profile_size = canvas->profile_size;
    }
    return sheet ? write_sheet(live->timelapse, &film, error)
                 : pensel_image_write_film(live->timelapse, &film, error);
}

void pensel_live_free(pensel_live *live)
{
    pensel_terminal_free(&live->terminal);
    if (live->frames) g_ptr_array_free(live->frames, TRUE);
    live->frames = NULL;
}
