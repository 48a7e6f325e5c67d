/* Lists of layers as text: what they become, and what they are refused for. */
#include "layers.h"

static void lists_are_shown_in_full(void **state)
{
    const char *const lists[][2] = {
        {" dense : 8:relu ,\n residual( dense:8 , residual(scale) ),dense:1",
         "dense:8:relu,residual(dense:8,residual(scale)),dense:1"},
        {"dense:width=8:parameter=0.2:activation=leaky-relu:decay=0,dense:1:rate_factor=2",
         "dense:8:leaky-relu:0.2:decay=0,dense:1:rate_factor=2"},
        {"dropout,dense:1:identity", "dropout,dense:1"},
        {"layer-norm:epsilon=1e-05,embedding:9:2,dense:1", "layer-norm,embedding:9:2,dense:1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        pensel_network *network = make(lists[i][0], IN, PENSEL_FLOAT32);
        assert_string_equal(pensel_network_shape(network)->list, lists[i][1]);
        pensel_network_free(&network);
    }
}

/* A list of dense layers is the network that the short form makes, bit for bit. */
static void the_short_form_is_a_list(void **state)
{
    const pensel_layer layers[] = {{7, PENSEL_TANH, 0}, {2, PENSEL_IDENTITY, 0}};
    const pensel_encoding encoding = {.kind = PENSEL_HASHGRID,
                                      .features = 2,
                                      .levels = 3,
                                      .table_log2 = 6,
                                      .base_resolution = 3,
                                      .fine_resolution = 9};
    const pensel_shape shape = {
        .inputs = 2, .encoding = encoding, .layers = layers, .layer_count = 2};
    pensel_error error;
    pensel_network *brief;
    pensel_random random;
    (void)state;
    MUST(pensel_network_new(&brief, &shape, PENSEL_FLOAT64, &error));
    pensel_random_seed(&random, 3);
    MUST(pensel_network_initialise(brief, PENSEL_GLOROT, &random, &error));
    assert_null(pensel_network_shape(brief)->list);
    pensel_network *list = make("hashgrid:3:2:6:3:9,dense:7:tanh,dense:2", 2, PENSEL_FLOAT64);
    assert_same(brief, list);
    const pensel_shape *shown = pensel_network_shape(list);
    assert_int_equal(shown->layer_count, 2);
    assert_int_equal(shown->layers[0].width, 7);
    assert_int_equal(shown->encoding.kind, PENSEL_HASHGRID);
    assert_int_equal(shown->encoding.fine_resolution, 9);
    pensel_network_free(&brief);
    pensel_network_free(&list);
}

/* Each with a word of the sentence that must be there */
static void senseless_lists_are_refused(void **state)
{
    const char *const lists[][2] = {
        {"", "missing"},
        {"dense", "width"},
        {"dense:0", "width"},
        {"dense:-1", "width"},
        {"dense:4:relu:1:2,dense:1", "without a name"},
        {"dense:4:rulu,dense:1", "activation"},
        {"dense:4:softmax,dense:1", "output layer only"},
        {"dense:4:wide=1,dense:1", "no option wide"},
        {"dense:4:rate-factor=-1,dense:1", "rate-factor"},
        {"dense:4:parameter=inf,dense:1", "parameter"},
        {"dense:4:leaky-relu:1.5,dense:1", "parameter 1.5: 0 to 1"},
        {"dense:4:leaky-relu:-0.1,dense:1", "0 or more"},
        {"dense:4,parametric:leaky-relu:2,dense:1", "parameter 2: 0 to 1"},
        {"denser:4,dense:1", "denser is unknown"},
        {"dense:4,", "missing"},
        {"dense:4 dense:1", "width"},
        {"dense:4)", "comma"},
        {"scale", "must be dense"},
        {"dense:4,dropout:0.1", "must be dense"},
        {"dropout:1,dense:1", "share"},
        {"residual,dense:1", "parentheses"},
        {"residual(),dense:1", "missing"},
        {"residual(dense:4),dense:1", "as many as go in"},
        {"residual(dense:5,dense:1", "closing parenthesis"},
        {"scale(dense:5),dense:1", "encloses no layers"},
        {"embedding:0:2,dense:1", "codes"},
        {"embedding:4:2:5,dense:1", "count from 0"},
        {"dense:2,fourier:4:1,dense:1", "first one"},
        {"layer-norm:0,dense:1", "epsilon"},
        {"hashgrid:3:2:6:9:3,dense:1", "rising"},
        {sizeof(size_t) == 8 ? "dense:9007199254740992,dense:9007199254740992,dense:1"
                             : "dense:1000000000,dense:1000000000,dense:1",
         "memory"},
        {"residual(residual(residual(residual(residual(residual(residual(residual(residual("
         "residual("
         "residual(residual(residual(residual(residual(residual(residual(scale)))))))))))))))))",
         "more than"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        pensel_network *network;
        pensel_error error = {0};
        const pensel_shape shape = {.inputs = IN, .list = lists[i][0]};
        assert_int_not_equal(pensel_network_new(&network, &shape, PENSEL_FLOAT32, &error),
                             PENSEL_OK);
        assert_null(network);
        if (!strstr(error.text, lists[i][1]))
            fail_msg("%s: \"%s\" does not say %s", lists[i][0], error.text, lists[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_shown_in_full),
        cmocka_unit_test(the_short_form_is_a_list),
        cmocka_unit_test(senseless_lists_are_refused),
    };
    return RUN(tests);
}
