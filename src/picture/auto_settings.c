/* Chooses the painter's settings: everything that the caller has not given, as
 * pensel_option_given says, by the picture's size, channels and task. What was given is never
 * changed. It takes
 *
 *   - a pyramid of the picture's own size, which the pyramid painter trains fastest and exactly;
 *   - or a hash grid, if a method is given that is the general training's (layers, solver, rate,
 *     loss, samples), or if the pyramid would be too large; for classes with cells of 4 x 4 pixels,
 *     so that contours are smooth. The line that says what was chosen then says why.
 *
 * What only tunes the general training (momentum, tol, clip_norm...) is no reason to leave the
 * pyramid painter, which is a thousand times faster; with it, it would have no effect, so it is an
 * error. Rates, batches and epochs follow from the encoding; raw coordinates get a sine network
 * (Sitzmann et al. 2020). */
#include "picture/painting.h"

#include "base/error.h"
#include "base/memory.h"
#include "network/network.h"
#include "pyramid/pyramid.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Trained numbers, which take 17 bytes each while they are trained. Nothing else paints a large
 * picture in minutes, so this is beyond what most machines have memory for. */
enum { LARGEST_PYRAMID = 3 << 28 };

typedef struct recipe {
    pensel_solver solver;
    double rate;
    size_t epochs;
    double beta_2, epsilon;
    size_t width, layers; /* hidden */
    pensel_activation activation;
    double parameter; /* of it */
} recipe;

/* By encoding; the pyramid's is for training it like any other network. */
static const recipe recipes[PENSEL_ENCODING_COUNT] = {
    [PENSEL_RAW] = {PENSEL_ADAM, 5e-4, 40, 0.99, 1e-8, 128, 3, PENSEL_SINE, 60},
    [PENSEL_FOURIER] = {PENSEL_ADAM, 2e-3, 30, 0.99, 1e-8, 128, 3, PENSEL_RELU, 0},
    [PENSEL_HASHGRID] = {PENSEL_ADAM, 1e-2, 30, 0.99, 1e-15, 64, 2, PENSEL_RELU, 0},
    [PENSEL_PYRAMID] = {PENSEL_ADAM, 1e-2, 30, 0.99, 1e-15, 64, 1, PENSEL_RELU, 0},
};

/* An encoding without a line is used as Fourier features are. */
static const recipe *recipe_of(pensel_encoding_kind kind)
{
    return &recipes[recipes[kind].width ? kind : PENSEL_FOURIER];
}

/* Halvings until the longer side has 4 or fewer. */
static size_t pyramid_levels(size_t height, size_t width)
{
    size_t levels = 1;
    for (size_t side = height > width ? height : width; side > 4; side = side / 2 + 1)
        levels++;
    return levels;
}

/* The exponent of the least power of two that is `value` or more. */
static unsigned log2_above(size_t value)
{
    unsigned log2 = 0;
    while (log2 < 60 && (size_t)1 << log2 < value)
        log2++;
    return log2;
}

/* Sizes of an encoding of the given kind, where they are not given. */
static void size_encoding(pensel_encoding *e, const pensel_picture *picture, size_t pictures,
                          pensel_task task, uint32_t seed)
{
    size_t longest = picture->width > picture->height ? picture->width : picture->height;
    size_t pixels = picture->width * picture->height * pictures;
    if (e->kind == PENSEL_PYRAMID) {
        if (!e->rows) e->rows = picture->height;
        if (!e->columns) e->columns = picture->width;
        if (!e->features)
            e->features = task == PENSEL_CLASSIFICATION ? PENSEL_ROW_WIDTH : picture->channels;
        if (!e->levels) e->levels = pyramid_levels(e->rows, e->columns);
        e->depth = pictures > 1 ? pictures : 0;
    } else if (e->kind == PENSEL_HASHGRID) {
        unsigned table = log2_above(pixels / 8); /* fewer numbers than the picture has */
        bool classes = task == PENSEL_CLASSIFICATION;
        size_t fine = classes ? longest / 4 : longest, base = classes ? 8 : 16;
        if (!e->features) e->features = 2;
        if (!e->levels) e->levels = classes ? 6 : 12;
        if (!e->table_log2) e->table_log2 = table < 12 ? 12 : table > 22 ? 22 : table;
        if (!e->base_resolution) e->base_resolution = fine < base ? 4 : base;
        if (!e->fine_resolution)
            e->fine_resolution = fine < e->base_resolution ? e->base_resolution : fine;
    } else if (e->kind != PENSEL_RAW) {
        if (!e->features) e->features = 256;
        if (!(e->scale > 0)) e->scale = fmin(fmax((double)longest / 40, 2), 30);
        if (!e->seed) e->seed = seed;
    }
}

static bool given(const pensel_training_options *t, const char *name)
{
    return pensel_option_given(t, pensel_training_table(), name);
}

/* Whether hidden layers were given, or none: the default is one layer that nobody has described. */
static bool has_hidden(const pensel_estimator_options *e)
{
    return e->hidden || e->hidden_count != 1;
}

/* Options that ask for the general training by themselves; those of other encodings; and those that
 * both trainings take. */
static const char *const methods[] = {"solver", "loss", "alpha", "batch_size", "early_stopping"};
static const char *const grids[] = {"table_log2", "base_resolution", "fine_resolution", "scale"};
static const char *const shared[] = {
    "epochs", "max_seconds", "threads", "learning_rate", "learning_rate_init", "decay",
    "beta_1", "beta_2",      "epsilon", "tol",           "n_iter_no_change",   "coarse_to_fine"};

/* The first of `count` names that was given; NULL: none. */
static const char *first_given(const pensel_training_options *t, const char *const *names,
                               size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (given(t, names[i])) return names[i];
    return NULL;
}

/* Why the pyramid painter cannot do it; NULL: it can. */
static const char *against_pyramid(const pensel_paint_options *o, const pensel_picture *picture,
                                   size_t pictures)
{
    const pensel_estimator_options *e = &o->estimator;
    size_t width = e->task == PENSEL_CLASSIFICATION ? PENSEL_ROW_WIDTH : picture->channels;
    double numbers =
        (double)picture->width * (double)picture->height * (double)width * (double)pictures * 4 / 3;
    if (has_hidden(e)) return "hidden layers are given";
    if (e->precision != PENSEL_FLOAT32) return "precision";
    if (e->scale_inputs != PENSEL_SCALE_NONE || e->scale_targets != PENSEL_SCALE_NONE)
        return "scaling is given";
    if (pensel_option_given(e, pensel_estimator_table(), "initialisation")) return "initialisation";
    if (e->one_hot) return "one_hot";
    for (size_t i = 0; i < sizeof grids / sizeof *grids; i++)
        if (pensel_option_given(&e->encoding, pensel_encoding_table(), grids[i])) return grids[i];
    if (o->subpixel) return "subpixel";
    if (numbers >= LARGEST_PYRAMID) return "the picture is too large";
    return first_given(&e->training, methods, sizeof methods / sizeof *methods);
}

static bool is_shared(const char *name)
{
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (!strcmp(shared[i], name)) return true;
    return false;
}

/* An option that the pyramid painter would ignore is an error. */
static pensel_status check_pyramid_options(const pensel_training_options *t, pensel_error *error)
{
    const pensel_option_table *table = pensel_training_table();
    for (size_t i = 0; i < table->count; i++) {
        const char *name = table->rows[i].name;
        PENSEL_REQUIRE(is_shared(name) || !given(t, name), BAD_ARGUMENT,
                       "%s has no effect on the exact pyramid, which has a training of its own: "
                       "solver adam or encoding hashgrid is needed",
                       name);
    }
    PENSEL_REQUIRE(!t->reduce, BAD_ARGUMENT,
                   "the exact pyramid sums over all pixels itself, without a reduce hook: solver "
                   "adam or encoding hashgrid is needed");
    return PENSEL_OK;
}

static const double sgd_rate = 0.1; /* momentum 0.9; a mean of squares needs more than Adam's */

/* The general training: each row of the recipe where it was not given. Without a rule to stop
 * that was asked for there is none: the epochs are few. */
static void auto_training(pensel_choice *choice, const recipe *r, size_t samples)
{
    pensel_training_options *t = &choice->estimator.training;
    if (!given(t, "solver")) t->solver = r->solver;
    if (!given(t, "learning_rate_init"))
        t->learning_rate_init = t->solver == PENSEL_SGD ? sgd_rate : r->rate;
    if (!given(t, "learning_rate")) t->learning_rate = PENSEL_COSINE;
    if (!given(t, "epochs")) t->epochs = r->epochs;
    if (!given(t, "alpha")) t->alpha = 0;
    if (!given(t, "beta_2")) t->beta_2 = r->beta_2;
    if (!given(t, "epsilon")) t->epsilon = r->epsilon;
    if (!given(t, "n_iter_no_change") && !given(t, "tol") && !t->early_stopping)
        t->n_iter_no_change = SIZE_MAX;
    if (!given(t, "batch_size") && t->solver != PENSEL_LBFGS) {
        size_t batch = samples / 64 / 64 * 64; /* some 64 steps an epoch, in whole tiles */
        t->batch_size = batch < 256 ? 256 : batch > 8192 ? 8192 : batch;
        if (t->batch_size > samples) t->batch_size = samples;
    }
}

/* What trains a pyramid coarse to fine. Every pass is a step on all `samples`. */
static void set_pyramid_training(pensel_training_options *t, pensel_task task, size_t samples)
{
    bool stops = given(t, "tol") || given(t, "n_iter_no_change");
    bool classes = task == PENSEL_CLASSIFICATION;
    t->coarse_to_fine = true;
    t->solver = PENSEL_ADAM;
    if (!given(t, "learning_rate")) {
        t->learning_rate = PENSEL_INVERSE_TIME;
        if (!given(t, "decay")) t->decay = PENSEL_PYRAMID_DECAY;
    }
    if (!given(t, "learning_rate_init"))
        t->learning_rate_init = classes ? PENSEL_PYRAMID_CLASS_RATE : PENSEL_PYRAMID_LAYER_RATE;
    t->alpha = 0;
    t->batch_size = samples;
    if (!given(t, "epsilon")) t->epsilon = PENSEL_PYRAMID_EPSILON;
    if (!stops) t->n_iter_no_change = SIZE_MAX;
    if (!given(t, "epochs")) t->epochs = PENSEL_PYRAMID_EPOCHS;
}

/* The layers: given ones, with the encoding's activation where theirs is left open; else the
 * encoding's. */
static pensel_status auto_hidden(pensel_choice *choice, const recipe *r, pensel_error *error)
{
    pensel_estimator_options *e = &choice->estimator;
    bool own = has_hidden(e);
    if (own && !e->hidden) return PENSEL_OK; /* none, or more than are described: an error later */
    size_t count = own ? e->hidden_count : r->layers;
    PENSEL_TRY(PENSEL_NEW(choice->hidden, count, error));
    for (size_t l = 0; l < count; l++) {
        pensel_layer layer = own ? e->hidden[l] : (pensel_layer){r->width, PENSEL_AUTOMATIC, 0};
        if (layer.activation == PENSEL_AUTOMATIC) {
            layer.activation = r->activation;
            layer.parameter = r->parameter;
        }
        choice->hidden[l] = layer;
    }
    e->hidden = choice->hidden;
    e->hidden_count = count;
    if (count > 0 && !pensel_option_given(e, pensel_estimator_table(), "initialisation"))
        e->initialisation = e->hidden[0].activation == PENSEL_SINE ? PENSEL_SIREN : PENSEL_HE;
    return PENSEL_OK;
}

/* The one hidden layer that row kernels know: 4 leaky relu neurons for each feature
 * (pyramid/rows.h). */
static pensel_status auto_pyramid_layer(pensel_choice *choice, pensel_error *error)
{
    pensel_estimator_options *e = &choice->estimator;
    PENSEL_TRY(PENSEL_NEW(choice->hidden, 1, error));
    choice->hidden[0] = (pensel_layer){PENSEL_ROW_HIDDEN * e->encoding.features, PENSEL_LEAKY_RELU,
                                       PENSEL_PYRAMID_SLOPE};
    e->hidden_count = 1;
    e->hidden = choice->hidden;
    return PENSEL_OK;
}

/* 1234567 as "1,234,567". */
static const char *grouped(char text[32], size_t value)
{
    char digits[24];
    size_t count = (size_t)snprintf(digits, sizeof digits, "%zu", value), at = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void describe_encoding(char *text, size_t size, const pensel_encoding *e)
{
    if (e->kind == PENSEL_PYRAMID)
        snprintf(text, size, "pyramid of %zu level%s from %zu x %zu, %zu latent%s each", e->levels,
                 plural(e->levels), e->columns, e->rows, e->features, plural(e->features));
    else if (e->kind == PENSEL_HASHGRID)
        snprintf(text, size, "hash grid of %zu levels from %zu to %zu cells, 2^%zu entries of %zu",
                 e->levels, e->base_resolution, e->fine_resolution, e->table_log2, e->features);
    else if (e->kind == PENSEL_FOURIER)
        snprintf(text, size, "fourier features of %zu frequencies, scale %g", e->features,
                 e->scale);
    else
        snprintf(text, size, "%s coordinates", pensel_encoding_name(e->kind));
}

/* How many numbers will be trained; 0 if the network cannot be made, which is reported elsewhere.
 */
static size_t count_parameters(const pensel_estimator_options *e, size_t inputs, size_t outputs)
{
    pensel_layer *layers;
    pensel_network *network;
    size_t hidden = e->hidden ? e->hidden_count : 0, count = 0;
    if (PENSEL_NEW(layers, hidden + 1, NULL) != PENSEL_OK) return 0;
    if (hidden > 0) memcpy(layers, e->hidden, hidden * sizeof *layers);
    layers[hidden] = (pensel_layer){outputs, PENSEL_IDENTITY, 0};
    const pensel_shape shape = {
        .inputs = inputs, .encoding = e->encoding, .layers = layers, .layer_count = hidden + 1};
    if (pensel_network_plan(&network, &shape, e->precision, SIZE_MAX, NULL) == PENSEL_OK)
        count = network->parameter_count;
    pensel_network_free(&network);
    pensel_release(layers);
    return count;
}

/* `against` is why it is not the exact pyramid, or NULL. */
static void describe(const pensel_choice *choice, char *chosen, const pensel_picture *picture,
                     size_t pictures, size_t outputs, const char *against)
{
    const pensel_estimator_options *e = &choice->estimator;
    char trained[32], own[32], encoding[120], layers[60] = "no hidden layer", steps[80];
    describe_encoding(encoding, sizeof encoding, &e->encoding);
    if (e->hidden_count > 0 && e->hidden) {
        const pensel_activation_info *info = pensel_activation_describe(e->hidden[0].activation);
        snprintf(layers, sizeof layers, "%zu x %zu %s", e->hidden_count, e->hidden[0].width,
                 info ? info->name : "neurons");
    }
    if (choice->by_pyramid)
        snprintf(steps, sizeof steps, "coarse to fine, up to %zu epoch%s", e->training.epochs,
                 plural(e->training.epochs));
    else if (e->training.solver == PENSEL_LBFGS)
        snprintf(steps, sizeof steps, "lbfgs, %zu epochs", e->training.epochs);
    else
        snprintf(steps, sizeof steps, "%s %g %s, batch %zu, %zu epochs",
                 pensel_solver_name(e->training.solver), e->training.learning_rate_init,
                 pensel_schedule_name(e->training.learning_rate), e->training.batch_size,
                 e->training.epochs);
    bool classes = e->task == PENSEL_CLASSIFICATION;
    size_t pixels = picture->width * picture->height * pictures;
    int length =
        snprintf(chosen, 256, "%s; %s; %s numbers for the picture's %s; %s", encoding, layers,
                 grouped(trained, count_parameters(e, pictures > 1 ? 3 : 2, outputs)),
                 grouped(own, pixels * (classes ? 1 : picture->channels)), steps);
    if (against && length < 256)
        snprintf(chosen + length, 256 - (size_t)length, "; no exact pyramid: %s%s", against,
                 strchr(against, ' ') ? "" : " is given");
}

/* The encoding, and whether the pyramid painter trains it. */
static void auto_encoding(pensel_choice *choice, const pensel_paint_options *options,
                          const pensel_picture *picture, size_t pictures, const char *against)
{
    pensel_estimator_options *e = &choice->estimator;
    bool open = !pensel_option_given(&e->encoding, pensel_encoding_table(), "kind");
    if (open) e->encoding.kind = against ? PENSEL_HASHGRID : PENSEL_PYRAMID;
    if (open && e->encoding.scale > 0) e->encoding.kind = PENSEL_FOURIER;
    if (options->periodic) e->encoding.periodic = true;
    size_encoding(&e->encoding, picture, pictures, e->task, e->seed);
    size_t width = e->task == PENSEL_CLASSIFICATION ? PENSEL_ROW_WIDTH : picture->channels;
    choice->by_pyramid = !against && e->encoding.kind == PENSEL_PYRAMID &&
                         e->encoding.features == width && e->encoding.rows == picture->height &&
                         e->encoding.columns == picture->width;
}

/* Whoever asks for every pixel as it is gets that or an error. */
static pensel_status check_exact(const pensel_choice *choice, const char *against,
                                 pensel_error *error)
{
    if (choice->by_pyramid) return PENSEL_OK;
    PENSEL_REQUIRE(!against || !strchr(against, ' '), BAD_ARGUMENT, "exact cannot be had here: %s",
                   against);
    return pensel_fail(error, PENSEL_BAD_ARGUMENT,
                       "exact and %s together: a pyramid with layers and a training of its own is "
                       "what paints exactly",
                       against ? against : "encoding");
}

pensel_status pensel_choice_make(pensel_choice *choice, const pensel_paint_options *options,
                                 const pensel_picture *picture, size_t pictures, size_t outputs,
                                 pensel_error *error)
{
    pensel_estimator_options *e = &choice->estimator;
    *choice = (pensel_choice){.estimator = options->estimator};
    if (options->chosen) options->chosen[0] = '\0';
    PENSEL_REQUIRE(
        !options->exact || (options->choose && !options->raw_coordinates), BAD_ARGUMENT,
        "exact has no effect on a network that is given in full: a pyramid is what paints "
        "exactly");
    if (!options->choose || options->raw_coordinates) {
        if (options->periodic) e->encoding.periodic = true;
        size_encoding(&e->encoding, picture, pictures, e->task, e->seed);
        return PENSEL_OK;
    }
    const char *against = against_pyramid(options, picture, pictures);
    bool open = !pensel_option_given(&e->encoding, pensel_encoding_table(), "kind");
    auto_encoding(choice, options, picture, pictures, against);
    if (options->exact) PENSEL_TRY(check_exact(choice, against, error));
    if (choice->by_pyramid) {
        PENSEL_TRY(check_pyramid_options(&e->training, error));
        PENSEL_TRY(auto_pyramid_layer(choice, error));
        set_pyramid_training(&e->training, e->task, picture->width * picture->height * pictures);
    } else {
        const recipe *r = recipe_of(e->encoding.kind);
        PENSEL_TRY(auto_hidden(choice, r, error));
        auto_training(choice, r, picture->width * picture->height * pictures);
    }
    if (options->chosen)
        describe(choice, options->chosen, picture, pictures, outputs, open ? against : NULL);
    return PENSEL_OK;
}
