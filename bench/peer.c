/* peer: see peer.h. */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void give_up(const char *what)
{
    fprintf(stderr, "peer: %s\n", what);
    exit(1);
}

void *peer_room(size_t count, size_t size)
{
    void *room = calloc(count, size);
    if (!room) give_up("out of memory: ask for fewer samples");
    return room;
}

/* Knuth's linear congruential generator: any numbers will do, but the same ones each time */
float peer_random(float low, float high)
{
    static unsigned long long state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (float)(state >> 40) / (float)(1 << 24);
}

static void parse_shape(peer *p, const char *text)
{
    char *end = (char *)text - 1;
    size_t count = 0;
    do {
        unsigned long width = strtoul(end + 1, &end, 10), times = 1;
        if (*end == 'x') times = strtoul(end + 1, &end, 10);
        if (width == 0 || times == 0 || (*end && *end != ','))
            give_up("a shape is like 2,100x10,3");
        for (; times > 0; times--) {
            if (count > PEER_MOST_LAYERS) give_up("too many layers");
            p->widths[count++] = width;
        }
    } while (*end);
    if (count < 2) give_up("a shape has inputs and outputs");
    p->layers = count - 1;
}

peer peer_of(int argc, char **argv)
{
    peer p = {0};
    if (argc < 6) give_up("train|predict SHAPE BATCH SAMPLES THREADS [float32 [adam|sgd]]");
    p.train = strcmp(argv[1], "train") == 0;
    parse_shape(&p, argv[2]);
    p.batch = strtoul(argv[3], NULL, 10);
    p.samples = strtoul(argv[4], NULL, 10);
    p.adam = argc < 8 || strcmp(argv[7], "adam") == 0;
    if (argc > 6 && strcmp(argv[6], "float32") != 0) give_up("numbers are float32 here");
    if (p.batch == 0 || p.samples == 0) give_up("batch and samples are 1 or more");
    if (p.batch > p.samples) p.batch = p.samples;
    size_t in = p.widths[0], out = p.widths[p.layers];
    p.x = peer_room(p.samples * in, sizeof *p.x);
    p.y = peer_room(p.samples * out, sizeof *p.y);
    for (size_t i = 0; i < p.samples * in; i++)
        p.x[i] = peer_random(0, 1);
    for (size_t i = 0; i < p.samples * out; i++)
        p.y[i] = peer_random(0, 1);
    return p;
}

static double now(void)
{
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Calls that are short are timed many at once: the clock takes as long as some of them. */
void peer_measure(void (*call)(void *context), void *context)
{
    enum { MOST = 1000 };
    static double times[MOST];
    size_t count = 0, calls = 1;
    double start = now();
    call(context);
    if (now() - start > 1) { /* the first call is no slower where it takes so long */
        printf("{\"seconds\": %.9f}\n", now() - start);
        return;
    }
    double begin = start = now();
    call(context);
    double one = now() - start;
    while ((double)calls * one < 1e-3)
        calls *= 2;
    while (count < 5 || (now() - begin < 0.7 && count < MOST)) {
        start = now();
        for (size_t i = 0; i < calls; i++)
            call(context);
        times[count++] = (now() - start) / (double)calls;
        if (count >= 3 && now() - begin > 3) break;
    }
    qsort(times, count, sizeof *times, by_size);
    printf("{\"seconds\": %.9f}\n", times[count / 2]);
}
