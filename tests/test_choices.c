/* Each option of the painter that chooses one of several things, with each of the others: what is
 * painted was made with both, or a sentence says that they do not go together. */
#include "test.h"

enum { WIDE = 7, HIGH = 6, OPTIONS = 64, NAME = 64 };

/* An option that chooses, and where it lies; row NULL: the activation of the hidden layers. */
typedef struct choice {
    const pensel_option_table *table;
    const pensel_option_row *row;
    size_t where; /* of its options struct in pensel_paint_options */
} choice;

static choice choices[OPTIONS];
static size_t count;

static void list(const pensel_option_table *table, size_t where)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].kind == PENSEL_OPTION_CHOICE)
            choices[count++] = (choice){table, &table->rows[i], where};
}

static int list_all(void **state)
{
    (void)state;
    list(pensel_estimator_table(), offsetof(pensel_paint_options, estimator));
    list(pensel_training_table(), offsetof(pensel_paint_options, estimator.training));
    list(pensel_encoding_table(), offsetof(pensel_paint_options, estimator.encoding));
    choices[count++] = (choice){NULL, NULL, 0};
    return 0;
}

/* NULL past the last one. */
static const char *value_of(const choice *c, int i)
{
    if (c->row) return c->row->choice(i);
    return i < PENSEL_ACTIVATION_COUNT ? pensel_activation_describe((pensel_activation)i)->name
                                       : NULL;
}

static const char *name_of(const choice *c)
{
    return c->row ? c->row->name : "activation";
}

static void choose(pensel_paint_options *o, pensel_layer *hidden, const choice *c, int value)
{
    pensel_error error;
    const pensel_activation_info *info;
    if (c->row) {
        MUST(pensel_option_set((char *)o + c->where, c->table, c->row->name, value_of(c, value),
                               &error));
        return;
    }
    info = pensel_activation_describe((pensel_activation)value);
    *hidden = (pensel_layer){5, (pensel_activation)value, info->parameter};
    o->estimator.hidden = hidden;
    o->estimator.hidden_count = 1;
}

/* Whether the painting was made with it. */
static bool is_so(const pensel_painting *painting, const choice *c, int value)
{
    char text[NAME] = "";
    pensel_error error;
    const pensel_estimator *estimator = pensel_painting_estimator(painting);
    const pensel_estimator_options *o = pensel_estimator_settings(estimator);
    const pensel_shape *shape = pensel_network_shape(pensel_estimator_network(estimator));
    if (!c->row) return shape->layers[0].activation == (pensel_activation)value;
    const char *options = (const char *)o + c->where - offsetof(pensel_paint_options, estimator);
    if (c->table == pensel_encoding_table()) options = (const char *)&shape->encoding;
    MUST(pensel_option_get(text, sizeof text, options, c->table, c->row->name, &error));
    return !strcmp(text, value_of(c, value));
}

/* Whether the sentence is about it: it names the option, by any of its names, or the value. */
static bool names(const char *sentence, const choice *c, int value)
{
    char also[NAME];
    if (strstr(sentence, name_of(c)) || strstr(sentence, value_of(c, value))) return true;
    if (!c->row) return false;
    snprintf(also, sizeof also, "%s", c->row->also);
    for (char *name = strtok(also, " "); name; name = strtok(NULL, " "))
        if (strstr(sentence, name)) return true;
    return false;
}

static bool all_finite(const pensel_painting *painting)
{
    float pixels[WIDE * HIGH * 3];
    pensel_error error;
    pensel_render_options r = pensel_render_defaults();
    MUST(pensel_painting_render(painting, pixels, 0, HIGH, &r, &error));
    for (size_t i = 0; i < WIDE * HIGH * 3; i++)
        if (!(pixels[i] >= 0 && pixels[i] <= 1)) return false;
    return true;
}

static void try_both(const choice *a, int x, const choice *b, int y)
{
    float pixels[WIDE * HIGH * 3];
    pensel_picture picture = {pixels, WIDE, HIGH, 3};
    pensel_paint_options o = pensel_paint_defaults(PENSEL_REGRESSION);
    pensel_painting *painting = NULL;
    pensel_layer hidden;
    pensel_error error = {0};
    for (size_t i = 0; i < WIDE * HIGH * 3; i++)
        pixels[i] = (float)(i * 37 % 256) / 255;
    o.estimator.training.epochs = 2;
    o.estimator.training.threads = 1;
    choose(&o, &hidden, a, x);
    choose(&o, &hidden, b, y);
    pensel_status status = pensel_painting_new(&painting, &picture, &o, &error);
    const char *first = value_of(a, x), *second = value_of(b, y);
    if (status) {
        if (!names(error.text, a, x) && !names(error.text, b, y))
            fail_msg("%s %s, %s %s: refused by a sentence that names neither: %s", name_of(a),
                     first, name_of(b), second, error.text);
        assert_true(status == PENSEL_BAD_ARGUMENT || status == PENSEL_UNSUPPORTED);
    } else {
        if (!is_so(painting, a, x) || !is_so(painting, b, y))
            fail_msg("%s %s, %s %s: one of them was ignored", name_of(a), first, name_of(b),
                     second);
        if (!all_finite(painting))
            fail_msg("%s %s, %s %s: not a picture", name_of(a), first, name_of(b), second);
    }
    pensel_painting_free(&painting);
}

static void each_goes_with_each_or_says_why_not(void **state)
{
    (void)state;
    assert_true(count >= 8);
    for (size_t a = 0; a < count; a++)
        for (size_t b = a + 1; b < count; b++)
            for (int x = 0; value_of(&choices[a], x); x++)
                for (int y = 0; value_of(&choices[b], y); y++)
                    try_both(&choices[a], x, &choices[b], y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_goes_with_each_or_says_why_not)};
    return cmocka_run_group_tests(tests, list_all, NULL);
}
