/* What this program has not: each is refused by one sentence that says which pensel has it. */
#include "figure.h"
#include "image.h"
#include "message.h"
#include "page_server.h"

#include <math.h>
#include <string.h>

pensel_status pensel_image_write_film(const char *path, const pensel_film *film,
                                      pensel_error *error)
{
    (void)film;
    return pensel_wrong(
        error, PENSEL_UNSUPPORTED,
        "%.200s: this pensel, built without libvips, writes no films: a name that ends "
        "in .png, for a sheet of pictures, is needed",
        path);
}

pensel_status pensel_image_check_film(const char *path, const char *option, pensel_error *error)
{
    if (!path || g_str_has_suffix(path, ".png")) return PENSEL_OK;
    return pensel_wrong(
        error, PENSEL_UNSUPPORTED,
        "%s %.200s: this pensel, built without libvips, writes no films: a name that "
        "ends in .png, for a sheet of pictures, is needed",
        option, path);
}

const char *pensel_image_reason(void)
{
    return "";
}

pensel_status pensel_figure_check(const char *path, const char *option, pensel_error *error)
{
    if (!path) return PENSEL_OK;
    return pensel_wrong(
        error, PENSEL_UNSUPPORTED,
        "%s %.200s: this pensel was built without GLib, by which gnuplot is asked: one "
        "with it draws figures",
        option, path);
}

pensel_status pensel_figure_draw(const char *path, const char *script, int width, int height,
                                 pensel_error *error)
{
    (void)script, (void)width, (void)height;
    return pensel_figure_check(path, "-o", error);
}

pensel_status pensel_page_server_new(pensel_page_server **server, uint16_t *port, const void *page,
                                     size_t size, const pensel_page_handler *more,
                                     pensel_error *error)
{
    (void)page, (void)size, (void)more;
    *server = NULL;
    return pensel_wrong(
        error, PENSEL_UNSUPPORTED,
        "port %u: this pensel was built without GLib and serves no pages: pensel studio "
        "-o FILE.html writes the studio's to a file",
        (unsigned)*port);
}

/* There is no server, so nothing can be asked of one. */
void pensel_page_server_run(pensel_page_server *server)
{
    (void)server;
}

void pensel_page_server_start(pensel_page_server *server)
{
    (void)server;
}

void pensel_page_server_free(pensel_page_server **server)
{
    *server = NULL;
}
