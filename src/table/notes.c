/* A list of sentences, for whoever shows them: the library prints nothing. The list is the table's
 * in the end, so a reader hands it over, or clears it. */
#include "table/notes.h"

#include "base/error.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    MOST = 30,
    LONGEST = 400
}; /* a table of a thousand odd columns needs no thousand sentences */

/* The list is allocated whole with the first sentence. A sentence that is too long is cut off. */
pensel_status pensel_notes_add(pensel_notes *notes, pensel_error *error, const char *format, ...)
{
    char text[LONGEST];
    va_list arguments;
    if (notes->count == MOST) return PENSEL_OK;
    if (!notes->texts) PENSEL_TRY(PENSEL_NEW(notes->texts, MOST, error));
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    PENSEL_TRY(pensel_duplicate(&notes->texts[notes->count], text, error));
    notes->count++;
    return PENSEL_OK;
}

void pensel_notes_clear(pensel_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        pensel_release(notes->texts[i]);
    pensel_release(notes->texts);
    *notes = (pensel_notes){0};
}
