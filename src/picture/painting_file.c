/* A painting in a model file: an estimator, and a canvas beside it. What is read is bounded here
 * (sides, channels, profile); that it fits the estimator is asked by pensel_painting_assemble. */
#include "picture/painting.h"

#include "platform/float.h"
#include "base/error.h"
#include "base/fields.h"
#include "base/memory.h"
#include "estimator/estimator_file.h"
#include "picture/painting_file.h"

#include <stddef.h>
#include <string.h>

#define CANVAS(member, kind) {#member, kind, offsetof(pensel_canvas, member), NULL}

static const pensel_field fields[] = {
    CANVAS(width, PENSEL_FIELD_SIZE),           CANVAS(height, PENSEL_FIELD_SIZE),
    CANVAS(channels, PENSEL_FIELD_SIZE),        CANVAS(pictures, PENSEL_FIELD_SIZE),
    CANVAS(raw_coordinates, PENSEL_FIELD_BOOL), CANVAS(colours, PENSEL_FIELD_SIZE),
};
#define COUNT (sizeof fields / sizeof *fields)

static const char profile_name[] = "canvas.profile";

static pensel_status put_canvas(pensel_model_file *file, const pensel_canvas *canvas,
                                pensel_error *error)
{
    if (canvas->colours && canvas->palette)
        PENSEL_TRY(pensel_model_file_add(file, "canvas.palette", PENSEL_F32, canvas->palette,
                                         canvas->colours, canvas->channels, error));
    if (canvas->profile)
        PENSEL_TRY(pensel_model_file_add(file, profile_name, PENSEL_U8, canvas->profile,
                                         canvas->profile_size, 0, error));
    pensel_fields_write(&file->writer, "canvas", canvas, fields, COUNT);
    return PENSEL_OK;
}

pensel_status pensel_canvas_put_part(pensel_model_file *file, const void *object,
                                     pensel_error *error)
{
    return put_canvas(file, object, error);
}

/* A profile is any bytes, but not more than are kept. */
static pensel_status get_profile(pensel_canvas *canvas, const pensel_model_file *file,
                                 pensel_error *error)
{
    const pensel_tensor *profile = pensel_model_file_find(file, profile_name);
    if (!profile) return PENSEL_OK;
    if (profile->dtype != PENSEL_U8 || profile->dimensions != 1 ||
        profile->count > PENSEL_PROFILE_MOST)
        return pensel_fail(error, PENSEL_BAD_FILE,
                           "the model file's %s is %zu numbers of %s: up to %d bytes are expected",
                           profile_name, profile->count, pensel_dtype_name(profile->dtype),
                           PENSEL_PROFILE_MOST);
    canvas->profile_size = profile->count;
    return pensel_model_file_take(&canvas->profile, file, profile, error);
}

/* Palette and profile become the caller's, for pensel_release, also on failure. */
static pensel_status get_canvas(pensel_canvas *canvas, const pensel_model_file *file,
                                pensel_error *error)
{
    const pensel_json *json = pensel_json_member(file->settings, "canvas");
    memset(canvas, 0, sizeof *canvas);
    if (!json)
        return pensel_fail(error, PENSEL_UNSUPPORTED,
                           "the model file holds no painting: one saved by paint is expected");
    canvas->pictures = 1;
    PENSEL_TRY(pensel_fields_read(canvas, json, fields, COUNT, error));
    /* with larger sides the number of pixels could overflow */
    if (canvas->width < 1 || canvas->width > INT32_MAX || canvas->height < 1 ||
        canvas->height > INT32_MAX || canvas->channels < 1 || canvas->channels > 4)
        return pensel_fail(
            error, PENSEL_BAD_FILE,
            "the model file's canvas is %zu x %zu of %zu channels: sides of 1 or more and 1 "
            "to 4 channels are expected",
            canvas->width, canvas->height, canvas->channels);
    PENSEL_TRY(get_profile(canvas, file, error));
    if (!canvas->colours) return PENSEL_OK;
    const pensel_tensor *palette;
    PENSEL_TRY(pensel_model_file_expect(&palette, file, "canvas.palette", PENSEL_F32,
                                        canvas->colours, canvas->channels, error));
    return pensel_model_file_take(&canvas->palette, file, palette, error);
}

static pensel_status write_to(const char *path, unsigned char **bytes, size_t *size,
                              const pensel_painting *painting, pensel_error *error)
{
    pensel_model_file *file;
    PENSEL_TRY(pensel_model_file_new(&file, error));
    pensel_status status = pensel_estimator_put(file, painting->estimator, error);
    if (status == PENSEL_OK) status = put_canvas(file, &painting->canvas, error);
    if (status == PENSEL_OK) status = pensel_model_file_end(file, path, bytes, size, error);
    pensel_model_file_free(&file);
    return status;
}

pensel_status pensel_painting_save(const pensel_painting *painting, const char *path,
                                   pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    if (!painting || !path)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT, "painting or path is NULL: both are needed");
    return write_to(path, NULL, NULL, painting, error);
}

pensel_status pensel_painting_bytes(unsigned char **bytes, size_t *size,
                                    const pensel_painting *painting, pensel_error *error)
{
    return write_to(NULL, bytes, size, painting, error);
}

/* Estimator and canvas, each checked, then together; what get_canvas took is copied, so it is
 * freed in any case. */
pensel_status pensel_painting_get(pensel_painting **painting, const pensel_model_file *file,
                                  pensel_error *error)
{
    pensel_canvas canvas;
    pensel_estimator *estimator;
    *painting = NULL;
    pensel_status status = get_canvas(&canvas, file, error);
    if (status == PENSEL_OK) status = pensel_estimator_get(&estimator, file, error);
    if (status == PENSEL_OK)
        status = pensel_painting_assemble(painting, &estimator, &canvas, error);
    pensel_release((void *)canvas.palette);
    pensel_release((void *)canvas.profile);
    return status;
}

pensel_status pensel_painting_load(pensel_painting **painting, const char *path,
                                   pensel_error *error)
{
    PENSEL_FLOAT_SCOPE;
    pensel_model_file *file;
    if (!painting || !path)
        return pensel_fail(error, PENSEL_BAD_ARGUMENT, "painting or path is NULL: both are needed");
    *painting = NULL;
    PENSEL_TRY(pensel_model_file_read(&file, path, error));
    pensel_status status = pensel_painting_get(painting, file, error);
    pensel_model_file_free(&file);
    return status;
}
