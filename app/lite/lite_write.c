/* Writes a picture row by row. Bands of rows are painted by several threads at once, and put into
 * the file in their order. */
#include "lite.h"

#include "image_path.h"
#include "image_pixels.h"
#include "interrupt.h"
#include "message.h"
#include "output.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { BAND_ROWS = 32, MOST_THREADS = 64 };

typedef bool (*writer)(FILE *file, const pensel_image_source *source, pensel_lite_rows *rows,
                       const char **why);

static const writer writers[PENSEL_IMAGE_KINDS] = {
    [PENSEL_IMAGE_PNG] = pensel_lite_write_png,
    [PENSEL_IMAGE_JPEG] = pensel_lite_write_jpeg,
};

bool pensel_image_writes(pensel_image_kind kind)
{
    return writers[kind] != NULL;
}

static size_t thread_count = 1; /* set once, before any thread starts */

void pensel_image_threads(size_t threads)
{
    thread_count = MIN(threads ? threads : pensel_machine_threads(), (size_t)MOST_THREADS);
}

/* Rows that one thread makes. */
typedef struct band {
    const pensel_image_source *source;
    bool keep_alpha;
    size_t first, rows;
    float *pixels;
    unsigned char *numbers;
    pensel_error error;
} band;

/* The rows ahead: `count` bands, of which row `at` comes next. */
struct pensel_lite_rows {
    const pensel_image_source *source;
    size_t stride; /* bytes of a row in the file */
    band bands[MOST_THREADS];
    size_t count, at, filled; /* filled: rows of the source that have been made */
    size_t begun;             /* the row that bands[0] begins with */
    pensel_error error;
};

/* On white, as libvips does it, in whole numbers: (count, channels) becomes (count, channels - 1).
 */
static void flatten(unsigned char *numbers, size_t count, size_t channels)
{
    size_t kept = channels - 1;
    for (size_t i = 0; i < count; i++) {
        int alpha = numbers[i * channels + kept];
        for (size_t c = 0; c < kept; c++)
            numbers[i * kept + c] =
                (unsigned char)((numbers[i * channels + c] * alpha + 255 * (255 - alpha)) / 255);
    }
}

static void *make_band(void *data)
{
    band *b = data;
    const pensel_image_source *s = b->source;
    if (s->rows(s->data, b->pixels, b->first, b->rows, &b->error)) return NULL;
    pensel_pixels_out(b->numbers, b->pixels, b->rows * s->width, s->channels, s->bits);
    if (!b->keep_alpha && s->channels % 2 == 0)
        flatten(b->numbers, b->rows * s->width, s->channels);
    return NULL;
}

/* The next bands, each by a thread of its own; the last one by this. */
static void make_bands(pensel_lite_rows *r)
{
    pthread_t threads[MOST_THREADS];
    bool beside[MOST_THREADS] = {false};
    size_t used = 0;
    r->begun = r->filled;
    for (; used < r->count && r->filled < r->source->height; used++) {
        band *b = &r->bands[used];
        b->first = r->filled;
        b->rows = MIN((size_t)BAND_ROWS, r->source->height - r->filled);
        r->filled += b->rows;
    }
    for (size_t i = 0; i + 1 < used; i++)
        beside[i] = !pthread_create(&threads[i], NULL, make_band, &r->bands[i]);
    for (size_t i = 0; i < used; i++)
        if (!beside[i]) make_band(&r->bands[i]);
    for (size_t i = 0; i < used; i++) {
        if (beside[i]) pthread_join(threads[i], NULL);
        if (r->bands[i].error.status && !r->error.status) r->error = r->bands[i].error;
    }
}

const void *pensel_lite_next(pensel_lite_rows *r)
{
    if (r->at == r->filled) make_bands(r);
    if (!r->error.status && pensel_interrupt_held())
        pensel_wrong(&r->error, PENSEL_IO_FAILED, "interrupted");
    if (r->error.status) return NULL;
    size_t row = r->at++ - r->begun;
    return r->bands[row / BAND_ROWS].numbers + row % BAND_ROWS * r->stride;
}

static pensel_status rows_new(pensel_lite_rows **rows, const pensel_image_source *s,
                              bool keep_alpha, pensel_error *error)
{
    pensel_lite_rows *r = g_new0(pensel_lite_rows, 1);
    bool flat = !keep_alpha && s->channels % 2 == 0, good = true;
    *rows = r;
    r->source = s;
    r->stride = s->width * (s->channels - flat) * (size_t)s->bits / 8;
    r->count = thread_count;
    for (size_t i = 0; i < r->count; i++) {
        band *b = &r->bands[i];
        b->source = s;
        b->keep_alpha = keep_alpha;
        b->pixels = g_try_malloc_n(BAND_ROWS * s->width, s->channels * sizeof(float));
        b->numbers = g_try_malloc_n(BAND_ROWS * s->width, s->channels * (size_t)s->bits / 8);
        good = good && b->pixels && b->numbers;
    }
    if (good) return PENSEL_OK;
    return pensel_wrong(error, PENSEL_OUT_OF_MEMORY,
                        "no memory for %d rows: a narrower picture is needed", BAND_ROWS);
}

static void rows_free(pensel_lite_rows *r)
{
    for (size_t i = 0; i < r->count; i++) {
        g_free(r->bands[i].pixels);
        g_free(r->bands[i].numbers);
    }
    g_free(r);
}

/* The descriptor stays the file's: a stream is made of a copy. */
static pensel_status write_all(writer write, pensel_lite_rows *rows, int descriptor,
                               const char *path, pensel_error *error)
{
    const char *why = NULL;
    FILE *stream = fdopen(dup(descriptor), "wb");
    bool whole = stream && write(stream, rows->source, rows, &why);
    errno = 0;
    bool kept = stream && !fflush(stream) && !ferror(stream);
    int reason = errno;
    if (stream && fclose(stream)) kept = false;
    if (rows->error.status) {
        if (error) *error = rows->error;
        return rows->error.status;
    }
    if (whole && kept) return PENSEL_OK;
    return pensel_wrong(error, PENSEL_IO_FAILED, "%.200s: cannot write: %s", path,
                        kept && why ? why : g_strerror(reason ? reason : EIO));
}

pensel_status pensel_image_write(const char *path, const pensel_image_source *source,
                                 pensel_error *error)
{
    const pensel_image_format *found = pensel_image_find(path);
    pensel_image_source adapted = *source;
    pensel_lite_rows *rows;
    pensel_file *file;
    if (!found->sixteen) adapted.bits = 8;
    pensel_status status = rows_new(&rows, &adapted, found->alpha, error);
    if (!status) status = pensel_output_begin(&file, path, error);
    if (!status) {
        status = write_all(writers[found->kind], rows, file->descriptor, path, error);
        if (status)
            pensel_output_drop(&file);
        else
            status = pensel_output_keep(&file, error);
    }
    rows_free(rows);
    return status;
}
