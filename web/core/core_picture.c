/* Rendering paintings, comparing pictures, pictures in few bytes. */
#include "core.h"

#include "base/error.h"
#include "base/memory.h"

static pensel_render_options view_of(size_t width, size_t height, const double *part, bool soft)
{
    pensel_render_options o = pensel_render_defaults();
    o.width = width;
    o.height = height;
    o.x = part[0];
    o.y = part[1];
    o.w = part[2];
    o.h = part[3];
    o.soft = soft;
    return o;
}

static pensel_status check_painting(const pensel_job *job, pensel_error *error)
{
    PENSEL_REQUIRE(pensel_job_painting(job), BAD_ARGUMENT,
                   "the model is not of a picture: paint one, or load a painting");
    return PENSEL_OK;
}

/* part (4): x, y, w, h of what is shown, in pixels of the picture; pixels (height, width,
 * channels) */
PENSEL_CORE(pensel_status, job_render)
(const pensel_job *job, size_t width, size_t height, const double *part, bool soft, float *pixels)
{
    pensel_error *error = &pensel_core.error;
    pensel_render_options o = view_of(width, height, part, soft);
    PENSEL_TRY(check_painting(job, error));
    return pensel_painting_render(pensel_job_painting(job), pixels, 0, height, &o, error);
}

/* x (height * width, inputs) */
PENSEL_CORE(pensel_status, job_inputs)
(const pensel_job *job, size_t width, size_t height, const double *part, float *x)
{
    pensel_error *error = &pensel_core.error;
    pensel_render_options o = view_of(width, height, part, false);
    PENSEL_TRY(check_painting(job, error));
    return pensel_painting_inputs(pensel_job_painting(job), x, 0, height, &o, error);
}

/* result (1): PSNR in dB, or SSIM */
PENSEL_CORE(pensel_status, compare)
(bool structure, float *a, float *b, size_t width, size_t height, size_t channels, double *result)
{
    const pensel_picture first = {a, width, height, channels},
                         second = {b, width, height, channels};
    return structure ? pensel_picture_ssim(result, &first, &second, &pensel_core.error)
                     : pensel_picture_psnr(result, &first, &second, &pensel_core.error);
}

/* ------------------------------------------------------------------ compact */

static pensel_status describe(const pensel_compact *compact)
{
    const pensel_compact_info *info = pensel_compact_describe(compact);
    size_t bytes;
    const void *file = pensel_compact_bytes(compact, &bytes);
    pensel_json_writer *text = pensel_core_begin('{');
    pensel_core_put_at("compact_at", compact);
    pensel_core_put_at("file_at", file);
    pensel_json_put_whole(text, "bytes", (int64_t)bytes);
    pensel_json_put_whole(text, "width", (int64_t)info->width);
    pensel_json_put_whole(text, "height", (int64_t)info->height);
    pensel_json_put_whole(text, "channels", (int64_t)info->channels);
    return pensel_core_end('}');
}

PENSEL_CORE(pensel_status, compact_new)
(float *pixels, size_t width, size_t height, size_t channels, const char *options)
{
    pensel_error *error = &pensel_core.error;
    const pensel_picture picture = {pixels, width, height, channels};
    pensel_compact_options o = pensel_compact_defaults();
    const pensel_core_options list = {&o, pensel_compact_table()};
    pensel_compact *compact;
    o.context = pensel_core.context;
    PENSEL_TRY(pensel_core_set(&list, 1, options, error));
    PENSEL_TRY(pensel_compact_new(&compact, &picture, &o, error));
    return describe(compact);
}

PENSEL_CORE(pensel_status, compact_parse)
(const void *bytes, size_t size)
{
    pensel_compact *compact;
    PENSEL_TRY(pensel_compact_parse(&compact, bytes, size, &pensel_core.error));
    return describe(compact);
}

/* pixels (height, width, channels) */
PENSEL_CORE(pensel_status, compact_paint)
(const pensel_compact *compact, float *pixels)
{
    return pensel_compact_paint(compact, pixels, 0, pensel_core.context, &pensel_core.error);
}

PENSEL_CORE(void, compact_free)
(pensel_compact *compact)
{
    pensel_compact_free(&compact);
}
