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

/* Of a network of several pictures the program's first word says which, or what between two. */
static void put_begin(pensel_text *text, bool several)
{
    if (several)
        pensel_text_put(text,
                        "\n/* Writes the picture to standard output: which of them, from 0, the "
                        "first, to 1,\n * the last, is the first word. */\n"
                        "int main(int count, char **words)\n{\n"
                        "    float which = count > 1 ? (float)atof(words[1]) : 0;\n");
    else
        pensel_text_put(text,
                        "\n/* Writes the picture to standard output. */\nint main(void)\n{\n");
}

/* Two channels are grey and alpha, four RGB and alpha, by which colours are premultiplied. */
void pensel_c_program(pensel_text *text, const pensel_leaving *l, const char *name)
{
    const pensel_canvas *canvas = l->canvas;
    char large[PENSEL_C_NAME];
    size_t channels = canvas->channels;
    bool alpha = channels % 2 == 0, several = l->inputs[0].width > 2;
    pensel_c_capitals(large, name);
    pensel_text_print(text, "\n#ifndef %s_LIBRARY\n#include <stdio.h>\n", large);
    if (several) pensel_text_put(text, "#include <stdlib.h>\n");
    put_colour(text, l, name);
    put_begin(text, several);
    if (alpha)
        pensel_text_print(text,
                          "    printf(\"P7\\nWIDTH %zu\\nHEIGHT %zu\\nDEPTH %zu\\nMAXVAL "
                          "255\\nTUPLTYPE %s\\nENDHDR\\n\");\n",
                          canvas->width, canvas->height, channels,
                          channels == 2 ? "GRAYSCALE_ALPHA" : "RGB_ALPHA");
    else
        pensel_text_print(text, "    printf(\"P%d\\n%zu %zu\\n255\\n\");\n", channels == 1 ? 5 : 6,
                          canvas->width, canvas->height);
    pensel_text_print(text, "    for (int r = 0; r < %zu; r++)\n", canvas->height);
    pensel_text_print(text, "        for (int c = 0; c < %zu; c++) {\n", canvas->width);
    pensel_text_print(text, "            float x[%zu] = {0}, y[%zu];\n", l->inputs[0].width,
                      l->outputs);
    put_axis(text, l, 0, "r");
    put_axis(text, l, 1, "c");
    if (several) pensel_text_put(text, "            x[2] = which;\n");
    pensel_text_print(text, "            %s_predict(x, y);\n", name);
    pensel_text_print(text, "            for (int k = 0; k < %zu; k++) {\n", channels);
    if (l->classifies)
        pensel_text_print(text, "                float v = palette[%s_class(y)][k];\n", name);
    else
        pensel_text_put(text, "                float v = y[k];\n");
    if (alpha)
        pensel_text_print(text, "                if (k < %zu && y[%zu] > 0) v /= y[%zu];\n",
                          channels - 1, channels - 1, channels - 1);
    pensel_text_put(text, "                v = v > 0 ? v < 1 ? v : 1 : 0;\n"
                          "                putchar((int)(v * 255 + 0.5f));\n"
                          "            }\n        }\n"
                          "    return fflush(stdout) != 0;\n}\n#endif\n");
}
