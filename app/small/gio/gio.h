/* Of GIO the program without GLib has nothing but what answers that there is nothing. */
#ifndef PENSEL_APP_SMALL_GIO_H
#define PENSEL_APP_SMALL_GIO_H

#include <glib.h>

/* There is no server whose address could be opened. */
static inline gboolean g_app_info_launch_default_for_uri(const char *address, void *context,
                                                         GError **error)
{
    (void)address, (void)context, (void)error;
    return FALSE;
}

#endif
