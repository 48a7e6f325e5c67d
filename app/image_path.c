/* The table of the formats that are written, and what follows from it: which names are a picture's,
 * what they hold, and what errors and help say of them. */
#include "image_path.h"

#include "message.h"
#include "output.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* To add one: its kind in the header; its line here, the usual ending first; and its writer in
 * image_write.c, or in lite/lite_write.c, or in both. */
static const pensel_image_format formats[] = {
    {".png", PENSEL_IMAGE_PNG, true, true},       {".jpg", PENSEL_IMAGE_JPEG, false, false},
    {".jpeg", PENSEL_IMAGE_JPEG, false, false},   {".webp", PENSEL_IMAGE_WEBP, false, true},
    {".tif", PENSEL_IMAGE_TIFF, true, true},      {".tiff", PENSEL_IMAGE_TIFF, true, true},
    {".gif", PENSEL_IMAGE_GIF, false, true},      {".dzi", PENSEL_IMAGE_DEEPZOOM, false, false},
    {".dz", PENSEL_IMAGE_DEEPZOOM, false, false},
};

const pensel_image_format *pensel_image_find(const char *path)
{
    const char *ending = strrchr(path, '.');
    for (size_t i = 0; ending && i < G_N_ELEMENTS(formats); i++)
        if (!g_ascii_strcasecmp(ending, formats[i].ending)) return &formats[i];
    return NULL;
}

/* The usual endings of what this program writes, of all or of 16 bits: ".png, .jpg or .tif" */
static void list_endings(char *text, size_t size, bool sixteen, const char *between,
                         const char *last)
{
    const char *endings[PENSEL_IMAGE_KINDS];
    size_t count = 0;
    text[0] = '\0';
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        const pensel_image_format *f = &formats[i];
        bool usual = i == 0 || formats[i - 1].kind != f->kind;
        if (usual && pensel_image_writes(f->kind) && (f->sixteen || !sixteen))
            endings[count++] = f->ending;
    }
    for (size_t i = 0; i < count; i++) {
        const char *other = i + 1 < count ? between : last;
        size_t at = strlen(text);
        g_snprintf(text + at, size - at, "%s%s", i ? other : "", endings[i]);
    }
}

const char *pensel_image_where(void)
{
    static char text[100];
    char endings[80];
    list_endings(endings, sizeof endings, false, " ", " ");
    g_snprintf(text, sizeof text, "where to: %s", endings);
    return text;
}

pensel_status pensel_image_check(const char *path, const char *option, pensel_error *error)
{
    char endings[80];
    if (!path) return PENSEL_OK;
    const pensel_image_format *found = pensel_image_find(path);
    if (found && pensel_image_writes(found->kind)) return pensel_output_check(path, option, error);
    list_endings(endings, sizeof endings, false, ", ", " or ");
    return pensel_wrong(
        error, PENSEL_BAD_ARGUMENT, "%s %.200s: %sa picture's name ends in %s", option, path,
        found ? "this pensel, built without libvips, does not write it: " : "", endings);
}

pensel_status pensel_image_check_depth(const char *path, size_t depth, pensel_error *error)
{
    const pensel_image_format *found = pensel_image_find(path);
    char endings[80];
    if (depth && depth != 8 && depth != 16)
        return pensel_wrong(error, PENSEL_BAD_ARGUMENT, "--depth %zu: 8 or 16 is needed", depth);
    if (depth != 16 || !found || found->sixteen) return PENSEL_OK;
    list_endings(endings, sizeof endings, true, ", ", " or ");
    return pensel_wrong(
        error, PENSEL_BAD_ARGUMENT,
        "--depth 16 has no effect on %.200s, whose format holds 8 bits: %s is needed", path,
        endings);
}

pensel_status pensel_image_check_file(const char *path, pensel_error *error)
{
    struct stat info;
    if (strcmp(path, "-") == 0) return PENSEL_OK;
    if (stat(path, &info))
        return pensel_wrong(error, PENSEL_IO_FAILED, "%.200s: %s: %s", path, g_strerror(errno),
                            pensel_image_formats);
    if (S_ISDIR(info.st_mode))
        return pensel_wrong(error, PENSEL_BAD_FILE, "%.200s is a folder: %s", path,
                            pensel_image_formats);
    if (S_ISREG(info.st_mode) && info.st_size == 0)
        return pensel_wrong(error, PENSEL_BAD_FILE, "%.200s is empty (0 bytes): %s", path,
                            pensel_image_formats);
    if (access(path, R_OK))
        return pensel_wrong(error, PENSEL_IO_FAILED,
                            "%.200s: %s: a file that may be read is needed", path,
                            g_strerror(errno));
    return PENSEL_OK;
}
