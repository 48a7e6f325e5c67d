/* The list of stages: appended by a format, then checked as a whole. What is behind the check
 * (assemble.c, import_measure.c) relies on it: widths fit, numbers are finite in the network's
 * precision, each CLOSE has its OPEN. A format appends OPEN and CLOSE in pairs; only their
 * widths and depth are asked here. */
#include "import/coming.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH = 16 }; /* residuals within one another, as in a list of layers */

void pensel_stage_clear(pensel_stage *stage)
{
    pensel_release(stage->w);
    pensel_release(stage->c);
    pensel_network_free(&stage->network);
    pensel_release(stage->list);
    stage->w = stage->c = NULL;
    stage->list = NULL;
}

pensel_status pensel_coming_add(pensel_coming *coming, const pensel_stage *stage,
                                pensel_error *error)
{
    pensel_status status = PENSEL_OK;
    if (coming->count == coming->room) {
        void *block = coming->stages;
        size_t room = coming->room * 2 + 16;
        status = pensel_resize(&block, room, sizeof *stage, error);
        coming->stages = block;
        if (status == PENSEL_OK) coming->room = room;
    }
    if (status != PENSEL_OK) {
        pensel_stage mine = *stage;
        pensel_stage_clear(&mine);
        return status;
    }
    coming->stages[coming->count++] = *stage;
    return PENSEL_OK;
}

pensel_status pensel_coming_leave(pensel_coming *coming, const char *name, pensel_error *error)
{
    if (coming->left_count == coming->left_room) {
        void *block = coming->left;
        size_t room = coming->left_room * 2 + 16;
        PENSEL_TRY(pensel_resize(&block, room, sizeof *coming->left, error));
        coming->left = block;
        coming->left_room = room;
    }
    PENSEL_TRY(pensel_duplicate(&coming->left[coming->left_count], name, error));
    coming->left_count++;
    return PENSEL_OK;
}

void pensel_texts_free(char **texts, size_t count)
{
    for (size_t i = 0; texts && i < count; i++)
        pensel_release(texts[i]);
    pensel_release(texts);
}

/* Also of one that `read` has filled in halfway. Its bytes are the caller's. */
void pensel_coming_clear(pensel_coming *coming)
{
    pensel_release(coming->saved);
    for (size_t i = 0; i < coming->count; i++)
        pensel_stage_clear(&coming->stages[i]);
    pensel_release(coming->stages);
    pensel_release(coming->codes);
    pensel_texts_free(coming->class_names, coming->classes);
    pensel_texts_free(coming->input_names, coming->inputs);
    pensel_texts_free(coming->left, coming->left_count);
    memset(coming, 0, sizeof *coming);
}

/* ------------------------------------------------------------------ the check */

/* What is finite as double but not as float would become infinite when the network is made. */
static pensel_status check_finite(const pensel_coming *coming, const pensel_stage *s,
                                  pensel_error *error)
{
    size_t weights = s->kind == PENSEL_STAGE_AFFINE ? s->in * s->out : s->out;
    if (s->kind == PENSEL_STAGE_LAYER) weights = s->numbers;
    for (size_t i = 0; s->w && i < weights; i++)
        PENSEL_REQUIRE(isfinite(s->w[i]) && (coming->wide || isfinite((float)s->w[i])), BAD_FILE,
                       "%s: %s has the number %g: finite ones are needed", coming->name, s->source,
                       s->w[i]);
    for (size_t i = 0; s->c && i < s->out; i++)
        PENSEL_REQUIRE(isfinite(s->c[i]) && (coming->wide || isfinite((float)s->c[i])), BAD_FILE,
                       "%s: %s has the bias %g: finite ones are needed", coming->name, s->source,
                       s->c[i]);
    return PENSEL_OK;
}

/* The width behind the stage, of one with `width` units before it */
static pensel_status check_width(const pensel_coming *coming, pensel_stage *s, size_t *width,
                                 pensel_error *error)
{
    size_t needs = *width;
    bool makes = s->kind == PENSEL_STAGE_AFFINE || s->kind == PENSEL_STAGE_LAYER;
    if (makes) needs = s->in;
    if (s->kind == PENSEL_STAGE_EXPECT) needs = s->out;
    if ((s->kind == PENSEL_STAGE_MULTIPLY || s->kind == PENSEL_STAGE_OFFSET) && s->out > 1)
        needs = s->out;
    PENSEL_REQUIRE(needs == *width, BAD_FILE,
                   "%s: %s has %zu inputs, and %zu units stand before it: a network of layers that "
                   "fit is needed",
                   coming->name, s->source, needs, *width);
    s->in = *width;
    if (makes) *width = s->out;
    return PENSEL_OK;
}

/* The inputs, from the first stage that says how many units it needs: a single number for all
 * units does not. */
static size_t first_width(const pensel_coming *coming)
{
    for (size_t i = 0; i < coming->count; i++) {
        const pensel_stage *s = &coming->stages[i];
        if (s->kind == PENSEL_STAGE_AFFINE || s->kind == PENSEL_STAGE_LAYER) return s->in;
        if (s->kind <= PENSEL_STAGE_OFFSET && s->out > 1) return s->out;
    }
    return 0;
}

/* A sum of a residual needs as many units as it began with. Stages have their widths by now. */
static pensel_status check_pairs(const pensel_coming *coming, pensel_error *error)
{
    size_t widths[DEPTH], depth = 0;
    for (size_t i = 0; i < coming->count; i++) {
        const pensel_stage *s = &coming->stages[i];
        if (s->kind == PENSEL_STAGE_OPEN) {
            PENSEL_REQUIRE(depth < DEPTH, UNSUPPORTED,
                           "%s: %s is a residual within %d others: that many are possible",
                           coming->name, s->source, DEPTH);
            widths[depth++] = s->in;
        }
        if (s->kind != PENSEL_STAGE_CLOSE) continue;
        depth--;
        PENSEL_REQUIRE(widths[depth] == s->in, BAD_FILE,
                       "%s: %s adds %zu units to %zu: as many are needed", coming->name, s->source,
                       widths[depth], s->in);
    }
    return PENSEL_OK;
}

pensel_status pensel_coming_check(pensel_coming *coming, size_t *outputs, pensel_error *error)
{
    size_t width = first_width(coming), declared = coming->inputs;
    PENSEL_REQUIRE(width > 0, BAD_FILE, "%s has no layer of neurons: one or more are needed",
                   coming->name);
    PENSEL_REQUIRE(declared == 0 || declared == width, BAD_FILE,
                   "%s has %zu inputs, and its first layer %zu: as many are needed", coming->name,
                   declared, width);
    coming->inputs = width;
    for (size_t i = 0; i < coming->count; i++) {
        PENSEL_TRY(check_finite(coming, &coming->stages[i], error));
        PENSEL_TRY(check_width(coming, &coming->stages[i], &width, error));
    }
    *outputs = width;
    return check_pairs(coming, error);
}
