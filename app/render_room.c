#include "render_room.h"

#include "message.h"
#include "text_grid.h"

#include <glib.h>
#include <string.h>

#define WORTH_A_NOTE 4e9 /* bytes */

/* What a side may have in files of these endings: 14 and 16 bits of their headers. */
static const struct {
    const char *ending;
    size_t most;
} sides[] = {{".webp", 16383}, {".jpg", 65535}, {".jpeg", 65535}, {".gif", 65535}};

static pensel_status check_sides(const char *path, size_t width, size_t height, pensel_error *error)
{
    const char *ending = strrchr(path, '.');
    for (size_t i = 0; i < G_N_ELEMENTS(sides) && ending; i++)
        if (!g_ascii_strcasecmp(ending, sides[i].ending) &&
            (width > sides[i].most || height > sides[i].most))
            return pensel_wrong(error, PENSEL_BAD_ARGUMENT,
                                "%zu x %zu pixels: a %s file has up to %zu a side: .png, .tif or "
                                ".dzi is needed",
                                width, height, sides[i].ending, sides[i].most);
    return PENSEL_OK;
}

/* "3.0 TB" */
static char *size_text(double bytes)
{
    static const char *const units[] = {"KB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    double value = bytes / 1e3;
    for (; value >= 1e3 && unit + 1 < G_N_ELEMENTS(units); unit++)
        value /= 1e3;
    return g_strdup_printf("%.1f %s", value, units[unit]);
}

pensel_status pensel_render_room(const char *path, size_t width, size_t height, double bytes,
                                 bool quiet, pensel_error *error)
{
    pensel_status status = check_sides(path, width, height, error);
    if (status || quiet || bytes < WORTH_A_NOTE) return status;
    char *all = size_text(bytes), *pixels = pensel_text_count((double)width * (double)height);
    pensel_message_note("%s pixels are %s before they are compressed", pixels, all);
    g_free(all);
    g_free(pixels);
    return PENSEL_OK;
}
