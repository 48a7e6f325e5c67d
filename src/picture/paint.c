/* Making a painting: checks the pictures, chooses the settings, and then trains, either with the
 * pyramid painter or with the general training on samples of the pixels.
 *
 *     check -> classes (palette.c) -> settings (auto_settings.c) -> train and show -> assemble
 *
 * `work` lives as long as the call. Its canvas borrows: the palette from the classes, the
 * profile from the options; what is shown while training borrows all. Only
 * pensel_painting_assemble copies. A training that fails after it has learned something still
 * gives a painting, beside its error. */
#include "picture/painting.h"

#include "platform/float.h"
#include "base/error.h"
#include "base/matrix.h"
#include "base/memory.h"
#include "base/option.h"
#include "pyramid/pyramid.h"
#include "estimator/estimator_file.h"
#include "picture/painting_file.h"
#include "picture/patches.h"
#include "training/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Everything that lives while a painting is made. */
typedef struct work {
    const pensel_picture *pictures;
    size_t count;
    const pensel_paint_options *options;
    pensel_choice choice;
    pensel_classes classes;
    pensel_canvas canvas;
    pensel_estimator *estimator;
    /* while training goes on */
    pensel_epoch_callback users;
    void *users_data;
    pensel_levels *levels;  /* of the pyramid in training, for showing it */
    double psnr;            /* of that, after the last pass */
    pensel_patched patched; /* large holes */
    void *best;             /* parameters of the epoch with the least loss */
    double best_loss;
} work;

/* One pixel that is not finite would make every parameter so. */
static pensel_status check_pixels(const pensel_picture *p, pensel_error *error)
{
    size_t count = p->width * p->height * p->channels;
    for (size_t i = 0; i < count; i++)
        PENSEL_REQUIRE(isfinite(p->pixels[i]), BAD_DATA,
                       "the pixel at row %zu, column %zu is not a finite number",
                       i / p->channels / p->width, i / p->channels % p->width);
    return PENSEL_OK;
}

/* A weight for each pixel, of the first picture's size: 0 is a hole. */
static pensel_status check_weights(const work *w, pensel_error *error)
{
    const float *weights = w->options->weights;
    size_t pixels = w->pictures->width * w->pictures->height;
    double sum = 0;
    for (size_t i = 0; weights && i < pixels; i++) {
        PENSEL_REQUIRE(isfinite(weights[i]) && weights[i] >= 0, BAD_DATA,
                       "the weight at row %zu, column %zu is %g: 0 or more is needed",
                       i / w->pictures->width, i % w->pictures->width, (double)weights[i]);
        sum += (double)weights[i];
    }
    PENSEL_REQUIRE(!weights || sum > 0, BAD_DATA,
                   "all weights are 0: some of the picture must be there to learn from");
    return PENSEL_OK;
}

static pensel_status check_options(const pensel_paint_options *o, pensel_error *error)
{
    bool classes = o->estimator.task == PENSEL_CLASSIFICATION;
    PENSEL_TRY(pensel_options_check(o, pensel_paint_table(), error));
    PENSEL_TRY(pensel_more_check(o->more, error));
    PENSEL_REQUIRE(
        !o->estimator.layers, UNSUPPORTED,
        "a painting is not made from a list of layers: hidden layers and an encoding are "
        "needed");
    PENSEL_REQUIRE(classes || o->threshold < 0, BAD_ARGUMENT,
                   "threshold is about classes: task classification is needed");
    PENSEL_REQUIRE(classes || !pensel_option_given(o, pensel_paint_table(), "colours"),
                   BAD_ARGUMENT, "colours is about classes: task classification is needed");
    const pensel_training_options *t = &o->estimator.training;
    PENSEL_REQUIRE(!classes || t->loss == PENSEL_LOG_LOSS ||
                       !pensel_option_given(t, pensel_training_table(), "loss"),
                   BAD_ARGUMENT, "loss %s is for regression: classification has log-loss",
                   pensel_loss_name(t->loss));
    return PENSEL_OK;
}

static pensel_status check(const work *w, pensel_error *error)
{
    const pensel_paint_options *o = w->options;
    PENSEL_REQUIRE(w->pictures && w->count != 0 && o, BAD_ARGUMENT,
                   "picture or options is NULL: start from pensel_paint_defaults");
    for (size_t i = 0; i < w->count; i++) {
        PENSEL_TRY(pensel_pictures_alike(&w->pictures[0], &w->pictures[i], error));
        PENSEL_TRY(check_pixels(&w->pictures[i], error));
    }
    PENSEL_REQUIRE((unsigned)o->estimator.encoding.kind < PENSEL_ENCODING_COUNT, BAD_ARGUMENT,
                   "encoding %d is unknown: raw, fourier, hashgrid or pyramid",
                   (int)o->estimator.encoding.kind);
    PENSEL_REQUIRE(o->estimator.task != PENSEL_CLASSIFICATION || w->count <= 1, UNSUPPORTED,
                   "several pictures are painted by regression: give one for classification");
    PENSEL_TRY(check_options(o, error));
    PENSEL_REQUIRE(!o->profile || (o->profile_size != 0 && o->profile_size <= PENSEL_PROFILE_MOST),
                   BAD_ARGUMENT, "the colour profile has %zu bytes: 1 to %d are kept",
                   o->profile_size, PENSEL_PROFILE_MOST);
    return check_weights(w, error);
}

/* What can only be asked once the encoding is known. */
static pensel_status check_chosen(const work *w, pensel_error *error)
{
    PENSEL_REQUIRE(
        !w->options->periodic || w->choice.estimator.encoding.kind != PENSEL_RAW, BAD_ARGUMENT,
        "periodic has no effect on raw coordinates: encoding fourier, hashgrid or pyramid "
        "is needed");
    return PENSEL_OK;
}

/* The canvas, and for classification its palette and each pixel's class. one_hot of a threshold
 * is the tutorial's: there grey comes first. */
static pensel_status find_classes(work *w, pensel_error *error)
{
    const pensel_paint_options *o = w->options;
    w->canvas = (pensel_canvas){
        .width = w->pictures->width,
        .height = w->pictures->height,
        .channels = w->pictures->channels,
        .pictures = w->count,
        .raw_coordinates = o->raw_coordinates,
        .profile = o->profile,
        .profile_size = o->profile ? o->profile_size : 0,
    };
    if (o->estimator.task != PENSEL_CLASSIFICATION) return PENSEL_OK;
    if (o->threshold >= 0)
        PENSEL_TRY(pensel_classes_by_threshold(&w->classes, w->pictures, o->threshold, error));
    else
        PENSEL_TRY(pensel_classes_by_means(&w->classes, w->pictures, o->colours, o->estimator.seed,
                                           error));
    if (o->threshold >= 0 && o->estimator.one_hot) pensel_classes_swap(&w->classes, w->pictures);
    w->canvas.colours = w->classes.colours;
    w->canvas.palette = w->classes.palette;
    return PENSEL_OK;
}

/* Shows the caller how far it is: its own epoch callback first, then the painting, which borrows
 * everything and is valid during the call. Levels are summed again before, for their latents
 * have changed. */
static pensel_verdict show(work *w, pensel_estimator *estimator, const pensel_progress *progress,
                           double psnr)
{
    pensel_verdict verdict = w->users ? w->users(progress, w->users_data) : PENSEL_CONTINUE;
    if (verdict != PENSEL_CONTINUE || !w->options->on_painting) return verdict;
    pensel_painting so_far = {estimator, w->canvas, w->levels};
    if (w->levels) pensel_pyramid_render_sum(w->levels);
    return w->options->on_painting(&so_far, progress, psnr, w->options->on_painting_data);
}

/* ------------------------------------------------------------------ by the pyramid painter */

/* After each pass: the caller may stop it, and so does the goal. */
static pensel_verdict after_pass(const pensel_progress *progress, void *context)
{
    work *w = context;
    pensel_verdict verdict = show(w, w->estimator, progress, w->psnr);
    bool good = w->options->psnr > 0 && w->psnr >= w->options->psnr;
    return verdict == PENSEL_CONTINUE && good ? PENSEL_GOAL_REACHED : verdict;
}

/* As many as the estimator would give the network: two classes share one. */
static size_t outputs_of(const work *w)
{
    size_t colours = w->canvas.colours;
    bool shared = colours == 2 && !w->options->estimator.one_hot;
    return colours == 0 ? w->canvas.channels : shared ? 1 : colours;
}

/* What the estimator has learned before it is trained. pensel_estimator_fit would do this for
 * the general training; the pyramid painter does not go through it. */
static pensel_status prepare(work *w, pensel_error *error)
{
    pensel_learned *learned = &w->estimator->learned;
    size_t colours = w->canvas.colours;
    pensel_activation activation = colours == 0   ? PENSEL_IDENTITY
                                   : colours == 2 ? PENSEL_LOGISTIC
                                                  : PENSEL_SOFTMAX;
    pensel_layer layers[2] = {w->choice.hidden[0], {outputs_of(w), activation, 0}};
    pensel_shape shape = {.inputs = w->count > 1 ? 3 : 2,
                          .encoding = w->estimator->options.encoding,
                          .layers = layers,
                          .layer_count = 2};
    PENSEL_TRY(pensel_network_new(&learned->network, &shape, PENSEL_FLOAT32, error));
    pensel_network_use(learned->network, w->estimator->options.training.context);
    pensel_random_seed(&learned->random, w->estimator->options.seed);
    learned->target_count = colours ? 1 : w->canvas.channels;
    if (colours == 0) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(learned->classes, colours, error));
    learned->class_count = colours;
    for (size_t c = 0; c < colours; c++)
        learned->classes[c] = (double)c;
    return PENSEL_OK;
}

/* The training is of the levels, and ends with them: what it reports is kept in the estimator
 * first. A failure keeps the report, too. */
static pensel_status train_pyramid(work *w, pensel_error *error)
{
    const pensel_estimator_options *o = &w->estimator->options;
    pensel_picture whole = *w->pictures;
    bool filled = w->patched.pixels != NULL;
    if (filled) whole.pixels = w->patched.pixels;
    pensel_learned *learned = &w->estimator->learned;
    pensel_training *training;
    pensel_training_options options = o->training;
    options.on_epoch = after_pass;
    options.on_epoch_data = w;
    PENSEL_TRY(pensel_training_new(&training, learned->network, &options, error));
    pensel_status status =
        pensel_pyramid_train(training, &learned->random,
                             &(pensel_pyramid_plan){
                                 .pictures = filled ? &whole : w->pictures,
                                 .count = w->count,
                                 .weights = filled ? w->patched.weights : w->options->weights,
                                 .codes = w->classes.codes,
                                 .classes = w->canvas.colours,
                                 .palette = w->canvas.palette,
                                 .balanced = o->balanced,
                                 .seed = o->seed,
                                 .psnr = &w->psnr,
                             },
                             error);
    pensel_status kept =
        pensel_estimator_set_report(w->estimator, pensel_training_report(training), error);
    pensel_training_free(&training);
    return status == PENSEL_OK ? kept : status;
}

/* Of one picture in colour, whose own patches fill its large holes; they would fill those of
 * several each in another way. */
static pensel_status fill_large_holes(work *w, pensel_error *error)
{
    if (!w->options->weights || w->canvas.colours || w->count > 1) return PENSEL_OK;
    return pensel_patch_holes(&w->patched, w->pictures, w->options->weights,
                              w->options->estimator.seed, error);
}

/* The checkpoint holds what is entered on its list: canvas and estimator, besides the training
 * itself. Each entry is left again, for what it points to ends with this call. */
static pensel_status paint_by_pyramid(work *w, pensel_error *error)
{
    const pensel_training_options *o = &w->estimator->options.training;
    PENSEL_TRY(prepare(w, error));
    PENSEL_TRY(fill_large_holes(w, error));
    if (w->options->on_painting)
        PENSEL_TRY(
            pensel_pyramid_render_levels(&w->levels, w->estimator, &w->canvas, o->threads, error));
    pensel_checkpoint_enter(o->checkpoint, pensel_canvas_put_part, &w->canvas);
    pensel_checkpoint_enter(o->checkpoint, pensel_estimator_put_part, w->estimator);
    pensel_status status = train_pyramid(w, error);
    pensel_checkpoint_leave(o->checkpoint);
    pensel_checkpoint_leave(o->checkpoint);
    return status;
}

/* ------------------------------------------------------------------ by any training */

/* While it is training, an estimator does not expose its network; this copy does. */
static pensel_estimator seen_so_far(const work *w, const pensel_progress *progress, double *codes)
{
    pensel_estimator view = *w->estimator;
    memset(&view.learned, 0, sizeof view.learned);
    view.learned.network = (pensel_network *)progress->network;
    view.learned.target_count = w->canvas.colours ? 1 : w->canvas.channels;
    view.learned.class_count = w->canvas.colours;
    view.learned.one_hot = view.options.one_hot;
    view.learned.classes = w->canvas.colours ? codes : NULL;
    for (size_t c = 0; c < w->canvas.colours; c++)
        codes[c] = (double)c;
    return view;
}

/* Copies the parameters if no epoch had a smaller loss: only where settings are chosen, and not
 * beside a checkpoint. Without memory for the copy the last epoch is the result. */
static void keep_best(work *w, const pensel_progress *progress)
{
    size_t size = pensel_precision_size(pensel_network_precision(progress->network));
    size *= pensel_network_parameter_count(progress->network);
    if (!w->options->choose || w->options->estimator.training.checkpoint) return;
    if (!(progress->loss < w->best_loss)) return;
    if (!w->best && PENSEL_ALLOCATE(w->best, size, 1, NULL) != PENSEL_OK) return;
    w->best_loss = progress->loss;
    memcpy(w->best, pensel_network_parameters_const(progress->network), size);
}

/* The last epoch was not the best one: back to that. */
static void restore_best(const work *w, pensel_estimator *estimator)
{
    pensel_network *network = estimator->learned.network;
    if (!w->best || !(pensel_estimator_report(estimator)->loss > w->best_loss)) return;
    memcpy(network->parameters, w->best, network->kernels->size * network->parameter_count);
}

/* The PSNR of the original rendered by the network, by which the goal is judged. */
static double true_psnr(work *w, const pensel_estimator *estimator)
{
    pensel_painting so_far = {(pensel_estimator *)estimator, w->canvas, NULL};
    pensel_picture again = w->pictures[0];
    pensel_render_options o = pensel_render_defaults();
    double psnr = NAN;
    o.threads = estimator->options.training.threads;
    if (PENSEL_ALLOCATE(again.pixels, again.width * again.height, again.channels * sizeof(float),
                        NULL))
        return NAN;
    if (pensel_painting_render(&so_far, again.pixels, 0, again.height, &o, NULL) == PENSEL_OK)
        pensel_picture_psnr(&psnr, &again, &w->pictures[0], NULL);
    pensel_release(again.pixels);
    return psnr;
}

/* The loss is half the mean of squares, of colours within 0 and 1: so PSNR is -10 log10(2 loss),
 * of the samples as they were met during the epoch, unrounded. It costs nothing, and is what is
 * shown. The goal is judged by a rendering, which costs a pass over the picture: only where the
 * loss says that it is within 1 dB. */
static pensel_verdict after_epoch(const pensel_progress *progress, void *context)
{
    work *w = context;
    double codes[64], psnr = NAN, goal = w->options->psnr;
    pensel_estimator view = seen_so_far(w, progress, codes);
    keep_best(w, progress);
    if (w->canvas.colours == 0 && w->options->estimator.training.loss == PENSEL_SQUARED_ERROR)
        psnr = -10 * log10(2 * progress->loss);
    if (goal > 0 && (isnan(psnr) || psnr > goal - 1)) psnr = true_psnr(w, &view);
    pensel_verdict verdict = show(w, &view, progress, psnr);
    return verdict == PENSEL_CONTINUE && goal > 0 && psnr >= goal ? PENSEL_GOAL_REACHED : verdict;
}

/* Samples of the pixels, and pensel_estimator_fit. The samples are views of blocks that end with
 * this call. */
static pensel_status paint_by_training(work *w, pensel_error *error)
{
    pensel_estimator_options *o = &w->estimator->options;
    pensel_pixel_set pixel_set;
    pensel_pixel_plan plan = {
        .pictures = w->pictures,
        .count = w->count,
        .codes = w->classes.codes,
        .weights = w->options->weights,
        .subpixel = w->options->subpixel,
        .seed = o->seed,
        .raw = w->canvas.raw_coordinates,
        .encoding = &o->encoding,
        .precision = pensel_precision_in_memory(o->precision),
    };
    PENSEL_TRY(pensel_pixel_set_make(&pixel_set, &plan, error));
    o->training.on_epoch = after_epoch;
    o->training.on_epoch_data = w;
    pensel_checkpoint_enter(o->training.checkpoint, pensel_canvas_put_part, &w->canvas);
    pensel_status status = pensel_estimator_fit(w->estimator, &pixel_set.samples, NULL, error);
    pensel_checkpoint_leave(o->training.checkpoint);
    /* the options stay in the painting, longer than w does */
    o->training.on_epoch = w->users;
    o->training.on_epoch_data = w->users_data;
    pensel_pixel_set_clear(&pixel_set);
    if (status == PENSEL_OK) restore_best(w, w->estimator);
    return status;
}

/* The tutorial's names for classes by a threshold; a palette's are its colours, "#3060a8". */
static pensel_status name_classes(const work *w, pensel_error *error)
{
    static const char *const tutorial[2] = {"blue", "grey"};
    char texts[64][8];
    const char *names[64];
    size_t channels = w->canvas.channels, one_hot = w->options->estimator.one_hot;
    if (w->canvas.colours == 0 || w->estimator->learned.class_count != w->canvas.colours)
        return PENSEL_OK;
    for (size_t c = 0; c < w->canvas.colours; c++) {
        unsigned rgb[3];
        for (size_t k = 0; k < 3; k++) {
            double value = (double)w->canvas.palette[c * channels + (channels < 3 ? 0 : k)];
            rgb[k] = (unsigned)(fmin(fmax(value, 0), 1) * 255 + 0.5);
        }
        snprintf(texts[c], sizeof texts[c], "#%02x%02x%02x", rgb[0] & 255, rgb[1] & 255,
                 rgb[2] & 255);
        names[c] = w->options->threshold >= 0 ? tutorial[c != one_hot] : texts[c];
    }
    return pensel_estimator_name_classes(w->estimator, names, w->canvas.colours, error);
}

static pensel_status finish(pensel_painting **painting, work *w, pensel_error *error)
{
    PENSEL_TRY(name_classes(w, error));
    return pensel_painting_assemble(painting, &w->estimator, &w->canvas, error);
}

/* A training that fails in its midst, since a checkpoint cannot be written, has learned all the
 * same. */
static bool has_learned(const pensel_estimator *estimator)
{
    const pensel_report *report = pensel_estimator_report(estimator);
    return report && report->steps > 0;
}

/* In this order: classes first, since settings depend on how many outputs there are; and each
 * step may be an error, after which all that was made is freed. */
pensel_status pensel_painting_of_several(pensel_painting **painting, const pensel_picture *pictures,
                                         size_t count, const pensel_paint_options *options,
                                         pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    work w = {.pictures = pictures, .count = count, .options = options, .best_loss = INFINITY};
    PENSEL_REQUIRE(painting, BAD_ARGUMENT, "painting is NULL: give it a place");
    *painting = NULL;
    PENSEL_TRY(check(&w, error));
    w.users = options->estimator.training.on_epoch;
    w.users_data = options->estimator.training.on_epoch_data;
    pensel_status status = find_classes(&w, error);
    if (status == PENSEL_OK)
        status = pensel_choice_make(&w.choice, options, pictures, count, outputs_of(&w), error);
    if (status == PENSEL_OK) status = check_chosen(&w, error);
    if (status == PENSEL_OK)
        status = pensel_estimator_new(&w.estimator, &w.choice.estimator, error);
    if (status == PENSEL_OK)
        status = w.choice.by_pyramid ? paint_by_pyramid(&w, error) : paint_by_training(&w, error);
    /* after a failure the error stays that of the training; *painting is what there is */
    if (status == PENSEL_OK)
        status = finish(painting, &w, error);
    else if (has_learned(w.estimator))
        finish(painting, &w, NULL);
    pensel_levels_free(&w.levels);
    pensel_estimator_free(&w.estimator);
    pensel_classes_clear(&w.classes);
    pensel_release(w.choice.hidden);
    pensel_release(w.best);
    pensel_release(w.patched.pixels);
    pensel_release(w.patched.weights);
    return status;
}

pensel_status pensel_painting_new(pensel_painting **painting, const pensel_picture *picture,
                                  const pensel_paint_options *options, pensel_error *error)
{
    return pensel_painting_of_several(painting, picture, 1, options, error);
}
