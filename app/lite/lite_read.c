/* Reads a picture's file as a whole, looks at what it begins with, and leaves it to the reader of
 * that format. */
#include "lite.h"

#include "image_path.h"
#include "image_pixels.h"
#include "message.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

const char pensel_image_formats[] =
    "a PNG, JPEG or PPM picture is needed (a pensel with libvips reads more)";

typedef pensel_status (*reader)(pensel_lite_pixels *pixels, const pensel_lite_file *file,
                                pensel_error *error);

/* What a file of a format has at some byte. No reader: it is known by name only. */
typedef struct format {
    size_t at;
    const char *sign;
    size_t length;
    const char *name;
    reader read;
} format;

static const format formats[] = {
    {0, "\x89PNG\r\n\x1a\n", 8, "PNG", pensel_lite_read_png},
    {0, "\xff\xd8\xff", 3, "JPEG", pensel_lite_read_jpeg},
    {0, "P1", 2, "PBM", pensel_lite_read_ppm},
    {0, "P2", 2, "PGM", pensel_lite_read_ppm},
    {0, "P3", 2, "PPM", pensel_lite_read_ppm},
    {0, "P4", 2, "PBM", pensel_lite_read_ppm},
    {0, "P5", 2, "PGM", pensel_lite_read_ppm},
    {0, "P6", 2, "PPM", pensel_lite_read_ppm},
    {8, "WEBP", 4, "WebP", NULL},
    {0, "GIF8", 4, "GIF", NULL},
    {0, "II*\0", 4, "TIFF", NULL},
    {0, "MM\0*", 4, "TIFF", NULL},
    {0, "BM", 2, "BMP", NULL},
    {4, "ftypavif", 8, "AVIF", NULL},
    {4, "ftyphei", 7, "HEIC", NULL},
    {0, "\xff\x0a", 2, "JPEG XL", NULL},
    {0, "<svg", 4, "SVG", NULL},
    {0, "<?xml", 5, "SVG", NULL},
};

static const format *find_format(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        const format *f = &formats[i];
        if (size >= f->at + f->length && !memcmp(bytes + f->at, f->sign, f->length)) return f;
    }
    return NULL;
}

pensel_status pensel_image_start(const char *program, bool untrusted, pensel_error *error)
{
    (void)program;
    if (!untrusted) return PENSEL_OK;
    return pensel_wrong(error, PENSEL_UNSUPPORTED,
                        "--untrusted has no effect here: this pensel was built without libvips and "
                        "reads PNG, JPEG and PPM alone");
}

pensel_status pensel_lite_damaged(const pensel_lite_file *file, const char *why,
                                  pensel_error *error)
{
    return pensel_wrong(error, PENSEL_BAD_FILE,
                        "%.200s is damaged (%.150s): a whole picture is needed", file->path, why);
}

pensel_status pensel_lite_room(pensel_lite_pixels *p, const pensel_lite_file *file,
                               pensel_error *error)
{
    pensel_status status =
        pensel_pixels_check(p->width, p->height, file->path, file->max_pixels, error);
    if (status) return status;
    p->numbers = g_try_malloc_n(p->width * p->height, p->channels * (size_t)p->bits / 8);
    if (p->numbers) return PENSEL_OK;
    return pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                        "%.200s does not fit in memory: a smaller picture is needed", file->path);
}

/* "-" is standard input. */
static pensel_status open_file(FILE **file, const char *path, pensel_error *error)
{
    pensel_status status = pensel_image_check_file(path, error);
    *file = stdin;
    if (status || !strcmp(path, "-")) return status;
    *file = fopen(path, "rb");
    if (*file) return PENSEL_OK;
    return pensel_wrong(error, PENSEL_IO_FAILED, "%.200s: %s: a file that may be read is needed",
                        path, g_strerror(errno));
}

/* All that is there, and no more than `most` bytes. */
static pensel_status read_file(unsigned char **bytes, size_t *size, const char *path, size_t most,
                               pensel_error *error)
{
    FILE *file;
    size_t room = 0, got = 1;
    *bytes = NULL;
    *size = 0;
    pensel_status status = open_file(&file, path, error);
    if (status) return status;
    while (got && !status) {
        if (*size == room) {
            room = 2 * room + 65536;
            unsigned char *larger = room <= most ? realloc(*bytes, room) : NULL;
            if (!larger) {
                status = pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                                      "%.200s does not fit in memory: a smaller picture is needed",
                                      path);
                break;
            }
            *bytes = larger;
        }
        got = fread(*bytes + *size, 1, room - *size, file);
        *size += got;
    }
    if (!status && ferror(file))
        status = pensel_wrong(error, PENSEL_IO_FAILED, "%.200s: cannot read: %s", path,
                              g_strerror(errno));
    if (file != stdin) fclose(file);
    return status;
}

static pensel_status decode(pensel_lite_pixels *pixels, const pensel_lite_file *file,
                            pensel_error *error)
{
    const format *found = find_format(file->bytes, file->size);
    if (!file->size)
        return pensel_wrong(error, PENSEL_BAD_FILE, "%.200s ends before it begins: %s", file->path,
                            pensel_image_formats);
    if (!found)
        return pensel_wrong(error, PENSEL_BAD_FILE, "%.200s is not a picture pensel reads: %s",
                            file->path, pensel_image_formats);
    if (!found->read)
        return pensel_wrong(
            error, PENSEL_UNSUPPORTED,
            "%.200s is a picture in %s, which this pensel, built without libvips, does not "
            "read: %s",
            file->path, found->name, pensel_image_formats);
    return found->read(pixels, file, error);
}

static unsigned number(const unsigned char *at, size_t size, bool little)
{
    unsigned value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | at[little ? size - 1 - i : i];
    return value;
}

/* EXIF is a TIFF file: 2 bytes of its byte order, 42, where the first directory is; that has a
 * count and entries of 12 bytes: tag, type, count, value. 0x112 is the orientation. */
int pensel_lite_orientation(const unsigned char *exif, size_t size)
{
    if (size >= 6 && !memcmp(exif, "Exif\0\0", 6)) exif += 6, size -= 6;
    if (size < 14 || (memcmp(exif, "II*\0", 4) != 0 && memcmp(exif, "MM\0*", 4) != 0)) return 0;
    bool little = exif[0] == 'I';
    size_t at = number(exif + 4, 4, little);
    if (at > size - 2) return 0;
    for (size_t left = number(exif + at, 2, little), e = at + 2; left && e + 12 <= size;
         left--, e += 12)
        if (number(exif + e, 2, little) == 0x112 && number(exif + e + 2, 2, little) == 3) {
            unsigned value = number(exif + e + 8, 2, little);
            return value >= 1 && value <= 8 ? (int)value : 0;
        }
    return 0;
}

/* Where (x, y) of the upright picture, of `width` x `height`, lies in the file's, by EXIF's table:
 * 5 to 8 have rows and columns exchanged. */
static size_t source_of(size_t x, size_t y, size_t width, size_t height, int orientation)
{
    size_t back_x = width - 1 - x, back_y = height - 1 - y;
    switch (orientation) {
    case 2:
        return y * width + back_x;
    case 3:
        return back_y * width + back_x;
    case 4:
        return back_y * width + x;
    case 5:
        return x * height + y;
    case 6:
        return back_x * height + y;
    case 7:
        return back_x * height + back_y;
    case 8:
        return x * height + back_y;
    default:
        return y * width + x;
    }
}

/* Upright, as floats. */
static void take(pensel_picture *picture, const pensel_lite_pixels *p)
{
    bool turned = p->orientation >= 5;
    size_t width = turned ? p->height : p->width, height = turned ? p->width : p->height;
    size_t step = p->channels * (size_t)p->bits / 8;
    picture->width = width;
    picture->height = height;
    picture->channels = p->channels;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            size_t from = source_of(x, y, width, height, p->orientation);
            pensel_pixels_in(picture->pixels + (y * width + x) * p->channels,
                             (const char *)p->numbers + from * step, p->channels, p->bits);
        }
}

pensel_status pensel_image_read(pensel_image *image, const char *path, size_t max_pixels,
                                pensel_error *error)
{
    unsigned char *bytes;
    pensel_lite_pixels p = {0};
    pensel_lite_file file = {.path = path, .max_pixels = max_pixels};
    *image = (pensel_image){.pages = 1};
    pensel_status status = read_file(&bytes, &file.size, path, SIZE_MAX / 4, error);
    file.bytes = bytes;
    if (!status) status = decode(&p, &file, error);
    free(bytes);
    if (!status)
        image->picture.pixels = g_try_malloc_n(p.width * p.height, p.channels * sizeof(float));
    if (!status && !image->picture.pixels)
        status = pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                              "%.200s does not fit in memory: a smaller picture is needed", path);
    if (!status) {
        take(&image->picture, &p);
        pensel_pixels_premultiply(&image->picture);
        image->bits = p.bits;
        image->profile = p.profile;
        image->profile_size = p.profile_size;
        p.profile = NULL;
    }
    g_free(p.numbers);
    g_free(p.profile);
    return status;
}

void pensel_image_free(pensel_image *image)
{
    g_clear_pointer(&image->picture.pixels, g_free);
    g_clear_pointer(&image->profile, g_free);
}
