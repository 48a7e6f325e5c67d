/* GLSL: a painting, or a function of two numbers, as a shader for Shadertoy and other hosts that
 * call mainImage. All numbers are constants of the shader. */
#include "export/shader.h"

enum { MOST_NUMBERS = 16384 }; /* more, and compilers of shaders give up */

static void put_numbers(pensel_text *text, const pensel_shader *s)
{
    pensel_text_print(text, "const float numbers[%zu] = float[%zu](", s->count, s->count);
    for (size_t i = 0; i < s->count; i++) {
        pensel_text_put(text, i == 0 ? "" : i % 8 ? ", " : ",\n    ");
        pensel_text_float(text, s->numbers[i]);
    }
    pensel_text_put(text, ");\n\nfloat W(int i)\n{\n    return numbers[i];\n}\n\n");
}

/* The painting fills the image; a function's first input runs to the right, its second upwards. */
static void put_main(pensel_text *text, const pensel_leaving *l)
{
    pensel_text_put(text, "\nvoid mainImage(out vec4 fragColor, in vec2 fragCoord)\n{\n"
                          "    vec2 at = fragCoord / iResolution.xy;\n");
    if (l->canvas)
        pensel_text_print(text,
                          "    fragColor = colour((1.0 - at.y) * float(%zu) - 0.5, at.x * "
                          "float(%zu) - 0.5);\n}\n",
                          l->canvas->height, l->canvas->width);
    if (l->canvas) return;
    pensel_text_put(text, "    fragColor = colour(");
    pensel_shader_input(text, l, 0, "at.x");
    pensel_text_put(text, ", ");
    pensel_shader_input(text, l, 1, "at.y");
    pensel_text_put(text, ");\n}\n");
}

static pensel_status put_file(pensel_text *text, const pensel_shader *s, const char *name,
                              pensel_error *error)
{
    PENSEL_REQUIRE(s->count <= MOST_NUMBERS, UNSUPPORTED,
                   "glsl: the model has %zu numbers, and a shader by itself holds %d: html keeps "
                   "them in a texture",
                   s->count, MOST_NUMBERS);
    pensel_text_print(text, "/* %.64s, made by pensel %s: GLSL ES 3.00, as Shadertoy runs it */\n",
                      name, pensel_version());
    put_numbers(text, s);
    pensel_text_add(text, s->code.bytes, s->code.size);
    put_main(text, s->leaving);
    return PENSEL_OK;
}

static pensel_status write(pensel_text *text, const pensel_leaving *leaving,
                           const pensel_export_options *options, pensel_error *error)
{
    pensel_shader s;
    pensel_status status = pensel_shader_make(&s, leaving, "glsl", error);
    if (status == PENSEL_OK) status = put_file(text, &s, options->name, error);
    pensel_shader_clear(&s);
    return status;
}

const pensel_target pensel_target_glsl = {
    .name = "glsl",
    .help = "a painting, or a function of two numbers, as a shader for Shadertoy",
    .computes = pensel_shader_computes,
    .write = write,
};
