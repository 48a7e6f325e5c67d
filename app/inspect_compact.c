/* What `pensel inspect` prints of a compact painting: what its file says of itself, and how much of
 * it is latents. */
#include "inspect_compact.h"

#include "message.h"
#include "result.h"
#include "text_grid.h"

#include <glib.h>

/* The same for --json, and nothing of it is rounded. */
static void note_figures(pensel_result *result, const char *path, const pensel_compact_info *info,
                         size_t count)
{
    pensel_result_text(result, "model", path);
    pensel_result_text(result, "kind", "compact");
    pensel_result_count(result, "bytes", info->bytes);
    pensel_result_count(result, "width", info->width);
    pensel_result_count(result, "height", info->height);
    pensel_result_count(result, "channels", info->channels);
    pensel_result_count(result, "bits", info->bits);
    pensel_result_count(result, "numbers", count);
    pensel_result_flag(result, "drawn", info->drawn);
    pensel_result_number(result, "step", info->step);
    pensel_result_count(result, "profile_bytes", info->profile_size);
    pensel_result_count(result, "profile_packed", info->profile_packed);
}

int pensel_compact_inspect(const char *path, bool json, bool quiet)
{
    static const char *const kinds[] = {"", "grey", "grey with alpha", "RGB", "RGB with alpha"};
    pensel_error error = {0};
    pensel_compact *compact;
    size_t count;
    if (pensel_compact_load(&compact, path, &error)) return pensel_message_error(&error);
    if (pensel_compact_count(&count, compact, &error)) {
        pensel_compact_free(&compact);
        return pensel_message_error(&error);
    }
    const pensel_compact_info *info = pensel_compact_describe(compact);
    pensel_result *result = pensel_result_new();
    char *bytes = pensel_text_count((double)info->bytes);
    char *numbers = pensel_text_count((double)count);
    double pixels = (double)info->width * (double)info->height;
    pensel_result_line(result, "model", "%s, %s bytes", path, bytes);
    pensel_result_line(result, "painting", "compact, %zu x %zu, %zu-bit %s", info->width,
                       info->height, info->bits, kinds[info->channels]);
    if (info->drawn)
        pensel_result_line(result, "drawn", "pixel by pixel without loss, %s of them by value",
                           numbers);
    else
        pensel_result_line(result, "latents", "%s that are not 0, in steps of %.4g/255", numbers,
                           info->step);
    pensel_result_line(result, "rate", "%.4f bits for each pixel",
                       8 * (double)info->bytes / pixels);
    if (info->profile)
        pensel_result_line(result, "profile", "ICC, %zu bytes in %zu", info->profile_size,
                           info->profile_packed);
    note_figures(result, path, info, count);
    g_free(bytes);
    g_free(numbers);
    pensel_compact_free(&compact);
    return pensel_result_finish(result, json, quiet);
}
