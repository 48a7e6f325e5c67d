#include "text_grid.h"
#include "image.h"
#include "app_memory.h"
#include "message.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vips/vips.h>

/* Formats whose loaders stand strangers' files. librsvg is Rust, and its files are text. */
static const char *const trusted[] = {"VipsForeignLoadPng",   "VipsForeignLoadJpeg",
                                      "VipsForeignLoadWebp",  "VipsForeignLoadTiff",
                                      "VipsForeignLoadNsgif", "VipsForeignLoadSvg"};
static const char formats[] = "a PNG, JPEG, WebP, TIFF, GIF or SVG picture is needed";

static bool any_loader; /* set once, before any thread starts */

pensel_status pensel_image_start(const char *program, bool untrusted, pensel_error *error)
{
    if (vips_init(program))
        return pensel_wrong(error, PENSEL_UNSUPPORTED,
                            "libvips does not start: a sound libvips is needed");
    vips_block_untrusted_set(!untrusted);
    vips_operation_block_set("VipsForeignLoadSvg", FALSE);
    vips_cache_set_max(0);
    any_loader = untrusted;
    return PENSEL_OK;
}

void pensel_image_threads(size_t threads)
{
    vips_concurrency_set((int)(threads ? threads : pensel_machine_threads()));
}

/* What libvips says may be many lines; its first tells, and stands in brackets. It may be none. */
static const char *first_line(void)
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

static pensel_status check_file(const char *path, pensel_error *error)
{
    struct stat info;
    if (is_piped(path)) return PENSEL_OK;
    if (stat(path, &info))
        return pensel_wrong(error, PENSEL_IO_FAILED, "%.200s: %s: %s", path, g_strerror(errno),
                            formats);
    if (S_ISDIR(info.st_mode))
        return pensel_wrong(error, PENSEL_BAD_FILE, "%.200s is a folder: %s", path, formats);
    if (S_ISREG(info.st_mode) && info.st_size == 0)
        return pensel_wrong(error, PENSEL_BAD_FILE, "%.200s is empty (0 bytes): %s", path, formats);
    if (access(path, R_OK))
        return pensel_wrong(error, PENSEL_IO_FAILED,
                            "%.200s: %s: a file that may be read is needed", path,
                            g_strerror(errno));
    return PENSEL_OK;
}

static bool is_trusted(const char *loader)
{
    for (size_t i = 0; i < G_N_ELEMENTS(trusted); i++)
        if (g_str_has_prefix(loader, trusted[i])) return true;
    return any_loader;
}

/* By way of a source, so that no part of the name is taken for options. */
static pensel_status open_image(VipsImage **opened, const char *path, pensel_error *error)
{
    VipsSource *source = is_piped(path) ? vips_source_new_from_descriptor(STDIN_FILENO)
                                        : vips_source_new_from_file(path);
    const char *loader = source ? vips_foreign_find_load_source(source) : NULL;
    if (!loader || !is_trusted(loader)) {
        if (source) g_object_unref(source);
        vips_error_clear();
        return pensel_wrong(error, PENSEL_BAD_FILE, "%.200s is not a picture pensel reads: %s",
                            path, formats);
    }
    pensel_memory_warned();
    *opened = vips_image_new_from_source(source, "", "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                         VIPS_FAIL_ON_TRUNCATED, NULL);
    g_object_unref(source);
    if (!*opened)
        return pensel_wrong(error, PENSEL_BAD_FILE,
                            "%.200s is damaged%s: a whole picture is needed", path, first_line());
    if (pensel_memory_warned()) /* libvips goes on with a side of 1 pixel then */
        return pensel_wrong(error, PENSEL_BAD_DATA,
                            "%.200s has a side that cannot be held: up to %d pixels are possible",
                            path, VIPS_MAX_COORD);
    return PENSEL_OK;
}

static pensel_status check_size(const VipsImage *image, const char *path, size_t max_pixels,
                                pensel_error *error)
{
    double pixels = (double)image->Xsize * image->Ysize;
    /* the pixels as numbers, and as much again four times for the work on them */
    double memory = pixels * 4 * sizeof(float) * 5;
    double there = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    if (pixels > (double)max_pixels) {
        char *has = pensel_text_count(pixels), *most = pensel_text_count((double)max_pixels);
        pensel_wrong(error, PENSEL_BAD_DATA,
                     "%.200s is %d x %d, %s pixels: at most %s are allowed, more with --max-pixels",
                     path, image->Xsize, image->Ysize, has, most);
        g_free(has);
        g_free(most);
        return PENSEL_BAD_DATA;
    }
    if (memory > there)
        return pensel_wrong(
            error, PENSEL_OUT_OF_MEMORY,
            "%.200s is %d x %d and needs %.1f GB, more than this machine has: a smaller "
            "picture is needed",
            path, image->Xsize, image->Ysize, memory / 1e9);
    return PENSEL_OK;
}

/* Puts *next, which an operation that may have failed gave, in the place of *image. */
static bool replace(VipsImage **image, int failed, VipsImage **next)
{
    if (failed) return false;
    g_object_unref(*image);
    *image = *next;
    *next = NULL;
    return true;
}

/* Grey or RGB, with or without alpha, 8 or 16 bits, upright. What is neither grey nor RGB (CMYK,
 * Lab, floating-point radiance) becomes sRGB. */
static bool normalise(VipsImage **image)
{
    VipsImage *next = NULL;
    if (!replace(image, vips_autorot(*image, &next, NULL), &next)) return false;
    VipsInterpretation kind = vips_image_guess_interpretation(*image);
    bool sixteen = (*image)->BandFmt == VIPS_FORMAT_USHORT;
    bool grey = kind == VIPS_INTERPRETATION_B_W || kind == VIPS_INTERPRETATION_GREY16;
    bool rgb = kind == VIPS_INTERPRETATION_sRGB || kind == VIPS_INTERPRETATION_RGB ||
               kind == VIPS_INTERPRETATION_RGB16;
    if (!(grey || rgb) || ((*image)->BandFmt != VIPS_FORMAT_UCHAR && !sixteen)) {
        VipsInterpretation target = sixteen ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
        if (kind == VIPS_INTERPRETATION_CMYK && vips_image_get_typeof(*image, VIPS_META_ICC_NAME)) {
            if (!vips_icc_transform(*image, &next, "srgb", "embedded", TRUE, NULL))
                replace(image, 0, &next);
            else
                vips_error_clear(); /* a broken profile: convert without it */
        }
        if (!replace(image, vips_colourspace(*image, &next, target, NULL), &next)) return false;
        if (!replace(
                image,
                vips_cast(*image, &next, sixteen ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR, NULL),
                &next))
            return false;
        VipsImage *bare = NULL;
        if (!replace(image, vips_copy(*image, &bare, NULL), &bare)) return false;
        vips_image_remove(*image, VIPS_META_ICC_NAME); /* it described the old colours */
    }
    int bands = (*image)->Bands, wanted = bands >= 4 ? 4 : bands;
    return wanted == bands ||
           replace(image, vips_extract_band(*image, &next, 0, "n", wanted, NULL), &next);
}

/* Integers to [0, 1], colours times alpha; true when some alpha is below 1. */
static bool to_floats(float *pixels, const void *raw, size_t count, size_t channels, bool sixteen)
{
    const uint8_t *bytes = raw;
    const uint16_t *words = raw;
    bool seen = false;
    for (size_t i = 0; i < count * channels; i++)
        pixels[i] = sixteen ? (float)words[i] / 65535.0f : (float)bytes[i] / 255.0f;
    if (channels == 1 || channels == 3) return false;
    for (size_t i = 0; i < count; i++) {
        float *pixel = pixels + i * channels, alpha = pixel[channels - 1];
        seen = seen || alpha < 1;
        for (size_t c = 0; c + 1 < channels; c++)
            pixel[c] *= alpha;
    }
    return seen;
}

static void drop_alpha(pensel_picture *picture)
{
    size_t kept = picture->channels - 1;
    for (size_t i = 0; i < picture->width * picture->height; i++)
        memmove(picture->pixels + i * kept, picture->pixels + i * picture->channels,
                kept * sizeof(float));
    picture->channels = kept;
}

static pensel_status take_pixels(pensel_image *image, VipsImage *from, const char *path,
                                 pensel_error *error)
{
    size_t size, count = (size_t)from->Xsize * (size_t)from->Ysize, channels = (size_t)from->Bands;
    void *raw = vips_image_write_to_memory(from, &size);
    if (!raw)
        return pensel_wrong(error, PENSEL_BAD_FILE,
                            "%.200s is cut off or damaged%s: a whole picture is needed", path,
                            first_line());
    image->picture = (pensel_picture){g_try_malloc_n(count * channels, sizeof(float)),
                                      (size_t)from->Xsize, (size_t)from->Ysize, channels};
    if (!image->picture.pixels) {
        g_free(raw);
        return pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                            "%.200s does not fit in memory: a smaller picture is needed", path);
    }
    bool sixteen = from->BandFmt == VIPS_FORMAT_USHORT;
    image->bits = sixteen ? 16 : 8;
    if (!to_floats(image->picture.pixels, raw, count, channels, sixteen) && channels % 2 == 0)
        drop_alpha(&image->picture);
    g_free(raw);
    return PENSEL_OK;
}

pensel_status pensel_image_read(pensel_image *image, const char *path, size_t max_pixels,
                                pensel_error *error)
{
    VipsImage *opened = NULL;
    *image = (pensel_image){0};
    pensel_status status = check_file(path, error);
    if (!status) status = open_image(&opened, path, error);
    if (!status) status = check_size(opened, path, max_pixels, error);
    if (!status && !normalise(&opened))
        status = pensel_wrong(error, PENSEL_BAD_FILE, "%.200s cannot be converted%s: %s", path,
                              first_line(), formats);
    if (!status) status = take_pixels(image, opened, path, error);
    const void *profile;
    size_t size;
    if (!status && vips_image_get_typeof(opened, VIPS_META_ICC_NAME) &&
        !vips_image_get_blob(opened, VIPS_META_ICC_NAME, &profile, &size)) {
        image->profile = g_memdup2(profile, size);
        image->profile_size = size;
    }
    if (opened) g_object_unref(opened);
    return status;
}

void pensel_image_free(pensel_image *image)
{
    g_clear_pointer(&image->picture.pixels, g_free);
    g_clear_pointer(&image->profile, g_free);
}
