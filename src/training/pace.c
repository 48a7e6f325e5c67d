#include "training/pace.h"

/* Seconds: of a try, long enough to meet another program's turn on the processor; of the first and the longest
 * time without one. Trying a way twice as slow so costs half a percent in the long run. */
#define TRY 0.005
#define KEEP_FIRST 0.02
#define KEEP_MOST 0.5
/* A way is changed for one that is faster by more than chance. */
#define FASTER 0.96
/* The first step of a way wakes threads or lets them fall asleep, and is not counted. */
enum { LEAST_STEPS = 3 };

pensel_pace pensel_pace_begin(pensel_way way)
{
    return (pensel_pace){.kept = way, .tried = way, .keep = KEEP_FIRST};
}

pensel_way pensel_pace_way(const pensel_pace *pace)
{
    return pace->trying ? pace->tried : pace->kept;
}

static void take(pensel_pace *pace, bool trying)
{
    pace->trying = trying;
    pace->spent = pace->samples = 0;
    pace->steps = 0;
}

static void begin_try(pensel_pace *pace)
{
    do pace->tried = (pace->tried + 1) % PENSEL_WAY_COUNT;
    while (pace->tried == pace->kept);
    take(pace, true);
}

static void end_try(pensel_pace *pace, double mean)
{
    if (mean < FASTER * pace->steady) {
        pace->kept = pace->tried;
        pace->keep = KEEP_FIRST;
        pace->failed = 0;
    } else if (++pace->failed == PENSEL_WAY_COUNT - 1) {
        pace->keep = pace->keep < KEEP_MOST ? 2 * pace->keep : KEEP_MOST;
        pace->failed = 0;
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
        begin_try(pace);
    }
}
