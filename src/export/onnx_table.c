/* Raw columns to inputs, and an ensemble's outputs to one, in ONNX: table/schema_encode.c and
 * estimator/table_model.c again, in double as there. */
#include "export/onnx_graph.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>

static onnx_name number(pensel_onnx *w, double value)
{
    return pensel_onnx_number(w, ONNX_DOUBLE, value);
}

/* y, but 0 where it is NaN: missing. */
static onnx_name zero_for_none(pensel_onnx *w, onnx_name y)
{
    return pensel_onnx_where(w, pensel_onnx_one(w, "IsNaN", y), number(w, 0), y);
}

/* Beyond 1e150 a square would overflow, and the result is 3 to all digits. */
onnx_name pensel_onnx_robust(pensel_onnx *w, const pensel_operation *o)
{
    onnx_name u = pensel_onnx_two(w, "Sub", pensel_onnx_value(o->a), number(w, o->low));
    u = pensel_onnx_two(w, "Div", u, number(w, o->high > 0 ? o->high : INFINITY));
    u = pensel_onnx_two(w, "Min", u, number(w, 1e150));
    u = pensel_onnx_two(w, "Max", u, number(w, -1e150));
    onnx_name square = pensel_onnx_two(w, "Div", pensel_onnx_two(w, "Mul", u, u), number(w, 9));
    onnx_name root = pensel_onnx_one(w, "Sqrt", pensel_onnx_two(w, "Add", square, number(w, 1)));
    onnx_name y = zero_for_none(w, pensel_onnx_two(w, "Div", u, root));
    return pensel_onnx_cast(w, y, ONNX_FLOAT);
}

onnx_name pensel_onnx_missing(pensel_onnx *w, const pensel_operation *o)
{
    onnx_name none = pensel_onnx_one(w, "IsNaN", pensel_onnx_value(o->a));
    return pensel_onnx_cast(w, none, ONNX_FLOAT);
}

/* LabelEncoder's attributes: key strings and floats */
static void put_strings(pensel_onnx *w, const char *name, const char *const *texts, size_t count)
{
    size_t begin = pensel_put_begin(w->text, 5);
    pensel_put_string(w->text, 1, name);
    for (size_t i = 0; i < count; i++)
        pensel_put_string(w->text, 9, texts[i]);
    pensel_put_number(w->text, 20, 8);
    pensel_put_end(w->text, begin);
}

static void put_counting(pensel_onnx *w, const char *name, size_t count)
{
    size_t begin = pensel_put_begin(w->text, 5);
    pensel_put_string(w->text, 1, name);
    for (size_t i = 0; i < count; i++)
        pensel_put_float(w->text, 7, (float)(i + 1));
    pensel_put_number(w->text, 20, 6);
    pensel_put_end(w->text, begin);
}

/* Sum of i [a = w_i], of numbers */
static onnx_name match_numbers(pensel_onnx *w, const pensel_operation *o)
{
    double *codes;
    if (PENSEL_NEW(codes, o->count, NULL) != PENSEL_OK) {
        w->text->failed = true;
        return (onnx_name){""};
    }
    for (size_t i = 0; i < o->count; i++)
        codes[i] = (double)(i + 1);
    onnx_name keys = pensel_onnx_row(w, ONNX_DOUBLE, o->w, o->count);
    onnx_name same = pensel_onnx_two(w, "Equal", pensel_onnx_value(o->a), keys);
    onnx_name each = pensel_onnx_two(w, "Mul", pensel_onnx_cast(w, same, ONNX_FLOAT),
                                     pensel_onnx_row(w, ONNX_FLOAT, codes, o->count));
    pensel_release(codes);
    return pensel_onnx_sum(w, each, 1, true);
}

onnx_name pensel_onnx_category(pensel_onnx *w, const pensel_operation *o)
{
    if (!o->texts) return match_numbers(w, o);
    onnx_name y = pensel_onnx_new(w);
    w->categories = true;
    pensel_onnx_begin(w, "LabelEncoder", pensel_onnx_value(o->a).text, y.text);
    pensel_put_string(w->text, 7, "ai.onnx.ml"); /* the node's domain */
    put_strings(w, "keys_strings", o->texts, o->count);
    put_counting(w, "values_floats", o->count);
    pensel_onnx_real(w, "default_float", 0);
    pensel_onnx_end(w);
    return y;
}

/* ------------------------------------------------------------------ dates */

static onnx_name floor_of(pensel_onnx *w, onnx_name a, double divisor)
{
    return pensel_onnx_one(w, "Floor", pensel_onnx_two(w, "Div", a, number(w, divisor)));
}

/* Days from 1970 to the first of January of a year: 365 (y - 1970) and the leap days before it */
static onnx_name days_before(pensel_onnx *w, onnx_name year)
{
    onnx_name before = pensel_onnx_two(w, "Sub", year, number(w, 1));
    onnx_name leap = pensel_onnx_two(w, "Sub", floor_of(w, before, 4), floor_of(w, before, 100));
    leap = pensel_onnx_two(w, "Add", leap, floor_of(w, before, 400));
    onnx_name days = pensel_onnx_two(w, "Sub", year, number(w, 1970));
    days = pensel_onnx_two(w, "Mul", days, number(w, 365));
    return pensel_onnx_two(w, "Sub", pensel_onnx_two(w, "Add", days, leap), number(w, 477));
}

/* year + by where a is not less than b (by 1), or less (by -1) */
static onnx_name correct(pensel_onnx *w, onnx_name year, onnx_name a, onnx_name b, double by)
{
    onnx_name wrong = pensel_onnx_two(w, by > 0 ? "GreaterOrEqual" : "Less", a, b);
    onnx_name step =
        pensel_onnx_two(w, "Mul", pensel_onnx_cast(w, wrong, ONNX_DOUBLE), number(w, by));
    return pensel_onnx_two(w, "Add", year, step);
}

static onnx_name join(pensel_onnx *w, const onnx_name *parts, size_t count)
{
    char inputs[4 * sizeof *parts];
    size_t at = 0;
    onnx_name y = pensel_onnx_new(w);
    for (size_t i = 0; i < count; i++)
        at +=
            (size_t)snprintf(inputs + at, sizeof inputs - at, "%s%s", i ? " " : "", parts[i].text);
    pensel_onnx_begin(w, "Concat", inputs, y.text);
    pensel_onnx_whole(w, "axis", 1);
    pensel_onnx_end(w);
    return y;
}

/* The year is guessed from its mean length of 365.2425 days, which may be off by one either way,
 * and put right; then each part as a turn from 0 to 1. */
onnx_name pensel_onnx_date(pensel_onnx *w, const pensel_operation *o)
{
    onnx_name seconds = pensel_onnx_value(o->a), days = floor_of(w, seconds, 86400);
    onnx_name year = pensel_onnx_two(w, "Add", floor_of(w, days, 365.2425), number(w, 1970));
    onnx_name next = pensel_onnx_two(w, "Add", year, number(w, 1));
    year = correct(w, year, days, days_before(w, next), 1);
    year = correct(w, year, days, days_before(w, year), -1);
    next = pensel_onnx_two(w, "Add", year, number(w, 1));
    onnx_name first = days_before(w, year);
    onnx_name length = pensel_onnx_two(w, "Sub", days_before(w, next), first);
    onnx_name monday = pensel_onnx_two(w, "Add", days, number(w, 3));
    onnx_name week = pensel_onnx_two(w, "Mul", floor_of(w, monday, 7), number(w, 7));
    onnx_name midnight = pensel_onnx_two(w, "Mul", days, number(w, 86400));
    onnx_name time = pensel_onnx_two(w, "Sub", seconds, midnight);
    const onnx_name parts[] = {
        year,
        pensel_onnx_two(w, "Div", pensel_onnx_two(w, "Sub", days, first), length),
        pensel_onnx_two(w, "Div", pensel_onnx_two(w, "Sub", monday, week), number(w, 7)),
        pensel_onnx_two(w, "Div", time, number(w, 86400)),
    };
    return join(w, parts, 4);
}

onnx_name pensel_onnx_circle(pensel_onnx *w, const pensel_operation *o)
{
    onnx_name turn = pensel_onnx_value(o->a);
    onnx_name ahead = pensel_onnx_two(w, "Add", turn, number(w, 0.25)); /* a cosine */
    const onnx_name parts[] = {turn, ahead};
    onnx_name angle =
        pensel_onnx_two(w, "Mul", join(w, parts, 2), number(w, 6.28318530717958647692));
    onnx_name y = zero_for_none(w, pensel_onnx_one(w, "Sin", angle));
    return pensel_onnx_cast(w, y, ONNX_FLOAT);
}

/* ------------------------------------------------------------------ ensembles */

/* Softmax of the logits divided by the temperature; of two classes there is one logit. */
onnx_name pensel_onnx_temper(pensel_onnx *w, const pensel_operation *o)
{
    onnx_name z = pensel_onnx_two(w, "Mul", pensel_onnx_wide(w, o->a), number(w, o->parameter));
    if (o->width == 1) return pensel_onnx_one(w, "Sigmoid", z);
    onnx_name y = pensel_onnx_new(w);
    pensel_onnx_begin(w, "Softmax", z.text, y.text);
    pensel_onnx_whole(w, "axis", 1);
    pensel_onnx_end(w);
    return y;
}

onnx_name pensel_onnx_mix(pensel_onnx *w, const pensel_operation *o)
{
    onnx_name y = {""};
    for (size_t i = 0; i < o->count; i++) {
        onnx_name part =
            pensel_onnx_two(w, "Mul", pensel_onnx_wide(w, o->index[i]), number(w, o->w[i]));
        y = i ? pensel_onnx_two(w, "Add", y, part) : part;
    }
    return y;
}
