/* The library as a WebAssembly module, behind functions of numbers and addresses, which is all that
 * JavaScript can call.
 *
 * - A function that can fail returns a pensel_status; core_error is then the address of its
 *   sentence.
 * - Arrays lie in the module's memory: JavaScript asks core_allocate for room, copies into it, and
 *   releases it after the call. What a function fills in is the last of its arrays.
 * - What is not an array of numbers comes as JSON: core_text after the call. Addresses in it are
 *   whole numbers under names that end with "_at".
 * - Options go in as text, one "name=value" on each line, under the names of the library's tables.
 * - Files are those of WASI, which core/files.ts keeps in memory.
 * - core_cores comes first. Where memory is shared, core_thread_lend makes room for threads, which
 *   then call core_thread_serve; all other calls are the first thread's.
 *
 * engine.ts is the other side. To add a function: here it stands with PENSEL_CORE(its type, its
 * name), there it is called by that name; core.ts lists what may be sent to the worker, and api.ts
 * says what the page sees. */
#ifndef PENSEL_WEB_CORE_H
#define PENSEL_WEB_CORE_H

#include "base/json.h"
#include "training/checkpoint.h"

/* A function with this type that JavaScript calls as core_NAME. */
#define PENSEL_CORE(type, name) __attribute__((export_name("core_" #name))) type pensel_core_##name

/* The module's error and text, for there is one call at a time, and the context of all trainings:
 * the threads that work for a call. */
typedef struct pensel_core_state {
    pensel_error error;
    pensel_json_writer text;
    pensel_context *context;
} pensel_core_state;
extern pensel_core_state pensel_core;

/* The text for a new result: empty, with an object or array open. */
pensel_json_writer *pensel_core_begin(char bracket);
/* Closes it. */
pensel_status pensel_core_end(char bracket);
/* A number that may be infinite or NaN, which is null. */
void pensel_core_put(const char *key, double value);
void pensel_core_put_at(const char *key, const void *address);

/* Where options may lie. */
typedef struct pensel_core_options {
    void *options;
    const pensel_option_table *table;
} pensel_core_options;
/* Sets each option of the text in the first of `count` structs that has it. */
pensel_status pensel_core_set(const pensel_core_options *list, size_t count, const char *text,
                              pensel_error *error);

/* Lines of `text` as a list; free both with pensel_release. */
pensel_status pensel_core_lines(char ***lines, char **block, size_t *count, const char *text,
                                pensel_error *error);

/* ------------------------------------------------------------------ training: core_job.c */

/* A network with what it learns from: samples or a picture. Training goes in slices, each a call,
 * between which the page can look at it and change it. A slice is a fit of its own that continues
 * where the last one was interrupted, as from a checkpoint, so all of them together take the same
 * steps as one fit, bit for bit. */
typedef struct pensel_job {
    pensel_checkpoint checkpoint; /* begin and end of a slice: the library calls it */
    pensel_paint_options options; /* of a painting; of others only `estimator` */
    pensel_layer *hidden;         /* (options.estimator.hidden_count) */
    pensel_picture picture;       /* no pixels: it is not a painting */
    pensel_samples samples, held; /* x.data NULL: none. All blocks are the job's. */
    char chosen[256];
    bool live;  /* trained in slices; a pyramid is painted in one call */
    bool looks; /* the next fit is to be stopped before its first step */
    /* what there is: an estimator, or a painting, which has one, or a file's model */
    pensel_estimator *estimator;
    pensel_painting *painting;
    pensel_model *model;
    /* the slice */
    volatile int interrupt;
    double deadline; /* on pensel_clock; infinite: none */
    size_t steps, epochs;
} pensel_job;

const pensel_estimator *pensel_job_estimator(const pensel_job *job);
const pensel_painting *pensel_job_painting(const pensel_job *job);
/* Layers, options and the like as JSON: pensel_core.text. */
pensel_status pensel_job_describe(const pensel_job *job, pensel_error *error);

#endif
