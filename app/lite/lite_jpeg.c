/* JPEG by libjpeg-turbo, which leaves a function by longjmp when something is wrong. */
#include "lite.h"

#include "message.h"

#include <glib.h>
#include <setjmp.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

enum { QUALITY = 92, MOST_SCANS = 100, TEXT_SIZE = JMSG_LENGTH_MAX };

/* libjpeg's struct first, so that one can be made of the other. */
typedef struct trouble {
    struct jpeg_error_mgr manager;
    jmp_buf out;
    char text[TEXT_SIZE];
} trouble;

static void leave(j_common_ptr jpeg)
{
    trouble *t = (trouble *)(void *)jpeg->err;
    jpeg->err->format_message(jpeg, t->text);
    longjmp(t->out, 1);
}

/* What libjpeg mends by guesses is left alone; a file that ends early is damaged. */
static void on_message(j_common_ptr jpeg, int level)
{
    if (level < 0 && jpeg->err->msg_code == JWRN_JPEG_EOF) leave(jpeg);
}

static struct jpeg_error_mgr *handlers(trouble *t)
{
    jpeg_std_error(&t->manager);
    t->manager.error_exit = leave;
    t->manager.emit_message = on_message;
    return &t->manager;
}

/* A small file can ask for the whole picture ten thousand times. */
static void on_progress(j_common_ptr jpeg)
{
    trouble *t = (trouble *)(void *)jpeg->err;
    if (((j_decompress_ptr)jpeg)->input_scan_number <= MOST_SCANS) return;
    g_strlcpy(t->text, "it has too many scans", TEXT_SIZE);
    longjmp(t->out, 1);
}

/* All that may fail: libjpeg comes back by way of the caller's setjmp. */
static pensel_status decode(pensel_lite_pixels *p, struct jpeg_decompress_struct *jpeg,
                            const pensel_lite_file *file, pensel_error *error)
{
    JOCTET *profile;
    unsigned profile_size;
    jpeg_read_header(jpeg, TRUE);
    if (jpeg->num_components != 1 && jpeg->num_components != 3)
        return pensel_wrong(
            error, PENSEL_UNSUPPORTED,
            "%.200s holds colours of print (CMYK), which this pensel, built without "
            "libvips, does not convert: RGB or grey is needed",
            file->path);
    p->width = jpeg->image_width;
    p->height = jpeg->image_height;
    p->channels = (size_t)jpeg->num_components;
    p->bits = 8;
    pensel_status status = pensel_lite_room(p, file, error);
    if (status) return status;
    for (jpeg_saved_marker_ptr m = jpeg->marker_list; m; m = m->next)
        if (m->marker == JPEG_APP0 + 1 && !p->orientation)
            p->orientation = pensel_lite_orientation(m->data, m->data_length);
    if (jpeg_read_icc_profile(jpeg, &profile, &profile_size)) {
        p->profile = g_memdup2(profile, profile_size);
        p->profile_size = profile_size;
        free(profile);
    }
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = (JSAMPROW)p->numbers + jpeg->output_scanline * p->width * p->channels;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
    return PENSEL_OK;
}

pensel_status pensel_lite_read_jpeg(pensel_lite_pixels *pixels, const pensel_lite_file *file,
                                    pensel_error *error)
{
    trouble t;
    struct jpeg_decompress_struct jpeg = {.err = handlers(&t)};
    struct jpeg_progress_mgr progress = {.progress_monitor = on_progress};
    pensel_status status;
    if (setjmp(t.out)) {
        status = pensel_lite_damaged(file, t.text, error);
    } else {
        jpeg_create_decompress(&jpeg);
        jpeg.progress = &progress;
        jpeg_save_markers(&jpeg, JPEG_APP0 + 1, 0xffff);
        jpeg_save_markers(&jpeg, JPEG_APP0 + 2, 0xffff);
        jpeg_mem_src(&jpeg, file->bytes, (unsigned long)file->size);
        status = decode(pixels, &jpeg, file, error);
    }
    jpeg_destroy_decompress(&jpeg);
    return status;
}

/* False: there are no more rows, because of an error that the rows know. */
static bool encode(struct jpeg_compress_struct *jpeg, const pensel_image_source *s,
                   pensel_lite_rows *rows)
{
    jpeg->image_width = (JDIMENSION)s->width;
    jpeg->image_height = (JDIMENSION)s->height;
    jpeg->input_components = s->channels < 3 ? 1 : 3;
    jpeg->in_color_space = s->channels < 3 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, QUALITY, TRUE);
    for (int c = 0; c < jpeg->num_components; c++) /* every pixel has a colour of its own */
        jpeg->comp_info[c].h_samp_factor = jpeg->comp_info[c].v_samp_factor = 1;
    jpeg->density_unit = 1;
    jpeg->X_density = jpeg->Y_density = 72;
    jpeg_start_compress(jpeg, TRUE);
    if (s->profile) jpeg_write_icc_profile(jpeg, s->profile, (unsigned)s->profile_size);
    while (jpeg->next_scanline < jpeg->image_height) {
        const void *next = pensel_lite_next(rows);
        JSAMPROW row = (JSAMPROW)(uintptr_t)next;
        if (!next) return false;
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
    return true;
}

bool pensel_lite_write_jpeg(FILE *file, const pensel_image_source *source, pensel_lite_rows *rows,
                            const char **why)
{
    static char text[TEXT_SIZE];
    trouble t;
    struct jpeg_compress_struct jpeg = {.err = handlers(&t)};
    bool whole = false;
    *why = text;
    if (!setjmp(t.out)) {
        jpeg_create_compress(&jpeg);
        jpeg_stdio_dest(&jpeg, file);
        whole = encode(&jpeg, source, rows);
    } else {
        g_strlcpy(text, t.text, TEXT_SIZE);
    }
    jpeg_destroy_compress(&jpeg);
    return whole;
}
