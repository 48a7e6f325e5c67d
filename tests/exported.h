/* The network that leaves and is then a part of a test: see exported_write.c. Its weights are whole
 * numbers up to 127 in each row, so that 8 bits hold them as they are, and everything is CALM times
 * that, so that outputs without an input are 100, 99 and 98: e^z is more than floats hold, and all
 * three count in a softmax. */
#ifndef PENSEL_TESTS_EXPORTED_H
#define PENSEL_TESTS_EXPORTED_H

enum { EXPORTED_IN = 2, EXPORTED_HIDDEN = 3, EXPORTED_OUT = 3 };

static const float hidden_w[EXPORTED_HIDDEN][EXPORTED_IN] = {{127, -3}, {-50, 127}, {11, -127}};
static const float hidden_b[EXPORTED_HIDDEN] = {9, -4, 70};
static const float last_w[EXPORTED_OUT][EXPORTED_HIDDEN] = {
    {127, 2, -80}, {-127, 33, 5}, {60, -127, 127}};
static const float last_b[EXPORTED_OUT] = {6400, 6336, 6272};

#define CALM (1 / 64.0f)

#endif
