/* A program as it is built with an older header, today's and a newer one (test_old_programs.py): it
 * sets options that all of them have, trains, and prints what came out of it, and whether the
 * library wrote beside what it was given. */
#include <pensel.h>

#include <stdio.h>
#include <string.h>

enum { N = 24, INPUTS = 2 };

static pensel_verdict count(const pensel_progress *progress, void *data)
{
    *(size_t *)data += progress->epoch;
    return PENSEL_CONTINUE;
}

/* What the library fills in stands between marks. */
static struct {
    unsigned char before[64];
    pensel_estimator_options options;
    unsigned char between[64];
    pensel_scores scores;
    unsigned char behind[64];
} frame;

static int is_marked(const unsigned char *marks)
{
    for (int i = 0; i < 64; i++)
        if (marks[i] != 0xa5) return 0;
    return 1;
}

static int fails(const pensel_error *error)
{
    printf("error: %s\n", error->text);
    return 1;
}

int main(void)
{
    static double x[N * INPUTS], y[N], out[N];
    const pensel_layer hidden = {5, PENSEL_TANH, 0};
    pensel_estimator *estimator = NULL;
    pensel_error error;
    size_t epochs = 0;
    for (size_t i = 0; i < N; i++) {
        x[INPUTS * i] = (double)(i % 5) / 5;
        x[INPUTS * i + 1] = (double)(i % 7) / 7;
        y[i] = x[INPUTS * i] - 2 * x[INPUTS * i + 1];
    }
    const pensel_samples samples = {.x = {x, N, INPUTS, PENSEL_FLOAT64},
                                    .y = {y, N, 1, PENSEL_FLOAT64}};
    memset(&frame, 0xa5, sizeof frame);
    frame.options = pensel_estimator_defaults(PENSEL_REGRESSION);
    frame.options.precision = PENSEL_FLOAT64;
    frame.options.hidden = &hidden;
    frame.options.hidden_count = 1;
    frame.options.training.epochs = 4;
    frame.options.training.batch_size = 7;
    frame.options.training.on_epoch = count;
    frame.options.training.on_epoch_data = &epochs;
#ifdef NEWER_ROW
    frame.options.training.tomorrow = 1;
#endif
#ifdef NEWER_HOOK
    frame.options.training.on_tomorrow = count;
#endif
    if (pensel_estimator_new(&estimator, &frame.options, &error) ||
        pensel_estimator_fit(estimator, &samples, NULL, &error) ||
        pensel_estimator_predict(estimator, out, samples.x, &error) ||
        pensel_estimator_score(estimator, &frame.scores, NULL, &samples, &error))
        return fails(&error);
    for (size_t i = 0; i < N; i++)
        printf("%.17g ", out[i]);
    printf("mse %.17g epochs %zu marks %d\n", frame.scores.mse, epochs,
           is_marked(frame.before) && is_marked(frame.between) && is_marked(frame.behind));
    pensel_estimator_free(&estimator);
    return 0;
}
