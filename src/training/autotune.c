/* The search for the faster way: see autotune.h. Times are compared by seconds a sample, since an
 * epoch's last batch is smaller. A state is `kept` or `trying`, and pensel_autotune_note alone
 * changes it:
 *
 *     kept    for `keep` seconds, then the mean becomes `steady`           -> trying
 *     trying  faster by more than chance: the ways change, keep is short   -> kept
 *             else: keep doubles, up to KEEP_MOST                          -> kept */
#include "training/autotune.h"

/* Seconds: of a try, long enough to meet another program's turn on the processor, unless the way is
 * that SLOW and is soon given up; of the first and the longest time without one. In the long run
 * trying costs a percent or less. */
#define TRY 0.012
#define KEEP_FIRST 0.02
#define KEEP_MOST 0.5
/* A way is changed for one that is faster by more than chance. */
#define FASTER 0.96
#define SLOW 1.25
/* Steps of a way: the first wakes threads or lets them fall asleep, and is not counted; after so
 * many a slow way is clearly slow; a way is kept for so many, since a try of long steps is long. */
enum { LEAST_STEPS = 2, CLEAR_STEPS = 6, KEEP_STEPS = 48 };

pensel_autotune pensel_autotune_begin(bool shared)
{
    return (pensel_autotune){.shared = shared, .keep = KEEP_FIRST};
}

bool pensel_autotune_shares(const pensel_autotune *autotune)
{
    return autotune->shared != autotune->trying;
}

/* Both states begin with empty sums: what was measured in one says nothing in the other. */
static void take(pensel_autotune *autotune, bool trying)
{
    autotune->trying = trying;
    autotune->spent = autotune->samples = 0;
    autotune->steps = 0;
}

static void end_try(pensel_autotune *autotune, bool faster)
{
    if (faster) autotune->shared = !autotune->shared;
    autotune->keep = faster ? KEEP_FIRST : 2 * autotune->keep;
    if (autotune->keep > KEEP_MOST) autotune->keep = KEEP_MOST;
    take(autotune, false);
}

void pensel_autotune_note(pensel_autotune *autotune, double seconds, size_t samples)
{
    if (autotune->steps++ == 0) return;
    autotune->spent += seconds;
    autotune->samples += (double)samples;
    double mean = autotune->spent / autotune->samples;
    if (autotune->trying && autotune->steps >= CLEAR_STEPS && mean > SLOW * autotune->steady) {
        end_try(autotune, false);
    } else if (autotune->steps >= LEAST_STEPS && autotune->trying && autotune->spent >= TRY) {
        end_try(autotune, mean < FASTER * autotune->steady);
    } else if (autotune->steps >= KEEP_STEPS && !autotune->trying &&
               autotune->spent >= autotune->keep) {
        autotune->steady = mean;
        take(autotune, true);
    }
}
