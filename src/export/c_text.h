/* Exports to C: what c.c, the file, and c_operations.c, the arithmetic in it, share. */
#ifndef PENSEL_EXPORT_C_TEXT_H
#define PENSEL_EXPORT_C_TEXT_H

#include "export/target.h"

/* Helpers of the arithmetic, each written once before the first function that needs it; X(NAME) */
#define PENSEL_C_HELPER_LIST(X) \
    X(affine)                   \
    X(groups)                   \
    X(softmax)                  \
    X(normalise)                \
    X(lookup)                   \
    X(grid)                     \
    X(pixels)                   \
    X(texts)                    \
    X(numbers)                  \
    X(robust)                   \
    X(date)                     \
    X(circle)                   \
    X(temper)

typedef enum pensel_c_helper {
#define PENSEL_C_ENUM(name) PENSEL_C_##name,
    PENSEL_C_HELPER_LIST(PENSEL_C_ENUM)
#undef PENSEL_C_ENUM
        PENSEL_C_HELPERS
} pensel_c_helper;

/* Which buffer the value of an operation lives in, "b2", and how long */
typedef struct pensel_c_place {
    size_t buffer;
    size_t last; /* the operation that reads it last */
} pensel_c_place;

typedef struct pensel_c {
    const pensel_leaving *leaving;
    pensel_text data, code; /* constants; the body of the function */
    bool helpers[PENSEL_C_HELPERS];
    bool activations[PENSEL_ACTIVATION_COUNT];
    bool math;   /* needs math.h */
    bool floats; /* ADD, MUL and LESS (c_float.c), with DIV and e^z: */
    bool divides, powers, adds;
    size_t widest;          /* what enters a layer whose weights are int8; 0: none is */
    bool wide_weights;      /* some rows are in 16 bits */
    pensel_c_place *places; /* (operations) */
    size_t *widths;         /* (buffers) of floats, or of doubles: */
    bool *wide, *taken;     /* (buffers) */
    size_t buffers;
} pensel_c;

/* Appends what operation i does to `code`, and its constants to `data`. */
pensel_status pensel_c_operation(pensel_c *c, size_t i, pensel_error *error);
/* That the activation is needed */
void pensel_c_use_activation(pensel_c *c, pensel_activation f);
/* The arithmetic that is needed (c_float.c) */
void pensel_c_float(pensel_text *text, const pensel_c *c);
/* A dense layer with weights in 8 bits: y = w a + c */
pensel_status pensel_c_int8(pensel_c *c, size_t i, const char *y, const char *a,
                            pensel_error *error);
/* The function that does it */
void pensel_c_int8_helper(pensel_text *text, const pensel_c *c);
/* The helpers and activations that were needed. */
void pensel_c_helpers(pensel_text *text, const pensel_c *c);
/* "static const float w3[] = {...};" with lines of about 100 columns */
void pensel_c_floats(pensel_text *text, const char *name, size_t i, const double *values,
                     size_t count);
/* A string literal */
void pensel_c_string(pensel_text *text, const char *string);

#endif
