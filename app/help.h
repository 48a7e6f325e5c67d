/* The help of a command, written from its table of options. */
#ifndef PENSEL_APP_HELP_H
#define PENSEL_APP_HELP_H

#include "command_line.h"

void pensel_help_show(const pensel_command *command, const pensel_option_group *groups);
/* For the shells' completion: "--name<tab>argument<tab>help", an option a line. */
void pensel_help_list(const pensel_option_group *groups);

#endif
