/* Training options: the names of what is chosen by name, and the table, which is made from the list
 * in the public header. The same rows make members, defaults, help, checks and files; so an option
 * cannot be forgotten in one of them. */
#include "training/training.h"

#include "base/option.h"

PENSEL_OPTION_CHOICES(solver)
PENSEL_OPTION_CHOICES(loss)
PENSEL_OPTION_CHOICES(schedule)

#define ROW(...) PENSEL_OPTION_ROW(pensel_training_options, __VA_ARGS__)
static const pensel_option_row rows[] = {PENSEL_TRAINING_OPTION_LIST(ROW)};
static const pensel_option_table table = PENSEL_OPTION_TABLE_OF(rows, PENSEL_OPTIONS_MOST);
PENSEL_OPTION_BITS(rows);

const pensel_option_table *pensel_training_table(void)
{
    return &table;
}

pensel_training_options pensel_training_defaults(void)
{
    return (pensel_training_options){PENSEL_TRAINING_OPTION_LIST(PENSEL_OPTION_DEFAULT)};
}

double pensel_loss_delta(const pensel_training_options *options)
{
    if (options->loss == PENSEL_HUBER) return options->huber_delta;
    return options->loss == PENSEL_QUANTILE ? options->quantile : 0;
}

pensel_status pensel_training_check(const pensel_training_options *options, pensel_error *error)
{
    PENSEL_TRY(pensel_options_check(options, &table, error));
    PENSEL_TRY(pensel_more_check(options->more, error));
    PENSEL_REQUIRE(!options->loss_function || !options->sklearn_gradient, BAD_ARGUMENT,
                   "sklearn_gradient is that of squared-error: a loss_function has its own");
    PENSEL_REQUIRE(!options->loss_function || !options->coarse_to_fine, UNSUPPORTED,
                   "coarse_to_fine knows the losses of the list alone: no loss_function");
    PENSEL_REQUIRE(!options->score_function ||
                       (!options->coarse_to_fine && options->solver != PENSEL_LBFGS),
                   BAD_ARGUMENT,
                   "score_function judges validation samples: coarse_to_fine and lbfgs have none");
    PENSEL_REQUIRE(!options->on_batch || !options->coarse_to_fine, UNSUPPORTED,
                   "coarse_to_fine has levels and no batches: use on_epoch");
    PENSEL_REQUIRE(!options->on_batch || options->solver != PENSEL_LBFGS, BAD_ARGUMENT,
                   "lbfgs has no batches: use on_epoch, which it calls after each iteration");
    return PENSEL_OK;
}
