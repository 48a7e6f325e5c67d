/* A picture becomes a compact painting. A size or a PSNR that was asked for is found by a few
 * trials, each of which is a whole painting at another step. With more time than they need, further
 * trials tune what is worth how much to the picture (compact_tune.c).
 *
 * The search narrows an interval of positions (low, high): low gave more bytes or dB than asked
 * for, high as many or fewer. The best trial is kept apart from it, for the goal is nearly always
 * met on one side only: a size may not be exceeded, a PSNR not be missed. Each trial makes the
 * interval smaller, so the search ends even if the goal cannot be reached.
 *
 * The picture is also tried as a drawing, which has no step. */
#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "codec/compact_trial.h"
#include "codec/drawn_tiles.h"
#include "platform/clock.h"
#include "platform/float.h"

#include <math.h>

#define ROW(...) PENSEL_OPTION_ROW(pensel_compact_options, __VA_ARGS__)
static const pensel_option_row rows[] = {PENSEL_COMPACT_OPTION_LIST(ROW)};
static const pensel_option_table table = PENSEL_OPTION_TABLE_OF(rows, PENSEL_OPTIONS_MOST);
PENSEL_OPTION_BITS(rows);

pensel_compact_options pensel_compact_defaults(void)
{
    return (pensel_compact_options){PENSEL_COMPACT_OPTION_LIST(PENSEL_OPTION_DEFAULT).bits = 8};
}

const pensel_option_table *pensel_compact_table(void)
{
    return &table;
}

/* ------------------------------------------------------------------ the search */

typedef enum goal_kind { BYTES, NUMBERS, PSNR } goal_kind;

typedef struct search {
    pensel_encoder *e;
    goal_kind kind;
    double goal; /* 0: one trial */
    size_t trials;
    unsigned low, high;     /* positions, finer and coarser than the goal, or the ends */
    double at_low, at_high; /* what they gave; NaN: not tried */
    double tolerance;       /* share of what is usual */
    unsigned position;      /* of the trial at work */
    bool enough;            /* the caller, or the clock, wants no more */
    pensel_trial_result best;
} search;

#define NEAR 0.05 /* dB: as good as asked for */

/* What a trial gave of what was asked for; with no goal its PSNR. */
static double value_of(const search *s, const pensel_trial_result *r)
{
    return s->kind == BYTES     ? (double)r->compact->size
           : s->kind == NUMBERS ? (double)r->numbers
                                : r->psnr;
}

/* A value on a scale that is about even in positions, the larger the coarser: dB, and the
 * logarithm of bytes. */
static double scale_of(const search *s, double value)
{
    return s->kind == PSNR ? -value : -log(fmax(value, 0.5));
}

/* Whether a file may be the answer: small enough, or faithful enough but for NEAR. */
static bool reaches(const search *s, const pensel_trial_result *r)
{
    return s->kind == PSNR ? r->psnr > s->goal - NEAR : value_of(s, r) <= s->goal;
}

/* Whether this is better than the best so far: of files that are small enough the most faithful, of
 * files that are faithful enough the smallest; and before there is one, whichever is nearer. */
static bool better(const search *s, const pensel_trial_result *r)
{
    const pensel_trial_result *b = &s->best;
    if (!b->compact) return true;
    double size = value_of(s, r), was = value_of(s, b);
    bool is_good = reaches(s, r), was_good = reaches(s, b);
    if (is_good != was_good) return is_good;
    if (s->kind != PSNR) return is_good ? r->psnr > b->psnr : size < was;
    size_t bytes = r->compact->size, least = b->compact->size;
    return is_good ? bytes < least || (bytes == least && r->psnr > b->psnr) : r->psnr > b->psnr;
}

/* Whether the search may end with this: within 1.5 % below a size, within NEAR of a PSNR. A size is
 * never exceeded. */
static bool reached(const search *s, const pensel_trial_result *r)
{
    double value = value_of(s, r);
    if (s->kind == PSNR) return fabs(value - s->goal) < NEAR * s->tolerance;
    return value <= s->goal && value >= (1 - 0.015 * s->tolerance) * s->goal;
}

/* The next position. Between the nearest trials by a straight line (regula falsi), but not too
 * near to either end, where it would stick; where only one end is known, by how much a position
 * changes as a rule, and a little further, so that the goal comes to lie between two trials.
 * Always strictly inside the interval. */
static unsigned next_position(const search *s)
{
    double goal = scale_of(s, s->goal), far = s->high - s->low;
    double step = PENSEL_BETWEEN * 64 * (s->kind == PSNR ? 0.24 : 1.4 / 0.693147); /* to 1 more */
    double position = s->low + 0.5 * far;
    if (!isnan(s->at_low) && !isnan(s->at_high)) {
        double low = scale_of(s, s->at_low), high = scale_of(s, s->at_high);
        double part = high > low ? (goal - low) / (high - low) : 0.5;
        position = s->low + fmax(0.03, fmin(0.97, part)) * far;
    } else if (!isnan(s->at_low))
        position = s->low + 1.1 * step * (goal - scale_of(s, s->at_low));
    else if (!isnan(s->at_high))
        position = s->high - 1.1 * step * (scale_of(s, s->at_high) - goal);
    position = fmax(s->low + 1, fmin(s->high - 1, rint(position)));
    return (unsigned)position;
}

/* What the caller says to a trial, or a moment. */
static bool asked_on(const search *s, const pensel_trial_result *r)
{
    const pensel_compact_options *o = s->e->options;
    const pensel_picture *p = s->e->picture;
    const pensel_compact_trial trial = {
        .trials = s->trials,
        .bytes = r->compact->size,
        .numbers = r->numbers,
        .psnr = r->psnr,
        .seconds = pensel_clock() - s->e->began,
        .painted = {s->e->painted, p->width, p->height, p->channels}};
    return (!o->on_trial || o->on_trial(&trial, o->on_trial_data) == PENSEL_CONTINUE) &&
           !(o->interrupt && *o->interrupt) && !(o->seconds > 0 && trial.seconds >= o->seconds);
}

/* Takes the trial: the interval ends at its position, and its file is kept if it is the best so
 * far, else freed. */
static void keep(search *s, pensel_trial_result *found)
{
    double value = value_of(s, found);
    if (value > s->goal) {
        s->low = s->position;
        s->at_low = value;
    } else {
        s->high = s->position;
        s->at_high = value;
    }
    if (better(s, found)) {
        pensel_compact_free(&s->best.compact);
        s->best = *found;
    } else
        pensel_compact_free(&found->compact);
}

/* Paintings of few numbers and then more, as long as the caller wants them: the steps become finer
 * from the coarsest one on. They are shown and forgotten, so they change nothing of the result. */
static pensel_status show_moments(const search *s, pensel_error *error)
{
    size_t count = s->e->options->moments;
    double far = PENSEL_LAST_PLACE - s->position;
    bool goes_on = true;
    for (size_t i = 0; i < count && goes_on; i++) {
        pensel_trial_result moment;
        double part = (double)(count - i) / (double)(count + 1);
        unsigned at = s->position + PENSEL_BETWEEN * (unsigned)lrint(far * part / PENSEL_BETWEEN);
        PENSEL_TRY(pensel_encoder_try(&moment, s->e, at, error));
        goes_on = asked_on(s, &moment);
        pensel_compact_free(&moment.compact);
    }
    return PENSEL_OK;
}

/* Trials from s->position on until one is good enough, nothing lies between, or the caller has
 * enough: then the best so far is the result, which there is after the first. */
static pensel_status find(search *s, pensel_error *error)
{
    s->low = PENSEL_FIRST_PLACE - 1;
    s->high = PENSEL_LAST_PLACE;
    s->at_low = s->at_high = NAN;
    for (;;) {
        pensel_trial_result found;
        PENSEL_TRY(pensel_encoder_try(&found, s->e, s->position, error));
        s->trials++;
        bool good = reached(s, &found);
        s->enough = !asked_on(s, &found);
        keep(s, &found);
        if (s->enough || s->goal <= 0 || good || s->high - s->low <= 1) return PENSEL_OK;
        s->position = next_position(s);
    }
}

/* Drawn pixel by pixel it has no error: it is the better one if it is no larger than the best so
 * far, or than what was asked for. A number of latents is asked of latents only. */
static pensel_status try_drawing(search *s, pensel_error *error)
{
    const pensel_compact_options *o = s->e->options;
    size_t numbers, most = o->bytes > s->best.compact->size ? o->bytes : s->best.compact->size;
    pensel_compact *drawn;
    if (s->kind == NUMBERS || o->bits != 8 || (o->interrupt && *o->interrupt)) return PENSEL_OK;
    PENSEL_TRY(pensel_drawn_encode(&drawn, &numbers, s->e->picture, &s->e->head, most, &s->e->pool,
                                   error));
    if (!drawn) return PENSEL_OK;
    pensel_compact_free(&s->best.compact);
    s->best.compact = drawn;
    return PENSEL_OK;
}

/* asked_on of the trials that tune. They have two thirds of the time where the goal must be looked
 * for once more, with what they have found. */
static bool tunes_on(void *data, const pensel_trial_result *trial)
{
    search *s = data;
    double share = s->goal > 0 ? 2.0 / 3 : 1;
    s->trials++;
    s->enough = !asked_on(s, trial);
    return !s->enough && pensel_clock() - s->e->began < share * s->e->options->seconds;
}

/* Where time was given and is left the knobs are turned, and then the goal is looked for anew, more
 * exactly. What was found before stays the result if nothing better comes. A drawing has no
 * knobs. */
static pensel_status tune(search *s, pensel_error *error)
{
    pensel_trial_result found;
    if (s->enough || !(s->e->options->seconds > 0) ||
        pensel_compact_describe(s->best.compact)->drawn)
        return PENSEL_OK;
    if (s->goal <= 0) return pensel_encoder_tune(&s->best, s->e, s->position, tunes_on, s, error);
    PENSEL_TRY(pensel_encoder_try(&found, s->e, s->position, error));
    pensel_status status = pensel_encoder_tune(&found, s->e, s->position, tunes_on, s, error);
    keep(s, &found);
    s->tolerance = 0.2;
    return status || s->enough ? status : find(s, error);
}

/* ------------------------------------------------------------------ all of it */

/* 64 codes double a step; quality 50 is a step of 25/255. */
static double code_of_quality(double quality)
{
    return 64 * (5.64 + (50 - quality) * (quality < 50 ? 0.06 : 0.07));
}

/* Where the search begins, by what is usual: 1.4 octaves of the step for a factor of two in
 * bytes, 0.24 of one for a dB. A picture that is not usual takes a trial more. */
static unsigned first_position(const pensel_compact_options *o, const pensel_picture *p)
{
    double code = code_of_quality(o->quality);
    if (o->bytes) {
        double bits = 8.0 * (double)o->bytes / ((double)p->width * (double)p->height);
        code = 64 * (5.0 - 1.4 * log2(fmax(bits, 1e-3)));
    } else if (o->numbers) {
        /* about 4 bits for each */
        double bits = 4.0 * (double)o->numbers / ((double)p->width * (double)p->height);
        code = 64 * (5.0 - 1.4 * log2(fmax(bits, 1e-3)));
    } else if (o->psnr > 0)
        code = 64 * (5.64 + (38 - o->psnr) * 0.24);
    return PENSEL_BETWEEN * (unsigned)lrint(fmax(1, fmin(PENSEL_STEP_CODES - 2, code)));
}

static pensel_status check(pensel_compact **compact, const pensel_picture *p,
                           const pensel_compact_options *o, pensel_error *error)
{
    PENSEL_REQUIRE(compact && p && p->pixels, BAD_ARGUMENT,
                   "compact or picture is NULL: both are needed");
    PENSEL_REQUIRE(p->width >= 1 && p->height >= 1 && p->width <= 1 << 24 && p->height <= 1 << 24 &&
                       p->channels >= 1 && p->channels <= 4,
                   BAD_ARGUMENT,
                   "the picture has %zu x %zu pixels of %zu channels: sides from 1 to 16777216 and "
                   "1 to 4 channels are needed",
                   p->width, p->height, p->channels);
    PENSEL_TRY(pensel_options_check(o, &table, error));
    PENSEL_TRY(pensel_more_check(o->more, error));
    PENSEL_REQUIRE(o->bits == 8 || o->bits == 16, BAD_ARGUMENT, "bits %zu: 8 or 16 is needed",
                   o->bits);
    const char *goal = o->bytes ? "bytes" : o->numbers ? "numbers" : o->psnr > 0 ? "psnr" : NULL;
    const char *other = o->psnr > 0 ? "psnr" : "numbers";
    PENSEL_REQUIRE((o->bytes > 0) + (o->numbers > 0) + (o->psnr > 0) <= 1, BAD_ARGUMENT,
                   "%s and %s together: one of them decides how good it is", other, goal);
    PENSEL_REQUIRE(!goal || !pensel_option_given(o, &table, "quality"), BAD_ARGUMENT,
                   "quality has no effect beside %s: one decides how good it is", goal);
    PENSEL_REQUIRE(!o->profile || o->profile_size <= PENSEL_PROFILE_MOST, BAD_ARGUMENT,
                   "the profile has %zu bytes: up to %d can be kept", o->profile_size,
                   PENSEL_PROFILE_MOST);
    return PENSEL_OK;
}

pensel_status pensel_compact_new(pensel_compact **compact, const pensel_picture *picture,
                                 const pensel_compact_options *options, pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    const pensel_compact_options standard = pensel_compact_defaults();
    const pensel_compact_options *o = options ? options : &standard;
    PENSEL_TRY(check(compact, picture, o, error));
    pensel_encoder *e;
    pensel_context *own = NULL;
    *compact = NULL;
    PENSEL_TRY(PENSEL_NEW(e, 1, error));
    search s = {.e = e,
                .kind = o->bytes     ? BYTES
                        : o->numbers ? NUMBERS
                                     : PSNR,
                .goal = o->bytes     ? (double)o->bytes
                        : o->numbers ? (double)o->numbers
                                     : o->psnr,
                .tolerance = 1,
                .position = first_position(o, picture)};
    pensel_status status = PENSEL_OK;
    if (!o->context) status = pensel_context_new(&own, NULL, error);
    if (!status) status = pensel_encoder_begin(e, picture, o, o->context ? o->context : own, error);
    if (!status) status = show_moments(&s, error);
    if (!status) status = find(&s, error);
    if (!status) status = try_drawing(&s, error);
    if (!status) status = tune(&s, error);
    pensel_encoder_end(e);
    pensel_release(e);
    pensel_context_free(&own);
    if (status)
        pensel_compact_free(&s.best.compact);
    else
        *compact = s.best.compact;
    return status;
}
