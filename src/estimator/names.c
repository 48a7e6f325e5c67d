/* Names of classes, inputs and targets. They mean nothing to a training or a prediction; they
 * travel with the model for whoever reads it. Names may be given before the fit, when nobody knows
 * how many there must be: then a file leaves out those that turned out to be too few or too many.
 */
#include "estimator/estimator.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

void pensel_names_clear(pensel_names *names)
{
    pensel_release(names->texts);
    pensel_release(names->block);
    *names = (pensel_names){0};
}

/* All or nothing: the old names stay until the new ones are complete. One block for all texts,
 * since there may be tens of thousands. */
pensel_status pensel_names_copy(pensel_names *names, const char *const *texts, size_t count,
                                pensel_error *error)
{
    pensel_names copy = {.count = count};
    for (size_t i = 0; i < count; i++) {
        PENSEL_REQUIRE(texts && texts[i] && pensel_text_is_utf8(texts[i]), BAD_ARGUMENT,
                       "name %zu is not UTF-8 text: it must be", i + 1);
        copy.size += strlen(texts[i]) + 1;
    }
    PENSEL_TRY(PENSEL_NEW(copy.texts, count, error));
    pensel_status status = PENSEL_NEW(copy.block, copy.size, error);
    if (status != PENSEL_OK) {
        pensel_names_clear(&copy);
        return status;
    }
    char *to = copy.block;
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(texts[i]) + 1;
        copy.texts[i] = memcpy(to, texts[i], size);
        to += size;
    }
    pensel_names_clear(names);
    *names = copy;
    return PENSEL_OK;
}

/* `right` is how many there must be, 0 while nobody knows. No names at all are always right: they
 * take away those that were there. */
static pensel_status set_names(pensel_names *names, const char *const *texts, size_t count,
                               size_t right, const char *what, pensel_error *error)
{
    PENSEL_REQUIRE(!right || !count || count == right, BAD_ARGUMENT,
                   "%zu names of %s: the model has %zu", count, what, right);
    return pensel_names_copy(names, texts, count, error);
}

/* One sentence for the three functions below. */
static pensel_status no_estimator(pensel_error *error)
{
    return pensel_fail(error, PENSEL_BAD_ARGUMENT, "estimator is NULL: names need one to stand in");
}

/* In the order of the classes, which is that of their codes; of labels, in that of the columns of
 * y. */
pensel_status pensel_estimator_name_classes(pensel_estimator *estimator, const char *const *names,
                                            size_t count, pensel_error *error)
{
    if (!estimator) return no_estimator(error);
    return set_names(&estimator->class_names, names, count,
                     estimator->learned.network ? pensel_learned_columns(&estimator->learned) : 0,
                     "classes", error);
}

pensel_status pensel_estimator_name_inputs(pensel_estimator *estimator, const char *const *names,
                                           size_t count, pensel_error *error)
{
    if (!estimator) return no_estimator(error);
    return set_names(&estimator->input_names, names, count, pensel_estimator_inputs(estimator),
                     "inputs", error);
}

pensel_status pensel_estimator_name_targets(pensel_estimator *estimator, const char *const *names,
                                            size_t count, pensel_error *error)
{
    if (!estimator) return no_estimator(error);
    return set_names(&estimator->target_names, names, count, estimator->learned.target_count,
                     "targets", error);
}

/* NULL where there are none, or fewer: a caller shows the number of the column then. */
static const char *name_at(const pensel_names *names, size_t index)
{
    return index < names->count ? names->texts[index] : NULL;
}

const char *pensel_estimator_class_name(const pensel_estimator *estimator, size_t index)
{
    return estimator ? name_at(&estimator->class_names, index) : NULL;
}

const char *pensel_estimator_input_name(const pensel_estimator *estimator, size_t index)
{
    return estimator ? name_at(&estimator->input_names, index) : NULL;
}

const char *pensel_estimator_target_name(const pensel_estimator *estimator, size_t index)
{
    return estimator ? name_at(&estimator->target_names, index) : NULL;
}
