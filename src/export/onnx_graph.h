/* Nodes and constants of an ONNX graph, being written: what onnx.c and onnx_table.c share.
 *
 * Every value of the model is a matrix (rows, width), called /pensel/N by its number; what is
 * between and constants have the names that pensel_onnx_new gives. */
#ifndef PENSEL_EXPORT_ONNX_GRAPH_H
#define PENSEL_EXPORT_ONNX_GRAPH_H

#include "export/protobuf.h"

/* TensorProto.DataType */
enum { ONNX_FLOAT = 1, ONNX_INT64 = 7, ONNX_STRING = 8, ONNX_DOUBLE = 11 };
/* Of the operators: 13 is the oldest that has all, 18 is where BitwiseXor begins. */
enum { ONNX_OPSET = 13, ONNX_OPSET_BITS = 18 };

typedef struct pensel_onnx {
    pensel_text *text;
    const pensel_leaving *leaving;
    size_t serial, node; /* names given; where the open node began */
    int opset;
    bool categories;  /* needs ai.onnx.ml */
    bool pooled;      /* the model goes along: */
    pensel_text pool; /* the bytes of all constants of float, in their order (saved.c) */
} pensel_onnx;

typedef struct onnx_name {
    char text[40];
} onnx_name;

onnx_name pensel_onnx_value(size_t value);
onnx_name pensel_onnx_new(pensel_onnx *w);

/* A node: its operator, its inputs with blanks between them, one output, and attributes between
 * begin and end. */
void pensel_onnx_begin(pensel_onnx *w, const char *operator, const char * inputs,
                       const char *output);
void pensel_onnx_whole(pensel_onnx *w, const char *name, int64_t value);
void pensel_onnx_wholes(pensel_onnx *w, const char *name, const int64_t *values, size_t count);
void pensel_onnx_real(pensel_onnx *w, const char *name, double value);
void pensel_onnx_end(pensel_onnx *w);

/* A node without attributes, into a new name or into `output`. */
onnx_name pensel_onnx_one(pensel_onnx *w, const char *operator, onnx_name a);
onnx_name pensel_onnx_two(pensel_onnx *w, const char *operator, onnx_name a, onnx_name b);
onnx_name pensel_onnx_where(pensel_onnx *w, onnx_name condition, onnx_name a, onnx_name b);
onnx_name pensel_onnx_cast(pensel_onnx *w, onnx_name a, int type);
onnx_name pensel_onnx_gather(pensel_onnx *w, onnx_name table, onnx_name index, int axis);
/* Over this axis, which stays as one of length 1 if `keep` */
onnx_name pensel_onnx_sum(pensel_onnx *w, onnx_name a, int64_t axis, bool keep);
onnx_name pensel_onnx_reshape(pensel_onnx *w, onnx_name a, size_t rank, const int64_t *shape);
/* Gives a name to what another one is called. */
void pensel_onnx_rename(pensel_onnx *w, const char *output, const char *input);

/* Constants: values as float, double or int64, of up to three dimensions; rank 0 is one number. */
onnx_name pensel_onnx_tensor(pensel_onnx *w, int type, size_t rank, const size_t *shape,
                             const double *values);
onnx_name pensel_onnx_number(pensel_onnx *w, int type, double value);
/* (1, count) */
onnx_name pensel_onnx_row(pensel_onnx *w, int type, const double *values, size_t count);
onnx_name pensel_onnx_strings(pensel_onnx *w, const char *const *strings, size_t count);

/* A word about the whole model */
void pensel_onnx_metadata(pensel_onnx *w, const char *key, const char *value);
/* onnx_kept.c: what brings layers back that are none of neurons */
pensel_status pensel_onnx_keep(pensel_onnx *w, pensel_error *error);

/* onnx_formula.c: whether an activation that says this can be written, and the operation's */
bool pensel_onnx_computes(const pensel_activation_leaving *says);
onnx_name pensel_onnx_activation(pensel_onnx *w, onnx_name z, const pensel_operation *o);

/* The operations of tables, onnx_table.c, and grids, onnx_grid.c; each gives its value's name. */
onnx_name pensel_onnx_robust(pensel_onnx *w, const pensel_operation *o);
onnx_name pensel_onnx_missing(pensel_onnx *w, const pensel_operation *o);
onnx_name pensel_onnx_category(pensel_onnx *w, const pensel_operation *o);
onnx_name pensel_onnx_date(pensel_onnx *w, const pensel_operation *o);
onnx_name pensel_onnx_circle(pensel_onnx *w, const pensel_operation *o);
onnx_name pensel_onnx_temper(pensel_onnx *w, const pensel_operation *o);
onnx_name pensel_onnx_mix(pensel_onnx *w, const pensel_operation *o);
onnx_name pensel_onnx_grid(pensel_onnx *w, const pensel_operation *o);
onnx_name pensel_onnx_pixels(pensel_onnx *w, const pensel_operation *o);
/* A value as double, whatever it is */
onnx_name pensel_onnx_wide(pensel_onnx *w, size_t value);

#endif
