/* Names of an estimator's inputs, classes and targets in its model file. Where they are short, the
 * settings have them as a list, for who looks into the file. The header has a limit, though, and
 * tables have tens of thousands of columns: long ones are a tensor of bytes, each name with a zero
 * after it. */
#include "estimator/names_file.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

#define SHORT 32768 /* bytes of names that surely fit the header, however JSON writes them */

pensel_status pensel_names_put(pensel_model_file *file, const char *key, const pensel_names *names,
                               pensel_error *error)
{
    bool is_short = names->size <= SHORT;
    pensel_json_open(&file->writer, key, '[');
    for (size_t i = 0; i < names->count && is_short; i++)
        pensel_json_put_string(&file->writer, NULL, names->texts[i]);
    pensel_json_close(&file->writer, ']');
    if (is_short) return PENSEL_OK;
    return pensel_model_file_add(file, key, PENSEL_U8, names->block, names->size, 0, error);
}

/* One sentence for whatever is wrong: another count, another type, no zero at the end, no UTF-8. */
static pensel_status refuse(const char *key, size_t right, pensel_error *error)
{
    return pensel_fail(
        error, PENSEL_BAD_FILE,
        "the model file's \"%s\" are not %zu texts in UTF-8: one for each is expected", key, right);
}

/* texts[right] in a block of `size` bytes, the last one zero; false unless it is that many. Texts
 * are views of the block. */
static bool split(const char **texts, size_t right, const char *block, size_t size)
{
    const char *at = block, *end = at + size;
    size_t count = 0;
    for (; at < end && count < right; at += strlen(at) + 1)
        texts[count++] = at;
    return at == end && count == right;
}

/* NULL stands for what was no text in a list. */
static bool are_texts(const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!texts[i] || !pensel_text_is_utf8(texts[i])) return false;
    return true;
}

static pensel_status copy(pensel_names *names, const char *const *texts, size_t right,
                          const char *key, pensel_error *error)
{
    if (!are_texts(texts, right)) return refuse(key, right, error);
    return pensel_names_copy(names, texts, right, error);
}

/* What is no text in the list becomes NULL, which are_texts refuses. */
static pensel_status read_list(pensel_names *names, const char **texts, const pensel_json *list,
                               const char *key, size_t right, pensel_error *error)
{
    if (pensel_json_count(list) != right) return refuse(key, right, error);
    const pensel_json *name = pensel_json_first(list);
    for (size_t i = 0; i < right; i++, name = pensel_json_next(name))
        texts[i] = pensel_json_string(name);
    return copy(names, texts, right, key, error);
}

/* A last byte of 0 is asked for first: without it the search for an end would leave the block. */
static pensel_status read_bytes(pensel_names *names, const char **texts,
                                const pensel_model_file *file, const pensel_tensor *bytes,
                                size_t right, pensel_error *error)
{
    char *block;
    if (bytes->dtype != PENSEL_U8 || bytes->dimensions != 1)
        return refuse(bytes->name, right, error);
    PENSEL_TRY(pensel_model_file_take(&block, file, bytes, error));
    bool whole = !block[bytes->count - 1] && split(texts, right, block, bytes->count);
    pensel_status status =
        whole ? copy(names, texts, right, bytes->name, error) : refuse(bytes->name, right, error);
    pensel_release(block);
    return status;
}

/* A tensor of this name goes before a list, which is empty beside it. No list and no tensor are no
 * names. `texts` are views of the settings, or of a block that read_bytes frees: pensel_names_copy
 * has copied them by then. */
pensel_status pensel_names_get(pensel_names *names, const pensel_model_file *file,
                               const pensel_json *settings, const char *key, size_t right,
                               pensel_error *error)
{
    const pensel_tensor *bytes = pensel_model_file_find(file, key);
    const pensel_json *list = pensel_json_list(settings, key);
    const char **texts;
    if (!bytes && pensel_json_count(list) == 0) return PENSEL_OK;
    PENSEL_TRY(PENSEL_NEW(texts, right, error));
    pensel_status status = bytes ? read_bytes(names, texts, file, bytes, right, error)
                                 : read_list(names, texts, list, key, right, error);
    pensel_release(texts);
    return status;
}
