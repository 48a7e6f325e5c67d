/* Imports of tensors alone: safetensors files that PyTorch and Keras have written compute what
 * these compute of them in double (import_tensors.py); what such files cannot say is asked for. */
#include "test.h"

#include "expected_tensors.h"

static pensel_error error;
enum { FILES = sizeof expected / sizeof *expected };

static pensel_status import(pensel_imported **imported, const char *name, const char *activation,
                            const char *layers)
{
    char path[200];
    pensel_import_options o = pensel_import_defaults();
    o.activation = activation;
    o.layers = layers;
    snprintf(path, sizeof path, "../fuzz/corpus/import/%s", name);
    return pensel_import(imported, path, &o, &error);
}

static void outputs_are_those_of_the_programs(void **state)
{
    (void)state;
    for (size_t f = 0; f < FILES; f++) {
        double y[EXPECTED_ROWS * 4], largest;
        pensel_imported *imported;
        MUST(import(&imported, expected[f].file, expected[f].activation, expected[f].layers));
        const pensel_matrix x = {expected_x, EXPECTED_ROWS, EXPECTED_INPUTS, PENSEL_FLOAT64};
        MUST(pensel_estimator_predict(pensel_imported_estimator(imported), y, x, &error));
        bool wide = strcmp(expected[f].file, "st-double") == 0 ||
                    strcmp(expected[f].file, "npz-logistic") == 0;
        double close = wide ? 1e-14 : 1e-6;
        for (size_t i = 0; i < EXPECTED_ROWS * expected[f].outputs; i++)
            if (fabs(y[i] - expected[f].y[i]) > close * fmax(1, fabs(expected[f].y[i])))
                fail_msg("%s: output %zu is %.9g: it should be %.9g", expected[f].file, i, y[i],
                         expected[f].y[i]);
        assert_true(pensel_imported_difference(imported, &largest) <= close * fmax(1, largest));
        pensel_imported_free(&imported);
    }
}

static void what_takes_no_part_is_said(void **state)
{
    (void)state;
    pensel_imported *imported;
    MUST(import(&imported, "st-norms", "gelu,silu,logistic", NULL));
    assert_string_equal(pensel_imported_read(imported, 0), "linear 0: 3 to 6, with biases");
    assert_string_equal(pensel_imported_left(imported, 0), "1.num_batches_tracked");
    assert_string_equal(pensel_imported_left(imported, 1), "6.num_batches_tracked");
    assert_null(pensel_imported_left(imported, 2));
    pensel_imported_free(&imported);
}

/* ------------------------------------------------ files by hand */

typedef struct made {
    unsigned char bytes[2048];
    size_t size;
} made;

/* A file of this header and `zeros` bytes of data */
static void make(made *file, const char *header, size_t zeros)
{
    size_t length = strlen(header);
    memset(file, 0, sizeof *file);
    file->bytes[0] = (unsigned char)length, file->bytes[1] = (unsigned char)(length >> 8);
    memcpy(file->bytes + 8, header, length);
    file->size = 8 + length + zeros;
    assert_true(file->size <= sizeof file->bytes);
}

static pensel_status import_made(const made *file, const char *activation, const char *layers)
{
    pensel_imported *imported;
    pensel_import_options o = pensel_import_defaults();
    o.activation = activation;
    o.layers = layers;
    error.text[0] = '\0';
    pensel_status status =
        pensel_import_memory(&imported, file->bytes, file->size, "made", &o, &error);
    assert_true((status == PENSEL_OK) == (imported != NULL));
    pensel_imported_free(&imported);
    return status;
}

#define T(name, type, shape, from, to) \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":[" #from "," #to "]}"

static void refused(const char *header, size_t zeros, const char *activation, const char *layers,
                    const char *words)
{
    made file;
    make(&file, header, zeros);
    assert_int_not_equal(import_made(&file, activation, layers), PENSEL_OK);
    if (!strstr(error.text, words)) fail_msg("\"%s\" has not \"%s\"", error.text, words);
}

static void what_is_not_read_is_refused_by_name(void **state)
{
    (void)state;
    const char *two =
        "{" T("0.weight", "F32", "[2,3]", 0, 24) "," T("2.weight", "F32", "[1,2]", 24, 32) "}";
    refused(two, 32, NULL, NULL, "activation relu, or one for each of the 1");
    refused(two, 32, "relu,tanh,relu", NULL, "3 activations are named");
    refused(two, 32, "mish", NULL, "there is no activation \"mish\"");
    refused(two, 32, "leaky_relu", NULL, "leaky-relu:0.01 is PyTorch's");
    refused(two, 32, "relu:3", NULL, "takes no number");
    refused(two, 32, "relu", "0,relu,2", "both given");
    refused(two, 32, NULL, "0,relu,fc",
            "\"fc\" is neither an activation nor a module of made, which has 0, 2");
    refused(two, 32, NULL, "0,relu", "module 2 of made is named 0 times: each is needed once");
    refused(two, 32, NULL, "0,relu,0", "module 0 of made is named 2 times: each is needed once");
    refused(two, 31, "relu", NULL, "does not lie within the 31 bytes");
    refused("{" T("a.weight", "F32", "[2,3]", 0, 24) "," T("b.weight", "F32", "[3,1]", 24, 36) "}",
            36, "relu", NULL, "b with 1 inputs follows 2 units");
    refused("{" T("0.weight", "F32", "[2,3,3]", 0, 72) "}", 72, NULL, NULL,
            "0.weight has 3 dimensions");
    refused("{" T("0.weight", "I8", "[2,3]", 0, 6) "}", 6, NULL, NULL, "0.weight has the type I8");
    refused("{" T("0.weight", "F32", "[2,3]", 0, 20) "}", 20, NULL, NULL, "0.weight has 20 bytes");
    refused("{" T("0.weight", "F32", "[2,0]", 0, 0) "}", 0, NULL, NULL, "0.weight is empty");
    refused("{" T("0.weight", "F32", "[2,3]", 0, 24) "," T("0.bias", "F32", "[3]", 24, 36) "}", 36,
            NULL, NULL, "2 outputs, and its module 3 biases");
    refused("{" T("0.weight", "F32", "[2,3]", 0, 24) "," T("1.weight", "F32", "[2]", 24, 32) "}",
            32, NULL, NULL, "may be a PReLU");
    refused("{" T("x.weight", "F32", "[2,3]", 0, 24) "," T("x.kernel", "F32", "[3,2]", 0, 24) "}",
            24, NULL, NULL, "does not lie within");
    refused("{" T("x.gamma", "F32", "[2]", 0, 8) "," T("x.scale", "F32", "[2]", 8, 16) "}", 16,
            NULL, NULL, "has another one in its stead");
    refused("{" T("other", "F32", "[2]", 0, 8) "}", 8, NULL, NULL, "no layer of neurons");
    refused("{" T("0.bias", "F32", "[2]", 0, 8) "," T("1.weight", "F32", "[3,2]", 8, 32) "}", 32,
            NULL, NULL, "0 has a bias and no weight");
    refused("{" T("0.weight_g", "F32", "[2,1]", 0, 8) "," T("1.weight", "F32", "[3,2]", 8, 32) "}",
            32, NULL, NULL, "tensor 0.weight_g has weights that are no layer's");
    refused("{" T("0.parametrizations.weight.original0", "F32", "[2,1]", 0,
                  8) "," T("1.weight", "F32", "[3,2]", 8, 32) "}",
            32, NULL, NULL, "original0 has weights that are no layer's");
    refused(
        "{" T("lstm.in_kernel", "F32", "[2,1]", 0, 8) "," T("x.weight", "F32", "[3,2]", 8, 32) "}",
        32, NULL, NULL, "lstm.in_kernel has weights that are no layer's");
    refused("{\"__metadata__\":{\"pensel\":\"{}\"}}", 0, NULL, NULL,
            "is a model of pensel as it is");
    refused("{\"0.weight\":{\"shape\":[1]}}", 0, NULL, NULL,
            "a dtype, a shape and two data_offsets");
    refused("{\"0.weight\":", 0, NULL, NULL, "has a broken header");
}

/* Flax's names: a kernel (in, out), and a layer normalisation whose gain is called scale. Zeros
 * come out, whatever goes in; the epsilon is Flax's. */
static void names_of_flax_are_known(void **state)
{
    (void)state;
    made file;
    pensel_imported *imported;
    pensel_import_options o = pensel_import_defaults();
    make(&file,
         "{" T("params.Dense_0.kernel", "F32", "[3,2]", 0,
               24) "," T("params.LayerNorm_0.scale", "F32", "[2]", 24,
                         32) "," T("params.LayerNorm_0.bias", "F32", "[2]", 32, 40) "}",
         40);
    MUST(pensel_import_memory(&imported, file.bytes, file.size, "flax", &o, &error));
    assert_string_equal(pensel_imported_read(imported, 0), "linear params.Dense_0: 3 to 2");
    assert_non_null(strstr(pensel_imported_read(imported, 1), "epsilon 1e-06"));
    pensel_imported_free(&imported);
}

static void arrays_of_numpy_are_read(void **state)
{
    (void)state;
    made file;
    pensel_imported *imported;
    MUST(import(&imported, "npz-logistic", "logistic", NULL));
    assert_string_equal(pensel_imported_left(imported, 0), "note");
    assert_null(pensel_imported_left(imported, 1));
    pensel_imported_free(&imported);
    assert_int_equal(import(&imported, "npz-compressed", "logistic", NULL), PENSEL_UNSUPPORTED);
    assert_non_null(strstr(error.text, "numpy.savez, not savez_compressed"));
    FILE *from = fopen("../fuzz/corpus/import/npz-logistic", "rb");
    assert_non_null(from);
    size_t size = fread(file.bytes, 1, sizeof file.bytes, from);
    fclose(from);
    assert_true(size > 1000 && size < sizeof file.bytes);
    for (file.size = 0; file.size < size; file.size++) {
        assert_int_not_equal(import_made(&file, "logistic", NULL), PENSEL_OK);
        assert_true(error.text[0] != '\0');
    }
}

static void files_of_keras_and_pytorch_are_known(void **state)
{
    (void)state;
    pensel_imported *imported;
    assert_int_equal(pensel_import_memory(&imported, "\x89HDF\r\n\x1a\n", 8, "a.h5", NULL, &error),
                     PENSEL_UNSUPPORTED);
    assert_non_null(strstr(error.text, "pensel.from_keras"));
    assert_int_equal(pensel_import_memory(&imported, "PK\3\4....", 8, "a.pt", NULL, &error),
                     PENSEL_UNSUPPORTED);
    assert_non_null(strstr(error.text, "safetensors.torch.save_file"));
    assert_int_equal(import(&imported, "skl-tanh", "relu", NULL), PENSEL_BAD_ARGUMENT);
    assert_non_null(strstr(error.text, "no effect on the format onnx"));
}

/* A file that ends anywhere is refused by a sentence. */
static void a_file_that_is_cut_off_is_refused(void **state)
{
    (void)state;
    made file;
    FILE *from = fopen("../fuzz/corpus/import/st-relu", "rb");
    assert_non_null(from);
    size_t size = fread(file.bytes, 1, sizeof file.bytes, from);
    fclose(from);
    assert_true(size > 500 && size < sizeof file.bytes);
    file.size = size;
    MUST(import_made(&file, "relu", NULL));
    for (file.size = 0; file.size < size; file.size++) {
        assert_int_not_equal(import_made(&file, "relu", NULL), PENSEL_OK);
        assert_true(error.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_those_of_the_programs),
        cmocka_unit_test(what_takes_no_part_is_said),
        cmocka_unit_test(what_is_not_read_is_refused_by_name),
        cmocka_unit_test(names_of_flax_are_known),
        cmocka_unit_test(arrays_of_numpy_are_read),
        cmocka_unit_test(files_of_keras_and_pytorch_are_known),
        cmocka_unit_test(a_file_that_is_cut_off_is_refused),
    };
    return RUN(tests);
}
