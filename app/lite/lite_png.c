/* PNG by libspng. Palettes become colours, and a transparent colour becomes alpha. */
#include "lite.h"

#include "message.h"

#define SPNG_STATIC /* it is inside the program, which Windows has to know */
#include <glib.h>
#include <spng.h>
#include <string.h>

/* What to ask libspng for: a format and whether a transparent colour counts. */
static int format_of(pensel_lite_pixels *p, const struct spng_ihdr *head, bool transparent)
{
    bool deep = head->bit_depth == 16;
    p->width = head->width;
    p->height = head->height;
    p->bits = deep ? 16 : 8;
    switch (head->color_type) {
    case SPNG_COLOR_TYPE_GRAYSCALE:
        p->channels = transparent ? 2 : 1;
        return transparent ? (deep ? SPNG_FMT_GA16 : SPNG_FMT_GA8)
               : deep      ? SPNG_FMT_PNG
                           : SPNG_FMT_G8;
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA:
        p->channels = 2;
        return SPNG_FMT_PNG;
    case SPNG_COLOR_TYPE_TRUECOLOR_ALPHA:
        p->channels = 4;
        return SPNG_FMT_PNG;
    default:
        p->channels = transparent ? 4 : 3;
        if (deep) return transparent ? SPNG_FMT_RGBA16 : SPNG_FMT_PNG;
        return transparent ? SPNG_FMT_RGBA8 : SPNG_FMT_RGB8;
    }
}

static pensel_status decode(pensel_lite_pixels *p, spng_ctx *png, const pensel_lite_file *file,
                            pensel_error *error)
{
    struct spng_ihdr head;
    struct spng_trns clear;
    struct spng_iccp profile;
    struct spng_exif exif;
    int failed = spng_get_ihdr(png, &head);
    if (failed) return pensel_lite_damaged(file, spng_strerror(failed), error);
    failed = spng_decode_chunks(png); /* as far as the pixels */
    if (failed) return pensel_lite_damaged(file, spng_strerror(failed), error);
    bool transparent = !spng_get_trns(png, &clear);
    int format = format_of(p, &head, transparent);
    pensel_status status = pensel_lite_room(p, file, error);
    if (status) return status;
    size_t size = p->width * p->height * p->channels * (size_t)p->bits / 8, asked = 0;
    failed = spng_decoded_image_size(png, format, &asked);
    if (!failed && asked != size) return pensel_lite_damaged(file, "its size is wrong", error);
    if (!failed)
        failed =
            spng_decode_image(png, p->numbers, size, format, transparent ? SPNG_DECODE_TRNS : 0);
    if (failed) return pensel_lite_damaged(file, spng_strerror(failed), error);
    if (!spng_get_iccp(png, &profile)) {
        p->profile = g_memdup2(profile.profile, profile.profile_len);
        p->profile_size = profile.profile_len;
    }
    if (!spng_get_exif(png, &exif))
        p->orientation = pensel_lite_orientation((const unsigned char *)exif.data, exif.length);
    return PENSEL_OK;
}

/* A checksum that is wrong is no reason to refuse a picture that can be unpacked: libvips thinks
 * so, too. */
pensel_status pensel_lite_read_png(pensel_lite_pixels *pixels, const pensel_lite_file *file,
                                   pensel_error *error)
{
    spng_ctx *png = spng_ctx_new(0);
    if (!png) return pensel_lite_damaged(file, "there is no memory", error);
    spng_set_crc_action(png, SPNG_CRC_USE, SPNG_CRC_USE);
    pensel_status status = spng_set_png_buffer(png, file->bytes, file->size)
                               ? pensel_lite_damaged(file, "it is empty", error)
                               : decode(pixels, png, file, error);
    spng_ctx_free(png);
    return status;
}

static void set_head(spng_ctx *png, const pensel_image_source *s)
{
    static const uint8_t types[] = {0, SPNG_COLOR_TYPE_GRAYSCALE, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA,
                                    SPNG_COLOR_TYPE_TRUECOLOR, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA};
    struct spng_ihdr head = {.width = (uint32_t)s->width,
                             .height = (uint32_t)s->height,
                             .bit_depth = (uint8_t)s->bits,
                             .color_type = types[s->channels]};
    struct spng_phys size = {2830, 2830, 1}; /* pixels a metre: 72 an inch */
    spng_set_ihdr(png, &head);
    spng_set_phys(png, &size);
    if (!s->profile) return;
    struct spng_iccp profile = {"icc", s->profile_size, (char *)(uintptr_t)s->profile};
    spng_set_iccp(png, &profile);
}

bool pensel_lite_write_png(FILE *file, const pensel_image_source *s, pensel_lite_rows *rows,
                           const char **why)
{
    spng_ctx *png = spng_ctx_new(SPNG_CTX_ENCODER);
    size_t stride = s->width * s->channels * (size_t)s->bits / 8;
    *why = "there is no memory";
    if (!png) return false;
    set_head(png, s);
    spng_set_option(png, SPNG_IMG_COMPRESSION_LEVEL, 6);
    int failed = spng_set_png_file(png, file);
    if (!failed)
        failed = spng_encode_image(png, NULL, 0, SPNG_FMT_PNG,
                                   SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE);
    const void *row = "";
    for (size_t y = 0; y < s->height && !failed; y++) {
        row = pensel_lite_next(rows);
        if (!row) break;
        failed = spng_encode_row(png, row, stride);
    }
    *why = spng_strerror(failed);
    spng_ctx_free(png);
    return row && failed == SPNG_EOI;
}
