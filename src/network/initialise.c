/* Initial weights. Every scheme draws uniform(-b, b) for w, by input and then by output, and then
 * for the biases. This is the order in which scikit-learn fills its (in, out) matrices, so the same
 * seed gives the same network. */
#include "network/network.h"

#include "base/error.h"

#include <math.h>

static void store(const pensel_network *network, size_t index, double value)
{
    if (network->precision != PENSEL_FLOAT64)
        ((float *)network->parameters)[index] = (float)value;
    else
        ((double *)network->parameters)[index] = value;
}

typedef struct bounds {
    double weight, bias;
} bounds;

/* Glorot & Bengio 2010, equation 16. The factor 2 for logistic and the random biases are
 * scikit-learn's, which uses the activation of the hidden layers for all layers. */
static bounds glorot(const pensel_dense *layer, size_t l, pensel_activation hidden)
{
    (void)l;
    double factor = hidden == PENSEL_LOGISTIC ? 2 : 6;
    double b = sqrt(factor / (double)(layer->in + layer->out));
    return (bounds){b, b};
}

/* He et al. 2015, equation 10, as a uniform distribution of the same variance. */
static bounds he(const pensel_dense *layer, size_t l, pensel_activation hidden)
{
    (void)l;
    (void)hidden;
    return (bounds){sqrt(6 / (double)layer->in), 0};
}

/* Sitzmann et al. 2020, section 3.2: 1/in in the first layer, sqrt(6/in)/omega in the others. */
static bounds siren(const pensel_dense *layer, size_t l, pensel_activation hidden)
{
    (void)hidden;
    double in = (double)layer->in;
    double omega = layer->activation == PENSEL_SINE && layer->parameter > 0 ? layer->parameter : 1;
    return (bounds){l == 0 ? 1 / in : sqrt(6 / in) / omega, 1 / sqrt(in)};
}

static bounds (*const schemes[])(const pensel_dense *, size_t, pensel_activation) = {
    [PENSEL_GLOROT] = glorot,
    [PENSEL_HE] = he,
    [PENSEL_SIREN] = siren,
};

static void draw_layer(pensel_network *network, const pensel_dense *layer, bounds b,
                       pensel_random *random)
{
    for (size_t i = 0; i < layer->in; i++)
        for (size_t j = 0; j < layer->out; j++)
            store(network, layer->weights + j * layer->in + i,
                  pensel_random_uniform(random, -b.weight, b.weight));
    for (size_t j = 0; j < layer->out; j++)
        store(network, layer->biases + j,
              b.bias == 0 ? 0 : pensel_random_uniform(random, -b.bias, b.bias));
}

pensel_status pensel_network_initialise(pensel_network *network, pensel_initialisation how,
                                        pensel_random *random, pensel_error *error)
{
    PENSEL_REQUIRE(network && random, BAD_ARGUMENT,
                   "no network or no random numbers: initialising needs both");
    PENSEL_REQUIRE((unsigned)how < sizeof schemes / sizeof *schemes, BAD_ARGUMENT,
                   "initialisation number %d: use PENSEL_GLOROT, PENSEL_HE or PENSEL_SIREN",
                   (int)how);
    bool has_hidden = network->shape.layer_count > 1;
    pensel_activation hidden = has_hidden ? network->layers[0].activation : PENSEL_IDENTITY;
    for (size_t l = 0; l < network->shape.layer_count; l++)
        draw_layer(network, &network->layers[l], schemes[how](&network->layers[l], l, hidden),
                   random);
    pensel_encoder_initialise(
        network->encoder, pensel_at(network, network->parameters, network->encoder_offset), random);
    return PENSEL_OK;
}
