#include "live.h"

#include "image.h"
#include "output.h"
#include "message.h"

#include <math.h>
#include <string.h>

#define FRAMES 96        /* at most; then every other one goes */
#define FRAME_SIDE 480   /* pixels at most */
#define SHOW_EVERY 0.25  /* seconds */
#define EARLY 40         /* this many first epochs always become frames */
#define SHARE 0.3        /* fraction of the time that showing and filming may take */
#define FOLLOW_SHARE 0.1 /* and that may be spent on a picture for the browser, */
#define FOLLOW_EVERY 0.1 /* seconds after the one before */
#define SHEET_FRAMES 36  /* of a film that is one picture, at most */

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
    pensel_status status = pensel_image_check_film(path, "--timelapse", error);
    return status ? status : pensel_output_check(path, "--timelapse", error);
}

static double clock_now(void)
{
    return (double)g_get_monotonic_time() / 1e6;
}

/* The mean of a block of the picture as a byte on white. */
static uint8_t mean_of(const pensel_picture *p, size_t left, size_t top, size_t block, size_t c)
{
    size_t channels = p->channels, bottom = MIN(top + block, p->height);
    size_t right = MIN(left + block, p->width), count = 0;
    float sum = 0;
    for (size_t y = top; y < bottom; y++) {
        for (size_t x = left; x < right; x++, count++) {
            const float *pixel = p->pixels + (y * p->width + x) * channels;
            sum += pixel[channels < 3 ? 0 : c] + (channels % 2 ? 0 : 1 - pixel[channels - 1]);
        }
    }
    return (uint8_t)lrintf(255 * fminf(fmaxf(sum / (float)count, 0), 1));
}

/* The picture as bytes on white (height, width, 3), a whole number of times smaller, so that it is
 * no larger than *width and *height, which become its size. */
static uint8_t *snapshot(const pensel_picture *p, size_t *width, size_t *height)
{
    size_t across = (p->width + *width - 1) / *width, down = (p->height + *height - 1) / *height;
    size_t block = MAX(across, down);
    *width = (p->width + block - 1) / block;
    *height = (p->height + block - 1) / block;
    uint8_t *bytes = g_malloc(*width * *height * 3);
    for (size_t i = 0; i < *width * *height; i++)
        for (size_t c = 0; c < 3; c++)
            bytes[3 * i + c] = mean_of(p, i % *width * block, i / *width * block, block, c);
    return bytes;
}

/* The whole, as the page shows it: no larger than a frame. */
static void follow(pensel_live *live, const pensel_picture *p)
{
    size_t width = FRAME_SIDE, height = FRAME_SIDE;
    uint8_t *bytes = snapshot(p, &width, &height);
    pensel_follow_picture(live->watch->follow, bytes, width, height);
    live->followed = clock_now();
}

static void free_moment(void *moment)
{
    g_free(((pensel_moment *)moment)->bytes);
    g_free(moment);
}

bool pensel_live_looks(const pensel_live *live)
{
    return live->terminal || live->timelapse || live->watch->follow;
}

void pensel_live_begin(pensel_live *live, const pensel_picture *picture, bool of_bytes)
{
    live->begun = clock_now();
    bool on_terminal = live->watch->shows && live->watch->terminal;
    if (live->show == PENSEL_WATCH_ALWAYS || (live->show == PENSEL_WATCH_AUTO && on_terminal))
        live->terminal = pensel_terminal_new();
    live->frames = g_ptr_array_new_with_free_func(free_moment);
    live->original = picture;
    live->of_bytes = of_bytes;
    live->stride = 1;
    live->last = live->followed = -INFINITY;
    if (live->watch->follow) {
        size_t width = FRAME_SIDE, height = FRAME_SIDE;
        uint8_t *bytes = snapshot(picture, &width, &height);
        pensel_follow_original(live->watch->follow, bytes, width, height);
    }
}

static void show(pensel_live *live, const pensel_picture *p)
{
    size_t width = p->width, height = p->height;
    pensel_terminal_fit(live->terminal, &width, &height);
    uint8_t *bytes = snapshot(p, &width, &height);
    pensel_terminal_show(live->terminal, bytes, width, height);
    g_free(bytes);
    live->last = clock_now();
    live->watch->last = -INFINITY; /* the line was painted over */
}

static void keep_frame(pensel_live *live, const pensel_picture *p, size_t number)
{
    pensel_moment *moment = g_new(pensel_moment, 1);
    live->width = live->height = FRAME_SIDE;
    moment->bytes = snapshot(p, &live->width, &live->height);
    moment->number = number;
    if (pensel_picture_psnr(&moment->psnr, live->original, p, NULL)) moment->psnr = NAN;
    g_ptr_array_add(live->frames, moment);
    if (live->frames->len < FRAMES) return;
    for (guint i = 1; i < live->frames->len; i++)
        g_ptr_array_remove_index(live->frames, i);
    live->stride *= 2;
}

void pensel_live_see(pensel_live *live, const pensel_picture *so_far, size_t number)
{
    if (live->timelapse) keep_frame(live, so_far, number);
    if (live->terminal) show(live, so_far);
    if (live->watch->follow) follow(live, so_far);
}

/* The painting at its own size, which renders fastest; without pixels on failure. */
static pensel_picture render_whole(const pensel_painting *painting)
{
    const pensel_canvas *c = pensel_painting_canvas(painting);
    pensel_render_options o = pensel_render_defaults();
    pensel_picture p = {NULL, c->width, c->height, c->channels};
    p.pixels = g_try_malloc_n(p.width * p.height * p.channels, sizeof(float));
    if (!p.pixels || !pensel_painting_render(painting, p.pixels, 0, p.height, &o, NULL)) return p;
    g_free(p.pixels);
    p.pixels = NULL;
    return p;
}

pensel_verdict pensel_live_epoch(const pensel_painting *so_far, const pensel_progress *progress,
                                 double psnr, void *data)
{
    pensel_live *live = data;
    double now = clock_now();
    bool leisure = live->spent <= SHARE * (now - live->begun);
    /* a quick painting has few epochs: each of the first is a frame, however long it takes */
    bool early = progress->epoch <= EARLY;
    live->epoch = progress->epoch;
    bool films = (early || leisure) && live->timelapse && (progress->epoch - 1) % live->stride == 0;
    bool shows = leisure && live->terminal && now - live->last > SHOW_EVERY;
    bool follows = live->spent <= FOLLOW_SHARE * (now - live->begun) &&
                   now - live->followed > FOLLOW_EVERY && pensel_follow_wants(live->watch->follow);
    if (films || shows || follows) {
        pensel_picture p = render_whole(so_far);
        if (p.pixels && films) keep_frame(live, &p, progress->epoch);
        if (p.pixels && shows) show(live, &p);
        if (p.pixels && follows) follow(live, &p);
        g_free(p.pixels);
    }
    live->spent += clock_now() - now;
    return pensel_watch_see(live->watch, progress, psnr);
}

/* Every frame becomes a page of the film. */
static pensel_status write_film(const char *path, const pensel_film_story *story,
                                const void *profile, size_t profile_size, pensel_error *error)
{
    const uint8_t **pages = g_new0(const uint8_t *, story->count);
    pensel_film film = {pages, story->count, 0, 0, profile, profile_size};
    bool failed = false;
    for (size_t i = 0; i < story->count; i++) {
        pensel_paper page = pensel_film_page(story, i);
        pages[i] = page.bytes;
        film.width = page.width;
        film.height = page.height;
        failed |= page.failed;
    }
    pensel_status status =
        failed ? pensel_wrong(error, PENSEL_OUT_OF_MEMORY, "cannot draw the pages of the film")
               : pensel_image_write_film(path, &film, error);
    for (size_t i = 0; i < story->count; i++)
        g_free((uint8_t *)pages[i]);
    g_free(pages);
    return status;
}

pensel_status pensel_live_end(pensel_live *live, const pensel_picture *finished, size_t number,
                              const void *profile, size_t profile_size, pensel_error *error)
{
    GPtrArray *frames = live->frames; /* the last of them may be this one already */
    if (frames->len && ((pensel_moment *)frames->pdata[frames->len - 1])->number == number)
        g_ptr_array_remove_index(frames, frames->len - 1);
    pensel_live_see(live, finished, number);
    if (!live->timelapse) return PENSEL_OK;
    bool sheet = g_str_has_suffix(live->timelapse, ".png");
    while (sheet && live->frames->len > SHEET_FRAMES)
        for (guint i = 1; i + 1 < live->frames->len; i++)
            g_ptr_array_remove_index(live->frames, i);
    pensel_film_story story = {(pensel_moment *const *)live->frames->pdata, live->frames->len,
                               live->width, live->height, live->of_bytes};
    if (finished->channels < 3)
        profile = NULL, profile_size = 0; /* pages have colours, it has not */
    if (!sheet) return write_film(live->timelapse, &story, profile, profile_size, error);
    pensel_paper page = pensel_film_sheet(&story);
    return pensel_paper_save(&page, "the film", live->timelapse, profile, profile_size, error);
}

pensel_status pensel_live_finish(pensel_live *live, const pensel_painting *painting,
                                 pensel_error *error)
{
    const pensel_canvas *canvas = pensel_painting_canvas(painting);
    if (!pensel_live_looks(live)) return PENSEL_OK;
    pensel_picture p = render_whole(painting);
    if (!p.pixels)
        return pensel_wrong(error, PENSEL_OUT_OF_MEMORY, "no memory to show %zu x %zu pixels",
                            p.width, p.height);
    pensel_status status =
        pensel_live_end(live, &p, live->epoch, canvas->profile, canvas->profile_size, error);
    g_free(p.pixels);
    return status;
}

void pensel_live_free(pensel_live *live)
{
    pensel_terminal_free(&live->terminal);
    if (live->frames) g_ptr_array_free(live->frames, TRUE);
    live->frames = NULL;
}
