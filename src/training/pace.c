#include "training/pace.h"

/* Seconds: of a try, long enough to meet another program's turn on the processor; of the first and the longest
 * time without one. A try of a way twice as slow so costs half a percent in the long run. */
#define TRY 0.005
#define KEEP_FIRST 0.02
#define KEEP_MOST 1.0
/* A way is changed for one that is faster by more than chance. */
#define FASTER 0.95
/* The first step of a way wakes threads or lets them fall asleep, and is not counted. */
enum { LEAST_STEPS = 3 };

static void take(pensel_pace *pace, bool trying)
{
    pace->trying = trying;
    pace->spent = pace->samples = 0;
    pace->steps = 0;
}

pensel_pace pensel_pace_begin(bool shared)
{
    return (pensel_pace){.shared = shared, .keep = KEEP_FIRST};
}

bool pensel_pace_shares(const pensel_pace *pace)
{
    return pace->shared != pace->trying;
}

static void end_try(pensel_pace *pace, double mean)
{
    if (mean < FASTER * pace->steady) {
        pace->shared = !pace->shared;
        pace->keep = KEEP_FIRST;
    } else if (pace->keep < KEEP_MOST) {
        pace->keep *= 2;
    }
    take(pace, false);
}

void pensel_pace_note(pensel_pace *pace, double seconds, size_t samples)
{
    if (pace->steps++ == 0) return;
    pace->spent += seconds;
    pace->samples += (double)samples;
    if (pace->steps < LEAST_STEPS || pace->spent < (pace->trying ? TRY : pace->keep)) return;
    double mean = pace->spent / pace->samples;
    if (pace->trying) {
        end_try(pace, mean);
    } else {
        pace->steady = mean;
        take(pace, true);
    }
}
