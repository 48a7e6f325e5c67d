/* What the options say of a file of tensors: words with commas between them, each with a number
 * behind a colon or without; and a word as an activation. */
#include "import/tensors_in.h"

#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Takes a word from the front of a list with commas; false: there is none. */
bool pensel_tensors_next(tensors_word *w, const char **list)
{
    const char *at = *list;
    if (!at || !*at) return false;
    size_t length = strcspn(at, ",");
    *list = at + length + (at[length] == ',');
    pensel_trim(&at, &length);
    *w = (tensors_word){at, length, NAN};
    for (size_t colon = length; colon-- > 0;)
        if (at[colon] == ':' &&
            pensel_number_parse(&w->number, at + colon + 1, length - colon - 1)) {
            w->length = colon;
            break;
        }
    return true;
}

size_t pensel_tensors_count_words(const char *list)
{
    tensors_word w;
    size_t count = 0;
    while (pensel_tensors_next(&w, &list))
        count++;
    return count;
}

/* PyTorch's and Keras's names for what is called otherwise here */
static const char *const synonyms[][2] = {{"sigmoid", "logistic"}, {"leaky_relu", "leaky-relu"},
                                          {"swish", "silu"},       {"linear", "identity"},
                                          {"none", "identity"},    {"sin", "sine"}};

/* PyTorch's and Keras's names count, too. Leaky relu must say its slope, for the two have other
 * defaults; identity adds nothing. */
pensel_status pensel_tensors_add_activation(const tensors_in *in, const tensors_word *w)
{
    pensel_error *error = in->error;
    char name[TENSORS_NAME];
    pensel_stage s = {.kind = PENSEL_STAGE_ACTIVATE, .parameter = w->number};
    pensel_tensors_print(name, sizeof name, w->text, w->length);
    snprintf(s.source, sizeof s.source, "activation");
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (strcmp(name, synonyms[i][0]) == 0) snprintf(name, sizeof name, "%s", synonyms[i][1]);
    PENSEL_TRY(pensel_activation_find(&s.activation, name, error));
    const pensel_activation_info *info = pensel_activation_describe(s.activation);
    PENSEL_REQUIRE(info->has_parameter || isnan(w->number), BAD_ARGUMENT,
                   "activation %s takes no number: the name alone is needed", name);
    PENSEL_REQUIRE(s.activation != PENSEL_LEAKY_RELU || !isnan(w->number), BAD_ARGUMENT,
                   "activation leaky-relu needs its slope: leaky-relu:0.01 is PyTorch's default, "
                   "leaky-relu:0.3 Keras's");
    if (isnan(w->number)) s.parameter = info->parameter;
    if (s.activation == PENSEL_IDENTITY) return PENSEL_OK;
    return pensel_coming_add(in->coming, &s, error);
}
