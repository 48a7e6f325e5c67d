/* Writes the seeds that are valid model files, checkpoints and exports of paintings into model/,
 * checkpoint/ and import/ of a folder. The rest of the corpus is made from these by seeds.py, or
 * was found by fuzzing. */
#include "small.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(pensel_status status, const pensel_error *error)
{
    if (status == PENSEL_OK) return;
    fprintf(stderr, "%s\n", error->text);
    exit(1);
}

static const char *path_in(const char *folder, const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_model(const char *folder, const char *name, pensel_estimator_options o,
                        bool classes)
{
    static const pensel_layer hidden[] = {{3, PENSEL_LEAKY_RELU, 0.1}};
    static const char *const names[] = {"low", "middle", "high"};
    float x[40], y[20];
    pensel_estimator *e;
    pensel_error error;
    for (int i = 0; i < 40; i++)
        x[i] = (float)(i % 7) / 7;
    for (int i = 0; i < 20; i++)
        y[i] = classes ? (float)(i % 3) : x[2 * i];
    pensel_samples samples = {.x = {x, 20, 2, PENSEL_FLOAT32}, .y = {y, 20, 1, PENSEL_FLOAT32}};
    o.hidden = hidden;
    o.training.epochs = 2;
    must(pensel_estimator_new(&e, &o, &error), &error);
    must(pensel_estimator_fit(e, &samples, NULL, &error), &error);
    if (classes) must(pensel_estimator_name_classes(e, names, 3, &error), &error);
    must(pensel_estimator_save(e, path_in(folder, name), &error), &error);
    pensel_estimator_free(&e);
}

static void write_models(const char *folder)
{
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
    write_model(folder, "model/regressor", o, false);
    o.precision = PENSEL_FLOAT64;
    o.scale_inputs = o.scale_targets = PENSEL_SCALE_STANDARD;
    write_model(folder, "model/scaled", o, false);
    o = pensel_estimator_defaults(PENSEL_CLASSIFICATION);
    write_model(folder, "model/classifier", o, true);
    o = pensel_estimator_defaults(PENSEL_REGRESSION);
    o.encoding = (pensel_encoding){.kind = PENSEL_FOURIER, .features = 2, .scale = 1};
    write_model(folder, "model/fourier", o, false);
    o.encoding = (pensel_encoding){.kind = PENSEL_HASHGRID,
                                   .features = 1,
                                   .levels = 2,
                                   .table_log2 = 3,
                                   .base_resolution = 2,
                                   .fine_resolution = 4};
    write_model(folder, "model/hashgrid", o, false);
    o.encoding = (pensel_encoding){
        .kind = PENSEL_PYRAMID, .features = 1, .levels = 2, .rows = 4, .columns = 4};
    write_model(folder, "model/pyramid", o, false);
}

static void write_painting(const char *folder, const char *name, pensel_task task,
                           const char *profile)
{
    float pixels[6 * 6 * 3];
    pensel_painting *painting;
    pensel_error error;
    for (int i = 0; i < 6 * 6 * 3; i++)
        pixels[i] = (float)(i % 11) / 10;
    pensel_picture picture = {pixels, 6, 6, 3};
    pensel_paint_options o = pensel_paint_tutorial(task);
    static const pensel_layer hidden[] = {{3, PENSEL_RELU, 0}};
    o.estimator.hidden = hidden;
    o.estimator.hidden_count = 1;
    o.estimator.training.epochs = 1;
    o.profile = profile;
    o.profile_size = profile ? strlen(profile) : 0;
    must(pensel_painting_new(&painting, &picture, &o, &error), &error);
    must(pensel_painting_save(painting, path_in(folder, name), &error), &error);
    pensel_painting_free(&painting);
}

/* Of the painter's choice: rows of a pyramid, of one picture or two, or of classes. */
static void write_choice(const char *folder, const char *name, pensel_task task, size_t pictures)
{
    float pixels[2][6 * 6 * 3];
    pensel_painting *painting;
    pensel_error error;
    for (int i = 0; i < 6 * 6 * 3; i++) {
        pixels[0][i] = (float)(i % 11) / 10;
        pixels[1][i] = (float)(i % 7) / 6;
    }
    const pensel_picture both[2] = {{pixels[0], 6, 6, 3}, {pixels[1], 6, 6, 3}};
    pensel_paint_options o = pensel_paint_defaults(task);
    o.estimator.training.epochs = 2;
    o.estimator.training.threads = 1;
    if (task == PENSEL_CLASSIFICATION) o.colours = 4;
    must(pensel_painting_of_several(&painting, both, pictures, &o, &error), &error);
    must(pensel_painting_save(painting, path_in(folder, name), &error), &error);
    pensel_painting_free(&painting);
}

/* What brings the model itself back: of each kind of file that does, one */
static void write_exports(const char *folder, const char *name, const char *to)
{
    static const char *const targets[] = {"onnx", "json", "npz"};
    pensel_painting *painting;
    pensel_error error;
    must(pensel_painting_load(&painting, path_in(folder, name), &error), &error);
    for (int i = 0; i < 3; i++) {
        char path[64];
        pensel_export_options o = pensel_export_defaults();
        o.target = targets[i];
        snprintf(path, sizeof path, "import/own-%s-%s", to, targets[i]);
        must(pensel_export(&(pensel_exported){.painting = painting}, path_in(folder, path), &o,
                           &error),
             &error);
    }
    pensel_painting_free(&painting);
}

static void write_checkpoint(const char *folder, const char *name, pensel_solver solver,
                             size_t epochs)
{
    pensel_network *network;
    pensel_training *training;
    pensel_random random;
    pensel_error error;
    pensel_samples samples = small_samples();
    pensel_training_options o = small_options(solver);
    o.epochs = epochs;
    must(pensel_checkpoint_new(&o.checkpoint, path_in(folder, name), 1000, NULL, &error), &error);
    must(small_network(&network, &random), &error);
    must(pensel_training_new(&training, network, &o, &error), &error);
    must(pensel_training_run(training, &samples, NULL, &random, &error), &error);
    pensel_training_free(&training);
    pensel_checkpoint_free(&o.checkpoint);
    pensel_network_free(&network);
}

int main(int count, char **arguments)
{
    if (count != 2) return 2;
    write_models(arguments[1]);
    write_painting(arguments[1], "model/painting", PENSEL_REGRESSION, NULL);
    write_painting(arguments[1], "model/classes", PENSEL_CLASSIFICATION, NULL);
    write_painting(arguments[1], "model/profile", PENSEL_REGRESSION, "any byte");
    write_choice(arguments[1], "model/pyramid-painting", PENSEL_REGRESSION, 1);
    write_exports(arguments[1], "model/painting", "sines");
    write_exports(arguments[1], "model/classes", "colours");
    write_exports(arguments[1], "model/pyramid-painting", "pyramid");
    write_choice(arguments[1], "model/pyramid-pictures", PENSEL_REGRESSION, 2);
    write_choice(arguments[1], "model/pyramid-classes", PENSEL_CLASSIFICATION, 1);
    write_checkpoint(arguments[1], "checkpoint/early", PENSEL_ADAM, 1);
    write_checkpoint(arguments[1], "checkpoint/late", PENSEL_ADAM, 3);
    write_checkpoint(arguments[1], "checkpoint/lbfgs", PENSEL_LBFGS, 3);
    return 0;
}
