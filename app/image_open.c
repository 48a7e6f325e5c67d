/* How a picture file is opened: which formats are read, and by whose reader.
 *
 * To read one more format: its loader's name in `trusted` if its reader stands strangers' files,
 * its name in `pensel_image_formats` and docs/pensel.1, and a file of it in tests/cli/inputs.py. */
#include "image_open.h"

#include "app_memory.h"
#include "image_path.h"
#include "message.h"

#include <string.h>
#include <unistd.h>

const char pensel_image_formats[] =
    "a PNG, JPEG, WebP, AVIF, TIFF, GIF, PPM or SVG picture is needed";

/* Formats whose loaders stand strangers' files. libvips calls two of them untrusted: librsvg is
 * Rust, and its files are text; a PPM is a line of numbers and then the pixels, and has neither
 * compression nor anything else that could go wrong. */
static const char *const trusted[] = {
    "VipsForeignLoadPng",  "VipsForeignLoadJpeg",  "VipsForeignLoadWebp", "VipsForeignLoadHeif",
    "VipsForeignLoadTiff", "VipsForeignLoadNsgif", "VipsForeignLoadSvg",  "VipsForeignLoadPpm"};

static bool any_loader; /* set once, before any thread starts */

/* Lets libvips use all loaders, or only trusted ones. */
static void allow(bool all)
{
    vips_block_untrusted_set(!all);
    vips_operation_block_set("VipsForeignLoadSvg", FALSE);
    vips_operation_block_set("VipsForeignLoadPpm", FALSE);
}

pensel_status pensel_image_start(const char *program, bool untrusted, pensel_error *error)
{
    if (vips_init(program))
        return pensel_wrong(error, PENSEL_UNSUPPORTED,
                            "libvips does not start: a sound libvips is needed");
    allow(untrusted);
    vips_cache_set_max(0);
    any_loader = untrusted;
    return PENSEL_OK;
}

void pensel_image_threads(size_t threads)
{
    vips_concurrency_set((int)(threads ? threads : pensel_machine_threads()));
}

const char *pensel_image_reason(void)
{
    static char line[160];
    const char *said = vips_error_buffer();
    int length = (int)strcspn(said, "\n");
    line[0] = 0;
    if (length) g_snprintf(line, sizeof line, " (%.*s)", MIN(length, 150), said);
    vips_error_clear();
    return line;
}

/* "-" is standard input. */
static bool is_piped(const char *path)
{
    return strcmp(path, "-") == 0;
}

static bool is_trusted(const char *loader)
{
    for (size_t i = 0; i < G_N_ELEMENTS(trusted); i++)
        if (g_str_has_prefix(loader, trusted[i])) return true;
    return false;
}

static void free_blob(gpointer blob)
{
    vips_area_unref(VIPS_AREA(blob));
}

/* The image by the trusted loader of its format, or with --untrusted by any; NULL: there is none,
 * or it fails. Whether one exists is in *found. */
static VipsImage *load(VipsSource *source, bool *found)
{
    const char *loader = vips_foreign_find_load_source(source);
    *found = loader && (any_loader || is_trusted(loader));
    if (*found)
        return vips_image_new_from_source(source, "", "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                          VIPS_FAIL_ON_TRUNCATED, NULL);
    if (!any_loader || !vips_source_is_mappable(source)) return NULL;
    /* some loaders, ImageMagick's among them, read from memory only, which must last */
    VipsBlob *blob = vips_source_map_blob(source);
    size_t size = 0;
    const void *data = blob ? vips_blob_get(blob, &size) : NULL;
    *found = data && vips_foreign_find_load_buffer(data, size);
    VipsImage *image = *found ? vips_image_new_from_buffer(data, size, "", NULL) : NULL;
    if (image) g_object_set_data_full(G_OBJECT(image), "pensel-blob", blob, free_blob);
    if (blob && !image) vips_area_unref(VIPS_AREA(blob));
    return image;
}

/* Is there a loader that --untrusted would allow? A pipe cannot be looked at twice. */
static bool has_other_loader(VipsSource *source)
{
    size_t size = 0;
    if (!vips_source_is_mappable(source)) return false;
    allow(true);
    const char *loader = vips_foreign_find_load_source(source);
    VipsBlob *blob = loader ? NULL : vips_source_map_blob(source);
    const void *data = blob ? vips_blob_get(blob, &size) : NULL;
    if (data) loader = vips_foreign_find_load_buffer(data, size);
    if (blob) vips_area_unref(VIPS_AREA(blob));
    allow(false);
    /* tables of numbers are none that was meant */
    return loader && !g_str_has_prefix(loader, "VipsForeignLoadMatrix") &&
           !g_str_has_prefix(loader, "VipsForeignLoadCsv");
}

/* A pipe that ends before any format begins; libvips would end the program by an assertion. */
static bool is_empty(VipsSource *source)
{
    unsigned char *data;
    gint64 there = vips_source_sniff_at_most(source, &data, 16);
    return there >= 0 && there < 4;
}

static pensel_status refuse(VipsSource *source, const char *path, pensel_error *error)
{
    bool other = !any_loader && has_other_loader(source);
    vips_error_clear();
    if (other)
        return pensel_wrong(error, PENSEL_BAD_FILE,
                            "%.200s is in a format whose reader is not held safe for strangers' "
                            "files: --untrusted reads it",
                            path);
    return pensel_wrong(error, PENSEL_BAD_FILE, "%.200s is not a picture pensel reads: %s", path,
                        pensel_image_formats);
}

pensel_status pensel_image_open(VipsImage **opened, const char *path, pensel_error *error)
{
    pensel_status status = pensel_image_check_file(path, error);
    if (status) return status;
    VipsSource *source = is_piped(path) ? vips_source_new_from_descriptor(STDIN_FILENO)
                                        : vips_source_new_from_file(path);
    bool found = false;
    pensel_memory_warned();
    bool empty = source && is_empty(source);
    *opened = source && !empty ? load(source, &found) : NULL;
    if (empty)
        status = pensel_wrong(error, PENSEL_BAD_FILE, "%.200s ends before it begins: %s", path,
                              pensel_image_formats);
    else if (!found)
        status = source ? refuse(source, path, error)
                        : pensel_wrong(error, PENSEL_IO_FAILED, "%.200s cannot be opened%s: %s",
                                       path, pensel_image_reason(), pensel_image_formats);
    else if (!*opened)
        status =
            pensel_wrong(error, PENSEL_BAD_FILE, "%.200s is damaged%s: a whole picture is needed",
                         path, pensel_image_reason());
    else if (pensel_memory_warned()) /* libvips goes on with a side of 1 pixel then */
        status = pensel_wrong(error, PENSEL_BAD_DATA,
                              "%.200s has a side that cannot be held: up to %d pixels are possible",
                              path, VIPS_MAX_COORD);
    if (source) g_object_unref(source);
    return status;
}
