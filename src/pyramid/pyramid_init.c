/* The initial network of the pyramid painter, and the curvature of its loss.
 *
 * Neurons come in pairs, and with f(z) = max(z, p z) a pair is linear: f(z) - f(-z) = (1 + p) z for
 * z of either sign. So the network starts as a linear map whose curvature is known exactly, and the
 * kinks are there to be used later. */
#include "base/random.h"
#include "pyramid/pyramid.h"

#include <math.h>
#include <string.h>

/* What the row kernels are written for (rows.h), and nothing else. */
bool pensel_pyramid_fits(const pensel_network *network)
{
    const pensel_shape *shape = &network->shape;
    if (shape->encoding.kind != PENSEL_PYRAMID || network->precision != PENSEL_FLOAT32)
        return false;
    if (shape->encoding.features > PENSEL_ROW_WIDTH || shape->layer_count != 2) return false;
    const pensel_layer *hidden = &shape->layers[0], *out = &shape->layers[1];
    size_t features = shape->encoding.features;
    bool classes = out->activation != PENSEL_IDENTITY;
    if (classes && (features != PENSEL_ROW_WIDTH || out->width > PENSEL_ROW_OUTPUTS)) return false;
    return hidden->width == PENSEL_ROW_HIDDEN * shape->encoding.features &&
           hidden->activation == PENSEL_LEAKY_RELU && hidden->parameter >= 0 &&
           hidden->parameter < 1 && (classes || out->width == features);
}

/* Rows of an orthonormal matrix, by Gram and Schmidt from random ones. */
static void orthonormal(double q[4][4], size_t width, pensel_random *random)
{
    for (size_t a = 0; a < width; a++) {
        double length = 0;
        while (length < 0.1) { /* nearly along the others: draw again */
            for (size_t i = 0; i < width; i++)
                q[a][i] = pensel_random_between(random, -1, 1);
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

/* Where a colour (channels numbers) stands on the sphere, by stereographic projection: like colours
 * have like directions. A little chance parts those of one line. */
static void direction_of(double q[4], const float *colour, size_t channels, pensel_random *random)
{
    double square = 0;
    for (size_t i = 0; i < 3; i++) {
        q[i] = 1.6 * ((double)colour[channels < 3 ? 0 : i] - 0.5);
        q[i] += pensel_random_between(random, -0.1, 0.1);
        square += q[i] * q[i];
    }
    for (size_t i = 0; i < 3; i++)
        q[i] *= 2 / (1 + square);
    q[3] = (square - 1) / (square + 1);
}

/* Unit vectors that repel one another like equal charges. Classes of similar colours stay
 * neighbours, so that the transition between two colours passes only through colours between them.
 * A push is limited, for two classes of one colour begin close together. */
static void spread(double q[PENSEL_ROW_OUTPUTS][4], size_t count, const float *palette,
                   size_t channels, pensel_random *random)
{
    for (size_t a = 0; a < count; a++)
        direction_of(q[a], palette + a * channels, channels, random);
    for (int round = 0; round < 100; round++)
        for (size_t a = 0; a < count; a++) {
            double push[4] = {0}, length = 0;
            for (size_t b = 0; b < count; b++) {
                double apart = 1e-6;
                for (size_t i = 0; i < 4; i++)
                    apart += (q[a][i] - q[b][i]) * (q[a][i] - q[b][i]);
                for (size_t i = 0; i < 4; i++)
                    push[i] += (q[a][i] - q[b][i]) / (apart * apart);
            }
            for (size_t i = 0; i < 4; i++)
                q[a][i] += fmin(fmax(push[i] * 0.03, -0.1), 0.1);
            for (size_t i = 0; i < 4; i++)
                length += q[a][i] * q[a][i];
            for (size_t i = 0; i < 4; i++)
                q[a][i] /= sqrt(length);
        }
}

/* Output k responds to the features along a direction of its own: orthonormal directions for
 * colours, spread out ones for classes. The four hidden neurons of direction d carry that component
 * of the output. */
void pensel_pyramid_start(pensel_network *network, const float *palette, size_t channels,
                          uint32_t seed)
{
    size_t width = pensel_network_features(network), hidden = PENSEL_ROW_HIDDEN * width;
    size_t outputs = pensel_network_outputs(network);
    bool classes = palette != NULL;
    float *w = network->parameters, *u = w + hidden * width + hidden;
    double in[4][4], out[PENSEL_ROW_OUTPUTS][4];
    pensel_random random;
    pensel_random_seed(&random, seed);
    orthonormal(in, width, &random);
    if (classes)
        spread(out, outputs, palette, channels, &random);
    else
        orthonormal(out, width, &random);
    memset(network->parameters, 0, network->parameter_count * sizeof(float));
    for (size_t j = 0; j < hidden; j++) {
        size_t direction = j / 2 % width;
        double sign = j % 2 ? -1 : 1;
        for (size_t i = 0; i < width; i++)
            w[j * width + i] = (float)(sign * in[direction][i]);
        for (size_t k = 0; k < outputs; k++)
            u[k * hidden + j] = (float)(0.4 * sign * out[k][direction]);
    }
    for (size_t k = 0; k < outputs && !classes; k++)
        u[outputs * hidden + k] = 0.5f;
}

/* Row k of J = (1 + p)/2 u w, p a kink's other slope: the mean of both sides, which of pairs is the
 * exact slope. */
static void slope_of(double row[4], const pensel_network *network, size_t k)
{
    size_t width = pensel_network_features(network), hidden = PENSEL_ROW_HIDDEN * width;
    const float *w = network->parameters, *u = w + hidden * width + hidden;
    double slope = (1 + network->shape.layers[0].parameter) / 2;
    for (size_t i = 0; i < width; i++) {
        row[i] = 0;
        for (size_t j = 0; j < hidden; j++)
            row[i] += slope * (double)u[k * hidden + j] * (double)w[j * width + i];
    }
}

/* The log-loss curves by at most half of the longest row's square: the variance of J^T (p - y). */
static double class_curvature(const pensel_network *network)
{
    double longest = 0;
    for (size_t k = 0; k < pensel_network_outputs(network); k++) {
        double row[4], square = 0;
        slope_of(row, network, k);
        for (size_t i = 0; i < pensel_network_features(network); i++)
            square += row[i] * row[i];
        longest = fmax(longest, square);
    }
    return longest / 2;
}

/* By power iteration: x = J^T J x, made a unit vector again, tends to the direction of the largest
 * eigenvalue, and its length before that to the eigenvalue. x starts along no axis and no diagonal,
 * which could be another eigenvector. */
double pensel_pyramid_curvature(const pensel_network *network)
{
    size_t width = pensel_network_features(network);
    double jacobian[4][4], x[4] = {1, 0.9, 0.8, 0.7}, value = 0;
    if (network->shape.layers[1].activation != PENSEL_IDENTITY) return class_curvature(network);
    for (size_t k = 0; k < width; k++)
        slope_of(jacobian[k], network, k);
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
