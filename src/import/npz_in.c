/* npz: arrays alone, which are read as other tensors are, or what `pensel export` writes:
 * operations, with the model itself in `saved` (src/export/npz.c), which is all that is read of
 * it. */
#include "import/tensors_in.h"

#include <string.h>

static const tensor_in *find(const tensors_in *in, const char *name)
{
    for (size_t i = 0; i < in->count; i++)
        if (strcmp(in->tensors[i].name, name) == 0 && strcmp(in->tensors[i].type, "U8") == 0)
            return &in->tensors[i];
    return NULL;
}

static pensel_status take_saved(const tensors_in *in)
{
    pensel_error *error = in->error;
    const pensel_import_options *o = in->coming->options;
    const tensor_in *saved = find(in, "saved");
    PENSEL_REQUIRE(!o->activation && !o->layers, BAD_ARGUMENT,
                   "activation and layers have no effect on an npz of pensel export, which says "
                   "them itself");
    PENSEL_REQUIRE(
        saved, UNSUPPORTED,
        "%s has operations of pensel and no model: the array \"saved\", which pensel export "
        "writes, is needed",
        in->coming->name);
    return pensel_saved_keep(in->coming, saved->bytes, saved->size, error);
}

static pensel_status read_arrays(tensors_in *in)
{
    PENSEL_TRY(pensel_npz_read(in));
    if (find(in, "model")) return take_saved(in);
    PENSEL_TRY(pensel_tensors_arrange(in));
    return pensel_tensors_stages(in);
}

/* A zip whose first file is an array */
static bool is(const unsigned char *bytes, size_t size)
{
    if (size < 34 || memcmp(bytes, "PK\3\4", 4) != 0) return false;
    size_t name = bytes[26] | (size_t)bytes[27] << 8;
    return name >= 4 && name <= size - 30 && memcmp(bytes + 26 + name, ".npy", 4) == 0;
}

static pensel_status read(pensel_coming *coming, pensel_error *error)
{
    tensors_in in = {.coming = coming, .error = error};
    pensel_status status = read_arrays(&in);
    pensel_tensors_close(&in);
    return status;
}

const pensel_format pensel_format_npz = {
    .name = "npz",
    .help = "arrays of numpy.savez, named as PyTorch's tensors; or what pensel export writes",
    .names_layers = true,
    .is = is,
    .read = read,
};
