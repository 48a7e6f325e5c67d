#include "figure.h"

#include "app_memory.h"
#include "output.h"
#include "message.h"

#include <glib.h>
#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>

typedef struct format {
    const char *ending;
    const char *terminal; /* with its width and height as %g,%g */
    double unit;          /* by which these are multiplied */
} format;

static const format formats[] = {
    {".svg", "svg size %g,%g font 'Helvetica,13' background 'white' enhanced", 1},
    {".png", "pngcairo size %g,%g font 'Helvetica,13' background 'white' enhanced", 1},
    {".pdf", "pdfcairo size %gin,%gin font 'Helvetica,9' background 'white' enhanced", 1 / 96.0},
};

static const char style[] = "set encoding utf8\n"
                            "set border lc rgb '#555555' lw 1\n"
                            "set tics textcolor rgb '#333333' scale 0.6\n"
                            "set grid lc rgb '#dddddd' lw 1 lt 1\n"
                            "set style line 1 lc rgb '#1f5fa8' lw 2 pt 7 ps 0.8\n"
                            "set style line 2 lc rgb '#e07b28' lw 2 pt 7 ps 0.8\n"
                            "set style line 3 lc rgb '#3a9a5b' lw 2 pt 7 ps 0.8\n";

static const format *find_format(const char *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (g_str_has_suffix(path, formats[i].ending)) return &formats[i];
    return NULL;
}

pensel_status pensel_figure_check(const char *path, const char *option, pensel_error *error)
{
    if (!path) return PENSEL_OK;
    if (!find_format(path))
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                            "%s %.200s: a figure's name ends in .svg, .png or .pdf", option, path);
    char *program = g_find_program_in_path("gnuplot");
    g_free(program);
    if (!program)
        return pensel_wrong(
            error, PENSEL_UNSUPPORTED,
            "%s needs the program gnuplot, which is not here: install gnuplot-nox or leave "
            "out %s",
            option, option);
    return pensel_output_check(path, option, error);
}

/* Runs gnuplot on `input`. The drawing is read from its standard output, because gnuplot does not
 * report a full disk. Returns NULL, or its complaint as one line (g_free). */
static char *run_gnuplot(GBytes **drawing, const char *input)
{
    GError *failed = NULL;
    GBytes *asked = g_bytes_new_static(input, strlen(input)), *complaint = NULL;
    char *problem = NULL;
    GSubprocess *process =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                             G_SUBPROCESS_FLAGS_STDERR_PIPE,
                         &failed, "gnuplot", "-", NULL);
    if (process && g_subprocess_communicate(process, asked, NULL, drawing, &complaint, &failed)) {
        gsize size;
        const char *text = g_bytes_get_data(complaint, &size);
        if (!g_subprocess_get_successful(process))
            problem = g_strdelimit(g_strstrip(g_strndup(text, size)), "\n\r", ' ');
        else if (g_bytes_get_size(*drawing) == 0)
            problem = g_strdup("it drew nothing");
    }
    if (failed) problem = g_strdup(failed->message);
    g_clear_error(&failed);
    g_bytes_unref(asked);
    g_bytes_unref(complaint);
    if (process) g_object_unref(process);
    return problem;
}

pensel_status pensel_figure_draw(const char *path, const char *script, int width, int height,
                                 pensel_error *error)
{
    const format *found = find_format(path);
    GBytes *drawing = NULL;
    GString *input = g_string_new("set terminal ");
    pensel_append(input, found->terminal, width * found->unit, height * found->unit);
    pensel_append(input, "\n%s%s\nunset output\n", style, script);
    char *problem = run_gnuplot(&drawing, input->str);
    g_string_free(input, TRUE);
    pensel_status status;
    if (problem) {
        status = pensel_wrong(error, PENSEL_IO_FAILED, "%.200s: gnuplot could not draw it: %.200s",
                              path, problem);
    } else {
        gsize size;
        const void *bytes = g_bytes_get_data(drawing, &size);
        status = pensel_file_write(path, bytes, size, error);
    }
    g_free(problem);
    g_bytes_unref(drawing);
    return status;
}
