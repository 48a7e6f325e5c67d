/* Writes what an export makes as files for the compiler of the tests, so that `test_exported` runs
 * it: exported C with weights in 8 bits, and of a shader the part that is also C.
 *
 *     exported_write INT8.c INT8.h SHADER.h */
#include "pensel.h"

#include "exported.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Groups of parameters stand in the order of the layers, weights before biases. */
static pensel_status fill(pensel_network *network, pensel_error *error)
{
    static const float *const parts[] = {*hidden_w, hidden_b, *last_w, last_b};
    float *p = pensel_network_parameters(network);
    for (size_t part = 0; part < sizeof parts / sizeof *parts; part++) {
        pensel_group group;
        pensel_status status = pensel_network_group(network, part, &group, error);
        if (status != PENSEL_OK) return status;
        for (size_t i = 0; i < group.count; i++)
            p[group.first + i] = CALM * parts[part][i];
    }
    return PENSEL_OK;
}

static pensel_status make(pensel_estimator **estimator, pensel_task task, pensel_error *error)
{
    static const double classes[] = {0, 1, 2};
    const bool words = task == PENSEL_CLASSIFICATION;
    const pensel_shape shape = {.inputs = EXPORTED_IN,
                                .list = words ? "dense:3:relu, dense:3:softmax"
                                              : "dense:3:relu, dense:3"};
    pensel_estimator_options o = pensel_estimator_defaults(task);
    pensel_network *network;
    pensel_status status = pensel_network_new(&network, &shape, PENSEL_FLOAT32, error);
    if (status != PENSEL_OK) return status;
    status = fill(network, error);
    const pensel_fitted fitted = {.network = network,
                                  .targets = words ? 1 : EXPORTED_OUT,
                                  .classes = words ? classes : NULL,
                                  .class_count = words ? EXPORTED_OUT : 0};
    if (status == PENSEL_OK)
        status = pensel_estimator_assemble(estimator, &fitted, NULL, &o, error);
    pensel_network_free(&network);
    return status;
}

/* All rows may be in 8 bits, whatever that costs. */
static pensel_status write_int8(const char *program, const char *header, pensel_error *error)
{
    static const float x[] = {1, 2, -1, 0.5f, 3, -2};
    const pensel_samples samples = {.x = {x, 3, EXPORTED_IN, PENSEL_FLOAT32}};
    pensel_export_options o = pensel_export_defaults();
    pensel_estimator *estimator;
    pensel_status status = make(&estimator, PENSEL_REGRESSION, error);
    if (status != PENSEL_OK) return status;
    o.target = "c";
    o.name = "small";
    o.quantise = PENSEL_QUANTISE_INT8;
    o.max_loss = 1;
    o.check = &samples;
    const pensel_exported model = {.estimator = estimator};
    status = pensel_export(&model, program, &o, error);
    o = pensel_export_defaults(); /* a header is the same whatever the weights are */
    o.target = "h";
    o.name = "small";
    if (status == PENSEL_OK) status = pensel_export(&model, header, &o, error);
    pensel_estimator_free(&estimator);
    return status;
}

/* From one text to another, the latter without; both of them must be there. */
static bool copy(FILE *file, const char **text, const char *from, const char *to)
{
    const char *at = strstr(*text, from), *end = at ? strstr(at, to) : NULL;
    if (end) fwrite(at, 1, (size_t)(end - at), file);
    *text = end;
    return end != NULL;
}

/* The numbers, in C's braces, their function, the activations and the model; the helpers of grids
 * and the colours of a pixel, which have vectors, are left out. */
static bool write_parts(FILE *file, const char *text)
{
    fputs("#pragma GCC system_header /* no warnings: GLSL has no `static` */\n", file);
    if (!copy(file, &text, "const float numbers[", " = ")) return false;
    fputs(" = {", file);
    text = strchr(text, '(');
    if (!text || !copy(file, &text, text + 1, ");")) return false;
    fputs("};\n\n", file);
    return copy(file, &text, "float W(", "/* The six pixels") &&
           copy(file, &text, "/* relu */", "/* Alpha is 1");
}

/* The bytes as a text that ends */
static bool write_text(const char *path, const void *bytes, size_t size)
{
    char *text = malloc(size + 1);
    FILE *file = text ? fopen(path, "w") : NULL;
    bool whole = false;
    if (file) {
        memcpy(text, bytes, size);
        text[size] = '\0';
        whole = write_parts(file, text);
        whole = fclose(file) == 0 && whole;
    }
    free(text);
    return whole;
}

static pensel_status write_shader(const char *path, pensel_error *error)
{
    pensel_export_options o = pensel_export_defaults();
    pensel_estimator *estimator;
    void *bytes = NULL;
    size_t size;
    pensel_status status = make(&estimator, PENSEL_CLASSIFICATION, error);
    if (status != PENSEL_OK) return status;
    o.target = "glsl";
    const pensel_exported model = {.estimator = estimator};
    status = pensel_export_memory(&bytes, &size, &model, &o, error);
    if (status == PENSEL_OK && !write_text(path, bytes, size)) {
        snprintf(error->text, sizeof error->text, "the shader is not written as it was");
        status = PENSEL_UNSUPPORTED;
    }
    pensel_export_free(&bytes);
    pensel_estimator_free(&estimator);
    return status;
}

int main(int argc, char **argv)
{
    pensel_error error;
    if (argc == 4 && write_int8(argv[1], argv[2], &error) == PENSEL_OK &&
        write_shader(argv[3], &error) == PENSEL_OK)
        return 0;
    fprintf(stderr, "exported_write: %s\n", argc == 4 ? error.text : "three files are needed");
    return 1;
}
