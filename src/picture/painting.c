/* Paintings: assembled from an estimator and a canvas, queried and freed. A painting owns all it
 * points to: estimator, palette and profile, and the levels for rendering by rows. Canvas and
 * estimator may come from a file, each valid by itself, so here it is asked that they belong
 * together; what renders does not ask again. */
#include "picture/painting.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

void pensel_painting_free(pensel_painting **address)
{
    pensel_painting *painting = address ? *address : NULL;
    if (!painting) return;
    *address = NULL;
    pensel_estimator_free(&painting->estimator);
    pensel_levels_free(&painting->levels);
    pensel_release((void *)painting->canvas.palette);
    pensel_release((void *)painting->canvas.profile);
    pensel_release(painting);
}

const pensel_canvas *pensel_painting_canvas(const pensel_painting *painting)
{
    return painting ? &painting->canvas : NULL;
}

const pensel_estimator *pensel_painting_estimator(const pensel_painting *painting)
{
    return painting ? painting->estimator : NULL;
}

/* ------------------------------------------------------------------ from its parts */

/* Inputs are row, column and, with several pictures, which; outputs are channels, or each class
 * has a colour in the palette. Classes are whole numbers that index it, and need not all occur. */
static pensel_status check_canvas(const pensel_canvas *c, const pensel_estimator *estimator,
                                  pensel_error *error)
{
    const pensel_learned *learned = &estimator->learned;
    bool classes = estimator->options.task == PENSEL_CLASSIFICATION;
    PENSEL_REQUIRE(learned->network, UNTRAINED, "the painting's network is missing: train one");
    PENSEL_REQUIRE(
        c->width != 0 && c->height != 0 && c->channels >= 1 && c->channels <= 4 && c->pictures != 0,
        BAD_DATA, "the canvas is %zu x %zu with %zu channels: 1 or more, and 1 to 4 channels",
        c->width, c->height, c->channels);
    PENSEL_REQUIRE(pensel_estimator_inputs(estimator) == (c->pictures > 1 ? 3u : 2u), BAD_DATA,
                   "the network has %zu inputs: a painting of %zu pictures has %u",
                   pensel_estimator_inputs(estimator), c->pictures, c->pictures > 1 ? 3u : 2u);
    PENSEL_REQUIRE(classes || (c->colours == 0 && learned->target_count == c->channels), BAD_DATA,
                   "the network has %zu targets for %zu channels: one for each is needed",
                   learned->target_count, c->channels);
    PENSEL_REQUIRE(!classes || (c->colours != 0 && c->palette && learned->class_count != 0),
                   BAD_DATA, "the painting of classes has no palette: a colour for each is needed");
    for (size_t i = 0; classes && i < learned->class_count; i++)
        PENSEL_REQUIRE(learned->classes[i] >= 0 && learned->classes[i] < (double)c->colours,
                       BAD_DATA, "class %g has no colour among %zu", learned->classes[i],
                       c->colours);
    return PENSEL_OK;
}

/* The canvas, with a palette of its own; its profile is not the borrowed one either, so that
 * what fails halfway can be freed. */
static pensel_status copy_palette(pensel_painting *painting, const pensel_canvas *canvas,
                                  pensel_error *error)
{
    float *palette;
    size_t count;
    painting->canvas = *canvas;
    painting->canvas.palette = NULL;
    painting->canvas.profile = NULL;
    if (canvas->colours == 0) return PENSEL_OK;
    if (!pensel_multiply(&count, canvas->colours, canvas->channels))
        return pensel_fail_memory(error, canvas->colours, canvas->channels);
    PENSEL_TRY(PENSEL_NEW(palette, count, error));
    memcpy(palette, canvas->palette, count * sizeof *palette);
    painting->canvas.palette = palette;
    return PENSEL_OK;
}

static pensel_status copy_profile(pensel_painting *painting, const pensel_canvas *canvas,
                                  pensel_error *error)
{
    void *profile;
    if (!canvas->profile) return PENSEL_OK;
    PENSEL_TRY(PENSEL_ALLOCATE(profile, canvas->profile_size, 1, error));
    memcpy(profile, canvas->profile, canvas->profile_size);
    painting->canvas.profile = profile;
    return PENSEL_OK;
}

/* The estimator is this function's from the first line on, so a caller that fails has nothing to
 * free. */
pensel_status pensel_painting_assemble(pensel_painting **result, pensel_estimator **estimator,
                                       const pensel_canvas *canvas, pensel_error *error)
{
    pensel_painting *painting = NULL;
    *result = NULL;
    pensel_status status = check_canvas(canvas, *estimator, error);
    if (status == PENSEL_OK) status = PENSEL_NEW(painting, 1, error);
    if (status != PENSEL_OK) {
        pensel_estimator_free(estimator);
        return status;
    }
    painting->estimator = *estimator;
    *estimator = NULL;
    status = copy_palette(painting, canvas, error);
    if (status == PENSEL_OK) status = copy_profile(painting, canvas, error);
    if (status == PENSEL_OK)
        status =
            pensel_pyramid_render_levels(&painting->levels, painting->estimator, canvas, 1, error);
    if (status != PENSEL_OK) pensel_painting_free(&painting);
    *result = painting;
    return status;
}
