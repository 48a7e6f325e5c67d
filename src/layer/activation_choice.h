/* The names of activations, for the tables of kinds that have one as an option: the choice of
 * PENSEL_LAYER_OPTION(..., CHOICE(activation), ...). */
#ifndef PENSEL_LAYER_ACTIVATION_CHOICE_H
#define PENSEL_LAYER_ACTIVATION_CHOICE_H

#include "pensel.h"

static const char *activation_choice(int value)
{
    const pensel_activation_info *info = pensel_activation_describe((pensel_activation)value);
    return info ? info->name : NULL;
}

#endif
