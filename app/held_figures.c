#include "held_figures.h"

#include "app_memory.h"
#include "column_lines.h"

#include <math.h>
#include <string.h>

enum { SHOWN_MISTAKES = 10, SHOWN_NAME = 24, FEW_OF_CLASS = 20, MATRIX_CLASSES = 1000 };
#define BETTER_SUM 4      /* the log loss of all held-out rows, if the columns say something */
#define LEAK 0.7          /* of what all columns together gain, by one */
#define MOST_OF_ONE 0.5   /* of the squared error, by one row */
#define HARDLY_WRONG 0.99 /* as R2 */
#define LARGE_GAP 0.1     /* of accuracy or R2, between trained and held-out rows */

static size_t likeliest(const pensel_table_held *held, size_t i)
{
    const double *p = held->answers + i * held->width;
    size_t best = 0;
    for (size_t c = 1; c < held->width; c++)
        if (p[c] > p[best]) best = c;
    return best;
}

size_t *pensel_held_confusion(const pensel_table_held *held)
{
    size_t *confusion = g_new0(size_t, held->width * held->width);
    for (size_t i = 0; i < held->n; i++)
        confusion[(size_t)held->truth[i] * held->width + likeliest(held, i)]++;
    return confusion;
}

static int by_count(const void *a, const void *b)
{
    const pensel_mistake *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    if (x->truth != y->truth) return x->truth < y->truth ? -1 : 1;
    return x->said < y->said ? -1 : 1;
}

pensel_mistake *pensel_held_mistakes(size_t *count, const size_t *confusion, size_t classes)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(pensel_mistake));
    for (size_t t = 0; t < classes; t++)
        for (size_t s = 0; s < classes; s++) {
            const pensel_mistake one = {t, s, confusion[t * classes + s]};
            if (t != s && one.count > 0) g_array_append_val(list, one);
        }
    *count = list->len;
    pensel_mistake *mistakes = (pensel_mistake *)(void *)g_array_free(list, FALSE);
    if (*count) qsort(mistakes, *count, sizeof *mistakes, by_count);
    return mistakes;
}

int pensel_number_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double *pensel_held_errors(const pensel_table_held *held)
{
    double *errors = g_new(double, held->n + 1);
    for (size_t i = 0; i < held->n; i++)
        errors[i] = held->answers[i] - held->truth[i];
    qsort(errors, held->n, sizeof *errors, pensel_number_order);
    return errors;
}

double pensel_quantile(const double *sorted, size_t n, double share)
{
    double at = share * (double)(n - 1), whole = floor(at);
    size_t i = (size_t)whole;
    return i + 1 < n ? sorted[i] + (at - whole) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

void pensel_held_reliability(pensel_reliability bins[PENSEL_BINS], const pensel_table_held *held)
{
    memset(bins, 0, PENSEL_BINS * sizeof *bins);
    for (size_t i = 0; i < held->n; i++) {
        size_t said = likeliest(held, i);
        double p = held->answers[i * held->width + said];
        pensel_reliability *bin = &bins[MIN((size_t)(p * PENSEL_BINS), PENSEL_BINS - 1)];
        bin->sure += p;
        bin->right += said == (size_t)held->truth[i];
        bin->count++;
    }
    for (size_t b = 0; b < PENSEL_BINS; b++) {
        bins[b].sure /= (double)MAX(bins[b].count, 1);
        bins[b].right /= (double)MAX(bins[b].count, 1);
    }
}

/* ------------------------------------------------------------------ lines */

static pensel_value *mistake_value(const pensel_mistake *m, const char *const *classes)
{
    pensel_value *one = pensel_value_object();
    pensel_value_set(one, "true", pensel_value_text(classes[m->truth]));
    pensel_value_set(one, "predicted", pensel_value_text(classes[m->said]));
    pensel_value_set(one, "rows", pensel_value_whole((int64_t)m->count));
    return one;
}

/* "MALE taken for FEMALE 21, FEMALE taken for MALE 14" */
static void print_mistakes(pensel_result *result, const pensel_table_held *held,
                           const char *const *classes)
{
    size_t count, *confusion = pensel_held_confusion(held);
    pensel_mistake *mistakes = pensel_held_mistakes(&count, confusion, held->width);
    pensel_value *all = pensel_value_array();
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < count; i++) {
        const pensel_mistake *m = &mistakes[i];
        pensel_value_append(all, mistake_value(m, classes));
        if (i >= SHOWN_MISTAKES) continue;
        if (i) g_string_append(text, ", ");
        pensel_append_name(text, classes[m->truth], SHOWN_NAME);
        g_string_append(text, " taken for ");
        pensel_append_name(text, classes[m->said], SHOWN_NAME);
        pensel_append(text, " %zu", m->count);
    }
    if (count) pensel_result_line(result, "confused most", "%s", text->str);
    pensel_result_json(result, "confusions", all);
    g_string_free(text, TRUE);
    g_free(mistakes);
    g_free(confusion);
}

static void print_errors(pensel_result *result, const pensel_table_held *held)
{
    static const double shares[] = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};
    double *errors = pensel_held_errors(held), q[G_N_ELEMENTS(shares)];
    pensel_value *all = pensel_value_object();
    for (size_t i = 0; i < G_N_ELEMENTS(shares); i++) {
        char *key = pensel_format("%g", shares[i]);
        q[i] = pensel_quantile(errors, held->n, shares[i]);
        pensel_value_set(all, key, pensel_value_number(q[i]));
        g_free(key);
    }
    pensel_result_line(result, "errors", "half are within %.4g to %.4g, 90 %% within %.4g to %.4g",
                       q[2], q[4], q[1], q[5]);
    pensel_result_json(result, "error_quantiles", all);
    g_free(errors);
}

void pensel_held_print(pensel_result *result, const pensel_table_model *model)
{
    size_t classes;
    const char *const *names = pensel_table_model_classes(model, &classes);
    const pensel_table_held *held = pensel_table_model_held(model);
    if (!held) return;
    if (classes)
        print_mistakes(result, held, names);
    else
        print_errors(result, held);
}

/* ------------------------------------------------------------------ warnings */

static double figure(const pensel_table_model *model, const pensel_table_scores *s)
{
    return pensel_table_model_task(model) == PENSEL_CLASSIFICATION ? s->accuracy : s->r2;
}

static void warn_of_classes(GPtrArray *list, const pensel_table_model *model)
{
    size_t classes, few = 0;
    const char *const *names = pensel_table_model_classes(model, &classes);
    const pensel_table_held *held = pensel_table_model_held(model);
    const pensel_table_report *r = pensel_table_model_report(model);
    if (!held || !classes) return;
    size_t *counts = g_new0(size_t, classes);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < held->n; i++)
        counts[(size_t)held->truth[i]]++;
    double rows = (double)r->rows / (double)held->n;
    for (size_t c = 0; c < classes; c++) {
        if (rows * (double)counts[c] >= FEW_OF_CLASS) continue;
        if (few++ >= 5) continue;
        if (few > 1) g_string_append(text, ", ");
        pensel_append_name(text, names[c], SHOWN_NAME);
    }
    if (few > 5) pensel_append(text, " and %zu more", few - 5);
    if (few)
        g_ptr_array_add(list,
                        pensel_format("fewer than %d rows have class %s: what is said of them "
                                      "is a guess",
                                      FEW_OF_CLASS, text->str));
    g_string_free(text, TRUE);
    g_free(counts);
}

/* Classes stay as they are written, so "Yes" and "yes" are two: hardly what is meant. */
static void warn_of_letters(GPtrArray *list, const pensel_table_model *model)
{
    size_t classes;
    const char *const *names = pensel_table_model_classes(model, &classes);
    for (size_t a = 0; a < classes; a++)
        for (size_t b = a + 1; b < classes; b++) {
            if (g_ascii_strcasecmp(names[a], names[b]) != 0) continue;
            g_ptr_array_add(list, pensel_format("\"%.24s\" and \"%.24s\" are two classes, which "
                                                "differ in capitals alone: write them alike if "
                                                "they are one",
                                                names[a], names[b]));
            return;
        }
}

/* What programs write where there is no value. A column that ends there and has the rest of its
 * values near 0 has gaps that are taken as numbers. */
static void warn_of_gaps(GPtrArray *list, const pensel_table_model *model)
{
    static const double marks[] = {-99, -999, -9999, -99999};
    const pensel_schema *schema = pensel_table_model_schema(model);
    for (size_t i = 0; i < pensel_schema_count(schema); i++) {
        pensel_schema_column c;
        pensel_schema_column_at(schema, i, &c, NULL);
        for (size_t k = 0; k < G_N_ELEMENTS(marks) && c.role == PENSEL_ROLE_NUMBER; k++)
            if (c.low == marks[k] && c.high < -0.5 * c.low)
                g_ptr_array_add(list, pensel_format("column %.40s has %g as its least number: an "
                                                    "empty field would be known as a gap",
                                                    c.name, c.low));
    }
}

/* Of several columns; where there is one, the whole answer must come from it. */
static void warn_of_leaks(GPtrArray *list, const pensel_table_model *model)
{
    const pensel_table_report *r = pensel_table_model_report(model);
    const pensel_schema *schema = pensel_table_model_schema(model);
    double own = figure(model, &r->held), gain = own - figure(model, &r->constant);
    size_t used = 0;
    pensel_schema_column c;
    for (size_t i = 0; i < pensel_schema_count(schema); i++) {
        pensel_schema_column_at(schema, i, &c, NULL);
        used += c.inputs > 0;
    }
    for (size_t i = 0; i < pensel_schema_count(schema) && used > 1 && own > 0.99; i++) {
        if (r->importance[i] <= LEAK * gain) continue;
        pensel_schema_column_at(schema, i, &c, NULL);
        g_ptr_array_add(list, pensel_format("column %s nearly gives the answer away: is it known "
                                            "beforehand?",
                                            c.name));
    }
}

/* R2 and MSE are of squares, of which a single row that is far off may be most. Where there is
 * hardly an error it does not matter whose it is. */
static void warn_of_one(GPtrArray *list, const pensel_table_model *model)
{
    const pensel_table_held *held = pensel_table_model_held(model);
    if (!held || pensel_table_model_task(model) != PENSEL_REGRESSION || held->n < FEW_OF_CLASS ||
        pensel_table_model_report(model)->held.r2 > HARDLY_WRONG)
        return;
    double sum = 0, most = 0;
    size_t at = 0;
    for (size_t i = 0; i < held->n; i++) {
        double error = held->answers[i] - held->truth[i];
        sum += error * error;
        if (error * error <= most) continue;
        most = error * error;
        at = i;
    }
    if (most > MOST_OF_ONE * sum)
        g_ptr_array_add(list, pensel_format("one row of %zu makes %.0f %% of the squared error, "
                                            "where %s is %.6g: R2 says little of the others",
                                            held->n, 100 * most / sum,
                                            pensel_table_model_target(model), held->truth[at]));
}

/* Where one class is rare, all rows may be taken for the other, and yet not be alike. Twice the
 * difference of the two sums is 8 or more by chance in one of 20 tables, of three numbers that were
 * fitted to held-out rows (Wilks 1938). */
static char *warning_of_the_constant(const pensel_table_model *model)
{
    const pensel_table_report *r = pensel_table_model_report(model);
    bool classes = pensel_table_model_task(model) == PENSEL_CLASSIFICATION;
    double better = (double)r->held_out * (r->constant.log_loss - r->held.log_loss);
    if (classes && better > BETTER_SUM)
        return pensel_format("right no more often than always the same answer, but the "
                             "probabilities are better: predict --probabilities prints them");
    return pensel_format("no better than always the same answer: the columns say nothing of %s",
                         pensel_table_model_target(model));
}

GPtrArray *pensel_held_warnings(const pensel_table_model *model)
{
    const pensel_table_report *r = pensel_table_model_report(model);
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    double own = figure(model, &r->held), linear = figure(model, &r->linear);
    double trained = figure(model, &r->trained);
    if (own <= figure(model, &r->constant) + 1e-9)
        g_ptr_array_add(list, warning_of_the_constant(model));
    else if (own < linear - 0.01)
        g_ptr_array_add(list, pensel_format("worse than a linear model, %.3f and %.3f: a simpler "
                                            "model will do",
                                            own, linear));
    if (trained - own > LARGE_GAP)
        g_ptr_array_add(list, pensel_format("rows that were trained on are known better than new "
                                            "ones, %.3f and %.3f: more rows would help",
                                            trained, own));
    warn_of_leaks(list, model);
    warn_of_one(list, model);
    warn_of_classes(list, model);
    warn_of_letters(list, model);
    warn_of_gaps(list, model);
    if (r->cut)
        g_ptr_array_add(list,
                        pensel_format("training was cut short: --seconds gives it more time"));
    return list;
}
