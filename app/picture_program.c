/* The commands that touch picture files, as `pensel` has them. libvips and chafa, with the hundred
 * libraries behind them, take tens of milliseconds to load, which no table should pay for. So the
 * program exists twice: `pensel`, which everybody calls, has all commands but these, and hands
 * these to `pensel-pictures`, which has all of them. The process stays the same: signals, the exit
 * status and standard files are as if there were one program. */
#include "command.h"
#include "message.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

/* Beside `pensel` in a build folder; installed, in PENSEL_PICTURE_FOLDER, relative to it. */
static char *find_program(void)
{
    char *self = g_file_read_link("/proc/self/exe", NULL);
    if (!self) return NULL;
    char *folder = g_path_get_dirname(self);
    char *path = g_build_filename(folder, "pensel-pictures", NULL);
    if (access(path, X_OK)) {
        g_free(path);
        path = g_build_filename(folder, PENSEL_PICTURE_FOLDER, "pensel-pictures", NULL);
    }
    g_free(folder);
    g_free(self);
    return path;
}

static int run(const pensel_command *command, int argc, char **argv)
{
    char *program = find_program();
    char **arguments = g_new0(char *, (size_t)argc + 2);
    arguments[0] = "pensel";
    for (int i = 0; i < argc; i++)
        arguments[i + 1] = argv[i];
    if (program) execv(program, arguments);
    pensel_error error = {.status = PENSEL_IO_FAILED};
    g_snprintf(error.text, sizeof error.text,
               "%s: %.300s cannot be started (%s): it is installed together with pensel",
               command->name, program ? program : "pensel-pictures", g_strerror(errno));
    g_free(arguments);
    g_free(program);
    return pensel_message_error(&error);
}

const pensel_command pensel_command_paint = {"paint", "PICTURE...", PENSEL_PAINT_SUMMARY, run};
const pensel_command pensel_command_render = {"render", "MODEL -o PICTURE", PENSEL_RENDER_SUMMARY,
                                              run};
