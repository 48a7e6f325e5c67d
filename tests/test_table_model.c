/* Models of tables: they learn what a table was made by, keep classes as they are written, hold
 * their intervals, are the same on any number of threads and in a file, and refuse damaged
 * files. */
#include "test.h"

#include "temporary.h"

#include "base/memory.h"

enum { ROWS = 160 };

static pensel_error error;

/* y = 3 sin(2 a) + 2 for category q, or a class of it; a has gaps, `id` counts up */
typedef struct made {
    double id[ROWS], a[ROWS], noise[ROWS], y[ROWS];
    uint32_t kind[ROWS], label[ROWS];
    pensel_columns *columns;
} made;

static const char *const kinds[] = {NULL, "p", "q"};
static const char *const labels[] = {NULL, "007", "7", "low, dry"};

static void make(made *m, uint32_t seed)
{
    pensel_random random;
    pensel_random_seed(&random, seed);
    for (size_t r = 0; r < ROWS; r++) {
        m->id[r] = (double)r + 1;
        m->a[r] = pensel_random_uniform(&random, -2, 2);
        m->noise[r] = pensel_random_uniform(&random, -2, 2);
        m->kind[r] = 1 + (pensel_random_uniform(&random, 0, 1) < 0.5);
        m->y[r] = 3 * sin(2 * m->a[r]) + 2 * (m->kind[r] == 2);
        m->label[r] = m->y[r] < -0.5 ? 1 : m->y[r] < 2 ? 2 : 3;
        m->y[r] += pensel_random_uniform(&random, -0.5, 0.5);
        if (r % 20 == 7) m->noise[r] = NAN;
    }
    const pensel_column list[] = {
        {.name = "id", .form = PENSEL_COLUMN_NUMBER, .numbers = m->id},
        {.name = "a", .form = PENSEL_COLUMN_NUMBER, .numbers = m->a},
        {.name = "noise", .form = PENSEL_COLUMN_NUMBER, .numbers = m->noise},
        {.name = "kind",
         .form = PENSEL_COLUMN_TEXT,
         .codes = m->kind,
         .texts = kinds,
         .distinct = 2},
        {.name = "y", .form = PENSEL_COLUMN_NUMBER, .numbers = m->y},
        {.name = "label",
         .form = PENSEL_COLUMN_TEXT,
         .codes = m->label,
         .texts = labels,
         .distinct = 3}};
    MUST(pensel_columns_new(&m->columns, ROWS, list, 6, &error));
}

static pensel_table_model *fit(const made *m, const char *target, size_t threads)
{
    static const pensel_role_given without_y[] = {{"y", PENSEL_ROLE_DROPPED}};
    static const pensel_role_given without_label[] = {{"label", PENSEL_ROLE_DROPPED}};
    pensel_table_model *model;
    pensel_table_model_options o = pensel_table_model_defaults();
    o.threads = threads;
    o.epochs = 64;    /* enough for such a table */
    o.seconds = 1000; /* the clock changes nothing */
    o.roles = strcmp(target, "y") == 0 ? without_label : without_y;
    o.role_count = 1;
    MUST(pensel_table_model_fit(&model, m->columns, target, &o, &error));
    return model;
}

/* 1 - sum (truth - said)^2 / sum (truth - mean)^2, and *errors, the first of the two sums */
static double r2_by_hand(double *errors, const double *truth, const double *said)
{
    double squares = 0, mean = 0;
    *errors = 0;
    for (size_t i = 0; i < ROWS; i++)
        mean += truth[i] / ROWS;
    for (size_t i = 0; i < ROWS; i++) {
        *errors += (truth[i] - said[i]) * (truth[i] - said[i]);
        squares += (truth[i] - mean) * (truth[i] - mean);
    }
    return 1 - *errors / squares;
}

static void numbers_are_learned(void **state)
{
    static made m, fresh;
    double y[ROWS], radius, errors, r2, covered = 0;
    pensel_table_scores scores;
    (void)state;
    make(&m, 1);
    make(&fresh, 2);
    pensel_table_model *model = fit(&m, "y", 2);
    const pensel_table_report *r = pensel_table_model_report(model);
    assert_int_equal(pensel_table_model_task(model), PENSEL_REGRESSION);
    /* the noise is 1/12 of a variance of about 6; a line explains less than half */
    assert_true(r->held.r2 > 0.93 && r->linear.r2 < 0.6 && r->constant.r2 < 0.01);
    assert_true(r->low < r->held.r2 && r->held.r2 < r->high);
    assert_true(r->importance[1] > 0.5 && r->importance[3] > 0.05 && r->importance[2] < 0.05);
    const pensel_table_held *held = pensel_table_model_held(model);
    assert_int_equal(held->n, ROWS);
    assert_int_equal(held->width, 1);
    assert_near(r->held.r2, r2_by_hand(&errors, held->truth, held->answers), 1e-9);
    assert_true(r->trained.r2 > r->held.r2 && r->trained.n > ROWS / 2);
    assert_int_equal(held->epochs, r->epochs);
    assert_true(held->curve[0] > 0.5 && held->curve[2 * held->epochs - 1] < 0.1);
    MUST(pensel_table_model_predict(model, y, fresh.columns, NULL, &error));
    MUST(pensel_table_model_interval(model, &radius, 0.9, &error));
    r2 = r2_by_hand(&errors, fresh.y, y);
    for (size_t i = 0; i < ROWS; i++)
        covered += (fabs(y[i] - fresh.y[i]) <= radius) / (double)ROWS;
    assert_true(r2 > 0.93);
    assert_true(covered > 0.8 && covered < 0.99);
    MUST(pensel_table_model_score(model, &scores, fresh.columns, &error));
    assert_near(scores.r2, r2, 1e-9);
    assert_near(scores.rmse, sqrt(errors / ROWS), 1e-9);
    pensel_table_model_free(&model);
    pensel_columns_free(&m.columns);
    pensel_columns_free(&fresh.columns);
}

static void classes_stay_as_written(void **state)
{
    static made m, fresh;
    double y[ROWS], p[ROWS * 3], right = 0, loss = 0;
    pensel_table_scores scores;
    size_t count;
    (void)state;
    make(&m, 3);
    make(&fresh, 4);
    pensel_table_model *model = fit(&m, "label", 1);
    const char *const *classes = pensel_table_model_classes(model, &count);
    assert_int_equal(count, 3);
    assert_string_equal(classes[0], "007");
    assert_string_equal(classes[1], "7");
    assert_string_equal(classes[2], "low, dry");
    MUST(pensel_table_model_predict(model, y, fresh.columns, NULL, &error));
    MUST(pensel_table_model_probabilities(model, p, fresh.columns, NULL, &error));
    for (size_t i = 0; i < ROWS; i++) {
        size_t truth = fresh.label[i] - 1, said = (size_t)y[i];
        assert_near(p[3 * i] + p[3 * i + 1] + p[3 * i + 2], 1, 1e-6);
        for (size_t c = 0; c < 3; c++)
            assert_true(p[3 * i + said] >= p[3 * i + c]);
        right += (said == truth) / (double)ROWS;
        loss -= log(fmin(fmax(p[3 * i + truth], 1e-7), 1 - 1e-7)) / ROWS;
    }
    assert_true(right > 0.88 && loss < 0.35);
    const pensel_table_held *held = pensel_table_model_held(model);
    double held_right = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const double *q = held->answers + 3 * i;
        size_t said = q[0] >= q[1] && q[0] >= q[2] ? 0 : q[1] >= q[2] ? 1 : 2;
        assert_near(q[0] + q[1] + q[2], 1, 1e-6);
        held_right += (said == (size_t)held->truth[i]) / (double)ROWS;
    }
    assert_near(held_right, pensel_table_model_report(model)->held.accuracy, 1e-9);
    MUST(pensel_table_model_score(model, &scores, fresh.columns, &error));
    assert_near(scores.accuracy, right, 1e-9);
    assert_near(scores.log_loss, loss, 1e-9);
    pensel_table_model_free(&model);
    pensel_columns_free(&m.columns);
    pensel_columns_free(&fresh.columns);
}

/* The file of a model is the file at `path`. */
static void same_bytes(const pensel_table_model *model, const char *path)
{
    const char *other = temporary("other.safetensors");
    MUST(pensel_table_model_save(model, other, &error));
    FILE *files[] = {fopen(path, "rb"), fopen(other, "rb")};
    assert_true(files[0] && files[1]);
    for (int one = 0; one != EOF;) {
        one = fgetc(files[0]);
        assert_int_equal(one, fgetc(files[1]));
    }
    fclose(files[0]);
    fclose(files[1]);
    unlink(other);
}

static void threads_and_files_change_nothing(void **state)
{
    static made m;
    double one[ROWS * 3], two[ROWS * 3];
    pensel_table_model *again;
    (void)state;
    make(&m, 5);
    pensel_table_model *a = fit(&m, "label", 1), *b = fit(&m, "label", 3);
    const char *path = temporary("model.safetensors");
    MUST(pensel_table_model_save(b, path, &error));
    MUST(pensel_table_model_load(&again, path, &error));
    assert_null(pensel_table_model_held(again));
    same_bytes(a, path);
    const pensel_table_report *r = pensel_table_model_report(a);
    const pensel_table_report *s = pensel_table_model_report(again);
    assert_true(r->held.log_loss == s->held.log_loss && r->held.accuracy == s->held.accuracy);
    assert_memory_equal(r->importance, s->importance, 5 * sizeof(double));
    assert_string_equal(pensel_table_model_target(again), "label");
    MUST(pensel_table_model_probabilities(a, one, m.columns, NULL, &error));
    MUST(pensel_table_model_probabilities(again, two, m.columns, NULL, &error));
    assert_memory_equal(one, two, sizeof one);
    pensel_table_model_free(&a);
    pensel_table_model_free(&b);
    pensel_table_model_free(&again);
    unlink(path);
    pensel_columns_free(&m.columns);
}

/* Byte `at` of a file */
static void put_byte(FILE *file, long at, char byte)
{
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fwrite(&byte, 1, 1, file), 1);
    assert_int_equal(fflush(file), 0);
}

/* Whether a model with damage is refused; if not, it predicts whatever it likes. */
static bool is_refused(const char *path, const pensel_columns *columns)
{
    double y[ROWS];
    pensel_table_model *again;
    pensel_status status = pensel_table_model_load(&again, path, &error);
    if (status != PENSEL_OK) {
        assert_int_equal(status, PENSEL_BAD_FILE);
        return true;
    }
    pensel_table_model_predict(again, y, columns, NULL, &error);
    pensel_table_model_free(&again);
    return false;
}

/* Changed bytes of what describes the table are found, or change nothing that can hurt. */
static void damaged_files_are_refused(void **state)
{
    enum { TRIALS = 300 };
    static made m;
    pensel_random random;
    size_t refused = 0;
    (void)state;
    make(&m, 6);
    pensel_table_model *model = fit(&m, "label", 2);
    const char *path = temporary("model.safetensors");
    MUST(pensel_table_model_save(model, path, &error));
    pensel_table_model_free(&model);
    pensel_random_seed(&random, 7);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    char *text;
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(file), from = 0;
    MUST(PENSEL_NEW(text, size, &error));
    rewind(file);
    assert_int_equal(fread(text, 1, size, file), size);
    while (memcmp(text + from, "low, dry", 8) != 0) /* it is in the description alone */
        from++;
    for (int t = 0; t < TRIALS; t++) {
        long at = (long)(from + (size_t)pensel_random_uniform(&random, 0, (double)(size - from)));
        put_byte(file, at, (char)pensel_random_uniform(&random, 32, 127));
        refused += is_refused(path, m.columns);
        put_byte(file, at, text[at]);
    }
    assert_true(refused > TRIALS / 10);
    fclose(file);
    unlink(path);
    pensel_release(text);
    pensel_columns_free(&m.columns);
}

static void keep_progress(double done, double seconds, void *data)
{
    double *last = data;
    assert_true(done > 0 && done <= 1 && seconds >= 0);
    last[0] = done;
    last[1]++;
}

static void progress_ends_at_one(void **state)
{
    static made m;
    pensel_table_model *model;
    pensel_table_model_options o = pensel_table_model_defaults();
    double last[2] = {0, 0};
    (void)state;
    make(&m, 6);
    o.epochs = 3;
    o.threads = 1;
    o.seconds = 1e6;
    o.on_progress = keep_progress;
    o.on_progress_data = last;
    MUST(pensel_table_model_fit(&model, m.columns, "y", &o, &error));
    assert_near(last[0], 1, 0);
    assert_near(last[1], 5 * 3, 0); /* five networks */
    pensel_table_model_free(&model);
    pensel_columns_free(&m.columns);
}

/* What has been read so far is a model all the same. */
static void no_time_is_left(void **state)
{
    static made m;
    double y[ROWS];
    pensel_table_model *model;
    pensel_table_model_options o = pensel_table_model_defaults();
    (void)state;
    make(&m, 7);
    o.spent = 1e6;
    MUST(pensel_table_model_fit(&model, m.columns, "y", &o, &error));
    assert_true(pensel_table_model_report(model)->cut);
    MUST(pensel_table_model_predict(model, y, m.columns, NULL, &error));
    for (size_t i = 0; i < ROWS; i++)
        assert_true(isfinite(y[i]));
    pensel_table_model_free(&model);
    pensel_columns_free(&m.columns);
}

static void epochs_are_bounded(void **state)
{
    static made m;
    pensel_table_model *model;
    pensel_table_model_options o = pensel_table_model_defaults();
    (void)state;
    make(&m, 6);
    o.epochs = 3;
    MUST(pensel_table_model_fit(&model, m.columns, "y", &o, &error));
    assert_int_equal(pensel_table_model_report(model)->epochs, 3);
    pensel_table_model_free(&model);
    pensel_columns_free(&m.columns);
}

/* Two columns; of the rows' target only the first says something, or nothing does. */
typedef struct plain {
    double a[ROWS], b[ROWS], y[ROWS];
    uint32_t label[ROWS];
    pensel_columns *columns;
} plain;

static const char *const answers[] = {NULL, "no", "yes"};

static void add_columns(plain *p)
{
    const pensel_column list[] = {{.name = "a", .form = PENSEL_COLUMN_NUMBER, .numbers = p->a},
                                  {.name = "b", .form = PENSEL_COLUMN_NUMBER, .numbers = p->b},
                                  {.name = "y", .form = PENSEL_COLUMN_NUMBER, .numbers = p->y},
                                  {.name = "label",
                                   .form = PENSEL_COLUMN_TEXT,
                                   .codes = p->label,
                                   .texts = answers,
                                   .distinct = 2}};
    MUST(pensel_columns_new(&p->columns, ROWS, list, 4, &error));
}

static void make_plain(plain *p, uint32_t seed, double yes)
{
    pensel_random random;
    pensel_random_seed(&random, seed);
    for (size_t r = 0; r < ROWS; r++) {
        bool high = r % 2 == 0;
        p->a[r] = pensel_random_uniform(&random, 1, 2) * (high ? 1 : -1);
        p->b[r] = pensel_random_uniform(&random, -1, 1);
        p->y[r] = pensel_random_uniform(&random, -1, 1);
        p->label[r] = 1 + (yes > 0 ? pensel_random_uniform(&random, 0, 1) < yes : high);
    }
    add_columns(p);
}

static pensel_table_model *fit_plain(const plain *p, const char *target, uint32_t seed)
{
    static const pensel_role_given drop[] = {{"y", PENSEL_ROLE_DROPPED},
                                             {"label", PENSEL_ROLE_DROPPED}};
    pensel_table_model *model;
    pensel_table_model_options o = pensel_table_model_defaults();
    o.epochs = 64;
    o.seconds = 1000;
    o.seed = seed;
    o.roles = strcmp(target, "y") == 0 ? drop + 1 : drop;
    o.role_count = 1;
    MUST(pensel_table_model_fit(&model, p->columns, target, &o, &error));
    return model;
}

/* Where all n rows were right, the next is so with (n + 1/2) / (n + 1) (Krichevsky and Trofimov
 * 1981), and no more. */
static void nothing_is_certain(void **state)
{
    static plain m;
    double p[ROWS * 2];
    (void)state;
    make_plain(&m, 1, 0);
    pensel_table_model *model = fit_plain(&m, "label", 0);
    assert_near(pensel_table_model_report(model)->held.accuracy, 1, 0);
    MUST(pensel_table_model_probabilities(model, p, m.columns, NULL, &error));
    for (size_t i = 0; i < ROWS; i++) {
        double right = p[2 * i + m.label[i] - 1];
        assert_true(right > 0.95 && right <= (ROWS + 0.5) / (ROWS + 1.0) + 1e-9);
    }
    pensel_table_model_free(&model);
    pensel_columns_free(&m.columns);
}

/* Where b is high, four rows of ten are of the rare class, and elsewhere none: no row gets it, and
 * yet the probabilities tell these rows apart, in a model that comes from a file too. `rare` is
 * the class's code. */
static void expect_rare(uint32_t seed, uint32_t rare)
{
    static plain m;
    static double p[2 * ROWS], again[2 * ROWS];
    const char *path = temporary("rare.safetensors");
    pensel_table_model *loaded;
    pensel_random random;
    make_plain(&m, seed, 0.3);
    pensel_random_seed(&random, seed);
    for (size_t r = 0; r < ROWS; r++) {
        bool is_rare = pensel_random_uniform(&random, 0, 1) < 0.4 && m.b[r] > 0.4;
        m.label[r] = is_rare ? rare : 3 - rare;
    }
    pensel_table_model *model = fit_plain(&m, "label", seed);
    const pensel_table_report *r = pensel_table_model_report(model);
    assert_true(r->held.accuracy >= r->constant.accuracy);
    assert_true(r->held.log_loss < 0.8 * r->constant.log_loss);
    assert_true(r->temperature > 0.5 && r->temperature < 2); /* 0.37 and 4.5 are the ends */
    MUST(pensel_table_model_probabilities(model, p, m.columns, NULL, &error));
    for (size_t i = 0; i < ROWS; i++)
        assert_true(p[2 * i + rare - 1] < 0.5);
    MUST(pensel_table_model_save(model, path, &error));
    MUST(pensel_table_model_load(&loaded, path, &error));
    MUST(pensel_table_model_probabilities(loaded, again, m.columns, NULL, &error));
    assert_memory_equal(p, again, sizeof p);
    remove(path);
    pensel_table_model_free(&loaded);
    pensel_table_model_free(&model);
    pensel_columns_free(&m.columns);
}

static void a_rare_class_keeps_its_probabilities(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 4; seed++)
        expect_rare(seed, 1 + seed % 2);
}

/* One column, and a target of texts: `other` in row `at`, and numbers in all others */
typedef struct written {
    double a[ROWS];
    char text[ROWS][16];
    const char *texts[ROWS + 1];
    uint32_t codes[ROWS];
    pensel_columns *columns;
} written;

static void make_written(written *w, const char *form, size_t at, const char *other)
{
    for (size_t r = 0; r < ROWS; r++) {
        w->a[r] = (double)(r * 37 % ROWS);
        snprintf(w->text[r], sizeof w->text[r], form, 0.5 + (double)r);
        if (r == at) snprintf(w->text[r], sizeof w->text[r], "%s", other);
        w->texts[r + 1] = w->text[r];
        w->codes[r] = (uint32_t)r + 1;
    }
    const pensel_column list[] = {{.name = "a", .form = PENSEL_COLUMN_NUMBER, .numbers = w->a},
                                  {.name = "y",
                                   .form = PENSEL_COLUMN_TEXT,
                                   .codes = w->codes,
                                   .texts = w->texts,
                                   .distinct = ROWS}};
    MUST(pensel_columns_new(&w->columns, ROWS, list, 2, &error));
}

/* A unit below the header does not make classes of numbers; and what is text all over, another one
 * in each row, is no class. */
static void texts_that_are_no_classes(void **state)
{
    static written w;
    pensel_table_model *model;
    pensel_table_model_options o = pensel_table_model_defaults();
    (void)state;
    o.epochs = 1;
    make_written(&w, "%g", 0, "kWh");
    MUST(pensel_table_model_fit(&model, w.columns, "y", &o, &error));
    assert_int_equal(pensel_table_model_task(model), PENSEL_REGRESSION);
    assert_int_equal(pensel_table_model_report(model)->rows, ROWS - 1);
    assert_int_equal(pensel_table_model_report(model)->unlabelled, 1);
    pensel_table_model_free(&model);
    pensel_columns_free(&w.columns);
    make_written(&w, "%g kWh", 0, "kWh");
    assert_int_equal(pensel_table_model_fit(&model, w.columns, "y", &o, &error), PENSEL_BAD_DATA);
    assert_non_null(strstr(error.text, "160 different texts in 160 rows"));
    assert_non_null(strstr(error.text, "--as classification"));
    pensel_columns_free(&w.columns);
}

/* A model of nothing but noise is the constant: no row gets the rare class, and numbers are not
 * further off than their mean. */
static void noise_is_the_constant(void **state)
{
    static plain m;
    double y[ROWS];
    (void)state;
    for (uint32_t seed = 0; seed < 4; seed++) {
        make_plain(&m, 2 + seed, 0.3);
        pensel_table_model *model = fit_plain(&m, "label", seed);
        const pensel_table_report *r = pensel_table_model_report(model);
        assert_true(r->held.accuracy >= r->constant.accuracy);
        assert_true(r->held.log_loss <= r->constant.log_loss);
        pensel_table_model_free(&model);
        model = fit_plain(&m, "y", seed);
        r = pensel_table_model_report(model);
        assert_true(r->held.r2 >= r->constant.r2);
        MUST(pensel_table_model_predict(model, y, m.columns, NULL, &error));
        for (size_t i = 0; i < ROWS; i++)
            assert_true(fabs(y[i]) < 0.5); /* of a range of 1 */
        pensel_table_model_free(&model);
        pensel_columns_free(&m.columns);
    }
}

/* Nobody can tell which 8 of 160 rows are near 1000 and not near 0. The interval of a share q is
 * the ceil(q (n + 1))-th smallest held-out error: for 94 % the 152nd, the last of the rows near 0,
 * and for 95 % the 153rd, the first of the others. */
static void an_interval_is_a_held_out_error(void **state)
{
    static plain m;
    double radius;
    (void)state;
    make_plain(&m, 2, 0.3);
    pensel_columns_free(&m.columns);
    for (size_t i = 0; i < ROWS; i++)
        m.y[i] += i % 20 == 7 ? 1000 : 0;
    add_columns(&m);
    pensel_table_model *model = fit_plain(&m, "y", 0);
    MUST(pensel_table_model_interval(model, &radius, 0.94, &error));
    assert_true(radius < 500);
    MUST(pensel_table_model_interval(model, &radius, 0.95, &error));
    assert_true(radius > 500);
    /* an error for each 200th, and a straight line between two; the jump is in one of them */
    for (size_t k = 188; k < 190; k++) {
        double below, above;
        MUST(pensel_table_model_interval(model, &below, (double)k / 200, &error));
        MUST(pensel_table_model_interval(model, &above, (double)(k + 1) / 200, &error));
        MUST(pensel_table_model_interval(model, &radius, ((double)k + 0.5) / 200, &error));
        assert_near(radius, (below + above) / 2, 1e-9);
    }
    pensel_table_model_free(&model);
    pensel_columns_free(&m.columns);
}

/* Each row by itself, with the one text of its own that it has */
static void rows_are_like_their_table(void **state)
{
    static made m;
    double all[ROWS], numbers[ROWS], one, p[ROWS * 3], q[3];
    (void)state;
    make(&m, 8);
    pensel_table_model *model = fit(&m, "label", 2), *of_numbers = fit(&m, "y", 2);
    MUST(pensel_table_model_predict(model, all, m.columns, NULL, &error));
    MUST(pensel_table_model_predict(of_numbers, numbers, m.columns, NULL, &error));
    MUST(pensel_table_model_probabilities(model, p, m.columns, NULL, &error));
    for (size_t r = 0; r < ROWS; r++) {
        const uint32_t code = 1;
        const char *const texts[] = {NULL, kinds[m.kind[r]]};
        const pensel_column list[] = {
            {.name = "noise", .form = PENSEL_COLUMN_NUMBER, .numbers = &m.noise[r]},
            {.name = "kind",
             .form = PENSEL_COLUMN_TEXT,
             .codes = &code,
             .texts = texts,
             .distinct = 1},
            {.name = "a", .form = PENSEL_COLUMN_NUMBER, .numbers = &m.a[r]}};
        pensel_columns *row;
        MUST(pensel_columns_new(&row, 1, list, 3, &error));
        MUST(pensel_table_model_predict(model, &one, row, NULL, &error));
        MUST(pensel_table_model_probabilities(model, q, row, NULL, &error));
        for (size_t c = 0; c < 3; c++)
            assert_near(q[c], p[3 * r + c], 1e-5);
        if (fmax(q[0], fmax(q[1], q[2])) > 0.51) assert_near(one, all[r], 0);
        MUST(pensel_table_model_predict(of_numbers, &one, row, NULL, &error));
        assert_near(one, numbers[r], 1e-4);
        pensel_columns_free(&row);
    }
    pensel_table_model_free(&model);
    pensel_table_model_free(&of_numbers);
    pensel_columns_free(&m.columns);
}

/* From 5,000 rows on a fifth is held out of all networks, so what is kept of it is what the model
 * predicts of these rows. Each is known by its target. */
static void large_tables_hold_a_part_out(void **state)
{
    enum { MANY = 5000 };
    static double a[MANY], y[MANY], found[MANY];
    pensel_table_model *model;
    pensel_columns *columns;
    pensel_table_model_options o = pensel_table_model_defaults();
    (void)state;
    for (size_t r = 0; r < MANY; r++) {
        a[r] = (double)(r * 2741 % MANY) / MANY;
        y[r] = a[r] * a[r] + 1e-9 * (double)r;
    }
    const pensel_column list[] = {{.name = "a", .form = PENSEL_COLUMN_NUMBER, .numbers = a},
                                  {.name = "y", .form = PENSEL_COLUMN_NUMBER, .numbers = y}};
    MUST(pensel_columns_new(&columns, MANY, list, 2, &error));
    o.epochs = 2;
    o.seconds = 1e6;
    MUST(pensel_table_model_fit(&model, columns, "y", &o, &error));
    MUST(pensel_table_model_predict(model, found, columns, NULL, &error));
    const pensel_table_held *held = pensel_table_model_held(model);
    assert_int_equal(held->n, MANY / 5);
    assert_int_equal(pensel_table_model_report(model)->folds, 0);
    assert_true(pensel_table_model_report(model)->held.r2 > 0.9);
    for (size_t i = 0; i < held->n; i++) {
        size_t r = 0;
        while (r < MANY && y[r] != held->truth[i])
            r++;
        assert_true(r < MANY);
        assert_near(held->answers[i], found[r], 1e-4);
    }
    pensel_table_model_free(&model);
    pensel_columns_free(&columns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_tables_hold_a_part_out),
        cmocka_unit_test(rows_are_like_their_table),
        cmocka_unit_test(nothing_is_certain),
        cmocka_unit_test(noise_is_the_constant),
        cmocka_unit_test(an_interval_is_a_held_out_error),
        cmocka_unit_test(texts_that_are_no_classes),
        cmocka_unit_test(a_rare_class_keeps_its_probabilities),
        cmocka_unit_test(numbers_are_learned),
        cmocka_unit_test(classes_stay_as_written),
        cmocka_unit_test(progress_ends_at_one),
        cmocka_unit_test(no_time_is_left),
        cmocka_unit_test(epochs_are_bounded),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(threads_and_files_change_nothing),
    };
    return RUN(tests);
}
