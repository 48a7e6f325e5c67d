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
    X(scaled)                   \
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

/* Tables have their own (c_tables.c), in three forms. */
typedef enum pensel_c_table_kind {
    PENSEL_C_lookup,
    PENSEL_C_grid,
    PENSEL_C_pixels,
    PENSEL_C_TABLES
} pensel_c_table_kind;
typedef enum pensel_c_form {
    PENSEL_C_FLOAT,
    PENSEL_C_INT8,
    PENSEL_C_INT16,
    PENSEL_C_FORMS
} pensel_c_form;

/* Which buffer the value of an operation lives in, "b2", and how long */
typedef struct pensel_c_place {
    size_t buffer;
    size_t last; /* the operation that reads it last */
} pensel_c_place;

typedef struct pensel_c {
    const pensel_leaving *leaving;
    pensel_text data, code; /* constants; the body of the function */
    bool helpers[PENSEL_C_HELPERS];
    bool tables[PENSEL_C_TABLES][PENSEL_C_FORMS];
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
/* c_formula.c: whether the activation's formula can be written, that it is needed, and the
 * functions of those that were */
bool pensel_c_computes(const pensel_activation_leaving *says);
void pensel_c_use_activation(pensel_c *c, pensel_activation f);
void pensel_c_activations(pensel_text *text, const pensel_c *c);
/* The arithmetic that is needed (c_float.c) */
void pensel_c_float(pensel_text *text, const pensel_c *c);
/* A dense layer with weights in 8 bits: y = w a + c */
pensel_status pensel_c_int8(pensel_c *c, size_t i, const char *y, const char *a,
                            pensel_error *error);
/* The function that does it */
void pensel_c_int8_helper(pensel_text *text, const pensel_c *c);
/* Operation i's table becomes constants; what stands behind the helper's name and, in `scales`, its
 * last argument: ", s5", or nothing. */
const char *pensel_c_table(char scales[32], pensel_c *c, pensel_c_table_kind kind, size_t i);
void pensel_c_table_helpers(pensel_text *text, const pensel_c *c);
/* The next number of a list, `count` of which are there */
void pensel_c_whole(pensel_text *text, size_t *count, int32_t number);
/* "static const uint16_t s3[] = {...};": the upper halves of the scales */
void pensel_c_scales(pensel_text *text, const pensel_operation *o, size_t i);
/* The helpers and activations that were needed. */
void pensel_c_helpers(pensel_text *text, const pensel_c *c);
/* "static const float w3[] = {...};" with lines of about 100 columns */
void pensel_c_floats(pensel_text *text, const char *name, size_t i, const double *values,
                     size_t count);
/* A string literal */
void pensel_c_string(pensel_text *text, const char *string);

/* ------------------------------------------------ c_names.c, c_program.c */

enum { PENSEL_C_NAME = 64 }; /* room for an identifier */
void pensel_c_identifier(char to[PENSEL_C_NAME], const char *from);
void pensel_c_capitals(char to[PENSEL_C_NAME], const char *from);
/* The name of input i in the row of a table's model. */
void pensel_c_member(char to[PENSEL_C_NAME], const pensel_leaving *l, size_t i);
/* main(), of a painting. */
void pensel_c_program(pensel_text *text, const pensel_leaving *l, const char *name);

#endif
