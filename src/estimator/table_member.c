/* A network of a table's model (Holzmueller et al. 2024, RealMLP, with the embedding of numbers of
 * Gorishniy et al. 2022, which does what a tree's thresholds do):
 *
 *     numbers -> ramps over bins, codes -> embeddings, -> scale -> 3 x (neurons, parametric
 *     activation, dropout) -> outputs
 *
 * Its start depends on the data: see table_start.c. Adam with rates that go with 1 / sqrt(inputs)
 * of a layer, as in the paper's parametrisation, weight decay, a cosine to 0. The parameters of the
 * best epoch by held-out loss are kept, the latest of equals.
 *
 * The linear yardstick is the same without hidden layers, trained by lbfgs with the penalty of
 * scikit-learn's Ridge and LogisticRegression with C = 1.
 *
 * A member is trained by one thread and touches nothing that another one writes: x and held_x may
 * be shared, and are only read. What it allocates, network, curve and held_p's contents, stays with
 * it until table_fit.c takes or frees it, also after a failure. */
#include "base/error.h"
#include "base/memory.h"
#include "estimator/table_model.h"
#include "platform/clock.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HIDDEN = PENSEL_TABLE_HIDDEN, FEW_WIDTH = 128, WIDTH = 256, EMBEDDING = 8, BINS = 16 };
#define RATE_CLASSES 0.04
#define RATE_NUMBERS 0.06
#define DROPOUT "15e-2" /* of classes alone */
#define DECAY 0.02
#define LEAST_PROBABILITY 1e-7
#define LEAST_SECONDS 1e-3 /* one step is taken in any case */

/* ------------------------------------------------------------------ layers */

typedef struct list {
    char *text;
    size_t size, used;
} list;

static void put(list *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Counts also what does not fit, so that a first pass finds the length. */
static void put(list *l, const char *format, ...)
{
    va_list arguments;
    size_t room = l->used < l->size ? l->size - l->used : 0;
    va_start(arguments, format);
    int length = vsnprintf(room ? l->text + l->used : NULL, room, format, arguments);
    va_end(arguments);
    l->used += (size_t)length;
}

/* Codes stand behind the other units, from `at` on. An embedding takes its code out and puts the
 * vector behind all, so the next code stands at `at` again. */
static void put_embeddings(list *l, const pensel_schema_layout *layout, size_t at, size_t width)
{
    for (size_t c = 0; c < layout->codes; c++)
        put(l, "embedding:%zu:%zu:%zu,", layout->code_counts[c], width, at);
}

/* The last layer's activation, which goes with the loss: the gradient of what it sums is p - y in
 * all three, but for a factor. */
static const char *output_of(const pensel_table_model *model)
{
    if (model->task == PENSEL_REGRESSION) return "identity";
    return model->class_count > 2 ? "softmax" : "logistic";
}

/* Without a point, which depends on the locale */
static void put_rate(list *l, double in)
{
    put(l, "rate-factor=%ue-6", (unsigned)(1e6 / sqrt(in)));
}

/* Few rows are learned as well by fewer neurons, in a third of the time. */
static size_t width_of(bool few)
{
    return few ? FEW_WIDTH : WIDTH;
}

/* The list of layers. A number leaves its ramps as four units, so `width` is what the first neurons
 * receive. The rates' factors are relative to the member's rate: scale and activations have the
 * paper's, weights 1 / sqrt(inputs). */
static void put_deep(list *l, const pensel_table_model *model, const pensel_schema_layout *layout,
                     size_t neurons)
{
    bool classes = model->task == PENSEL_CLASSIFICATION;
    size_t width = 4 * layout->numbers + layout->plain;
    if (layout->numbers > 0) put(l, "piecewise:%zu:%d:rate-factor=3e-1,", layout->numbers, BINS);
    put_embeddings(l, layout, width, EMBEDDING);
    width += EMBEDDING * layout->codes;
    put(l, "scale:rate-factor=6,");
    for (int h = 0; h < HIDDEN; h++) {
        put(l, "dense:%zu:", neurons);
        put_rate(l, (double)(h == 0 ? width : neurons));
        put(l, ",parametric:%s:rate-factor=1e-1,", classes ? "selu" : "silu");
        if (classes) put(l, "dropout:%s,", DROPOUT);
    }
    put(l, "dense:%zu:%s:", pensel_table_outputs(model), output_of(model));
    put_rate(l, (double)neurons);
}

static void put_list(list *l, const pensel_table_member *m)
{
    const pensel_table_model *model = m->model;
    pensel_schema_layout layout = pensel_schema_inputs(model->schema);
    if (!m->linear) {
        put_deep(l, model, &layout, width_of(m->few));
        return;
    }
    put_embeddings(l, &layout, layout.numbers + layout.plain, 1);
    put(l, "dense:%zu:%s", pensel_table_outputs(model), output_of(model));
}

/* Written twice: the first time into nothing, for its length. */
static pensel_status make_network(pensel_table_member *m)
{
    list l = {0};
    pensel_error *error = &m->error;
    put_list(&l, m);
    l.size = l.used + 1;
    l.used = 0;
    PENSEL_TRY(PENSEL_NEW(l.text, l.size, error));
    put_list(&l, m);
    const pensel_shape shape = {.inputs = m->width, .list = l.text};
    pensel_status status = pensel_network_new(&m->network, &shape, PENSEL_FLOAT32, error);
    pensel_release(l.text);
    return status;
}

/* 6 for each weight and sample, as of any training; and about so many for the ramps of a number and
 * for a neuron's activation and dropout. */
double pensel_table_member_operations(const pensel_table_model *model, bool few)
{
    double neurons = (double)width_of(few);
    pensel_schema_layout layout = pensel_schema_inputs(model->schema);
    double first = (double)(4 * layout.numbers + layout.plain + EMBEDDING * layout.codes);
    double outputs = (double)pensel_table_outputs(model);
    double weights = neurons * (first + (HIDDEN - 1) * neurons + outputs);
    return 6 * weights + 1000 * (double)layout.numbers + 100 * HIDDEN * neurons;
}

/* ------------------------------------------------------------------ training */

/* Of one output for two classes both logarithms count; of a softmax that of the true class. */
double pensel_table_loss(const pensel_table_model *model, const float *p, const float *y, size_t n)
{
    size_t outputs = pensel_table_outputs(model);
    double sum = 0;
    for (size_t i = 0; i < n * outputs; i++) {
        double q = (double)p[i], t = (double)y[i];
        if (model->task == PENSEL_REGRESSION) {
            sum += (q - t) * (q - t);
            continue;
        }
        if (t > 0.5) sum -= log(fmax(q, LEAST_PROBABILITY));
        if (outputs == 1 && t < 0.5) sum -= log(fmax(1 - q, LEAST_PROBABILITY));
    }
    return sum / (double)n;
}

/* What the callback keeps between epochs. `best` holds the parameters, all of them, of float32. */
typedef struct watch {
    pensel_table_member *member;
    void *best;
    float *best_p; /* (held, outputs) what that one gave */
    double least;
    pensel_status status;
} watch;

/* After an epoch: is it the best one so far? The latest of equals is kept. held_p is a buffer here;
 * the best one's outputs are copied back into it at the end. A failure here interrupts the
 * training, and `status` says that it was no user who did so. */
static pensel_verdict look(const pensel_progress *progress, void *data)
{
    watch *w = data;
    pensel_table_member *m = w->member;
    const pensel_matrix x = {m->held_x, m->held, m->width, PENSEL_FLOAT32};
    w->status = pensel_network_predict(m->network, m->held_p, x, 1, &m->error);
    if (w->status != PENSEL_OK) return PENSEL_INTERRUPT;
    double loss = pensel_table_loss(m->model, m->held_p, m->held_y, m->held);
    bool half = m->model->task == PENSEL_REGRESSION; /* as training counts squared errors */
    m->curve[2 * m->epochs_done] = half ? 2 * progress->loss : progress->loss;
    m->curve[2 * m->epochs_done++ + 1] = loss;
    if (loss <= w->least) {
        w->least = loss;
        memcpy(w->best, pensel_network_parameters_const(progress->network),
               pensel_network_parameter_count(progress->network) * sizeof(float));
        memcpy(w->best_p, m->held_p, m->held * pensel_table_outputs(m->model) * sizeof(float));
    }
    if (m->on_epoch) m->on_epoch(m->data);
    return pensel_clock() < m->until ? PENSEL_CONTINUE : PENSEL_GOAL_REACHED;
}

/* Only the epochs, the clock and the interrupt end a deep network: the best epoch is kept anyway,
 * and a cosine that ended early would never have come to its small rates. Weight decay in the stead
 * of a penalty, beta_2 0.95: the paper's. */
static pensel_training_options options_of(const pensel_table_member *m)
{
    bool classes = m->model->task == PENSEL_CLASSIFICATION;
    pensel_training_options o = pensel_training_defaults();
    o.loss = classes ? PENSEL_LOG_LOSS : PENSEL_SQUARED_ERROR;
    o.threads = 1;
    o.max_seconds = fmax(m->until - pensel_clock(), LEAST_SECONDS);
    o.interrupt = m->interrupt;
    o.tol = 0;
    if (m->linear) {
        o.solver = PENSEL_LBFGS;
        o.alpha = 1;
        o.tol = 1e-4;
        return o;
    }
    o.alpha = 0;
    o.batch_size = m->batch;
    o.learning_rate = PENSEL_COSINE;
    o.learning_rate_init = classes ? RATE_CLASSES : RATE_NUMBERS;
    o.epochs = m->epochs;
    o.n_iter_no_change = SIZE_MAX;
    o.beta_2 = 0.95;
    o.weight_decay = DECAY;
    return o;
}

/* `cut`: something other than its epochs ended it, and a line of the report says so. */
static pensel_status train(pensel_table_member *m, watch *w, pensel_random *random)
{
    pensel_training *training;
    pensel_error *error = &m->error;
    pensel_training_options o = options_of(m);
    const pensel_samples samples = {
        .x = {m->x, m->n, m->width, PENSEL_FLOAT32},
        .y = {m->y, m->n, pensel_table_outputs(m->model), PENSEL_FLOAT32}};
    if (!m->linear) {
        o.on_epoch = look;
        o.on_epoch_data = w;
    }
    PENSEL_TRY(pensel_training_new(&training, m->network, &o, error));
    pensel_status status = pensel_training_run(training, &samples, NULL, random, error);
    pensel_stop stop = pensel_training_report(training)->stop;
    m->cut =
        stop == PENSEL_STOP_SECONDS || stop == PENSEL_STOP_GOAL || stop == PENSEL_STOP_INTERRUPTED;
    pensel_training_free(&training);
    if (w->status != PENSEL_OK) status = w->status;
    if (status == PENSEL_OK && isfinite(w->least))
        memcpy(pensel_network_parameters(m->network), w->best,
               pensel_network_parameter_count(m->network) * sizeof(float));
    return status;
}

/* A linear network has no epochs to be looked at, and one that the clock ended at once has none
 * either: their outputs are computed at the end. */
static pensel_status run(pensel_table_member *m)
{
    pensel_random random;
    watch w = {.member = m, .least = INFINITY};
    pensel_error *error = &m->error;
    pensel_random_seed(&random, m->seed);
    PENSEL_TRY(make_network(m));
    PENSEL_TRY(pensel_table_member_start(m, &random));
    PENSEL_TRY(PENSEL_NEW(m->curve, 2 * m->epochs, error));
    PENSEL_TRY(
        PENSEL_ALLOCATE(w.best, pensel_network_parameter_count(m->network), sizeof(float), error));
    size_t outputs = m->held * pensel_table_outputs(m->model);
    pensel_status status = PENSEL_ALLOCATE(w.best_p, outputs, sizeof *w.best_p, error);
    if (status == PENSEL_OK) status = train(m, &w, &random);
    bool done = isfinite(w.least);
    if (status == PENSEL_OK && done) memcpy(m->held_p, w.best_p, outputs * sizeof *w.best_p);
    pensel_release(w.best);
    pensel_release(w.best_p);
    if (status != PENSEL_OK || m->held == 0 || done) return status;
    return pensel_network_predict(m->network, m->held_p,
                                  (pensel_matrix){m->held_x, m->held, m->width, PENSEL_FLOAT32}, 1,
                                  error);
}

/* Any thread; nothing of another member is touched. The error stays with the member. */
void pensel_table_member_train(pensel_table_member *member)
{
    member->status = run(member);
}
