/* Files of tensors alone, as PyTorch, Keras and JAX are saved in safetensors: names and numbers, no
 * graph. Tensors with one prefix ("0.weight", "0.bias") are a module; modules stand in the order of
 * their names, numbers in them counted, unless the options name another.
 *
 *   tensors_read.c     the header: tensors, then modules
 *   npz_read.c         the same of an npz's arrays; npz_in.c: which npz it is
 *   tensors_module.c   one module as stages
 *   tensors_words.c    what the options say, and activations as stages
 *   tensors_layers.c   all of them, in their order */
#ifndef PENSEL_IMPORT_TENSORS_IN_H
#define PENSEL_IMPORT_TENSORS_IN_H

#include "base/json.h"
#include "import/coming.h"

/* What a tensor is to its module, by the last part of its name.
 * X(ROLE, names) PyTorch's, Keras's, Flax's */
#define TENSOR_ROLE_LIST(X)                        \
    X(WEIGHT, "weight")                            \
    X(KERNEL, "kernel")                            \
    X(FACTOR, "gamma scale")                       \
    X(BIAS, "bias beta")                           \
    X(MEAN, "running_mean moving_mean mean")       \
    X(VARIANCE, "running_var moving_variance var") \
    X(DEVIATION, "std")

typedef enum tensor_role {
#define TENSOR_ROLE_ENUM(ROLE, names) ROLE_##ROLE,
    TENSOR_ROLE_LIST(TENSOR_ROLE_ENUM) ROLES /* none of them */
} tensor_role;

typedef struct tensor_in {
    const char *name; /* the document's */
    size_t prefix;    /* characters of its name that are its module's */
    tensor_role role;
    const char *type; /* "F16" */
    size_t rank;      /* of shape, where it is 1 or 2 */
    size_t shape[2], count;
    const unsigned char *bytes;
    size_t size;
} tensor_in;

typedef enum module_kind {
    MODULE_LINEAR, /* w (out, in) or kernel (in, out), with a bias or without */
    MODULE_BATCH,  /* batch normalisation, with what training has measured */
    MODULE_LAYER,  /* layer normalisation */
    MODULE_SLOPE,  /* PReLU of one slope */
    MODULE_SCALER, /* (a - mean) / std */
    MODULE_OTHER   /* left alone */
} module_kind;

typedef struct tensor_module {
    const tensor_in *of[ROLES];
    const char *name; /* (length), not ended by a zero */
    size_t length;
    size_t first, count; /* its tensors */
    module_kind kind;
} tensor_module;

typedef struct tensors_in {
    pensel_coming *coming;
    pensel_json *header;
    char *names;        /* of an npz */
    tensor_in *tensors; /* (count), those of a module side by side */
    size_t count;
    tensor_module *modules; /* (module_count) in the order of their names */
    size_t module_count;
    pensel_error *error;
} tensors_in;

/* tensors_read.c */
pensel_status pensel_tensors_read(tensors_in *in);
/* Tensors that are there become modules. */
pensel_status pensel_tensors_arrange(tensors_in *in);
/* npz_read.c: the arrays of an npz as tensors */
pensel_status pensel_npz_read(tensors_in *in);
/* tensors_layers.c: modules as stages, as the options say */
pensel_status pensel_tensors_stages(const tensors_in *in);
void pensel_tensors_close(tensors_in *in);
/* Its numbers, the caller's */
pensel_status pensel_tensors_numbers(double **numbers, const tensors_in *in, const tensor_in *t);
/* Text that can be printed: others' characters become '?'. */
void pensel_tensors_print(char *text, size_t size, const char *name, size_t length);

/* tensors_module.c */
enum { TENSORS_NAME = 80 };
void pensel_tensors_name_module(char *text, const tensor_module *m); /* (TENSORS_NAME) */
/* Appends its stages. epsilon: of a normalisation; NAN is the default of the program whose names
 * these are */
pensel_status pensel_tensors_add_module(const tensors_in *in, const tensor_module *m,
                                        double epsilon);

/* tensors_words.c */
typedef struct tensors_word {
    const char *text;
    size_t length; /* without the number */
    double number; /* behind a colon; NAN: there is none */
} tensors_word;

/* Takes a word from the front of a list with commas; false: there is none. NULL has none. */
bool pensel_tensors_next(tensors_word *w, const char **list);
size_t pensel_tensors_count_words(const char *list);
/* Appends the activation of this name, unless it is the identity. */
pensel_status pensel_tensors_add_activation(const tensors_in *in, const tensors_word *w);

#endif
