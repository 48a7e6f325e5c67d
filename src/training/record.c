/* The record of an L-BFGS run grows with every evaluation, up to a limit, since a checkpoint holds
 * all of it. A resumed run repeats the evaluations that are not in it because of the limit or lack
 * of memory. */
#include "training/training.h"

#include "base/memory.h"

#include <string.h>

#define RECORD_LIMIT ((size_t)1 << 30) /* bytes */

static bool grow(pensel_record *record, size_t bytes)
{
    size_t most = RECORD_LIMIT / (bytes + sizeof(double));
    size_t room = record->room ? 2 * record->room : 16;
    if (room > most) room = most;
    if (room <= record->room) return false;
    void *losses = record->losses;
    if (pensel_resize(&losses, room, sizeof(double), NULL) != PENSEL_OK) return false;
    record->losses = losses;
    if (pensel_resize(&record->gradients, room, bytes, NULL) != PENSEL_OK) return false;
    record->room = room;
    return true;
}

void pensel_record_add(pensel_record *record, double loss, const void *gradient, size_t bytes)
{
    if (record->count == record->room && !grow(record, bytes)) return;
    record->losses[record->count] = loss;
    memcpy((char *)record->gradients + record->count * bytes, gradient, bytes);
    record->count++;
}

void pensel_record_clear(pensel_record *record)
{
    pensel_release(record->losses);
    pensel_release(record->gradients);
    *record = (pensel_record){0};
}
