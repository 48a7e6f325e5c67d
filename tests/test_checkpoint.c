/* Checkpoints: a training that is interrupted at any step and resumed, in a new training of a new
 * network, ends with the same bits as one that was not, for every solver, schedule and option. */
#include "test.h"

#include "temporary.h"

enum { N = 150, IN = 2, OUT = 3 };

typedef struct setting {
    const char *name;
    pensel_training_options options;
    pensel_precision precision;
    pensel_encoding encoding;
    pensel_task task;
    bool validates; /* with rows of its own */
} setting;

static double x[N * IN], y[N * OUT];

static void draw_samples(bool classes)
{
    pensel_random random;
    pensel_random_seed(&random, 5);
    for (int i = 0; i < N * IN; i++)
        x[i] = pensel_random_uniform(&random, 0, 1);
    for (int s = 0; s < N; s++)
        for (int j = 0; j < OUT; j++)
            y[s * OUT + j] =
                classes ? (s + s / 7) % OUT == j : sin(3 * x[s * IN] + j) * x[s * IN + 1];
}

typedef struct run {
    pensel_network *network;
    pensel_training *training;
    pensel_random random;
    volatile int interrupt;
} run;

static void start(run *r, const setting *s)
{
    pensel_error error;
    pensel_layer layers[] = {
        {12, PENSEL_RELU, 0},
        {9, PENSEL_TANH, 0},
        {OUT, s->task == PENSEL_REGRESSION ? PENSEL_IDENTITY : PENSEL_SOFTMAX, 0}};
    pensel_shape shape = {
        .inputs = IN, .encoding = s->encoding, .layers = layers, .layer_count = 3};
    pensel_training_options o = s->options;
    o.interrupt = &r->interrupt;
    r->interrupt = 0;
    MUST(pensel_network_new(&r->network, &shape, s->precision, &error));
    pensel_random_seed(&r->random, 7);
    MUST(pensel_network_initialise(r->network, PENSEL_GLOROT, &r->random, &error));
    MUST(pensel_training_new(&r->training, r->network, &o, &error));
}

static void end(run *r)
{
    pensel_training_free(&r->training);
    pensel_network_free(&r->network);
}

static pensel_samples samples_of(const setting *s)
{
    draw_samples(s->task == PENSEL_CLASSIFICATION);
    return (pensel_samples){.x = {x, N, IN, PENSEL_FLOAT64}, .y = {y, N, OUT, PENSEL_FLOAT64}};
}

/* Interrupts at a step that no epoch ends with. */
typedef struct stopper {
    volatile int *flag;
    size_t epoch;
} stopper;

static pensel_verdict stop_after(const pensel_progress *progress, void *data)
{
    stopper *s = data;
    if (progress->epoch == s->epoch) *s->flag = 1; /* seen after the next step */
    return PENSEL_CONTINUE;
}

static void assert_same(const run *a, const run *b, const setting *s)
{
    size_t count = pensel_network_parameter_count(a->network);
    size_t size = s->precision == PENSEL_FLOAT64 ? 8 : 4;
    const pensel_report *p = pensel_training_report(a->training),
                        *q = pensel_training_report(b->training);
    if (memcmp(pensel_network_parameters_const(a->network),
               pensel_network_parameters_const(b->network), count * size) != 0)
        fail_msg("%s: the resumed run ends elsewhere", s->name);
    assert_int_equal(p->stop, q->stop);
    assert_int_equal(p->epochs, q->epochs);
    assert_int_equal(p->steps, q->steps);
    assert_int_equal(p->loss_count, q->loss_count);
    assert_memory_equal(p->loss_curve, q->loss_curve, p->loss_count * sizeof(double));
    assert_int_equal(p->validation_count, q->validation_count);
    if (p->validation_count)
        assert_memory_equal(p->validation_scores, q->validation_scores,
                            p->validation_count * sizeof(double));
    assert_memory_equal(&a->random, &b->random, sizeof a->random);
}

static void interrupt_and_resume(const setting *s, size_t epoch, size_t threads)
{
    pensel_error error;
    run whole, first, second;
    const char *path = temporary("checkpoint.safetensors");
    pensel_samples samples = samples_of(s), held = samples;
    held.x = (pensel_matrix){x + 100 * IN, N - 100, IN, PENSEL_FLOAT64};
    held.y = (pensel_matrix){y + 100 * OUT, N - 100, OUT, PENSEL_FLOAT64};
    const pensel_samples *validation = s->validates ? &held : NULL;
    start(&whole, s);
    MUST(pensel_training_run(whole.training, &samples, validation, &whole.random, &error));
    setting cut = *s;
    stopper data = {&first.interrupt, epoch};
    cut.options.on_epoch = stop_after;
    cut.options.on_epoch_data = &data;
    start(&first, &cut);
    MUST(pensel_training_run(first.training, &samples, validation, &first.random, &error));
    assert_int_equal(pensel_training_report(first.training)->stop, PENSEL_STOP_INTERRUPTED);
    MUST(pensel_training_save(first.training, &first.random, path, &error));
    setting rest = *s;
    rest.options.threads = threads;
    start(&second, &rest);
    pensel_random_seed(&second.random, 99);
    MUST(pensel_training_load(second.training, &second.random, path, &error));
    MUST(pensel_training_run(second.training, &samples, validation, &second.random, &error));
    assert_same(&whole, &second, s);
    remove(path);
    end(&whole);
    end(&first);
    end(&second);
}

static pensel_training_options options(pensel_solver solver, pensel_schedule schedule)
{
    pensel_training_options o = pensel_training_defaults();
    o.solver = solver;
    o.learning_rate = schedule;
    o.epochs = 12;
    o.batch_size = 32;
    o.n_iter_no_change = 1;
    o.tol = 0.01;
    o.threads = 1;
    o.learning_rate_init = 0.01;
    if (schedule == PENSEL_COSINE || schedule == PENSEL_CONSTANT) o.n_iter_no_change = SIZE_MAX;
    return o;
}

/* bfloat16 is not there for every instruction set. */
static bool runs_here(pensel_precision precision)
{
    pensel_network *network;
    const pensel_layer layer = {1, PENSEL_IDENTITY, 0};
    const pensel_shape shape = {.inputs = 1, .layers = &layer, .layer_count = 1};
    bool runs = pensel_network_new(&network, &shape, precision, NULL) == PENSEL_OK;
    pensel_network_free(&network);
    return runs;
}

static void every_solver_and_schedule_resumes_bit_for_bit(void **state)
{
    (void)state;
    for (int solver = 0; solver < PENSEL_LBFGS; solver++)
        for (int schedule = 0; schedule < PENSEL_SCHEDULE_COUNT; schedule++)
            for (int precision = 0; precision < 3; precision++) {
                setting s = {.options = options((pensel_solver)solver, (pensel_schedule)schedule),
                             .precision = (pensel_precision)precision};
                s.name = pensel_schedule_name((pensel_schedule)schedule);
                if (schedule == PENSEL_ADAPTIVE && solver != PENSEL_SGD) continue;
                if (!runs_here(s.precision)) continue;
                s.options.n_iter_no_change = schedule == PENSEL_ADAPTIVE ? 1 : SIZE_MAX;
                interrupt_and_resume(&s, 1, 1);
                interrupt_and_resume(&s, 5, 2);
            }
}

static void every_option_resumes_bit_for_bit(void **state)
{
    (void)state;
    setting s[9];
    for (int i = 0; i < 9; i++)
        s[i] = (setting){.options = options(PENSEL_ADAM, PENSEL_CONSTANT),
                         .precision = PENSEL_FLOAT64};
    s[0].name = "early stopping";
    s[0].options.early_stopping = true;
    s[1].name = "dropout";
    s[1].options.dropout = 0.2;
    s[2].name = "average";
    s[2].options.average = 0.9;
    s[3].name = "clipping and decay";
    s[3].options.clip_norm = 0.1;
    s[3].options.weight_decay = 0.01;
    s[4].name = "no shuffle";
    s[4].options.shuffle = false;
    s[5].name = "classes";
    s[5].task = PENSEL_CLASSIFICATION;
    s[5].options.loss = PENSEL_LOG_LOSS;
    s[5].options.early_stopping = true;
    s[6].name = "huber";
    s[6].options.loss = PENSEL_HUBER;
    s[7].name = "own validation rows";
    s[7].validates = s[7].options.early_stopping = true;
    s[8].name = "own validation rows, only watched";
    s[8].validates = true;
    for (int i = 0; i < 9; i++) {
        interrupt_and_resume(&s[i], 1, 2);
        interrupt_and_resume(&s[i], 6, 1);
    }
}

static void every_encoding_resumes_bit_for_bit(void **state)
{
    (void)state;
    const pensel_encoding encodings[] = {
        {.kind = PENSEL_FOURIER, .features = 8, .scale = 2, .seed = 3},
        {.kind = PENSEL_HASHGRID,
         .features = 2,
         .levels = 3,
         .table_log2 = 6,
         .base_resolution = 2,
         .fine_resolution = 16},
        {.kind = PENSEL_PYRAMID, .features = 2, .levels = 3, .rows = 16, .columns = 16},
    };
    for (int i = 0; i < 3; i++) {
        setting s = {.options = options(PENSEL_ADAM, PENSEL_COSINE), .encoding = encodings[i]};
        s.name = pensel_encoding_name(encodings[i].kind);
        interrupt_and_resume(&s, 4, 2);
    }
}

static setting lbfgs(int precision)
{
    setting s = {.name = "lbfgs",
                 .options = options(PENSEL_LBFGS, PENSEL_CONSTANT),
                 .precision = (pensel_precision)precision};
    s.options.tol = 0;
    s.options.epochs = 30;
    return s;
}

/* A run of lbfgs in another network: resumes from `from` when that is not NULL, writes checkpoints
 * to `to` when that is not NULL, and is interrupted by iteration `stop`, if that comes. */
static void run_lbfgs(run *r, const setting *given, const pensel_samples *samples, const char *from,
                      const char *to, size_t stop)
{
    pensel_error error;
    setting s = *given;
    stopper data = {&r->interrupt, stop};
    s.options.on_epoch = stop_after;
    s.options.on_epoch_data = &data;
    MUST(pensel_checkpoint_new(&s.options.checkpoint, to, 0, from, &error));
    start(r, &s);
    MUST(pensel_training_run(r->training, samples, NULL, &r->random, &error));
    pensel_checkpoint_free(&s.options.checkpoint);
}

/* Whether checkpoints were written on the way or the training was saved afterwards. */
static void lbfgs_ends_the_same_from_whatever_was_kept(void **state)
{
    (void)state;
    pensel_error error;
    const char *path = temporary("lbfgs.safetensors");
    for (int precision = 0; precision < 2; precision++) {
        setting s = lbfgs(precision);
        pensel_samples samples = samples_of(&s);
        run whole, first, second, third;
        interrupt_and_resume(&s, 4, 1);
        run_lbfgs(&whole, &s, &samples, NULL, NULL, 0);
        run_lbfgs(&first, &s, &samples, NULL, path, 5);
        run_lbfgs(&second, &s, &samples, path, NULL, 11); /* writes nothing */
        MUST(pensel_training_save(second.training, &second.random, path, &error));
        run_lbfgs(&third, &s, &samples, path, path, 0);
        assert_same(&whole, &third, &s);
        end(&third);
        run_lbfgs(&third, &s, &samples, path, NULL, 0); /* it had come to its end */
        assert_same(&whole, &third, &s);
        end(&whole), end(&first), end(&second), end(&third);
    }
    remove(path);
}

/* What was evaluated is not evaluated again: with other targets it would be seen. */
static void lbfgs_evaluates_nothing_again(void **state)
{
    (void)state;
    const char *path = temporary("lbfgs.safetensors");
    setting s = lbfgs(PENSEL_FLOAT64), cut = s;
    pensel_samples samples = samples_of(&s);
    run whole, first, second;
    run_lbfgs(&whole, &s, &samples, NULL, NULL, 0);
    run_lbfgs(&first, &s, &samples, NULL, path, 7);
    cut.options.epochs = pensel_training_report(first.training)->epochs;
    assert_int_equal(cut.options.epochs, 7);
    y[0] += 1;
    run_lbfgs(&second, &cut, &samples, path, NULL, 0);
    assert_memory_equal(pensel_network_parameters_const(first.network),
                        pensel_network_parameters_const(second.network),
                        pensel_network_parameter_count(first.network) * sizeof(double));
    assert_int_equal(pensel_training_report(first.training)->steps,
                     pensel_training_report(second.training)->steps);
    end(&second);
    run_lbfgs(&second, &s, &samples, path, NULL, 0); /* after that they are evaluated */
    assert_true(pensel_training_report(whole.training)->loss !=
                pensel_training_report(second.training)->loss);
    end(&whole), end(&first), end(&second);
    remove(path);
}

static void lbfgs_resumes_with_the_same_number_of_samples(void **state)
{
    (void)state;
    pensel_error error;
    const char *path = temporary("lbfgs.safetensors");
    setting s = lbfgs(PENSEL_FLOAT64);
    pensel_samples samples = samples_of(&s);
    run first, second;
    run_lbfgs(&first, &s, &samples, NULL, path, 3);
    start(&second, &s);
    MUST(pensel_training_load(second.training, &second.random, path, &error));
    samples.x.rows = samples.y.rows = N - 1;
    assert_int_equal(pensel_training_run(second.training, &samples, NULL, &second.random, &error),
                     PENSEL_BAD_DATA);
    end(&first), end(&second);
    remove(path);
}

/* options.checkpoint: a file after every step; any of them leads to the same end. */
static void checkpoints_written_on_the_way_lead_to_the_same_end(void **state)
{
    (void)state;
    pensel_error error;
    const char *path = temporary("way.safetensors");
    setting s = {.name = "way", .options = options(PENSEL_ADAM, PENSEL_CONSTANT)};
    pensel_samples samples = samples_of(&s);
    run whole, first, second;
    start(&whole, &s);
    MUST(pensel_training_run(whole.training, &samples, NULL, &whole.random, &error));
    setting cut = s;
    MUST(pensel_checkpoint_new(&cut.options.checkpoint, path, 0, NULL, &error));
    stopper data = {&first.interrupt, 3};
    cut.options.on_epoch = stop_after;
    cut.options.on_epoch_data = &data;
    start(&first, &cut);
    MUST(pensel_training_run(first.training, &samples, NULL, &first.random, &error));
    pensel_checkpoint_free(&cut.options.checkpoint);
    setting rest = s;
    MUST(pensel_checkpoint_new(&rest.options.checkpoint, path, 1000, path, &error));
    start(&second, &rest);
    MUST(pensel_training_run(second.training, &samples, NULL, &second.random, &error));
    assert_same(&whole, &second, &s);
    pensel_checkpoint_free(&rest.options.checkpoint);
    remove(path);
    end(&whole);
    end(&first);
    end(&second);
}

static void the_wrong_training_is_refused(void **state)
{
    (void)state;
    pensel_error error;
    const char *path = temporary("wrong.safetensors");
    setting s = {.options = options(PENSEL_ADAM, PENSEL_CONSTANT)}, other = s;
    pensel_samples samples = samples_of(&s);
    run a, b;
    start(&a, &s);
    MUST(pensel_training_run(a.training, &samples, NULL, &a.random, &error));
    MUST(pensel_training_save(a.training, &a.random, path, &error));
    other.options.learning_rate_init = 0.5;
    start(&b, &other);
    assert_int_equal(pensel_training_load(b.training, &b.random, path, &error), PENSEL_BAD_FILE);
    assert_non_null(strstr(error.text, "learning_rate_init"));
    end(&b);
    other = s;
    other.precision = PENSEL_FLOAT64;
    start(&b, &other);
    assert_int_equal(pensel_training_load(b.training, &b.random, path, &error), PENSEL_BAD_FILE);
    end(&b);
    /* other samples, more epochs: the first is refused, the second goes on */
    other = s;
    other.options.epochs = 20;
    start(&b, &other);
    MUST(pensel_training_load(b.training, &b.random, path, &error));
    samples.x.rows = samples.y.rows = N - 1;
    assert_int_equal(pensel_training_run(b.training, &samples, NULL, &b.random, &error),
                     PENSEL_BAD_DATA);
    samples.x.rows = samples.y.rows = N;
    MUST(pensel_training_load(b.training, &b.random, path, &error));
    MUST(pensel_training_run(b.training, &samples, NULL, &b.random, &error));
    assert_int_equal(pensel_training_report(b.training)->epochs, 20);
    end(&b);
    end(&a);
    remove(path);
}

static unsigned char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

/* As files have them on every machine: the lowest byte first */
static void in_file(unsigned char *to, float number)
{
    uint32_t word;
    memcpy(&word, &number, sizeof word);
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(word >> 8 * i);
}

/* In place of the first of some numbers, wherever the file has them: the best weights are the
 * network's as well. */
static void put_infinity(unsigned char *bytes, size_t size, const float *numbers)
{
    unsigned char wanted[16];
    size_t found = 0;
    for (int i = 0; i < 4; i++)
        in_file(wanted + 4 * i, numbers[i]);
    for (size_t i = 0; i + sizeof wanted <= size; i++)
        if (memcmp(bytes + i, wanted, sizeof wanted) == 0) {
            in_file(bytes + i, INFINITY);
            found++;
        }
    assert_true(numbers[0] != 0);
    assert_true(found > 0);
}

static void load_with_an_infinite(const float *numbers, run *b, const unsigned char *good,
                                  size_t size)
{
    pensel_error error;
    const char *path = temporary("infinite.safetensors");
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    memcpy(bytes, good, size);
    put_infinity(bytes, size, numbers);
    MUST(pensel_file_write(path, bytes, size, &error));
    assert_int_equal(pensel_training_load(b->training, &b->random, path, &error), PENSEL_BAD_FILE);
    assert_non_null(strstr(error.text, "finite"));
    free(bytes);
    remove(path);
}

/* An infinite number in the weights, in either moment or in the best weights so far */
static void infinite_numbers_are_refused(void **state)
{
    (void)state;
    pensel_error error;
    const char *path = temporary("finite.safetensors");
    setting s = {.options = options(PENSEL_ADAM, PENSEL_CONSTANT)};
    pensel_samples samples = samples_of(&s);
    unsigned char *bytes;
    size_t size;
    run a, b;
    s.options.early_stopping = true;
    start(&a, &s);
    start(&b, &s);
    MUST(pensel_training_run(a.training, &samples, NULL, &a.random, &error));
    MUST(pensel_training_save(a.training, &a.random, path, &error));
    bytes = read_file(path, &size);
    MUST(pensel_training_load(b.training, &b.random, path, &error));
    const float *best = pensel_training_best(a.training);
    assert_non_null(best);
    load_with_an_infinite(pensel_training_moments(a.training, 0), &b, bytes, size);
    load_with_an_infinite(pensel_training_moments(a.training, 1), &b, bytes, size);
    load_with_an_infinite(best, &b, bytes, size);
    free(bytes);
    end(&a);
    end(&b);
    remove(path);
}

static pensel_verdict interrupt_at_six(const pensel_progress *progress, void *data)
{
    (void)data;
    return progress->epoch == 6 ? PENSEL_INTERRUPT : PENSEL_CONTINUE;
}

static void an_estimator_resumes_and_its_checkpoint_is_a_model(void **state)
{
    (void)state;
    pensel_error error;
    const char *path = temporary("estimator.safetensors");
    pensel_estimator_options o = pensel_estimator_defaults(PENSEL_REGRESSION);
    pensel_estimator *whole, *cut, *rest, *loaded;
    setting s = {.options = options(PENSEL_SGD, PENSEL_CONSTANT)};
    pensel_samples samples = samples_of(&s);
    double a[N * OUT], b[N * OUT];
    o.training.epochs = 15;
    o.scale_inputs = o.scale_targets = PENSEL_SCALE_STANDARD;
    MUST(pensel_estimator_new(&whole, &o, &error));
    MUST(pensel_estimator_fit(whole, &samples, NULL, &error));
    pensel_estimator_options cut_options = o;
    cut_options.training.on_epoch = interrupt_at_six;
    MUST(pensel_checkpoint_new(&cut_options.training.checkpoint, path, 1000, NULL, &error));
    MUST(pensel_estimator_new(&cut, &cut_options, &error));
    MUST(pensel_estimator_fit(cut, &samples, NULL, &error));
    MUST(pensel_estimator_load(&loaded, path, &error));
    assert_int_equal(pensel_estimator_report(loaded)->epochs, 6);
    MUST(pensel_estimator_predict(cut, a, samples.x, &error));
    MUST(pensel_estimator_predict(loaded, b, samples.x, &error));
    assert_memory_equal(a, b, sizeof a);
    pensel_estimator_options rest_options = o;
    MUST(pensel_checkpoint_new(&rest_options.training.checkpoint, NULL, 0, path, &error));
    MUST(pensel_estimator_new(&rest, &rest_options, &error));
    MUST(pensel_estimator_fit(rest, &samples, NULL, &error));
    MUST(pensel_estimator_predict(whole, a, samples.x, &error));
    MUST(pensel_estimator_predict(rest, b, samples.x, &error));
    assert_memory_equal(a, b, sizeof a);
    pensel_checkpoint_free(&cut_options.training.checkpoint);
    pensel_checkpoint_free(&rest_options.training.checkpoint);
    pensel_estimator_free(&whole);
    pensel_estimator_free(&cut);
    pensel_estimator_free(&rest);
    pensel_estimator_free(&loaded);
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_solver_and_schedule_resumes_bit_for_bit),
        cmocka_unit_test(every_option_resumes_bit_for_bit),
        cmocka_unit_test(every_encoding_resumes_bit_for_bit),
        cmocka_unit_test(lbfgs_ends_the_same_from_whatever_was_kept),
        cmocka_unit_test(lbfgs_evaluates_nothing_again),
        cmocka_unit_test(lbfgs_resumes_with_the_same_number_of_samples),
        cmocka_unit_test(checkpoints_written_on_the_way_lead_to_the_same_end),
        cmocka_unit_test(the_wrong_training_is_refused),
        cmocka_unit_test(infinite_numbers_are_refused),
        cmocka_unit_test(an_estimator_resumes_and_its_checkpoint_is_a_model),
    };
    return RUN(tests);
}
