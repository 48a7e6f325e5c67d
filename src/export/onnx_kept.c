/* What an ONNX graph says beside its operators, so that it can come back: the text and the numbers
 * of layers that are no layers of neurons, in its metadata (src/import/onnx_layers.c reads them).
 * A painting's and a table's go along as a whole (saved.c). */
#include "export/onnx_graph.h"
#include "layer/layer_text.h"
#include "network/network.h"

#include "base/endian.h"
#include "base/memory.h"

#include <stdio.h>

/* ------------------------------------------------------------------ base64 */

typedef struct encoder {
    pensel_text *text;
    uint32_t bits;
    unsigned have;
} encoder;

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void put_byte(encoder *e, unsigned byte)
{
    e->bits = e->bits << 8 | byte;
    for (e->have += 8; e->have >= 6; e->have -= 6)
        pensel_text_add(e->text, &digits[e->bits >> (e->have - 6) & 63], 1);
}

static void put_float(encoder *e, double number)
{
    float narrow = (float)number;
    uint32_t word;
    memcpy(&word, &narrow, sizeof word);
    for (int i = 0; i < 4; i++)
        put_byte(e, word >> 8 * i & 255);
}

/* The last bits, and as many '=' as make the length a multiple of four. */
static void end_base64(encoder *e, size_t count)
{
    if (e->have) pensel_text_add(e->text, &digits[e->bits << (6 - e->have) & 63], 1);
    pensel_text_add(e->text, "==", (3 - count * 4 % 3) % 3);
}

/* ------------------------------------------------------------------ a layer */

/* All groups of the layer in their order, as float32: what is read back is checked to be as
 * many. */
static void put_numbers(pensel_text *text, const pensel_kept_layer *kept)
{
    const pensel_layer_instance *layer = kept->layer;
    encoder e = {.text = text};
    size_t written = 0;
    for (size_t g = 0; g < layer->group_count; g++) {
        const pensel_layer_group *group = &layer->groups[g];
        size_t count = group->rows * (group->columns ? group->columns : 1);
        for (size_t i = 0; i < count; i++, written++)
            put_float(&e, kept->network->precision == PENSEL_FLOAT64
                              ? ((const double *)kept->network->parameters)[group->first + i]
                              : ((const float *)kept->network->parameters)[group->first + i]);
    }
    end_base64(&e, written);
}

static pensel_status put_layer(pensel_text *value, const pensel_kept_layer *kept,
                               pensel_error *error)
{
    char *list;
    PENSEL_TRY(pensel_layer_write(&list, kept->layer, 1, error));
    pensel_text_print(value, "%s\n%s\n%zu\n%zu\n%s\n", pensel_onnx_value(kept->from).text,
                      pensel_onnx_value(kept->to).text, kept->layer->in, kept->layer->out, list);
    pensel_release(list);
    put_numbers(value, kept);
    pensel_text_add(value, "", 1);
    return value->failed
               ? pensel_fail(error, PENSEL_OUT_OF_MEMORY, "out of memory: smaller layers need less")
               : PENSEL_OK;
}

/* pensel.saved: the model of a table or of a painting */
static pensel_status put_saved(pensel_onnx *w, pensel_error *error)
{
    pensel_text value = {0};
    pensel_status status = pensel_saved_text(&value, w->leaving->model, &w->pool, error);
    pensel_text_add(&value, "", 1);
    w->text->failed = w->text->failed || value.failed || w->pool.failed;
    if (status == PENSEL_OK && !w->text->failed)
        pensel_onnx_metadata(w, "pensel.saved", (const char *)value.bytes);
    pensel_release(value.bytes);
    return status;
}

/* pensel.layer.N, for each layer that is none of neurons. */
pensel_status pensel_onnx_keep(pensel_onnx *w, pensel_error *error)
{
    const pensel_leaving *l = w->leaving;
    pensel_status status = PENSEL_OK;
    if (w->pooled) return put_saved(w, error);
    for (size_t i = 0; i < l->kept_count && status == PENSEL_OK; i++) {
        pensel_text value = {0};
        char key[40];
        snprintf(key, sizeof key, "pensel.layer.%zu", i);
        status = put_layer(&value, &l->kept[i], error);
        if (status == PENSEL_OK) pensel_onnx_metadata(w, key, (const char *)value.bytes);
        pensel_release(value.bytes);
    }
    return status;
}
