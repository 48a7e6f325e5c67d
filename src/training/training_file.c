/* The state of a training in a model file, with the training options, which a resumed run must
 * share. The options are JSON, by the table that also makes help and command line; all that is
 * numbers is a tensor, bit for bit:
 *
 *     training.parameters, .moment_1 ...     blocks of the network's precision: see list_blocks
 *     training.counters, training.numbers    (16), (24): state.c knows what each means
 *     training.random, training.dropout      (624) keys of the two streams; their positions are
 *                                            members of the JSON with the same names
 *
 * A block that a training does not have is left out. What is read is first checked by type and
 * shape here, then by value in pensel_training_import; before that nothing is changed. */
#include "training/training_file.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/fields.h"
#include "network/network_file.h"

#include <math.h>
#include <string.h>

/* What an option was called in files of format 1. */
static const pensel_field former[] = {
    {"compat", PENSEL_FIELD_BOOL, offsetof(pensel_training_options, sklearn_gradient), NULL},
};

void pensel_training_options_write(pensel_json_writer *writer, const char *key,
                                   const pensel_training_options *options)
{
    pensel_options_write(writer, key, options, pensel_training_table());
}

pensel_status pensel_training_options_read(pensel_training_options *options,
                                           const pensel_json *json, pensel_error *error)
{
    PENSEL_TRY(pensel_fields_read(options, json, former, sizeof former / sizeof *former, error));
    return pensel_options_read(options, json, pensel_training_table(), error);
}

/* bfloat16 networks keep their parameters in float32: only products round. */
static pensel_dtype dtype_of(const pensel_training *training)
{
    pensel_precision precision = pensel_network_precision(pensel_training_network(training));
    return precision == PENSEL_FLOAT64 ? PENSEL_F64 : PENSEL_F32;
}

/* Leaves out what is not there. `data` is borrowed until the file is written. */
static pensel_status put(pensel_model_file *file, const char *name, pensel_dtype dtype,
                         const void *data, size_t count, pensel_error *error)
{
    if (!data || count == 0) return PENSEL_OK;
    return pensel_model_file_add(file, name, dtype, data, count, 0, error);
}

/* A stream of random numbers: the 624 words of a Mersenne Twister, and how many of them are used
 * up. */
static pensel_status put_random(pensel_model_file *file, const char *name,
                                const pensel_random *random, pensel_error *error)
{
    PENSEL_TRY(put(file, name, PENSEL_U32, random->key, 624, error));
    pensel_json_put_whole(&file->writer, name, random->position);
    return PENSEL_OK;
}

/* Any 624 words pass for a state, but a position beyond them would read behind the end. */
static pensel_status get_random(pensel_random *random, const pensel_model_file *file,
                                const char *name, pensel_error *error)
{
    const pensel_tensor *t;
    int64_t position;
    PENSEL_TRY(pensel_model_file_expect(&t, file, name, PENSEL_U32, 624, 0, error));
    PENSEL_TRY(pensel_model_file_copy(random->key, file, t, error));
    if (!pensel_json_whole(&position, pensel_json_member(file->settings, name)) || position < 0 ||
        position > 624)
        return pensel_fail(error, PENSEL_BAD_FILE,
                           "the checkpoint's position in %s is wrong: 0 to 624 is expected", name);
    random->position = (int32_t)position;
    return PENSEL_OK;
}

/* The state's blocks by name, in both directions. */
#define BLOCKS 11
typedef struct block {
    const char *name;
    const void **data;
    size_t *count; /* NULL: as many as parameters */
    bool real;     /* of the network's precision */
    pensel_dtype dtype;
} block;

/* Counts that the state has itself are pointed to, so that one list serves writing and reading. */
static void list_blocks(block blocks[BLOCKS], pensel_training_state *s)
{
    const block list[BLOCKS] = {
        {"training.parameters", &s->parameters, NULL, true, 0},
        {"training.moment_1", &s->moments[0], NULL, true, 0},
        {"training.moment_2", &s->moments[1], NULL, true, 0},
        {"training.average", &s->average, NULL, true, 0},
        {"training.best", &s->best, NULL, true, 0},
        {"training.order", (const void **)&s->order, &s->order_count, false, PENSEL_SIZE},
        {"training.held_out", (const void **)&s->held_out, &s->held_out_count, false, PENSEL_SIZE},
        {"training.loss_curve", (const void **)&s->loss_curve, &s->loss_count, false, PENSEL_F64},
        {"training.validation_scores", (const void **)&s->validation_scores, &s->validation_count,
         false, PENSEL_F64},
        {"training.part", (const void **)&s->part, &s->part_count, false, PENSEL_F64},
        {"training.lbfgs", (const void **)&s->lbfgs, &s->lbfgs_count, false, PENSEL_F64},
    };
    memcpy(blocks, list, sizeof list);
}

pensel_status pensel_training_put(pensel_model_file *file, const pensel_training *training,
                                  pensel_training_state *state, const pensel_random *random,
                                  pensel_error *error)
{
    block blocks[BLOCKS];
    pensel_training_export(training, state);
    list_blocks(blocks, state);
    size_t parameters = pensel_network_parameter_count(pensel_training_network(training));
    for (int i = 0; i < BLOCKS; i++)
        PENSEL_TRY(put(file, blocks[i].name, blocks[i].real ? dtype_of(training) : blocks[i].dtype,
                       *blocks[i].data, blocks[i].count ? *blocks[i].count : parameters, error));
    PENSEL_TRY(
        put(file, "training.counters", PENSEL_U64, state->counters, PENSEL_STATE_COUNTERS, error));
    PENSEL_TRY(
        put(file, "training.numbers", PENSEL_F64, state->numbers, PENSEL_STATE_NUMBERS, error));
    PENSEL_TRY(put_random(file, "training.random", random, error));
    PENSEL_TRY(put_random(file, "training.dropout", &state->dropout, error));
    pensel_training_options_write(&file->writer, "training", pensel_training_options_of(training));
    return PENSEL_OK;
}

/* Epochs and seconds may be more than they were; everything else shapes the numbers. Options the
 * file does not know have their defaults, so that one missing in an older file is no difference. */
static pensel_status check_options(const pensel_model_file *file, const pensel_training *training,
                                   pensel_error *error)
{
    static const char *const free_to_change[] = {"epochs", "max_seconds", NULL};
    pensel_training_options saved = pensel_training_defaults();
    PENSEL_TRY(pensel_network_agree(pensel_training_network(training), file, error));
    PENSEL_TRY(pensel_training_options_read(&saved, pensel_json_member(file->settings, "training"),
                                            error));
    const char *key = pensel_options_differ(&saved, pensel_training_options_of(training),
                                            pensel_training_table(), free_to_change);
    if (!key) return PENSEL_OK;
    return pensel_fail(error, PENSEL_BAD_FILE,
                       "the checkpoint was made with another %s: resume with the same options",
                       key);
}

/* *copy is the caller's, also on failure. A block without a count of its own must have exactly as
 * many numbers as the network; others have whatever the file says, and import checks them. */
static pensel_status get_block(const block *b, void **copy, const pensel_model_file *file,
                               pensel_dtype real, size_t parameters, pensel_error *error)
{
    const pensel_tensor *t = pensel_model_file_find(file, b->name);
    if (!t) return PENSEL_OK;
    PENSEL_TRY(pensel_model_file_expect(&t, file, b->name, b->real ? real : b->dtype,
                                        b->count ? t->shape[0] : parameters, 0, error));
    if (b->count) *b->count = t->count;
    PENSEL_TRY(b->dtype == PENSEL_SIZE ? pensel_model_file_take_sizes(copy, file, t, error)
                                       : pensel_model_file_take(copy, file, t, error));
    *b->data = *copy;
    return PENSEL_OK;
}

/* Both arrays are longer than what is in use, so that a number more needs no other format. */
static pensel_status get_numbers(pensel_training_state *state, const pensel_model_file *file,
                                 pensel_error *error)
{
    const pensel_tensor *t;
    PENSEL_TRY(pensel_model_file_expect(&t, file, "training.counters", PENSEL_U64,
                                        PENSEL_STATE_COUNTERS, 0, error));
    PENSEL_TRY(pensel_model_file_copy(state->counters, file, t, error));
    PENSEL_TRY(pensel_model_file_expect(&t, file, "training.numbers", PENSEL_F64,
                                        PENSEL_STATE_NUMBERS, 0, error));
    PENSEL_TRY(pensel_model_file_copy(state->numbers, file, t, error));
    return get_random(&state->dropout, file, "training.dropout", error);
}

/* Training and random stay as they are unless all of it succeeds: the import comes last but one,
 * and the stream is taken over only after it. */
pensel_status pensel_training_get(pensel_training *training, pensel_random *random,
                                  const pensel_model_file *file, pensel_error *error)
{
    pensel_training_state state = {0};
    pensel_random stream;
    block blocks[BLOCKS];
    void *copies[BLOCKS] = {0};
    size_t parameters = pensel_network_parameter_count(pensel_training_network(training));
    list_blocks(blocks, &state);
    pensel_status status = check_options(file, training, error);
    if (status == PENSEL_OK && pensel_model_file_find(file, "training.recorded_gradients"))
        status =
            pensel_fail(error, PENSEL_BAD_FILE,
                        "the checkpoint lacks the memory of lbfgs: train on from it as a model "
                        "instead of resuming");
    for (int i = 0; i < BLOCKS && status == PENSEL_OK; i++)
        status = get_block(&blocks[i], &copies[i], file, dtype_of(training), parameters, error);
    if (status == PENSEL_OK && !state.parameters)
        status = pensel_fail(error, PENSEL_BAD_FILE,
                             "the file has a model and no training in progress: a "
                             "checkpoint is expected");
    if (status == PENSEL_OK) status = get_numbers(&state, file, error);
    if (status == PENSEL_OK) status = get_random(&stream, file, "training.random", error);
    if (status == PENSEL_OK) status = pensel_training_import(training, &state, error);
    if (status == PENSEL_OK) *random = stream;
    for (int i = 0; i < BLOCKS; i++)
        pensel_release(copies[i]);
    return status;
}
