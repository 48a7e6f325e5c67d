#include "image_target.h"

#include <errno.h>
#include <unistd.h>

typedef struct target_file {
    int file;
    int *reason;
} target_file;

static gint64 keep_reason(const target_file *f)
{
    if (!*f->reason) *f->reason = errno;
    return -1;
}

static gint64 on_write(VipsTargetCustom *target, const void *data, gint64 length, target_file *f)
{
    (void)target;
    for (;;) {
        ssize_t written = write(f->file, data, (size_t)length);
        if (written >= 0) return written;
        if (errno != EINTR) return keep_reason(f);
    }
}

/* TIFF goes back in the file to fill in where its pages are. */
static gint64 on_read(VipsTargetCustom *target, void *data, gint64 length, target_file *f)
{
    (void)target;
    for (;;) {
        ssize_t got = read(f->file, data, (size_t)length);
        if (got >= 0) return got;
        if (errno != EINTR) return keep_reason(f);
    }
}

static gint64 on_seek(VipsTargetCustom *target, gint64 offset, int whence, target_file *f)
{
    (void)target;
    off_t place = lseek(f->file, offset, whence);
    return place >= 0 ? place : keep_reason(f);
}

static int on_end(VipsTargetCustom *target, target_file *f)
{
    (void)target, (void)f;
    return 0;
}

VipsTarget *pensel_image_target(int file, int *reason)
{
    *reason = 0;
    target_file *f = g_new(target_file, 1);
    *f = (target_file){file, reason};
    VipsTargetCustom *target = vips_target_custom_new();
    g_object_set_data_full(G_OBJECT(target), "pensel-file", f, g_free);
    g_signal_connect(target, "write", G_CALLBACK(on_write), f);
    g_signal_connect(target, "read", G_CALLBACK(on_read), f);
    g_signal_connect(target, "seek", G_CALLBACK(on_seek), f);
    g_signal_connect(target, "end", G_CALLBACK(on_end), f);
    return VIPS_TARGET(target);
}
