/* Pixels of a picture file: grey or RGB, with or without alpha, as floats in [0, 1]. */
#include "image_open.h"
#include "image_path.h"
#include "image_pixels.h"
#include "message.h"

/* Puts *next, which an operation that may have failed gave, in the place of *image. */
static bool replace(VipsImage **image, int failed, VipsImage **next)
{
    if (failed) return false;
    g_object_unref(*image);
    *image = *next;
    *next = NULL;
    return true;
}

static bool is_float(const VipsImage *image)
{
    return image->BandFmt == VIPS_FORMAT_FLOAT || image->BandFmt == VIPS_FORMAT_DOUBLE;
}

static bool is_grey(VipsInterpretation kind)
{
    return kind == VIPS_INTERPRETATION_B_W || kind == VIPS_INTERPRETATION_GREY16 ||
           kind == VIPS_INTERPRETATION_MULTIBAND;
}

static bool is_rgb(VipsInterpretation kind)
{
    return kind == VIPS_INTERPRETATION_sRGB || kind == VIPS_INTERPRETATION_RGB ||
           kind == VIPS_INTERPRETATION_RGB16;
}

/* What the numbers of an image are. libvips takes colours that are floats for light measured
 * linearly, which they are in formats made for it; in a TIFF they mean what its bytes would. */
static VipsInterpretation kind_of(VipsImage *image)
{
    const char *loader = "";
    VipsInterpretation kind = vips_image_guess_interpretation(image);
    bool tiff = vips_image_get_typeof(image, VIPS_META_LOADER) &&
                !vips_image_get_string(image, VIPS_META_LOADER, &loader) &&
                g_str_has_prefix(loader, "tiffload");
    return tiff && kind == VIPS_INTERPRETATION_scRGB ? VIPS_INTERPRETATION_sRGB : kind;
}

/* Grey or RGB, with or without alpha, upright; 8 or 16 bits, or floats as they are in the file.
 * What is neither grey nor RGB (CMYK, Lab, light measured linearly) becomes sRGB. */
static bool normalise(VipsImage **image)
{
    VipsImage *next = NULL;
    if (!replace(image, vips_autorot(*image, &next, NULL), &next)) return false;
    VipsInterpretation kind = kind_of(*image);
    bool sixteen = (*image)->BandFmt == VIPS_FORMAT_USHORT;
    if ((is_grey(kind) || is_rgb(kind)) && is_float(*image)) {
        if (!replace(image, vips_cast(*image, &next, VIPS_FORMAT_FLOAT, NULL), &next)) return false;
    } else if (!(is_grey(kind) || is_rgb(kind)) ||
               ((*image)->BandFmt != VIPS_FORMAT_UCHAR && !sixteen)) {
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

/* The file's numbers in [0, 1]. Floats must be there already: what else would white be? */
static pensel_status to_floats(float *pixels, const void *raw, size_t count, VipsBandFormat format,
                               const char *path, pensel_error *error)
{
    const float *floats = raw;
    bool whole = format == VIPS_FORMAT_USHORT || format == VIPS_FORMAT_UCHAR;
    if (whole) pensel_pixels_in(pixels, raw, count, format == VIPS_FORMAT_USHORT ? 16 : 8);
    for (size_t i = 0; i < count && !whole; i++) {
        if (!(floats[i] >= 0 && floats[i] <= 1))
            return pensel_wrong(error, PENSEL_BAD_DATA,
                                "%.200s holds the number %g: in a picture of floats black is 0 and "
                                "white is 1, so numbers from 0 to 1 are needed",
                                path, (double)floats[i]);
        pixels[i] = floats[i];
    }
    return PENSEL_OK;
}

static pensel_status take_pixels(pensel_image *image, VipsImage *from, const char *path,
                                 pensel_error *error)
{
    size_t size, count = (size_t)from->Xsize * (size_t)from->Ysize, channels = (size_t)from->Bands;
    void *raw = vips_image_write_to_memory(from, &size);
    if (!raw)
        return pensel_wrong(error, PENSEL_BAD_FILE,
                            "%.200s is cut off or damaged%s: a whole picture is needed", path,
                            pensel_image_reason());
    image->picture = (pensel_picture){g_try_malloc_n(count * channels, sizeof(float)),
                                      (size_t)from->Xsize, (size_t)from->Ysize, channels};
    if (!image->picture.pixels) {
        g_free(raw);
        return pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                            "%.200s does not fit in memory: a smaller picture is needed", path);
    }
    image->bits = is_float(from) ? 32 : from->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8;
    pensel_status status =
        to_floats(image->picture.pixels, raw, count * channels, from->BandFmt, path, error);
    if (!status) pensel_pixels_premultiply(&image->picture);
    g_free(raw);
    return status;
}

/* Whole numbers of 32 bits, and complex ones, do not say what is white. */
static pensel_status check_format(VipsImage *image, const char *path, pensel_error *error)
{
    VipsBandFormat format = image->BandFmt;
    VipsInterpretation kind = kind_of(image);
    if (!is_grey(kind) && !is_rgb(kind)) return PENSEL_OK;
    if (format == VIPS_FORMAT_UCHAR || format == VIPS_FORMAT_USHORT || is_float(image))
        return PENSEL_OK;
    return pensel_wrong(error, PENSEL_BAD_DATA,
                        "%.200s holds %s numbers, which do not say what is white: 8 or 16 bits "
                        "without sign, or floats from 0 to 1, are needed",
                        path, vips_enum_nick(VIPS_TYPE_BAND_FORMAT, (int)format));
}

/* Pages of a document, or frames of an animation. */
static size_t pages_of(VipsImage *image)
{
    int pages = vips_image_get_n_pages(image);
    return pages > 1 ? (size_t)pages : 1;
}

pensel_status pensel_image_read(pensel_image *image, const char *path, size_t max_pixels,
                                pensel_error *error)
{
    VipsImage *opened = NULL;
    *image = (pensel_image){0};
    pensel_status status = pensel_image_open(&opened, path, error);
    if (!status)
        status = pensel_pixels_check((size_t)opened->Xsize, (size_t)opened->Ysize, path, max_pixels,
                                     error);
    if (!status) status = check_format(opened, path, error);
    size_t pages = status ? 0 : pages_of(opened);
    if (!status && !normalise(&opened))
        status = pensel_wrong(error, PENSEL_BAD_FILE, "%.200s cannot be converted%s: %s", path,
                              pensel_image_reason(), pensel_image_formats);
    if (!status) status = take_pixels(image, opened, path, error);
    image->pages = pages;
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
