/* peer: what the peers in C share: the work that bench/run names, and the clock. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>

enum { PEER_MOST_LAYERS = 64 };

/* Layers of relu units, the last one's plain, on random numbers in [0, 1) */
typedef struct peer {
    bool train, adam;
    size_t layers, widths[PEER_MOST_LAYERS + 1]; /* widths[0]: the inputs */
    size_t batch, samples;
    float *x, *y; /* (samples, inputs), (samples, outputs) */
} peer;

/* PROGRAM train|predict SHAPE BATCH SAMPLES THREADS [float32 [adam|sgd]], as bench/peer.py has them
 * after the library's name. What a peer cannot do ends the program with status 1. */
peer peer_of(int argc, char **argv);
float peer_random(float low, float high);
/* Or the end */
void *peer_room(size_t count, size_t size);
/* Prints the median seconds of one call, as JSON. */
void peer_measure(void (*call)(void *context), void *context);

#endif
