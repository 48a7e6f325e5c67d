#include "image_path.h"
#include "image_pixels.h"
#include "image_target.h"
#include "image_tiles.h"
#include "interrupt.h"
#include "output.h"
#include "message.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vips/vips.h>

typedef int (*saver)(VipsImage *image, VipsTarget *target, const pensel_image_source *source);

static int save_png(VipsImage *image, VipsTarget *target, const pensel_image_source *source)
{
    (void)source;
    return vips_pngsave_target(image, target, "compression", 6, NULL);
}

static int save_jpeg(VipsImage *image, VipsTarget *target, const pensel_image_source *source)
{
    (void)source;
    return vips_jpegsave_target(image, target, "Q", 92, "subsample_mode",
                                VIPS_FOREIGN_SUBSAMPLE_OFF, NULL);
}

static int save_webp(VipsImage *image, VipsTarget *target, const pensel_image_source *source)
{
    (void)source;
    return vips_webpsave_target(image, target, "lossless", TRUE, NULL);
}

static int save_tiff(VipsImage *image, VipsTarget *target, const pensel_image_source *source)
{
    return vips_tiffsave_target(image, target, "compression", VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE,
                                "predictor", VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL, "tile",
                                source->pyramid, "pyramid", source->pyramid, "tile_width", 256,
                                "tile_height", 256, "bigtiff", source->pyramid, NULL);
}

static int save_gif(VipsImage *image, VipsTarget *target, const pensel_image_source *source)
{
    (void)source;
    return vips_gifsave_target(image, target, NULL);
}

/* Deep Zoom is written as tiles and has none. */
static const saver savers[PENSEL_IMAGE_KINDS] = {
    [PENSEL_IMAGE_PNG] = save_png,   [PENSEL_IMAGE_JPEG] = save_jpeg,
    [PENSEL_IMAGE_WEBP] = save_webp, [PENSEL_IMAGE_TIFF] = save_tiff,
    [PENSEL_IMAGE_GIF] = save_gif,
};

bool pensel_image_writes(pensel_image_kind kind)
{
    return savers[kind] || kind == PENSEL_IMAGE_DEEPZOOM;
}

/* The state of one writing; the first error of any thread is kept. */
typedef struct writing {
    const pensel_image_source *source;
    pensel_error error;
    GMutex lock;
} writing;

static int generate(VipsRegion *region, void *sequence, void *a, void *b, gboolean *stop)
{
    writing *w = a;
    const pensel_image_source *s = w->source;
    const VipsRect *area = &region->valid;
    (void)sequence, (void)b, (void)stop;
    size_t rows = (size_t)area->height, stride = s->width * s->channels;
    float *pixels = g_try_malloc_n(rows * stride, sizeof(float));
    pensel_error error = {0};
    pensel_status status =
        pixels ? s->rows(s->data, pixels, (size_t)area->top, rows, &error)
               : pensel_wrong(&error, PENSEL_OUT_OF_MEMORY,
                              "no memory for %zu rows: a narrower picture is needed", rows);
    if (!status && pensel_interrupt_held())
        status = pensel_wrong(&error, PENSEL_IO_FAILED, "interrupted");
    for (size_t y = 0; y < rows && !status; y++)
        pensel_pixels_out(region->data + y * (size_t)region->bpl,
                          pixels + y * stride + (size_t)area->left * s->channels,
                          (size_t)area->width, s->channels, s->bits);
    g_free(pixels);
    if (!status) return 0;
    g_mutex_lock(&w->lock);
    if (!w->error.status) w->error = error;
    g_mutex_unlock(&w->lock);
    vips_error("pensel", "%s", error.text);
    return -1;
}

static VipsImage *make_image(writing *w, bool keep_alpha)
{
    const pensel_image_source *s = w->source;
    bool grey = s->channels < 3, sixteen = s->bits == 16;
    VipsImage *image = vips_image_new();
    vips_image_init_fields(image, (int)s->width, (int)s->height, (int)s->channels,
                           sixteen ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR, VIPS_CODING_NONE,
                           grey ? (sixteen ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W)
                                : (sixteen ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB),
                           2.83, 2.83); /* pixels a millimetre: 72 an inch */
    if (s->profile)
        vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, s->profile, s->profile_size);
    vips_image_pipelinev(image, VIPS_DEMAND_STYLE_FATSTRIP, NULL);
    if (vips_image_generate(image, NULL, generate, NULL, w, NULL)) {
        g_object_unref(image);
        return NULL;
    }
    VipsImage *flat = NULL;
    if (keep_alpha || s->channels % 2) return image;
    VipsArrayDouble *white = vips_array_double_newv(1, 255.0);
    int failed = vips_flatten(image, &flat, "background", white, NULL);
    vips_area_unref(VIPS_AREA(white));
    g_object_unref(image);
    return failed ? NULL : flat;
}

/* Why libvips failed: the error of the source, of the system, or its own. */
static pensel_status explain(const writing *w, const char *path, int reason, pensel_error *error)
{
    char line[200];
    g_strlcpy(line, vips_error_buffer(), sizeof line);
    line[strcspn(line, "\n")] = 0;
    vips_error_clear();
    if (w->error.status) {
        if (error) *error = w->error;
        return w->error.status;
    }
    return pensel_wrong(error, PENSEL_IO_FAILED, "%.200s: cannot write: %s", path,
                        reason ? g_strerror(reason) : line);
}

static pensel_status save(const pensel_image_format *found, writing *w, const char *path,
                          pensel_error *error)
{
    pensel_file *file;
    pensel_status status = pensel_output_begin(&file, path, error);
    if (status) return status;
    int reason = 0, failed = 1;
    VipsImage *image = make_image(w, found->alpha);
    if (image) {
        VipsTarget *target = pensel_image_target(file->descriptor, &reason);
        failed = savers[found->kind](image, target, w->source);
        g_object_unref(target);
        g_object_unref(image);
    }
    failed = failed || w->error.status; /* libvips may report success although a region failed */
    if (!failed && !reason) return pensel_output_keep(&file, error);
    pensel_output_drop(&file);
    return explain(w, path, reason, error);
}

static int save_tiles(const char *name, writing *w)
{
    VipsImage *image = make_image(w, false);
    int failed =
        !image || vips_dzsave(image, name, "no_strip", w->source->profile != NULL, "tile_size",
                              PENSEL_TILE_SIZE, "overlap", PENSEL_TILE_OVERLAP, NULL);
    if (image) g_object_unref(image);
    return failed || w->error.status;
}

/* A signal waits until the folder in which the tiles are made is gone. */
static pensel_status write_deepzoom(writing *w, const char *path, pensel_error *error)
{
    pensel_tiles tiles;
    pensel_interrupt_hold();
    pensel_status status = pensel_tiles_begin(&tiles, path, error);
    if (!status && save_tiles(tiles.inside, w)) {
        pensel_tiles_drop(&tiles);
        status = explain(w, path, 0, error);
    } else if (!status) {
        status = pensel_tiles_keep(&tiles, w->source->width, w->source->height, error);
    }
    pensel_interrupt_release();
    return status;
}

pensel_status pensel_image_write(const char *path, const pensel_image_source *source,
                                 pensel_error *error)
{
    const pensel_image_format *found = pensel_image_find(path);
    pensel_image_source adapted = *source;
    if (!found->sixteen) adapted.bits = 8;
    writing w = {.source = &adapted};
    g_mutex_init(&w.lock);
    pensel_status status = found->kind == PENSEL_IMAGE_DEEPZOOM ? write_deepzoom(&w, path, error)
                                                                : save(found, &w, path, error);
    g_mutex_clear(&w.lock);
    return status;
}
