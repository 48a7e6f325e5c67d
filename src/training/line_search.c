/* Moré & Thuente, "Line search algorithms with guaranteed sufficient decrease", ACM TOMS 20 (1994).
 * Written with f the loss along the line, f' its slope, and psi(t) = f(t) - f(0) - mu t f'(0): a
 * minimum of psi is sought until psi is negative with f' >= 0, and then one of f. The constants and
 * the order of the tests are those of SciPy's L-BFGS-B, so that it takes the same steps.
 *
 * What holds between two trials: `best` has the lowest f or psi so far; once bracketed, its slope
 * falls towards `other`, and a minimum lies between the two. Sums and quotients are written in the
 * order in which SciPy computes them: a mathematically equal line would round otherwise, and the
 * paths part within some iterations. */
#include "training/line_search.h"

#include <math.h>

#define MU 1e-3            /* f(t) <= f(0) + MU t f'(0): low enough */
#define ETA 0.9            /* |f'(t)| <= ETA |f'(0)|: flat enough */
#define RELATIVE_WIDTH 0.1 /* of an interval too narrow to search further */
#define MOST 1e10          /* the longest step */
#define REACH_LOW 1.1      /* without a bracket the next step is this much to ... */
#define REACH_HIGH 4.0     /* ... this much further than the last one */
#define SHRINK 0.66        /* an interval that shrank less in two trials is halved */

static double largest(double a, double b, double c)
{
    return fmax(fabs(a), fmax(fabs(b), fabs(c)));
}

/* What the cubic that has both losses and both slopes needs: theta and gamma of section 4,
 *
 *     theta = 3 (f_a - f_t) / (t - a) + f'_a + f'_t,   gamma = +- sqrt(theta^2 - f'_a f'_t)
 *
 * Where the cubic has no minimum beyond t it tends to its edge: `clipped` sets gamma to 0 there. */
static double cubic_theta(pensel_trial a, pensel_trial t)
{
    return 3 * (a.loss - t.loss) / (t.step - a.step) + a.slope + t.slope;
}

/* The largest of the three is divided out first, so that no square overflows. */
static double cubic_gamma(pensel_trial a, pensel_trial t, double theta, bool clipped)
{
    double s = largest(theta, a.slope, t.slope);
    double square = (theta / s) * (theta / s) - (a.slope / s) * (t.slope / s);
    return s * sqrt(clipped ? fmax(0, square) : square);
}

/* The minimum of that cubic, told from the end t. */
static double cubic_from_trial(pensel_trial a, pensel_trial t)
{
    double theta = cubic_theta(a, t), gamma = cubic_gamma(a, t, theta, false);
    if (t.step > a.step) gamma = -gamma;
    double r = ((gamma - t.slope) + theta) / (((gamma - t.slope) + gamma) + a.slope);
    return t.step + r * (a.step - t.step);
}

/* The minimum of the parabola through both slopes. */
static double secant(pensel_trial a, pensel_trial t)
{
    return t.step + (t.slope / (t.slope - a.slope)) * (a.step - t.step);
}

/* Case 1: the loss is higher at t, so a minimum lies between. The cubic's minimum, or halfway to
 * the parabola's if that is nearer to a. */
static double step_when_higher(pensel_trial a, pensel_trial t)
{
    double theta = cubic_theta(a, t), gamma = cubic_gamma(a, t, theta, false);
    if (t.step < a.step) gamma = -gamma;
    double r = ((gamma - a.slope) + theta) / (((gamma - a.slope) + gamma) + t.slope);
    double cubic = a.step + r * (t.step - a.step);
    double fall = (a.loss - t.loss) / (t.step - a.step);
    double parabola = a.step + a.slope / (fall + a.slope) / 2 * (t.step - a.step);
    bool near = fabs(cubic - a.step) < fabs(parabola - a.step);
    return near ? cubic : cubic + (parabola - cubic) / 2;
}

/* Case 2: lower, and the slope changed its sign: a minimum lies between. The one further from t. */
static double step_when_turned(pensel_trial a, pensel_trial t)
{
    double cubic = cubic_from_trial(a, t), parabola = secant(a, t);
    return fabs(cubic - t.step) > fabs(parabola - t.step) ? cubic : parabola;
}

/* Case 3: lower, and falling less steeply. The cubic counts only if it has a minimum beyond t. */
static double step_when_flatter(const pensel_line_search *search, pensel_trial a, pensel_trial t)
{
    double theta = cubic_theta(a, t), gamma = cubic_gamma(a, t, theta, true);
    if (t.step > a.step) gamma = -gamma;
    double r = ((gamma - t.slope) + theta) / ((gamma + (a.slope - t.slope)) + gamma);
    double cubic = t.step > a.step ? search->high : search->low, parabola = secant(a, t);
    if (r < 0 && gamma != 0) cubic = t.step + r * (a.step - t.step);
    bool cubic_is_nearer = fabs(cubic - t.step) < fabs(parabola - t.step);
    bool cubic_is_further = fabs(cubic - t.step) > fabs(parabola - t.step);
    if (!search->bracketed)
        return fmax(search->low, fmin(search->high, cubic_is_further ? cubic : parabola));
    double step = cubic_is_nearer ? cubic : parabola;
    double edge = t.step + SHRINK * (search->other.step - t.step);
    return t.step > a.step ? fmin(edge, step) : fmax(edge, step);
}

/* Case 4: lower, and falling no less steeply. */
static double step_when_steeper(const pensel_line_search *search, pensel_trial a, pensel_trial t,
                                pensel_trial other)
{
    if (search->bracketed) return cubic_from_trial(other, t);
    return t.step > a.step ? search->high : search->low;
}

/* The next step from the trial t, and the ends of the interval that t replaces. The losses and
 * slopes are f's or psi's. `best` and `other` are changed after the step was computed from them;
 * a higher t becomes the other end, any lower one the best. */
static double refine(pensel_line_search *search, pensel_trial *best, pensel_trial *other,
                     pensel_trial t)
{
    double step;
    bool higher = t.loss > best->loss, turned = t.slope * (best->slope / fabs(best->slope)) < 0;
    if (higher)
        step = step_when_higher(*best, t);
    else if (turned)
        step = step_when_turned(*best, t);
    else if (fabs(t.slope) < fabs(best->slope))
        step = step_when_flatter(search, *best, t);
    else
        step = step_when_steeper(search, *best, t, *other);
    search->bracketed = search->bracketed || higher || turned;
    if (higher) {
        *other = t;
        return step;
    }
    if (turned) *other = *best;
    *best = t;
    return step;
}

/* psi(t) = f(t) - t slope, where slope is mu f'(0); f(0) is left out, since only differences of
 * losses are looked at. */
static pensel_trial to_psi(pensel_trial t, double slope)
{
    return (pensel_trial){t.step, t.loss - t.step * slope, t.slope - slope};
}

static pensel_trial from_psi(pensel_trial t, double slope)
{
    return (pensel_trial){t.step, t.loss + t.step * slope, t.slope + slope};
}

/* refine() on psi, whose minimum is sought while a step is lower but not low enough. */
static double refine_psi(pensel_line_search *search, pensel_trial t, double slope)
{
    pensel_trial best = to_psi(search->best, slope), other = to_psi(search->other, slope);
    double step = refine(search, &best, &other, to_psi(t, slope));
    search->best = from_psi(best, slope);
    search->other = from_psi(other, slope);
    return step;
}

/* Too narrow for a better step to be found, or the step is at the edge of what rounding leaves. */
static bool is_narrow(const pensel_line_search *search, double step)
{
    return search->bracketed && (step <= search->low || step >= search->high ||
                                 search->high - search->low <= RELATIVE_WIDTH * search->high);
}

/* Bounds for the step after next; an interval that hardly shrinks is halved, which bounds the
 * number of trials. Without a bracket the interval grows in the direction it went. */
static double bound(pensel_line_search *search, double step)
{
    double best = search->best.step, other = search->other.step;
    if (search->bracketed) {
        if (fabs(other - best) >= SHRINK * search->width_before) step = best + 0.5 * (other - best);
        search->width_before = search->width;
        search->width = fabs(other - best);
        search->low = fmin(best, other);
        search->high = fmax(best, other);
    } else {
        search->low = step + REACH_LOW * (step - best);
        search->high = step + REACH_HIGH * (step - best);
    }
    return fmin(fmax(step, 0), MOST);
}

void pensel_line_search_begin(pensel_line_search *search, double step, double loss, double slope)
{
    pensel_trial start = {0, loss, slope};
    step = fmin(step, MOST);
    *search = (pensel_line_search){
        .step = step,
        .start = start,
        .best = start,
        .other = start,
        .low = 0,
        .high = step + REACH_HIGH * step,
        .width = MOST,
        .width_before = 2 * MOST,
    };
}

/* Ends, in SciPy's order: the interval is used up; at the longest step it is still falling; at 0
 * nothing is gained; both Wolfe conditions hold. Only the last one is a success by itself: the
 * others accept what rounding leaves. */
bool pensel_line_search_next(pensel_line_search *search, double loss, double slope)
{
    pensel_trial t = {search->step, loss, slope};
    double enough = MU * search->start.slope, most = search->start.loss + t.step * enough;
    bool low = loss <= most;
    if (low && slope >= 0) search->lowered = true;
    if (is_narrow(search, t.step)) return true;
    if (t.step == MOST && low && slope <= enough) return true;
    if (t.step == 0 && (!low || slope >= enough)) return true;
    if (low && fabs(slope) <= ETA * -search->start.slope) return true;
    double step;
    if (!search->lowered && loss <= search->best.loss && loss > most)
        step = refine_psi(search, t, enough);
    else
        step = refine(search, &search->best, &search->other, t);
    step = bound(search, step);
    search->step = is_narrow(search, step) ? search->best.step : step;
    return false;
}
