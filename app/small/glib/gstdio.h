/* Calls to the system by GLib's names. */
#ifndef PENSEL_APP_SMALL_GSTDIO_H
#define PENSEL_APP_SMALL_GSTDIO_H

#include <sys/stat.h>
#include <unistd.h>

typedef struct stat GStatBuf;
#define g_stat stat
#define g_unlink unlink

#endif
