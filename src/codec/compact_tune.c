/* More seconds, fewer bytes: what is worth how much is tuned to the picture.
 *
 * The knobs are turned one after another, each as far as it makes the loss less, first in large
 * strides and then in smaller ones (a pattern search: Hooke and Jeeves 1961). A trial is a whole
 * painting, so what counts is the file and its pixels, not an estimate of them.
 *
 * The loss is the squared error plus what bytes cost, and they cost what a finer step pays for
 * one: two trials beside the position find it. With any other price a mere move along the curve of
 * error and bytes would seem to be a gain. */
#include "codec/compact_trial.h"

#include "base/error.h"

#include <math.h>

typedef struct tuning {
    pensel_encoder *e;
    unsigned position;
    pensel_trial_result *best;
    double price, loss; /* of a byte; of the best */
    pensel_goes_on goes_on;
    void *data;
    bool over; /* nobody wants another trial */
} tuning;

/* The squared error of all pixels, in 1/255. */
static double error_of(const pensel_encoder *e, const pensel_trial_result *r)
{
    const pensel_compact_head *h = &e->head;
    double numbers = (double)h->width * (double)h->height * (double)h->channels;
    return numbers * 255 * 255 * pow(10, -r->psnr / 10);
}

static double loss_of(const tuning *t, const pensel_trial_result *r)
{
    return error_of(t->e, r) + t->price * (double)r->compact->size;
}

/* By how much the error falls for each byte more, from a quarter of an octave coarser to as much
 * finer. Where nothing falls there is nothing to tune. */
static pensel_status find_price(tuning *t, pensel_error *error)
{
    const unsigned away = PENSEL_BETWEEN * 16;
    double error_at[2], bytes[2];
    t->over = t->position <= away + PENSEL_FIRST_PLACE || t->position + away >= PENSEL_LAST_PLACE;
    for (int finer = 0; finer < 2 && !t->over; finer++) {
        pensel_trial_result beside;
        unsigned at = finer ? t->position - away : t->position + away;
        PENSEL_TRY(pensel_encoder_try(&beside, t->e, at, error));
        t->over = !t->goes_on(t->data, &beside);
        error_at[finer] = error_of(t->e, &beside);
        bytes[finer] = (double)beside.compact->size;
        pensel_compact_free(&beside.compact);
    }
    if (t->over) return PENSEL_OK;
    t->price = (error_at[0] - error_at[1]) / (bytes[1] - bytes[0]);
    t->over = !(t->price > 0 && isfinite(t->price));
    t->loss = loss_of(t, t->best);
    return PENSEL_OK;
}

/* A trial with the knob moved; if it is no better the knob goes back. */
static pensel_status turn(tuning *t, size_t knob, float by, bool *better, pensel_error *error)
{
    pensel_trial_result found;
    *better = false;
    if (t->over) return PENSEL_OK;
    t->e->knobs[knob] += by;
    PENSEL_TRY(pensel_encoder_try(&found, t->e, t->position, error));
    t->over = !t->goes_on(t->data, &found);
    double loss = loss_of(t, &found);
    *better = loss < t->loss;
    if (*better) {
        pensel_compact_free(&t->best->compact);
        *t->best = found;
        t->loss = loss;
    } else {
        t->e->knobs[knob] -= by;
        pensel_compact_free(&found.compact);
    }
    return PENSEL_OK;
}

/* One way, then, if that was no better, the other; and on the way that was. *way is where it went
 * the last time, and where it will begin the next time. */
static pensel_status settle(tuning *t, size_t knob, float stride, int *way, bool *moved,
                            pensel_error *error)
{
    bool better;
    PENSEL_TRY(turn(t, knob, (float)*way * stride, &better, error));
    if (!better) {
        *way = -*way;
        PENSEL_TRY(turn(t, knob, (float)*way * stride, &better, error));
    }
    while (better) {
        *moved = true;
        PENSEL_TRY(turn(t, knob, (float)*way * stride, &better, error));
    }
    return PENSEL_OK;
}

pensel_status pensel_encoder_tune(pensel_trial_result *best, pensel_encoder *e, unsigned position,
                                  pensel_goes_on goes_on, void *data, pensel_error *error)
{
    tuning t = {e, position, best, 0, 0, goes_on, data, false};
    int way[PENSEL_KNOB_COUNT];
    size_t count = e->head.channels >= 3 ? PENSEL_KNOB_COUNT : PENSEL_KNOB_CHROMA;
    for (size_t i = 0; i < count; i++)
        way[i] = 1;
    PENSEL_TRY(find_price(&t, error));
    for (float stride = 0.25f; stride > 0.05f && !t.over;) {
        bool moved = false;
        /* the directions of the planes first: they gain most */
        for (size_t i = count; i-- > 0 && !t.over;)
            PENSEL_TRY(settle(&t, i, stride, &way[i], &moved, error));
        if (!moved) stride /= 2;
    }
    return PENSEL_OK;
}
