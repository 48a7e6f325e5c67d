/* A model of two inputs as a shader: what glsl.c and html.c share. */
#ifndef PENSEL_EXPORT_SHADER_H
#define PENSEL_EXPORT_SHADER_H

#include "export/target.h"

/* All constants of a model, one after another; a shader reads number i of them as W(i). */
typedef struct pensel_shader {
    const pensel_leaving *leaving;
    pensel_text code;
    double *numbers; /* (count) */
    size_t count;
    const char *target; /* for sentences */
} pensel_shader;

/* shader_formula.c: whether the activation's formula can be written, and the functions of those
 * that the model has */
bool pensel_shader_computes(const pensel_activation_leaving *says);
void pensel_shader_activations(pensel_shader *shader);

/* Fills in the code: functions in GLSL ES 3.00, of which the last one is vec4 colour(float row,
 * float column), where row and column are in pixels of a painting, and of another model its inputs.
 * UNSUPPORTED for a model that is no function of two numbers. */
pensel_status pensel_shader_make(pensel_shader *shader, const pensel_leaving *leaving,
                                 const char *target, pensel_error *error);
/* Writes "from + at * size" of an input of a function, which is drawn where its samples were: over
 * the range of a model that scales to [0, 1], within two deviations of one that scales to these,
 * else from 0 to 1. `at` is GLSL for a number from 0 to 1. */
void pensel_shader_input(pensel_text *text, const pensel_leaving *leaving, size_t axis,
                         const char *at);
void pensel_shader_clear(pensel_shader *shader);

#endif
