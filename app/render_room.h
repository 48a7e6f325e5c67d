/* Whether a large rendering can be written, and how large it is. */
#ifndef PENSEL_APP_RENDER_ROOM_H
#define PENSEL_APP_RENDER_ROOM_H

#include "pensel.h"

/* BAD_ARGUMENT if the format has no such sides. Unless quiet, a note of how many bytes it is,
 * before they are compressed, where that is gigabytes. */
pensel_status pensel_render_room(const char *path, size_t width, size_t height, double bytes,
                                 bool quiet, pensel_error *error);

#endif
