/* peer_fann: FANN (Nissen 2003), of Debian's libfann. It knows no Adam and no batches: batches are
 * made for it as data of their own, in one order for all epochs, each of which is a step of plain
 * gradient descent. That is less work than the others do. Its nearest unit to relu is a line cut at
 * 0 and 1. One thread. */
#include "peer.h"

#include <floatfann.h>
#include <stdio.h>
#include <string.h>

typedef struct job {
    peer p;
    struct fann *network;
    struct fann_train_data **batches;
    size_t count;
} job;

static void train(void *context)
{
    const job *j = context;
    for (size_t b = 0; b < j->count; b++)
        fann_train_epoch(j->network, j->batches[b]);
}

static void predict(void *context)
{
    const job *j = context;
    for (size_t s = 0; s < j->p.samples; s++)
        fann_run(j->network, j->p.x + s * j->p.widths[0]);
}

/* A batch of one is FANN's own way, a step after each sample: one call for all of them */
static void make_batches(job *j)
{
    peer *p = &j->p;
    size_t in = p->widths[0], out = p->widths[p->layers];
    size_t size = p->batch == 1 ? p->samples : p->batch;
    j->count = (p->samples + size - 1) / size;
    j->batches = peer_room(j->count, sizeof *j->batches);
    for (size_t b = 0; b < j->count; b++) {
        size_t first = b * size, n = p->samples - first < size ? p->samples - first : size;
        struct fann_train_data *data = fann_create_train((unsigned)n, (unsigned)in, (unsigned)out);
        j->batches[b] = data;
        for (size_t s = 0; s < n; s++) {
            memcpy(data->input[s], p->x + (first + s) * in, in * sizeof(float));
            memcpy(data->output[s], p->y + (first + s) * out, out * sizeof(float));
        }
    }
}

int main(int argc, char **argv)
{
    static job j;
    unsigned widths[PEER_MOST_LAYERS + 1];
    j.p = peer_of(argc, argv);
    for (size_t l = 0; l <= j.p.layers; l++)
        widths[l] = (unsigned)j.p.widths[l];
    j.network = fann_create_standard_array((unsigned)j.p.layers + 1, widths);
    if (!j.network) {
        fprintf(stderr, "peer: FANN cannot make this network\n");
        return 1;
    }
    fann_set_activation_function_hidden(j.network, FANN_LINEAR_PIECE);
    fann_set_activation_function_output(j.network, FANN_LINEAR);
    fann_set_training_algorithm(j.network,
                                j.p.batch == 1 ? FANN_TRAIN_INCREMENTAL : FANN_TRAIN_BATCH);
    fann_set_learning_rate(j.network, 1e-3F);
    make_batches(&j);
    peer_measure(j.p.train ? train : predict, &j);
    return 0;
}
