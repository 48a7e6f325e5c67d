/* pensel paint: a network is trained on a picture's pixels and paints it. */
#include "command.h"
#include "contours.h"
#include "interrupt.h"
#include "output.h"
#include "paint.h"
#include "paint_compact.h"
#include "paint_kind.h"
#include "panel.h"
#include "message.h"
#include "sheet.h"
#include "soft_mask.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *preset_name(size_t i)
{
    static const char *const names[] = {"tutorial"};
    return i < G_N_ELEMENTS(names) ? names[i] : NULL;
}

/* The defaults of the other options depend on these two. */
static void set_defaults(pensel_paint_job *p, int argc, char **argv)
{
    const char *as = pensel_options_peek("as", argc, argv);
    const char *preset = pensel_options_peek("preset", argc, argv);
    bool classes = as ? !strcmp(as, "classification")
                      : pensel_options_peek("colours", argc, argv) ||
                            pensel_options_peek("threshold", argc, argv);
    pensel_task task = classes ? PENSEL_CLASSIFICATION : PENSEL_REGRESSION;
    bool tutorial = preset && !strcmp(preset, "tutorial");
    p->options = tutorial ? pensel_paint_tutorial(task) : pensel_paint_defaults(task);
    if (pensel_options_peek("colours", argc, argv) && !pensel_options_peek("threshold", argc, argv))
        p->options.threshold = -1; /* the tutorial's: a palette is asked for instead */
    p->train.estimator = &p->options.estimator;
    p->train.chosen = p->options.choose;
    p->train.every = 30;
    p->live.watch = &p->train.watch;
    p->max_pixels = 134217728; /* 2^27 */
}

/* The options that are this command's alone: files, and what is shown. The others have tables. */
static void list_own(pensel_option *list, pensel_paint_job *p, unsigned *preset)
{
    const pensel_option own[] = {
        {"output", 'o', pensel_read_text, &p->output, "FILE",
         "the painting (NAME-painting.png), or a .pensel file alone", 0, 0, NULL},
        {"save", 0, pensel_read_text, &p->save, "MODEL",
         "for pensel render: a .pensel file (NAME.pensel), or a network", 0, 0, NULL},
        {"compare", 0, pensel_read_text, &p->compare, "FILE",
         "original | painting | error, side by side", 0, 0, NULL},
        {"exact", 0, NULL, &p->options.exact, NULL,
         "every pixel as it is: a pyramid with a third more numbers than the picture", 0, 0, NULL},
        {"preset", 0, pensel_read_choice, preset, "NAME",
         "tutorial: raw coordinates, 10 x 100 relu, scikit-learn's settings", 0, 0, preset_name},
        {"neurons", 0, pensel_read_text, &p->neurons, "FILE",
         "a sheet with a map of every neuron's output", 0, 0, NULL},
        {"contours", 0, pensel_read_text, &p->contours, "FILE.svg",
         "the areas of the classes, as a drawing", 0, 0, NULL},
        {"timelapse", 0, pensel_read_text, &p->live.timelapse, "FILE",
         "a film of the training: .gif, .webp, or .png for a sheet", 0, 0, NULL},
        {"figure", 0, pensel_read_text, &p->figure.path, "FILE",
         "how it comes to be, beside what the tutorial's network learns", 0, 0, NULL},
        {"show", 0, pensel_read_choice, &p->live.show, "WHEN",
         "show it in the terminal meanwhile: auto, always, never (auto)", 0, 0,
         pensel_watch_choice},
        {"soft", 0, NULL, &p->soft, NULL, "classes: mix the colours by probability", 0, 0, NULL},
        {"weight", 0, pensel_read_text, &p->weight, "FILE",
         "a grey picture: how much each pixel counts; black is a hole, with its soft edge", 0, 0,
         NULL},
        {"depth", 0, pensel_read_count, &p->depth, "BITS", "8 or 16, of the painting (8)", 8, 16,
         NULL},
        {"max-pixels", 0, pensel_read_count, &p->max_pixels, "N",
         "refuse larger pictures (134217728)", 1, 0, NULL},
        {"untrusted", 0, NULL, &p->untrusted, NULL, "read any format libvips knows", 0, 0, NULL},
        {0}};
    memcpy(list, own, sizeof own);
}

static int parse(pensel_paint_job *p, pensel_arguments *arguments, const pensel_command *command,
                 int argc, char **argv)
{
    unsigned preset = 0;
    /* what the program asks for in its own way: as --preset, --encoding raw, --tile */
    static const char *const elsewhere[] = {"choose", "raw_coordinates", "periodic", "exact", NULL};
    pensel_option painting[PENSEL_TRAIN_OPTIONS];
    list_own(painting, p, &preset);
    p->painting_options = (pensel_row_target){&p->options, pensel_paint_table()};
    pensel_options_append(painting, PENSEL_TRAIN_OPTIONS, &p->painting_options, elsewhere);
    pensel_option network[PENSEL_TRAIN_OPTIONS], training[PENSEL_TRAIN_OPTIONS];
    pensel_option encoding[PENSEL_TRAIN_OPTIONS], report[PENSEL_TRAIN_OPTIONS];
    pensel_option compact[PENSEL_COMPACT_OPTIONS];
    pensel_compact_options_table(compact, &p->compact);
    pensel_train_network_table(network, &p->train);
    pensel_train_table(training, &p->train);
    pensel_train_encoding_table(encoding, &p->train);
    pensel_train_report_table(report, &p->train);
    static const char chosen_training[] =
        "Training (chosen to suit the picture where not given; these are the tutorial preset's)";
    const pensel_option_group groups[] = {
        {"Painting", painting},
        {"Compact (a .pensel file: the default, unless a network is asked for)", compact},
        {"Network", network},
        {"Encoding", encoding},
        {chosen_training, training},
        {"Reporting", report},
        {0}};
    return pensel_options_parse(arguments, command, groups, argc, argv);
}

/* Options that mean classes, when the task is regression. */
static pensel_status check_task(const pensel_paint_job *p, const pensel_arguments *arguments,
                                pensel_error *error)
{
    static const char *const names[] = {"contours", "colours", "threshold", "soft"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (pensel_options_given(arguments, names[i]) &&
            p->options.estimator.task == PENSEL_REGRESSION)
            return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                                "--%s is about classes: --as classification is needed", names[i]);
    if (pensel_options_given(arguments, "colours") && pensel_options_given(arguments, "threshold"))
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "--colours and --threshold together: one of them says what the classes "
                            "are");
    return pensel_train_check_options(&p->train, arguments, error);
}

/* A resumed checkpoint may be kept in its own place, or give way to the model; nothing else that is
 * read is written over. */
static pensel_status check_distinct(const pensel_paint_job *p, const pensel_arguments *arguments,
                                    pensel_error *error)
{
    const char *const outputs[] = {
        p->save,           p->train.checkpoint_path, p->output,     p->compare, p->neurons,
        p->live.timelapse, p->train.history,         p->train.plot, p->contours};
    const size_t count = G_N_ELEMENTS(outputs);
    pensel_status status = pensel_output_distinct(outputs, count, error);
    for (size_t i = 0; i < arguments->count && !status; i++)
        status = pensel_output_spares(outputs, count, arguments->words[i], error);
    if (!status) status = pensel_output_spares(outputs, count, p->weight, error);
    return status ? status : pensel_output_spares(outputs + 2, count - 2, p->train.resume, error);
}

static pensel_status check_outputs(pensel_paint_job *p, const pensel_arguments *arguments,
                                   pensel_error *error)
{
    p->default_output =
        pensel_output_beside(strcmp(p->input, "-") ? p->input : "stdin", "-painting.png");
    if (!p->output) p->output = p->default_output;
    pensel_status status = check_distinct(p, arguments, error);
    if (!status) status = pensel_image_check(p->output, "--output", error);
    if (!status) status = pensel_image_check_depth(p->output, p->depth, error);
    if (!status) status = pensel_image_check(p->compare, "--compare", error);
    if (!status) status = pensel_image_check(p->neurons, "--neurons", error);
    if (!status) status = pensel_output_check(p->contours, "--contours", error);
    if (!status) status = pensel_live_check(&p->live, error);
    if (!status) status = pensel_output_check(p->save, "--save", error);
    return status;
}

static pensel_status read_weights(pensel_paint_job *p, pensel_error *error)
{
    pensel_image mask;
    pensel_status status = pensel_image_read(&mask, p->weight, p->max_pixels, error);
    const pensel_picture *m = &mask.picture, *picture = &p->originals.images[0].picture;
    if (!status && (m->width != picture->width || m->height != picture->height))
        status =
            pensel_wrong(error, PENSEL_BAD_DATA,
                         "--weight %.120s is %zu x %zu and the picture %zu x %zu: the same size is "
                         "needed",
                         p->weight, m->width, m->height, picture->width, picture->height);
    if (!status) {
        size_t colours = m->channels < 3 ? 1 : 3;
        p->weights = g_new(float, m->width * m->height);
        for (size_t i = 0; i < m->width * m->height; i++) {
            float sum = 0;
            for (size_t c = 0; c < colours; c++)
                sum += m->pixels[i * m->channels + c];
            p->weights[i] = sum / (float)colours;
        }
        p->soft_edge = pensel_soft_mask(p->weights, m->width, m->height);
        for (size_t i = 0; i < m->width * m->height; i++)
            p->holes += p->weights[i] == 0;
        p->options.weights = p->weights;
    }
    pensel_image_free(&mask);
    return status;
}

/* The fraction of pixels painted in the class that their original colours belong to. */
static double class_accuracy(const pensel_paint_job *p)
{
    const pensel_canvas *canvas = pensel_painting_canvas(p->painting);
    const pensel_picture *o = &p->originals.strip;
    size_t n = o->width * o->height, right = 0, colours = o->channels < 3 ? 1 : 3;
    size_t grey = !p->options.estimator.one_hot; /* its class */
    if (!canvas->palette || canvas->colours != 2 || p->options.threshold < 0) return NAN;
    for (size_t i = 0; i < n; i++) {
        double sum = 0, distance[2] = {0, 0};
        for (size_t c = 0; c < colours; c++)
            sum += rint(o->pixels[i * o->channels + c] * 255.0f);
        for (size_t k = 0; k < 2; k++)
            for (size_t c = 0; c < canvas->channels; c++)
                distance[k] += fabs(p->painted.pixels[i * o->channels + c] -
                                    canvas->palette[k * canvas->channels + c]);
        bool above = (colours == 1 ? 3 * sum : sum) > p->options.threshold;
        right += above == (distance[grey] < distance[!grey]);
    }
    return (double)right / (double)n;
}

static pensel_encoding_kind encoding_of(const pensel_painting *painting)
{
    const pensel_estimator *estimator = pensel_painting_estimator(painting);
    return pensel_network_shape(pensel_estimator_network(estimator))->encoding.kind;
}

static pensel_status render(pensel_paint_job *p, pensel_error *error)
{
    const pensel_picture *o = &p->originals.strip;
    pensel_status status = pensel_originals_render(&p->painted, &p->originals, p->painting, p->soft,
                                                   p->options.estimator.training.threads, error);
    if (!status) status = pensel_picture_psnr(&p->psnr, o, &p->painted, error);
    p->ssim = NAN;
    if (!status && o->width >= 7 && o->height >= 7)
        status = pensel_picture_ssim(&p->ssim, o, &p->painted, error);
    bool classes = p->options.estimator.task == PENSEL_CLASSIFICATION && !p->soft;
    p->accuracy = !status && classes ? class_accuracy(p) : NAN;
    bool pyramid = encoding_of(p->painting) == PENSEL_PYRAMID;
    p->train.complete = p->psnr == INFINITY || (classes && pyramid);
    return status;
}

static pensel_status write_files(pensel_paint_job *p, pensel_error *error)
{
    pensel_image_source source = pensel_image_of(&p->painted);
    source.bits = p->depth ? (int)p->depth : 8;
    source.profile = p->originals.images[0].profile;
    source.profile_size = p->originals.images[0].profile_size;
    /* the network first: everything else can be made from it again */
    pensel_status status = p->save ? pensel_painting_save(p->painting, p->save, error) : PENSEL_OK;
    if (!status) status = pensel_image_write(p->output, &source, error);
    if (!status && p->compare)
        status = pensel_panel_write(p->compare, &p->originals.strip, &p->painted,
                                    &p->originals.images[0], error);
    if (!status && p->neurons) status = pensel_sheet_write(p->neurons, p->painting, error);
    if (!status) status = pensel_train_files(&p->train, error);
    if (status || !p->contours) return status;
    pensel_interrupt_clean(); /* all but the drawing is written: Ctrl-C ends the program at once */
    return pensel_contours_write(p->contours, p->painting, error);
}

static pensel_status work(pensel_paint_job *p, const pensel_arguments *arguments,
                          const char *program, pensel_error *error)
{
    pensel_status status = pensel_image_start(program, p->untrusted, error);
    if (!status) status = check_task(p, arguments, error);
    if (!status) pensel_image_threads(p->options.estimator.training.threads);
    if (!status) status = check_outputs(p, arguments, error);
    if (!status)
        status = pensel_originals_read(&p->originals, arguments->words, arguments->count,
                                       p->max_pixels, error);
    if (!status && p->weight) status = read_weights(p, error);
    if (!status) status = pensel_train_settle(&p->train, arguments, error);
    if (status) return status;
    p->options.chosen = p->chosen;
    p->options.profile = p->originals.images[0].profile;
    p->options.profile_size = p->originals.images[0].profile_size;
    p->options.estimator.training.on_epoch = NULL;
    p->options.on_painting = pensel_live_epoch;
    p->options.on_painting_data = &p->live;
    status = pensel_train_follow(&p->train, "paint", p->input, error);
    if (status) return status;
    pensel_live_begin(&p->live, &p->originals.images[0].picture, false);
    status = pensel_originals_paint(&p->painting, &p->originals, &p->options, error);
    if (status) pensel_options_name(error);
    pensel_watch_clear(&p->train.watch);
    if (status && p->painting && p->save && !pensel_painting_save(p->painting, p->save, NULL))
        pensel_train_print_kept(p->save, error);
    if (!status) status = render(p, error);
    if (!status) status = write_files(p, error);
    if (!status) status = pensel_live_finish(&p->live, p->painting, error);
    return status;
}

static void free_paint(pensel_paint_job *p)
{
    pensel_painting_free(&p->painting);
    pensel_originals_free(&p->originals);
    pensel_live_free(&p->live);
    pensel_figure_free(&p->figure);
    pensel_train_free(&p->train);
    g_free(p->painted.pixels);
    g_free(p->weights);
    g_free(p->default_output);
}

/* Returns the exit status. */
static int paint_kind(pensel_paint_job *p, const pensel_arguments *arguments)
{
    pensel_error error = {0};
    pensel_paint_kind kind;
    if (pensel_paint_kind_of(&kind, p, arguments, &error)) return pensel_message_error(&error);
    if (kind == PENSEL_PAINT_COMPACT) return pensel_compact_run(p);
    if (work(p, arguments, "pensel", &error)) return pensel_train_fail(&p->train, &error);
    return pensel_paint_print(p);
}

static int run(const pensel_command *command, int argc, char **argv)
{
    pensel_paint_job p = {0};
    pensel_arguments arguments;
    set_defaults(&p, argc, argv);
    int status = parse(&p, &arguments, command, argc, argv);
    if (status != PENSEL_OPTIONS_GO) {
        pensel_train_free(&p.train);
        return status;
    }
    if (arguments.count == 0) {
        status = pensel_message_usage("paint: no picture is named: pensel paint PICTURE");
    } else {
        p.input = arguments.words[0];
        status = paint_kind(&p, &arguments);
    }
    free_paint(&p);
    pensel_options_free(&arguments);
    return status;
}

const pensel_command pensel_command_paint = {"paint", "PICTURE...", PENSEL_PAINT_SUMMARY, run};
