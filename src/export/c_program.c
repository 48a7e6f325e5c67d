/* The program that a painting in exported C is: its pixels, row by row, from the network of which
 * they are the outputs, as PPM or, with alpha, PAM. */
#include "export/c_text.h"

/* The palette, in the order of the labels, which need not be that of the canvas. */
static void put_colour(pensel_text *text, const pensel_leaving *l, const char *name)
{
    const pensel_canvas *canvas = l->canvas;
    if (!l->classifies) return;
    pensel_text_print(text, "\nstatic const float palette[][%zu] = {", canvas->channels);
    for (size_t k = 0; k < l->outputs; k++) {
        const float *colour = canvas->palette + (size_t)l->class_codes[k] * canvas->channels;
        pensel_text_put(text, k ? ", {" : "{");
        for (size_t i = 0; i < canvas->channels; i++) {
            pensel_text_put(text, i ? ", " : "");
            pensel_text_float(text, (double)colour[i]);
            pensel_text_put(text, "f");
        }
        pensel_text_put(text, "}");
    }
    pensel_text_print(text, "}; /* of each of %s_labels */\n", name);
}

/* A pixel's row or column as the network's input, by the numbers of pensel_coordinates_of. */
static void put_axis(pensel_text *text, const pensel_leaving *l, size_t axis, const char *index)
{
    pensel_text_print(text, "            x[%zu] = (float)(%s * ", axis, index);
    pensel_text_double(text, l->scale[axis]);
    pensel_text_put(text, " + ");
    pensel_text_double(text, l->offset[axis]);
    pensel_text_put(text, ");\n");
}

/* Of a network of several pictures the program's first word says which, or what between two. As in
 * render.c a pyramid's latents are mixed, which the network does; of any other network two colours
 * are. */
static bool fades(const pensel_leaving *l)
{
    const pensel_estimator *estimator = pensel_painting_estimator(l->painting);
    const pensel_shape *shape = pensel_network_shape(pensel_estimator_network(estimator));
    return l->canvas->pictures > 1 && shape->encoding.kind != PENSEL_PYRAMID;
}

static void put_begin(pensel_text *text, const pensel_leaving *l)
{
    if (l->canvas->pictures <= 1) {
        pensel_text_put(text,
                        "\n/* Writes the picture to standard output. */\nint main(void)\n{\n");
        return;
    }
    pensel_text_put(text, "\n/* Writes the picture to standard output: which of them, from 0, the "
                          "first, to 1,\n * the last, is the first word. */\n"
                          "int main(int count, char **words)\n{\n"
                          "    double which = count > 1 ? atof(words[1]) : 0;\n"
                          "    which = which > 0 ? which < 1 ? which : 1 : 0;\n");
    if (fades(l))
        pensel_text_print(
            text,
            "    double at = which * %zu;\n    int first = (int)at;\n"
            "    float share = (float)(at - first); /* of the next one's colours */\n",
            l->canvas->pictures - 1);
}

static void put_head(pensel_text *text, const pensel_canvas *canvas)
{
    size_t channels = canvas->channels;
    if (channels % 2 == 0)
        pensel_text_print(text,
                          "    printf(\"P7\\nWIDTH %zu\\nHEIGHT %zu\\nDEPTH %zu\\nMAXVAL "
                          "255\\nTUPLTYPE %s\\nENDHDR\\n\");\n",
                          canvas->width, canvas->height, channels,
                          channels == 2 ? "GRAYSCALE_ALPHA" : "RGB_ALPHA");
    else
        pensel_text_print(text, "    printf(\"P%d\\n%zu %zu\\n255\\n\");\n", channels == 1 ? 5 : 6,
                          canvas->width, canvas->height);
}

/* What the network makes of x: colour (channels) */
static void put_network(pensel_text *text, const pensel_leaving *l, const char *name)
{
    size_t channels = l->canvas->channels;
    const char *in = fades(l) ? "    " : "";
    if (fades(l))
        pensel_text_print(text,
                          "            for (int i = first; i <= first + (share > 0); i++) {\n"
                          "                x[2] = (float)(i / %zu.0);\n",
                          l->canvas->pictures - 1);
    else if (l->canvas->pictures > 1)
        pensel_text_put(text, "            x[2] = (float)which;\n");
    pensel_text_print(text, "            %s%s_predict(x, y);\n", in, name);
    pensel_text_print(text, "            %sfor (int k = 0; k < %zu; k++)\n", in, channels);
    pensel_text_print(text, "                %scolour[k] %s", in,
                      fades(l) ? "+= (i > first ? share : 1 - share) * " : "= ");
    if (l->classifies)
        pensel_text_print(text, "palette[%s_class(y)][k];\n", name);
    else
        pensel_text_put(text, "y[k];\n");
    if (fades(l)) pensel_text_put(text, "            }\n");
}

/* Two channels are grey and alpha, four RGB and alpha, by which colours are premultiplied. */
void pensel_c_program(pensel_text *text, const pensel_leaving *l, const char *name)
{
    const pensel_canvas *canvas = l->canvas;
    char large[PENSEL_C_NAME];
    size_t channels = canvas->channels;
    pensel_c_capitals(large, name);
    pensel_text_print(text, "\n#ifndef %s_LIBRARY\n#include <stdio.h>\n", large);
    if (canvas->pictures > 1) pensel_text_put(text, "#include <stdlib.h>\n");
    put_colour(text, l, name);
    put_begin(text, l);
    put_head(text, canvas);
    pensel_text_print(text, "    for (int r = 0; r < %zu; r++)\n", canvas->height);
    pensel_text_print(text, "        for (int c = 0; c < %zu; c++) {\n", canvas->width);
    pensel_text_print(text, "            float x[%zu] = {0}, y[%zu], colour[%zu] = {0};\n",
                      l->inputs[0].width, l->outputs, channels);
    put_axis(text, l, 0, "r");
    put_axis(text, l, 1, "c");
    put_network(text, l, name);
    pensel_text_print(text, "            for (int k = 0; k < %zu; k++) {\n", channels);
    pensel_text_put(text, "                float v = colour[k];\n");
    if (channels % 2 == 0)
        pensel_text_print(text,
                          "                if (k < %zu && colour[%zu] > 0) v /= colour[%zu];\n",
                          channels - 1, channels - 1, channels - 1);
    pensel_text_put(text, "                v = v > 0 ? v < 1 ? v : 1 : 0;\n"
                          "                putchar((int)(v * 255 + 0.5f));\n"
                          "            }\n        }\n"
                          "    return fflush(stdout) != 0;\n}\n#endif\n");
}
