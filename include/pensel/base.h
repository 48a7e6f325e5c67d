/* What everything stands on: status and error, numbers in memory, random numbers, tables of
 * options, files that are written whole or not at all, and the machine. */
#ifndef PENSEL_BASE_H
#define PENSEL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32) && defined(PENSEL_BUILDING) /* the library itself, for its DLL */
#define PENSEL_API __declspec(dllexport)
#elif (defined(__GNUC__) || defined(__clang__)) && !defined(_WIN32)
#define PENSEL_API __attribute__((visibility("default")))
#else
#define PENSEL_API
#endif

#define PENSEL_VERSION "0.1.0"

/* The version of the library that is linked; it may be newer than PENSEL_VERSION. */
PENSEL_API const char *pensel_version(void);

/* ------------------------------------------------------------------ status and error */

/* X(NAME, text, exit value of the program) */
#define PENSEL_STATUS_LIST(X)                 \
    X(OK, "done", 0)                          \
    X(BAD_ARGUMENT, "bad argument", 2)        \
    X(OUT_OF_MEMORY, "out of memory", 1)      \
    X(BAD_DATA, "bad data", 1)                \
    X(BAD_FILE, "bad file", 1)                \
    X(IO_FAILED, "input or output failed", 1) \
    X(UNTRAINED, "not trained yet", 1)        \
    X(UNSUPPORTED, "not supported here", 1)

typedef enum pensel_status {
#define PENSEL_STATUS_ENUM(NAME, text, exit) PENSEL_##NAME,
    PENSEL_STATUS_LIST(PENSEL_STATUS_ENUM)
#undef PENSEL_STATUS_ENUM
        PENSEL_STATUS_COUNT
} pensel_status;

typedef struct pensel_error {
    pensel_status status;
    char text[512]; /* "what is wrong: what would be right", no newline */
} pensel_error;

PENSEL_API const char *pensel_status_text(pensel_status status);
PENSEL_API int pensel_status_exit(pensel_status status);

/* ------------------------------------------------------------------ matrix, random */

/* A matrix is float32 or float64. A network may also be bfloat16: its parameters are stored as
 * float32, but on a CPU that can multiply bfloat16 (8 significant bits; AVX-512 BF16) both factors
 * of every product are rounded to it, which about halves the time of wide layers; sums stay
 * float32. On other CPUs it is the same as float32. */
typedef enum pensel_precision { PENSEL_FLOAT32, PENSEL_FLOAT64, PENSEL_BFLOAT16 } pensel_precision;
/* "float32", "float64", "bfloat16"; NULL past the end. */
PENSEL_API const char *pensel_precision_name(pensel_precision precision);

/* A borrowed view of numbers stored row by row, without gaps: (rows, columns). */
typedef struct pensel_matrix {
    const void *data; /* float or double, according to precision */
    size_t rows, columns;
    pensel_precision precision;
} pensel_matrix;

/* A borrowed view of rows (rows, columns) that are nearly all zeros, as CSR has them: value k of
 * row r, starts[r] <= k < starts[r + 1], stands in column where[k]. What is not listed is 0; what
 * is listed twice is added up. */
typedef struct pensel_sparse {
    const void *values;    /* (starts[rows]) float or double, according to precision */
    const int32_t *where;  /* (starts[rows]) from 0 */
    const int64_t *starts; /* (rows + 1) starts[0] is 0 */
    size_t rows, columns;
    pensel_precision precision;
} pensel_sparse;

/* NumPy's legacy generator (MT19937, Matsumoto & Nishimura 1998): the same seed gives the same
 * numbers as numpy.random.RandomState. Copying the struct copies the stream. */
typedef struct pensel_random {
    uint32_t key[624];
    int32_t position; /* 0..624; 624 means the block is used up */
} pensel_random;

PENSEL_API void pensel_random_seed(pensel_random *random, uint32_t seed);
/* A number from [low, high). */
PENSEL_API double pensel_random_uniform(pensel_random *random, double low, double high);
/* Shuffles items (count) in place, as RandomState.shuffle does. */
PENSEL_API void pensel_random_shuffle(pensel_random *random, size_t *items, size_t count);

/* ------------------------------------------------------------------ options */

/* An option is one row of a table: its name, what it holds, its default, the values it takes and
 * what it does. The struct's member, its default, its check, the command line with its help, the
 * manual, the completions, the settings in a model file and Python's parameters are all made from
 * that row, so an option is declared in one place: PENSEL_TRAINING_OPTION_LIST in training.h is an
 * example, and says how to add one.
 *
 * A program assigns the members it cares about. An option counts as given when its value differs
 * from the default, when it was set by pensel_option_set, or when pensel_option_give says so, which
 * is how a value equal to the default is insisted on. Automatic settings change only what was not
 * given. */
typedef enum pensel_option_kind {
    PENSEL_OPTION_FLAG,    /* bool */
    PENSEL_OPTION_COUNT,   /* size_t; SIZE_MAX is infinity, where that is allowed */
    PENSEL_OPTION_SEED,    /* uint32_t */
    PENSEL_OPTION_THREADS, /* size_t; concerns one run, so it is in no model file */
    PENSEL_OPTION_NUMBER,  /* double */
    PENSEL_OPTION_SECONDS, /* double; as text also "5s", "2m", "1.5h" */
    PENSEL_OPTION_CHOICE   /* an enum, by name */
} pensel_option_kind;

typedef struct pensel_option_row {
    const char *name; /* of the struct's member; a command line writes '-' for '_' */
    const char *also; /* other names of the same option, with blanks between them; "": none */
    pensel_option_kind kind;
    size_t offset;                    /* of the member */
    double standard;                  /* the default */
    double low, high;                 /* the interval of its values */
    const char *ends;                 /* "[)": low belongs to the interval, high does not */
    const char *(*choice)(int value); /* a choice's names, NULL past the last; else NULL */
    const char *only;  /* "": always; "loss=huber|x": has an effect only with one of these;
                          "solver!=lbfgs": with all but these */
    const char *help;  /* what it is, in one line */
    const char *since; /* the version that brought it */
} pensel_option_row;

typedef struct pensel_option_table {
    const pensel_option_row *rows;
    size_t count;
    size_t bytes; /* of the struct, up to the end of its room; 0: it has none */
} pensel_option_table;

/* Every options struct begins with this: a bit for each row of its table, of which there are 64 at
 * most. */
typedef uint64_t pensel_given;

/* Options structs do not change their size, nor the place of a member, from one version of the
 * library to the next: so a program that was built with an older header runs with a newer library,
 * whose _defaults fill in what the program does not know of. A new option is the last row of its
 * list, and takes its bytes from the room behind the list; a new hook takes the first of `more`.
 * What is not known yet must be 0: a program that asks an older library for an option of a newer
 * one gets a BAD_ARGUMENT error. */
#define PENSEL_OPTIONS_BYTES(most) (sizeof(pensel_given) + (most) * sizeof(double))
/* In `struct members` stand pensel_given, the members of the list, and a byte `end` that is where
 * the room begins. It ends at PENSEL_OPTIONS_BYTES, whatever the list; `most` rows will fit. */
#define PENSEL_OPTION_ROOM(members, most) \
    unsigned char room[PENSEL_OPTIONS_BYTES(most) - offsetof(struct members, end)];
enum { PENSEL_OPTIONS_MOST = 64, PENSEL_MORE_HOOKS = 8 };

/* A member of an options struct, from a row of its list. */
#define PENSEL_OPTION_MEMBER(kind, name, ...) PENSEL_OPTION_TYPE_##kind name;
#define PENSEL_OPTION_TYPE_FLAG bool
#define PENSEL_OPTION_TYPE_COUNT size_t
#define PENSEL_OPTION_TYPE_SEED uint32_t
#define PENSEL_OPTION_TYPE_THREADS size_t
#define PENSEL_OPTION_TYPE_NUMBER double
#define PENSEL_OPTION_TYPE_SECONDS double
#define PENSEL_OPTION_TYPE_CHOICE(noun) pensel_##noun

/* The row with this name or other name; '-' and '_' are the same, and dashes in front are passed
 * over. NULL: there is none. */
PENSEL_API const pensel_option_row *pensel_option_find(const pensel_option_table *table,
                                                       const char *name);
/* Sets an option from text and marks it as given. An error calls it `name`, as the caller does. */
PENSEL_API pensel_status pensel_option_set(void *options, const pensel_option_table *table,
                                           const char *name, const char *text, pensel_error *error);
/* Its value as such a text, cut off where `size` bytes end. */
PENSEL_API pensel_status pensel_option_get(char *text, size_t size, const void *options,
                                           const pensel_option_table *table, const char *name,
                                           pensel_error *error);
/* Marks an option as given, although its value may be the default. */
PENSEL_API pensel_status pensel_option_give(void *options, const pensel_option_table *table,
                                            const char *name, pensel_error *error);
/* False for names that are not in the table, too. */
PENSEL_API bool pensel_option_given(const void *options, const pensel_option_table *table,
                                    const char *name);
/* Whether the option has an effect with the others as they are: see `only`. */
PENSEL_API bool pensel_option_applies(const void *options, const pensel_option_table *table,
                                      const char *name);
/* Whether all values are among those they may be. */
PENSEL_API pensel_status pensel_options_check(const void *options, const pensel_option_table *table,
                                              pensel_error *error);
/* What a row's values must be, for sentences: "a number from 0 to 1", "one of sgd, adam, lbfgs". */
PENSEL_API void pensel_option_needs(char *text, size_t size, const pensel_option_row *row);
/* A row's default as a text. */
PENSEL_API void pensel_option_standard(char *text, size_t size, const pensel_option_row *row);

/* ------------------------------------------------------------------ context */

/* What the objects of a program share: the threads that work for them.
 *
 *     pensel_context *context;
 *     pensel_context_new(&context, NULL, &error);
 *     pensel_network_use(network, context);  // or the member `context` of options
 *     ...
 *     pensel_context_free(&context);         // after what uses it
 *
 * Nothing needs one: a network that is given none has its own. Sharing one keeps a program with
 * many networks at one set of threads. They start when a call needs them for the first time and
 * then wait for the next call, which starts no others. Many threads may use one context at the same
 * time: while its threads work for one of them, the others work alone. A child of fork may go on
 * with its copy; the threads that it needs are its own.
 *
 * Threads that train or predict in one context at the same time count among its threads: together
 * with those that help them they are no more than the calls ask for. */
typedef struct pensel_context pensel_context;

/* Memory of the program's own. Any thread may call either function, several at the same time.
 *
 * allocate: `bytes` (1 or more) at a multiple of `alignment` (a power of two, 64 at most), NULL if
 *           there are no more: the call that needed them then fails with OUT_OF_MEMORY, and what it
 *           had is given back
 * release:  a block that allocate gave, with the `bytes` that it was asked for; never NULL */
typedef struct pensel_allocator {
    void *(*allocate)(size_t bytes, size_t alignment, void *data);
    void (*release)(void *block, size_t bytes, void *data);
    void *data; /* the program's, borrowed while a block is left */
} pensel_allocator;

/* An activation of the program's own, as a layer behind neurons that have none: "dense:64,
 * custom:NAME, dense:1" (pensel_shape).
 *
 * function: value[i] = f(z[i]) and slope[i] = f'(z[i]) for i < count; either may be NULL. Several
 *           threads call it at the same time, a few numbers at a time, and each number's result
 *           must not depend on those beside it. */
typedef void (*pensel_activation_function)(double *value, double *slope, const double *z,
                                           size_t count, void *data);
typedef struct pensel_custom_activation {
    const char *name; /* letters, digits, '-', '_' and '.', 63 at most */
    pensel_activation_function function;
    void *data; /* the program's */
} pensel_custom_activation;

typedef struct pensel_context_options {
    /* What is made in the context never uses more. 0: as many as a call or its options name, and
     * pensel_machine_threads where they name none. */
    size_t threads;
    pensel_allocator memory; /* zeros: the system's; see pensel_context_enter */
    /* NULL, or a list that a NULL name ends; borrowed as long as the context and what was made in
     * it live. Networks that are made, or loaded, by a thread that has entered the context know
     * them. */
    const pensel_custom_activation *activations;
    const void *more[PENSEL_MORE_HOOKS]; /* NULL */
} pensel_context_options;

PENSEL_API pensel_context_options pensel_context_defaults(void);
/* options: NULL are the defaults. */
PENSEL_API pensel_status pensel_context_new(pensel_context **context,
                                            const pensel_context_options *options,
                                            pensel_error *error);
/* Until this thread enters another context, networks that it makes or loads know the context's
 * activations, and the memory that its calls of the library take is the context's, also where other
 * threads work for them. NULL: no activations, and the system's memory. Returns the context before,
 * to be entered again:
 *
 *     pensel_context *before = pensel_context_enter(context);
 *     ...                                    // make, train, predict, load
 *     pensel_context_enter(before);
 *
 * Each block remembers whose it is, so it may be freed later and in any thread. A context must not
 * be freed while a thread has entered it. Two things come from the system in any case: what a
 * thread needs to start, and the paths of files while they are written. */
PENSEL_API pensel_context *pensel_context_enter(pensel_context *context);
/* Ends its threads. Nothing that uses the context may run, then or later. */
PENSEL_API void pensel_context_free(pensel_context **context);
/* How many a call uses that names none. */
PENSEL_API size_t pensel_context_threads(const pensel_context *context);
/* From now on no call in the context uses more threads than this. A call that is running obeys from
 * its next step on. 0: no limit. */
PENSEL_API void pensel_context_limit(pensel_context *context, size_t threads);

/* The word that was probably meant by `word`, of `count` words of which some may be NULL; NULL:
 * none is near. Near is a Damerau-Levenshtein distance (letters more, fewer, changed, or two
 * swapped) of 2, or of a third of its length, but of no more than half its letters. '-' and '_'
 * are the same. */
PENSEL_API const char *pensel_word_near(const char *word, const char *const *words, size_t count);

/* ------------------------------------------------------------------ file */

/* Writes any file the way model files are written: completely or not at all; on failure the old
 * file stays. */
PENSEL_API pensel_status pensel_file_write(const char *path, const void *data, size_t size,
                                           pensel_error *error);

/* The same in pieces: begin a file, write(2) to its descriptor, then either keep it, which syncs it
 * and moves it into place, or drop it. Both close and free it, even if keeping fails. A device is
 * written to directly. Only one file per path can be open at a time: a second begin may wait until
 * the first, even one of another process, is kept or dropped. */
typedef struct pensel_file {
    int descriptor;        /* can also be read from and seeked, unless it is a device */
    const char *temporary; /* its temporary name, or NULL: what to unlink when exiting without keep
                              or drop */
} pensel_file;

PENSEL_API pensel_status pensel_file_begin(pensel_file **file, const char *path,
                                           pensel_error *error);
PENSEL_API pensel_status pensel_file_keep(pensel_file **file, pensel_error *error);
PENSEL_API void pensel_file_drop(pensel_file **file);

/* ------------------------------------------------------------------ machine */

/* The instruction set in use, "reference", "avx2", "avx512" or "neon": the best that runs here, or
 * the one that PENSEL_ISA names. */
PENSEL_API pensel_status pensel_machine_isa(const char **name, pensel_error *error);
/* How many threads `threads` = 0 means: PENSEL_THREADS, or the number of cores this process may
 * use, which a container's limit on CPU time makes fewer. */
PENSEL_API size_t pensel_machine_threads(void);
/* GFLOP/s of independent fused multiply-adds in registers, measured for about `seconds`. */
PENSEL_API pensel_status pensel_machine_peak(double *gflops, pensel_precision precision,
                                             size_t threads, double seconds, pensel_error *error);

#ifdef __cplusplus
}
#endif

#endif
