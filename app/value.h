/* The figures of a result as a tree, printed as JSON. */
#ifndef PENSEL_APP_VALUE_H
#define PENSEL_APP_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct pensel_value pensel_value;

pensel_value *pensel_value_flag(bool flag);
pensel_value *pensel_value_whole(int64_t whole);
/* NaN and infinity, which JSON has no words for, become null. */
pensel_value *pensel_value_number(double number);
/* A list of `count` numbers. */
pensel_value *pensel_value_numbers(const double *numbers, size_t count);
/* NULL becomes null; bytes that are not UTF-8 are replaced. */
pensel_value *pensel_value_text(const char *text);
pensel_value *pensel_value_array(void);
pensel_value *pensel_value_object(void);

/* `part` is taken. A key that is there already gets the new value. */
void pensel_value_append(pensel_value *array, pensel_value *part);
void pensel_value_set(pensel_value *object, const char *key, pensel_value *part);

/* With two spaces for each level, without a line break at the end. */
void pensel_value_print(const pensel_value *value, FILE *stream);
void pensel_value_free(pensel_value *value);

#endif
