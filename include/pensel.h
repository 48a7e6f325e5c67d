/* pensel: networks of artificial neurons, and pictures painted by them.
 *
 * All of the library, in headers that are each read by themselves, from small to large:
 *
 *     base.h         errors, numbers in memory, random numbers, options, files, the machine
 *     network.h      one neuron; layers of any kind and one flat vector of parameters
 *     training.h     epochs, batches, loss, solver, schedule, when to stop
 *     table.h        tables from csv and npy files and from memory
 *     schema.h       what the columns of a table mean, and what each becomes
 *     estimator.h    a regressor or a classifier, with labels and scaling
 *     table_model.h  a model of a table as it is, text, dates and gaps included
 *     picture.h      pixels, painting and rendering
 *     compact.h      a picture in few bytes
 *     export.h       models as files that run without pensel
 *     import.h       networks that other programs have trained
 *
 * Conventions. Every function that can fail returns a pensel_status, 0 on success, and takes
 * `error` as its last argument. `error` may be NULL; otherwise, after a failure, it holds a
 * sentence that says what is wrong and what would be right. Start option structs from their
 * _defaults() call. `_new` creates an object that the caller owns; `_free` takes the address of the
 * caller's pointer, frees the object and sets the pointer to NULL, so freeing twice is harmless.
 * Unless noted otherwise, pointers passed in are borrowed for the duration of the call, and
 * pointers returned belong to the object and stay valid until it is changed or freed. The library
 * never prints and never exits. It has no mutable global state but one pointer of each thread: the
 * context that it has entered. Many threads may read one object at the same time (arguments marked
 * const), or one thread may change it. A call computes with C's usual floating-point settings
 * (round to nearest, no traps) and gives the caller its own back, so results do not depend on them;
 * callbacks run with the usual ones.
 */
#ifndef PENSEL_H
#define PENSEL_H

#include "pensel/base.h"
#include "pensel/compact.h"
#include "pensel/estimator.h"
#include "pensel/export.h"
#include "pensel/import.h"
#include "pensel/network.h"
#include "pensel/picture.h"
#include "pensel/schema.h"
#include "pensel/table.h"
#include "pensel/table_model.h"
#include "pensel/training.h"

#endif
