/* The search for the faster way: see pace.h. */
#include "training/pace.h"

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

pensel_pace pensel_pace_begin(bool shared)
{
    return (pensel_pace){.shared = shared, .keep = KEEP_FIRST};
}

bool pensel_pace_shares(const pensel_pace *pace)
{
    return pace->shared != pace->trying;
}

static void take(pensel_pace *pace, bool trying)
{
    pace->trying = trying;
    pace->spent = pace->samples = 0;
    pace->steps = 0;
}

static void end_try(pensel_pace *pace, bool faster)
{
    if (faster) pace->shared = !pace->shared;
    pace->keep = faster ? KEEP_FIRST : 2 * pace->keep;
    if (pace->keep > KEEP_MOST) pace->keep = KEEP_MOST;
    take(pace, false);
}

void pensel_pace_note(pensel_pace *pace, double seconds, size_t samples)
{
    if (pace->steps++ == 0) return;
    pace->spent += seconds;
    pace->samples += (double)samples;
    double mean = pace->spent / pace->samples;
    if (pace->trying && pace->steps >= CLEAR_STEPS && mean > SLOW * pace->steady) {
        end_try(pace, false);
    } else if (pace->steps >= LEAST_STEPS && pace->trying && pace->spent >= TRY) {
        end_try(pace, mean < FASTER * pace->steady);
    } else if (pace->steps >= KEEP_STEPS && !pace->trying && pace->spent >= pace->keep) {
        pace->steady = mean;
        take(pace, true);
    }
}
