/* The description of a model in JSON, which json and npz share. */
#ifndef PENSEL_EXPORT_JSON_TEXT_H
#define PENSEL_EXPORT_JSON_TEXT_H

#include "base/json.h"
#include "export/target.h"

/* `inside`: with the constants of the operations, else without w and c. */
pensel_status pensel_json_model(pensel_json_writer *writer, const pensel_leaving *leaving,
                                const char *name, bool inside, pensel_error *error);

#endif
