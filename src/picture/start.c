/* Where the pyramid painter's network starts, and how its loss curves. */
#include "picture/pyramid.h"

#include <math.h>
#include <string.h>

bool pensel_pyramid_fits(const pensel_network *network)
{
    const pensel_shape *shape = &network->shape;
    if (shape->encoding.kind != PENSEL_PYRAMID || network->precision != PENSEL_FLOAT32)
        return false;
    if (shape->encoding.features > PENSEL_ROW_WIDTH || shape->layer_count != 2) return false;
    const pensel_layer *hidden = &shape->layers[0], *out = &shape->layers[1];
    return hidden->width == PENSEL_ROW_HIDDEN * shape->encoding.features &&
           hidden->activation == PENSEL_LEAKY_RELU && hidden->parameter >= 0 &&
           hidden->parameter < 1 && out->width == shape->encoding.features &&
           out->activation == PENSEL_IDENTITY;
}

/* Rows of an orthonormal matrix, by Gram and Schmidt from random ones. */
static void orthonormal(double q[4][4], size_t width, pensel_random *random)
{
    for (size_t a = 0; a < width; a++) {
        double length = 0;
        while (length < 0.1) { /* nearly along the others: draw again */
            for (size_t i = 0; i < width; i++)
                q[a][i] = pensel_random_uniform(random, -1, 1);
            for (size_t b = 0; b < a; b++) {
                double dot = 0;
                for (size_t i = 0; i < width; i++)
                    dot += q[a][i] * q[b][i];
                for (size_t i = 0; i < width; i++)
                    q[a][i] -= dot * q[b][i];
            }
            length = 0;
            for (size_t i = 0; i < width; i++)
                length += q[a][i] * q[a][i];
            length = sqrt(length);
        }
        for (size_t i = 0; i < width; i++)
            q[a][i] /= length;
    }
}

void pensel_pyramid_start(pensel_network *network, uint32_t seed)
{
    size_t width = network->features, hidden = PENSEL_ROW_HIDDEN * width;
    float *w = network->parameters, *u = w + hidden * width + hidden;
    double in[4][4], out[4][4];
    pensel_random random;
    pensel_random_seed(&random, seed);
    orthonormal(in, width, &random);
    orthonormal(out, width, &random);
    memset(network->parameters, 0, network->parameter_count * sizeof(float));
    for (size_t j = 0; j < hidden; j++) {
        size_t direction = j / 2 % width;
        double sign = j % 2 ? -1 : 1;
        for (size_t i = 0; i < width; i++)
            w[j * width + i] = (float)(sign * in[direction][i]);
        for (size_t k = 0; k < width; k++)
            u[k * hidden + j] = (float)(0.4 * sign * out[direction][k]);
    }
    for (size_t k = 0; k < width; k++)
        u[width * hidden + k] = 0.5f;
}

/* By power iteration, with J = (1 + p)/2 u w: a kink's two sides have slopes 1 and p. */
double pensel_pyramid_curvature(const pensel_network *network)
{
    size_t width = network->features, hidden = PENSEL_ROW_HIDDEN * width;
    const float *w = network->parameters, *u = w + hidden * width + hidden;
    double slope = (1 + network->shape.layers[0].parameter) / 2, x[4] = {1, 0.9, 0.8, 0.7},
           value = 0;
    double jacobian[4][4] = {{0}};
    for (size_t k = 0; k < width; k++)
        for (size_t i = 0; i < width; i++)
            for (size_t j = 0; j < hidden; j++)
                jacobian[k][i] += slope * (double)u[k * hidden + j] * (double)w[j * width + i];
    for (int round = 0; round < 30; round++) {
        double y[4] = {0}, z[4] = {0}, length = 0;
        for (size_t k = 0; k < width; k++)
            for (size_t i = 0; i < width; i++)
                y[k] += jacobian[k][i] * x[i];
        for (size_t i = 0; i < width; i++)
            for (size_t k = 0; k < width; k++)
                z[i] += jacobian[k][i] * y[k];
        for (size_t i = 0; i < width; i++)
            length += z[i] * z[i];
        value = sqrt(length);
        for (size_t i = 0; i < width && value > 0; i++)
            x[i] = z[i] / value;
    }
    return value;
}
