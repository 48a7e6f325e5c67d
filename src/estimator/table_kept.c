/* What a fit keeps for whoever wants to look closer: the answers to held-out rows beside the truth,
 * the losses epoch by epoch, and how well rows are known that were trained on. It comes late: the
 * model has its networks, and `out` the final answers to held-out rows. The model owns all of it; a
 * file has the figures and neither answers nor curves. */
#include "base/error.h"
#include "base/memory.h"
#include "estimator/table_fit.h"

#include <math.h>
#include <string.h>

enum { TRAINED_ROWS = 2000 }; /* that are asked again */

/* Rows of the first network's training, up to `most` of them from the top: x (n, width), y (n).
 * Part 0 is held out of it, whether parts rotate or not. */
static size_t take_trained(const pensel_table_fit *f, float *x, double *y, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n && n < most; i++) {
        if (f->part[i] == 0) continue;
        memcpy(x + n * f->width, f->x + i * f->width, f->width * sizeof *x);
        y[n++] = f->target.y[i];
    }
    return n;
}

/* The first networks alone, which have not seen what was held out of them, so that these figures
 * and those of held-out rows differ by that and nothing else. The counts are set back before the
 * status is looked at, or a failed fit would free one network and lose the others. */
static pensel_status measure_trained(pensel_table_fit *f, float *x, double *y, double *out,
                                     size_t most, pensel_error *error)
{
    pensel_table_model *m = f->model;
    size_t deep = m->deep.count, linear = m->linear.count, n = take_trained(f, x, y, most);
    if (f->rotates) m->deep.count = m->linear.count = 1;
    pensel_status status = pensel_table_outputs_of(m, out, x, n, 0, error);
    m->deep.count = deep;
    m->linear.count = linear;
    PENSEL_TRY(status);
    return pensel_table_measure(m, &m->report.trained, out, y, n, error);
}

/* Figures of rows that were trained on: far better ones than those of held-out rows mean that the
 * model knows its rows by heart, of which a report warns. */
pensel_status pensel_table_fit_trained(pensel_table_fit *f, pensel_error *error)
{
    size_t most = f->n < TRAINED_ROWS ? f->n : TRAINED_ROWS;
    float *x;
    double *y = NULL, *out = NULL;
    PENSEL_TRY(PENSEL_ALLOCATE(x, most * f->width, sizeof *x, error));
    pensel_status status = PENSEL_ALLOCATE(y, most, sizeof *y, error);
    if (status == PENSEL_OK) status = PENSEL_ALLOCATE(out, most * f->outputs, sizeof *out, error);
    if (status == PENSEL_OK) status = measure_trained(f, x, y, out, most, error);
    pensel_release(out);
    pensel_release(y);
    pensel_release(x);
    return status;
}

/* The mean over networks, as far as all of them came: curve (epochs, 2), training and held-out loss
 * in turn. A network that the clock ended early shortens it, since a mean over fewer networks from
 * there on would jump where no network did. */
static pensel_status keep_curve(pensel_table_fit *f, pensel_error *error)
{
    pensel_table_held *kept = &f->model->held;
    size_t epochs = SIZE_MAX;
    double *curve;
    for (size_t j = 0; j < f->deep; j++)
        if (f->members[j].epochs_done < epochs) epochs = f->members[j].epochs_done;
    PENSEL_TRY(PENSEL_NEW(curve, 2 * epochs, error));
    for (size_t j = 0; j < f->deep; j++)
        for (size_t e = 0; e < 2 * epochs; e++)
            curve[e] += f->members[j].curve[e] / (double)f->deep;
    kept->curve = curve;
    kept->epochs = epochs;
    return PENSEL_OK;
}

/* A column for each class, also where two share an output. `truth` changes its owner: from here on
 * pensel_table_held_clear frees it. */
static pensel_status keep_answers(pensel_table_fit *f, pensel_error *error)
{
    pensel_table_held *kept = &f->model->held;
    size_t classes = f->model->class_count;
    double *answers;
    kept->width = classes ? classes : 1;
    PENSEL_TRY(PENSEL_ALLOCATE(answers, f->held_out * kept->width, sizeof *answers, error));
    for (size_t i = 0; i < f->held_out; i++)
        if (classes == 2) {
            answers[2 * i] = 1 - f->out[i];
            answers[2 * i + 1] = f->out[i];
        } else {
            memcpy(answers + i * kept->width, f->out + i * kept->width,
                   kept->width * sizeof *answers);
        }
    kept->answers = answers;
    kept->truth = f->truth;
    kept->n = f->held_out;
    f->truth = NULL; /* taken */
    return PENSEL_OK;
}

pensel_status pensel_table_fit_keep(pensel_table_fit *f, pensel_error *error)
{
    PENSEL_TRY(keep_curve(f, error));
    return keep_answers(f, error);
}

/* A model from a file has none: NULL is fine. */
void pensel_table_held_clear(pensel_table_held *held)
{
    pensel_release((double *)held->curve);
    pensel_release((double *)held->answers);
    pensel_release((double *)held->truth);
}
