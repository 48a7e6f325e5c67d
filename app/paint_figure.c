#include "paint_figure.h"

#include "figure_sheet.h"
#include "message.h"
#include "text_grid.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* The tutorial's network learns a picture of this many pixels a side at most, for this long: on a
 * large one it would take hours. */
enum { SIDE = 100, EPOCHS = 60 };
#define SECONDS 20.0

/* After these epochs a moment is kept. */
static const size_t moments[PENSEL_FIGURE_MOMENTS] = {1, 2, 5, 10, 20, 40};

size_t pensel_figure_wants(const pensel_figure *figure)
{
    return figure->path ? 2 * PENSEL_FIGURE_MOMENTS : 0;
}

static pensel_picture copy_of(const pensel_picture *p)
{
    pensel_picture copy = *p;
    size_t n = p->width * p->height * p->channels;
    copy.pixels = g_new(float, n);
    memcpy(copy.pixels, p->pixels, n * sizeof *copy.pixels);
    return copy;
}

void pensel_figure_see(pensel_figure *figure, const pensel_compact_trial *moment)
{
    size_t i = figure->seen / 2;
    if (figure->path && figure->seen++ % 2 && i < PENSEL_FIGURE_MOMENTS)
        figure->compact[i] =
            (pensel_figure_moment){copy_of(&moment->painted), moment->bytes, moment->psnr};
}

/* What a painting looks like, at the size of what it has learned. */
static pensel_status look(pensel_picture *picture, double *psnr, const pensel_figure *figure,
                          const pensel_painting *painting, pensel_error *error)
{
    pensel_render_options o = pensel_render_defaults();
    *picture = copy_of(&figure->small);
    pensel_status status =
        pensel_painting_render(painting, picture->pixels, 0, picture->height, &o, error);
    return status ? status : pensel_picture_psnr(psnr, &figure->small, picture, error);
}

static pensel_verdict see_epoch(const pensel_painting *so_far, const pensel_progress *progress,
                                double psnr, void *data)
{
    pensel_figure *figure = data;
    size_t i = figure->network_moments;
    (void)psnr;
    figure->epochs = progress->epoch;
    if (i == PENSEL_FIGURE_MOMENTS || progress->epoch != moments[i]) return PENSEL_CONTINUE;
    pensel_figure_moment *m = &figure->network[i];
    if (look(&m->picture, &m->psnr, figure, so_far, NULL)) return PENSEL_CONTINUE;
    m->number = progress->epoch;
    figure->network_moments++;
    return PENSEL_CONTINUE;
}

/* Where time was short, what it has become is the last moment. */
static void keep_last(pensel_figure *figure)
{
    size_t i = figure->network_moments;
    if (i == PENSEL_FIGURE_MOMENTS || (i && figure->network[i - 1].number == figure->epochs))
        return;
    figure->network[i] =
        (pensel_figure_moment){copy_of(&figure->learned), figure->epochs, figure->learned_psnr};
    figure->network_moments++;
}

/* docs/tutorial.md's network, trained as there. */
static pensel_status learn(pensel_figure *figure, size_t threads, const volatile int *interrupt,
                           pensel_error *error)
{
    pensel_paint_options o = pensel_paint_tutorial(PENSEL_REGRESSION);
    pensel_painting *painting = NULL;
    o.estimator.training.epochs = EPOCHS;
    o.estimator.training.max_seconds = SECONDS;
    o.estimator.training.threads = threads;
    o.estimator.training.interrupt = interrupt;
    o.on_painting = see_epoch;
    o.on_painting_data = figure;
    pensel_status status = pensel_painting_new(&painting, &figure->small, &o, error);
    if (!status) status = look(&figure->learned, &figure->learned_psnr, figure, painting, error);
    if (!status) keep_last(figure);
    if (!status)
        figure->parameters = pensel_network_parameter_count(
            pensel_estimator_network(pensel_painting_estimator(painting)));
    pensel_painting_free(&painting);
    return status;
}

/* A row of small pictures under one line of words. */
static void put_moments(pensel_figure_sheet *sheet, const char *title,
                        const pensel_figure_moment *list, size_t count, bool of_bytes)
{
    pensel_figure_sheet_line(sheet, title);
    for (size_t i = 0; i < count; i++) {
        char *number = pensel_text_count((double)list[i].number);
        char *words = g_strdup_printf(of_bytes ? "%s bytes: %.1f dB" : "epoch %s: %.1f dB", number,
                                      list[i].psnr);
        pensel_figure_sheet_picture(sheet, &list[i].picture, PENSEL_FIGURE_MOMENTS, i, NULL, words);
        g_free(number);
        g_free(words);
    }
    pensel_figure_sheet_end_row(sheet);
}

static pensel_status compose(const pensel_figure *figure, const pensel_picture *original,
                             const pensel_picture *painted, const pensel_figure_words *words,
                             pensel_error *error)
{
    pensel_figure_sheet *sheet = pensel_figure_sheet_new();
    char *count = pensel_text_count((double)figure->parameters);
    char *learned = g_strdup_printf("%s numbers after %zu epochs: %.1f dB", count, figure->epochs,
                                    figure->learned_psnr);
    pensel_figure_sheet_picture(sheet, original, 3, 0, "The picture", words->original);
    pensel_figure_sheet_picture(sheet, &figure->learned, 3, 1,
                                "As the tutorial's network learns it", learned);
    pensel_figure_sheet_picture(sheet, painted, 3, 2, "As pensel paints it", words->compact);
    pensel_figure_sheet_end_row(sheet);
    put_moments(sheet, "The network learns (row, column) → colour, epoch by epoch", figure->network,
                figure->network_moments, false);
    put_moments(sheet, "The painting comes to be, with ever more numbers", figure->compact,
                MIN(figure->seen / 2, PENSEL_FIGURE_MOMENTS), true);
    pensel_status status = pensel_figure_sheet_write(&sheet, figure->path, error);
    g_free(count);
    g_free(learned);
    return status;
}

pensel_status pensel_figure_write(pensel_figure *figure, const pensel_picture *original,
                                  const pensel_picture *painted, const pensel_figure_words *words,
                                  size_t threads, const volatile int *interrupt,
                                  pensel_error *error)
{
    if (!figure->path) return PENSEL_OK;
    pensel_status status = pensel_figure_sheet_shrink(&figure->small, original, SIDE, error);
    if (!status) status = learn(figure, threads, interrupt, error);
    return status ? status : compose(figure, original, painted, words, error);
}

void pensel_figure_free(pensel_figure *figure)
{
    for (size_t i = 0; i < PENSEL_FIGURE_MOMENTS; i++) {
        g_free(figure->compact[i].picture.pixels);
        g_free(figure->network[i].picture.pixels);
    }
    g_free(figure->small.pixels);
    g_free(figure->learned.pixels);
}
